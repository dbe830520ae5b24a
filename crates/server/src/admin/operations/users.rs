//! Accounts: the people who sign in, and who of them administers the server.

use chrono::{DateTime, Utc};
use gatewright_oauth::secret::Secret;
use gatewright_store::Write;
use gatewright_store::password_links::Purpose;
use gatewright_store::users::{self, Role, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::user_links;
use crate::accounts::{self, Invited, NewAccount, strength};
use crate::admin::answer::tag;
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope, scope};
use crate::error::Fault;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "users.create",
        method: Method::Post,
        path: "/users",
        scope: Scope::UsersWrite,
        wants: Wants::Anybody,
        summary: "Make an account",
        description: "With a role only if the caller holds everything the role may, and may decide about roles. With \
                      a password, or with `invite`: then the answer shows a link with which the person chooses one, or, \
                      with `send`, it is mailed to them.",
        query: &[],
        takes: Takes::Json(Body::of::<NewUser>()),
        gives: Gives::Created(Body::of::<Created>()),
        run: |call| Box::pin(create(call)),
    },
    Operation {
        id: "users.show",
        method: Method::Get,
        path: "/users/{id}",
        scope: Scope::UsersRead,
        wants: Wants::Anybody,
        summary: "Show an account",
        description: "",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "users.update",
        method: Method::Patch,
        path: "/users/{id}",
        scope: Scope::UsersWrite,
        wants: Wants::Anybody,
        summary: "Change an account's address, name and language",
        description: "The user name stays. The address is a name to sign in with, too.",
        query: &[],
        takes: Takes::Patch(Body::of::<Particulars>()),
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(update(call)),
    },
    Operation {
        id: "users.disable",
        method: Method::Post,
        path: "/users/{id}/disable",
        scope: Scope::UsersWrite,
        wants: Wants::Anybody,
        summary: "Disable an account",
        description: "Its sessions, codes and grants end with it.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(switch(call, Switch::Off)),
    },
    Operation {
        id: "users.enable",
        method: Method::Post,
        path: "/users/{id}/enable",
        scope: Scope::UsersWrite,
        wants: Wants::Anybody,
        summary: "Let a disabled account sign in again",
        description: "What had ended stays ended.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(switch(call, Switch::On)),
    },
    Operation {
        id: "users.set_password",
        method: Method::Put,
        path: "/users/{id}/password",
        scope: Scope::UsersWrite,
        wants: Wants::Recent,
        summary: "Set an account's password",
        description: "Its sessions, codes and grants end. What is guessed first is refused, as when people choose one \
                      themselves.",
        query: &[],
        takes: Takes::Json(Body::of::<NewPassword>()),
        gives: Gives::Nothing,
        run: |call| Box::pin(set_password(call)),
    },
    Operation {
        id: "users.set_role",
        method: Method::Put,
        path: "/users/{id}/role",
        scope: Scope::RolesWrite,
        wants: Wants::Recent,
        summary: "Decide what somebody does in the administration",
        description: "Nobody gives what they do not hold, and there is always an enabled owner.",
        query: &[],
        takes: Takes::Json(Body::of::<NewRole>()),
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(set_role(call)),
    },
];

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct View {
    /// Its id: `sub` in every token.
    id: Uuid,
    /// The name to sign in with.
    username: String,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Whether somebody found out that the address is the person's: the server they came from.
    email_verified: bool,
    /// What to call the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The language they, or an administrator for them, chose for our pages and mails.
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    /// `owner`, `admin`, `support` or `auditor`; absent for people who only sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// `enabled` or `disabled`.
    status: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Since when it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<DateTime<Utc>>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name to sign in with.
    #[schema(min_length = 1, max_length = 200)]
    username: String,
    /// The e-mail address.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// What to call the person.
    #[serde(default)]
    #[schema(max_length = 200)]
    name: Option<String>,
    /// `owner`, `admin`, `support` or `auditor`.
    #[serde(default)]
    role: Option<String>,
    /// The language of our pages and mails for them, as long as they choose no other: `en`, `de`, `es`, `fr` or `ja`.
    /// Without it, pages are in the language of their browser.
    #[serde(default)]
    #[schema(max_length = 35)]
    locale: Option<String>,
    /// The first password: 12 to 128 characters, and none of those that are guessed first.
    #[serde(default)]
    #[schema(min_length = 12, max_length = 128)]
    password: Option<String>,
    /// Whether the person chooses the password, with a link that is good for three days.
    #[serde(default)]
    invite: bool,
    /// With `invite`: whether the link is mailed to the address instead of shown.
    #[serde(default)]
    send: bool,
}

/// An account that was made, with what is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedUser)]
pub struct Created {
    #[serde(flatten)]
    user: View,
    /// Where the person chooses a password, if they were invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<user_links::View>,
}

/// What may be changed about an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserParticulars)]
pub struct Particulars {
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// What to call the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    name: Option<String>,
    /// The language of our pages and mails for them: `en`, `de`, `es`, `fr` or `ja`. Without it, pages are in the language
    /// of their browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 35)]
    locale: Option<String>,
}

/// A password to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// 12 to 128 characters, and none of those that are guessed first.
    #[schema(min_length = 12, max_length = 128)]
    password: String,
}

/// A role to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// `owner`, `admin`, `support` or `auditor`; null takes it away.
    #[serde(default)]
    role: Option<String>,
}

pub(super) fn view(user: &User) -> View {
    View {
        id: user.id,
        username: user.username.clone(),
        email: user.email.clone(),
        email_verified: user.email_verified,
        name: user.display_name.clone(),
        locale: user.locale.clone(),
        role: user.role.map(Role::as_str),
        status: if user.disabled_at.is_some() { "disabled" } else { "enabled" },
        created_at: user.created_at,
        disabled_at: user.disabled_at,
    }
}

pub(super) fn role(text: Option<&str>) -> Result<Option<Role>, Problem> {
    text.map(|text| {
        Role::parse(text).ok_or_else(|| Problem::invalid("role", "role is owner, admin, support or auditor"))
    })
    .transpose()
}

/// AD-01: nobody gives what they do not hold.
fn may_give(call: &Call, role: Option<Role>) -> Result<(), Problem> {
    match role {
        None => Ok(()),
        Some(role) => {
            call.caller.may(Scope::RolesWrite)?;
            call.caller.holds(&scope::of(role))
        }
    }
}

/// AD-01: nobody does to somebody mightier what gives them the other's might.
pub(super) fn may_touch(call: &Call, user: &User) -> Result<(), Problem> {
    user.role.map_or(Ok(()), |role| call.caller.holds(&scope::of(role)))
}

pub(super) async fn found(call: &Call) -> Result<User, Problem> {
    let id = call.id("account")?;
    users::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("account"))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    Answer::ok(&view(&found(call).await?))
}

/// A password for somebody with these names, judged by the rules that people's own have to keep (LG-19).
async fn password(call: &Call, text: String, names: &[&str]) -> Result<Secret<String>, Problem> {
    let password = Secret::new(text);
    strength::require(&call.app, &password, names).await??;
    Ok(password)
}

async fn create(call: &Call) -> Result<Answer, Problem> {
    let new: NewUser = call.body()?;
    accounts::names::check(&new.username)?;
    accounts::check_profile(new.email.as_deref(), new.name.as_deref())?;
    let locale = accounts::check_locale(new.locale.as_deref())?;
    let role = role(new.role.as_deref())?;
    may_give(call, role)?;
    if new.send && !new.invite {
        return Err(Problem::invalid("send", "only an invitation is sent").hint("add \"invite\": true"));
    }
    let NewUser { username, email, name: display_name, .. } = new;
    let made = match (new.password, new.invite) {
        (Some(text), false) => {
            let names: Vec<&str> = [username.as_str()].into_iter().chain(email.as_deref()).collect();
            let password = password(call, text, &names).await?;
            let account = NewAccount { username, email, display_name, locale, role, password };
            accounts::create(&call.app, &call.moment, account).await?
        }
        (None, true) => {
            let person = Invited { username, email, display_name, locale, role };
            accounts::invite(&call.app, &call.moment, person).await?
        }
        (Some(_), true) | (None, false) => {
            return Err(Problem::invalid("password", "an account has either a password or an invitation")
                .hint("send password, or \"invite\": true"));
        }
    };
    let Write::Applied(id) = made else {
        return Err(Problem::conflict("taken", "the user name or the e-mail address is taken"));
    };
    let user = users::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("account"))?;
    let invitation = match (new.invite, new.send) {
        (false, _) => None,
        (true, false) => Some(user_links::make(call, id, Purpose::Invite).await?),
        (true, true) => Some(user_links::send(call, &user, Purpose::Invite).await?),
    };
    let answer = Answer::created(&Created { user: view(&user), invitation }, format!("/users/{id}"))?;
    Ok(if new.invite { answer.showing_a_secret() } else { answer })
}

/// Whether it is what the caller has read, where they said what that was.
fn as_read(call: &Call, user: &User) -> Result<(), Problem> {
    let seen = serde_json::to_value(view(user)).map_err(Fault::internal)?;
    call.matches(Some(&tag(&seen)))
}

async fn update(call: &Call) -> Result<Answer, Problem> {
    let was = found(call).await?;
    as_read(call, &was)?;
    // Who has the address can be sent a way in.
    may_touch(call, &was)?;
    let now =
        Particulars { email: was.email.clone(), name: was.display_name.clone(), locale: was.locale.clone() };
    let changed: Particulars = call.patched(&now)?;
    accounts::check_profile(changed.email.as_deref(), changed.name.as_deref())?;
    let new = accounts::Particulars {
        email: changed.email.as_deref(),
        display_name: changed.name.as_deref(),
        locale: accounts::check_locale(changed.locale.as_deref())?,
    };
    match accounts::update(&call.app, &call.moment, &was, new).await? {
        Write::Applied(()) => Answer::ok(&view(&found(call).await?)),
        Write::Lost => {
            Err(Problem::conflict("taken", "the e-mail address is taken, or the account just changed"))
        }
    }
}

/// Whether there is an owner besides this one.
pub(super) async fn leaves_an_owner(call: &Call, user: &User) -> Result<(), Problem> {
    if !accounts::is_last_owner(&call.app.store, user).await? {
        return Ok(());
    }
    Err(Problem::conflict("last_owner", "there must be an enabled owner")
        .hint("make somebody else an owner first"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

async fn switch(call: &Call, to: Switch) -> Result<Answer, Problem> {
    let user = found(call).await?;
    may_touch(call, &user)?;
    if to == Switch::Off {
        leaves_an_owner(call, &user).await?;
    }
    let (store, trace) = (&call.app.store, call.trace());
    // Lost: it is so already.
    let (Write::Applied(()) | Write::Lost) = match to {
        Switch::On => users::enable(store, user.id, &trace).await?,
        Switch::Off => users::disable(store, user.id, &trace).await?,
    };
    Answer::ok(&view(&found(call).await?))
}

/// Judging a password may ask the network, and whoever waits for that holds no connection: the account is looked up
/// before the transaction begins.
async fn set_password(call: &Call) -> Result<Answer, Problem> {
    let user = users::by_id(&call.outside.store, call.id("account")?).await?;
    let user = user.ok_or_else(|| Problem::not_found("account"))?;
    as_read(call, &user)?;
    may_touch(call, &user)?;
    let new: NewPassword = call.body()?;
    let names: Vec<&str> = [user.username.as_str()].into_iter().chain(user.email.as_deref()).collect();
    let password = password(call, new.password, &names).await?;
    match accounts::set_password(&call.app, &call.moment, user.id, &password).await? {
        Write::Applied(()) => Ok(Answer::nothing()),
        Write::Lost => Err(Problem::not_found("account")),
    }
}

async fn set_role(call: &Call) -> Result<Answer, Problem> {
    let user = found(call).await?;
    as_read(call, &user)?;
    let new: NewRole = call.body()?;
    let wanted = role(new.role.as_deref())?;
    may_give(call, wanted)?;
    may_touch(call, &user)?;
    if user.role != wanted {
        leaves_an_owner(call, &user).await?;
        match users::set_role(&call.app.store, user.id, (user.role, wanted), &call.trace()).await? {
            Write::Applied(()) => {}
            Write::Lost => return Err(Problem::conflict("changed", "the role was changed at the same time")),
        }
    }
    Answer::ok(&view(&found(call).await?))
}
