//! What every request passes through: the key, the deadlines, and what is sent again.

mod budget;
mod chance;
mod limits;
mod settle;
mod trace;
mod verdict;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::Duration;

use atlassian_orgs_api::operation::{Class, Operation};
use atlassian_orgs_api::transport::{
    Exchange, SharedTransport, Transport, TransportError, TransportErrorKind,
};
use http::header::AUTHORIZATION;
use tokio::time::Instant;
use tracing::Instrument;

use crate::client::{Clock, Ways};
use crate::key::ApiKey;
use crate::rate_limit::RateLimit;
use crate::reply::asked_wait;
use crate::retry::RetryPolicy;
use crate::wire;
use budget::{Budget, Repeat};
use chance::Chance;
pub(crate) use limits::Ceiling;
use limits::Limits;
pub(crate) use settle::settle;
use verdict::{Attempt, Verdict};

/// How an engine works.
pub(crate) struct Settings {
    pub(crate) key: ApiKey,
    /// For one call, its repeats and pauses included.
    pub(crate) timeout: Duration,
    /// For one send and its answer.
    pub(crate) attempt_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) ceiling: Ceiling,
    pub(crate) clock: Clock,
    pub(crate) seed: Option<u64>,
}

/// Shared by all clones of a client.
pub(crate) struct Engine {
    wire: SharedTransport,
    settings: Settings,
    budget: Budget,
    limits: Limits,
    chance: Chance,
}

impl Engine {
    pub(crate) fn new(wire: SharedTransport, settings: Settings) -> Self {
        let chance = Chance::new(settings.seed);
        Self {
            wire,
            budget: Budget::new(&settings.retry),
            limits: Limits::new(&settings.ceiling, chance.seed()),
            chance,
            settings,
        }
    }

    /// What is known of the service's limits.
    pub(crate) fn limits(&self) -> Vec<RateLimit> {
        self.limits.known()
    }

    /// The most requests a second that the caller allows.
    pub(crate) fn max_rate(&self) -> Option<f64> {
        self.settings.ceiling.rate
    }

    /// Whether anything may be sent again.
    pub(crate) fn retries(&self) -> bool {
        self.settings.retry.is_on()
    }
}

/// One call on its way: the engine and this call's deadline.
pub(crate) struct Call {
    engine: Arc<Engine>,
    /// None where the time is longer than the clock can count.
    deadline: Option<Instant>,
    log: Option<Arc<CallLog>>,
}

/// Counts how often changes were sent, and keeps the last status that came back.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    sends: AtomicU32,
    status: AtomicU16,
}

impl CallLog {
    pub(crate) fn sends(&self) -> u32 {
        self.sends.load(Ordering::Relaxed)
    }

    pub(crate) fn status(&self) -> Option<u16> {
        let status = self.status.load(Ordering::Relaxed);
        (status > 0).then_some(status)
    }
}

impl Call {
    pub(crate) fn new(engine: Arc<Engine>, ways: &Ways) -> Self {
        let timeout = ways.timeout.unwrap_or(engine.settings.timeout);
        let deadline = Instant::now().checked_add(timeout);
        let log = ways.log.clone();
        Self {
            engine,
            deadline,
            log,
        }
    }

    /// Sends the request until it is answered, may not be sent again, or the time is up.
    async fn run(
        &self,
        mut request: reqwest::Request,
        operation: &'static Operation,
        count: &mut Count,
    ) -> Attempt {
        let engine = &*self.engine;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, engine.settings.key.header());
        engine.budget.called();
        let mut refused = None;
        loop {
            let waiting = Instant::now();
            // Every send takes its turn, the first as well as the next ones.
            let passes = match engine.limits.pass(operation, self.deadline).await {
                Ok(passes) => passes,
                // The answer that was refused says more than that there is no time for another.
                Err(wait) => return refused.unwrap_or_else(|| Err(wait.error(count.sent))),
            };
            // What is sent again is a copy of the whole request, never one put together anew.
            let copy = match engine.retries() {
                true => request.try_clone(),
                false => None,
            };
            let span = trace::attempt(operation, count.sends, count.paused + waiting.elapsed());
            let began = Instant::now();
            count.sends += 1;
            let attempt = self.attempt(request, operation);
            let attempt = attempt.instrument(span.clone()).await;
            trace::attempted(&span, &attempt, began.elapsed());
            passes.settle(&attempt, (engine.settings.clock)());
            self.note(operation, &attempt);
            count.sent |= attempt
                .as_ref()
                .err()
                .is_none_or(|e| e.may_have_been_sent());
            let verdict = verdict::of(operation.class, &attempt);
            let Some((again, pause)) = copy.zip(self.pause(verdict, &attempt, count)) else {
                return attempt.map_err(|error| count.onto(error));
            };
            tokio::time::sleep(pause.time).await;
            if let Some(repeat) = pause.repeat {
                repeat.spend();
            }
            count.paused = pause.time;
            refused = (verdict == Verdict::Refused).then_some(attempt);
            request = again;
        }
    }

    fn note(&self, operation: &'static Operation, attempt: &Attempt) {
        let Some(log) = self.log.as_ref().filter(|_| operation.class != Class::Read) else {
            return;
        };
        log.sends.fetch_add(1, Ordering::Relaxed);
        if let Ok(answer) = attempt {
            log.status
                .store(answer.status().as_u16(), Ordering::Relaxed);
        }
    }

    /// One send, within the time of an attempt and of the call.
    async fn attempt(&self, request: reqwest::Request, operation: &'static Operation) -> Attempt {
        let engine = &*self.engine;
        let until = Instant::now().checked_add(engine.settings.attempt_timeout);
        let until = match (until, self.deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let exchange = engine.wire.send(request, operation);
        let answer = match until {
            Some(until) => tokio::time::timeout_at(until, exchange)
                .await
                .map_err(|_| TransportError::new(TransportErrorKind::Timeout, true))?,
            None => exchange.await,
        };
        answer.and_then(wire::bounded)
    }

    /// How long to wait before the request takes its turn again; none if it is not sent again.
    fn pause(&self, verdict: Verdict, attempt: &Attempt, count: &mut Count) -> Option<Pause<'_>> {
        // What most calls come to: nobody needs to know what such an answer asks for.
        if verdict == Verdict::Final {
            return None;
        }
        let engine = &*self.engine;
        let asked = attempt.as_ref().ok().and_then(|answer| {
            let now = (engine.settings.clock)();
            asked_wait(answer.status().as_u16(), answer.headers(), now)
        });
        let asked = asked.unwrap_or_default();
        let left = match self.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        };
        // A wait that does not fit fails at once: the answer says how long it is.
        let spare = left.checked_sub(asked).filter(|spare| !spare.is_zero())?;
        let policy = &engine.settings.retry;
        match verdict {
            Verdict::Final => None,
            // Paid by waiting and never from the budget, or bulk runs would stop early.
            Verdict::Refused => {
                count.refusals += 1;
                // The limiter keeps what is asked for as well, for everybody, and lets one go ahead then.
                policy.after_refusal(count.refusals).then_some(Pause {
                    time: asked,
                    repeat: None,
                })
            }
            Verdict::Failed => {
                count.failures += 1;
                let longest = policy.after_failure(count.failures)?;
                let repeat = Some(engine.budget.take()?);
                // Chance is added to what the service asks for and never taken from it.
                let jitter = longest.min(spare / 2).mul_f64(engine.chance.share());
                let time = asked + jitter;
                Some(Pause { time, repeat })
            }
        }
    }
}

/// What was tried so far.
#[derive(Debug, Default)]
struct Count {
    failures: u32,
    refusals: u32,
    sends: u32,
    /// The pause before the next send takes its turn.
    paused: Duration,
    /// Whether any attempt may have left this machine.
    sent: bool,
}

impl Count {
    /// The last attempt's failure, as one of the whole call: if an earlier attempt may have been sent, the
    /// call may have been.
    fn onto(&self, error: TransportError) -> TransportError {
        if error.may_have_been_sent() == self.sent {
            return error;
        }
        let whole = TransportError::new(error.kind(), self.sent).with_words(error.words());
        match error.cause() {
            Some(cause) => whole.with_cause(settle::Shared(cause.clone())),
            None => whole,
        }
    }
}

/// The time before the next turn, and what a repeat is paid from. Dropped before, it costs nothing.
struct Pause<'a> {
    time: Duration,
    repeat: Option<Repeat<'a>>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}

/// The engine for clients that are kept: each of their requests is a call of its own.
#[cfg(feature = "raw")]
pub(crate) struct EachCall {
    engine: Arc<Engine>,
    ways: Ways,
}

#[cfg(feature = "raw")]
impl EachCall {
    pub(crate) fn new(engine: Arc<Engine>, ways: Ways) -> Self {
        Self { engine, ways }
    }
}

#[cfg(feature = "raw")]
impl fmt::Debug for EachCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EachCall")
    }
}

#[cfg(feature = "raw")]
impl Transport for EachCall {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> Exchange<'a> {
        Box::pin(async move {
            let call = Call::new(self.engine.clone(), &self.ways);
            call.send(request, operation).await
        })
    }
}

impl Transport for Call {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> Exchange<'a> {
        Box::pin(async move {
            if self
                .deadline
                .is_some_and(|deadline| deadline <= Instant::now())
            {
                return Err(TransportError::new(TransportErrorKind::Timeout, false));
            }
            let (span, began) = (trace::call(operation), Instant::now());
            let mut count = Count::default();
            let call = self.run(request, operation, &mut count);
            let outcome = call.instrument(span.clone()).await;
            let resends = count.sends.saturating_sub(1);
            trace::called(&span, &outcome, resends, began.elapsed());
            outcome
        })
    }
}
