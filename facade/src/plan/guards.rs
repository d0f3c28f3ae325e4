//! Guards: what a plan refuses unless it is lifted by name.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::known::{
    active_admins, gives_admin, groups_found, is_admin, may_be_active_admin, not_found,
};
use super::row::{Action, Reason};
use crate::address::Person;
use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, GroupId};
use crate::invite::Grant;
use crate::lookup;
use crate::organization::Organization;
use crate::status::MembershipStatus;
use crate::user::User;

/// The guards of a plan, as set by the caller.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Guards {
    /// Organization admins may be suspended and removed.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) allow_organization_admins: bool,
    /// Even the last active one.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) allow_last_organization_admin: bool,
    /// Accounts that are not people's may be changed.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) allow_accounts_of_apps: bool,
    /// Admin roles may be granted.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) allow_admin_grants: bool,
    /// Nothing is done to these people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<String>"))]
    pub(crate) protected: Vec<Person>,
    /// Nothing is done to the people of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<String>"))]
    pub(crate) protected_groups: Vec<GroupId>,
    /// Whoever runs this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub(crate) acting_as: Option<Person>,
    /// How many people are changed at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at_most: Option<AtMost>,
}

impl Guards {
    /// The names by which guards were lifted.
    pub(super) fn lifted(&self) -> Vec<&'static str> {
        let names = [
            (self.allow_organization_admins, "allow_organization_admins"),
            (
                self.allow_last_organization_admin,
                "allow_last_organization_admin",
            ),
            (self.allow_accounts_of_apps, "allow_accounts_of_apps"),
            (self.allow_admin_grants, "allow_admin_grants"),
        ];
        let lifted = names.into_iter().filter(|(lifted, _)| *lifted);
        lifted.map(|(_, name)| name).collect()
    }
}

fn is_false(it: &bool) -> bool {
    !it
}

/// How many people a plan may change.
///
/// ```
/// use atlassian_orgs::AtMost;
///
/// assert_eq!(AtMost::from(200), AtMost::People(200));
/// let tenth = AtMost::Share(0.1); // of the organization's active members
/// # drop(tenth);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AtMost {
    /// This many.
    People(u64),
    /// This share of the active members, from 0 to 1; of an invitation, too.
    Share(f64),
}

/// Shares are as fine as this: to be read as they were written by any reader of JSON, and since
/// 0.29 of a hundred are 29 people, which a product of floating point numbers is not.
const PARTS: f64 = 1e9;

impl AtMost {
    pub(crate) fn rounded(self) -> Self {
        match self {
            Self::Share(share) => Self::Share((share * PARTS).round() / PARTS),
            other => other,
        }
    }
}

impl From<u64> for AtMost {
    fn from(people: u64) -> Self {
        Self::People(people)
    }
}

/// The setters that both kinds of bulk calls have.
macro_rules! guard_setters {
    () => {
        /// Nothing is done to these people, nor to the members of these groups. Call it again for more.
        ///
        /// Where people lose their access, all that are named have to be found when the plan is made: a
        /// typing error would leave somebody unprotected.
        pub fn protect(
            mut self,
            people: impl IntoIterator<Item = $crate::Person>,
            groups: impl IntoIterator<Item = $crate::GroupId>,
        ) -> Self {
            self.guards.protected.extend(people);
            self.guards.protected_groups.extend(groups);
            self
        }

        /// Names whoever runs this, so that they don't lock themselves out: a key has no owner that the
        /// service tells.
        pub fn acting_as(mut self, me: impl Into<$crate::Person>) -> Self {
            self.guards.acting_as = Some(me.into());
            self
        }

        /// Makes a plan that would change more people than this an error. It counts for invitations and
        /// restorations as well, since both cost seats.
        pub fn at_most(mut self, most: impl Into<$crate::AtMost>) -> Self {
            self.guards.at_most = Some($crate::AtMost::rounded(most.into()));
            self
        }

        /// Lifts the guard that leaves accounts alone which are not people's, such as apps and customers of
        /// a service portal.
        pub fn allow_accounts_of_apps(mut self) -> Self {
            self.guards.allow_accounts_of_apps = true;
            self
        }
    };
}
pub(crate) use guard_setters;

/// What the guards know beyond a person's own row.
pub(crate) struct Watch {
    guards: Guards,
    action: Action,
    protected: HashSet<AccountId>,
    me: Option<AccountId>,
    /// Active organization admins who are not to be changed so far; none where they could not be read.
    admins: Option<HashSet<AccountId>>,
    /// What is known of the grants that were asked about.
    grants: Vec<(Grant, Option<bool>)>,
    /// The first of the people named by a guard who is not found, counted from 1.
    missing: Option<usize>,
}

impl Watch {
    /// Reads what the guards need. What can't be read is unknown, and then what depends on it is refused.
    pub(crate) async fn read(
        org: &Organization,
        guards: &Guards,
        action: Action,
    ) -> Result<Self, Error> {
        let mut watch = Self {
            guards: guards.clone(),
            action,
            protected: HashSet::new(),
            me: None,
            admins: None,
            grants: Vec::new(),
            missing: None,
        };
        let mut named = guards.protected.clone();
        named.extend(guards.acting_as.clone());
        if !named.is_empty() {
            let mut found = lookup::find(org, &named).await?;
            watch.missing = found.iter().position(Option::is_none).map(|n| n + 1);
            if guards.acting_as.is_some() {
                watch.me = found.pop().flatten().map(|user| user.account_id);
            }
            let found = found.into_iter().flatten();
            watch.protected = found.map(|user| user.account_id).collect();
        }
        if watch.takes_away() && guards.allow_organization_admins {
            watch.admins = active_admins(org).await.ok();
        }
        Ok(watch)
    }

    /// As [`read`](Self::read), for a plan that is still to be made: an error if somebody whom a guard names is
    /// not found. A run goes on without those who have left since.
    pub(crate) async fn read_strictly(
        org: &Organization,
        guards: &Guards,
        action: Action,
    ) -> Result<Self, Error> {
        let watch = Self::read(org, guards, action).await?;
        if watch.takes_away() {
            match watch.missing {
                Some(n) if n > guards.protected.len() => return Err(not_found("acting_as")),
                Some(n) => return Err(not_found(&format!("person {n} of protect()"))),
                None => groups_found(org, &guards.protected_groups).await?,
            }
        }
        Ok(watch)
    }

    /// Whether people lose their access.
    fn takes_away(&self) -> bool {
        matches!(self.action, Action::Suspend | Action::Remove)
    }

    /// Why nothing may be done to this person; none of the account is needed to refuse a protected address.
    pub(crate) fn refuses(&mut self, person: &Person, user: Option<&User>) -> Option<Reason> {
        if self.guards.protected.contains(person) {
            return Some(Reason::Protected);
        }
        if self.takes_away() && self.guards.acting_as.as_ref() == Some(person) {
            return Some(Reason::Myself);
        }
        let user = user?;
        if self.protected.contains(&user.account_id) {
            return Some(Reason::Protected);
        }
        if self.takes_away() && self.me.as_ref() == Some(&user.account_id) {
            return Some(Reason::Myself);
        }
        if !self.guards.protected_groups.is_empty() {
            match &user.groups {
                None => return Some(Reason::Unread),
                Some(groups) => {
                    let mut protected = self.guards.protected_groups.iter();
                    if protected.any(|group| groups.contains(group)) {
                        return Some(Reason::Protected);
                    }
                }
            }
        }
        if !self.guards.allow_accounts_of_apps {
            match &user.account_type {
                None => return Some(Reason::Unread),
                Some(kind) if !kind.is_person() => return Some(Reason::NotAPerson),
                Some(_) => {}
            }
        }
        self.takes_away()
            .then(|| self.refuses_admin(user))
            .flatten()
    }

    fn refuses_admin(&mut self, user: &User) -> Option<Reason> {
        let guards = &self.guards;
        if !guards.allow_organization_admins {
            return match user.platform_roles {
                None => Some(Reason::Unread),
                Some(_) => user
                    .is_organization_admin()
                    .then_some(Reason::OrganizationAdmin),
            };
        }
        if guards.allow_last_organization_admin || !may_be_active_admin(user) {
            return None;
        }
        match &mut self.admins {
            // The list has to know this one, or it was not the list of admins.
            Some(admins) if !admins.contains(&user.account_id) => Some(Reason::Unread),
            Some(admins) if admins.len() <= 1 => Some(Reason::LastOrganizationAdmin),
            Some(admins) => {
                admins.remove(&user.account_id);
                None
            }
            None => Some(Reason::Unread),
        }
    }

    /// Why these may not be granted. Groups are asked about once each.
    pub(crate) async fn refuses_grants(
        &mut self,
        org: &Organization,
        grants: &[Grant],
    ) -> Option<Reason> {
        if self.guards.allow_admin_grants {
            return None;
        }
        for grant in grants {
            let known = self.grants.iter().find(|(known, _)| known == grant);
            let admin = match known {
                Some((_, admin)) => *admin,
                None => {
                    let admin = match grant {
                        Grant::Role { role, .. } => Some(is_admin(role.as_str())),
                        Grant::Group(group) => gives_admin(org, group).await.ok(),
                    };
                    self.grants.push((grant.clone(), admin));
                    admin
                }
            };
            match admin {
                Some(false) => {}
                Some(true) => return Some(Reason::AdminGrant),
                None => return Some(Reason::Unread),
            }
        }
        None
    }
}

/// Counts the changes of a plan.
pub(crate) struct Count {
    most: Option<u64>,
    changes: u64,
}

impl Count {
    /// Reads what a share is a share of.
    pub(crate) async fn new(org: &Organization, guards: &Guards) -> Result<Self, Error> {
        let most = match guards.at_most {
            None => None,
            Some(AtMost::People(people)) => Some(people),
            Some(AtMost::Share(share)) if !(0.0..=1.0).contains(&share) => {
                return Err(Error::invalid("the share in at_most is not from 0 to 1"));
            }
            Some(AtMost::Share(share)) => {
                let members = org.users().membership(MembershipStatus::Active);
                let parts = (share * PARTS).round() as u128;
                let most = u128::from(members.count().await?) * parts / PARTS as u128;
                // No more than there are members.
                Some(most as u64)
            }
        };
        Ok(Self { most, changes: 0 })
    }

    /// One more; an error if that is one too many.
    pub(crate) fn add(&mut self, action: Action) -> Result<(), Error> {
        self.changes += 1;
        match self.most {
            Some(most) if self.changes > most => Err(Error::new(ErrorKind::Refused)
                .with_words(format!(
                    "the plan would {action} more people than at_most() allows, which is {most}"
                ))
                .with_hint("check the list, or allow more")),
            _ => Ok(()),
        }
    }
}
