//! The admin API: everything an operator does, for programs. `/admin/v1`.
//!
//! 1. It is a protected resource of this server: [`RESOURCE_PATH`] below the issuer, with the scopes of [`scope`].
//!    [`caller`] knows who calls, by access token or by API key, and what they may.
//! 2. One table, [`operations::ALL`], says for every route its method, path, scope, parameters, what it takes and
//!    gives, and which function does it. Routing ([`http`]), the check of scopes and the description
//!    ([`openapi`], and as a page for people [`mod@reference`]) are made from it, so none of them can forget a route.
//! 3. A function of [`operations`] gets a [`Call`] and returns an [`Answer`] or a [`Problem`] (RFC 9457).
//! 4. Whatever changes something runs in a transaction ([`mutation`]), together with the answer that is kept for its
//!    `Idempotency-Key`; a dry run is the same transaction, rolled back.
//!    What is too much for that is read while it arrives and done in steps ([`crate::lines`]; how far it is says a job).
//! 5. Lists are read page by page with sealed cursors ([`cursor`]); updates are merge patches (RFC 7396) that may be
//!    bound to an `ETag`.
//! 6. [`program`] is the client that the `gatewright` command signs people in with; [`inside`] is how it does
//!    the same things without a server, for whoever has the database anyway.
//!
//! Browsers have no part in it: there are no cookies and no CORS, so no page can call it in somebody's name.

pub mod answer;
pub mod call;
pub mod caller;
pub mod cursor;
pub mod examples;
pub mod http;
pub mod inside;
pub mod mutation;
pub mod openapi;
pub mod operation;
pub mod operations;
pub mod outcomes;
pub mod page;
pub mod problem;
pub mod program;
pub mod reference;
pub mod resource;
pub mod scope;

pub use answer::Answer;
pub use call::Call;
pub use caller::Caller;
pub use operation::Operation;
pub use problem::Problem;
pub use scope::Scope;

use crate::Capability;

/// Where the API is, below the issuer. Also what its resource identifier ends with.
pub const RESOURCE_PATH: &str = "/admin/v1";

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "admin",
    routes: |_| http::routes(),
    standing: |config| vec![http::metadata(config)],
    describe: |_, _| {},
    jobs: &[],
};
