//! Makes an organization out of what a test asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use super::account::{Account, Membership};
use super::random::Random;
use super::spec::{Directory, Group, Resource, Status, User, account_status};
use super::state::{DirectoryState, DomainState, GroupState, Id, Organization, ResourceState};
use super::time::Time;
use super::versions::Versioned;

/// When the people of a new organization came into it.
const FOUNDED: Time = Time::from_millis(1_767_225_600_000);

/// What an organization is to hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) directories: Vec<Directory>,
    /// `None` stands for a Jira and a Confluence in each directory.
    pub(crate) resources: Option<Vec<Resource>>,
    /// In addition to one for the people of each app, where the apps are the default ones.
    pub(crate) groups: Vec<Group>,
    pub(crate) domains: Vec<String>,
    pub(crate) people: usize,
    pub(crate) users: Vec<User>,
}

/// Builds it. `Err` says what does not fit together.
pub(crate) fn organization(plan: &Plan, seed: u64) -> Result<Organization, String> {
    let mut org = Organization::new("Sandbox", Random::new(seed));
    for directory in &plan.directories {
        let id: Id = directory
            .id
            .clone()
            .unwrap_or_else(|| org.random.uuid())
            .into();
        if org.directory(&id).is_some() {
            return Err(format!("two directories have the id {id}"));
        }
        org.directories.push(DirectoryState {
            id,
            name: directory.name.clone(),
        });
    }
    let mut groups = Vec::new();
    let resources = plan
        .resources
        .clone()
        .unwrap_or_else(|| default_apps(&mut org, &mut groups));
    for resource in &resources {
        add_resource(&mut org, resource)?;
    }
    groups.extend(plan.groups.iter().cloned());
    for group in &groups {
        add_group(&mut org, group)?;
    }
    for name in &plan.domains {
        let id = org.random.uuid().into();
        org.domains.push(DomainState {
            id,
            name: name.clone(),
        });
    }
    for number in 1..=plan.people {
        add_user(&mut org, &person(number, plan.people, &groups))?;
    }
    for user in &plan.users {
        add_user(&mut org, user)?;
    }
    Ok(org)
}

/// A Jira and a Confluence in each directory, and a group for the people of each.
fn default_apps(org: &mut Organization, groups: &mut Vec<Group>) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (number, directory) in org.directories.clone().iter().enumerate() {
        let site = org.random.uuid();
        for product in ["jira", "confluence"] {
            let ari = format!("ari:cloud:{product}::site/{site}");
            let suffix = if number == 0 {
                String::new()
            } else {
                format!("-{}", number + 1)
            };
            let group = Group::new(format!("{product}-users{suffix}")).directory(&*directory.id);
            groups.push(group.role(ari.clone(), "atlassian/user"));
            resources.push(Resource::new(ari).directory(&*directory.id));
        }
    }
    resources
}

/// One of the generated people: an active member of the first directory, in its first group.
fn person(number: usize, of: usize, groups: &[Group]) -> User {
    const FIRST: [&str; 10] = [
        "Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jon",
    ];
    const LAST: [&str; 7] = [
        "Adler", "Brandt", "Costa", "Duval", "Eriksen", "Fischer", "Garcia",
    ];
    let width = of.to_string().len().max(4);
    let user = User::new(format!("user-{number:0width$}@example.com"));
    let user = user.name(format!(
        "{} {} {number}",
        FIRST[number % 10],
        LAST[number / 10 % 7]
    ));
    match groups.first().filter(|group| !group.synced) {
        Some(group) => user.group(group.name.clone()),
        None => user,
    }
}

fn directory_id(org: &Organization, wanted: Option<&str>, what: &str) -> Result<Id, String> {
    let found = match wanted {
        Some(wanted) => org.directory(wanted),
        None => org.directories.first(),
    };
    found
        .map(|directory| directory.id.clone())
        .ok_or_else(|| format!("{what} is in a directory that there is not"))
}

fn add_resource(org: &mut Organization, resource: &Resource) -> Result<(), String> {
    if org.resource(&resource.ari).is_some() {
        return Err(format!("the resource {} is there twice", resource.ari));
    }
    let directory = directory_id(org, resource.directory.as_deref(), &resource.ari)?;
    org.resources.push(ResourceState {
        ari: resource.ari.as_str().into(),
        directory,
        seats: resource.seats,
        licensed: resource.licensed,
        grantable: resource.grantable,
        roles: resource.roles.clone(),
    });
    Ok(())
}

fn add_group(org: &mut Organization, group: &Group) -> Result<(), String> {
    let id: Id = group.id.clone().unwrap_or_else(|| org.random.uuid()).into();
    if org.group(&id).is_some() {
        return Err(format!("two groups have the id {id}"));
    }
    let directory = directory_id(org, group.directory.as_deref(), &group.name)?;
    let roles = group
        .roles
        .iter()
        .map(|pair| grant(org, pair))
        .collect::<Result<_, _>>()?;
    let state = GroupState {
        id,
        name: group.name.clone(),
        description: group.description.clone(),
        directory,
        synced: group.synced,
        roles,
    };
    org.groups.push(Versioned::new(state));
    Ok(())
}

fn grant(org: &Organization, (ari, role): &(String, String)) -> Result<(Id, Id), String> {
    let resource = org
        .resource(ari)
        .ok_or_else(|| format!("a role is on {ari}, which there is not"))?;
    Ok((resource.ari.clone(), role.as_str().into()))
}

fn add_user(org: &mut Organization, user: &User) -> Result<(), String> {
    let id = user.id.clone().unwrap_or_else(|| org.fresh_account_id());
    let mut account = Account::new(&id, &user.email);
    account.memberships = memberships(org, user)?;
    account.groups = user
        .groups
        .iter()
        .map(|name| group_id(org, name))
        .collect::<Result<_, _>>()?;
    account.roles = user
        .roles
        .iter()
        .map(|pair| grant(org, pair))
        .collect::<Result<_, _>>()?;
    account.account_type = user.account_type;
    account.account_status = account_status(user);
    account.for_deletion = user.status == Status::ForDeletion;
    account.managed = user.managed || org.claims(&user.email);
    account.source = user.source;
    account.mfa_enabled = user.mfa;
    account.platform_roles = user.platform_roles.clone();
    account.profile = user.profile.clone();
    account.added_to_org = (!account.memberships.is_empty()).then_some(FOUNDED);
    account.last_active = account.added_to_org;
    let inactive = matches!(user.status, Status::Deactivated | Status::ForDeletion) || user.closed;
    account.deactivated_on = inactive.then_some(FOUNDED + Duration::from_secs(86_400));
    if let Some(name) = &user.name {
        account.name.clone_from(name);
    }
    match org.add_account(account, None) {
        true => Ok(()),
        false => Err(format!(
            "two people have the address {} or the id {id}",
            user.email
        )),
    }
}

fn memberships(org: &Organization, user: &User) -> Result<BTreeMap<Id, Membership>, String> {
    if let Some(memberships) = &user.memberships {
        let pairs = memberships.iter().map(|(directory, state)| {
            Ok((directory_id(org, Some(directory), &user.email)?, *state))
        });
        return pairs.collect();
    }
    let state = match user.status {
        Status::NotInvited => return Ok(BTreeMap::new()),
        Status::Suspended => Membership::Suspended,
        Status::Active | Status::Deactivated | Status::ForDeletion => Membership::Active,
    };
    Ok(BTreeMap::from([(
        directory_id(org, None, &user.email)?,
        state,
    )]))
}

fn group_id(org: &Organization, name_or_id: &str) -> Result<Id, String> {
    let found = org
        .group(name_or_id)
        .or_else(|| org.group_named(name_or_id));
    found
        .map(|group| group.id.clone())
        .ok_or_else(|| format!("somebody is in the group {name_or_id}, which there is not"))
}
