//! The limiter itself: who may send, and when.

mod foresight;

use std::collections::VecDeque;
use std::time::Duration;

use super::budget::{Budget, Credit, Heard};
use super::pace::{Pace, Refusal};
use super::window::{Room, Span, Windows};
use super::{Config, Observation, Time, seconds};

/// Calls under way at the start, and until which each answer admits one more.
const FIRST_WIDTH: f64 = 4.0;
const SOON_WIDTH: f64 = 6.0;
/// Calls let in before more than that are under way at once.
const SOON_CALLS: u64 = 40;
/// A refusal that lasts longer than this is a window's, not a bucket's.
const BUCKET_WAIT: Duration = Duration::from_secs(4);

/// By how much the time between two tries grows.
const GROWTH: f64 = 2.5;

/// A place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(u64);

/// Leave for one call. It goes back through [`Limiter::on_response`], [`Limiter::on_failure`] or
/// [`Limiter::on_unsent`].
#[derive(Debug)]
#[must_use]
pub(crate) struct Permit {
    serial: u64,
    sent: Time,
}

/// The answer to a ticket.
#[derive(Debug)]
pub(crate) enum Decision {
    Ready(Permit),
    /// Ask again then, or when anything changes before.
    WaitUntil(Time),
    /// Ask again when a call was answered or the queue has moved.
    WaitForChange,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Gate {
    Open,
    /// Nothing goes before this; then one call does.
    Closed(Time),
    /// That one call is under way.
    Probing(u64),
}

/// The time from a refusal, or from the end of the credit, to the first call that is let in again.
#[derive(Debug)]
struct Block {
    since: Time,
    /// When the call had been sent whose answer began it.
    sent: Time,
    /// When the last refused call had been sent; none while nothing was refused.
    refused: Option<Time>,
    tries: u32,
    /// Calls let in before it.
    admitted: u64,
    /// The server's headers explain it: the credit is gone.
    told: bool,
    /// The reset that the server had announced.
    announced: Option<Span>,
}

/// One state machine per client and endpoint class.
#[derive(Debug)]
pub(crate) struct Limiter {
    max_rate: Option<f64>,
    max_in_flight: u32,
    ceiling: Time,
    queue: VecDeque<Ticket>,
    tickets: u64,
    serial: u64,
    in_flight: u32,
    admitted: u64,
    first: Option<Time>,
    /// `Retry-After`: nothing goes before.
    floor: Time,
    gate: Gate,
    block: Option<Block>,
    /// Answers to calls up to this one tell nothing new about the refusal that closed the gate.
    epoch: u64,
    width: f64,
    budget: Budget,
    windows: Windows,
    pace: Pace,
    random: u64,
}

impl Limiter {
    pub(crate) fn new(config: &Config) -> Self {
        let sane = |rate: &f64| rate.is_finite() && *rate > 0.0;
        Self {
            max_rate: config.max_rate.filter(sane),
            max_in_flight: config.max_in_flight.max(1),
            ceiling: Time::ZERO,
            queue: VecDeque::new(),
            tickets: 0,
            serial: 0,
            in_flight: 0,
            admitted: 0,
            first: None,
            floor: Time::ZERO,
            gate: Gate::Open,
            block: None,
            epoch: 0,
            width: FIRST_WIDTH,
            budget: Budget::new(),
            windows: match config.documented {
                Some((limit, period)) => Windows::documented(limit, period),
                None => Windows::default(),
            },
            pace: Pace::default(),
            random: config.seed,
        }
    }

    /// Takes a place at the end of the queue.
    pub(crate) fn enqueue(&mut self) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.queue.push_back(ticket);
        ticket
    }

    /// Gives a place up.
    pub(crate) fn cancel(&mut self, ticket: Ticket) {
        self.queue.retain(|&t| t != ticket);
    }

    /// The ticket whose turn it is.
    pub(crate) fn head(&self) -> Option<Ticket> {
        self.queue.front().copied()
    }

    /// Whether the call of this ticket may go now. A permit takes the ticket out of the queue.
    pub(crate) fn poll_acquire(&mut self, now: Time, ticket: Ticket) -> Decision {
        if self.head() != Some(ticket) {
            return Decision::WaitForChange;
        }
        match self.decide(now) {
            Err(Some(time)) => Decision::WaitUntil(time),
            Err(None) => Decision::WaitForChange,
            Ok(probe) => {
                self.queue.pop_front();
                Decision::Ready(self.issue(now, probe))
            }
        }
    }

    /// `Ok(true)` is the one call after a block; an error is how long to wait, if that is known.
    fn decide(&mut self, now: Time) -> Result<bool, Option<Time>> {
        if self.in_flight >= self.max_in_flight {
            return Err(None);
        }
        wait_until(self.ceiling.max(self.floor), now)?;
        match self.gate {
            Gate::Closed(until) => return wait_until(until, now).map(|()| true),
            Gate::Probing(_) => return Err(None),
            Gate::Open => {}
        }
        if self.in_flight == 0 {
            self.budget.expire(now);
        }
        match self.budget.credit(now, self.in_flight) {
            Credit::Enough => return wait_until(self.pace.next(), now).map(|()| false),
            Credit::At(time) => return wait_until(time, now).map(|()| false),
            Credit::InFlight => return Err(None),
            Credit::Spent => return self.spent(now, true),
            Credit::Unknown => {}
        }
        if f64::from(self.in_flight) >= self.width {
            return Err(None);
        }
        match self.windows.room(self.in_flight) {
            Room::Open => wait_until(self.pace.next(), now).map(|()| false),
            Room::Wait => Err(None),
            Room::Spent => self.spent(now, false),
        }
    }

    /// No credit is left: the gate closes though nothing was refused.
    fn spent(&mut self, now: Time, told: bool) -> Result<bool, Option<Time>> {
        self.epoch = self.serial;
        self.block = Some(Block {
            since: now,
            sent: now,
            refused: None,
            tries: 0,
            admitted: self.admitted,
            told,
            announced: self.budget.reset().filter(|_| told),
        });
        let until = self.reopening(now, None);
        self.gate = Gate::Closed(until);
        wait_until(until, now).map(|()| true)
    }

    fn issue(&mut self, now: Time, probe: bool) -> Permit {
        self.serial += 1;
        self.in_flight += 1;
        self.first.get_or_insert(now);
        if probe {
            self.gate = Gate::Probing(self.serial);
        } else {
            self.windows.sent(now);
        }
        self.pace.sent(now);
        if let Some(rate) = self.max_rate {
            let from = self.ceiling.max(now.saturating_sub(seconds(0.005)));
            self.ceiling = from.saturating_add(seconds(1.0 / rate));
        }
        Permit {
            serial: self.serial,
            sent: now,
        }
    }

    /// An answer came. Anything but a 429 counts as let in.
    pub(crate) fn on_response(&mut self, permit: Permit, now: Time, answer: &Observation) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let (429 | 503, Some(wait)) = (answer.status, answer.retry_after) {
            self.floor = self.floor.max(now.saturating_add(wait));
        }
        if let Some(period) = answer.window {
            self.windows.told(period);
        }
        let refused = answer.status == 429;
        let opening = !refused && self.gate == Gate::Probing(permit.serial);
        if !refused {
            self.admitted += 1;
        }
        if permit.serial > self.epoch || opening {
            self.budget.hear(&Heard {
                now,
                answer,
                serial: permit.serial,
                latest: self.serial,
                admitted: self.admitted,
                in_flight: self.in_flight,
                opening,
            });
        }
        if refused {
            self.refused(&permit, now, answer);
        } else if opening {
            self.opened(&permit, now);
        } else {
            if permit.serial > self.epoch || self.gate != Gate::Open {
                self.windows.admitted();
            }
            self.widen();
        }
    }

    /// No answer came: the call may or may not have been counted.
    pub(crate) fn on_failure(&mut self, permit: Permit, now: Time) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.windows.admitted();
        self.lost(&permit, now);
    }

    /// The call was never sent.
    pub(crate) fn on_unsent(&mut self, permit: Permit, now: Time) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.lost(&permit, now);
    }

    /// A probe without an answer says nothing; another one is needed.
    fn lost(&mut self, permit: &Permit, now: Time) {
        if self.gate == Gate::Probing(permit.serial) {
            if let Some(block) = &mut self.block {
                block.tries += 1;
            }
            self.gate = Gate::Closed(self.backoff(now));
        }
    }

    fn widen(&mut self) {
        let most = f64::from(self.max_in_flight);
        let more = if self.budget.is_known() {
            most
        } else if self.width < SOON_WIDTH {
            1.0
        } else if self.admitted < SOON_CALLS {
            0.0
        } else {
            0.25
        };
        self.width = (self.width + more).min(most);
    }

    fn refused(&mut self, permit: &Permit, now: Time, answer: &Observation) {
        let probe = self.gate == Gate::Probing(permit.serial);
        if !probe && permit.serial <= self.epoch {
            return;
        }
        self.epoch = self.serial;
        // A limit that is not the one counted in the headers may have been met.
        let explained = answer.remaining.is_none_or(|remaining| remaining == 0);
        let announced = answer.reset.filter(|_| explained);
        let announced = announced.map(|reset| reset.span(now));
        let told = explained && self.budget.is_known();
        let wait = answer.retry_after.filter(|wait| !wait.is_zero());
        let block = self.block.get_or_insert(Block {
            since: now,
            sent: permit.sent,
            refused: None,
            tries: 0,
            admitted: self.admitted,
            told,
            announced,
        });
        block.announced = block.announced.or(announced);
        if block.refused.is_some() || probe {
            block.tries += 1;
        }
        block.refused = Some(permit.sent);
        self.gate = Gate::Closed(self.reopening(now, wait));
    }

    /// When to send the one call that finds out whether the block is over.
    fn reopening(&mut self, now: Time, retry_after: Option<Duration>) -> Time {
        let (tries, announced) = self
            .block
            .as_ref()
            .map_or((0, None), |b| (b.tries, b.announced));
        if let Some(wait) = retry_after.filter(|_| tries < 2) {
            return now.saturating_add(wait).saturating_add(self.jitter());
        }
        let floor = now.saturating_add(retry_after.unwrap_or_default());
        if let Some(rate) = self.budget.refills().filter(|&rate| rate > 0.0)
            && tries == 0
        {
            return floor.max(now + seconds((1.5 / rate).clamp(0.02, 5.0)));
        }
        let step = self.step(now, tries);
        // An announced reset has come and gone: what is announced next is not to be trusted.
        let broken = announced.is_some_and(|span| span.high <= now) && tries > 0;
        let expected = !broken
            && (announced.is_some()
                || self.windows.is_spent()
                || tries >= 3 && self.windows.is_sure());
        let next = match self.windows.next(announced) {
            Some(span) if span.high > now && expected => self.windows.attempt(span, now, step),
            _ if tries == 0 => now + step,
            _ => self.windows.guess(now, step),
        };
        floor.max(next)
    }

    fn step(&self, now: Time, tries: u32) -> Duration {
        let first = match self.pace.rate(now) {
            Some(rate) => (2.0 / rate).clamp(0.1, 1.0),
            None => 0.3,
        };
        seconds(first * GROWTH.powi(tries.min(20) as i32))
    }

    fn backoff(&mut self, now: Time) -> Time {
        let tries = self.block.as_ref().map_or(1, |block| block.tries);
        let wait = seconds((0.25 * f64::from(1u32 << tries.min(10))).min(15.0));
        now + wait + self.jitter()
    }

    /// The call after a block was let in.
    fn opened(&mut self, permit: &Permit, now: Time) {
        self.gate = Gate::Open;
        let Some(block) = self.block.take() else {
            return;
        };
        let lasted = permit.sent.saturating_sub(block.since);
        let window = block.told || lasted > BUCKET_WAIT;
        if window && self.budget.refills().is_none() {
            if block.refused.is_some() && !block.told {
                self.windows.measured();
            }
            self.windows.opened(block.refused, now, block.announced);
        }
        if window {
            self.pace.paused(block.since, permit.sent);
        } else if let Some(refused) = block.refused {
            self.windows.interrupted();
            // While calls were still refused, not even one can have come back.
            let empty = refused.saturating_sub(block.since).as_secs_f64();
            self.pace.refused(&Refusal {
                at: block.since,
                refused: block.sent,
                resumed: permit.sent,
                since: self.first.unwrap_or(now),
                admitted: block.admitted,
                most: if empty > 0.0 { 1.2 / empty } else { f64::MAX },
            });
        }
        self.windows.admitted();
        self.epoch = permit.serial - 1;
    }

    /// Up to 50 ms, so that several clients do not come back in the same instant.
    fn jitter(&mut self) -> Duration {
        // SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Duration::from_micros((z ^ (z >> 31)) % 50_000)
    }
}

fn wait_until(time: Time, now: Time) -> Result<(), Option<Time>> {
    if time > now { Err(Some(time)) } else { Ok(()) }
}
