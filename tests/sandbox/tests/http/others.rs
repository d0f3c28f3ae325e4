//! Domains, managed accounts, workspaces, policies and events, over real HTTP.

use atlassian_orgs_sandbox::behaviour::{LastActive, WorkspaceCursor};
use atlassian_orgs_sandbox::{Profile, Resource, Sandbox, Time, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, answer, code};

const JIRA: &str = "ari:cloud:jira::site/1";

fn v1(client: &Client, rest: &str) -> String {
    format!("v1/orgs/{}/{rest}", client.org)
}

/// The query of a link, as a path of the sandbox.
fn follow(sandbox: &Sandbox, link: &Value) -> String {
    link.as_str()
        .unwrap()
        .strip_prefix(&sandbox.url())
        .unwrap()
        .trim_start_matches('/')
        .to_owned()
}

#[tokio::test]
async fn accounts_of_claimed_domains_are_managed() {
    let sandbox = Sandbox::builder()
        .domain("example.com")
        .users(51)
        .user(User::new("mia@other.example"))
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    let (_, page) = client.get(&v1(&client, "domains")).await;
    assert_eq!(page["data"][0]["attributes"]["name"], "example.com");
    let id = page["data"][0]["id"].as_str().unwrap();
    assert_eq!(
        client.get(&v1(&client, &format!("domains/{id}"))).await.1["data"],
        page["data"][0]
    );
    assert_eq!(
        code(&client.get(&v1(&client, "domains/x")).await.1),
        "ADMIN-404-3"
    );
    assert_eq!(
        code(&client.get(&v1(&client, "domains/x$")).await.1),
        "ADMIN-400-2"
    );

    // Pages of 50; the next one is a whole URL.
    let (_, page) = client.get(&v1(&client, "users?limit=3")).await;
    assert_eq!(
        (
            page["data"].as_array().unwrap().len(),
            &page["meta"]["total"]
        ),
        (50, &json!(51))
    );
    let (_, last) = client.get(&follow(&sandbox, &page["links"]["next"])).await;
    assert_eq!(
        (
            last["data"].as_array().unwrap().len(),
            last["links"].get("next")
        ),
        (1, None)
    );
    assert_eq!(last["data"][0]["email"], "user-0051@example.com");

    client
        .invite(json!({ "emails": ["new@example.com", "new@other.example"] }))
        .await;
    assert!(
        sandbox.user("new@example.com").unwrap().managed
            && !sandbox.user("new@other.example").unwrap().managed
    );
}

#[tokio::test]
async fn last_active_dates() {
    let user = User::new("mia@example.com")
        .id("557058:m")
        .role(JIRA, "atlassian/user");
    let sandbox = Sandbox::builder()
        .resources([Resource::new(JIRA)])
        .user(user)
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    let path = v1(&client, "directory/users/557058%3Am/last-active-dates");
    let (_, body) = client.get(&path).await;
    let product = &body["data"]["product_access"][0];
    assert_eq!(
        (&product["id"], &product["key"]),
        (&json!(JIRA), &json!("jira-software"))
    );
    assert_eq!(body["data"]["added_to_org"], "2026-01-01");
    assert_eq!(
        code(
            &client
                .get(&v1(&client, "directory/users/x/last-active-dates"))
                .await
                .1
        ),
        "ADMIN-404-8"
    );
    sandbox.set_behaviour(LastActive::Forbidden);
    assert_eq!(client.get(&path).await.0, 403);
}

#[tokio::test]
async fn workspaces_have_a_query_language() {
    let apps = ["jira", "confluence", "jira-admin"]
        .map(|owner| Resource::new(format!("ari:cloud:{owner}::site/7")));
    let sandbox = Sandbox::builder()
        .profile(Profile::Live)
        .resources(apps)
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    let path = client.v2("workspaces");
    let field = |values: Value| json!({ "field": { "name": "attributes.type", "values": values } });
    for (query, expected) in [
        (field(json!(["jira", "confluence"])), 2),
        (field(json!([])), 3),
        (json!({ "nor": [field(json!(["jira"]))] }), 2),
        (
            json!({ "and": [field(json!(["jira", "confluence"])), { "searchWorkspaces": "FLUENCE" }] }),
            1,
        ),
        (json!({ "features": [] }), 3),
    ] {
        let (status, page) = client.post(&path, json!({ "query": query })).await;
        assert_eq!(
            (status, page["data"].as_array().unwrap().len()),
            (200, expected),
            "{query}"
        );
    }
    for query in [
        json!("jira"),
        json!({ "or": [] }),
        json!({}),
        json!({ "field": {} }),
    ] {
        let (status, body) = client.post(&path, json!({ "query": query })).await;
        assert_eq!(
            (status, &body["code"]),
            (400, &json!("ADMIN-400-4")),
            "{query}"
        );
    }
    let sorted = json!({ "sort": [{ "field": "attributes.type", "order": "desc" }], "limit": 2 });
    let (_, page) = client.post(&path, sorted).await;
    assert_eq!(page["data"][0]["attributes"]["type"], "jira-admin");
    let cursor = page["links"]["next"].clone();
    let (_, last) = client
        .post(&path, json!({ "cursor": cursor, "limit": 5 }))
        .await;
    assert_eq!(last["data"][0]["attributes"]["type"], "confluence");
    sandbox.set_behaviour(WorkspaceCursor::Alone);
    assert_eq!(client.post(&path, json!({ "cursor": cursor })).await.0, 200);
    assert_eq!(
        client
            .post(&path, json!({ "cursor": cursor, "limit": 5 }))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn policies_are_changed() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::new(&sandbox);
    let policy =
        |attributes: Value| json!({ "data": { "type": "policy", "attributes": attributes } });
    let send = |method: Method, rest: String, body: Value| {
        let (client, path) = (&client, v1(&client, &rest));
        async move { answer(client.send(method, &path, Some(body)).await.unwrap()).await }
    };
    let create = policy(
        json!({ "type": "data-residency", "name": "EU", "rule": { "in": ["eu"] }, "resources": [{ "id": "a" }] }),
    );
    let (status, body) = send(Method::POST, "policies".into(), create).await;
    assert_eq!(
        (
            status,
            &body["data"]["attributes"]["resources"][0]["applicationStatus"]
        ),
        (202, &json!("applying"))
    );
    let id = body["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        send(
            Method::POST,
            "policies".into(),
            policy(json!({ "type": "other" }))
        )
        .await
        .0,
        400
    );
    let update = policy(json!({ "type": "data-residency", "status": "disabled" }));
    let (status, body) = send(Method::PUT, format!("policies/{id}"), update).await;
    assert_eq!(
        (status, &body["data"]["attributes"]["status"]),
        (202, &json!("disabled"))
    );
    assert_eq!(body["data"]["attributes"]["name"], "EU");
    let (status, _) = send(
        Method::POST,
        format!("policies/{id}/resources"),
        json!({ "id": "b" }),
    )
    .await;
    assert_eq!(status, 202);
    assert_eq!(
        send(Method::PUT, format!("policies/{id}/resources/b"), json!({}))
            .await
            .0,
        202
    );
    assert_eq!(
        send(
            Method::DELETE,
            format!("policies/{id}/resources/b"),
            json!({})
        )
        .await,
        (204, Value::Null)
    );
    assert_eq!(
        code(
            &send(
                Method::DELETE,
                format!("policies/{id}/resources/c"),
                json!({})
            )
            .await
            .1
        ),
        "ADMIN-404-6"
    );
    let (_, body) = client.get(&v1(&client, &format!("policies/{id}"))).await;
    assert_eq!(
        body["data"]["attributes"]["resources"][1]["applicationStatus"],
        "removing"
    );
    assert_eq!(
        client
            .get(&v1(&client, &format!("policies/{id}/validate")))
            .await
            .0,
        202
    );
    assert_eq!(
        client
            .get(&v1(&client, "policies?type=ip-allowlist"))
            .await
            .1["data"],
        json!([])
    );
    assert_eq!(
        client.get(&v1(&client, "policies")).await.1["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        send(Method::DELETE, format!("policies/{id}"), json!({})).await,
        (202, Value::Null)
    );
    assert_eq!(
        code(&client.get(&v1(&client, &format!("policies/{id}"))).await.1),
        "ADMIN-404-5"
    );
}

fn actions(page: &Value) -> Vec<&str> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["attributes"]["action"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_done_is_in_the_log() {
    let sandbox = Sandbox::builder()
        .user(User::new("mia@example.com").id("m"))
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    client.suspend("m").await;
    client.restore("m").await;
    client.restore("nobody").await;
    client.remove("m").await;
    let (_, page) = client.get(&v1(&client, "events?limit=2")).await;
    assert_eq!(actions(&page), ["user_removed", "user_restored"]);
    assert_eq!(
        page["data"][0]["attributes"]["context"],
        json!([{ "id": "m", "type": "user" }])
    );
    let next = page["meta"]["next"].as_str().unwrap();
    let (_, last) = client
        .get(&v1(&client, &format!("events?cursor={next}")))
        .await;
    assert_eq!(
        (actions(&last), last["meta"].get("next")),
        (vec!["user_suspended"], None)
    );
    // The link leads there as well, without the filters.
    let link = follow(&sandbox, &page["links"]["next"]);
    assert!(!link.contains("limit"));
    assert_eq!(client.get(&link).await.1["data"], last["data"]);
    let id = page["data"][0]["id"].as_str().unwrap();
    assert_eq!(
        client.get(&v1(&client, &format!("events/{id}"))).await.1["data"],
        page["data"][0]
    );
    assert_eq!(
        code(&client.get(&v1(&client, "events/x")).await.1),
        "ADMIN-404-4"
    );
    let known = client.get(&v1(&client, "event-actions")).await.1;
    assert!(
        known["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["id"] == "user_removed")
    );
}

#[tokio::test]
async fn events_are_filtered() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    sandbox.edit(|org| {
        for (n, action) in ["a", "b", "c"].into_iter().enumerate() {
            org.record(
                action,
                Time::from_millis(1000 * n as u64),
                vec![("user".into(), format!("u{n}"))],
            );
        }
    });
    let client = Client::new(&sandbox);
    for (query, expected) in [
        ("from=1000", vec!["c", "b"]),
        ("to=1000", vec!["b", "a"]),
        ("from=500&to=1500", vec!["b"]),
        ("action=a", vec!["a"]),
        ("q=u2", vec!["c"]),
        ("ip=127.0.0.1,127.0.0.2", vec!["c", "b", "a"]),
        ("actor=nobody", vec![]),
        ("product=jira", vec![]),
    ] {
        assert_eq!(
            actions(&client.get(&v1(&client, &format!("events?{query}"))).await.1),
            expected,
            "{query}"
        );
    }
    assert_eq!(
        code(&client.get(&v1(&client, "events?from=yesterday")).await.1),
        "ADMIN-400-3"
    );
}

#[tokio::test]
async fn the_stream_goes_on_from_its_last_cursor() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::new(&sandbox);
    let mut cursor = String::new();
    for (new, expected) in [
        (vec!["a", "b", "c"], vec!["a", "b"]),
        (vec![], vec!["c"]),
        (vec![], vec![]),
        (vec!["d"], vec!["d"]),
    ] {
        sandbox.edit(|org| {
            for action in new {
                org.record(action, Time::from_millis(1), Vec::new());
            }
        });
        let query = if cursor.is_empty() {
            "limit=2".to_owned()
        } else {
            format!("cursor={cursor}")
        };
        let (_, page) = client
            .get(&v1(&client, &format!("events-stream?{query}")))
            .await;
        assert_eq!(actions(&page), expected);
        assert!(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .all(|row| row["attributes"]["processedAt"].is_string())
        );
        cursor = page["meta"]["next"].as_str().unwrap().to_owned();
    }
    let (_, page) = client
        .get(&v1(&client, "events-stream?sortOrder=desc&limit=3"))
        .await;
    assert_eq!(actions(&page), ["d", "c", "b"]);
    let (_, page) = client.get(&follow(&sandbox, &page["links"]["next"])).await;
    assert_eq!(actions(&page), ["a"]);
    assert_eq!(
        client
            .get(&v1(&client, "events-stream?sortOrder=up"))
            .await
            .0,
        400
    );
}
