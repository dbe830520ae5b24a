//! Devices that cannot show a page (RFC 8628).
//!
//! 1. `POST /device_authorization` ([`ask`]): the client is authenticated, what it asks for judged by the rules of the
//!    authorization endpoint, and a row written: the one write here that nobody has signed in for, and therefore bounded
//!    (`docs/decisions/0020-a-row-for-a-device.md`). The device shows a code and starts to ask the token endpoint.
//! 2. `GET` and `POST /device` ([`enter`]): a person signs in and types the code. A wrong one costs a try (DV-02); the
//!    right one makes the request theirs, and nobody else's (DV-03). Following a link with the code in it does nothing
//!    but fill in the form (DV-01).
//! 3. `GET` and `POST /device/confirm` ([`confirm`]): they see who asks, for what, from where and since when, with the
//!    code to compare, whatever they allowed before; then they say yes or no. Other sites and reflexes are refused as on
//!    the consent page (DV-08).
//! 4. The token endpoint gives the device its answer (`token/device.rs`).

pub mod ask;
pub mod confirm;
pub mod enter;
pub mod http;
pub mod page;

use crate::Capability;
use crate::config::DeviceClients;

/// What this folder offers. No CORS: devices are not web pages.
pub const CAPABILITY: Capability = Capability {
    name: "device",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |config, metadata| {
        if config.device.clients != DeviceClients::None {
            metadata.device_authorization_endpoint = Some(config.url("/device_authorization"));
            metadata.grant_types_supported.push(gatewright_oauth::device::GRANT_TYPE.to_owned());
        }
    },
    jobs: &[],
};
