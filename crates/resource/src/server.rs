//! Configuration of a protected resource, checked once when it is built.

use std::fmt;
use std::sync::Arc;

use gatewright_jose::{Expect, Expired, VerifyError, verify};

use crate::challenge::{Answer, Challenges, Rejection};
use crate::clock::Clock;
use crate::discovery::{Issuer, is_issuer};
use crate::fetch::{Fetch, acceptable};
use crate::identity::{AccessClaims, Facts, Identity};
use crate::introspect::Introspection;
use crate::keys::{Keys, Unavailable};
use crate::layer::ProtectLayer;
use crate::metadata::{Document, MetadataService, Published, WELL_KNOWN};
use crate::policy::{Call, ScopePolicy};
use crate::scopes::{Hierarchy, is_scope, listable};

/// How far the clocks of issuer and resource may disagree, in seconds.
const LEEWAY: i64 = 60;

/// The one kind of token accepted (RFC 9068 §2.1): ID tokens and everything else are refused by their `typ`.
const ACCESS_TOKEN: &[&str] = &["at+jwt"];

/// Why a [`Builder`] could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The resource identifier is not an https URL (or http to this computer) without query and fragment.
    #[error(
        "{0:?} cannot identify a resource: use an https URL without query and fragment, such as https://mcp.example.com/mcp"
    )]
    Resource(String),
    /// The issuer is not an https URL (or http to this computer) without query and fragment.
    #[error("{0:?} is not an issuer: use its https URL, exactly as its metadata spells it")]
    Issuer(String),
    /// A configured URL is neither https nor http to this computer.
    #[error("{0:?} is neither https nor http to this computer")]
    Url(String),
    /// Not one scope: RFC 6749 §3.3 allows printable ASCII without space, quote and backslash.
    #[error("{0:?} is not a scope")]
    Scope(String),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A protected resource: verifies tokens, knows its scopes, publishes its metadata. Cheap to clone.
#[derive(Clone)]
pub struct ResourceServer(Arc<Parts>);

struct Parts {
    resource: String,
    issuer: Arc<Issuer>,
    verifier: Verifier,
    hierarchy: Hierarchy,
    challenges: Arc<Challenges>,
    policy: ScopePolicy,
    metadata: MetadataService,
}

enum Verifier {
    Keys(Arc<Keys>),
    Introspection(Introspection),
}

impl fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { resource, issuer, .. } = &*self.0;
        f.debug_struct("ResourceServer")
            .field("resource", resource)
            .field("issuer", &issuer.name)
            .finish_non_exhaustive()
    }
}

impl ResourceServer {
    /// Starts the configuration of the resource that clients know as `resource` (its URL, as registered with the
    /// authorization server: it is the `aud` of acceptable tokens) and whose tokens come from `issuer` (exactly as
    /// the issuer spells itself: compared byte for byte).
    pub fn builder(resource: impl Into<String>, issuer: impl Into<String>) -> Builder {
        Builder { resource: resource.into(), issuer: issuer.into(), ..Builder::default() }
    }

    /// The layer to put around everything that needs a token. Put it on the outermost router, where it also sees
    /// the requests for the metadata document; inside a nested router serve that with [`Self::metadata_service`].
    pub fn layer(&self) -> ProtectLayer {
        ProtectLayer(self.clone())
    }

    /// The metadata document as a service of its own.
    pub fn metadata_service(&self) -> MetadataService {
        self.0.metadata.clone()
    }

    /// Verifies one token, for transports that are not HTTP requests. The layer does this by itself.
    pub async fn verify(&self, token: &str) -> Result<Identity, Rejection> {
        let Parts { resource, issuer, verifier, .. } = &*self.0;
        let facts = match verifier {
            Verifier::Keys(keys) => self.verify_signature(keys, token).await?,
            Verifier::Introspection(introspection) if token.len() <= gatewright_jose::MAX_TOKEN => {
                introspection.ask(token, resource, LEEWAY).await?
            }
            Verifier::Introspection(_) => return Err(Rejection::Invalid("the access token is too long")),
        };
        tracing::trace!(
            issuer = issuer.name,
            subject = facts.subject,
            client = facts.client,
            "token accepted"
        );
        Ok(Identity::new(facts, &self.0.hierarchy, Arc::clone(&self.0.challenges)))
    }

    async fn verify_signature(&self, keys: &Arc<Keys>, token: &str) -> Result<Arc<Facts>, Rejection> {
        let Parts { resource, issuer, .. } = &*self.0;
        // Nonsense must not reach the network, not even as the reason for a first key fetch.
        gatewright_jose::peek(token).map_err(|error| refusal(&error))?;
        let expect = Expect {
            typ: ACCESS_TOKEN,
            issuer: &issuer.name,
            audience: Some(resource),
            now: issuer.clock.unix(),
            leeway: LEEWAY,
            expired_ok: Expired::Refuse,
        };
        match keys.with(|keys| verify::<AccessClaims>(keys, token, &expect)).await {
            Ok(Ok(verified)) => Ok(Arc::new(verified.into_claims().into())),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(Unavailable) => Err(Rejection::Unavailable),
        }
    }

    /// The answer to a refused request, for transports that call [`Self::verify`] themselves.
    pub fn answer(&self, rejection: &Rejection) -> Answer {
        self.0.challenges.answer(rejection)
    }

    pub(crate) fn required(&self) -> &[String] {
        &self.0.challenges.required
    }

    pub(crate) fn policy(&self) -> &ScopePolicy {
        &self.0.policy
    }
}

/// What the client is told; the log has the details.
fn refusal(error: &VerifyError) -> Rejection {
    tracing::debug!(%error, "token refused");
    Rejection::Invalid(match error {
        VerifyError::TooLong => "the access token is too long",
        VerifyError::Malformed
        | VerifyError::Header(_)
        | VerifyError::ForbiddenMember(_)
        | VerifyError::Kid => "the access token is malformed",
        VerifyError::Algorithm | VerifyError::AlgorithmMismatch => {
            "the access token is signed with an unaccepted algorithm"
        }
        VerifyError::Type => "this token is not an access token",
        VerifyError::UnknownKey(_) | VerifyError::NoKey => "the access token is signed with an unknown key",
        VerifyError::Signature => "the signature of the access token is wrong",
        VerifyError::Claims(_) => "the claims of the access token are malformed",
        VerifyError::Issuer => "the access token is from another issuer",
        VerifyError::Audience => "the access token is for another audience",
        VerifyError::Expired(_) => "the access token has expired",
        VerifyError::NotYetValid(_) => "the access token is not valid yet",
    })
}

/// Configures a [`ResourceServer`].
#[derive(Default)]
#[must_use]
pub struct Builder {
    resource: String,
    issuer: String,
    name: Option<String>,
    documentation: Option<String>,
    supported: Vec<String>,
    required: Vec<String>,
    suggested: Vec<String>,
    hierarchy: Hierarchy,
    policy: ScopePolicy,
    jwks_uri: Option<String>,
    introspection: Option<(String, String)>,
    certificates: Vec<u8>,
    clock: Option<Clock>,
}

fn owned<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Vec<String> {
    scopes.into_iter().map(Into::into).collect()
}

impl Builder {
    /// A name for people, shown on consent pages: `resource_name`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A page for developers: `resource_documentation`.
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// All scopes this resource understands: `scopes_supported`. Clients without better advice ask for all of them.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.supported.extend(owned(scopes));
        self
    }

    /// Scopes without which no request is served. They are part of every challenge.
    pub fn require<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.required.extend(owned(scopes));
        self
    }

    /// Scopes a new client should ask for besides the required ones: the `scope` of the first challenge. Leave the
    /// dangerous ones to a step-up.
    pub fn suggest<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.suggested.extend(owned(scopes));
        self
    }

    /// Declares that whoever has `scope` also has `implied`: `.implies("files", ["files:read", "files:write"])`.
    pub fn implies<S: Into<String>>(
        mut self,
        scope: impl Into<String>,
        implied: impl IntoIterator<Item = S>,
    ) -> Self {
        self.hierarchy.add(scope.into(), owned(implied));
        self
    }

    /// The scopes `tools/call` of `tool` needs. A client without them gets a real HTTP 403 and steps up; the MCP
    /// server does not see the call.
    ///
    /// With any such declaration the bodies of POST requests (at most 4 MiB) are read before they are passed on.
    pub fn tool_scopes<S: Into<String>>(
        mut self,
        tool: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.policy.tools.entry(tool.into()).or_default().extend(owned(scopes));
        self
    }

    /// The scopes a JSON-RPC method needs: `.method_scopes("resources/read", ["files:read"])`.
    pub fn method_scopes<S: Into<String>>(
        mut self,
        method: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.policy.methods.entry(method.into()).or_default().extend(owned(scopes));
        self
    }

    /// A function from a JSON-RPC call to the scopes it needs, for decisions that depend on its arguments. Runs
    /// for every call, after the token was verified.
    pub fn scope_policy(mut self, policy: impl Fn(&Call<'_>) -> Vec<String> + Send + Sync + 'static) -> Self {
        self.policy.functions.push(Arc::new(policy));
        self
    }

    /// Where the issuer's keys are, for issuers without metadata. Otherwise discovered.
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// Asks the issuer about each token (RFC 7662, `client_secret_basic`) instead of verifying signatures. For
    /// opaque tokens, or when a revocation must take effect within ten seconds.
    pub fn introspection(mut self, client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        self.introspection = Some((client_id.into(), client_secret.into()));
        self
    }

    /// Trusts these certificate authorities (PEM) besides the platform's, for issuers with a private one.
    pub fn trust_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.certificates.extend_from_slice(pem.as_ref());
        self.certificates.push(b'\n');
        self
    }

    #[cfg(test)]
    pub(crate) fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Checks the configuration. Nothing is fetched yet: the issuer may start later than this server.
    pub fn build(self) -> Result<ResourceServer, BuildError> {
        let published = self.publish()?;
        if !is_issuer(&self.issuer) {
            return Err(BuildError::Issuer(self.issuer));
        }
        if let Some(url) = self.jwks_uri.as_ref().filter(|url| acceptable(url).is_err()) {
            return Err(BuildError::Url(url.clone()));
        }
        let fetch = Fetch::new(&self.certificates).map_err(|error| BuildError::Client(error.into()))?;
        let issuer = Arc::new(Issuer::new(self.issuer, fetch, self.clock.unwrap_or_else(Clock::system)));
        let verifier = match self.introspection {
            Some((id, secret)) => {
                Verifier::Introspection(Introspection::new(Arc::clone(&issuer), &id, &secret))
            }
            None => Verifier::Keys(Arc::new(Keys::new(Arc::clone(&issuer), self.jwks_uri))),
        };
        let metadata_url = format!("{}{}", origin(&self.resource), published.path);
        let challenges = Challenges { metadata_url, required: self.required, suggested: self.suggested };
        Ok(ResourceServer(Arc::new(Parts {
            resource: self.resource,
            issuer,
            verifier,
            hierarchy: self.hierarchy,
            challenges: Arc::new(challenges),
            policy: self.policy,
            metadata: MetadataService(Arc::new(published)),
        })))
    }

    /// Checks the resource and its scopes and renders the document.
    fn publish(&self) -> Result<Published, BuildError> {
        let not_a_resource = || BuildError::Resource(self.resource.clone());
        let url = acceptable(&self.resource).map_err(|_| not_a_resource())?;
        let is_quotable =
            self.resource.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if url.query().is_some() || url.fragment().is_some() || !is_quotable {
            return Err(not_a_resource());
        }
        let policy = self.policy.tools.values().chain(self.policy.methods.values()).flatten();
        let listed = [&self.supported, &self.required, &self.suggested].into_iter().flatten().chain(policy);
        let mut scopes: Vec<&str> = listed.map(String::as_str).chain(self.hierarchy.names()).collect();
        if let Some(wrong) = scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(BuildError::Scope((*wrong).to_owned()));
        }
        if !self.supported.is_empty() {
            scopes = self.supported.iter().map(String::as_str).collect();
        }
        let document = Document {
            resource: &self.resource,
            authorization_servers: [&self.issuer],
            scopes_supported: listable(scopes),
            bearer_methods_supported: ["header"],
            resource_name: self.name.as_deref().filter(|name| !name.is_empty()),
            resource_documentation: self.documentation.as_deref().filter(|url| !url.is_empty()),
        };
        let body = serde_json::to_vec(&document).map_err(|error| BuildError::Client(error.into()))?;
        let path = self.resource.get(origin(&self.resource).len()..).unwrap_or_default();
        let path = if path == "/" { "" } else { path };
        Ok(Published { body: body.into(), path: format!("{WELL_KNOWN}{path}") })
    }
}

/// `https://host:port` of a URL that was checked, as it is spelled.
fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let end =
        url.get(authority..).and_then(|rest| rest.find('/')).map_or(url.len(), |slash| authority + slash);
    url.get(..end).unwrap_or(url)
}
