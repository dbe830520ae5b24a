//! What somebody can show besides a password: judged here, asked for on pages of others.
//!
//! A meeting point of the pages that ask for a factor and those where one is set up:
//!
//! - [`codes`]: codes of an authenticator app, and recovery codes.
//! - [`passkeys`]: what a browser is asked for, and what it answers.
//!
//! Every try is taken from the one limiter, under the account's name, before anything is looked at (LG-02), and is given
//! back when the whole sign-in succeeds ([`crate::sign_in`]).

pub mod codes;
pub mod passkeys;

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged<T> {
    /// It is right.
    Right(T),
    /// It is not.
    Wrong,
    /// Nobody looked at it: too many were wrong. Another one is looked at after this many seconds.
    Wait(u64),
}
