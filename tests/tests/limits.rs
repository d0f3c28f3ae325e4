//! One limiter for all tasks, over the sandbox's limits, on virtual time.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use atlassian_orgs::{Organization, RetryPolicy};
use atlassian_orgs_sandbox::behaviour::{RateLimitReset, RetryAfter};
use atlassian_orgs_sandbox::{Answer, Builder, Fault, Limit, Rule, Sandbox};
use support::virtual_time::InProcess;
use tokio::time::Instant;

fn service(builder: Builder) -> Arc<InProcess> {
    InProcess::new(builder.in_process().unwrap())
}

/// `calls` reads by `width` tasks; the time it took.
async fn work(org: &Organization, calls: usize, width: usize) -> Duration {
    let began = Instant::now();
    let tasks: Vec<_> = (0..width)
        .map(|_| {
            let org = org.clone();
            tokio::spawn(async move {
                for _ in 0..calls / width {
                    org.directories().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    began.elapsed()
}

fn refused(service: &InProcess) -> usize {
    let requests = service.sandbox.requests();
    requests
        .iter()
        .filter(|exchange| exchange.sent.status == 429)
        .count()
}

/// Every style of the headers: nobody fails, few are refused, and little time is lost.
#[tokio::test(start_paused = true)]
async fn a_limit_is_kept_by_all_tasks_together() {
    let resets = [
        RateLimitReset::Iso,
        RateLimitReset::IsoMinute,
        RateLimitReset::EpochSeconds,
        RateLimitReset::EpochMillis,
        RateLimitReset::Absent,
    ];
    for reset in resets {
        for after in [RetryAfter::Absent, RetryAfter::Seconds, RetryAfter::Date] {
            for bucket in [false, true] {
                let minute = Duration::from_secs(60);
                let limit = match bucket {
                    true => Limit::bucket(100, minute),
                    false => Limit::new(100, minute),
                };
                let service = service(
                    Sandbox::builder()
                        .rate_limit(limit)
                        .behaviour(reset)
                        .behaviour(after),
                );
                // 400 in the windows that begin at 0, 60, 120 and 180 s; of a bucket 100 and 300 more.
                let took = work(&service.org(), 400, 16).await;
                let refused = refused(&service);
                let at =
                    format!("{reset:?} {after:?} bucket {bucket}: {took:?}, {refused} refused");
                println!("{at}");
                assert!(took <= Duration::from_secs(200), "{at}");
                assert!(refused <= 48, "{at}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_known_can_be_read() {
    let limit = Limit::new(100, Duration::from_secs(60)).on("directories.");
    let service = service(Sandbox::builder().users(3).rate_limit(limit));
    let client = service.builder().build().unwrap();
    assert!(client.rate_limits().is_empty());
    let id = atlassian_orgs::OrgId::new(service.sandbox.org_id()).unwrap();
    let org = client.organization(id);
    org.directories().await.unwrap();
    org.users().pages().try_next().await.unwrap();
    let known = client.clone().rate_limits();
    assert_eq!(known.len(), 2);
    let directories = &known[0];
    assert_eq!(directories.operation, "getDirectoriesForOrg");
    assert_eq!(
        (directories.limit, directories.remaining),
        (Some(100), Some(99))
    );
    // A time without seconds may be cut to the minute, so it may be a minute later than it says.
    assert!(directories.resets_in.unwrap() <= Duration::from_secs(120));
    assert_eq!((directories.waiting, directories.in_flight), (0, 0));
    assert_eq!(
        (known[1].limit, known[1].operation),
        (None, "searchDirectoryUsers")
    );
    insta::assert_snapshot!(format!("{directories}\n{}", known[1]), @"
    getDirectoriesForOrg: 99 of 100 left, resets within 119 s
    searchDirectoryUsers: no limit known
    ");
}

/// The caller's ceiling holds for everything that goes out: first sends and repeats, of every operation.
#[tokio::test(start_paused = true)]
async fn the_callers_ceiling_holds_for_every_send() {
    let broken = Rule::new(Fault::Answer(Answer::new(503))).share(0.3);
    let service = service(Sandbox::builder().users(5).fault(broken));
    let policy = RetryPolicy::standard().attempts(20).budget(1.0, 1000);
    let org = service.org_of(service.builder().max_rate(5.0).retry(policy));
    let began = Instant::now();
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let org = org.clone();
            tokio::spawn(async move {
                match n % 2 {
                    0 => org.directories().await.map(drop),
                    _ => org.find_user("user-0001@example.com").await.map(drop),
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let requests = service.sandbox.requests();
    assert!(requests.len() > 45, "some were sent again");
    let least = Duration::from_millis(200) * u32::try_from(requests.len() - 1).unwrap();
    assert!(
        began.elapsed() + Duration::from_millis(100) >= least,
        "{:?}",
        began.elapsed()
    );

    // And no more at once than wished.
    let service = self::service(Sandbox::builder().fault(Fault::Delay(Duration::from_secs(1))));
    let org = service.org_of(service.builder().max_in_flight(3));
    assert!(work(&org, 30, 10).await >= Duration::from_secs(10));
}

/// A limit that is known to last longer than the call: nothing is sent, and the error says how long.
#[tokio::test(start_paused = true)]
async fn a_known_wait_that_does_not_fit_fails_before_anything_is_sent() {
    let limit = Limit::new(2, Duration::from_secs(3600)).on("directories.");
    let service = service(Sandbox::builder().rate_limit(limit));
    let org = service.org();
    for _ in 0..2 {
        org.directories().await.unwrap();
    }
    let (sends, began) = (service.sends("get_directories_for_org"), Instant::now());
    let error = org.directories().await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_not_sent(), "{error}");
    let wait = error.retry_after().unwrap();
    assert!(
        (Duration::from_secs(3500)..=Duration::from_secs(3601)).contains(&wait),
        "{wait:?}"
    );
    assert_eq!(service.sends("get_directories_for_org"), sends);
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(error.operation(), Some("getDirectoriesForOrg"));
    // Whoever waits as long as it says gets through.
    tokio::time::sleep(wait).await;
    org.directories().await.unwrap();
}

/// Dropped at any moment, in the queue, on the wire or in a pause, a call leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_back_its_turn() {
    for seed in 0..20u64 {
        let faults = [
            Rule::new(Fault::Answer(Answer::new(503))).share(0.2),
            Rule::new(Fault::Delay(Duration::from_secs(2))).share(0.3),
            Rule::new(Fault::Stall).share(0.1),
        ];
        let limit = Limit::new(10, Duration::from_secs(10));
        let sandbox = Sandbox::builder().users(3).seed(seed).faults(faults);
        let service = service(sandbox.rate_limit(limit));
        let client = service
            .builder()
            .seed(seed)
            .max_in_flight(6)
            .build()
            .unwrap();
        let id = atlassian_orgs::OrgId::new(service.sandbox.org_id()).unwrap();
        let org = client.organization(id);
        let tasks: Vec<_> = (0..60u64)
            .map(|n| {
                let org = org.clone();
                let patience = Duration::from_millis((n * n * 37 + seed * 101) % 9000);
                tokio::spawn(async move {
                    let person = org.user("user-0001@example.com");
                    let work = async {
                        match n % 3 {
                            0 => person.suspend().await.is_ok(),
                            1 => person.restore().await.is_ok(),
                            _ => org.directories().await.is_ok(),
                        }
                    };
                    tokio::time::timeout(patience, work).await.is_err()
                })
            })
            .collect();
        let mut dropped = 0;
        for task in tasks {
            dropped += usize::from(task.await.unwrap());
        }
        assert!(dropped > 10, "{dropped} calls were dropped");
        for known in client.rate_limits() {
            assert_eq!((known.waiting, known.in_flight), (0, 0), "{seed} {known:?}");
        }
        service.sandbox.clear_faults();
        org.directories().await.unwrap();
        assert!(org.user("user-0001@example.com").get().await.is_ok());
    }
}
