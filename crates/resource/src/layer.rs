//! The tower layer: every request below it comes from a verified caller.
//!
//! 1. Requests for the RFC 9728 document are answered here, without a token.
//! 2. Other requests to `/.well-known/` without a good token get 404 instead of a challenge: clients probe there,
//!    and a 401 would send them into a login for a document that does not exist.
//! 3. The token is found ([`crate::bearer`]) and verified; failure is a challenge ([`crate::challenge`]).
//! 4. The scopes every request needs, and those of the JSON-RPC calls in the body ([`crate::policy`]), are required.
//! 5. The [`Identity`](crate::Identity) goes into the request's extensions, and the request goes on.
//! 6. A refusal raised by the handler replaces its response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{Either, Full};
use tower::{Layer, Service};

use crate::challenge::{Answer, Rejection, bare};
use crate::policy;
use crate::{Identity, ResourceServer};

/// Puts a [`Protected`] around a service. Made by [`ResourceServer::layer`].
#[derive(Debug, Clone)]
pub struct ProtectLayer(pub(crate) ResourceServer);

impl<S> Layer<S> for ProtectLayer {
    type Service = Protected<S>;
    fn layer(&self, inner: S) -> Protected<S> {
        Protected { inner, server: self.0.clone() }
    }
}

/// A service that only sees requests of verified callers.
#[derive(Debug, Clone)]
pub struct Protected<S> {
    inner: S,
    server: ResourceServer,
}

/// The request body below the layer: the original one, or the one that was read to learn its scopes.
pub type RequestBody<B> = Either<B, Full<Bytes>>;

/// The response body above the layer: the original one, or a refusal.
pub type ResponseBody<B> = Either<B, Full<Bytes>>;

impl<S, B, R> Service<Request<B>> for Protected<S>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one that must be called; its clone waits for its own turn.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let server = self.server.clone();
        Box::pin(async move {
            let (request, identity) = match admit(&server, request).await {
                Ok(admitted) => admitted,
                Err(answer) => return Ok(answer.map(Either::Right)),
            };
            let response = inner.call(request).await?;
            Ok(match identity.raised() {
                Some(answer) => answer.map(Either::Right),
                None => response.map(Either::Left),
            })
        })
    }
}

/// Steps 1 to 5.
async fn admit<B>(
    server: &ResourceServer,
    request: Request<B>,
) -> Result<(Request<RequestBody<B>>, Identity), Answer>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if let Some(answer) = server.metadata_service().answer(&request) {
        return Err(answer);
    }
    // Owned, because a request's body may be neither shared nor held across the verification.
    let token = crate::bearer::token(&request).map(str::to_owned);
    let (mut parts, body) = request.into_parts();
    let refuse = |rejection: Rejection| match rejection {
        Rejection::Missing | Rejection::Invalid(_) if parts.uri.path().starts_with("/.well-known/") => {
            bare(StatusCode::NOT_FOUND, Bytes::new())
        }
        Rejection::Missing | Rejection::Invalid(_) | Rejection::Malformed(_) | Rejection::Unavailable => {
            server.answer(&rejection)
        }
    };
    let token = token.map_err(refuse)?;
    let identity = server.verify(&token).await.map_err(refuse)?;
    identity.require_all(server.required())?;
    let policy = server.policy();
    let body = if !policy.is_empty() && policy::applies_to(&parts) {
        let (scopes, body) = policy.read(&parts, body).await?;
        identity.require_all(&scopes)?;
        Either::Right(Full::new(body))
    } else {
        Either::Left(body)
    };
    parts.extensions.insert(identity.clone());
    Ok((Request::from_parts(parts, body), identity))
}
