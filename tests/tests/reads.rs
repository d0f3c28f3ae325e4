//! Reads over real HTTP: the check of a key, look-ups, lists, and what a client refuses to be.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{AccountStatus, ApiKey, Client, ErrorKind, KeyKind, MembershipStatus, OrgId};
use atlassian_orgs_sandbox::behaviour::{
    CursorCycle, EmptyPages, PageEnd, SearchCursor, UnknownOrganization,
};
use atlassian_orgs_sandbox::{Answer, Builder, Fault, Profile, Rule, Sandbox, User};
use support::{calls, client, client_with_key, org, org_once, seen};

#[tokio::test]
async fn a_check_says_what_the_key_reaches() {
    for profile in [Profile::Published, Profile::Live] {
        let sandbox = Sandbox::builder()
            .directories(2)
            .profile(profile)
            .start()
            .await
            .unwrap();
        let check = client(&sandbox)
            .check(&OrgId::new(sandbox.org_id()).unwrap())
            .await
            .unwrap();
        assert_eq!(
            (check.key, check.directories.len()),
            (KeyKind::NoScopeMissing, 2)
        );
        let writes = sandbox
            .requests()
            .iter()
            .filter(|e| !e.received.path.ends_with("/search") && e.received.method != "GET")
            .count();
        assert_eq!(writes, 0, "a check changes nothing");
    }
}

#[tokio::test]
async fn a_check_tells_keys_apart() {
    let sandbox = Sandbox::builder()
        .scoped_key("scoped", ["read:orgs:admin", "read:directories:admin"])
        .start()
        .await
        .unwrap();
    let org = OrgId::new(sandbox.org_id()).unwrap();
    let check = client_with_key(&sandbox, "scoped")
        .check(&org)
        .await
        .unwrap();
    assert_eq!(check.key, KeyKind::Scoped);

    let mut errors = Vec::new();
    for profile in [Profile::Published, Profile::Live] {
        let sandbox = Sandbox::builder().profile(profile).start().await.unwrap();
        let org = OrgId::new(sandbox.org_id()).unwrap();
        let error = client_with_key(&sandbox, "no-such-key")
            .check(&org)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        errors.push(seen(&error));
    }
    for position in [
        UnknownOrganization::Declared,
        UnknownOrganization::Routing,
        UnknownOrganization::Forbidden,
    ] {
        let sandbox = Sandbox::builder()
            .behaviour(position)
            .start()
            .await
            .unwrap();
        let error = client(&sandbox)
            .check(&OrgId::new("another-organization").unwrap())
            .await
            .unwrap_err();
        errors.push(seen(&error));
    }
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_key_does_not_travel_in_the_clear() {
    let build = |url: &str| {
        Client::builder()
            .base_url(url)
            .api_key(ApiKey::new("k").unwrap())
            .build()
    };
    for url in [
        "https://api.atlassian.com/admin",
        "https://proxy.example/x/",
        "http://127.0.0.1:1/admin",
        "http://[::1]:1",
        "http://localhost:1",
    ] {
        assert!(build(url).is_ok(), "{url}");
    }
    let refused = [
        "http://api.atlassian.com/admin",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://user:secret@api.atlassian.com",
        "https://api.atlassian.com/admin?x=1",
        "not a url",
        "",
    ];
    let errors: Vec<String> = refused
        .iter()
        .map(|url| {
            let error = build(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{url}");
            error.to_string()
        })
        .collect();
    assert!(errors.iter().all(|e| !e.contains("secret")));
    insta::assert_snapshot!(errors.join("\n"));
    assert_eq!(
        Client::builder().build().unwrap_err().kind(),
        ErrorKind::Config
    );
}

/// Whatever the hook does: no redirect is followed, so the key goes to no other host.
#[tokio::test]
async fn a_redirect_does_not_carry_the_key_away() {
    let elsewhere = Sandbox::builder().start().await.unwrap();
    for status in [301, 302, 307, 308] {
        let there = Answer::new(status).header("location", format!("{}/v1/orgs", elsewhere.url()));
        let sandbox = Sandbox::builder()
            .fault(Rule::new(Fault::Answer(there)))
            .start()
            .await
            .unwrap();
        let client = Client::builder()
            .base_url(sandbox.url())
            .api_key(ApiKey::new(sandbox.api_key()).unwrap())
            .http(|http| {
                http.redirect(reqwest::redirect::Policy::limited(10))
                    .retry(reqwest::retry::for_host("x"))
            })
            .build()
            .unwrap();
        let error = client
            .organization(OrgId::new(sandbox.org_id()).unwrap())
            .directories()
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::UnexpectedStatus, Some(status))
        );
        assert_eq!(sandbox.requests().len(), 1);
    }
    assert!(elsewhere.requests().is_empty());
}

/// A body that breaks off, over a real connection.
#[tokio::test]
async fn a_body_that_breaks_off_is_no_answer() {
    for bytes in [0, 1, 30] {
        let sandbox = Sandbox::builder()
            .users(3)
            .fault(Rule::new(Fault::CutBody(bytes)))
            .start()
            .await
            .unwrap();
        let error = org_once(&sandbox)
            .find_user("user-0001@example.com")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(error.may_have_been_sent() && !error.is_in_doubt());
    }
}

#[tokio::test]
async fn everybody_who_was_asked_for_is_answered() {
    let sandbox = Sandbox::builder().users(300).start().await.unwrap();
    let org = org(&sandbox);
    let mut people: Vec<String> = (1..=250)
        .map(|n| format!("USER-{n:04}@example.COM"))
        .collect();
    people.insert(7, "nobody@example.com".to_owned());
    people.push("user-0001@example.com".to_owned());
    let ids: Vec<String> = (1..=25)
        .map(|n| {
            sandbox
                .user(&format!("user-{n:04}@example.com"))
                .unwrap()
                .id()
                .to_owned()
        })
        .collect();
    people.extend(ids);
    let found = org.find_users(&people).await.unwrap();
    assert_eq!(found.len(), people.len());
    for (person, user) in people.iter().zip(&found) {
        match user {
            None => assert_eq!(person, "nobody@example.com"),
            Some(user) => assert!(
                user.email.as_ref().unwrap().eq_ignore_ascii_case(person)
                    || user.account_id.as_str() == person
            ),
        }
    }
    // 251 addresses by the hundred, 25 ids by ten.
    assert_eq!(calls(&sandbox, "users.search"), 3 + 3);
    assert!(org.find_user("nobody@example.com").await.unwrap().is_none());
    assert_eq!(
        org.get_user("nobody@example.com").await.unwrap_err().kind(),
        ErrorKind::NoSuchAccount
    );
    let error = org
        .find_users(["user-0001@example.com", "a b", "x@"])
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.positions()),
        (ErrorKind::InvalidInput, &[2, 3][..])
    );
}

/// A service that ignores the filter would send everybody: then nobody is taken for anybody.
#[tokio::test]
async fn an_answer_about_others_is_an_error() {
    let all = r#"{"data":[{"accountId":"557058:a","email":"other@example.com","membershipStatus":"active"}],"links":{}}"#;
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Answer(
            Answer::new(200).body("application/json", all),
        )))
        .start()
        .await
        .unwrap();
    assert_eq!(
        org(&sandbox)
            .find_user("mia@example.com")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Decode
    );
}

/// An address that the service does not show: asked for alone, the answer can only be theirs.
#[tokio::test]
async fn a_hidden_address_is_found_alone() {
    let hidden = r#"{"data":[{"accountId":"557058:a","email":null,"membershipStatus":"active"}],"links":{}}"#;
    let rule = Rule::new(Fault::Answer(
        Answer::new(200).body("application/json", hidden),
    ))
    .about("\"mia@example.com\"");
    let sandbox = Sandbox::builder()
        .users(3)
        .fault(rule)
        .start()
        .await
        .unwrap();
    let found = org(&sandbox)
        .find_users(["user-0002@example.com", "mia@example.com"])
        .await
        .unwrap();
    assert!(found.iter().all(Option::is_some));
    assert_eq!(found[1].as_ref().unwrap().account_id.as_str(), "557058:a");
}

fn crowd() -> Builder {
    Sandbox::builder().users(250)
}

async fn count(builder: Builder) -> Result<usize, atlassian_orgs::Error> {
    let sandbox = builder.start().await.unwrap();
    let (mut items, mut read) = (org(&sandbox).users().items(), 0);
    while items.try_next().await?.is_some() {
        read += 1;
    }
    Ok(read)
}

#[tokio::test]
async fn a_list_ends_at_its_end_however_that_is_said() {
    for end in [
        PageEnd::NoNext,
        PageEnd::NoLinks,
        PageEnd::Null,
        PageEnd::Empty,
    ] {
        assert_eq!(count(crowd().behaviour(end)).await.unwrap(), 250);
    }
    for cursor in [SearchCursor::Resent, SearchCursor::Kept] {
        assert_eq!(count(crowd().behaviour(cursor)).await.unwrap(), 250);
    }
    assert_eq!(
        count(crowd().behaviour(EmptyPages::Between)).await.unwrap(),
        250,
        "an empty page is not the end"
    );
    let error = count(crowd().behaviour(CursorCycle::Always))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
}

#[tokio::test]
async fn filters_narrow_and_counts_agree() {
    let sandbox = Sandbox::builder()
        .users(5)
        .user(User::new("mia@example.com").suspended())
        .user(User::new("gone@example.org").managed().deactivated())
        .start()
        .await
        .unwrap();
    let org = org(&sandbox);
    for (users, expected) in [
        (org.users(), 7),
        (org.users().membership(MembershipStatus::Suspended), 1),
        (
            org.users()
                .membership(MembershipStatus::Suspended)
                .membership(MembershipStatus::Active),
            7,
        ),
        (org.users().account_status(AccountStatus::Inactive), 1),
        (org.users().email_domain("example.org"), 1),
        (org.users().search_term("user-000"), 5),
        (org.users().claim(atlassian_orgs::ClaimStatus::Managed), 1),
    ] {
        assert_eq!(users.count().await.unwrap(), expected);
        let mut pages = users.page_size(2).pages();
        let mut read = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            read += page.len() as u64;
        }
        assert_eq!(read, expected);
        assert!(
            pages.try_next().await.unwrap().is_none(),
            "after the end it stays at the end"
        );
    }
}

/// Values that nobody has published do not fail a page.
#[tokio::test]
async fn new_values_are_kept_as_they_came() {
    let body = r#"{"data":[{"accountId":"557058:a","accountStatus":"dormant","membershipStatus":"pending","accountType":"agent",
        "claimStatus":"shared","managementSource":"imported","platformRoles":["atlassian/new-admin"],"groups":null,
        "department":null,"somethingNew":{"a":[1]}}],"links":{"next":null,"new":1},"meta":null}"#;
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Answer(
            Answer::new(200).body("application/json", body),
        )))
        .start()
        .await
        .unwrap();
    let user = org(&sandbox)
        .users()
        .items()
        .try_next()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        user.account_status,
        Some(AccountStatus::Other("dormant".into()))
    );
    assert_eq!(user.membership.unwrap().as_str(), "pending");
    assert_eq!(user.account_type.unwrap().as_str(), "agent");
    assert_eq!(
        user.platform_roles.unwrap()[0].as_str(),
        "atlassian/new-admin"
    );
    assert_eq!(user.groups, None);
}
