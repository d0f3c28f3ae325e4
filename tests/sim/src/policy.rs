//! Who decides when to send: the limiter, and those that it is compared with.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use crate::limit::{Config, Decision, Limiter, Observation, Permit, Ticket};
use crate::random::Random;
use crate::scenario::Scenario;

/// A policy to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rival {
    /// The facade's own.
    Limiter,
    /// Each task for itself: full jitter, 1 s doubled up to 20 s.
    Backoff,
    /// `Remaining` spread evenly until `Reset`, and backoff after a refusal.
    Even,
    /// The adaptive mode of AWS's SDKs.
    Adaptive,
}

/// What to do now.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    Send(u32),
    /// Ask again then.
    At(u64),
    /// Ask again after an answer.
    Idle,
}

pub(crate) struct Policy {
    /// Refusals in a row, per worker.
    tries: Vec<u32>,
    inner: Inner,
}

enum Inner {
    Limiter(Box<Shared>),
    Alone(Alone),
}

struct Shared {
    limiter: Limiter,
    queue: VecDeque<(Ticket, u32)>,
    permits: Vec<Option<Permit>>,
}

struct Alone {
    rival: Rival,
    random: Random,
    /// Workers that want to send, by the moment from which they may.
    waiting: BinaryHeap<Reverse<(u64, u64, u32)>>,
    order: u64,
    /// Even pacing: the gap between calls, and the next one's moment.
    gap: f64,
    next: u64,
    cubic: Cubic,
}

impl Policy {
    pub(crate) fn new(rival: Rival, scenario: &Scenario, seed: u64) -> Self {
        let inner = match rival {
            Rival::Limiter => Inner::Limiter(Box::new(Shared {
                limiter: Limiter::new(&Config {
                    max_in_flight: 32,
                    seed,
                    ..Config::default()
                }),
                queue: VecDeque::new(),
                permits: (0..scenario.width).map(|_| None).collect(),
            })),
            _ => Inner::Alone(Alone {
                rival,
                random: Random::new(seed ^ 0xa10e),
                waiting: BinaryHeap::new(),
                order: 0,
                gap: 0.0,
                next: 0,
                cubic: Cubic::default(),
            }),
        };
        Self {
            tries: vec![0; scenario.width as usize],
            inner,
        }
    }

    /// A worker has a call to send, its last one having been answered.
    pub(crate) fn submit(&mut self, now: u64, worker: u32, refused: bool) {
        let tries = &mut self.tries[worker as usize];
        *tries = if refused { *tries + 1 } else { 0 };
        match &mut self.inner {
            Inner::Limiter(shared) => {
                let ticket = shared.limiter.enqueue();
                shared.queue.push_back((ticket, worker));
            }
            Inner::Alone(alone) => alone.submit(now, worker, *tries),
        }
    }

    pub(crate) fn ask(&mut self, now: u64) -> Ask {
        match &mut self.inner {
            Inner::Limiter(shared) => shared.ask(now),
            Inner::Alone(alone) => alone.ask(now),
        }
    }

    pub(crate) fn answer(&mut self, now: u64, worker: u32, seen: &Observation) {
        match &mut self.inner {
            Inner::Limiter(shared) => {
                if let Some(permit) = shared.permits[worker as usize].take() {
                    let now = Duration::from_nanos(now);
                    shared.limiter.on_response(permit, now, seen);
                }
            }
            Inner::Alone(alone) => alone.answer(now, seen),
        }
    }
}

impl Shared {
    fn ask(&mut self, now: u64) -> Ask {
        let Some(&(ticket, worker)) = self.queue.front() else {
            return Ask::Idle;
        };
        match self.limiter.poll_acquire(Duration::from_nanos(now), ticket) {
            Decision::Ready(permit) => {
                self.queue.pop_front();
                self.permits[worker as usize] = Some(permit);
                Ask::Send(worker)
            }
            Decision::WaitUntil(time) => Ask::At(time.as_nanos() as u64),
            Decision::WaitForChange => Ask::Idle,
        }
    }
}

impl Alone {
    fn submit(&mut self, now: u64, worker: u32, tries: u32) {
        let wait = if tries == 0 {
            0.0
        } else {
            self.random.unit() * f64::from(1u32 << (tries - 1).min(10)).min(20.0)
        };
        self.order += 1;
        let at = now + (wait * 1e9) as u64;
        self.waiting.push(Reverse((at, self.order, worker)));
    }

    fn ask(&mut self, now: u64) -> Ask {
        let Some(&Reverse((at, _, worker))) = self.waiting.peek() else {
            return Ask::Idle;
        };
        let at = match self.rival {
            Rival::Even => at.max(self.next),
            Rival::Adaptive if at <= now => self.cubic.ready(now),
            _ => at,
        };
        if at > now {
            return Ask::At(at);
        }
        self.waiting.pop();
        self.next = now + (self.gap * 1e9) as u64;
        self.cubic.take();
        Ask::Send(worker)
    }

    fn answer(&mut self, now: u64, seen: &Observation) {
        let refused = seen.status == 429;
        if let (Some(left), Some(reset)) = (seen.remaining, seen.reset) {
            let seconds = reset.millis.max(0) as f64 / 1000.0;
            self.gap = seconds / left.max(1) as f64;
            if left == 0 {
                self.next = self.next.max(now + (seconds * 1e9) as u64);
            }
        }
        self.cubic.answer(now, refused);
    }
}

/// The rate control of AWS's adaptive retry mode: a token bucket whose rate follows a cubic curve.
#[derive(Default)]
struct Cubic {
    enabled: bool,
    rate: f64,
    capacity: f64,
    tokens: f64,
    filled_at: f64,
    measured: f64,
    bucket: f64,
    counted: u32,
    last_max: f64,
    throttled_at: f64,
    window: f64,
}

impl Cubic {
    const BETA: f64 = 0.7;
    const SCALE: f64 = 0.4;
    const SMOOTH: f64 = 0.8;
    const LEAST: f64 = 0.5;

    fn fill(&mut self, now: f64) {
        self.tokens = (self.tokens + (now - self.filled_at) * self.rate).min(self.capacity);
        self.filled_at = now;
    }

    fn ready(&mut self, now: u64) -> u64 {
        if !self.enabled {
            return now;
        }
        self.fill(now as f64 / 1e9);
        if self.tokens >= 1.0 - 1e-9 {
            return now;
        }
        now + ((1.0 - self.tokens) / self.rate * 1e9).ceil() as u64
    }

    fn take(&mut self) {
        if self.enabled {
            self.tokens -= 1.0;
        }
    }

    fn answer(&mut self, now: u64, refused: bool) {
        let now = now as f64 / 1e9;
        // The measured rate counts answers in half seconds.
        self.counted += 1;
        let bucket = (now * 2.0).floor() / 2.0;
        if bucket > self.bucket {
            let rate = f64::from(self.counted) / (bucket - self.bucket);
            self.measured = rate * Self::SMOOTH + self.measured * (1.0 - Self::SMOOTH);
            self.counted = 0;
            self.bucket = bucket;
        }
        let wanted = if refused {
            let used = if self.enabled {
                self.measured.min(self.rate)
            } else {
                self.measured
            };
            self.last_max = used;
            self.window = (used * (1.0 - Self::BETA) / Self::SCALE).cbrt();
            self.throttled_at = now;
            if !self.enabled {
                self.enabled = true;
                self.filled_at = now;
            }
            used * Self::BETA
        } else {
            self.window = (self.last_max * (1.0 - Self::BETA) / Self::SCALE).cbrt();
            Self::SCALE * (now - self.throttled_at - self.window).powi(3) + self.last_max
        };
        self.fill(now);
        self.rate = wanted.min(2.0 * self.measured).max(Self::LEAST);
        self.capacity = self.rate.max(1.0);
        self.tokens = self.tokens.min(self.capacity);
    }
}
