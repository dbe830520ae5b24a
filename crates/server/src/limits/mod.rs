//! How often strangers may try: to sign in, to register, to ask as a device, to have us ask other hosts, to be
//! remembered.
//!
//! A meeting point: the counters belong to the process, the capabilities ask them.

pub mod buckets;
pub mod devices;
pub mod registration;
pub mod sign_in;

pub use devices::Devices;
pub use registration::Registrations;
pub use sign_in::{Admission, Throttle};
