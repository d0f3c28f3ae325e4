//! Describing a sandbox before it starts.

use std::collections::BTreeSet;
use std::fmt;

use crate::core::behaviours::{Behaviours, Profile, Switch};
use crate::core::faults::Rule;
use crate::core::lag::Lag;
use crate::core::limits::Limit;
use crate::core::seed::{self, Plan};
use crate::core::spec::{Directory, Group, Resource, User};
use crate::core::time::Time;
use crate::core::{Key, Random, World};
use crate::sandbox::Sandbox;

/// 1 September 2026: after the end of version 1, before that of the deprecated lists.
const EPOCH: Time = Time::from_millis(1_788_220_800_000);

/// Why a sandbox could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Parts of the description do not fit together.
    Description(String),
    /// The server could not listen.
    Io(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Description(what) => write!(f, "the sandbox can't be as described: {what}"),
            Self::Io(_) => f.write_str("the sandbox can't listen"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Description(_) => None,
            Self::Io(error) => Some(error),
        }
    }
}

type Setting = Box<dyn FnOnce(&mut Behaviours) -> Result<(), String> + Send>;

/// Describes a sandbox. Without further words it is an organization with one directory, a Jira and a Confluence, a
/// group for each, and nobody in it.
pub struct Builder {
    plan: Plan,
    profile: Profile,
    settings: Vec<Setting>,
    rules: Vec<Rule>,
    limits: Vec<Limit>,
    seed: u64,
    port: u16,
    epoch: Time,
    key: Option<String>,
    scoped_keys: Vec<Key>,
    paid_plan: bool,
    lags: Vec<Lag>,
    refused_invitations: Vec<(String, String)>,
    keep_requests: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            plan: Plan::default(),
            profile: Profile::default(),
            settings: Vec::new(),
            rules: Vec::new(),
            limits: Vec::new(),
            seed: 1,
            port: 0,
            epoch: EPOCH,
            key: None,
            scoped_keys: Vec::new(),
            paid_plan: true,
            lags: Vec::new(),
            refused_invitations: Vec::new(),
            keep_requests: usize::MAX,
        }
    }
}

impl Builder {
    /// This many generated people: `user-0001@example.com` and so on, active and unmanaged, in the first directory and
    /// its first group. The same seed gives the same account ids.
    pub fn users(mut self, people: usize) -> Self {
        self.plan.people = people;
        self
    }

    /// A particular person.
    pub fn user(mut self, user: User) -> Self {
        self.plan.users.push(user);
        self
    }

    /// This many directories, called `Directory 1` and so on.
    pub fn directories(mut self, count: usize) -> Self {
        self.plan.directories = (1..=count)
            .map(|number| Directory::new(format!("Directory {number}")))
            .collect();
        self
    }

    /// A particular directory, in addition to those named before.
    pub fn directory(mut self, directory: Directory) -> Self {
        self.plan.directories.push(directory);
        self
    }

    /// Groups, in addition to those of the default apps.
    pub fn groups(mut self, groups: impl IntoIterator<Item = Group>) -> Self {
        self.plan.groups.extend(groups);
        self
    }

    /// Apps, instead of the default ones (and of the default groups).
    pub fn resources(mut self, resources: impl IntoIterator<Item = Resource>) -> Self {
        self.plan
            .resources
            .get_or_insert_with(Vec::new)
            .extend(resources);
        self
    }

    /// A domain the organization has claimed: accounts with an address in it are managed.
    pub fn domain(mut self, name: impl Into<String>) -> Self {
        self.plan.domains.push(name.into());
        self
    }

    /// Whether the organization has a paid subscription, which inviting needs. It has, by default.
    pub fn paid_plan(mut self, paid: bool) -> Self {
        self.paid_plan = paid;
        self
    }

    /// What to take as the model where document and measured service differ.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets one switch apart from the profile.
    pub fn behaviour<S: Switch + Send + 'static>(mut self, switch: S) -> Self {
        self.settings.push(Box::new(move |behaviours| {
            behaviours.set(switch);
            Ok(())
        }));
        self
    }

    /// Sets one switch by the names of [`crate::BEHAVIOURS`].
    pub fn behaviour_by_name(
        mut self,
        name: impl Into<String>,
        position: impl Into<String>,
    ) -> Self {
        let (name, position) = (name.into(), position.into());
        self.settings.push(Box::new(move |behaviours| {
            behaviours.set_by_name(&name, &position)
        }));
        self
    }

    /// Something that goes wrong: a [`Rule`], or a [`Fault`](crate::Fault) to strike on every request.
    pub fn fault(mut self, rule: impl Into<Rule>) -> Self {
        self.rules.push(rule.into());
        self
    }

    /// Several things that go wrong. The first rule that fits decides.
    pub fn faults(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// A limit on requests; there is none by default. [`Limit::published`] has those that Atlassian publishes. A
    /// request has to pass all limits that cover it, and a 429 always comes before any effect.
    pub fn rate_limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Several limits on requests.
    pub fn rate_limits(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.limits.extend(limits);
        self
    }

    /// The invitation of this address fails in its row, in a 206, for this reason.
    pub fn refuse_invitation(
        mut self,
        email: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        self.refused_invitations
            .push((email.into().to_lowercase(), reason.into()));
        self
    }

    /// How long reads lag behind writes: a [`Duration`](std::time::Duration), or a [`Lag`] by operation. Not at all,
    /// by default.
    pub fn lag(mut self, lag: impl Into<Lag>) -> Self {
        self.lags.push(lag.into());
        self
    }

    /// What ids and chance are made of.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The key, instead of a generated one.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// One more key, with these scopes.
    pub fn scoped_key<S: Into<String>>(
        mut self,
        key: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let scopes: BTreeSet<String> = scopes.into_iter().map(Into::into).collect();
        self.scoped_keys.push(Key {
            secret: key.into(),
            scopes: Some(scopes),
        });
        self
    }

    /// The port to listen at, instead of any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The time at which an in-process sandbox begins; 1 September 2026 by default.
    pub fn epoch(mut self, epoch: Time) -> Self {
        self.epoch = epoch;
        self
    }

    /// How many of the last requests to keep for [`Sandbox::requests`]; all of them, by default.
    pub fn keep_requests(mut self, count: usize) -> Self {
        self.keep_requests = count;
        self
    }

    /// Starts a server at 127.0.0.1 that runs until the sandbox is dropped.
    ///
    /// # Errors
    /// If the parts of the description do not fit together, or the port can't be had.
    // Async so that a start that has to wait for something some day changes nobody's code.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let port = self.port;
        self.in_process()?.serve(port).map_err(Error::Io)
    }

    /// Makes a sandbox without a network, for [`Sandbox::handle`].
    ///
    /// # Errors
    /// If the parts of the description do not fit together.
    pub fn in_process(mut self) -> Result<Sandbox, Error> {
        if self.plan.directories.is_empty() {
            self = self.directories(1);
        }
        let mut org = seed::organization(&self.plan, self.seed).map_err(Error::Description)?;
        org.paid_plan = self.paid_plan;
        for lag in self.lags {
            lag.check().map_err(Error::Description)?;
            org.lags.set(lag);
        }
        org.refused_invitations = self.refused_invitations.into_iter().collect();
        let rules = self.rules.iter().map(Rule::check);
        let limits = self.limits.iter().map(Limit::check);
        rules
            .chain(limits)
            .collect::<Result<(), String>>()
            .map_err(Error::Description)?;
        let mut chance = Random::new(self.seed ^ 0x5a5a_5a5a);
        let key = self
            .key
            .unwrap_or_else(|| format!("sandbox-{}", chance.uuid()));
        let mut keys = vec![Key {
            secret: key,
            scopes: None,
        }];
        keys.extend(self.scoped_keys);
        let mut behaviours = Behaviours::new(self.profile);
        for setting in self.settings {
            setting(&mut behaviours).map_err(Error::Description)?;
        }
        let log = crate::core::log(self.keep_requests);
        let world = World {
            org,
            behaviours,
            keys,
            rules: self.rules,
            limits: self.limits,
            log,
            chance,
        };
        Ok(Sandbox::new(world, self.epoch))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("profile", &self.profile)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
