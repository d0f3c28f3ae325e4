//! What is sent again, when, and how often: on virtual time, over transports without sockets.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use atlassian_orgs::raw::transport::TransportErrorKind as Kind;
use atlassian_orgs::{
    Client, Error, ErrorKind, Evidence, OrgId, Outcome, Resource, RetryPolicy, Role,
};
use atlassian_orgs_sandbox::{Answer, Fault, Limit, Rule, Sandbox, User};
use proptest::prelude::*;
use support::virtual_time::{InProcess, NOON, Script, Step};
use tokio::time::Instant;

const MIA: &str = "mia@example.com";

async fn read(client: &Client) -> Result<(), Error> {
    let org = client.organization(OrgId::new("org-1").unwrap());
    org.directories().await.map(drop)
}

/// A change that sets a state, by the raw client: without the reads around it.
async fn suspend(client: &Client) -> bool {
    let raw = client.raw();
    let request = raw
        .suspend_user()
        .org_id("o")
        .directory_id("d")
        .account_id("a");
    request.send().await.is_ok()
}

async fn remove(client: &Client) -> bool {
    let raw = client.raw();
    let request = raw
        .remove_user()
        .org_id("o")
        .directory_id("d")
        .account_id("a");
    request.send().await.is_ok()
}

async fn invite(client: &Client) -> bool {
    let raw = client.raw();
    let request = raw.invite_users().org_id("o");
    let request = request.body_map(|b| b.emails(vec![MIA.to_owned()]));
    request.send().await.is_ok()
}

/// The table of what may be sent again: a row for each way to fail, a column for each kind of operation.
#[tokio::test(start_paused = true)]
async fn what_is_sent_again_is_a_table() {
    let not_sent = [(Step::Fails(Kind::Connect, false), [2, 2, 2, 2])];
    let rejected = [(Step::status(429), [2, 2, 2, 2])];
    let unknown = [
        Step::status(500),
        Step::status(502),
        Step::status(503),
        Step::Answer(503, vec![("retry-after", "1".to_owned())]),
        Step::status(504),
        Step::Fails(Kind::Interrupted, true),
        Step::Fails(Kind::Timeout, true),
        Step::Stalls,
    ]
    .map(|step| (step, [2, 1, 1, 1]));
    let settled = [400, 401, 402, 403, 404, 408, 409, 410, 415, 501, 505, 302]
        .map(|status| (Step::status(status), [1, 1, 1, 1]));
    for (step, sends) in not_sent
        .into_iter()
        .chain(rejected)
        .chain(unknown)
        .chain(settled)
    {
        let mut seen = [0; 4];
        for (n, seen) in seen.iter_mut().enumerate() {
            let script = Script::new([step.clone()]);
            let client = script.builder().build().unwrap();
            let done = match n {
                0 => read(&client).await.is_ok(),
                1 => suspend(&client).await,
                2 => remove(&client).await,
                _ => invite(&client).await,
            };
            *seen = script.count();
            assert_eq!(done, *seen == 2, "{step:?}");
        }
        assert_eq!(seen, sends, "{step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn never_means_never() {
    for step in [
        Step::status(429),
        Step::status(503),
        Step::Fails(Kind::Connect, false),
    ] {
        let script = Script::new([step]);
        let client = script
            .builder()
            .retry(RetryPolicy::never())
            .build()
            .unwrap();
        assert!(read(&client).await.is_err());
        assert_eq!(script.count(), 1);
    }
    // Not even by a flow that reads back what became of a change.
    let sandbox = Sandbox::builder()
        .user(User::new(MIA))
        .fault(Rule::new(Fault::DropBefore).on("users.suspend").times(1))
        .in_process()
        .unwrap();
    let service = InProcess::new(sandbox);
    let org = service.org_of(service.builder().retry(RetryPolicy::never()));
    assert!(org.user(MIA).suspend().await.unwrap_err().is_in_doubt());
    assert_eq!(service.sends("suspend_user"), 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_the_last_failure_is_told() {
    let script = Script::new(vec![Step::status(503); 20]);
    let client = script.builder().build().unwrap();
    let error = read(&client).await.unwrap_err();
    assert_eq!((error.status(), script.count()), (Some(503), 4));

    let script = Script::new(vec![Step::status(429); 20]);
    let client = script.builder().build().unwrap();
    assert!(read(&client).await.unwrap_err().is_rate_limited());
    assert_eq!(script.count(), 10);

    // Sent once, then no connection: as a whole it may have been sent.
    let mut steps = vec![Step::Fails(Kind::Interrupted, true)];
    steps.extend(vec![Step::Fails(Kind::Connect, false); 9]);
    let script = Script::new(steps);
    let error = read(&script.builder().build().unwrap()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.may_have_been_sent()),
        (ErrorKind::Connect, true)
    );
    // Never sent, then refused: an invitation is not in doubt.
    let script = Script::new(vec![Step::Fails(Kind::Connect, false); 9]);
    let error = read(&script.builder().build().unwrap()).await.unwrap_err();
    assert!(error.is_not_sent());
}

#[tokio::test(start_paused = true)]
async fn the_whole_time_is_bounded() {
    let began = Instant::now();
    let script = Script::new(vec![Step::Stalls; 20]);
    let builder = script.builder().attempt_timeout(Duration::from_secs(4));
    let client = builder.timeout(Duration::from_secs(10)).build().unwrap();
    assert_eq!(read(&client).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    assert_eq!(script.count(), 3, "4 s, 4 s and what was left");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_does_not_fit_fails_at_once_and_says_how_long_it_is() {
    let reset = "2026-09-01T12:10Z".to_owned();
    for (header, value, wait) in [
        ("retry-after", "181".to_owned(), 181),
        (
            "retry-after",
            "Tue, 01 Sep 2026 12:10:00 GMT".to_owned(),
            600,
        ),
        ("x-ratelimit-reset", reset, 600),
    ] {
        let began = Instant::now();
        let script = Script::new(vec![Step::Answer(429, vec![(header, value)]); 3]);
        let error = read(&script.builder().build().unwrap()).await.unwrap_err();
        assert_eq!(
            error.retry_after(),
            Some(Duration::from_secs(wait)),
            "{header}"
        );
        assert_eq!((began.elapsed(), script.count()), (Duration::ZERO, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_multiplied() {
    let script = Script::new(vec![Step::status(503); 5000]);
    let client = script.builder().build().unwrap();
    for _ in 0..1000 {
        assert!(read(&client).await.is_err());
    }
    let (sends, elapsed) = (script.count() as f64, script_time(&script));
    let allowed = 1000.0 * 1.1 + 10.0 + 10.0 * elapsed.as_secs_f64() / 60.0;
    assert!(
        sends <= allowed,
        "{sends} sends for 1000 calls in {elapsed:?}"
    );
    assert!(sends > 1100.0, "{sends}: the budget is there to be used");
}

fn script_time(script: &Script) -> Duration {
    let sends = script.sends.lock().unwrap();
    *sends.last().unwrap() - sends[0]
}

/// What stopped bulk runs early in another SDK: refusals that use up a budget.
#[tokio::test(start_paused = true)]
async fn throttling_is_never_paid_from_the_budget() {
    let script = Script::new((0..9).map(|_| Step::status(429)));
    let builder = script.builder();
    let builder = builder.retry(RetryPolicy::standard().budget(0.0, 0));
    read(&builder.build().unwrap()).await.unwrap();
    assert_eq!(script.count(), 10);

    // 200 tasks at once over a service that lets 50 through in ten seconds.
    let limit = Limit::new(50, Duration::from_secs(10));
    let service = InProcess::new(Sandbox::builder().rate_limit(limit).in_process().unwrap());
    let builder = service
        .builder()
        .retry(RetryPolicy::standard().budget(0.0, 0));
    let org = service.org_of(builder);
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let org = org.clone();
            tokio::spawn(async move { org.directories().await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let refused = service.sends("get_directories_for_org") - 200;
    assert!(refused <= 4, "{refused} of 200 were refused");
}

/// After a failure each task waits for itself, by chance; after a refusal one goes ahead.
#[tokio::test(start_paused = true)]
async fn tasks_do_not_come_back_together() {
    let asked = Duration::from_secs(5);
    let refusal = Step::Answer(429, vec![("retry-after", "5".to_owned())]);
    for (step, floor) in [(Step::status(503), Duration::ZERO), (refusal, asked)] {
        let script = Script::new(vec![step.clone(); 4]);
        let client = script.builder().build().unwrap();
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { read(&client).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let sends = script.sends.lock().unwrap();
        let later: Vec<Duration> = sends[4..].iter().map(|send| *send - sends[0]).collect();
        assert_eq!(later.len(), 4);
        assert!(later[0] >= floor, "never before it was asked for");
        // In a service without latency the one that goes ahead is back before the others look.
        let apart = floor.is_zero();
        assert!(!apart || later[0] < later[1], "{later:?}");
    }
}

/// Dropped while it waits, a call leaves nothing behind: the next one goes as if it had never been.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_nothing_behind() {
    let script = Script::new(vec![Step::status(503); 50]);
    let builder = script
        .builder()
        .retry(RetryPolicy::standard().budget(0.0, 1));
    let client = builder.build().unwrap();
    let policy_wait = Duration::from_nanos(1);
    for n in 1..=20 {
        let dropped = tokio::time::timeout(policy_wait, read(&client)).await;
        assert!(dropped.is_err(), "it was waiting");
        assert_eq!(script.count(), n, "and was not sent again");
    }
    assert!(read(&client).await.is_err());
    assert_eq!(
        script.count(),
        22,
        "the one repeat of the budget was still there"
    );
}

/// An invitation that was refused or never sent goes out again, and the sandbox counts it once.
#[tokio::test(start_paused = true)]
async fn an_invitation_is_sent_again_only_where_it_can_not_have_been_taken() {
    let refused = Answer::new(429).header("retry-after", "7");
    for (fault, sends, count, word) in [
        (Fault::Answer(refused), 2, 1, "invited"),
        (Fault::DropBefore, 1, 0, "in doubt"),
        (Fault::DropAfter, 1, 1, "in doubt"),
        (Fault::Stall, 1, 1, "in doubt"),
        (Fault::CutBody(10), 1, 1, "in doubt"),
        (
            Fault::AnswerAfter(Answer::new(503).header("retry-after", "1")),
            1,
            1,
            "in doubt",
        ),
    ] {
        let rule = Rule::new(fault.clone()).on("users.invite").times(1);
        let service = InProcess::new(Sandbox::builder().fault(rule).in_process().unwrap());
        let resource = Resource::new(&service.sandbox.resource_ids()[0]).unwrap();
        let invite = service.org().invite_users(MIA).grant(Role::USER, resource);
        let report = invite.notify("Welcome").send().await.unwrap();
        assert_eq!(report.rows[0].outcome.word(), word, "{fault:?}");
        assert_eq!(service.sends("invite_users"), sends, "{fault:?}");
        assert_eq!(service.sandbox.invitations(MIA).count, count, "{fault:?}");
    }
}

/// A flow over a service that refuses its first requests ends as if nothing had been.
#[tokio::test(start_paused = true)]
async fn a_flow_waits_out_a_limit() {
    let refused = || Answer::new(429).header("retry-after", "20");
    let sandbox = Sandbox::builder()
        .user(User::new(MIA))
        .fault(
            Rule::new(Fault::Answer(refused()))
                .on("users.search")
                .times(2),
        )
        .fault(
            Rule::new(Fault::Answer(refused()))
                .on("users.suspend")
                .times(2),
        )
        .in_process()
        .unwrap();
    let service = InProcess::new(sandbox);
    let began = Instant::now();
    let done = service.org().user(MIA).suspend().await.unwrap();
    let evidence = Evidence::Acknowledged;
    assert!(matches!(done.outcome, Outcome::Changed { evidence: e } if e == evidence));
    assert!(began.elapsed() >= Duration::from_secs(80));
}

/// The earliest moment of the next send: so long after this answer, or after the beginning.
#[derive(Debug, Clone, Copy)]
enum Floor {
    After(Duration),
    At(Duration),
}

/// A random answer and the wait that it asks for.
fn answer() -> impl Strategy<Value = (Step, Floor)> {
    let seconds = 0..40u64;
    let told =
        (prop_oneof![Just(429u16), Just(503)], seconds.clone()).prop_map(|(status, wait)| {
            let header = ("retry-after", wait.to_string());
            let step = Step::Answer(status, vec![header]);
            (step, Floor::After(Duration::from_secs(wait)))
        });
    let reset = seconds.prop_map(|wait| {
        let header = ("x-ratelimit-reset", (NOON.as_secs() + wait).to_string());
        let step = Step::Answer(429, vec![header]);
        (step, Floor::At(Duration::from_secs(wait)))
    });
    let odd = (0..40u64).prop_map(|wait| {
        // What can't be read counts for nothing, and does not hide what can.
        let reset = (NOON.as_secs() + wait).to_string();
        let headers = vec![
            ("retry-after", "-1".to_owned()),
            ("x-ratelimit-reset", reset),
        ];
        (
            Step::Answer(429, headers),
            Floor::At(Duration::from_secs(wait)),
        )
    });
    let silent = prop_oneof![
        Just(Step::status(429)),
        Just(Step::status(502)),
        Just(Step::status(200)),
        Just(Step::status(404)),
        Just(Step::Stalls),
        Just(Step::Fails(Kind::Interrupted, true)),
        Just(Step::Fails(Kind::Connect, false)),
        Just(Step::Answer(
            429,
            vec![
                ("retry-after", "-1".to_owned()),
                ("x-ratelimit-reset", "soon".to_owned())
            ]
        )),
    ];
    prop_oneof![
        told,
        reset,
        odd,
        silent.prop_map(|step| (step, Floor::After(Duration::ZERO)))
    ]
}

/// `FAULT_SCHEDULES=10000` tries more.
fn schedules() -> u32 {
    std::env::var("FAULT_SCHEDULES").map_or(600, |n| n.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: schedules(), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the service does: no send before it is due, no end after the deadline, no more sends than
    /// allowed, and no change sent again unless it can't have been taken.
    #[test]
    fn any_plan_keeps_the_promises(
        plan in proptest::collection::vec(answer(), 0..16),
        attempts in 1..6u32,
        deadline in 1..120u64,
        seed: u64,
        write: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let script = Script::new(plan.iter().map(|(step, _)| step.clone()));
            let began = Instant::now();
            let client = script
                .builder()
                .seed(seed)
                .retry(RetryPolicy::standard().attempts(attempts))
                .attempt_timeout(Duration::from_secs(10))
                .timeout(Duration::from_secs(deadline))
                .build()
                .unwrap();
            if write {
                invite(&client).await;
            } else {
                let _ = read(&client).await;
            }
            let allowed = Duration::from_secs(deadline) + Duration::from_millis(2);
            prop_assert!(began.elapsed() <= allowed, "{:?}", began.elapsed());
            let sends = script.sends.lock().unwrap();
            let mut failures = 0;
            for (n, pair) in sends.windows(2).enumerate() {
                let (step, floor) = &plan[n];
                let early = match floor {
                    Floor::After(wait) => pair[1] - pair[0] < *wait,
                    Floor::At(moment) => pair[1] - began < *moment,
                };
                prop_assert!(!early, "{step:?} asked for more than {:?}", pair[1] - pair[0]);
                let (failed, harmless) = match step {
                    Step::Answer(429, _) => (false, true),
                    Step::Answer(502 | 503, _) | Step::Fails(_, true) | Step::Stalls => (true, false),
                    Step::Fails(_, false) => (true, true),
                    Step::Answer(..) => panic!("sent again after {step:?}"),
                };
                failures += u32::from(failed);
                prop_assert!(harmless || !write, "a write was sent again after {step:?}");
            }
            prop_assert!(failures < attempts.max(1), "{failures} repeats of {attempts}");
            prop_assert!(attempts > 1 || sends.len() == 1);
            Ok(())
        })?;
    }
}
