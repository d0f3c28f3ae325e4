//! Invitations that went to a wrong address, over real HTTP.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{Error, ErrorKind, InvitationReport, Organization, Report, Role};
use atlassian_orgs_sandbox::behaviour::LastActive;
use atlassian_orgs_sandbox::{Answer, Builder, Fault, Profile, Rule, Sandbox, User};
use support::{org, resource};

const WRONG: &str = "mia@exmaple.com";
const RIGHT: &str = "mia@example.com";

async fn started(builder: Builder) -> (Sandbox, Organization) {
    let sandbox = builder.start().await.unwrap();
    let org = org(&sandbox);
    (sandbox, org)
}

async fn sent(sandbox: &Sandbox, org: &Organization, address: &str) -> InvitationReport {
    let invitation = org
        .invite_users(address)
        .grant(Role::USER, resource(sandbox));
    invitation.notify("Welcome").send().await.unwrap()
}

async fn planned(sandbox: &Sandbox, org: &Organization, address: &str) -> Report {
    let invitation = org
        .invite_users(address)
        .grant(Role::USER, resource(sandbox));
    invitation
        .notify("Welcome")
        .plan()
        .await
        .unwrap()
        .run()
        .await
        .unwrap()
}

fn is_member(sandbox: &Sandbox, address: &str) -> bool {
    let person = sandbox.user(address);
    person.is_some_and(|person| person.overall_membership().is_some())
}

/// The operations that changed something, in order.
fn changes(sandbox: &Sandbox) -> Vec<&'static str> {
    let requests = sandbox.requests();
    let operations = requests.iter().filter_map(|exchange| exchange.operation);
    operations
        .filter(|it| ["users.invite", "users.remove"].contains(it))
        .collect()
}

#[tokio::test]
async fn a_strangers_account_goes_first() {
    for profile in [Profile::Published, Profile::Live] {
        let (sandbox, org) = started(Sandbox::builder().profile(profile)).await;
        let report = sent(&sandbox, &org, WRONG).await;
        assert!(is_member(&sandbox, WRONG));
        sandbox.clear_requests();
        let corrected = org.correct_invitation(&report, WRONG, RIGHT).await.unwrap();
        corrected.ensure_complete().unwrap();
        assert_eq!(changes(&sandbox), ["users.remove", "users.invite"]);
        assert!(!is_member(&sandbox, WRONG) && is_member(&sandbox, RIGHT));
        let roles = |address| {
            sandbox
                .user(address)
                .map(|person| (person.roles, person.groups))
        };
        assert_ne!(roles(RIGHT).unwrap(), Default::default());
        assert_eq!(sandbox.invitations(RIGHT).mails, 1);
    }
}

#[tokio::test]
async fn in_a_domain_of_the_organization_nobody_has_to_wait() {
    let (sandbox, org) = started(Sandbox::builder().domain("example.com")).await;
    let (wrong, right) = ("mai@example.com", "mia@example.com");
    let report = planned(&sandbox, &org, wrong).await;
    sandbox.clear_requests();
    let corrected = org.correct_invitation(&report, wrong, right).await.unwrap();
    corrected.ensure_complete().unwrap();
    assert_eq!(changes(&sandbox), ["users.invite", "users.remove"]);
    assert!(!is_member(&sandbox, wrong) && is_member(&sandbox, right));
}

fn refused(error: Error, words: &str) {
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.to_string().contains('@'), "{error}");
}

#[tokio::test]
async fn only_what_the_report_did_is_taken_back() {
    let (sandbox, org) = started(Sandbox::builder().user(User::new("kim@example.com"))).await;
    let report = sent(&sandbox, &org, "mia@exmaple.com kim@example.com").await;
    let plan = org.suspend_users("kim@example.com").plan().await.unwrap();
    let other = plan.run().await.unwrap();
    sandbox.clear_requests();
    let error = org
        .correct_invitation(&report, "lee@example.com", RIGHT)
        .await
        .unwrap_err();
    refused(error, "no invitation of the wrong address");
    let error = org
        .correct_invitation(&report, "kim@example.com", RIGHT)
        .await
        .unwrap_err();
    refused(error, "was there before");
    let error = org
        .correct_invitation(&other, "kim@example.com", RIGHT)
        .await
        .unwrap_err();
    refused(error, "not one of invitations");
    let same = org
        .correct_invitation(&report, WRONG, "MIA@exmaple.com")
        .await
        .unwrap_err();
    assert!(same.is_invalid_input());
    assert_eq!(
        sandbox.requests().len(),
        0,
        "all of that is seen without asking"
    );
}

#[tokio::test]
async fn an_account_in_use_stays() {
    let (sandbox, org) = started(Sandbox::builder()).await;
    let report = sent(&sandbox, &org, WRONG).await;
    let id = sandbox.user(WRONG).unwrap().id().to_owned();
    let now = sandbox.now();
    let with = |change: fn(&mut atlassian_orgs_sandbox::Account, atlassian_orgs_sandbox::Time)| {
        sandbox.edit(|org| change(org.account_mut(&id).unwrap(), now));
    };
    with(|account, now| account.last_active = Some(now));
    let error = org
        .correct_invitation(&report, WRONG, RIGHT)
        .await
        .unwrap_err();
    refused(error, "has been used");
    with(|account, _| account.last_active = None);

    with(|account, _| {
        account.roles.insert((
            "ari:cloud:confluence::site/9".into(),
            "atlassian/user".into(),
        ));
    });
    let error = org
        .correct_invitation(&report, WRONG, RIGHT)
        .await
        .unwrap_err();
    refused(error, "has more than the invitation gave");
    with(|account, _| {
        account
            .roles
            .retain(|(on, _)| !on.contains("confluence::site/9"))
    });

    sandbox.set_behaviour(LastActive::Forbidden);
    let error = org
        .correct_invitation(&report, WRONG, RIGHT)
        .await
        .unwrap_err();
    refused(error, "does not show whether the account has been used");
    assert!(is_member(&sandbox, WRONG));
    let corrected = org
        .correct_invitation(&report, WRONG, RIGHT)
        .allow_unread_activity();
    corrected.await.unwrap().ensure_complete().unwrap();
    assert!(!is_member(&sandbox, WRONG) && is_member(&sandbox, RIGHT));
}

#[tokio::test]
async fn what_fails_leaves_the_second_step_alone() {
    let fails = Rule::new(Fault::Answer(Answer::new(403))).on("users.remove");
    let (sandbox, org) = started(Sandbox::builder().fault(fails)).await;
    let report = sent(&sandbox, &org, WRONG).await;
    let corrected = org.correct_invitation(&report, WRONG, RIGHT).await.unwrap();
    assert!(corrected.invitation.is_none());
    corrected.ensure_complete().unwrap_err();
    assert!(!is_member(&sandbox, RIGHT));
}
