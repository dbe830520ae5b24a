//! Links with which people choose a password.

use chrono::{DateTime, Utc};
use gatewright_store::Write;
use gatewright_store::password_links::Purpose;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{found, may_touch};
use crate::accounts::links;
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use gatewright_store::users::User;

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "users.reset",
    method: Method::Post,
    path: "/users/{id}/reset",
    scope: Scope::UsersWrite,
    wants: Wants::Recent,
    summary: "Make a link with which somebody chooses a new password",
    description: "Good once and for an hour; the one before is dead with that. The password of now stays good until \
                  another is set; then sessions, codes and grants end. With `send` it is mailed instead of shown, and \
                  good for 15 minutes.",
    query: &[Parameter { name: "send", description: "`true`: mail the link to the account's address." }],
    takes: Takes::Nothing,
    gives: Gives::One(Body::of::<View>()),
    run: |call| Box::pin(reset(call)),
}];

/// A link with which somebody chooses a password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PasswordLink)]
pub struct View {
    /// The address, shown this once, unless it was mailed. Give it to the person and to nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Where it was mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_to: Option<String>,
    /// When it ends.
    expires_at: DateTime<Utc>,
}

/// Makes an account's link.
pub(super) async fn make(call: &Call, user: Uuid, purpose: Purpose) -> Result<View, Problem> {
    match links::make(&call.app, &call.moment, user, purpose).await? {
        Write::Applied(made) => {
            Ok(View { url: Some(call.reveal(&made.url)), sent_to: None, expires_at: made.expires_at })
        }
        Write::Lost => {
            Err(Problem::conflict("disabled", "the account is disabled").hint("let it sign in again first"))
        }
    }
}

/// Makes an account's link and mails it: nobody but its person sees it.
pub(super) async fn send(call: &Call, user: &User, purpose: Purpose) -> Result<View, Problem> {
    if !call.app.config.mail.is_on() {
        return Err(Problem::invalid("send", "this server sends no mails").hint(
            "name a mail server in [mail] of its configuration, or leave `send` out and hand the link over",
        ));
    }
    if user.email.is_none() {
        return Err(Problem::invalid("send", "the account has no e-mail address"));
    }
    match links::send_within(&call.app, &call.moment, user, purpose).await? {
        Write::Applied(expires_at) => Ok(View { url: None, sent_to: user.email.clone(), expires_at }),
        Write::Lost => Err(Problem::conflict("not_sent", "no mail can be sent to this account now")
            .hint("the account is disabled, its address is none, or it was sent many mails within the hour")),
    }
}

async fn reset(call: &Call) -> Result<Answer, Problem> {
    let user = found(call).await?;
    // AD-01: who has the link has the account.
    may_touch(call, &user)?;
    if call.parsed::<bool>("send", "true or false")?.unwrap_or(false) {
        return Answer::ok(&send(call, &user, Purpose::Reset).await?);
    }
    Ok(Answer::ok(&make(call, user.id, Purpose::Reset).await?)?.showing_a_secret())
}
