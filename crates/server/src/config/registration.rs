//! `[registration]`: clients that register themselves (RFC 7591).

use super::reader::Section;

/// Who may register a client, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who may.
    pub mode: RegistrationMode,
    /// New clients per minute from one network (IPv4 /24, IPv6 /64).
    pub network_per_minute: u32,
    /// New clients per hour from everywhere together.
    pub total_per_hour: u32,
}

/// Who may register a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Nobody: there is no registration endpoint. Clients come from `gatewright client create`.
    Off,
    /// Anybody, within the limits; people are shown such clients as unverified.
    Open,
}

impl Default for Registration {
    fn default() -> Self {
        Registration { mode: RegistrationMode::Open, network_per_minute: 20, total_per_hour: 1000 }
    }
}

impl Registration {
    pub(super) fn read(mut section: Section<'_, '_>) -> Registration {
        let mut registration = Registration::default();
        let modes = [("off", RegistrationMode::Off), ("open", RegistrationMode::Open)];
        section.choice("mode", &mut registration.mode, &modes);
        section.number("network_per_minute", &mut registration.network_per_minute, 1..=100_000);
        section.number("total_per_hour", &mut registration.total_per_hour, 1..=10_000_000);
        section.finish();
        registration
    }
}
