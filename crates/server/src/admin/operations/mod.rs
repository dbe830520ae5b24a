//! Everything the API can do, one file for each kind of thing.

pub mod api_keys;
pub mod bulk;
pub mod clients;
pub mod consents;
pub mod discovery;
pub mod events;
pub mod export;
pub mod grants;
pub mod identities;
pub mod imports;
pub mod initial_tokens;
pub mod jobs;
pub mod keys;
pub mod resource_list;
pub mod resources;
pub mod server;
pub mod sessions;
pub mod settings;
pub mod user_erasure;
pub mod user_factors;
pub mod user_links;
pub mod user_search;
pub mod users;
pub mod verification;
pub mod webhooks;

use super::Operation;

/// The table.
pub const ALL: &[&[Operation]] = &[
    clients::OPERATIONS,
    initial_tokens::OPERATIONS,
    resource_list::OPERATIONS,
    resources::OPERATIONS,
    discovery::OPERATIONS,
    user_search::OPERATIONS,
    users::OPERATIONS,
    sessions::OPERATIONS,
    user_links::OPERATIONS,
    user_factors::OPERATIONS,
    identities::OPERATIONS,
    user_erasure::OPERATIONS,
    imports::OPERATIONS,
    jobs::OPERATIONS,
    grants::OPERATIONS,
    consents::OPERATIONS,
    keys::OPERATIONS,
    events::OPERATIONS,
    export::OPERATIONS,
    verification::OPERATIONS,
    webhooks::OPERATIONS,
    api_keys::OPERATIONS,
    bulk::OPERATIONS,
    settings::OPERATIONS,
    server::OPERATIONS,
];

/// Every operation.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    ALL.iter().copied().flatten()
}
