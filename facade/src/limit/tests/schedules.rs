//! What must hold whatever servers answer, in whatever order, or not at all.

use std::time::Duration;

use proptest::prelude::*;

use super::super::headers::Reset;
use super::super::{Config, Decision, Limiter, Observation, Permit, Ticket, Time};

#[derive(Clone, Debug)]
enum Step {
    Enqueue,
    /// Asks for the first ticket; the number picks another one that must be refused.
    Ask(usize),
    /// A ticket is given up.
    Cancel(usize),
    /// So many milliseconds pass.
    Pass(u64),
    /// To the moment that the limiter has named.
    Sleep,
    /// One of the calls under way is answered.
    Answer(usize, Observation),
    /// Nothing is heard of it.
    Lose(usize),
    /// It was never sent.
    Unsent(usize),
}

fn observation() -> impl Strategy<Value = Observation> {
    let status = prop_oneof![
        4 => Just(200u16), 4 => Just(429u16), 1 => Just(500u16), 1 => Just(503u16)
    ];
    let reset = (
        -100_000..400_000i64,
        prop::sample::select(vec![0u64, 1, 60]),
    );
    (
        status,
        prop::option::weighted(0.2, 0..90u64),
        prop::option::of(prop::sample::select(vec![0u64, 1, 10, 100, 1000])),
        prop::option::of(0..120u64),
        prop::option::of(reset),
    )
        .prop_map(|(status, wait, limit, remaining, reset)| Observation {
            status,
            retry_after: wait.map(Duration::from_secs),
            limit,
            remaining,
            reset: reset.map(|(millis, grain)| Reset {
                millis,
                grain: Duration::from_secs(grain),
            }),
            window: None,
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Enqueue),
        6 => any::<usize>().prop_map(Step::Ask),
        1 => any::<usize>().prop_map(Step::Cancel),
        2 => (0..20_000u64).prop_map(Step::Pass),
        3 => Just(Step::Sleep),
        4 => (any::<usize>(), observation()).prop_map(|(i, o)| Step::Answer(i, o)),
        1 => any::<usize>().prop_map(Step::Lose),
        1 => any::<usize>().prop_map(Step::Unsent),
    ]
}

fn config() -> impl Strategy<Value = Config> {
    (
        prop::option::weighted(0.3, 0.1..50.0f64),
        1..40u32,
        prop::option::weighted(0.3, (1..300u64, 1..120u64)),
        any::<u64>(),
    )
        .prop_map(|(max_rate, max_in_flight, known, seed)| Config {
            max_rate,
            max_in_flight,
            documented: known.map(|(limit, s)| (limit, Duration::from_secs(s))),
            seed,
        })
}

/// The limiter with everything that a driver has to remember, and the rules.
struct Driver {
    limiter: Limiter,
    config: Config,
    now: Time,
    queue: Vec<Ticket>,
    flying: Vec<Permit>,
    /// The end of the longest `Retry-After` so far.
    floor: Time,
    wake: Option<Time>,
    sent: Vec<Time>,
}

impl Driver {
    fn new(config: Config) -> Self {
        Self {
            limiter: Limiter::new(&config),
            config,
            now: Duration::ZERO,
            queue: Vec::new(),
            flying: Vec::new(),
            floor: Duration::ZERO,
            wake: None,
            sent: Vec::new(),
        }
    }

    fn ask(&mut self, other: usize) {
        let Some(&head) = self.queue.first() else {
            return;
        };
        if let Some(&behind) = self.queue.get(1 + other % self.queue.len()) {
            let decision = self.limiter.poll_acquire(self.now, behind);
            assert!(matches!(decision, Decision::WaitForChange), "out of turn");
        }
        match self.limiter.poll_acquire(self.now, head) {
            Decision::Ready(permit) => {
                assert!(self.now >= self.floor, "sent before Retry-After had passed");
                self.queue.remove(0);
                self.flying.push(permit);
                self.sent.push(self.now);
                assert!(self.flying.len() <= self.config.max_in_flight as usize);
            }
            Decision::WaitUntil(time) => {
                assert!(time > self.now, "a wait that is over");
                let month = Duration::from_secs(32 * 24 * 3600);
                assert!(time <= self.now + month, "a wait without end");
                self.wake = Some(time);
            }
            Decision::WaitForChange => {
                assert!(
                    !self.flying.is_empty(),
                    "nothing under way, no timer, and tasks wait"
                );
            }
        }
        let snapshot = self.limiter.snapshot(self.now);
        assert_eq!(snapshot.in_flight as usize, self.flying.len());
        assert_eq!(snapshot.waiting, self.queue.len());
        let foreseen = self.limiter.forecast(self.now, self.queue.len());
        assert!(foreseen >= self.now.max(self.floor));
    }

    fn answer(&mut self, index: usize, seen: &Observation) {
        if self.flying.is_empty() {
            return;
        }
        let permit = self.flying.swap_remove(index % self.flying.len());
        if let (429 | 503, Some(wait)) = (seen.status, seen.retry_after) {
            self.floor = self.floor.max(self.now + wait);
        }
        self.limiter.on_response(permit, self.now, seen);
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Enqueue => self.queue.push(self.limiter.enqueue()),
            Step::Ask(other) => self.ask(other),
            Step::Cancel(index) => {
                if !self.queue.is_empty() {
                    let ticket = self.queue.remove(index % self.queue.len());
                    self.limiter.cancel(ticket);
                }
            }
            Step::Pass(millis) => self.now += Duration::from_millis(millis),
            Step::Sleep => self.now = self.now.max(self.wake.take().unwrap_or(self.now)),
            Step::Answer(index, seen) => self.answer(index, &seen),
            Step::Lose(index) | Step::Unsent(index) if !self.flying.is_empty() => {
                let permit = self.flying.swap_remove(index % self.flying.len());
                match step {
                    Step::Lose(_) => self.limiter.on_failure(permit, self.now),
                    _ => self.limiter.on_unsent(permit, self.now),
                }
            }
            Step::Lose(_) | Step::Unsent(_) => {}
        }
    }

    /// From here on the server lets everything in: everybody must get through.
    fn finish(&mut self, answer: &Observation) {
        for _ in 0..40 {
            self.queue.push(self.limiter.enqueue());
        }
        for turn in 0..20_000 {
            if self.queue.is_empty() && self.flying.is_empty() {
                return;
            }
            let before = self.flying.len();
            self.wake = None;
            self.ask(0);
            if self.flying.len() > before {
                continue;
            }
            // Half the time the answers come first, half the time the timer.
            match self.wake {
                Some(time) if self.flying.is_empty() || turn % 2 == 0 => {
                    self.now = time;
                }
                _ => {
                    self.now += Duration::from_nanos(100_000_001);
                    self.answer(0, answer);
                }
            }
        }
        panic!("livelock: {} wait in {:?}", self.queue.len(), self.limiter);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_schedule_keeps_the_rules(
        config in config(),
        steps in prop::collection::vec(step(), 0..300),
        last in observation(),
    ) {
        let mut driver = Driver::new(config);
        for step in steps {
            driver.apply(step);
        }
        // Only honest about letting in; whatever else it says.
        let last = Observation { status: 200, ..last };
        driver.finish(&last);
        let snapshot = driver.limiter.snapshot(driver.now);
        prop_assert_eq!((snapshot.in_flight, snapshot.waiting), (0, 0));
    }

    #[test]
    fn the_callers_ceiling_holds_whatever_the_server_allows(
        rate in 0.2..40.0f64,
        width in 1..20u32,
        calls in 5..60usize,
    ) {
        let config = Config { max_rate: Some(rate), max_in_flight: width, ..Config::default() };
        let mut driver = Driver::new(config);
        for _ in 0..calls {
            driver.apply(Step::Enqueue);
        }
        driver.finish(&Observation { status: 200, ..Observation::default() });
        let sent = &driver.sent;
        for (i, first) in sent.iter().enumerate() {
            for (n, last) in sent[i..].iter().enumerate().skip(1) {
                let allowed = (*last - *first).as_secs_f64() * rate + 1.0;
                // Lateness of a few milliseconds may be caught up.
                prop_assert!(n as f64 <= allowed + 0.01 * rate + 1e-6, "{n} calls, {allowed} allowed");
            }
        }
    }
}

fn ok(remaining: Option<u64>) -> Observation {
    Observation {
        status: 200,
        limit: remaining.map(|_| 100),
        remaining,
        reset: remaining.map(|_| Reset {
            millis: 60_000,
            grain: Duration::ZERO,
        }),
        ..Observation::default()
    }
}

/// Sends as many calls as may go at this moment.
fn burst(limiter: &mut Limiter, now: Time) -> Vec<Permit> {
    let mut permits = Vec::new();
    loop {
        let ticket = limiter.enqueue();
        match limiter.poll_acquire(now, ticket) {
            Decision::Ready(permit) => permits.push(permit),
            _ => {
                limiter.cancel(ticket);
                return permits;
            }
        }
    }
}

fn at(millis: u64) -> Time {
    Duration::from_millis(millis)
}

#[test]
fn what_is_under_way_is_subtracted_from_what_remains() {
    let mut limiter = Limiter::new(&Config::default());
    let mut first = burst(&mut limiter, at(0));
    assert_eq!(first.len(), 4);
    limiter.on_response(first.remove(0), at(100), &ok(Some(10)));
    // Ten are left by that answer; three of them are under way.
    let more = burst(&mut limiter, at(100));
    assert_eq!(more.len(), 7);
    let limits = limiter.snapshot(at(100));
    assert_eq!(
        (limits.limit, limits.remaining, limits.in_flight),
        (Some(100), Some(0), 10)
    );
    assert_eq!(limits.resets_at, Some(at(60_100)));
}

#[test]
fn a_late_answer_does_not_bring_credit_back() {
    let mut limiter = Limiter::new(&Config::default());
    let mut calls = burst(&mut limiter, at(0));
    let slow = calls.remove(0);
    limiter.on_response(calls.remove(0), at(100), &ok(Some(3)));
    // Sent before the last one was heard: an older, larger count.
    limiter.on_response(slow, at(101), &ok(Some(90)));
    assert_eq!(limiter.snapshot(at(101)).remaining, Some(1));
    // A smaller one counts, whatever its order.
    limiter.on_response(calls.remove(0), at(102), &ok(Some(2)));
    assert_eq!(limiter.snapshot(at(102)).remaining, Some(1));
}

#[test]
fn one_probe_goes_after_a_gate_and_the_rest_on_its_success() {
    let mut limiter = Limiter::new(&Config::default());
    let calls = burst(&mut limiter, at(0));
    let refused = Observation {
        status: 429,
        retry_after: Some(Duration::from_secs(5)),
        ..Observation::default()
    };
    for permit in calls {
        limiter.on_response(permit, at(100), &refused);
    }
    assert!(burst(&mut limiter, at(5_099)).is_empty());
    let mut probe = burst(&mut limiter, at(5_200));
    assert_eq!(probe.len(), 1);
    limiter.on_response(probe.remove(0), at(5_300), &ok(None));
    assert!(burst(&mut limiter, at(5_300)).len() > 1);
}

#[test]
fn a_lost_probe_is_followed_by_another() {
    let mut limiter = Limiter::new(&Config::default());
    let refused = Observation {
        status: 429,
        ..Observation::default()
    };
    for permit in burst(&mut limiter, at(0)) {
        limiter.on_response(permit, at(100), &refused);
    }
    let mut probe = burst(&mut limiter, at(1_000));
    assert_eq!(probe.len(), 1);
    limiter.on_failure(probe.remove(0), at(30_000));
    assert!(burst(&mut limiter, at(30_001)).is_empty(), "not at once");
    assert_eq!(burst(&mut limiter, at(32_000)).len(), 1);
}

#[test]
fn a_documented_limit_is_kept_before_anything_was_heard() {
    let mut limiter = Limiter::new(&Config::events());
    let mut sent = 0;
    let mut now = at(0);
    for _ in 0..50 {
        for permit in burst(&mut limiter, now) {
            sent += 1;
            now += at(100);
            limiter.on_response(permit, now, &ok(None));
        }
        now += at(100);
    }
    // The eleventh finds out whether the document still holds; the others go if it does not.
    assert!(sent >= 11);
    let refused = Observation {
        status: 429,
        ..Observation::default()
    };
    let mut limiter = Limiter::new(&Config::events());
    let (mut let_in, mut refusals) = (0, 0);
    let mut now = at(0);
    while now < at(59_000) {
        for permit in burst(&mut limiter, now) {
            let answer = if let_in < 10 {
                ok(None)
            } else {
                refused.clone()
            };
            if answer.status == 200 {
                let_in += 1;
            } else {
                refusals += 1;
            }
            limiter.on_response(permit, now + at(50), &answer);
        }
        now += at(100);
    }
    // One finds the end, one looks whether windows go by the clock.
    assert_eq!((let_in, refusals), (10, 2));
    assert_eq!(
        burst(&mut limiter, at(60_200)).len(),
        1,
        "then the next window"
    );
}

#[test]
fn a_forecast_counts_those_who_are_ahead() {
    let mut limiter = Limiter::new(&Config {
        max_rate: Some(2.0),
        ..Config::default()
    });
    assert_eq!(limiter.forecast(at(0), 10), at(5_000));
    let mut call = burst(&mut limiter, at(0));
    assert_eq!(call.len(), 1);
    // Ten are left until the reset in a minute.
    limiter.on_response(call.remove(0), at(100), &ok(Some(10)));
    assert_eq!(limiter.forecast(at(500), 9), at(5_000));
    assert_eq!(limiter.forecast(at(500), 10), at(60_100));
}
