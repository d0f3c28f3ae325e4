//! What people may do where.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::core::account::Account;
use crate::core::call::{Call, Scope};
use crate::core::errors::Refusal;
use crate::core::paging::{Links, Listing};
use crate::core::reply::Reply;
use crate::core::state::{Id, owner_of};

/// A role on a resource, and how the person came by it.
pub(super) struct Grant {
    pub(super) resource: Id,
    pub(super) role: Id,
    method: &'static str,
}

/// Every role of a person on apps: their own and their groups'.
pub(super) fn grants(call: &Call<'_>, account: &Account) -> Vec<Grant> {
    let grant = |method| {
        move |(resource, role): &(Id, Id)| Grant {
            resource: resource.clone(),
            role: role.clone(),
            method,
        }
    };
    let direct = account.roles.iter().map(grant("direct"));
    let groups = account
        .groups
        .iter()
        .filter_map(|id| call.org.group_at(id, call.at));
    direct
        .chain(groups.flat_map(|group| group.roles.iter().map(grant("group_direct"))))
        .collect()
}

/// The names of all roles of a person, on apps and on the organization.
pub(super) fn role_names(call: &Call<'_>, account: &Account) -> BTreeSet<String> {
    let apps = grants(call, account)
        .into_iter()
        .map(|grant| grant.role.to_string());
    apps.chain(account.platform_roles.iter().cloned()).collect()
}

pub(crate) fn role_assignments(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 20, 100)?;
    let directories = listing.fields.list("directoryIds", 10)?;
    let owners = listing.fields.list("resourceOwners", 10)?;
    let resources = listing.fields.list("resourceIds", 20)?;
    let roles = listing.fields.roles()?;
    let account = super::visible(call, &scope)?;
    let wanted = |row: &Row| {
        let within = |list: &Option<Vec<String>>, value: &str| {
            list.as_ref().is_none_or(|l| l.iter().any(|i| i == value))
        };
        let directory = row.directory.as_deref();
        let in_scope = match (&scope, directory) {
            (Scope::One(one), Some(directory)) => **one == *directory,
            _ => true,
        };
        in_scope
            && within(&directories, directory.unwrap_or_default())
            && within(&owners, owner_of(&row.resource))
            && within(&resources, &row.resource)
            && roles.as_ref().is_none_or(|list| {
                row.roles
                    .keys()
                    .any(|role| list.iter().any(|i| **i == **role))
            })
    };
    let rows = rows(call, account)
        .into_iter()
        .filter(wanted)
        .enumerate()
        .skip(listing.from);
    Ok(listing.page(call, Links::Token, rows, |row| row.to_json(account)))
}

struct Row {
    resource: Id,
    /// `None` for roles on the organization.
    directory: Option<Id>,
    roles: BTreeMap<Id, BTreeSet<&'static str>>,
}

fn rows(call: &Call<'_>, account: &Account) -> Vec<Row> {
    let mut rows = Vec::new();
    if !account.platform_roles.is_empty() {
        let resource = format!("ari:cloud:platform::org/{}", call.org.id).into();
        let roles = account
            .platform_roles
            .iter()
            .map(|role| (role.as_str().into(), BTreeSet::from(["direct"])));
        rows.push(Row {
            resource,
            directory: None,
            roles: roles.collect(),
        });
    }
    let mut apps: BTreeMap<Id, BTreeMap<Id, BTreeSet<&'static str>>> = BTreeMap::new();
    for grant in grants(call, account) {
        apps.entry(grant.resource)
            .or_default()
            .entry(grant.role)
            .or_default()
            .insert(grant.method);
    }
    rows.extend(apps.into_iter().map(|(resource, roles)| {
        let directory = call
            .org
            .resource(&resource)
            .map(|resource| resource.directory.clone());
        Row {
            resource,
            directory,
            roles,
        }
    }));
    rows
}

impl Row {
    fn to_json(&self, account: &Account) -> Value {
        let roles: Vec<&str> = self.roles.keys().map(|role| &**role).collect();
        let assignments = self
            .roles
            .iter()
            .map(|(role, methods)| json!({ "role": &**role, "roleAssignmentMethods": methods }));
        let status = self.directory.as_ref().map(|directory| {
            account
                .membership(directory)
                .map_or("no_membership", |m| m.name())
        });
        json!({
            "resourceId": &*self.resource,
            "resourceOwner": owner_of(&self.resource),
            "roles": roles,
            "roleAssignments": assignments.collect::<Vec<_>>(),
            "directoryId": self.directory.as_deref(),
            "userDirectoryStatus": status,
        })
    }
}
