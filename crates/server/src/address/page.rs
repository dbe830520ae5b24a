//! The pages about an e-mail address.

use askama::Template;

use crate::web::page::account::Nav;
use crate::web::page::{Claimed, Kind, Layout, Page};
use crate::words::Say;

/// Asks for the address an account is to have.
#[derive(Debug, Template)]
#[template(path = "address.html")]
pub struct AddressPage {
    /// The frame.
    pub layout: Layout,
    /// Whose account, and its other pages.
    pub nav: Nav,
    /// The address of now.
    pub email: Option<Claimed>,
    /// Whether it is known to be the person's.
    pub is_verified: bool,
    /// Fills the field in.
    pub typed: String,
    /// Why the form is shown again.
    pub problem: Option<AddressProblem>,
}

/// Says that a link is on its way.
#[derive(Debug, Template)]
#[template(path = "address_sent.html")]
pub struct AddressSentPage {
    /// The frame.
    pub layout: Layout,
    /// Whose account, and its other pages.
    pub nav: Nav,
    /// Where to.
    pub email: Claimed,
}

/// Asks whether an address is to be the account's.
#[derive(Debug, Template)]
#[template(path = "address_confirm.html")]
pub struct ConfirmAddressPage {
    /// The frame.
    pub layout: Layout,
    /// The link's secret, sent back as `link`.
    pub link: String,
    /// Whose account it is.
    pub username: Claimed,
    /// The address.
    pub email: Claimed,
    /// The address it takes the place of.
    pub was: Option<Claimed>,
}

/// Says that the address is the account's.
#[derive(Debug, Template)]
#[template(path = "address_confirmed.html")]
pub struct AddressConfirmedPage {
    /// The frame.
    pub layout: Layout,
    /// Whose account it is.
    pub username: Claimed,
    /// The address.
    pub email: Claimed,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressProblem {
    /// What was typed is no address.
    None,
    /// Too many wishes.
    Wait {
        /// Seconds until another one counts.
        seconds: u64,
    },
}

impl AddressPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            AddressProblem::None => self.layout.say("address-no-address"),
            AddressProblem::Wait { seconds } => self.layout.say("address-wait").span("span", seconds),
        })
    }
}

impl Page for AddressPage {
    const KIND: Kind = Kind::Address;

    fn status(&self) -> u16 {
        match self.problem {
            None => 200,
            Some(AddressProblem::None) => 422,
            Some(AddressProblem::Wait { .. }) => 429,
        }
    }
}

impl Page for AddressSentPage {
    const KIND: Kind = Kind::AddressSent;
}

impl Page for ConfirmAddressPage {
    const KIND: Kind = Kind::ConfirmAddress;
}

impl Page for AddressConfirmedPage {
    const KIND: Kind = Kind::AddressConfirmed;
}

#[cfg(test)]
mod tests;
