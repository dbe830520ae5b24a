//! Servers somebody signed in to, in `~/.config/gatewright/profiles.toml` (or below `XDG_CONFIG_HOME`).
//!
//! 1. The file is the only place where tokens rest: mode 0600, in a directory of mode 0700, replaced in one step.
//!    One that others can read is not used.
//! 2. Whoever changes it holds `profiles.lock` for as long as that takes. So two commands that find the access token
//!    at its end do not both use the refresh token: the second finds what the first got.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use gatewright_oauth::Time;
use gatewright_oauth::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::failure::Failure;
use crate::trust::Trust;
use crate::{private_file, terminal};

const FILE: &str = "profiles.toml";
const LOCK: &str = "profiles.lock";
const HEADER: &str = "# Written by gatewright login. Whoever reads this can administer these servers.\n";

/// All profiles.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The one that is meant when nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// By name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// A server, and what we are known by there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its issuer.
    pub server: String,
    /// The authority of its certificate (PEM), where this machine does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The scopes that were asked for by name; without any, all there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What somebody got who signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// What the token endpoint gave.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Good for the admin API.
    #[serde(serialize_with = "reveal", deserialize_with = "hide")]
    pub access_token: Secret<String>,
    /// When it ends.
    pub expires_at: Time,
    /// What gets the next one.
    #[serde(serialize_with = "reveal", deserialize_with = "hide")]
    pub refresh_token: Secret<String>,
}

fn reveal<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn hide<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// Where profiles are.
#[derive(Debug, Clone)]
pub struct Shelf(PathBuf);

/// The right to change them, until it is dropped.
pub struct Held(File);

impl Shelf {
    /// This person's.
    pub fn own() -> Result<Shelf, Failure> {
        let absolute =
            |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
        base.map(|base| Shelf(base.join("gatewright"))).ok_or_else(|| {
            Failure::configuration(
                "there is no place for profiles\n  set HOME or XDG_CONFIG_HOME to a directory",
            )
        })
    }

    /// The file.
    pub fn file(&self) -> PathBuf {
        self.0.join(FILE)
    }

    /// All of them; none where there is no file.
    pub fn read(&self) -> Result<Profiles, Failure> {
        let path = self.file();
        let failed = |error: &std::io::Error| {
            Failure::configuration(format!(
                "cannot read {}: {error}\n  check its owner and its rights",
                path.display()
            ))
        };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Profiles::default()),
            Err(error) => return Err(failed(&error)),
        };
        let mode = file.metadata().map_err(|error| failed(&error))?.permissions().mode();
        if mode & 0o077 != 0 {
            let path = path.display();
            return Err(Failure::configuration(format!(
                "others can read {path}, and with it administer your servers\n  \
                 chmod 600 {path}; if it was so for long, gatewright logout and login again"
            )));
        }
        let mut text = zeroize::Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(|error| failed(&error))?;
        // The parser's own words would show the line, and with it a token.
        toml::from_str(&text).map_err(|_| {
            let path = path.display();
            Failure::configuration(format!(
                "{path} is not as gatewright login wrote it\n  remove it and sign in again: gatewright login"
            ))
        })
    }

    /// Waits until nobody else changes them.
    pub async fn hold(&self) -> Result<Held, Failure> {
        let shelf = self.clone();
        let held = tokio::task::spawn_blocking(move || shelf.lock()).await;
        held.map_err(|error| Failure::new(format!("the profiles cannot be locked: {error}")))?
    }

    fn lock(&self) -> Result<Held, Failure> {
        let failed = |path: &Path, error: &std::io::Error| {
            let path = path.display();
            Failure::new(format!("cannot write {path}: {error}\n  check its owner and its rights"))
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(|error| failed(&self.0, &error))?;
        let path = self.0.join(LOCK);
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(|error| failed(&path, &error))?;
        file.lock().map_err(|error| failed(&path, &error))?;
        Ok(Held(file))
    }

    /// Replaces them.
    pub fn write(&self, _held: &Held, profiles: &Profiles) -> Result<(), Failure> {
        let text = toml::to_string(profiles).map(zeroize::Zeroizing::new);
        let text = text.map_err(|error| Failure::new(format!("the profiles cannot be written: {error}")))?;
        private_file::write(&self.file(), &zeroize::Zeroizing::new(format!("{HEADER}{}", text.as_str())))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            terminal::note(&format!("warning: profiles stay locked until this command ends: {error}"));
        }
    }
}

impl Profile {
    /// Whom to trust besides those whom this machine trusts.
    pub fn trust(&self) -> Result<Trust, Failure> {
        let Some(pem) = &self.authority else { return Ok(Trust::default()) };
        Trust::of(pem.clone()).ok_or_else(|| {
            let server = crate::output::clean(&self.server);
            Failure::configuration(format!(
                "the profile of {server} holds no certificate as its authority\n  sign in again: gatewright login \
                 --server {server} --ca-file FILE"
            ))
        })
    }
}

impl Profiles {
    /// The profile of that name, or of the server at that address.
    pub fn find(&self, name_or_server: &str) -> Option<(&str, &Profile)> {
        let by_name = self.profiles.get_key_value(name_or_server);
        let server = name_or_server.trim_end_matches('/');
        by_name
            .or_else(|| self.profiles.iter().find(|(_, profile)| profile.server == server))
            .map(|(name, profile)| (name.as_str(), profile))
    }

    /// Their names, for people.
    pub fn names(&self) -> String {
        self.profiles.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles() -> Profiles {
        let tokens = Tokens {
            access_token: Secret::new("a".to_owned()),
            expires_at: Time::UNIX_EPOCH,
            refresh_token: Secret::new("r".to_owned()),
        };
        let server = "https://auth.test".to_owned();
        let scopes = vec!["s".to_owned()];
        let profile = Profile { server, authority: None, scopes, tokens: Some(tokens) };
        Profiles { default: Some("p".to_owned()), profiles: [("p".to_owned(), profile)].into() }
    }

    #[test]
    fn ad_10_profiles_are_private_and_come_back_as_they_were() {
        let place = tempfile::tempdir().unwrap();
        let shelf = Shelf(place.path().join("a/gatewright"));
        assert!(shelf.read().unwrap().profiles.is_empty());
        let held = shelf.lock().unwrap();
        shelf.write(&held, &profiles()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&shelf.file()), mode(&shelf.0)), (0o600, 0o700));
        let read = shelf.read().unwrap();
        let (name, profile) = read.find("https://auth.test/").unwrap();
        assert_eq!((name, profile.tokens.as_ref().unwrap().refresh_token.expose().as_str()), ("p", "r"));

        fs::set_permissions(shelf.file(), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(shelf.read().err().unwrap().to_string().contains("others can read"));
        fs::set_permissions(shelf.file(), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(shelf.file(), "[profiles.p]\nserver = \"x\"\nsecret-token").unwrap();
        assert!(!shelf.read().err().unwrap().to_string().contains("secret-token"));
    }
}
