//! What is learned from servers. The simulator in `tests/sim` has the large table; these are the
//! smallest servers that show each lesson.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::super::headers::Reset;
use super::super::{Config, Decision, Limiter, Observation, Time};

/// What a run came to.
#[derive(Debug)]
struct Run {
    seconds: f64,
    /// When calls were refused, in seconds.
    refused: Vec<f64>,
    limiter: Limiter,
    end: Time,
}

/// Lets eight tasks make `calls` calls, each 100 ms there and 100 ms back. The server is asked with the
/// seconds of the arrival.
fn run(config: &Config, calls: usize, mut server: impl FnMut(f64) -> Observation) -> Run {
    let mut limiter = Limiter::new(config);
    let (mut now, mut left, mut done) = (Duration::ZERO, calls, 0);
    let mut waiting = 0;
    let mut flying = BinaryHeap::new();
    let mut permits = Vec::new();
    let mut refused = Vec::new();
    for _ in 0..200_000 {
        while waiting + flying.len() < 8 && left > 0 {
            left -= 1;
            waiting += 1;
        }
        let mut wake = None;
        while waiting > 0 {
            let ticket = limiter.enqueue();
            match limiter.poll_acquire(now, ticket) {
                Decision::Ready(permit) => {
                    waiting -= 1;
                    flying.push(Reverse((now + Duration::from_millis(200), permits.len())));
                    let answer = server((now + Duration::from_millis(100)).as_secs_f64());
                    permits.push(Some((permit, answer)));
                }
                decision => {
                    limiter.cancel(ticket);
                    if let Decision::WaitUntil(time) = decision {
                        wake = Some(time);
                    }
                    break;
                }
            }
        }
        let answered = flying.peek().map(|Reverse((time, _))| *time);
        now = match (wake, answered) {
            (Some(wake), Some(answered)) => wake.min(answered),
            (wake, answered) => match wake.or(answered) {
                Some(time) => time,
                None => break,
            },
        };
        while let Some(&Reverse((time, index))) = flying.peek() {
            if time > now {
                break;
            }
            flying.pop();
            let (permit, answer) = permits[index].take().unwrap();
            limiter.on_response(permit, now, &answer);
            if answer.status == 429 {
                refused.push(now.as_secs_f64());
                waiting += 1;
            } else {
                done += 1;
            }
        }
    }
    assert_eq!(done, calls, "not finished");
    Run {
        seconds: now.as_secs_f64(),
        refused,
        limiter,
        end: now,
    }
}

fn plain(admitted: bool) -> Observation {
    Observation {
        status: if admitted { 200 } else { 429 },
        ..Observation::default()
    }
}

fn reset(answer: Observation, seconds: f64) -> Observation {
    Observation {
        reset: Some(Reset {
            millis: (seconds * 1000.0).ceil() as i64,
            grain: Duration::ZERO,
        }),
        ..answer
    }
}

/// A bucket; the second number is what is left after the call.
fn bucket(rate: impl Fn(f64) -> f64, burst: f64) -> impl FnMut(f64) -> (bool, f64) {
    let (mut level, mut at) = (burst, 0.0);
    move |now| {
        level = f64::min(level + (now - at) * rate(now), burst);
        at = now;
        let admitted = level >= 1.0;
        level -= f64::from(u8::from(admitted));
        (admitted, level)
    }
}

/// Windows by the clock, the first one `begun` seconds old: what is left, and until the reset.
fn window(limit: u32, period: f64, begun: f64) -> impl FnMut(f64) -> (bool, u32, f64) {
    let (mut current, mut count) = (0.0, 0);
    move |now| {
        let number = ((now + begun) / period).floor();
        if number > current {
            (current, count) = (number, 0);
        }
        let admitted = count < limit;
        count += u32::from(admitted);
        (
            admitted,
            limit - count,
            (number + 1.0) * period - begun - now,
        )
    }
}

#[test]
fn a_bucket_that_says_nothing_is_followed_at_its_rate() {
    let mut server = bucket(|_| 10.0, 20.0);
    let run = run(&Config::default(), 1020, |now| plain(server(now).0));
    assert!(run.seconds < 103.0, "{}", run.seconds);
    assert!(run.refused.len() <= 20, "{:?}", run.refused);
    let pace = run.limiter.snapshot(run.end).pace.unwrap();
    assert!((7.0..14.0).contains(&pace), "{pace}");
}

#[test]
fn a_rate_that_is_raised_or_cut_is_noticed() {
    let mut server = bucket(|now| if now < 100.0 { 5.0 } else { 15.0 }, 20.0);
    let raised = run(&Config::default(), 2000, |now| plain(server(now).0));
    // Ideal: 520 in the first 100 s, 1480 in 98.7 s.
    assert!(raised.seconds < 220.0, "{}", raised.seconds);
    let mut server = bucket(|now| if now < 50.0 { 20.0 } else { 4.0 }, 20.0);
    let cut = run(&Config::default(), 1500, |now| plain(server(now).0));
    // Ideal: 1020 in the first 50 s, 480 in 120 s.
    assert!(cut.seconds < 175.0, "{}", cut.seconds);
    assert!(cut.refused.len() <= 45, "{}", cut.refused.len());
}

#[test]
fn a_bucket_with_headers_is_followed_without_refusals() {
    let mut server = bucket(|_| 10.0, 20.0);
    let run = run(&Config::default(), 1020, |now| {
        let (admitted, level) = server(now);
        let answer = Observation {
            limit: Some(20),
            remaining: Some(level as u64),
            ..plain(admitted)
        };
        // When it will be full: a moment that moves.
        reset(answer, (20.0 - level) / 10.0)
    });
    assert!(run.seconds < 102.0, "{}", run.seconds);
    assert!(run.refused.len() <= 2, "{:?}", run.refused);
}

#[test]
fn a_window_with_headers_is_spent_and_awaited_without_refusals() {
    let mut server = window(100, 60.0, 20.0);
    let run = run(&Config::default(), 500, |now| {
        let (admitted, left, until) = server(now);
        let answer = Observation {
            limit: Some(100),
            remaining: Some(u64::from(left)),
            ..plain(admitted)
        };
        reset(answer, until - 0.1)
    });
    // The fifth window opens at 220 s.
    assert!(run.seconds < 225.0, "{}", run.seconds);
    assert!(run.refused.is_empty(), "{:?}", run.refused);
}

#[test]
fn windows_that_say_nothing_are_learned_by_counting() {
    let mut server = window(100, 60.0, 20.0);
    let run = run(&Config::default(), 800, |now| plain(server(now).0));
    // The eighth window opens at 400 s.
    assert!(run.seconds < 408.0, "{}", run.seconds);
    // What a window costs becomes less: its end is met by one call, and its opening soon exactly.
    let within = |from: f64, to: f64| {
        let times = run.refused.iter();
        times.filter(|&&time| time >= from && time < to).count()
    };
    assert!(within(0.0, 40.0) >= 8, "{:?}", run.refused);
    assert!(within(280.0, 400.0) <= 5, "{:?}", run.refused);
    let limits = run.limiter.snapshot(run.end);
    assert_eq!((limits.limit, limits.remaining), (Some(100), Some(0)));
    let next = limits.resets_at.unwrap().as_secs_f64();
    assert!((next - 460.0).abs() < 2.0, "{next}");
}

#[test]
fn the_phase_of_a_reset_that_is_cut_to_the_minute_is_remembered() {
    // Windows begin 20 s before the minute; the server names the minute before.
    let mut server = window(100, 60.0, 20.0);
    let run = run(&Config::default(), 800, |now| {
        let (admitted, left, until) = server(now);
        let minute = ((now + until) / 60.0).floor() * 60.0;
        Observation {
            limit: Some(100),
            remaining: Some(u64::from(left)),
            reset: Some(Reset {
                millis: ((minute - now - 0.1) * 1000.0) as i64,
                grain: Duration::from_secs(60),
            }),
            ..plain(admitted)
        }
    });
    assert!(run.seconds < 415.0, "{}", run.seconds);
    let late = run.refused.iter().filter(|&&time| time > 200.0).count();
    assert!(late <= 6, "{:?}", run.refused);
}

#[test]
fn what_is_told_only_with_a_refusal_is_no_credit() {
    let mut server = bucket(|_| 10.0, 20.0);
    let run = run(&Config::default(), 1020, |now| {
        let (admitted, level) = server(now);
        if admitted {
            return plain(true);
        }
        let answer = Observation {
            limit: Some(20),
            remaining: Some(0),
            ..plain(false)
        };
        reset(answer, (20.0 - level) / 10.0)
    });
    assert!(run.seconds < 106.0, "{}", run.seconds);
    assert!(run.refused.len() <= 25, "{:?}", run.refused);
}

#[test]
fn others_who_use_the_same_bucket_are_left_their_share() {
    let mut server = bucket(|_| 10.0, 20.0);
    let mut other = 0.0;
    let mut starved = 0;
    let run = run(&Config::default(), 500, |now| {
        while other <= now {
            starved += u32::from(!server(other).0);
            other += 0.2;
        }
        let (admitted, level) = server(now);
        let answer = Observation {
            limit: Some(20),
            remaining: Some(level as u64),
            ..plain(admitted)
        };
        reset(answer, (20.0 - level) / 10.0)
    });
    assert!(run.seconds < 100.0, "{}", run.seconds);
    assert!(run.refused.len() <= 5, "{:?}", run.refused);
    assert!(starved <= 15, "{starved}");
}
