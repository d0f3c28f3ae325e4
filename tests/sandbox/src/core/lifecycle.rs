//! Suspending, restoring and removing people.

use super::account::{Account, AccountStatus, ManagementSource, Membership};
use super::behaviours::{
    RemoveAbsent, RestoreActive, RestoreDeactivated, RestoreSeats, SuspendAdmin, SuspendSuspended,
    SuspendSynced,
};
use super::call::Call;
use super::errors::Refusal;
use super::reply::Reply;
use super::state::Id;

const DONE: u16 = 204;

/// Roles and groups stay and come back with the person.
pub(crate) fn suspend(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (account, directories) = target(call)?;
    check_admin(call, account)?;
    if account.source == Some(ManagementSource::Synced) {
        match call.behaviours.get::<SuspendSynced>() {
            SuspendSynced::Allowed => {}
            SuspendSynced::Forbidden => {
                return Err(Refusal::new(
                    403,
                    "ADMIN-UAM-403-1",
                    "Managed by an identity provider",
                ));
            }
            SuspendSynced::Invalid => return Err(bad_request("Managed by an identity provider")),
        }
    }
    if all(account, &directories, Membership::Suspended) {
        return match call.behaviours.get::<SuspendSuspended>() {
            SuspendSuspended::NoContent => Ok(Reply::empty(DONE)),
            SuspendSuspended::Conflict => Err(conflict("The user is suspended already")),
            SuspendSuspended::Invalid => Err(bad_request("The user is suspended already")),
        };
    }
    Ok(set(call, &directories, Membership::Suspended))
}

/// The person takes a seat again wherever they had a role.
pub(crate) fn restore(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (account, directories) = target(call)?;
    check_admin(call, account)?;
    if account.account_status != AccountStatus::Active
        && call.behaviours.get::<RestoreDeactivated>() == RestoreDeactivated::Inactive
    {
        return Err(Refusal::new(
            400,
            "ADMIN-UAM-400-2",
            "The account is inactive",
        ));
    }
    if all(account, &directories, Membership::Active) {
        return match call.behaviours.get::<RestoreActive>() {
            RestoreActive::NoContent => Ok(Reply::empty(DONE)),
            RestoreActive::Conflict => Err(conflict("The user is active already")),
            RestoreActive::Invalid => Err(bad_request("The user is active already")),
        };
    }
    if seat_missing(call, account, &directories) {
        match call.behaviours.get::<RestoreSeats>() {
            RestoreSeats::NotChecked => {}
            RestoreSeats::Conflict => {
                return Err(Refusal::new(
                    409,
                    "ADMIN-409-3",
                    "An app of the user has no seat left",
                ));
            }
            RestoreSeats::Invalid => {
                return Err(Refusal::new(
                    400,
                    "ADMIN-400-32",
                    "An app of the user has no seat left",
                ));
            }
        }
    }
    Ok(set(call, &directories, Membership::Active))
}

/// Roles and groups in the directory are lost. The account stays, and a managed one stays listed.
pub(crate) fn remove(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let directories = call.write_directories()?;
    let account = call
        .account()
        .ok()
        .map(|account| (account.id().to_owned(), members(account, &directories)));
    let Some((id, directories)) = account.filter(|(_, directories)| !directories.is_empty()) else {
        return match call.behaviours.get::<RemoveAbsent>() {
            RemoveAbsent::NotFound => Err(Refusal::not_in_directory()),
            RemoveAbsent::NoContent => Ok(Reply::empty(DONE)),
        };
    };
    let lost_groups: Vec<Id> = call
        .org
        .account(&id)
        .into_iter()
        .flat_map(|account| &account.groups)
        .filter(|group| {
            call.org
                .group(group)
                .is_none_or(|group| directories.contains(&group.directory))
        })
        .cloned()
        .collect();
    let here = |ari: &Id| {
        call.org
            .resource(ari)
            .is_none_or(|resource| directories.contains(&resource.directory))
    };
    let lost_roles: Vec<(Id, Id)> = call
        .org
        .account(&id)
        .into_iter()
        .flat_map(|account| &account.roles)
        .filter(|(ari, _)| here(ari))
        .cloned()
        .collect();
    call.org.change_account(&id, call.at, |account| {
        account
            .memberships
            .retain(|directory, _| !directories.contains(directory));
        account.groups.retain(|group| !lost_groups.contains(group));
        account.roles.retain(|role| !lost_roles.contains(role));
        if account.memberships.is_empty() {
            account.platform_roles.clear();
            account.source = None;
        }
    });
    Ok(Reply::empty(DONE))
}

/// The account of the path, and those of the directories of the path that it is in; at least one.
fn target<'a>(call: &'a Call<'_>) -> Result<(&'a Account, Vec<Id>), Refusal> {
    let directories = call.write_directories()?;
    let account = call.account()?;
    let directories = members(account, &directories);
    match directories.is_empty() {
        true => Err(Refusal::not_in_directory()),
        false => Ok((account, directories)),
    }
}

fn members(account: &Account, directories: &[Id]) -> Vec<Id> {
    directories
        .iter()
        .filter(|directory| account.membership(directory).is_some())
        .cloned()
        .collect()
}

fn all(account: &Account, directories: &[Id], membership: Membership) -> bool {
    directories
        .iter()
        .all(|directory| account.membership(directory) == Some(membership))
}

fn set(call: &mut Call<'_>, directories: &[Id], membership: Membership) -> Reply {
    let id = call.param("accountId").to_owned();
    call.org.change_account(&id, call.at, |account| {
        for directory in directories {
            account.memberships.insert(directory.clone(), membership);
        }
    });
    Reply::empty(DONE)
}

fn check_admin(call: &Call<'_>, account: &Account) -> Result<(), Refusal> {
    match call.behaviours.get::<SuspendAdmin>() {
        SuspendAdmin::Refused if account.is_org_admin() => {
            Err(bad_request("The user is an organization admin"))
        }
        _ => Ok(()),
    }
}

/// Whether an app in these directories has no seat for somebody who comes back.
fn seat_missing(call: &Call<'_>, account: &Account, directories: &[Id]) -> bool {
    let apps = call
        .org
        .resources
        .iter()
        .filter(|app| directories.contains(&app.directory));
    apps.filter(|app| !call.org.takes_seat(account, app) && call.org.holds_seat_role(account, app))
        .any(|app| {
            app.seats
                .is_some_and(|seats| call.org.seats_taken(app) >= seats)
        })
}

fn conflict(detail: &str) -> Refusal {
    Refusal::new(409, "ADMIN-UAM-409-2", detail)
}

fn bad_request(detail: &str) -> Refusal {
    Refusal::new(400, "ADMIN-UAM-400-1", detail)
}
