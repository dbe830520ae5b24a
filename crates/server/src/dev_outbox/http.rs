//! `GET /dev/outbox`.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use gatewright_store::mails;

use super::page::{OutboxPage, Paragraph, Shown};
use crate::app::{App, Moment};
use crate::config::{Config, Delivery};
use crate::error::{Outcome, Stop};
use crate::mail;
use crate::web::html;
use crate::web::page::{Claimed, Page, Problem};

/// Mails that are shown.
const SHOWN: u32 = 50;

pub(super) fn routes(config: &Config) -> Router<App> {
    if config.mail.delivery != Delivery::Outbox {
        return Router::new();
    }
    Router::new().route("/dev/outbox", get(outbox)).layer(axum::middleware::from_fn(html::no_head))
}

async fn outbox(State(app): State<App>, moment: Moment) -> Response {
    show(&app, &moment).await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn show(app: &App, moment: &Moment) -> Outcome<Response> {
    if !moment.peer.to_canonical().is_loopback() {
        return Err(Stop::Shown(Problem::NotFound));
    }
    let mut shown = Vec::new();
    for waiting in mails::newest(&app.store, SHOWN).await? {
        let written = mail::open(app, &waiting)?;
        let paragraph = |text: &str| {
            let is_ours = text.starts_with(app.config.issuer.as_str());
            if is_ours { Paragraph::Link(text.to_owned()) } else { Paragraph::Text(text.to_owned()) }
        };
        shown.push(Shown {
            at: waiting.created_at,
            to: Claimed::note(&written.to),
            subject: written.subject,
            paragraphs: written.text.split("\r\n\r\n").map(|text| paragraph(text.trim())).collect(),
        });
    }
    Ok(html::respond(OutboxPage { layout: html::layout(app, moment), mails: shown }.page()))
}
