//! `gatewright settings`: what may be decided while the server runs, without its file.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{self, clean, when, word};
use crate::remote::{self, Ask};

/// Settings that change while the server runs
///
/// What is set goes before the configuration file, on every process, within a second or so.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show the settings, and where they come from
    #[command(after_help = "Example:\n  gatewright settings show")]
    Show,
    Set(Set),
    /// Take back what was set: the file holds again
    #[command(after_help = "Example:\n  gatewright settings unset registration.mode")]
    Unset(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The setting, as in the configuration file
    name: String,
}

/// Decide a setting
///
/// Of a list, name all there are to be: with spaces or commas in between. An empty value ('') is an empty list.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright settings set registration.mode token
  gatewright settings set documents.deny evil.example,worse.example")]
struct Set {
    #[command(flatten)]
    named: Named,
    /// The value, or the values
    #[arg(required = true, value_delimiter = ',')]
    value: Vec<String>,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Show => show(&common).await,
        Command::Set(Set { named, value }) => change(&common, &named.name, Some(value)).await,
        Command::Unset(named) => change(&common, &named.name, None).await,
    }
}

/// The settings of an answer: what else it tells has no source.
fn each(settings: &Value) -> impl Iterator<Item = (&String, &Value)> {
    settings.as_object().into_iter().flatten().filter(|(_, setting)| setting["source"].is_string())
}

async fn show(common: &Common) -> Result<(), Failure> {
    let shown = remote::with(common, async |api| Ok(api.send(Ask::get("/settings")).await?.body)).await?;
    common.format().result(&shown, || {
        let rows = each(&shown).map(|(name, setting)| {
            let of = |member: &str| Some(word(setting, member)).filter(|text| !text.is_empty());
            [
                clean(name),
                of("value").unwrap_or_else(|| "(none)".to_owned()),
                if setting["source"] == "set" { "set" } else { "the file" }.to_owned(),
                of("file").unwrap_or_else(|| "(none)".to_owned()),
            ]
        });
        let table = output::table(["SETTING", "VALUE", "FROM", "IN THE FILE"], rows);
        match when(&shown, "changed_at") {
            at if at.is_empty() => table,
            at => format!("{table}\n\nSet last at {at} by {}.", word(&shown, "changed_by")),
        }
    })
}

/// Sets, or takes back.
async fn change(common: &Common, name: &str, values: Option<Vec<String>>) -> Result<(), Failure> {
    let is_set = values.is_some();
    let (was, shown) = remote::with(common, async |api| {
        let was = api.send(Ask::get("/settings")).await?.body;
        let value = wanted(&was, name, values)?;
        let change = Map::from_iter([(name.to_owned(), value)]);
        Ok((was, api.send(Ask::patch("/settings", Value::Object(change))).await?.body))
    })
    .await?;
    common.format().result(&shown, || {
        let of = |settings: &Value| match word(&settings[name], "value") {
            text if text.is_empty() => "(none)".to_owned(),
            text => text,
        };
        let (before, now, name) = (of(&was), of(&shown), clean(name));
        match (is_set, was[name.as_str()]["source"] == "set") {
            (true, _) if before == now => format!("{name} is {now}, as before."),
            (true, _) => format!("{name} is {now} from now on; it was {before}."),
            (false, true) => format!("{name} is as the file says again: {now}."),
            (false, false) => format!("{name} was not set. It is as the file says: {now}."),
        }
    })
}

/// A value as the setting takes it: a word, or a list.
fn wanted(settings: &Value, name: &str, values: Option<Vec<String>>) -> Result<Value, Failure> {
    let Some((_, setting)) = each(settings).find(|(known, _)| *known == name) else {
        let known: Vec<String> = each(settings).map(|(name, _)| clean(name)).collect();
        return Err(Failure::new(format!(
            "{} cannot be set while the server runs\n  there are: {}",
            clean(name),
            known.join(", ")
        )));
    };
    let Some(values) = values else { return Ok(Value::Null) };
    let mut values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
    if setting["value"].is_array() {
        return Ok(json!(values));
    }
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok(json!(value)),
        _ => Err(Failure::new(format!(
            "{} is one word\n  gatewright settings unset {} takes back what was set",
            clean(name),
            clean(name)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_word_and_a_list_is_a_list() {
        let settings = json!({ "mode": { "value": "auto", "source": "file" },
            "deny": { "value": [], "source": "set" }, "changed_by": "operator" });
        let of = |name: &str, values: &[&str]| {
            wanted(&settings, name, Some(values.iter().map(|&value| value.to_owned()).collect()))
        };
        assert_eq!(of("mode", &["token"]).unwrap(), "token");
        assert_eq!(of("deny", &["a", "b"]).unwrap(), json!(["a", "b"]));
        assert_eq!(of("deny", &[""]).unwrap(), json!([]));
        assert_eq!(wanted(&settings, "deny", None).unwrap(), Value::Null);
        assert!(of("mode", &["a", "b"]).is_err() && of("mode", &[""]).is_err());
        assert!(of("changed_by", &["me"]).unwrap_err().to_string().contains("there are: deny, mode"));
    }
}
