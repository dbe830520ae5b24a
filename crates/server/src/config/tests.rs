use std::fs;
use std::path::Path;

use super::*;

const REFERENCE: &str = include_str!("../../../../docs/configuration.md");

/// The least that parses.
const LEAST: &str =
    "issuer = \"https://auth.example.com\"\nmaster_key_file = \"k\"\n[database]\nmanaged = true\n";

fn documented(block: &str) -> &'static str {
    let (_, rest) = REFERENCE.split_once(&format!("```toml {block}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// What is said about a text with `more` appended to the least that parses.
fn said(more: &str) -> String {
    Config::parse(&format!("{LEAST}{more}")).unwrap_err().to_string()
}

fn said_about_issuer(issuer: &str) -> String {
    let text = format!("issuer = {issuer:?}\nmaster_key_file = \"k\"\n[database]\nmanaged = true\n");
    Config::parse(&text).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
}

#[test]
fn the_reference_shows_every_default_as_it_is() {
    let text = format!("{}\n", documented("reference"));
    let managed = text.replace("[database]\n", "[database]\nmanaged = true\n");
    let mut defaults = Config::dev("https://auth.example.com", "gatewright-data");
    defaults.master_key_file = "/etc/gatewright/master.key".into();
    assert_eq!(Config::parse(&managed).unwrap(), defaults);
}

#[test]
fn the_reference_shows_every_key_and_no_other() {
    let shown = documented("reference").replace("\n#", "\n").replace("\n ", "\n# ");
    let text = shown.replace("managed = true\n", "managed = false\n");
    let table = DeTable::parse(&text).unwrap();
    let mut reader = Reader::new(&text);
    read_root(reader.root(table.get_ref()), None);
    for (section, key) in reader.known.clone() {
        let mut inside = section.split('.').filter(|name| !name.is_empty());
        let home = inside.try_fold(table.get_ref(), |home, name| match home.get(name)?.get_ref() {
            // Of several, the last shows what the others do not need.
            toml::de::DeValue::Array(all) => {
                all.iter().filter_map(|item| item.get_ref().as_table()).find(|item| item.contains_key(key))
            }
            one => one.as_table(),
        });
        assert!(
            home.is_some_and(|home| home.contains_key(key)),
            "{section} {key} is not in docs/configuration.md"
        );
    }
    assert_eq!(reader.finish(), []);
}

#[test]
fn a_collector_is_a_url_and_needs_the_lines_of_requests() {
    let config = |more: &str| Config::parse(&format!("{LEAST}{more}"));
    let endpoint = |url: &str| {
        let parsed = config(&format!("[telemetry]\notlp_endpoint = {url:?}\n")).unwrap();
        parsed.telemetry.otlp_endpoint.unwrap().to_string()
    };
    assert_eq!(endpoint("http://127.0.0.1:4318"), "http://127.0.0.1:4318/v1/traces");
    assert_eq!(
        endpoint("https://collector.example/otlp/v1/traces"),
        "https://collector.example/otlp/v1/traces"
    );
    let said = |url: &str| said(&format!("[telemetry]\notlp_endpoint = {url:?}\n"));
    assert!(said("grpc://127.0.0.1:4317").contains("is not an http or https URL"));
    assert!(said("http://me:secret@127.0.0.1:4318").contains("OTEL_EXPORTER_OTLP_HEADERS"));
    let quiet = config("[log]\nlevel = \"warn\"\n[telemetry]\notlp_endpoint = \"http://127.0.0.1:4318\"\n");
    assert!(quiet.unwrap_err().to_string().contains("set level = \"info\" in [log]"));
}

#[test]
fn pages_look_as_people_can_read_them() {
    let said = |more: &str| said(&format!("[branding]\n{more}\n"));
    let pale = said("accent = \"#83cbd6\"");
    assert!(
        pale.contains(
            "`branding.accent` has a contrast of 1.83 on the background #ffffff, and 4.5 is needed"
        ),
        "{pale}"
    );
    let nearest = pale.split("write ").nth(1).unwrap().split(", the nearest").next().unwrap();
    assert!(Config::parse(&format!("{LEAST}[branding]\n{nearest}\n")).is_ok(), "{nearest}");
    assert!(said("accent_dark = \"#0b5d6b\"").contains("on the background #1a2026"));
    assert!(said("accent = \"teal\"").contains("cannot be read: a colour is # and six hexadecimal digits"));
    assert!(said("language = \"dk\"").contains("must be \"en\" or \"de\""));
    assert!(said("name = \"a\\nb\"").contains("must be one line"));
    assert!(
        said("[branding.links]\nhelp = \"javascript:alert(1)\"")
            .contains("must be an https or mailto address")
    );
    assert!(
        said("[branding.links]\nterms = \"http://example.com\"")
            .contains("write terms = \"https://example.com/terms\"")
    );
}

#[test]
fn the_short_example_is_complete() {
    let config = Config::parse(documented("minimal")).unwrap();
    assert_eq!(config.check_transport(), Ok(()));
    assert_eq!(config.listen.trust_proxy, ["10.0.0.0/8".parse().unwrap()]);
}

#[test]
fn nothing_at_all_names_everything_that_is_required() {
    let error = Config::parse("").unwrap_err();
    let keys: Vec<&str> = error.problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["issuer", "master_key_file", "database.url"]);
    assert!(error.problems.iter().all(|problem| problem.hint.is_some()));
}

#[test]
fn unknown_keys_are_errors_with_a_position_and_a_suggestion() {
    assert_eq!(
        said("[tokens]\n  acces_seconds = 60\n"),
        "configuration:6:3: `tokens.acces_seconds` is not a known key\n  did you mean `access_seconds`?"
    );
    assert!(said("[tokns]\naccess_seconds = 60\n").contains("did you mean `tokens`?"));
    assert!(said("[session]\naccess_seconds = 60\n").contains("`access_seconds` belongs in [tokens]"));
    assert!(said("[log]\nissuer = \"x\"\n").contains("belongs at the top of the file"));
    assert!(said("[log]\nzzz = 1\n").contains("known here: format, level"));
    assert!(said("[login]\nargon2_memory_kib = 20000\n").contains("did you mean `login.argon2.memory_kib`?"));
}

#[test]
fn everything_wrong_is_reported_at_once_in_the_order_of_the_file() {
    let error = Config::parse("isuer = 1\n[tokens]\ncode_seconds = 5\naccess_seconds = \"x\"\n").unwrap_err();
    let lines: Vec<_> = error.problems.iter().map(|problem| (problem.key.as_str(), problem.at)).collect();
    let expected = [
        ("isuer", Some((1, 1))),
        ("tokens.code_seconds", Some((3, 16))),
        ("tokens.access_seconds", Some((4, 18))),
        ("issuer", None),
        ("master_key_file", None),
        ("database.url", None),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn values_of_the_wrong_kind_or_out_of_range_say_what_is_wanted() {
    assert!(said("[tokens]\nrefresh_grace_seconds = 301\n").contains("must be between 0 and 300, not 301"));
    assert!(said("[tokens]\naccess_seconds = -1\n").contains("must be between 60 and 86400, not -1"));
    assert!(said("[events]\nkeep_days = 30\n").contains("must be 0 or at least 31, not 30"));
    assert!(Config::parse(&format!("{LEAST}[events]\nkeep_days = 0\n")).is_ok());
    assert!(said("[tokens]\naccess_seconds = 900.0\n").contains("must be an integer, not a float"));
    assert!(
        said("[authorization]\nadvertise_iss = \"yes\"\n").contains("must be true or false, not a string")
    );
    assert!(said("[log]\nformat = \"jsno\"\n").contains("did you mean \"json\"?"));
    assert!(said("[registration]\nmode = \"everybody\"\n").contains("choose one of \"auto\", \"open\""));
    assert!(said("log = 1\n").contains("is not a known key"), "still inside [database]");
    assert!(said("[listen]\naddress = \"8080\"\n").contains("write it like address = \"0.0.0.0:8080\""));
    assert!(said("[listen]\ntrust_proxy = [\"10.0.0.0/8\", \"proxy\"]\n").contains("\"proxy\""));
    assert!(said("[listen]\ntrust_proxy = \"10.0.0.0/8\"\n").contains("must be an array, not a string"));
    assert!(said("[listen]\nadmin_address = \"127.0.0.1:8080\"\n").contains("different ports"));
    assert!(
        said("[tokens]\nrefresh_idle_days = 100\n")
            .contains("is longer than `tokens.refresh_absolute_days` (90)")
    );
    assert!(said("[session]\nidle_hours = 400\n").contains("is longer than `session.absolute_days` (7)"));
    assert!(
        said("[login.argon2]\nmemory_kib = 1024\n").contains("between 19456"),
        "never cheaper than the default"
    );
    assert!(said("tokens = { access_seconds = 60 }\n").contains("`tokens` belongs at the top"));
    let text =
        "issuer = \"https://a.example\"\nmaster_key_file = \"\"\ntokens = 5\n[database]\nmanaged = true\n";
    let error = Config::parse(text).unwrap_err().to_string();
    assert!(
        error.contains("`master_key_file` must not be empty") && error.contains("`tokens` must be a table")
    );
}

#[test]
fn broken_toml_says_where() {
    let error = Config::parse("issuer = \"https://a.example\"\n[tokens\n").unwrap_err();
    assert_eq!(error.problems[0].at.unwrap().0, 2, "{error}");
    assert!(Config::parse("issuer = 1\nissuer = 2\n").unwrap_err().to_string().contains("duplicate key"));
}

#[test]
fn issuers_are_https_or_loopback() {
    for issuer in [
        "https://auth.example.com",
        "https://auth.example.com:8443/tenants/a",
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://127.0.0.2",
        "http://[::1]:8080",
    ] {
        assert_eq!(said_about_issuer(issuer), "fine", "{issuer}");
    }
    assert!(said_about_issuer("http://auth.example.com").contains("write \"https://auth.example.com\""));
    for issuer in [
        "http://localhost.example.com",
        "http://0.0.0.0:8080",
        "http://10.0.0.1",
        "ftp://a",
        "auth.example.com",
        "//a",
    ] {
        assert_ne!(said_about_issuer(issuer), "fine", "{issuer}");
    }
}

#[test]
fn issuers_are_written_as_clients_will_write_them() {
    let hints = [
        ("https://a.example/", "write \"https://a.example\""),
        ("https://a.example/x/", "write \"https://a.example/x\""),
        ("https://A.example", "write \"https://a.example\""),
        ("https://a.example:443", "write \"https://a.example\""),
        ("https://a.example/x/../y", "write \"https://a.example/y\""),
        ("https://bücher.example", "write \"https://xn--bcher-kva.example\""),
        ("https://a.example?x", "query or a fragment"),
        ("https://a.example#x", "query or a fragment"),
        ("https://me@a.example", "user name"),
        ("https://a.example/a//b", "single slashes"),
        ("https://a.example/%7Eme", "proxies may rewrite"),
        ("https://a.example/{x}", "write \"https://a.example/%7Bx%7D\""),
    ];
    for (issuer, hint) in hints {
        assert!(said_about_issuer(issuer).contains(hint), "{issuer}: {}", said_about_issuer(issuer));
    }
}

#[test]
fn parts_of_the_issuer() {
    let config = Config::for_tests("https://Auth.example:8443/a/b");
    assert_eq!(config.issuer_path(), "/a/b");
    assert_eq!(config.issuer_authority(), "Auth.example:8443");
    assert_eq!(config.origin(), "https://Auth.example:8443");
    assert_eq!(config.url("/token"), "https://Auth.example:8443/a/b/token");
    let plain = Config::for_tests("http://[::1]:8080");
    assert_eq!((plain.issuer_path(), plain.origin()), ("", "http://[::1]:8080"));
    assert!(config.is_https() && !plain.is_https());
}

#[test]
fn md_01_only_the_issuers_host_is_ours() {
    let config = Config::for_tests("https://auth.example.com");
    assert!(config.is_own_host("auth.example.com"));
    assert!(config.is_own_host("AUTH.example.com:443"));
    for foreign in
        ["auth.example.com:80", "auth.example.com:8443", "evil.example", "auth.example.com.evil.example", ""]
    {
        assert!(!config.is_own_host(foreign), "{foreign}");
    }
    let local = Config::for_tests("http://localhost:8080");
    assert!(local.is_own_host("localhost:8080"));
    assert!(!local.is_own_host("localhost") && !local.is_own_host("127.0.0.1:8080"));
}

#[test]
fn an_https_issuer_needs_somebody_who_speaks_tls() {
    let mut config = Config::dev("https://a.example", "d");
    assert!(config.check_transport().unwrap_err().to_string().contains("--dev-tls"));
    config.listen.tls = Some(Tls::Development);
    assert_eq!(config.check_transport(), Ok(()));
    config.listen.tls = None;
    config.listen.trust_proxy = vec!["10.0.0.0/8".parse().unwrap()];
    assert_eq!(config.check_transport(), Ok(()));
    let mut local = Config::dev("http://localhost:8080", "d");
    assert_eq!(local.check_transport(), Ok(()));
    local.listen.tls = Some(Tls::Development);
    assert!(local.check_transport().unwrap_err().to_string().contains("write \"https://localhost:8080\""));
}

#[test]
fn half_a_certificate_is_an_error() {
    assert!(said("[listen.tls]\ncertificate = \"c.pem\"\n").contains("`listen.tls.key` is missing"));
    assert!(said("[listen.tls]\nkey = \"k.pem\"\n").contains("`listen.tls.certificate` is missing"));
    assert!(said("[listen]\ntls.cert = \"c.pem\"\n").contains("did you mean `certificate`?"));
}

#[test]
fn the_database_is_chosen_by_the_file_then_by_the_environment() {
    let source = |database: &str, environment| {
        let text =
            format!("issuer = \"https://a.example\"\nmaster_key_file = \"k\"\n[database]\n{database}\n");
        read(&text, environment).map(|config| config.database.source).map_err(|error| error.to_string())
    };
    let url = |url: &str| Ok(DatabaseSource::Url(url.to_owned()));
    let environment = Some("postgres://env/db");
    assert_eq!(source("url = \"postgres://file/db\"", environment), url("postgres://file/db"));
    assert_eq!(source("managed = true", environment), Ok(DatabaseSource::Managed));
    assert_eq!(source("", environment), url("postgres://env/db"));
    assert_eq!(source("managed = false", environment), url("postgres://env/db"));
    assert!(source("", None).unwrap_err().contains("DATABASE_URL"));
    assert!(source("", Some("mysql://x")).unwrap_err().contains("(DATABASE_URL) has the scheme \"mysql\""));
    assert!(source("url = \"db.example\"", None).unwrap_err().contains("is not a URL"));
    assert!(source("url = \"postgres://a/b\"\nmanaged = true", None).unwrap_err().contains("contradicts"));
    assert!(source("managed = true\nmax_connections = 151", None).unwrap_err().contains("at most 150"));
}

#[test]
fn loading_resolves_paths_and_adds_the_password() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("gatewright.toml");
    fs::write(place.path().join("pw"), "p@ss/word\n").unwrap();
    let text = "issuer = \"https://a.example\"\nmaster_key_file = \"m.key\"\ndata_dir = \"/var/lib/x\"\n\
                [database]\nurl = \"postgres://me@db/x\"\npassword_file = \"pw\"\n\
                [listen.tls]\ncertificate = \"c.pem\"\nkey = \"/k.pem\"\n";
    fs::write(&file, text).unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!(config.master_key_file, place.path().join("m.key"));
    assert_eq!(config.data_dir, Path::new("/var/lib/x"));
    assert_eq!(
        config.listen.tls,
        Some(Tls::Files { certificate: place.path().join("c.pem"), key: "/k.pem".into() })
    );
    assert_eq!(config.database.source, DatabaseSource::Url("postgres://me:p%40ss%2Fword@db/x".to_owned()));
    assert!(!format!("{config:?}").contains("p%40ss"), "LK-01: a configuration can be logged");

    fs::write(&file, text.replace("me@", "me:known@")).unwrap();
    assert!(Config::load(&file).unwrap_err().to_string().contains("take one of the two out"));
    fs::remove_file(place.path().join("pw")).unwrap();
    let error = Config::load(&file).unwrap_err().to_string();
    assert!(
        error.starts_with(&file.display().to_string())
            && error.contains("`database.password_file` cannot be read")
    );
    let error = Config::load(&place.path().join("none.toml")).unwrap_err().to_string();
    assert!(error.contains("cannot be read") && error.contains("--config"), "{error}");
}

#[test]
fn other_providers_are_complete_or_refused() {
    let entry = |more: &str| format!("[[upstream]]\nclient_id = \"c\"\n{more}\n");
    let read = |more: &str| Config::parse(&format!("{LEAST}{}", entry(more))).unwrap().upstream.remove(0);
    let google = read("name = \"google\"\npreset = \"google\"");
    assert_eq!((google.title.as_str(), google.issuer.as_str()), ("Google", "https://accounts.google.com"));
    assert_eq!(
        (google.sign_up, google.speaks, google.trust_amr),
        (SignUp::Closed, Speaks::OpenIdConnect, false)
    );
    let github = read("name = \"gh\"\npreset = \"github\"");
    assert_eq!((github.speaks, github.scopes.join(" ").as_str()), (Speaks::GitHub, "read:user user:email"));
    let tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    let microsoft = read(&format!("name = \"m\"\npreset = \"microsoft\"\ntenant = {tenant:?}"));
    assert_eq!(microsoft.issuer, format!("https://login.microsoftonline.com/{tenant}/v2.0"));
    for (more, expected) in [
        ("preset = \"google\"", "`upstream.name` is missing"),
        ("name = \"A b\"\npreset = \"google\"", "lower-case letters"),
        ("name = \"a\"", "`upstream.issuer` is missing"),
        ("name = \"a\"\nissuer = \"login.example.com\"", "is not an https URL"),
        ("name = \"m\"\npreset = \"microsoft\"", "`upstream.tenant` is missing"),
        ("name = \"m\"\npreset = \"microsoft\"\ntenant = \"common\"", "must be the tenant's ID"),
        ("name = \"g\"\npreset = \"google\"\ntenant = \"x\"", "is for preset"),
        ("name = \"g\"\npreset = \"google\"\nscopes = [\"email\"]", "must hold \"openid\""),
        ("name = \"g\"\npreset = \"gogle\"", "did you mean \"google\"?"),
        ("name = \"g\"\npreset = \"google\"\nsignup = \"open\"", "did you mean `sign_up`?"),
    ] {
        let said = said(&entry(more));
        assert!(said.contains(expected), "{more}: {said}");
    }
    let twice = entry("name = \"g\"\npreset = \"google\"").repeat(2);
    assert!(said(&twice).contains("is another one's name"));
}
