//! What is wrong with a configuration file, said so that it can be put right.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line and column, both counted from 1. `None` when something is absent.
    pub at: Option<(usize, usize)>,
    /// The full name of the key, as in `tokens.access_seconds`; empty when the text is not TOML.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// Everything that is wrong with a configuration, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, when it was one.
    pub file: Option<PathBuf>,
    /// At least one problem.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn one(key: &str, message: impl Into<String>, hint: impl Into<String>) -> ConfigError {
        let problem =
            Problem { at: None, key: key.to_owned(), message: message.into(), hint: Some(hint.into()) };
        ConfigError { file: None, problems: vec![problem] }
    }

    pub(super) fn in_file(mut self, file: &Path) -> ConfigError {
        self.file = Some(file.to_owned());
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            match &self.file {
                Some(file) => write!(out, "{}", file.display())?,
                None => write!(out, "configuration")?,
            }
            if let Some((line, column)) = problem.at {
                write!(out, ":{line}:{column}")?;
            }
            if problem.key.is_empty() {
                write!(out, ": {}", problem.message)?;
            } else {
                write!(out, ": `{}` {}", problem.key, problem.message)?;
            }
            if let Some(hint) = &problem.hint {
                write!(out, "\n  {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
