//! The seam between the raw client and what sends its requests: each failure of a transport arrives as
//! the right error of the facade, and what goes over the wire is what the contract says.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use atlassian_orgs::raw::operation::Operation;
use atlassian_orgs::raw::transport::{Exchange, Transport, TransportError, TransportErrorKind};
use atlassian_orgs::{
    ApiKey, Client, Error, ErrorKind, OrgId, Organization, PersonHandle, RetryPolicy, UserItems,
    Users,
};
use bytes::Bytes;
use support::recorder::Recorder;

/// What the fake does with every request.
enum Fake {
    /// It fails in this way.
    Fails(fn() -> TransportError),
    /// It answers with so many bytes.
    Answers(usize),
    /// It begins and never ends.
    Stalls,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl Transport for Fake {
    fn send<'a>(&'a self, _: reqwest::Request, _: &'static Operation) -> Exchange<'a> {
        Box::pin(async move {
            match self {
                Self::Fails(error) => Err(error()),
                Self::Answers(bytes) => Ok(http::Response::new(Bytes::from(vec![b' '; *bytes]))),
                Self::Stalls => std::future::pending().await,
            }
        })
    }
}

fn organization(fake: Fake, timeout: Duration) -> Organization {
    let client = Client::builder()
        .api_key(ApiKey::new("key-of-the-seam").unwrap())
        .timeout(timeout)
        // What a failure comes to, not what is done about it: that is in retry.rs.
        .retry(RetryPolicy::never())
        .transport(Arc::new(fake))
        .build()
        .unwrap();
    client.organization(OrgId::new("org-1").unwrap())
}

const MINUTE: Duration = Duration::from_secs(60);

async fn read(fake: Fake, timeout: Duration) -> Error {
    organization(fake, timeout).directories().await.unwrap_err()
}

/// The write alone, without the reads before it.
async fn write(fake: Fake, timeout: Duration) -> Error {
    let org = organization(fake, timeout);
    // Nothing of the facade writes without reading first, so the raw client does, and its error is
    // taken through the same translation by the read of the flow.
    org.invite_users("mia@example.com")
        .grant(atlassian_orgs::Role::USER, resource())
        .silent()
        .send()
        .await
        .unwrap_err()
}

fn resource() -> atlassian_orgs::Resource {
    atlassian_orgs::Resource::new("ari:cloud:jira::site/1").unwrap()
}

#[tokio::test]
async fn a_connection_that_was_never_made() {
    let error = read(
        Fake::Fails(|| {
            let cause = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            TransportError::new(TransportErrorKind::Connect, false).with_cause(cause)
        }),
        MINUTE,
    )
    .await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(!error.may_have_been_sent());
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "connection refused");
    assert_eq!(error.operation(), Some("getDirectoriesForOrg"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls() {
    let error = read(Fake::Stalls, MINUTE).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.may_have_been_sent());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_has_passed() {
    let error = write(Fake::Stalls, Duration::ZERO).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        !error.may_have_been_sent(),
        "nothing was handed to the transport"
    );
}

#[tokio::test]
async fn a_body_over_the_bound() {
    let error = read(Fake::Answers(16 * 1024 * 1024 + 1), MINUTE).await;
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    let error = read(
        Fake::Fails(|| TransportError::new(TransportErrorKind::BodyTooLarge, true)),
        MINUTE,
    )
    .await;
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    // At the bound it is read, and then it is not JSON.
    let error = read(Fake::Answers(16 * 1024 * 1024), MINUTE).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_connection_that_breaks() {
    for kind in [TransportErrorKind::Interrupted, TransportErrorKind::Other] {
        let fake = match kind {
            TransportErrorKind::Other => {
                Fake::Fails(|| TransportError::new(TransportErrorKind::Other, true))
            }
            _ => Fake::Fails(|| TransportError::new(TransportErrorKind::Interrupted, true)),
        };
        let error = read(fake, MINUTE).await;
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(!error.is_in_doubt(), "a read leaves nothing in doubt");
    }
}

/// A success without its rows, or without a body, is not an empty list.
#[tokio::test]
async fn a_failed_read_is_never_an_empty_answer() {
    for body in [
        "",
        "{}",
        r#"{"data":null}"#,
        "null",
        "[]",
        "<html>ok</html>",
    ] {
        let recorder = Recorder::answering(200, body);
        let org = recorder.client().organization(OrgId::new("org-1").unwrap());
        for error in [
            org.directories().await.unwrap_err(),
            org.find_user("mia@example.com").await.unwrap_err(),
            org.users().items().try_next().await.unwrap_err(),
            org.users().count().await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        }
    }
}

/// Any 2xx to a write means done, also one that the document does not list, with or without a body.
#[tokio::test]
async fn any_success_of_a_write_is_one() {
    for status in [200, 201, 202, 204, 206] {
        for body in ["", "{}", r#"{"message":"queued"}"#] {
            let raw = Recorder::answering(status, body).client();
            raw.raw()
                .suspend_user()
                .org_id("o")
                .directory_id("d")
                .account_id("a")
                .send()
                .await
                .unwrap();
            raw.raw()
                .delete_policy_resource()
                .org_id("o")
                .policy_id("p")
                .resource_id("r")
                .send()
                .await
                .unwrap();
            raw.raw()
                .create_group()
                .org_id("o")
                .directory_id("d")
                .body_map(|b| b.name("n"))
                .send()
                .await
                .unwrap();
            raw.raw()
                .invite_users()
                .org_id("o")
                .body_map(|b| b.emails(vec!["m@example.com".to_owned()]))
                .send()
                .await
                .unwrap();
            raw.raw()
                .delete_policy()
                .org_id("o")
                .policy_id("p")
                .send()
                .await
                .unwrap();
        }
    }
}

/// An id that would change the path is refused before anything is sent.
#[tokio::test]
async fn ids_can_not_change_the_path() {
    let recorder = Recorder::default();
    let client = recorder.client();
    for id in ["..", ".", "", "a/b", "a\\b", "%2e%2e", "a/../b", "..%2f"] {
        let outcomes = [
            client
                .raw()
                .get_org_by_id()
                .org_id(id)
                .send()
                .await
                .map(drop)
                .map_err(|e| e.into_untyped()),
            client
                .raw()
                .suspend_user()
                .org_id("o")
                .directory_id(id)
                .account_id("a")
                .send()
                .await
                .map(drop),
            client
                .raw()
                .remove_user()
                .org_id("o")
                .directory_id("d")
                .account_id(id)
                .send()
                .await
                .map(drop),
        ];
        let sent = recorder.take();
        for outcome in outcomes {
            match outcome {
                Err(error) => {
                    let failure = atlassian_orgs::raw::transport::failure(&error)
                        .expect("the transport's own");
                    assert_eq!(failure.kind(), TransportErrorKind::InvalidRequest);
                    assert!(!failure.may_have_been_sent());
                }
                // Encoded once more it is a plain id that changes nothing.
                Ok(()) => assert!(id.contains('%'), "{id:?}"),
            }
        }
        for one in sent {
            assert!(one.path.contains("%25"), "{id:?} went out as {}", one.path);
        }
    }
}

/// The headers of every operation: what the service asks for and nothing else.
#[tokio::test]
async fn headers_are_those_that_the_service_asks_for() {
    let recorder = Recorder::default();
    let client = recorder.client();
    let _ = client
        .raw()
        .suspend_user()
        .org_id("o")
        .directory_id("d")
        .account_id("a")
        .send()
        .await;
    let _ = client.raw().get_orgs().send().await;
    let _ = client
        .raw()
        .delete_policy()
        .org_id("o")
        .policy_id("p")
        .send()
        .await;
    let _ = client
        .raw()
        .search_directory_users()
        .org_id("o")
        .directory_id("d")
        .send()
        .await;
    let seen: Vec<String> = recorder
        .take()
        .iter()
        .map(|s| format!("{} {:?}", s.operation.id, s.headers))
        .collect();
    insta::assert_snapshot!(seen.join("\n"));
}

/// What every handle promises, checked by the compiler.
#[test]
fn handles_are_cheap_and_travel() {
    fn travels<T: Send + Sync>() {}
    fn handle<T: Clone + Send + Sync + 'static>() {}
    fn future<F: Future + Send>(_: F) {}
    handle::<Client>();
    handle::<Organization>();
    handle::<PersonHandle>();
    handle::<Users>();
    travels::<UserItems>();
    travels::<Error>();
    let org = organization(Fake::Stalls, MINUTE);
    future(org.directories());
    future(org.find_user("mia@example.com"));
    future(org.user("mia@example.com").suspend().into_future());
    future(
        org.user("mia@example.com")
            .remove()
            .in_every_directory()
            .into_future(),
    );
    future(org.invite_users("mia@example.com").send());
    future(org.users().items().try_next());
    assert!(
        size_of::<Organization>() <= 64,
        "{}",
        size_of::<Organization>()
    );
}
