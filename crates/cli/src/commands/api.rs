//! `gatewright api`: any operation of the admin API, also those that have no command.

use std::io::Read as _;

use http::Method;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::installation::Common;
use crate::remote::{self, Ask};
use crate::{output, terminal};

/// Ask the admin API anything
///
/// Prints the answer's JSON. Of a list the whole, page by page. `docs/admin-api.md` tells what there is, and the
/// server itself at /admin/v1/openapi.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright api GET /caller
  gatewright api GET /grants --query user_id=0199d1f2-0000-7000-8000-000000000000
  gatewright api POST /initial-tokens --data '{\"note\":\"CI\"}' --dry-run
  gatewright api PATCH /resources/0199d1f2-0000-7000-8000-000000000000 --data @change.json")]
pub struct Arguments {
    /// GET, POST, PUT, PATCH or DELETE
    #[arg(value_parser = method)]
    method: Method,
    /// What, below /admin/v1
    #[arg(value_parser = path)]
    path: String,
    /// A query parameter; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    query: Vec<(String, String)>,
    /// The body: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// Only if it is still this version
    #[arg(long, value_name = "ETAG")]
    if_match: Option<String>,
    /// Do everything, show the result, and undo it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: Common,
}

fn method(text: &str) -> Result<Method, String> {
    let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let known = known.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(text));
    known.ok_or_else(|| "there are GET, POST, PUT, PATCH and DELETE".to_owned())
}

fn path(text: &str) -> Result<String, String> {
    let is_one = text.starts_with('/')
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\".contains(&byte))
        && text.split('/').all(|part| part != "..");
    if is_one {
        Ok(text.to_owned())
    } else {
        Err("a path is like /clients; parameters go to --query".to_owned())
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    pair.ok_or_else(|| "write it like kind=client.created".to_owned())
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let body = arguments.data.as_deref().map(data).transpose()?;
    let ask = Ask {
        query: arguments.query,
        body,
        if_match: arguments.if_match,
        ..Ask::new(arguments.method, arguments.path)
    };
    let ask = if arguments.dry_run { ask.dry() } else { ask };
    let is_page = ask.query.iter().any(|(name, _)| ["cursor", "limit", "wait"].contains(&name.as_str()));
    let answer = remote::with(&arguments.common, async |api| {
        let first = api.send(ask.clone()).await?.body;
        // A feed has no end: only lists are read to theirs.
        if is_page || !ask.reads() || first["next"].is_null() || ask.path == "/events" {
            return Ok(first);
        }
        Ok(json!({ "items": api.all(ask).await? }))
    })
    .await?;
    if answer.is_null() {
        terminal::note("Done.");
        return Ok(());
    }
    output::Format::Json.result(&answer, String::new)
}

fn data(text: &str) -> Result<Value, Failure> {
    let unreadable = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new(format!(
            "{what} cannot be read: {error}\n  --data takes JSON, @FILE, or - for standard input"
        ))
    };
    let text = if text == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| unreadable("standard input", &error))?;
        text
    } else if let Some(file) = text.strip_prefix('@') {
        std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?
    } else {
        text.to_owned()
    };
    serde_json::from_str(&text).map_err(|error| unreadable("the JSON", &error))
}
