//! Whatever an answer holds, and wherever: no panic, and nothing personal in what is printed.

use std::io;
use std::time::UNIX_EPOCH;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

/// An address, two kinds of account id, a key and the URL that reqwest would print.
const CANARIES: [&str; 5] = [
    "mia.canary@example.com",
    "557057:0c2e4b3a-9f5d-4e0b-8a57-3f1d2c4b5a69",
    "5b10ac8d82e05b22cc7d4ef5",
    "ATCTT3xFfGN0canary_key=1A2B3C4D",
    "https://api.atlassian.com/admin/v2/orgs/canary-org/directories/-/users/5b10ac8d82e05b22cc7d4ef5",
];

/// All that a log could show of an error, the whole chain included.
fn printed(error: &Error) -> String {
    let mut out = format!(
        "{error} {error:#} {error:?} {error:#?} {:?}",
        error.details()
    );
    let mut next = error.source();
    while let Some(source) = next {
        out += &format!(" {source} {source:#} {source:?} {source:#?}");
        next = source.source();
    }
    out
}

fn assert_no_canary(error: &Error) {
    let out = printed(error);
    for canary in CANARIES {
        assert!(!out.contains(canary), "{out}");
    }
}

/// The keys that mean something in one of the shapes, and some that don't.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "errors", "id", "status", "code", "title", "detail", "message", "error", "timestamp", "path",
            "requestId", "key", "context", "errorKey", "errorDetail", "errorCodes", "errorMessages", "link",
            "accountId", "error_description", "errorMessage",
        ]).prop_map(str::to_owned),
        1 => canary(),
        1 => ".{0,6}",
    ]
}

fn canary() -> impl Strategy<Value = String> {
    prop::sample::select(&CANARIES[..]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => canary(),
        1 => ("[A-Za-z \\-]{0,8}", canary(), ".{0,4}").prop_map(|(a, b, c)| format!("{a}{b}{c}")),
        1 => canary().prop_map(|canary| format!("ADMIN-UAM-404-{canary}")),
        2 => prop::sample::select(Code::KNOWN).prop_map(|code| code.as_str().to_owned()),
        1 => (0u16..700).prop_map(|status| status.to_string()),
        1 => ".{0,12}",
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => (100u16..600).prop_map(Value::from),
        6 => text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => prop::collection::vec((key(), inner), 0..7)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..64),
        6 => json().prop_map(|json| json.to_string().into_bytes()),
        2 => (json(), any::<prop::sample::Index>()).prop_map(|(json, cut)| {
            let mut body = json.to_string().into_bytes();
            body.truncate(cut.index(body.len() + 1));
            body
        }),
        1 => text().prop_map(|text| format!("<html><title>{text}</title></html>").into_bytes()),
        1 => text().prop_map(String::into_bytes),
        1 => Just("[".repeat(500).into_bytes()),
    ]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop::sample::select(vec![
        "retry-after",
        "x-request-id",
        "atl-traceid",
        "x-arequestid",
        "x-other",
    ]);
    let value = prop_oneof![
        text().prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..20)
    ];
    prop::collection::vec((name, value), 0..5).prop_map(|pairs| {
        let value = |bytes: Vec<u8>| HeaderValue::from_bytes(&bytes).ok();
        pairs
            .into_iter()
            .filter_map(|(name, bytes)| Some((HeaderName::from_static(name), value(bytes)?)))
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    })
}

proptest! {
    #[test]
    fn no_answer_panics_or_leaks(
        status in prop_oneof![100u16..600, any::<u16>()],
        headers in headers(),
        body in body(),
        write: bool,
    ) {
        let reply = Reply { status, headers, body: body.clone().into() };
        let shown = format!("{reply:?}");
        prop_assert!(!CANARIES.iter().any(|canary| shown.contains(canary)));
        let error = Error::from_reply("operation", reply, write, UNIX_EPOCH);
        assert_no_canary(&error);
        prop_assert_eq!(error.status(), Some(status));
        prop_assert!(error.may_have_been_sent());
        let kept = error.raw_body().map(<[u8]>::to_vec);
        prop_assert_eq!(kept.as_deref(), Some(&body[..body.len().min(RAW_BODY_LIMIT)]));
        // Not found is a claim about a person, and only a known code may make it.
        prop_assert!(!error.is_not_found() || error.code().is_some_and(|code| code.meaning().is_some()));
        prop_assert!(write || !error.is_in_doubt());
    }

    #[test]
    fn an_entry_in_a_list_is_never_lost(texts in prop::collection::vec("[a-z]{1,8}", 1..20)) {
        let entries = texts.iter().map(|text| serde_json::json!({"detail": text, "code": null}));
        let body = serde_json::json!({"errors": entries.collect::<Vec<_>>()}).to_string();
        let error = Error::from_reply(
            "operation",
            Reply { status: 400, headers: HeaderMap::new(), body: body.into() },
            false,
            UNIX_EPOCH,
        );
        let read = error.details().iter().filter_map(ServiceError::detail).collect::<Vec<_>>();
        prop_assert_eq!(read, texts);
    }

    #[test]
    fn no_cause_leaks(canary in text(), kind in prop::sample::select(vec![
        io::ErrorKind::ConnectionReset, io::ErrorKind::Other, io::ErrorKind::InvalidData, io::ErrorKind::NotFound,
    ])) {
        let quoted = Value::from(canary.clone()).to_string();
        let causes: [BoxError; 5] = [
            io::Error::new(kind, canary.clone()).into(),
            io::Error::other(io::Error::new(kind, canary.clone())).into(),
            serde_json::from_str::<u64>(&quoted).expect_err("a text is no number").into(),
            serde_json::from_value::<u64>(Value::from(canary.clone())).expect_err("a text is no number").into(),
            canary.into(),
        ];
        for cause in causes {
            assert_no_canary(&Error::new(ErrorKind::Interrupted).with_cause(cause));
        }
    }
}

/// The canaries do come out where they should: else the tests above would prove nothing.
#[test]
fn the_accessors_show_what_printing_hides() {
    for canary in CANARIES {
        let body = serde_json::json!({"errors": [{"code": canary, "detail": canary, "id": canary, "title": canary}]});
        let reply = Reply {
            status: 404,
            headers: HeaderMap::new(),
            body: body.to_string().into(),
        };
        let error = Error::from_reply("operation", reply, true, UNIX_EPOCH);
        assert_no_canary(&error);
        let entry = &error.details()[0];
        for text in [
            error.message(),
            error.code().map(Code::as_str),
            entry.id(),
            entry.title(),
            entry.detail(),
        ] {
            assert_eq!(text, Some(canary));
        }
        assert!(String::from_utf8_lossy(error.raw_body().unwrap_or_default()).contains(canary));
    }
}
