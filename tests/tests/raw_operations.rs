//! Each of the 47 published operations over the raw client: method, path, query and body on the wire,
//! judged by the contract and kept as a transcript.
#![allow(clippy::unwrap_used)]

mod support;

use std::num::{NonZeroU32, NonZeroU64};

use atlassian_orgs::raw::organizations::{Client, operations, types};
use serde_json::{Value, json};
use support::judge::Judge;
use support::recorder::Recorder;

const ORG: &str = "org-1";
const DIRECTORY: &str = "dir-1";
const GROUP: &str = "group-1";
/// An id that has to be encoded in a path.
const ACCOUNT: &str = "557058:0b|c";

/// A body from JSON, as a caller would have it in a file.
fn body<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// Calls every operation with every parameter that it has.
async fn call_all(c: &Client) {
    let _ = c.get_orgs().cursor("a b&c").send().await;
    let _ = c.get_org_by_id().org_id(ORG).send().await;
    let _ = c
        .get_user_last_active_dates()
        .account_id(ACCOUNT)
        .cursor("a b&c")
        .org_id(ORG)
        .send()
        .await;
    let _ = c.get_domains().cursor("a b&c").org_id(ORG).send().await;
    let _ = c
        .get_domain_by_id()
        .domain_id("id-1")
        .org_id(ORG)
        .send()
        .await;
    let _ = c.get_event_actions().org_id(ORG).send().await;
    let _ = c
        .get_events()
        .action("a b&c")
        .actor(vec!["a".into(), "b,c&d".into()])
        .cursor("a b&c")
        .from("a b&c")
        .ip(vec!["a".into(), "b,c&d".into()])
        .limit(NonZeroU32::new(7).unwrap())
        .location("a b&c")
        .product(vec!["bitbucket".into(), "b,c&d".into()])
        .q("a b&c")
        .to("a b&c")
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .poll_events()
        .cursor("a b&c")
        .from("a b&c")
        .limit(NonZeroU32::new(7).unwrap())
        .sort_order("asc")
        .to("a b&c")
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_event_by_id()
        .event_id("id-1")
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_policies()
        .cursor("a b&c")
        .type_("a b&c")
        .org_id(ORG)
        .send()
        .await;
    let _ = c.create_policy().org_id(ORG).body(body::<types::PolicyCreateInput>(json!({"data":{"type":"policy","attributes":{"type":"ip-allowlist","name":"n","status":"enabled","rule":{"in":["192.0.2.0/24"]},"resources":[{"id":"ari:cloud:jira::site/1","meta":{"scheduledDate":"2026-01-01","migrationStartDateTime":"s","migrationEndDataTime":"e","atlassianAccountId":"a"},"links":{"ticket":"t"}}]}}}))).send().await;
    let _ = c
        .get_policy_by_id()
        .policy_id("id-1")
        .org_id(ORG)
        .send()
        .await;
    let _ = c.update_policy().policy_id("id-1").org_id(ORG).body(body::<types::PolicyUpdateInput>(json!({"data":{"id":"p","type":"policy","attributes":{"type":"data-residency","name":"n","status":"disabled","rule":{"in":[]},"resources":[]}}}))).send().await;
    let _ = c.delete_policy().policy_id("id-1").org_id(ORG).send().await;
    let _ = c.add_resource_to_policy().policy_id("id-1").org_id(ORG).body(body::<types::ResourceInput>(json!({"id":"ari:cloud:jira::site/1","meta":{"scheduledDate":"2026-01-01"},"links":{"ticket":"t"}}))).send().await;
    let _ = c
        .update_policy_resource()
        .policy_id("id-1")
        .resource_id("id-1")
        .org_id(ORG)
        .body(body::<types::ResourceUpdateInput>(
            json!({"meta":{"scheduledDate":"2026-01-01"},"links":{"ticket":"t"}}),
        ))
        .send()
        .await;
    let _ = c
        .delete_policy_resource()
        .policy_id("id-1")
        .resource_id("id-1")
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .validate_policy()
        .policy_id("id-1")
        .org_id(ORG)
        .send()
        .await;
    let _ = c.get_users().cursor("a b&c").org_id(ORG).send().await;
    let _ = c
        .assign_organization_role()
        .org_id(ORG)
        .user_id(ACCOUNT)
        .body(body::<types::OrganizationLevelRoleApiRequest>(
            json!({"role":"atlassian/org-admin"}),
        ))
        .send()
        .await;
    let _ = c
        .revoke_organization_role()
        .org_id(ORG)
        .user_id(ACCOUNT)
        .body(body::<types::OrganizationLevelRoleApiRequest>(
            json!({"role":"atlassian/org-admin"}),
        ))
        .send()
        .await;
    let _ = c
        .assign_role()
        .user_id(ACCOUNT)
        .org_id(ORG)
        .body(body::<types::RoleApiRequest>(
            json!({"role":"atlassian/user","resource":"ari:cloud:jira::site/1"}),
        ))
        .send()
        .await;
    let _ = c
        .revoke_role()
        .user_id(ACCOUNT)
        .org_id(ORG)
        .body(body::<types::RoleApiRequest>(
            json!({"role":"atlassian/user","resource":"ari:cloud:jira::site/1"}),
        ))
        .send()
        .await;
    let _ = c
        .get_directories_for_org()
        .account_id("a b&c")
        .cursor("a b&c")
        .directory_ids(vec!["a".into(), "b,c&d".into()])
        .limit(NonZeroU64::new(7).unwrap())
        .org_id(ORG)
        .search_term("a b&c")
        .send()
        .await;
    let _ = c
        .get_groups()
        .account_ids(vec!["a".into(), "b,c&d".into()])
        .cursor("a b&c")
        .directory_id(DIRECTORY)
        .directory_ids(vec!["a".into(), "b,c&d".into()])
        .group_ids(vec!["a".into(), "b,c&d".into()])
        .limit(NonZeroU64::new(7).unwrap())
        .org_id(ORG)
        .resource_ids(vec!["a".into(), "b,c&d".into()])
        .resource_owners(vec!["a".into(), "b,c&d".into()])
        .role_ids(vec!["atlassian/user".into(), "b,c&d".into()])
        .search_term("a b&c")
        .send()
        .await;
    let _ = c
        .create_group()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .body(body::<types::CreateGroupBody>(
            json!({"name":"n","description":"d"}),
        ))
        .send()
        .await;
    let _ = c
        .get_groups_count()
        .account_ids(vec!["a".into(), "b,c&d".into()])
        .directory_id(DIRECTORY)
        .directory_ids(vec!["a".into(), "b,c&d".into()])
        .group_ids(vec!["a".into(), "b,c&d".into()])
        .org_id(ORG)
        .resource_ids(vec!["a".into(), "b,c&d".into()])
        .resource_owners(vec!["a".into(), "b,c&d".into()])
        .role_ids(vec!["atlassian/user".into(), "b,c&d".into()])
        .search_term("a b&c")
        .send()
        .await;
    let _ = c.search_directory_groups().directory_id(DIRECTORY).org_id(ORG).body(body::<types::MultiDirectoryGroupSearchRequest>(json!({"accountIds":["a"],"cursor":"c","directoryIds":["d"],"expand":["counts.users"],"groupIds":["g"],"groupNames":["n"],"limit":7,"resourceIds":["r"],"resourceOwners":["jira"],"roleIds":["atlassian/user"],"searchTerm":"t","sortBy":[{"direction":"asc","field":"name"}]}))).send().await;
    let _ = c
        .get_groups_stats()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_group()
        .directory_id(DIRECTORY)
        .group_id(GROUP)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .delete_group()
        .directory_id(DIRECTORY)
        .group_id(GROUP)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .add_user_to_group()
        .directory_id(DIRECTORY)
        .group_id(GROUP)
        .org_id(ORG)
        .body(body::<types::AddUserToGroupBody>(json!({"accountId":"a"})))
        .send()
        .await;
    let _ = c
        .remove_user_from_group()
        .account_id(ACCOUNT)
        .directory_id(DIRECTORY)
        .group_id(GROUP)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_group_role_assignments()
        .cursor("a b&c")
        .directory_id(DIRECTORY)
        .directory_ids(vec!["a".into(), "b,c&d".into()])
        .group_id(GROUP)
        .limit(NonZeroU64::new(7).unwrap())
        .org_id(ORG)
        .resource_ids(vec!["a".into(), "b,c&d".into()])
        .resource_owners(vec!["a".into(), "b,c&d".into()])
        .role_ids(vec!["atlassian/user".into(), "b,c&d".into()])
        .send()
        .await;
    let _ = c
        .assign_group_role()
        .directory_id(DIRECTORY)
        .group_id(GROUP)
        .org_id(ORG)
        .body(body::<types::AssignGroupRoleBody>(
            json!({"resourceId":"r","roleId":"atlassian/user"}),
        ))
        .send()
        .await;
    let _ = c
        .revoke_group_role()
        .directory_id(DIRECTORY)
        .group_id(GROUP)
        .org_id(ORG)
        .body(body::<types::RevokeGroupRoleBody>(
            json!({"resourceId":"r","roleId":"atlassian/user"}),
        ))
        .send()
        .await;
    let _ = c
        .get_directory_users()
        .account_ids(vec!["a".into(), "b,c&d".into()])
        .account_status(vec!["active".into(), "b,c&d".into()])
        .claim_status("managed")
        .cursor("a b&c")
        .directory_id(DIRECTORY)
        .directory_ids(vec!["a".into(), "b,c&d".into()])
        .email_domains(vec!["a".into(), "b,c&d".into()])
        .group_ids(vec!["a".into(), "b,c&d".into()])
        .limit(NonZeroU64::new(7).unwrap())
        .membership_status(vec!["active".into(), "b,c&d".into()])
        .mfa_enabled(true)
        .org_id(ORG)
        .resource_ids(vec!["a".into(), "b,c&d".into()])
        .role_ids(vec!["atlassian/user".into(), "b,c&d".into()])
        .search_term("a b&c")
        .status(vec!["active".into(), "b,c&d".into()])
        .send()
        .await;
    let _ = c
        .get_directory_users_count()
        .account_ids(vec!["a".into(), "b,c&d".into()])
        .account_status(vec!["active".into(), "b,c&d".into()])
        .claim_status("managed")
        .directory_id(DIRECTORY)
        .directory_ids(vec!["a".into(), "b,c&d".into()])
        .email_domains(vec!["a".into(), "b,c&d".into()])
        .group_ids(vec!["a".into(), "b,c&d".into()])
        .membership_status(vec!["active".into(), "b,c&d".into()])
        .mfa_enabled(true)
        .org_id(ORG)
        .resource_ids(vec!["a".into(), "b,c&d".into()])
        .role_ids(vec!["atlassian/user".into(), "b,c&d".into()])
        .search_term("a b&c")
        .status(vec!["active".into(), "b,c&d".into()])
        .send()
        .await;
    let _ = c.search_directory_users().directory_id(DIRECTORY).org_id(ORG).body(body::<types::MultiDirectoryUserSearchRequest>(json!({"accountIds":["a"],"accountStatus":["active"],"claimStatus":"managed","cursor":"c","directoryIds":["d"],"emailDomains":["example.com"],"emails":["mia@example.com"],"expand":["groups"],"groupIds":["g"],"limit":7,"membershipStatus":["suspended"],"mfaEnabled":true,"resourceIds":["r"],"roleIds":["atlassian/user"],"searchTerm":"t","sortBy":[{"direction":"asc","field":"nick_name"}],"status":["not_invited"]}))).send().await;
    let _ = c
        .get_user_stats()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .remove_user()
        .account_id(ACCOUNT)
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .restore_user()
        .account_id(ACCOUNT)
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_user_role_assignments()
        .account_id(ACCOUNT)
        .cursor("a b&c")
        .directory_id(DIRECTORY)
        .directory_ids(vec!["a".into(), "b,c&d".into()])
        .limit(NonZeroU64::new(7).unwrap())
        .org_id(ORG)
        .resource_ids(vec!["a".into(), "b,c&d".into()])
        .resource_owners(vec!["a".into(), "b,c&d".into()])
        .role_ids(vec!["atlassian/user".into(), "b,c&d".into()])
        .send()
        .await;
    let _ = c
        .suspend_user()
        .account_id(ACCOUNT)
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_directory_user_details()
        .account_id(ACCOUNT)
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c.invite_users().org_id(ORG).body(body::<types::MultidirectoryInviteApiRequest>(json!({"emails":["mia@example.com"],"permissionRules":[{"resource":"ari:cloud:jira::site/1","role":"atlassian/user"}],"additionalGroups":["g"],"sendNotification":true,"notificationText":"Welcome"}))).send().await;
    let _ = c.query_workspaces_v2().org_id(ORG).body(body::<types::SearchWorkspacesRequestV2>(json!({"limit":7,"cursor":"c","sort":[{"field":"name","order":"asc"}],"query":{"and":[{"field":{"name":"attributes.type","values":["jira"]}},{"nor":[{"searchWorkspaces":"old"}]},{"features":["f"]},{"policies":["p"]}]}}))).send().await;
}

/// Calls every operation that has parameters or a body which it does not need, without them.
async fn call_bare(c: &Client) {
    let _ = c.get_orgs().send().await;
    let _ = c
        .get_user_last_active_dates()
        .account_id(ACCOUNT)
        .org_id(ORG)
        .send()
        .await;
    let _ = c.get_domains().org_id(ORG).send().await;
    let _ = c.get_events().org_id(ORG).send().await;
    let _ = c.poll_events().org_id(ORG).send().await;
    let _ = c.get_policies().org_id(ORG).send().await;
    let _ = c.get_users().org_id(ORG).send().await;
    let _ = c.get_directories_for_org().org_id(ORG).send().await;
    let _ = c
        .get_groups()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_groups_count()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .search_directory_groups()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_group_role_assignments()
        .directory_id(DIRECTORY)
        .group_id(GROUP)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_directory_users()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_directory_users_count()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .search_directory_users()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .get_user_role_assignments()
        .account_id(ACCOUNT)
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .send()
        .await;
    let _ = c.query_workspaces_v2().org_id(ORG).send().await;
    let _ = c.create_policy().org_id(ORG).send().await;
    let _ = c.update_policy().policy_id("id-1").org_id(ORG).send().await;
    let _ = c
        .add_resource_to_policy()
        .policy_id("id-1")
        .org_id(ORG)
        .body(body::<types::ResourceInput>(
            json!({"id":"ari:cloud:jira::site/1"}),
        ))
        .send()
        .await;
    let _ = c
        .update_policy_resource()
        .policy_id("id-1")
        .resource_id("id-1")
        .org_id(ORG)
        .send()
        .await;
    let _ = c
        .assign_role()
        .user_id(ACCOUNT)
        .org_id(ORG)
        .body(body::<types::RoleApiRequest>(
            json!({"role":"atlassian/user"}),
        ))
        .send()
        .await;
    let _ = c
        .revoke_role()
        .user_id(ACCOUNT)
        .org_id(ORG)
        .body(body::<types::RoleApiRequest>(
            json!({"role":"atlassian/user"}),
        ))
        .send()
        .await;
    let _ = c
        .create_group()
        .directory_id(DIRECTORY)
        .org_id(ORG)
        .body(body::<types::CreateGroupBody>(json!({"name":"n"})))
        .send()
        .await;
    let _ = c
        .invite_users()
        .org_id(ORG)
        .body(body::<types::MultidirectoryInviteApiRequest>(
            json!({"emails":["mia@example.com"]}),
        ))
        .send()
        .await;
}

const CONTRACT: &str = include_str!("../../openapi/organizations/contract.json");

fn judge() -> Judge {
    Judge::new(
        CONTRACT,
        "/admin",
        &[ORG, DIRECTORY, GROUP, ACCOUNT, "id-1"],
    )
}

#[tokio::test]
async fn every_operation_goes_out_as_the_contract_says() {
    let recorder = Recorder::default();
    let client = recorder.client();
    call_all(&client.raw()).await;
    let sent = recorder.take();
    assert_eq!(operations::ALL.len(), 47);
    insta::assert_snapshot!(
        "every_parameter",
        judge().everything(&sent, operations::ALL)
    );
}

#[tokio::test]
async fn what_is_not_given_is_not_sent() {
    let recorder = Recorder::default();
    let client = recorder.client();
    call_bare(&client.raw()).await;
    let sent = recorder.take();
    insta::assert_snapshot!("nothing_optional", judge().required(&sent, operations::ALL));
}
