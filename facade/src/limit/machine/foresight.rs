//! What can be said of the future: when a call may go, and what is left.

use super::super::{RateLimits, Time, seconds};
use super::{Gate, Limiter, Ticket};

impl Limiter {
    /// How many are before this ticket.
    pub(crate) fn ahead_of(&self, ticket: Ticket) -> usize {
        // Tickets are numbered in the order of the queue.
        self.queue.partition_point(|&other| other < ticket)
    }

    /// When a call that has `ahead` others before it may go, as far as can be foreseen.
    pub(crate) fn forecast(&self, now: Time, ahead: usize) -> Time {
        let mut time = now.max(self.floor).max(self.ceiling);
        if let Gate::Closed(until) = self.gate {
            time = time.max(until);
        }
        let ahead = ahead as f64;
        if let Some(rate) = self.pace.rate(now) {
            time = time.max(self.pace.next());
            time = time.saturating_add(seconds(ahead / rate));
        } else if let Some(rate) = self.max_rate {
            time = time.saturating_add(seconds(ahead / rate));
        }
        // A bucket has some left and refills; a window has some left, and then there is its reset.
        let Some(left) = self.budget.left(now, self.in_flight) else {
            return time;
        };
        let short = ahead + 1.0 - left;
        let back = match (self.budget.refills(), self.budget.reset()) {
            _ if short <= 0.0 => now,
            (Some(rate), _) if rate > 0.0 => now.saturating_add(seconds(short / rate)),
            (None, Some(reset)) if self.gate == Gate::Open => reset.high,
            _ => now,
        };
        time.max(back)
    }

    /// What is known of the limits at this moment.
    pub(crate) fn snapshot(&self, now: Time) -> RateLimits {
        let left = self.budget.left(now, self.in_flight);
        let next = self.windows.next(self.budget.reset());
        RateLimits {
            limit: self.budget.limit().or_else(|| self.windows.limit()),
            remaining: match left {
                Some(left) => Some(left.max(0.0) as u64),
                None => self.windows.left(self.in_flight),
            },
            resets_at: next.map(|span| span.high).filter(|&time| time > now),
            pace: self.pace.rate(now),
            waiting: self.queue.len(),
            in_flight: self.in_flight,
        }
    }
}
