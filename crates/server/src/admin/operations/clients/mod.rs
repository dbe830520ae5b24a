//! Clients: who may ask for tokens.
//!
//! An opaque `client_id` is its own name in paths. One that is the address of a metadata document is not, because
//! paths with escaped slashes mean different things to different programs: it is named `@` and the address in
//! base64url. `self` of every client says its path.

mod change;
mod import;
mod pin;
pub mod view;

use self::change::{Settings, consent_rule, speaking};
use self::import::Import;
use self::pin::Pin;
use self::view::{Created, NewClient, Rotated, Rotation, View, named};
use crate::admin::answer::Outdated;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope, call};
use crate::clients::enrol::new_secret;
use crate::error::Fault;
use crate::policy;
use gatewright_oauth::register::{RegistrationRequest, register};
use gatewright_oauth::secret::{ClientSecret, Token};
use gatewright_oauth::{Client, ClientId};
use gatewright_store::clients::{self, Cursor, Filter, Overlap};
use gatewright_store::{Trace, Write};
use uuid::Uuid;

/// Rows of a kind that one purge removes.
const PURGED_AT_ONCE: u32 = 10_000;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "clients.list",
        method: Method::Get,
        path: "/clients",
        scope: Scope::ClientsRead,
        wants: Wants::Anybody,
        summary: "List clients",
        description: "Oldest first, without those that were deleted or, never having been used, put aside. A page of \
                      those that are looked for may be short although there is a next one.",
        query: &[
            Parameter { name: "name", description: "With this in their name, in small or capital letters." },
            Parameter { name: "status", description: "`enabled` or `blocked`." },
            Parameter { name: "origin", description: "`administrator`, `dynamic` or `document`." },
            Parameter {
                name: "verified",
                description: "`true`: an administrator vouches for them; or `false`.",
            },
        ],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "clients.create",
        method: Method::Post,
        path: "/clients",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Register a client",
        description: "Under the rules for administrators: it counts as verified.",
        query: &[],
        takes: Takes::Json(Body::of::<NewClient>()),
        gives: Gives::Created(Body::of::<Created>()),
        run: |call| Box::pin(create(call)),
    },
    Operation {
        id: "clients.show",
        method: Method::Get,
        path: "/clients/{client}",
        scope: Scope::ClientsRead,
        wants: Wants::Anybody,
        summary: "Show a client",
        description: "And what became of it, whatever became of it.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "clients.update",
        method: Method::Patch,
        path: "/clients/{client}",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Change a client",
        description: "The whole of it is judged as if it were registered now. Other keys or another way to prove \
                      itself end its grants; another name or redirect URI has people asked again. A client that comes \
                      to need a secret gets one, shown this once. What a metadata document says is not changed here.",
        query: &[],
        takes: Takes::Patch(Body::of::<Settings>()),
        gives: Gives::One(Body::of::<Created>()),
        run: |call| Box::pin(change::update(call)),
    },
    Operation {
        id: "clients.import",
        method: Method::Post,
        path: "/clients/import",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Register clients under identifiers they have",
        description: "Under the rules for administrators. One that is wrong, or whose identifier is taken, is told and \
                      left out. Those that have a secret get a new one, shown this once.",
        query: &[],
        takes: Takes::Json(Body::of::<Import>()),
        gives: Gives::Outcomes,
        run: |call| Box::pin(import::import(call)),
    },
    Operation {
        id: "clients.pin",
        method: Method::Post,
        path: "/clients/{client}/pin",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Keep a client's metadata document for good",
        description: "As it is now, or as the body has it. It is not fetched again, and an administrator vouches for \
                      it. The client need not be known before.",
        query: &[],
        takes: Takes::Json(Body::of::<Pin>()),
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(pin::pin(call)),
    },
    Operation {
        id: "clients.approve",
        method: Method::Post,
        path: "/clients/{client}/approve",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Vouch for a client",
        description: "Pages show it as verified, and resources that are open to verified clients are open to it.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(change(call, Deed::Approve)),
    },
    Operation {
        id: "clients.block",
        method: Method::Post,
        path: "/clients/{client}/block",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Block a client",
        description: "Its codes and grants end with it, and unblocking brings none of them back.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(change(call, Deed::Block)),
    },
    Operation {
        id: "clients.unblock",
        method: Method::Post,
        path: "/clients/{client}/unblock",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Let a blocked client be used again",
        description: "",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(change(call, Deed::Unblock)),
    },
    Operation {
        id: "clients.delete",
        method: Method::Delete,
        path: "/clients/{client}",
        scope: Scope::ClientsWrite,
        wants: Wants::Recent,
        summary: "Delete a client for good",
        description: "Its codes and grants end with it. Its id is never given to another.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(end(call, Deed::Delete)),
    },
    Operation {
        id: "clients.purge",
        method: Method::Post,
        path: "/clients/{client}/purge",
        scope: Scope::ClientsWrite,
        wants: Wants::Recent,
        summary: "Remove what is kept about a deleted client",
        description: "All but its id. Of very many grants, ten thousand at a time.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(end(call, Deed::Purge)),
    },
    Operation {
        id: "clients.rotate_secret",
        method: Method::Post,
        path: "/clients/{client}/rotate-secret",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Give a confidential client another secret",
        description: "The one before stays good for `overlap_hours`.",
        query: &[],
        takes: Takes::Json(Body::of::<Rotation>()),
        gives: Gives::One(Body::of::<Rotated>()),
        run: |call| Box::pin(rotate(call)),
    },
];

async fn found(call: &Call, id: &ClientId) -> Result<View, Problem> {
    let record = clients::record(&call.app.store, id, call.moment.now).await?;
    record.map(View::with_life).ok_or_else(|| Problem::not_found("client"))
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let after =
        page.after.clone().map_or(Cursor::START, |place| Cursor { created_at: place.at, id: place.id });
    let name = call.parameter("name")?.map(str::to_lowercase);
    let filter = Filter {
        name: name.as_deref(),
        origin: call.parsed("origin", "administrator, dynamic or document")?,
        blocked: call.one_of("status", &["enabled", "blocked"])?.map(|status| status == "blocked"),
        vouched: call.parsed("verified", "true or false")?,
    };
    if filter != Filter::default() {
        let looked = clients::search(&call.app.store, filter, &after, page.limit).await?;
        let next = looked.to.map(|to| Place { at: to.created_at, id: to.id });
        return cursor::answer_up_to(call, &looked.found, next, View::of);
    }
    let rows = clients::list(&call.app.store, &after, page.limit).await?;
    let place = |client: &Client| Place { at: client.created_at, id: client.id.to_string() };
    cursor::answer(call, &page, &rows, (place, View::of))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    let view = found(call, &named(call)?).await?;
    let etag = Some(view.etag()?);
    Ok(Answer { etag, ..Answer::ok(&view)? })
}

/// The id that is asked for, or a new one.
fn chosen(call: &Call, text: Option<&str>) -> Result<ClientId, Problem> {
    let Some(text) = text else { return Ok(ClientId::from_random(call.app.random())) };
    match ClientId::parse(text) {
        Ok(id @ ClientId::Opaque(_)) => Ok(id),
        Ok(ClientId::Document(_)) | Err(_) => Err(Problem::invalid(
            "client_id",
            "a client_id that is given has 1 to 256 characters of A-Z a-z 0-9 - . _ ~",
        )),
    }
}

async fn create(call: &Call) -> Result<Answer, Problem> {
    let new: NewClient = call.body()?;
    let profile = call::profile(new.profile.as_deref())?;
    known_resources(call, (new.default_resource, new.resource_server)).await?;
    let document = serde_json::to_vec(&new.metadata).map_err(Fault::internal)?;
    let request = speaking(RegistrationRequest::parse(&document)?, new.resource_server);
    let policy = policy::administrator(profile, &request, new.resource_server);
    let id = chosen(call, new.client_id.as_deref())?;
    let client = register(&policy, request, id, call.moment.now)?;
    let client = Client {
        default_resource: new.default_resource,
        speaks_for: new.resource_server,
        consent: consent_rule(new.consent.as_deref(), client.origin)?,
        ..client
    };
    store(call, client).await
}

/// Gives a new client its secret, stores it and shows both.
async fn store(call: &Call, client: Client) -> Result<Answer, Problem> {
    let secret = new_secret(&call.app, &client);
    let client = Client { secret: secret.as_ref().map(Token::digest), ..client };
    match clients::create(&call.app.store, &client, &call.trace()).await? {
        Write::Applied(_) => {}
        Write::Lost => {
            return Err(Problem::conflict("taken", "there is a client with this client_id, or there was"));
        }
    }
    let view = View::of(&client);
    let location = view.own.clone();
    let secret = secret.map(|token| call.reveal(&token.text()));
    let shows_secret = secret.is_some();
    let answer = Answer::created(&Created { client: view, client_secret: secret }, location)?;
    Ok(if shows_secret { answer.showing_a_secret() } else { answer })
}

/// The resources a client is to have to do with have to be there.
async fn known_resources(
    call: &Call,
    (default, server): (Option<Uuid>, Option<Uuid>),
) -> Result<(), Problem> {
    for (field, resource) in [("default_resource", default), ("resource_server", server)] {
        if let Some(id) = resource
            && gatewright_store::resources::by_id(&call.app.store, id).await?.is_none()
        {
            return Err(Problem::invalid(field, "there is no such resource"));
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Approve,
    Block,
    Unblock,
    Delete,
    Purge,
}

async fn do_it(call: &Call, id: &ClientId, deed: Deed) -> Result<Write<()>, Problem> {
    let (store, trace): (_, Trace) = (&call.app.store, call.trace());
    let written = match deed {
        Deed::Approve => clients::approve(store, id, &trace).await,
        Deed::Block => clients::disable(store, id, &trace).await,
        Deed::Unblock => clients::enable(store, id, &trace).await,
        Deed::Delete => clients::delete(store, id, &trace).await,
        Deed::Purge => clients::purge(store, id, PURGED_AT_ONCE, &trace).await,
    };
    Ok(written?)
}

/// One that is so already is so: asking twice is no mistake.
async fn change(call: &Call, deed: Deed) -> Result<Answer, Problem> {
    let id = named(call)?;
    let before = found(call, &id).await?;
    let written = do_it(call, &id, deed).await?;
    if written == Write::Lost && before.status == "deleted" {
        return Err(Problem::conflict("deleted", "a deleted client stays deleted"));
    }
    Ok(Answer::ok(&found(call, &id).await?)?.outdating(Outdated::Client(id)))
}

async fn end(call: &Call, deed: Deed) -> Result<Answer, Problem> {
    let id = named(call)?;
    let before = found(call, &id).await?;
    if deed == Deed::Purge && before.status != "deleted" {
        return Err(Problem::conflict("not_deleted", "only a deleted client can be purged")
            .hint("delete it first: its grants end with it"));
    }
    // Lost: it was deleted or emptied before.
    let (Write::Applied(()) | Write::Lost) = do_it(call, &id, deed).await?;
    Ok(Answer::nothing().outdating(Outdated::Client(id)))
}

async fn rotate(call: &Call) -> Result<Answer, Problem> {
    let id = named(call)?;
    let rotation: Rotation = call.body()?;
    let until = call.overlap(rotation.overlap_hours)?;
    found(call, &id).await?;
    let overlap = if rotation.overlap_hours == 0 { Overlap::None } else { Overlap::Until(until) };
    let secret = Token::<ClientSecret>::from_random(call.app.random());
    let written =
        clients::replace_secret(&call.app.store, &id, (&secret.digest(), overlap), &call.trace()).await?;
    match written {
        Write::Applied(()) => {}
        Write::Lost => return Err(Problem::conflict("no_secret", "this client has no secret to replace")),
    }
    let rotated = Rotated {
        client_id: id.to_string(),
        client_secret: call.reveal(&secret.text()),
        previous_secret_until: (rotation.overlap_hours > 0).then_some(until),
    };
    Ok(Answer::ok(&rotated)?.showing_a_secret().outdating(Outdated::Client(id)))
}
