//! One limiter for each operation, shared by all tasks, and the caller's own ceiling over all of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use atlassian_orgs_api::operation::Operation;
use atlassian_orgs_api::transport::{TransportError, TransportErrorKind};
use tokio::time::Instant;

use super::verdict::Attempt;
use crate::limit::gate::{Gate, Pass, WouldWait};
use crate::limit::{Config, Observation};
use crate::rate_limit::RateLimit;

/// What the caller allows at most, whatever the service does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ceiling {
    /// Requests a second.
    pub(crate) rate: Option<f64>,
    pub(crate) in_flight: Option<u32>,
}

/// The limiters. The service counts each endpoint for itself, so each operation has one of its own.
#[derive(Debug)]
pub(super) struct Limits {
    seed: u64,
    gates: Mutex<BTreeMap<&'static str, Gate>>,
    ceiling: Option<Gate>,
}

impl Limits {
    pub(super) fn new(ceiling: &Ceiling, seed: u64) -> Self {
        let given = ceiling.rate.is_some() || ceiling.in_flight.is_some();
        let config = || Config {
            max_rate: ceiling.rate,
            max_in_flight: ceiling.in_flight.unwrap_or(u32::MAX),
            seed,
            ..Config::default()
        };
        Self {
            seed,
            gates: Mutex::default(),
            ceiling: given.then(|| Gate::new(&config())),
        }
    }

    /// Waits until a request of this operation may go; fails at once if that can't be in time.
    pub(super) async fn pass(
        &self,
        operation: &'static Operation,
        deadline: Option<Instant>,
    ) -> Result<Passes, TooLong> {
        let gate = self.gate(operation);
        let service = gate.acquire(deadline).await.map_err(TooLong::new)?;
        let own = match &self.ceiling {
            // The last before sending, so that a queue before it can't come through in a burst.
            Some(ceiling) => match ceiling.acquire(deadline).await {
                Ok(pass) => Some(pass),
                Err(wait) => {
                    service.unsent();
                    return Err(TooLong::new(wait));
                }
            },
            None => None,
        };
        Ok(Passes { service, own })
    }

    pub(super) fn known(&self) -> Vec<RateLimit> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let known = gates.iter().map(|(operation, gate)| {
            let (since, known) = gate.snapshot();
            RateLimit::new(operation, since, &known)
        });
        known.collect()
    }

    fn gate(&self, operation: &'static Operation) -> Gate {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Gate::new(&Config {
                seed: self.seed,
                ..documented(operation)
            })
        };
        gates.entry(operation.id).or_insert_with(new).clone()
    }
}

/// What is published of an operation's limit.
fn documented(operation: &Operation) -> Config {
    match operation.path {
        "/v1/orgs/{orgId}/events-stream" => Config::events_stream(),
        "/v1/orgs/{orgId}/events"
        | "/v1/orgs/{orgId}/events/{eventId}"
        | "/v1/orgs/{orgId}/event-actions" => Config::events(),
        path if path.ends_with("/last-active-dates") => Config::last_active_dates(),
        _ => Config::default(),
    }
}

/// Leave to send once. Dropped without a word, it counts as a request of which nothing was heard.
#[derive(Debug)]
pub(super) struct Passes {
    service: Pass,
    own: Option<Pass>,
}

impl Passes {
    /// What became of the request.
    pub(super) fn settle(self, attempt: &Attempt, now: std::time::SystemTime) {
        let unsent = |error: &TransportError| !error.may_have_been_sent();
        match attempt {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let seen = Observation::read(status, answer.headers(), now);
                self.service.answered(&seen);
                // The service's limits are not the caller's: here it only makes room.
                let room = Observation::default();
                if let Some(own) = self.own {
                    own.answered(&room);
                }
            }
            Err(error) if unsent(error) => {
                self.service.unsent();
                if let Some(own) = self.own {
                    own.unsent();
                }
            }
            Err(_) => {}
        }
    }
}

/// The wait for a limit would pass the deadline.
#[derive(Debug, Clone, Copy)]
pub(super) struct TooLong(pub(super) Duration);

impl TooLong {
    fn new(wait: WouldWait) -> Self {
        Self(wait.0)
    }

    /// As what keeps a transport from answering.
    pub(super) fn error(self, sent: bool) -> TransportError {
        TransportError::new(TransportErrorKind::Other, sent).with_cause(self)
    }
}

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a rate limit asks for a wait of {} s", self.0.as_secs())
    }
}

impl std::error::Error for TooLong {}
