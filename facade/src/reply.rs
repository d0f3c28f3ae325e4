//! An answer of the service as it came: what errors and models are made from.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The names under which Atlassian's gateways and others send the id of a request.
const REQUEST_ID_HEADERS: [&str; 4] = ["x-request-id", "atl-traceid", "x-trace-id", "x-arequestid"];

/// Longer waits than any sane one are cut here, so that adding one to a clock can't overflow.
const LONGEST_WAIT_SECONDS: u64 = u32::MAX as u64;

/// A whole answer, its body already bounded by the transport.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// `Retry-After`, in seconds or as a date; the longest if there are several, since it is a floor.
    pub(crate) fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let values = self.headers.get_all(RETRY_AFTER);
        values
            .iter()
            .filter_map(|value| wait(value.to_str().ok()?.trim(), now))
            .max()
    }

    /// The request's id from the headers, if it looks like one.
    pub(crate) fn request_id(&self) -> Option<&str> {
        REQUEST_ID_HEADERS.iter().find_map(|name| {
            let value = self.headers.get(*name)?.to_str().ok()?.trim();
            (1..=128).contains(&value.len()).then_some(value)
        })
    }
}

fn wait(text: &str, now: SystemTime) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = if digits {
        // A number too large to parse is still a very long wait.
        text.parse::<u64>().unwrap_or(u64::MAX)
    } else {
        // HTTP dates have no fractions: the second that has begun counts whole.
        let until = httpdate::parse_http_date(text).ok()?;
        let left = until.duration_since(now).unwrap_or_default();
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    };
    Some(Duration::from_secs(seconds.min(LONGEST_WAIT_SECONDS)))
}

/// Neither headers nor body: both may hold personal data.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
