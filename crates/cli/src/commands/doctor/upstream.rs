//! Other providers that people sign in with: each says of itself what it has to.

use gatewright_oauth::upstream::Discovered;
use gatewright_server::Config;
use gatewright_server::checks::Check;
use gatewright_server::config::{Speaks, Upstream};
use http::StatusCode;

use super::report::Report;
use crate::fetch::{Body, Fetch};

pub(super) async fn look(config: &Config, fetch: &Fetch, report: &mut Report) {
    for upstream in &config.upstream {
        report.add(one(config, upstream, fetch).await);
    }
}

async fn one(config: &Config, upstream: &Upstream, fetch: &Fetch) -> Check {
    let name = &upstream.name;
    if let Some(file) = &upstream.client_secret_file
        && let Err(error) = std::fs::read_to_string(file)
    {
        let said = format!("{name}: {} cannot be read: {error}", file.display());
        return Check::failed(
            "upstream",
            said,
            "write our secret at that provider into it, readable by the server",
        );
    }
    let callback = config.url(&format!("/upstream/{name}/callback"));
    if upstream.speaks == Speaks::GitHub {
        return Check::ok("upstream", format!("{name}: sends people back to {callback}"));
    }
    let address = Discovered::address(&upstream.issuer);
    let answer = match fetch.send(&address, Body::None).await {
        Ok(answer) => answer,
        Err(error) => {
            let said = format!("{name}: {address} cannot be reached from here: {error}");
            return Check::failed("upstream", said, "check the issuer, name resolution and the firewall");
        }
    };
    if answer.status != StatusCode::OK {
        let said = format!("{name}: {address} answers {}", answer.status);
        return Check::failed("upstream", said, "check the issuer: its discovery document is not there");
    }
    match Discovered::parse(&upstream.issuer, &answer.body) {
        Ok(_) => Check::ok("upstream", format!("{name}: found; it sends people back to {callback}")),
        Err(doubt) => Check::failed(
            "upstream",
            format!("{name}: {doubt}"),
            format!("compare {address} with the entry in the configuration"),
        ),
    }
}
