//! One limiter for all tasks of a client, per endpoint class.
//!
//! [`Limiter`] is a state machine without I/O, clock or global randomness: times are handed in, so a
//! simulator can run it for virtual weeks. [`gate`] is the thin asynchronous door in front of it, and
//! [`headers`] reads what servers say about their limits.
//!
//! How it decides, from strongest to weakest:
//! - the caller's own ceiling, and `Retry-After`: never crossed;
//! - after a refusal one single probe goes out, and the others follow when it was let in;
//! - `Remaining` is credit: spent at full speed, less what is in flight ([`budget`]). At zero, a window
//!   waits for its reset; a bucket that refills is followed at the rate it is seen to refill;
//! - without headers, a window is learned by counting what it let in and when it opened again
//!   ([`window`]), and a bucket by the rate it sustained from one refusal to the next ([`pace`]).

mod budget;
pub(crate) mod gate;
pub(crate) mod headers;
mod machine;
mod pace;
mod window;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use headers::Observation;
pub(crate) use machine::{Decision, Limiter, Permit, Ticket};

/// A point in time: how long after the limiter's own beginning, on a clock that never goes back.
pub(crate) type Time = Duration;

/// What a limiter knows before the first answer.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The caller's own ceiling in calls a second, kept whatever the server allows.
    pub(crate) max_rate: Option<f64>,
    /// The most calls under way at once.
    pub(crate) max_in_flight: u32,
    /// A documented limit: so many calls in so long.
    pub(crate) documented: Option<(u64, Duration)>,
    /// Where the random waits start from.
    pub(crate) seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_rate: None,
            max_in_flight: 32,
            documented: None,
            seed: 0x5eed,
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

impl Config {
    /// Last-active dates: 200 calls a minute for an organization.
    pub(crate) fn last_active_dates() -> Self {
        Self::known(200, MINUTE)
    }

    /// Audit events, one event, and the list of event actions: 10 calls a minute.
    pub(crate) fn events() -> Self {
        Self::known(10, MINUTE)
    }

    /// The events stream: 50 calls a minute.
    pub(crate) fn events_stream() -> Self {
        Self::known(50, MINUTE)
    }

    fn known(limit: u64, period: Duration) -> Self {
        Self {
            documented: Some((limit, period)),
            ..Self::default()
        }
    }
}

/// What is known of a class's limits at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RateLimits {
    /// Calls per window, or the size of the bucket: as the server says, else as learned.
    pub(crate) limit: Option<u64>,
    /// Calls left now, less those under way.
    pub(crate) remaining: Option<u64>,
    /// When the count starts again, as far as known.
    pub(crate) resets_at: Option<Time>,
    /// The calls a second that are being sent, where they are paced at all.
    pub(crate) pace: Option<f64>,
    /// Calls that wait for their turn.
    pub(crate) waiting: usize,
    /// Calls under way.
    pub(crate) in_flight: u32,
}

/// Seconds as a duration, whatever the number: nonsense is zero, and the end of time is a century.
fn seconds(value: f64) -> Duration {
    const CENTURY: f64 = 3.2e9;
    if value.is_nan() {
        return Duration::ZERO;
    }
    Duration::from_secs_f64(value.clamp(0.0, CENTURY))
}
