//! What the server's headers say is left: credit, and whether it comes back all at once or bit by bit.

use super::window::Span;
use super::{Observation, Time, seconds};

/// Below this many calls a second a bucket counts as standing still.
const STILL: f64 = 0.001;

/// How the count comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// All at once, at the reset; also what is assumed until something else is seen.
    Window,
    /// Bit by bit.
    Refill,
}

/// The last count that the server told.
#[derive(Clone, Copy, Debug)]
struct Count {
    remaining: f64,
    /// When it was heard.
    at: Time,
    /// The last call that had been sent by then.
    serial: u64,
    reset: Option<Span>,
}

/// Where the measuring of the refill started.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    at: Time,
    remaining: f64,
    admitted: u64,
    in_flight: u32,
}

/// Credit by the server's own count.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: Option<u64>,
    count: Option<Count>,
    kind: Kind,
    /// Signs that the count comes back bit by bit.
    signs: u32,
    /// Calls a second that come back, net of what others take.
    refill: Option<f64>,
    /// Calls left alone in a bucket, so that what others take meanwhile is not missing.
    reserve: f64,
    anchor: Option<Anchor>,
}

/// What the credit allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Credit {
    /// The server said nothing.
    Unknown,
    Enough,
    /// All credit is under way.
    InFlight,
    /// A bucket will have refilled by then.
    At(Time),
    /// Nothing left until the window's reset.
    Spent,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self {
            limit: None,
            count: None,
            kind: Kind::Window,
            signs: 0,
            refill: None,
            reserve: 0.0,
            anchor: None,
        }
    }

    pub(crate) fn limit(&self) -> Option<u64> {
        self.limit
    }

    pub(crate) fn is_known(&self) -> bool {
        self.count.is_some()
    }

    pub(crate) fn refills(&self) -> Option<f64> {
        (self.kind == Kind::Refill).then_some(self.refill.unwrap_or(0.0))
    }

    pub(crate) fn reset(&self) -> Option<Span> {
        self.count.and_then(|count| count.reset)
    }

    /// The calls left at this moment.
    pub(crate) fn left(&self, now: Time, in_flight: u32) -> Option<f64> {
        let count = self.count?;
        let since = now.saturating_sub(count.at).as_secs_f64();
        let back = self.refills().unwrap_or(0.0) * since;
        let full = self.full(&count);
        Some((count.remaining + back).min(full) - f64::from(in_flight))
    }

    /// The most that can be left. Whatever limit is claimed: where something comes back, one call does.
    fn full(&self, count: &Count) -> f64 {
        let limit = self.limit.map_or(f64::MAX, |limit| limit as f64);
        limit.max(count.remaining).max(1.0 + self.reserve)
    }

    pub(crate) fn credit(&self, now: Time, in_flight: u32) -> Credit {
        let (Some(count), Some(left)) = (self.count, self.left(now, in_flight)) else {
            return Credit::Unknown;
        };
        let wanted = 1.0 + self.refills().map_or(0.0, |_| self.reserve);
        if left >= wanted {
            return Credit::Enough;
        }
        match self.refills() {
            // No refill makes up for what is under way.
            Some(_) if self.full(&count) - f64::from(in_flight) < wanted => Credit::InFlight,
            Some(rate) if rate > STILL => {
                let wait = seconds((wanted - left) / rate).max(seconds(0.001));
                Credit::At(now + wait)
            }
            _ if in_flight > 0 && count.remaining >= 1.0 => Credit::InFlight,
            _ if in_flight > 0 && self.kind == Kind::Refill => Credit::InFlight,
            _ => Credit::Spent,
        }
    }

    /// After a pause what a window had left tells little: one call asks again.
    pub(crate) fn expire(&mut self, now: Time) {
        if self.kind == Kind::Window
            && let Some(count) = &mut self.count
            && count.reset.is_some_and(|reset| reset.high < now)
        {
            count.remaining = count.remaining.min(1.0);
        }
    }

    /// Hears an answer to the call `serial`. `latest` is the last call sent so far, `admitted` how many
    /// were let in, `opening` whether the call was the first after a block.
    pub(crate) fn hear(&mut self, heard: &Heard<'_>) {
        let Heard { now, answer, .. } = *heard;
        if let Some(limit) = answer.limit {
            self.limit = Some(limit);
        }
        let Some(remaining) = answer.remaining else {
            return;
        };
        // Some tell only when they refuse: that there is nothing left is no credit to keep.
        if answer.status == 429 && self.count.is_none() {
            return;
        }
        let remaining = remaining as f64;
        let reset = answer.reset.map(|reset| reset.span(now));
        // From a window that is over.
        if reset.is_some_and(|reset| reset.high + seconds(0.5) < now) && self.kind == Kind::Window {
            return;
        }
        let Some(last) = self.count else {
            self.accept(heard, remaining, reset);
            return;
        };
        let in_order = heard.serial > last.serial;
        let most = self.limit.map_or(0.0, |limit| limit as f64 / 4.0);
        self.reserve = if answer.status == 429 {
            self.refill = self.refill.map(|rate| rate * 0.9);
            self.reserve + 1.0
        } else {
            self.reserve - 0.01
        }
        .clamp(most.min(1.0), most.min(8.0).max(most.min(1.0)));
        if in_order {
            self.look_for_refill(heard, &last, remaining, reset);
        }
        if in_order || remaining < last.remaining || heard.opening {
            self.accept(heard, remaining, reset);
        }
    }

    fn accept(&mut self, heard: &Heard<'_>, remaining: f64, reset: Option<Span>) {
        let reset = reset.or(self.reset().filter(|reset| reset.high > heard.now));
        self.count = Some(Count {
            remaining,
            at: heard.now,
            serial: heard.latest,
            reset,
        });
        self.measure(heard, remaining);
    }

    fn measure(&mut self, heard: &Heard<'_>, remaining: f64) {
        let fresh = Anchor {
            at: heard.now,
            remaining,
            admitted: heard.admitted,
            in_flight: heard.in_flight,
        };
        let Some(anchor) = self.anchor else {
            self.anchor = Some(fresh);
            return;
        };
        let elapsed = heard.now.saturating_sub(anchor.at).as_secs_f64();
        let enough = if self.refill.is_some() { 1.5 } else { 0.4 };
        if elapsed < enough {
            return;
        }
        let calls = heard.admitted.saturating_sub(anchor.admitted) as f64;
        let back = (remaining - anchor.remaining + calls) / elapsed;
        // A full bucket hides what it refills.
        let full = self
            .limit
            .is_some_and(|limit| remaining + f64::from(heard.in_flight) + 2.0 >= limit as f64);
        let back = back.max(0.0);
        let tiny = self.limit.is_some_and(|limit| limit <= 3);
        self.refill = Some(match self.refill {
            None => back,
            // Where hardly anything is ever left, only a refusal shows that it is too fast.
            Some(rate) if tiny => rate.max(back).min(2.0 * back) * 1.05,
            Some(rate) if full => rate.max(back),
            Some(rate) => rate + 0.3 * (back - rate),
        });
        self.anchor = Some(fresh);
    }

    fn look_for_refill(
        &mut self,
        heard: &Heard<'_>,
        last: &Count,
        remaining: f64,
        reset: Option<Span>,
    ) {
        let full = self.limit.map_or(f64::MAX, |limit| limit as f64);
        // A new window has more to give than this.
        if heard.opening && full >= 8.0 && remaining < full / 4.0 {
            self.sign(1);
        }
        let passed = last.reset.is_some_and(|reset| reset.low <= heard.now);
        // The reset moved before it came.
        if let (Some(old), Some(new)) = (last.reset, reset)
            && !passed
            && new.low > old.high + seconds(1.5)
        {
            self.sign(2);
        }
        // More came back than those that were counted already can explain.
        let Some(anchor) = self.anchor else { return };
        let since = heard.admitted.saturating_sub(anchor.admitted) as f64;
        let gain = remaining - anchor.remaining + since - f64::from(anchor.in_flight);
        let jumped = remaining > full / 2.0 && remaining > anchor.remaining + 2.0;
        if gain >= 2.0 && !jumped && (!passed || remaining < full / 2.0) {
            self.sign(1);
            self.anchor = self.anchor.filter(|_| self.kind == Kind::Refill);
        }
        if jumped {
            // A new window; or a bucket after a rest.
            self.anchor = None;
        }
    }

    fn sign(&mut self, weight: u32) {
        self.signs += weight;
        if self.signs >= 3 {
            self.kind = Kind::Refill;
        }
    }
}

/// One answer, with what was going on when it came.
#[derive(Clone, Copy)]
pub(crate) struct Heard<'a> {
    pub(crate) now: Time,
    pub(crate) answer: &'a Observation,
    pub(crate) serial: u64,
    pub(crate) latest: u64,
    pub(crate) admitted: u64,
    pub(crate) in_flight: u32,
    pub(crate) opening: bool,
}
