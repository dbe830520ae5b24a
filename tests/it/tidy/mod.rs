//! What a reviewer would otherwise have to look for. These tests only read files.
//!
//! 1. `tree`: the repository's files, and how findings are reported.
//! 2. `floors`: which crate, file and folder may name what.
//! 3. `sql`: the SQL stays portable and checked.
//! 4. `pages`: templates carry no script, no style, no raw text.
//! 5. `papers`: documents agree with the code and with each other.
//! 6. `words`: texts are messages, in every language.

mod floors;
mod pages;
mod papers;
mod sql;
pub(crate) mod tree;
mod words;
