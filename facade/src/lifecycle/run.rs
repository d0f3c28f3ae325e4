//! What a change is decided by: the person, the directory, and what the reads show of both.

use super::place::Place;
use super::{Action, Change, DirectoryReport, DirectoryRow, Done, ids, verify};
use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::DirectoryId;
use crate::organization::{DirectoryInfo, Organization, no_rows};
use crate::outcome::Outcome;
use crate::status::MembershipStatus;
use crate::user::User;

/// A change in the one directory of the organization or of the person, or in the chosen one.
pub(super) async fn one(change: Change) -> Result<Done, Error> {
    let org = &change.person.org;
    let (user, decided) = person(&change).await?;
    let done = |directory, outcome| Done {
        account_id: user.account_id.clone(),
        directory,
        outcome,
        before: user.clone(),
        action: change.action,
    };
    if let Some(outcome) = decided {
        return Ok(done(None, outcome));
    }
    let (directory, alone) = match org.chosen_directory() {
        Some(chosen) => (chosen.clone(), check_chosen(org, chosen, &user).await?),
        None => (only_directory(org, &user).await?.id, true),
    };
    let status = membership_in(org, &directory, &user, alone).await?;
    let place = Place {
        change: &change,
        directory: &directory,
        user: &user,
        alone,
    };
    let outcome = place.change(status).await.into_result()?;
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
    let (user, decided) = person(&change).await?;
    let mut rows = Vec::new();
    if decided.is_none() {
        let directories = directories_of(org, &user).await?;
        let alone = directories.len() == 1;
        for DirectoryInfo { id: directory, .. } in directories {
            let place = Place {
                change: &change,
                directory: &directory,
                user: &user,
                alone,
            };
            let outcome = match membership_in(org, &directory, &user, alone).await {
                Ok(status) => place.change(status).await,
                Err(error) => Outcome::NotStarted(error),
            };
            rows.push(DirectoryRow { directory, outcome });
        }
    }
    Ok(DirectoryReport::new(user.account_id, rows))
}

/// Reads the person, and what the organization-wide membership decides alone.
async fn person(change: &Change) -> Result<(User, Option<Outcome>), Error> {
    let mut user = change.person.get().await?;
    guard(change, &user)?;
    let mut decided = decided_by_membership(change.action, &user)?;
    if decided.is_some() && change.within.is_some() {
        user = verify::stays_absent(change, user).await;
        guard(change, &user)?;
        decided = decided_by_membership(change.action, &user)?;
    }
    Ok((user, decided))
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
    Err(no_such_directory(chosen, &all))
}

pub(crate) fn no_such_directory(chosen: &DirectoryId, all: &[DirectoryInfo]) -> Error {
    Error::new(ErrorKind::NoDirectory)
        .with_words(format!("the organization shows no directory {chosen}"))
        .with_hint(format!("it shows {}", ids(all)))
}

/// The directories that the service lists for the account. It may not list one that the person is
/// suspended in, so an empty answer is checked against all directories.
pub(crate) async fn directories_of(
    org: &Organization,
    user: &User,
) -> Result<Vec<DirectoryInfo>, Error> {
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
pub(crate) async fn membership_in(
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
