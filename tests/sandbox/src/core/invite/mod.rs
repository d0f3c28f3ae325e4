//! Inviting people: one request, up to 25 addresses, and an answer whose rows may fail while the request succeeds.

mod request;

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use crate::core::account::{Account, AccountStatus, ManagementSource, Membership};
use crate::core::behaviours::{
    InviteContentType, InviteDirectory, InviteFailedRow, InviteMalformed, InviteMember,
    InviteRoleName, InviteSeats, InviteSuspended, RefusedResource,
};
use crate::core::call::Call;
use crate::core::errors::Refusal;
use crate::core::reply::Reply;
use crate::core::state::{Id, owner_of, role_takes_seat};
use request::{Invitation, bad_request, is_address};

pub(crate) fn invite(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    check_content_type(call)?;
    let body = call.request.object("ADMIN-UAM-400-1")?;
    let invitation = Invitation::read(&body)?;
    if !call.org.paid_plan {
        return Err(Refusal::new(
            402,
            "ADMIN-UAM-402-1",
            "The organization has no paid subscription",
        ));
    }
    invitation.check_grants(call)?;
    let directories = invitation.directories(call)?;
    let mut seen = HashSet::new();
    let addresses = invitation
        .emails
        .iter()
        .filter(|email| seen.insert(email.to_lowercase()));
    let mut people = Vec::new();
    for email in addresses {
        people.push(Person {
            email,
            plan: plan(call, email, &directories)?,
            without_seat: BTreeSet::new(),
        });
    }
    invitation.take_seats(call, &mut people)?;

    let mut rows = Vec::new();
    let mut failures = false;
    for person in &people {
        let (row, failed) = invitation.carry_out(call, person, &directories);
        failures |= failed;
        rows.extend(row);
    }
    Ok(Reply::with(
        if failures { 206 } else { 200 },
        json!({ "data": rows }),
    ))
}

fn check_content_type(call: &Call<'_>) -> Result<(), Refusal> {
    let header = call
        .request
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let json = header.is_some_and(|header| {
        header
            .trim_start()
            .to_lowercase()
            .starts_with("application/json")
    });
    match call.behaviours.get::<InviteContentType>() {
        InviteContentType::Refused if !json => Err(Refusal::new(
            415,
            "ADMIN-UAM-415-1",
            "The body has to be JSON",
        )),
        _ => Ok(()),
    }
}

/// What is to happen with one address.
enum Plan {
    /// Becomes a member; those who are suspended stay so.
    Join,
    /// Becomes a member; memberships that are suspended become active.
    Reactivate,
    /// Fails in its row, for this reason.
    Fail(String),
}

struct Person<'a> {
    email: &'a str,
    plan: Plan,
    /// Resources for which there is no seat left.
    without_seat: BTreeSet<Id>,
}

/// What one address is in for, or why the whole request is refused.
fn plan(call: &Call<'_>, email: &str, directories: &[Id]) -> Result<Plan, Refusal> {
    let conflict = || {
        Refusal::new(
            409,
            "ADMIN-UAM-409-2",
            "Somebody in the request is a member already",
        )
    };
    if !is_address(email) {
        return match call.behaviours.get::<InviteMalformed>() {
            InviteMalformed::Invalid => {
                Err(bad_request("`emails` holds something that is no address"))
            }
            InviteMalformed::RowError => Ok(Plan::Fail("The address is not valid".to_owned())),
        };
    }
    let account = call.org.account(email);
    if account.is_some_and(|account| {
        account.account_status != AccountStatus::Active || account.for_deletion
    }) {
        return Err(Refusal::new(
            400,
            "ADMIN-UAM-400-2",
            "Somebody in the request has an inactive account",
        ));
    }
    if let Some(reason) = call.org.refused_invitations.get(&email.to_lowercase()) {
        return Ok(Plan::Fail(reason.clone()));
    }
    match account.and_then(|account| standing(account, directories)) {
        None => Ok(Plan::Join),
        Some(Membership::Active) => match call.behaviours.get::<InviteMember>() {
            InviteMember::Invited => Ok(Plan::Join),
            InviteMember::RowError => Ok(Plan::Fail("Already a member".to_owned())),
            InviteMember::Conflict => Err(conflict()),
        },
        Some(Membership::Suspended) => match call.behaviours.get::<InviteSuspended>() {
            InviteSuspended::Invited => Ok(Plan::Join),
            InviteSuspended::Restored => Ok(Plan::Reactivate),
            InviteSuspended::RowError => Ok(Plan::Fail("Suspended".to_owned())),
            InviteSuspended::Conflict => Err(conflict()),
            InviteSuspended::Inactive => Err(Refusal::new(
                400,
                "ADMIN-UAM-400-2",
                "Somebody in the request is suspended",
            )),
        },
    }
}

/// Where somebody stands in the directories of an invitation, or anywhere if it has none.
fn standing(account: &Account, directories: &[Id]) -> Option<Membership> {
    if directories.is_empty() {
        return account.overall_membership();
    }
    let there: Vec<_> = directories
        .iter()
        .filter_map(|directory| account.membership(directory))
        .collect();
    there
        .iter()
        .copied()
        .find(|membership| *membership == Membership::Suspended)
        .or(there.first().copied())
}

impl Invitation {
    /// Every grant has to be possible, or nothing of the request happens.
    fn check_grants(&self, call: &Call<'_>) -> Result<(), Refusal> {
        for (resource, role) in &self.rules {
            check_role(call, resource, role)?;
        }
        match self
            .groups
            .iter()
            .find(|group| call.org.group(group).is_none())
        {
            Some(_) => Err(Refusal::new(404, "ADMIN-UAM-404-3", "Group not found")),
            None => Ok(()),
        }
    }

    /// The directories of its apps and groups; without any, what the switch says.
    fn directories(&self, call: &Call<'_>) -> Result<Vec<Id>, Refusal> {
        let apps = self
            .rules
            .iter()
            .filter_map(|(resource, _)| call.org.resource(resource))
            .map(|r| &r.directory);
        let groups = self
            .groups
            .iter()
            .filter_map(|group| call.org.group(group))
            .map(|g| &g.directory);
        let directories: BTreeSet<Id> = apps.chain(groups).cloned().collect();
        if !directories.is_empty() {
            return Ok(directories.into_iter().collect());
        }
        let all = call
            .org
            .directories
            .iter()
            .map(|directory| directory.id.clone());
        match call.behaviours.get::<InviteDirectory>() {
            InviteDirectory::First => Ok(all.take(1).collect()),
            InviteDirectory::Every => Ok(all.collect()),
            InviteDirectory::Nowhere => Ok(Vec::new()),
            InviteDirectory::Invalid => Err(bad_request(
                "`permissionRules` or `additionalGroups` has to name something",
            )),
        }
    }

    /// Shares out the free seats, in the order of the request.
    fn take_seats(&self, call: &Call<'_>, people: &mut [Person<'_>]) -> Result<(), Refusal> {
        let group_roles = self
            .groups
            .iter()
            .filter_map(|group| call.org.group(group))
            .flat_map(|group| &group.roles);
        let gained: BTreeSet<&Id> = self
            .rules
            .iter()
            .chain(group_roles)
            .filter(|(_, role)| role_takes_seat(role))
            .map(|(ari, _)| ari)
            .collect();
        for resource in gained.into_iter().filter_map(|ari| call.org.resource(ari)) {
            let Some(seats) = resource.seats else {
                continue;
            };
            let mut free = seats.saturating_sub(call.org.seats_taken(resource));
            for person in people
                .iter_mut()
                .filter(|person| !matches!(person.plan, Plan::Fail(_)))
            {
                let account = call.org.account(person.email);
                if account.is_some_and(|account| call.org.takes_seat(account, resource)) {
                    continue;
                }
                match free.checked_sub(1) {
                    Some(left) => free = left,
                    None if call.behaviours.get::<InviteSeats>() == InviteSeats::Conflict => {
                        return Err(Refusal::new(
                            409,
                            "ADMIN-UAM-409-3",
                            "An app of the request has no seat left",
                        ));
                    }
                    None => {
                        person.without_seat.insert(resource.ari.clone());
                    }
                }
            }
        }
        Ok(())
    }

    /// Does what was planned for one person. The row, and whether anything in it failed.
    fn carry_out(
        &self,
        call: &mut Call<'_>,
        person: &Person<'_>,
        directories: &[Id],
    ) -> (Option<Value>, bool) {
        let failure = match &person.plan {
            Plan::Fail(reason) => Some(reason.as_str()),
            Plan::Join | Plan::Reactivate => None,
        };
        let no_seat = |ari: &Id| person.without_seat.contains(ari).then_some("No seat left");
        let roles: Vec<_> = self
            .rules
            .iter()
            .map(|rule| (rule, failure.or_else(|| no_seat(&rule.0))))
            .collect();
        let groups: Vec<_> = self
            .groups
            .iter()
            .map(|id| {
                let group = call.org.group(id);
                let synced = group
                    .is_some_and(|group| group.synced)
                    .then_some("The group is managed elsewhere");
                let full =
                    || group.and_then(|group| group.roles.iter().find_map(|(ari, _)| no_seat(ari)));
                (id, failure.or(synced).or_else(full))
            })
            .collect();
        let reasons = || {
            roles
                .iter()
                .map(|(_, reason)| reason)
                .chain(groups.iter().map(|(_, reason)| reason))
        };
        let failed = failure.is_some() || reasons().any(Option::is_some);
        let whole = failure.is_some() || (failed && reasons().all(Option::is_some));

        let results = json!([{
            "roleAssignmentResult": roles.iter().map(|((resource, role), reason)| {
                result(json!({ "resource": &**resource, "role": role_name(call, resource, role) }), *reason)
            }).collect::<Vec<_>>(),
            "groupAssignmentResult": groups.iter().map(|(group, reason)| result(json!({ "group": &***group }), *reason)).collect::<Vec<_>>(),
        }]);
        let mut row = json!({ "email": person.email, "results": results });
        if whole {
            return match call.behaviours.get::<InviteFailedRow>() {
                InviteFailedRow::Missing => (None, true),
                InviteFailedRow::WithoutId => (Some(row), true),
                InviteFailedRow::WithId => {
                    row["id"] = account_for(call, person.email).into();
                    (Some(row), true)
                }
            };
        }
        let id = account_for(call, person.email);
        let given_roles: Vec<_> = roles
            .into_iter()
            .filter(|(_, reason)| reason.is_none())
            .map(|(rule, _)| rule)
            .collect();
        let given_groups: Vec<_> = groups
            .into_iter()
            .filter(|(_, reason)| reason.is_none())
            .map(|(group, _)| group)
            .collect();
        let now = call.now;
        call.org.change_account(&id, call.at, |account| {
            for directory in directories {
                let membership = account
                    .memberships
                    .entry(directory.clone())
                    .or_insert(Membership::Active);
                if matches!(person.plan, Plan::Reactivate) {
                    *membership = Membership::Active;
                }
            }
            if !account.memberships.is_empty() {
                account.added_to_org.get_or_insert(now);
            }
            if account.managed {
                account.source.get_or_insert(ManagementSource::Invited);
            }
            account.roles.extend(given_roles.into_iter().cloned());
            account.groups.extend(given_groups.into_iter().cloned());
        });
        let invitations = call
            .org
            .invitations
            .entry(person.email.to_lowercase())
            .or_default();
        invitations.count += 1;
        invitations.mails += usize::from(self.mail);
        row["id"] = id.into();
        (Some(row), failed)
    }
}

/// Whether a role can be given on a resource.
pub(crate) fn check_role(call: &Call<'_>, resource: &str, role: &str) -> Result<(), Refusal> {
    let found = call.org.resource(resource);
    let Some(found) = found.filter(|resource| resource.grantable) else {
        return Err(match call.behaviours.get::<RefusedResource>() {
            RefusedResource::Invalid if found.is_some() => {
                Refusal::new(400, "ADMIN-UAM-400-5", "Cloud Resource is invalid")
            }
            _ => Refusal::new(404, "ADMIN-UAM-404-1", "Resource not found"),
        });
    };
    if !found.licensed {
        return Err(Refusal::new(
            400,
            "ADMIN-UAM-400-4",
            "The app is not licensed",
        ));
    }
    match found.roles.iter().any(|known| known == role) {
        true => Ok(()),
        false => Err(Refusal::new(
            400,
            "ADMIN-UAM-400-3",
            "The resource does not take this role",
        )),
    }
}

/// The account behind an address; the service makes one for who has none.
fn account_for(call: &mut Call<'_>, email: &str) -> String {
    if let Some(account) = call.org.account(email) {
        return account.id().to_owned();
    }
    let id = call.org.fresh_account_id();
    let mut account = Account::new(&id, email);
    account.managed = call.org.claims(email);
    let written = call.org.lags.written(call.at);
    call.org.add_account(account, Some(written));
    id
}

fn role_name(call: &Call<'_>, resource: &str, role: &str) -> String {
    match call.behaviours.get::<InviteRoleName>() {
        InviteRoleName::AsSent => role.to_owned(),
        InviteRoleName::Ari => {
            let name = role.rsplit('/').next().unwrap_or(role);
            let name = if name == "user" { "member" } else { name };
            format!("ari:cloud:{}::role/product/{name}", owner_of(resource))
        }
    }
}

fn result(mut row: Value, reason: Option<&str>) -> Value {
    row["status"] = if reason.is_some() { "ERROR" } else { "INVITED" }.into();
    if let Some(reason) = reason {
        row["statusReason"] = reason.into();
    }
    row
}
