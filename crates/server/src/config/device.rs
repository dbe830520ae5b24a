//! `[device]`: devices that cannot show a page (RFC 8628).

use super::reader::Section;

/// Who may ask as a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Device {
    /// Which clients, of those that are registered for it.
    pub clients: DeviceClients,
}

/// Which clients may ask as a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceClients {
    /// Those that an administrator vouches for.
    #[default]
    Verified,
    /// Those that registered themselves, too.
    Any,
    /// None: the grant does not exist here.
    None,
}

impl Device {
    pub(super) fn read(mut section: Section<'_, '_>) -> Device {
        let mut device = Device::default();
        let clients = [
            ("verified", DeviceClients::Verified),
            ("any", DeviceClients::Any),
            ("none", DeviceClients::None),
        ];
        section.choice("clients", &mut device.clients, &clients);
        section.finish();
        device
    }
}
