//! What the table of operations is made of.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::mutation::Work;
use super::{Call, Problem, Scope};

/// One route of the API.
pub struct Operation {
    /// Its name: `clients.list`.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path, below the API.
    pub path: &'static str,
    /// What the caller must be allowed to do.
    pub scope: Scope,
    /// Whether the caller must have signed in recently.
    pub wants: Wants,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else there is to know.
    pub description: &'static str,
    /// Its query parameters, apart from those every list or change has.
    pub query: &'static [Parameter],
    /// Its body.
    pub takes: Takes,
    /// What it answers.
    pub gives: Gives,
    /// What does it.
    pub run: for<'a> fn(&'a Call) -> Work<'a>,
}

impl Operation {
    /// Whether it answers page by page.
    pub const fn is_list(&self) -> bool {
        matches!(self.gives, Gives::List(_))
    }

    /// Whether it takes several things at once, and so a larger body.
    pub fn takes_many(&self) -> bool {
        matches!(self.gives, Gives::Outcomes | Gives::Each)
    }

    /// Whether it changes a representation that was read before, and so takes `If-Match`.
    pub fn is_conditional(&self) -> bool {
        matches!(self.method, Method::Put | Method::Patch)
    }

    /// Whether a body of its answer may be left away for who wants little: it shows what the caller has asked for
    /// anyway, and not what became of several things.
    pub fn can_be_brief(&self) -> bool {
        !self.method.reads() && matches!(self.gives, Gives::One(_) | Gives::Created(_))
    }

    /// A condition that would be overlooked is none: whoever sent it thinks it holds.
    pub fn heeds(&self, if_match: Option<&str>) -> Result<(), Problem> {
        if if_match.is_none() || self.method.reads() || self.is_conditional() {
            return Ok(());
        }
        let problem =
            Problem::invalid("If-Match", "this takes no If-Match, and would be done whatever changed");
        Err(problem.hint("leave it away"))
    }

    /// The values in `path`, if it is one of this operation's.
    pub fn values_in(&self, path: &str) -> Option<Vec<String>> {
        let mut values = Vec::new();
        let mut given = path.split('/');
        for expected in self.path.split('/') {
            let part = given.next()?;
            if !expected.starts_with('{') {
                if part != expected {
                    return None;
                }
            } else if part.is_empty() {
                return None;
            } else {
                values.push(part.to_owned());
            }
        }
        given.next().is_none().then_some(values)
    }
}

/// The methods there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something, or does something.
    Post,
    /// Sets something.
    Put,
    /// Changes something, by a merge patch.
    Patch,
    /// Ends something.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Whether it changes nothing.
    pub const fn reads(self) -> bool {
        matches!(self, Method::Get)
    }
}

/// How sure the caller's identity must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Any valid token or key.
    Anybody,
    /// Somebody who signed in a moment ago (RFC 9470): it cannot be undone, or gives power away.
    Recent,
}

/// A query parameter.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
}

/// What an operation takes.
#[derive(Clone, Copy)]
pub enum Takes {
    /// No body.
    Nothing,
    /// A JSON object.
    Json(Body),
    /// A merge patch of an object (RFC 7396).
    Patch(Body),
    /// Objects, one a line, read while they arrive ([`crate::lines`]).
    Lines(Body),
}

/// What an operation answers when it is done.
#[derive(Clone, Copy)]
pub enum Gives {
    /// 204.
    Nothing,
    /// 200 with one object.
    One(Body),
    /// 201 with one object.
    Created(Body),
    /// 200 with a page of a list.
    List(Body),
    /// 200 with what became of each of several things that were done in one transaction.
    Outcomes,
    /// 200 with what became of each of several operations, each of which is a transaction of its own.
    Each,
    /// 200 with something that is sent while it is made, of one of these media types.
    Flow(&'static [&'static str]),
}

/// A type that travels, by its schema.
#[derive(Clone, Copy)]
pub struct Body {
    /// The schema's name.
    pub name: fn() -> Cow<'static, str>,
    /// The schema.
    pub schema: fn() -> RefOr<Schema>,
    /// The schemas it refers to.
    pub others: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Body {
    /// The schema of `T`.
    pub const fn of<T: ToSchema>() -> Body {
        Body { name: T::name, schema: T::schema, others: T::schemas }
    }
}
