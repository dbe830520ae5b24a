//! Connected apps and agents: who may act for somebody, and that it ends (CN-09).
//!
//! A remembered answer and the grants that stand on it are shown together, by app: an app without a grant may come back
//! without a question as long as its answer is remembered. When a grant was used is when it last got a token; what its
//! tokens are used for only the resource knows.

pub mod page;

use std::collections::HashMap;

use chrono::Duration;
use gatewright_oauth::{ClientId, Resource};
use gatewright_store::consents::{self, By, Consent, Cursor};
use gatewright_store::grants::{self, Grant, Limit, Reason, Revocation};
use gatewright_store::{Time, Write};
use uuid::Uuid;

use self::page::{AppCard, GrantCard, ResourceCard};
use super::names::Names;
use crate::app::{App, Moment};
use crate::ceremony::Term;
use crate::ceremony::wording::{self, Pick};
use crate::error::Outcome;
use crate::web::page::Claimed;
use crate::words::Words;

/// Answers of one page.
const PAGE: u32 = 100;
/// Grants that are looked at.
const MOST_GRANTS: u32 = 1000;

/// Some of the apps.
pub struct Listed {
    /// By their id.
    pub apps: Vec<AppCard>,
    /// The last of them, where there may be more.
    pub next: Option<String>,
}

/// The apps behind the one with this id.
pub async fn cards(app: &App, moment: &Moment, (user, after): (Uuid, &str)) -> Outcome<Listed> {
    let words = moment.words;
    let (answers, next) = answers(app, user, after).await?;
    let living = grants::living(&app.store, user, (MOST_GRANTS, moment.now)).await?;
    let clients = answers.iter().map(|answer| answer.client.to_string()).collect();
    let names = Names::of(app, clients, answers.iter().map(|answer| answer.resource).collect()).await?;
    let mut by_answer: HashMap<Uuid, Vec<Grant>> = HashMap::new();
    for grant in living {
        by_answer.entry(grant.consent).or_default().push(grant);
    }
    let mut apps: Vec<AppCard> = Vec::new();
    for answer in &answers {
        let Some(resource) = names.resource(answer.resource) else { continue };
        let grants = by_answer.remove(&answer.id).unwrap_or_default();
        let Some(card) = resource_card((moment.now, words), (answer, resource), &grants) else { continue };
        let id = answer.client.to_string();
        match apps.last_mut().filter(|last| last.client_id == id) {
            Some(last) => last.resources.push(card),
            None => {
                let named = names.client(&id).cloned();
                apps.push(AppCard { client_id: id, named, resources: vec![card] });
            }
        }
    }
    Ok(Listed { apps, next })
}

/// A page of answers: all that one app has, or none of it.
async fn answers(app: &App, user: Uuid, after: &str) -> Outcome<(Vec<Consent>, Option<String>)> {
    let cursor = Cursor { client: after, resource: Uuid::max() };
    let mut answers = consents::list(&app.store, user, cursor, PAGE).await?;
    if answers.len() < PAGE as usize {
        return Ok((answers, None));
    }
    let last = answers.last().map(|answer| answer.client.clone());
    let first = answers.first().map(|answer| answer.client.clone());
    if first != last {
        answers.retain(|answer| Some(&answer.client) != last.as_ref());
    }
    let next = answers.last().map(|answer| answer.client.to_string());
    Ok((answers, next))
}

/// What an app may do at one resource; `None` when that is nothing, now and without a new question.
fn resource_card(
    (now, words): (Time, Words),
    (answer, resource): (&Consent, &Resource),
    grants: &[Grant],
) -> Option<ResourceCard> {
    let grants: Vec<GrantCard> =
        grants.iter().filter_map(|grant| grant_card((now, words), grant, resource)).collect();
    let is_remembered = answer.is_remembered(now);
    if grants.is_empty() && !is_remembered {
        return None;
    }
    Some(ResourceCard {
        name: Claimed::name(&resource.name),
        url: Claimed::note(&resource.identifier),
        remembered: is_remembered.then(|| wording::lines((resource, words), &answer.scope, Pick::None)),
        until: answer.expires_at.filter(|_| is_remembered),
        by_policy: answer.by == By::Policy,
        grants,
    })
}

fn grant_card((now, words): (Time, Words), grant: &Grant, resource: &Resource) -> Option<GrantCard> {
    let ends = if grant.refreshable {
        grant.idle_expires_at.min(grant.expires_at)
    } else {
        // It got one token and no means to get another.
        let token = Duration::from_std(resource.token.lifetime).unwrap_or(Duration::zero());
        (grant.created_at + token).min(grant.expires_at)
    };
    (ends > now).then(|| GrantCard {
        id: grant.id,
        permissions: wording::lines((resource, words), &grant.scope, Pick::None),
        allowed: grant.created_at,
        used: grant.rotated_at,
        address: grant.peer.clone(),
        ends,
        is_limited: grant.expires_at < grant.most_expires_at,
        is_renewed: grant.refreshable,
    })
}

/// Ends one of somebody's grants. That it ended before, or is another's, changes nothing.
pub async fn end(app: &App, moment: &Moment, (user, grant): (Uuid, Uuid)) -> Outcome<()> {
    let revocation = Revocation { grant, reason: Reason::User, client: None, user: Some(user) };
    let (Write::Applied(()) | Write::Lost) =
        grants::revoke(&app.store, &revocation, &moment.trace(app)).await?;
    app.seen.forget(grant).await;
    Ok(())
}

/// Ends whatever somebody allowed an app, and forgets that they did.
pub async fn remove(app: &App, moment: &Moment, (user, client): (Uuid, &ClientId)) -> Outcome<()> {
    let (Write::Applied(_) | Write::Lost) =
        consents::revoke_client(&app.store, user, client, &moment.trace(app)).await?;
    Ok(())
}

/// Has one of somebody's grants end with this term.
pub async fn limit(
    app: &App,
    moment: &Moment,
    (user, grant): (Uuid, Uuid),
    term: Term,
) -> Outcome<Write<()>> {
    let idle = Duration::days(i64::from(app.config.tokens.refresh_idle_days));
    let limit = Limit { grant, user, until: term.until(moment.now), idle_expires_at: moment.now + idle };
    let written = grants::limit(&app.store, &limit, &moment.trace(app)).await?;
    app.seen.forget(grant).await;
    Ok(written)
}
