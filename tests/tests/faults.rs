//! Seeded plans of faults against every flow, on virtual time: no wrong claim, and no invitation twice.
//!
//! `FAULT_PEOPLE=1000 cargo test --release -p contract-tests --test faults -- --nocapture` prints the
//! table for more people.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atlassian_orgs::{Error, InvitationOutcome, Resource, Role};
use atlassian_orgs_sandbox::{Answer, Directory, Fault, Membership, Rule, Sandbox, User};
use support::virtual_time::InProcess;

/// A plan: what goes wrong, with which share of requests.
struct Plan {
    name: &'static str,
    rules: Vec<Rule>,
}

fn plans() -> Vec<Plan> {
    let rule = |fault, share| Rule::new(fault).share(share);
    let status = |status: u16| Fault::Answer(Answer::new(status));
    let after = |status: u16| Fault::AnswerAfter(Answer::new(status));
    let refusal = || Fault::Answer(Answer::new(429).header("retry-after", "3"));
    let plan = |name, rules| Plan { name, rules };
    let half = 0.5;
    vec![
        plan("none", vec![]),
        plan("connections refused, 30 %", vec![rule(Fault::Refuse, 0.3)]),
        plan("429, 30 %", vec![rule(refusal(), 0.3)]),
        plan(
            "broken before the effect, 20 %",
            vec![rule(Fault::DropBefore, 0.2)],
        ),
        plan(
            "broken after the effect, 20 %",
            vec![rule(Fault::DropAfter, 0.2)],
        ),
        plan("answer cut, 20 %", vec![rule(Fault::CutBody(9), 0.2)]),
        plan("no answer, 20 %", vec![rule(Fault::Stall, 0.2)]),
        plan(
            "late answers, 20 %",
            vec![rule(Fault::Delay(Duration::from_secs(70)), 0.2)],
        ),
        plan(
            "5xx without effect, 20 %",
            vec![rule(status(503), 0.1), rule(status(500), 0.1)],
        ),
        plan(
            "5xx after the effect, 20 %",
            vec![rule(after(502), 0.1), rule(after(504), 0.1)],
        ),
        plan(
            "all of it",
            vec![
                rule(Fault::Refuse, 0.08),
                rule(refusal(), 0.08),
                rule(Fault::DropBefore, 0.06),
                rule(Fault::DropAfter, 0.06),
                rule(Fault::CutBody(9), 0.03),
                rule(Fault::Stall, 0.03),
                rule(status(503), 0.05),
                rule(after(502), 0.05),
            ],
        ),
        plan(
            "every write is lost",
            vec![
                rule(Fault::DropBefore, half).on("users.invite"),
                rule(Fault::DropAfter, 1.0).on("users.invite"),
                rule(Fault::DropBefore, half).on("users.suspend"),
                rule(Fault::DropAfter, 1.0).on("users.suspend"),
                rule(Fault::DropBefore, half).on("users.restore"),
                rule(Fault::DropAfter, 1.0).on("users.restore"),
                rule(Fault::DropBefore, half).on("users.remove"),
                rule(Fault::DropAfter, 1.0).on("users.remove"),
            ],
        ),
    ]
}

/// What a flow came to over all people.
#[derive(Default, Debug)]
struct Tally {
    done: usize,
    failed: usize,
    /// Claims that the sandbox contradicts.
    wrong: usize,
    twice: usize,
    in_doubt: usize,
    /// Of those in doubt, how many were in truth done.
    in_doubt_and_done: usize,
}

fn people() -> usize {
    std::env::var("FAULT_PEOPLE").map_or(40, |n| n.parse().unwrap())
}

fn service(plan: &Plan, seed: u64, suspended: bool) -> Arc<InProcess> {
    let mut builder = Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .seed(seed)
        .faults(plan.rules.clone());
    for n in 0..people() {
        let user = User::new(address(n));
        builder = builder.user(if suspended { user.suspended() } else { user });
    }
    InProcess::new(builder.in_process().unwrap())
}

fn address(n: usize) -> String {
    format!("p{n}@example.com")
}

#[derive(Debug, Clone, Copy)]
enum Flow {
    Suspend,
    Restore,
    Remove,
    SuspendVerified,
}

async fn change(plan: &Plan, flow: Flow, seed: u64) -> Tally {
    let suspended = matches!(flow, Flow::Restore);
    let service = service(plan, seed, suspended);
    let org = service.org_of(service.builder().seed(seed));
    let before = if suspended {
        Membership::Suspended
    } else {
        Membership::Active
    };
    let wished = match flow {
        Flow::Restore => Some(Membership::Active),
        Flow::Remove => None,
        Flow::Suspend | Flow::SuspendVerified => Some(Membership::Suspended),
    };
    let mut tally = Tally::default();
    for chunk in (0..people()).collect::<Vec<_>>().chunks(16) {
        let tasks = chunk.iter().map(|n| {
            let person = org.user(address(*n));
            let change = match flow {
                Flow::Suspend => person.suspend(),
                Flow::Restore => person.restore(),
                Flow::Remove => person.remove(),
                Flow::SuspendVerified => person.suspend().verified(Duration::from_secs(30)),
            };
            (*n, tokio::spawn(change.into_future()))
        });
        for (n, task) in tasks.collect::<Vec<_>>() {
            let outcome = task.await.unwrap();
            let now = service
                .sandbox
                .user(&address(n))
                .and_then(|user| user.membership("dir-1"));
            let (done, untouched) = (now == wished, now == Some(before));
            match outcome {
                Ok(_) => {
                    tally.done += 1;
                    tally.wrong += usize::from(!done);
                }
                Err(error) => {
                    tally.failed += 1;
                    tally.fail(&error, done, untouched);
                }
            }
        }
    }
    tally
}

impl Tally {
    fn fail(&mut self, error: &Error, done: bool, untouched: bool) {
        if error.is_in_doubt() {
            self.in_doubt += 1;
            self.in_doubt_and_done += usize::from(done);
        } else if !error.is_pending() {
            self.wrong += usize::from(!untouched);
        }
    }
}

async fn invite(plan: &Plan, seed: u64) -> Tally {
    let plan_of_people = Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .seed(seed)
        .faults(plan.rules.clone());
    let service = InProcess::new(plan_of_people.in_process().unwrap());
    let resource = Resource::new(&service.sandbox.resource_ids()[0]).unwrap();
    let org = service.org_of(service.builder().seed(seed));
    let mut tally = Tally::default();
    // Several runs, so that a fault of one doesn't end all.
    for chunk in (0..people()).map(address).collect::<Vec<_>>().chunks(30) {
        let invite = org.invite_users(chunk).grant(Role::USER, resource.clone());
        let report = match invite.notify("Welcome").send().await {
            Ok(report) => report,
            Err(_) => {
                tally.failed += chunk.len();
                let counts = chunk.iter().map(|a| service.sandbox.invitations(a).count);
                tally.wrong += counts.filter(|count| *count > 0).count();
                continue;
            }
        };
        for row in &report.rows {
            let count = service.sandbox.invitations(row.address.as_str()).count;
            tally.twice += usize::from(count > 1);
            match &row.outcome {
                InvitationOutcome::Invited => {
                    tally.done += 1;
                    tally.wrong += usize::from(count != 1);
                }
                InvitationOutcome::InDoubt(_) => {
                    tally.failed += 1;
                    tally.in_doubt += 1;
                    tally.in_doubt_and_done += usize::from(count == 1);
                }
                _ => {
                    tally.failed += 1;
                    tally.wrong += usize::from(count > 0);
                }
            }
        }
    }
    tally
}

#[tokio::test(start_paused = true)]
async fn no_plan_of_faults_makes_a_wrong_claim_or_a_second_invitation() {
    println!(
        "{} people | flow | done | not done | in doubt | of them done | wrong | twice",
        people()
    );
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for plan in plans() {
        for seed in 1..=3 {
            let mut rows = Vec::new();
            for flow in [
                Flow::Suspend,
                Flow::Restore,
                Flow::Remove,
                Flow::SuspendVerified,
            ] {
                rows.push((format!("{flow:?}"), change(&plan, flow, seed).await));
            }
            rows.push(("Invite".to_owned(), invite(&plan, seed).await));
            for (flow, tally) in rows {
                if seed == 1 {
                    println!(
                        "{} | {flow} | {} | {} | {} | {} | {} | {}",
                        plan.name,
                        tally.done,
                        tally.failed,
                        tally.in_doubt,
                        tally.in_doubt_and_done,
                        tally.wrong,
                        tally.twice
                    );
                }
                assert_eq!(
                    (tally.wrong, tally.twice),
                    (0, 0),
                    "{} {flow} {seed}",
                    plan.name
                );
                assert_eq!(tally.done + tally.failed, people(), "everybody is answered");
                *totals.entry("done").or_default() += tally.done;
                *totals.entry("in doubt").or_default() += tally.in_doubt;
                *totals.entry("doubts that were done").or_default() += tally.in_doubt_and_done;
                if plan.name == "none" {
                    assert_eq!(tally.failed, 0);
                }
                // Of these the client knows that nothing was taken.
                if ["connections refused, 30 %", "429, 30 %"].contains(&plan.name) {
                    assert_eq!(tally.in_doubt, 0, "{} {flow} {seed}", plan.name);
                }
            }
        }
    }
    println!("{totals:?}");
    // The plans do strike.
    assert!(
        totals["in doubt"] > 0 && totals["doubts that were done"] > 0,
        "{totals:?}"
    );
    assert!(
        totals["doubts that were done"] < totals["in doubt"],
        "{totals:?}"
    );
}

/// A person's word is what sends an invitation again, and only what is in doubt.
#[tokio::test(start_paused = true)]
async fn what_is_in_doubt_is_sent_again_on_a_persons_word() {
    for (fault, counts, word) in [
        (Fault::DropBefore, 1, "invited"),
        // It was taken: the look-up shows it, and nothing is sent.
        (Fault::DropAfter, 1, "already a member"),
    ] {
        let sandbox = Sandbox::builder()
            .user(User::new("suspended@example.com").suspended())
            .fault(Rule::new(fault).on("users.invite").nth(2));
        let service = InProcess::new(sandbox.in_process().unwrap());
        let resource = Resource::new(&service.sandbox.resource_ids()[0]).unwrap();
        let mut list: Vec<String> = (0..30).map(address).collect();
        list.push("suspended@example.com".to_owned());
        let invite = service
            .org()
            .invite_users(&list)
            .grant(Role::USER, resource);
        let report = invite.notify("Welcome").send().await.unwrap();
        assert_eq!(
            report.counts(),
            [("invited", 25), ("in doubt", 5), ("needs restoring", 1)]
        );
        let again = report.resend_in_doubt().await.unwrap();
        let expected: Vec<&str> = (0..31)
            .map(|n| match n {
                0..25 => "invited",
                25..30 => word,
                _ => "needs restoring",
            })
            .collect();
        let words: Vec<&str> = again.rows.iter().map(|row| row.outcome.word()).collect();
        assert_eq!(words, expected);
        assert!((0..30).all(|n| service.sandbox.invitations(&address(n)).count == counts));
        // A report without doubts sends nothing.
        let sends = service.sends("invite_users") + service.sends("search_directory_users");
        let _ = again.resend_in_doubt().await.unwrap();
        let now = service.sends("invite_users") + service.sends("search_directory_users");
        assert_eq!(sends, now);
    }
}

/// A second send that does not work does not lift the doubt about the first.
#[tokio::test(start_paused = true)]
async fn a_doubt_stays_where_the_second_send_is_refused() {
    let broken = [
        Rule::new(Fault::DropBefore).on("users.invite").times(1),
        Rule::new(Fault::Answer(Answer::new(402))).on("users.invite"),
    ];
    let service = InProcess::new(Sandbox::builder().faults(broken).in_process().unwrap());
    let resource = Resource::new(&service.sandbox.resource_ids()[0]).unwrap();
    let list: Vec<String> = (0..20).map(address).collect();
    let invite = service
        .org()
        .invite_users(&list)
        .grant(Role::USER, resource);
    let report = invite.silent().send().await.unwrap();
    let again = report.resend_in_doubt().await.unwrap();
    assert_eq!(again.counts(), [("in doubt", 20)]);
    assert_eq!(again.rows[0].outcome.error().unwrap().status(), Some(402));
}
