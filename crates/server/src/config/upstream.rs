//! `[[upstream]]`: other providers that people may sign in with.

use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;
use uuid::Uuid;

use super::domain::Domain;
use super::reader::Section;

/// Another provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// What it is called in addresses and commands.
    pub name: String,
    /// What people read.
    pub title: String,
    /// What it speaks.
    pub speaks: Speaks,
    /// Its issuer, byte for byte.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// The file with our secret there.
    pub client_secret_file: Option<PathBuf>,
    /// What we ask for.
    pub scopes: Vec<String>,
    /// Whether somebody who comes for the first time gets an account.
    pub sign_up: SignUp,
    /// Domains of verified addresses, or of organizations, that may sign in; empty for any.
    pub domains: Vec<Domain>,
    /// Networks its addresses may be in although they are not public.
    pub allow_networks: Vec<IpNet>,
    /// Whether tokens repeat how people proved themselves there.
    pub trust_amr: bool,
}

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// OpenID Connect, which says everything else about itself.
    OpenIdConnect,
    /// OAuth as GitHub does it.
    GitHub,
}

/// What becomes of somebody who comes for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// They are told to ask for an account, or to connect the one they have.
    Closed,
    /// They get an account.
    Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preset {
    None,
    Google,
    GitHub,
    Microsoft,
    GitLab,
    Okta,
}

impl Preset {
    const ALL: [(&str, Preset); 5] = [
        ("google", Preset::Google),
        ("github", Preset::GitHub),
        ("microsoft", Preset::Microsoft),
        ("gitlab", Preset::GitLab),
        ("okta", Preset::Okta),
    ];

    fn title(self) -> Option<&'static str> {
        match self {
            Preset::None => None,
            Preset::Google => Some("Google"),
            Preset::GitHub => Some("GitHub"),
            Preset::Microsoft => Some("Microsoft"),
            Preset::GitLab => Some("GitLab"),
            Preset::Okta => Some("Okta"),
        }
    }

    fn issuer(self) -> Option<&'static str> {
        match self {
            Preset::Google => Some("https://accounts.google.com"),
            Preset::GitHub => Some("https://github.com"),
            Preset::GitLab => Some("https://gitlab.com"),
            Preset::None | Preset::Microsoft | Preset::Okta => None,
        }
    }

    fn scopes(self) -> &'static [&'static str] {
        match self {
            Preset::GitHub => &["read:user", "user:email"],
            Preset::None | Preset::Google | Preset::Microsoft | Preset::GitLab | Preset::Okta => {
                &["openid", "profile", "email"]
            }
        }
    }
}

/// Reads every entry.
pub(super) fn read_all(root: &mut Section<'_, '_>) -> Vec<Upstream> {
    let mut all: Vec<Upstream> = Vec::new();
    root.sections("upstream", |mut section| {
        if let Some(upstream) = read(&mut section, &all) {
            all.push(upstream);
        }
        section.finish();
    });
    all
}

fn read(section: &mut Section<'_, '_>, before: &[Upstream]) -> Option<Upstream> {
    let mut preset = Preset::None;
    section.choice("preset", &mut preset, &Preset::ALL);
    let name = name(section, before);
    let title = section.text("title").map(|found| found.value.trim().to_owned());
    let issuer = issuer(section, preset);
    let client_id = section.text("client_id").map(|found| found.value.to_owned());
    if client_id.is_none() && !section.has("client_id") {
        let hint = "write client_id = \"…\", as the provider shows it for this server";
        section.refuse("client_id", None, ("is missing".to_owned(), Some(hint.to_owned())));
    }
    let client_secret_file = section.path("client_secret_file");
    let mut scopes: Vec<String> = preset.scopes().iter().map(|scope| (*scope).to_owned()).collect();
    section.parse_all("scopes", &mut scopes, "[\"openid\", \"profile\", \"email\"]");
    let mut sign_up = SignUp::Closed;
    section.choice("sign_up", &mut sign_up, &[("closed", SignUp::Closed), ("open", SignUp::Open)]);
    let mut domains = Vec::new();
    section.parse_all("domains", &mut domains, "[\"example.com\"]");
    let mut allow_networks = Vec::new();
    section.parse_all("allow_networks", &mut allow_networks, "[\"10.20.0.0/16\"]");
    let trust_amr = section.flag("trust_amr").is_some_and(|found| found.value);
    let speaks = if preset == Preset::GitHub { Speaks::GitHub } else { Speaks::OpenIdConnect };
    if speaks == Speaks::OpenIdConnect && !scopes.iter().any(|scope| scope == "openid") {
        let said = ("must hold \"openid\"".to_owned(), Some("without it there is no ID token".to_owned()));
        section.refuse("scopes", None, said);
    }
    let name = name?;
    let title = title.or_else(|| preset.title().map(str::to_owned)).unwrap_or_else(|| name.clone());
    Some(Upstream {
        name,
        title,
        speaks,
        issuer: issuer?,
        client_id: client_id?,
        client_secret_file,
        scopes,
        sign_up,
        domains,
        allow_networks,
        trust_amr,
    })
}

fn name(section: &mut Section<'_, '_>, before: &[Upstream]) -> Option<String> {
    let Some(found) = section.text("name") else {
        if !section.has("name") {
            let hint = "write name = \"google\"; it is part of the address the provider sends people back to";
            section.refuse("name", None, ("is missing".to_owned(), Some(hint.to_owned())));
        }
        return None;
    };
    let is_slug = found.value.len() <= 32
        && found.value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_slug {
        let said = ("must be up to 32 lower-case letters, digits and hyphens".to_owned(), None);
        section.refuse("name", Some(found.offset), said);
        return None;
    }
    if before.iter().any(|other| other.name == found.value) {
        section.refuse("name", Some(found.offset), ("is another one's name".to_owned(), None));
        return None;
    }
    Some(found.value.to_owned())
}

fn issuer(section: &mut Section<'_, '_>, preset: Preset) -> Option<String> {
    let written = section.text("issuer").map(|found| (found.value.to_owned(), found.offset));
    let tenant = section.text("tenant").map(|found| (found.value.to_owned(), found.offset));
    if let Some((tenant, offset)) = tenant {
        if preset != Preset::Microsoft || written.is_some() {
            let said = ("is for preset = \"microsoft\", without an issuer".to_owned(), None);
            section.refuse("tenant", Some(offset), said);
        } else if Uuid::try_parse(&tenant).is_ok() {
            return Some(format!("https://login.microsoftonline.com/{tenant}/v2.0"));
        } else {
            let hint = "copy \"Directory (tenant) ID\" from the overview of the app registration; \"common\" would \
                        let in every account of every company";
            let said = ("must be the tenant's ID, a UUID".to_owned(), Some(hint.to_owned()));
            section.refuse("tenant", Some(offset), said);
        }
        return None;
    }
    if let Some((issuer, offset)) = written {
        let url = Url::parse(&issuer).ok().filter(|url| {
            ["https", "http"].contains(&url.scheme()) && url.query().is_none() && url.fragment().is_none()
        });
        if url.is_none() {
            let hint = "write it as the provider does: issuer = \"https://login.example.com\"";
            section.refuse("issuer", Some(offset), ("is not an https URL".to_owned(), Some(hint.to_owned())));
            return None;
        }
        return Some(issuer);
    }
    if let Some(issuer) = preset.issuer() {
        return Some(issuer.to_owned());
    }
    if !section.has("issuer") {
        let (key, hint) = match preset {
            Preset::Microsoft => {
                ("tenant", "write tenant = \"…\", the directory (tenant) ID of your company")
            }
            Preset::None | Preset::Google | Preset::GitHub | Preset::GitLab | Preset::Okta => {
                ("issuer", "write issuer = \"https://login.example.com\", or name a preset")
            }
        };
        section.refuse(key, None, ("is missing".to_owned(), Some(hint.to_owned())));
    }
    None
}
