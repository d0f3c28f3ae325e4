//! The operations: where they are, which scope they name, which statuses they declare, who does them.

use http::Method;

use super::call::Call;
use super::errors::Refusal;
use super::reply::Reply;
use super::{directories, groups, invite, lifecycle, orgs, users};

/// How an operation words its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `{code, message}` for 401 and 429, `{errors}` for the rest.
    V1,
    /// The same, but a 403 has the router's shape.
    V1Domains,
    /// `{errors}` throughout.
    V2Read,
    /// `{errors}` throughout, and rows that may fail inside a success.
    Invite,
    /// Nothing, by the document.
    V2Write,
    /// A bare error object.
    Workspaces,
    /// Switched off.
    Ended,
}

/// Does an operation.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Reply, Refusal>;

/// One operation of the service.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    pub(crate) family: Family,
    /// The scope that its description names. Without one, only a key without scopes will do.
    pub(crate) scope: Option<&'static str>,
    /// The refusals it declares.
    pub(crate) declared: &'static [u16],
    pub(crate) handler: Handler,
}

/// What a method and a path lead to.
pub(crate) enum Route {
    To(&'static Operation, Vec<(&'static str, String)>),
    WrongMethod,
    Nowhere,
}

/// Finds the operation of a request.
pub(crate) fn route(method: &Method, segments: &[String]) -> Route {
    let mut path_exists = false;
    // A literal segment is never taken for a parameter: `users/search` is no account.
    for operation in OPERATIONS {
        if let Some(params) = matches(operation.template, segments) {
            if operation.method == *method {
                return Route::To(operation, params);
            }
            path_exists = true;
        }
    }
    if path_exists {
        Route::WrongMethod
    } else {
        Route::Nowhere
    }
}

fn matches(template: &'static str, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
    let mut params = Vec::new();
    let mut segments = segments.iter();
    for part in template.split('/') {
        let segment = segments.next()?;
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(_) if segment.is_empty() => return None,
            Some(name) => params.push((name, segment.clone())),
            None if part == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(params)
}

const fn op(
    name: &'static str,
    method: Method,
    template: &'static str,
    family: Family,
    scope: Option<&'static str>,
    declared: &'static [u16],
    handler: Handler,
) -> Operation {
    Operation {
        name,
        method,
        template,
        family,
        scope,
        declared,
        handler,
    }
}

const DIRECTORIES: Option<&str> = Some("read:directories:admin");
const GROUPS: Option<&str> = Some("read:groups:admin");
const ALL: &[u16] = &[400, 401, 403, 404, 429, 500];

/// Every operation. Those with literal last segments stand before the ones whose parameter would match too.
pub(crate) static OPERATIONS: &[Operation] = {
    use Family::{Ended, Invite, V1, V2Read, V2Write};
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const DELETE: Method = Method::DELETE;
    &[
        op(
            "orgs.list",
            GET,
            "v1/orgs",
            V1,
            None,
            &[400, 401, 429, 500],
            orgs::list,
        ),
        op(
            "orgs.get",
            GET,
            "v1/orgs/{orgId}",
            V1,
            Some("read:orgs:admin"),
            &[401, 404, 429, 500],
            orgs::get,
        ),
        op(
            "directories.list",
            GET,
            "v2/orgs/{orgId}/directories",
            V2Read,
            DIRECTORIES,
            &[400, 401, 429, 500],
            directories::list,
        ),
        op(
            "users.list",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/users",
            V2Read,
            DIRECTORIES,
            ALL,
            users::list,
        ),
        op(
            "users.count",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/users/count",
            V2Read,
            None,
            ALL,
            users::count,
        ),
        op(
            "users.stats",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/users/stats",
            V2Read,
            DIRECTORIES,
            ALL,
            users::stats,
        ),
        op(
            "users.search",
            POST,
            "v2/orgs/{orgId}/directories/{directoryId}/users/search",
            V2Read,
            None,
            ALL,
            users::search,
        ),
        op(
            "users.get",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}",
            V2Read,
            None,
            ALL,
            users::get,
        ),
        op(
            "users.role-assignments",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/role-assignments",
            V2Read,
            DIRECTORIES,
            &[400, 401, 404, 429, 500],
            users::role_assignments,
        ),
        op(
            "users.invite",
            POST,
            "v2/orgs/{orgId}/users/invite",
            Invite,
            None,
            &[400, 401, 402, 403, 404, 409, 429, 500],
            invite::invite,
        ),
        op(
            "users.suspend",
            POST,
            "v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/suspend",
            V2Write,
            None,
            ALL,
            lifecycle::suspend,
        ),
        op(
            "users.restore",
            POST,
            "v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/restore",
            V2Write,
            None,
            ALL,
            lifecycle::restore,
        ),
        op(
            "users.remove",
            DELETE,
            "v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}",
            V2Write,
            None,
            ALL,
            lifecycle::remove,
        ),
        op(
            "groups.count",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/groups/count",
            V2Read,
            None,
            &[400, 401, 404, 429, 500],
            groups::count,
        ),
        op(
            "groups.search",
            POST,
            "v2/orgs/{orgId}/directories/{directoryId}/groups/search",
            V2Read,
            None,
            ALL,
            groups::search,
        ),
        op(
            "groups.get",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}",
            V2Read,
            None,
            &[401, 404, 429, 500],
            groups::get,
        ),
        op(
            "groups.list",
            GET,
            "v2/orgs/{orgId}/directories/{directoryId}/groups",
            V2Read,
            GROUPS,
            &[400, 401, 404, 429, 500],
            groups::list,
        ),
        // Operations of version 1 that were announced to end on 30 June 2026.
        op(
            "v1.users.search",
            POST,
            "v1/orgs/{orgId}/users/search",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.groups.search",
            POST,
            "v1/orgs/{orgId}/groups/search",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.users.invite",
            POST,
            "v1/orgs/{orgId}/users/invite",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.users.remove",
            DELETE,
            "v1/orgs/{orgId}/directory/users/{accountId}",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.users.suspend",
            POST,
            "v1/orgs/{orgId}/directory/users/{accountId}/suspend-access",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.users.restore",
            POST,
            "v1/orgs/{orgId}/directory/users/{accountId}/restore-access",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.groups.create",
            POST,
            "v1/orgs/{orgId}/directory/groups",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.groups.delete",
            DELETE,
            "v1/orgs/{orgId}/directory/groups/{groupId}",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.groups.add-member",
            POST,
            "v1/orgs/{orgId}/directory/groups/{groupId}/memberships",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.groups.remove-member",
            DELETE,
            "v1/orgs/{orgId}/directory/groups/{groupId}/memberships/{accountId}",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.groups.assign-role",
            POST,
            "v1/orgs/{orgId}/directory/groups/{groupId}/roles/assign",
            Ended,
            None,
            &[],
            ended,
        ),
        op(
            "v1.groups.revoke-role",
            POST,
            "v1/orgs/{orgId}/directory/groups/{groupId}/roles/revoke",
            Ended,
            None,
            &[],
            ended,
        ),
    ]
};

fn ended(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    use super::behaviours::EndedOperation;
    Err(match call.behaviours.get::<EndedOperation>() {
        EndedOperation::NotFound => no_route(),
        EndedOperation::Gone => {
            Refusal::with_body(410, serde_json::json!({ "code": 410, "message": "Gone" }))
        }
    })
}

/// What a path that leads nowhere answers.
pub(crate) fn no_route() -> Refusal {
    let message = "Request failed to match any route";
    Refusal::with_body(404, serde_json::json!({ "code": 404, "message": message }))
}
