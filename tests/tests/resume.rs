//! Runs that are broken off at any moment and resumed end as if nothing had happened, on virtual time.
//!
//! `CRASHES=200 PEOPLE=500 cargo test --release -p contract-tests --test resume -- --nocapture` prints the
//! table for more of both.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atlassian_orgs::{
    Error, ErrorKind, Journal, Organization, Outcome, Plan, Report, Resource, Role,
};
use atlassian_orgs_sandbox::{Answer, Directory, Fault, Rule, Sandbox, User};
use support::virtual_time::{InProcess, draw};

fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |n| n.parse().unwrap())
}

fn people() -> usize {
    setting("PEOPLE", 120)
}

fn address(n: usize) -> String {
    format!("p{n}@example.com")
}

/// A journal of which a crash leaves what was durable, and by chance more.
#[derive(Clone, Default)]
struct Torn(Arc<Mutex<(Vec<String>, usize)>>);

impl Torn {
    fn crash(&self, chance: &Mutex<u64>) {
        let mut kept = self.0.lock().unwrap();
        let (lines, durable) = (kept.0.len(), kept.1);
        let more = (draw(chance) * (lines - durable + 1) as f64) as usize;
        kept.0.truncate(durable + more);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().0.clone()
    }
}

impl Journal for Torn {
    fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        self.lines().iter().try_for_each(|text| line(text))
    }

    fn append(&mut self, lines: &[String], durable: bool) -> Result<(), Error> {
        let mut kept = self.0.lock().unwrap();
        kept.0.extend_from_slice(lines);
        if durable {
            kept.1 = kept.0.len();
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Flow {
    Invite,
    Suspend,
}

/// An organization in which some of the wished states hold already.
fn service(flow: Flow) -> Arc<InProcess> {
    let mut builder = Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .lag(Duration::from_secs(5))
        .seed(3);
    for n in 0..people() {
        let user = User::new(address(n));
        let user = if n % 10 == 3 { user.suspended() } else { user };
        if flow == Flow::Suspend || n % 10 == 3 || n % 10 == 7 {
            builder = builder.user(user);
        }
    }
    InProcess::unstoppable(builder.in_process().unwrap())
}

async fn plan(flow: Flow, service: &InProcess, org: &Organization) -> Plan {
    let everybody = (0..people()).map(address);
    let jira = Resource::new(service.sandbox.resource_ids().remove(0)).unwrap();
    match flow {
        Flow::Invite => {
            let invitation = org.invite_users(everybody).grant(Role::USER, jira);
            invitation.notify("Welcome").plan().await.unwrap()
        }
        Flow::Suspend => org.suspend_users(everybody).plan().await.unwrap(),
    }
}

/// What is the same for all runs that come to the same: how a change is known is not.
fn essence(report: &Report) -> Vec<(usize, String, Option<String>)> {
    let rows = report.rows.iter().map(|row| {
        let word = match &row.outcome {
            Outcome::Changed { .. } => "changed".to_owned(),
            other => format!("{} {:?}", other.word(), other.error().map(Error::kind)),
        };
        let account = row.account_id.as_ref().map(|id| id.as_str().to_owned());
        (row.position, word, account)
    });
    rows.collect()
}

fn states(service: &InProcess) -> BTreeMap<String, String> {
    let people = service.sandbox.people().into_iter();
    people
        .map(|person| {
            let place = format!(
                "{:?} {:?} {:?}",
                person.membership("dir-1"),
                person.groups,
                person.roles
            );
            (person.email().to_owned(), place)
        })
        .collect()
}

#[derive(Debug, Default)]
struct Tally {
    crashes: usize,
    equal: usize,
    twice: usize,
    longest: usize,
}

async fn crashes(flow: Flow, crashes: usize) -> Tally {
    let undisturbed = service(flow);
    let org = undisturbed.org();
    let plan_of_it = plan(flow, &undisturbed, &org).await;
    let began = tokio::time::Instant::now();
    let whole = plan_of_it.run().await.unwrap();
    let time = began.elapsed();
    let chance = Mutex::new(11);
    let mut tally = Tally::default();
    for _ in 0..crashes {
        let (service, journal) = (service(flow), Torn::default());
        let org = service.org();
        let plan = plan(flow, &service, &org).await;
        let mut attempts = 0;
        let report = loop {
            attempts += 1;
            let run = match attempts {
                1 => plan.clone().run().journal(journal.clone()),
                _ => plan.clone().resume(journal.clone()),
            };
            // It may crash again and again, but not for ever.
            let moment = time.mul_f64(draw(&chance));
            let patience = if attempts < 4 { moment } else { Duration::MAX };
            match tokio::time::timeout(patience, run.into_future()).await {
                Ok(report) => break report.unwrap(),
                Err(_) => journal.crash(&chance),
            }
        };
        tally.crashes += attempts - 1;
        tally.longest = tally.longest.max(attempts);
        let equal = essence_by_state(&report, &service) == essence_by_state(&whole, &undisturbed)
            && states(&service) == states(&undisturbed);
        if !equal {
            let (a, b) = (essence(&report), essence(&whole));
            for (a, b) in a.iter().zip(&b).filter(|(a, b)| a.1 != b.1).take(3) {
                eprintln!("{flow:?}: {a:?} instead of {b:?}");
            }
        }
        tally.equal += usize::from(equal);
        tally.twice += (0..people())
            .filter(|n| service.sandbox.invitations(&address(*n)).count > 1)
            .count();
    }
    tally
}

/// The report's rows, with whose account each is in place of its id: new ones are drawn as they come.
fn essence_by_state(report: &Report, service: &InProcess) -> Vec<(usize, String, Option<String>)> {
    let mut rows = essence(report);
    for (_, _, account) in &mut rows {
        *account = account
            .as_ref()
            .map(|id| service.sandbox.user(id).unwrap().email().to_owned());
    }
    rows
}

#[tokio::test(start_paused = true)]
async fn a_crashed_invitation_ends_as_if_nothing_had_happened() {
    let runs = setting("CRASHES", 24);
    let tally = crashes(Flow::Invite, runs).await;
    eprintln!("invite {} people: {tally:?}", people());
    assert_eq!((tally.equal, tally.twice), (runs, 0));
    assert!(tally.crashes > runs / 2);
}

#[tokio::test(start_paused = true)]
async fn a_crashed_suspension_ends_as_if_nothing_had_happened() {
    let runs = setting("CRASHES", 24);
    let tally = crashes(Flow::Suspend, runs).await;
    eprintln!("suspend {} people: {tally:?}", people());
    assert_eq!(tally.equal, runs);
    assert!(tally.crashes > runs / 2);
}

#[tokio::test(start_paused = true)]
async fn a_finished_run_resumed_sends_no_change() {
    for flow in [Flow::Invite, Flow::Suspend] {
        let (service, journal) = (service(flow), Torn::default());
        let plan = plan(flow, &service, &service.org()).await;
        let first = plan.clone().run().journal(journal.clone()).await.unwrap();
        service.sandbox.clear_requests();
        let again = plan.resume(journal).await.unwrap();
        assert_eq!(essence(&first), essence(&again));
        let writes = service.sandbox.requests();
        assert_eq!(writes.len(), 0, "{writes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn journals_of_other_runs_are_refused() {
    let service = service(Flow::Suspend);
    let org = service.org();
    let plan = plan(Flow::Suspend, &service, &org).await;
    let journal = Torn::default();
    let _report = plan.clone().run().journal(journal.clone()).await.unwrap();
    let refused = |error: Error, words: &str| {
        assert_eq!(error.kind(), ErrorKind::Journal);
        assert!(error.to_string().contains(words), "{error}");
    };
    let error = plan.run().journal(journal.clone()).await.unwrap_err();
    refused(error, "go on with it by resume()");
    let other = org.suspend_users(["p1@example.com"]).plan().await.unwrap();
    refused(
        other.resume(journal.clone()).await.unwrap_err(),
        "another plan",
    );
    let removal = org.remove_users((0..people()).map(address)).plan().await;
    refused(
        removal.unwrap().resume(journal).await.unwrap_err(),
        "another plan",
    );
}

/// Whoever goes on with a key that has ended leaves what was under way as open as it was.
#[tokio::test(start_paused = true)]
async fn a_resumed_run_that_can_not_read_leaves_everything_open() {
    for flow in [Flow::Invite, Flow::Suspend] {
        let mut were_open = 0;
        for moment in (60..2_400).step_by(60) {
            let (service, journal) = (service(flow), Torn::default());
            let plan = plan(flow, &service, &service.org()).await;
            let run = plan.clone().run().journal(journal.clone());
            let crash = Duration::from_millis(moment);
            if tokio::time::timeout(crash, run.into_future()).await.is_ok() {
                break;
            }
            let ended = Rule::new(Fault::Answer(Answer::new(401)));
            service.sandbox.add_fault(ended);
            let stopped = plan.clone().resume(journal.clone()).await.unwrap();
            // So late that nothing was left to read.
            let Some(error) = &stopped.stopped else {
                break;
            };
            assert_eq!(error.status(), Some(401));
            were_open += in_doubt(&stopped);
            service.sandbox.clear_faults();
            let report = plan.resume(journal).await.unwrap();
            assert_eq!(in_doubt(&report), 0, "{:?}", report.counts());
            for n in 0..people() {
                assert!(service.sandbox.invitations(&address(n)).count <= 1);
            }
        }
        assert!(were_open > 0, "{flow:?}");
    }
}

fn in_doubt(report: &Report) -> usize {
    let rows = report.rows.iter();
    rows.filter(|row| row.outcome.word() == "in doubt").count()
}

/// A full disk: what is under way is finished, and nothing more is begun.
#[tokio::test(start_paused = true)]
async fn a_journal_that_fails_stops_the_run_in_order() {
    struct Full(Torn, usize);
    impl Journal for Full {
        fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
            self.0.replay(line)
        }
        fn append(&mut self, lines: &[String], durable: bool) -> Result<(), Error> {
            let room = self.1.checked_sub(1);
            self.1 = room.ok_or_else(|| Error::journal(std::io::Error::other("full")))?;
            self.0.append(lines, durable)
        }
    }
    for flow in [Flow::Invite, Flow::Suspend] {
        let (service, journal) = (service(flow), Torn::default());
        let plan = plan(flow, &service, &service.org()).await;
        let full = Full(journal.clone(), 3);
        let error = plan.clone().run().journal(full).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        let report = plan.resume(journal).await.unwrap();
        let open = report
            .rows
            .iter()
            .filter(|row| row.outcome.word() == "in doubt");
        assert_eq!(open.count(), 0, "{:?}", report.counts());
        for n in 0..people() {
            assert!(service.sandbox.invitations(&address(n)).count <= 1);
        }
    }
}
