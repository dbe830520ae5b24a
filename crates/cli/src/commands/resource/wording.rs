//! What an operator says about a resource: the options that `add` and `update` share.

use std::str::FromStr;
use std::time::Duration;

use gatewright_jose::Algorithm;
use gatewright_oauth::assurance::Acr;
use gatewright_oauth::demand::Demand;
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
    /// What the sign-in of people has to be worth, like urn:gatewright:acr:2fa or phr; `none` takes it back
    #[arg(long, value_name = "ACR", value_parser = acr)]
    acr: Option<Demanded<Acr>>,
    /// How old their sign-in may be when a client asks; `none` takes it back
    #[arg(long, value_name = "SECONDS", value_parser = max_age)]
    max_age: Option<Demanded<u32>>,
    /// The same for one scope; repeatable
    #[arg(long, value_name = "SCOPE=ACR", value_parser = of_scope(acr))]
    scope_acr: Vec<(String, Demanded<Acr>)>,
    /// The same for one scope; repeatable
    #[arg(long, value_name = "SCOPE=SECONDS", value_parser = of_scope(max_age))]
    scope_max_age: Vec<(String, Demanded<u32>)>,
}

/// What is demanded, or that nothing is any more.
type Demanded<T> = std::result::Result<T, Nothing>;

/// `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Nothing;

fn acr(text: &str) -> Result<Demanded<Acr>, String> {
    let known = || format!("it is one of {}, or none", Acr::ALL.map(Acr::as_str).join(", "));
    if text == "none" { Ok(Err(Nothing)) } else { Acr::parse(text).map(Ok).ok_or_else(known) }
}

fn max_age(text: &str) -> Result<Demanded<u32>, String> {
    let seconds = || text.parse().map(Ok).map_err(|_| "it is a number of seconds, or none".to_owned());
    if text == "none" { Ok(Err(Nothing)) } else { seconds() }
}

/// `orders:pay=VALUE`.
fn of_scope<T>(
    value: impl Fn(&str) -> Result<T, String> + Clone,
) -> impl Fn(&str) -> Result<(String, T), String> + Clone {
    move |argument| {
        // A scope may have `=` in it, a value has none.
        let (scope, text) = argument.rsplit_once('=').ok_or("write it like orders:pay=…")?;
        Ok((scope.to_owned(), value(text)?))
    }
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

impl Described {
    fn bare(scope: &str) -> Described {
        Described { scope: scope.to_owned(), text: None }
    }
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

    /// What was demanded, changed as the command line says.
    pub(super) fn demand(&self, was: Demand) -> Demand {
        Demand {
            acr: self.acr.map_or(was.acr, Result::ok),
            max_age: self.max_age.map_or(was.max_age, Result::ok),
        }
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
        for (scope, acr) in &self.scope_acr {
            put(&mut scopes, &Described::bare(scope)).demand.acr = acr.ok();
        }
        for (scope, max_age) in &self.scope_max_age {
            put(&mut scopes, &Described::bare(scope)).demand.max_age = max_age.ok();
        }
        scopes
    }
}

/// The scope that is described, with its new words.
fn put<'a>(scopes: &'a mut Vec<ScopeText>, described: &Described) -> &'a mut ScopeText {
    let known = scopes.iter().position(|scope| scope.name == described.scope);
    let at = known.unwrap_or_else(|| {
        let name = described.scope.clone();
        scopes.push(ScopeText {
            name,
            description: String::new(),
            default: false,
            dangerous: false,
            demand: Demand::NOTHING,
        });
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
