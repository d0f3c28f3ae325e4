//! Plans of changes to many people, over real HTTP: who is found, and what is decided.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{AccountId, DirectoryId, ErrorKind, GroupId, Reason, Role, Warning};
use atlassian_orgs_sandbox::{Answer, Fault, Membership, Profile, Rule, User};
use support::plans::{
    JIRA, PARTNERS, STAFF, company, jira, operations, reasons, two_directories, with, words, writes,
};
use support::{org, seen, transcript};

/// Fixed ids, so that transcripts do not depend on how the sandbox draws them.
fn person(n: usize) -> User {
    User::new(format!("p{n}@example.com")).id(id(n))
}

fn id(n: usize) -> String {
    format!("557058:0c2e4b3a-1111-4222-8333-44445555{n:04}")
}

fn addresses(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|n| format!("p{n}@example.com")).collect()
}

#[tokio::test]
async fn a_plan_reads_and_writes_nothing_in_both_profiles() {
    for (name, profile) in [
        ("plan_suspend_published", Profile::Published),
        ("plan_suspend_live", Profile::Live),
    ] {
        let sandbox = with(
            company(),
            [person(1), person(2).suspended(), person(3).org_admin()],
        )
        .profile(profile)
        .start()
        .await
        .unwrap();
        let leavers = "P1@example.com, p2@example.com; p3@example.com\nnobody@example.com";
        let plan = org(&sandbox).suspend_users(leavers).plan().await.unwrap();
        assert!(writes(&sandbox).is_empty());
        insta::assert_snapshot!(name, transcript(&sandbox, &plan.rows()));
    }
}

#[tokio::test]
async fn an_invitation_is_planned_in_both_profiles() {
    for (name, profile) in [
        ("plan_invite_published", Profile::Published),
        ("plan_invite_live", Profile::Live),
    ] {
        let sandbox = with(
            company(),
            [
                person(1).role(JIRA, "atlassian/user"),
                person(3).suspended(),
                person(4).deactivated(),
                person(5).managed().not_invited(),
            ],
        )
        .profile(profile)
        .start()
        .await
        .unwrap();
        let everybody =
            "p1@example.com p3@example.com p4@example.com p5@example.com new@example.com";
        let plan = org(&sandbox)
            .invite_users(everybody)
            .grant(Role::USER, jira())
            .silent()
            .plan()
            .await
            .unwrap();
        assert!(writes(&sandbox).is_empty());
        assert_eq!(
            words(&plan),
            "1 already done\n2 NeedsRestoring\n3 AccountOutOfUse\n4 change\n5 change\n"
        );
        insta::assert_snapshot!(name, support::wire(&sandbox));
    }
}

/// A member is invited to what they don't have yet; what could not be had twice is told apart by person.
#[tokio::test]
async fn a_member_is_invited_to_what_is_missing() {
    let people = [
        person(1).role(JIRA, "atlassian/user"),
        person(2).role(JIRA, "atlassian/user").group("crew"),
        person(3).group("crew"),
    ];
    let sandbox = with(company(), people).start().await.unwrap();
    let plan = org(&sandbox)
        .invite_users(addresses(1..4))
        .grant(Role::USER, jira())
        .add_to_group(&GroupId::new("group-1").unwrap())
        .silent()
        .plan()
        .await
        .unwrap();
    assert_eq!(words(&plan), "1 change\n2 already done\n3 change\n");
}

/// 100 addresses or 10 account ids a search, and in one directory nothing for a person alone.
#[tokio::test]
async fn people_are_looked_up_by_the_hundred_and_by_ten() {
    let sandbox = with(company(), (0..250).map(person)).start().await.unwrap();
    let org = org(&sandbox);
    let plan = org.suspend_users(addresses(0..250)).plan().await.unwrap();
    assert_eq!(plan.changes(), 250);
    assert_eq!(
        operations(&sandbox),
        [("directories.list", 1), ("users.search", 3)]
    );
    let sizes = |field: &str| -> Vec<usize> {
        let requests = sandbox.requests().into_iter();
        let lists = requests.filter_map(|e| Some(e.received.body.get(field)?.as_array()?.len()));
        lists.collect()
    };
    assert_eq!(sizes("emails"), [100, 100, 50]);

    sandbox.clear_requests();
    let ids: Vec<AccountId> = (0..25).map(|n| AccountId::new(id(n)).unwrap()).collect();
    let plan = org.restore_users(&ids).plan().await.unwrap();
    assert_eq!(plan.already_done(), 25);
    assert_eq!(sizes("accountIds"), [10, 10, 5]);

    // Both at once keep the order given.
    let mixed = [id(3), "p7@example.com".to_owned(), id(9)];
    let plan = org.remove_users(mixed).plan().await.unwrap();
    let found: Vec<&str> = plan
        .rows()
        .iter()
        .map(|row| row.account_id.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(found, [id(3), id(7), id(9)]);
}

/// What each change makes of each place in the directory.
#[tokio::test]
async fn each_change_is_decided_by_the_membership() {
    let sandbox = with(
        company(),
        [
            person(1),
            person(2).suspended(),
            person(3).managed().not_invited(),
        ],
    )
    .start()
    .await
    .unwrap();
    let org = org(&sandbox);
    let people = "p1@example.com p2@example.com p3@example.com p4@example.com";
    let suspend = org.suspend_users(people).plan().await.unwrap();
    assert_eq!(
        words(&suspend),
        "1 dir-1 change\n2 dir-1 already done\n3 NotAMember\n4 NoSuchAccount\n"
    );
    let restore = org.restore_users(people).plan().await.unwrap();
    assert_eq!(
        words(&restore),
        "1 dir-1 already done\n2 dir-1 change\n3 NotAMember\n4 NoSuchAccount\n"
    );
    let remove = org.remove_users(people).plan().await.unwrap();
    assert_eq!(
        words(&remove),
        "1 dir-1 change\n2 dir-1 change\n3 already done\n4 NoSuchAccount\n"
    );
    assert_eq!(
        (remove.changes(), remove.already_done(), remove.refused()),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn accounts_out_of_use_are_not_restored_but_may_be_taken_away() {
    let sandbox = with(
        company(),
        [
            person(1).suspended().deactivated(),
            person(2).suspended().for_deletion(),
            person(3).suspended().closed(),
        ],
    )
    .start()
    .await
    .unwrap();
    let org = org(&sandbox);
    let restore = org.restore_users(addresses(1..4)).plan().await.unwrap();
    assert_eq!(reasons(&restore), [Some(Reason::AccountOutOfUse); 3]);
    let remove = org.remove_users(addresses(1..4)).plan().await.unwrap();
    assert_eq!(remove.changes(), 3, "{}", words(&remove));
}

#[tokio::test]
async fn who_is_synced_is_warned_of_only_where_they_are_removed() {
    let sandbox = with(company(), [person(1).managed().synced(), person(2)])
        .start()
        .await
        .unwrap();
    let org = org(&sandbox);
    let warnings = |plan: &atlassian_orgs::Plan| -> Vec<Vec<Warning>> {
        plan.rows().iter().map(|row| row.warnings.clone()).collect()
    };
    let remove = org.remove_users(addresses(1..3)).plan().await.unwrap();
    assert_eq!(warnings(&remove), [vec![Warning::MayComeBack], vec![]]);
    let suspend = org.suspend_users(addresses(1..3)).plan().await.unwrap();
    assert_eq!(warnings(&suspend), [vec![], vec![]]);
}

/// Somebody in two directories, suspended in one of them: the status of the row says "active", and only
/// the person's roles in each directory tell more.
#[tokio::test]
async fn several_directories_are_told_apart() {
    let sandbox = with(
        two_directories(),
        [
            person(1)
                .membership("dir-1", Membership::Suspended)
                .membership("dir-2", Membership::Active)
                .role(STAFF, "atlassian/user")
                .role(PARTNERS, "atlassian/user"),
            person(2).membership("dir-2", Membership::Active),
        ],
    )
    .start()
    .await
    .unwrap();
    let org = org(&sandbox);
    let people = addresses(1..3);

    let none = org.suspend_users(&people).plan().await.unwrap();
    assert_eq!(words(&none), "1 SeveralDirectories\n2 dir-2 change\n");

    let chosen = org.directory(DirectoryId::new("dir-1").unwrap());
    let chosen = chosen.suspend_users(&people).plan().await.unwrap();
    assert_eq!(words(&chosen), "1 dir-1 already done\n2 dir-1 NotAMember\n");

    let every = org.suspend_users(&people).in_every_directory();
    let every = every.plan().await.unwrap();
    assert_eq!(
        words(&every),
        "1 dir-1 already done\n1 dir-2 change\n2 dir-2 change\n"
    );
    let report = every.run().await.unwrap();
    report.ensure_complete().unwrap();
    let mia = sandbox.user("p1@example.com").unwrap();
    assert_eq!(mia.overall_membership(), Some(Membership::Suspended));
}

/// One directory is chosen and all are asked for: that can't both be meant.
#[tokio::test]
async fn a_chosen_directory_and_every_directory_exclude_each_other() {
    let sandbox = two_directories().user(person(1)).start().await.unwrap();
    let chosen = org(&sandbox).directory(DirectoryId::new("dir-1").unwrap());
    let error = chosen
        .suspend_users("p1@example.com")
        .in_every_directory()
        .plan()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_error() {
    let sandbox = two_directories().user(person(1)).start().await.unwrap();
    let elsewhere = org(&sandbox).directory(DirectoryId::new("dir-9").unwrap());
    let error = elsewhere
        .remove_users("p1@example.com")
        .plan()
        .await
        .unwrap_err();
    insta::assert_snapshot!(seen(&error), @"
    the organization shows no directory dir-9; it shows dir-1, dir-2
      kind NoDirectory, sent false, in doubt false
    ");
}

/// A person is named by another spelling, and by the account id as well.
#[tokio::test]
async fn who_is_named_twice_has_one_row() {
    let sandbox = with(company(), [person(1), person(2)])
        .start()
        .await
        .unwrap();
    let people = [
        "p1@example.com",
        "P1@Example.com",
        "p2@example.com",
        &id(1),
        "p2@example.com",
    ]
    .map(str::to_owned);
    let plan = org(&sandbox).suspend_users(people).plan().await.unwrap();
    assert_eq!(words(&plan), "1 dir-1 change\n3 dir-1 change\n");
    assert_eq!(plan.repeated(), 3);
    let first_line = plan.to_string().lines().next().unwrap().to_owned();
    assert!(first_line.ends_with("; 3 named again"), "{first_line}");
}

/// The estimate is what a run takes where nothing goes wrong.
#[tokio::test]
async fn the_estimate_is_what_a_run_takes() {
    let sandbox = with(company(), (0..30).map(person)).start().await.unwrap();
    let org = org(&sandbox);
    let suspend = org.suspend_users(addresses(0..30)).plan().await.unwrap();
    let estimate = suspend.estimate();
    assert_eq!((estimate.changes, estimate.seconds), (30, None));
    sandbox.clear_requests();
    suspend.run().await.unwrap().ensure_complete().unwrap();
    assert_eq!(sandbox.requests().len() as u64, estimate.requests);

    let new: Vec<String> = (0..60).map(|n| format!("new{n}@example.com")).collect();
    let invite = org.invite_users(new).grant(Role::USER, jira()).silent();
    let invite = invite.plan().await.unwrap();
    let estimate = invite.estimate();
    assert_eq!(estimate.changes, 3, "25 a request");
    sandbox.clear_requests();
    invite.run().await.unwrap().ensure_complete().unwrap();
    assert_eq!(sandbox.requests().len() as u64, estimate.requests);
}

/// With limits that the service has told, or that the caller set, a plan says how long it takes.
#[tokio::test]
async fn the_estimate_says_how_long_it_takes_where_that_is_known() {
    let sandbox = with(company(), (0..60).map(person)).start().await.unwrap();
    let client = atlassian_orgs::Client::builder()
        .base_url(sandbox.url())
        .api_key(atlassian_orgs::ApiKey::new(sandbox.api_key()).unwrap())
        .clock(support::noon)
        .max_rate(40.0)
        .build()
        .unwrap();
    let org = client.organization(atlassian_orgs::OrgId::new(sandbox.org_id()).unwrap());
    let plan = org.suspend_users(addresses(0..60)).plan().await.unwrap();
    let estimate = plan.estimate();
    assert_eq!(estimate.seconds, Some(estimate.requests.div_ceil(40)));
}

#[tokio::test]
async fn an_organization_without_directories_is_an_error() {
    let none = Answer::new(200).body("application/json", r#"{"data":[],"links":{}}"#);
    let sandbox = with(company(), [person(1)])
        .fault(Rule::new(Fault::Answer(none)).on("directories.list"))
        .start()
        .await
        .unwrap();
    let error = org(&sandbox)
        .suspend_users("p1@example.com")
        .plan()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoDirectory);
    assert_eq!(sandbox.requests().len(), 1);
}
