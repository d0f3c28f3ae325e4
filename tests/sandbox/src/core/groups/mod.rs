//! Groups. Here is reading them: search, list, count, statistics, details, roles.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::call::{Call, Scope};
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;
use super::request::Fields;
use super::state::{GroupState, owner_of};

pub(crate) use write::{add_member, assign_role, create, delete, remove_member, revoke_role};

pub(crate) fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 20, 100)?;
    let expand = listing
        .fields
        .expand(&["counts.resources", "counts.users"])?;
    let has = |name: &str| expand.iter().any(|item| item == name);
    page(call, &listing, has("counts.users"), has("counts.resources"))
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 20, 100)?;
    let users = listing.fields.flag("includeUsers")?.unwrap_or_default();
    let resources = listing.fields.flag("includeResources")?.unwrap_or_default();
    page(call, &listing, users, resources)
}

fn page(
    call: &Call<'_>,
    listing: &Listing,
    users: bool,
    resources: bool,
) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let filter = Filter::new(&listing.fields)?;
    let mut groups: Vec<_> = call
        .org
        .groups_at(call.at)
        .filter(|group| filter.matches(call, group, &scope))
        .collect();
    if let Some(descending) = listing.fields.descending("name")? {
        groups.sort_by_cached_key(|group| group.name.to_lowercase());
        if descending {
            groups.reverse();
        }
    }
    let groups = groups.into_iter().enumerate().skip(listing.from);
    Ok(listing.page(call, Links::Token, groups, |group| {
        row(call, group, users, resources).into()
    }))
}

pub(crate) fn count(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let filter = Filter::new(&call.fields()?)?;
    let count = call
        .org
        .groups_at(call.at)
        .filter(|group| filter.matches(call, group, &scope))
        .count();
    Ok(Reply::json(json!({ "count": count })))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let group = find(call, &scope)?;
    Ok(Reply::json(json!({ "data": row(call, group, true, true) })))
}

pub(crate) fn stats(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let groups: Vec<_> = call
        .org
        .groups_at(call.at)
        .filter(|group| in_scope(group, &scope))
        .collect();
    let synced = groups.iter().filter(|group| group.synced).count();
    Ok(Reply::json(json!({
        "totals": { "all": groups.len(), "managed": groups.len() - synced, "synced": synced },
        "types": [{ "type": "GROUP", "count": groups.len() }],
    })))
}

pub(crate) fn role_assignments(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 20, 100)?;
    let owners = listing.fields.list("resourceOwners", 10)?;
    let resources = listing.fields.list("resourceIds", 20)?;
    let roles = listing.fields.roles()?;
    let directories = listing.fields.list("directoryIds", 10)?;
    let group = find(call, &scope)?;
    let within = |list: &List, value: &str| {
        list.as_ref()
            .is_none_or(|list| list.iter().any(|item| item == value))
    };
    let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    if within(&directories, &group.directory) {
        for (ari, role) in &group.roles {
            rows.entry(ari).or_default().push(role);
        }
    }
    rows.retain(|ari, given| {
        within(&owners, owner_of(ari))
            && within(&resources, ari)
            && given.iter().any(|role| within(&roles, role))
    });
    let rows = rows.into_iter().enumerate().skip(listing.from);
    Ok(listing.page(call, Links::Token, rows, |(ari, roles)| {
        json!({ "resourceId": ari, "resourceOwner": owner_of(ari), "roles": roles, "defaultRole": null })
    }))
}

/// The group of the path, if reads of this scope show it.
fn find<'a>(call: &'a Call<'_>, scope: &Scope) -> Result<&'a GroupState, Refusal> {
    let group = call
        .org
        .group_at(call.param("groupId"), call.at)
        .filter(|group| in_scope(group, scope));
    group.ok_or_else(|| Refusal::new(404, "ADMIN-404-10", "Group not found"))
}

fn in_scope(group: &GroupState, scope: &Scope) -> bool {
    match scope {
        Scope::All => true,
        Scope::One(directory) => group.directory == *directory,
    }
}

fn row(call: &Call<'_>, group: &GroupState, users: bool, resources: bool) -> Map<String, Value> {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
    put("id", (*group.id).into());
    put("name", group.name.clone().into());
    put("description", group.description.clone().into());
    put("directoryId", (*group.directory).into());
    put("externalSynced", group.synced.into());
    put(
        "managedBy",
        if group.synced { "external" } else { "admins" }.into(),
    );
    put(
        "managementAccess",
        json!({ "readable": true, "modifiable": !group.synced, "deletable": !group.synced }),
    );
    let mut counts = Map::new();
    if users {
        let members = call
            .org
            .accounts_at(0, call.at)
            .filter(|(_, account)| account.groups.contains(&group.id));
        counts.insert("users".to_owned(), members.count().into());
    }
    if resources {
        let resources: BTreeSet<_> = group.roles.iter().map(|(ari, _)| ari).collect();
        counts.insert("resources".to_owned(), resources.len().into());
    }
    if !counts.is_empty() {
        put("counts", counts.into());
    }
    row
}

type List = Option<Vec<String>>;

struct Filter {
    account_ids: List,
    directory_ids: List,
    group_ids: List,
    group_names: List,
    resource_ids: List,
    resource_owners: List,
    role_ids: List,
    search_term: Option<String>,
}

impl Filter {
    fn new(fields: &Fields) -> Result<Self, Refusal> {
        // Only the search knows whole names; to the others, `groupNames` is an unknown parameter.
        let search = matches!(fields, Fields::Body(_));
        if search {
            fields.exclusive("groupNames", "searchTerm")?;
            fields.exclusive("groupNames", "groupIds")?;
        }
        // And only the search takes nothing twice.
        let list = |name: &str, max: usize| match search {
            true => fields.distinct(name, max),
            false => fields.list(name, max),
        };
        Ok(Self {
            account_ids: list("accountIds", 10)?,
            directory_ids: list("directoryIds", 10)?,
            group_ids: list("groupIds", 10)?,
            group_names: if search {
                fields.distinct("groupNames", 100)?
            } else {
                None
            },
            resource_ids: list("resourceIds", 20)?,
            resource_owners: list("resourceOwners", 10)?,
            // The search declares them as any text.
            role_ids: match search {
                true => list("roleIds", 10)?,
                false => fields.roles()?,
            },
            search_term: fields.text("searchTerm")?.map(|term| term.to_lowercase()),
        })
    }

    fn matches(&self, call: &Call<'_>, group: &GroupState, scope: &Scope) -> bool {
        let any = |list: &List, holds: &dyn Fn(&str) -> bool| {
            list.as_ref().is_none_or(|l| l.iter().any(|i| holds(i)))
        };
        let name = group.name.to_lowercase();
        let member = |id: &str| {
            call.org
                .account_at(id, call.at)
                .is_some_and(|account| account.groups.contains(&group.id))
        };
        in_scope(group, scope)
            && any(&self.account_ids, &member)
            && any(&self.directory_ids, &|id| *id == *group.directory)
            && any(&self.group_ids, &|id| *id == *group.id)
            && any(&self.group_names, &|wanted| wanted.to_lowercase() == name)
            && any(&self.resource_ids, &|id| {
                group.roles.iter().any(|(ari, _)| **ari == *id)
            })
            && any(&self.resource_owners, &|owner| {
                group.roles.iter().any(|(ari, _)| owner_of(ari) == owner)
            })
            && any(&self.role_ids, &|role| {
                group.roles.iter().any(|(_, given)| **given == *role)
            })
            && self
                .search_term
                .as_ref()
                .is_none_or(|term| name.contains(term))
    }
}
