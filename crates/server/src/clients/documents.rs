//! Clients that describe themselves: the document behind a `client_id` (OAuth Client ID Metadata Document §4).
//!
//! 1. [`present`] is asked while a person is being asked: at `/authorize` and on every step after it. The token endpoint
//!    never fetches for an unknown client (CI-13); it uses what was kept when a person said yes, and looks whether that
//!    is still true behind the request ([`refresh`]).
//! 2. The domain is judged first, at every use (CI-11).
//! 3. A version that is still fresh is used: of this process or of another one. Else it is fetched once, however many
//!    wait for it ([`crate::fetch`]).
//! 4. A host that is away for a moment leaves the last good version in use, for a day. A host that answers something
//!    else has said something: there is no document any more.
//! 5. Every failure looks the same and takes the same time, whatever it was (CI-10); the trace knows the reason. What
//!    the document itself says wrongly is told, because its author has to mend it.
//! 6. Nothing is written for a stranger: a new document is kept when a person has said yes ([`keep`]). A change of one
//!    that is kept already is kept at once, and ends its grants if it names other keys (CI-08).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use gatewright_oauth::client::Published;
use gatewright_oauth::document::{self, Answer, MAX_DOCUMENT};
use gatewright_oauth::{Client, ClientId, Code, Refusal, Time, Voucher};
use gatewright_store::Write;
use gatewright_store::clients::{self as table, Adopted};
use http::header;
use moka::future::Cache;
use moka::ops::compute::Op;
use tokio::time::Instant;

use crate::app::{App, Moment};
use crate::ceremony::facts::unknown_client;
use crate::config::{ChangedKeys, DocumentMode};
use crate::error::{Outcome, Stop};
use crate::fetch::{HEAD_WITHIN, Wanted};
use crate::limits::buckets::{Bounds, Buckets, Rate};
use crate::policy::{self, Unaccepted};
use crate::traces::Noted;
use crate::web::page::Problem;

/// Documents remembered at most.
const CAPACITY: u64 = 10_000;
/// A failure is not looked into again for this long: those who wait together hear it together.
const REFUSED_FOR: Duration = Duration::from_secs(1);
/// A host that is away is not asked again for this long.
const AWAY_FOR: Duration = Duration::from_secs(10);
/// How long the last good version of a host that is away is used, beyond its freshness.
const STALE_FOR: chrono::Duration = chrono::Duration::hours(24);
/// How often a kept document is written down again although nothing changed.
const KEPT_FOR: chrono::Duration = chrono::Duration::hours(1);
/// How often the token endpoint has a document looked at again.
const REFRESHED_AFTER: Duration = Duration::from_mins(1);
/// How many hosts one network may have us ask at once, and then one every two minutes (CI-10).
const HOSTS: Bounds = Bounds {
    network: Rate { holds: 30.0, per_minute: 0.5 },
    overall: None,
    networks: 20_000,
    forgotten_at: 0.5,
};

/// A document that was read.
struct Seen {
    client: Client,
    published: Published,
}

impl Seen {
    fn is_fresh(&self, now: Time) -> bool {
        self.published.fresh_until.is_none_or(|until| now < until)
    }

    fn is_bearable(&self, now: Time) -> bool {
        self.published.fresh_until.is_none_or(|until| now < until + STALE_FOR)
    }
}

/// Why there is no document.
#[derive(Clone)]
enum Missing {
    /// The host said so, or nobody may ask it: what was there before is over.
    Gone(Refusal, String),
    /// The host answers, but is not well.
    Failing(String),
    /// The host is away.
    Away(String),
}

/// What this process knows of documents.
pub struct DocumentCache {
    seen: Cache<ClientId, Arc<Seen>>,
    refused: Cache<ClientId, Missing>,
    away: Cache<ClientId, ()>,
    refreshed: Cache<ClientId, ()>,
    hosts: Buckets,
    /// Whether a document could be fetched since the start.
    reached: AtomicBool,
    /// Turns of [`probe`] so far.
    turns: AtomicU32,
}

impl Default for DocumentCache {
    fn default() -> Self {
        let cache = |life| Cache::builder().max_capacity(CAPACITY).time_to_live(life).build();
        DocumentCache {
            seen: Cache::builder().max_capacity(CAPACITY).build(),
            refused: Cache::builder().max_capacity(CAPACITY).time_to_live(REFUSED_FOR).build(),
            away: cache(AWAY_FOR),
            refreshed: cache(REFRESHED_AFTER),
            hosts: Buckets::new(HOSTS),
            reached: AtomicBool::new(false),
            turns: AtomicU32::new(0),
        }
    }
}

impl DocumentCache {
    /// How many documents are remembered.
    pub fn size(&self) -> u64 {
        self.seen.entry_count()
    }

    /// Whether documents can be fetched from here, as far as that has been tried.
    pub fn has_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }
}

/// The client behind `id` for somebody who is being asked, or who may be. `stored` is what the database has of it.
pub async fn present(
    app: &App,
    moment: &Moment,
    id: &ClientId,
    stored: Option<Arc<Client>>,
) -> Outcome<Arc<Client>> {
    if stored.as_ref().is_some_and(|client| client.disabled_at.is_some()) {
        return Err(Stop::Refused(unknown_client()));
    }
    let ClientId::Document(_) = id else {
        return stored.ok_or_else(|| Stop::Refused(unknown_client()));
    };
    // 2. Nobody asks a host whose documents would not be used.
    judge_domain(app, id, stored.as_deref())?;
    let seen = match stored.as_deref().and_then(pinned) {
        Some(seen) => Arc::new(seen),
        None => match look(app, moment, (id, stored.as_deref())).await {
            Ok(seen) => seen,
            Err(refusal) => return Err(Stop::Refused(refusal)),
        },
    };
    let client = merge(&seen, stored.as_deref());
    match policy::accept(&app.settings.now().documents, client) {
        Ok(client) => Ok(Arc::new(client)),
        Err(Unaccepted::Domain) => Err(Stop::Shown(Problem::RefusedDomain)),
        // Whoever is asked about it may say so to an administrator; see `require_approval`.
        Err(Unaccepted::Unapproved) => Ok(Arc::new(merge(&seen, stored.as_deref()))),
    }
}

/// Whether a client that is there still needs an administrator's word before anybody may allow it. The request for
/// that word is kept: somebody has signed in by now.
pub async fn require_approval(app: &App, moment: &Moment, client: &Client) -> Outcome<()> {
    match policy::accept(&app.settings.now().documents, client.clone()) {
        Ok(_) => Ok(()),
        Err(Unaccepted::Domain) => Err(Stop::Shown(Problem::RefusedDomain)),
        Err(Unaccepted::Unapproved) => {
            keep(app, moment, client).await?;
            Err(Stop::Shown(Problem::AwaitsApproval))
        }
    }
}

/// Keeps a document that a person has just said yes to, unless it is kept already as it is.
pub async fn keep(app: &App, moment: &Moment, client: &Client) -> Outcome<()> {
    let Some(published) = client.document.filter(|document| document.fresh_until.is_some()) else {
        return Ok(());
    };
    let stored = app.directory.stored(&client.id).await?;
    let is_kept = stored.as_ref().is_some_and(|stored| {
        stored.digest() == client.digest()
            && stored.document.is_some_and(|kept| published.fetched_at - kept.fetched_at < KEPT_FOR)
    });
    if !is_kept {
        adopt(app, moment, client, published).await?;
    }
    Ok(())
}

/// Has a kept document looked at again, behind the request, when it is not fresh any more. At most once a minute per
/// client, and only for clients that are kept.
pub async fn refresh(app: &App, moment: &Moment, client: &Arc<Client>) {
    let is_stale =
        client.document.is_some_and(|kept| kept.fresh_until.is_some_and(|until| until <= moment.now));
    if !is_stale || app.documents.refreshed.contains_key(&client.id) {
        return;
    }
    app.documents.refreshed.insert(client.id.clone(), ()).await;
    let (app, moment, client) = (app.clone(), moment.clone(), Arc::clone(client));
    tokio::spawn(async move {
        // What became of it is in the trace; who asked has been answered from what is kept.
        drop(look(&app, &moment, (&client.id, Some(&client))).await);
    });
}

/// Finds out whether documents can be fetched from here, where that decides what the metadata announces: tries the
/// configured ones until one is there, more and more rarely.
pub async fn probe(app: App) -> Outcome<()> {
    let documents = &app.config.documents;
    if documents.mode != DocumentMode::Auto || app.documents.has_reached() {
        return Ok(());
    }
    let turn = app.documents.turns.fetch_add(1, Ordering::Relaxed);
    if turn != 0 && !turn.is_power_of_two() && !turn.is_multiple_of(60) {
        return Ok(());
    }
    for url in &documents.probe {
        let wanted = Wanted { url, accept: "application/json", most: MAX_DOCUMENT };
        match app.fetcher.get(wanted).await {
            Ok(fetched) if fetched.status == http::StatusCode::OK => {
                tracing::info!(url, "metadata documents can be fetched: they are announced from now on");
                app.documents.reached.store(true, Ordering::Relaxed);
                return Ok(());
            }
            Ok(fetched) => tracing::debug!(url, status = %fetched.status, "no metadata document"),
            Err(error) => tracing::debug!(url, %error, "no metadata document"),
        }
    }
    Ok(())
}

fn judge_domain(app: &App, id: &ClientId, stored: Option<&Client>) -> Outcome<()> {
    let documents = &app.settings.now().documents;
    let is_pinned = stored.is_some_and(|client| pinned(client).is_some());
    let usable = match documents.mode {
        DocumentMode::Off => false,
        DocumentMode::Pinned => is_pinned,
        DocumentMode::Auto | DocumentMode::On => true,
    };
    let verdict = policy::domain(documents, id.host().unwrap_or_default());
    if usable && verdict != policy::Verdict::Refused {
        return Ok(());
    }
    Err(if usable { Stop::Shown(Problem::RefusedDomain) } else { Stop::Refused(unknown_client()) })
}

fn pinned(client: &Client) -> Option<Seen> {
    let published = client.document.filter(|document| document.fresh_until.is_none())?;
    Some(Seen { client: client.clone(), published })
}

/// What the document says, with what this server decided about the client.
fn merge(seen: &Seen, stored: Option<&Client>) -> Client {
    let base = Client { document: Some(seen.published), ..seen.client.clone() };
    match stored {
        Some(stored) => Client {
            voucher: stored.voucher,
            default_resource: stored.default_resource,
            speaks_for: stored.speaks_for,
            created_at: stored.created_at,
            ..base
        },
        None => Client { voucher: Voucher::Nobody, ..base },
    }
}

/// Steps 3 to 6.
async fn look(
    app: &App,
    moment: &Moment,
    (id, stored): (&ClientId, Option<&Client>),
) -> Result<Arc<Seen>, Refusal> {
    let begun = Instant::now();
    let kept = stored.and_then(|client| {
        client.document.map(|published| Arc::new(Seen { client: client.clone(), published }))
    });
    let mut missing = None;
    let (why_not, last_kept) = (&mut missing, kept.clone());
    let result = app
        .documents
        .seen
        .entry_by_ref(id)
        .and_compute_with(|known| async move {
            let known = known.map(moka::Entry::into_value);
            let newest =
                [known.clone(), last_kept].into_iter().flatten().max_by_key(|seen| seen.published.fetched_at);
            if let Some(newest) = newest.filter(|seen| seen.is_fresh(moment.now)) {
                let is_known = known.is_some_and(|known| Arc::ptr_eq(&known, &newest));
                return if is_known { Op::Nop } else { Op::Put(newest) };
            }
            match ask(app, moment, id).await {
                Ok(seen) => Op::Put(Arc::new(seen)),
                Err(why) => {
                    let is_over = matches!(why, Missing::Gone(..));
                    *why_not = Some(why);
                    if is_over && known.is_some() { Op::Remove } else { Op::Nop }
                }
            }
        })
        .await;
    let seen = result.into_entry().map(moka::Entry::into_value);
    match missing {
        None => {
            // `StillNone` without a reason does not happen: either something was put, or `missing` says why not.
            let seen = seen.ok_or_else(unreadable)?;
            keep_change(app, moment, stored, &seen);
            Ok(seen)
        }
        Some(Missing::Away(reason) | Missing::Failing(reason)) => {
            note(app, moment, id, "away", &reason);
            let last = [seen, kept].into_iter().flatten().max_by_key(|seen| seen.published.fetched_at);
            match last.filter(|seen| seen.is_bearable(moment.now)) {
                Some(seen) => Ok(seen),
                None => Err(late(app, begun, unreadable()).await),
            }
        }
        Some(Missing::Gone(refusal, reason)) => {
            note(app, moment, id, "unusable", &reason);
            Err(late(app, begun, refusal).await)
        }
    }
}

/// Asks the host, unless it was just asked.
async fn ask(app: &App, moment: &Moment, id: &ClientId) -> Result<Seen, Missing> {
    let documents = &app.documents;
    if let Some(missing) = documents.refused.get(id).await {
        return Err(missing);
    }
    if documents.away.contains_key(id) {
        return Err(Missing::Away("it was away a moment ago".to_owned()));
    }
    if !documents.hosts.admit(moment.peer, moment.now) {
        return Err(Missing::Away("this network has had too many hosts asked; wait some minutes".to_owned()));
    }
    let read = fetch(app, moment, id).await;
    match &read {
        Ok(_) => documents.reached.store(true, Ordering::Relaxed),
        Err(missing) => {
            documents.refused.insert(id.clone(), missing.clone()).await;
            if matches!(missing, Missing::Away(_)) {
                documents.away.insert(id.clone(), ()).await;
            }
        }
    }
    read
}

async fn fetch(app: &App, moment: &Moment, id: &ClientId) -> Result<Seen, Missing> {
    let wanted = Wanted { url: id.as_str(), accept: "application/json", most: MAX_DOCUMENT };
    let fetched = app.fetcher.get(wanted).await.map_err(|error| {
        let reason = error.to_string();
        if error.is_passing() { Missing::Away(reason) } else { Missing::Gone(unreadable(), reason) }
    })?;
    let answer =
        Answer { status: fetched.status.as_u16(), content_type: fetched.header(header::CONTENT_TYPE) };
    if let Some(flaw) = answer.flaw() {
        let reason = format!("{flaw} ({})", fetched.status);
        let busy = fetched.status.is_server_error() || fetched.status.as_u16() == 429;
        return Err(if busy { Missing::Failing(reason) } else { Missing::Gone(unreadable(), reason) });
    }
    let client = document::client(&policy::document(&app.config), id, &fetched.body, moment.now)
        .map_err(|refusal| Missing::Gone(refusal.clone(), refusal.description().to_owned()))?;
    let fresh = document::fresh_for(fetched.header(header::CACHE_CONTROL));
    let fresh = chrono::Duration::from_std(fresh).unwrap_or(chrono::Duration::minutes(1));
    let published = Published { fetched_at: moment.now, fresh_until: Some(moment.now + fresh) };
    Ok(Seen { client, published })
}

/// Step 6: a kept document that reads differently now is kept anew, whoever noticed.
fn keep_change(app: &App, moment: &Moment, stored: Option<&Client>, seen: &Arc<Seen>) {
    let changed = stored.is_some_and(|stored| {
        stored.document.is_some_and(|kept| kept.fetched_at < seen.published.fetched_at)
            && stored.digest() != seen.client.digest()
    });
    if changed {
        let (app, moment, seen) = (app.clone(), moment.clone(), Arc::clone(seen));
        tokio::spawn(async move {
            if let Err(stop) = adopt(&app, &moment, &seen.client, seen.published).await {
                tracing::warn!(request = %moment.request, ?stop, "a changed metadata document was not kept");
            }
        });
    }
}

async fn adopt(app: &App, moment: &Moment, client: &Client, published: Published) -> Outcome<()> {
    let changed_keys = match app.config.documents.changed_keys {
        ChangedKeys::Revoke => table::ChangedKeys::Revoke,
        ChangedKeys::Keep => table::ChangedKeys::Keep,
    };
    let adopted = Adopted { client, published, changed_keys };
    // Lost: it was disabled, or somebody was faster with a later version.
    let (Write::Applied(()) | Write::Lost) = table::adopt(&app.store, &adopted, &moment.trace(app)).await?;
    app.directory.forget_client(&client.id).await;
    Ok(())
}

/// Answers a failure no earlier than any other failure would be answered (CI-10).
async fn late(app: &App, begun: Instant, refusal: Refusal) -> Refusal {
    let [jitter] = app.random::<1>();
    tokio::time::sleep_until(begun + HEAD_WITHIN + Duration::from_millis(u64::from(jitter))).await;
    refusal
}

fn unreadable() -> Refusal {
    Refusal::new(Code::InvalidClientMetadata, "the client's metadata document could not be read")
}

fn note(app: &App, moment: &Moment, id: &ClientId, outcome: &'static str, reason: &str) {
    app.traces.note(
        app,
        moment,
        Noted { client: Some(id.as_str()), ..Noted::of("document", outcome, reason) },
    );
}
