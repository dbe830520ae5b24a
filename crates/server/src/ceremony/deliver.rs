//! The last hop to the client (RFC 6749 §4.1.2, RFC 9207, OAuth 2.0 Form Post Response Mode).
//!
//! Every answer, success or error, carries `iss` and the untouched `state`, and can only go to a
//! `TrustedRedirect`. Browsers are sent on with 303, never 307 (AZ-11). A private-use scheme gets a
//! page with a link instead, because a redirect from a form to a foreign scheme is not reliable and a
//! person should see which app is about to open.

use std::sync::Arc;

use gatewright_oauth::authorize::{Channel, Delivery, ResponseMode};
use gatewright_oauth::redirect::{RedirectKind, TrustedRedirect};
use gatewright_oauth::{Client, Code, Refusal};

use super::page::Verdict;
use crate::app::App;

/// An answer on its way.
#[derive(Debug)]
pub struct Answer {
    /// Whom it is for.
    pub client: Arc<Client>,
    /// Where it goes.
    pub redirect: TrustedRedirect,
    /// What it says.
    pub verdict: Verdict,
    /// How it gets there.
    pub hop: Hop,
    /// Which rule said no, if one did.
    pub rule: Option<&'static str>,
    /// The languages the client wishes for, should the hop be a page.
    pub ui_locales: Option<String>,
}

/// How the browser gets to the client.
#[derive(Debug)]
pub enum Hop {
    /// 303 to this URI.
    Redirect(String),
    /// A page whose form posts these fields to the redirect URI.
    FormPost(Vec<(&'static str, String)>),
    /// A page with a link that opens an app.
    OpenApp {
        /// The complete URI.
        uri: String,
        /// Its scheme, shown to the person.
        scheme: String,
    },
    /// A page that asks before an error sends the person to a host nobody vouches for (AZ-09).
    Interstitial {
        /// The complete URI.
        uri: String,
        /// What is wrong.
        refusal: Refusal,
    },
    /// An error page; the client is not told (AZ-10).
    Nowhere(Refusal),
}

/// Delivers a code.
pub fn code(app: &App, (client, channel): (&Arc<Client>, &Channel), code: &str) -> Answer {
    let hop = respond(app, channel, &[("code", code)]);
    answer((client, channel), Verdict::Allowed, hop)
}

/// Delivers a refusal, as far as the person may be sent to this client.
pub fn refusal(
    app: &App,
    (client, channel): (&Arc<Client>, &Channel),
    refusal: Refusal,
    how: Delivery,
) -> Answer {
    let parameters = [("error", refusal.code().as_str()), ("error_description", refusal.description())];
    let rule = Some(refusal.rule());
    let hop = match how {
        Delivery::Redirect => respond(app, channel, &parameters),
        Delivery::Interstitial => Hop::Interstitial {
            uri: channel.redirect.respond(&with_context(app, channel, &parameters)),
            refusal,
        },
        Delivery::Page => Hop::Nowhere(refusal),
    };
    Answer { rule, ..answer((client, channel), Verdict::Refused, hop) }
}

/// What a client hears when the person said no (RFC 6749 §4.1.2.1).
pub fn denied() -> Refusal {
    Refusal::new(Code::AccessDenied, "the person did not allow access")
}

fn answer((client, channel): (&Arc<Client>, &Channel), verdict: Verdict, hop: Hop) -> Answer {
    Answer {
        client: client.clone(),
        redirect: channel.redirect.clone(),
        verdict,
        hop,
        rule: None,
        ui_locales: channel.ui_locales.clone(),
    }
}

fn respond(app: &App, channel: &Channel, parameters: &[(&'static str, &str)]) -> Hop {
    let fields = with_context(app, channel, parameters);
    match (channel.redirect.kind(), channel.mode) {
        (RedirectKind::Web | RedirectKind::Loopback, ResponseMode::FormPost) => {
            Hop::FormPost(fields.into_iter().map(|(name, value)| (name, value.to_owned())).collect())
        }
        (RedirectKind::Web | RedirectKind::Loopback, ResponseMode::Query) => {
            Hop::Redirect(channel.redirect.respond(&fields))
        }
        (RedirectKind::PrivateUse, ResponseMode::Query | ResponseMode::FormPost) => {
            let uri = channel.redirect.respond(&fields);
            let scheme = uri.split(':').next().unwrap_or_default().to_owned();
            Hop::OpenApp { uri, scheme }
        }
    }
}

fn with_context<'a>(
    app: &'a App,
    channel: &'a Channel,
    parameters: &[(&'static str, &'a str)],
) -> Vec<(&'static str, &'a str)> {
    let mut all = parameters.to_vec();
    if let Some(state) = &channel.state {
        all.push(("state", state));
    }
    all.push(("iss", &app.config.issuer));
    all
}
