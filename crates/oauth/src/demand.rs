//! What a resource demands of the sign-in of people who let somebody use it (RFC 9470; decision 0028).
//!
//! An administrator says so for a resource, or for some of its scopes: how sure it has to be who it is, and how long ago they
//! may have shown it. Together they mean the strictest of each ([`Demand::and`]). A client that wants the same for itself
//! says so in its request, by `acr_values` and `max_age`.

use serde::{Deserialize, Serialize};

use crate::assurance::Acr;

/// What is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Demand {
    /// The least that what they showed has to be worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// Seconds their sign-in may be old when somebody asks. Who signed in for the request is fresh enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
}

impl Demand {
    /// Nothing.
    pub const NOTHING: Demand = Demand { acr: None, max_age: None };

    /// Both of them.
    #[must_use]
    pub fn and(self, other: Demand) -> Demand {
        let stricter = |ages: (Option<u32>, Option<u32>)| match ages {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Demand { acr: self.acr.max(other.acr), max_age: stricter((self.max_age, other.max_age)) }
    }

    /// The least that what somebody showed has to be worth.
    pub fn least(self) -> Acr {
        self.acr.unwrap_or(Acr::OneFactor)
    }

    /// Whether nothing is demanded.
    pub fn is_nothing(&self) -> bool {
        *self == Demand::NOTHING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn together_the_strictest_counts() {
        let demand = |acr, max_age| Demand { acr, max_age };
        let two = demand(Some(Acr::TwoFactors), Some(600));
        assert_eq!(two.and(Demand::NOTHING), two);
        assert_eq!(Demand::NOTHING.and(two), two);
        assert_eq!(
            two.and(demand(Some(Acr::PhishingResistant), None)),
            demand(Some(Acr::PhishingResistant), Some(600))
        );
        assert_eq!(two.and(demand(None, Some(60))), demand(Some(Acr::TwoFactors), Some(60)));
        assert_eq!((two.least(), Demand::NOTHING.least()), (Acr::TwoFactors, Acr::OneFactor));
    }

    #[test]
    fn it_is_written_as_clients_write_it() {
        let text = r#"{"acr":"urn:gatewright:acr:2fa","max_age":600}"#;
        let read: Demand = serde_json::from_str(text).unwrap();
        assert_eq!(read, Demand { acr: Some(Acr::TwoFactors), max_age: Some(600) });
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert_eq!(serde_json::to_string(&Demand::NOTHING).unwrap(), "{}");
        for acr in Acr::ALL {
            assert_eq!(serde_json::to_value(acr).unwrap(), acr.as_str());
        }
    }
}
