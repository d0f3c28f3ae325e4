//! Giving people roles, on apps and on the organization, and taking them away.

use serde_json::Value;

use super::behaviours::{AssignAgain, MissingResource, RevokeAbsent};
use super::call::Call;
use super::errors::Refusal;
use super::invite::check_role;
use super::reply::Reply;
use super::state::{Id, ORG_ADMIN, role_takes_seat};

const ROLES: &[&str] = &[
    "atlassian/user",
    "atlassian/user-access-admin",
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/contributor",
    "atlassian/customer",
    "atlassian/basic",
    "atlassian/stakeholder",
    "atlassian/site-admin",
    ORG_ADMIN,
];

/// What a request is about.
enum Role {
    Organization(String),
    App(Id, Id),
}

pub(crate) fn assign(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let role = read(call)?;
    let id = member(call, &role)?;
    if holds(call, &id, &role) {
        return again(call);
    }
    if let Role::App(ari, role) = &role
        && role_takes_seat(role)
        && seat_missing(call, &id, ari)
    {
        return Err(Refusal::new(
            409,
            "ADMIN-UAM-409-3",
            "The app has no seat left",
        ));
    }
    change(call, &id, &role, true)
}

pub(crate) fn revoke(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let role = read(call)?;
    let id = member(call, &role)?;
    take_away(call, &id, &role)
}

pub(crate) fn assign_org(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let role = read_org(call)?;
    let id = member(call, &role)?;
    match holds(call, &id, &role) {
        true => again(call),
        false => change(call, &id, &role, true),
    }
}

pub(crate) fn revoke_org(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let role = read_org(call)?;
    let id = member(call, &role)?;
    take_away(call, &id, &role)
}

fn take_away(call: &mut Call<'_>, id: &str, role: &Role) -> Result<Reply, Refusal> {
    match (holds(call, id, role), call.behaviours.get::<RevokeAbsent>()) {
        (true, _) => change(call, id, role, false),
        (false, RevokeAbsent::NoContent) => Ok(Reply::empty(204)),
        (false, RevokeAbsent::NotFound) => Err(not_found("The user does not have this role")),
    }
}

fn read(call: &Call<'_>) -> Result<Role, Refusal> {
    let body = call.request.object("ADMIN-UAM-400-1")?;
    let role = body
        .get("role")
        .and_then(Value::as_str)
        .filter(|role| ROLES.contains(role));
    let role = role.ok_or_else(|| bad_request("`role` is missing or unknown"))?;
    if role == ORG_ADMIN {
        return Ok(Role::Organization(role.to_owned()));
    }
    let Some(resource) = body.get("resource").and_then(Value::as_str) else {
        return Err(match call.behaviours.get::<MissingResource>() {
            MissingResource::Declared => bad_request("`resource` is missing"),
            MissingResource::Measured => {
                Refusal::new(400, "ADMIN-UAM-400-5", "Cloud Resource is empty")
            }
        });
    };
    check_role(call, resource, role)?;
    Ok(Role::App(resource.into(), role.into()))
}

fn read_org(call: &Call<'_>) -> Result<Role, Refusal> {
    let body = call.request.object("ADMIN-UAM-400-1")?;
    match body.get("role").and_then(Value::as_str) {
        Some(ORG_ADMIN) => Ok(Role::Organization(ORG_ADMIN.to_owned())),
        _ => Err(bad_request("`role` is missing or unknown")),
    }
}

/// The person of the path, who has to be where the role is.
fn member(call: &Call<'_>, role: &Role) -> Result<String, Refusal> {
    let account = call.account().map_err(|_| not_found("User not found"))?;
    let there = match role {
        Role::Organization(_) => !account.memberships.is_empty(),
        Role::App(ari, _) => call
            .org
            .resource(ari)
            .is_some_and(|app| account.membership(&app.directory).is_some()),
    };
    if there {
        Ok(account.id().to_owned())
    } else {
        Err(not_found("User not found"))
    }
}

fn holds(call: &Call<'_>, id: &str, role: &Role) -> bool {
    call.org.account(id).is_some_and(|account| match role {
        Role::Organization(role) => account.platform_roles.contains(role),
        Role::App(ari, role) => account.roles.contains(&(ari.clone(), role.clone())),
    })
}

fn again(call: &Call<'_>) -> Result<Reply, Refusal> {
    match call.behaviours.get::<AssignAgain>() {
        AssignAgain::NoContent => Ok(Reply::empty(204)),
        AssignAgain::Conflict => Err(Refusal::new(
            409,
            "ADMIN-UAM-409-2",
            "The role was given already",
        )),
    }
}

/// Whether an app has no seat for somebody who has none of its seats yet.
pub(crate) fn seat_missing(call: &Call<'_>, id: &str, ari: &str) -> bool {
    let Some((app, account)) = call.org.resource(ari).zip(call.org.account(id)) else {
        return false;
    };
    !call.org.takes_seat(account, app)
        && app
            .seats
            .is_some_and(|seats| call.org.seats_taken(app) >= seats)
}

fn change(call: &mut Call<'_>, id: &str, role: &Role, give: bool) -> Result<Reply, Refusal> {
    call.org
        .change_account(id, call.at, |account| match (role, give) {
            (Role::Organization(role), true) => {
                account.platform_roles.insert(role.clone());
            }
            (Role::Organization(role), false) => {
                account.platform_roles.remove(role);
            }
            (Role::App(ari, role), true) => {
                account.roles.insert((ari.clone(), role.clone()));
            }
            (Role::App(ari, role), false) => {
                account.roles.remove(&(ari.clone(), role.clone()));
            }
        });
    Ok(Reply::empty(204))
}

fn bad_request(detail: &str) -> Refusal {
    Refusal::new(400, "ADMIN-UAM-400-1", detail)
}

fn not_found(detail: &str) -> Refusal {
    Refusal::new(404, "ADMIN-UAM-404-3", detail)
}
