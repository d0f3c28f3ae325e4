//! What is remembered of windows: how much they let in, and when they open.

use std::time::Duration;

use super::{Time, seconds};

/// Periods that people choose, in seconds.
const USUAL: [u64; 16] = [
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 86400,
];

/// So many openings are believed unseen before one is looked for earlier.
const BLIND: u32 = 6;

/// An interval of time: after `low`, and not after `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) low: Time,
    pub(crate) high: Time,
}

impl Span {
    fn width(self) -> Duration {
        self.high.saturating_sub(self.low)
    }

    fn shifted(self, by: Duration) -> Self {
        Self {
            low: self.low + by,
            high: self.high + by,
        }
    }

    fn within(self, other: Self) -> Option<Self> {
        let both = Self {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        };
        (both.low <= both.high).then_some(both)
    }
}

/// The size of a window, learned by counting.
#[derive(Clone, Copy, Debug)]
struct Size {
    calls: f64,
    /// How far the counts were apart.
    spread: f64,
    /// The count before.
    last: f64,
    /// How often the same count was seen.
    sure: u32,
}

/// What one server's windows were like so far.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    size: Option<Size>,
    period: Option<Duration>,
    /// The period was told, or seen between two openings.
    sure: bool,
    /// Openings in a row before which nothing was refused for long: they may have been earlier.
    blind: u32,
    /// When the present window opened, as far as known.
    opened: Option<Span>,
    /// Calls let in since.
    count: u64,
    /// Calls let in since the end of a window was last tried out.
    untested: u64,
    /// A bucket refused something meanwhile: what was let in since tells nothing of windows.
    mixed: bool,
    /// When this server was first used.
    first: Option<Time>,
    /// How late the server was to open after the exact moment that it had announced.
    late: Duration,
}

impl Windows {
    pub(crate) fn documented(limit: u64, period: Duration) -> Self {
        Self {
            size: Some(Size {
                calls: limit as f64,
                spread: 0.0,
                last: limit as f64,
                sure: 1,
            }),
            period: Some(period),
            sure: true,
            ..Self::default()
        }
    }

    pub(crate) fn limit(&self) -> Option<u64> {
        self.size.map(|size| size.calls.round() as u64)
    }

    /// Calls left in this window, as far as its size is known for sure.
    pub(crate) fn left(&self, in_flight: u32) -> Option<u64> {
        let size = self.size.filter(|size| size.spread < 1.0)?;
        let used = self.count.saturating_add(u64::from(in_flight));
        Some((size.calls as u64).saturating_sub(used))
    }

    /// The server names the length of its windows.
    pub(crate) fn told(&mut self, period: Duration) {
        if self.period != Some(period) {
            self.period = Some(period);
            self.sure = true;
        }
    }

    /// A call goes out.
    pub(crate) fn sent(&mut self, now: Time) {
        self.first.get_or_insert(now);
        // A window may have gone by without ever being used up.
        if let (Some(opened), Some(period)) = (self.opened, self.period) {
            let end = opened.high + period;
            if self.sure && end <= now && !period.is_zero() {
                let missed = (now - opened.high).as_secs_f64() / period.as_secs_f64();
                self.opened = Some(opened.shifted(seconds(missed.floor() * period.as_secs_f64())));
                self.count = 0;
            }
        }
    }

    pub(crate) fn admitted(&mut self) {
        self.count += 1;
        self.untested += 1;
    }

    /// Calls that may be under way beside those counted, near the known end of a window.
    pub(crate) fn room(&self, in_flight: u32) -> Room {
        let Some(size) = self.size else {
            return Room::Open;
        };
        let end = (size.calls - size.spread).max(0.0);
        let (count, flying) = (self.count as f64, f64::from(in_flight));
        if count + flying + 1.0 <= end {
            return Room::Open;
        }
        // At the edge one by one; well past it, it is no longer there.
        let past = (count - (size.calls + size.spread)).max(0.0);
        if flying >= 1.0 + past / 2.0 {
            return Room::Wait;
        }
        let known = self.sure && size.sure >= 2 && size.spread < 1.0 && past == 0.0;
        if known && count >= size.calls && self.untested < 100 {
            return Room::Spent;
        }
        Room::Open
    }

    /// As much was let in as ever is.
    pub(crate) fn is_spent(&self) -> bool {
        self.size
            .is_some_and(|size| self.count as f64 >= 0.97 * (size.calls - size.spread) - 1.0)
    }

    /// A refusal that was no window's.
    pub(crate) fn interrupted(&mut self) {
        self.mixed = true;
    }

    /// Whether the period is known well enough to wait for.
    pub(crate) fn is_sure(&self) -> bool {
        self.sure
    }

    /// The window was used up after what was counted, as a refusal has shown.
    pub(crate) fn measured(&mut self) {
        self.untested = 0;
        let seen = self.count as f64;
        let Some(size) = &mut self.size else {
            self.size = Some(Size {
                calls: seen,
                spread: 0.0,
                last: seen,
                sure: 1,
            });
            return;
        };
        let off = (seen - size.calls).abs();
        let again = (seen - size.last).abs() <= 1.0;
        size.last = seen;
        if again && off > 1.0 {
            // Twice the same: the size has changed, or the first count went over several windows.
            (size.calls, size.spread, size.sure) = (seen, 0.0, 2);
        } else if off <= 1.0 {
            size.sure += 1;
            size.calls = size.calls.max(seen);
            size.spread /= 2.0;
        } else {
            size.sure = 1;
            size.spread = if size.spread > 0.0 {
                (size.spread + off) / 2.0
            } else {
                off / 2.0
            };
            size.calls += (seen - size.calls) / 2.0;
        }
    }

    /// A window opened. `refused` is when the last refused call was sent, `answered` when a call was
    /// known to be let in, `announced` the exact moment that the server had named.
    pub(crate) fn opened(
        &mut self,
        refused: Option<Time>,
        answered: Time,
        announced: Option<Span>,
    ) {
        self.count = 0;
        let low = refused.unwrap_or_else(|| answered.saturating_sub(Duration::from_millis(1)));
        let mut span = Span {
            low: low.min(answered),
            high: answered,
        };
        if let Some(told) = announced {
            if refused.is_some_and(|refused| refused > told.high) {
                self.late = self.late.max(answered.saturating_sub(told.high));
            }
            span = span.within(told).unwrap_or(span);
            span.high = answered;
        }
        let from = match self.opened {
            Some(last) => {
                // What was known of the phase still holds, one period later.
                if let Some(period) = self.period.filter(|_| self.sure) {
                    let before = last.shifted(period);
                    if before.low < span.high && before.low > span.low {
                        span.low = before.low;
                    }
                }
                Some((last, true))
            }
            None => self.first.map(|t| (Span { low: t, high: t }, false)),
        };
        let whole = !std::mem::take(&mut self.mixed);
        if let Some((last, between)) = from.filter(|_| whole) {
            let shortest = span.low.saturating_sub(last.high).as_secs_f64();
            let longest = span.high.saturating_sub(last.low).as_secs_f64();
            let seen = span.high.saturating_sub(last.high);
            let usual = USUAL
                .iter()
                .map(|&s| s as f64)
                .filter(|s| (shortest..=longest).contains(s))
                .min_by(|a, b| {
                    let off = |s: f64| (s - seen.as_secs_f64()).abs();
                    off(*a).total_cmp(&off(*b))
                });
            let agrees = self.period.is_some_and(|p| {
                let p = p.as_secs_f64();
                shortest <= p && p <= longest
            });
            if !agrees || !self.sure {
                // Where the openings were not met closely, several usual periods may fit.
                let close = longest < 2.5 * shortest;
                self.sure = between && close && (usual.is_some() || agrees);
                self.period = close.then(|| usual.map_or(seen, seconds));
            }
        }
        let period = self.period.unwrap_or_default();
        let met = refused.is_some_and(|refused| answered.saturating_sub(refused) < period / 2);
        self.blind = if met || announced.is_some() {
            0
        } else {
            self.blind + 1
        };
        self.opened = Some(span);
    }

    /// When the next window may open: by what the server says, narrowed by what is remembered.
    pub(crate) fn next(&self, told: Option<Span>) -> Option<Span> {
        let known = match (self.opened, self.period) {
            (Some(opened), Some(period)) => Some(opened.shifted(period)),
            (None, Some(period)) => self.first.map(|t| Span {
                low: t,
                high: t + period,
            }),
            _ => None,
        };
        match (told, known) {
            (Some(told), Some(known)) => {
                let told = Span {
                    low: told.low,
                    high: told.high + self.late,
                };
                Some(known.within(told).unwrap_or(told))
            }
            (Some(told), None) => Some(told),
            (None, known) => known,
        }
    }

    /// When to try, between `now` and the moment at which the window is open for sure.
    pub(crate) fn attempt(&self, span: Span, now: Time, step: Duration) -> Time {
        let fine = self
            .period
            .map_or(0.1, |p| (p.as_secs_f64() / 200.0).clamp(0.05, 5.0));
        // What was long taken for granted is looked at again.
        if self.blind >= BLIND && now < span.low {
            return now + span.low.saturating_sub(now) / 2;
        }
        if span.width() <= seconds(fine) {
            return span.high;
        }
        let middle = span.low + span.width() / 2;
        if self.sure {
            if middle > now { middle } else { span.high }
        } else if span.low > now {
            span.low
        } else {
            (now + step).min(span.high)
        }
    }

    /// When to try while nothing is known: after `step`, or at a usual period near it.
    pub(crate) fn guess(&self, now: Time, step: Duration) -> Time {
        let from = self.opened.map(|o| o.high).or(self.first).unwrap_or(now);
        let elapsed = now.saturating_sub(from);
        // Long windows are tried at longer intervals: each try is a refusal.
        let longest = (elapsed / 20).max(Duration::from_secs(15));
        let step = step.min(longest);
        let soon = now + Duration::from_millis(100);
        USUAL
            .iter()
            // The way there is not always as long as it was.
            .map(|&s| from + Duration::from_millis(s * 1000 + 150))
            .find(|&t| t > soon && t <= now + step + step / 2)
            .unwrap_or(now + step)
    }
}

/// Whether the window has room for another call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Room {
    /// As far as known.
    Open,
    /// First the calls under way must be answered.
    Wait,
    /// Used up: until the next one opens.
    Spent,
}
