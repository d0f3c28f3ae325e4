//! The seam between the generated client and whatever sends its requests.
//!
//! The hooks of a generated client must be implemented in the crate that defines it, so this module
//! is copied here by the generator. It owns what the generator cannot say about the wire: ids must
//! not change the path, `explode: false` arrays are joined by commas, no header goes out that
//! Atlassian never asked for, and a write that was answered with a success is a success.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::operation::{Class, Operation};

/// A transport as the generated clients hold it.
pub type SharedTransport = Arc<dyn Transport>;

/// What [`Transport::send`] returns.
pub type Exchange<'a> =
    Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, TransportError>> + Send + 'a>>;

/// Sends a request and returns the whole answer, whatever its status.
///
/// Keys, deadlines, limits, retries and bounds on the size of an answer are the transport's
/// business.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends `request`, which belongs to `operation`.
    fn send<'a>(&'a self, request: reqwest::Request, operation: &'static Operation)
    -> Exchange<'a>;
}

/// What kept a transport from returning an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request is not what its operation says, for example since an id would change its path.
    InvalidRequest,
    /// No connection: name, TCP or TLS.
    Connect,
    /// The time for the exchange passed.
    Timeout,
    /// The connection ended before the answer did.
    Interrupted,
    /// The answer is larger than the transport takes.
    BodyTooLarge,
    /// Anything else; the source says what.
    Other,
}

/// A failure of the transport, as against an answer that reports a failure.
///
/// It is cheap to clone, prints no URL, header or body, and keeps its cause behind
/// [`cause`](Self::cause).
#[derive(Clone)]
pub struct TransportError {
    kind: TransportErrorKind,
    may_have_been_sent: bool,
    words: &'static str,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// A failure of this kind. `may_have_been_sent` is false only with proof that the service has
    /// not seen the request.
    #[must_use]
    pub fn new(kind: TransportErrorKind, may_have_been_sent: bool) -> Self {
        Self {
            kind,
            may_have_been_sent,
            words: "",
            cause: None,
        }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// Adds words for a reader. They must name no person and no secret.
    #[must_use]
    pub fn with_words(mut self, words: &'static str) -> Self {
        self.words = words;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the service may have seen the request.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.may_have_been_sent
    }

    /// What caused it. Its text may hold a URL with ids in it.
    #[must_use]
    pub fn cause(&self) -> Option<&Arc<dyn StdError + Send + Sync>> {
        self.cause.as_ref()
    }

    /// What went wrong, in words.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match (self.words, self.kind) {
            ("", TransportErrorKind::InvalidRequest) => {
                "the request is not what its operation says"
            }
            ("", TransportErrorKind::Connect) => "no connection to the service",
            ("", TransportErrorKind::Timeout) => "the time for the exchange passed",
            ("", TransportErrorKind::Interrupted) => "the connection ended before the answer did",
            ("", TransportErrorKind::BodyTooLarge) => "the answer is larger than is taken",
            ("", TransportErrorKind::Other) => "the transport failed",
            (words, _) => words,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.kind)
            .field("may_have_been_sent", &self.may_have_been_sent)
            .field("words", &self.words())
            .finish_non_exhaustive()
    }
}

impl StdError for TransportError {}

/// Takes a transport's own failure out of a generated client's error.
#[must_use]
pub fn failure<E>(error: &progenitor_client::Error<E>) -> Option<&TransportError> {
    match error {
        progenitor_client::Error::UnexpectedResponse(response) => response.extensions().get(),
        _ => None,
    }
}

/// The status of the synthetic response that carries a [`TransportError`]. No operation lists it.
const CARRIER: u16 = 599;

/// Hands a request to the transport. The hooks of the generated clients call this.
pub(crate) async fn exchange(
    transport: &SharedTransport,
    base_url: &str,
    operation: Option<&'static Operation>,
    request: reqwest::Request,
) -> reqwest::Result<reqwest::Response> {
    let outcome = match prepare(base_url, operation, request) {
        Ok((request, operation)) => match transport.send(request, operation).await {
            Ok(response) => Ok(settle(operation, response)),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    // `exec` can fail only with an error that nobody outside of reqwest can make.
    let response = outcome.unwrap_or_else(|error| {
        let mut carrier = http::Response::new(Bytes::new());
        *carrier.status_mut() = http::StatusCode::from_u16(CARRIER).unwrap_or_default();
        carrier.extensions_mut().insert(error);
        carrier
    });
    Ok(reqwest::Response::from(response))
}

/// Brings a request into the form that its operation has on the wire, or refuses it.
fn prepare(
    base_url: &str,
    operation: Option<&'static Operation>,
    mut request: reqwest::Request,
) -> Result<(reqwest::Request, &'static Operation), TransportError> {
    let refused =
        |words| TransportError::new(TransportErrorKind::InvalidRequest, false).with_words(words);
    let operation = operation.ok_or_else(|| refused("the operation is not in the table"))?;
    let base = reqwest::Url::parse(base_url)
        .map_err(|error| refused("the base URL is not a URL").with_cause(error))?;
    let path = own_path(base.path(), operation.path, request.url().path())
        .ok_or_else(|| refused("an id is empty or would change the path of the request"))?;
    request.url_mut().set_path(&path);
    if let (false, Some(query)) = (operation.comma_joined.is_empty(), request.url().query()) {
        let query = join(query, operation.comma_joined);
        request.url_mut().set_query(Some(&query));
    }
    // The service wants a length also where there is no body; without one the HTTP library says none.
    let bare = request.body().is_none() && matches!(operation.method, "POST" | "PUT" | "PATCH");
    let headers = request.headers_mut();
    if bare {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    // progenitor sends the document's version with every request; the service does not ask for it.
    headers.remove(HeaderName::from_static("api-version"));
    if let Some(Ok(kind)) = operation.body_type.map(HeaderValue::from_str) {
        headers.insert(CONTENT_TYPE, kind);
    }
    headers
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("application/json"));
    Ok((request, operation))
}

/// The final path with its ids fully encoded, if it is still the template's: one whole segment for
/// each parameter.
///
/// The url crate resolves `..`, also as `%2e%2e`, so what an id did to the path shows only here. It
/// leaves `:` and `|`, which account ids have, as they are; the service wants them encoded.
fn own_path(base: &str, template: &str, path: &str) -> Option<String> {
    let base = base.trim_end_matches('/');
    let mut own = base.to_owned();
    let mut found = path.strip_prefix(base)?.strip_prefix('/')?.split('/');
    for wanted in template.trim_start_matches('/').split('/') {
        let segment = found.next()?;
        own.push('/');
        if wanted.contains('{') {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            let climbs = plain.chars().all(|c| c == '.');
            // An encoded slash is one segment here and may be two behind the next proxy.
            if climbs || plain.contains("%2f") || plain.contains("%5c") {
                return None;
            }
            own.push_str(&segment.replace(':', "%3A").replace('|', "%7C"));
        } else if wanted == segment {
            own.push_str(segment);
        } else {
            return None;
        }
    }
    found.next().is_none().then_some(own)
}

/// Joins the values of the named parameters by commas: `a=1&b=x&a=2` becomes `a=1,2&b=x`.
///
/// A comma inside a value stays encoded, so it cannot be taken for a separator.
fn join(query: &str, names: &[&str]) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = pairs
            .iter_mut()
            .find(|(n, _)| *n == name && names.contains(&name));
        match known {
            Some((_, values)) => {
                values.push(',');
                values.push_str(value);
            }
            None => pairs.push((name, value.to_owned())),
        }
    }
    let pairs: Vec<String> = pairs.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
    pairs.join("&")
}

/// A write that was answered with a success and no body is done; where the document promises a
/// body, an empty object stands in for it. A read without a body stays what it is: not an answer.
fn settle(operation: &Operation, mut response: http::Response<Bytes>) -> http::Response<Bytes> {
    let write = operation.class != Class::Read;
    if write && response.status().is_success() && response.body().is_empty() {
        *response.body_mut() = Bytes::from_static(b"{}");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_must_be_the_templates() {
        let own = |path| own_path("/admin", "/v1/orgs/{orgId}/users", path);
        assert_eq!(
            own("/admin/v1/orgs/o-1/users").as_deref(),
            Some("/admin/v1/orgs/o-1/users")
        );
        let encoded = Some("/admin/v1/orgs/557058%3Aab%7C1/users");
        assert_eq!(own("/admin/v1/orgs/557058:ab|1/users").as_deref(), encoded);
        assert_eq!(
            own("/admin/v1/orgs/557058%3Aab%7C1/users").as_deref(),
            encoded
        );
        for path in [
            "/admin/v1/users",
            "/admin/v1/orgs//users",
            "/admin/v1/orgs/a%2Fb/users",
            "/admin/v1/orgs/%2e%2E/users",
            "/v1/orgs/o/users",
            "/admin/v1/orgs/o/users/",
        ] {
            assert_eq!(own(path), None, "{path}");
        }
    }

    #[test]
    fn a_body_is_called_what_its_operation_says() {
        static PATCH: Operation = Operation {
            id: "patch",
            name: "patch",
            method: "PATCH",
            path: "/things/{id}",
            class: Class::StateSetting,
            success: &[200],
            comma_joined: &[],
            body_type: Some("application/json-patch+json"),
            deprecated: false,
            experimental: false,
        };
        let base = "https://example.com";
        let request = reqwest::Client::new()
            .patch(format!("{base}/things/1"))
            .json(&[0; 0]);
        let (request, _) = prepare(base, Some(&PATCH), request.build().unwrap()).unwrap();
        assert_eq!(
            request.headers()[CONTENT_TYPE],
            "application/json-patch+json"
        );
    }

    #[test]
    fn values_are_joined_by_commas() {
        assert_eq!(join("a=1&b=x&a=2%2C3&c", &["a"]), "a=1,2%2C3&b=x&c=");
        assert_eq!(join("b=1&b=2", &["a"]), "b=1&b=2");
    }
}
