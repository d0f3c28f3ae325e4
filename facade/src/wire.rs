//! The transport over HTTP: one request, one bounded answer, no repeats.

use std::fmt;

use atlassian_orgs_api::operation::Operation;
use atlassian_orgs_api::transport::{Exchange, Transport, TransportError, TransportErrorKind};
use bytes::{Bytes, BytesMut};

/// The longest answer that is read. The largest that the API documents is about 3 MB (a page of
/// 1,000 workspaces).
pub(crate) const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

pub(crate) struct Wire {
    http: reqwest::Client,
}

impl Wire {
    pub(crate) fn new(http: reqwest::Client) -> Self {
        Self { http }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Transport for Wire {
    fn send<'a>(&'a self, request: reqwest::Request, _: &'static Operation) -> Exchange<'a> {
        Box::pin(async move {
            let mut response = self.http.execute(request).await.map_err(failure)?;
            let (mut one, mut all) = (Bytes::new(), BytesMut::new());
            while let Some(chunk) = response.chunk().await.map_err(failure)? {
                if one.len().max(all.len()) + chunk.len() > LONGEST_ANSWER {
                    return Err(TransportError::new(TransportErrorKind::BodyTooLarge, true));
                }
                // What comes in one piece, as small answers do, needs no copy.
                if one.is_empty() {
                    one = chunk;
                    continue;
                }
                if all.is_empty() {
                    all.extend_from_slice(&one);
                }
                all.extend_from_slice(&chunk);
            }
            let body = if all.is_empty() { one } else { all.freeze() };
            let mut answer = http::Response::new(body);
            *answer.status_mut() = response.status();
            *answer.headers_mut() = std::mem::take(response.headers_mut());
            Ok(answer)
        })
    }
}

/// What a failure of the HTTP library proves.
///
/// Only a connection that was never made proves that nothing was sent; its other hints (a canceled
/// request, an error of kind "request") don't.
fn failure(error: reqwest::Error) -> TransportError {
    let (kind, sent) = if error.is_connect() {
        (TransportErrorKind::Connect, false)
    } else if error.is_builder() {
        (TransportErrorKind::InvalidRequest, false)
    } else if error.is_timeout() {
        (TransportErrorKind::Timeout, true)
    } else {
        (TransportErrorKind::Interrupted, true)
    };
    TransportError::new(kind, sent).with_cause(error)
}

/// A body over the bound, from a transport that does not look itself.
pub(crate) fn bounded(
    answer: http::Response<Bytes>,
) -> Result<http::Response<Bytes>, TransportError> {
    if answer.body().len() > LONGEST_ANSWER {
        return Err(TransportError::new(TransportErrorKind::BodyTooLarge, true));
    }
    Ok(answer)
}
