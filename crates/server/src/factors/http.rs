//! `/account/security…` and `/login/enrol…`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use gatewright_oauth::Params;
use gatewright_store::Write;

use super::enrol::{self, Confirmed, Enroller, Kind, NewApp, Right};
use super::flow::{self, Own};
use super::page::{
    EnrolPage, PasskeyPage, PasskeyProblem, Qr, RecoveryCodesPage, SecurityProblem, TotpPage, TotpProblem,
};
use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::ceremony::errand::Place;
use crate::ceremony::http::{in_language_of, sealed};
use crate::error::{Fault, Outcome, Stop};
use crate::evidence;
use crate::evidence::passkeys::Added;
use crate::sign_in::http::{ENROL, Since, Visit, answered, goal, remember, respond, visitor};
use crate::sign_in::{self, Onward};
use crate::web::browser::Browser;
use crate::web::page::account::{Nav, Tab};
use crate::web::page::{Claimed, Layout, Page, Problem};
use crate::web::{cookies, csrf, extract, html};

/// Largest form: the sealed texts and what a browser says of a passkey.
const BODY_BYTES: usize = 32 * 1024;
/// The list, and what is below it.
const SECURITY: &str = "/account/security";

pub(super) fn routes() -> Router<App> {
    let below = |path: &str| format!("{SECURITY}/{path}");
    let arriving = |path: &str| format!("{ENROL}/{path}");
    Router::new()
        .route(SECURITY, get(list))
        .route(&below("totp"), get(app_form).post(app_confirm))
        .route(&below("passkey"), get(passkey_form).post(passkey_add))
        .route(&below("rename"), post(rename))
        .route(&below("remove"), post(remove))
        .route(&below("codes"), post(codes))
        .route(ENROL, get(choose))
        .route(&arriving("totp"), get(app_form).post(app_confirm))
        .route(&arriving("passkey"), get(passkey_form).post(passkey_add))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

/// One request to these pages.
struct Call {
    app: App,
    moment: Moment,
    headers: HeaderMap,
    params: Params,
    is_arriving: bool,
}

/// Who is here, or the answer that leads to where they become somebody.
enum Here {
    Enroller(Box<Enroller>),
    Elsewhere(Response),
}

impl Call {
    fn read(app: &App, moment: Moment, (headers, uri): (HeaderMap, &Uri)) -> Outcome<Call> {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let is_arriving = uri.path().contains(ENROL);
        Ok(Call { app: app.clone(), moment, headers, params, is_arriving })
    }

    /// Who is here: by the session, or by the sealed step of a sign-in that cannot go on.
    async fn enroller(&self, since: Since) -> Outcome<Here> {
        let Call { app, moment, headers, .. } = self;
        if self.is_arriving {
            let text =
                |name| -> Outcome<&str> { self.params.one(name)?.ok_or(Stop::Shown(Problem::Expired)) };
            let (request, step) = (text("request")?, text("step")?);
            let errand = Errand::open(app, moment, request, Browser::recognise(headers).as_ref())?;
            let enroller = flow::arriving(app, moment, (errand, request, step)).await?;
            return Ok(Here::Enroller(Box::new(enroller)));
        }
        match visitor(app, moment, headers, (Place::Security, since)).await? {
            Visit::Present(facts) => Ok(Here::Enroller(Box::new(flow::visitor(app, facts).await?))),
            Visit::SignIn(response) => Ok(Here::Elsewhere(response)),
        }
    }

    /// The request, in the language that the app asked for, if one sent the person here, or that they chose.
    fn spoken(&self, enroller: &Enroller) -> Moment {
        let moment = self.moment.clone();
        match &enroller.by {
            Right::Step(arriving) => moment.in_language(arriving.errand.ui_locales()),
            Right::Session(facts) => moment.of_person(&facts.user),
        }
    }

    fn layout(&self, enroller: &Enroller) -> Layout {
        html::layout(&self.app, &self.spoken(enroller))
    }

    /// The page for an early end, in the same language.
    fn stopped(&self, enroller: &Enroller, stop: &Stop) -> Response {
        html::stopped(&self.app, &self.spoken(enroller), stop)
    }

    /// Where a form of these pages goes.
    fn action(&self, what: &str) -> String {
        let above = if self.is_arriving { ENROL } else { SECURITY };
        format!("{}{above}/{what}", self.app.config.issuer_path())
    }

    /// What a form carries.
    fn hidden(enroller: &Enroller, enrolment: String) -> Vec<(&'static str, String)> {
        let mut hidden = vec![("enrolment", enrolment)];
        if let Right::Step(arriving) = &enroller.by {
            hidden.push(("request", arriving.request.clone()));
            hidden.push(("step", arriving.sealed_step.clone()));
        }
        hidden
    }

    /// Where somebody goes who changed their mind.
    fn back(&self) -> Option<String> {
        (!self.is_arriving).then(|| format!("{}{SECURITY}", self.app.config.issuer_path()))
    }

    fn text(&self, name: &str) -> Outcome<&str> {
        Ok(self.params.one(name)?.unwrap_or_default())
    }
}

/// The other pages of their account, for somebody who is signed in.
fn nav(enroller: &Enroller) -> Option<Nav> {
    match &enroller.by {
        Right::Session(facts) => Some(Nav::below(Tab::Security, &facts.user)),
        Right::Step(_) => None,
    }
}

/// A page, for whoever is here.
async fn shown(
    (app, moment, headers, uri): (App, Moment, HeaderMap, Uri),
    since: Since,
    page: impl AsyncFnOnce(&Call, &Enroller) -> Outcome<Response>,
) -> Response {
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let answer = async {
        let call = Call::read(&app, moment.clone(), (headers.clone(), &uri))?;
        match call.enroller(since).await? {
            Here::Enroller(enroller) => {
                let shown = page(&call, &enroller).await;
                Ok(shown.unwrap_or_else(|stop| call.stopped(&enroller, &stop)))
            }
            Here::Elsewhere(response) => Ok(response),
        }
    };
    answered(&app, &moment, &headers, answer.await).await
}

/// A form, from whoever is here.
async fn sent(
    (app, moment, request): (App, Moment, Request),
    done: impl AsyncFnOnce(&Call, &Enroller) -> Outcome<Response>,
) -> Response {
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let moment = in_language_of(&app, moment, params.one("request").ok().flatten());
    let answer = async {
        csrf::same_site(&headers, app.config.origin())?;
        let is_arriving = uri.path().contains(ENROL);
        let (app, moment, headers) = (app.clone(), moment.clone(), headers.clone());
        let call = Call { app, moment, headers, params, is_arriving };
        match call.enroller(Since::Recently).await? {
            Here::Enroller(enroller) => {
                let shown = done(&call, &enroller).await;
                Ok(shown.unwrap_or_else(|stop| call.stopped(&enroller, &stop)))
            }
            Here::Elsewhere(response) => Ok(response),
        }
    };
    answered(&app, &moment, &headers, answer.await).await
}

async fn list(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let all = async |call: &Call, enroller: &Enroller| security(call, enroller, None).await;
    shown((app, moment, headers, uri), Since::AnyTime, all).await
}

async fn security(call: &Call, enroller: &Enroller, problem: Option<SecurityProblem>) -> Outcome<Response> {
    let Right::Session(facts) = &enroller.by else { return Err(Stop::Shown(Problem::Expired)) };
    let frame = (call.layout(enroller), Nav::at(Tab::Security, &facts.user));
    Ok(html::respond(flow::list(&call.app, frame, (enroller, problem)).await?.page()))
}

async fn choose(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default().to_owned();
    shown((app, moment, headers, uri), Since::Recently, async |call, enroller| {
        let only_passkey = enroller.needs_passkey(&call.app);
        let address = |what| format!("{}?{query}", call.action(what));
        let page = EnrolPage {
            layout: call.layout(enroller),
            passkey: evidence::passkeys::are_possible(&call.app).then(|| address("passkey")),
            totp: (!only_passkey).then(|| address("totp")),
            only_passkey,
        };
        Ok(html::respond(page.page()))
    })
    .await
}

async fn app_form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    shown((app, moment, headers, uri), Since::Recently, async |call, enroller| {
        if enroller.factors.totp {
            return Ok(html::see_other(&call.back().ok_or(Stop::Shown(Problem::Expired))?));
        }
        let new = enrol::start_app(&call.app, &call.moment, enroller)?;
        app_page(call, enroller, (new, None))
    })
    .await
}

fn app_page(
    call: &Call,
    enroller: &Enroller,
    (new, problem): (NewApp, Option<TotpProblem>),
) -> Outcome<Response> {
    let qr = Qr::of(&new.address).ok_or_else(|| Fault::internal("an address too long for a QR code"))?;
    let page = TotpPage {
        layout: call.layout(enroller),
        nav: nav(enroller),
        action: call.action("totp"),
        hidden: Call::hidden(enroller, new.sealed),
        qr,
        address: new.address,
        key: new.key,
        username: Claimed::name(&enroller.factors.username),
        back: call.back(),
        problem,
    };
    Ok(html::respond(page.page()))
}

async fn app_confirm(State(app): State<App>, moment: Moment, request: Request) -> Response {
    sent((app, moment, request), async |call, enroller| {
        let sealed = call.text("enrolment")?;
        let typed = call.text("code")?;
        let again = |problem| -> Outcome<Response> {
            let new = enrol::show_app_again(&call.app, &call.moment, (enroller, sealed))?;
            app_page(call, enroller, (new, Some(problem)))
        };
        match enrol::confirm_app(&call.app, &call.moment, (enroller, sealed, typed)).await? {
            Confirmed::Stored => enrolled(call, enroller, Kind::App).await,
            Confirmed::Wrong => again(TotpProblem::Wrong),
            Confirmed::HasOne => again(TotpProblem::HasOne),
        }
    })
    .await
}

async fn passkey_form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    shown((app, moment, headers, uri), Since::Recently, async |call, enroller| {
        passkey_page(call, enroller, (String::new(), None)).await
    })
    .await
}

async fn passkey_page(
    call: &Call,
    enroller: &Enroller,
    (name, problem): (String, Option<PasskeyProblem>),
) -> Outcome<Response> {
    let new = enrol::start_passkey(&call.app, &call.moment, enroller).await?;
    let page = PasskeyPage {
        layout: call.layout(enroller),
        nav: nav(enroller),
        action: call.action("passkey"),
        hidden: Call::hidden(enroller, new.sealed),
        options: new.options,
        name,
        back: call.back(),
        problem,
    };
    Ok(html::respond(page.page()))
}

async fn passkey_add(State(app): State<App>, moment: Moment, request: Request) -> Response {
    sent((app, moment, request), async |call, enroller| {
        let name = call.text("name")?;
        let sent = (name, call.text("passkey")?);
        let problem =
            match enrol::add_passkey(&call.app, &call.moment, (enroller, call.text("enrolment")?), sent)
                .await?
            {
                Added::Stored => return enrolled(call, enroller, Kind::Passkey).await,
                Added::Unusable => PasskeyProblem::Unusable,
                Added::Refused => PasskeyProblem::Refused,
            };
        passkey_page(call, enroller, (name.to_owned(), Some(problem))).await
    })
    .await
}

/// A factor was set up: first codes, then on.
async fn enrolled(call: &Call, enroller: &Enroller, kind: Kind) -> Outcome<Response> {
    let Call { app, moment, headers, .. } = call;
    let codes = enrol::first_codes(app, moment, enroller).await?;
    let page = |codes: gatewright_oauth::recovery::Codes, goal| {
        let page = RecoveryCodesPage {
            layout: call.layout(enroller),
            nav: nav(enroller),
            codes: codes.texts().to_vec(),
            username: Claimed::name(&enroller.factors.username),
            goal,
        };
        html::respond(page.page())
    };
    match &enroller.by {
        Right::Session(_) => {
            let list = format!("{}{SECURITY}", app.config.issuer_path());
            Ok(match codes {
                Some(codes) => page(codes, list),
                None => html::see_other(&list),
            })
        }
        Right::Step(arriving) => {
            let moment = moment.clone().acting(Actor::User(enroller.user));
            let added = (&arriving.errand, &arriving.step, kind.second());
            let onward = sign_in::add(app, &moment, added, cookies::session(headers)).await?;
            let onward = onward.ok_or(Stop::Shown(Problem::Expired))?;
            let errand = (&arriving.errand, arriving.request.as_str());
            Ok(match (codes, &onward) {
                (Some(codes), Onward::Welcome(session)) => remember(page(codes, goal(app, errand)), session),
                (Some(_) | None, _) => respond(app, errand, &onward),
            })
        }
    }
}

async fn codes(State(app): State<App>, moment: Moment, request: Request) -> Response {
    sent((app, moment, request), async |call, enroller| {
        let moment = call.moment.clone().acting(Actor::User(enroller.user));
        match evidence::codes::renew_recovery(&call.app, &moment, enroller.user).await? {
            Some(codes) => {
                let page = RecoveryCodesPage {
                    layout: call.layout(enroller),
                    nav: nav(enroller),
                    codes: codes.texts().to_vec(),
                    username: Claimed::name(&enroller.factors.username),
                    goal: format!("{}{SECURITY}", call.app.config.issuer_path()),
                };
                Ok(html::respond(page.page()))
            }
            None => security(call, enroller, Some(SecurityProblem::NoCodes)).await,
        }
    })
    .await
}

async fn rename(State(app): State<App>, moment: Moment, request: Request) -> Response {
    sent((app, moment, request), async |call, enroller| {
        let renamed = match call.text("id")?.parse() {
            Ok(id) => flow::rename(&call.app, &call.moment, (enroller, id, call.text("name")?)).await?,
            Err(_) => Write::Lost,
        };
        done(call, enroller, renamed.applied().ok_or(SecurityProblem::NotRenamed)).await
    })
    .await
}

async fn remove(State(app): State<App>, moment: Moment, request: Request) -> Response {
    sent((app, moment, request), async |call, enroller| {
        let removed = match Own::parse(call.text("id")?) {
            Some(own) => flow::remove(&call.app, &call.moment, (enroller, own)).await?,
            None => Err(SecurityProblem::NotRemoved),
        };
        done(call, enroller, removed).await
    })
    .await
}

async fn done(call: &Call, enroller: &Enroller, done: Result<(), SecurityProblem>) -> Outcome<Response> {
    match done {
        Ok(()) => Ok(html::see_other(&format!("{}{SECURITY}", call.app.config.issuer_path()))),
        Err(problem) => security(call, enroller, Some(problem)).await,
    }
}
