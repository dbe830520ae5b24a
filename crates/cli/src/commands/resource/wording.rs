//! What an operator says about a resource: the options that `add` and `update` share.

use std::str::FromStr;
use std::time::Duration;

use gatewright_jose::Algorithm;
use gatewright_oauth::resource::{OpenTo, ScopeText};
use gatewright_oauth::{Refusal, Resource};
use gatewright_server::keys::flow::ALGORITHMS;

use crate::failure::Failure;
use crate::output::clean;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Wording {
    /// What people see on the consent page
    #[arg(long)]
    name: Option<String>,
    /// A scope and what it allows, in words for the consent page; repeatable
    #[arg(long, value_name = "SCOPE=TEXT")]
    scope: Vec<Described>,
    /// Clients that name no scope get exactly these; repeatable
    #[arg(long, value_name = "SCOPE[=TEXT]")]
    default_scope: Vec<Described>,
    /// Exactly these are shown with a warning; repeatable
    #[arg(long, value_name = "SCOPE[=TEXT]")]
    dangerous_scope: Vec<Described>,
    /// How long access tokens are valid [default for new ones: `tokens.access_seconds`]
    #[arg(long, value_name = "SECONDS")]
    lifetime: Option<u32>,
    /// What access tokens are signed with [default for new ones: ES256]
    #[arg(long, value_name = "ALGORITHM", value_parser = algorithm)]
    alg: Option<Algorithm>,
    /// Which clients may ask for it: any, or those an administrator vouches for [default for new ones: any]
    #[arg(long, value_name = "CLIENTS")]
    open_to: Option<Clients>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Clients {
    Any,
    Verified,
}

/// One of the algorithms there are keys for.
fn algorithm(text: &str) -> Result<Algorithm, String> {
    ALGORITHMS
        .into_iter()
        .find(|algorithm| algorithm.to_string() == text)
        .ok_or_else(|| "this server signs with ES256 and RS256".to_owned())
}

/// `notes:read=Read your notes`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Described {
    scope: String,
    text: Option<String>,
}

impl FromStr for Described {
    type Err = String;

    fn from_str(argument: &str) -> Result<Self, String> {
        let (scope, text) = match argument.split_once('=') {
            Some((scope, text)) => (scope, Some(text.trim().to_owned())),
            None => (argument, None),
        };
        if scope.is_empty() || scope.contains(char::is_whitespace) {
            return Err("write it like notes:read='Read your notes'".to_owned());
        }
        Ok(Described { scope: scope.to_owned(), text })
    }
}

impl Wording {
    pub(super) fn name(&self) -> Option<String> {
        self.name.clone()
    }

    pub(super) fn lifetime(&self) -> Option<Duration> {
        self.lifetime.map(|seconds| Duration::from_secs(seconds.into()))
    }

    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        self.alg
    }

    pub(super) fn open_to(&self) -> Option<OpenTo> {
        self.open_to.map(|clients| match clients {
            Clients::Any => OpenTo::AnyClient,
            Clients::Verified => OpenTo::VerifiedClients,
        })
    }

    /// The scopes there are, in their order, changed as the command line says; new ones follow.
    pub(super) fn scopes(&self, mut scopes: Vec<ScopeText>) -> Vec<ScopeText> {
        for scope in &mut scopes {
            scope.default &= self.default_scope.is_empty();
            scope.dangerous &= self.dangerous_scope.is_empty();
        }
        for described in &self.scope {
            put(&mut scopes, described);
        }
        for described in &self.default_scope {
            put(&mut scopes, described).default = true;
        }
        for described in &self.dangerous_scope {
            put(&mut scopes, described).dangerous = true;
        }
        scopes
    }
}

/// The scope that is described, with its new words.
fn put<'a>(scopes: &'a mut Vec<ScopeText>, described: &Described) -> &'a mut ScopeText {
    let known = scopes.iter().position(|scope| scope.name == described.scope);
    let at = known.unwrap_or_else(|| {
        let name = described.scope.clone();
        scopes.push(ScopeText { name, description: String::new(), default: false, dangerous: false });
        scopes.len() - 1
    });
    let scope = &mut scopes[at];
    if let Some(text) = &described.text {
        scope.description.clone_from(text);
    }
    scope
}

/// Says which scopes people could not understand.
pub(super) fn note_missing(resource: &Resource) {
    let wordless: Vec<String> = resource
        .scopes
        .iter()
        .filter(|scope| scope.description.is_empty())
        .map(|scope| clean(&scope.name))
        .collect();
    if let Some(first) = wordless.first() {
        terminal::note(&format!(
            "People would see bare names on the consent page: {}\n  say what they allow with --scope \
             {first}='…'; once it is added: gatewright resource update {} --scope {first}='…'",
            wordless.join(", "),
            clean(&resource.identifier)
        ));
    }
}

/// The rules' own words.
pub(super) fn refused(done: &str, refusal: &Refusal) -> Failure {
    let said = refusal.description();
    Failure::new(format!("the resource was not {done}: {said}\n  see gatewright resource add --help"))
}
