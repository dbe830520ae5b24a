//! Where an address probably is: what people recognise a sign-in by.
//!
//! 1. An operator who has a database of places (`MaxMind DB`: `GeoLite2`, `GeoIP2`, `DB-IP`) names its file. It is read
//!    at the start, whole; nothing is ever asked of the network, and nothing is written down: places are looked up
//!    when somebody looks.
//! 2. An address that is not public is nowhere, and so is one that the database does not know.
//! 3. Names are in the language of their reader where the database has it, else in English. They are as good as the
//!    database: the network is there, not the person.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use gatewright_oauth::address::is_public;
use maxminddb::Reader;
use maxminddb::geoip2::{City, Names};

use crate::web::page::Claimed;
use crate::words::Words;

/// What the types of databases have in their names that say where addresses are.
const KINDS: [&str; 3] = ["City", "Country", "Enterprise"];

/// The database, if there is one.
#[derive(Clone, Default)]
pub struct Places(Option<Arc<Reader<Vec<u8>>>>);

/// Where an address probably is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The town.
    pub city: Option<Claimed>,
    /// The country.
    pub country: Option<Claimed>,
    /// The country, by its two letters (ISO 3166-1).
    pub country_code: Option<Claimed>,
    words: Words,
}

impl Places {
    /// Step 1. The error names the key, and says what to do.
    pub fn open(file: Option<&Path>) -> Result<Places, String> {
        let Some(file) = file else { return Ok(Places::default()) };
        let shown = file.display();
        let bytes = std::fs::read(file).map_err(|error| {
            format!(
                "places.database cannot be read ({shown}): {error}\n  check that the file exists and that this \
                 user may read it, or take the key out"
            )
        })?;
        let reader = Reader::from_source(bytes).map_err(|error| {
            format!(
                "places.database is not a MaxMind DB ({shown}): {error}\n  unpack the archive it came in and name \
                 the .mmdb file; download it again if it is damaged"
            )
        })?;
        let metadata = reader.metadata();
        if !KINDS.iter().any(|kind| metadata.database_type.contains(kind)) {
            return Err(format!(
                "places.database says nothing of places ({shown}): it is a {:?}\n  name one of cities or countries, \
                 such as GeoLite2-City.mmdb",
                metadata.database_type
            ));
        }
        tracing::info!(
            database = metadata.database_type,
            built = metadata.build_epoch,
            "places of addresses come from a file"
        );
        Ok(Places(Some(Arc::new(reader))))
    }

    /// Steps 2 and 3.
    pub fn near(&self, address: IpAddr, words: Words) -> Option<Place> {
        let reader = self.0.as_deref().filter(|_| is_public(address))?;
        let found = reader.lookup(address).and_then(|found| found.decode::<City<'_>>());
        let found = match found {
            Ok(found) => found?,
            Err(error) => {
                tracing::debug!(%error, "the database of places has no answer");
                return None;
            }
        };
        let place = Place {
            city: name(&found.city.names, words),
            country: name(&found.country.names, words),
            country_code: found.country.iso_code.and_then(Claimed::visible_name),
            words,
        };
        (place.city.is_some() || place.country.is_some()).then_some(place)
    }

    /// [`Places::near`], of an address as it is stored.
    pub fn near_stored(&self, address: Option<&str>, words: Words) -> Option<Place> {
        self.near(address?.parse().ok()?, words)
    }
}

impl Place {
    /// "Berlin, Germany", or as much of it as is known.
    pub fn text(&self) -> String {
        match (&self.city, &self.country) {
            (Some(city), Some(country)) => self.words.place(city, country),
            (Some(one), None) | (None, Some(one)) => one.to_string(),
            (None, None) => String::new(),
        }
    }
}

fn name(names: &Names<'_>, words: Words) -> Option<Claimed> {
    let own = match words.tag() {
        "de" => names.german,
        "es" => names.spanish,
        "fr" => names.french,
        "ja" => names.japanese,
        _ => None,
    };
    own.or(names.english).and_then(Claimed::visible_name)
}
