//! Reading the answer to an invitation: 200 and 206 have the same body, so only the rows count.

use atlassian_orgs_api::organizations::types;

use super::report::{Grant, GrantOutcome, InvitationOutcome};
use crate::address::EmailAddress;
use crate::ids::AccountId;

/// What an answer says of one person.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) account_id: Option<AccountId>,
    pub(super) grants: Vec<(Grant, GrantOutcome)>,
}

/// What the answer says of this person, if it says anything.
pub(super) fn about(
    rows: &[types::AdminInviteResponse],
    address: &EmailAddress,
    grants: &[Grant],
) -> Option<Said> {
    let same = |row: &&types::AdminInviteResponse| {
        row.email
            .as_deref()
            .and_then(|email| EmailAddress::new(email).ok())
            .as_ref()
            == Some(address)
    };
    let rows: Vec<&types::AdminInviteResponse> = rows.iter().filter(same).collect();
    if rows.is_empty() {
        return None;
    }
    let account_id = rows
        .iter()
        .find_map(|row| AccountId::new(row.id.as_deref()?).ok());
    let results: Vec<&types::SingleAdminInviteResult> = rows
        .iter()
        .filter_map(|row| row.results.as_ref())
        .flatten()
        .collect();
    let grants = grants
        .iter()
        .map(|grant| {
            (
                grant.clone(),
                outcome(grant, &results, wishes(grant, grants)),
            )
        })
        .collect();
    Some(Said { account_id, grants })
}

/// How many grants share the id by which results are matched.
fn wishes(grant: &Grant, grants: &[Grant]) -> usize {
    let same = |other: &&Grant| match (grant, other) {
        (Grant::Role { resource: a, .. }, Grant::Role { resource: b, .. }) => a == b,
        (Grant::Group(a), Grant::Group(b)) => a == b,
        _ => false,
    };
    grants.iter().filter(same).count()
}

/// What the results say of one grant. They are matched by resource and group id; the role in an
/// answer has been seen under another name than the one that was sent.
fn outcome(
    grant: &Grant,
    results: &[&types::SingleAdminInviteResult],
    wishes: usize,
) -> GrantOutcome {
    let said: Vec<(Option<&str>, Option<&String>)> = match grant {
        Grant::Role { resource, .. } => results
            .iter()
            .filter_map(|result| result.role_assignment_result.as_ref())
            .flatten()
            .filter(|r| r.resource.as_deref() == Some(resource.as_str()))
            .map(|r| {
                (
                    r.status.as_ref().map(|s| s.as_str()),
                    r.status_reason.as_ref(),
                )
            })
            .collect(),
        Grant::Group(group) => results
            .iter()
            .filter_map(|result| result.group_assignment_result.as_ref())
            .flatten()
            .filter(|r| r.group.as_deref() == Some(group.as_str()))
            .map(|r| {
                (
                    r.status.as_ref().map(|s| s.as_str()),
                    r.status_reason.as_ref(),
                )
            })
            .collect(),
    };
    let all = |status: &str| said.iter().all(|(s, _)| *s == Some(status));
    // With several roles on one resource, one result does not say which of them it is about.
    if said.is_empty() || said.len() < wishes {
        GrantOutcome::Unknown
    } else if all("INVITED") {
        GrantOutcome::Granted
    } else if all("ERROR") {
        GrantOutcome::Failed(said.iter().find_map(|(_, reason)| reason.cloned()))
    } else {
        GrantOutcome::Unknown
    }
}

/// What a person's grants come to together.
pub(super) fn sum(grants: &[(Grant, GrantOutcome)]) -> InvitationOutcome {
    let count = |f: fn(&GrantOutcome) -> bool| grants.iter().filter(|(_, o)| f(o)).count();
    let granted = count(|o| *o == GrantOutcome::Granted);
    let failed = count(|o| matches!(o, GrantOutcome::Failed(_)));
    if granted == grants.len() {
        InvitationOutcome::Invited
    } else if granted > 0 {
        InvitationOutcome::Partly
    } else if failed == grants.len() {
        InvitationOutcome::Failed
    } else {
        InvitationOutcome::InDoubt(None)
    }
}
