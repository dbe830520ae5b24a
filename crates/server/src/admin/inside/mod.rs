//! The API without a server: its own routes, for whoever has the database anyway.

pub mod http;

/// The mark of a request that comes from this process. It is an extension of the request: no header and no path makes
/// one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inside(());
