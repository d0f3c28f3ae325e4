//! Changing groups and roles, over real HTTP.

use atlassian_orgs_sandbox::{Group, Profile, Resource, Sandbox, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, answer, code};

const JIRA: &str = "ari:cloud:jira::site/1";

async fn sandbox() -> (Sandbox, Client) {
    let sandbox = Sandbox::builder()
        .profile(Profile::Live)
        .resources([Resource::new(JIRA).seats(1)])
        .groups([
            Group::new("staff").id("staff"),
            Group::new("jira").id("jira").role(JIRA, "atlassian/user"),
            Group::new("idp").id("idp").synced(),
        ])
        .user(User::new("mia@example.com").id("m"))
        .user(User::new("kim@example.com").id("k"))
        .user(User::new("out@example.com").id("o").not_invited())
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client)
}

async fn delete(client: &Client, path: &str) -> Answer {
    answer(
        client
            .send(Method::DELETE, &client.dir(path), None)
            .await
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn groups_come_and_go() {
    let (sandbox, client) = sandbox().await;
    let body = json!({ "name": "New", "description": "d" });
    assert_eq!(
        client.post(&client.dir("groups"), body.clone()).await,
        (201, Value::Null)
    );
    let (status, answer) = client.post(&client.dir("groups"), body).await;
    assert_eq!((status, code(&answer)), (409, "ADMIN-UAM-409-2"));
    assert_eq!(client.post(&client.dir("groups"), json!({})).await.0, 400);
    let id = sandbox.group_id("new").unwrap();
    assert_eq!(
        client
            .post(
                &client.dir(&format!("groups/{id}/memberships")),
                json!({ "accountId": "m" })
            )
            .await
            .0,
        204
    );
    let (_, stats) = client.get(&client.dir("groups/stats")).await;
    assert_eq!(
        stats["totals"],
        json!({ "all": 4, "managed": 3, "synced": 1 })
    );
    assert_eq!(
        delete(&client, &format!("groups/{id}")).await,
        (204, Value::Null)
    );
    assert!(sandbox.user("m").unwrap().groups.is_empty());
    assert_eq!(delete(&client, &format!("groups/{id}")).await.0, 404);
    assert_eq!(delete(&client, "groups/idp").await.0, 403);
}

#[tokio::test]
async fn members_come_and_go() {
    let (sandbox, client) = sandbox().await;
    let add = |group: &str, id: &str| {
        let (path, body) = (
            client.dir(&format!("groups/{group}/memberships")),
            json!({ "accountId": id }),
        );
        let client = &client;
        async move { client.post(&path, body).await }
    };
    assert_eq!(add("staff", "m").await, (204, Value::Null));
    let (status, body) = add("staff", "m").await;
    assert_eq!((status, code(&body)), (409, "ADMIN-UAM-409-2"));
    let (status, body) = add("staff", "o").await;
    assert_eq!((status, code(&body)), (404, "ADMIN-UAM-404-1"));
    assert_eq!(add("nowhere", "m").await.0, 404);
    assert_eq!(add("idp", "m").await.0, 403);
    // A group's role takes a seat.
    assert_eq!(add("jira", "m").await.0, 204);
    let (status, body) = add("jira", "k").await;
    assert_eq!((status, code(&body)), (409, "ADMIN-UAM-409-3"));
    assert_eq!(delete(&client, "groups/jira/memberships/m").await.0, 204);
    assert_eq!(delete(&client, "groups/jira/memberships/m").await.0, 404);
    assert_eq!(add("jira", "k").await.0, 204);
    assert!(sandbox.user("k").unwrap().groups.contains("jira"));
}

#[tokio::test]
async fn groups_have_roles() {
    let (_sandbox, client) = sandbox().await;
    let path = |what: &str| client.dir(&format!("groups/staff/role-assignments{what}"));
    let body = json!({ "resourceId": JIRA, "roleId": "atlassian/admin" });
    assert_eq!(
        client.post(&path("/assign"), body.clone()).await,
        (200, Value::Null)
    );
    let (_, page) = client.get(&path("")).await;
    let row = json!({ "resourceId": JIRA, "resourceOwner": "jira", "roles": ["atlassian/admin"], "defaultRole": null });
    assert_eq!(page["data"], json!([row]));
    assert_eq!(
        client.get(&path("?roleIds=atlassian/user")).await.1["data"],
        json!([])
    );
    assert_eq!(
        client.post(&path("/revoke"), body).await,
        (204, Value::Null)
    );
    assert_eq!(client.get(&path("")).await.1["data"], json!([]));
    // Version 1 calls the same things `resource` and `role`.
    assert_eq!(
        client
            .post(
                &path("/assign"),
                json!({ "resource": JIRA, "role": "atlassian/admin" })
            )
            .await
            .0,
        400
    );
    let unknown = json!({ "resourceId": "ari:cloud:x::site/1", "roleId": "atlassian/admin" });
    assert_eq!(client.post(&path("/assign"), unknown).await.0, 404);
}

#[tokio::test]
async fn people_have_roles() {
    let (sandbox, client) = sandbox().await;
    let post = |what: &str, body: Value| {
        let path = format!("v1/orgs/{}/users/{what}", client.org);
        let client = &client;
        async move { client.post(&path, body).await }
    };
    let user = json!({ "resource": JIRA, "role": "atlassian/user" });
    assert_eq!(
        post("m/roles/assign", user.clone()).await,
        (204, Value::Null)
    );
    assert_eq!(sandbox.user("m").unwrap().roles.len(), 1);
    let (status, body) = post("k/roles/assign", user.clone()).await;
    assert_eq!((status, code(&body)), (409, "ADMIN-UAM-409-3"));
    let (status, body) = post("o/roles/assign", user.clone()).await;
    assert_eq!((status, code(&body)), (404, "ADMIN-UAM-404-3"));
    let (status, body) = post("m/roles/assign", json!({ "role": "atlassian/user" })).await;
    assert_eq!((status, code(&body)), (400, "ADMIN-UAM-400-5"));
    let (status, body) = post(
        "m/roles/assign",
        json!({ "resource": JIRA, "role": "atlassian/basic" }),
    )
    .await;
    assert_eq!((status, code(&body)), (400, "ADMIN-UAM-400-3"));
    assert_eq!(post("m/roles/revoke", user).await.0, 204);
    assert!(sandbox.user("m").unwrap().roles.is_empty());
    // The organization's own role needs no resource, and has a pair of operations of its own.
    let admin = json!({ "role": "atlassian/org-admin" });
    assert_eq!(post("m/roles/assign", admin.clone()).await.0, 204);
    assert_eq!(
        post("k/role-assignments/assign", admin.clone()).await.0,
        204
    );
    assert!(sandbox.user("m").unwrap().is_org_admin() && sandbox.user("k").unwrap().is_org_admin());
    assert_eq!(post("k/role-assignments/revoke", admin).await.0, 204);
    assert!(!sandbox.user("k").unwrap().is_org_admin());
    assert_eq!(
        post(
            "k/role-assignments/assign",
            json!({ "role": "atlassian/user" })
        )
        .await
        .0,
        400
    );
}
