//! Every raw call: with everything it can carry, and with nothing it can do without.
//!
//! What comes back is not looked at here: the proxy judges it, and the command reports each status.

use std::num::{NonZeroU32, NonZeroU64};

use atlassian_orgs::raw::organizations::{Client, types};
use serde_json::{Value, json};

use crate::hop::Hop;
use crate::organization::Known;

/// A cursor that nobody gave out, with characters that have to be encoded.
const CURSOR: &str = "a b&c,ä";

/// A body from JSON, as a caller would have it in a file.
macro_rules! body {
    ($type:ident, $($json:tt)+) => {
        serde_json::from_value::<types::$type>(json!($($json)+)).expect("the body is one of this type")
    };
}

/// Names each call for the hop, and makes it.
macro_rules! calls {
    ($client:expr, $hop:expr; $($operation:ident $(.$set:ident($value:expr))*;)*) => {$(
        $hop.call(concat!("raw: ", stringify!($operation)));
        let _ = $client.$operation()$(.$set($value))*.send().await;
    )*};
}

/// Makes all of them: reads first, what removes something last.
pub(crate) async fn drive(client: &Client, hop: &Hop, known: &Known) {
    everything(client, hop, known).await;
    bare(client, hop, known).await;
    writes(client, hop, known).await;
    removals(client, hop, known).await;
}

/// Reads with every parameter.
async fn everything(client: &Client, hop: &Hop, known: &Known) {
    let org = &*known.org;
    let directory = &*known.directory;
    let group = &*known.group;
    let person = known.people[10].as_str();
    let ids = |id: &str| vec![id.to_owned(), "b,c&d".to_owned()];
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let seven = NonZeroU64::MIN.saturating_add(6);
    let seven_32 = NonZeroU32::MIN.saturating_add(6);
    calls! { client, hop;
        get_orgs.cursor(CURSOR);
        get_user_last_active_dates.org_id(org).account_id(person).cursor(CURSOR);
        get_domains.org_id(org).cursor(CURSOR);
        get_events.org_id(org).action("user_added_to_group").actor(ids(person)).cursor(CURSOR).from("1788220800000")
            .to("1788220900000").ip(ids("192.0.2.1")).limit(seven_32).location(CURSOR)
            .product(vec!["jira".into(), "loom".into()]).q(CURSOR);
        poll_events.org_id(org).cursor(CURSOR).from("1788220800000").to("1788220900000").limit(seven_32)
            .sort_order("desc");
        get_policies.org_id(org).cursor(CURSOR).type_("ip-allowlist");
        get_users.org_id(org).cursor(CURSOR);
        get_directories_for_org.org_id(org).account_id(person).cursor(CURSOR).directory_ids(ids(directory))
            .limit(seven).search_term(CURSOR);
        get_groups.org_id(org).directory_id("-").account_ids(ids(person)).cursor(CURSOR)
            .directory_ids(ids(directory)).group_ids(ids(group)).limit(seven).resource_ids(ids(&known.resource))
            .resource_owners(ids("jira")).role_ids(vec!["atlassian/user".into(), "atlassian/ai-access".into()])
            .search_term(CURSOR);
        get_groups_count.org_id(org).directory_id("-").account_ids(ids(person)).directory_ids(ids(directory))
            .group_ids(ids(group)).resource_ids(ids(&known.resource)).resource_owners(ids("jira"))
            .role_ids(vec!["atlassian/user".into(), "atlassian/guest".into()]).search_term(CURSOR);
        get_group_role_assignments.org_id(org).directory_id(directory).group_id(group).cursor(CURSOR)
            .directory_ids(ids(directory)).limit(seven).resource_ids(ids(&known.resource))
            .resource_owners(ids("jira")).role_ids(vec!["atlassian/user".into(), "atlassian/guest".into()]);
        get_directory_users.org_id(org).directory_id("-").account_ids(ids(person))
            .account_status(vec!["active".into(), "closed".into()]).claim_status("managed").cursor(CURSOR)
            .directory_ids(ids(directory)).email_domains(words(&["example.com", "b,c&d"])).group_ids(ids(group))
            .limit(seven).membership_status(vec!["active".into(), "no_membership".into()]).mfa_enabled(true)
            .resource_ids(ids(&known.resource)).role_ids(vec!["atlassian/user".into(), "atlassian/guest".into()])
            .search_term(CURSOR).status(vec!["active".into(), "not_invited".into()]);
        get_directory_users_count.org_id(org).directory_id("-").account_ids(ids(person))
            .account_status(vec!["active".into(), "inactive".into()]).claim_status("unmanaged")
            .directory_ids(ids(directory)).email_domains(words(&["example.com", "b,c&d"])).group_ids(ids(group))
            .membership_status(vec!["suspended".into()]).mfa_enabled(false)
            .resource_ids(ids(&known.resource)).role_ids(vec!["atlassian/user".into(), "atlassian/guest".into()])
            .search_term(CURSOR).status(vec!["suspended".into(), "deactivated".into()]);
        get_user_role_assignments.org_id(org).directory_id(directory).account_id(person).cursor(CURSOR)
            .directory_ids(ids(directory)).limit(seven).resource_ids(ids(&known.resource))
            .resource_owners(ids("jira")).role_ids(vec!["atlassian/user".into(), "atlassian/guest".into()]);
        search_directory_groups.org_id(org).directory_id("-").body(body!(MultiDirectoryGroupSearchRequest, {
            "accountIds": [person], "directoryIds": [directory], "expand": ["counts.users"], "groupIds": [group],
            "limit": 7, "resourceIds": [known.resource], "resourceOwners": ["jira"], "roleIds": ["atlassian/user"],
            "searchTerm": "t", "sortBy": [{ "direction": "asc", "field": "name" }],
        }));
        search_directory_groups.org_id(org).directory_id(directory).body(body!(MultiDirectoryGroupSearchRequest, {
            "cursor": CURSOR, "groupNames": ["spare", "b,c&d"],
        }));
        search_directory_users.org_id(org).directory_id("-").body(body!(MultiDirectoryUserSearchRequest, {
            "accountIds": [person], "accountStatus": ["active"], "claimStatus": "unmanaged",
            "directoryIds": [directory], "emailDomains": ["example.com"], "emails": ["mia@example.com"],
            "expand": ["groups"], "groupIds": [group], "limit": 7, "membershipStatus": ["suspended"],
            "mfaEnabled": true, "resourceIds": [known.resource], "roleIds": ["atlassian/user"],
            "searchTerm": "t", "sortBy": [{ "direction": "desc", "field": "nick_name" }],
        }));
        search_directory_users.org_id(org).directory_id(directory).body(body!(MultiDirectoryUserSearchRequest, {
            "cursor": CURSOR, "status": ["not_invited"],
        }));
        query_workspaces_v2.org_id(org).body(body!(SearchWorkspacesRequestV2, {
            "limit": 7, "sort": [{ "field": "name", "order": "asc" }],
            "query": { "and": [
                { "field": { "name": "attributes.type", "values": ["jira"] } },
                { "nor": [{ "searchWorkspaces": "old" }] },
                { "features": ["f"] },
                { "policies": ["p"] },
            ] },
        }));
        query_workspaces_v2.org_id(org).body(body!(SearchWorkspacesRequestV2, { "cursor": CURSOR }));
    }
}

/// Reads with nothing that is optional, of things that exist and of things that do not.
async fn bare(client: &Client, hop: &Hop, known: &Known) {
    let org = &*known.org;
    calls! { client, hop;
        get_orgs;
        get_org_by_id.org_id(org);
        get_domains.org_id(org);
        get_domain_by_id.org_id(org).domain_id(&known.domain);
        get_event_actions.org_id(org);
        get_events.org_id(org);
        poll_events.org_id(org);
        get_event_by_id.org_id(org).event_id(&known.event);
        get_policies.org_id(org);
        get_policy_by_id.org_id(org).policy_id(&known.policy);
        validate_policy.org_id(org).policy_id(&known.policy);
        get_users.org_id(org);
        get_user_last_active_dates.org_id(org).account_id(&known.managed);
        get_directories_for_org.org_id(org);
        query_workspaces_v2.org_id(org);
    }
    for directory in ["-", &known.directory, "no such directory"] {
        calls! { client, hop;
            get_groups.org_id(org).directory_id(directory);
            get_groups_count.org_id(org).directory_id(directory);
            get_groups_stats.org_id(org).directory_id(directory);
            search_directory_groups.org_id(org).directory_id(directory);
            get_group.org_id(org).directory_id(directory).group_id(&known.group);
            get_group_role_assignments.org_id(org).directory_id(directory).group_id(&known.group);
            get_directory_users.org_id(org).directory_id(directory);
            get_directory_users_count.org_id(org).directory_id(directory);
            get_user_stats.org_id(org).directory_id(directory);
            search_directory_users.org_id(org).directory_id(directory);
        }
        // Two ids whose characters have to be encoded are among them.
        for person in [&*known.people[11], &*known.managed, "557058:0b|c", "ä b"] {
            calls! { client, hop;
                get_directory_user_details.org_id(org).directory_id(directory).account_id(person);
                get_user_role_assignments.org_id(org).directory_id(directory).account_id(person);
            }
        }
    }
}

/// Writes, and what takes them back.
async fn writes(client: &Client, hop: &Hop, known: &Known) {
    let org = &*known.org;
    let directory = &*known.directory;
    let group = &*known.group;
    let policy = &*known.policy;
    let person = known.people[12].as_str();
    let resource = &*known.resource;
    let role =
        || body!(RoleApiRequest, { "role": "atlassian/user-access-admin", "resource": resource });
    let admin = || body!(OrganizationLevelRoleApiRequest, { "role": "atlassian/org-admin" });
    let of_app = json!({ "resourceId": resource, "roleId": "atlassian/user" });
    let attributes = json!({
        "type": "ip-allowlist", "name": "n", "status": "enabled", "rule": { "in": ["192.0.2.0/24"] },
        "resources": [{ "id": resource, "meta": meta(), "links": { "ticket": "t" } }],
    });
    calls! { client, hop;
        create_policy.org_id(org).body(body!(PolicyCreateInput, {
            "data": { "type": "policy", "attributes": attributes },
        }));
        update_policy.org_id(org).policy_id(policy).body(body!(PolicyUpdateInput, {
            "data": { "id": policy, "type": "policy", "attributes": {
                "type": "data-residency", "name": "n", "status": "disabled", "rule": { "in": [] },
                "resources": [],
            } },
        }));
        add_resource_to_policy.org_id(org).policy_id(policy).body(body!(ResourceInput, {
            "id": "resource 2", "meta": meta(), "links": { "ticket": "t" },
        }));
        update_policy_resource.org_id(org).policy_id(policy).resource_id("resource 2")
            .body(body!(ResourceUpdateInput, { "meta": meta(), "links": { "ticket": "t" } }));
        create_group.org_id(org).directory_id(directory)
            .body(body!(CreateGroupBody, { "name": "made by the judge", "description": "d" }));
        add_user_to_group.org_id(org).directory_id(directory).group_id(group)
            .body(body!(AddUserToGroupBody, { "accountId": person }));
        remove_user_from_group.org_id(org).directory_id(directory).group_id(group).account_id(person);
        assign_group_role.org_id(org).directory_id(directory).group_id(group)
            .body(body!(AssignGroupRoleBody, of_app));
        revoke_group_role.org_id(org).directory_id(directory).group_id(group)
            .body(body!(RevokeGroupRoleBody, of_app));
        assign_role.org_id(org).user_id(person).body(role());
        revoke_role.org_id(org).user_id(person).body(role());
        assign_organization_role.org_id(org).user_id(person).body(admin());
        revoke_organization_role.org_id(org).user_id(person).body(admin());
        suspend_user.org_id(org).directory_id(directory).account_id(person);
        restore_user.org_id(org).directory_id(directory).account_id(person);
        invite_users.org_id(org).body(body!(MultidirectoryInviteApiRequest, {
            "emails": ["raw@example.com"], "additionalGroups": [group], "sendNotification": true,
            "permissionRules": [{ "resource": resource, "role": "atlassian/user" }],
            "notificationText": "Welcome",
        }));
        invite_users.org_id(org).body(body!(MultidirectoryInviteApiRequest, { "emails": ["bare@example.com"] }));
    }
}

fn meta() -> Value {
    json!({
        "scheduledDate": "2026-01-01", "migrationStartDateTime": "s", "migrationEndDataTime": "e",
        "atlassianAccountId": "a",
    })
}

/// What leaves less than there was.
async fn removals(client: &Client, hop: &Hop, known: &Known) {
    let org = &*known.org;
    let directory = &*known.directory;
    calls! { client, hop;
        delete_policy_resource.org_id(org).policy_id(&known.policy).resource_id("resource 2");
        delete_policy.org_id(org).policy_id(&known.policy);
        delete_group.org_id(org).directory_id(directory).group_id(&known.group);
        remove_user.org_id(org).directory_id(directory).account_id(&known.people[13]);
    }
}
