//! What answers say about limits: `Retry-After`, `X-RateLimit-*`, `RateLimit-*`, `Beta-RateLimit-*`.
//!
//! Nonsense is ignored, never an error: a header can't make a call fail.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};

use super::Time;
use super::window::Span;

/// Longer waits than this are no limits but mistakes.
const LONGEST: i64 = 31 * 24 * 3600 * 1000;
/// The clocks of both sides may be this far apart before the server's own date is used.
const SKEW: i64 = 2500;

/// The headers of one spelling. They are looked up after every answer, so nothing is put together then.
struct Names {
    whole: HeaderName,
    limit: HeaderName,
    remaining: HeaderName,
    reset: HeaderName,
    policy: HeaderName,
}

static NAMES: [Names; 3] = [
    Names {
        whole: HeaderName::from_static("x-ratelimit"),
        limit: HeaderName::from_static("x-ratelimit-limit"),
        remaining: HeaderName::from_static("x-ratelimit-remaining"),
        reset: HeaderName::from_static("x-ratelimit-reset"),
        policy: HeaderName::from_static("x-ratelimit-policy"),
    },
    Names {
        whole: HeaderName::from_static("ratelimit"),
        limit: HeaderName::from_static("ratelimit-limit"),
        remaining: HeaderName::from_static("ratelimit-remaining"),
        reset: HeaderName::from_static("ratelimit-reset"),
        policy: HeaderName::from_static("ratelimit-policy"),
    },
    Names {
        whole: HeaderName::from_static("beta-ratelimit"),
        limit: HeaderName::from_static("beta-ratelimit-limit"),
        remaining: HeaderName::from_static("beta-ratelimit-remaining"),
        reset: HeaderName::from_static("beta-ratelimit-reset"),
        policy: HeaderName::from_static("beta-ratelimit-policy"),
    },
];

/// What one answer says about limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Observation {
    pub(crate) status: u16,
    /// No call before this has passed.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) limit: Option<u64>,
    pub(crate) remaining: Option<u64>,
    pub(crate) reset: Option<Reset>,
    /// The length of a window.
    pub(crate) window: Option<Duration>,
}

/// When the count starts again, relative to the moment of the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reset {
    /// Milliseconds from now; negative if already past.
    pub(crate) millis: i64,
    /// How much later it may really be, since the server cuts the time to seconds or minutes.
    pub(crate) grain: Duration,
}

impl Reset {
    /// As points in time of a limiter whose time is `now`.
    pub(crate) fn span(self, now: Time) -> Span {
        let by = Duration::from_millis(self.millis.unsigned_abs());
        let low = if self.millis < 0 {
            now.saturating_sub(by)
        } else {
            now.saturating_add(by)
        };
        // A moment in the past that ends before the limiter began must still end where it ends.
        let grain = i64::try_from(self.grain.as_millis()).unwrap_or(0);
        let end = self.millis.saturating_add(grain);
        let by = Duration::from_millis(end.unsigned_abs());
        let high = if end < 0 {
            now.saturating_sub(by)
        } else {
            now.saturating_add(by)
        };
        Span { low, high }
    }
}

impl Observation {
    /// Reads the headers of an answer that came at `wall`.
    pub(crate) fn read(status: u16, headers: &HeaderMap, wall: SystemTime) -> Self {
        let mut clock = unix_millis(wall);
        let date = first(headers, &DATE).and_then(http_date);
        // Their date is cut to the second: a wait from its beginning is never too short.
        let retry_after = retry_after(headers, date.unwrap_or(clock));
        if let Some(middle) = date.map(|date| date + 500)
            && (middle - clock).abs() > SKEW
        {
            clock = middle;
        }
        let mut seen = Self {
            status,
            retry_after,
            ..Self::default()
        };
        for names in &NAMES {
            let number = |name| first(headers, name).and_then(leading_number);
            seen.limit = seen.limit.or_else(|| number(&names.limit));
            seen.remaining = seen.remaining.or_else(|| number(&names.remaining));
            seen.reset = seen
                .reset
                .or_else(|| reset(first(headers, &names.reset)?, clock));
            if let Some(text) = first(headers, &names.whole) {
                let field = |keys: &[&str]| parameter(text, keys);
                seen.limit = seen.limit.or_else(|| field(&["limit"]));
                seen.remaining = seen.remaining.or_else(|| field(&["r", "remaining"]));
                seen.reset = seen
                    .reset
                    .or_else(|| reset_in(field(&["t", "reset"])?, clock));
            }
            if let Some(text) = first(headers, &names.policy) {
                seen.limit = seen
                    .limit
                    .or_else(|| parameter(text, &["q"]).or_else(|| leading_number(text)));
                let window =
                    parameter(text, &["w"]).filter(|&w| (1..=LONGEST as u64 / 1000).contains(&w));
                seen.window = seen.window.or(window.map(Duration::from_secs));
            }
        }
        seen
    }
}

fn unix_millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX / 4)
}

fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

fn http_date(text: &str) -> Option<i64> {
    httpdate::parse_http_date(text).ok().map(unix_millis)
}

/// Seconds or a date; the longest if there are several, since each is a floor.
fn retry_after(headers: &HeaderMap, clock: i64) -> Option<Duration> {
    let values = headers.get_all(RETRY_AFTER).iter();
    values
        .filter_map(|value| {
            let text = value.to_str().ok()?.trim();
            let millis = match text.bytes().all(|b| b.is_ascii_digit()) {
                true => text.parse::<i64>().ok()?.checked_mul(1000)?,
                false => http_date(text)?.saturating_sub(clock),
            };
            (millis <= LONGEST).then(|| Duration::from_millis(millis.max(0).unsigned_abs()))
        })
        .max()
}

/// The number at the start: newer drafts put policies behind it.
fn leading_number(text: &str) -> Option<u64> {
    let end = text
        .bytes()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(text.len());
    // Not the 10 of 10.5 or 10k.
    let rest = text.get(end..)?.trim_start();
    let ends = rest.is_empty() || rest.starts_with([',', ';']);
    text.get(..end)?.parse().ok().filter(|_| ends)
}

/// The value of `key=value` in a structured header; the smallest where several policies are told.
fn parameter(text: &str, keys: &[&str]) -> Option<u64> {
    text.split([';', ','])
        .filter_map(|part| {
            let (key, value) = part.split_once('=')?;
            let key = key.trim();
            keys.iter()
                .any(|k| k.eq_ignore_ascii_case(key))
                .then(|| value.trim().trim_matches('"').parse().ok())?
        })
        .min()
}

/// A reset as ISO 8601, as epoch seconds or milliseconds, or as seconds from now.
fn reset(text: &str, clock: i64) -> Option<Reset> {
    if let Ok(number) = text.parse::<u64>() {
        return reset_in(number, clock);
    }
    if let Ok(number) = text.parse::<f64>() {
        let in_range = number.is_finite() && (0.0..1e15).contains(&number);
        return in_range.then(|| reset_in(number as u64, clock)).flatten();
    }
    let text = text.trim_matches('"');
    let time: jiff::Timestamp = text
        .parse()
        // Without an offset it can only be meant as UTC.
        .or_else(|_| format!("{text}Z").parse())
        .ok()?;
    at(time.as_millisecond(), clock)
}

fn reset_in(number: u64, clock: i64) -> Option<Reset> {
    let number = i64::try_from(number).ok()?;
    match number {
        // Seconds from now, as the drafts of the standard have it.
        0..=2_678_400 => Some(Reset {
            millis: number * 1000,
            grain: Duration::ZERO,
        }),
        // Epoch seconds since 2001.
        1_000_000_000..=99_999_999_999 => at(number * 1000, clock),
        // Epoch milliseconds.
        1_000_000_000_000..=99_999_999_999_999 => at(number, clock),
        _ => None,
    }
}

fn at(millis: i64, clock: i64) -> Option<Reset> {
    let from_now = millis.checked_sub(clock)?;
    // What was cut off shows as zeros: seconds, or thousandths.
    let grain = if millis % 60_000 == 0 {
        60
    } else if millis % 1000 == 0 {
        1
    } else {
        0
    };
    (from_now.abs() <= LONGEST).then_some(Reset {
        millis: from_now,
        grain: Duration::from_secs(grain),
    })
}
