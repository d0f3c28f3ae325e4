//! One opaque error for everything that can go wrong.

mod cause;
mod classify;
mod code;
mod hint;
mod kind;
#[cfg(test)]
mod leaks;
mod predicates;
mod record;
mod service;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transcripts;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::reply::Reply;
use crate::status::MembershipStatus;
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
/// It can be cloned, since one refused request may be the reason for many rows of a report.
///
/// ```
/// use atlassian_orgs::{EmailAddress, ErrorKind};
///
/// let error = EmailAddress::new("mia.example.com").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// assert!(!error.may_have_been_sent());
/// assert!(!error.to_string().contains("mia"));
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
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
    last_seen: Option<MembershipStatus>,
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

    /// The last state that was read of a person whose change is [`Pending`](ErrorKind::Pending).
    #[must_use]
    pub fn last_seen(&self) -> Option<&MembershipStatus> {
        self.0.last_seen.as_ref()
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
        let known = self.0.hint.as_deref();
        known.or_else(|| hint::of_kind(self))
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

    /// Whether the service refuses this to the key for the whole organization.
    pub(crate) fn is_about_organization(&self) -> bool {
        self.is_forbidden() && classify::is_about_organization(self.code())
    }

    fn lead(&self) -> Option<&ServiceError> {
        self.0.details.get(self.0.lead?)
    }
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
            last_seen: None,
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
        let verdict = classify::classify(operation, reply.status, &decoded);
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
        error.0.request_id = request_id;
        error.0.retry_after = reply.retry_after(now);
        error.0.body = Some(cut(reply.body));
        error.0.details = decoded.details;
        error.0.words = verdict.words.map(Cow::Borrowed);
        error.0.hint = match error.0.retry_after {
            // What to do about the doubt comes first.
            _ if error.is_in_doubt() => None,
            Some(wait) if error.is_rate_limited() => Some(wait_hint(wait.as_secs()).into()),
            _ => verdict.hint.map(Cow::Borrowed),
        };
        error
    }

    /// A limit's own wait does not fit into the time of the call.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let words = "the wait for a rate limit does not fit into the time of the call";
        // Not less than it is: whoever waits so long can send.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let mut error = Self::new(ErrorKind::RateLimited)
            .with_words(words)
            .with_hint(wait_hint(seconds));
        error.0.retry_after = Some(wait);
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

    pub(crate) fn with_operation(mut self, operation: &str) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    pub(crate) fn with_positions(mut self, positions: Vec<usize>) -> Self {
        self.0.positions = positions;
        self
    }

    pub(crate) fn with_last_seen(mut self, status: Option<MembershipStatus>) -> Self {
        self.0.last_seen = status;
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

fn wait_hint(seconds: u64) -> String {
    format!("wait {seconds} s, and send fewer requests at a time")
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
        match self.hint() {
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
