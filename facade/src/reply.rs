//! An answer of the service as it came: what errors and models are made from.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue};

use crate::limit::Observation;

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
    /// How long the service asks to wait.
    pub(crate) fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        asked_wait(self.status, &self.headers, now)
    }

    /// The request's id from the headers, if it looks like one.
    pub(crate) fn request_id(&self) -> Option<&str> {
        REQUEST_ID_HEADERS.iter().find_map(|name| {
            let value = self.headers.get(*name)?.to_str().ok()?.trim();
            (1..=128).contains(&value.len()).then_some(value)
        })
    }
}

/// How long an answer asks to wait: `Retry-After`, the longest if there are several, since it is a
/// floor; else, of a refusal for too many requests, the reset of the limit if that is still to come.
pub(crate) fn asked_wait(status: u16, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |value: &HeaderValue| value.to_str().ok().map(|text| text.trim().to_owned());
    let values = headers.get_all(RETRY_AFTER).iter();
    let retry_after = values.filter_map(|value| wait(&text(value)?, now)).max();
    retry_after.or_else(|| {
        let reset = Observation::read(status, headers, now).reset?;
        let wait = Duration::from_millis(u64::try_from(reset.millis).ok()?);
        (status == 429 && !wait.is_zero()).then_some(wait)
    })
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

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const RESET: &str = "x-ratelimit-reset";

    fn asked(status: u16, headers: &[(&'static str, &str)]) -> Option<u64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        // 2026-09-01T12:00:30Z
        let now = UNIX_EPOCH + Duration::from_secs(1_788_264_030);
        asked_wait(status, &map, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_reset_has_many_forms() {
        for (reset, wait) in [
            ("2026-09-01T12:01:00Z", Some(30)),
            ("2026-09-01T12:01:00.000Z", Some(30)),
            ("2026-09-01T12:01Z", Some(30)),
            ("2026-09-01T12:01", Some(30)),
            ("2026-09-01T14:01+02:00", Some(30)),
            (" 1788264060 ", Some(30)),
            ("1788264060000", Some(30)),
            // Cut to the minute it may lie in the past.
            ("2026-09-01T12:00Z", None),
            ("1788264030", None),
            ("2126-09-01T12:00Z", None),
            // Seconds from now, as the drafts of a standard have it.
            ("30", Some(30)),
            ("-1", None),
            ("", None),
            ("soon", None),
            ("99999999999999999999", None),
            ("2026-13-41T99:99Z", None),
        ] {
            assert_eq!(asked(429, &[(RESET, reset)]), wait, "{reset:?}");
        }
    }

    #[test]
    fn retry_after_wins_and_the_longest_counts() {
        let reset = (RESET, "2026-09-01T12:01:00Z");
        assert_eq!(asked(429, &[reset, ("retry-after", "5")]), Some(5));
        assert_eq!(
            asked(429, &[("retry-after", "5"), ("retry-after", "9")]),
            Some(9)
        );
        let date = ("retry-after", "Tue, 01 Sep 2026 12:00:37 GMT");
        assert_eq!(asked(503, &[date]), Some(7));
        assert_eq!(asked(429, &[reset, ("retry-after", "nonsense")]), Some(30));
        assert_eq!(asked(200, &[reset]), None, "nothing was refused");
    }
}
