//! How sure we are who it is (OIDC Core §2 `acr` and `amr`, RFC 8176, RFC 9470; decision 0022).
//!
//! A person shows who they are by a first factor (a password, a code by mail, another provider, a passkey) and, where
//! that does not suffice, by a second one.
//!
//! 1. What was shown is a set of RFC 8176 values, and nothing else is remembered of it: [`Acr::of`] says what it is
//!    worth, in the session, the code, the grant and the tokens alike.
//! 2. [`missing`] decides whether it suffices: for what the operator or the client requires, and for the person, who
//!    is asked for a second factor once they have one.
//! 3. [`joined`] adds what was shown next.

use serde::{Deserialize, Serialize};

/// What a proof is worth, the least first. As values of `acr`: names of our own for how many factors there were, and
/// the registered name (OpenID EAP ACR Values 1.0) for a proof that cannot be phished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acr {
    /// One factor.
    #[serde(rename = "urn:gatewright:acr:1fa")]
    OneFactor,
    /// Two factors.
    #[serde(rename = "urn:gatewright:acr:2fa")]
    TwoFactors,
    /// A key that answers for this site only, used by somebody it has verified.
    #[serde(rename = "phr")]
    PhishingResistant,
}

impl Acr {
    /// Every value, the least first.
    pub const ALL: [Acr; 3] = [Acr::OneFactor, Acr::TwoFactors, Acr::PhishingResistant];

    /// As tokens and requests say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Acr::OneFactor => "urn:gatewright:acr:1fa",
            Acr::TwoFactors => "urn:gatewright:acr:2fa",
            Acr::PhishingResistant => "phr",
        }
    }

    /// Reads one value.
    pub fn parse(text: &str) -> Option<Acr> {
        Acr::ALL.into_iter().find(|acr| acr.as_str() == text)
    }

    /// What these RFC 8176 values are worth.
    pub fn of(amr: &str) -> Acr {
        let has = |wanted| amr.split_ascii_whitespace().any(|value| value == wanted);
        match (has(MFA), has(POP)) {
            (true, true) => Acr::PhishingResistant,
            (true, false) => Acr::TwoFactors,
            (false, _) => Acr::OneFactor,
        }
    }

    /// The least that an `acr_values` parameter is content with: its values are alternatives. Those we do not know
    /// cannot be met; if there are no others, nothing is required, and the token tells what there was (OIDC Core
    /// §3.1.2.1: a voluntary claim).
    pub fn wanted(acr_values: &str) -> Option<Acr> {
        acr_values.split(' ').filter_map(Acr::parse).min()
    }
}

/// More than one factor was shown.
const MFA: &str = "mfa";
/// A key was shown to be at hand.
const POP: &str = "pop";

/// A password.
pub const PASSWORD: &str = "pwd";
/// A passkey, by whoever its authenticator knows: two factors in one.
pub const PASSKEY: &str = "pop user mfa";

/// What a person can show as a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Has {
    /// An authenticator app.
    pub totp: bool,
    /// A passkey.
    pub passkey: bool,
    /// A recovery code that was not used yet.
    pub recovery: bool,
}

impl Has {
    /// What the strongest of it is worth. Recovery codes alone are no factor: they stand in for one.
    pub fn reach(self) -> Acr {
        match self {
            Has { passkey: true, .. } => Acr::PhishingResistant,
            Has { totp: true, .. } => Acr::TwoFactors,
            Has { totp: false, passkey: false, recovery: _ } => Acr::OneFactor,
        }
    }
}

/// What is missing for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing.
    Nothing,
    /// Something the person has.
    Factor,
    /// Something the person does not have yet.
    Enrolment,
}

/// What is missing when `amr` was shown by somebody who has `has`, and `least` is required. What they have is asked
/// for before anything new is set up: otherwise half a proof would be enough to set up the other half.
pub fn missing(amr: &str, has: Has, least: Acr) -> Missing {
    let (shown, reach) = (Acr::of(amr), has.reach());
    // Whoever has a second factor is asked for one, whatever else is required.
    let goal = least.max(reach.min(Acr::TwoFactors));
    if shown >= goal {
        Missing::Nothing
    } else if shown < reach {
        Missing::Factor
    } else {
        Missing::Enrolment
    }
}

/// A second factor that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    /// A code from an app, or one of the recovery codes.
    Code,
    /// A passkey.
    Passkey,
}

/// What was shown before and the second factor: each value once.
pub fn joined(amr: &str, second: Second) -> String {
    let added = match second {
        Second::Code => "otp mfa",
        Second::Passkey => PASSKEY,
    };
    let mut values: Vec<&str> = Vec::new();
    for value in amr.split_ascii_whitespace().chain(added.split_ascii_whitespace()) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (&'static str, Has, Acr)> {
        let amrs = ["pwd", "otp", "pwd otp mfa", PASSKEY, "pwd pop user mfa", "pop"];
        amrs.into_iter().flat_map(|amr| {
            (0..8_u8).flat_map(move |bits| {
                let has = Has { totp: bits & 1 != 0, passkey: bits & 2 != 0, recovery: bits & 4 != 0 };
                Acr::ALL.into_iter().map(move |least| (amr, has, least))
            })
        })
    }

    #[test]
    fn lg_06_nothing_is_missing_only_when_all_of_it_was_shown() {
        for (amr, has, least) in all() {
            let second = has.totp || has.passkey;
            let suffices = Acr::of(amr) >= least && (!second || Acr::of(amr) >= Acr::TwoFactors);
            assert_eq!(missing(amr, has, least) == Missing::Nothing, suffices, "{amr} {has:?} {least:?}");
        }
    }

    #[test]
    fn lg_17_what_somebody_has_is_asked_for_before_anything_is_set_up() {
        for (amr, has, least) in all() {
            if missing(amr, has, least) == Missing::Enrolment {
                assert!(Acr::of(amr) >= has.reach(), "{amr} {has:?} {least:?}");
            }
        }
        let totp = Has { totp: true, ..Has::default() };
        assert_eq!(missing("pwd", totp, Acr::PhishingResistant), Missing::Factor);
        assert_eq!(missing("pwd otp mfa", totp, Acr::PhishingResistant), Missing::Enrolment);
        assert_eq!(missing("pwd", Has::default(), Acr::TwoFactors), Missing::Enrolment);
        let only_codes = Has { recovery: true, ..Has::default() };
        assert_eq!(missing("pwd", only_codes, Acr::OneFactor), Missing::Nothing);
    }

    #[test]
    fn whatever_is_shown_leads_on() {
        for (amr, has, least) in all() {
            if missing(amr, has, least) != Missing::Factor {
                continue;
            }
            let second = if has.passkey { Second::Passkey } else { Second::Code };
            let next = joined(amr, second);
            assert!(Acr::of(&next) > Acr::of(amr), "{amr} {has:?} {least:?}");
            assert_ne!(missing(&next, has, least), Missing::Factor, "{amr} {has:?} {least:?}");
        }
    }

    #[test]
    fn az_20_the_worth_of_a_proof_is_what_was_shown() {
        let worth = [
            ("", Acr::OneFactor),
            ("pwd", Acr::OneFactor),
            ("otp", Acr::OneFactor),
            ("pop", Acr::OneFactor),
            ("pwd otp mfa", Acr::TwoFactors),
            (PASSKEY, Acr::PhishingResistant),
            ("pwdmfa xpop", Acr::OneFactor),
        ];
        for (amr, acr) in worth {
            assert_eq!(Acr::of(amr), acr, "{amr}");
        }
        assert_eq!(joined("pwd", Second::Code), "pwd otp mfa");
        assert_eq!(joined("otp", Second::Code), "otp mfa");
        assert_eq!(joined("pwd otp mfa", Second::Passkey), "pwd otp mfa pop user");
        assert_eq!(Acr::of("pwd otp mfa pop user"), Acr::PhishingResistant);
    }

    #[test]
    fn az_20_the_values_of_a_request_are_alternatives() {
        assert_eq!(Acr::wanted("phr"), Some(Acr::PhishingResistant));
        assert_eq!(Acr::wanted("phr urn:gatewright:acr:2fa"), Some(Acr::TwoFactors));
        assert_eq!(Acr::wanted("phrh phr"), Some(Acr::PhishingResistant));
        assert_eq!(Acr::wanted("phrh urn:mace:incommon:iap:silver"), None);
        assert_eq!(Acr::wanted(""), None);
    }
}
