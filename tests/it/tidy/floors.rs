//! Which crate, file and folder may name what (docs/architecture.md).

use super::tree::{File, Findings, file, files, names_crate, rust};

/// A dependency with one door: only files under these paths may name it.
///
/// `a/` is a folder, `*/name.rs` a file name inside a capability folder of the server, anything
/// else one file.
struct Door {
    name: &'static str,
    open: &'static [&'static str],
    instead: &'static str,
}

const DOORS: [Door; 9] = [
    Door {
        name: "sqlx",
        open: &["crates/store/", "crates/lab/", "tests/"],
        instead: "SQL lives in crates/store, one file per table: add a function there",
    },
    Door {
        name: "axum",
        open: &[
            "*/http.rs",
            "crates/server/src/web/",
            "crates/server/src/lib.rs",
            "crates/cli/",
            "crates/lab/",
            "crates/resource/examples/",
            "crates/resource/src/tests/",
            "crates/resource/tests/",
            "tests/",
        ],
        instead: "HTTP lives in http.rs and web/: let the handler extract and render, and the flow decide",
    },
    Door {
        name: "askama",
        open: &["*/page.rs", "crates/server/src/web/page.rs", "crates/server/src/words/say.rs"],
        instead: "page structs live in page.rs",
    },
    Door {
        name: "fluent_bundle",
        open: &["crates/server/src/words/"],
        instead: "texts come from words/: `layout.say(\"…\")`",
    },
    Door {
        name: "maxminddb",
        open: &["crates/server/src/places.rs"],
        instead: "where an address is comes from places.rs",
    },
    Door {
        name: "reqwest",
        open: &["crates/resource/src/fetch.rs", "crates/cli/", "crates/lab/", "tests/"],
        instead: "outbound HTTP of the server goes through fetch/, which vets every address",
    },
    Door {
        name: "hyper",
        open: &["crates/server/src/fetch/", "crates/cli/", "crates/lab/", "tests/"],
        instead: "outbound HTTP of the server goes through fetch/, which vets every address",
    },
    Door {
        name: "hyper_util",
        open: &["crates/server/src/fetch/", "crates/cli/", "crates/lab/", "tests/"],
        instead: "outbound HTTP of the server goes through fetch/, which vets every address",
    },
    Door {
        name: "oxide_auth",
        open: &["crates/oauth/src/oxide.rs"],
        instead: "oxide-auth stays behind crates/oauth/src/oxide.rs",
    },
];

impl Door {
    fn admits(&self, path: &str) -> bool {
        self.open.iter().any(|door| match door.strip_prefix("*/") {
            Some(name) => path
                .strip_prefix("crates/server/src/")
                .and_then(|inside| inside.split_once('/'))
                .is_some_and(|(_, rest)| rest == name || rest.ends_with(&format!("/{name}"))),
            None if door.ends_with('/') => path.starts_with(door),
            None => path == *door,
        })
    }
}

#[test]
fn dc_02_each_framework_has_one_door() {
    let mut findings = Findings::new("These files name a dependency that has its own door elsewhere:");
    for door in DOORS {
        for file in rust().filter(|file| !door.admits(&file.path)) {
            for (line, code) in file.code().filter(|(_, code)| names_crate(code, door.name)) {
                findings.at(file, line, &format!("{}\n      {}", code.trim(), door.instead));
            }
        }
    }
    findings.finish();
}

/// A crate of the workspace, and the crates of ours it may use.
const FLOORS: [(&str, &[&str]); 5] = [
    ("jose", &[]),
    ("oauth", &["jose"]),
    ("store", &["jose", "oauth"]),
    ("server", &["jose", "oauth", "store"]),
    ("resource", &["jose"]),
];

#[test]
fn a_crate_uses_only_the_floors_below_it() {
    let mut findings = Findings::new(
        "A crate may use only the crates below it (docs/architecture.md): move the code, or pass a value.",
    );
    for (name, below) in FLOORS {
        let path = format!("crates/{name}/Cargo.toml");
        for dependency in super::papers::direct_dependencies(&path) {
            if let Some(ours) = dependency.strip_prefix("gatewright-")
                && !below.contains(&ours)
            {
                findings.note(format!("{path}: depends on {dependency}"));
            }
        }
    }
    findings.finish();
}

#[test]
fn the_oauth_crate_only_decides() {
    let mut findings = Findings::new(
        "crates/oauth holds no I/O, clock, randomness or async: take the fact as an argument instead.",
    );
    let banned = [
        "async fn",
        ".await",
        "SystemTime::now",
        "Utc::now",
        "Instant::now",
        "SystemRandom",
        "std::fs",
        "std::net::Tcp",
    ];
    for file in rust().filter(|file| file.path.starts_with("crates/oauth/src/")) {
        for (line, code) in file.code() {
            if let Some(word) = banned.iter().find(|word| code.contains(**word)) {
                findings.at(file, line, word);
            }
        }
    }
    for dependency in super::papers::direct_dependencies("crates/oauth/Cargo.toml") {
        if ["tokio", "sqlx", "axum", "reqwest", "futures-util", "rand", "getrandom"]
            .contains(&dependency.as_str())
        {
            findings.note(format!("crates/oauth/Cargo.toml: depends on {dependency}"));
        }
    }
    findings.finish();
}

/// What one capability may take from another's folder, beside what is no capability at all.
const SEAMS: [(&str, &str); 5] = [
    ("crate::token::issue", "minting has one home"),
    ("crate::keys::Keys", "part of `App`"),
    ("crate::keys::Ring", "what `App`'s keys hand out"),
    ("crate::keys::emergency", "revoking a key is the same wherever it is asked for"),
    ("crate::keys::flow", "making keys and reading them again: an operator does both by the admin API"),
];

/// The capability folders of the server: those whose `mod.rs` offers a `CAPABILITY`.
fn capabilities() -> Vec<&'static str> {
    let folder = |file: &'static File| {
        let inside = file.path.strip_prefix("crates/server/src/")?.strip_suffix("/mod.rs")?;
        let offers = file.code().any(|(_, code)| code.contains("const CAPABILITY:"));
        (offers && !inside.contains('/')).then_some(inside)
    };
    files().iter().filter_map(folder).collect()
}

/// Every path from the crate's root that a text of Rust names, groups such as `crate::{a::b, c}` taken apart.
fn crate_paths(code: &str) -> Vec<String> {
    let ident = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let single = |text: &str| format!("crate::{}", text.split(|c| !ident(c)).next().unwrap_or_default());
    let mut paths = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            paths.push(single(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (index, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && ident(c) => {
                    start = false;
                    paths.push(single(&group[index..]));
                }
                _ => {}
            }
        }
    }
    paths
}

#[test]
fn capability_folders_do_not_import_each_other() {
    let mut findings = Findings::new(
        "Capability folders meet in oauth types, store, web, clients, ceremony and token::issue only.\n\
         Move what both need to one of those.",
    );
    let capabilities = capabilities();
    for file in rust() {
        let inside = file.path.strip_prefix("crates/server/src/").and_then(|path| path.split_once('/'));
        let Some((own, _)) = inside.filter(|(folder, _)| capabilities.contains(folder)) else { continue };
        let code = file.code().map(|(_, code)| code).collect::<Vec<_>>().join("\n");
        for path in crate_paths(&code) {
            let folder = path.split("::").nth(1).unwrap_or_default();
            let foreign = folder != own && capabilities.contains(&folder);
            if foreign && !SEAMS.iter().any(|(seam, _)| path.starts_with(seam)) {
                findings.note(format!("{}: {path}", file.path));
            }
        }
    }
    findings.finish();
}

#[test]
fn grouped_imports_are_taken_apart() {
    let code =
        "use crate::{keys::Ring,\n    login::{self, flow}, app};\nlet a = crate::token::issue::mint(1);";
    assert_eq!(
        crate_paths(code),
        ["crate::keys::Ring", "crate::login::", "crate::app", "crate::token::issue::mint"]
    );
}

#[test]
fn az_11_no_redirect_makes_a_browser_post_again() {
    let mut findings = Findings::new(
        "307 and 308 make the browser repeat a POST, passwords included: answer with 303 (Redirect::to).",
    );
    let banned = [
        concat!("TEMPORARY_", "REDIRECT"),
        concat!("PERMANENT_", "REDIRECT"),
        concat!("Redirect::", "temporary"),
        concat!("Redirect::", "permanent"),
        concat!("from_u16(", "307"),
        concat!("from_u16(", "308"),
    ];
    for file in rust() {
        for (line, code) in file.code() {
            if let Some(word) = banned.iter().find(|word| code.contains(**word)) {
                findings.at(file, line, word);
            }
        }
    }
    findings.finish();
}

/// Files that may be longer than [`LIMIT`] lines, each with its reason.
const LONG: [(&str, &str); 1] =
    [("templates/assets/gatewright.css", "one style sheet for all pages is one request")];

/// About what fits in one reading.
const LIMIT: usize = 450;

#[test]
fn every_file_fits_in_one_reading() {
    let mut findings = Findings::new(
        "These files are longer than 450 lines: split them by meaning, or list them in LONG with a reason.",
    );
    let source = ["rs", "sql", "html", "css", "js", "mjs", "ts", "py", "sh"];
    for file in files().iter().filter(|file| file.is(&source)) {
        let excused = LONG.iter().any(|(path, reason)| *path == file.path && !reason.is_empty());
        let lines = file.text.lines().count();
        if lines > LIMIT && !excused {
            findings.note(format!("{}: {lines} lines", file.path));
        }
    }
    for (path, _) in LONG {
        if file(path).is_none_or(|file| file.text.lines().count() <= LIMIT) {
            findings.note(format!("{path}: listed in LONG without need"));
        }
    }
    findings.finish();
}

#[test]
fn every_lint_exception_has_a_reason() {
    let mut findings = Findings::new(
        "Each lint switched off in [workspace.lints] needs a comment line above it that says why;\n\
         each crate takes the workspace's lints; in code use #[expect(lint, reason = \"…\")].",
    );
    let mut commented = false;
    let mut inside = false;
    if let Some(manifest) = file("Cargo.toml") {
        for (line, text) in manifest.lines() {
            if text.starts_with('[') {
                inside = text.starts_with("[workspace.lints");
            } else if inside && text.contains("\"allow\"") && !commented {
                findings.at(manifest, line, text);
            }
            commented = text.trim_start().starts_with('#');
        }
    }
    for manifest in files().iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        // Its own workspace has no lints to take.
        let stands_alone = manifest.lines().any(|(_, line)| line == "[workspace]");
        if !stands_alone && !manifest.text.contains("[lints]\nworkspace = true") {
            findings.note(format!("{}: lacks `[lints] workspace = true`", manifest.path));
        }
    }
    for file in rust() {
        for (line, code) in file.code() {
            if code.trim_start().starts_with("#![allow(") || code.trim_start().starts_with("#[allow(") {
                findings.at(file, line, code.trim());
            }
        }
    }
    findings.finish();
}
