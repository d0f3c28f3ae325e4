//! Suspend, restore and remove one person, over real HTTP.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{DirectoryId, ErrorKind, Evidence, MembershipStatus, Outcome, Warning};
use atlassian_orgs_sandbox::behaviour::{RemoveAbsent, RestoreActive, SuspendSuspended};
use atlassian_orgs_sandbox::{Answer, Directory, Fault, Membership, Profile, Rule, Sandbox, User};
use support::{calls, org, seen, transcript};

const MIA: &str = "mia@example.com";
/// A fixed id, so that transcripts do not depend on how the sandbox draws them.
const MIA_ID: &str = "557058:0c2e4b3a-1111-4222-8333-444455556666";

fn mia() -> User {
    User::new(MIA).id(MIA_ID)
}

fn with(user: User) -> atlassian_orgs_sandbox::Builder {
    Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .user(user)
}

#[tokio::test]
async fn a_person_is_suspended_in_both_profiles() {
    for (name, profile) in [
        ("suspend_published", Profile::Published),
        ("suspend_live", Profile::Live),
    ] {
        let sandbox = with(mia()).profile(profile).start().await.unwrap();
        let done = org(&sandbox).user(MIA).suspend().await.unwrap();
        assert_eq!(
            sandbox.user(MIA).unwrap().membership("dir-1"),
            Some(Membership::Suspended)
        );
        insta::assert_snapshot!(name, transcript(&sandbox, &done));
    }
}

#[tokio::test]
async fn a_person_is_restored_and_removed_in_both_profiles() {
    for (name, profile) in [
        ("restore_remove_published", Profile::Published),
        ("restore_remove_live", Profile::Live),
    ] {
        let sandbox = with(mia().suspended())
            .profile(profile)
            .start()
            .await
            .unwrap();
        let person = org(&sandbox).user(MIA);
        let restored = person.restore().await.unwrap();
        assert_eq!(
            sandbox.user(MIA).unwrap().membership("dir-1"),
            Some(Membership::Active)
        );
        let removed = person.remove().await.unwrap();
        assert_eq!(sandbox.user(MIA).and_then(|u| u.membership("dir-1")), None);
        insta::assert_snapshot!(name, transcript(&sandbox, &[restored, removed]));
    }
}

/// The profiles differ most in what they say when they refuse.
#[tokio::test]
async fn a_refusal_in_both_profiles() {
    for (name, profile) in [
        ("refused_published", Profile::Published),
        ("refused_live", Profile::Live),
    ] {
        let sandbox = with(mia().org_admin())
            .profile(profile)
            .start()
            .await
            .unwrap();
        let person = org(&sandbox).user(MIA);
        let admin = person
            .suspend()
            .allow_organization_admin()
            .await
            .unwrap_err();
        let elsewhere = org(&sandbox).directory(DirectoryId::new("no-such-directory").unwrap());
        let directory = elsewhere
            .user(MIA)
            .remove()
            .allow_organization_admin()
            .await
            .unwrap_err();
        let came_back = [seen(&admin), seen(&directory)].join("\n");
        insta::assert_snapshot!(
            name,
            format!("{}── the caller got\n{came_back}", support::wire(&sandbox))
        );
        assert!(sandbox.user(MIA).unwrap().membership("dir-1").is_some());
    }
}

#[tokio::test]
async fn who_is_there_already_is_left_alone() {
    let sandbox = with(mia().suspended()).start().await.unwrap();
    let done = org(&sandbox)
        .user(MIA_ID.parse::<atlassian_orgs::AccountId>().unwrap())
        .suspend()
        .await
        .unwrap();
    assert!(matches!(done.outcome, Outcome::AlreadyDone { read_at } if read_at == support::noon()));
    assert!(!done.is_changed());
    assert_eq!(calls(&sandbox, "users.suspend"), 0);
}

/// Every position of the switches that nobody has published: the outcome is the same.
#[tokio::test]
async fn what_the_service_says_to_a_repetition_does_not_matter() {
    // The state changes between the read and the write, so that the write meets it.
    for (n, suspend) in [
        SuspendSuspended::NoContent,
        SuspendSuspended::Conflict,
        SuspendSuspended::Invalid,
    ]
    .into_iter()
    .enumerate()
    {
        for (m, restore) in [
            RestoreActive::NoContent,
            RestoreActive::Conflict,
            RestoreActive::Invalid,
        ]
        .into_iter()
        .enumerate()
        {
            let sandbox = with(mia())
                .behaviour(suspend)
                .behaviour(restore)
                .start()
                .await
                .unwrap();
            let raw = support::client(&sandbox).raw();
            for _ in 0..2 {
                let _ = raw
                    .suspend_user()
                    .org_id(sandbox.org_id())
                    .directory_id("dir-1")
                    .account_id(MIA_ID)
                    .send()
                    .await;
            }
            assert_eq!(sandbox.requests()[1].sent.status, [204, 409, 400][n]);
            for _ in 0..2 {
                let _ = raw
                    .restore_user()
                    .org_id(sandbox.org_id())
                    .directory_id("dir-1")
                    .account_id(MIA_ID)
                    .send()
                    .await;
            }
            assert_eq!(sandbox.requests()[3].sent.status, [204, 409, 400][m]);
            let done = org(&sandbox).user(MIA).restore().await.unwrap();
            assert!(matches!(done.outcome, Outcome::AlreadyDone { .. }));
        }
    }
}

/// A conflict that a read explains is no failure; one that it does not explain is.
#[tokio::test]
async fn a_conflict_is_settled_by_a_read() {
    let conflict = || {
        Answer::new(409).body(
            "application/json",
            r#"{"errors":[{"code":"ADMIN-UAM-409-2"}]}"#,
        )
    };
    let sandbox = with(mia())
        .fault(Rule::new(Fault::AnswerAfter(conflict())).on("users.suspend"))
        .start()
        .await
        .unwrap();
    let done = org(&sandbox).user(MIA).suspend().await.unwrap();
    assert!(matches!(done.outcome, Outcome::AlreadyDone { .. }));

    let sandbox = with(mia())
        .fault(Rule::new(Fault::Answer(conflict())).on("users.suspend"))
        .start()
        .await
        .unwrap();
    let error = org(&sandbox).user(MIA).suspend().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(calls(&sandbox, "users.suspend"), 1, "nothing is sent twice");
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_a_read_and_by_one_more_write_at_most() {
    let sandbox = with(mia())
        .fault(Rule::new(Fault::DropAfter).on("users.suspend"))
        .start()
        .await
        .unwrap();
    let done = org(&sandbox).user(MIA).suspend().await.unwrap();
    assert!(matches!(
        done.outcome,
        Outcome::Changed {
            evidence: Evidence::Observed
        }
    ));
    insta::assert_snapshot!("a_lost_answer", transcript(&sandbox, &done));

    // A read shows that nothing happened: one more send is allowed, since it sets a state.
    let sandbox = with(mia())
        .fault(Rule::new(Fault::DropBefore).on("users.suspend").times(1))
        .start()
        .await
        .unwrap();
    let done = org(&sandbox).user(MIA).suspend().await.unwrap();
    assert!(matches!(
        done.outcome,
        Outcome::Changed {
            evidence: Evidence::Acknowledged
        }
    ));
    insta::assert_snapshot!("one_more_send", transcript(&sandbox, &done));

    // One more, and not two.
    let sandbox = with(mia())
        .fault(Rule::new(Fault::DropBefore).on("users.suspend"))
        .start()
        .await
        .unwrap();
    let error = org(&sandbox).user(MIA).suspend().await.unwrap_err();
    assert!(
        error.is_in_doubt(),
        "the read shows an active person, but the write may still be under way"
    );
    assert_eq!(calls(&sandbox, "users.suspend"), 2);

    let sandbox = with(mia())
        .fault(Rule::new(Fault::AnswerAfter(Answer::new(502))).on("users.remove"))
        .start()
        .await
        .unwrap();
    let done = org(&sandbox).user(MIA).remove().await.unwrap();
    assert!(matches!(
        done.outcome,
        Outcome::Changed {
            evidence: Evidence::Observed
        }
    ));
}

#[tokio::test]
async fn nobody_is_taken_for_somebody_else() {
    let sandbox = with(mia())
        .user(User::new("gone@example.com").managed().not_invited())
        .start()
        .await
        .unwrap();
    let org = org(&sandbox);
    for change in [
        org.user("mia@exmaple.com").suspend(),
        org.user("mia@exmaple.com").remove(),
    ] {
        let error = change.await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::NoSuchAccount,
            "a typing error must not look like a success"
        );
        assert!(error.is_not_sent());
    }
    let done = org.user("gone@example.com").remove().await.unwrap();
    assert!(
        matches!(done.outcome, Outcome::AlreadyDone { .. }),
        "no member is what was wished"
    );
    let error = org.user("gone@example.com").suspend().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAMember);
    insta::assert_snapshot!(seen(&error), @"
    the account is in no directory of this organization; invite the person
      kind NotAMember, sent false, in doubt false
    ");
}

#[tokio::test]
async fn restoring_does_not_activate_an_account() {
    for user in [mia().deactivated(), mia().for_deletion(), mia().closed()] {
        let sandbox = with(user).start().await.unwrap();
        let error = org(&sandbox).user(MIA).restore().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deactivated);
        assert_eq!(calls(&sandbox, "users.restore"), 0);
    }
}

#[tokio::test]
async fn an_organization_admin_is_guarded() {
    let sandbox = with(mia().org_admin()).start().await.unwrap();
    let person = org(&sandbox).user(MIA);
    for change in [person.suspend(), person.remove()] {
        let error = change.await.unwrap_err();
        assert!(error.is_refused() && error.is_not_sent(), "{error}");
    }
    assert_eq!(
        calls(&sandbox, "users.suspend") + calls(&sandbox, "users.remove"),
        0
    );
    // Lifted by name, the service decides; it refuses as well.
    let error = person
        .suspend()
        .allow_organization_admin()
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(400));
    insta::assert_snapshot!(seen(&error), @"
    400: the service finds the request wrong; if the person is an organization admin, take that role away first (from the last admin only after making somebody else one); else the service's reason, if it gave one, is in Error::message()
      kind BadRequest, sent true, in doubt false
    ");
}

#[tokio::test]
async fn who_is_synced_may_come_back() {
    let sandbox = with(mia().managed().synced()).start().await.unwrap();
    let done = org(&sandbox).user(MIA).remove().await.unwrap();
    assert_eq!(done.warnings(), [Warning::MayComeBack]);
    insta::assert_snapshot!(done, @"removed: changed (directory dir-1); an identity provider manages this person and may put them back");
}

#[tokio::test]
async fn someone_removed_meanwhile_is_removed() {
    for position in [RemoveAbsent::NotFound, RemoveAbsent::NoContent] {
        for profile in [Profile::Published, Profile::Live] {
            let gone = r#"{"errors":[{"code":"ADMIN-UAM-404-1","status":"404"}]}"#;
            let rule = Rule::new(Fault::AnswerAfter(
                Answer::new(404).body("application/json", gone),
            ));
            let sandbox = with(mia())
                .profile(profile)
                .behaviour(position)
                .fault(rule.on("users.remove"))
                .start()
                .await
                .unwrap();
            let done = org(&sandbox).user(MIA).remove().await.unwrap();
            assert!(matches!(done.outcome, Outcome::AlreadyDone { .. }));
        }
    }
}

/// A 404 without a code proves nothing: a read has to.
#[tokio::test]
async fn a_bare_404_is_not_a_removal() {
    let rule = || Rule::new(Fault::Answer(Answer::new(404))).on("users.remove");
    let sandbox = with(mia()).fault(rule()).start().await.unwrap();
    let error = org(&sandbox).user(MIA).remove().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedStatus);
    assert!(sandbox.user(MIA).unwrap().membership("dir-1").is_some());
}

fn two() -> atlassian_orgs_sandbox::Builder {
    Sandbox::builder()
        .directory(Directory::new("North").id("dir-1"))
        .directory(Directory::new("South").id("dir-2"))
}

#[tokio::test]
async fn several_directories_are_not_guessed() {
    let user = mia()
        .membership("dir-1", Membership::Active)
        .membership("dir-2", Membership::Suspended);
    // A role in the second directory: its row is the only read that shows a status per directory.
    let app =
        atlassian_orgs_sandbox::Resource::new("ari:cloud:jira::site/south").directory("dir-2");
    let user = user.role("ari:cloud:jira::site/south", "atlassian/user");
    let sandbox = two().resources([app]).user(user).start().await.unwrap();
    let org = org(&sandbox);
    let error = org.user(MIA).suspend().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AmbiguousDirectory);
    insta::assert_snapshot!(seen(&error), @"
    the person is in several directories: dir-1, dir-2; choose one with Organization::directory, or call in_every_directory()
      kind AmbiguousDirectory, sent false, in doubt false
    ");

    let found = org.get_user(MIA).await.unwrap();
    assert_eq!(
        found.membership,
        Some(MembershipStatus::Active),
        "organization-wide"
    );
    let report = org.user(MIA).suspend().in_every_directory().await.unwrap();
    insta::assert_snapshot!(report, @"
    directory dir-1: changed
    directory dir-2: already done
    ");
    report.ensure_complete().unwrap();
    let now = sandbox.user(MIA).unwrap();
    assert_eq!(now.membership("dir-1"), Some(Membership::Suspended));
    assert_eq!(now.membership("dir-2"), Some(Membership::Suspended));
}

#[tokio::test]
async fn a_change_stays_in_the_chosen_directory() {
    let user = mia()
        .membership("dir-1", Membership::Active)
        .membership("dir-2", Membership::Active);
    let sandbox = two().user(user).start().await.unwrap();
    let south = org(&sandbox).directory(DirectoryId::new("dir-2").unwrap());
    let done = south.user(MIA).remove().await.unwrap();
    assert_eq!(done.directory.unwrap().as_str(), "dir-2");
    let now = sandbox.user(MIA).unwrap();
    assert_eq!(
        (now.membership("dir-1"), now.membership("dir-2")),
        (Some(Membership::Active), None)
    );
}

#[tokio::test]
async fn one_directory_that_fails_does_not_hide_the_others() {
    let user = mia()
        .membership("dir-1", Membership::Active)
        .membership("dir-2", Membership::Active);
    let rule = Rule::new(Fault::Answer(Answer::new(403)))
        .on("users.suspend")
        .about("dir-1");
    let sandbox = two().user(user).fault(rule).start().await.unwrap();
    let report = org(&sandbox)
        .user(MIA)
        .suspend()
        .in_every_directory()
        .await
        .unwrap();
    assert!(!report.is_complete());
    insta::assert_snapshot!(format!("{report}{}", seen(&report.ensure_complete().unwrap_err())), @"
    directory dir-1: refused: 403: the key may not do this; check that the organization id is right, that the key is one of this organization, without scopes and made by an organization admin (a user access admin is not enough), and that the plan includes the feature
    directory dir-2: changed
    the change is not done in 1 of 2 directories: dir-1 refused
      kind Incomplete, sent true, in doubt false
    ");
    assert_eq!(
        sandbox.user(MIA).unwrap().membership("dir-2"),
        Some(Membership::Suspended)
    );
}

/// Only a read shows that somebody is gone; a code alone could be about anything.
#[tokio::test]
async fn a_removal_that_was_answered_with_not_found_is_read_back() {
    let answer =
        Answer::new(404).body("application/json", r#"{"errors":[{"code":"ADMIN-404-8"}]}"#);
    let not_found = Rule::new(Fault::Answer(answer)).on("users.remove").times(1);
    let sandbox = with(mia()).fault(not_found).start().await.unwrap();
    let person = org(&sandbox).user(MIA);
    let error = person.remove().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(sandbox.user(MIA).unwrap().membership("dir-1").is_some());
    assert!(person.remove().await.unwrap().is_changed());
}
