//! The asynchronous door in front of a [`Limiter`]: tasks wait here, in the order in which they came.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::{Config, Decision, Limiter, Observation, Permit, RateLimits, Ticket, Time};

/// A wait that has changed by less than this is not told to those who wait behind.
const NOTABLE: Duration = Duration::from_secs(1);
/// Timers are not set further ahead than this; whoever waits longer looks again then.
const FAR: Duration = Duration::from_secs(24 * 3600);

/// Shared by all tasks that call one class of endpoints; clones share it.
#[derive(Clone)]
pub(crate) struct Gate {
    shared: Arc<Shared>,
}

struct Shared {
    beginning: Instant,
    state: Mutex<State>,
}

struct State {
    limiter: Limiter,
    /// Those who wait and were polled, to be woken when their turn comes.
    wakers: BTreeMap<Ticket, Waker>,
    /// Until when those behind the first know that they wait.
    told: Time,
}

impl State {
    fn wake_head(&self) {
        if let Some(waker) = self.limiter.head().and_then(|head| self.wakers.get(&head)) {
            waker.wake_by_ref();
        }
    }

    /// Everybody looks at the deadline again when the wait became longer.
    fn wake_if_later(&mut self, now: Time) {
        let time = self.limiter.forecast(now, 0);
        if time > self.told.saturating_add(NOTABLE) {
            self.told = time;
            self.wakers.values().for_each(Waker::wake_by_ref);
        }
    }
}

/// The wait would pass the deadline: it is about this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WouldWait(pub(crate) Duration);

impl Gate {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            shared: Arc::new(Shared {
                beginning: Instant::now(),
                state: Mutex::new(State {
                    limiter: Limiter::new(config),
                    wakers: BTreeMap::new(),
                    told: Time::ZERO,
                }),
            }),
        }
    }

    /// Waits until a call may go. Fails at once when that can't be before the deadline.
    ///
    /// The place in the queue is taken when the future is first polled, and given up when it is
    /// dropped.
    pub(crate) fn acquire(&self, deadline: Option<Instant>) -> Acquire<'_> {
        Acquire {
            gate: self,
            deadline,
            ticket: None,
            timer: None,
        }
    }

    /// What is known of the limits now, and the moment from which its times count.
    pub(crate) fn snapshot(&self) -> (Instant, RateLimits) {
        let now = self.now();
        (self.shared.beginning, self.lock().limiter.snapshot(now))
    }

    fn now(&self) -> Time {
        self.shared.beginning.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; and if it did, limits would still be limits.
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, change: impl FnOnce(&mut Limiter, Time)) {
        let now = self.now();
        let mut state = self.lock();
        change(&mut state.limiter, now);
        state.wake_if_later(now);
        state.wake_head();
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

/// The wait of one call.
#[must_use]
pub(crate) struct Acquire<'a> {
    gate: &'a Gate,
    deadline: Option<Instant>,
    ticket: Option<Ticket>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Acquire<'_> {
    /// Sets the timer; true if it has fired already.
    fn sleep(&mut self, context: &mut Context<'_>, until: Instant) -> bool {
        let timer = match &mut self.timer {
            Some(timer) => {
                if timer.deadline() != until {
                    timer.as_mut().reset(until);
                }
                timer
            }
            None => self.timer.insert(Box::pin(sleep_until(until))),
        };
        timer.as_mut().poll(context).is_ready()
    }

    fn leave(&mut self, state: &mut State) {
        if let Some(ticket) = self.ticket.take() {
            state.limiter.cancel(ticket);
            state.wakers.remove(&ticket);
            state.wake_head();
        }
    }
}

impl Future for Acquire<'_> {
    type Output = Result<Pass, WouldWait>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let gate = this.gate;
        loop {
            let now = gate.now();
            let mut state = gate.lock();
            let ticket = match this.ticket {
                Some(ticket) => ticket,
                None => *this.ticket.insert(state.limiter.enqueue()),
            };
            let wait = match state.limiter.poll_acquire(now, ticket) {
                Decision::Ready(permit) => {
                    this.leave(&mut state);
                    return Poll::Ready(Ok(Pass {
                        gate: gate.clone(),
                        permit: Some(permit),
                    }));
                }
                Decision::WaitUntil(time) => Some(time),
                Decision::WaitForChange => None,
            };
            state.wake_if_later(now);
            let foreseen = wait.unwrap_or_else(|| {
                let ahead = state.limiter.ahead_of(ticket);
                state.limiter.forecast(now, ahead)
            });
            let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
            let passes = |deadline| {
                let left = left(deadline);
                left.is_zero() || foreseen.saturating_sub(now) > left
            };
            if this.deadline.is_some_and(passes) {
                this.leave(&mut state);
                return Poll::Ready(Err(WouldWait(foreseen.saturating_sub(now))));
            }
            let waker = context.waker();
            let known = state.wakers.entry(ticket).or_insert_with(|| waker.clone());
            known.clone_from(waker);
            drop(state);
            let wait = wait.map(|time| time.saturating_sub(now).min(FAR));
            let timer = wait.map(|wait| Instant::now() + wait.max(Duration::from_micros(100)));
            let next = match (timer, this.deadline) {
                (Some(timer), Some(deadline)) => Some(timer.min(deadline)),
                (timer, deadline) => timer.or(deadline),
            };
            match next {
                Some(next) if this.sleep(context, next) => {}
                _ => return Poll::Pending,
            }
        }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            let mut state = self.gate.lock();
            self.leave(&mut state);
        }
    }
}

/// Leave for one call. Dropped, it counts as a call of which nothing was heard.
#[must_use]
pub(crate) struct Pass {
    gate: Gate,
    permit: Option<Permit>,
}

impl Pass {
    /// The call was answered.
    pub(crate) fn answered(mut self, answer: &Observation) {
        if let Some(permit) = self.permit.take() {
            self.gate
                .settle(|limiter, now| limiter.on_response(permit, now, answer));
        }
    }

    /// The call never reached the wire.
    pub(crate) fn unsent(mut self) {
        if let Some(permit) = self.permit.take() {
            self.gate
                .settle(|limiter, now| limiter.on_unsent(permit, now));
        }
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pass")
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.gate
                .settle(|limiter, now| limiter.on_failure(permit, now));
        }
    }
}
