//! The last hop as an HTTP answer, and the sealed request in a query.

use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use gatewright_oauth::seal::Purpose;
use gatewright_oauth::{Params, Time};

use super::deliver::{Answer, Hop};
use super::page::{FormPostPage, InterstitialPage, OpenAppPage};
use super::{Errand, asker};
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::web::browser::Browser;
use crate::web::html;
use crate::web::page::{Page, Problem};
use crate::web::request_log::Rule;

/// Sends the browser on, or shows the page that does.
pub fn render(app: &App, moment: &Moment, answer: Answer) -> Response {
    let rule = answer.rule;
    let mut response = hop(app, moment, answer);
    if let Some(rule) = rule {
        response.extensions_mut().insert(Rule(rule));
    }
    response
}

fn hop(app: &App, moment: &Moment, answer: Answer) -> Response {
    let Answer { client, redirect, verdict, hop, ui_locales, .. } = answer;
    let layout = html::layout(app, moment).in_language(ui_locales.as_deref());
    match hop {
        Hop::Redirect(uri) => html::see_other(&uri),
        Hop::FormPost(fields) => {
            let page = FormPostPage {
                layout,
                destination: asker::destination(&redirect),
                verdict,
                action: redirect.as_str().to_owned(),
                fields,
                nonce: gatewright_jose::base64url::encode(app.random::<16>()),
            };
            html::respond(page.page())
        }
        Hop::OpenApp { uri, scheme } => {
            let client_name = asker::of(&client, &redirect).name;
            html::respond(OpenAppPage { layout, client_name, verdict, uri, scheme }.page())
        }
        Hop::Interstitial { uri, refusal } => {
            let page = InterstitialPage {
                layout,
                asker: asker::of(&client, &redirect),
                uri,
                code: refusal.code().as_str(),
                description: Some(refusal.description().to_owned()),
                request_id: moment.request.to_string(),
            };
            html::respond(page.page())
        }
        Hop::Nowhere(refusal) => {
            let moment = moment.clone().in_language(ui_locales.as_deref());
            html::stopped(app, &moment, &Stop::Refused(refusal))
        }
    }
}

/// The sealed errand that a form or query names, if this browser still has it: the way back to the login page.
pub fn errand_if_known(
    app: &App,
    moment: &Moment,
    (headers, params): (&HeaderMap, &Params),
) -> Outcome<Option<String>> {
    let Some(text) = params.one("request")? else { return Ok(None) };
    let opened = Errand::open(app, moment, text, Browser::recognise(headers).as_ref());
    Ok(opened.is_ok().then(|| text.to_owned()))
}

/// The same request of a browser, answered in the language that the app of its errand asked for (OIDC Core §3.1.2.1): also
/// where the answer is that something went wrong. Whether the errand is in time and of this browser is for
/// [`Errand::open`] to say.
pub fn in_language_of(app: &App, moment: Moment, sealed: Option<&str>) -> Moment {
    let opened = |text| app.data_keys.open_value(Purpose::AuthorizationRequest, text, Time::UNIX_EPOCH);
    let errand: Option<Errand> = sealed.and_then(opened);
    moment.in_language(errand.as_ref().and_then(Errand::ui_locales))
}

/// The sealed request in a query.
pub fn sealed(uri: &Uri) -> Outcome<String> {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
    match params.one("request")? {
        Some(request) => Ok(request.to_owned()),
        None => Err(Stop::Shown(Problem::Expired)),
    }
}
