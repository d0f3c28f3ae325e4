//! Each of the 47 published operations over the raw client: method, path, query and body on the wire,
//! judged by the contract and kept as a transcript.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroU64};

use atlassian_orgs::raw::organizations::{Client, operations, types};
use serde_json::{Value, json};
use support::recorder::{Recorder, Sent};

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
}

#[tokio::test]
async fn every_operation_goes_out_as_the_contract_says() {
    let recorder = Recorder::default();
    let client = recorder.client();
    call_all(&client.raw()).await;
    let sent = recorder.take();
    let called: BTreeSet<&str> = sent.iter().map(|s| s.operation.id).collect();
    let all: BTreeSet<&str> = operations::ALL.iter().map(|o| o.id).collect();
    assert_eq!(called, all, "an operation was not called");
    assert_eq!(all.len(), 47);
    for one in &sent {
        judge(one);
    }
    insta::assert_snapshot!("every_parameter", transcript(&sent));
}

#[tokio::test]
async fn what_is_not_given_is_not_sent() {
    let recorder = Recorder::default();
    let client = recorder.client();
    call_bare(&client.raw()).await;
    let sent = recorder.take();
    for one in &sent {
        judge(one);
        assert_eq!(one.query, "", "{}", one.operation.id);
        assert!(
            one.body.as_ref().is_none_or(|b| *b == json!({})),
            "{}",
            one.operation.id
        );
    }
    insta::assert_snapshot!("nothing_optional", transcript(&sent));
}

/// Every request, with headers that are the same for all said once.
fn transcript(sent: &[Sent]) -> String {
    let mut out = String::new();
    for one in sent {
        out.push_str(&format!(
            "{}\n  {} {}",
            one.operation.id, one.method, one.path
        ));
        if !one.query.is_empty() {
            out.push_str(&format!("\n    ?{}", one.query.replace('&', "\n    &")));
        }
        if let Some(body) = &one.body {
            out.push_str(&format!("\n  {body}"));
        }
        out.push_str("\n\n");
    }
    out
}

fn contract() -> Value {
    serde_json::from_str(include_str!("../../openapi/organizations/contract.json")).unwrap()
}

fn resolve<'a>(doc: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(target) => resolve(doc, doc.pointer(target.trim_start_matches('#')).unwrap()),
        None => value,
    }
}

/// Holds a request against the contract as published: its operation exists, every path parameter is
/// one whole segment that decodes to what was given, every query parameter is declared and written as
/// its `explode` says, and the body satisfies its schema.
fn judge(sent: &Sent) {
    let contract = contract();
    let id = sent.operation.id;
    let same = |a: &str, b: &str| {
        let shape = |t: &str| {
            t.split('/')
                .map(|s| if s.starts_with('{') { "{}" } else { s }.to_owned())
                .collect::<Vec<_>>()
        };
        shape(a) == shape(b)
    };
    let found = contract["paths"]
        .as_object()
        .unwrap()
        .iter()
        .find(|(path, item)| {
            same(path, sent.operation.path) && item[sent.method.to_lowercase()].is_object()
        });
    let (template, item) = found.unwrap_or_else(|| panic!("{id} is not in the contract"));
    let operation = &item[sent.method.to_lowercase()];

    let path = sent.path.strip_prefix("/admin").unwrap();
    let (wanted, got): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    assert_eq!(wanted.len(), got.len(), "{id}: {path}");
    for (wanted, got) in wanted.iter().zip(&got) {
        if wanted.starts_with('{') {
            let value = percent_encoding::percent_decode_str(got)
                .decode_utf8()
                .unwrap();
            assert!(
                [ORG, DIRECTORY, GROUP, ACCOUNT, "id-1"].contains(&&*value),
                "{id}: {value}"
            );
        } else {
            assert_eq!(wanted, got, "{id}");
        }
    }

    let empty = Vec::new();
    let parameters = operation["parameters"].as_array().unwrap_or(&empty);
    let parameters: Vec<&Value> = parameters.iter().map(|p| resolve(&contract, p)).collect();
    let mut names: Vec<&str> = Vec::new();
    for pair in sent.query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        let declared = parameters
            .iter()
            .find(|p| p["in"] == "query" && p["name"] == name);
        let declared = declared.unwrap_or_else(|| panic!("{id} has no query parameter {name}"));
        let array = declared["schema"]["type"] == "array";
        let exploded = array && declared["explode"] != false;
        assert!(exploded || !names.contains(&name), "{id}: {name} twice");
        assert_eq!(
            array && !exploded,
            value.contains(','),
            "{id}: {name}={value}"
        );
        names.push(name);
    }

    match (&sent.body, operation.get("requestBody")) {
        (None, None) => {}
        (Some(body), Some(declared)) => {
            let schema = &resolve(&contract, declared)["content"]["application/json"]["schema"];
            let schema = as_json_schema(&contract, schema);
            let validator = jsonschema::draft4::new(&schema).unwrap();
            let faults: Vec<String> = validator.iter_errors(body).map(|e| e.to_string()).collect();
            assert!(faults.is_empty(), "{id}: {faults:?}");
        }
        (sent, declared) => panic!(
            "{id}: body sent {}, declared {}",
            sent.is_some(),
            declared.is_some()
        ),
    }
}

/// A schema of the contract with all component schemas beside it, as JSON Schema.
fn as_json_schema(contract: &Value, schema: &Value) -> Value {
    json!({ "allOf": [schema], "components": contract["components"] })
}
