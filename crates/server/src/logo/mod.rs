//! `GET /logo/{address}`: the picture of a client that somebody vouches for, made by us ([`crate::clients::logos`]).

pub mod http;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "logo",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};
