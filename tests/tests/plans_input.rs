//! The people that a plan is made of: text, iterators, CSV, and what is wrong with them.
#![allow(clippy::unwrap_used)]

mod support;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use atlassian_orgs::{
    AccountId, Addresses, EmailAddress, Error, Grant, People, Person, Plan, Role,
};
use atlassian_orgs_sandbox::{Group, Sandbox};
use support::plans::{JIRA, STAFF, company, jira, words};
use support::{calls, org, seen};

async fn people(n: usize) -> Sandbox {
    company().users(n).start().await.unwrap()
}

async fn suspended(sandbox: &Sandbox, people: People<'_>) -> Result<Plan, Error> {
    org(sandbox).suspend_users(people).plan().await
}

fn csv(text: &str) -> People<'_> {
    People::csv(text.as_bytes()).unwrap()
}

/// In short.
fn granted(grants: &[Grant]) -> String {
    let words = grants.iter().map(|grant| match grant {
        Grant::Role { role, resource, .. } => format!("{role} {resource}"),
        Grant::Group(group) => group.to_string(),
        _ => "?".to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// People with what they alone are to get.
async fn invited(sandbox: &Sandbox, text: &str) -> Result<Plan, Error> {
    let invitation = org(sandbox).invite_users(csv(text)).silent();
    invitation.plan().await
}

#[tokio::test]
async fn people_come_in_many_forms() {
    let sandbox = people(2).await;
    let org = org(&sandbox);
    let (one, two) = ("user-0001@example.com", "user-0002@example.com");
    let id = AccountId::new(sandbox.user(two).unwrap().id()).unwrap();
    let address = EmailAddress::new(one).unwrap();
    let persons = [Person::from(address.clone()), Person::from(id.clone())];
    let pasted = format!("{one},\u{200b} {two};\r\n");
    let borrowed = [one, two];
    let plans = [
        org.suspend_users(pasted.as_str()).plan().await,
        org.suspend_users(pasted.clone()).plan().await,
        org.suspend_users([one, two]).plan().await,
        org.suspend_users(borrowed.iter().map(|it| it.to_uppercase()))
            .plan()
            .await,
        org.suspend_users(persons.clone()).plan().await,
        org.suspend_users(persons.iter().map(Person::as_str))
            .plan()
            .await,
        org.suspend_users([one.to_owned(), id.as_str().to_owned()])
            .plan()
            .await,
        org.suspend_users(Addresses::new([one, two]).unwrap())
            .plan()
            .await,
        org.suspend_users(csv(&format!("email\n{one}\n{two}\n")))
            .plan()
            .await,
    ];
    for (n, plan) in plans.into_iter().enumerate() {
        assert_eq!(
            words(&plan.unwrap()),
            "1 dir-1 change\n2 dir-1 change\n",
            "form {n}"
        );
    }
}

/// All of them are named, by position only, and nothing is asked after the first.
#[tokio::test]
async fn malformed_people_are_one_error() {
    let sandbox = people(150).await;
    let org = org(&sandbox);
    let many = |bad: &'static [usize]| {
        (1..=150).map(move |n| match bad.contains(&n) {
            true => format!("user {n}@example.com"),
            false => format!("user-{n:04}@example.com"),
        })
    };
    let error = org.suspend_users(many(&[3, 99])).plan().await.unwrap_err();
    assert_eq!(error.positions(), [3, 99]);
    assert_eq!(calls(&sandbox, "users.search"), 0);
    insta::assert_snapshot!(seen(&error), @"
    2 of 150 people are neither an address nor an account id: number 3, 99
      kind InvalidInput, sent false, in doubt false
    ");

    // The first hundred are looked up before the 149th is read: a list is read as it is needed.
    let error = org.suspend_users(many(&[149])).plan().await.unwrap_err();
    assert_eq!(error.positions(), [149]);
    assert_eq!(calls(&sandbox, "users.search"), 1);

    let error = org
        .suspend_users((0..30).map(|_| "@"))
        .plan()
        .await
        .unwrap_err();
    assert_eq!(error.positions().len(), 30);
    insta::assert_snapshot!(seen(&error), @"
    30 of 30 people are neither an address nor an account id: number 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and more
      kind InvalidInput, sent false, in doubt false
    ");

    // An account id can't be invited.
    let id = sandbox
        .user("user-0001@example.com")
        .unwrap()
        .id()
        .to_owned();
    let invite = org.invite_users([id]).grant(Role::USER, jira()).silent();
    let error = invite.plan().await.unwrap_err();
    insta::assert_snapshot!(seen(&error), @"
    1 of 1 people are no address: number 1
      kind InvalidInput, sent false, in doubt false
    ");
}

#[tokio::test]
async fn nobody_is_an_error() {
    let sandbox = people(1).await;
    let org = org(&sandbox);
    let errors = [
        org.suspend_users("").plan().await,
        org.suspend_users(" ,;\n").plan().await,
        org.restore_users(Vec::<String>::new()).plan().await,
        org.remove_users(csv("email\n")).plan().await,
    ];
    for error in errors {
        assert_eq!(
            error.unwrap_err().to_string(),
            "there is nobody in the list"
        );
    }
}

/// Ten thousand people are read a hundred at a time.
#[tokio::test]
async fn a_list_is_read_as_it_is_needed() {
    let sandbox = people(1).await;
    let (asked, ahead) = (Arc::new(AtomicUsize::new(0)), Cell::new(0));
    let counted = {
        let (asked, sandbox) = (asked.clone(), &sandbox);
        std::iter::from_fn(move || {
            let n = asked.fetch_add(1, Ordering::SeqCst);
            let searched = 100 * calls(sandbox, "users.search");
            ahead.set(ahead.get().max(n.saturating_sub(searched)));
            assert!(ahead.get() <= 100, "{n} were read, {searched} looked up");
            (n < 1_000).then(|| format!("nobody-{n}@example.com"))
        })
    };
    let plan = org(&sandbox).suspend_users(counted).plan().await.unwrap();
    assert_eq!(
        (plan.refused(), calls(&sandbox, "users.search")),
        (1_000, 10)
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1_001);
}

#[tokio::test]
async fn csv_is_read_as_spreadsheets_write_it() {
    let sandbox = people(3).await;
    let (one, two) = ("user-0001@example.com", "user-0002@example.com");
    let id = sandbox.user(two).unwrap().id().to_owned();
    for text in [
        format!("email\n{one}\n{two}\n"),
        format!("\u{feff}E-Mail,Name\r\n{one},Mia\r\n{two},Kim\r\n"),
        format!("Name,\"Email Address\"\n\"Lee, Mia\",\"{one}\"\n\"Kim \"\"K\"\" Roe\", {two}\n"),
        format!("account_id,started\n{one},2020\n{id},2021"),
        format!("Person\n\n{one}\n\n{two}\n"),
        // Rows of a spreadsheet that are empty.
        format!("name,email\nMia,{one}\nKim,{two}\n,\n,\n"),
        // What Excel writes where the comma is in numbers.
        format!("name;email\nLee, Mia;{one}\nRoe;{two}\n"),
        format!("name\temail\nMia\t{one}\nKim\t{two}\n"),
    ] {
        let plan = suspended(&sandbox, csv(&text)).await;
        let plan = plan.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(words(&plan), "1 dir-1 change\n2 dir-1 change\n", "{text}");
    }
}

/// A list of leavers from elsewhere may well say what role somebody had.
#[tokio::test]
async fn columns_for_invitations_do_not_matter_to_other_changes() {
    let sandbox = people(2).await;
    let text = "email,role,groups\nuser-0001@example.com,Software Engineer,a b\n\
                user-0002@example.com,Head of IT,\nUSER-0001@example.com,Mentor,a\n";
    let plan = suspended(&sandbox, csv(text)).await.unwrap();
    assert_eq!(words(&plan), "1 dir-1 change\n2 dir-1 change\n");
    assert_eq!(plan.repeated(), 1);
    assert!(plan.rows().iter().all(|row| row.grants.is_empty()));
}

#[tokio::test]
async fn csv_gives_people_roles_and_groups_of_their_own() {
    let groups = [
        Group::new("crew").id("group-1"),
        Group::new("guild").id("group-2"),
    ];
    let sandbox = Sandbox::builder()
        .directory(atlassian_orgs_sandbox::Directory::new("Staff").id("dir-1"))
        .resources(
            [JIRA, STAFF].map(|ari| atlassian_orgs_sandbox::Resource::new(ari).directory("dir-1")),
        )
        .groups(groups.map(|group| group.directory("dir-1")))
        .start()
        .await
        .unwrap();
    let text = format!(
        "email,role,resource,groups\n\
         one@example.com,atlassian/user,{JIRA},\n\
         two@example.com,atlassian/user,{JIRA} {STAFF},group-1\n\
         three@example.com,atlassian/user atlassian/guest,{JIRA};{STAFF},\"group-1, group-2\"\n\
         four@example.com,,,group-2\n"
    );
    let plan = invited(&sandbox, &text).await.unwrap();
    assert_eq!(plan.changes(), 4);
    let own: Vec<String> = plan.rows().iter().map(|row| granted(&row.grants)).collect();
    let (jira, staff) = (
        format!("atlassian/user {JIRA}"),
        format!("atlassian/user {STAFF}"),
    );
    assert_eq!(
        own,
        [
            jira.clone(),
            format!("{jira}, {staff}, group-1"),
            format!("{jira}, atlassian/guest {STAFF}, group-1, group-2"),
            "group-2".to_owned(),
        ]
    );

    plan.run().await.unwrap().ensure_complete().unwrap();
    let three = sandbox.user("three@example.com").unwrap();
    assert!(three.groups.contains("group-1") && three.groups.contains("group-2"));
    assert!(
        three
            .roles
            .iter()
            .any(|(ari, role)| &**ari == STAFF && &**role == "atlassian/guest")
    );
    let four = sandbox.user("four@example.com").unwrap();
    assert!(four.roles.is_empty() && !four.groups.contains("group-1"));
}

/// A line is named by the number that an editor shows, a person by their place.
#[tokio::test]
async fn what_is_wrong_with_csv_is_named_by_line() {
    let sandbox = people(1).await;
    let mut errors = Vec::new();
    for head in ["name,phone\nMia,1\n", "", "user-0001@example.com\n"] {
        let error = People::csv(head.as_bytes()).map(drop).unwrap_err();
        errors.push(seen(&error));
    }
    let bytes: &[u8] = b"email,name\nuser-0001@example.com,Mia\nuser-0002@example.com,M\xfcller\n";
    let error = suspended(&sandbox, People::csv(bytes).unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.positions(), [2]);
    errors.push(seen(&error));
    let error = suspended(
        &sandbox,
        csv("email,name\n\nuser-0001@example.com,Mia\nuser-0001@example.com,Lee,Mia\n"),
    )
    .await;
    let error = error.unwrap_err();
    assert_eq!(error.positions(), [2]);
    errors.push(seen(&error));
    for lines in [
        ",atlassian/user,ari:cloud:jira::site/cloud-1,",
        "mia@example.com,atlassian/user,,",
        "mia@example.com,,ari:cloud:jira::site/cloud-1,",
        "mia@example.com,atlassian/user,jira,",
        "mia@example.com,,,gr/up",
        "mia@example.com,,,",
        "mia@example.com,,,group-1\nmia@example.com,,,group-2",
    ] {
        let text = format!("email,role,resource,groups\n{lines}\n");
        let error = invited(&sandbox, &text).await.expect_err(lines);
        assert!(!error.positions().is_empty(), "{lines}: {error}");
        errors.push(seen(&error));
    }
    insta::assert_snapshot!(errors.join("\n"));
    assert_eq!(calls(&sandbox, "users.search"), 0);
}

/// `send` knows no roles of one person alone, and says what does.
#[tokio::test]
async fn roles_of_their_own_need_a_plan() {
    let sandbox = people(1).await;
    let text = "email,groups\nmia@example.com,group-1\n";
    let invitation = org(&sandbox).invite_users(csv(text)).silent();
    let error = invitation
        .grant(Role::USER, jira())
        .send()
        .await
        .unwrap_err();
    insta::assert_snapshot!(seen(&error), @"
    the list gives people roles or groups of their own; make a plan of it: call plan()
      kind InvalidInput, sent false, in doubt false
    ");
    assert!(sandbox.requests().is_empty());
}
