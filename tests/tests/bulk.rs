//! What a run of many changes does, on virtual time.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use atlassian_orgs::{
    ApiKey, Decision, ErrorKind, Evidence, MembershipStatus, MemoryJournal, Organization, Outcome,
    People, Resource, Role, RunEvent, Stop,
};
use atlassian_orgs_sandbox::{Answer, Builder, Directory, Fault, Membership, Rule, Sandbox, User};
use support::virtual_time::InProcess;

fn address(n: usize) -> String {
    format!("p{n}@example.com")
}

fn everybody(n: usize) -> impl Iterator<Item = String> + Send {
    (0..n).map(address)
}

fn staff(n: usize) -> Builder {
    let builder = Sandbox::builder().directory(Directory::new("Staff").id("dir-1"));
    (0..n).fold(builder, |builder, n| builder.user(User::new(address(n))))
}

fn service(builder: Builder) -> Arc<InProcess> {
    InProcess::new(builder.in_process().unwrap())
}

fn suspended(service: &InProcess, n: usize) -> usize {
    let is = |n: &usize| {
        let person = service.sandbox.user(&address(*n)).unwrap();
        person.membership("dir-1") == Some(Membership::Suspended)
    };
    (0..n).filter(is).count()
}

fn jira(service: &InProcess) -> Resource {
    Resource::new(service.sandbox.resource_ids().remove(0)).unwrap()
}

fn is_write(exchange: &atlassian_orgs_sandbox::Exchange) -> bool {
    let path = &exchange.received.path;
    ["/suspend", "/restore", "/invite"]
        .iter()
        .any(|end| path.ends_with(end))
        || exchange.received.method == "DELETE"
}

fn writes(service: &InProcess) -> usize {
    service
        .sandbox
        .requests()
        .iter()
        .filter(|exchange| is_write(exchange))
        .count()
}

#[tokio::test(start_paused = true)]
async fn no_request_is_wasted() {
    // 250 people: 3 searches to plan, 3 before, 250 changes, 3 after, and the directories once.
    let service = service(staff(250));
    let plan = service
        .org()
        .suspend_users(everybody(250))
        .plan()
        .await
        .unwrap();
    assert_eq!(plan.estimate().requests, 256);
    let planned = service.sandbox.requests().len();
    assert_eq!(planned, 4);
    plan.run().await.unwrap().ensure_complete().unwrap();
    assert_eq!(service.sandbox.requests().len() - planned, 256);
    assert_eq!(suspended(&service, 250), 250);

    // 250 invitations: 3 searches before, 10 requests of 25, 3 searches after.
    let service = self::service(staff(0));
    let plan = service
        .org()
        .invite_users(everybody(250))
        .grant(Role::USER, jira(&service))
        .silent();
    let plan = plan.plan().await.unwrap();
    assert_eq!(plan.estimate().requests, 16);
    service.sandbox.clear_requests();
    let report = plan.run().await.unwrap();
    report.ensure_complete().unwrap();
    assert_eq!(service.sandbox.requests().len(), 16);
    let row = &report.rows[7];
    assert_eq!((row.position, row.attempts, row.status), (8, 1, Some(200)));
    assert!(row.before.is_none() && row.started_at.is_some());
    let after = row.after.as_ref().unwrap();
    assert_eq!(after.membership, Some(MembershipStatus::Active));
}

#[tokio::test(start_paused = true)]
async fn changes_go_side_by_side_and_never_two_for_one_person() {
    /// Counts what is under way.
    fn most_at_once(service: &InProcess) -> usize {
        service.most_at_once(|path| path.ends_with("/suspend"))
    }
    for at_once in [1, 8, 20] {
        let service = service(staff(100));
        let plan = service
            .org()
            .suspend_users(everybody(100))
            .plan()
            .await
            .unwrap();
        plan.run()
            .at_once(at_once)
            .await
            .unwrap()
            .ensure_complete()
            .unwrap();
        // More than eight are for the limiter to allow.
        let most = most_at_once(&service);
        assert!(
            most == at_once || at_once == 20 && most > 8,
            "{most} of {at_once}"
        );
    }
    // One person in five directories: five changes, one after the other.
    let mut builder = Sandbox::builder();
    let mut user = User::new(address(0));
    for n in 0..5 {
        builder = builder.directory(Directory::new(format!("D{n}")).id(format!("dir-{n}")));
        user = user.membership(format!("dir-{n}"), Membership::Active);
    }
    let service = self::service(builder.user(user));
    let change = service
        .org()
        .suspend_users([address(0)])
        .in_every_directory();
    let plan = change.plan().await.unwrap();
    assert_eq!(plan.rows().len(), 5);
    plan.run().await.unwrap().ensure_complete().unwrap();
    assert_eq!(most_at_once(&service), 1);
    let person = service.sandbox.user(&address(0)).unwrap();
    assert_eq!(person.overall_membership(), Some(Membership::Suspended));
}

#[tokio::test(start_paused = true)]
async fn one_failure_stops_nobody_else() {
    let broken = Rule::new(Fault::Answer(Answer::new(409)))
        .on("users.suspend")
        .nth(3);
    let service = service(staff(30).fault(broken));
    let plan = service
        .org()
        .suspend_users(everybody(30))
        .plan()
        .await
        .unwrap();
    let report = plan.run().await.unwrap();
    assert_eq!(report.counts(), [("changed", 29), ("refused", 1)]);
    assert_eq!(suspended(&service, 30), 29);
    let error = report.ensure_complete().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!(error.positions().len(), 1);
    let row = &report.rows[error.positions()[0] - 1];
    assert_eq!((row.status, row.attempts), (Some(409), 1));
}

#[tokio::test(start_paused = true)]
async fn it_stops_after_as_many_failures_as_it_is_told() {
    let broken = Rule::new(Fault::Answer(Answer::new(409))).on("users.suspend");
    let service = service(staff(300).fault(broken));
    let plan = service
        .org()
        .suspend_users(everybody(300))
        .plan()
        .await
        .unwrap();
    let report = plan.run().at_once(2).stop_after(3).await.unwrap();
    let refused = report
        .rows
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::Refused(_)));
    assert!((3..=4).contains(&refused.count()));
    assert_eq!(report.stopped.unwrap().kind(), ErrorKind::Stopped);
    assert_eq!(suspended(&service, 300), 0);
    assert!(writes(&service) <= 4);
}

/// What every request would meet stops the run; the rest is not started, and another key finishes it.
#[tokio::test(start_paused = true)]
async fn another_key_finishes_what_a_401_has_stopped() {
    for status in [401, 402, 403] {
        for invite in [false, true] {
            let operation = if invite {
                "users.invite"
            } else {
                "users.suspend"
            };
            let refused = Fault::Answer(Answer::new(status));
            let service = service(staff(if invite { 0 } else { 200 }));
            let org = service.org();
            let plan = match invite {
                true => {
                    let all = org.invite_users(everybody(200));
                    all.grant(Role::USER, jira(&service))
                        .silent()
                        .plan()
                        .await
                        .unwrap()
                }
                false => org.suspend_users(everybody(200)).plan().await.unwrap(),
            };
            let (journal, events) = (MemoryJournal::new(), Arc::new(Mutex::new(Vec::new())));
            let sandbox = service.sandbox.clone();
            let seen = events.clone();
            let refuses = Mutex::new(Some(Rule::new(refused).on(operation)));
            let run = plan.clone().run().journal(journal.clone()).operator("Kim");
            let report = run
                .on_event(move |event| {
                    let mut seen = seen.lock().unwrap();
                    // Once something has worked, the key ends.
                    if let RunEvent::Outcome { .. } = event
                        && seen.len() > 30
                        && let Some(rule) = refuses.lock().unwrap().take()
                    {
                        sandbox.add_fault(rule);
                    }
                    seen.push(event);
                })
                .await
                .unwrap();
            let done = report
                .rows
                .iter()
                .filter(|row| row.outcome.is_done())
                .count();
            assert!((1..200).contains(&done), "{status} {invite}: {done}");
            let mut open = report.rows.iter().filter(|row| !row.outcome.is_done());
            assert!(open.all(|row| matches!(row.outcome, Outcome::NotStarted(_))));
            assert_eq!(report.stopped.as_ref().unwrap().status(), Some(status));
            assert!(matches!(
                events.lock().unwrap().last(),
                Some(RunEvent::Stopped(_))
            ));

            service.sandbox.clear_faults();
            let key = ApiKey::new(service.sandbox.api_key()).unwrap();
            let other = service.org_of(service.builder().api_key(key).seed(9));
            let report = plan
                .bind(&other)
                .unwrap()
                .resume(journal)
                .operator("Mia")
                .await
                .unwrap();
            report.ensure_complete().unwrap();
            assert_eq!(report.rows.len(), 200);
            assert_eq!(report.operator.as_deref(), Some("Mia"));
            for n in 0..200 {
                let invitations = service.sandbox.invitations(&address(n));
                assert!(invitations.count <= 1, "{n}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_finishes_what_is_under_way() {
    let service = service(staff(300));
    let plan = service
        .org()
        .suspend_users(everybody(300))
        .plan()
        .await
        .unwrap();
    let (stop, journal, count) = (Stop::new(), MemoryJournal::new(), Arc::new(Mutex::new(0)));
    let hand = stop.clone();
    let run = plan
        .clone()
        .run()
        .journal(journal.clone())
        .stop_when(&stop)
        .on_event(move |event| {
            if let RunEvent::Outcome {
                word: "changed", ..
            } = event
            {
                let mut count = count.lock().unwrap();
                *count += 1;
                if *count == 40 {
                    hand.stop();
                }
            }
        });
    let report = run.await.unwrap();
    let done = suspended(&service, 300);
    assert!((40..=48).contains(&done), "{done}");
    assert_eq!(
        report.counts(),
        [("changed", done as u64), ("not started", 300 - done as u64)]
    );
    let report = plan.resume(journal).await.unwrap();
    assert_eq!(report.counts(), [("changed", 300)]);
    assert_eq!(writes(&service), 300);
}

#[tokio::test(start_paused = true)]
async fn a_licence_limit_stops_those_who_want_the_same() {
    let full = Answer::new(409).body(
        "application/json",
        r#"{"errors":[{"code":"ADMIN-UAM-409-3","title":"limit"}]}"#,
    );
    let service = service(staff(0));
    let resources = service.sandbox.resource_ids();
    service.sandbox.add_fault(
        Rule::new(Fault::Answer(full))
            .on("users.invite")
            .about(&resources[0]),
    );
    let line = |n: usize| format!("{},atlassian/user,{}\n", address(n), resources[n % 2]);
    let csv = format!(
        "email,role,resource\n{}",
        (0..200).map(line).collect::<String>()
    );
    let list = People::csv(csv.as_bytes()).unwrap();
    let plan = service
        .org()
        .invite_users(list)
        .silent()
        .plan()
        .await
        .unwrap();
    let report = plan.run().at_once(1).await.unwrap();
    for row in &report.rows {
        match row.position % 2 {
            0 => assert!(row.outcome.is_done(), "{row:?}"),
            _ => assert!(row.outcome.error().unwrap().is_licence_limit(), "{row:?}"),
        }
    }
    let refused = report
        .rows
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::Refused(_)));
    assert_eq!(
        refused.count(),
        25,
        "one request was refused, and no other sent"
    );
    assert_eq!(report.stopped.map(|error| error.kind()), None);
}

#[tokio::test(start_paused = true)]
async fn an_outage_stops_the_run_before_all_is_in_doubt() {
    let lost = Rule::new(Fault::DropAfter).on("users.invite");
    let service = service(staff(0).fault(lost));
    let plan = service
        .org()
        .invite_users(everybody(1000))
        .grant(Role::USER, jira(&service))
        .silent();
    let report = plan.plan().await.unwrap().run().at_once(2).await.unwrap();
    assert!(writes(&service) <= 3, "{}", writes(&service));
    assert_eq!(report.stopped.as_ref().unwrap().kind(), ErrorKind::Stopped);
    // They were taken, and reading afterwards shows it.
    let observed = |row: &&atlassian_orgs::ReportRow| {
        matches!(
            row.outcome,
            Outcome::Changed {
                evidence: Evidence::Observed
            }
        )
    };
    assert_eq!(
        report.rows.iter().filter(observed).count(),
        25 * writes(&service)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_in_doubt_is_sent_again_only_on_somebodys_word() {
    let lost = Rule::new(Fault::DropBefore).on("users.invite").times(1);
    let service = service(staff(0).fault(lost));
    let plan = service
        .org()
        .invite_users(everybody(60))
        .grant(Role::USER, jira(&service))
        .silent();
    let (plan, journal) = (plan.plan().await.unwrap(), MemoryJournal::new());
    let report = plan.clone().run().journal(journal.clone()).await.unwrap();
    assert_eq!(report.counts(), [("changed", 35), ("in doubt", 25)]);
    let report = plan.clone().resume(journal.clone()).await.unwrap();
    assert_eq!(report.counts(), [("changed", 35), ("in doubt", 25)]);
    assert_eq!(writes(&service), 3);
    let report = plan.resume(journal).resend_in_doubt().await.unwrap();
    assert_eq!(report.counts(), [("changed", 60)]);
    assert_eq!(writes(&service), 4);
}

#[tokio::test(start_paused = true)]
async fn changes_are_seen_to() {
    for (lag, within, word) in [(10, 60, "changed"), (100, 30, "pending")] {
        let service = service(staff(150).lag(Duration::from_secs(lag)));
        let plan = service
            .org()
            .suspend_users(everybody(150))
            .plan()
            .await
            .unwrap();
        let report = plan
            .run()
            .verified(Duration::from_secs(within))
            .await
            .unwrap();
        assert_eq!(report.counts(), [(word, 150)]);
        let seen = report.rows[0].after.as_ref().unwrap().membership.clone();
        let wished = Some(MembershipStatus::Suspended);
        assert_eq!(seen == wished, word == "changed");
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_changed_since_is_left_alone() {
    let service = service(staff(6));
    let org = service.org();
    let plan = org.suspend_users(everybody(6)).plan().await.unwrap();
    assert!(
        plan.rows()
            .iter()
            .all(|row| row.decision == Decision::Change)
    );
    let id = |n: usize| org.user(address(n));
    let _done = id(0).suspend().await.unwrap();
    let _done = id(1).remove().await.unwrap();
    let report = plan.run().await.unwrap();
    let words: Vec<&str> = report.rows.iter().map(|row| row.outcome.word()).collect();
    assert_eq!(words[0], "already done");
    assert_ne!(words[1], "changed");
    assert_eq!(words[2..], ["changed"; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_a_stream_of_events() {
    let service = service(staff(120));
    let plan = service
        .org()
        .suspend_users(everybody(120))
        .plan()
        .await
        .unwrap();
    let mut events = plan.run().events();
    let (mut outcomes, mut rows, mut ended) = (0, 0, None);
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            RunEvent::Started { total, before, .. } => assert_eq!((total, before), (120, 0)),
            RunEvent::Outcome { .. } => outcomes += 1,
            RunEvent::Row(_) => rows += 1,
            RunEvent::Ended(report) => ended = Some(report),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((outcomes, rows), (120, 120));
    ended.unwrap().ensure_complete().unwrap();
}

/// A report goes through JSON and says the same; people are in CSV, and not in `Display`.
#[tokio::test(start_paused = true)]
async fn a_report_is_evidence() {
    let broken = Rule::new(Fault::Answer(Answer::new(409)))
        .on("users.suspend")
        .nth(2);
    let service = service(staff(5).fault(broken));
    let org: Organization = service.org();
    let people = [
        "p0@example.com",
        "p1@example.com",
        "nobody@example.com",
        "p2@example.com",
    ];
    let plan = org.suspend_users(people).plan().await.unwrap();
    let digest = plan.digest().to_owned();
    let run = plan
        .run()
        .operator("Mia, IT")
        .key_label("offboarding")
        .at_once(1);
    let report = run.await.unwrap();
    assert_eq!(
        (&report.plan_digest, report.version.as_str()),
        (&digest, "0.1.0")
    );
    let text = serde_json::to_string(&report).unwrap();
    let again: atlassian_orgs::Report = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    assert_eq!(again.to_string(), report.to_string());
    let shown = format!("{report}{:?}", report.ensure_complete());
    for person in service.sandbox.people() {
        assert!(!shown.contains(person.email()) && !shown.contains(person.id()));
    }
    let mut csv = Vec::new();
    report.write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let mut shown = format!("{report}\n{csv}");
    for (n, person) in service.sandbox.people().iter().enumerate() {
        shown = shown.replace(person.id(), &format!("[account {n}]"));
        let end = &person.id()[person.id().len() - 4..];
        shown = shown.replace(&format!("…{end}"), &format!("…[{n}]"));
    }
    let shown = shown
        .replace(&digest, "[digest]")
        .replace(org.id().as_str(), "[org]");
    insta::assert_snapshot!(shown);
}
