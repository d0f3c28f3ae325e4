//! A plan is run later than it was made: who has changed since is left alone and reported, the others go on.
#![allow(clippy::unwrap_used)]

mod support;

use std::error::Error as _;
use std::fmt::Write;

use atlassian_orgs::{Error, OrgId, Plan, PlanFile, Report, Role};
use atlassian_orgs_sandbox::{AccountStatus, Answer, Fault, Membership, Rule, Sandbox, User};
use support::plans::{company, jira, with, writes};
use support::{org, org_once};

const ADDRESS: &str = "canary.address@example.com";
const ID: &str = "557058:canary0-0000-4000-8000-account00id00";

fn person(n: usize) -> User {
    User::new(format!("p{n}@example.com"))
}

fn addresses(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|n| format!("p{n}@example.com")).collect()
}

/// A line a row.
fn outcomes(report: &Report) -> String {
    let mut out = String::new();
    for row in &report.rows {
        write!(out, "{} {}", row.position, row.outcome.word()).unwrap();
        match row.outcome.error() {
            Some(error) => writeln!(out, ": {error}").unwrap(),
            None => out.push('\n'),
        }
    }
    out
}

fn membership(sandbox: &Sandbox, n: usize, membership: Option<Membership>) {
    let address = format!("p{n}@example.com");
    assert!(sandbox.edit(|org| org.set_membership(&address, "dir-1", membership)));
}

#[tokio::test]
async fn who_changed_since_a_suspension_was_planned_is_left_alone() {
    let people = (1..8).map(person).map(|it| it.managed());
    let sandbox = with(company(), people).start().await.unwrap();
    membership(&sandbox, 6, Some(Membership::Suspended));
    let org = org(&sandbox);
    let plan = org.suspend_users(addresses(1..8)).plan().await.unwrap();
    assert_eq!((plan.changes(), plan.already_done()), (6, 1));

    membership(&sandbox, 2, Some(Membership::Suspended));
    membership(&sandbox, 3, None);
    membership(&sandbox, 6, Some(Membership::Active));
    sandbox.edit(|org| {
        org.account_mut("p4@example.com").unwrap().account_status = AccountStatus::Inactive;
        let roles = &mut org.account_mut("p5@example.com").unwrap().platform_roles;
        roles.insert("atlassian/org-admin".to_owned());
    });
    let report = plan.run().await.unwrap();
    insta::assert_snapshot!(outcomes(&report), @"
    1 changed
    2 already done
    3 refused: not a member; invite the person
    4 not started: the person's state has changed since the plan was made; make a new plan for this person
    5 refused: an organization admin; take the role away first, or call allow_organization_admins()
    6 not started: the person's state has changed since the plan was made; make a new plan for this person
    7 changed
    ");
    let changed: Vec<String> = writes(&sandbox)
        .into_iter()
        .map(|e| e.received.path)
        .collect();
    assert_eq!(changed.len(), 2, "{changed:?}");
}

#[tokio::test]
async fn who_changed_since_a_restoration_was_planned_is_left_alone() {
    let people = (1..5).map(|n| person(n).managed().suspended());
    let sandbox = with(company(), people).start().await.unwrap();
    let plan = org(&sandbox)
        .restore_users(addresses(1..5))
        .plan()
        .await
        .unwrap();
    membership(&sandbox, 1, Some(Membership::Active));
    membership(&sandbox, 2, None);
    sandbox.edit(|org| {
        org.account_mut("p3@example.com").unwrap().account_status = AccountStatus::Inactive;
    });
    let report = plan.run().await.unwrap();
    insta::assert_snapshot!(outcomes(&report), @"
    1 already done
    2 refused: not a member; invite the person
    3 refused: the account is deactivated, closed or marked for deletion; activate the account first
    4 changed
    ");
    assert_eq!(writes(&sandbox).len(), 1);
}

#[tokio::test]
async fn who_changed_since_an_invitation_was_planned_is_left_alone() {
    let sandbox = with(company(), [person(1), person(2)])
        .start()
        .await
        .unwrap();
    let org = org(&sandbox);
    let people = "p1@example.com p2@example.com new@example.com newer@example.com";
    let invite = || org.invite_users(people).grant(Role::USER, jira()).silent();
    let plan = invite().plan().await.unwrap();
    membership(&sandbox, 1, Some(Membership::Suspended));
    // Somebody else invited one of them.
    let other = org
        .invite_users("new@example.com")
        .grant(Role::GUEST, jira())
        .silent();
    other.send().await.unwrap().ensure_complete().unwrap();
    sandbox.clear_requests();
    let report = plan.run().await.unwrap();
    insta::assert_snapshot!(outcomes(&report), @"
    1 refused: a suspended member; restore the person
    2 changed
    3 not started: the person's state has changed since the plan was made; make a new plan for this person
    4 changed
    ");
    assert_eq!(sandbox.invitations("new@example.com").count, 1);
    assert_eq!(writes(&sandbox).len(), 1);
}

/// The address was given to somebody else, or to nobody.
#[tokio::test]
async fn an_address_of_another_account_is_nobody_of_the_plan() {
    let before = with(company(), [person(1).id("old-1"), person(2), person(3)]);
    let after = with(company(), [person(1).id("new-1"), person(2)]);
    let (before, after) = (before.start().await.unwrap(), after.start().await.unwrap());
    let plan = org(&before)
        .suspend_users(addresses(1..4))
        .plan()
        .await
        .unwrap();
    // The same organization, a while later, p2 under the id that they had.
    assert_eq!(before.org_id(), after.org_id());
    let text = serde_json::to_string(&plan).unwrap();
    let plan: Plan = serde_json::from_str(&text).unwrap();
    let report = plan.bind(&org(&after)).unwrap().run().await.unwrap();
    let lines = outcomes(&report);
    assert!(
        lines.starts_with("1 not started: the address belongs to another account"),
        "{lines}"
    );
    assert!(lines.contains("3 refused: no such account"), "{lines}");
    assert!(
        writes(&after)
            .iter()
            .all(|e| !e.received.path.contains("new-1"))
    );
}

/// Everything that prints by itself: Display, Debug and the whole source chain.
fn printed(error: &Error) -> String {
    let mut out = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut next = error.source();
    while let Some(source) = next {
        write!(out, "{source}\n{source:?}\n").unwrap();
        next = source.source();
    }
    out
}

fn clean(printed: &str) {
    assert!(!printed.contains("canary"), "{printed}");
}

/// Plans, their files, their runs and all that goes wrong with them show nobody.
#[tokio::test]
async fn nothing_shows_who_it_is_about() {
    let canary = User::new(ADDRESS).id(ID);
    let sandbox = with(company(), [canary, person(1)]).start().await.unwrap();
    let org = org_once(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.plan");
    let both = || format!("{ADDRESS} p1@example.com other.canary@example.com");
    for listed in [both(), format!("{ID} p1@example.com")] {
        let asked = org
            .suspend_users(listed.clone())
            .acting_as(ADDRESS.parse::<atlassian_orgs::Person>().unwrap());
        clean(&format!("{asked:?}"));
        let plan = asked.plan().await.unwrap();
        clean(&format!("{plan}{plan:?}{:?}", plan.rows()));
        for row in plan.rows() {
            clean(&format!("{:?}{:?}", row.person, row.before));
        }
        let file = org.suspend_users(listed).plan_to_file(&path).await.unwrap();
        clean(&format!("{file}{file:?}"));
        let run = PlanFile::open(&path).unwrap().bind(&org).unwrap().run();
        clean(&format!("{run:?}"));
        let report = run.await.unwrap();
        clean(&format!("{report}{report:?}"));
        if let Err(error) = report.ensure_complete() {
            clean(&printed(&error));
        }
        assert!(plan.with_addresses().to_string().contains("canary"));
        org.restore_users(both())
            .plan()
            .await
            .unwrap()
            .run()
            .await
            .unwrap()
            .ensure_complete()
            .unwrap_err();
    }

    let mut errors = vec![
        org.suspend_users([ADDRESS, "canary with space@example.com"])
            .plan()
            .await
            .unwrap_err(),
        org.suspend_users("canary@ @canary")
            .plan()
            .await
            .unwrap_err(),
        org.suspend_users(both())
            .at_most(0)
            .plan()
            .await
            .unwrap_err(),
        org.suspend_users(both())
            .protect(["no.canary@example.com".parse().unwrap()], [])
            .plan()
            .await
            .unwrap_err(),
        org.suspend_users(both())
            .plan_to_file(folder.path().join("canary/x"))
            .await
            .unwrap_err(),
    ];
    let csv = format!("email,role,resource\n{ADDRESS},canary,ari:canary\n");
    let csv = atlassian_orgs::People::csv(csv.as_bytes()).unwrap();
    errors.push(org.invite_users(csv).silent().plan().await.unwrap_err());
    errors.push(atlassian_orgs::People::csv(ADDRESS.as_bytes()).unwrap_err());
    // A broken file whose content is quoted by the parser of JSON.
    let text = std::fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("\"decision\":\"change\"", "\"decision\":\"canary\""),
        ("\"position\":1", "\"canary\":1"),
        ("\"suspend\"", "\"canary\""),
    ] {
        std::fs::write(&path, text.replace(from, to)).unwrap();
        errors.push(PlanFile::open(&path).unwrap_err());
    }
    let other = support::client(&sandbox).organization(OrgId::new("org-2").unwrap());
    errors.push(
        org.suspend_users(both())
            .plan()
            .await
            .unwrap()
            .bind(&other)
            .unwrap_err(),
    );
    for (status, body) in [
        (400, ADDRESS),
        (403, ID),
        (500, ADDRESS),
        (200, "{\"canary\":"),
    ] {
        let answer = Answer::new(status).body("application/json", body);
        sandbox.clear_faults();
        sandbox.add_fault(Rule::new(Fault::Answer(answer)).on("users.search"));
        errors.push(org.suspend_users(both()).plan().await.unwrap_err());
    }
    assert_eq!(errors.len(), 15);
    errors.iter().for_each(|error| clean(&printed(error)));
}
