//! `[documents]`: clients that describe themselves in a document on a host of theirs (OAuth Client ID Metadata
//! Document).

use serde::{Deserialize, Serialize};

use super::domain::Domain;
use super::reader::Section;

/// Which documents are believed, and how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documents {
    /// Whether documents are used at all.
    pub mode: DocumentMode,
    /// Domains whose documents an administrator vouches for.
    pub allow: Vec<Domain>,
    /// Domains whose documents are never used.
    pub deny: Vec<Domain>,
    /// What becomes of the documents of all other domains.
    pub others: OtherDomains,
    /// What becomes of the grants of a client whose document names other keys than before.
    pub changed_keys: ChangedKeys,
    /// Domains whose clients sign their assertions for the token endpoint instead of the issuer.
    pub token_endpoint_audience: Vec<Domain>,
    /// Documents that tell, by being there, that documents can be fetched from here.
    pub probe: Vec<String>,
}

/// Whether metadata documents are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentMode {
    /// Yes, and announced as soon as one could be fetched: clients that see it announced try nothing else.
    Auto,
    /// Yes, announced from the start.
    On,
    /// Only those an administrator pinned.
    Pinned,
    /// No.
    Off,
}

/// What becomes of documents nobody decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherDomains {
    /// People decide; they are shown the host.
    Accept,
    /// An administrator decides first.
    Ask,
    /// They are not used.
    Refuse,
}

/// What other keys in a document mean for what was granted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedKeys {
    /// It ends.
    Revoke,
    /// It stays. People are asked again in any case.
    Keep,
}

impl Default for Documents {
    fn default() -> Self {
        let chatgpt: Result<Domain, _> = "chatgpt.com".parse();
        Documents {
            mode: DocumentMode::Auto,
            allow: Vec::new(),
            deny: Vec::new(),
            others: OtherDomains::Accept,
            changed_keys: ChangedKeys::Revoke,
            token_endpoint_audience: chatgpt.into_iter().collect(),
            probe: vec![
                "https://claude.ai/oauth/claude-code-client-metadata".to_owned(),
                "https://vscode.dev/oauth/client-metadata.json".to_owned(),
            ],
        }
    }
}

impl Documents {
    pub(super) fn read(mut section: Section<'_, '_>) -> Documents {
        let mut documents = Documents::default();
        let modes = [
            ("auto", DocumentMode::Auto),
            ("on", DocumentMode::On),
            ("pinned", DocumentMode::Pinned),
            ("off", DocumentMode::Off),
        ];
        section.choice("mode", &mut documents.mode, &modes);
        section.parse_all("allow", &mut documents.allow, "[\"claude.ai\"]");
        section.parse_all("deny", &mut documents.deny, "[\"example.com\"]");
        let others =
            [("accept", OtherDomains::Accept), ("ask", OtherDomains::Ask), ("refuse", OtherDomains::Refuse)];
        section.choice("others", &mut documents.others, &others);
        let keys = [("revoke", ChangedKeys::Revoke), ("keep", ChangedKeys::Keep)];
        section.choice("changed_keys", &mut documents.changed_keys, &keys);
        section.parse_all(
            "token_endpoint_audience",
            &mut documents.token_endpoint_audience,
            "[\"chatgpt.com\"]",
        );
        section.parse_all(
            "probe",
            &mut documents.probe,
            "[\"https://claude.ai/oauth/claude-code-client-metadata\"]",
        );
        section.finish();
        documents
    }
}
