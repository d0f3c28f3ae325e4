//! What an error says, and what it never does.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};

use super::*;

pub(super) fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

pub(super) fn error(status: u16, body: &str) -> Error {
    Error::from_reply("operation", reply(status, body), false, UNIX_EPOCH)
}

#[test]
fn only_codes_say_that_something_is_missing() {
    for code in Code::KNOWN {
        let body = format!(r#"{{"errors":[{{"code":"{}"}}]}}"#, code.as_str());
        let says_so = code.as_str().contains("-404-") || code.as_str().ends_with("otFound");
        let organization =
            *code == Code::ORGANIZATION_NOT_FOUND || *code == Code::UAM_ORGANIZATION_NOT_FOUND;
        assert_eq!(
            error(404, &body).is_not_found(),
            says_so && !organization,
            "{code}"
        );
        assert!(
            !error(403, &body).is_not_found(),
            "{code}: the status goes first"
        );
    }
    // Of several the organization's wins: nobody may be taken for gone in an organization that is not there.
    let both = r#"{"errors":[{"code":"ADMIN-404-8"},{"code":"ADMIN-404-2"}]}"#;
    assert_eq!(error(404, both).kind(), ErrorKind::NoSuchOrganization);
    assert_eq!(error(404, both).code(), Some(&Code::ORGANIZATION_NOT_FOUND));
}

#[test]
fn codes_are_unique_explained_and_printable() {
    let mut texts = Code::KNOWN.iter().map(Code::as_str).collect::<Vec<_>>();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), Code::KNOWN.len());
    for code in Code::KNOWN {
        assert_eq!(code.to_string(), code.as_str());
        assert!(code.meaning().is_some());
    }
    for (text, shown) in [
        ("ADMIN-NEW-400-77", "ADMIN-NEW-400-77"),
        ("ADMIN-777-1", "ADMIN-777-1"),
        ("ADMIN-UAM-400-", "unfamiliar code"),
        ("ADMIN-400", "unfamiliar code"),
        ("ADMIN-mia-400-1", "unfamiliar code"),
        ("ADMIN-4000-1", "unfamiliar code"),
        ("ADMIN--400-1", "unfamiliar code"),
        ("ADMIN-A-B-C-400-1", "unfamiliar code"),
        ("mia@example.com", "unfamiliar code"),
        ("", "unfamiliar code"),
    ] {
        assert_eq!(Code::new(text).to_string(), shown, "{text}");
        assert_eq!(Code::new(text), *text);
    }
}

#[test]
fn waits_are_read_from_seconds_and_dates() {
    let now = UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
    let wait = |values: &[&str]| {
        let mut reply = reply(429, "");
        for value in values {
            reply
                .headers
                .append("retry-after", HeaderValue::from_str(value).unwrap());
        }
        Error::from_reply("operation", reply, true, now).retry_after()
    };
    let seconds = |s| Some(Duration::from_secs(s));
    assert_eq!(wait(&[]), None);
    assert_eq!(wait(&["7"]), seconds(7));
    let mut told = reply(429, "");
    told.headers
        .insert("retry-after", HeaderValue::from_static("12"));
    insta::assert_snapshot!(
        Error::from_reply("operation", told, true, now),
        @"429: too many requests; wait 12 s, and send fewer requests at a time"
    );
    assert_eq!(wait(&["0"]), seconds(0));
    assert_eq!(wait(&["7", "9", "soon"]), seconds(9));
    // 1_700_000_000 is 22:13:20: 9.75 s ahead are 10 whole ones.
    assert_eq!(wait(&["Tue, 14 Nov 2023 22:13:30 GMT"]), seconds(10));
    assert_eq!(wait(&["Tue, 14 Nov 2023 22:13:00 GMT"]), seconds(0));
    assert_eq!(
        wait(&["99999999999999999999999"]),
        seconds(u64::from(u32::MAX))
    );
    for nonsense in ["", "-1", "1.5", "soon", "Tue, 99 Nov 2023 22:13:30 GMT"] {
        assert_eq!(wait(&[nonsense]), None, "{nonsense}");
    }
}

#[test]
fn the_request_id_comes_from_body_or_headers() {
    let with = |body, headers: &[(&'static str, &'static str)]| {
        let mut reply = reply(403, body);
        for (name, value) in headers {
            reply.headers.insert(*name, HeaderValue::from_static(value));
        }
        Error::from_reply("operation", reply, false, UNIX_EPOCH)
            .request_id()
            .map(str::to_owned)
    };
    assert_eq!(with("", &[]), None);
    assert_eq!(with("", &[("atl-traceid", "t1")]).as_deref(), Some("t1"));
    assert_eq!(
        with(r#"{"requestId":"r1"}"#, &[("x-request-id", "x1")]).as_deref(),
        Some("r1")
    );
    assert_eq!(with("", &[("x-request-id", "")]), None);
}

#[test]
fn the_body_is_kept_up_to_its_bound() {
    let long = "x".repeat(RAW_BODY_LIMIT + 1);
    assert_eq!(
        error(500, &long).raw_body(),
        Some(&long.as_bytes()[..RAW_BODY_LIMIT])
    );
    assert_eq!(
        error(500, &long[1..]).raw_body(),
        Some(&long.as_bytes()[1..])
    );
    assert_eq!(error(500, "").raw_body(), Some(&b""[..]));
    assert_eq!(Error::new(ErrorKind::Connect).raw_body(), None);
    // What is cut from the copy is still read.
    let late = format!(r#"{{"pad":"{long}","errors":[{{"code":"ADMIN-UAM-404-1"}}]}}"#);
    assert!(error(404, &late).is_not_found());
}

#[test]
fn doubt_is_only_about_changes_that_may_have_arrived() {
    let write = |status| Error::from_reply("operation", reply(status, ""), true, UNIX_EPOCH);
    for status in [200, 408, 500, 502, 503, 504] {
        assert!(write(status).is_in_doubt(), "{status}");
        assert!(!error(status, "").is_in_doubt(), "{status}");
    }
    for status in [302, 400, 401, 403, 404, 409, 410, 429] {
        assert!(!write(status).is_in_doubt(), "{status}");
        assert!(write(status).may_have_been_sent(), "{status}");
    }
    insta::assert_snapshot!(write(503), @"503: the service failed; the change may have been made: read the state (a person's by Organization::get_user), and send it again only if it is not as wished");

    let timeout = || Error::new(ErrorKind::Timeout).write(true);
    assert!(timeout().is_in_doubt());
    assert!(
        !timeout().sent(false).is_in_doubt(),
        "still in the queue of the limiter"
    );
    assert!(!Error::new(ErrorKind::Timeout).is_in_doubt(), "a read");
    assert!(!Error::new(ErrorKind::Connect).write(true).is_in_doubt());
    assert!(Error::new(ErrorKind::InDoubt).is_in_doubt());
}

#[test]
fn what_never_left_says_so() {
    use ErrorKind as K;
    for kind in [
        K::InvalidInput,
        K::Config,
        K::Connect,
        K::Refused,
        K::NoSuchAccount,
        K::AmbiguousDirectory,
    ] {
        assert!(Error::new(kind).is_not_sent(), "{kind:?}");
    }
    for kind in [
        K::Timeout,
        K::Interrupted,
        K::Decode,
        K::BodyTooLarge,
        K::Pending,
        K::InDoubt,
        K::Incomplete,
    ] {
        assert!(Error::new(kind).may_have_been_sent(), "{kind:?}");
    }
}

#[test]
fn causes_print_a_category_and_are_kept() {
    let refused = || io::Error::new(io::ErrorKind::ConnectionRefused, "mia@example.com");
    let enveloped = io::Error::other(refused());
    let full = io::Error::new(io::ErrorKind::StorageFull, "/home/mia/journal");
    let ours = Error::invalid("not so");
    let json = serde_json::from_str::<u8>("\n {\"mia\":").unwrap_err();
    let shape = serde_json::from_str::<u8>("\"mia@example.com\"").unwrap_err();
    let value = serde_json::from_value::<u8>(serde_json::json!("mia@example.com")).unwrap_err();
    let unknown: BoxError = "https://api.example.com/mia@example.com".into();
    let mut out = String::new();
    for cause in [
        refused().into(),
        enveloped.into(),
        full.into(),
        json.into(),
        shape.into(),
        value.into(),
        ours.into(),
        unknown,
    ] {
        let error = Error::new(ErrorKind::Interrupted).with_cause(cause);
        let source = error.source().unwrap();
        writeln!(out, "{source}; {source:?}").unwrap();
        assert!(source.source().is_none());
    }
    insta::assert_snapshot!(out, @"
    connection refused; Cause(connection refused)
    connection refused; Cause(connection refused)
    no space left on the disk; Cause(no space left on the disk)
    JSON of an unexpected shape at line 2 column 1; Cause(JSON of an unexpected shape at line 2 column 1)
    JSON of an unexpected shape at line 1 column 17; Cause(JSON of an unexpected shape at line 1 column 17)
    JSON of an unexpected shape; Cause(JSON of an unexpected shape)
    not so; Cause(not so)
    a cause that is not shown here, since it may hold personal data; Cause(a cause that is not shown here, since it may hold personal data)
    ");

    let clone = {
        let error = Error::new(ErrorKind::Connect).with_cause(refused());
        assert!(error.cause().unwrap().is::<io::Error>());
        let shown = format!("{error:?}");
        assert!(
            shown.contains("Cause(connection refused)") && !shown.contains("mia"),
            "{shown}"
        );
        error.clone()
    };
    let original = clone.cause().unwrap().to_string();
    assert!(original.contains("mia@example.com"));
    assert!(Error::new(ErrorKind::Connect).source().is_none());
}

#[test]
fn an_error_is_small_and_travels() {
    fn travels<T: StdError + Send + Sync + 'static>() {}
    travels::<Error>();
    assert!(size_of::<Error>() <= 16);
    assert!(size_of::<Result<(), Error>>() <= 16);
}

/// A person reads the same after a resumed run, though the service's text and the body are not recorded.
#[test]
fn a_recorded_error_says_the_same() {
    let coded = r#"{"errors":[{"code":"ADMIN-400-24","detail":"mia@example.com"}]}"#;
    let changed = |status| Error::from_reply("suspendUser", reply(status, ""), true, UNIX_EPOCH);
    for error in [
        error(400, coded),
        error(404, ""),
        error(418, "a text"),
        changed(400),
        changed(503),
        Error::new(ErrorKind::Timeout).write(true),
        Error::new(ErrorKind::NoSuchAccount),
    ] {
        let record = serde_json::to_string(&error).unwrap();
        assert!(!record.contains("mia"), "{record}");
        let back: Error = serde_json::from_str(&record).unwrap();
        assert!(back.hint().is_some());
        assert_eq!(back.to_string(), error.to_string());
        assert_eq!(back.is_in_doubt(), error.is_in_doubt());
    }
}
