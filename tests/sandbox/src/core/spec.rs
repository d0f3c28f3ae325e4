//! What a test says an organization should hold: people, directories, groups and apps.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{AccountStatus, AccountType, ManagementSource, Membership};

/// A person's state in one word, as the service reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The account is active and a member of a directory.
    #[default]
    Active,
    /// Suspended in every directory the person is in.
    Suspended,
    /// A managed account that is in no directory.
    NotInvited,
    /// The account itself is deactivated.
    Deactivated,
    /// The account is to be deleted.
    ForDeletion,
}

/// A person to begin with.
#[derive(Clone, Debug)]
pub struct User {
    pub(crate) email: String,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) status: Status,
    pub(crate) closed: bool,
    pub(crate) account_type: AccountType,
    pub(crate) managed: bool,
    pub(crate) source: Option<ManagementSource>,
    pub(crate) mfa: bool,
    pub(crate) platform_roles: BTreeSet<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<(String, String)>,
    pub(crate) memberships: Option<BTreeMap<String, Membership>>,
    pub(crate) profile: Option<[String; 4]>,
}

impl User {
    /// An active, unmanaged member of the first directory, with no role and in no group.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            id: None,
            name: None,
            status: Status::Active,
            closed: false,
            account_type: AccountType::Atlassian,
            managed: false,
            source: None,
            mfa: false,
            platform_roles: BTreeSet::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            memberships: None,
            profile: None,
        }
    }

    /// The account id, instead of a generated one.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The display name, instead of one made from the address.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The state to begin in.
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self.managed |= status == Status::NotInvited;
        self
    }

    /// Suspended in every directory.
    pub fn suspended(self) -> Self {
        self.status(Status::Suspended)
    }

    /// A managed account in no directory.
    pub fn not_invited(self) -> Self {
        self.status(Status::NotInvited)
    }

    /// A deactivated account; it keeps its memberships.
    pub fn deactivated(self) -> Self {
        self.status(Status::Deactivated)
    }

    /// An account to be deleted.
    pub fn for_deletion(self) -> Self {
        self.status(Status::ForDeletion)
    }

    /// A closed account.
    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }

    /// An app's or a customer's account instead of a person's.
    pub fn account_type(mut self, account_type: AccountType) -> Self {
        self.account_type = account_type;
        self
    }

    /// A managed account: its domain is claimed by the organization.
    pub fn managed(mut self) -> Self {
        self.managed = true;
        self
    }

    /// A managed account that an identity provider provisions.
    pub fn synced(mut self) -> Self {
        self.managed = true;
        self.source = Some(ManagementSource::Synced);
        self
    }

    /// A managed account that an admin invited.
    pub fn invited(mut self) -> Self {
        self.managed = true;
        self.source = Some(ManagementSource::Invited);
        self
    }

    /// With two-step verification.
    pub fn mfa_enabled(mut self) -> Self {
        self.mfa = true;
        self
    }

    /// A role on the organization, such as `atlassian/org-admin`.
    pub fn platform_role(mut self, role: impl Into<String>) -> Self {
        self.platform_roles.insert(role.into());
        self
    }

    /// An organization admin.
    pub fn org_admin(self) -> Self {
        self.platform_role("atlassian/org-admin")
    }

    /// In this group, by name or id.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// With this role on this resource.
    pub fn role(mut self, resource: impl Into<String>, role: impl Into<String>) -> Self {
        self.roles.push((resource.into(), role.into()));
        self
    }

    /// A member of this directory (by name or id) in this state. The first call replaces the default membership.
    pub fn membership(mut self, directory: impl Into<String>, membership: Membership) -> Self {
        self.memberships
            .get_or_insert_with(BTreeMap::new)
            .insert(directory.into(), membership);
        self
    }

    /// Department, organization, location and time zone.
    pub fn profile<S: Into<String>>(
        mut self,
        department: S,
        organization: S,
        location: S,
        time_zone: S,
    ) -> Self {
        self.profile = Some([
            department.into(),
            organization.into(),
            location.into(),
            time_zone.into(),
        ]);
        self
    }
}

/// A directory to begin with.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
}

impl Directory {
    /// A directory of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: None,
            name: name.into(),
        }
    }

    /// Its id, instead of a generated one.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// A group to begin with.
#[derive(Clone, Debug)]
pub struct Group {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) directory: Option<String>,
    pub(crate) synced: bool,
    pub(crate) roles: Vec<(String, String)>,
}

impl Group {
    /// A group of this name in the first directory, with no role.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let description = format!("The people of {name}");
        Self {
            id: None,
            name,
            description,
            directory: None,
            synced: false,
            roles: Vec::new(),
        }
    }

    /// Its id, instead of a generated one.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Its directory, by name or id.
    pub fn directory(mut self, directory: impl Into<String>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Provisioned by an identity provider: its members can't be changed here.
    pub fn synced(mut self) -> Self {
        self.synced = true;
        self
    }

    /// Gives its members this role on this resource.
    pub fn role(mut self, resource: impl Into<String>, role: impl Into<String>) -> Self {
        self.roles.push((resource.into(), role.into()));
        self
    }
}

/// An app of the organization: something people get roles on.
#[derive(Clone, Debug)]
pub struct Resource {
    pub(crate) ari: String,
    pub(crate) directory: Option<String>,
    pub(crate) seats: Option<usize>,
    pub(crate) licensed: bool,
    pub(crate) grantable: bool,
    pub(crate) roles: Vec<String>,
}

impl Resource {
    /// An app with this resource identifier (`ari:cloud:jira::site/…`) in the first directory: licensed, seats without
    /// limit, with the roles `atlassian/user`, `admin`, `guest` and `user-access-admin`.
    pub fn new(ari: impl Into<String>) -> Self {
        Self {
            ari: ari.into(),
            directory: None,
            seats: None,
            licensed: true,
            grantable: true,
            roles: ["user", "admin", "guest", "user-access-admin"]
                .map(|r| format!("atlassian/{r}"))
                .to_vec(),
        }
    }

    /// Its directory, by name or id.
    pub fn directory(mut self, directory: impl Into<String>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// How many people may have a role on it. The roles `atlassian/customer`, `guest`, `stakeholder`, `basic` and
    /// `viewer` take no seat.
    pub fn seats(mut self, seats: usize) -> Self {
        self.seats = Some(seats);
        self
    }

    /// Not licensed: granting it is refused.
    pub fn unlicensed(mut self) -> Self {
        self.licensed = false;
        self
    }

    /// Listed, but refused where roles are granted, as `jira-admin` is.
    pub fn not_grantable(mut self) -> Self {
        self.grantable = false;
        self
    }

    /// The roles it takes.
    pub fn roles<S: Into<String>>(mut self, roles: impl IntoIterator<Item = S>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }
}

pub(crate) fn account_status(user: &User) -> AccountStatus {
    match user.status {
        _ if user.closed => AccountStatus::Closed,
        Status::Deactivated | Status::ForDeletion => AccountStatus::Inactive,
        Status::Active | Status::Suspended | Status::NotInvited => AccountStatus::Active,
    }
}
