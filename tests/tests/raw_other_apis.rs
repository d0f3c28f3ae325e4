//! The APIs that the facade does not use: each operation on the wire, judged by its contract and
//! kept as a transcript.
#![allow(clippy::unwrap_used, deprecated)]

mod support;

use std::sync::Arc;

use atlassian_orgs_api::{jira_users, organizations_v1, user_management};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::judge::Judge;
use support::recorder::Recorder;

const ORG: &str = "org-1";
const GROUP: &str = "group-1";
const TOKEN: &str = "id-1";
/// An id that has to be encoded in a path.
const ACCOUNT: &str = "557058:0b|c";
const IDS: &[&str] = &[ORG, GROUP, TOKEN, ACCOUNT];

/// A body from JSON, as a caller would have it in a file.
fn body<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn organizations_v1_goes_out_as_the_contract_says() {
    use organizations_v1::{Client, operations, types};
    let judge = Judge::new(
        include_str!("../../openapi/organizations-v1/contract.json"),
        "/admin",
        IDS,
    );
    let recorder = Recorder::default();
    let c = Client::new_with_client(
        "https://api.atlassian.com/admin",
        reqwest::Client::new(),
        Arc::new(recorder.clone()),
    );

    let _ = c
        .create_group()
        .org_id(ORG)
        .body(body::<types::CreateGroupInput>(
            json!({"name":"n","description":"d"}),
        ))
        .send()
        .await;
    let _ = c
        .delete_group()
        .org_id(ORG)
        .group_id(GROUP)
        .force_if_not_empty(true)
        .send()
        .await;
    let _ = c
        .add_user_to_group()
        .org_id(ORG)
        .group_id(GROUP)
        .body(body::<types::AddGroupMembershipInput>(
            json!({"account_id":"a"}),
        ))
        .send()
        .await;
    let _ = c
        .remove_user_from_group()
        .org_id(ORG)
        .group_id(GROUP)
        .account_id(ACCOUNT)
        .send()
        .await;
    let roles =
        json!({"roleAssociations":[{"resource":"ari:cloud:jira::site/1","role":"atlassian/user"}]});
    let _ = c
        .assign_role_to_group()
        .org_id(ORG)
        .group_id(GROUP)
        .body(body::<types::GroupRoleAssignmentInput>(roles.clone()))
        .send()
        .await;
    let _ = c
        .revoke_role_to_group()
        .org_id(ORG)
        .group_id(GROUP)
        .body(body::<types::GroupRoleAssignmentInput>(roles))
        .send()
        .await;
    let _ = c.remove_user().org_id(ORG).account_id(ACCOUNT).send().await;
    let _ = c
        .restore_user_access()
        .org_id(ORG)
        .account_id(ACCOUNT)
        .send()
        .await;
    let _ = c
        .suspend_user_access()
        .org_id(ORG)
        .account_id(ACCOUNT)
        .send()
        .await;
    let uuid = "0b1c2d3e-0000-4000-8000-000000000001";
    let _ = c.search_groups().org_id(ORG).body(body::<types::GroupsSearchRequest>(json!({"cursor":"c","expand":["USERS","ROLE_ASSIGNMENTS"],"groupIds":[uuid],"groupNames":{"contains":"n","eq":["m"]},"limit":7}))).send().await;
    let _ = c.invite_user().org_id(ORG).body(body::<types::InviteApiRequest>(json!({"email":"mia@example.com","notificationText":"Welcome","permissionRule":{"resource":"ari:cloud:jira::site/1","role":"atlassian/user"},"sendNotification":true}))).send().await;
    let _ = c.search_users().org_id(ORG).body(body::<types::UsersSearchRequest>(json!({"accountIds":[uuid],"accountStatuses":["ACTIVE"],"accountTypes":["app"],"cursor":"c","emailDomains":{"contains":"x","eq":["example.com"]},"emailUsernames":{"contains":"m","eq":["mia"]},"expand":["EMAIL"],"isSuspended":false,"limit":7,"namesOrNicknames":{"contains":"i","eq":["Mia"]}}))).send().await;
    let sent = recorder.take();
    assert_eq!(operations::ALL.len(), 12);
    insta::assert_snapshot!(
        "organizations_v1_every_parameter",
        judge.everything(&sent, operations::ALL)
    );

    let _ = c
        .create_group()
        .org_id(ORG)
        .body(body::<types::CreateGroupInput>(json!({"name":"n"})))
        .send()
        .await;
    let _ = c.delete_group().org_id(ORG).group_id(GROUP).send().await;
    let _ = c.search_groups().org_id(ORG).send().await;
    let _ = c
        .invite_user()
        .org_id(ORG)
        .body(body::<types::InviteApiRequest>(
            json!({"email":"mia@example.com"}),
        ))
        .send()
        .await;
    let _ = c.search_users().org_id(ORG).send().await;
    let sent = recorder.take();
    insta::assert_snapshot!(
        "organizations_v1_nothing_optional",
        judge.required(&sent, operations::ALL)
    );
}

#[tokio::test]
async fn user_management_goes_out_as_the_contract_says() {
    use user_management::{Client, operations, types};
    let judge = Judge::new(
        include_str!("../../openapi/user-management/contract.json"),
        "",
        IDS,
    );
    let recorder = Recorder::default();
    let c = Client::new_with_client(
        "https://api.atlassian.com",
        reqwest::Client::new(),
        Arc::new(recorder.clone()),
    );

    let _ = c
        .get_manageability()
        .account_id(ACCOUNT.to_owned())
        .privileges(vec!["profile".into(), "a b&c".into()])
        .send()
        .await;
    let _ = c
        .get_api_tokens()
        .account_id(ACCOUNT.to_owned())
        .send()
        .await;
    let _ = c
        .delete_api_token()
        .account_id(ACCOUNT.to_owned())
        .token_id(TOKEN)
        .send()
        .await;
    let _ = c
        .set_email()
        .account_id(ACCOUNT.to_owned())
        .body(body::<types::SetEmailBody>(
            json!({"email":"mia@example.com"}),
        ))
        .send()
        .await;
    let _ = c
        .cancel_deletion()
        .account_id(ACCOUNT.to_owned())
        .send()
        .await;
    let _ = c
        .delete_account()
        .account_id(ACCOUNT.to_owned())
        .send()
        .await;
    let _ = c
        .deactivate_account()
        .account_id(ACCOUNT.to_owned())
        .body(body::<types::DeactivateAccountBody>(
            json!({"message":"On leave"}),
        ))
        .send()
        .await;
    let _ = c
        .activate_account()
        .account_id(ACCOUNT.to_owned())
        .send()
        .await;
    let _ = c.get_profile().account_id(ACCOUNT.to_owned()).send().await;
    let _ = c.update_profile().account_id(ACCOUNT.to_owned()).body(body::<types::AtlassianAccountUser>(json!({"name":"Mia","extended_profile":{"department":"d","job_title":"j","location":"l","organization":"o"},"locale":"de","nickname":"mia","zoneinfo":"Europe/Berlin"}))).send().await;
    let sent = recorder.take();
    assert_eq!(operations::ALL.len(), 10);
    insta::assert_snapshot!(
        "user_management_every_parameter",
        judge.everything(&sent, operations::ALL)
    );

    let _ = c
        .get_manageability()
        .account_id(ACCOUNT.to_owned())
        .send()
        .await;
    let _ = c
        .deactivate_account()
        .account_id(ACCOUNT.to_owned())
        .send()
        .await;
    let _ = c
        .update_profile()
        .account_id(ACCOUNT.to_owned())
        .body(body::<types::AtlassianAccountUser>(
            json!({"name":"Mia","nickname":"mia"}),
        ))
        .send()
        .await;
    let sent = recorder.take();
    insta::assert_snapshot!(
        "user_management_nothing_optional",
        judge.required(&sent, operations::ALL)
    );
}

#[tokio::test]
async fn jira_users_goes_out_as_the_contract_says() {
    use jira_users::{Client, operations, types};
    let judge = Judge::new(
        include_str!("../../openapi/jira-users/contract.json"),
        "",
        IDS,
    );
    let recorder = Recorder::default();
    let c = Client::new_with_client(
        "https://example.atlassian.net",
        reqwest::Client::new(),
        Arc::new(recorder.clone()),
    );

    let person = json!({"applicationKeys":["jira-core"],"displayName":"Mia","emailAddress":"mia@example.com","key":"k","name":"mia","password":"p","products":["jira-software"]});
    let _ = c
        .get_user()
        .account_id(ACCOUNT)
        .expand("groups,applicationRoles")
        .key("a b&c")
        .username("a b&c")
        .send()
        .await;
    let _ = c
        .create_user()
        .body(body::<types::NewUserDetails>(person.clone()))
        .send()
        .await;
    let _ = c
        .remove_user()
        .account_id(ACCOUNT)
        .key("a b&c")
        .username("a b&c")
        .send()
        .await;
    let _ = c
        .get_user_v2()
        .account_id(ACCOUNT)
        .expand("groups,applicationRoles")
        .key("a b&c")
        .username("a b&c")
        .send()
        .await;
    let _ = c
        .create_user_v2()
        .body(body::<types::NewUserDetails>(person))
        .send()
        .await;
    let _ = c
        .remove_user_v2()
        .account_id(ACCOUNT)
        .key("a b&c")
        .username("a b&c")
        .send()
        .await;
    let sent = recorder.take();
    assert_eq!(operations::ALL.len(), 6);
    insta::assert_snapshot!(
        "jira_users_every_parameter",
        judge.everything(&sent, operations::ALL)
    );

    let person = json!({"emailAddress":"mia@example.com","products":[]});
    let _ = c.get_user().send().await;
    let _ = c
        .create_user()
        .body(body::<types::NewUserDetails>(person.clone()))
        .send()
        .await;
    let _ = c.remove_user().account_id(ACCOUNT).send().await;
    let _ = c.get_user_v2().send().await;
    let _ = c
        .create_user_v2()
        .body(body::<types::NewUserDetails>(person))
        .send()
        .await;
    let _ = c.remove_user_v2().account_id(ACCOUNT).send().await;
    let sent = recorder.take();
    insta::assert_snapshot!(
        "jira_users_nothing_optional",
        judge.required(&sent, operations::ALL)
    );
}

/// Each API has an address of its own.
#[test]
fn every_api_says_where_it_is() {
    use atlassian_orgs_api::{jira_users, organizations, user_management};
    let of = [
        organizations::operations::BASE_URL,
        user_management::operations::BASE_URL,
        jira_users::operations::BASE_URL,
    ];
    assert_eq!(
        of,
        [
            "https://api.atlassian.com/admin",
            "https://api.atlassian.com",
            "https://your-domain.atlassian.net"
        ]
    );
}
