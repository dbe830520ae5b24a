//! The repository's files as the tidy tests see them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Directories that hold nothing of ours.
const SKIPPED: [&str; 6] = ["target", ".git", "node_modules", ".venv", ".gatewright", "__pycache__"];

/// One text file of the repository.
pub(crate) struct File {
    /// Relative to the repository's root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl File {
    /// Whether the name ends with one of `extensions` (no dot).
    pub fn is(&self, extensions: &[&str]) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Numbered lines of Rust without comments (doc comments speak of what a file does *not* do).
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.split(" // ").next().unwrap_or(line)))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Numbered lines as they are.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Every text file of the repository, sorted by path.
pub(crate) fn files() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let root = root();
        let mut found = Vec::new();
        walk(&root, &root, &mut found);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    });
    &FILES
}

/// The Rust files.
pub(crate) fn rust() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.is(&["rs"]))
}

/// The file at `path`, if there is one.
pub(crate) fn file(path: &str) -> Option<&'static File> {
    files().iter().find(|file| file.path == path)
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let ours = !SKIPPED.iter().any(|skipped| name == *skipped) && !path.join("pyvenv.cfg").exists();
            if ours {
                walk(root, &path, found);
            }
        } else if let Ok(text) = std::fs::read_to_string(&path)
            && let Ok(relative) = path.strip_prefix(root)
        {
            found.push(File { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// Collects what is wrong, and fails once with everything and the way out.
pub(crate) struct Findings {
    advice: &'static str,
    found: Vec<String>,
}

impl Findings {
    /// `advice` tells whoever sees the failure what to do.
    pub fn new(advice: &'static str) -> Findings {
        Findings { advice, found: Vec::new() }
    }

    /// Notes a finding in a line of a file.
    pub fn at(&mut self, file: &File, line: usize, what: &str) {
        self.found.push(format!("{}:{line}: {what}", file.path));
    }

    /// Notes a finding.
    pub fn note(&mut self, what: impl Into<String>) {
        self.found.push(what.into());
    }

    /// Fails when anything was found.
    pub fn finish(self) {
        let mut report = String::new();
        for line in &self.found {
            let _ = writeln!(report, "  {line}");
        }
        assert!(self.found.is_empty(), "\n{}\n{report}", self.advice);
    }
}

/// Whether a line of Rust names the crate `name` (as `name::…` or `use name;`).
pub(crate) fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"')
            && (after.starts_with("::") || after.starts_with(';') && line.trim_start().starts_with("use "))
    })
}

#[test]
fn crate_names_are_found_where_they_are_used() {
    assert!(names_crate("use axum::Router;", "axum"));
    assert!(names_crate("    let x: ::axum::Router = y;", "axum"));
    assert!(names_crate("use axum;", "axum"));
    assert!(!names_crate("use axum_server::Handle;", "axum"));
    assert!(!names_crate("let axum = 1;", "axum"));
    assert!(!names_crate("use my_axum::Router;", "axum"));
}

#[test]
fn comments_are_not_code() {
    let file = File { path: "a.rs".into(), text: "//! axum::x\nlet a = 1; // axum::y\n/// axum::z".into() };
    assert_eq!(file.code().collect::<Vec<_>>(), [(2, "let a = 1;")]);
}
