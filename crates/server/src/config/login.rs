//! `[login]`: passwords.

use super::reader::Section;

/// How passwords are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Failures per account and network in fifteen minutes before further ones wait.
    pub attempts: u32,
    /// Password hashes computed at once; each takes `argon2.memory_kib` of memory and one CPU.
    pub concurrency: u32,
    /// Cost of a password hash.
    pub argon2: Argon2,
}

/// Cost of argon2id (RFC 9106). Stored hashes are renewed at the next login when it rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2 {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub time: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for Login {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Login { attempts: 10, concurrency: u32::try_from(processors).unwrap_or(1), argon2: Argon2::default() }
    }
}

impl Default for Argon2 {
    fn default() -> Self {
        Argon2 { memory_kib: 19_456, time: 2, parallelism: 1 }
    }
}

impl Login {
    pub(super) fn read(mut section: Section<'_, '_>) -> Login {
        let mut login = Login::default();
        section.number("attempts", &mut login.attempts, 1..=1000);
        section.number("concurrency", &mut login.concurrency, 1..=1024);
        login.argon2 = Argon2::read(section.section("argon2"));
        section.finish();
        login
    }
}

impl Argon2 {
    /// The lower bounds are the defaults: the cost is configurable upward only.
    fn read(mut section: Section<'_, '_>) -> Argon2 {
        let mut argon2 = Argon2::default();
        section.number("memory_kib", &mut argon2.memory_kib, 19_456..=4_194_304);
        section.number("time", &mut argon2.time, 2..=64);
        section.number("parallelism", &mut argon2.parallelism, 1..=16);
        section.finish();
        argon2
    }
}
