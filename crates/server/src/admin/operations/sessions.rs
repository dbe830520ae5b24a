//! Sessions: who is signed in in which browser, and signing people out.

use chrono::{DateTime, Utc};
use gatewright_store::sessions::{self, Listed, Which};
use gatewright_store::{Write, users};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::cursor;
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::places::Place;
use crate::web::page::Claimed;
use crate::words;

/// Sessions of a person that are ended in one go.
const MOST_ENDED: u32 = 1000;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "sessions.list",
        method: Method::Get,
        path: "/sessions",
        scope: Scope::SessionsRead,
        wants: Wants::Anybody,
        summary: "List sessions that live",
        description: "Latest first, of everybody or of one person. A page may be short although there is a next one.",
        query: &[
            Parameter { name: "user_id", description: "Of this person." },
            Parameter {
                name: "status",
                description: "`live` (what is listed when nothing is said) or, of one person, `all`: those included \
                              that ended within the last month.",
            },
        ],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "sessions.show",
        method: Method::Get,
        path: "/sessions/{id}",
        scope: Scope::SessionsRead,
        wants: Wants::Anybody,
        summary: "Show a session",
        description: "Whatever became of it, for a month.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "sessions.end",
        method: Method::Post,
        path: "/sessions/{id}/end",
        scope: Scope::SessionsWrite,
        wants: Wants::Anybody,
        summary: "Sign somebody out of a browser",
        description: "Grants that are bound to the session end with it; those that outlive sessions do not.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(end(call)),
    },
    Operation {
        id: "users.end_sessions",
        method: Method::Post,
        path: "/users/{id}/end-sessions",
        scope: Scope::SessionsWrite,
        wants: Wants::Anybody,
        summary: "Sign somebody out everywhere",
        description: "Of all sessions there are at this moment, with the grants bound to them. Of very many, a \
                      thousand at a time: `more` says so. Grants that outlive sessions are revoked by \
                      `POST /grants/revoke`.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<Ended>()),
        run: |call| Box::pin(end_all(call)),
    },
];

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct View {
    /// Its id: `sid` in ID tokens.
    id: Uuid,
    /// Who is signed in.
    user_id: Uuid,
    /// `live`, `expired`, or `ended` before its time.
    status: &'static str,
    /// When the person last proved who they are.
    authenticated_at: DateTime<Utc>,
    /// How (RFC 8176).
    amr: Vec<String>,
    /// With which browser it was opened, and on which system, as far as the browser said.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// The address the person last signed in from.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Where that probably is, if the server has a database of places (`places.database`).
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceView>,
    /// When an app was last given something in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_at: Option<DateTime<Utc>>,
    /// When it was opened.
    created_at: DateTime<Utc>,
    /// When it ends unless it is used.
    idle_expires_at: DateTime<Utc>,
    /// When it ends in any case.
    expires_at: DateTime<Utc>,
    /// When it was ended. Absent where it ended with the account or its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
}

/// Where an address probably is, in English.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionPlace)]
struct PlaceView {
    /// The town.
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    /// The country.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    /// The country, by its two letters (ISO 3166-1).
    #[serde(skip_serializing_if = "Option::is_none")]
    country_code: Option<String>,
}

impl PlaceView {
    fn of(place: &Place) -> PlaceView {
        let text = |claimed: &Option<Claimed>| claimed.as_ref().map(Claimed::to_string);
        let Place { city, country, country_code, .. } = place;
        PlaceView { city: text(city), country: text(country), country_code: text(country_code) }
    }
}

/// What was ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndedSessions)]
pub struct Ended {
    /// How many sessions.
    sessions: u64,
    /// How many grants that were bound to them.
    grants: u64,
    /// Whether there are others.
    more: bool,
}

fn view(call: &Call, listed: &Listed) -> View {
    let now = call.moment.now;
    let Listed { session, user, ended_at, user_stands } = listed;
    let status = match (listed.lives(now), ended_at.is_some() || !user_stands) {
        (true, _) => "live",
        (false, true) => "ended",
        (false, false) => "expired",
    };
    View {
        id: session.id,
        user_id: *user,
        status,
        authenticated_at: session.auth_time,
        amr: session.amr.split_whitespace().map(str::to_owned).collect(),
        device: session.device.clone(),
        address: session.peer.clone(),
        place: call
            .app
            .places
            .near_stored(session.peer.as_deref(), words::ENGLISH)
            .map(|place| PlaceView::of(&place)),
        last_seen_at: session.seen_at,
        created_at: session.created_at,
        idle_expires_at: session.idle_expires_at,
        expires_at: session.expires_at,
        ended_at: *ended_at,
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let (store, now) = (&call.app.store, call.moment.now);
    let before = page.after.as_ref().and_then(|place| place.id.parse().ok()).unwrap_or(Uuid::max());
    let user: Option<Uuid> = call.parsed("user_id", "a UUID")?;
    let which = match call.parameter("status")? {
        None | Some("live") => Which::Live(now),
        Some("all") => Which::All,
        Some(_) => return Err(Problem::invalid("status", "status is live or all")),
    };
    let place =
        |listed: &Listed| cursor::Place { at: listed.session.created_at, id: listed.session.id.to_string() };
    match (user, which) {
        (Some(user), which) => {
            let rows = sessions::of_user(store, (user, which), before, page.limit).await?;
            cursor::answer(call, &page, &rows, (place, |listed| view(call, listed)))
        }
        (None, Which::Live(now)) => {
            let looked = sessions::live(store, before, (page.limit, now)).await?;
            let next = looked.to.map(|id| cursor::Place { at: now, id: id.to_string() });
            cursor::answer_up_to(call, &looked.found, next, |listed| view(call, listed))
        }
        (None, Which::All) => Err(Problem::invalid("status", "all is for the sessions of one person")
            .hint("name user_id; what happened to all sessions is in the events")),
    }
}

async fn found(call: &Call) -> Result<Listed, Problem> {
    let id = call.id("session")?;
    sessions::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("session"))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    Answer::ok(&view(call, &found(call).await?))
}

async fn end(call: &Call) -> Result<Answer, Problem> {
    let session = found(call).await?;
    // Lost: it was ended before.
    let (Write::Applied(_) | Write::Lost) =
        sessions::end(&call.app.store, session.session.id, &call.trace()).await?;
    show(call).await
}

async fn end_all(call: &Call) -> Result<Answer, Problem> {
    let user = call.id("account")?;
    let store = &call.app.store;
    if users::by_id(store, user).await?.is_none() {
        return Err(Problem::not_found("account"));
    }
    let which = (user, Which::Live(call.moment.now));
    let live = sessions::of_user(store, which, Uuid::max(), MOST_ENDED + 1).await?;
    let most = MOST_ENDED as usize;
    let mut ended = Ended { sessions: 0, grants: 0, more: live.len() > most };
    for listed in live.iter().take(most) {
        // Lost: it was ended a moment ago.
        if let Write::Applied(grants) = sessions::end(store, listed.session.id, &call.trace()).await? {
            ended.sessions += 1;
            ended.grants += grants;
        }
    }
    Answer::ok(&ended)
}
