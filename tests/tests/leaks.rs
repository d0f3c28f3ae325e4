//! Nothing that a program logs by itself holds a key, an address, an account id or a body.
#![allow(clippy::unwrap_used)]

mod support;

use std::error::Error as _;
use std::fmt::Write;

use atlassian_orgs::{ApiKey, Client, Error, OrgId, Resource, RetryPolicy, Role};
use atlassian_orgs_sandbox::{Answer, Fault, Rule, Sandbox, User};
use support::org_once;
use support::virtual_time::InProcess;

const KEY: &str = "ATATT-canary-of-the-key";
const ADDRESS: &str = "canary.address@example.com";
const ID: &str = "557058:canary0-0000-4000-8000-account00id00";
const TEXT: &str = "canary text of the service";

/// Everything that prints by itself: Display, Debug and the whole source chain.
fn printed(error: &Error) -> String {
    let mut out = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut next = error.source();
    while let Some(source) = next {
        write!(out, "{source}\n{source:?}\n").unwrap();
        next = source.source();
    }
    out
}

fn clean(printed: &str, of: &str) {
    for canary in ["ATATT", "canary"] {
        assert!(!printed.contains(canary), "{of}: {printed}");
    }
}

fn bodies() -> Vec<(&'static str, String)> {
    let errors = format!(
        r#"{{"errors":[{{"id":"1","code":"ADMIN-UAM-400-1","status":"400","title":"{TEXT}","detail":"{ADDRESS} {ID} {KEY}"}}]}}"#
    );
    vec![
        ("application/json", errors.clone()),
        ("application/json", errors[..errors.len() - 30].to_owned()),
        (
            "application/json",
            format!(r#"{{"code":401,"message":"{TEXT} {ADDRESS}"}}"#),
        ),
        (
            "application/json",
            format!(r#"{{"id":"1","status":400,"code":"{ADDRESS}","title":"{ID}"}}"#),
        ),
        (
            "application/json",
            format!(
                r#"{{"timestamp":"t","path":"/{ID}","status":403,"error":"{TEXT}","message":"{ADDRESS}","requestId":"{ID}"}}"#
            ),
        ),
        (
            "application/json",
            format!(r#"{{"key":"{TEXT}","context":{{"message":"{ADDRESS}","accountId":"{ID}"}}}}"#),
        ),
        (
            "application/json",
            format!(r#"{{"errorMessages":["{ADDRESS}"],"errors":{{"emailAddress":"{ADDRESS}"}}}}"#),
        ),
        (
            "text/html",
            format!("<html><body>{ADDRESS} {ID}</body></html>"),
        ),
        ("text/plain", format!("{TEXT} {ADDRESS}")),
        ("application/json", String::new()),
    ]
}

/// On virtual time, since after a 429 the limiter holds everything back.
#[tokio::test(start_paused = true)]
async fn no_error_of_any_flow_shows_what_it_should_not() {
    let sandbox = Sandbox::builder()
        .key(KEY)
        .user(User::new(ADDRESS).id(ID))
        .in_process()
        .unwrap();
    let service = InProcess::new(sandbox);
    let sandbox = &service.sandbox;
    // Failures are sent again here, so that the repeats are traced as well.
    let org = service.org_of(
        service
            .builder()
            .retry(RetryPolicy::standard().budget(1.0, 60)),
    );
    let mut seen = 0;
    for (kind, body) in bodies() {
        for status in [400, 401, 402, 403, 404, 409, 415, 429, 500, 503, 302] {
            for operation in [
                "users.search",
                "users.invite",
                "users.suspend",
                "directories.list",
            ] {
                let answer = Answer::new(status)
                    .body(kind, body.clone())
                    .header("location", format!("https://elsewhere.example/{ID}"));
                sandbox.clear_faults();
                sandbox.add_fault(Rule::new(Fault::Answer(answer)).on(operation));
                let mut errors = vec![
                    org.user(ADDRESS).suspend().await.err(),
                    org.directories().await.err(),
                ];
                let invite = org
                    .invite_users(format!("{ADDRESS} other.canary@example.com"))
                    .grant(
                        Role::USER,
                        Resource::new(&sandbox.resource_ids()[0]).unwrap(),
                    )
                    .notify(TEXT)
                    .send()
                    .await;
                match invite {
                    Ok(report) => {
                        clean(&format!("{report}"), operation);
                        clean(&format!("{:?}", report.rows), operation);
                        errors.push(report.ensure_complete().err());
                        errors.extend(report.rows.iter().map(|row| row.outcome.error().cloned()));
                    }
                    Err(error) => errors.push(Some(error)),
                }
                for error in errors.into_iter().flatten() {
                    clean(&printed(&error), operation);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 700, "{seen} errors were looked at");
}

#[tokio::test]
async fn what_the_service_said_is_there_on_request() {
    let (kind, body) = bodies().remove(0);
    let answer = Answer::new(400).body(kind, body.clone());
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Answer(answer)))
        .start()
        .await
        .unwrap();
    let error = org_once(&sandbox).directories().await.unwrap_err();
    assert_eq!(error.raw_body(), Some(body.as_bytes()));
    assert!(error.message().unwrap().contains("canary"));
    assert_eq!(error.code().unwrap().as_str(), "ADMIN-UAM-400-1");
}

/// A refused connection has the address of the service in its chain; with ids in the path that would
/// be a leak.
#[tokio::test]
async fn a_refused_connection_shows_no_url() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/admin", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder()
        .base_url(url)
        .api_key(ApiKey::new(KEY).unwrap())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let org = client.organization(OrgId::new("canary-organization").unwrap());
    let error = org.get_user(ADDRESS).await.unwrap_err();
    assert!(error.is_connect() && error.is_not_sent());
    clean(&printed(&error), "connect");
    assert!(error.source().unwrap().to_string().contains("refused"));
    assert!(
        error.cause().is_some(),
        "the whole of it is there for who asks"
    );
    clean(
        &format!("{client:?} {:?}", ApiKey::new(KEY).unwrap()),
        "client",
    );
}
