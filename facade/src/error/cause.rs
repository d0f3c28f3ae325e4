//! The reason below an error, without what it may give away.
//!
//! reqwest prints URLs (an account id is part of many), serde_json prints values, and both come
//! out wherever somebody logs a source chain. So the chain ends here, in a category of our own
//! words; the original is kept for those who ask for it by name.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;
use std::{fmt, io};

/// Any error that may travel between threads.
pub(crate) type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// What [`Error::source`](StdError::source) gives: prints a category, never the original's text.
#[derive(Clone)]
pub(crate) struct Cause {
    category: Cow<'static, str>,
    original: Arc<dyn StdError + Send + Sync>,
}

impl Cause {
    /// Takes the category from the first error of the chain that has one.
    pub(crate) fn new(original: impl Into<BoxError>) -> Self {
        let original = original.into();
        Self {
            category: categorize(original.as_ref()),
            original: original.into(),
        }
    }

    pub(crate) fn original(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self.original.as_ref()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.category)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({})", self.category)
    }
}

/// No `source`: the original's own chain prints as freely as the original.
impl StdError for Cause {}

fn categorize(error: &(dyn StdError + 'static)) -> Cow<'static, str> {
    // A bound, since a chain may be a circle.
    let chain = std::iter::successors(Some(error), |error| (**error).source()).take(32);
    chain
        .filter_map(category_of)
        .next()
        .unwrap_or(Cow::Borrowed(
            "a cause that is not shown here, since it may hold personal data",
        ))
}

fn category_of(error: &(dyn StdError + 'static)) -> Option<Cow<'static, str>> {
    if let Some(error) = error.downcast_ref::<serde_json::Error>() {
        return Some(json_category(error));
    }
    // One of ours prints nothing it should not.
    if let Some(error) = error.downcast_ref::<super::Error>() {
        return Some(Cow::Owned(error.to_string()));
    }
    if error.is::<httpdate::Error>() {
        return Some(Cow::Borrowed("not an HTTP date"));
    }
    let error = error.downcast_ref::<io::Error>()?;
    // An io::Error is often only the envelope of a better one, which `source` would step over.
    if let Some(inner) = error.get_ref()
        && let Some(category) = category_of(inner)
    {
        return Some(category);
    }
    io_category(error.kind()).map(Cow::Borrowed)
}

fn json_category(error: &serde_json::Error) -> Cow<'static, str> {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Io => return Cow::Borrowed("JSON could not be read"),
        Category::Syntax => "invalid JSON",
        Category::Data => "JSON of an unexpected shape",
        Category::Eof => "JSON that ends too early",
    };
    match (error.line(), error.column()) {
        // From a `Value` there is no place to name.
        (0, _) => Cow::Borrowed(what),
        (line, column) => Cow::Owned(format!("{what} at line {line} column {column}")),
    }
}

fn io_category(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind as K;
    Some(match kind {
        K::AddrNotAvailable => "address not available",
        K::AlreadyExists => "already exists",
        K::BrokenPipe => "broken pipe",
        K::ConnectionAborted => "connection aborted",
        K::ConnectionRefused => "connection refused",
        K::ConnectionReset => "connection reset",
        K::HostUnreachable => "host unreachable",
        K::InvalidData => "invalid data",
        K::InvalidInput => "invalid input",
        K::IsADirectory => "is a directory",
        K::NetworkDown => "network down",
        K::NetworkUnreachable => "network unreachable",
        K::NotADirectory => "not a directory",
        K::NotConnected => "not connected",
        K::NotFound => "no such file or program",
        K::PermissionDenied => "permission denied",
        K::QuotaExceeded => "disk quota exceeded",
        K::ReadOnlyFilesystem => "read-only file system",
        K::StorageFull => "no space left on the disk",
        K::TimedOut => "timed out",
        K::UnexpectedEof => "unexpected end of the stream",
        // Nothing to say, and a deeper error may say more.
        _ => return None,
    })
}
