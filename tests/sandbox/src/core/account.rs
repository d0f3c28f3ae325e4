//! Accounts: people, mostly.

use std::collections::{BTreeMap, BTreeSet};

use super::spec::Status;
use super::state::{Id, ORG_ADMIN};
use super::time::Time;

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// It can.
    Active,
    /// Deactivated, or to be deleted.
    Inactive,
    /// For good.
    Closed,
}

impl AccountStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Closed => "closed",
        }
    }
}

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountType {
    /// A person.
    Atlassian,
    /// An app acting by itself.
    App,
    /// A customer of a help desk.
    Customer,
}

impl AccountType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Atlassian => "atlassian",
            Self::App => "app",
            Self::Customer => "customer",
        }
    }
}

/// How a managed account came into a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagementSource {
    /// An admin invited it.
    Invited,
    /// An identity provider provisions it.
    Synced,
}

/// The state of a membership in one directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// With all its roles and groups.
    Active,
    /// With roles and groups kept, and none of them in force.
    Suspended,
}

impl Membership {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// An account: a person, an app or a customer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    id: Id,
    email: String,
    /// The display name.
    pub name: String,
    /// What it is for.
    pub account_type: AccountType,
    /// Whether it can be used.
    pub account_status: AccountStatus,
    /// Whether it is to be deleted.
    pub for_deletion: bool,
    /// When it was deactivated.
    pub deactivated_on: Option<Time>,
    /// Whether the organization has claimed its domain.
    pub managed: bool,
    /// How it came into the organization; `None` if that can't be told.
    pub source: Option<ManagementSource>,
    /// Whether two-step verification is on.
    pub mfa_enabled: bool,
    /// Roles on the organization.
    pub platform_roles: BTreeSet<String>,
    /// Directory id to state.
    pub memberships: BTreeMap<Id, Membership>,
    /// Ids of the groups it is in.
    pub groups: BTreeSet<Id>,
    /// Roles given directly: resource and role.
    pub roles: BTreeSet<(Id, Id)>,
    /// When it first came into a directory.
    pub added_to_org: Option<Time>,
    /// When it last used an app; who was only invited never did.
    pub last_active: Option<Time>,
    /// Department, organization, location and time zone.
    pub profile: Option<[String; 4]>,
}

impl Account {
    pub(crate) fn new(id: &str, email: &str) -> Self {
        let name = email
            .split('@')
            .next()
            .unwrap_or(email)
            .replace(['.', '-', '_'], " ");
        Self {
            id: id.into(),
            email: email.to_owned(),
            name,
            account_type: AccountType::Atlassian,
            account_status: AccountStatus::Active,
            for_deletion: false,
            deactivated_on: None,
            managed: false,
            source: None,
            mfa_enabled: false,
            platform_roles: BTreeSet::new(),
            memberships: BTreeMap::new(),
            groups: BTreeSet::new(),
            roles: BTreeSet::new(),
            added_to_org: None,
            last_active: None,
            profile: None,
        }
    }

    /// The account id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The address, as it was first written.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The state in this directory; `None` if it is not in it.
    pub fn membership(&self, directory: &str) -> Option<Membership> {
        self.memberships.get(directory).copied()
    }

    /// The state over all directories: suspended only if suspended in every one, `None` if in none.
    pub fn overall_membership(&self) -> Option<Membership> {
        if self.memberships.is_empty() {
            return None;
        }
        let active = self.memberships.values().any(|m| *m == Membership::Active);
        Some(if active {
            Membership::Active
        } else {
            Membership::Suspended
        })
    }

    /// The state in one word, made of account and memberships.
    pub fn status(&self) -> Status {
        match (self.account_status, self.overall_membership()) {
            _ if self.for_deletion => Status::ForDeletion,
            (AccountStatus::Inactive | AccountStatus::Closed, _) => Status::Deactivated,
            (AccountStatus::Active, None) => Status::NotInvited,
            (AccountStatus::Active, Some(Membership::Suspended)) => Status::Suspended,
            (AccountStatus::Active, Some(Membership::Active)) => Status::Active,
        }
    }

    /// Whether it administers the organization.
    pub fn is_org_admin(&self) -> bool {
        self.platform_roles.contains(ORG_ADMIN)
    }
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::NotInvited => "not_invited",
            Self::Deactivated => "deactivated",
            Self::ForDeletion => "for_deletion",
        }
    }
}
