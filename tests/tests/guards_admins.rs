//! The guards that keep an organization from losing its admins, when a plan is made and when it is run.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{ErrorKind, Organization, Outcome, Plan, Reason, Report};
use atlassian_orgs_sandbox::behaviour::SuspendAdmin;
use atlassian_orgs_sandbox::{
    AccountType, Answer, Fault, Membership, Profile, Rule, Sandbox, User,
};
use support::plans::{company, reasons, with, writes};
use support::{calls, org, org_once};

const LAST: Option<Reason> = Some(Reason::LastOrganizationAdmin);
const UNREAD: Option<Reason> = Some(Reason::Unread);

fn admin(n: usize) -> User {
    person(n).org_admin()
}

fn person(n: usize) -> User {
    User::new(format!("p{n}@example.com"))
}

async fn start(people: impl IntoIterator<Item = User>) -> Sandbox {
    // What kind of account an app's is, is shown.
    let builder = with(company(), people)
        .profile(Profile::Live)
        .behaviour(SuspendAdmin::Allowed);
    builder.start().await.unwrap()
}

async fn suspend(org: &Organization, numbers: &[usize]) -> Plan {
    let people = numbers.iter().map(|n| format!("p{n}@example.com"));
    let suspend = org.suspend_users(people).allow_organization_admins();
    suspend.plan().await.unwrap()
}

async fn suspended(sandbox: &Sandbox, numbers: &[usize]) -> Vec<Option<Reason>> {
    reasons(&suspend(&org(sandbox), numbers).await)
}

#[tokio::test]
async fn the_last_active_admin_is_kept() {
    let sandbox = start([admin(1), person(2)]).await;
    assert_eq!(suspended(&sandbox, &[1]).await, [LAST]);
    assert_eq!(suspended(&sandbox, &[1, 2]).await, [LAST, None]);
    let org = org(&sandbox);
    let remove = org
        .remove_users("p1@example.com")
        .allow_organization_admins();
    assert_eq!(reasons(&remove.plan().await.unwrap()), [LAST]);
    // Lifted by its own name.
    let lifted = org
        .suspend_users("p1@example.com")
        .allow_last_organization_admin();
    assert_eq!(reasons(&lifted.plan().await.unwrap()), [None]);
}

/// The others of the same plan don't count as those who are left.
#[tokio::test]
async fn admins_of_the_same_plan_do_not_count() {
    let sandbox = start([admin(1), admin(2), admin(3), person(4)]).await;
    assert_eq!(suspended(&sandbox, &[1]).await, [None]);
    assert_eq!(suspended(&sandbox, &[1, 4, 2]).await, [None; 3]);
    assert_eq!(suspended(&sandbox, &[1, 2, 3]).await, [None, None, LAST]);
    assert_eq!(
        suspended(&sandbox, &[3, 4, 2, 1]).await,
        [None, None, None, LAST]
    );
    // Named again, nobody is counted twice.
    assert_eq!(suspended(&sandbox, &[1, 1, 2, 2]).await, [None, None]);

    let plan = suspend(&org(&sandbox), &[1, 2, 3]).await;
    let report = plan.run().await.unwrap();
    assert_eq!(report.counts(), [("changed", 2), ("refused", 1)]);
    assert_eq!(
        sandbox.user("p3@example.com").unwrap().overall_membership(),
        Some(Membership::Active)
    );
}

/// Who can't do anything for the organization is not one who is left.
#[tokio::test]
async fn only_admins_who_can_act_count() {
    for other in [
        admin(2).suspended(),
        admin(2).deactivated(),
        admin(2).for_deletion(),
        admin(2).closed(),
        admin(2).account_type(AccountType::App),
        admin(2).managed().not_invited(),
    ] {
        let sandbox = start([admin(1), other.clone()]).await;
        assert_eq!(suspended(&sandbox, &[1]).await, [LAST], "{other:?}");
        // They may be taken away themselves, as long as nothing else speaks against it.
        let remove = org(&sandbox)
            .remove_users("p2@example.com")
            .allow_organization_admins();
        let plan = remove.allow_accounts_of_apps().plan().await.unwrap();
        assert_eq!(reasons(&plan), [None], "{other:?}");
    }
}

#[tokio::test]
async fn admins_who_can_not_be_read_are_the_last() {
    for answer in [
        Answer::new(403),
        Answer::new(200).body("application/json", "{}"),
        // Not one of those who are asked about: a list of something else.
        Answer::new(200).body("application/json", r#"{"data":[],"links":{}}"#),
    ] {
        let sandbox = start([admin(1), admin(2), person(3)]).await;
        let fault = Rule::new(Fault::Answer(answer))
            .on("users.search")
            .about("roleIds");
        sandbox.add_fault(fault);
        assert_eq!(suspended(&sandbox, &[1, 3]).await, [UNREAD, None]);
        let org = org(&sandbox);
        let lifted = org
            .suspend_users("p1@example.com")
            .allow_last_organization_admin();
        assert_eq!(reasons(&lifted.plan().await.unwrap()), [None]);
        // Nobody asks where it does not matter.
        sandbox.clear_requests();
        let plan = org.restore_users("p1@example.com").plan().await.unwrap();
        assert_eq!(
            (reasons(&plan), calls(&sandbox, "users.search")),
            (vec![None], 1)
        );
    }
}

/// A service that does not know the filter sends everybody: nobody of them is taken for an admin.
#[tokio::test]
async fn a_filter_that_is_ignored_makes_nobody_an_admin() {
    let sandbox = start([admin(1), person(2)]).await;
    let row = |n: usize, roles: &str| {
        let user = sandbox.user(&format!("p{n}@example.com")).unwrap();
        format!(
            r#"{{"accountId":"{}","accountType":"atlassian","accountStatus":"active","membershipStatus":"active","platformRoles":{roles}}}"#,
            user.id()
        )
    };
    for (other, expected) in [("[]", LAST), (r#"["atlassian/org-admin"]"#, None)] {
        let rows = [row(1, r#"["atlassian/org-admin"]"#), row(2, other)].join(",");
        let body = format!(r#"{{"data":[{rows}],"links":{{}}}}"#);
        let answer = Answer::new(200).body("application/json", body);
        sandbox.clear_faults();
        sandbox.add_fault(
            Rule::new(Fault::Answer(answer))
                .on("users.search")
                .about("roleIds"),
        );
        assert_eq!(suspended(&sandbox, &[1]).await, [expected]);
    }
}

fn outcomes(report: &Report) -> Vec<String> {
    let rows = report.rows.iter();
    rows.map(|row| match &row.outcome {
        Outcome::Refused(error) | Outcome::NotStarted(error) => {
            format!("{}: {error}", row.outcome.word())
        }
        other => other.word().to_owned(),
    })
    .collect()
}

/// Guards are asked again when the plan is run.
#[tokio::test]
async fn who_became_an_admin_since_is_left_alone() {
    let sandbox = start([person(1), person(2), person(3)]).await;
    let org = org(&sandbox);
    let plan = org.suspend_users("p1@example.com p2@example.com p3@example.com");
    let plan = plan.plan().await.unwrap();
    sandbox.edit(|org| {
        let roles = &mut org.account_mut("p2@example.com").unwrap().platform_roles;
        roles.insert("atlassian/org-admin".to_owned());
    });
    let report = plan.run().await.unwrap();
    assert_eq!(
        outcomes(&report),
        [
            "changed",
            "refused: an organization admin; take the role away first, or call allow_organization_admins()",
            "changed"
        ]
    );
    assert_eq!(writes(&sandbox).len(), 2);
}

/// The admin who would have been left was suspended by somebody since.
#[tokio::test]
async fn who_became_the_last_admin_since_is_left_alone() {
    let sandbox = start([admin(1), admin(2), person(3)]).await;
    let plan = suspend(&org(&sandbox), &[1, 3]).await;
    assert_eq!(plan.changes(), 2);
    sandbox.edit(|org| org.set_membership("p2@example.com", "dir-1", Some(Membership::Suspended)));
    let report = plan.run().await.unwrap();
    let words = report.counts();
    assert_eq!(words, [("changed", 1), ("refused", 1)]);
    let error = report.rows[0].outcome.error().unwrap();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        error
            .to_string()
            .starts_with("the last active organization admin")
    );
}

/// What the guards need can't be read any more when the plan is run.
#[tokio::test]
async fn guards_that_can_not_be_asked_again_refuse() {
    let sandbox = start([admin(1), admin(2), person(3)]).await;
    let plan = suspend(&org_once(&sandbox), &[1, 3]).await;
    let forbidden = Rule::new(Fault::Answer(Answer::new(403)));
    sandbox.add_fault(forbidden.on("users.search").about("roleIds"));
    let report = plan.run().await.unwrap();
    assert_eq!(report.counts(), [("changed", 1), ("refused", 1)]);
    let error = report.rows[0].outcome.error().unwrap().to_string();
    assert!(error.starts_with("the service did not show"), "{error}");
}

/// Protection by group is asked again as well, and whoever runs it stays.
#[tokio::test]
async fn who_came_into_a_protected_group_since_is_left_alone() {
    let sandbox = start([person(1), person(2), person(3)]).await;
    let crew = atlassian_orgs::GroupId::new("group-1").unwrap();
    let plan = org(&sandbox)
        .suspend_users("p1@example.com p2@example.com")
        .protect([], [crew])
        .acting_as("p3@example.com".parse::<atlassian_orgs::Person>().unwrap())
        .plan()
        .await
        .unwrap();
    assert_eq!(plan.changes(), 2);
    sandbox.edit(|org| {
        org.account_mut("p1@example.com")
            .unwrap()
            .groups
            .insert("group-1".into())
    });
    // The guards travel with the plan.
    let text = serde_json::to_string(&plan).unwrap();
    let plan: Plan = serde_json::from_str(&text).unwrap();
    let report = plan.bind(&org(&sandbox)).unwrap().run().await.unwrap();
    assert_eq!(report.counts(), [("changed", 1), ("refused", 1)]);
}
