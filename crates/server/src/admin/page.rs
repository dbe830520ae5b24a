//! The description of the API for people: the same table, as a page that needs no script and nothing from elsewhere.

use askama::Template;

use super::reference::{Codes, Group, Schema};
use crate::web::page::{Kind, Layout, Page};

/// Every operation, every type, every code.
#[derive(Debug, Template)]
#[template(path = "admin_docs.html")]
pub struct DocsPage {
    /// The frame.
    pub layout: Layout,
    /// The address of the API.
    pub api: String,
    /// Which version of the program it describes.
    pub version: &'static str,
    /// The operations, by kind of thing.
    pub groups: Vec<Group>,
    /// What travels.
    pub schemas: Vec<Schema>,
    /// What may be done, and in which words people are asked for it.
    pub scopes: Vec<(&'static str, &'static str)>,
    /// How the API says no.
    pub codes: Vec<Codes>,
}

impl Page for DocsPage {
    const KIND: Kind = Kind::AdminDocs;
}
