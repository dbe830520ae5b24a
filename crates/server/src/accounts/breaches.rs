//! Whether a password was among stolen ones, asked without telling it (the range API of Have I Been Pwned).
//!
//! Who is asked hears the first five characters of the password's SHA-1, which hundreds of others have in common, and
//! answers with the rest of all of those. When there is no answer within a moment the password is taken: people must be
//! able to choose one while somebody else's server is away.

use std::fmt::Write as _;
use std::time::Duration;

use gatewright_oauth::secret::Secret;
use ring::digest;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::normal_password;
use crate::app::App;
use crate::fetch::Wanted;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most bytes of an answer. There are about a thousand lines.
const MOST: usize = 256 * 1024;
/// Characters that are told.
const TOLD: usize = 5;

/// Whether it was, as far as anybody says.
pub async fn knows(app: &App, password: &Secret<String>) -> bool {
    let Some(base) = &app.config.login.breach_check else { return false };
    let hash = sha1(normal_password(password).expose());
    let (told, kept) = hash.split_at(TOLD);
    let url = format!("{}/range/{told}", base.as_str().trim_end_matches('/'));
    let wanted = Wanted { url: &url, accept: "text/plain", most: MOST };
    let answer = match timeout(PATIENCE, app.fetcher.get(wanted)).await {
        Ok(Ok(answer)) if answer.status.is_success() => answer,
        Ok(Ok(answer)) => return unanswered(app, &format!("the answer was {}", answer.status)),
        Ok(Err(error)) => return unanswered(app, &error.to_string()),
        Err(_) => return unanswered(app, "it takes too long"),
    };
    let known = is_among(&String::from_utf8_lossy(&answer.body), kept);
    app.meters.breach_checks.count([if known { "stolen" } else { "not_known" }, ""]);
    known
}

fn unanswered(app: &App, why: &str) -> bool {
    app.meters.breach_checks.count(["unanswered", ""]);
    tracing::warn!(why, "nobody said whether a password was among stolen ones, and it was taken");
    false
}

/// Upper case hexadecimal. SHA-1 is what the range API speaks; nothing rests on it.
fn sha1(text: &str) -> Zeroizing<String> {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    digest.as_ref().iter().fold(Zeroizing::new(String::with_capacity(40)), |mut hex, byte| {
        // Writing into a `String` cannot fail.
        let _ = write!(hex, "{byte:02X}");
        hex
    })
}

/// Lines of `rest:count`. Those with a count of zero fill the answer up.
fn is_among(lines: &str, kept: &str) -> bool {
    lines.lines().filter_map(|line| line.trim().split_once(':')).any(|(rest, count)| {
        rest.eq_ignore_ascii_case(kept) && count.trim().parse::<u64>().is_ok_and(|count| count > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg_19_only_the_rest_of_the_hash_counts() {
        assert_eq!(*sha1("password"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
        let lines = "1E4C9B93F3F0682250B6CF8331B7EE68FD8:9\r\n0000000000000000000000000000000000A:0\r\n";
        assert!(is_among(lines, "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
        assert!(!is_among(lines, "0000000000000000000000000000000000A"), "it only fills up");
        assert!(!is_among(lines, "1E4C9B93F3F0682250B6CF8331B7EE68FD9"));
        assert!(!is_among("<html>5BAA6</html>", "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
    }
}
