//! One opaque error for everything that can go wrong.

mod cause;
mod classify;
mod code;
mod kind;
mod service;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::reply::Reply;
pub(crate) use cause::{BoxError, Cause};
pub use code::Code;
pub use kind::ErrorKind;
pub use service::ServiceError;

/// As much of a body as an error keeps.
pub(crate) const RAW_BODY_LIMIT: usize = 16 * 1024;

/// Everything that can go wrong.
///
/// `Display` and `Debug` are safe to log: they hold the status, the code and our own words, never
/// the service's text, a body, a URL, the key, an address or an account id; the same is true of
/// the [`source`](StdError::source) chain. What the service said is behind accessors.
///
/// ```
/// use atlassian_orgs::{EmailAddress, ErrorKind};
///
/// let error = EmailAddress::new("mia.example.com").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// assert!(!error.may_have_been_sent());
/// assert!(!error.to_string().contains("mia"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    status: Option<u16>,
    /// The entry of `details` that decided the kind.
    lead: Option<usize>,
    details: Vec<ServiceError>,
    words: Option<Cow<'static, str>>,
    hint: Option<Cow<'static, str>>,
    operation: Option<Box<str>>,
    request_id: Option<Box<str>>,
    retry_after: Option<Duration>,
    positions: Vec<usize>,
    body: Option<Bytes>,
    cause: Option<Cause>,
    sent: bool,
    write: bool,
}

/// What it says.
impl Error {
    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's code, if it gave one: of several the one that decided the [`kind`](Self::kind).
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        self.lead()?.code()
    }

    /// The service's own text. **It may hold an address or an account id**: think before logging it.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        let lead = self.lead().and_then(ServiceError::text);
        lead.or_else(|| self.0.details.iter().find_map(ServiceError::text))
    }

    /// All that the service said; of most failures one entry, of a body that was not understood none.
    #[must_use]
    pub fn details(&self) -> &[ServiceError] {
        &self.0.details
    }

    /// How long the service asks to wait before another request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the request may have left this machine; if not, nothing can have happened.
    ///
    /// It says nothing about the effect: for that see [`is_in_doubt`](Self::is_in_doubt).
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.0.sent
    }

    /// What to do about it, in our own words.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The operation that failed, by its id in the published document.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The service's id of the request, for a support case.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The 1-based positions of the malformed items of a list that was passed in.
    #[must_use]
    pub fn positions(&self) -> &[usize] {
        &self.0.positions
    }

    /// The body of the answer as it came, cut after 16 KiB. **It may hold personal data.**
    #[must_use]
    pub fn raw_body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    /// The error below this one, whole. **It may hold personal data**: many libraries print URLs and
    /// values, which is why [`source`](StdError::source) shows no more than a category.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.cause.as_ref().map(Cause::original)
    }

    /// The error below this one by value, with the warning of [`cause`](Self::cause).
    #[must_use]
    pub fn into_cause(self) -> Option<Box<dyn StdError + Send + Sync + 'static>> {
        self.0.cause.map(Cause::into_original)
    }

    fn lead(&self) -> Option<&ServiceError> {
        self.0.details.get(self.0.lead?)
    }
}

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        /// What it is, for an `if` where a `match` on [`kind`](Error::kind) would be too much.
        impl Error {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> bool {
                    self.0.kind == ErrorKind::$kind
                }
            )*

            /// Nothing left this machine, so nothing can have happened.
            #[must_use]
            pub fn is_not_sent(&self) -> bool {
                !self.0.sent
            }

            /// A change was asked for, and it is not known whether it was made: the connection broke,
            /// the time ran out, the service failed half-way. Read the state before sending it again.
            #[must_use]
            pub fn is_in_doubt(&self) -> bool {
                match self.0.kind {
                    ErrorKind::InDoubt => true,
                    ErrorKind::Timeout
                    | ErrorKind::Interrupted
                    | ErrorKind::BodyTooLarge
                    | ErrorKind::Decode
                    | ErrorKind::Service => self.0.write && self.0.sent,
                    // A gateway that gave up waiting, or what passed for a success.
                    ErrorKind::UnexpectedStatus => {
                        self.0.write && self.0.status.is_some_and(|status| status < 300 || status == 408)
                    }
                    _ => false,
                }
            }
        }
    };
}

predicates! {
    /// An argument can't be right.
    is_invalid_input => InvalidInput;
    /// The client can't be set up so.
    is_config => Config;
    /// No connection was made.
    is_connect => Connect;
    /// The time allowed ran out.
    is_timeout => Timeout;
    /// The connection broke midway.
    is_interrupted => Interrupted;
    /// The answer was not understood.
    is_decode => Decode;
    /// The key was not accepted (401).
    is_unauthorized => Unauthorized;
    /// The organization pays for no app (402).
    is_payment_required => PaymentRequired;
    /// The key may not do this (403).
    is_forbidden => Forbidden;
    /// The service says, by a code, that what the request names is not there. Never true of a 404
    /// that comes from routing, nor where the organization itself is unknown.
    is_not_found => NotFound;
    /// The request contradicts the present state (409).
    is_conflict => Conflict;
    /// An app has no seat left.
    is_licence_limit => LicenceLimit;
    /// Too many requests (429).
    is_rate_limited => RateLimited;
    /// The service failed (5xx).
    is_service => Service;
    /// The organization shows no account with this address or id.
    is_no_such_account => NoSuchAccount;
    /// The account is no member of the directory.
    is_not_a_member => NotAMember;
    /// A guard of this library refused.
    is_refused => Refused;
    /// An account is deactivated.
    is_deactivated => Deactivated;
    /// Acknowledged, but not visible in time.
    is_pending => Pending;
    /// A report holds rows that did not succeed.
    is_incomplete => Incomplete;
}

/// How the crate makes one.
impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            status: None,
            lead: None,
            details: Vec::new(),
            words: None,
            hint: None,
            operation: None,
            request_id: None,
            retry_after: None,
            positions: Vec::new(),
            body: None,
            cause: None,
            sent: kind.usually_sent(),
            write: false,
        }))
    }

    pub(crate) fn invalid(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput).with_words(words)
    }

    pub(crate) fn config(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config).with_words(words)
    }

    /// From an answer that is not a success, whatever its body.
    pub(crate) fn from_reply(operation: &str, reply: Reply, write: bool, now: SystemTime) -> Self {
        let decoded = service::decode(&reply.body);
        let verdict = classify::classify(reply.status, &decoded);
        let request_id = decoded
            .request_id
            .as_deref()
            .or_else(|| reply.request_id())
            .map(Box::from);
        let mut error = Self::new(verdict.kind)
            .sent(true)
            .write(write)
            .with_operation(operation);
        error.0.status = Some(reply.status);
        error.0.lead = verdict.lead;
        error.0.hint = verdict.hint.map(Cow::Borrowed);
        error.0.request_id = request_id;
        error.0.retry_after = reply.retry_after(now);
        error.0.body = Some(cut(reply.body));
        error.0.details = decoded.details;
        if error.0.hint.is_none() && error.is_in_doubt() {
            error.0.hint = Some(Cow::Borrowed(
                "the change may have been made: read the state before sending it again",
            ));
        }
        error
    }

    /// Our own words for this case. The caller vouches that no personal data is in them.
    pub(crate) fn with_words(mut self, words: impl Into<Cow<'static, str>>) -> Self {
        self.0.words = Some(words.into());
        self
    }

    /// What to do about it, with the same promise.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<BoxError>) -> Self {
        self.0.cause = Some(Cause::new(cause));
        self
    }

    pub(crate) fn with_named_cause(
        mut self,
        category: impl Into<Cow<'static, str>>,
        cause: impl Into<BoxError>,
    ) -> Self {
        self.0.cause = Some(Cause::with_category(category, cause));
        self
    }

    pub(crate) fn with_operation(mut self, operation: &str) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub(crate) fn with_positions(mut self, positions: Vec<usize>) -> Self {
        self.0.positions = positions;
        self
    }

    /// The body of a success that was not understood.
    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.0.body = Some(cut(body));
        self
    }

    /// Whether the request may have left, where the kind alone does not say it.
    pub(crate) fn sent(mut self, sent: bool) -> Self {
        self.0.sent = sent;
        self
    }

    /// Whether the request asks for a change: only then can there be a doubt.
    pub(crate) fn write(mut self, write: bool) -> Self {
        self.0.write = write;
        self
    }
}

/// A copy, so that 16 KiB don't keep megabytes alive.
fn cut(body: Bytes) -> Bytes {
    match body.get(..RAW_BODY_LIMIT) {
        Some(head) if body.len() > RAW_BODY_LIMIT => Bytes::copy_from_slice(head),
        _ => body,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        match (inner.status, self.code()) {
            (Some(status), Some(code)) => write!(f, "{status} ({code}): ")?,
            (Some(status), None) => write!(f, "{status}: ")?,
            (None, _) => {}
        }
        let meaning = self.code().and_then(Code::meaning);
        f.write_str(
            inner
                .words
                .as_deref()
                .or(meaning)
                .unwrap_or(inner.kind.words()),
        )?;
        match &inner.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &inner.kind);
        if let Some(status) = inner.status {
            out.field("status", &status);
        }
        if let Some(code) = self.code() {
            out.field("code", code);
        }
        if let Some(words) = &inner.words {
            out.field("words", words);
        }
        if let Some(operation) = &inner.operation {
            out.field("operation", operation);
        }
        if let Some(wait) = inner.retry_after {
            out.field("retry_after", &wait);
        }
        if let Some(body) = &inner.body {
            out.field("body_bytes", &body.len());
        }
        if let Some(cause) = &inner.cause {
            out.field("cause", cause);
        }
        out.field("may_have_been_sent", &inner.sent)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}
