//! The guard that changes no more people than is said.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{AtMost, ErrorKind, InviteUsers, Organization, Plan, Role};
use atlassian_orgs_sandbox::{Answer, Fault, Rule, Sandbox, User};
use support::org;
use support::plans::{company, jira, with, writes};

fn person(n: usize) -> User {
    User::new(format!("p{n}@example.com")).id(id(n))
}

fn id(n: usize) -> String {
    format!("557058:0c2e4b3a-1111-4222-8333-44445555{n:04}")
}

fn addresses(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|n| format!("p{n}@example.com")).collect()
}

async fn start(people: impl IntoIterator<Item = User>) -> Sandbox {
    with(company(), people).start().await.unwrap()
}

fn forbidden(operation: &str) -> Rule {
    Rule::new(Fault::Answer(Answer::new(403))).on(operation)
}

fn invite(org: &Organization) -> InviteUsers<'static> {
    org.invite_users("p1@example.com new@example.com".to_owned())
        .silent()
}

async fn most(plan: Result<Plan, atlassian_orgs::Error>) -> Result<u64, String> {
    match plan {
        Ok(plan) => Ok(plan.changes()),
        Err(error) if error.kind() == ErrorKind::Refused => Err(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn no_more_people_are_changed_than_is_said() {
    let sandbox = start([
        person(1),
        person(2),
        person(3).suspended(),
        person(4).suspended(),
    ])
    .await;
    let org = org(&sandbox);
    let people = addresses(1..5);
    // Two are changed each; who is so already, or refused, or named again, costs nothing.
    for n in [2, 3] {
        assert_eq!(
            most(org.suspend_users(&people).at_most(n).plan().await).await,
            Ok(2)
        );
        assert_eq!(
            most(org.restore_users(&people).at_most(n).plan().await).await,
            Ok(2)
        );
    }
    let twice = format!(
        "p1@example.com P1@example.com p2@example.com {} nobody@example.com",
        id(2)
    );
    assert_eq!(
        most(org.suspend_users(twice.as_str()).at_most(2).plan().await).await,
        Ok(2)
    );
    let errors = [
        most(org.suspend_users(&people).at_most(1).plan().await).await,
        most(org.restore_users(&people).at_most(1).plan().await).await,
        most(org.remove_users(&people).at_most(3).plan().await).await,
        most(
            invite(&org)
                .grant(Role::USER, jira())
                .at_most(1)
                .plan()
                .await,
        )
        .await,
        most(org.suspend_users(&people).at_most(0).plan().await).await,
    ];
    let errors: Vec<String> = errors.into_iter().map(Result::unwrap_err).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    the plan would suspend more people than at_most() allows, which is 1; check the list, or allow more
    the plan would restore more people than at_most() allows, which is 1; check the list, or allow more
    the plan would remove more people than at_most() allows, which is 3; check the list, or allow more
    the plan would invite more people than at_most() allows, which is 1; check the list, or allow more
    the plan would suspend more people than at_most() allows, which is 0; check the list, or allow more
    ");
    assert!(writes(&sandbox).is_empty());
}

#[tokio::test]
async fn a_share_is_one_of_the_active_members() {
    let many = (0..100)
        .map(person)
        .chain((100..140).map(|n| person(n).suspended()));
    let sandbox = start(many).await;
    let org = org(&sandbox);
    // 29 of a hundred, although 100.0 * 0.29 is less than 29.
    let share = |n: usize| {
        org.suspend_users(addresses(0..n))
            .at_most(AtMost::Share(0.29))
            .plan()
    };
    assert_eq!(most(share(29).await).await, Ok(29));
    assert!(most(share(30).await).await.is_err());
    let restore = |n: usize| {
        org.restore_users(addresses(100..100 + n))
            .at_most(AtMost::Share(0.1))
            .plan()
    };
    assert_eq!(most(restore(10).await).await, Ok(10));
    assert!(most(restore(11).await).await.is_err());
    let new = |n: usize| {
        let people = (0..n).map(|n| format!("new{n}@example.com"));
        let invite = org.invite_users(people).grant(Role::USER, jira()).silent();
        invite.at_most(AtMost::Share(0.1)).plan()
    };
    assert_eq!(most(new(10).await).await, Ok(10));
    assert!(most(new(11).await).await.is_err());

    for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let plan = org
            .suspend_users("p1@example.com")
            .at_most(AtMost::Share(share));
        assert_eq!(
            plan.plan().await.unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
    // A share of what can't be read.
    sandbox.add_fault(forbidden("users.count"));
    let plan = org
        .suspend_users("p1@example.com")
        .at_most(AtMost::Share(0.5));
    assert_eq!(plan.plan().await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(
        most(org.suspend_users("p1@example.com").at_most(5).plan().await).await,
        Ok(1)
    );
}
