//! Bulk runs under a limit of 600 requests a minute (60 for invitations), on virtual time.
//!
//! `PEOPLE=10000 cargo test -p contract-tests --test bulk_limits -- --nocapture` prints the table for more.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use atlassian_orgs::{Resource, Role};
use atlassian_orgs_sandbox::behaviour::RateLimitReset;
use atlassian_orgs_sandbox::{Directory, Limit, Sandbox, User};
use peak_alloc::PeakAlloc;
use support::virtual_time::InProcess;
use tokio::time::Instant;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn address(n: usize) -> String {
    format!("p{n}@example.com")
}

struct Figures {
    requests: usize,
    least: usize,
    refused: usize,
    time: Duration,
    ideal: Duration,
    /// By client and sandbox together.
    peak: usize,
}

async fn measure(
    invite: bool,
    bucket: bool,
    reset: RateLimitReset,
    a_minute: usize,
    people: usize,
) -> Figures {
    let minute = Duration::from_secs(60);
    let limit = match bucket {
        true => Limit::bucket(a_minute, minute),
        false => Limit::new(a_minute, minute),
    };
    let mut builder = Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .behaviour(reset)
        .rate_limit(limit);
    if !invite {
        builder = (0..people).fold(builder, |builder, n| builder.user(User::new(address(n))));
    }
    let service = InProcess::new(builder.in_process().unwrap());
    let org = service.org();
    let everybody = (0..people).map(address);
    let jira = Resource::new(service.sandbox.resource_ids().remove(0)).unwrap();
    let planning = Instant::now();
    let plan = match invite {
        true => {
            org.invite_users(everybody)
                .grant(Role::USER, jira)
                .silent()
                .plan()
                .await
        }
        false => org.suspend_users(everybody).plan().await,
    };
    let plan = plan.unwrap();
    let least = usize::try_from(plan.estimate().requests).unwrap();
    // What planning has left of the limit.
    let now = service.sandbox.now().millis();
    let before = service.sandbox.requests();
    let in_this_minute = before
        .iter()
        .filter(|it| it.time.millis() / 60_000 == now / 60_000);
    let left = match bucket {
        true => {
            let refilled = planning.elapsed().as_secs_f64() / 60.0 * a_minute as f64;
            (a_minute as f64 - before.len() as f64 + refilled).min(a_minute as f64)
        }
        false => (a_minute - in_this_minute.count()) as f64,
    };
    service.sandbox.clear_requests();
    MEMORY.reset_peak_usage();
    let (before, began) = (MEMORY.current_usage(), Instant::now());
    plan.run()
        .at_once(16)
        .await
        .unwrap()
        .ensure_complete()
        .unwrap();
    let time = began.elapsed();
    let requests = service.sandbox.requests();
    // What a client takes that knows the limit: the rest of this minute, and as many whole ones as are
    // needed; of a bucket, as long as it takes to refill.
    let more = (least as f64 - left).max(0.0) / a_minute as f64;
    let ideal = match bucket {
        true => minute.mul_f64(more),
        false if more > 0.0 => {
            let until_the_next = Duration::from_millis(60_000 - now % 60_000);
            until_the_next + minute.mul_f64(more.ceil() - 1.0)
        }
        false => Duration::ZERO,
    };
    Figures {
        refused: requests
            .iter()
            .filter(|exchange| exchange.sent.status == 429)
            .count(),
        requests: requests.len(),
        least,
        time,
        ideal,
        peak: MEMORY.peak_usage() - before,
    }
}

#[tokio::test(start_paused = true)]
async fn limits_by_the_minute() {
    let people = std::env::var("PEOPLE").map_or(1_500, |n| n.parse().unwrap());
    println!(
        "| {people} people | limit a minute | headers | requests | least | 429 | time | ideal | goodput | peak |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for invite in [false, true] {
        for bucket in [false, true] {
            for reset in [
                RateLimitReset::Iso,
                RateLimitReset::IsoMinute,
                RateLimitReset::Absent,
            ] {
                // A request invites 25, so that fewer people would not meet the limit.
                let a_minute = if invite && people < 20_000 { 60 } else { 600 };
                let f = measure(invite, bucket, reset, a_minute, people).await;
                let goodput = f.ideal.as_secs_f64() / f.time.as_secs_f64();
                println!(
                    "| {} | {} {a_minute} | {reset:?} | {} | {} | {} | {:.0} s | {:.0} s | {goodput:.3} | {} KiB |",
                    if invite { "invite" } else { "suspend" },
                    if bucket { "bucket" } else { "window" },
                    f.requests,
                    f.least,
                    f.refused,
                    f.time.as_secs_f64(),
                    f.ideal.as_secs_f64(),
                    f.peak / 1024,
                );
                // Nothing but what was refused is sent twice.
                assert_eq!(f.requests - f.refused, f.least);
                // A small limit without headers has to be found out anew in each window.
                let most = if a_minute < 100 { 30 } else { 10 };
                assert!(
                    f.refused * 100 <= most * f.least,
                    "{} of {}",
                    f.refused,
                    f.least
                );
            }
        }
    }
}
