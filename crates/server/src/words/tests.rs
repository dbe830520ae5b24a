use std::fmt::Write;

use chrono::DateTime;

use super::*;

#[test]
fn spans_are_whole_words() {
    let spans =
        [1, 60, 61, 900, 3_600, 7_200, 86_400, 30 * 86_400, 36 * 3_600].map(|seconds| ENGLISH.span(seconds));
    let words = [
        "1 minute",
        "1 minute",
        "2 minutes",
        "15 minutes",
        "1 hour",
        "2 hours",
        "1 day",
        "30 days",
        "36 hours",
    ];
    assert_eq!(spans, words);
}

#[test]
fn a_time_is_a_day_and_an_hour() {
    let time = DateTime::from_timestamp(1_795_701_780, 0).unwrap();
    assert_eq!(ENGLISH.day(time), "26 November 2026");
    assert_eq!(ENGLISH.time(time), "26 November 2026, 14:03 UTC");
}

#[test]
fn ui_01_markup_in_what_is_put_in_means_nothing() {
    let hostile = "<b>*a* `b` { $user } \u{e000} & \"c\"";
    let said = ENGLISH.say("logout-who").strong("user", hostile);
    let escaped = "<bdi class=\"strong\">&#60;b&#62;*a* `b` { $user } \u{e000} &#38; &#34;c&#34;</bdi>";
    assert_eq!(said.to_string(), format!("You are signed in as {escaped}."));
    assert_eq!(said.plain(), format!("You are signed in as {hostile}."));
    let class = ENGLISH.say("logout-who").styled("user", "a\" onclick=\"x", "y");
    assert!(class.to_string().contains("<bdi class=\"a&#34; onclick=&#34;x\">y</bdi>"));
}

#[test]
fn what_runs_the_other_way_is_kept_to_itself() {
    let said = ENGLISH.say("logout-back").with("host", "דוגמה");
    assert_eq!(said.to_string(), "Back to <bdi>דוגמה</bdi>");
    assert_eq!(said.plain(), "Back to \u{2068}דוגמה\u{2069}");
}

#[test]
fn a_message_may_have_strong_words_and_code() {
    let said = ENGLISH.say("web-forget-inspector");
    assert!(said.to_string().contains("<strong>Clear OAuth State</strong>"));
    assert!(said.plain().contains("choose Clear OAuth State, or"));
    assert!(ENGLISH.say("web-forget-mcp-remote").to_string().contains("<code>~/.mcp-auth</code>"));
}

#[test]
fn the_first_language_that_we_have_is_taken() {
    let chosen = |wish: &str| ENGLISH.or_rather(Some(wish)).tag();
    assert_eq!(chosen("de-AT, de;q=0.9, en;q=0.8"), "de");
    assert_eq!(chosen("it, fr-CA;q=0.5, es;q=0.7"), "es");
    assert_eq!(chosen("nl pt-BR ja en"), "ja", "ui_locales has no weights");
    assert_eq!(chosen("de;q=0, fr;q=0.001"), "fr");
    assert_eq!(chosen("nl, da"), "en");
    assert_eq!(chosen("zh-Hans-de"), "en", "a subtag in the middle is no language");
    assert_eq!(ENGLISH.or_rather(Some("fr")).or_rather(Some("x y")).or_rather(None).tag(), "fr");
}

#[test]
fn every_language_has_its_own_plurals_and_dates() {
    let time = DateTime::from_timestamp(1_795_701_780, 0).unwrap();
    let said = ALL.map(|words| [words.span(60), words.span(172_800), words.day(time)]);
    let expected = [
        ["1 minute", "2 days", "26 November 2026"],
        ["1 Minute", "2 Tage", "26. November 2026"],
        ["1 minuto", "2 días", "26 de noviembre de 2026"],
        ["1 minute", "2 jours", "26 novembre 2026"],
        ["1分", "2日", "2026年11月26日"],
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_wish_is_a_list_with_or_without_weights() {
    let has = |wish: &str| Words::of("en") == Some(ENGLISH.or_rather(Some(wish)));
    for wish in ["", "en", "EN-gb, x", ";;;", "en;q=0", "*", "\u{1f600}", &"en,".repeat(10_000)] {
        assert!(has(wish), "{wish}");
    }
    assert_eq!(Words::of("en-Latn-GB-x-private"), Some(ENGLISH));
    assert_eq!(Words::of("e"), None);
    assert_eq!(Words::of("english"), None);
    assert_eq!(weighed("de;q=0.5"), ("de", 500));
    assert_eq!(weighed("de ; q=1.000"), ("de ", 1_000));
    for none in ["de;q=", "de;q=2", "de;q=1.1", "de;q=-1", "de;q=0.1234", "de;q=0.+1", "de;q=NaN"] {
        assert_eq!(weighed(none).1, 0, "{none}");
    }
}

#[test]
fn every_language_can_be_read() {
    for words in ALL {
        let mut text = String::new();
        write!(text, "{} {}", words.say("login-title"), words.span(120)).unwrap();
        assert!(!text.contains("login-title"), "{words:?}");
    }
}
