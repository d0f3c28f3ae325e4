//! How a change is made: read, decide, send once, and read again only where there is a doubt.

use super::{Action, Change, DirectoryReport, DirectoryRow, Done, ids};
use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::DirectoryId;
use crate::organization::{DirectoryInfo, Organization, no_rows};
use crate::outcome::{Evidence, Outcome};
use crate::status::MembershipStatus;
use crate::user::User;

/// A change in the one directory of the organization or of the person, or in the chosen one.
pub(super) async fn one(change: Change) -> Result<Done, Error> {
    let org = &change.person.org;
    let user = change.person.get().await?;
    guard(&change, &user)?;
    let done = |directory, outcome| Done {
        account_id: user.account_id.clone(),
        directory,
        outcome,
        before: user.clone(),
        action: change.action,
    };
    if let Some(outcome) = decided_by_membership(change.action, &user)? {
        return Ok(done(None, outcome));
    }
    let (directory, alone) = match org.chosen_directory() {
        Some(chosen) => (chosen.clone(), check_chosen(org, chosen, &user).await?),
        None => (only_directory(org, &user).await?.id, true),
    };
    let status = membership_in(org, &directory, &user, alone).await?;
    let outcome = in_directory(&change, &directory, &user, status, alone)
        .await
        .into_result()?;
    Ok(done(Some(directory), outcome))
}

/// A change in every directory of the person.
pub(super) async fn everywhere(change: Change) -> Result<DirectoryReport, Error> {
    let org = &change.person.org;
    if org.chosen_directory().is_some() {
        return Err(
            Error::invalid("a directory was chosen, and every directory is asked for").with_hint(
                "call in_every_directory() on the organization without a chosen directory",
            ),
        );
    }
    let user = change.person.get().await?;
    guard(&change, &user)?;
    let mut rows = Vec::new();
    if decided_by_membership(change.action, &user)?.is_none() {
        let directories = directories_of(org, &user).await?;
        let alone = directories.len() == 1;
        for DirectoryInfo { id: directory, .. } in directories {
            let outcome = match membership_in(org, &directory, &user, alone).await {
                Ok(status) => in_directory(&change, &directory, &user, status, alone).await,
                Err(error) => Outcome::NotStarted(error),
            };
            rows.push(DirectoryRow { directory, outcome });
        }
    }
    Ok(DirectoryReport::new(user.account_id, rows))
}

/// Refuses what a read shows to be a mistake, before anything is sent.
fn guard(change: &Change, user: &User) -> Result<(), Error> {
    let admin = user.is_organization_admin() && !change.allow_admin;
    if admin && change.action != Action::Restore {
        return Err(Error::new(ErrorKind::Refused)
            .with_words("this person is an organization admin")
            .with_hint("take the role away first, or call allow_organization_admin()"));
    }
    if change.action == Action::Restore && user.is_account_out_of_use() {
        return Err(Error::new(ErrorKind::Deactivated)
            .with_words("the account itself is deactivated, closed or marked for deletion")
            .with_hint(
                "restoring access to a directory does not activate the account: do that first",
            ));
    }
    Ok(())
}

/// What the organization-wide membership decides alone: somebody in no directory.
fn decided_by_membership(action: Action, user: &User) -> Result<Option<Outcome>, Error> {
    match (&user.membership, action) {
        (Some(MembershipStatus::None), Action::Remove) => Ok(Some(Outcome::AlreadyDone {
            read_at: user.read_at,
        })),
        (Some(MembershipStatus::None), _) => Err(Error::new(ErrorKind::NotAMember)
            .with_words("the account is in no directory of this organization")
            .with_hint("invite the person")),
        _ => Ok(None),
    }
}

/// The directory that a change is meant for where none was chosen.
async fn only_directory(org: &Organization, user: &User) -> Result<DirectoryInfo, Error> {
    let mut found = directories_of(org, user).await?;
    match (found.pop(), found.is_empty()) {
        (Some(directory), true) => Ok(directory),
        (None, _) => Err(Error::new(ErrorKind::NoDirectory)),
        (Some(last), false) => {
            found.push(last);
            Err(Error::new(ErrorKind::AmbiguousDirectory)
                .with_words(format!(
                    "the person is in several directories: {}",
                    ids(&found)
                ))
                .with_hint("choose one with Organization::directory, or call in_every_directory()"))
        }
    }
}

/// Whether the chosen directory is the only one of the person; an error if there is no such directory.
///
/// The service says the same of an unknown directory as of somebody who is not in it, and a mistyped
/// id must not pass for a removal.
async fn check_chosen(
    org: &Organization,
    chosen: &DirectoryId,
    user: &User,
) -> Result<bool, Error> {
    let has = |list: &[DirectoryInfo]| list.iter().any(|directory| directory.id == *chosen);
    let of_account = org.list_directories(Some(&user.account_id)).await?;
    if has(&of_account) {
        return Ok(of_account.len() == 1);
    }
    let all = org.list_directories(None).await?;
    if has(&all) {
        return Ok(false);
    }
    Err(Error::new(ErrorKind::NoDirectory)
        .with_words(format!("the organization shows no directory {chosen}"))
        .with_hint(format!("it shows {}", ids(&all))))
}

/// The directories that the service lists for the account. It may not list one that the person is
/// suspended in, so an empty answer is checked against all directories.
async fn directories_of(org: &Organization, user: &User) -> Result<Vec<DirectoryInfo>, Error> {
    let of_account = org.list_directories(Some(&user.account_id)).await?;
    if !of_account.is_empty() {
        return Ok(of_account);
    }
    let all = org.list_directories(None).await?;
    match all.len() {
        0 => Err(Error::new(ErrorKind::NoDirectory)),
        1 => Ok(all),
        _ => Err(Error::new(ErrorKind::AmbiguousDirectory)
            .with_words(format!(
                "the organization has several directories: {}",
                ids(&all)
            ))
            .with_hint("choose one with Organization::directory")),
    }
}

/// The person's membership in one directory, or none if no read shows it.
///
/// The status on a person's row is organization-wide: suspended only if suspended in every directory
/// of theirs. `alone` says that this is the only one.
async fn membership_in(
    org: &Organization,
    directory: &DirectoryId,
    user: &User,
    alone: bool,
) -> Result<Option<MembershipStatus>, Error> {
    if alone {
        return Ok(user.membership.clone());
    }
    let raw = org.client().call();
    let request = raw
        .get_user_role_assignments()
        .org_id(org.id().as_str())
        .directory_id(directory.as_str())
        .account_id(user.account_id.as_str())
        .send()
        .await;
    let page = match settle(org.client(), "get_user_role_assignments", request).await {
        Ok(page) => page,
        // By a code that says so: the person is not in this directory.
        Err(error) if error.is_not_found() => return Ok(Some(MembershipStatus::None)),
        Err(error) => return Err(error),
    };
    let rows = page.data.ok_or_else(|| no_rows("getUserRoleAssignments"))?;
    let here =
        |row: &&atlassian_orgs_api::organizations::types::MultiDirectoryUserRoleAssignment| {
            row.directory_id.as_deref() == Some(directory.as_str())
        };
    let status = rows
        .iter()
        .filter(here)
        .find_map(|row| row.user_directory_status.as_ref());
    Ok(status.map(|status| MembershipStatus::from(status.as_str())))
}

/// The state that an action asks for.
fn wished(action: Action) -> MembershipStatus {
    match action {
        Action::Suspend => MembershipStatus::Suspended,
        Action::Restore => MembershipStatus::Active,
        Action::Remove => MembershipStatus::None,
    }
}

/// Decides by the state read, sends at most one change, and settles a doubt by reading again.
async fn in_directory(
    change: &Change,
    directory: &DirectoryId,
    user: &User,
    status: Option<MembershipStatus>,
    alone: bool,
) -> Outcome {
    let wished = wished(change.action);
    if status.as_ref() == Some(&wished) {
        return Outcome::AlreadyDone {
            read_at: user.read_at,
        };
    }
    if status == Some(MembershipStatus::None) {
        let error = Error::new(ErrorKind::NotAMember)
            .with_words(format!("the account is not in directory {directory}"));
        return Outcome::Refused(error);
    }
    let error = match send(change, directory, user).await {
        Ok(()) => {
            return Outcome::Changed {
                evidence: Evidence::Acknowledged,
            };
        }
        Err(error) => error,
    };
    let org = &change.person.org;
    if error.is_not_found() {
        // The person was found a moment ago: it is this directory that they are not in.
        return match change.action {
            Action::Remove => Outcome::AlreadyDone {
                read_at: org.client().now(),
            },
            _ => Outcome::Refused(error),
        };
    }
    // An answer that was lost, or one that may only say that it was so already: what holds now?
    let open_question = error.is_in_doubt()
        || error.is_conflict()
        || error.kind() == ErrorKind::BadRequest
        || error.status() == Some(404);
    if open_question && let Some(read_at) = read_back(change, directory, user, alone, &wished).await
    {
        return if error.is_in_doubt() {
            Outcome::Changed {
                evidence: Evidence::Observed,
            }
        } else {
            Outcome::AlreadyDone { read_at }
        };
    }
    Outcome::from_error(error)
}

/// When a read showed the wished state, if it did. A read that fails settles nothing.
async fn read_back(
    change: &Change,
    directory: &DirectoryId,
    user: &User,
    alone: bool,
    wished: &MembershipStatus,
) -> Option<std::time::SystemTime> {
    let org = &change.person.org;
    let now = org.find_user(&user.account_id).await.ok()?;
    let Some(now) = now else {
        return (*wished == MembershipStatus::None).then(|| org.client().now());
    };
    let status = match now.membership {
        Some(MembershipStatus::None) => Some(MembershipStatus::None),
        _ => membership_in(org, directory, &now, alone).await.ok()?,
    };
    (status.as_ref() == Some(wished)).then_some(now.read_at)
}

async fn send(change: &Change, directory: &DirectoryId, user: &User) -> Result<(), Error> {
    let org = &change.person.org;
    let (client, raw) = (org.client(), org.client().call());
    let (org, directory, account) = (
        org.id().as_str(),
        directory.as_str(),
        user.account_id.as_str(),
    );
    match change.action {
        Action::Suspend => {
            let request = raw
                .suspend_user()
                .org_id(org)
                .directory_id(directory)
                .account_id(account);
            settle(client, "suspend_user", request.send().await).await
        }
        Action::Restore => {
            let request = raw
                .restore_user()
                .org_id(org)
                .directory_id(directory)
                .account_id(account);
            settle(client, "restore_user", request.send().await).await
        }
        Action::Remove => {
            let request = raw
                .remove_user()
                .org_id(org)
                .directory_id(directory)
                .account_id(account);
            settle(client, "remove_user", request.send().await).await
        }
    }
}
