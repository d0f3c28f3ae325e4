//! Servers with limits that the client does not know.

use crate::random::Random;

/// How a server counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quota {
    /// So many calls per period. Aligned windows follow each other by the clock, the first one begun
    /// some time before the start; others begin with the first call after the last one has ended.
    Window {
        /// Calls per window.
        limit: f64,
        /// Its length in seconds.
        period: f64,
        /// By the clock.
        aligned: bool,
    },
    /// Tokens that come back at a steady rate.
    Bucket {
        /// Tokens a second.
        rate: f64,
        /// The most it holds; it starts full.
        burst: f64,
    },
    /// At most so many calls in any period of that length.
    Sliding {
        /// Calls.
        limit: f64,
        /// Seconds.
        period: f64,
    },
    /// The last window's count, fading out, and this one's together.
    Fading {
        /// Calls.
        limit: f64,
        /// Seconds.
        period: f64,
    },
}

/// What the server says in its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing.
    Silent,
    /// `Retry-After` on a refusal, in whole seconds, rounded up.
    RetryAfter,
    /// Limit, Remaining, and Reset to the millisecond.
    Exact,
    /// Limit, Remaining, and Reset cut to the second.
    Second,
    /// Limit, Remaining, and Reset cut to the minute.
    Minute,
    /// Limit and Remaining, nothing about the reset.
    Remaining,
    /// Exact headers, and `Retry-After` on a refusal.
    Both,
    /// Limit, Remaining, and Reset to the millisecond, which for a bucket is when the next token comes.
    Next,
    /// Exact headers, but only on a refusal.
    Refusal,
    /// Exact headers of a clock that is 2 s ahead of the client's: the reset comes later than it seems.
    Early,
    /// `Retry-After` rounded down: too short by up to a second.
    Short,
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) admitted: bool,
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    /// When the count is as before the first call, or the bucket full.
    pub(crate) reset: f64,
    /// When the next call would be let in.
    pub(crate) next: f64,
    /// It comes back bit by bit.
    pub(crate) bucket: bool,
}

/// A counter and its state.
#[derive(Clone, Debug)]
struct Meter {
    quota: Quota,
    /// Tokens left, or calls counted in this window.
    level: f64,
    /// Last refill, or the start of this window.
    at: f64,
    /// The count of the window before, for the fading kind.
    before: f64,
    /// When calls were let in, for the sliding kind.
    log: std::collections::VecDeque<f64>,
    /// No window is open: the next call opens one.
    idle: bool,
}

impl Meter {
    fn new(quota: Quota, random: &mut Random) -> Self {
        let (level, at, idle) = match quota {
            Quota::Window {
                period, aligned, ..
            } => {
                let begun = if aligned {
                    -period * random.unit()
                } else {
                    0.0
                };
                (0.0, begun, !aligned)
            }
            Quota::Bucket { burst, .. } => (burst, 0.0, false),
            Quota::Sliding { .. } | Quota::Fading { .. } => (0.0, 0.0, false),
        };
        Self {
            quota,
            level,
            at,
            before: 0.0,
            log: std::collections::VecDeque::new(),
            idle,
        }
    }

    fn advance(&mut self, now: f64) {
        match self.quota {
            Quota::Window {
                period, aligned, ..
            } => {
                if !self.idle && now >= self.at + period {
                    self.level = 0.0;
                    if aligned {
                        self.at += ((now - self.at) / period).floor().max(1.0) * period;
                    } else {
                        self.idle = true;
                    }
                }
            }
            Quota::Bucket { rate, burst } => {
                self.level = (self.level + rate * (now - self.at).max(0.0)).min(burst);
                self.at = self.at.max(now);
            }
            Quota::Sliding { period, .. } => {
                while self.log.front().is_some_and(|&t| t + period <= now) {
                    self.log.pop_front();
                }
            }
            Quota::Fading { period, .. } => {
                while now >= self.at + period {
                    self.before = self.level;
                    self.level = 0.0;
                    self.at += period;
                }
            }
        }
    }

    /// Calls that would be let in now.
    fn left(&self, now: f64) -> f64 {
        match self.quota {
            Quota::Window { limit, .. } => limit - self.level,
            Quota::Bucket { .. } => self.level,
            Quota::Sliding { limit, .. } => limit - self.log.len() as f64,
            Quota::Fading { limit, period } => {
                limit - self.level - self.before * (1.0 - (now - self.at) / period)
            }
        }
    }

    fn take(&mut self, now: f64) {
        match self.quota {
            Quota::Window { .. } => {
                if self.idle {
                    self.idle = false;
                    self.at = now;
                }
                self.level += 1.0;
            }
            Quota::Bucket { .. } => self.level -= 1.0,
            Quota::Sliding { .. } => self.log.push_back(now),
            Quota::Fading { .. } => self.level += 1.0,
        }
    }

    /// The first moment from `now` at which a call is let in.
    fn next(&self, now: f64) -> f64 {
        if self.left(now) >= 1.0 - 1e-9 {
            return now;
        }
        match self.quota {
            Quota::Window { period, .. } => self.at + period,
            Quota::Bucket { rate, .. } => now + (1.0 - self.level) / rate,
            Quota::Sliding { period, .. } => self.log.front().map_or(now, |t| t + period),
            Quota::Fading { limit, period } => {
                // limit - level - before * (1 - x) = 1 for x, else with the next window.
                let x = 1.0 - (limit - self.level - 1.0) / self.before;
                if self.before > 0.0 && x.is_finite() && x <= 1.0 {
                    (self.at + x * period).max(now + 1e-6)
                } else {
                    // Then this window is the one that fades.
                    let x = 1.0 - (limit - 1.0) / self.level;
                    self.at + period * (1.0 + x.max(0.0)) + 1e-6
                }
            }
        }
    }

    fn reset(&self, now: f64) -> f64 {
        match self.quota {
            Quota::Window { period, .. } => {
                if self.idle {
                    now + period
                } else {
                    self.at + period
                }
            }
            Quota::Bucket { rate, burst } => now + (burst - self.level).max(0.0) / rate,
            Quota::Sliding { period, .. } => self.log.back().map_or(now, |t| t + period),
            Quota::Fading { period, .. } => self.at + period,
        }
    }

    fn limit(&self) -> f64 {
        match self.quota {
            Quota::Window { limit, .. }
            | Quota::Sliding { limit, .. }
            | Quota::Fading { limit, .. } => limit,
            Quota::Bucket { burst, .. } => burst,
        }
    }
}

/// A server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    meters: Vec<Meter>,
    charged: bool,
    change: Option<(f64, Quota)>,
    /// Another client: calls a second, and when its next one comes.
    other: Option<(f64, f64)>,
    random: Random,
}

impl Server {
    pub(crate) fn new(quotas: &[Quota], seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x07e5);
        Self {
            meters: quotas.iter().map(|&q| Meter::new(q, &mut random)).collect(),
            charged: false,
            change: None,
            other: None,
            random,
        }
    }

    pub(crate) fn charged(mut self, charged: bool) -> Self {
        self.charged = charged;
        self
    }

    pub(crate) fn change(mut self, change: Option<(f64, Quota)>) -> Self {
        self.change = change;
        self
    }

    pub(crate) fn other(mut self, rate: Option<f64>) -> Self {
        self.other = rate.map(|rate| (rate, 0.0));
        self
    }

    fn advance(&mut self, now: f64) {
        if let Some((at, quota)) = self.change.take_if(|(at, _)| now >= *at) {
            for meter in &mut self.meters {
                meter.advance(at);
                meter.quota = quota;
            }
        }
        while let Some((rate, next)) = self.other {
            if next > now {
                break;
            }
            // Like arrivals of many: the gaps are exponential.
            let gap = -(1.0 - self.random.unit()).ln() / rate;
            self.other = Some((rate, next + gap));
            self.step(next);
            if self.left(next) >= 1.0 - 1e-9 {
                self.take(next);
            }
        }
        self.step(now);
    }

    fn step(&mut self, now: f64) {
        for meter in &mut self.meters {
            meter.advance(now);
        }
    }

    fn left(&self, now: f64) -> f64 {
        self.meters
            .iter()
            .map(|meter| meter.left(now))
            .fold(f64::MAX, f64::min)
    }

    fn take(&mut self, now: f64) {
        for meter in &mut self.meters {
            meter.take(now);
        }
    }

    /// A call arrives.
    pub(crate) fn arrive(&mut self, now: f64) -> Verdict {
        self.advance(now);
        let admitted = self.left(now) >= 1.0 - 1e-9;
        if admitted {
            self.take(now);
        } else if self.charged {
            for meter in &mut self.meters {
                // A refused call costs what is there, and windows go on counting.
                match meter.quota {
                    Quota::Bucket { .. } => meter.level = (meter.level - 1.0).max(0.0),
                    _ => meter.level += 1.0,
                }
            }
        }
        let tightest = self
            .meters
            .iter()
            .min_by(|a, b| a.left(now).total_cmp(&b.left(now)));
        let (limit, reset) = tightest.map_or((0.0, now), |m| (m.limit(), m.reset(now)));
        Verdict {
            admitted,
            limit: limit as u64,
            remaining: (self.left(now) + 1e-9).max(0.0) as u64,
            reset,
            next: self.next(now),
            bucket: tightest.is_some_and(|m| matches!(m.quota, Quota::Bucket { .. })),
        }
    }

    fn next(&self, now: f64) -> f64 {
        self.meters
            .iter()
            .map(|meter| meter.next(now))
            .fold(now, f64::max)
    }

    /// Lets a call in at the first moment from `now` on: what nobody can beat.
    pub(crate) fn admit_soonest(&mut self, now: f64) -> f64 {
        let mut at = now;
        loop {
            self.advance(at);
            let next = self.next(at);
            if next <= at {
                self.take(at);
                return at;
            }
            at = next;
            if let Some((change, _)) = self.change
                && (now..next).contains(&change)
            {
                at = change;
            }
        }
    }
}
