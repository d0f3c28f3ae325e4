//! One run: workers, a policy, a server, and a heap of events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::limit::Observation;
use crate::limit::headers::Reset;
use crate::policy::{Ask, Policy, Rival};
use crate::random::Random;
use crate::scenario::Scenario;
use crate::server::{Style, Verdict};

/// A run that takes longer than this many ideal times hangs.
const WATCHDOG: f64 = 60.0;

/// Where the wall clock stands when a run begins: some second in 2026, so that minutes begin elsewhere
/// than runs do.
const BEGINNING_MILLIS: i64 = 1_790_000_023_417;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// The time that nobody could beat, over the time taken.
    pub goodput: f64,
    /// Answers of 429 per 100 successes.
    pub refused: f64,
    /// Calls sent, refused ones too.
    pub calls: u64,
    /// Calls sent before a `Retry-After` had passed.
    pub early: u64,
    /// The run was given up by the watchdog.
    pub hung: bool,
    /// Seconds of virtual time.
    pub time: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Answer(u32),
    Wake,
}

struct Flight {
    worker: u32,
    verdict: Verdict,
    arrival: u64,
}

fn latency(random: &mut Random, factor: f64) -> (u64, u64) {
    let mut millis = 80.0 + 120.0 * random.unit();
    if random.unit() < 0.02 {
        millis += 600.0;
    }
    let total = (millis * factor * 1e6) as u64;
    // The way there and back are not alike.
    let up = (total as f64 * (0.3 + 0.4 * random.unit())) as u64;
    (up, total - up)
}

/// The ideal: as many workers, told by the server when each call would be let in.
fn ideal(scenario: &Scenario, seed: u64) -> f64 {
    let mut server = scenario.fair_server(seed);
    let mut random = Random::new(seed);
    // Calls on their way, by arrival, with the time that their answers need.
    let mut arriving: BinaryHeap<Reverse<(u64, u64)>> = BinaryHeap::new();
    let mut left = scenario.calls;
    let (mut last, mut end) = (0.0_f64, 0);
    for _ in 0..left.min(u64::from(scenario.width)) {
        left -= 1;
        arriving.push(Reverse(latency(&mut random, scenario.latency)));
    }
    while let Some(Reverse((arrival, down))) = arriving.pop() {
        last = server.admit_soonest((arrival as f64 / 1e9).max(last));
        let done = (last * 1e9) as u64 + down;
        end = end.max(done);
        if left > 0 {
            left -= 1;
            let (up, down) = latency(&mut random, scenario.latency);
            arriving.push(Reverse((done + up, down)));
        }
    }
    end as f64 / 1e9
}

fn observation(style: Style, verdict: &Verdict, sent_at: f64, now: u64) -> Observation {
    let mut seen = Observation {
        status: if verdict.admitted { 200 } else { 429 },
        ..Observation::default()
    };
    let counts = match style {
        Style::Silent | Style::RetryAfter | Style::Short => false,
        Style::Refusal => !verdict.admitted,
        _ => true,
    };
    if counts {
        seen.limit = Some(verdict.limit);
        seen.remaining = Some(verdict.remaining);
    }
    let (unit, grain) = match style {
        Style::Minute => (60_000, Duration::from_secs(60)),
        Style::Second => (1000, Duration::from_secs(1)),
        _ => (1, Duration::ZERO),
    };
    if counts && style != Style::Remaining {
        let reset = match (style, verdict.bucket) {
            (Style::Next, true) => verdict.next,
            (Style::Early, _) => verdict.reset - 2.0,
            _ => verdict.reset,
        };
        let wall = BEGINNING_MILLIS + (reset * 1000.0).ceil() as i64;
        let millis = wall - wall.rem_euclid(unit) - BEGINNING_MILLIS - (now / 1_000_000) as i64;
        seen.reset = Some(Reset { millis, grain });
    }
    let waits = matches!(style, Style::RetryAfter | Style::Both | Style::Short);
    if waits && !verdict.admitted {
        let left = verdict.next - sent_at;
        let wait = match style {
            Style::Short => left.floor(),
            _ => left.ceil().max(1.0),
        };
        seen.retry_after = Some(Duration::from_secs_f64(wait));
    }
    seen
}

/// Runs a scenario under a policy.
pub fn run(scenario: &Scenario, rival: Rival, seed: u64) -> Outcome {
    let best = ideal(scenario, seed);
    let mut server = scenario.server(seed);
    let mut policy = Policy::new(rival, scenario, seed);
    let mut random = Random::new(seed);
    let mut events: BinaryHeap<Reverse<(u64, u64, Event)>> = BinaryHeap::new();
    let mut flights: Vec<Option<Flight>> = (0..scenario.width).map(|_| None).collect();
    let mut order = 0_u64;
    let mut arrivals: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let mut outcome = Outcome::default();
    let (mut left, mut done, mut refused) = (scenario.calls, 0_u64, 0_u64);
    let mut now = 0_u64;
    let mut quiet_until = 0_u64;
    let mut wake_at = u64::MAX;
    let limit = best * WATCHDOG + 600.0;
    for worker in 0..scenario.width {
        if left > 0 {
            left -= 1;
            policy.submit(now, worker, false);
        }
    }
    loop {
        loop {
            match policy.ask(now) {
                Ask::Send(worker) => {
                    outcome.calls += 1;
                    outcome.early += u64::from(now < quiet_until);
                    let (up, down) = latency(&mut random, scenario.latency);
                    let blank = Verdict {
                        admitted: false,
                        limit: 0,
                        remaining: 0,
                        reset: 0.0,
                        next: 0.0,
                        bucket: false,
                    };
                    flights[worker as usize] = Some(Flight {
                        worker,
                        verdict: blank,
                        arrival: now + up,
                    });
                    arrivals.push(Reverse((now + up, worker)));
                    order += 1;
                    events.push(Reverse((now + up + down, order, Event::Answer(worker))));
                }
                Ask::At(time) => {
                    let time = time.max(now + 1);
                    if time < wake_at || wake_at <= now {
                        wake_at = time;
                        order += 1;
                        events.push(Reverse((time, order, Event::Wake)));
                    }
                    break;
                }
                Ask::Idle => break,
            }
        }
        let Some(Reverse((time, _, event))) = events.pop() else {
            outcome.hung = done < scenario.calls;
            break;
        };
        now = time;
        if wake_at <= now {
            wake_at = u64::MAX;
        }
        if now as f64 / 1e9 > limit {
            outcome.hung = true;
            break;
        }
        // What reached the server up to now, in the order in which it did.
        while let Some(&Reverse((at, worker))) = arrivals.peek() {
            if at > now {
                break;
            }
            arrivals.pop();
            if let Some(flight) = &mut flights[worker as usize] {
                flight.verdict = server.arrive(at as f64 / 1e9);
            }
        }
        let Event::Answer(worker) = event else {
            continue;
        };
        let Some(flight) = flights[worker as usize].take() else {
            continue;
        };
        let seen = observation(
            scenario.style,
            &flight.verdict,
            flight.arrival as f64 / 1e9,
            now,
        );
        if let Some(wait) = seen.retry_after {
            quiet_until = quiet_until.max(now + wait.as_nanos() as u64);
        }
        policy.answer(now, worker, &seen);
        if flight.verdict.admitted {
            done += 1;
            if done == scenario.calls {
                break;
            }
            if left > 0 {
                left -= 1;
                policy.submit(now, flight.worker, false);
            }
        } else {
            refused += 1;
            policy.submit(now, flight.worker, true);
        }
    }
    outcome.time = now as f64 / 1e9;
    outcome.goodput = best / outcome.time.max(1e-9) * f64::from(u8::from(!outcome.hung));
    outcome.refused = 100.0 * refused as f64 / done.max(1) as f64;
    outcome
}
