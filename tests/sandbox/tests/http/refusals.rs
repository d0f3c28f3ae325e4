//! Keys, scopes, wrong paths, and what was received.

use atlassian_orgs_sandbox::behaviour::{EndedOperation, InsufficientScope, UnknownOrganization};
use atlassian_orgs_sandbox::{Profile, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, answer, code};

#[tokio::test]
async fn a_missing_or_wrong_key_is_stopped_at_the_gateway() {
    let sandbox = Sandbox::builder()
        .profile(Profile::Live)
        .start()
        .await
        .unwrap();
    for key in [None, Some("wrong"), Some("")] {
        let client = Client::new(&sandbox).key(key);
        for path in [
            format!("v1/orgs/{}", client.org),
            client.v2("directories"),
            client.v2("nowhere"),
        ] {
            let (status, body) = client.get(&path).await;
            assert_eq!((status, &body["code"]), (401, &json!(401)), "{path}");
            assert!(body["message"].is_string());
        }
        assert_eq!(client.suspend("x").await.0, 401);
    }
}

#[tokio::test]
async fn the_published_401_depends_on_the_operation() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::new(&sandbox).key(None);
    assert_eq!(client.get("v1/orgs").await.1["code"], 401);
    assert_eq!(
        code(&client.get(&client.v2("directories")).await.1),
        "ADMIN-UAM-401-1"
    );
    assert_eq!(client.suspend("x").await, (401, Value::Null));
    assert_eq!(code(&client.invite(json!({})).await.1), "ADMIN-UAM-401-1");
}

#[tokio::test]
async fn a_key_with_scopes_does_only_what_they_name() {
    let sandbox = Sandbox::builder()
        .profile(Profile::Live)
        .scoped_key("scoped", ["read:directories:admin", "read:orgs:admin"])
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox).key(Some("scoped"));
    assert_eq!(client.get(&client.v2("directories")).await.0, 200);
    assert_eq!(client.get(&format!("v1/orgs/{}", client.org)).await.0, 200);
    let (status, body) = client.search(json!({})).await;
    assert_eq!(
        (status, code(&body), body["errors"][0].get("id")),
        (401, "ADMIN-401-2", None)
    );
    let (status, body) = client.suspend("x").await;
    assert_eq!((status, code(&body)), (403, "ADMIN-UAM-403-1"));
    sandbox.set_behaviour(InsufficientScope::Unauthorized);
    assert_eq!(client.suspend("x").await.0, 401);
    sandbox.set_behaviour(InsufficientScope::Forbidden);
    assert_eq!(client.search(json!({})).await.0, 403);
}

#[tokio::test]
async fn an_organization_out_of_reach() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::new(&sandbox).org("elsewhere");
    let (status, body) = client.get("v1/orgs/elsewhere").await;
    assert_eq!((status, code(&body)), (404, "ADMIN-404-2"));
    // The document has neither 403 nor 404 for directories.
    assert_eq!(client.get(&client.v2("directories")).await.0, 401);
    sandbox.set_behaviour(UnknownOrganization::Routing);
    let (status, body) = client.get(&client.v2("directories")).await;
    assert_eq!(
        (status, &body["status"], &body["message"]),
        (404, &json!(404), &json!("TCS validation failed"))
    );
    assert_eq!(body["path"], "/api/admin/v2/orgs/elsewhere/directories");
    sandbox.set_behaviour(UnknownOrganization::Forbidden);
    let (status, body) = client.suspend("x").await;
    assert_eq!((status, &body["error"]), (403, &json!("Forbidden")));
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::new(&sandbox);
    assert_eq!(
        client.get("v3/orgs").await,
        (
            404,
            json!({ "code": 404, "message": "Request failed to match any route" })
        )
    );
    let response = client
        .send(Method::PUT, &client.v2("directories"), None)
        .await
        .unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET");
    // One path with two methods, and one that a parameter would fit as well.
    for (path, allowed) in [("users/x", "GET, DELETE"), ("users/count", "GET")] {
        let path = client.dir(path);
        let response = client.send(Method::PATCH, &path, None).await.unwrap();
        assert_eq!(response.headers()["allow"], allowed, "{path}");
    }
    let ended = format!("v1/orgs/{}/directory/users/x/suspend-access", client.org);
    assert_eq!(client.post(&ended, json!({})).await.0, 404);
    sandbox.set_behaviour(EndedOperation::Gone);
    assert_eq!(client.post(&ended, json!({})).await.0, 410);
}

/// What Schemathesis found to be taken, and in part told back.
#[tokio::test]
async fn what_the_document_rules_out_is_refused() {
    let sandbox = Sandbox::builder().users(1).start().await.unwrap();
    let client = Client::new(&sandbox);
    let policies = format!("v1/orgs/{}/policies", client.org);
    let workspaces = client.v2("workspaces");
    let policy =
        |attributes: Value| json!({ "data": { "type": "policy", "attributes": attributes } });
    let kind = "ip-allowlist";
    for (path, body) in [
        (&client.dir("users/search"), json!({ "searchTerm": null })),
        (
            &client.dir("users/search"),
            json!({ "expand": ["groups", "groups"] }),
        ),
        (
            &client.dir("groups/search"),
            json!({ "groupIds": ["a", "a"] }),
        ),
        (
            &client.dir("groups"),
            json!({ "name": "n", "description": 1 }),
        ),
        (
            &client.v2("users/invite"),
            json!({ "emails": ["a@example.com"], "additionalGroups": null }),
        ),
        (&workspaces, json!({ "limit": null })),
        (
            &workspaces,
            json!({ "sort": [{ "field": "name", "order": {} }] }),
        ),
        (&policies, policy(json!({ "type": kind, "status": {} }))),
        (
            &policies,
            policy(json!({ "type": kind, "rule": { "in": false } })),
        ),
        (
            &policies,
            policy(
                json!({ "type": kind, "resources": [{ "id": "a", "meta": { "scheduledDate": {} } }] }),
            ),
        ),
    ] {
        assert_eq!(
            client.post(path, body.clone()).await.0,
            400,
            "{path} {body}"
        );
    }
    for path in [
        client.dir("groups/count?roleIds=atlassian/king"),
        format!("v1/orgs/{}/events?product=jira,abacus", client.org),
    ] {
        assert_eq!(client.get(&path).await.0, 400, "{path}");
    }
    for (path, body) in [
        (&client.dir("users/search"), json!({ "expand": [] })),
        (
            &workspaces,
            json!({ "cursor": null, "query": null, "sort": [{}] }),
        ),
    ] {
        assert_eq!(
            client.post(path, body.clone()).await.0,
            200,
            "{path} {body}"
        );
    }
    assert_eq!(client.get(&policies).await.1["data"], json!([]));
}

#[tokio::test]
async fn everything_received_can_be_looked_at() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::new(&sandbox);
    client.search(json!({ "searchTerm": "ä b" })).await;
    client
        .get(&client.dir("users?searchTerm=a%20b%2B&limit=3"))
        .await;
    answer(
        client
            .send(Method::POST, &client.dir("users/x%3Ay/suspend"), None)
            .await
            .unwrap(),
    )
    .await;
    let [search, list, suspend] = sandbox.requests().try_into().unwrap();
    assert_eq!(
        (search.operation, &search.received.body),
        (Some("users.search"), &json!({ "searchTerm": "ä b" }))
    );
    assert_eq!(
        (search.sent.status, &search.sent.body["data"]),
        (200, &json!([]))
    );
    assert_eq!(
        list.received.query,
        [
            ("searchTerm".into(), "a b+".into()),
            ("limit".into(), "3".into())
        ]
    );
    assert_eq!(list.received.header("Authorization"), Some("present"));
    assert!(suspend.received.path.ends_with("users/x%3Ay/suspend"));
    assert_eq!(
        (suspend.received.body, suspend.sent.status),
        (Value::Null, 404)
    );
    let everything = format!("{:?}", sandbox.requests());
    assert!(!everything.contains(&sandbox.api_key()));
    sandbox.clear_requests();
    client.get("v1/orgs").await;
    assert_eq!(sandbox.requests().len(), 1);
}
