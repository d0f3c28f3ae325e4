//! What a plan says of one person.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::address::Person;
use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, DirectoryId};
use crate::invite::Grant;
use crate::lifecycle::{self, Warning};
use crate::stamp;
use crate::status::{AccountStatus, MembershipStatus};
use crate::user::User;

/// What is to be done to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Invite them.
    Invite,
    /// Take away their access, for a time.
    Suspend,
    /// Give suspended people their access back.
    Restore,
    /// Remove them from the directory.
    Remove,
}

impl Action {
    /// The action in a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::Remove => "remove",
        }
    }

    /// The change to one person; none for invitations.
    pub(crate) fn change(self) -> Option<lifecycle::Action> {
        match self {
            Self::Invite => None,
            Self::Suspend => Some(lifecycle::Action::Suspend),
            Self::Restore => Some(lifecycle::Action::Restore),
            Self::Remove => Some(lifecycle::Action::Remove),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person's state as a read showed it. What the service left out is `None`: unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct State {
    /// The account itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub account: Option<AccountStatus>,
    /// The place in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub membership: Option<MembershipStatus>,
    /// When it was read.
    #[serde(with = "stamp")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub read_at: SystemTime,
}

impl State {
    pub(crate) fn of(user: &User, membership: Option<MembershipStatus>) -> Self {
        Self {
            account: user.account_status.clone(),
            membership,
            read_at: to_the_millisecond(user.read_at),
        }
    }

    /// Of somebody whom no read shows.
    pub(crate) fn nowhere(read_at: SystemTime) -> Self {
        Self {
            account: None,
            membership: Some(MembershipStatus::None),
            read_at: to_the_millisecond(read_at),
        }
    }

    /// Whether both show the same, whenever they were read.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.account == other.account && self.membership == other.membership
    }
}

/// As fine as plans are written, so that one that was read is equal.
pub(super) fn to_the_millisecond(time: SystemTime) -> SystemTime {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => time - Duration::from_nanos((since.as_nanos() % 1_000_000) as u64),
        Err(_) => time,
    }
}

/// In a word or two.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A word that the service made up may hold anything, so it is not shown.
        f.write_str(match &self.membership {
            Some(MembershipStatus::Active) => "active",
            Some(MembershipStatus::Suspended) => "suspended",
            Some(MembershipStatus::None) => "no member",
            Some(MembershipStatus::Other(_)) => "other",
            None => "unknown",
        })?;
        f.write_str(match &self.account {
            Some(AccountStatus::Inactive) => ", deactivated",
            Some(AccountStatus::Closed) => ", closed",
            Some(AccountStatus::ForDeletion) => ", for deletion",
            _ => "",
        })
    }
}

/// What is planned for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// The change is made.
    Change,
    /// The wished state holds already; nothing is sent.
    AlreadyDone,
    /// Nothing is sent, for this reason.
    Refuse(Reason),
}

/// Why nothing is done to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The organization shows no account with this address or id.
    NoSuchAccount,
    /// The account is in no directory, or not in this one.
    NotAMember,
    /// The account itself is deactivated, closed or marked for deletion.
    AccountOutOfUse,
    /// A suspended member, who would be invited: restoring is what gives the access back.
    NeedsRestoring,
    /// The person is in several directories, and none was chosen.
    SeveralDirectories,
    /// Guard: an organization admin.
    OrganizationAdmin,
    /// Guard: without this person the organization would have no active admin.
    LastOrganizationAdmin,
    /// Guard: named by [`protect`](crate::ChangeUsers::protect), or in a group that is.
    Protected,
    /// Guard: whoever runs this, as named by [`acting_as`](crate::ChangeUsers::acting_as).
    Myself,
    /// Guard: the account is not a person's.
    NotAPerson,
    /// Guard: an admin role, or a group that gives one, would be granted.
    AdminGrant,
    /// Guard: the service did not show what a guard has to know.
    Unread,
}

impl Reason {
    /// Whether a guard of this library refuses it, rather than what the service shows.
    #[must_use]
    pub fn is_guard(self) -> bool {
        !matches!(
            self,
            Self::NoSuchAccount
                | Self::NotAMember
                | Self::AccountOutOfUse
                | Self::NeedsRestoring
                | Self::SeveralDirectories
        )
    }

    /// The reason in our words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoSuchAccount => "no such account in this organization",
            Self::NotAMember => "not a member",
            Self::AccountOutOfUse => "the account is deactivated, closed or marked for deletion",
            Self::NeedsRestoring => "a suspended member",
            Self::SeveralDirectories => "in several directories",
            Self::OrganizationAdmin => "an organization admin",
            Self::LastOrganizationAdmin => "the last active organization admin",
            Self::Protected => "protected",
            Self::Myself => "whoever runs this",
            Self::NotAPerson => "not a person's account",
            Self::AdminGrant => "it would give an admin role",
            Self::Unread => "the service did not show what a guard has to know",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::NoSuchAccount => "look for a typing error",
            Self::NotAMember => "invite the person",
            Self::AccountOutOfUse => "activate the account first",
            Self::NeedsRestoring => "restore the person",
            Self::SeveralDirectories => {
                "choose one with Organization::directory, or call in_every_directory()"
            }
            Self::OrganizationAdmin => {
                "take the role away first, or call allow_organization_admins()"
            }
            Self::LastOrganizationAdmin => {
                "make somebody else an admin first, or call allow_last_organization_admin()"
            }
            Self::Protected => "take the person out of the list, or don't protect them",
            Self::Myself => "take yourself out of the list",
            Self::NotAPerson => "take it out of the list, or call allow_accounts_of_apps()",
            Self::AdminGrant => "call allow_admin_grants() if that is meant",
            Self::Unread => {
                "use a key that may read it, or lift the guard that needs it by its name"
            }
        }
    }

    pub(crate) fn error(self) -> Error {
        let kind = match self {
            Self::NoSuchAccount => ErrorKind::NoSuchAccount,
            Self::NotAMember => ErrorKind::NotAMember,
            Self::AccountOutOfUse => ErrorKind::Deactivated,
            Self::SeveralDirectories => ErrorKind::AmbiguousDirectory,
            _ => ErrorKind::Refused,
        };
        Error::new(kind)
            .with_words(self.words())
            .with_hint(self.hint())
    }
}

/// In our words.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// What a plan says of one person in one directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PlanRow {
    /// The 1-based position in what was given.
    pub position: usize,
    /// The person as given: an address or an account id.
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub person: Person,
    /// The account that it belongs to, if the organization shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub account_id: Option<AccountId>,
    /// The directory of the change; none for invitations, whose grants decide it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub directory: Option<DirectoryId>,
    /// The state that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<State>,
    /// What is planned.
    pub decision: Decision,
    /// What this person alone is to get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// What to know about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl PlanRow {
    pub(crate) fn new(position: usize, person: Person) -> Self {
        Self {
            position,
            person,
            account_id: None,
            directory: None,
            before: None,
            decision: Decision::Change,
            grants: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(crate) fn refuse(mut self, reason: Reason) -> Self {
        self.decision = Decision::Refuse(reason);
        self
    }
}
