//! How fast to send to a bucket that says nothing.

use std::collections::VecDeque;

use super::{Time, seconds};

/// Right after a refusal the pace is this part of what the server is thought to sustain, until the
/// bucket has saved so many calls: they are not lost, and chance does not empty it again at once.
const EASE: f64 = 0.75;
const SAVING: f64 = 6.0;
/// How long to keep to a rate before trying for more, in seconds: at first, and at most.
const HOLD: f64 = 5.0;
const LONGEST_HOLD: f64 = 20.0;
/// How fast the tries grow, per second squared.
const GROWTH: f64 = 0.004;
/// Calls a second, however little was let in before the first refusal, and at the very least.
const FIRST_RATE: f64 = 1.0;
const LEAST_RATE: f64 = 0.01;
/// A measurement takes as many calls as this, from several refusals if need be: fewer say little.
const ENOUGH: u64 = 20;
/// How much lateness of a wake-up may be caught up, in seconds: timers tick in milliseconds.
const CATCH_UP: f64 = 0.005;

/// Learns the sustained rate from one refusal to another: between two moments at which the bucket was
/// empty, what was let in is what was refilled, but for what spilled over.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// None until a bucket has refused something: then width and latency alone set the speed.
    learned: Option<Learned>,
    /// The last refusals, oldest first: when, and how many calls had been let in by then.
    marks: VecDeque<(Time, u64)>,
    /// The calls of the first burst, and its seconds.
    burst: (f64, f64),
    /// No call before this.
    next: Time,
}

#[derive(Clone, Copy, Debug)]
struct Learned {
    /// Calls a second that the server is thought to sustain.
    rate: f64,
    /// The refusal that taught it, and when calls went on after it.
    at: Time,
    resumed: Time,
    hold: f64,
    /// How long the pace stays below the rate, in seconds.
    ease: f64,
    /// Measured between two refusals, and not guessed from the first one.
    measured: bool,
    /// There was a long pause: the bucket was full when calls went on.
    full: bool,
}

impl Learned {
    /// The pace at a moment.
    fn pace(&self, now: Time) -> f64 {
        let age = now.saturating_sub(self.at).as_secs_f64();
        // A slow server is given as many calls to show its rate as a fast one.
        let slow = (5.0 / self.rate).clamp(1.0, 20.0);
        let hold = self.hold * slow;
        let over = (age - hold).max(0.0) / slow;
        let factor = if !self.measured {
            (0.2 * over).min(20.0).exp()
        } else if over > 0.0 {
            // Gently past the known rate, then ever faster: a limit that was raised is found soon.
            (GROWTH * over * over).min(20.0).exp()
        } else {
            (EASE + (1.0 - EASE) * age / self.ease).min(1.0)
        };
        self.rate * factor
    }

    /// The rate at which a bucket of `size` would have become empty just now, after letting in
    /// `calls` since the last refusal.
    fn refill(&self, now: Time, calls: f64, size: f64) -> f64 {
        const STEPS: u32 = 64;
        let elapsed = now.saturating_sub(self.at).as_secs_f64().max(0.05);
        let step = elapsed / f64::from(STEPS);
        let moments = (0..STEPS).map(|i| self.at + seconds(step * (f64::from(i) + 0.5)));
        let sent: Vec<f64> = moments
            .map(|t| if t < self.resumed { 0.0 } else { self.pace(t) })
            .collect();
        let begin = if self.full { size } else { 0.0 };
        let scale = calls / sent.iter().sum::<f64>().max(1e-9);
        let left = |rate: f64| {
            let level =
                |level: f64, s: &f64| (level + rate * step).min(size.max(s * scale)) - s * scale;
            sent.iter().fold(begin, level)
        };
        let mut low = (calls - begin).max(0.0) / elapsed;
        let mut high = self.pace(now).max(low);
        for _ in 0..16 {
            let middle = (low + high) / 2.0;
            if left(middle) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
        }
        low
    }
}

/// A refusal that did not last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    /// When it was heard.
    pub(crate) at: Time,
    /// When the refused call had been sent.
    pub(crate) refused: Time,
    /// When the first call was sent that was let in again.
    pub(crate) resumed: Time,
    /// When sending began.
    pub(crate) since: Time,
    /// The calls let in from then until the refusal.
    pub(crate) admitted: u64,
    /// No more calls a second than this can have come back meanwhile.
    pub(crate) most: f64,
}

impl Pace {
    /// A bucket refused something.
    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        let Refusal {
            at,
            refused,
            resumed,
            since,
            admitted,
            most,
        } = *refusal;
        let learned = match self.learned {
            // What came first was the burst that a full bucket allows. The longer it went on, the more
            // of it was refill.
            None => {
                let elapsed = at.saturating_sub(since).as_secs_f64().max(0.05);
                let calls = admitted as f64;
                let share = 0.7 + 0.3 * (elapsed / 20.0).min(1.0);
                self.burst = (calls, refused.saturating_sub(since).as_secs_f64());
                Learned {
                    rate: (calls / elapsed * share)
                        .max(FIRST_RATE)
                        .min(most)
                        .max(LEAST_RATE),
                    at,
                    resumed,
                    hold: 1.0,
                    ease: 0.0,
                    measured: false,
                    full: false,
                }
            }
            Some(last) => {
                let seen = self
                    .seen(&last, at, admitted)
                    .min(2.5 * most)
                    .max(LEAST_RATE);
                let steady = last.measured && (0.85..1.15).contains(&(seen / last.rate));
                let gain = if steady { 0.5 } else { 1.0 };
                let rate = last.rate + gain * (seen - last.rate);
                let saving = (self.size(rate) / 3.0).min(SAVING);
                Learned {
                    rate,
                    ease: saving / rate * 2.0 / (1.0 - EASE),
                    at,
                    resumed,
                    hold: if steady && self.size(last.rate) > 3.0 {
                        (last.hold * 1.5).min(LONGEST_HOLD)
                    } else {
                        HOLD
                    },
                    measured: true,
                    full: false,
                }
            }
        };
        self.next = resumed.saturating_add(seconds(1.0 / learned.pace(resumed)));
        self.learned = Some(learned);
        if self.marks.len() == 16 {
            self.marks.pop_front();
        }
        self.marks.push_back((at, admitted));
    }

    /// Nothing was sent for a while, for another reason than the pace: it goes on where it was.
    pub(crate) fn paused(&mut self, from: Time, to: Time) {
        let pause = to.saturating_sub(from);
        if let Some(learned) = &mut self.learned {
            learned.at += pause;
            learned.resumed += pause;
            learned.full = true;
        }
        for mark in &mut self.marks {
            mark.0 += pause;
        }
    }

    /// The size of the bucket: what of the first burst was not refilled meanwhile.
    fn size(&self, rate: f64) -> f64 {
        (self.burst.0 - rate * self.burst.1).max(1.0)
    }

    /// What the server has sustained up to this refusal.
    fn seen(&self, last: &Learned, at: Time, admitted: u64) -> f64 {
        let since = self.marks.back().map_or(0, |mark| mark.1);
        let calls = admitted.saturating_sub(since);
        if calls >= ENOUGH {
            return last.refill(at, calls as f64, self.size(last.rate));
        }
        let enough = |mark: &&(Time, u64)| mark.1 + ENOUGH <= admitted;
        let from = self.marks.iter().rev().find(enough).or(self.marks.front());
        let (from, before) = *from.unwrap_or(&(last.at, since));
        let elapsed = at.saturating_sub(from).as_secs_f64().max(0.05);
        admitted.saturating_sub(before) as f64 / elapsed
    }

    /// Calls a second at this moment; None if nothing holds them back.
    pub(crate) fn rate(&self, now: Time) -> Option<f64> {
        self.learned.as_ref().map(|learned| learned.pace(now))
    }

    /// The moment from which a call may go.
    pub(crate) fn next(&self) -> Time {
        self.next
    }

    /// A call goes now.
    pub(crate) fn sent(&mut self, now: Time) {
        let Some(rate) = self.rate(now) else { return };
        let from = self.next.max(now.saturating_sub(seconds(CATCH_UP)));
        self.next = from.saturating_add(seconds(1.0 / rate));
    }
}
