//! Headers as servers send them, and as they should not.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::super::headers::{Observation, Reset};

/// 2026-01-01T16:00:30Z.
const NOW: u64 = 1_767_283_230;

fn wall() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

fn read(headers: &[(&str, &str)]) -> Observation {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    Observation::read(429, &map, wall())
}

fn reset(text: &str) -> Option<(i64, u64)> {
    let reset = read(&[("X-RateLimit-Reset", text)]).reset;
    reset.map(|reset| (reset.millis, reset.grain.as_secs()))
}

#[test]
fn a_reset_is_read_in_every_form() {
    // To the minute, as Atlassian sends it: it may be up to a minute later.
    assert_eq!(reset("2026-01-01T16:01Z"), Some((30_000, 60)));
    assert_eq!(reset("2026-01-01T16:00Z"), Some((-30_000, 60)));
    assert_eq!(reset("2026-01-01T17:01+01:00"), Some((30_000, 60)));
    assert_eq!(reset("2026-01-01T17:01+0100"), Some((30_000, 60)));
    // Minutes written with seconds are minutes all the same.
    assert_eq!(reset("2026-01-01T16:01:00Z"), Some((30_000, 60)));
    assert_eq!(reset("2026-01-01T16:00:45Z"), Some((15_000, 1)));
    assert_eq!(reset("2026-01-01T16:00:45.250Z"), Some((15_250, 0)));
    assert_eq!(reset("2026-01-01T11:00:45-05:00"), Some((15_000, 1)));
    // UTC is meant where no offset is given.
    assert_eq!(reset("2026-01-01T16:00:45"), Some((15_000, 1)));
    assert_eq!(reset(" \"2026-01-01T16:00:45Z\" "), Some((15_000, 1)));
    // Epoch seconds, milliseconds, with a fraction; seconds from now.
    assert_eq!(reset("1767283245"), Some((15_000, 1)));
    assert_eq!(reset("1767283245250"), Some((15_250, 0)));
    assert_eq!(reset("1767283245.0"), Some((15_000, 1)));
    assert_eq!(reset("15"), Some((15_000, 0)));
    assert_eq!(reset("0"), Some((0, 0)));
}

#[test]
fn nonsense_in_a_reset_is_ignored() {
    for text in [
        "",
        "soon",
        "-1",
        "NaN",
        "inf",
        "1e300",
        "99999999999999999999999",
        "500000000",
        "2026-13-45T99:99Z",
        "9999-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "2026-01-01",
    ] {
        assert_eq!(reset(text), None, "{text}");
    }
}

#[test]
fn retry_after_is_seconds_or_a_date_and_the_longest_counts() {
    let wait = |text: &str| read(&[("Retry-After", text)]).retry_after;
    assert_eq!(wait("7"), Some(Duration::from_secs(7)));
    assert_eq!(wait("0"), Some(Duration::ZERO));
    assert_eq!(
        wait("Thu, 01 Jan 2026 16:01:00 GMT"),
        Some(Duration::from_secs(30))
    );
    // Past already.
    assert_eq!(wait("Thu, 01 Jan 2026 15:00:00 GMT"), Some(Duration::ZERO));
    for text in ["", "-1", "1.5", "7s", "99999999999999999999", "99999999"] {
        assert_eq!(wait(text), None, "{text}");
    }
    let several = read(&[
        ("Retry-After", "3"),
        ("Retry-After", "9"),
        ("Retry-After", "x"),
    ]);
    assert_eq!(several.retry_after, Some(Duration::from_secs(9)));
}

#[test]
fn the_servers_date_corrects_a_wrong_clock() {
    // Their clock says a quarter past; ours is fifteen minutes slow.
    let seen = read(&[
        ("Date", "Thu, 01 Jan 2026 16:15:30 GMT"),
        ("X-RateLimit-Reset", "2026-01-01T16:15:45Z"),
        ("Retry-After", "Thu, 01 Jan 2026 16:15:40 GMT"),
    ]);
    let millis = seen.reset.map(|reset| reset.millis);
    assert_eq!(millis, Some(14_500));
    // The date is cut to the second, so the wait counts from its beginning: never too short.
    assert_eq!(seen.retry_after, Some(Duration::from_secs(10)));
    // Nearly right is right: the date has no fractions.
    let seen = read(&[
        ("Date", "Thu, 01 Jan 2026 16:00:29 GMT"),
        ("X-RateLimit-Reset", "2026-01-01T16:00:45Z"),
    ]);
    assert_eq!(seen.reset.map(|reset| reset.millis), Some(15_000));
}

#[test]
fn every_family_of_names_is_read() {
    for family in ["X-RateLimit", "RateLimit", "Beta-RateLimit", "x-ratelimit"] {
        let name = |suffix: &str| format!("{family}-{suffix}");
        let seen = read(&[
            (&name("Limit"), "100"),
            (&name("Remaining"), "7"),
            (&name("Reset"), "15"),
        ]);
        assert_eq!(
            (seen.limit, seen.remaining),
            (Some(100), Some(7)),
            "{family}"
        );
        assert_eq!(
            seen.reset,
            Some(Reset {
                millis: 15_000,
                grain: Duration::ZERO
            })
        );
    }
    let draft = read(&[
        ("RateLimit-Limit", "100, 100;w=60"),
        ("RateLimit-Remaining", "0"),
    ]);
    assert_eq!((draft.limit, draft.remaining), (Some(100), Some(0)));
    let structured = read(&[
        ("Beta-RateLimit", "\"api\";r=50;t=30"),
        ("Beta-RateLimit-Policy", "\"api\";q=100;w=60"),
    ]);
    assert_eq!(
        (structured.limit, structured.remaining),
        (Some(100), Some(50))
    );
    assert_eq!(structured.reset.map(|reset| reset.millis), Some(30_000));
    assert_eq!(structured.window, Some(Duration::from_secs(60)));
    let older = read(&[("RateLimit", "limit=100, remaining=50, reset=30")]);
    assert_eq!((older.limit, older.remaining), (Some(100), Some(50)));
    assert_eq!(older.reset.map(|reset| reset.millis), Some(30_000));
    // Where two tell, the first family leads.
    let both = read(&[("RateLimit-Remaining", "9"), ("X-RateLimit-Remaining", "3")]);
    assert_eq!(both.remaining, Some(3));
}

#[test]
fn nonsense_in_counts_is_ignored() {
    for text in [
        "",
        "-1",
        "many",
        "1.5",
        "10k",
        "99999999999999999999",
        "0x10",
    ] {
        let seen = read(&[("X-RateLimit-Limit", text), ("X-RateLimit-Remaining", text)]);
        assert_eq!((seen.limit, seen.remaining), (None, None), "{text}");
    }
}

#[test]
fn a_reset_becomes_a_span_of_the_limiters_time() {
    let now = Duration::from_secs(100);
    let span = |millis, grain| {
        let reset = Reset {
            millis,
            grain: Duration::from_secs(grain),
        };
        let span = reset.span(now);
        (span.low.as_secs(), span.high.as_secs())
    };
    assert_eq!(span(30_000, 60), (130, 190));
    assert_eq!(span(-30_000, 60), (70, 130));
    assert_eq!(span(-90_000, 60), (10, 70));
    // Before the limiter began.
    assert_eq!(span(-200_000, 60), (0, 0));
    assert_eq!(span(i64::MIN, 60), (0, 0));
}

proptest! {
    #[test]
    fn no_header_panics_or_waits_for_ever(
        values in prop::collection::vec((0..11usize, "[ -~]{0,40}|[0-9]{1,22}|[0-9TZ:+.-]{1,30}"), 0..8)
    ) {
        const NAMES: [&str; 11] = [
            "retry-after", "date", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
            "ratelimit", "ratelimit-policy", "ratelimit-reset", "beta-ratelimit",
            "beta-ratelimit-policy", "beta-ratelimit-reset",
        ];
        let headers: Vec<(&str, &str)> = values.iter().map(|(i, v)| (NAMES[*i], v.as_str())).collect();
        let seen = read(&headers);
        let month = Duration::from_secs(31 * 24 * 3600);
        prop_assert!(seen.retry_after.is_none_or(|wait| wait <= month));
        prop_assert!(seen.window.is_none_or(|window| window <= month && !window.is_zero()));
        if let Some(reset) = seen.reset {
            let span = reset.span(month * 2);
            prop_assert!(span.low >= month && span.high <= month * 4);
        }
    }
}
