//! What goes wrong and what a person is told about it, over real HTTP: every way in which the service is
//! known to refuse, as a table of situation, kind, code, words and way out.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write;

use atlassian_orgs::{Error, ErrorKind, Organization, Role};
use atlassian_orgs_sandbox::behaviour::{SuspendAdmin, UnknownOrganization, WriteErrorBody};
use atlassian_orgs_sandbox::{Answer, Builder, Directory, Fault, Profile, Rule, Sandbox, User};
use support::{calls, client_with_key, org_once, resource};

const MIA: &str = "mia@example.com";
const JSON: &str = "application/json";

/// What somebody tried.
#[derive(Debug, Clone, Copy)]
enum Try {
    Read,
    Find,
    Suspend,
    Restore,
    Invite,
}

impl Try {
    /// The sandbox's name of the request that a fault is for.
    fn operation(self) -> &'static str {
        match self {
            Self::Read => "directories.list",
            Self::Find => "users.search",
            Self::Suspend => "users.suspend",
            Self::Restore => "users.restore",
            Self::Invite => "users.invite",
        }
    }

    /// Its error; to have none is a failure of the test.
    async fn fails(self, sandbox: &Sandbox, org: &Organization) -> Error {
        let person = org.user(MIA);
        let outcome = match self {
            Self::Read => org.directories().await.map(drop),
            Self::Find => org.find_user(MIA).await.map(drop),
            Self::Suspend => person.suspend().await.map(drop),
            Self::Restore => person.restore().await.map(drop),
            Self::Invite => {
                let invite = org.invite_users("new@example.com");
                let invite = invite.grant(Role::USER, resource(sandbox));
                match invite.silent().send().await {
                    Ok(report) => Err(report.rows[0].outcome.error().unwrap().clone()),
                    Err(error) => Err(error),
                }
            }
        };
        outcome.unwrap_err()
    }
}

/// A directory with Mia in it, as the operation needs her.
fn staff(attempt: Try) -> Builder {
    let mia = User::new(MIA);
    let mia = match attempt {
        Try::Restore => mia.suspended(),
        _ => mia,
    };
    Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .user(mia)
}

async fn answered(attempt: Try, status: u16, kind: &str, body: &str) -> Error {
    let answer = Answer::new(status).body(kind, body.to_owned());
    let rule = Rule::new(Fault::Answer(answer)).on(attempt.operation());
    let sandbox = staff(attempt).fault(rule).start().await.unwrap();
    attempt.fails(&sandbox, &org_once(&sandbox)).await
}

fn row(out: &mut String, situation: &str, error: &Error) {
    let code = error.code().map_or("-", |code| code.as_str());
    writeln!(
        out,
        "# {situation}\n{error}\n  {:?}, code {code}, sent {}, in doubt {}",
        error.kind(),
        error.may_have_been_sent(),
        error.is_in_doubt()
    )
    .unwrap();
}

fn coded(status: u16, code: &str) -> String {
    format!(
        r#"{{"errors":[{{"id":"65e99414","code":"{code}","status":"{status}","title":"A title","detail":"A detail"}}]}}"#
    )
}

/// The situations that people ask about, by the bodies that were seen or published.
#[tokio::test]
async fn every_situation_has_its_words_and_its_way_out() {
    let insufficient = r#"{"errors":[{"code":"ADMIN-401-2","status":"401","title":"INSUFFICIENT_SCOPE","detail":"Insufficient scope. Create a new API Key for your Organization https://…"}]}"#;
    let gateway = r#"{"code":401,"message":"Unauthorized"}"#;
    let no_permission = r#"{"timestamp":"2025-06-06T06:03:27.122+00:00","path":"/api/admin/v1/orgs/o/users","status":403,"error":"Forbidden","message":"User has no permission to access resource.","requestId":"b4fce632-202784"}"#;
    let routing = r#"{"timestamp":"2026-08-31T15:42:56.847+00:00","path":"/api/admin/v2/orgs/x","status":404,"error":"Not Found","requestId":"e4cdc7ba","message":"TCS validation failed"}"#;
    let bare =
        r#"{"id":"1","status":403,"code":"ADMIN-403-3","title":"Forbidden","detail":"A detail"}"#;
    let several = r#"{"errors":[{"code":"ADMIN-UAM-400-1","status":400,"detail":null},{"code":"ADMIN-UAM-400-2","status":400,"title":"Inactive user"}]}"#;
    let scope = r#"{"key":"forbidden.insufficientScope","context":{"message":"Insufficient scope for this action","acceptableScopes":["manage:org"]}}"#;
    let lifecycle = r#"{"key":"conflict.lifecycleErrors","context":{"message":"m","accountId":"x","errorCodes":[{"code":"some.reason","message":"why","link":"l"}]}}"#;
    let jira = r#"{"errorMessages":[],"errors":{"emailAddress":"is wrong"},"status":400}"#;
    let page = "<!doctype html><html><body>Sign in</body></html>";
    let (html, plain) = ("text/html", "text/plain");
    let uam = |status, n| coded(status, &format!("ADMIN-UAM-{status}-{n}"));
    let admin = |status, n| coded(status, &format!("ADMIN-{status}-{n}"));
    use Try::{Find, Invite, Read, Restore, Suspend};
    // A row is one thought.
    #[rustfmt::skip]
    let cases: Vec<(&str, Try, u16, &str, String)> = vec![
        // Who asks.
        ("a user's API token, or an expired key", Read, 401, JSON, gateway.into()),
        ("the same of an invitation", Invite, 401, JSON, uam(401, 1)),
        ("the same without a body", Suspend, 401, "", String::new()),
        ("a key with scopes that do not reach", Find, 401, JSON, insufficient.into()),
        ("a key with scopes, of an invitation", Invite, 401, JSON, uam(401, 2)),
        ("a key with scopes, of a change", Suspend, 403, JSON, uam(403, 1)),
        ("a key with scopes, of the user-management API", Suspend, 403, JSON, scope.into()),
        ("no organization admin, or another organization", Read, 403, JSON, no_permission.into()),
        ("no organization admin, of an invitation", Invite, 403, JSON, uam(403, 2)),
        ("no organization admin, bare", Find, 403, JSON, bare.into()),
        ("a plan without the feature, without a body", Find, 403, "", String::new()),
        // Where.
        ("organization routing", Read, 404, JSON, routing.into()),
        ("an organization that the service says it does not know", Find, 404, JSON, admin(404, 2)),
        ("the same of an invitation", Invite, 404, JSON, uam(404, 2)),
        ("no such route", Read, 404, plain, "Request failed to match any route".into()),
        ("a base URL that is a web page", Read, 404, html, page.into()),
        ("a proxy that wants a sign-in", Read, 403, html, page.into()),
        ("a redirect", Suspend, 302, "", String::new()),
        ("an endpoint that ended", Suspend, 410, "", String::new()),
        // What is paid for.
        ("no paid plan", Invite, 402, JSON, uam(402, 1)),
        ("no seat left, of an invitation", Invite, 409, JSON, uam(409, 3)),
        ("no seat left, of a restoration", Restore, 409, JSON, admin(409, 3)),
        ("no seat left in many apps", Restore, 400, JSON, admin(400, 32)),
        ("an app that the organization does not have", Invite, 400, JSON, uam(400, 4)),
        // Whom.
        ("a person who was not invited yet", Suspend, 404, JSON, uam(404, 1)),
        ("the same without a body", Suspend, 404, "", String::new()),
        ("an account that the service does not know", Suspend, 404, JSON, admin(404, 8)),
        ("an account that the user-management API does not know", Suspend, 404, JSON, r#"{"key":"accountNotFound","context":"A text"}"#.into()),
        ("a deactivated account in a batch", Invite, 400, JSON, several.into()),
        ("an organization admin", Suspend, 400, JSON, uam(400, 1)),
        ("the same without a body", Restore, 400, "", String::new()),
        ("a state that does not allow it", Suspend, 409, JSON, lifecycle.into()),
        // What.
        ("a role that the app does not have", Invite, 400, JSON, uam(400, 3)),
        ("a resource that can't be granted", Invite, 400, JSON, uam(400, 5)),
        ("a group or resource that is not there", Invite, 404, JSON, uam(404, 3)),
        ("a member already", Invite, 409, JSON, uam(409, 2)),
        ("a request that the user-management API can't read", Suspend, 400, JSON, r#"{"errorKey":"bodyParseFailure","errorDetail":"A text"}"#.into()),
        ("an id that the service finds wrong", Suspend, 400, JSON, admin(400, 4)),
        ("a key where Jira wants a user's token", Read, 401, JSON, r#"{"errorMessages":["Log in"],"errors":{}}"#.into()),
        ("a field that Jira refuses", Invite, 400, JSON, jira.into()),
        ("a code that nobody knows yet", Invite, 400, JSON, coded(400, "ADMIN-NEW-400-77")),
        ("a 404 with a code that nobody knows yet", Suspend, 404, JSON, coded(404, "ADMIN-NEW-404-1")),
        // The service itself.
        ("too many requests", Read, 429, JSON, r#"{"code":429,"message":"slow down"}"#.into()),
        ("too many requests, of an invitation", Invite, 429, JSON, admin(429, 1)),
        ("a read fails", Find, 500, JSON, admin(500, 1)),
        ("a list without a reason", Find, 400, JSON, r#"{"errors":[]}"#.into()),
        ("an answer that breaks off", Find, 403, JSON, r#"{"errors":[{"code":"ADMIN-403-3","#.into()),
        ("a gateway fails under a read", Read, 502, html, page.into()),
        ("an invitation fails", Invite, 500, JSON, uam(500, 1)),
        ("a gateway fails under an invitation", Invite, 504, html, page.into()),
        ("a gateway fails under a change", Suspend, 503, "", String::new()),
        ("a failure with the code of another status", Find, 500, JSON, uam(404, 1)),
        ("a success that is none", Find, 200, html, page.into()),
        ("a success that says otherwise", Read, 200, JSON, uam(403, 1)),
    ];
    let mut out = String::new();
    for (situation, attempt, status, kind, body) in cases {
        let error = answered(attempt, status, kind, &body).await;
        row(
            &mut out,
            &format!("{situation} [{attempt:?}, {status}]"),
            &error,
        );
        assert!(error.hint().is_some(), "{situation}: a way out");
    }
    insta::assert_snapshot!(out);
}

/// The same told by a service that decides for itself, in every position of what is not known.
#[tokio::test]
async fn what_the_sandbox_refuses_has_its_way_out() {
    let mut out = String::new();
    for profile in [Profile::Published, Profile::Live] {
        let builder = staff(Try::Suspend).profile(profile);
        let builder = builder.scoped_key("scoped", ["read:directories:admin"]);
        let sandbox = builder.start().await.unwrap();
        let id = atlassian_orgs::OrgId::new(sandbox.org_id()).unwrap();
        for (name, key) in [
            ("no such key", "no-such-key"),
            ("a key for reads", "scoped"),
        ] {
            let org = client_with_key(&sandbox, key).organization(id.clone());
            let error = Try::Invite.fails(&sandbox, &org).await;
            row(&mut out, &format!("{name}, {profile:?}"), &error);
        }
    }
    for position in [
        UnknownOrganization::Declared,
        UnknownOrganization::Routing,
        UnknownOrganization::Forbidden,
    ] {
        let builder = staff(Try::Find).behaviour(position);
        let sandbox = builder.start().await.unwrap();
        let id = atlassian_orgs::OrgId::new("another-organization").unwrap();
        let org = support::client(&sandbox).organization(id);
        let error = Try::Find.fails(&sandbox, &org).await;
        row(
            &mut out,
            &format!("another organization, {position:?}"),
            &error,
        );
    }
    for body in [WriteErrorBody::Errors, WriteErrorBody::Empty] {
        let sandbox = Sandbox::builder()
            .directory(Directory::new("Staff").id("dir-1"))
            .user(User::new(MIA).org_admin())
            .behaviour(SuspendAdmin::Refused)
            .behaviour(body)
            .start()
            .await
            .unwrap();
        let suspend = org_once(&sandbox).user(MIA).suspend();
        let error = suspend.allow_organization_admin().await.unwrap_err();
        row(
            &mut out,
            &format!("an organization admin, {body:?}"),
            &error,
        );
    }
    let sandbox = staff(Try::Invite).paid_plan(false).start().await.unwrap();
    let error = Try::Invite.fails(&sandbox, &org_once(&sandbox)).await;
    row(&mut out, "no paid plan", &error);
    let outside = User::new("outside@example.com").managed().not_invited();
    let sandbox = staff(Try::Suspend).user(outside).start().await.unwrap();
    for (name, address) in [
        ("nobody of this address", "nobody@example.com"),
        ("a person outside of the directory", "outside@example.com"),
    ] {
        let suspend = org_once(&sandbox).user(address).suspend();
        row(&mut out, name, &suspend.await.unwrap_err());
    }
    insta::assert_snapshot!(out);
}

/// Every code that was published or seen, with the status that it names.
#[tokio::test]
async fn every_code_is_explained() {
    let codes = [
        "400-1 400-2 400-3 400-4 400-19 400-21 400-24 400-32 401-2 403-3 403-5 403-6 403-7 404-1 404-2 404-3 404-4",
        "404-5 404-6 404-8 404-10 405-1 409-3 409-5 409-28 429-1 500-1 500-2 UAM-400-1 UAM-400-2 UAM-400-3 UAM-400-4",
        "UAM-400-5 UAM-401-1 UAM-401-2 UAM-402-1 UAM-403-1 UAM-403-2 UAM-404-1 UAM-404-2 UAM-404-3 UAM-405-1",
        "UAM-409-1 UAM-409-2 UAM-409-3 UAM-415-1 UAM-500-1",
    ];
    let mut out = String::new();
    for code in codes.iter().flat_map(|line| line.split(' ')) {
        let status = code.rsplit('-').nth(1).unwrap().parse().unwrap();
        let text = format!("ADMIN-{code}");
        let error = answered(Try::Read, status, JSON, &coded(status, &text)).await;
        assert_eq!(error.code().unwrap(), text.as_str());
        assert!(error.code().unwrap().meaning().is_some(), "{code}");
        assert!(!error.is_in_doubt() && error.may_have_been_sent());
        assert_eq!(error.message(), Some("A detail"));
        writeln!(out, "{:?}: {error}", error.kind()).unwrap();
    }
    insta::assert_snapshot!(out);
}

/// What breaks on the way.
#[tokio::test]
async fn what_breaks_on_the_way_says_whether_to_look_first() {
    let mut out = String::new();
    for attempt in [Try::Find, Try::Invite, Try::Suspend] {
        for fault in [Fault::DropBefore, Fault::DropAfter, Fault::CutBody(3)] {
            // A change answers without a body, and what is observed of it is no failure.
            if matches!(
                (attempt, &fault),
                (Try::Suspend, Fault::DropAfter | Fault::CutBody(_))
            ) {
                continue;
            }
            let rule = Rule::new(fault.clone()).on(attempt.operation());
            let sandbox = staff(attempt).fault(rule).start().await.unwrap();
            let error = attempt.fails(&sandbox, &org_once(&sandbox)).await;
            row(&mut out, &format!("{fault:?} [{attempt:?}]"), &error);
        }
    }
    let sandbox = staff(Try::Read).start().await.unwrap();
    let org = org_once(&sandbox);
    drop(sandbox);
    row(
        &mut out,
        "nobody listens [Read]",
        &org.directories().await.unwrap_err(),
    );
    insta::assert_snapshot!(out);
}

/// Whatever a read meets, it is never taken for "there is nobody" or "there is nothing".
#[tokio::test]
async fn a_failed_read_is_never_an_empty_answer() {
    let answer =
        |status, body: &str| Fault::Answer(Answer::new(status).body(JSON, body.to_owned()));
    let not_here = coded(404, "ADMIN-UAM-404-1");
    let faults = [
        answer(200, ""),
        answer(200, "{"),
        answer(200, "[]"),
        answer(200, "null"),
        answer(200, "{}"),
        answer(200, "<html></html>"),
        answer(200, &coded(403, "ADMIN-UAM-403-1")),
        answer(200, r#"{"code":429,"message":"slow down"}"#),
        answer(204, ""),
        answer(302, ""),
        answer(400, &coded(400, "ADMIN-400-1")),
        answer(401, ""),
        answer(403, ""),
        answer(404, ""),
        answer(404, &not_here),
        answer(404, &coded(404, "ADMIN-404-8")),
        answer(410, ""),
        answer(429, ""),
        answer(500, ""),
        answer(503, &not_here),
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::CutBody(0),
        Fault::CutBody(8),
    ];
    for fault in faults {
        for read in 0..7 {
            let sandbox = staff(Try::Find).fault(fault.clone()).start().await.unwrap();
            let org = org_once(&sandbox);
            let error = match read {
                0 => org.directories().await.map(|list| list.len()).err(),
                1 => org.find_user(MIA).await.map(|found| found.is_some()).err(),
                2 => org
                    .find_users(["557058:a", "557058:b"])
                    .await
                    .map(drop)
                    .err(),
                3 => org.get_user(MIA).await.map(drop).err(),
                4 => org.users().items().try_next().await.map(drop).err(),
                5 => org
                    .users()
                    .collect_all(10)
                    .await
                    .map(drop)
                    .err()
                    .map(|e| e.error().clone()),
                _ => org.users().count().await.map(drop).err(),
            };
            let error = error.unwrap_or_else(|| panic!("{fault:?} {read}: an empty answer"));
            let claims = [ErrorKind::NoSuchAccount, ErrorKind::NotAMember];
            assert!(!claims.contains(&error.kind()), "{fault:?} {read}: {error}");
            assert!(
                !error.is_in_doubt(),
                "{fault:?} {read}: a read leaves no doubt"
            );
        }
    }
}

/// A change that is sent elsewhere goes nowhere, and neither does the key.
#[tokio::test]
async fn a_redirected_change_is_not_followed() {
    let elsewhere = Sandbox::builder().start().await.unwrap();
    for status in [301, 302, 303, 307, 308] {
        for attempt in [Try::Invite, Try::Suspend, Try::Find] {
            let there = format!(
                "{}/v2/orgs/{}/users/invite",
                elsewhere.url(),
                elsewhere.org_id()
            );
            let answer = Answer::new(status).header("location", there);
            let rule = Rule::new(Fault::Answer(answer)).on(attempt.operation());
            let sandbox = staff(attempt).fault(rule).start().await.unwrap();
            let error = attempt.fails(&sandbox, &org_once(&sandbox)).await;
            assert_eq!(error.kind(), ErrorKind::UnexpectedStatus);
            assert_eq!(error.status(), Some(status));
            assert!(!error.is_in_doubt() && error.may_have_been_sent());
            assert_eq!(calls(&sandbox, attempt.operation()), 1);
        }
    }
    assert!(elsewhere.requests().is_empty());
}

/// A body is kept for who asks, up to a bound.
#[tokio::test]
async fn a_long_body_is_kept_up_to_its_bound() {
    let long = format!(r#"{{"pad":"{}"}}"#, "x".repeat(40_000));
    let error = answered(Try::Read, 400, JSON, &long).await;
    assert_eq!(error.raw_body(), Some(&long.as_bytes()[..16 * 1024]));
    assert!(!format!("{error} {error:?} {error:#?}").contains("xxx"));
}
