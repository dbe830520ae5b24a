//! Which master key wraps the data keys, and whether this server has it, and needs the others it has.

use gatewright_store::master_keys::{self, MasterKey};
use gatewright_store::{Store, Time};

use super::Check;
use crate::error::Outcome;

const NAME: &str = "master key in use";

/// Looks. `has` are the fingerprints a server has, that of `master_key_file` first. `None` before the first start.
pub async fn look(store: &Store, has: &[String]) -> Outcome<Option<Check>> {
    Ok(judge(&master_keys::list(store).await?, has))
}

fn judge(known: &[MasterKey], has: &[String]) -> Option<Check> {
    let wraps = &known.iter().find(|key| key.retired_at.is_none())?.fingerprint;
    let day = |time: Time| time.format("%Y-%m-%d");
    let replaced = known.iter().filter_map(|key| key.retired_at).max();
    let since = replaced.or_else(|| known.iter().map(|key| key.created_at).min())?;
    if !has.contains(wraps) {
        let message = format!(
            "{wraps} wraps the data keys since {}, and this server has {}: it would not start",
            day(since),
            has.join(", ")
        );
        let advice = "copy the file with that fingerprint from a replica that has it, or from your backup, and name it \
                      in master_key_file";
        return Some(Check::failed(NAME, message, advice));
    }
    if has.first() != Some(wraps) {
        let message = format!("{wraps} still wraps the data keys, and not the one of master_key_file");
        let advice = "when every replica has this configuration and both files: gatewright master-key rotate";
        return Some(Check::warning(NAME, message, advice));
    }
    let message = format!("{wraps} wraps the data keys since {}", day(since));
    let idle: Vec<&str> = has.iter().filter(|other| *other != wraps).map(String::as_str).collect();
    if idle.is_empty() {
        return Some(Check::ok(NAME, message));
    }
    let advice = format!(
        "take previous_master_key_files out of the configuration of every replica; keep the files, elsewhere, as long \
         as backups of the database from before {}",
        day(since)
    );
    Some(Check::warning(NAME, format!("{message}; nothing needs {} any more", idle.join(", ")), advice))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::Status;
    use super::*;

    fn key(fingerprint: &str, retired: Option<i64>) -> MasterKey {
        let at = |days| Time::UNIX_EPOCH + TimeDelta::days(days);
        MasterKey {
            fingerprint: fingerprint.to_owned(),
            canary: Vec::new(),
            created_at: at(0),
            retired_at: retired.map(at),
        }
    }

    #[test]
    fn km_07_a_server_that_lacks_the_key_in_use_or_has_too_many_is_told() {
        let of = |known: &[MasterKey], has: &[&str]| {
            let has: Vec<String> = has.iter().map(|name| (*name).to_owned()).collect();
            judge(known, &has)
        };
        assert_eq!(of(&[], &["a"]), None);
        let fresh = [key("a", None)];
        assert_eq!(of(&fresh, &["a"]).unwrap().message, "a wraps the data keys since 1970-01-01");
        let waits = of(&fresh, &["b", "a"]).unwrap();
        assert_eq!(waits.status, Status::Warning);
        assert!(waits.advice.unwrap().contains("gatewright master-key rotate"));

        let rotated = [key("a", Some(3)), key("b", None)];
        let done = of(&rotated, &["b", "a"]).unwrap();
        assert_eq!(done.status, Status::Warning);
        assert_eq!(done.message, "b wraps the data keys since 1970-01-04; nothing needs a any more");
        assert_eq!(of(&rotated, &["b"]).unwrap().status, Status::Ok);
        let late = of(&rotated, &["a"]).unwrap();
        assert_eq!(late.status, Status::Failed);
        assert!(late.message.contains("this server has a: it would not start"), "{}", late.message);
    }
}
