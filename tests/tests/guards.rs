//! Guards: each is on by default, is lifted by its name only, and refuses where what it needs can't be read.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{AccountId, GroupId, Organization, Person, Reason, Role};
use atlassian_orgs_sandbox::behaviour::AccountTypes;
use atlassian_orgs_sandbox::{AccountType, Answer, Fault, Profile, Rule, Sandbox, User};
use support::plans::{company, jira, reasons, with, writes};
use support::{calls, org, seen};

fn person(n: usize) -> User {
    User::new(format!("p{n}@example.com")).id(id(n))
}

fn id(n: usize) -> String {
    format!("557058:0c2e4b3a-1111-4222-8333-44445555{n:04}")
}

fn named(n: usize) -> Person {
    format!("p{n}@example.com").parse().unwrap()
}

fn addresses(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|n| format!("p{n}@example.com")).collect()
}

async fn start(people: impl IntoIterator<Item = User>) -> Sandbox {
    with(company(), people).start().await.unwrap()
}

/// A search that leaves out a field of everybody.
fn without(field: &str, n: usize) -> Rule {
    let mut row = serde_json::json!({
        "accountId": id(n),
        "email": format!("p{n}@example.com"),
        "accountType": "atlassian",
        "accountStatus": "active",
        "membershipStatus": "active",
        "platformRoles": [],
        "groups": [],
    });
    row.as_object_mut().unwrap().remove(field).unwrap();
    let body = serde_json::json!({ "data": [row], "links": {} }).to_string();
    Rule::new(Fault::Answer(
        Answer::new(200).body("application/json", body),
    ))
    .on("users.search")
}

#[tokio::test]
async fn organization_admins_are_not_taken_away() {
    let sandbox = start([person(1).org_admin(), person(2).org_admin(), person(3)]).await;
    let org = org(&sandbox);
    let people = addresses(1..4);
    let admin = Some(Reason::OrganizationAdmin);
    let suspend = org.suspend_users(&people).plan().await.unwrap();
    assert_eq!(reasons(&suspend), [admin, admin, None]);
    let remove = org.remove_users(&people).plan().await.unwrap();
    assert_eq!(reasons(&remove), [admin, admin, None]);
    // Nobody asked who the others are.
    assert_eq!(calls(&sandbox, "users.search"), 2);
    let restore = org.restore_users(&people).plan().await.unwrap();
    assert_eq!(reasons(&restore), [None; 3]);

    // Lifted by its name; another name lifts nothing.
    let other = org
        .suspend_users(&people)
        .allow_accounts_of_apps()
        .plan()
        .await
        .unwrap();
    assert_eq!(reasons(&other), [admin, admin, None]);
    let lifted = org
        .suspend_users("p1@example.com")
        .allow_organization_admins();
    assert_eq!(reasons(&lifted.plan().await.unwrap()), [None]);

    let report = suspend.run().await.unwrap();
    assert_eq!(report.counts(), [("changed", 1), ("refused", 2)]);
    assert_eq!(writes(&sandbox).len(), 1);
}

#[tokio::test]
async fn roles_that_are_not_shown_are_not_taken_for_none() {
    let sandbox = start([person(1)]).await;
    sandbox.add_fault(without("platformRoles", 1));
    let org = org(&sandbox);
    let plan = org.suspend_users("p1@example.com").plan().await.unwrap();
    assert_eq!(reasons(&plan), [Some(Reason::Unread)]);
    let lifted = org
        .suspend_users("p1@example.com")
        .allow_last_organization_admin();
    assert_eq!(reasons(&lifted.plan().await.unwrap()), [None]);
    // Restoring takes nothing away from an admin.
    let restore = org.restore_users("p1@example.com").plan().await.unwrap();
    assert_eq!(reasons(&restore), [None]);
}

#[tokio::test]
async fn accounts_that_are_not_people_are_left_alone() {
    for (profile, reason) in [
        (Profile::Live, Reason::NotAPerson),
        // Version 2 does not declare the word for them, and so leaves it out.
        (Profile::Published, Reason::Unread),
    ] {
        let people = [
            person(1).account_type(AccountType::App),
            person(2).account_type(AccountType::Customer),
            person(3),
        ];
        let sandbox = with(company(), people)
            .profile(profile)
            .start()
            .await
            .unwrap();
        let org = org(&sandbox);
        let (people, refused) = (addresses(1..4), [Some(reason), Some(reason), None]);
        assert_eq!(
            reasons(&org.suspend_users(&people).plan().await.unwrap()),
            refused
        );
        assert_eq!(
            reasons(&org.restore_users(&people).plan().await.unwrap()),
            refused
        );
        assert_eq!(
            reasons(&org.remove_users(&people).plan().await.unwrap()),
            refused
        );
        let invite = |org: &Organization| {
            org.invite_users(addresses(1..4))
                .grant(Role::USER, jira())
                .silent()
        };
        assert_eq!(reasons(&invite(&org).plan().await.unwrap()), refused);

        let lifted = org
            .suspend_users(&people)
            .allow_accounts_of_apps()
            .plan()
            .await
            .unwrap();
        assert_eq!(reasons(&lifted), [None; 3]);
        let lifted = invite(&org).allow_accounts_of_apps().plan().await.unwrap();
        assert_eq!(reasons(&lifted), [None; 3]);
        let other = org.suspend_users(&people).allow_last_organization_admin();
        assert_eq!(reasons(&other.plan().await.unwrap()), refused);
    }
    // A search without the field at all.
    let sandbox = start([person(1)]).await;
    sandbox.set_behaviour(AccountTypes::AsIs);
    sandbox.add_fault(without("accountType", 1));
    let plan = org(&sandbox)
        .restore_users("p1@example.com")
        .plan()
        .await
        .unwrap();
    assert_eq!(reasons(&plan), [Some(Reason::Unread)]);
}

/// By whatever name they are given, and by group.
#[tokio::test]
async fn protected_people_are_left_alone() {
    let people = [
        person(1),
        person(2),
        person(3).group("crew"),
        person(4),
        person(5),
    ];
    let sandbox = start(people).await;
    let org = org(&sandbox);
    let account: Person = AccountId::new(id(2)).unwrap().into();
    let protected = || [named(1), account.clone(), "P5@example.com".parse().unwrap()];
    let crew = || [GroupId::new("group-1").unwrap()];
    let listed = [
        "P1@Example.com",
        "p2@example.com",
        "p3@example.com",
        "p4@example.com",
        &id(5),
    ];
    let listed = listed.map(str::to_owned);
    let no = Some(Reason::Protected);
    let expected = [no, no, no, None, no];
    let plans = [
        org.suspend_users(&listed)
            .protect(protected(), crew())
            .plan()
            .await,
        org.remove_users(&listed)
            .protect(protected(), crew())
            .plan()
            .await,
        org.restore_users(&listed)
            .protect(protected(), crew())
            .plan()
            .await,
        // Called twice, it protects both.
        org.suspend_users(&listed)
            .protect(protected(), [])
            .protect([], crew())
            .plan()
            .await,
    ];
    for plan in plans {
        assert_eq!(reasons(&plan.unwrap()), expected);
    }
    let invite = org
        .invite_users(addresses(1..5))
        .grant(Role::USER, jira())
        .silent();
    let plan = invite.protect(protected(), crew()).plan().await.unwrap();
    assert_eq!(reasons(&plan), expected[..4]);

    // Groups that are not shown.
    sandbox.add_fault(without("groups", 4));
    let plan = org
        .suspend_users("p4@example.com")
        .protect([], crew())
        .plan()
        .await
        .unwrap();
    assert_eq!(reasons(&plan), [Some(Reason::Unread)]);
    let plan = org.suspend_users("p4@example.com").plan().await.unwrap();
    assert_eq!(reasons(&plan), [None], "nobody's group matters");
}

/// Somebody may be protected from being invited before they have an account.
#[tokio::test]
async fn people_without_an_account_are_protected_from_invitations() {
    let sandbox = start([person(1)]).await;
    let invite = org(&sandbox).invite_users("rival@example.org new@example.com");
    let invite = invite.grant(Role::USER, jira()).silent();
    let rival = "Rival@example.org".parse().unwrap();
    let plan = invite.protect([rival], []).plan().await.unwrap();
    assert_eq!(reasons(&plan), [Some(Reason::Protected), None]);
    plan.run().await.unwrap().ensure_complete().unwrap_err();
    assert_eq!(sandbox.invitations("rival@example.org").count, 0);
}

/// A typing error in a name must not leave somebody unprotected.
#[tokio::test]
async fn whoever_is_to_be_protected_has_to_be_found() {
    let sandbox = start([person(1), person(2)]).await;
    let org = org(&sandbox);
    let typo: Person = "p2@exmaple.com".parse().unwrap();
    let errors = [
        org.suspend_users("p1@example.com")
            .protect([named(2), typo.clone()], [])
            .plan()
            .await,
        org.remove_users("p1@example.com")
            .acting_as(typo.clone())
            .plan()
            .await,
        org.suspend_users("p1@example.com")
            .protect([], [GroupId::new("group-2").unwrap()])
            .plan()
            .await,
    ];
    let errors: Vec<String> = errors.into_iter().map(|e| seen(&e.unwrap_err())).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    person 2 of protect() is not found in this organization; look for a typing error, or take it out: nobody would be protected by it
      kind InvalidInput, sent false, in doubt false
    acting_as is not found in this organization; look for a typing error, or take it out: nobody would be protected by it
      kind InvalidInput, sent false, in doubt false
    group 1 of protect() is not found in this organization; look for a typing error, or take it out: nobody would be protected by it
      kind InvalidInput, sent false, in doubt false
    ");
    // Who can't be found can't be suspended, and restoring them is no harm.
    let restore = org
        .restore_users("p1@example.com")
        .protect([typo], [])
        .plan()
        .await
        .unwrap();
    assert_eq!(reasons(&restore), [None]);
}

#[tokio::test]
async fn whoever_runs_it_does_not_lock_themselves_out() {
    let sandbox = start([person(1).org_admin(), person(2)]).await;
    let org = org(&sandbox);
    let me: Person = AccountId::new(id(1)).unwrap().into();
    for me in [me, named(1)] {
        for listed in [
            format!("P1@example.com {}", id(2)),
            format!("{} {}", id(1), id(2)),
        ] {
            let expected = [Some(Reason::Myself), None];
            let suspend = org.suspend_users(&listed).allow_last_organization_admin();
            let plan = suspend.acting_as(me.clone()).plan().await.unwrap();
            assert_eq!(reasons(&plan), expected);
            let remove = org.remove_users(&listed).allow_last_organization_admin();
            let plan = remove.acting_as(me.clone()).plan().await.unwrap();
            assert_eq!(reasons(&plan), expected);
            // Restoring and inviting oneself locks nobody out.
            let restore = org.restore_users(&listed).acting_as(me.clone());
            assert_eq!(reasons(&restore.plan().await.unwrap()), [None; 2]);
        }
    }
}

/// Guards belong to plans; a call that has none must not look as if it kept one.
#[tokio::test]
async fn send_takes_no_guards() {
    let sandbox = start([person(1)]).await;
    let org = org(&sandbox);
    let new = || {
        org.invite_users("new@example.com")
            .grant(Role::USER, jira())
            .silent()
    };
    for guarded in [
        new().at_most(5),
        new().protect([named(1)], []),
        new().acting_as(named(1)),
        new().allow_admin_grants(),
        new().allow_accounts_of_apps(),
    ] {
        assert!(guarded.send().await.unwrap_err().is_invalid_input());
    }
    assert!(sandbox.requests().is_empty());
}
