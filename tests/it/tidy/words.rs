//! Texts are in every language or in none: what a page says is a message, every message is used, and every
//! language has it with the same things to put in (docs/texts.md).

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

use super::tree::{File, Findings, file, files, rust};

/// Templates that are in English for everybody.
const ENGLISH_ONLY: [(&str, &str); 1] =
    [("templates/admin_docs.html", "made from the descriptions of the API, which are for programmers")];

/// What a message needs, and whether it leaves a mark for strong or code open.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needs {
    variables: BTreeSet<String>,
    messages: BTreeSet<String>,
    leaves_open: bool,
}

/// The messages of one language.
fn messages(language: &str, findings: &mut Findings) -> BTreeMap<String, Needs> {
    let folder = format!("locales/{language}/");
    let mut all = BTreeMap::new();
    for file in files().iter().filter(|file| file.path.starts_with(&folder)) {
        let stem = file.path.trim_start_matches(&folder).trim_end_matches(".ftl").replace('_', "-");
        let resource = match parser::parse(file.text.as_str()) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                findings.note(format!("{}: {errors:?}", file.path));
                resource
            }
        };
        for entry in &resource.body {
            let Entry::Message(message) = entry else { continue };
            let id = message.id.name.to_owned();
            if !id.starts_with(&format!("{stem}-")) {
                findings.note(format!("{}: {id} does not begin with {stem}-", file.path));
            }
            let mut needs = Needs::default();
            match &message.value {
                Some(value) if message.attributes.is_empty() => pattern(value, &mut needs),
                Some(_) | None => findings.note(format!("{}: {id} is more than a text", file.path)),
            }
            if all.insert(id.clone(), needs).is_some() {
                findings.note(format!("{}: {id} is there twice", file.path));
            }
        }
    }
    all
}

fn pattern(text: &Pattern<&str>, needs: &mut Needs) {
    let mut marks = [0, 0];
    for element in &text.elements {
        match element {
            PatternElement::TextElement { value } => {
                for (mark, count) in ['*', '`'].into_iter().zip(&mut marks) {
                    *count += value.matches(mark).count();
                }
            }
            PatternElement::Placeable { expression: Expression::Inline(inner) } => inline(inner, needs),
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                inline(selector, needs);
                variants.iter().map(|variant| &variant.value).for_each(|value| pattern(value, needs));
            }
        }
    }
    needs.leaves_open |= marks.iter().any(|count| count % 2 != 0);
}

fn inline(expression: &InlineExpression<&str>, needs: &mut Needs) {
    match expression {
        InlineExpression::VariableReference { id } => {
            needs.variables.insert(id.name.to_owned());
        }
        InlineExpression::MessageReference { id, .. } => {
            needs.messages.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => match expression.as_ref() {
            Expression::Inline(inner) => inline(inner, needs),
            Expression::Select { .. } => {}
        },
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::FunctionReference { .. }
        | InlineExpression::TermReference { .. } => {}
    }
}

/// A place of the code that says something.
struct Use<'a> {
    file: &'a File,
    line: usize,
    key: &'a str,
    /// What is put in; `None` when that cannot be read off the place.
    args: Option<BTreeSet<String>>,
}

fn speaking() -> impl Iterator<Item = &'static File> {
    let templates =
        files().iter().filter(|file| file.path.starts_with("templates/") && file.is(&["html", "txt"]));
    let code = rust().filter(|file| {
        file.path.starts_with("crates/server/src/")
            && !file.path.contains("/tests")
            && !file.path.ends_with("/samples.rs")
    });
    templates.chain(code)
}

/// Every string in the file that could be a key of `stems`, with what follows it.
fn uses<'a>(file: &'a File, stems: &[String]) -> Vec<Use<'a>> {
    let code = file.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in code.match_indices('"') {
        let rest = &code[at + 1..];
        let Some((key, after)) = rest.split_once('"') else { continue };
        let is_key = stems
            .iter()
            .any(|stem| key.strip_prefix(stem.as_str()).is_some_and(|rest| rest.starts_with('-')))
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let is_said = code[..at].ends_with("say(");
        if is_key && (is_said || file.is(&["rs"])) {
            let line = code[..at].matches('\n').count() + 1;
            found.push(Use { file, line, key, args: is_said.then(|| chain(after)) });
        }
    }
    found
}

/// The names of what is put in by `).with("name", …).count("number", …)`.
fn chain(after: &str) -> BTreeSet<String> {
    const PUTTING: [&str; 11] = [
        "with",
        "with_if",
        "strong",
        "strong_if",
        "styled",
        "code",
        "count",
        "choose",
        "span",
        "day",
        "time",
    ];
    let mut names = BTreeSet::new();
    let mut rest = after.strip_prefix(')').unwrap_or_default();
    while let Some(call) = rest.trim_start().strip_prefix('.') {
        let Some((method, inside)) = call.split_once('(') else { break };
        let name = inside.trim_start().strip_prefix('"').and_then(|text| text.split_once('"'));
        if let (true, Some((name, _))) = (PUTTING.contains(&method), name) {
            names.insert(name.to_owned());
        }
        let mut depth = 1;
        let end = inside.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let Some(end) = end else { break };
        rest = &inside[end + 1..];
    }
    names
}

fn languages() -> Vec<&'static str> {
    gatewright_server::words::ALL.iter().map(|words| words.tag()).collect()
}

#[test]
fn every_message_is_in_every_language() {
    let mut findings = Findings::new(
        "A text is in every language, with the same variables, or the language is not \
         offered (docs/texts.md):",
    );
    let english = messages("en", &mut findings);
    let folders: BTreeSet<&str> = files()
        .iter()
        .filter_map(|file| file.path.strip_prefix("locales/")?.split_once('/').map(|(language, _)| language))
        .collect();
    assert_eq!(folders, languages().into_iter().collect(), "a folder of locales/ for each language");
    for language in languages() {
        let theirs = messages(language, &mut findings);
        for (key, needs) in &english {
            match theirs.get(key) {
                None => findings.note(format!("{language}: {key} is missing")),
                Some(found) if found.leaves_open => {
                    findings.note(format!("{language}: {key} does not close a mark"));
                }
                Some(found) if found != needs => {
                    findings.note(format!("{language}: {key} has {found:?}, not {needs:?}"));
                }
                Some(_) => {}
            }
        }
        for key in theirs.keys().filter(|key| !english.contains_key(*key)) {
            findings.note(format!("{language}: {key} is not in English"));
        }
    }
    findings.finish();
}

#[test]
fn what_is_said_is_a_message_and_every_message_is_said() {
    let mut findings = Findings::new("Keys in the code and in locales/en belong together (docs/texts.md):");
    let english = messages("en", &mut findings);
    let stems: BTreeSet<String> = files()
        .iter()
        .filter_map(|file| file.path.strip_prefix("locales/en/")?.strip_suffix(".ftl"))
        .map(|stem| stem.replace('_', "-"))
        .collect();
    let stems: Vec<String> = stems.into_iter().collect();
    let mut unused: BTreeSet<&str> = english.keys().map(String::as_str).collect();
    for needs in english.values() {
        for key in &needs.messages {
            unused.remove(key.as_str());
        }
    }
    for Use { file, line, key, args } in speaking().flat_map(|file| uses(file, &stems)) {
        unused.remove(key);
        match (english.get(key), args) {
            (None, _) => findings.at(file, line, &format!("there is no message {key}")),
            (Some(needs), Some(args)) if needs.variables != args => {
                findings.at(file, line, &format!("{key} needs {:?}, gets {args:?}", needs.variables));
            }
            (Some(_), _) => {}
        }
    }
    for key in unused {
        findings.note(format!("nothing says {key}"));
    }
    findings.finish();
}

#[test]
fn templates_say_nothing_of_their_own() {
    let mut findings = Findings::new("Texts of pages are messages: {{ layout.say(\"…\") }} (docs/texts.md).");
    for (path, _) in ENGLISH_ONLY {
        assert!(file(path).is_some(), "{path} is gone: take it off the list");
    }
    let templates =
        files().iter().filter(|file| file.path.starts_with("templates/") && file.is(&["html", "txt"]));
    for file in templates.filter(|file| !ENGLISH_ONLY.iter().any(|(path, _)| *path == file.path)) {
        for (line, text) in file.lines() {
            for own in own_words(text) {
                findings.at(file, line, &own);
            }
        }
    }
    findings.finish();
}

/// What a line of a template says by itself: words between tags, and in attributes that people read.
fn own_words(line: &str) -> Vec<String> {
    let mut text = line.to_owned();
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("{#", "#}")] {
        while let Some((before, rest)) = text.split_once(open) {
            let after = rest.split_once(close).map_or("", |(_, after)| after);
            text = format!("{before}{after}");
        }
    }
    // Quotation marks are those of the language.
    let is_word = |text: &str| text.chars().any(|c| c.is_alphabetic() || "“”„‘’«»「」".contains(c));
    let mut found = Vec::new();
    for piece in text.split_inclusive('>') {
        let (words, tag) = piece.split_once('<').unwrap_or((piece, ""));
        let words = words.replace("&nbsp;", "");
        if is_word(&words) {
            found.push(words);
        }
        for attribute in ["aria-label", "title", "alt", "placeholder", "aria-description"] {
            let value =
                tag.split_once(&format!(" {attribute}=\"")).and_then(|(_, rest)| rest.split_once('"'));
            found.extend(value.filter(|(value, _)| is_word(value)).map(|(value, _)| value.to_owned()));
        }
    }
    found
}

#[test]
fn words_of_a_template_are_found() {
    assert_eq!(own_words("<p class=\"a\">{{ x }} Hello</p>"), [" Hello"]);
    assert_eq!(own_words("<a title=\"To {{ x }}\" href=\"/x\">{{ y }}</a>"), ["To "]);
    assert_eq!(own_words("{% if a %}<p>{{ b }} · <code>{{ c }}</code></p>{% endif %}"), [""; 0]);
    assert_eq!(own_words("<dd>“<bdi>{{ x }}</bdi>”</dd>"), ["“", "”"]);
    let names = chain(").with(\"a\", f(x, \"y\"))\n    .count(\"b\", 1).plain().foo(\"c\") }}");
    assert_eq!(names, ["a", "b"].map(str::to_owned).into());
}

#[test]
fn attributes_hold_no_markup() {
    let mut findings =
        Findings::new("What is put into an attribute or a title has no markup: end it with .plain().");
    for file in files().iter().filter(|file| file.path.starts_with("templates/") && file.is(&["html"])) {
        for (line, text) in file.lines() {
            let title = text.split_once("{% block title %}").map(|(_, rest)| rest);
            let values = text.split("=\"{{").skip(1).chain(title.filter(|rest| rest.starts_with("{{")));
            for said in values.filter_map(|rest| rest.split_once("}}").map(|(said, _)| said)) {
                let puts = said.split_once("say(").is_some_and(|(_, rest)| rest.contains(")."));
                if puts && !said.trim_end().ends_with(".plain()") {
                    findings.at(file, line, said);
                }
            }
        }
    }
    findings.finish();
}
