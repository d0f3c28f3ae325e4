//! The sandbox as tests hold it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::builder::Builder;
use crate::core::account::Account;
use crate::core::behaviours::Switch;
use crate::core::faults::{Outcome, Rule, Wire};
use crate::core::state::{Invitations, Organization};
use crate::core::time::Time;
use crate::core::{Exchange, World};
use crate::server::Server;

/// The service, shared by those who hold it.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(crate) fn handle(&self, now: Time, request: &http::Request<Bytes>) -> Outcome {
        self.world().handle(now, request)
    }

    /// Whether a new connection is turned away.
    pub(crate) fn refuses(&self) -> bool {
        self.world().refuses()
    }

    /// A test that panicked inside `edit` has failed by itself; the others may go on.
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An organization to test against. A running server stops when this is dropped.
pub struct Sandbox {
    shared: Shared,
    server: Option<Server>,
    started: tokio::time::Instant,
    epoch: Time,
}

impl Sandbox {
    /// Begins to describe one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(world: World, epoch: Time) -> Self {
        Self {
            shared: Shared::new(world),
            server: None,
            started: tokio::time::Instant::now(),
            epoch,
        }
    }

    pub(crate) fn serve(mut self, port: u16) -> std::io::Result<Self> {
        self.server = Some(Server::start(port, self.shared.clone())?);
        Ok(self)
    }

    /// Takes a request without any network, at the time by tokio's clock, which tests can pause and advance. Time
    /// begins at [`Builder::epoch`]. The caller does to the answer what [`Outcome::wire`] says.
    pub fn handle(&self, request: &http::Request<Bytes>) -> Outcome {
        self.handle_at(self.now(), request)
    }

    /// Takes a request without any network at a time that the caller names.
    pub fn handle_at(&self, now: Time, request: &http::Request<Bytes>) -> Outcome {
        if self.shared.refuses() {
            return Outcome {
                response: http::Response::new(Bytes::new()),
                wire: Wire::Refused,
            };
        }
        self.shared.handle(now, request)
    }

    /// The time by which [`handle`](Self::handle) goes.
    pub fn now(&self) -> Time {
        self.epoch + self.started.elapsed()
    }

    /// What to use in the place of `https://api.atlassian.com/admin`. Without a server it is an address for requests
    /// to [`handle`](Self::handle), at which nobody listens.
    pub fn url(&self) -> String {
        match &self.server {
            Some(server) => format!("http://{}/admin", server.address),
            None => "http://localhost/admin".to_owned(),
        }
    }

    /// The key, one without scopes.
    pub fn api_key(&self) -> String {
        self.shared
            .world()
            .keys
            .first()
            .map(|key| key.secret.clone())
            .unwrap_or_default()
    }

    /// The organization.
    pub fn org_id(&self) -> String {
        self.shared.world().org.id.to_string()
    }

    /// Its directories.
    pub fn directory_ids(&self) -> Vec<String> {
        self.shared
            .world()
            .org
            .directories
            .iter()
            .map(|directory| directory.id.to_string())
            .collect()
    }

    /// Its apps: their resource identifiers.
    pub fn resource_ids(&self) -> Vec<String> {
        self.shared
            .world()
            .org
            .resources
            .iter()
            .map(|resource| resource.ari.to_string())
            .collect()
    }

    /// The id of the group of this name.
    pub fn group_id(&self, name: &str) -> Option<String> {
        self.shared
            .world()
            .org
            .group_named(name)
            .map(|group| group.id.to_string())
    }

    /// Everything received so far, and what became of it.
    pub fn requests(&self) -> Vec<Exchange> {
        self.shared.world().log.all()
    }

    /// Forgets what was received so far.
    pub fn clear_requests(&self) {
        self.shared.world().log.clear();
    }

    /// How often an address was invited, and how many mails that sent.
    pub fn invitations(&self, email: &str) -> Invitations {
        self.shared
            .world()
            .org
            .invitations
            .get(&email.to_lowercase())
            .copied()
            .unwrap_or_default()
    }

    /// An account as it is now (whatever reads show), by address or account id.
    pub fn user(&self, email_or_id: &str) -> Option<Account> {
        self.shared.world().org.account(email_or_id).cloned()
    }

    /// Every account as it is now, oldest first.
    pub fn people(&self) -> Vec<Account> {
        self.shared.world().org.accounts().cloned().collect()
    }

    /// Changes the organization behind the service's back; everybody sees it at once.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Organization) -> T) -> T {
        change(&mut self.shared.world().org)
    }

    /// Turns a switch.
    pub fn set_behaviour<S: Switch>(&self, switch: S) {
        self.shared.world().behaviours.set(switch);
    }

    /// Adds a rule for faults. Unlike [`Builder::fault`] this does not check it: what can't strike never does.
    pub fn add_fault(&self, rule: impl Into<Rule>) {
        self.shared.world().rules.push(rule.into());
    }

    /// From now on nothing goes wrong.
    pub fn clear_faults(&self) {
        self.shared.world().rules.clear();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
