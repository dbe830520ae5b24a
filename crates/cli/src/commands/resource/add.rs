//! `gatewright resource add`.
//!
//! 1. With `--discover` the server is asked what it is called and which scopes it has, by the server that is
//!    administered or, at hand, from here; what the command line says goes before that.
//! 2. The resource is built and judged by the same rules as everywhere.
//! 3. It is stored; what people will read, and what is missing for that, is shown.

use std::time::Duration;

use gatewright_oauth::Resource;
use gatewright_oauth::demand::Demand;
use gatewright_oauth::resource::{NewResource, TokenSettings};
use gatewright_store::{Write, resources};
use serde::Serialize;
use uuid::Uuid;

use super::discover::{self, Found};
use super::elsewhere;
use super::view::{self, View};
use super::wording::{self, Wording};
use crate::failure::Failure;
use crate::fetch::Fetch;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean};
use crate::remote::things;
use crate::terminal;
use crate::trust::Trust;

/// Add a resource
///
/// With --discover, name and scopes come from the server itself (RFC 9728); options go before what it says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright resource add --discover https://mcp.example/mcp --scope notes:read='Read your notes'
  gatewright resource add https://api.example --name Orders --default-scope orders:read='See your orders' \\
    --dangerous-scope orders:cancel='Cancel orders'")]
pub(super) struct Arguments {
    /// Its address, exactly as clients name it
    #[arg(required_unless_present = "discover", conflicts_with = "discover")]
    url: Option<String>,
    /// Ask the server at this address what it is
    #[arg(long, value_name = "URL")]
    discover: Option<String>,
    /// With --discover: only show what would be added
    #[arg(long, requires = "discover")]
    dry_run: bool,
    #[command(flatten)]
    wording: Wording,
    /// It is meant when neither request nor client names a resource
    #[arg(long)]
    default: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Added {
    /// `false` with `--dry-run`.
    changed: bool,
    #[serde(flatten)]
    resource: View,
    #[serde(skip_serializing_if = "Option::is_none")]
    discovered: Option<Found>,
}

pub(super) async fn run(common: &Common, arguments: Arguments) -> Result<(), Failure> {
    let remote = common.remote()?;
    let (issuer, lifetime) = match &remote {
        Some(api) => (api.place().to_owned(), TokenSettings::default().lifetime),
        None => {
            let config = common.config()?;
            (config.issuer, Duration::from_secs(config.tokens.access_seconds.into()))
        }
    };
    // Step 1.
    let found = match &arguments.discover {
        Some(url) => {
            let asked = async {
                match &remote {
                    Some(api) => elsewhere::discover(api, url).await,
                    None => discover::ask(&Fetch::new(&Trust::default())?, url).await,
                }
            };
            Some(output::waiting("Asking the server", Box::pin(asked)).await?)
        }
        None => None,
    };
    if let Some(found) = &found {
        terminal::note(&found.text(&issuer));
    }
    if arguments.dry_run {
        let resource = arguments.resource((Uuid::nil(), lifetime), found.as_ref())?;
        return print(common, (&resource, found), Outcome::Shown);
    }
    // Steps 2 and 3.
    let resource = match remote {
        Some(api) => {
            let wanted = arguments.resource((Uuid::nil(), lifetime), found.as_ref())?;
            let known = things::resources(&api).await?;
            if let Some(failure) = in_the_way(&wanted, &known) {
                return Err(failure);
            }
            elsewhere::add(&api, &wanted).await?
        }
        None => {
            installation::change(common, async |desk| add(desk, &arguments, found.as_ref()).await).await?
        }
    };
    print(common, (&resource, found), Outcome::Added)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Added,
    Shown,
}

fn print(common: &Common, about: (&Resource, Option<Found>), outcome: Outcome) -> Result<(), Failure> {
    let (resource, discovered) = about;
    wording::note_missing(resource);
    let added = Added { changed: outcome == Outcome::Added, resource: View::of(resource), discovered };
    common.format().result(&added, || {
        let said = match outcome {
            Outcome::Added => "Added the resource.",
            Outcome::Shown => "This would be added:",
        };
        format!("{said}\n\n{}", view::text(resource))
    })
}

async fn add(desk: &Desk, arguments: &Arguments, found: Option<&Found>) -> Result<Resource, Failure> {
    let store = &desk.app.store;
    let lifetime = Duration::from_secs(desk.app.config.tokens.access_seconds.into());
    let resource = arguments.resource((desk.app.id(desk.moment.now), lifetime), found)?;
    match resources::add(store, &resource, &desk.moment.trace(&desk.app)).await? {
        Write::Applied(()) => return Ok(resource),
        Write::Lost => {}
    }
    let in_the_way = in_the_way(&resource, &resources::list(store).await?);
    Err(in_the_way.unwrap_or_else(|| Failure::new("the resource was not added\n  run the command again")))
}

/// Why a resource cannot be added to those there are.
fn in_the_way(resource: &Resource, known: &[Resource]) -> Option<Failure> {
    if let Some(known) = known.iter().find(|known| known.compare_key() == resource.compare_key()) {
        let url = clean(&known.identifier);
        return Some(Failure::new(format!(
            "there is a resource {url} already\n  see it: gatewright resource show {url}"
        )));
    }
    let default = known.iter().find(|known| known.is_default && resource.is_default)?;
    Some(Failure::new(format!(
        "there can be one default, and it is {}\n  leave --default out; a client can have its own: \
         gatewright client create --default-resource",
        clean(&default.identifier)
    )))
}

impl Arguments {
    /// Step 2.
    fn resource(&self, (id, lifetime): (Uuid, Duration), found: Option<&Found>) -> Result<Resource, Failure> {
        let wording = &self.wording;
        let identifier = match (found, &self.url) {
            (Some(found), _) => found.resource.clone(),
            (None, url) => url.clone().unwrap_or_default(),
        };
        let lifetime = wording.lifetime().unwrap_or(lifetime);
        let algorithm = wording.algorithm().unwrap_or(TokenSettings::default().algorithm);
        let new = NewResource {
            id,
            identifier,
            name: wording.name().or_else(|| found?.resource_name.clone()),
            scopes: wording.scopes(found.map(Found::scopes).unwrap_or_default()),
            token: TokenSettings { lifetime, algorithm },
            is_default: self.default,
            open_to: wording.open_to().unwrap_or_default(),
            demand: wording.demand(Demand::NOTHING),
        };
        Resource::new(new).map_err(|refusal| wording::refused("added", &refusal))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(line: &[&str]) -> Result<Arguments, clap::Error> {
        Line::try_parse_from([&["add"], line].concat()).map(|line| line.arguments)
    }

    const LIFETIME: Duration = Duration::from_mins(15);

    fn found() -> Found {
        Found {
            document: "https://mcp.test/.well-known/oauth-protected-resource/mcp".to_owned(),
            resource: "https://mcp.test/mcp".to_owned(),
            resource_name: Some("Notes".to_owned()),
            authorization_servers: vec!["https://as.test".to_owned()],
            scopes_supported: vec!["notes:read".to_owned(), "notes:write".to_owned()],
            challenge_scopes: vec!["notes:read".to_owned()],
        }
    }

    #[test]
    fn scopes_are_described_marked_and_kept_in_order() {
        let line = [
            "https://a.test",
            "--scope",
            "a:read=Read = see",
            "--default-scope",
            "a:read",
            "--dangerous-scope",
            "a:write=Write",
        ];
        let resource = arguments(&line).unwrap().resource((Uuid::nil(), LIFETIME), None).unwrap();
        assert_eq!(resource.name, "https://a.test");
        assert_eq!(resource.scopes.len(), 2);
        assert_eq!(resource.scope("a:read").unwrap().description, "Read = see");
        assert!(resource.scope("a:read").unwrap().default && !resource.scope("a:read").unwrap().dangerous);
        assert!(resource.scope("a:write").unwrap().dangerous && !resource.scope("a:write").unwrap().default);
    }

    #[test]
    fn the_command_line_goes_before_what_the_server_says() {
        let plain = arguments(&["--discover", "https://mcp.test/mcp"]).unwrap();
        let resource = plain.resource((Uuid::nil(), LIFETIME), Some(&found())).unwrap();
        assert_eq!((resource.name.as_str(), resource.identifier.as_str()), ("Notes", "https://mcp.test/mcp"));
        assert_eq!(resource.default_scopes().to_string(), "notes:read", "what its challenge asks for");

        let line = ["--discover", "x", "--name", "Mine", "--default-scope", "notes:write=Write notes"];
        let resource = arguments(&line).unwrap().resource((Uuid::nil(), LIFETIME), Some(&found())).unwrap();
        assert_eq!(resource.name, "Mine");
        assert_eq!(resource.default_scopes().to_string(), "notes:write");
        assert_eq!(resource.scope("notes:write").unwrap().description, "Write notes");
    }

    #[test]
    fn wrong_lines_are_refused_with_an_example() {
        assert!(arguments(&[]).is_err(), "neither an address nor --discover");
        assert!(arguments(&["https://a.test", "--discover", "https://a.test"]).is_err());
        assert!(
            arguments(&["https://a.test", "--alg", "none"])
                .unwrap_err()
                .to_string()
                .contains("ES256 and RS256")
        );
        let error = arguments(&["https://a.test", "--scope", "a b=c"]).unwrap_err().to_string();
        assert!(error.contains("notes:read='Read your notes'"), "{error}");
        let short = arguments(&["https://a.test", "--lifetime", "5"]).unwrap();
        let error = short.resource((Uuid::nil(), LIFETIME), None).unwrap_err().to_string();
        assert!(error.contains("30 seconds"), "{error}");
    }
}
