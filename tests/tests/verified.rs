//! Reads that lag behind writes, on virtual time.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use atlassian_orgs::{ErrorKind, Evidence, MembershipStatus, Outcome};
use atlassian_orgs_sandbox::{Answer, Directory, Fault, Membership, Rule, Sandbox, User};
use support::virtual_time::InProcess;
use tokio::time::Instant;

const MIA: &str = "mia@example.com";
const MINUTE: Duration = Duration::from_secs(60);

fn staff(user: User) -> atlassian_orgs_sandbox::Builder {
    Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .user(user)
}

fn service(builder: atlassian_orgs_sandbox::Builder) -> Arc<InProcess> {
    InProcess::new(builder.in_process().unwrap())
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[tokio::test(start_paused = true)]
async fn a_change_is_done_when_reads_show_it() {
    for lag in [0, 3, 15, 30] {
        for user in [User::new(MIA), User::new(MIA).suspended()] {
            let service = service(staff(user).lag(seconds(lag)));
            let person = service.org().user(MIA);
            let was_suspended =
                person.get().await.unwrap().membership == Some(MembershipStatus::Suspended);
            let began = Instant::now();
            let change = if was_suspended {
                person.restore()
            } else {
                person.suspend()
            };
            let done = change.verified(MINUTE).await.unwrap();
            let evidence = Evidence::Acknowledged;
            assert!(matches!(done.outcome, Outcome::Changed { evidence: e } if e == evidence));
            let wished = if was_suspended {
                MembershipStatus::Active
            } else {
                MembershipStatus::Suspended
            };
            assert_eq!(
                person.get().await.unwrap().membership,
                Some(wished),
                "lag {lag}"
            );
            let took = began.elapsed();
            assert!(
                took >= seconds(lag) && took < seconds(lag + 6),
                "lag {lag}: {took:?}"
            );
            let writes = service.sends("suspend_user") + service.sends("restore_user");
            assert_eq!(writes, 1, "it was only read again");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_show_in_time_is_pending_with_the_last_state_seen() {
    let service = service(staff(User::new(MIA)).lag(seconds(90)));
    let person = service.org().user(MIA);
    let began = Instant::now();
    let error = person.suspend().verified(MINUTE).await.unwrap_err();
    assert!(error.is_pending() && !error.is_in_doubt() && error.may_have_been_sent());
    assert_eq!(error.last_seen(), Some(&MembershipStatus::Active));
    assert!(began.elapsed() < seconds(63), "{:?}", began.elapsed());
    insta::assert_snapshot!(support::seen(&error), @"
    acknowledged, but not visible after 60 s: the last read showed an active member; reads lag behind changes, and a removal may be queued: read again later
      kind Pending, sent true, in doubt false
    ");
    // Without being asked to wait, the acknowledgement counts.
    let report = person.remove().in_every_directory().await.unwrap();
    assert!(report.is_complete());
}

/// A removal that is acknowledged and queued, with a service that takes its time.
#[tokio::test(start_paused = true)]
async fn a_removal_may_be_queued() {
    let queued = Rule::new(Fault::Answer(Answer::new(204)))
        .on("users.remove")
        .times(1);
    let service = service(staff(User::new(MIA)).fault(queued));
    let (person, later) = (service.org().user(MIA), service.clone());
    let queue = tokio::spawn(async move {
        tokio::time::sleep(seconds(25)).await;
        let id = later.sandbox.user(MIA).unwrap().id().to_owned();
        let org = later.org_of(later.builder());
        let raw = later.builder().build().unwrap().raw();
        let request = raw
            .remove_user()
            .org_id(org.id().as_str())
            .directory_id("dir-1");
        request.account_id(id).send().await.unwrap();
    });
    let began = Instant::now();
    let done = person.remove().verified(MINUTE).await.unwrap();
    assert!(done.is_changed() && began.elapsed() >= seconds(25));
    queue.await.unwrap();

    let never = Rule::new(Fault::Answer(Answer::new(204))).on("users.remove");
    let service = self::service(staff(User::new(MIA)).fault(never));
    let report = service
        .org()
        .user(MIA)
        .remove()
        .verified(seconds(30))
        .in_every_directory();
    let report = report.await.unwrap();
    assert_eq!(report.rows[0].outcome.word(), "pending");
    let error = report.rows[0].outcome.error().unwrap();
    assert_eq!(error.last_seen(), Some(&MembershipStatus::Active));
    assert_eq!(
        report.ensure_complete().unwrap_err().kind(),
        ErrorKind::Incomplete
    );
}

/// What a lagging read showed as done already was not: somebody had just changed it back.
#[tokio::test(start_paused = true)]
async fn already_done_is_watched_too() {
    let service = service(staff(User::new(MIA).suspended()).lag(seconds(10)));
    let person = service.org().user(MIA);
    assert!(person.restore().await.unwrap().is_changed());
    // The read is behind: without a watch this is wrong, and can't know it.
    let wrong = person.suspend().await.unwrap();
    assert!(!wrong.is_changed());
    assert_eq!(
        service.sandbox.user(MIA).unwrap().membership("dir-1"),
        Some(Membership::Active)
    );
    let done = person.suspend().verified(MINUTE).await.unwrap();
    assert!(done.is_changed());
    assert_eq!(
        service.sandbox.user(MIA).unwrap().membership("dir-1"),
        Some(Membership::Suspended)
    );

    // And what is so stays so: nothing is sent, and the time of the read is that of the last one.
    let began = Instant::now();
    let sends = service.sends("suspend_user");
    let done = person.suspend().verified(MINUTE).await.unwrap();
    let Outcome::AlreadyDone { read_at } = done.outcome else {
        panic!("{done}")
    };
    assert!(read_at >= done.before.read_at + seconds(15));
    assert!((seconds(15)..seconds(17)).contains(&began.elapsed()));
    assert_eq!(service.sends("suspend_user"), sends);
}

/// The same for somebody who seems to be in no directory.
#[tokio::test(start_paused = true)]
async fn an_absence_is_watched_too() {
    let service = service(staff(User::new(MIA).managed().not_invited()).lag(seconds(10)));
    let org = service.org();
    let group = atlassian_orgs::Resource::new(&service.sandbox.resource_ids()[0]).unwrap();
    let invite = org
        .invite_users(MIA)
        .grant(atlassian_orgs::Role::USER, group)
        .silent();
    invite.send().await.unwrap().ensure_complete().unwrap();
    let person = org.user(MIA);
    assert!(
        !person.remove().await.unwrap().is_changed(),
        "the read is behind"
    );
    let done = person.remove().verified(MINUTE).await.unwrap();
    assert!(done.is_changed());
    assert_eq!(
        service
            .sandbox
            .user(MIA)
            .and_then(|u| u.membership("dir-1")),
        None
    );
}

/// What is in doubt gets the same time to show.
#[tokio::test(start_paused = true)]
async fn a_doubt_may_be_lifted_by_a_later_read() {
    let lost = Rule::new(Fault::DropAfter).on("users.suspend");
    let service = service(staff(User::new(MIA)).lag(seconds(10)).fault(lost.clone()));
    let error = service.org().user(MIA).suspend().await.unwrap_err();
    assert!(error.is_in_doubt(), "{error}");
    let service = self::service(staff(User::new(MIA)).lag(seconds(10)).fault(lost));
    let done = service
        .org()
        .user(MIA)
        .suspend()
        .verified(MINUTE)
        .await
        .unwrap();
    let evidence = Evidence::Observed;
    assert!(matches!(done.outcome, Outcome::Changed { evidence: e } if e == evidence));
    assert_eq!(service.sends("suspend_user"), 2);
}

/// Reads that fail while waiting say nothing; reads that will always fail end the waiting.
#[tokio::test(start_paused = true)]
async fn failed_reads_are_no_states() {
    let broken = |answer| Rule::new(Fault::Answer(answer)).on("users.search");
    let service = service(staff(User::new(MIA)).lag(seconds(5)));
    let person = service.org().user(MIA);
    let change = person.suspend().verified(MINUTE);
    let task = tokio::spawn(change.into_future());
    tokio::time::sleep(seconds(1)).await;
    service
        .sandbox
        .add_fault(broken(Answer::new(500)).times(20));
    assert!(task.await.unwrap().unwrap().is_changed());

    service.sandbox.clear_faults();
    let began = Instant::now();
    let task = tokio::spawn(person.restore().verified(MINUTE).into_future());
    tokio::time::sleep(seconds(1)).await;
    service.sandbox.add_fault(broken(Answer::new(401)));
    let error = task.await.unwrap().unwrap_err();
    assert!(
        error.is_pending() && began.elapsed() < seconds(10),
        "{error}"
    );
    assert!(
        std::error::Error::source(&error)
            .unwrap()
            .to_string()
            .contains("401")
    );
}
