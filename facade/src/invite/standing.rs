//! Where a person stands before an invitation.

use std::collections::HashMap;

use super::report::{Grant, InvitationOutcome};
use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::Resource;
use crate::organization::{Organization, no_rows};
use crate::paging::Cursors;
use crate::plan::{Decision, Reason};
use crate::status::MembershipStatus;
use crate::user::User;

/// What the service takes in one filter, at most (reference: `resourceIds`).
const RESOURCES: usize = 20;

/// Why this person is not to be invited, if so.
pub(super) async fn instead(
    org: &Organization,
    user: &User,
    grants: &[Grant],
) -> Result<Option<InvitationOutcome>, Error> {
    if user.is_account_out_of_use() {
        let error = Error::new(ErrorKind::Deactivated)
            .with_words("the account is deactivated, closed or marked for deletion")
            .with_hint("it would fail its whole request: activate the account first");
        return Ok(Some(InvitationOutcome::Refused(error)));
    }
    match user.membership {
        Some(MembershipStatus::Suspended) => Ok(Some(InvitationOutcome::NeedsRestoring)),
        Some(MembershipStatus::Active) if has_all(org, user, grants).await? => {
            Ok(Some(InvitationOutcome::AlreadyMember))
        }
        _ => Ok(None),
    }
}

/// What a plan decides for somebody who has an account.
pub(crate) async fn decide(
    org: &Organization,
    user: &User,
    grants: &[Grant],
) -> Result<Decision, Error> {
    Ok(match instead(org, user, grants).await? {
        None => Decision::Change,
        Some(InvitationOutcome::AlreadyMember) => Decision::AlreadyDone,
        Some(InvitationOutcome::NeedsRestoring) => Decision::Refuse(Reason::NeedsRestoring),
        Some(_) => Decision::Refuse(Reason::AccountOutOfUse),
    })
}

/// Whether a member has every grant already. What was not read counts as not there: the service
/// then decides.
async fn has_all(org: &Organization, user: &User, grants: &[Grant]) -> Result<bool, Error> {
    let mut resources: Vec<&Resource> = Vec::new();
    for grant in grants {
        match grant {
            Grant::Group(group) => {
                if !user
                    .groups
                    .as_ref()
                    .is_some_and(|groups| groups.contains(group))
                {
                    return Ok(false);
                }
            }
            Grant::Role { resource, .. } if !resources.contains(&resource) => {
                resources.push(resource)
            }
            Grant::Role { .. } => {}
        }
    }
    let mut held: HashMap<String, Vec<String>> = HashMap::new();
    for batch in resources.chunks(RESOURCES) {
        roles(org, user, batch, &mut held).await?;
    }
    Ok(grants.iter().all(|grant| match grant {
        Grant::Group(_) => true,
        Grant::Role { role, resource } => held
            .get(resource.as_str())
            .is_some_and(|roles| roles.iter().any(|r| r == role.as_str())),
    }))
}

/// The person's roles on everything, by resource.
pub(crate) async fn all_roles(
    org: &Organization,
    user: &User,
) -> Result<HashMap<String, Vec<String>>, Error> {
    let mut held = HashMap::new();
    roles(org, user, &[], &mut held).await?;
    Ok(held)
}

/// The person's roles on these resources, by resource; on all if none is named.
async fn roles(
    org: &Organization,
    user: &User,
    resources: &[&Resource],
    held: &mut HashMap<String, Vec<String>>,
) -> Result<(), Error> {
    let (mut cursors, mut cursor) = (Cursors::new(org.client()), None::<String>);
    loop {
        let raw = org.client().call();
        let mut request = raw
            .get_user_role_assignments()
            .org_id(org.id().as_str())
            .directory_id(org.directory_for_reads())
            .account_id(user.account_id.as_str());
        if !resources.is_empty() {
            let ids: Vec<String> = resources.iter().map(|r| r.as_str().to_owned()).collect();
            request = request.resource_ids(ids);
        }
        if let Some(cursor) = &cursor {
            request = request.cursor(cursor.as_str());
        }
        let page = settle(
            org.client(),
            "get_user_role_assignments",
            request.send().await,
        )
        .await?;
        for row in page.data.ok_or_else(|| no_rows("getUserRoleAssignments"))? {
            let Some(resource) = row.resource_id else {
                continue;
            };
            let roles = held.entry(resource.to_string()).or_default();
            let assigned = row.role_assignments.unwrap_or_default();
            roles.extend(
                assigned
                    .into_iter()
                    .filter_map(|a| a.role)
                    .map(|role| role.to_string()),
            );
            // Older answers have them flat.
            roles.extend(row.roles.unwrap_or_default());
        }
        cursor = cursors.next(page.links.and_then(|links| links.next).as_deref())?;
        if cursor.is_none() {
            return Ok(());
        }
    }
}
