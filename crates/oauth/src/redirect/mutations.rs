//! RU-01 as properties: the matcher against a reference that was written another way, over mutated URIs.

use proptest::prelude::*;

use super::RedirectUri;
use super::tests::matches;

/// Says the same as the matcher in another way: what remains of the presented URI after the registered beginning
/// and an optional port must be the registered end.
fn reference(registered: &str, presented: &str) -> bool {
    let bare = |uri: &str| uri.matches('/').count() <= 3 && !uri.contains('?') && uri.starts_with("http");
    let slashed = |uri: &str| if uri.matches('/').count() == 2 { format!("{uri}/") } else { uri.to_owned() };
    let (registered, presented) = if bare(registered) && bare(presented) {
        (slashed(registered), slashed(presented))
    } else {
        (registered.to_owned(), presented.to_owned())
    };
    if registered == presented {
        return true;
    }
    let port = |rest: &str| -> Option<String> {
        let Some(after) = rest.strip_prefix(':') else { return Some(rest.to_owned()) };
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let number: u32 = digits.parse().ok()?;
        (number <= 65_535 && number.to_string() == digits).then(|| after[digits.len()..].to_owned())
    };
    ["http://127.0.0.1", "http://[::1]", "http://localhost"].iter().any(|origin| {
        let rest = |uri: &str| uri.strip_prefix(origin).and_then(port).filter(|rest| rest.starts_with('/'));
        rest(&registered).is_some() && rest(&registered) == rest(&presented)
    })
}

const REGISTERED: [&str; 9] = [
    "https://app.test/cb",
    "https://app.test/cb?tenant=7",
    "https://app.test:8443/a/b;v=1",
    "https://app.test",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:33418/",
    "http://[::1]:7/cb?x=%2F",
    "http://localhost:8787/callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
];

/// What attackers put into URIs.
const MUTANTS: [&str; 26] = [
    "/",
    "//",
    "?",
    "#",
    "@",
    ":",
    ":80",
    ":0",
    ":00",
    ":65536",
    ".",
    "..",
    "/..",
    ";",
    "%",
    "%2e",
    "%2f",
    "%00",
    "\\",
    "evil.test",
    "@evil.test/",
    ".evil.test",
    "localhost",
    "\t",
    "A",
    "\u{ff0e}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ru_01_no_mutation_matches_that_the_reference_refuses(
        index in 0..REGISTERED.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..MUTANTS.len(), 0..3_usize), 1..4),
    ) {
        let registered = REGISTERED[index];
        let mut presented = registered.to_owned();
        for (position, mutant, removed) in edits {
            let at = position.index(presented.len() + 1);
            let at = (0..=at).rev().find(|at| presented.is_char_boundary(*at)).unwrap();
            let end = (at + removed).min(presented.len());
            let end = (end..=presented.len()).find(|end| presented.is_char_boundary(*end)).unwrap();
            presented.replace_range(at..end, MUTANTS[mutant]);
        }
        prop_assert_eq!(matches(registered, &presented), reference(registered, &presented), "{}", presented);
    }

    #[test]
    fn ru_01_every_loopback_port_matches_and_nothing_else_about_it(port in any::<u16>()) {
        let with_port = |before: &str, after: &str| format!("{before}:{port}{after}");
        prop_assert!(matches("http://127.0.0.1/cb", &with_port("http://127.0.0.1", "/cb")));
        prop_assert!(!matches("https://app.test/cb", &with_port("https://app.test", "/cb")));
        prop_assert!(!matches("http://127.0.0.1/cb", &with_port("http://127.0.0.1", "/cb/")));
        prop_assert!(!matches("http://127.0.0.1/cb", &with_port("http://localhost", "/cb")));
    }

    #[test]
    fn ru_01_registering_and_matching_never_panic(text in "\\PC{0,40}", tail in ".{0,20}") {
        let _ = RedirectUri::register(&text);
        for prefix in ["https://", "http://localhost", "http://[", "a:", "https://xn--"] {
            let text = format!("{prefix}{tail}");
            if let Ok(uri) = RedirectUri::register(&text) {
                prop_assert!(uri.admit(&text).is_some());
                let _ = (uri.host_shown(), uri.trusted().origin());
            }
            let _ = matches("http://localhost/cb", &text);
        }
    }
}
