//! The well-known paths: rendered once for each state, served without the database.

use std::sync::{Arc, OnceLock};

use axum::Router;
use gatewright_oauth::metadata::well_known_paths;

use crate::app::App;
use crate::config::Config;
use crate::offers::{Announced, Surface};
use crate::web::standing::{Standing, Text};

/// Nothing below the issuer's path.
pub(super) fn routes() -> Router<App> {
    Router::new()
}

/// Every well-known form of this issuer's document.
pub(super) fn well_known(config: &Config) -> Vec<Standing> {
    let rendered = Arc::new(Rendered::default());
    let at = |path| {
        let rendered = Arc::clone(&rendered);
        Standing::new(path, "application/json", move |app| rendered.of(&Surface::of(app)).clone())
    };
    well_known_paths(&config.issuer).into_iter().map(at).collect()
}

/// The document in each state it can be in, each rendered once.
#[derive(Default)]
struct Rendered([OnceLock<Text>; 4]);

impl Rendered {
    fn of(&self, surface: &Surface<'_>) -> &Text {
        let [with_documents, with_registration] = [surface.documents, surface.registration]
            .map(|announced| usize::from(announced == Announced::Yes));
        self.0[2 * with_documents + with_registration]
            .get_or_init(|| Text::new(serde_json::to_vec(&super::document(surface)).unwrap_or_default()))
    }
}
