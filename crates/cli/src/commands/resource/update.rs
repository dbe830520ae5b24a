//! `gatewright resource update`.

use gatewright_oauth::Resource;
use gatewright_oauth::resource::{NewResource, TokenSettings};
use gatewright_store::{Write, resources};
use serde::Serialize;

use super::view::{self, View};
use super::wording::{self, Wording};
use super::{Named, elsewhere, find};
use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::remote::Api;

/// Change a resource's name, scopes or tokens; its address stays, it is in tokens
///
/// What is not mentioned stays as it is. When a change concerns what the consent page shows, people are
/// asked again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright resource update https://mcp.example/mcp --scope notes:read='Read your notes'
  gatewright resource update https://mcp.example/mcp --drop-scope notes:delete")]
pub(super) struct Arguments {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    wording: Wording,
    /// A scope it no longer has; repeatable
    #[arg(long, value_name = "SCOPE")]
    drop_scope: Vec<String>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Updated {
    changed: bool,
    #[serde(flatten)]
    resource: View,
}

pub(super) async fn run(common: &Common, arguments: Arguments) -> Result<(), Failure> {
    let (changed, resource) = match common.remote()? {
        Some(api) => update_elsewhere(&api, &arguments).await?,
        None => installation::change(common, async |desk| update(desk, &arguments).await).await?,
    };
    wording::note_missing(&resource);
    common.format().result(&Updated { changed, resource: View::of(&resource) }, || {
        let said =
            if changed { "Changed the resource." } else { "It is like that already. Nothing was done." };
        format!("{said}\n\n{}", view::text(&resource))
    })
}

async fn update_elsewhere(api: &Api<'_>, arguments: &Arguments) -> Result<(bool, Resource), Failure> {
    let was = elsewhere::find(api, &arguments.named).await?;
    let now = arguments.apply(&was)?;
    if now == was {
        return Ok((false, now));
    }
    Ok((true, elsewhere::update(api, &was, &now).await?))
}

async fn update(desk: &Desk, arguments: &Arguments) -> Result<(bool, Resource), Failure> {
    let store = &desk.app.store;
    let was = find(store, &arguments.named).await?;
    let now = arguments.apply(&was)?;
    if now == was {
        return Ok((false, now));
    }
    match resources::update(store, &was, &now, &desk.moment.trace(&desk.app)).await? {
        Write::Applied(()) => Ok((true, now)),
        Write::Lost => {
            Err(Failure::new("somebody else changed the resource at the same time\n  run the command again"))
        }
    }
}

impl Arguments {
    fn apply(&self, was: &Resource) -> Result<Resource, Failure> {
        let mut scopes = self.wording.scopes(was.scopes.clone());
        for dropped in &self.drop_scope {
            let before = scopes.len();
            scopes.retain(|scope| scope.name != *dropped);
            if scopes.len() == before {
                let dropped = crate::output::clean(dropped);
                return Err(Failure::new(format!(
                    "the resource has no scope {dropped}\n  leave --drop-scope out"
                )));
            }
        }
        let new = NewResource {
            id: was.id,
            identifier: was.identifier.clone(),
            name: Some(self.wording.name().unwrap_or_else(|| was.name.clone())),
            scopes,
            token: TokenSettings {
                lifetime: self.wording.lifetime().unwrap_or(was.token.lifetime),
                algorithm: self.wording.algorithm().unwrap_or(was.token.algorithm),
            },
            is_default: was.is_default,
            open_to: self.wording.open_to().unwrap_or(was.open_to),
            demand: self.wording.demand(was.demand),
        };
        let now = Resource::new(new).map_err(|refusal| wording::refused("changed", &refusal))?;
        Ok(Resource { disabled_at: was.disabled_at, ..now })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use gatewright_oauth::assurance::Acr;
    use gatewright_oauth::demand::Demand;
    use gatewright_oauth::resource::{OpenTo, ScopeText};
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn resource() -> Resource {
        let scope = |name: &str, default| ScopeText {
            name: name.to_owned(),
            description: format!("May {name}"),
            default,
            dangerous: !default,
            demand: Demand::NOTHING,
        };
        Resource::new(NewResource {
            id: Uuid::nil(),
            identifier: "https://mcp.test/mcp".to_owned(),
            name: Some("Notes".to_owned()),
            scopes: vec![scope("read", true), scope("write", false)],
            token: TokenSettings::default(),
            is_default: true,
            open_to: OpenTo::AnyClient,
            demand: Demand::NOTHING,
        })
        .unwrap()
    }

    fn changed(line: &[&str]) -> Result<Resource, String> {
        let line = [&["update", "https://mcp.test/mcp"], line].concat();
        Line::try_parse_from(line)
            .unwrap()
            .arguments
            .apply(&resource())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn what_is_not_mentioned_stays() {
        assert_eq!(changed(&[]).unwrap(), resource());
        let described = changed(&["--scope", "write=Change notes"]).unwrap();
        assert_eq!(described.scope("write").unwrap().description, "Change notes");
        assert!(described.scope("write").unwrap().dangerous);
        assert_eq!(described.default_scopes(), resource().default_scopes());
        let longer = changed(&["--lifetime", "3600", "--alg", "RS256"]).unwrap();
        assert_eq!((longer.token.lifetime.as_secs(), longer.scopes), (3600, resource().scopes));
    }

    #[test]
    fn what_a_sign_in_has_to_be_worth() {
        let line =
            ["--acr", "phr", "--scope-acr", "write=urn:gatewright:acr:2fa", "--scope-max-age", "write=60"];
        let demanding = changed(&line).unwrap();
        assert_eq!(demanding.demand, Demand { acr: Some(Acr::PhishingResistant), max_age: None });
        let demand = Demand { acr: Some(Acr::TwoFactors), max_age: Some(60) };
        assert_eq!(demanding.scope("write").unwrap().demand, demand);
        assert_eq!(
            changed(&["--acr", "none", "--max-age", "none", "--scope-acr", "write=none"]),
            Ok(resource())
        );
        for wrong in [["--acr", "3fa"], ["--max-age", "-1"], ["--scope-acr", "write"]] {
            let line = [&["update", "https://mcp.test/mcp"], &wrong[..]].concat();
            assert!(Line::try_parse_from(line).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn defaults_and_warnings_are_exactly_the_ones_named() {
        let other = changed(&["--default-scope", "write"]).unwrap();
        assert_eq!(other.default_scopes().to_string(), "write");
        assert_eq!(other.scope("write").unwrap().description, "May write");
        let dropped = changed(&["--drop-scope", "write"]).unwrap();
        assert_eq!(dropped.scope_names().to_string(), "read");
        assert!(changed(&["--drop-scope", "none"]).unwrap_err().contains("no scope none"));
    }
}
