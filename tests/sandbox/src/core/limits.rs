//! Rate limits: how many requests within how much time, and what a client is told about it.

use std::time::Duration;

use super::behaviours::{Behaviours, RateLimitReset, RetryAfter};
use super::operations::{covers, known};
use super::time::Time;

/// A limit on requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    operations: Option<String>,
    requests: usize,
    window: Duration,
    bucket: bool,
    counter: Counter,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Counter {
    /// The start of the window; of a bucket, when it was last filled up.
    since: Time,
    /// Requests that may still come. A bucket fills up little by little, so it counts in parts.
    left: f64,
}

impl Limit {
    /// So many requests in each stretch of this length, counted from zero at the start of each.
    pub fn new(requests: usize, window: Duration) -> Self {
        let counter = Counter {
            since: Time::from_millis(0),
            left: requests as f64,
        };
        Self {
            operations: None,
            requests,
            window,
            bucket: false,
            counter,
        }
    }

    /// So many requests at once, and as many again over this stretch of time, evenly.
    pub fn bucket(requests: usize, window: Duration) -> Self {
        Self {
            bucket: true,
            ..Self::new(requests, window)
        }
    }

    /// Only this operation, such as `users.invite`, or, with a dot at the end, all that begin like this: `events.`.
    /// What the limit covers it counts together.
    pub fn on(mut self, operations: impl Into<String>) -> Self {
        self.operations = Some(operations.into());
        self
    }

    /// The limits that are published (S26, S25): 200 a minute for the last-active dates, 10 for events, 50 for the
    /// stream of events.
    pub fn published() -> Vec<Self> {
        let a_minute = Duration::from_secs(60);
        vec![
            Self::new(200, a_minute).on("users.last-active"),
            Self::new(10, a_minute).on("events.list"),
            Self::new(10, a_minute).on("events.get"),
            Self::new(10, a_minute).on("events.actions"),
            Self::new(50, a_minute).on("events.stream"),
        ]
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(operations) = &self.operations {
            known(operations)?;
        }
        match self.bucket && self.requests == 0 {
            true => Err("a bucket holds at least 1 request".to_owned()),
            false => Ok(()),
        }
    }

    fn covers(&self, operation: &str) -> bool {
        self.operations
            .as_deref()
            .is_none_or(|operations| covers(operations, operation))
    }

    /// What is left at `now`.
    fn refresh(&mut self, now: Time) {
        let window = millis(self.window).max(1);
        let most = self.requests as f64;
        if self.bucket {
            let gained = now.since(self.counter.since).as_millis() as f64 / window as f64 * most;
            self.counter = Counter {
                since: now,
                left: (self.counter.left + gained).min(most),
            };
        } else if now.since(self.counter.since) >= self.window {
            self.counter = Counter {
                since: Time::from_millis(now.millis() / window * window),
                left: most,
            };
        }
    }

    /// When there is room again; of a limit with room, when it is whole again.
    fn reset(&self) -> Time {
        if !self.bucket {
            return self.counter.since + self.window;
        }
        let most = self.requests as f64;
        let missing = if self.counter.left < 1.0 { 1.0 } else { most } - self.counter.left;
        let wait = (missing / most * self.window.as_millis() as f64).ceil();
        // The cast saturates, and a wait is never negative.
        self.counter.since + Duration::from_millis(wait as u64)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What limits say to one request.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) admitted: bool,
    limit: usize,
    left: usize,
    reset: Time,
    now: Time,
}

/// Counts a request against every limit that covers it, unless one of them is used up; then it counts against none.
/// The ticket tells of the tightest. `None` if no limit covers it.
pub(crate) fn take(limits: &mut [Limit], operation: &str, now: Time) -> Option<Ticket> {
    let mut covering: Vec<&mut Limit> = limits
        .iter_mut()
        .filter(|limit| limit.covers(operation))
        .collect();
    for limit in &mut covering {
        limit.refresh(now);
    }
    let admitted = covering.iter().all(|limit| limit.counter.left >= 1.0);
    if admitted {
        for limit in &mut covering {
            limit.counter.left -= 1.0;
        }
    }
    let tightest = covering
        .into_iter()
        .min_by(|a, b| a.counter.left.total_cmp(&b.counter.left))?;
    let left = tightest.counter.left as usize;
    Some(Ticket {
        admitted,
        limit: tightest.requests,
        left,
        reset: tightest.reset(),
        now,
    })
}

impl Ticket {
    /// The headers of the answer.
    pub(crate) fn headers(&self, behaviours: &Behaviours) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.left.to_string()),
        ];
        let reset = match behaviours.get() {
            RateLimitReset::Iso => Some(self.reset.iso_seconds()),
            RateLimitReset::IsoMinute => Some(self.reset.iso_minute()),
            RateLimitReset::EpochSeconds => Some(self.seconds(self.reset.millis()).to_string()),
            RateLimitReset::EpochMillis => Some(self.reset.millis().to_string()),
            RateLimitReset::Absent => None,
        };
        headers.extend(reset.map(|reset| ("x-ratelimit-reset", reset)));
        if !self.admitted {
            let retry = match behaviours.get() {
                RetryAfter::Absent => None,
                RetryAfter::Seconds => {
                    Some(self.seconds(millis(self.reset.since(self.now))).to_string())
                }
                RetryAfter::Date => {
                    Some(Time::from_millis(self.seconds(self.reset.millis()) * 1000).http_date())
                }
            };
            headers.extend(retry.map(|retry| ("retry-after", retry)));
        }
        headers
    }

    /// Whole seconds, never too early.
    fn seconds(&self, millis: u64) -> u64 {
        millis.div_ceil(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(limits: &mut [Limit], at: u64) -> bool {
        take(limits, "users.search", Time::from_millis(at))
            .unwrap()
            .admitted
    }

    #[test]
    fn a_window_opens_again_at_its_end() {
        let limits = &mut [Limit::new(2, Duration::from_secs(1)).on("users.")];
        assert!(take(limits, "groups.search", Time::from_millis(0)).is_none());
        let seen = [10_100, 10_200, 10_300, 10_999, 11_000].map(|at| admitted(limits, at));
        assert_eq!(seen, [true, true, false, false, true]);
        let ticket = take(limits, "users.list", Time::from_millis(11_400)).unwrap();
        assert_eq!((ticket.left, ticket.reset), (0, Time::from_millis(12_000)));
    }

    #[test]
    fn a_bucket_fills_little_by_little() {
        let limits = &mut [Limit::bucket(2, Duration::from_secs(1))];
        let seen =
            [5000, 5000, 5000, 5499, 5500, 5501, 9000, 9000, 9000].map(|at| admitted(limits, at));
        assert_eq!(
            seen,
            [true, true, false, false, true, false, true, true, false]
        );
    }

    #[test]
    fn a_refused_request_counts_against_no_limit() {
        let limits = &mut [
            Limit::new(1, Duration::from_secs(1)),
            Limit::new(9, Duration::from_secs(9)),
        ];
        assert!(admitted(limits, 0));
        assert!(!admitted(limits, 1));
        assert_eq!(limits[1].counter.left, 8.0);
    }
}
