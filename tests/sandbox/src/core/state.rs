//! The organization: what it holds, and the rules that hold between its parts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::account::{Account, AccountStatus, Membership};
use super::events::Event;
use super::lag::{Lag, Lags, Moment, Written};
use super::random::Random;
use super::time::Time;
use super::versions::Versioned;

/// An id. Shared, since the same few stand in every account.
pub type Id = Arc<str>;

/// The platform role that administers the organization.
pub(crate) const ORG_ADMIN: &str = "atlassian/org-admin";

#[derive(Clone, Debug)]
pub(crate) struct DirectoryState {
    pub(crate) id: Id,
    pub(crate) name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct GroupState {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) directory: Id,
    pub(crate) synced: bool,
    pub(crate) roles: BTreeSet<(Id, Id)>,
}

#[derive(Clone, Debug)]
pub(crate) struct ResourceState {
    pub(crate) ari: Id,
    pub(crate) directory: Id,
    pub(crate) seats: Option<usize>,
    pub(crate) licensed: bool,
    pub(crate) grantable: bool,
    pub(crate) roles: Vec<String>,
}

impl ResourceState {
    pub(crate) fn owner(&self) -> &str {
        owner_of(&self.ari)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct DomainState {
    pub(crate) id: Id,
    pub(crate) name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) id: Id,
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) rule: Option<Value>,
    pub(crate) resources: Vec<PolicyResource>,
}

#[derive(Clone, Debug)]
pub(crate) struct PolicyResource {
    pub(crate) id: Id,
    pub(crate) meta: Option<Value>,
    pub(crate) links: Option<Value>,
    /// When it is applied.
    pub(crate) applied: Time,
    /// When it is gone.
    pub(crate) removed: Option<Time>,
}

/// `jira` of `ari:cloud:jira::site/…`.
pub(crate) fn owner_of(ari: &str) -> &str {
    ari.split(':').nth(2).unwrap_or_default()
}

/// How often an address was invited, and how many mails that sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invitations {
    /// Invitations that took effect for this address.
    pub count: usize,
    /// Mails sent for them.
    pub mails: usize,
}

/// An organization and everything in it.
#[derive(Clone, Debug)]
pub struct Organization {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) paid_plan: bool,
    pub(crate) directories: Vec<DirectoryState>,
    pub(crate) resources: Vec<ResourceState>,
    pub(crate) groups: Vec<Versioned<GroupState>>,
    pub(crate) domains: Vec<DomainState>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) events: Vec<Event>,
    accounts: Vec<Versioned<Account>>,
    by_id: HashMap<Id, usize>,
    by_email: HashMap<String, usize>,
    pub(crate) invitations: HashMap<String, Invitations>,
    /// Addresses whose invitation fails in its row, with the reason.
    pub(crate) refused_invitations: HashMap<String, String>,
    pub(crate) lags: Lags,
    pub(crate) random: Random,
}

impl Organization {
    pub(crate) fn new(name: &str, mut random: Random) -> Self {
        Self {
            id: random.uuid().into(),
            name: name.to_owned(),
            paid_plan: true,
            directories: Vec::new(),
            resources: Vec::new(),
            groups: Vec::new(),
            domains: Vec::new(),
            policies: Vec::new(),
            events: Vec::new(),
            accounts: Vec::new(),
            by_id: HashMap::new(),
            by_email: HashMap::new(),
            invitations: HashMap::new(),
            refused_invitations: HashMap::new(),
            lags: Lags::default(),
            random,
        }
    }

    // What writes see.

    /// An account, by address (in any case) or account id.
    pub fn account(&self, email_or_id: &str) -> Option<&Account> {
        self.index(email_or_id)
            .and_then(|index| self.accounts[index].current())
    }

    /// An account to change for everybody at once, by address or account id.
    pub fn account_mut(&mut self, email_or_id: &str) -> Option<&mut Account> {
        let index = self.index(email_or_id)?;
        self.accounts[index].edit().as_mut()
    }

    /// Every account, oldest first.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter_map(Versioned::current)
    }

    /// Puts a membership where it is, for everybody at once. `None` takes it away. Without such an account nothing
    /// happens, and the answer is `false`.
    pub fn set_membership(
        &mut self,
        email_or_id: &str,
        directory: &str,
        membership: Option<Membership>,
    ) -> bool {
        let Some(directory) = self.directory(directory).map(|d| d.id.clone()) else {
            return false;
        };
        let Some(account) = self.account_mut(email_or_id) else {
            return false;
        };
        match membership {
            Some(membership) => account.memberships.insert(directory, membership),
            None => account.memberships.remove(&directory),
        };
        true
    }

    /// Whether the organization has a paid subscription.
    pub fn set_paid_plan(&mut self, paid: bool) {
        self.paid_plan = paid;
    }

    /// How many seats an app has. Without such an app nothing happens, and the answer is `false`.
    pub fn set_seats(&mut self, resource: &str, seats: Option<usize>) -> bool {
        match self.resources.iter_mut().find(|r| *r.ari == *resource) {
            Some(found) => {
                found.seats = seats;
                true
            }
            None => false,
        }
    }

    /// From now on, reads lag behind writes by this much: a [`Duration`](std::time::Duration), or a [`Lag`] by
    /// operation.
    pub fn set_lag(&mut self, lag: impl Into<Lag>) {
        self.lags.set(lag.into());
    }

    fn index(&self, email_or_id: &str) -> Option<usize> {
        let by_email = || self.by_email.get(&email_or_id.to_lowercase());
        self.by_id.get(email_or_id).or_else(by_email).copied()
    }

    /// Changes an account; readers see it after the lag.
    pub(crate) fn change_account(
        &mut self,
        id: &str,
        at: Moment,
        change: impl FnOnce(&mut Account),
    ) {
        let written = self.lags.written(at);
        if let Some(index) = self.index(id)
            && let Some(account) = self.accounts[index].change(written)
        {
            change(account);
        }
    }

    /// Changes a group (`None` takes it away); readers see it after the lag.
    pub(crate) fn change_group(
        &mut self,
        id: &str,
        at: Moment,
        change: impl FnOnce(&mut Option<GroupState>),
    ) {
        let written = self.lags.written(at);
        let found = self
            .groups
            .iter_mut()
            .find(|group| group.current().is_some_and(|group| *group.id == *id));
        if let Some(group) = found {
            change(group.change(written));
        }
    }

    /// Takes in a new group; readers see it after the lag.
    pub(crate) fn add_group(&mut self, group: GroupState, at: Moment) {
        self.groups
            .push(Versioned::written(group, self.lags.written(at)));
    }

    /// Whether the organization has claimed the domain of an address.
    pub(crate) fn claims(&self, email: &str) -> bool {
        let domain = email.rsplit('@').next().unwrap_or_default();
        self.domains
            .iter()
            .any(|claimed| claimed.name.eq_ignore_ascii_case(domain))
    }

    /// Takes in a new account, by a write or, without one, as if it had always been there. `false` if its id or
    /// address is taken.
    pub(crate) fn add_account(&mut self, account: Account, written: Option<Written>) -> bool {
        let email = account.email().to_lowercase();
        if self.by_id.contains_key(account.id()) || self.by_email.contains_key(&email) {
            return false;
        }
        let index = self.accounts.len();
        self.by_id.insert(account.id().into(), index);
        self.by_email.insert(email, index);
        self.accounts.push(match written {
            Some(written) => Versioned::written(account, written),
            None => Versioned::new(account),
        });
        true
    }

    pub(crate) fn fresh_account_id(&mut self) -> String {
        loop {
            let id = self.random.account_id();
            if !self.by_id.contains_key(id.as_str()) {
                return id;
            }
        }
    }

    pub(crate) fn directory(&self, id_or_name: &str) -> Option<&DirectoryState> {
        let found = self.directories.iter().find(|d| *d.id == *id_or_name);
        found.or_else(|| self.directories.iter().find(|d| d.name == id_or_name))
    }

    pub(crate) fn group(&self, id: &str) -> Option<&GroupState> {
        self.groups
            .iter()
            .filter_map(Versioned::current)
            .find(|g| *g.id == *id)
    }

    pub(crate) fn group_named(&self, name: &str) -> Option<&GroupState> {
        self.groups
            .iter()
            .filter_map(Versioned::current)
            .find(|g| g.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn resource(&self, ari: &str) -> Option<&ResourceState> {
        self.resources.iter().find(|r| *r.ari == *ari)
    }

    /// How many seats of an app are taken: active people in its directory with a role on it, their own or a group's.
    pub(crate) fn seats_taken(&self, resource: &ResourceState) -> usize {
        self.accounts()
            .filter(|account| self.takes_seat(account, resource))
            .count()
    }

    pub(crate) fn takes_seat(&self, account: &Account, resource: &ResourceState) -> bool {
        account.account_status == AccountStatus::Active
            && account.membership(&resource.directory) == Some(Membership::Active)
            && self.holds_seat_role(account, resource)
    }

    pub(crate) fn holds_seat_role(&self, account: &Account, resource: &ResourceState) -> bool {
        let counts = |(ari, role): &(Id, Id)| *ari == resource.ari && role_takes_seat(role);
        account.roles.iter().any(counts)
            || account
                .groups
                .iter()
                .filter_map(|id| self.group(id))
                .any(|group| group.roles.iter().any(counts))
    }

    // What reads see.

    pub(crate) fn account_at(&self, id: &str, at: Moment) -> Option<&Account> {
        self.by_id
            .get(id)
            .and_then(|index| self.accounts[*index].at(at))
    }

    /// Position and account, from a position on.
    pub(crate) fn accounts_at(
        &self,
        from: usize,
        at: Moment,
    ) -> impl Iterator<Item = (usize, &Account)> {
        let rest = self.accounts.get(from..).unwrap_or_default();
        rest.iter()
            .enumerate()
            .filter_map(move |(i, account)| Some((from + i, account.at(at)?)))
    }

    /// The positions of these addresses or ids, in the order in which accounts are listed.
    pub(crate) fn positions<'a>(
        &self,
        keys: impl Iterator<Item = &'a str>,
        by_email: bool,
    ) -> Vec<usize> {
        let find = |key: &str| match by_email {
            true => self.by_email.get(&key.to_lowercase()),
            false => self.by_id.get(key),
        };
        let found: BTreeSet<usize> = keys.filter_map(|key| find(key).copied()).collect();
        found.into_iter().collect()
    }

    pub(crate) fn group_at(&self, id: &str, at: Moment) -> Option<&GroupState> {
        self.groups_at(at).find(|g| *g.id == *id)
    }

    pub(crate) fn groups_at(&self, at: Moment) -> impl Iterator<Item = &GroupState> {
        self.groups.iter().filter_map(move |group| group.at(at))
    }
}

pub(crate) fn role_takes_seat(role: &str) -> bool {
    const FREE: [&str; 5] = [
        "atlassian/customer",
        "atlassian/guest",
        "atlassian/stakeholder",
        "atlassian/basic",
        "atlassian/viewer",
    ];
    !FREE.contains(&role)
}
