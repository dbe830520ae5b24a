//! Pages hold text and nothing that runs: the Content-Security-Policy forbids the rest anyway, and
//! a template that needs it would be broken for the person in front of it.

use super::tree::{File, Findings, files, rust};

fn templates() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.path.starts_with("templates/") && file.is(&["html", "xml", "svg"]))
}

/// The opening tags of a template with the line each starts in.
fn tags(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('<').filter_map(|(at, _)| {
        let rest = &text[at..];
        let named = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        let tag = rest.split_once('>').map_or(rest, |(tag, _)| tag);
        named.then(|| (text[..at].matches('\n').count() + 1, tag))
    })
}

/// The attribute names of an opening tag, in small letters.
fn attributes(tag: &str) -> Vec<String> {
    let outside = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let words = outside.split_whitespace().skip(1).map(str::to_lowercase);
    words.map(|word| word.split('=').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn templates_have_no_inline_script_or_style() {
    let mut findings = Findings::new(
        "The Content-Security-Policy refuses inline script and style, and nothing comes from another host:\n\
         put it in a file of ours under templates/ and link that.",
    );
    for file in templates() {
        for (line, tag) in tags(&file.text) {
            let names = attributes(tag);
            let lower = tag.to_lowercase();
            let script = lower.starts_with("<script") && !names.iter().any(|name| name == "src");
            let handler = names.iter().any(|name| name.starts_with("on") || name == "style");
            let foreign = ["src=\"http", "src=\"//", "<link href=\"http", "javascript:"];
            if script
                || lower.starts_with("<style")
                || handler
                || foreign.iter().any(|word| lower.contains(word))
            {
                findings.at(file, line, tag);
            }
        }
    }
    findings.finish();
}

#[test]
fn no_template_switches_escaping_off() {
    let mut findings =
        Findings::new("Everything a page shows is escaped; build markup in the template instead.");
    for file in templates() {
        for (line, text) in file.lines() {
            let dense: String = text.split_whitespace().collect();
            if dense.contains("|safe") || dense.contains("{%escape") || dense.contains("autoescape") {
                findings.at(file, line, text.trim());
            }
        }
    }
    // One type escapes by itself: `Say`, whose tests prove it.
    for file in rust().filter(|file| file.path.starts_with("crates/server/src/")) {
        for (line, code) in file.code() {
            let is_say = file.path == "crates/server/src/words/say.rs" && code == "impl HtmlSafe for Say {}";
            if !is_say
                && (code.contains("escape = \"")
                    || code.contains("filters::Safe")
                    || code.contains("HtmlSafe for"))
            {
                findings.at(file, line, code.trim());
            }
        }
    }
    findings.finish();
}

#[test]
fn style_sheets_have_no_left_and_no_right() {
    let mut findings = Findings::new(
        "Pages are also read from right to left: name sides by inline-start, inline-end and the like.",
    );
    for file in files().iter().filter(|file| file.is(&["css"]) && file.path.starts_with("templates/")) {
        for (line, text) in file.lines() {
            // An area that is safe on a screen is where it is, whoever reads there.
            let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
            if words.any(|word| ["left", "right"].contains(&word)) && !text.contains("safe-area-inset") {
                findings.at(file, line, text.trim());
            }
        }
    }
    findings.finish();
}

#[test]
fn attributes_are_read_from_a_tag() {
    assert_eq!(attributes("<input name=\"on=fire\" onclick=\"x\" required"), ["name", "onclick", "required"]);
    assert_eq!(tags("a < b\n<p class=\"x\">").collect::<Vec<_>>(), [(2, "<p class=\"x\"")]);
}
