//! The door on virtual time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::super::gate::{Gate, Pass, WouldWait};
use super::super::{Config, Observation};

fn answer(status: u16) -> Observation {
    Observation {
        status,
        ..Observation::default()
    }
}

fn refusal(seconds: u64) -> Observation {
    Observation {
        retry_after: Some(Duration::from_secs(seconds)),
        ..answer(429)
    }
}

async fn pass(gate: &Gate) -> Pass {
    gate.acquire(None).await.unwrap()
}

/// Closes the gate for so long.
async fn close(gate: &Gate, seconds: u64) {
    pass(gate).await.answered(&refusal(seconds));
}

#[tokio::test(start_paused = true)]
async fn tasks_pass_in_the_order_in_which_they_came() {
    let gate = Gate::new(&Config {
        max_in_flight: 1,
        ..Config::default()
    });
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for i in 0..50 {
        let (gate, order) = (gate.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let pass = pass(&gate).await;
            order.lock().unwrap().push(i);
            sleep(Duration::from_millis(10)).await;
            pass.answered(&answer(200));
        }));
        // So that it has joined the queue.
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
    let (_, limits) = gate.snapshot();
    assert_eq!((limits.waiting, limits.in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_fails_at_once_and_says_how_long() {
    let gate = Gate::new(&Config::default());
    close(&gate, 30).await;
    let start = Instant::now();
    let refused = gate.acquire(Some(start + Duration::from_secs(10))).await;
    let WouldWait(wait) = refused.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(
        wait >= Duration::from_secs(30) && wait < Duration::from_secs(31),
        "{wait:?}"
    );
    // And within the deadline it waits.
    let pass = gate.acquire(Some(start + Duration::from_secs(60))).await;
    assert!(pass.is_ok());
    assert!(start.elapsed() >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn those_behind_fail_at_once_when_the_wait_becomes_too_long() {
    let gate = Gate::new(&Config {
        max_in_flight: 1,
        ..Config::default()
    });
    let held = pass(&gate).await;
    let start = Instant::now();
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let gate = gate.clone();
            tokio::spawn(async move {
                let result = gate.acquire(Some(start + Duration::from_secs(20))).await;
                (result.map(drop), start.elapsed())
            })
        })
        .collect();
    sleep(Duration::from_secs(1)).await;
    held.answered(&refusal(100));
    for task in waiting {
        let (result, elapsed) = task.await.unwrap();
        let WouldWait(wait) = result.unwrap_err();
        assert!(wait >= Duration::from_secs(100));
        assert_eq!(elapsed, Duration::from_secs(1));
    }
    assert_eq!(gate.snapshot().1.waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_comes_while_calls_are_under_way_ends_the_wait() {
    let gate = Gate::new(&Config {
        max_in_flight: 1,
        ..Config::default()
    });
    let held = pass(&gate).await;
    let start = Instant::now();
    let result = gate.acquire(Some(start + Duration::from_secs(3))).await;
    assert!(result.is_err());
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    drop(held);
    assert_eq!(gate.snapshot().1.in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_wait_leaves_no_ghost_in_the_queue() {
    let gate = Gate::new(&Config::default());
    close(&gate, 10).await;
    // The first in the queue gives up; the others must still be woken.
    let impatient = gate.clone();
    let first = tokio::spawn(async move {
        let wait = timeout(Duration::from_secs(5), impatient.acquire(None)).await;
        assert!(wait.is_err());
    });
    tokio::task::yield_now().await;
    let second = gate.clone();
    let second = tokio::spawn(async move { pass(&second).await.answered(&answer(200)) });
    first.await.unwrap();
    timeout(Duration::from_secs(6), second)
        .await
        .unwrap()
        .unwrap();
    let (_, limits) = gate.snapshot();
    assert_eq!((limits.waiting, limits.in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_was_never_polled_holds_nobody_up() {
    let gate = Gate::new(&Config::default());
    let idle = gate.acquire(None);
    drop(pass(&gate).await);
    drop(idle);
    assert_eq!(gate.snapshot().1.waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_pass_is_returned_and_a_dropped_probe_is_followed_by_another() {
    let gate = Gate::new(&Config::default());
    close(&gate, 2).await;
    let probe = pass(&gate).await;
    assert_eq!(gate.snapshot().1.in_flight, 1);
    drop(probe);
    assert_eq!(gate.snapshot().1.in_flight, 0);
    let start = Instant::now();
    pass(&gate).await.unsent();
    assert!(start.elapsed() < Duration::from_secs(2));
    pass(&gate).await.answered(&answer(200));
    assert_eq!(gate.snapshot().1.in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_woken_for_nothing() {
    // How often the waiting tasks are polled while the gate is closed for an hour.
    let gate = Gate::new(&Config::default());
    close(&gate, 3600).await;
    let polls = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (gate, polls) = (gate.clone(), Arc::clone(&polls));
            tokio::spawn(async move {
                let mut wait = Box::pin(gate.acquire(None));
                let pass = std::future::poll_fn(|context| {
                    polls.fetch_add(1, Ordering::Relaxed);
                    wait.as_mut().poll(context)
                })
                .await;
                pass.unwrap().answered(&answer(200));
            })
        })
        .collect();
    sleep(Duration::from_secs(3599)).await;
    assert_eq!(polls.load(Ordering::Relaxed), 20);
    for task in tasks {
        task.await.unwrap();
    }
    assert!(polls.load(Ordering::Relaxed) <= 100);
}
