//! The operations of the service.

use http::Method;

use super::operation::Family::{Ended, Invite, V1, V1Domains, V2Read, V2Write, Workspaces};
use super::operation::{Operation, ended};
use super::{
    directories, domains, events, groups, invite, lifecycle, managed, orgs, policies, roles, users,
    workspaces,
};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

const DIRECTORIES: &str = "read:directories:admin";
const DOMAINS: &str = "read:domains:admin";
const EVENTS: &str = "read:events:admin";
const GROUPS: &str = "read:groups:admin";

macro_rules! v1 {
    ($rest:literal) => {
        concat!("v1/orgs/{orgId}/", $rest)
    };
}

macro_rules! v2 {
    ($rest:literal) => {
        concat!("v2/orgs/{orgId}/", $rest)
    };
}

macro_rules! dir {
    ($rest:literal) => {
        concat!("v2/orgs/{orgId}/directories/{directoryId}/", $rest)
    };
}

const fn op(
    name: &'static str,
    method: Method,
    template: &'static str,
    family: super::operation::Family,
    handler: super::operation::Handler,
) -> Operation {
    Operation::new(name, method, template, family, handler)
}

/// Whether a name, or with a dot at the end the beginning of one, is about this operation.
pub(crate) fn covers(operations: &str, operation: &str) -> bool {
    operations == operation || (operations.ends_with('.') && operation.starts_with(operations))
}

/// Whether a name, or with a dot at the end the beginning of one, is about any operation.
pub(crate) fn known(operations: &str) -> Result<(), String> {
    if OPERATIONS.iter().any(|o| covers(operations, o.name)) {
        return Ok(());
    }
    let names: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    Err(format!(
        "`{operations}` is no operation; there are {}, and for several their first part with its dot, such as `users.`",
        names.join(", ")
    ))
}

/// Every operation. Those with literal segments stand before the ones whose parameter would match them too.
#[rustfmt::skip] // a table: one operation a line
pub(crate) static OPERATIONS: &[Operation] = &[
    op("orgs.list", GET, "v1/orgs", V1, orgs::list).without(&[403, 404]),
    op("orgs.get", GET, "v1/orgs/{orgId}", V1, orgs::get).scope("read:orgs:admin").without(&[403]),
    op("directories.list", GET, v2!("directories"), V2Read, directories::list).scope(DIRECTORIES).without(&[403, 404]),

    op("users.list", GET, dir!("users"), V2Read, users::list).scope(DIRECTORIES),
    op("users.count", GET, dir!("users/count"), V2Read, users::count),
    op("users.stats", GET, dir!("users/stats"), V2Read, users::stats).scope(DIRECTORIES),
    op("users.search", POST, dir!("users/search"), V2Read, users::search),
    op("users.get", GET, dir!("users/{accountId}"), V2Read, users::get),
    op("users.role-assignments", GET, dir!("users/{accountId}/role-assignments"), V2Read, users::role_assignments)
        .scope(DIRECTORIES).without(&[403]),
    op("users.invite", POST, v2!("users/invite"), Invite, invite::invite),
    op("users.suspend", POST, dir!("users/{accountId}/suspend"), V2Write, lifecycle::suspend),
    op("users.restore", POST, dir!("users/{accountId}/restore"), V2Write, lifecycle::restore),
    op("users.remove", DELETE, dir!("users/{accountId}"), V2Write, lifecycle::remove),
    op("users.assign-role", POST, v1!("users/{accountId}/roles/assign"), V1, roles::assign),
    op("users.revoke-role", POST, v1!("users/{accountId}/roles/revoke"), V1, roles::revoke),
    op("users.assign-org-role", POST, v1!("users/{accountId}/role-assignments/assign"), V1, roles::assign_org),
    op("users.revoke-org-role", POST, v1!("users/{accountId}/role-assignments/revoke"), V1, roles::revoke_org),
    op("users.last-active", GET, v1!("directory/users/{accountId}/last-active-dates"), V1, managed::last_active),
    op("users.managed", GET, v1!("users"), V1, managed::list).scope("read:accounts:admin").without(&[403]),

    op("groups.list", GET, dir!("groups"), V2Read, groups::list).scope(GROUPS).without(&[403]),
    op("groups.create", POST, dir!("groups"), V2Write, groups::create),
    op("groups.count", GET, dir!("groups/count"), V2Read, groups::count).without(&[403]),
    op("groups.stats", GET, dir!("groups/stats"), V2Read, groups::stats).without(&[403]),
    op("groups.search", POST, dir!("groups/search"), V2Read, groups::search),
    op("groups.get", GET, dir!("groups/{groupId}"), V2Read, groups::get).without(&[403]),
    op("groups.delete", DELETE, dir!("groups/{groupId}"), V2Write, groups::delete),
    op("groups.add-member", POST, dir!("groups/{groupId}/memberships"), V2Write, groups::add_member),
    op("groups.remove-member", DELETE, dir!("groups/{groupId}/memberships/{accountId}"), V2Write, groups::remove_member),
    op("groups.role-assignments", GET, dir!("groups/{groupId}/role-assignments"), V2Read, groups::role_assignments)
        .scope(GROUPS),
    op("groups.assign-role", POST, dir!("groups/{groupId}/role-assignments/assign"), V2Write, groups::assign_role),
    op("groups.revoke-role", POST, dir!("groups/{groupId}/role-assignments/revoke"), V2Write, groups::revoke_role),

    op("domains.list", GET, v1!("domains"), V1Domains, domains::list).scope(DOMAINS).without(&[404]),
    op("domains.get", GET, v1!("domains/{domainId}"), V1Domains, domains::get).scope(DOMAINS),
    op("events.list", GET, v1!("events"), V1, events::list).scope(EVENTS).without(&[403, 404]),
    op("events.stream", GET, v1!("events-stream"), V1, events::stream).scope(EVENTS).without(&[403, 404]),
    op("events.actions", GET, v1!("event-actions"), V1, events::actions).scope(EVENTS).without(&[403]),
    op("events.get", GET, v1!("events/{eventId}"), V1, events::get).scope(EVENTS).without(&[403]),
    op("policies.list", GET, v1!("policies"), V1, policies::list).without(&[403, 404]),
    op("policies.create", POST, v1!("policies"), V1, policies::create).without(&[403, 404]),
    op("policies.get", GET, v1!("policies/{policyId}"), V1, policies::get).without(&[403]),
    op("policies.update", PUT, v1!("policies/{policyId}"), V1, policies::update).without(&[403]),
    op("policies.delete", DELETE, v1!("policies/{policyId}"), V1, policies::delete).without(&[403]),
    op("policies.add-resource", POST, v1!("policies/{policyId}/resources"), V1, policies::add_resource).without(&[403]),
    op("policies.update-resource", PUT, v1!("policies/{policyId}/resources/{resourceId}"), V1, policies::update_resource)
        .without(&[403]),
    op("policies.remove-resource", DELETE, v1!("policies/{policyId}/resources/{resourceId}"), V1, policies::remove_resource)
        .without(&[403]),
    op("policies.validate", GET, v1!("policies/{policyId}/validate"), V1, policies::validate).without(&[403, 404]),
    op("workspaces.search", POST, v2!("workspaces"), Workspaces, workspaces::search).scope("read:workspaces:admin"),

    // Operations of version 1 that were announced to end on 30 June 2026.
    op("v1.users.search", POST, v1!("users/search"), Ended, ended),
    op("v1.groups.search", POST, v1!("groups/search"), Ended, ended),
    op("v1.users.invite", POST, v1!("users/invite"), Ended, ended),
    op("v1.users.remove", DELETE, v1!("directory/users/{accountId}"), Ended, ended),
    op("v1.users.suspend", POST, v1!("directory/users/{accountId}/suspend-access"), Ended, ended),
    op("v1.users.restore", POST, v1!("directory/users/{accountId}/restore-access"), Ended, ended),
    op("v1.groups.create", POST, v1!("directory/groups"), Ended, ended),
    op("v1.groups.delete", DELETE, v1!("directory/groups/{groupId}"), Ended, ended),
    op("v1.groups.add-member", POST, v1!("directory/groups/{groupId}/memberships"), Ended, ended),
    op("v1.groups.remove-member", DELETE, v1!("directory/groups/{groupId}/memberships/{accountId}"), Ended, ended),
    op("v1.groups.assign-role", POST, v1!("directory/groups/{groupId}/roles/assign"), Ended, ended),
    op("v1.groups.revoke-role", POST, v1!("directory/groups/{groupId}/roles/revoke"), Ended, ended),
];
