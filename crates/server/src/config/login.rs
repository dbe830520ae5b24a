//! `[login]`: passwords, and who needs more than one.

use url::Url;

use super::Mail;
use super::reader::Section;

/// How people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Failures per account and network in fifteen minutes before further ones wait.
    pub attempts: u32,
    /// Who needs a second factor. Whoever has one is asked for it in any case.
    pub require_second_factor: SecondFactor,
    /// Password hashes computed at once; each takes `argon2.memory_kib` of memory and one CPU.
    pub concurrency: u32,
    /// Cost of a password hash.
    pub argon2: Argon2,
    /// Whether people may sign in with a code that is mailed to them, instead of a password.
    pub email_code: bool,
    /// Who is asked, by the first characters of its hash, whether a password was among stolen ones.
    pub breach_check: Option<Url>,
}

/// Who needs a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// Nobody.
    Nobody,
    /// Whoever has a role in the administration of the server.
    Administrators,
    /// Everybody.
    Everybody,
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
        Login {
            attempts: 10,
            require_second_factor: SecondFactor::Nobody,
            concurrency: u32::try_from(processors).unwrap_or(1),
            argon2: Argon2::default(),
            email_code: false,
            breach_check: None,
        }
    }
}

impl Default for Argon2 {
    fn default() -> Self {
        Argon2 { memory_kib: 19_456, time: 2, parallelism: 1 }
    }
}

impl Login {
    pub(super) fn read(mut section: Section<'_, '_>, mail: &Mail) -> Login {
        let mut login = Login::default();
        section.number("attempts", &mut login.attempts, 1..=1000);
        let who = [
            ("nobody", SecondFactor::Nobody),
            ("administrators", SecondFactor::Administrators),
            ("everybody", SecondFactor::Everybody),
        ];
        section.choice("require_second_factor", &mut login.require_second_factor, &who);
        section.number("concurrency", &mut login.concurrency, 1..=1024);
        if let Some(found) = section.flag("email_code").filter(|found| found.value) {
            login.email_code = true;
            if !mail.is_on() {
                let hint = "name a mail server in [mail]".to_owned();
                section.refuse("email_code", Some(found.offset), ("needs mail".to_owned(), Some(hint)));
            }
        }
        if let Some(found) = section.text("breach_check").filter(|found| found.value != "off") {
            match Url::parse(found.value) {
                Ok(url) if url.scheme() == "https" && url.host().is_some() => login.breach_check = Some(url),
                Ok(_) | Err(_) => {
                    let hint = "write breach_check = \"https://api.pwnedpasswords.com\", or \"off\"";
                    let said = ("is not an https URL".to_owned(), Some(hint.to_owned()));
                    section.refuse("breach_check", Some(found.offset), said);
                }
            }
        }
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
