//! What a real client sees when things go wrong on the way.

use std::time::Duration;

use atlassian_orgs_sandbox::{Answer, Fault, Lag, Limit, Rule, Sandbox, Status, Time, User, Wire};
use reqwest::Method;
use serde_json::json;

use crate::support::Client;

async fn with(rule: impl Into<Rule>) -> (Sandbox, Client) {
    let sandbox = Sandbox::builder()
        .user(User::new("mia@example.com").id("m"))
        .fault(rule)
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client)
}

async fn suspend(client: &Client) -> reqwest::Result<reqwest::Response> {
    client
        .send(Method::POST, &client.dir("users/m/suspend"), None)
        .await
}

fn status(sandbox: &Sandbox) -> Status {
    sandbox.user("m").unwrap().status()
}

#[tokio::test]
async fn a_connection_that_is_turned_away() {
    let (sandbox, client) = with(Rule::new(Fault::Refuse).nth(1)).await;
    suspend(&client).await.unwrap_err();
    assert_eq!(status(&sandbox), Status::Active);
    // Nothing arrived.
    assert!(sandbox.requests().is_empty());
    assert_eq!(suspend(&client).await.unwrap().status(), 204);
    // What is connected already is not turned away.
    sandbox.add_fault(Fault::Refuse);
    assert_eq!(client.get("v1/orgs").await.0, 200);
    Client::new(&sandbox)
        .send(Method::GET, "v1/orgs", None)
        .await
        .unwrap_err();
}

#[test]
fn in_process_every_request_is_a_connection() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Answer(Answer::new(500))).times(1))
        .fault(Rule::new(Fault::Refuse).times(2))
        .in_process()
        .unwrap();
    let wires = [(); 3].map(|()| sandbox.handle_at(Time::from_millis(0), &Default::default()));
    assert_eq!(
        wires.map(|outcome| (outcome.wire, outcome.response.status().as_u16())),
        [
            (Wire::Refused, 200),
            (Wire::Refused, 200),
            (Wire::Whole, 500)
        ]
    );
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn what_could_never_strike_or_never_happens_is_no_sandbox() {
    let hour = Duration::from_secs(3600);
    let builder = Sandbox::builder;
    for (wrong, why) in [
        (
            builder().fault(Rule::new(Fault::Stall).on("users.invit")),
            "users.invite, ",
        ),
        (
            builder().fault(Rule::new(Fault::Stall).share(10.0)),
            "from 0 to 1",
        ),
        (
            builder().fault(Rule::new(Fault::Refuse).on("users.invite")),
            "refused",
        ),
        (
            builder().fault(Rule::new(Fault::Refuse).about("mia")),
            "refused",
        ),
        (builder().fault(Fault::AnswerAfter(Answer::new(429))), "429"),
        (builder().fault(Fault::Answer(Answer::new(600))), "600"),
        (
            builder().fault(Fault::Answer(Answer::new(500).header("a b", "c"))),
            "a b: c",
        ),
        (
            builder().rate_limit(Limit::new(1, hour).on("users")),
            "users.invite, ",
        ),
        (builder().rate_limit(Limit::bucket(0, hour)), "at least 1"),
        (
            builder().lag(Lag::new(hour).on("user.search")),
            "users.invite, ",
        ),
        (builder().lag(Lag::new(hour).on("orgs.get")), "nothing lags"),
    ] {
        let problem = wrong.in_process().unwrap_err().to_string();
        assert!(problem.contains(why), "{problem}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_effect() {
    let (sandbox, client) = with(Rule::new(Fault::DropBefore).times(1)).await;
    suspend(&client).await.unwrap_err();
    assert_eq!(status(&sandbox), Status::Active);
    assert_eq!(sandbox.requests()[0].sent.wire, Wire::DroppedBeforeEffect);
    assert_eq!(suspend(&client).await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_effect() {
    let (sandbox, client) = with(Rule::new(Fault::DropAfter).times(1)).await;
    suspend(&client).await.unwrap_err();
    assert_eq!(status(&sandbox), Status::Suspended);
    assert!(sandbox.requests()[0].sent.dropped());
    assert_eq!(client.get("v1/orgs").await.0, 200);
}

#[tokio::test]
async fn an_answer_instead_of_the_real_one() {
    let html = Answer::new(503)
        .body("text/html", "<html>busy</html>")
        .header("Retry-After", "7");
    let (sandbox, client) = with(Rule::new(Fault::Answer(html)).on("users.suspend").nth(2)).await;
    assert_eq!(suspend(&client).await.unwrap().status(), 204);
    sandbox.edit(|org| {
        org.set_membership(
            "m",
            &client.directory,
            Some(atlassian_orgs_sandbox::Membership::Active),
        )
    });
    let response = suspend(&client).await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (503, &"7".parse().unwrap())
    );
    assert_eq!(response.text().await.unwrap(), "<html>busy</html>");
    assert_eq!(status(&sandbox), Status::Active);
    assert_eq!(suspend(&client).await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_gateway_that_gives_up_after_the_effect() {
    let (sandbox, client) = with(Fault::AnswerAfter(Answer::new(504))).await;
    assert_eq!(suspend(&client).await.unwrap().status(), 504);
    assert_eq!(status(&sandbox), Status::Suspended);
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let (sandbox, client) = with(Fault::CutBody(10)).await;
    let mut response = client
        .send(Method::POST, &client.dir("users/search"), Some(json!({})))
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let whole = sandbox.requests()[0].sent.body.to_string();
    assert_eq!(response.content_length(), Some(whole.len() as u64));
    let first = response.chunk().await.unwrap().unwrap();
    assert_eq!(&first[..], &whole.as_bytes()[..10]);
    response.chunk().await.unwrap_err();
}

#[tokio::test]
async fn an_answer_that_comes_late_or_never() {
    let (_sandbox, client) =
        with(Rule::new(Fault::Delay(Duration::from_millis(5))).on("orgs.list")).await;
    assert_eq!(client.get("v1/orgs").await.0, 200);
    let (sandbox, client) = with(Fault::Stall).await;
    // The client gives up; the sandbox has done it all the same, and still stops at once.
    tokio::select! {
        _ = suspend(&client) => panic!("an answer came"),
        () = done(&sandbox) => {}
    }
    drop(sandbox);
    suspend(&client).await.unwrap_err();
}

async fn done(sandbox: &Sandbox) {
    while status(sandbox) != Status::Suspended {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn rules_are_about_an_operation_or_a_text() {
    let (sandbox, client) = with(
        Rule::new(Fault::Answer(Answer::new(500)))
            .about("MIA@example.com")
            .on("users.invite"),
    )
    .await;
    assert_eq!(
        client
            .search(json!({ "emails": ["mia@example.com"] }))
            .await
            .0,
        200
    );
    assert_eq!(
        client
            .invite(json!({ "emails": ["kim@example.com"] }))
            .await
            .0,
        200
    );
    let body = json!({ "emails": ["kim@example.com", "mia@example.com"] });
    assert_eq!(
        client
            .send(Method::POST, &client.v2("users/invite"), Some(body))
            .await
            .unwrap()
            .status(),
        500
    );
    sandbox.clear_faults();
    assert_eq!(
        client
            .invite(json!({ "emails": ["mia@example.com"] }))
            .await
            .0,
        200
    );
}
