//! `/account` and what is below it.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::TryStreamExt;
use gatewright_oauth::secret::Secret;
use gatewright_oauth::{ClientId, Code, Params, Refusal};
use gatewright_store::sessions::SessionFacts;
use gatewright_store::{Write, ways_in};
use uuid::Uuid;

use super::apps::page::AppsPage;
use super::history::page::HistoryPage;
use super::leave::{self, Farewell};
use super::page::{
    Address, DataPage, Ended, EndedPage, Frame, LeavePage, LeaveProblem, Notice, ProfilePage, SessionsPage,
    StopPage,
};
use super::password::page::{PasswordPage, PasswordProblem};
use super::password::{self, Chosen};
use super::profile::{self, Described};
use super::{apps, export, history, sessions, ticket};
use crate::accounts::strength::FEWEST;
use crate::app::{Actor, App, Moment};
use crate::ceremony::Term;
use crate::ceremony::errand::Place;
use crate::error::{Outcome, Stop};
use crate::sign_in::http::{Since, Visit, remember, stopped, visitor};
use crate::web::page::account::{Nav, Tab};
use crate::web::page::{Claimed, Layout, Page};
use crate::web::{cookies, csrf, extract, html};

/// Largest form: the ticket and a few fields.
const BODY_BYTES: usize = 32 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(show_profile).post(save_profile))
        .route("/account/password", get(show_password).post(set_password))
        .route("/account/apps", get(show_apps))
        .route("/account/apps/end", post(end_grant))
        .route("/account/apps/limit", post(limit_grant))
        .route("/account/apps/remove", post(remove_app))
        .route("/account/sessions", get(show_sessions).post(end_session))
        .route("/account/history", get(show_history))
        .route("/account/data", get(show_data).post(download))
        .route("/account/stop", get(ask_stop).post(stop))
        .route("/account/leave", get(ask_leave).post(go))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

/// Somebody who looks at their account.
struct Visitor {
    person: Box<SessionFacts>,
    moment: Moment,
    layout: Layout,
    frame: Frame,
}

/// Who is signed in, in their language; or where they sign in.
async fn present(
    app: &App,
    moment: &Moment,
    headers: &HeaderMap,
    (tab, place, since): (Tab, Place, Since),
) -> Outcome<Result<Visitor, Response>> {
    let here = place.path();
    let person = match visitor(app, moment, headers, (place, since)).await? {
        Visit::Present(person) => person,
        Visit::SignIn(response) => return Ok(Err(response)),
    };
    let moment = moment.clone().acting(Actor::User(person.user.id)).of_person(&person.user);
    let is_tab = here == tab.path();
    let nav = if is_tab { Nav::at(tab, &person.user) } else { Nav::below(tab, &person.user) };
    let frame = Frame { nav, ticket: ticket::seal(app, &moment, &person)?, notice: None };
    let layout = html::layout(app, &moment);
    Ok(Ok(Visitor { person, moment, layout, frame }))
}

/// A page that is asked for. What was done a moment ago is told when a page of ours sent the person here: a link from
/// elsewhere tells nothing.
async fn asked<F>(app: &App, moment: &Moment, (headers, uri): (&HeaderMap, &Uri), shown: Shown<F>) -> Response
where
    F: AsyncFnOnce(Visitor, Params) -> Outcome<Response>,
{
    let mut visitor = match present(app, moment, headers, shown.of).await {
        Ok(Ok(visitor)) => visitor,
        Ok(Err(response)) => return response,
        Err(stop) => return html::stopped(app, moment, &stop),
    };
    let moment = visitor.moment.clone();
    let answer = async {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        if headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin") {
            visitor.frame.notice = params.one("done")?.and_then(Notice::parse);
        }
        (shown.by)(visitor, params).await
    };
    answer.await.unwrap_or_else(|stop: Stop| html::stopped(app, &moment, &stop))
}

/// A form that is sent: only from a page of ours, that was shown in this session, and with its own fields (LG-16).
async fn sent<F>(app: &App, moment: &Moment, request: Request, shown: Form<F>) -> Response
where
    F: AsyncFnOnce(Visitor, Params) -> Outcome<Response>,
{
    let Form { of, fields, by } = shown;
    let from = of.1.path();
    let headers = request.headers().clone();
    let params = match extract::body(request, app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    if let Err(stop) = csrf::same_site(&headers, app.config.origin()) {
        return stopped(app, moment, &headers, &stop).await;
    }
    let visitor = match present(app, moment, &headers, of).await {
        Ok(Ok(visitor)) => visitor,
        Ok(Err(response)) => return response,
        Err(stop) => return html::stopped(app, moment, &stop),
    };
    let moment = visitor.moment.clone();
    let answer = async {
        if let Some(unknown) = params.names().find(|name| *name != "ticket" && !fields.contains(name)) {
            let description = format!("this form has no field {unknown:?}");
            return Err(Stop::Refused(Refusal::new(Code::InvalidRequest, description)));
        }
        let ticket = params.one("ticket")?.unwrap_or_default();
        if !ticket::is_of(app, &visitor.moment, (ticket, &visitor.person)) {
            return Ok(done(app, &from, Notice::Nothing));
        }
        by(visitor, params).await
    };
    answer.await.unwrap_or_else(|stop: Stop| html::stopped(app, &moment, &stop))
}

/// A page, and who shows it.
struct Shown<F> {
    of: (Tab, Place, Since),
    by: F,
}

/// A form, what it may have, and who answers it.
struct Form<F> {
    of: (Tab, Place, Since),
    fields: &'static [&'static str],
    by: F,
}

/// Back to a page, which tells what was done.
fn done(app: &App, path: &str, notice: Notice) -> Response {
    html::see_other(&format!("{}{path}?done={}", app.config.issuer_path(), notice.as_str()))
}

const PROFILE: (Tab, Place, Since) = (Tab::Profile, Place::Account, Since::AnyTime);
const APPS: (Tab, Place, Since) = (Tab::Apps, Place::AccountApps, Since::AnyTime);
const SESSIONS: (Tab, Place, Since) = (Tab::Sessions, Place::AccountSessions, Since::AnyTime);
const HISTORY: (Tab, Place, Since) = (Tab::History, Place::AccountHistory, Since::AnyTime);
const DATA: (Tab, Place, Since) = (Tab::Data, Place::AccountData, Since::AnyTime);
/// Nobody gets an account by finding a browser unlocked.
const PASSWORD: (Tab, Place, Since) = (Tab::Security, Place::Password, Since::Recently);
/// Nobody deletes one that way.
const LEAVE: (Tab, Place, Since) = (Tab::Data, Place::AccountLeave, Since::Recently);

async fn show_profile(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |visitor: Visitor, _| profile_page(&app, visitor, None).await;
    asked(&app, &moment, (&headers, &uri), Shown { of: PROFILE, by }).await
}

async fn profile_page(
    app: &App,
    visitor: Visitor,
    refused: Option<(String, Option<String>)>,
) -> Outcome<Response> {
    let Visitor { person, layout, frame, .. } = visitor;
    let ways = ways_in::of_user(&app.store, person.user.id).await?;
    let user = person.user;
    let is_refused = refused.is_some();
    let (display_name, locale) =
        refused.unwrap_or_else(|| (user.display_name.unwrap_or_default(), user.locale));
    let page = ProfilePage {
        layout,
        frame,
        username: Claimed::name(&user.username),
        address: Address {
            text: user.email.as_deref().map(Claimed::name),
            is_verified: user.email_verified,
            can_be_changed: app.config.mail.is_on(),
        },
        has_password: ways.password,
        display_name,
        locale,
        refused: is_refused,
    };
    Ok(html::respond(page.page()))
}

async fn save_profile(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let name = params.one("name")?.unwrap_or_default().trim().to_owned();
        let locale = params.one("language")?.unwrap_or_default().to_owned();
        Ok(match profile::describe(&app, &visitor.moment, &visitor.person.user, (&name, &locale)).await? {
            Described::Stored => done(&app, Tab::Profile.path(), Notice::Saved),
            Described::Changed => done(&app, Tab::Profile.path(), Notice::Nothing),
            Described::Refused => profile_page(&app, visitor, Some((name, Some(locale)))).await?,
        })
    };
    sent(&app, &moment, request, Form { of: PROFILE, fields: &["name", "language"], by }).await
}

async fn show_password(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |visitor: Visitor, _| password_page(&app, visitor, None).await;
    asked(&app, &moment, (&headers, &uri), Shown { of: PASSWORD, by }).await
}

async fn password_page(app: &App, visitor: Visitor, problem: Option<PasswordProblem>) -> Outcome<Response> {
    let Visitor { person, layout, frame, .. } = visitor;
    let has_one = ways_in::of_user(&app.store, person.user.id).await?.password;
    let username = person.user.username;
    Ok(html::respond(PasswordPage { layout, frame, username, has_one, fewest: FEWEST, problem }.page()))
}

async fn set_password(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let typed = |name| -> Outcome<Secret<String>> {
            Ok(Secret::new(params.one(name)?.unwrap_or_default().to_owned()))
        };
        let (password, again) = (typed("password")?, typed("again")?);
        let chosen = password::choose(&app, &visitor.moment, (&visitor.person, &password, &again)).await?;
        Ok(match chosen {
            Chosen::Set(session) => remember(done(&app, Tab::Profile.path(), Notice::PasswordSet), &session),
            Chosen::Refused(problem) => password_page(&app, visitor, Some(problem)).await?,
            Chosen::Late => done(&app, &Place::Password.path(), Notice::Nothing),
        })
    };
    let fields = &["username", "password", "again"];
    sent(&app, &moment, request, Form { of: PASSWORD, fields, by }).await
}

async fn show_apps(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let after = params.one("after")?.unwrap_or_default();
        let listed = apps::cards(&app, &visitor.moment, (visitor.person.user.id, after)).await?;
        let next = listed.next.map(|last| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("after", &last);
            format!("{}{}?{}", app.config.issuer_path(), Tab::Apps.path(), query.finish())
        });
        let Visitor { layout, frame, .. } = visitor;
        Ok(html::respond(AppsPage { layout, frame, apps: listed.apps, next }.page()))
    };
    asked(&app, &moment, (&headers, &uri), Shown { of: APPS, by }).await
}

fn id(params: &Params, name: &str) -> Outcome<Uuid> {
    let text = params.one(name)?.unwrap_or_default();
    text.parse().map_err(|_| Stop::refuse(Code::InvalidRequest, "the form names nothing of ours"))
}

async fn end_grant(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let grant = (visitor.person.user.id, id(&params, "grant")?);
        apps::end(&app, &visitor.moment, grant).await?;
        Ok(done(&app, Tab::Apps.path(), Notice::Ended))
    };
    sent(&app, &moment, request, Form { of: APPS, fields: &["grant"], by }).await
}

async fn limit_grant(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let grant = (visitor.person.user.id, id(&params, "grant")?);
        let term = Term::parse(params.one("for")?)
            .ok_or(Stop::refuse(Code::InvalidRequest, "the form has no such span of time"))?;
        Ok(match apps::limit(&app, &visitor.moment, grant, term).await? {
            Write::Applied(()) => done(&app, Tab::Apps.path(), Notice::Limited),
            // It is over, or never was theirs: the page shows what there is.
            Write::Lost => done(&app, Tab::Apps.path(), Notice::Nothing),
        })
    };
    sent(&app, &moment, request, Form { of: APPS, fields: &["grant", "for"], by }).await
}

async fn remove_app(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let client = ClientId::parse(params.one("client")?.unwrap_or_default())?;
        apps::remove(&app, &visitor.moment, (visitor.person.user.id, &client)).await?;
        Ok(done(&app, Tab::Apps.path(), Notice::Removed))
    };
    sent(&app, &moment, request, Form { of: APPS, fields: &["client"], by }).await
}

async fn show_sessions(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |visitor: Visitor, _| {
        let sessions = sessions::cards(&app, &visitor.moment, &visitor.person).await?;
        let Visitor { layout, frame, .. } = visitor;
        Ok(html::respond(SessionsPage { layout, frame, sessions }.page()))
    };
    asked(&app, &moment, (&headers, &uri), Shown { of: SESSIONS, by }).await
}

async fn end_session(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        if params.one("session")? == Some("others") {
            sessions::end_others(&app, &visitor.moment, &visitor.person).await?;
        } else {
            let session = (visitor.person.user.id, id(&params, "session")?);
            sessions::end(&app, &visitor.moment, session).await?;
        }
        Ok(done(&app, Tab::Sessions.path(), Notice::SignedOut))
    };
    sent(&app, &moment, request, Form { of: SESSIONS, fields: &["session"], by }).await
}

async fn show_history(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let wanted = (&visitor.layout, visitor.person.user.id, params.one("before")?);
        let read = history::read(&app, &visitor.moment, wanted).await?;
        let path = format!("{}{}", app.config.issuer_path(), Tab::History.path());
        let next = read.next.map(|next| format!("{path}?before={next}"));
        let Visitor { layout, frame, .. } = visitor;
        Ok(html::respond(HistoryPage { layout, frame, lines: read.lines, next }.page()))
    };
    asked(&app, &moment, (&headers, &uri), Shown { of: HISTORY, by }).await
}

async fn show_data(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |Visitor { layout, frame, .. }: Visitor, _| {
        Ok(html::respond(DataPage { layout, frame }.page()))
    };
    asked(&app, &moment, (&headers, &uri), Shown { of: DATA, by }).await
}

/// The document is made while it is sent. When that fails the connection ends: half of it must not look like all.
async fn download(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, _| {
        let pieces = export::pieces(&app, &visitor.moment, &visitor.person)
            .inspect_err(|fault| tracing::error!(%fault, "an export broke off"))
            .map_err(|fault| fault.source);
        let mut response = Body::from_stream(pieces).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let name = HeaderValue::from_static("attachment; filename=\"account.json\"");
        headers.insert(header::CONTENT_DISPOSITION, name);
        crate::web::answer::forbid_storing(headers);
        Ok(response)
    };
    sent(&app, &moment, request, Form { of: DATA, fields: &[], by }).await
}

async fn ask_stop(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |Visitor { layout, frame, .. }: Visitor, _| {
        Ok(html::respond(StopPage { layout, frame }.page()))
    };
    asked(&app, &moment, (&headers, &uri), Shown { of: DATA, by }).await
}

async fn stop(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, _| {
        leave::end_everything(&app, &visitor.moment, &visitor.person).await?;
        Ok(signed_out(&EndedPage { layout: visitor.layout, ended: Ended::Access }))
    };
    sent(&app, &moment, request, Form { of: DATA, fields: &[], by }).await
}

async fn ask_leave(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let by = async |visitor: Visitor, _| Ok(leave_page(visitor, None));
    asked(&app, &moment, (&headers, &uri), Shown { of: LEAVE, by }).await
}

fn leave_page(visitor: Visitor, problem: Option<LeaveProblem>) -> Response {
    let Visitor { person, layout, frame, .. } = visitor;
    let username = Claimed::name(&person.user.username);
    html::respond(LeavePage { layout, frame, username, problem }.page())
}

async fn go(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let by = async |visitor: Visitor, params: Params| {
        let typed = params.one("username")?.unwrap_or_default();
        Ok(match leave::go(&app, &visitor.moment, (&visitor.person, typed)).await? {
            Farewell::Gone => signed_out(&EndedPage { layout: visitor.layout, ended: Ended::Account }),
            Farewell::OtherName => leave_page(visitor, Some(LeaveProblem::OtherName)),
            Farewell::LastOwner => leave_page(visitor, Some(LeaveProblem::LastOwner)),
        })
    };
    sent(&app, &moment, request, Form { of: LEAVE, fields: &["username"], by }).await
}

/// A page for somebody who is not signed in any more.
fn signed_out(page: &EndedPage) -> Response {
    let mut response = html::respond(page.page());
    if let Some(cookie) = cookies::clear_session() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
