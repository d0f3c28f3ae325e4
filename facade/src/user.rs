//! A person as the service shows them.

use std::fmt;
use std::time::SystemTime;

use atlassian_orgs_api::organizations::types;

use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, GroupId};
use crate::role::Role;
use crate::status::{AccountStatus, AccountType, ClaimStatus, ManagementSource, MembershipStatus};

/// A person as a read showed them, with the time of that read.
///
/// What the service left out is `None`: unknown, not absent. `Debug` shows the end of the account
/// id and the statuses, no name and no address. Nothing here says whether an invitation was mailed
/// or accepted, since the service does not say it.
///
/// Reference operation: `searchDirectoryUsers`.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The account's id. Names and addresses change, this does not.
    pub account_id: AccountId,
    /// The email address.
    pub email: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The name shown to others.
    pub nickname: Option<String>,
    /// What kind of account it is.
    pub account_type: Option<AccountType>,
    /// The account itself: the first axis of the status.
    pub account_status: Option<AccountStatus>,
    /// The place in the directories, over the whole organization: the second axis.
    pub membership: Option<MembershipStatus>,
    /// Whether the organization owns the account.
    pub claim: Option<ClaimStatus>,
    /// How a managed account came in.
    pub managed_by: Option<ManagementSource>,
    /// Organization-wide admin roles, where the read asked for them.
    pub platform_roles: Option<Vec<Role>>,
    /// Groups, where the read asked for them.
    pub groups: Option<Vec<GroupId>>,
    /// When the person first came into a directory, as the service wrote it.
    pub added_to_org: Option<String>,
    /// When this was read.
    pub read_at: SystemTime,
}

impl User {
    /// Whether a read showed the role of an organization admin.
    #[must_use]
    pub fn is_organization_admin(&self) -> bool {
        self.platform_roles
            .as_ref()
            .is_some_and(|roles| roles.contains(&Role::ORG_ADMIN))
    }

    /// Whether an identity provider put the person into the directory.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.managed_by == Some(ManagementSource::Synced)
    }

    /// Whether the account itself is out of use: deactivated, closed or marked for deletion.
    #[must_use]
    pub fn is_account_out_of_use(&self) -> bool {
        matches!(
            self.account_status,
            Some(AccountStatus::Inactive | AccountStatus::Closed | AccountStatus::ForDeletion)
        )
    }

    /// From a row of a list or search.
    pub(crate) fn from_row(
        row: types::MultiDirectoryUser,
        read_at: SystemTime,
    ) -> Result<Self, Error> {
        let groups = row.groups.map(|groups| {
            groups
                .into_iter()
                .filter_map(|group| GroupId::new(group.id?).ok())
                .collect()
        });
        Ok(Self {
            account_id: account_id(row.account_id)?,
            account_status: account_status(
                row.account_status.as_ref().map(|s| s.as_str()),
                row.status.as_ref().map(|s| s.as_str()),
            ),
            email: row.email,
            name: row.name,
            nickname: row.nickname,
            account_type: row.account_type.map(|t| AccountType::from(t.as_str())),
            membership: row
                .membership_status
                .map(|m| MembershipStatus::from(m.as_str())),
            claim: row.claim_status.map(|c| ClaimStatus::from(c.as_str())),
            managed_by: row
                .management_source
                .map(|m| ManagementSource::from(m.as_str())),
            platform_roles: row
                .platform_roles
                .map(|roles| roles.iter().filter_map(role).collect()),
            groups,
            added_to_org: row.added_to_org,
            read_at,
        })
    }
}

fn role(role: &impl ToString) -> Option<Role> {
    Role::new(role.to_string()).ok()
}

/// `status` mixes both axes into one word; only what it adds about the account is taken from it.
fn account_status(account: Option<&str>, status: Option<&str>) -> Option<AccountStatus> {
    match status {
        Some("for_deletion") => Some(AccountStatus::ForDeletion),
        Some("deactivated") if account.is_none() => Some(AccountStatus::Inactive),
        _ => account.map(AccountStatus::from),
    }
}

/// A row without an id is not a person that anything could be done with.
fn account_id(id: Option<String>) -> Result<AccountId, Error> {
    let words = "a person in the answer has no proper account id";
    id.and_then(|id| AccountId::new(id).ok())
        .ok_or_else(|| Error::new(ErrorKind::Decode).sent(true).with_words(words))
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("account_id", &self.account_id)
            .field("account_status", &self.account_status)
            .field("membership", &self.membership)
            .finish_non_exhaustive()
    }
}
