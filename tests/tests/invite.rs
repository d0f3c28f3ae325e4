//! Inviting people, over real HTTP.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{
    ErrorKind, GrantOutcome, GroupId, InvitationOutcome, InvitationReport, InviteUsers,
    Organization, Role,
};
use atlassian_orgs_sandbox::behaviour::InviteRoleName;
use atlassian_orgs_sandbox::{
    Answer, Builder, Directory, Fault, Group, Profile, Resource, Rule, Sandbox, User,
};
use support::{calls, org, seen, transcript};

const JIRA: &str = "ari:cloud:jira::site/cloud-1";

fn company() -> Builder {
    Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .resources([Resource::new(JIRA).directory("dir-1")])
        .groups([Group::new("crew").id("group-1").directory("dir-1")])
}

fn jira() -> atlassian_orgs::Resource {
    atlassian_orgs::Resource::new(JIRA).unwrap()
}

fn crew() -> GroupId {
    GroupId::new("group-1").unwrap()
}

fn invite<'a>(org: &Organization, addresses: &'a str) -> InviteUsers<'a> {
    org.invite_users(addresses)
        .grant(Role::USER, jira())
        .add_to_group(&crew())
}

fn words(report: &InvitationReport) -> Vec<&'static str> {
    report.rows.iter().map(|row| row.outcome.word()).collect()
}

/// `n` addresses, `p0@example.com` and on.
fn people(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("p{n}@example.com")).collect()
}

fn invited(sandbox: &Sandbox, n: usize) -> Vec<usize> {
    people(n)
        .iter()
        .map(|p| sandbox.invitations(p).count)
        .collect()
}

#[tokio::test]
async fn people_are_invited_with_roles_and_groups_in_both_profiles() {
    for (name, profile) in [
        ("invite_published", Profile::Published),
        ("invite_live", Profile::Live),
    ] {
        let sandbox = company().profile(profile).start().await.unwrap();
        let report = invite(
            &org(&sandbox),
            "mia@example.com, Kim@example.com;mia@example.com",
        )
        .notify("Welcome")
        .send()
        .await
        .unwrap();
        report.ensure_complete().unwrap();
        assert_eq!(report.repeated, 1);
        let mia = sandbox.user("mia@example.com").unwrap();
        assert!(mia.membership("dir-1").is_some() && mia.groups.iter().any(|g| &**g == "group-1"));
        assert_eq!(sandbox.invitations("mia@example.com").mails, 1);
        let mut text = transcript(&sandbox, &report);
        // New accounts get ids that the sandbox draws.
        for address in ["mia@example.com", "kim@example.com"] {
            let id = sandbox.user(address).unwrap().id().to_owned();
            text = text
                .replace(&id, "(drawn)")
                .replace(&id[id.len() - 4..], "(drawn)");
        }
        insta::assert_snapshot!(name, text);
    }
}

#[tokio::test]
async fn a_silent_invitation_asks_for_no_mail() {
    let sandbox = company().start().await.unwrap();
    invite(&org(&sandbox), "mia@example.com")
        .silent()
        .send()
        .await
        .unwrap()
        .ensure_complete()
        .unwrap();
    assert_eq!(
        (
            sandbox.invitations("mia@example.com").count,
            sandbox.invitations("mia@example.com").mails
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn what_can_not_be_right_sends_nothing() {
    let sandbox = company().start().await.unwrap();
    let org = org(&sandbox);
    let errors = [
        invite(&org, "mia@example.com, nonsense, kim@, kim@example.com")
            .silent()
            .send()
            .await,
        invite(&org, "").silent().send().await,
        invite(&org, "mia@example.com").send().await,
        invite(&org, "mia@example.com").notify(" ").send().await,
        org.invite_users("mia@example.com").silent().send().await,
        org.invite_users("mia@example.com")
            .grant(
                Role::USER,
                atlassian_orgs::Resource::new("ari:cloud:jira-admin::site/1").unwrap(),
            )
            .silent()
            .send()
            .await,
    ];
    let errors: Vec<String> = errors.into_iter().map(|e| seen(&e.unwrap_err())).collect();
    assert!(sandbox.requests().is_empty());
    insta::assert_snapshot!(errors.join("\n"));
}

/// A 206 is a success of HTTP with failures inside.
#[tokio::test]
async fn a_206_is_never_an_ok() {
    for (name, profile) in [
        ("a_206_published", Profile::Published),
        ("a_206_live", Profile::Live),
    ] {
        let sandbox = company()
            .profile(profile)
            .refuse_invitation("kim@example.com", "no")
            .start()
            .await
            .unwrap();
        let report = invite(&org(&sandbox), "mia@example.com kim@example.com")
            .silent()
            .send()
            .await
            .unwrap();
        assert_eq!(sandbox.requests().last().unwrap().sent.status, 206);
        assert!(!report.is_complete());
        assert_eq!(report.rows[0].outcome.word(), "invited");
        assert_ne!(report.rows[1].outcome.word(), "invited");
        let error = report.ensure_complete().unwrap_err();
        assert_eq!(
            (error.kind(), error.positions()),
            (ErrorKind::Incomplete, &[2][..])
        );
        let mia = sandbox.user("mia@example.com").unwrap().id().to_owned();
        let text = format!(
            "{}── the caller got\n{report}{}",
            support::wire(&sandbox),
            seen(&error)
        );
        insta::assert_snapshot!(name, text.replace(&mia, "(drawn)"));
    }
}

/// Rows by hand: every way in which an answer can fall short.
#[tokio::test]
async fn only_a_persons_own_row_counts() {
    let role = |status: &str| {
        format!(
            r#"{{"resource":"{JIRA}","role":"ari:cloud:jira::role/product/member","status":"{status}"}}"#
        )
    };
    let group = |status: &str| format!(r#"{{"group":"group-1","status":"{status}"}}"#);
    let row = |email: &str, role: &str, group: &str| {
        format!(
            r#"{{"id":"557058:a","email":"{email}","results":[{{"roleAssignmentResult":[{role}],"groupAssignmentResult":[{group}]}}]}}"#
        )
    };
    for (rows, expected) in [
        (
            row("MIA@example.com", &role("INVITED"), &group("INVITED")),
            "invited",
        ),
        (
            row("mia@example.com", &role("INVITED"), &group("ERROR")),
            "partly",
        ),
        (row("mia@example.com", &role("INVITED"), ""), "partly"),
        (
            row("mia@example.com", &role("ERROR"), &group("ERROR")),
            "failed",
        ),
        (row("mia@example.com", "", ""), "in doubt"),
        (
            row("mia@example.com", &role("LATER"), &group("LATER")),
            "in doubt",
        ),
        (
            row("kim@example.com", &role("INVITED"), &group("INVITED")),
            "in doubt",
        ),
        (r#"{"email":"mia@example.com"}"#.to_owned(), "in doubt"),
        (String::new(), "in doubt"),
    ] {
        for status in [200, 206, 202] {
            let body = format!(r#"{{"data":[{rows}]}}"#);
            let answer = Answer::new(status).body("application/json", body);
            let sandbox = company()
                .fault(Rule::new(Fault::AnswerAfter(answer)).on("users.invite"))
                .start()
                .await
                .unwrap();
            let report = invite(&org(&sandbox), "mia@example.com")
                .silent()
                .send()
                .await
                .unwrap();
            assert_eq!(words(&report), [expected], "{rows}");
            assert_eq!(calls(&sandbox, "users.invite"), 1);
        }
    }
}

/// The role in an answer has been seen under another name than the one that was sent.
#[tokio::test]
async fn results_are_matched_by_resource_and_not_by_role() {
    for position in [InviteRoleName::AsSent, InviteRoleName::Ari] {
        let sandbox = company().behaviour(position).start().await.unwrap();
        let report = invite(&org(&sandbox), "mia@example.com")
            .silent()
            .send()
            .await
            .unwrap();
        assert_eq!(words(&report), ["invited"]);
        assert!(
            report.rows[0]
                .grants
                .iter()
                .all(|(_, o)| *o == GrantOutcome::Granted)
        );
    }
}

#[tokio::test]
async fn where_people_stand_decides_what_is_sent() {
    let sandbox = company()
        .user(
            User::new("member@example.com")
                .group("group-1")
                .role(JIRA, "atlassian/user"),
        )
        .user(User::new("partly@example.com").role(JIRA, "atlassian/user"))
        .user(User::new("suspended@example.com").suspended())
        .user(User::new("gone@example.com").deactivated())
        .user(User::new("leaving@example.com").for_deletion())
        .user(User::new("claimed@example.com").managed().not_invited())
        .start()
        .await
        .unwrap();
    let list = "member@example.com partly@example.com suspended@example.com gone@example.com \
                leaving@example.com claimed@example.com new@example.com";
    let report = invite(&org(&sandbox), list).silent().send().await.unwrap();
    assert_eq!(
        words(&report),
        [
            "already a member",
            "invited",
            "needs restoring",
            "refused",
            "refused",
            "invited",
            "invited"
        ]
    );
    insta::assert_snapshot!(format!(
        "{report}{}",
        seen(&report.ensure_complete().unwrap_err())
    ));
    for address in [
        "member@example.com",
        "suspended@example.com",
        "gone@example.com",
        "leaving@example.com",
    ] {
        assert_eq!(sandbox.invitations(address).count, 0, "{address}");
    }
}

#[tokio::test]
async fn any_number_goes_out_25_a_request() {
    let sandbox = company().start().await.unwrap();
    let report = org(&sandbox)
        .invite_users(people(130))
        .grant(Role::USER, jira())
        .silent()
        .send()
        .await
        .unwrap();
    report.ensure_complete().unwrap();
    assert_eq!(
        (
            calls(&sandbox, "users.search"),
            calls(&sandbox, "users.invite")
        ),
        (2, 6)
    );
    assert!(invited(&sandbox, 130).iter().all(|count| *count == 1));
}

/// A deactivated account that the look-up does not show fails the whole request. It is found by
/// splitting, and nobody is invited twice.
#[tokio::test]
async fn the_one_at_fault_is_found() {
    let refused = Answer::new(400).body(
        "application/json",
        r#"{"errors":[{"code":"ADMIN-UAM-400-2","title":"Inactive User"}]}"#,
    );
    let rule = Rule::new(Fault::Answer(refused))
        .on("users.invite")
        .about("\"p17@example.com\"");
    let sandbox = company().fault(rule).start().await.unwrap();
    let report = org(&sandbox)
        .invite_users(people(60))
        .grant(Role::USER, jira())
        .silent()
        .send()
        .await
        .unwrap();
    for (n, row) in report.rows.iter().enumerate() {
        assert_eq!(
            row.outcome.word(),
            if n == 17 { "refused" } else { "invited" },
            "{n}"
        );
    }
    let InvitationOutcome::Refused(error) = &report.rows[17].outcome else {
        panic!()
    };
    assert!(error.is_deactivated());
    let counts = invited(&sandbox, 60);
    assert!(
        counts
            .iter()
            .enumerate()
            .all(|(n, count)| *count == usize::from(n != 17))
    );
}

/// A "refusal" that took effect all the same: nobody is named again.
#[tokio::test]
async fn a_refusal_that_was_none_is_in_doubt_and_not_repeated() {
    let refused = Answer::new(400).body(
        "application/json",
        r#"{"errors":[{"code":"ADMIN-UAM-400-1"}]}"#,
    );
    let rule = Rule::new(Fault::AnswerAfter(refused))
        .on("users.invite")
        .times(1);
    let sandbox = company().fault(rule).start().await.unwrap();
    let report = org(&sandbox)
        .invite_users(people(10))
        .grant(Role::USER, jira())
        .silent()
        .send()
        .await
        .unwrap();
    assert!(words(&report).iter().all(|word| *word == "in doubt"));
    assert!(invited(&sandbox, 10).iter().all(|count| *count == 1));
    assert_eq!(calls(&sandbox, "users.invite"), 1);
}

#[tokio::test]
async fn a_lost_answer_leaves_its_people_in_doubt_and_the_others_reported() {
    for (fault, second) in [
        (Fault::DropAfter, "not started"),
        (
            Fault::AnswerAfter(Answer::new(502).body("text/html", "<html>Bad gateway</html>")),
            "invited",
        ),
        (
            Fault::AnswerAfter(Answer::new(200).body("application/json", "{\"data\":[{\"em")),
            "invited",
        ),
    ] {
        let sandbox = company()
            .fault(Rule::new(fault).on("users.invite").nth(2))
            .start()
            .await
            .unwrap();
        let report = org(&sandbox)
            .invite_users(people(60))
            .grant(Role::USER, jira())
            .silent()
            .send()
            .await
            .unwrap();
        let words = words(&report);
        assert!(words[..25].iter().all(|w| *w == "invited"));
        assert!(words[25..50].iter().all(|w| *w == "in doubt"));
        assert!(words[50..].iter().all(|w| *w == second));
        assert!(invited(&sandbox, 60).iter().all(|count| *count <= 1));
    }
}

#[tokio::test]
async fn what_ends_every_request_ends_the_run() {
    let sandbox = company().paid_plan(false).start().await.unwrap();
    let report = org(&sandbox)
        .invite_users(people(60))
        .grant(Role::USER, jira())
        .silent()
        .send()
        .await
        .unwrap();
    assert_eq!(calls(&sandbox, "users.invite"), 1);
    assert_eq!(report.counts(), [("refused", 25), ("not started", 35)]);
    insta::assert_snapshot!("no_paid_plan", seen(&report.ensure_complete().unwrap_err()));

    let seats = Resource::new(JIRA).directory("dir-1").seats(25);
    let sandbox = Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .resources([seats])
        .start()
        .await
        .unwrap();
    let report = org(&sandbox)
        .invite_users(people(60))
        .grant(Role::USER, jira())
        .silent()
        .send()
        .await
        .unwrap();
    assert_eq!(
        report.counts(),
        [("invited", 25), ("refused", 25), ("not started", 10)]
    );
    insta::assert_snapshot!("no_seat", seen(&report.ensure_complete().unwrap_err()));

    for (code, status) in [
        ("ADMIN-UAM-404-3", 404),
        ("ADMIN-UAM-400-3", 400),
        ("ADMIN-UAM-400-5", 400),
    ] {
        let answer = Answer::new(status).body(
            "application/json",
            format!(r#"{{"errors":[{{"code":"{code}"}}]}}"#),
        );
        let sandbox = company()
            .fault(Rule::new(Fault::Answer(answer)).on("users.invite"))
            .start()
            .await
            .unwrap();
        let report = org(&sandbox)
            .invite_users(people(60))
            .grant(Role::USER, jira())
            .silent()
            .send()
            .await
            .unwrap();
        assert_eq!(
            calls(&sandbox, "users.invite"),
            1,
            "{code} is about the grants, not about a person"
        );
        assert_eq!(report.counts(), [("refused", 25), ("not started", 35)]);
    }
}
