//! How fast to send to a bucket that says nothing.

use super::{Time, seconds};

/// Right after a refusal the pace is this part of what the server is thought to sustain: the bucket
/// keeps the difference, so nothing is lost.
const EASE: f64 = 0.95;
/// How much lateness of a wake-up may be caught up, in seconds: timers tick in milliseconds.
const CATCH_UP: f64 = 0.005;

/// Learns the sustained rate from one refusal to the next: between two moments at which the bucket was
/// empty, what was let in is what was refilled.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// None until a bucket has refused something: then width and latency alone set the speed.
    learned: Option<Learned>,
    /// The last refusal: when, and how many calls had been let in by then.
    mark: Option<(Time, u64)>,
    /// No call before this.
    next: Time,
}

#[derive(Debug)]
struct Learned {
    /// Calls a second that the server is thought to sustain.
    rate: f64,
    /// When it was learned.
    at: Time,
    /// How long to keep to it before trying for more, in seconds.
    hold: f64,
    /// Measured between two refusals, and not guessed from the first one.
    measured: bool,
}

impl Pace {
    /// A refusal after which the server soon let a call in again. `since` is when sending began, and
    /// `admitted` counts the calls let in since then.
    pub(crate) fn refused(&mut self, at: Time, since: Time, admitted: u64) {
        let (from, before) = self.mark.unwrap_or((since, 0));
        let elapsed = at.saturating_sub(from).as_secs_f64().max(0.05);
        let calls = admitted.saturating_sub(before) as f64;
        let seen = calls / elapsed;
        self.mark = Some((at, admitted));
        self.learned = Some(match &self.learned {
            // What came first was the burst that a full bucket allows. The longer it went on, the more
            // of it was refill.
            None => Learned {
                rate: (seen * (0.5 + 0.5 * (elapsed / 20.0).min(1.0))).max(0.01),
                at,
                hold: 1.0,
                measured: false,
            },
            Some(last) => {
                // A few calls say little.
                let rate = seen.clamp(last.rate * 0.5, last.rate * 2.0);
                let steady = last.measured && (rate / last.rate - 1.0).abs() < 0.1;
                Learned {
                    rate: rate.max(0.01),
                    at,
                    hold: if steady { (last.hold * 1.5).min(20.0) } else { 5.0 },
                    measured: true,
                }
            }
        });
    }

    /// Calls a second at this moment; None if nothing holds them back.
    pub(crate) fn rate(&self, now: Time) -> Option<f64> {
        let learned = self.learned.as_ref()?;
        let age = now.saturating_sub(learned.at).as_secs_f64();
        let over = (age - learned.hold).max(0.0);
        let factor = if !learned.measured {
            (0.2 * over).min(20.0).exp()
        } else if over > 0.0 {
            // Gently past the known rate, then ever faster: a limit that was raised is found soon.
            (0.0025 * over * over).min(20.0).exp()
        } else {
            EASE + (1.0 - EASE) * age / learned.hold
        };
        Some(learned.rate * factor)
    }

    /// The moment from which a call may go.
    pub(crate) fn next(&self) -> Time {
        self.next
    }

    /// A call goes now.
    pub(crate) fn sent(&mut self, now: Time) {
        if let Some(rate) = self.rate(now) {
            let from = self.next.max(now.saturating_sub(seconds(CATCH_UP)));
            self.next = from + seconds(1.0 / rate);
        }
    }
}
