//! Request bodies that have to be complete in time: a large one has longer, as long as it keeps coming.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, StatusCode};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

/// So many bytes give a body as much time again as it had from the beginning.
const STRETCH: u32 = 64 * 1024;

/// A body with a deadline, which begins when the body is first asked for and not there, and moves on with what comes.
pub(super) struct Timed {
    inner: Incoming,
    within: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
    late: Late,
}

/// Whether a body was not complete in time.
#[derive(Clone, Default)]
pub(super) struct Late(Arc<AtomicBool>);

impl Late {
    pub(super) fn is_late(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The reader's error when a body is late.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the request body was not complete in time")]
    Late,
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

impl Timed {
    pub(super) fn new(inner: Incoming, within: Duration) -> (Timed, Late) {
        let late = Late::default();
        (Timed { inner, within, deadline: None, late: late.clone() }, late)
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            if let (Some(Ok(frame)), Some(deadline)) = (&frame, &mut this.deadline) {
                let bytes = frame.data_ref().map_or(0, |data| u32::try_from(data.len()).unwrap_or(STRETCH));
                let later = deadline.deadline() + this.within * bytes / STRETCH;
                deadline.as_mut().reset(later);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)));
        }
        let deadline = this.deadline.get_or_insert_with(|| Box::pin(sleep(this.within)));
        match deadline.as_mut().poll(context) {
            Poll::Ready(()) => {
                this.late.0.store(true, Ordering::Relaxed);
                Poll::Ready(Some(Err(BodyError::Late)))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The answer to a body that was late (RFC 9110 §15.5.9).
pub(super) fn too_late() -> Response {
    let mut response = Response::new(Body::from("the request body was not complete in time\n"));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
