//! What the server offers depending on the state of things, so that its metadata promises what holds: registration while
//! there is a resource that is open to it, metadata documents once it is known that they can be fetched from here
//! (clients that see them announced try nothing else).

use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::App;
use crate::config::{Config, DocumentMode, RegistrationMode};
use crate::error::Outcome;

/// What was found last.
#[derive(Default)]
pub struct Offers {
    is_open: AtomicBool,
}

/// What the metadata document is made from.
#[derive(Clone, Copy)]
pub struct Surface<'a> {
    config: &'a Config,
    /// Whether metadata documents are announced.
    pub documents: Announced,
    /// Whether registration is announced.
    pub registration: Announced,
}

/// Whether the metadata mentions something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Announced {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl std::ops::Deref for Surface<'_> {
    type Target = Config;

    fn deref(&self) -> &Config {
        self.config
    }
}

impl<'a> Surface<'a> {
    /// What holds now.
    pub fn of(app: &'a App) -> Surface<'a> {
        let documents = match app.config.documents.mode {
            DocumentMode::Auto => Announced::from(app.documents.has_reached()),
            DocumentMode::On | DocumentMode::Pinned => Announced::Yes,
            DocumentMode::Off => Announced::No,
        };
        let registration = match app.settings.now().registration {
            RegistrationMode::Auto => Announced::from(app.offers.is_open.load(Ordering::Relaxed)),
            RegistrationMode::Open | RegistrationMode::Token => Announced::Yes,
            RegistrationMode::Off => Announced::No,
        };
        Surface { config: &app.config, documents, registration }
    }
}

impl<'a> Surface<'a> {
    /// What a server with this configuration may announce, given what one was found to: where the configuration
    /// decides, it decides.
    pub fn like(config: &'a Config, found: &gatewright_oauth::Metadata) -> Surface<'a> {
        let documents = match config.documents.mode {
            DocumentMode::Auto => Announced::from(found.client_id_metadata_document_supported == Some(true)),
            DocumentMode::On | DocumentMode::Pinned => Announced::Yes,
            DocumentMode::Off => Announced::No,
        };
        // Who may register can be decided while the server runs.
        let registration = Announced::from(found.registration_endpoint.is_some());
        Surface { config, documents, registration }
    }
}

impl From<bool> for Announced {
    fn from(holds: bool) -> Announced {
        if holds { Announced::Yes } else { Announced::No }
    }
}

/// Looks whether any resource is open to clients that register themselves.
pub async fn look(app: App) -> Outcome<()> {
    let is_open = app.directory.is_open().await?;
    app.offers.is_open.store(is_open, Ordering::Relaxed);
    Ok(())
}
