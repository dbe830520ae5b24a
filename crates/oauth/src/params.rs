//! Request parameters: an ordered multimap, decoded exactly once (RFC 6749 §3.1, appendix B; OAuth 2.1 §3.1).
//!
//! 1. The raw query or body is split at `&` (never at `;`) and each name and value percent-decoded once, strictly.
//! 2. A name that occurs twice is an error when it is asked for by [`Params::one`]; only [`Params::many`]
//!    (for `resource`) accepts repetition.
//! 3. An empty value counts as absent.
//!
//! Names are case-sensitive, as the RFC has them.

use std::fmt;

use zeroize::Zeroize;

use crate::{Code, Decision, Refusal};

/// The most parameters in one request.
pub const MAX_PARAMS: usize = 128;

/// What is wrong with one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// Not UTF-8 after decoding, overlong forms included.
    Encoding,
    /// A `%` without two hexadecimal digits behind it.
    Percent,
    /// A control character in name or value.
    Control,
}

#[derive(Clone)]
struct Param {
    name: String,
    /// Decoded; lossily where `flaw` says so.
    value: String,
    flaw: Option<Flaw>,
}

/// The parameters of one request, in their order. Cleared from memory when dropped: bodies carry secrets.
#[derive(Clone, Default)]
pub struct Params(Vec<Param>);

impl Params {
    /// Parses a query or body. Malformed encoding, control characters and more than [`MAX_PARAMS`] parameters
    /// refuse all of it.
    pub fn parse(raw: &[u8]) -> Decision<Self> {
        let params = Self::parse_flawed(raw)?;
        params.sound()?;
        Ok(params)
    }

    /// Like [`Params::parse`] for the authorization endpoint, where the client must hear about a malformed
    /// parameter by redirect and therefore the others are needed: a flawed parameter is an error when
    /// [`Params::one`] asks for it. Call [`Params::sound`] before using [`Params::many`] or [`Params::iter`].
    pub fn parse_flawed(raw: &[u8]) -> Decision<Self> {
        let mut params = Self::default();
        for pair in raw.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if params.0.len() == MAX_PARAMS {
                return Err(Refusal::new(Code::InvalidRequest, "more than 128 parameters in one request"));
            }
            let cut = pair.iter().position(|b| *b == b'=');
            let (name, value) = cut.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            let (name, name_flaw) = decode(name);
            let (value, value_flaw) = decode(value);
            params.0.push(Param { name, value, flaw: name_flaw.or(value_flaw) });
        }
        Ok(params)
    }

    /// The parameters of query and body together, so that one given in both counts as given twice (AZ-04).
    pub fn merge(mut query: Self, mut body: Self) -> Decision<Self> {
        let mut all = std::mem::take(&mut query.0);
        all.append(&mut body.0);
        let all = Self(all);
        if all.0.len() > MAX_PARAMS {
            return Err(Refusal::new(Code::InvalidRequest, "more than 128 parameters in one request"));
        }
        Ok(all)
    }

    /// Refuses when any parameter is malformed, known to us or not.
    pub fn sound(&self) -> Decision<()> {
        self.0.iter().try_for_each(Param::check)
    }

    /// The value of a parameter that may occur once. `None` when it is absent or empty; `invalid_request` when it
    /// occurs more than once or is malformed.
    pub fn one(&self, name: &str) -> Decision<Option<&str>> {
        let mut found = self.0.iter().filter(|param| param.name == name);
        let Some(first) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(Refusal::new(
                Code::InvalidRequest,
                format!("the parameter {name} is given more than once (OAuth 2.1 section 3.1)"),
            ));
        }
        first.check()?;
        Ok(Some(first.value.as_str()).filter(|value| !value.is_empty()))
    }

    /// Like [`Params::one`] for a parameter that must be there.
    pub fn required(&self, name: &str) -> Decision<&str> {
        self.one(name)?.ok_or_else(|| {
            Refusal::new(
                Code::InvalidRequest,
                format!("the parameter {name} is required and missing or empty"),
            )
        })
    }

    /// Every well-formed, non-empty value of a repeatable parameter, in order.
    pub fn many<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(found, value)| *found == name && !value.is_empty()).map(|(_, value)| value)
    }

    /// The value of a parameter that occurs exactly once, control characters included: for handing `state` back
    /// untouched beside the very error about it. `None` when it is absent, repeated or not text.
    pub fn echo(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|param| param.name == name);
        let first = found.next().filter(|param| matches!(param.flaw, None | Some(Flaw::Control)))?;
        if found.next().is_some() || first.value.is_empty() {
            return None;
        }
        Some(&first.value)
    }

    /// Every well-formed parameter, in order, empty ones included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|param| param.flaw.is_none())
            .map(|param| (param.name.as_str(), param.value.as_str()))
    }

    /// The name of every parameter, malformed ones included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|param| param.name.as_str())
    }

    /// Whether there are no parameters at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Param {
    fn check(&self) -> Decision<()> {
        let name = &self.name;
        let what = match self.flaw {
            None => return Ok(()),
            Some(Flaw::Encoding) => "is not valid UTF-8",
            Some(Flaw::Percent) => "has a % that is not followed by two hexadecimal digits",
            Some(Flaw::Control) => "contains control characters",
        };
        Err(Refusal::new(Code::InvalidRequest, format!("the parameter {name} {what}")))
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|param| &param.name)).finish()
    }
}

impl Drop for Params {
    fn drop(&mut self) {
        for param in &mut self.0 {
            param.value.zeroize();
        }
    }
}

/// Undoes `application/x-www-form-urlencoded`, once.
fn decode(raw: &[u8]) -> (String, Option<Flaw>) {
    let mut flaw = None;
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => match tail {
                [high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    bytes.push(nibble(*high) << 4 | nibble(*low));
                    rest = tail;
                }
                _ => {
                    flaw = Some(Flaw::Percent);
                    bytes.push(b'%');
                }
            },
            other => bytes.push(*other),
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            if text.chars().any(char::is_control) {
                flaw = flaw.or(Some(Flaw::Control));
            }
            (text, flaw)
        }
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(Flaw::Encoding)),
    }
}

/// The value of a hexadecimal digit.
const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Params {
        Params::parse_flawed(raw.as_bytes()).unwrap()
    }

    fn refused<T>(decision: Decision<T>) -> Option<String> {
        decision.err().map(|refusal| {
            assert_eq!(refusal.code(), Code::InvalidRequest);
            refusal.description().to_owned()
        })
    }

    #[test]
    fn az_04_a_parameter_given_twice_is_refused_wherever_it_stands() {
        let params = parse("client_id=a&scope=x&client_id=a&resource=1&resource=2");
        assert!(refused(params.one("client_id")).unwrap().contains("client_id is given more than once"));
        assert_eq!(params.one("scope").unwrap(), Some("x"));
        assert_eq!(params.many("resource").collect::<Vec<_>>(), ["1", "2"]);
        assert!(refused(parse("state=&state=x").one("state")).is_some());

        let merged = Params::merge(parse("state=1"), parse("state=1&scope=x")).unwrap();
        assert!(refused(merged.one("state")).is_some());
        assert_eq!(merged.required("scope").unwrap(), "x");
    }

    #[test]
    fn az_05_names_are_case_sensitive_and_decoded_exactly_once() {
        let params = parse("Client_Id=a&client%5Fid=b&x=%2541&plus=a+b%2B");
        assert_eq!(params.one("client_id").unwrap(), Some("b"));
        assert_eq!(params.one("x").unwrap(), Some("%41"));
        assert_eq!(params.one("plus").unwrap(), Some("a b+"));
    }

    #[test]
    fn az_05_a_semicolon_is_data() {
        assert_eq!(parse("client_id=pub1;client_id=x").one("client_id").unwrap(), Some("pub1;client_id=x"));
    }

    #[test]
    fn az_05_control_characters_and_invalid_utf_8_are_refused_where_they_are() {
        for raw in
            ["state=%00&scope=x", "state=a%0D%0Ab&scope=x", "state=%C2%85&scope=x", "state=%7F&scope=x"]
        {
            let params = parse(raw);
            assert!(refused(params.one("state")).unwrap().contains("control characters"));
            assert_eq!(params.one("scope").unwrap(), Some("x"));
            assert!(params.echo("state").is_some());
            assert!(refused(params.sound()).is_some());
            assert!(refused(Params::parse(raw.as_bytes())).is_some());
        }
        for raw in ["scope=%C0%AF", "scope=%FF", "scope=%ED%A0%80", "scope=%F8%88%80%80%80"] {
            let params = parse(raw);
            assert!(refused(params.one("scope")).unwrap().contains("UTF-8"));
            assert_eq!(
                (params.echo("scope"), params.many("scope").count(), params.iter().count()),
                (None, 0, 0)
            );
        }
        for raw in ["scope=%", "scope=%4", "scope=%zz", "sc%ope=x"] {
            assert!(refused(Params::parse(raw.as_bytes())).unwrap().contains("hexadecimal"));
        }
    }

    #[test]
    fn az_06_an_empty_parameter_is_an_absent_one() {
        let params = parse("code_challenge=&state&resource=");
        assert_eq!(params.one("code_challenge").unwrap(), None);
        assert_eq!(params.one("state").unwrap(), None);
        assert_eq!(params.many("resource").count(), 0);
        assert!(refused(params.required("code_challenge")).unwrap().contains("code_challenge is required"));
    }

    #[test]
    fn az_18_state_comes_back_as_it_was_sent() {
        let params = parse("state=a%2F%2B%3D%20%C3%BC%26&code=x");
        assert_eq!(params.echo("state"), Some("a/+= ü&"));
        assert_eq!(parse("state=a&state=a").echo("state"), None);
        assert_eq!(parse("").echo("state"), None);
    }

    #[test]
    fn at_most_128_parameters() {
        assert!(Params::parse("a=1&".repeat(128).as_bytes()).is_ok());
        assert!(refused(Params::parse("a=1&".repeat(129).as_bytes())).is_some());
        let half = || parse(&"a=1&".repeat(65));
        assert!(refused(Params::merge(half(), half())).is_some());
    }

    #[test]
    fn printing_parameters_prints_no_value() {
        assert_eq!(format!("{:?}", parse("client_secret=hunter2")), r#"{"client_secret"}"#);
    }
}
