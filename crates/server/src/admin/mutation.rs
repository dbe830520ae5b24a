//! Changes: at most once, as a whole, or only to see what would happen.
//!
//! 1. A request with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) claims it, for its caller and
//!    exactly this request. Who comes second with the same key hears what the first was answered, word for word, or
//!    that it is still at work; another request with the same key is a mistake (422).
//! 2. The operation runs in a transaction, which begins with its first statement, and its answer is kept, sealed, in
//!    the same transaction. A server that dies between the commit and the answer has kept it for the next attempt; one
//!    that dies before has changed nothing.
//! 3. `dry_run=true` does all of it and rolls back.
//! 4. A refusal is not kept: nothing was done, and the mended request may use its key again.
//! 5. Several operations in one request ([`perform_each`]) are a transaction each, with a key each; what became of all
//!    of them is kept once each was looked at.

use std::pin::Pin;
use std::time::Duration;

use gatewright_oauth::Digest;
use gatewright_oauth::seal::Purpose;
use gatewright_store::Write;
use gatewright_store::idempotency::{self, Claim};

use super::outcomes::Outcomes;
use super::{Answer, Call, Problem};
use crate::app::App;
use crate::data_keys::Use;
use crate::error::Fault;

/// How long an answer is kept.
const KEPT: chrono::Duration = chrono::Duration::hours(24);
/// How long a request may be at work before another may take over.
const AT_WORK: chrono::Duration = chrono::Duration::seconds(30);
/// How long an operation may take: well within [`AT_WORK`].
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest key.
const MOST_KEY: usize = 255;

/// How a change is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For real.
    Real,
    /// To see what would happen.
    Dry,
}

/// Whether an answer is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It was done now.
    New,
    /// It was done before, and this is what was answered.
    Replayed,
}

/// What an operation is, once it has its call.
pub type Work<'a> = Pin<Box<dyn Future<Output = Result<Answer, Problem>> + Send + 'a>>;

/// What makes a request the same request.
pub struct Identity<'a> {
    /// Method, path and query.
    pub target: &'a str,
    /// Which of several operations in one request it is.
    pub item: Option<usize>,
}

/// Does it.
pub async fn perform(
    call: Call,
    identity: &Identity<'_>,
    run: for<'a> fn(&'a Call) -> Work<'a>,
) -> Result<(Answer, Freshness), Problem> {
    let app = call.app.clone();
    let Some(claim) = claim_of(&call, identity)? else {
        let answer = within(&app, call, run, None).await?;
        return Ok((answer, Freshness::New));
    };
    match idempotency::claim(&app.store, &claim).await? {
        Write::Applied(()) => {}
        Write::Lost => return Ok((kept(&app, &claim).await?, Freshness::Replayed)),
    }
    let done = within(&app, call, run, Some(&claim)).await;
    if done.is_err() {
        // Step 4. Lost: somebody took over, and it is theirs.
        let (Write::Applied(()) | Write::Lost) = idempotency::release(&app.store, &claim).await?;
    }
    Ok((done?, Freshness::New))
}

/// Step 5: does several operations, whose answers are kept with them, and keeps what is answered to all of them.
pub async fn perform_each(
    call: Call,
    identity: &Identity<'_>,
    run: for<'a> fn(&'a Call) -> Work<'a>,
) -> Result<(Answer, Freshness), Problem> {
    let store = &call.app.store;
    let Some(claim) = claim_of(&call, identity)? else { return Ok((run(&call).await?, Freshness::New)) };
    match idempotency::claim(store, &claim).await? {
        Write::Applied(()) => {}
        Write::Lost => return Ok((kept(&call.app, &claim).await?, Freshness::Replayed)),
    }
    let done = run(&call).await;
    // Lost: somebody took over, and goes on with what was not done.
    let (Write::Applied(()) | Write::Lost) = match &done {
        Ok(answer) if Outcomes::are_final(answer) => {
            let sealed = seal(&call.app, &claim, answer)?;
            idempotency::keep(store, &claim, &sealed, claim.now + KEPT).await?
        }
        Ok(_) | Err(_) => idempotency::release(store, &claim).await?,
    };
    Ok((done?, Freshness::New))
}

fn claim_of(call: &Call, identity: &Identity<'_>) -> Result<Option<Claim>, Problem> {
    let Some(key) = call.idempotency_key.as_deref().filter(|_| call.mode == Mode::Real) else {
        return Ok(None);
    };
    let is_one = (1..=MOST_KEY).contains(&key.len()) && key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !is_one {
        let detail = "a key is 1 to 255 visible ASCII characters, a UUID for instance";
        return Err(Problem::invalid("Idempotency-Key", detail));
    }
    let mut request = identity.target.as_bytes().to_vec();
    request.push(b'\n');
    request.extend_from_slice(call.if_match.as_deref().unwrap_or_default().as_bytes());
    request.push(b'\n');
    request.extend_from_slice(&call.body);
    let now = call.moment.now;
    // Keys have no spaces, so nobody's own key is that of an item.
    let item = identity.item.map_or_else(String::new, |item| format!(" {item}"));
    Ok(Some(Claim {
        digest: Digest::of("idempotency", format!("{} {key}{item}", call.caller.actor).as_bytes()),
        request: Digest::of("request", &request),
        holder: call.moment.request,
        now,
        until: now + AT_WORK,
    }))
}

/// Step 2 or 3.
async fn within(
    app: &App,
    call: Call,
    run: for<'a> fn(&'a Call) -> Work<'a>,
    claim: Option<&Claim>,
) -> Result<Answer, Problem> {
    let mode = call.mode;
    let together = app.store.begin_when_needed()?;
    let call = Call { app: app.within(together.store().clone()), ..call };
    let work = async {
        let answer = run(&call).await?;
        if let Some(claim) = claim {
            let sealed = seal(app, claim, &answer)?;
            match idempotency::keep(together.store(), claim, &sealed, claim.now + KEPT).await? {
                Write::Applied(()) => {}
                Write::Lost => return Err(Problem::in_progress()),
            }
        }
        Ok(answer)
    };
    let answer = tokio::time::timeout(PATIENCE, work)
        .await
        .map_err(|_| Problem::from(Fault::unavailable("an operation took too long")))??;
    if mode == Mode::Real {
        together.commit().await?;
        answer.settle(app).await?;
    }
    Ok(answer)
}

/// Step 1, for the second.
async fn kept(app: &App, claim: &Claim) -> Result<Answer, Problem> {
    let Some(kept) = idempotency::find(&app.store, &claim.digest, claim.now).await? else {
        // Released between two looks: nothing was done.
        return Err(Problem::in_progress());
    };
    if kept.request != claim.request {
        return Err(Problem::key_reused());
    }
    let sealed = kept.answer.ok_or_else(Problem::in_progress)?;
    let opened = app
        .data_keys
        .unseal((Use::Admin, Purpose::KeptAnswer), claim.digest.as_bytes(), &sealed)
        .ok_or_else(|| Fault::internal("a kept answer does not open"))?;
    Ok(serde_json::from_slice(&opened).map_err(Fault::internal)?)
}

/// Answers may hold secrets that are shown once; they are sealed to their key.
fn seal(app: &App, claim: &Claim, answer: &Answer) -> Result<Vec<u8>, Problem> {
    let text = zeroize::Zeroizing::new(serde_json::to_vec(answer).map_err(Fault::internal)?);
    let purpose = (Use::Admin, Purpose::KeptAnswer);
    Ok(app.data_keys.seal_bytes(app.entropy.as_ref(), purpose, claim.digest.as_bytes(), &text))
}
