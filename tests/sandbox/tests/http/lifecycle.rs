//! Suspending, restoring and removing, over real HTTP.

use crate::support::{Client, code};
use atlassian_orgs_sandbox::behaviour::{SuspendAdmin, WriteErrorBody};
use atlassian_orgs_sandbox::{Membership, Profile, Sandbox, Status, User};
use serde_json::{Value, json};

const JIRA: &str = "jira-users";

async fn with(user: User) -> (Sandbox, Client, String) {
    let sandbox = Sandbox::builder()
        .profile(Profile::Live)
        .users(3)
        .user(user.id("712020:mia"))
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client, "712020:mia".to_owned())
}

#[tokio::test]
async fn suspending_keeps_groups_and_restoring_brings_them_back() {
    let (sandbox, client, id) = with(User::new("mia@example.com").group(JIRA)).await;
    assert_eq!(client.suspend(&id).await, (204, Value::Null));
    let mia = sandbox.user("MIA@example.com").unwrap();
    assert_eq!(mia.status(), Status::Suspended);
    assert_eq!(mia.groups.len(), 1);
    let (_, page) = client
        .search(json!({ "emails": ["mia@example.com"] }))
        .await;
    assert_eq!(page["data"][0]["status"], "suspended");
    assert_eq!(page["data"][0]["membershipStatus"], "suspended");
    assert_eq!(page["data"][0]["accountStatus"], "active");
    assert_eq!(client.restore(&id).await, (204, Value::Null));
    let mia = sandbox.user(&id).unwrap();
    assert_eq!((mia.status(), mia.groups.len()), (Status::Active, 1));
}

#[tokio::test]
async fn removing_loses_groups_and_roles() {
    let (sandbox, client, id) = with(User::new("mia@example.com").group(JIRA)).await;
    assert_eq!(client.remove(&id).await, (204, Value::Null));
    let mia = sandbox.user(&id).unwrap();
    assert!(mia.memberships.is_empty() && mia.groups.is_empty() && mia.roles.is_empty());
    let (status, body) = client.get(&client.dir(&format!("users/{id}"))).await;
    assert_eq!((status, code(&body)), (404, "ADMIN-404-8"));
    let (status, body) = client.remove(&id).await;
    assert_eq!((status, code(&body)), (404, "ADMIN-UAM-404-1"));
}

#[tokio::test]
async fn a_removed_managed_account_stays_listed() {
    let (_sandbox, client, id) = with(User::new("mia@example.com").managed()).await;
    client.remove(&id).await;
    let all = client.directory("-");
    let (_, page) = all.search(json!({ "emails": ["mia@example.com"] })).await;
    assert_eq!(page["data"][0]["membershipStatus"], "no_membership");
    assert_eq!(page["data"][0]["status"], "not_invited");
}

#[tokio::test]
async fn strangers_are_not_found() {
    let (_sandbox, client, _) = with(User::new("mia@example.com")).await;
    for (status, body) in [
        client.suspend("557058:x").await,
        client.restore("557058:x").await,
        client.remove("557058:x").await,
    ] {
        assert_eq!((status, code(&body)), (404, "ADMIN-UAM-404-1"));
    }
}

#[tokio::test]
async fn an_unknown_directory_is_not_found() {
    let (_sandbox, client, id) = with(User::new("mia@example.com")).await;
    let client = client.directory("00000000-0000-4000-8000-000000000000");
    assert_eq!(client.suspend(&id).await.0, 404);
    assert_eq!(client.search(json!({})).await.0, 404);
}

#[tokio::test]
async fn organization_admins_are_refused() {
    let (sandbox, client, id) = with(User::new("mia@example.com").org_admin()).await;
    let (status, body) = client.suspend(&id).await;
    assert_eq!((status, code(&body)), (400, "ADMIN-UAM-400-1"));
    assert_eq!(client.restore(&id).await.0, 400);
    assert_eq!(sandbox.user(&id).unwrap().status(), Status::Active);
}

#[tokio::test]
async fn each_directory_has_a_membership_of_its_own() {
    let user = User::new("mia@example.com")
        .membership("North", Membership::Active)
        .membership("South", Membership::Active);
    let sandbox = Sandbox::builder()
        .directory(atlassian_orgs_sandbox::Directory::new("North"))
        .directory(atlassian_orgs_sandbox::Directory::new("South"))
        .user(user.id("a"))
        .start()
        .await
        .unwrap();
    let [north, south] = sandbox.directory_ids().try_into().unwrap();
    let client = Client::new(&sandbox).directory(&north);
    client.suspend("a").await;
    let mia = sandbox.user("a").unwrap();
    assert_eq!(mia.membership(&north), Some(Membership::Suspended));
    assert_eq!(mia.membership(&south), Some(Membership::Active));
    // Over the whole organization somebody is suspended only if suspended everywhere.
    assert_eq!(mia.status(), Status::Active);
    client.directory(&south).suspend("a").await;
    assert_eq!(sandbox.user("a").unwrap().status(), Status::Suspended);
}

#[tokio::test]
async fn the_published_profile_refuses_writes_without_a_body() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    assert_eq!(Client::new(&sandbox).suspend("x").await, (404, Value::Null));
    sandbox.set_behaviour(WriteErrorBody::Errors);
    assert_eq!(
        code(&Client::new(&sandbox).suspend("x").await.1),
        "ADMIN-UAM-404-1"
    );
}

#[tokio::test]
async fn removing_from_one_directory_leaves_the_others_alone() {
    let sandbox = Sandbox::builder()
        .directories(2)
        .behaviour(SuspendAdmin::Allowed)
        .user(
            User::new("mia@example.com")
                .id("m")
                .org_admin()
                .membership("Directory 1", Membership::Active)
                .membership("Directory 2", Membership::Active)
                .group("jira-users")
                .group("jira-users-2"),
        )
        .start()
        .await
        .unwrap();
    let [one, two] = sandbox.directory_ids().try_into().unwrap();
    let second = sandbox.group_id("jira-users-2").unwrap();
    Client::new(&sandbox).directory(&one).remove("m").await;
    let mia = sandbox.user("m").unwrap();
    assert_eq!(
        (mia.membership(&one), mia.membership(&two)),
        (None, Some(Membership::Active))
    );
    assert_eq!(
        mia.groups.iter().map(|id| &**id).collect::<Vec<_>>(),
        [second]
    );
    // A role on the organization goes with the last membership.
    assert!(mia.is_org_admin());
    Client::new(&sandbox).directory(&two).remove("m").await;
    assert!(!sandbox.user("m").unwrap().is_org_admin());
}
