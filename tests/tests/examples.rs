//! The examples of the facade do what they say, and the probe finds every switch of the sandbox where it
//! stands.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

#[allow(dead_code, unreachable_pub)]
#[path = "../../facade/examples/invite_department.rs"]
mod invite_department;
#[allow(dead_code)]
#[path = "../../facade/examples/probe/main.rs"]
mod probe;
#[allow(dead_code)]
#[path = "../../facade/examples/suspend_leavers/main.rs"]
mod suspend_leavers;

use std::collections::BTreeSet;

use atlassian_orgs::{ErrorKind, Resource};
use atlassian_orgs_sandbox::{
    Answer, BEHAVIOURS, Behaviour, Fault, Membership, Profile, Rule, Sandbox, User,
};
use indicatif::ProgressBar;
use invite_department::{DEPARTMENT, JIRA};
use probe::finding::{Finding, Verdict};
use serde_json::json;
use support::{calls, org};
use suspend_leavers::steps::{self, Crash, Folder};
use suspend_leavers::story;

#[tokio::test]
async fn a_department_is_invited() {
    let sandbox = invite_department::company().start().await.unwrap();
    let app = Resource::new(JIRA).unwrap();
    let plan = invite_department::plan(&org(&sandbox), DEPARTMENT, app)
        .await
        .unwrap();
    assert_eq!(calls(&sandbox, "users.invite"), 0);
    assert_eq!(
        (plan.changes(), plan.already_done(), plan.repeated()),
        (4, 1, 1)
    );

    let report = invite_department::run(plan).await.unwrap();
    report.ensure_complete().unwrap();
    assert_eq!(report.counts(), [("already done", 1), ("changed", 4)]);
    let roles = |address: &str| -> Vec<String> {
        let person = sandbox.user(address).unwrap();
        let roles = person.roles.iter();
        roles.map(|(app, role)| format!("{role} {app}")).collect()
    };
    let jira = format!("atlassian/user {JIRA}");
    let confluence = "atlassian/user ari:cloud:confluence::site/1".to_owned();
    for address in ["mia@example.com", "lee@example.com", "ada@example.com"] {
        assert_eq!(roles(address), std::slice::from_ref(&jira), "{address}");
        assert_eq!(sandbox.invitations(address).mails, 1, "{address}");
    }
    assert_eq!(roles("kim@example.com"), [confluence, jira]);
    let lee = sandbox.user("lee@example.com").unwrap();
    assert!(lee.groups.iter().any(|group| **group == *"group-designers"));
    assert_eq!(sandbox.invitations("max@example.com").count, 0);
}

#[tokio::test]
async fn a_list_that_is_too_long_is_no_department() {
    let sandbox = invite_department::company().start().await.unwrap();
    let mut list = "email\n".to_owned();
    for n in 0..=200 {
        list.push_str(&format!("p{n}@example.com\n"));
    }
    let (org, app) = (org(&sandbox), Resource::new(JIRA).unwrap());
    let plan = invite_department::plan(&org, &list, app).await;
    let error = plan.unwrap_err();
    let error: &atlassian_orgs::Error = error.downcast_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::Refused);
}

/// The bar counts every row once, and ends full.
#[tokio::test]
async fn the_progress_bar_ends_full() {
    let sandbox = invite_department::company().start().await.unwrap();
    let (org, app) = (org(&sandbox), Resource::new(JIRA).unwrap());
    let plan = invite_department::plan(&org, DEPARTMENT, app).await;
    let bar = ProgressBar::hidden();
    let shown = bar.clone();
    let plan = plan.unwrap();
    let run = plan
        .run()
        .on_event(move |event| invite_department::show(&shown, &event));
    run.await.unwrap().ensure_complete().unwrap();
    assert_eq!((bar.position(), bar.length()), (5, Some(5)));
}

#[tokio::test]
async fn leavers_are_suspended_in_spite_of_a_crash() {
    let told = story::tell().await.unwrap();
    told.report.ensure_complete().unwrap();
    let everybody: BTreeSet<String> = story::LEAVERS
        .split([',', ' ', '\n'])
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect();
    assert_eq!(everybody.len(), 13);
    assert_eq!(story::suspended(&told.sandbox), everybody);
    // One was before, four were answered, and of three more no answer came: it crashed in the middle.
    let suspended = told.at_the_crash;
    assert!((5..=8).contains(&suspended), "{suspended}");
    let counts = told.report.counts();
    assert_eq!(
        counts.iter().map(|(_, rows)| rows).sum::<u64>(),
        13,
        "{counts:?}"
    );
    // A request that was still on its way when the run was dropped may have come after the read of the
    // resumed one, which then sends another.
    let sent = calls(&told.sandbox, "users.suspend");
    assert!((12..=15).contains(&sent), "{sent}");
}

#[tokio::test]
async fn only_the_approved_plan_runs() {
    let sandbox = Sandbox::builder().users(3).start().await.unwrap();
    let org = org(&sandbox);
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path()).unwrap();
    let approved = steps::plan(&org, "user-0001@example.com", &folder)
        .await
        .unwrap();
    assert!(steps::approve(&folder, "Mia", &"0".repeat(64)).is_err());
    assert!(!folder.approval().exists());
    steps::approve(&folder, "Mia", approved.digest()).unwrap();

    // Another plan in the place of the approved one, whole and with a right digest of its own.
    std::fs::remove_file(folder.plan()).unwrap();
    let other = steps::plan(&org, "user-0002@example.com", &folder)
        .await
        .unwrap();
    for crash in [Crash::Never, Crash::Drop(1)] {
        let error = steps::run(&org, &folder, crash).await.unwrap_err();
        let both = [approved.digest(), other.digest()];
        assert!(
            both.iter().all(|it| error.to_string().contains(it)),
            "{error}"
        );
    }
    assert!(!folder.journal().exists());
    assert!(story::suspended(&sandbox).is_empty());

    // The approved one runs, once.
    std::fs::write(folder.plan(), serde_json::to_vec(&approved).unwrap()).unwrap();
    let report = steps::run(&org, &folder, Crash::Never)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(report.operator.as_deref(), Some("a job, approved by Mia"));
    assert_eq!(report.plan_digest, approved.digest());
    assert!(steps::run(&org, &folder, Crash::Never).await.is_err());
    assert_eq!(calls(&sandbox, "users.suspend"), 1);
    assert!(story::suspended(&sandbox).contains("user-0001@example.com"));
}

/// Runs the probe, checks that it left nothing but accounts and told nothing about anybody, and returns
/// what it found.
async fn probed(sandbox: Sandbox) -> Vec<Verdict> {
    let before = people(&sandbox);
    let mut out = Vec::new();
    let verdicts = probe::probe(&sandbox, &mut out).await.unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_clean(&sandbox, &out);
    assert_eq!(people(&sandbox), before, "members before and after");
    assert!(sandbox.people().iter().all(|person| !person.is_org_admin()));
    assert!(out.contains("What stays"), "{out}");
    verdicts
}

/// Who is a member, where, how, and with what.
fn people(sandbox: &Sandbox) -> Vec<String> {
    let people = sandbox.people().into_iter();
    let members = people.filter(|person| !person.memberships.is_empty());
    let words = |p: atlassian_orgs_sandbox::Account| {
        format!(
            "{} {:?} {:?} {:?}",
            p.email(),
            p.memberships,
            p.roles,
            p.groups
        )
    };
    members.map(words).collect()
}

fn assert_clean(sandbox: &Sandbox, out: &str) {
    let mut private = vec![
        sandbox.org_id(),
        sandbox.api_key(),
        "example.com".to_owned(),
    ];
    private.extend(sandbox.directory_ids());
    private.extend(sandbox.resource_ids());
    for person in sandbox.people() {
        private.extend([
            person.id().to_owned(),
            person.email().to_owned(),
            person.name,
        ]);
    }
    for it in private {
        let line = out.lines().find(|line| line.contains(&it));
        assert_eq!(line, None, "{it}");
    }
}

/// Texts of the service, too, show nobody, known or not; codes and words stay.
#[test]
fn the_probe_redacts_what_the_service_says() {
    let mut redactor = probe::redact::Redactor::default();
    redactor.learn("ari:cloud:jira::site/abc", "<resource>");
    redactor.learn("abc", "<site>");
    redactor.learn("557058:mia", "<account 1>");
    redactor.learn_names(&json!([{ "nickname": "Mia" }, { "name": "Mia Lee" }]));
    let body = json!({ "errors": [{
        "id": "65e99414",
        "code": "ADMIN-UAM-409-2",
        "status": 409,
        "title": "Resource Conflicts",
        "detail": "Mia Lee (Mia of Miami, 557058:mia, kim@example.com) has \
            ari:cloud:jira::site/abc, see https://example.com/x and 65e99414; ADMIN-UAM-409-2",
        "mia@example.com": 12345,
    }] });
    assert_eq!(
        redactor.body(&body),
        json!({ "errors": [{
            "id": "<text>",
            "code": "ADMIN-UAM-409-2",
            "status": 409,
            "title": "Resource Conflicts",
            "detail": "<name> (<name> of Miami, <account 1>, <address> has \
                <resource>, see <link> and <id> ADMIN-UAM-409-2",
            "<field>": "<number>",
        }] })
    );
}

/// The switches that the probe has a verdict for.
async fn asked() -> Vec<&'static Behaviour> {
    let verdicts = probed(probe::organization().start().await.unwrap()).await;
    let row = |verdict: &Verdict| BEHAVIOURS.iter().find(|row| row.name == verdict.switch);
    verdicts
        .iter()
        .map(|verdict| row(verdict).unwrap())
        .collect()
}

/// Compares each verdict with where the switches stand.
fn compare(verdicts: &[Verdict], stands: impl Fn(&Behaviour) -> &'static str, setting: &str) {
    for verdict in verdicts {
        let row = BEHAVIOURS.iter().find(|row| row.name == verdict.switch);
        let stands = stands(row.unwrap());
        match &verdict.finding {
            // Where nothing fails in its row, there is no such row to look at.
            Finding::Unseen(_) if verdict.switch == "invite-failed-row" => {}
            finding => assert_eq!(
                finding,
                &Finding::Position(stands),
                "{} with {setting}",
                verdict.switch
            ),
        }
    }
}

#[tokio::test]
async fn the_probe_finds_both_profiles() {
    for profile in [Profile::Published, Profile::Live] {
        let sandbox = probe::organization()
            .profile(profile)
            .start()
            .await
            .unwrap();
        let verdicts = probed(sandbox).await;
        assert!(verdicts.len() >= 22, "{}", verdicts.len());
        let stands = |row: &Behaviour| match profile {
            Profile::Published => row.published,
            Profile::Live => row.live,
        };
        compare(&verdicts, stands, &format!("{profile:?}"));
    }
}

#[tokio::test]
async fn the_probe_finds_every_position_of_every_switch_it_asks_about() {
    let mut positions = 0;
    for row in asked().await {
        for position in row.positions {
            let setting = format!("{}={position}", row.name);
            let mut builder = probe::organization().behaviour_by_name(row.name, *position);
            // It takes an invitation that fails in its row.
            let fails = row.name == "invite-failed-row";
            if fails {
                builder = builder.behaviour_by_name("invite-malformed", "row-error");
            }
            let verdicts = probed(builder.start().await.unwrap()).await;
            let found = verdicts.iter().find(|verdict| verdict.switch == row.name);
            let found = &found.unwrap().finding;
            assert_eq!(found, &Finding::Position(position), "{setting}");
            let stands = |other: &Behaviour| match other.name {
                name if name == row.name => *position,
                "invite-malformed" if fails => "row-error",
                _ => other.published,
            };
            compare(&verdicts, stands, &setting);
            positions += 1;
        }
    }
    assert!(positions >= 60, "{positions}");
}

#[tokio::test]
async fn the_probe_touches_nobody_who_is_there() {
    let sandbox = probe::organization()
        .user(User::new("probe-2@example.com"))
        .start()
        .await
        .unwrap();
    let mut out = Vec::new();
    let error = probe::probe(&sandbox, &mut out).await.unwrap_err();
    assert!(
        error.to_string().contains("has an account here already"),
        "{error}"
    );
    let operations: Vec<_> = sandbox.requests().iter().map(|it| it.operation).collect();
    assert_eq!(operations, [Some("users.search")]);
}

/// Whatever breaks it off, it cleans up.
#[tokio::test]
async fn the_probe_cleans_up_where_it_breaks_off() {
    let broken = [
        ("users.restore", Fault::Answer(Answer::new(500))),
        ("users.suspend", Fault::DropAfter),
        ("users.invite", Fault::DropAfter),
        ("users.revoke-org-role", Fault::DropBefore),
        ("users.revoke-role", Fault::Answer(Answer::new(429))),
    ];
    for (operation, fault) in broken {
        let sandbox = probe::organization()
            .fault(Rule::new(fault).on(operation).nth(1))
            .start()
            .await
            .unwrap();
        let before = people(&sandbox);
        let mut out = Vec::new();
        let result = probe::probe(&sandbox, &mut out).await;
        // A refusal is an answer like any other.
        assert_eq!(
            result.is_err(),
            operation != "users.revoke-role",
            "{operation}"
        );
        assert_clean(&sandbox, &String::from_utf8(out).unwrap());
        assert_eq!(people(&sandbox), before, "{operation}");
        let probed = sandbox.user("probe-1@example.com");
        assert!(
            probed.is_some_and(|person| !person.is_org_admin()
                && person.overall_membership() != Some(Membership::Active)),
            "{operation}"
        );
    }
}
