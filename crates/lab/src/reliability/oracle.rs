//! What must hold after every experiment: invariants I1 to I9 over history, database, the log of events and the logs of
//! processes.
//!
//! | | |
//! |---|---|
//! | I1 | each code was redeemed at most once |
//! | I2 | each generation of a grant has at most one successor |
//! | I3 | nothing that was acknowledged is missing |
//! | I4 | every change has exactly one event, and the sealed log verifies |
//! | I5 | every event that a webhook listens to was delivered (checked by experiments that have a receiver) |
//! | I6 | no access token is active whose grant has ended |
//! | I7 | no secret of this run is in a log |
//! | I8 | no row points at one that is not there |
//! | I9 | nothing panicked |

use std::collections::HashSet;
use std::path::PathBuf;

use gatewright_server::audit::{seal, verify};
use sqlx::PgConnection;
use tokio::time::sleep;

use super::actor::{Actor, BOUND, Family, Fate};
use super::history::History;
use super::party::{Party, Trouble};
use super::report::Report;
use crate::Outcome;
use crate::seeds::stopped;
use crate::world::World;

/// Grants that are asked about by HTTP; all others are looked up in the database.
const ASKED: usize = 60;
/// What every secret of this server begins with.
const MARKS: [&str; 6] = ["gw_ac_", "gw_rt_", "gw_si_", "gw_cs_", "gw_ak_", "eyJ"];

/// Statements that find what must not be there: what it would mean, and how it is found.
const NEVER: [(&str, &str); 11] = [
    ("I1: grants created more than once",
     "SELECT count(*) FROM (SELECT grant_id FROM events WHERE kind = 'grant.created'
                            GROUP BY grant_id HAVING count(*) > 1) AS twice"),
    ("I2: generations reached more than once",
     "SELECT count(*) FROM (SELECT grant_id FROM events WHERE kind = 'grant.refreshed'
                            GROUP BY grant_id, detail ->> 'generation' HAVING count(*) > 1) AS twice"),
    ("I4: grants whose generation is not the number of their refreshes",
     "SELECT count(*) FROM grants g WHERE g.generation <>
        (SELECT count(*) FROM events e WHERE e.grant_id = g.id AND e.kind = 'grant.refreshed')
        AND EXISTS (SELECT 1 FROM events e WHERE e.grant_id = g.id AND e.kind = 'grant.created')"),
    ("I4: redeemed codes without their grant or its event",
     "SELECT count(*) FROM codes c WHERE c.redeemed_at IS NOT NULL AND NOT
        (EXISTS (SELECT 1 FROM grants g WHERE g.id = c.grant_id) AND
         EXISTS (SELECT 1 FROM events e WHERE e.grant_id = c.grant_id AND e.kind = 'grant.created'))"),
    ("I4: codes without exactly one event",
     "SELECT count(*) FROM codes c WHERE 1 <>
        (SELECT count(*) FROM events e WHERE e.grant_id = c.grant_id AND e.kind = 'code.issued')"),
    ("I4: revoked grants without exactly one event",
     "SELECT count(*) FROM grants g WHERE g.revoked_at IS NOT NULL
         AND g.revoked_reason NOT IN ('consent_revoked', 'session_ended') AND 1 <>
        (SELECT count(*) FROM events e WHERE e.grant_id = g.id
           AND e.kind IN ('grant.revoked', 'token.reuse_detected', 'code.replayed'))"),
    ("I4: grants that ended with a consent or a session that has no event",
     "SELECT count(*) FROM grants g WHERE
        (g.revoked_reason = 'consent_revoked' AND NOT EXISTS (SELECT 1 FROM events e
           WHERE e.kind IN ('consent.revoked', 'user.access_ended') AND e.at = g.revoked_at AND e.user_id = g.user_id)) OR
        (g.revoked_reason = 'session_ended' AND NOT EXISTS (SELECT 1 FROM events e
           WHERE e.kind = 'session.ended' AND e.at = g.revoked_at AND e.user_id = g.user_id))"),
    ("I4: events of an end without the end",
     "SELECT count(*) FROM events e JOIN grants g ON g.id = e.grant_id
       WHERE e.kind IN ('grant.revoked', 'token.reuse_detected', 'code.replayed') AND g.revoked_at IS NULL"),
    ("I8: codes that point nowhere",
     "SELECT count(*) FROM codes c WHERE NOT EXISTS (SELECT 1 FROM clients k WHERE k.id = c.client_id)
        OR NOT EXISTS (SELECT 1 FROM users u WHERE u.id = c.user_id)
        OR NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id)
        OR NOT EXISTS (SELECT 1 FROM resources r WHERE r.id = c.resource_id)"),
    ("I8: grants that point nowhere",
     "SELECT count(*) FROM grants g WHERE NOT EXISTS (SELECT 1 FROM clients k WHERE k.id = g.client_id)
        OR NOT EXISTS (SELECT 1 FROM users u WHERE u.id = g.user_id)
        OR NOT EXISTS (SELECT 1 FROM resources r WHERE r.id = g.resource_id)"),
    ("I8: places in the log without their event",
     "SELECT count(*) FROM event_log l WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.id = l.event_id)"),
];

/// Everything that is looked at.
pub struct Evidence<'a> {
    /// The database.
    pub world: &'a World,
    /// Whom to ask; its nodes are up.
    pub party: &'a Party,
    /// Who has been told what.
    pub actors: &'a [Actor],
    /// What processes have said.
    pub logs: Vec<PathBuf>,
}

/// Looks at everything and says what does not hold.
pub async fn judge(evidence: &Evidence<'_>, report: &mut Report) -> Outcome<()> {
    sleep(BOUND).await;
    let history = &evidence.party.history;
    report.none("history: nothing contradicted an earlier answer", &history.noted().violations);
    of_history(history, report);
    of_database(evidence.world, report).await?;
    acknowledged(evidence, report).await?;
    asked(evidence, report).await;
    of_logs(evidence, report)?;
    Ok(())
}

fn of_history(history: &History, report: &mut Report) {
    let noted = history.noted();
    let twice = noted.codes.values().filter(|count| **count > 1).count();
    report.exactly(format!("I1: codes redeemed twice, of {}", noted.codes.len()), twice, 0);
    let forked = noted.successors.values().filter(|successors| successors.len() > 1).count();
    report.exactly(format!("I2: generations with two successors, of {}", noted.successors.len()), forked, 0);
}

async fn of_database(world: &World, report: &mut Report) -> Outcome<()> {
    let mut connection = world.superuser().await?;
    for (what, statement) in NEVER {
        let found: i64 = sqlx::query_scalar(statement).fetch_one(&mut connection).await?;
        report.exactly(what, usize::try_from(found)?, 0);
    }
    seal::everything(&world.app).await.map_err(stopped)?;
    let verified = verify::everything(&world.app, None).await.map_err(stopped)?;
    let findings: Vec<String> = verified.findings.iter().map(|finding| format!("{finding:?}")).collect();
    report.none(format!("I4: findings in the sealed log of {} events", verified.leaves), &findings);
    Ok(())
}

/// I3, in the database: grants with at least their generation, ends, names.
async fn acknowledged(evidence: &Evidence<'_>, report: &mut Report) -> Outcome<()> {
    let mut connection = evidence.world.superuser().await?;
    let (mut missing, mut count) = (Vec::new(), 0);
    for actor in evidence.actors {
        for family in &actor.families {
            count += 1;
            missing.extend(in_database(&mut connection, family).await?);
        }
        count += 1;
        let found: Option<String> = sqlx::query_scalar("SELECT display_name FROM users WHERE id = $1")
            .bind(actor.person.id)
            .fetch_one(&mut connection)
            .await?;
        if !actor.names.contains(&found) {
            missing.push(format!("{} is called {found:?}, not {:?}", actor.person.name, actor.names));
        }
    }
    report.none(format!("I3: acknowledged and missing, of {count}"), &missing);
    Ok(())
}

async fn in_database(connection: &mut PgConnection, family: &Family) -> Outcome<Option<String>> {
    let found: Option<(i64, bool, bool)> = sqlx::query_as(
        "SELECT g.generation, g.revoked_at IS NOT NULL,
                EXISTS (SELECT 1 FROM consents c WHERE c.id = g.consent_id)
         FROM grants g WHERE g.id = $1",
    )
    .bind(family.grant)
    .fetch_optional(connection)
    .await?;
    let grant = family.grant;
    Ok(match (found, family.fate) {
        (None, _) => Some(format!("grant {grant} is not there")),
        (Some((generation, ..)), _) if u64::try_from(generation)? < family.generation => {
            Some(format!("grant {grant} is at {generation}, not {}", family.generation))
        }
        (Some((_, true, _) | (_, _, false)), Fate::Live) => {
            Some(format!("grant {grant} has ended by itself"))
        }
        (Some((_, false, true)), Fate::Ended(_)) => Some(format!("grant {grant} was ended and lives")),
        (Some(_), _) => None,
    })
}

/// I3 and I6, by asking: what lives gives tokens, what has ended gives none and is active nowhere.
async fn asked(evidence: &Evidence<'_>, report: &mut Report) {
    let mut party = evidence.party.another(0x0DDC);
    let (mut wrong, mut stale, mut lives, mut ended) = (Vec::new(), Vec::new(), 0, 0);
    for family in evidence.actors.iter().flat_map(|actor| &actor.families) {
        match family.fate {
            Fate::Live if lives < ASKED => {
                lives += 1;
                if let Err(trouble) = party.refresh(&family.tokens.refresh).await {
                    wrong.push(format!("grant {} lives and gives no token: {trouble}", family.grant));
                }
            }
            Fate::Ended(_) if ended < ASKED => {
                ended += 1;
                match party.refresh(&family.tokens.refresh).await {
                    Err(Trouble::Refused(answer)) if answer.error() == "invalid_grant" => {}
                    Err(trouble) => {
                        wrong.push(format!("grant {} has ended and hears {trouble}", family.grant));
                    }
                    Ok(_) => wrong.push(format!("grant {} has ended and gives tokens", family.grant)),
                }
                for node in 0..party.doors.len() {
                    let mut one = party.at(node);
                    for access in family.older.iter().take(2).chain([&family.tokens.access]) {
                        match one.is_active(access).await {
                            Ok(false) => {}
                            Ok(true) => stale.push(format!("a token of {} at node {node}", family.grant)),
                            Err(trouble) => wrong.push(format!("introspection at node {node}: {trouble}")),
                        }
                    }
                }
            }
            Fate::Live | Fate::Ended(_) | Fate::Open => {}
        }
    }
    report.none(format!("I3: {lives} live and {ended} ended grants asked"), &wrong);
    report.none("I6: active tokens of ended grants", &stale);
}

/// I7 and I9.
fn of_logs(evidence: &Evidence<'_>, report: &mut Report) -> Outcome<()> {
    let noted = evidence.party.history.noted();
    let (mut leaks, mut panics, mut lines) = (Vec::new(), Vec::new(), 0);
    let secrets: HashSet<&str> = noted.secrets.iter().map(String::as_str).collect();
    for log in &evidence.logs {
        let text = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
        for line in text.lines() {
            lines += 1;
            if line.contains("panick") {
                panics.push(line.to_owned());
            }
            let is_part = |letter: char| !(letter.is_ascii_alphanumeric() || "-_.+/=".contains(letter));
            let words = line.split(is_part).flat_map(|word| [word, word.rsplit('=').next().unwrap_or(word)]);
            for word in words {
                let leaked = secrets.contains(word) || MARKS.iter().any(|mark| word.starts_with(mark));
                if leaked {
                    // What leaked is not told again.
                    leaks.push(format!(
                        "{} in a line about {}",
                        word.get(..6).unwrap_or(""),
                        line.get(..60).unwrap_or("")
                    ));
                }
            }
        }
    }
    report.none(format!("I7: secrets of {} in {lines} lines of logs", secrets.len()), &leaks);
    report.none("I9: panics", &panics);
    Ok(())
}
