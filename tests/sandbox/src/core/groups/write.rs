//! Making and deleting groups, their members and their roles.

use serde_json::{Map, Value};

use crate::core::behaviours::{AssignAgain, RevokeAbsent};
use crate::core::call::Call;
use crate::core::errors::Refusal;
use crate::core::invite::check_role;
use crate::core::reply::Reply;
use crate::core::roles::seat_missing;
use crate::core::state::{GroupState, Id, role_takes_seat};

/// The answer has no body, so no id either.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.object("ADMIN-UAM-400-1")?;
    let name = text(&body, "name")?;
    let description = match body.get("description") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            return Err(Refusal::new(
                400,
                "ADMIN-UAM-400-1",
                "`description` has to be a string",
            ));
        }
    };
    let directory = call.write_directories()?.into_iter().next();
    let directory =
        directory.ok_or_else(|| Refusal::new(404, "ADMIN-404-1", "Directory not found"))?;
    if call
        .org
        .group_named(&name)
        .is_some_and(|group| group.directory == directory)
    {
        return Err(Refusal::new(
            409,
            "ADMIN-UAM-409-2",
            "There is a group of this name",
        ));
    }
    let id = call.org.random.uuid().into();
    let group = GroupState {
        id,
        name,
        description,
        directory,
        synced: false,
        roles: Default::default(),
    };
    call.org.add_group(group, call.at);
    Ok(Reply::empty(201))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let group = own_group(call)?.id.clone();
    let members: Vec<String> = call
        .org
        .accounts()
        .filter(|account| account.groups.contains(&group))
        .map(|a| a.id().to_owned())
        .collect();
    for id in members {
        call.org.change_account(&id, call.at, |account| {
            account.groups.remove(&group);
        });
    }
    call.org
        .change_group(&group, call.at, |group| *group = None);
    Ok(Reply::empty(204))
}

/// The person has to be in the group's directory; a seat is taken wherever the group has a role.
pub(crate) fn add_member(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.object("ADMIN-UAM-400-1")?;
    let account_id = text(&body, "accountId")?;
    let group = own_group(call)?;
    let account = call
        .org
        .account(&account_id)
        .filter(|account| *account.id() == *account_id);
    let account = account.filter(|account| account.membership(&group.directory).is_some());
    let account = account.ok_or_else(Refusal::not_in_directory)?;
    if account.groups.contains(&group.id) {
        return Err(Refusal::new(
            409,
            "ADMIN-UAM-409-2",
            "The user is in the group already",
        ));
    }
    let full =
        |(ari, role): &(Id, Id)| role_takes_seat(role) && seat_missing(call, &account_id, ari);
    if group.roles.iter().any(full) {
        return Err(Refusal::new(
            409,
            "ADMIN-UAM-409-3",
            "An app of the group has no seat left",
        ));
    }
    let group = group.id.clone();
    call.org.change_account(&account_id, call.at, |account| {
        account.groups.insert(group);
    });
    Ok(Reply::empty(204))
}

pub(crate) fn remove_member(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let group = own_group(call)?.id.clone();
    let account = call.account()?;
    if !account.groups.contains(&group) {
        return Err(Refusal::not_in_directory());
    }
    let id = account.id().to_owned();
    call.org.change_account(&id, call.at, |account| {
        account.groups.remove(&group);
    });
    Ok(Reply::empty(204))
}

/// 200, and no body: the one success of its kind.
pub(crate) fn assign_role(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let pair = role(call)?;
    let group = group(call)?;
    if group.roles.contains(&pair) && call.behaviours.get::<AssignAgain>() == AssignAgain::Conflict
    {
        return Err(Refusal::new(
            409,
            "ADMIN-UAM-409-2",
            "The role was given already",
        ));
    }
    let id = group.id.clone();
    call.org.change_group(&id, call.at, |group| {
        if let Some(group) = group {
            group.roles.insert(pair);
        }
    });
    Ok(Reply::empty(200))
}

pub(crate) fn revoke_role(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let pair = role(call)?;
    let group = group(call)?;
    if !group.roles.contains(&pair)
        && call.behaviours.get::<RevokeAbsent>() == RevokeAbsent::NotFound
    {
        return Err(Refusal::new(
            404,
            "ADMIN-UAM-404-1",
            "The group does not have this role",
        ));
    }
    let id = group.id.clone();
    call.org.change_group(&id, call.at, |group| {
        if let Some(group) = group {
            group.roles.remove(&pair);
        }
    });
    Ok(Reply::empty(204))
}

fn role(call: &Call<'_>) -> Result<(Id, Id), Refusal> {
    let body = call.request.object("ADMIN-UAM-400-1")?;
    let (resource, role) = (text(&body, "resourceId")?, text(&body, "roleId")?);
    check_role(call, &resource, &role)?;
    Ok((resource.into(), role.into()))
}

/// The group of the path, in a directory of the path.
fn group<'a>(call: &'a Call<'_>) -> Result<&'a GroupState, Refusal> {
    let directories = call.write_directories()?;
    let group = call
        .org
        .group(call.param("groupId"))
        .filter(|group| directories.contains(&group.directory));
    group.ok_or_else(|| Refusal::new(404, "ADMIN-UAM-404-1", "Group not found in the directory"))
}

/// The same, if the group is managed here and not by an identity provider.
fn own_group<'a>(call: &'a Call<'_>) -> Result<&'a GroupState, Refusal> {
    let group = group(call)?;
    match group.synced {
        true => Err(Refusal::new(
            403,
            "ADMIN-UAM-403-1",
            "The group is managed by an identity provider",
        )),
        false => Ok(group),
    }
}

fn text(body: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    let text = body
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty());
    text.map(str::to_owned)
        .ok_or_else(|| Refusal::new(400, "ADMIN-UAM-400-1", format!("`{name}` is missing")))
}
