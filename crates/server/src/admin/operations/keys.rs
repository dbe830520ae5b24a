//! Signing keys: their public halves and their life.

use chrono::{DateTime, Utc};
use gatewright_jose::Algorithm;
use gatewright_store::Write;
use gatewright_store::signing_keys::{self, KeyState, StoredKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::answer::Outdated;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::keys::emergency::{self, Ended};
use crate::keys::flow::ALGORITHMS;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "keys.list",
        method: Method::Get,
        path: "/keys",
        scope: Scope::KeysRead,
        wants: Wants::Anybody,
        summary: "List signing keys",
        description: "Oldest first.",
        query: &[Parameter { name: "state", description: "`next`, `active`, `retired` or `revoked`." }],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "keys.rotate",
        method: Method::Post,
        path: "/keys/rotate",
        scope: Scope::KeysWrite,
        wants: Wants::Anybody,
        summary: "Begin the rotation of a signing key",
        description: "The next key is published now and signs once every cache has seen it.",
        query: &[],
        takes: Takes::Json(Body::of::<Rotation>()),
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(rotate(call)),
    },
    Operation {
        id: "keys.activate",
        method: Method::Post,
        path: "/keys/{kid}/activate",
        scope: Scope::KeysWrite,
        wants: Wants::Recent,
        summary: "Sign with the next key at once",
        description: "It takes the place of the one that signs, before every cache has seen it: verifiers that do not \
                      look again for a key they do not know refuse its tokens for up to five minutes.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(activate(call)),
    },
    Operation {
        id: "keys.revoke",
        method: Method::Delete,
        path: "/keys/{kid}",
        scope: Scope::KeysWrite,
        wants: Wants::Recent,
        summary: "Revoke a signing key believed stolen",
        description: "If it signs, its successor signs first. What it signed stops verifying as verifiers look again.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(revoke(call)),
    },
];

/// A signing key, without its private half.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub struct View {
    /// Its id: the RFC 7638 thumbprint.
    kid: String,
    /// `ES256` or `RS256`.
    alg: String,
    /// `next`, `active`, `retired` or `revoked`.
    state: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it began to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    activated_at: Option<DateTime<Utc>>,
    /// When it stopped signing.
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
}

/// Which key is to be rotated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyRotation)]
pub struct Rotation {
    /// `ES256` or `RS256`.
    alg: String,
}

fn view(key: &StoredKey) -> View {
    View {
        kid: key.kid.clone(),
        alg: key.algorithm.to_string(),
        state: key.state.as_str(),
        created_at: key.created_at,
        activated_at: key.activated_at,
        retired_at: key.retired_at,
        revoked_at: key.revoked_at,
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let wanted = call.one_of("state", &["next", "active", "retired", "revoked"])?;
    let mut all = signing_keys::list(&call.app.store).await?;
    all.retain(|key| wanted.is_none_or(|wanted| key.state.as_str() == wanted));
    let place = |key: &StoredKey| Place { at: key.created_at, id: key.kid.clone() };
    cursor::answer_of_few(call, all, (place, view))
}

async fn rotate(call: &Call) -> Result<Answer, Problem> {
    let rotation: Rotation = call.body()?;
    let algorithm: Algorithm = rotation
        .alg
        .parse()
        .ok()
        .filter(|algorithm| ALGORITHMS.contains(algorithm))
        .ok_or_else(|| Problem::invalid("alg", "alg is ES256 or RS256"))?;
    let waiting = emergency::waiting(&call.app, &call.moment, algorithm).await?;
    let keys = signing_keys::list(&call.app.store).await?;
    let next = keys.iter().find(|key| Some(&key.kid) == waiting.as_ref()).ok_or_else(changed)?;
    Ok(Answer::ok(&view(next))?.outdating(Outdated::Keys))
}

fn changed() -> Problem {
    Problem::conflict("changed", "the keys changed at the same time").hint("look at them again")
}

async fn find(call: &Call) -> Result<StoredKey, Problem> {
    let keys = signing_keys::list(&call.app.store).await?;
    keys.into_iter().find(|key| key.kid == call.segment()).ok_or_else(|| Problem::not_found("key"))
}

async fn activate(call: &Call) -> Result<Answer, Problem> {
    let key = find(call).await?;
    match key.state {
        // It was done before.
        KeyState::Active => return Answer::ok(&view(&key)),
        KeyState::Next => {}
        KeyState::Retired | KeyState::Revoked => {
            let detail = "this key has signed, and does not sign again";
            return Err(Problem::conflict("not_next", detail).hint("begin a rotation: POST /keys/rotate"));
        }
    }
    match signing_keys::promote(&call.app.store, &key.kid, &call.trace()).await? {
        Write::Applied(()) => Ok(Answer::ok(&view(&find(call).await?))?.outdating(Outdated::Keys)),
        Write::Lost => Err(changed()),
    }
}

async fn revoke(call: &Call) -> Result<Answer, Problem> {
    let key = find(call).await?;
    match emergency::revoke(&call.app, &call.moment, &key).await? {
        Write::Applied(Ended::Already | Ended::Now { .. }) => Ok(Answer::nothing().outdating(Outdated::Keys)),
        Write::Lost => Err(changed()),
    }
}
