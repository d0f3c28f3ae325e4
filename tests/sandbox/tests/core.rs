//! The pure core in process, on a time that the test makes.

#![allow(clippy::unwrap_used)] // helpers of tests, outside the test functions

use std::collections::BTreeSet;
use std::time::Duration;

use atlassian_orgs_sandbox::behaviour::{Behaviours, RateLimitReset, RetryAfter};
use atlassian_orgs_sandbox::{
    BEHAVIOURS, Builder, Fault, Group, Lag, Limit, Membership, Outcome, Profile, Resource, Rule,
    Sandbox, Status, Time, User, Wire,
};
use bytes::Bytes;
use serde_json::{Value, json};

const JIRA: &str = "ari:cloud:jira::site/1";
const ADMIN: &str = "ari:cloud:jira-admin::site/1";

/// The same for every request, so that what differs between two sandboxes is never the time.
const NOW: Time = Time::from_millis(1_788_220_800_000);

/// One request, with the key or another one.
fn send(sandbox: &Sandbox, key: &str, method: &str, path: &str, body: Option<Value>) -> Outcome {
    sandbox.handle_at(NOW, &request(sandbox, key, method, path, body))
}

fn request(
    sandbox: &Sandbox,
    key: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> http::Request<Bytes> {
    let path = path
        .replace("{org}", &sandbox.org_id())
        .replace("{dir}", &sandbox.directory_ids()[0]);
    let body = body
        .map(|body| Bytes::from(body.to_string()))
        .unwrap_or_default();
    http::Request::builder()
        .method(method)
        .uri(format!("{}/{path}", sandbox.url()))
        .header("authorization", format!("Bearer {key}"))
        .body(body)
        .unwrap()
}

fn body(outcome: &Outcome) -> Value {
    serde_json::from_slice(outcome.response.body()).unwrap_or_default()
}

const SEARCH: &str = "v2/orgs/{org}/directories/-/users/search";

fn get(sandbox: &Sandbox, path: &str) -> Outcome {
    send(sandbox, &sandbox.api_key(), "GET", path, None)
}

fn post(sandbox: &Sandbox, path: &str, body: Value) -> Outcome {
    send(sandbox, &sandbox.api_key(), "POST", path, Some(body))
}

/// An organization in which every behaviour has something to act on.
fn rich() -> Builder {
    let everyone = (0..5).map(|n| User::new(format!("p{n}@example.com")).id(format!("p{n}")));
    let apps = [
        Resource::new(JIRA).seats(3),
        Resource::new(ADMIN).not_grantable(),
    ];
    let start = Sandbox::builder()
        .directories(2)
        .resources(apps)
        .groups([Group::new("staff").id("staff")])
        .scoped_key("scoped", ["read:orgs:admin"])
        .refuse_invitation("refused@example.com", "No")
        .rate_limit(Limit::new(1, Duration::from_secs(90)).on("groups.count"));
    everyone
        .fold(start, Builder::user)
        .user(
            User::new("suspended@example.com")
                .id("suspended")
                .suspended()
                .role(JIRA, "atlassian/user"),
        )
        .user(User::new("admin@example.com").id("admin").org_admin())
        .user(User::new("synced@example.com").id("synced").synced())
        .user(
            User::new("off@example.com")
                .id("off")
                .deactivated()
                .membership("Directory 1", Membership::Suspended),
        )
        .user(
            User::new("bot@example.com")
                .id("bot")
                .account_type(atlassian_orgs_sandbox::AccountType::App),
        )
        .user(User::new("outside@example.com").id("outside").not_invited())
        .user(
            User::new("taker1@example.com")
                .id("taker")
                .role(JIRA, "atlassian/user"),
        )
        .user(User::new("taker2@example.com").role(JIRA, "atlassian/user"))
        .user(User::new("back@example.com").id("back").suspended())
}

/// A day at the service: what is asked of it is always the same, so what differs in the answers is the behaviour.
fn day(sandbox: &Sandbox) -> Vec<String> {
    let key = sandbox.api_key();
    let user =
        |id: &str, what: &str| format!("v2/orgs/{{org}}/directories/{{dir}}/users/{id}{what}");
    let invite = |body: Value| {
        (
            "POST",
            "v2/orgs/{org}/users/invite".to_owned(),
            Some(body),
            key.as_str(),
        )
    };
    let v1 = |rest: &str| format!("v1/orgs/{{org}}/{rest}");
    let plain = |method: &'static str, path: &str| (method, path.to_owned(), None, key.as_str());
    let jira = json!([{ "resource": JIRA, "role": "atlassian/user" }]);
    let steps = [
        plain("GET", "v1/orgs"),
        plain("GET", "v1/orgs/elsewhere"),
        plain("PUT", "v1/orgs"),
        plain("POST", "v1/orgs/{org}/users/search"),
        ("GET", "v1/orgs/{org}".to_owned(), None, "wrong"),
        ("GET", "v2/orgs/{org}/directories".to_owned(), None, "wrong"),
        (
            "GET",
            "v2/orgs/{org}/directories".to_owned(),
            None,
            "scoped",
        ),
        ("DELETE", user("p0", ""), None, "scoped"),
        plain("GET", "v2/orgs/{org}/directories/{dir}/users?limit=100"),
        plain("GET", "v2/orgs/{org}/directories/{dir}/groups/count"),
        plain("GET", "v2/orgs/{org}/directories/{dir}/groups/count"),
        (
            "POST",
            user("p1", "/suspend").replace("{dir}", "-"),
            None,
            &key,
        ),
        ("POST", user("suspended", "/suspend"), None, &key),
        ("POST", user("p1", "/restore"), None, &key),
        ("DELETE", user("nobody", ""), None, &key),
        ("POST", user("admin", "/suspend"), None, &key),
        ("POST", user("synced", "/suspend"), None, &key),
        ("POST", user("off", "/restore"), None, &key),
        invite(json!({ "emails": ["new1@example.com"], "permissionRules": jira })),
        ("POST", user("suspended", "/restore"), None, &key),
        invite(json!({ "emails": ["p2@example.com"] })),
        invite(json!({ "emails": ["back@example.com"] })),
        invite(json!({ "emails": ["new2@example.com"], "permissionRules": jira })),
        invite(
            json!({ "emails": ["refused@example.com", "new3@example.com"], "additionalGroups": ["staff"] }),
        ),
        invite(json!({ "emails": ["new4@example.com"] })),
        invite(json!({ "emails": ["no address", "new5@example.com"] })),
        invite(
            json!({ "emails": ["new6@example.com"], "permissionRules": [{ "resource": ADMIN, "role": "atlassian/admin" }] }),
        ),
        (
            "POST",
            v1("users/p3/roles/assign"),
            Some(json!({ "role": "atlassian/org-admin" })),
            &key,
        ),
        (
            "POST",
            v1("users/p3/roles/assign"),
            Some(json!({ "role": "atlassian/org-admin" })),
            &key,
        ),
        (
            "POST",
            v1("users/p4/roles/revoke"),
            Some(json!({ "role": "atlassian/org-admin" })),
            &key,
        ),
        (
            "POST",
            v1("users/p4/roles/assign"),
            Some(json!({ "role": "atlassian/user" })),
            &key,
        ),
        plain(
            "GET",
            "v1/orgs/{org}/directory/users/new1/last-active-dates",
        ),
        plain(
            "GET",
            "v1/orgs/{org}/directory/users/taker/last-active-dates",
        ),
        (
            "POST",
            "v2/orgs/{org}/workspaces".to_owned(),
            Some(json!({ "limit": 1 })),
            &key,
        ),
        plain("GET", "v1/orgs/{org}/events"),
        plain("GET", "v1/orgs/{org}/events-stream?from=9999999999999"),
    ];
    let mut seen = Vec::new();
    for (method, path, body, key) in steps {
        let outcome = send(sandbox, key, method, &path, body);
        seen.push(format!(
            "{:?} {:?}",
            outcome.response,
            sandbox
                .people()
                .iter()
                .map(|p| p.memberships.clone())
                .collect::<Vec<_>>()
        ));
    }
    let first = body(&post(
        sandbox,
        "v2/orgs/{org}/workspaces",
        json!({ "limit": 1 }),
    ));
    let cursor = first["links"]["next"]
        .as_str()
        .and_then(|next| next.rsplit("cursor=").next())
        .unwrap_or_default();
    let with_limit = post(
        sandbox,
        "v2/orgs/{org}/workspaces",
        json!({ "cursor": cursor, "limit": 1 }),
    );
    seen.push(body(&with_limit).to_string());
    // A walk with a filter that is sent once, and one page more than there can be.
    let mut cursor = Value::Null;
    for _ in 0..12 {
        let body_ = match cursor {
            Value::Null => json!({ "limit": 3, "searchTerm": "p" }),
            cursor => json!({ "limit": 3, "cursor": cursor }),
        };
        let page = body(&post(sandbox, SEARCH, body_));
        cursor = page["links"]["next"].clone();
        seen.push(page.to_string());
        if cursor.as_str().is_none_or(str::is_empty) {
            break;
        }
    }
    seen
}

#[test]
fn every_switch_changes_what_the_server_answers() {
    for row in BEHAVIOURS {
        let mut days = Vec::new();
        for position in row.positions {
            let sandbox = rich()
                .behaviour_by_name(row.name, *position)
                .in_process()
                .unwrap();
            days.push(day(&sandbox));
        }
        let different: BTreeSet<_> = days.iter().collect();
        assert_eq!(
            different.len(),
            row.positions.len(),
            "`{}` has positions that answer alike",
            row.name
        );
    }
}

#[test]
fn the_table_is_well_formed() {
    let names: BTreeSet<_> = BEHAVIOURS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), BEHAVIOURS.len());
    for row in BEHAVIOURS {
        assert!(
            row.positions.len() > 1 && row.positions.len() == row.meanings.len(),
            "{}",
            row.name
        );
        assert!(
            row.positions.contains(&row.published) && row.positions.contains(&row.live),
            "{}",
            row.name
        );
        assert!(!row.sources.is_empty(), "{}", row.name);
    }
    let mut behaviours = Behaviours::new(Profile::Live);
    assert!(behaviours.set_by_name("nothing", "on").is_err());
    assert!(behaviours.set_by_name("page-end", "never").is_err());
    behaviours.set_by_name("retry-after", "date").unwrap();
    assert_eq!(behaviours.get::<RetryAfter>(), RetryAfter::Date);
}

#[test]
fn the_readme_shows_the_table() {
    let readme = include_str!("../README.md");
    let mut table = String::from(
        "| behaviour | about | sources | positions | published | live |\n|---|---|---|---|---|---|\n",
    );
    for row in BEHAVIOURS {
        let positions: Vec<_> = row
            .positions
            .iter()
            .zip(row.meanings)
            .map(|(p, m)| format!("`{p}`: {}", m.trim()))
            .collect();
        let (about, sources, positions) = (
            row.about.trim(),
            row.sources.join(", "),
            positions.join("<br>"),
        );
        table += &format!(
            "| `{}` | {about} | {sources} | {positions} | `{}` | `{}` |\n",
            row.name, row.published, row.live
        );
    }
    assert!(
        readme.contains(&table),
        "the README's table of behaviours should be:\n\n{table}"
    );
}

#[test]
fn the_same_seed_gives_the_same_organization() {
    let ids = |seed| {
        let sandbox = Sandbox::builder()
            .users(20)
            .seed(seed)
            .in_process()
            .unwrap();
        let people: Vec<_> = sandbox
            .people()
            .iter()
            .map(|person| person.id().to_owned())
            .collect();
        (sandbox.org_id(), sandbox.api_key(), people)
    };
    assert_eq!(ids(7), ids(7));
    assert_ne!(ids(7), ids(8));
}

#[test]
fn what_does_not_fit_together_is_no_sandbox() {
    for builder in [
        Sandbox::builder().user(User::new("a@example.com").group("nowhere")),
        Sandbox::builder()
            .user(User::new("a@example.com").role("ari:cloud:x::site/1", "atlassian/user")),
        Sandbox::builder()
            .user(User::new("a@example.com").membership("nowhere", Membership::Active)),
        Sandbox::builder()
            .user(User::new("a@example.com"))
            .user(User::new("A@example.com")),
        Sandbox::builder().behaviour_by_name("nothing", "on"),
    ] {
        builder.in_process().unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn reads_lag_behind_writes_by_tokios_clock() {
    let sandbox = Sandbox::builder()
        .user(User::new("mia@example.com").id("m"))
        .lag(Duration::from_secs(15))
        .in_process()
        .unwrap();
    let post = |path: &str, body| {
        sandbox.handle(&request(
            &sandbox,
            &sandbox.api_key(),
            "POST",
            path,
            Some(body),
        ))
    };
    let seen = || {
        body(&post(
            SEARCH,
            json!({ "emails": ["mia@example.com", "kim@example.com"] }),
        ))["data"]
            .clone()
    };
    post("v2/orgs/{org}/directories/{dir}/users/m/suspend", json!({}));
    post(
        "v2/orgs/{org}/users/invite",
        json!({ "emails": ["kim@example.com"] }),
    );
    assert_eq!(sandbox.user("m").unwrap().status(), Status::Suspended);
    assert_eq!(
        (seen().as_array().unwrap().len(), &seen()[0]["status"]),
        (1, &json!("active"))
    );
    tokio::time::advance(Duration::from_millis(14_999)).await;
    assert_eq!(seen()[0]["status"], "active");
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(
        (seen().as_array().unwrap().len(), &seen()[0]["status"]),
        (2, &json!("suspended"))
    );
    // What a test changes behind the service's back is seen at once.
    sandbox.edit(|org| org.set_lag(Duration::ZERO));
    post("v2/orgs/{org}/directories/{dir}/users/m/restore", json!({}));
    assert_eq!(seen()[0]["status"], "active");
}

#[test]
fn operations_lag_by_themselves_and_no_event_overtakes_another() {
    let second = Duration::from_secs(1);
    let sandbox = Sandbox::builder()
        .user(User::new("mia@example.com").id("m"))
        .lag(Lag::new(30 * second).on("users.invite"))
        .lag(Lag::new(5 * second).on("users.search"))
        .lag(Lag::new(Duration::ZERO).on("events.list"))
        .in_process()
        .unwrap();
    let at = |seconds: u64, method: &str, path: &str, body: Option<Value>| {
        let request = request(&sandbox, &sandbox.api_key(), method, path, body);
        self::body(&sandbox.handle_at(Time::from_millis(seconds * 1000), &request))["data"].take()
    };
    let person = "v2/orgs/{org}/directories/{dir}/users/m";
    let users = "v2/orgs/{org}/directories/{dir}/users";
    let rows = |rows: Value| rows.as_array().unwrap().len();
    let invitation = json!({ "emails": ["kim@example.com"] });
    at(100, "POST", "v2/orgs/{org}/users/invite", Some(invitation));
    at(101, "POST", &format!("{person}/suspend"), None);

    // The details are fresh; the search is behind all writes alike, by its own lag.
    assert_eq!(at(101, "GET", person, None)["status"], "suspended");
    let search = |time| at(time, "POST", SEARCH, Some(json!({})));
    assert_eq!(search(104).as_array().unwrap().len(), 1);
    assert_eq!(rows(search(105)), 2);
    assert_eq!(search(105)[0]["status"], "active");
    assert_eq!(search(106)[0]["status"], "suspended");
    // A list has no lag of its own: there the invitation's counts.
    assert_eq!(rows(at(129, "GET", users, None)), 1);
    assert_eq!(rows(at(130, "GET", users, None)), 2);
    // The stream waits for the invitation, so that whoever follows it misses nothing.
    let events = |time, list| rows(at(time, "GET", &format!("v1/orgs/{{org}}/{list}"), None));
    assert_eq!(events(101, "events"), 2);
    assert_eq!(events(129, "events-stream"), 0);
    assert_eq!(events(130, "events-stream"), 2);
}

#[test]
fn limits_refuse_before_any_effect_and_say_when_to_come_again() {
    let builder = || Sandbox::builder().user(User::new("mia@example.com").id("m"));
    let limited = |limit: Limit| {
        builder()
            .rate_limit(limit)
            .behaviour(RetryAfter::Seconds)
            .in_process()
            .unwrap()
    };
    let sandbox = limited(Limit::new(1, Duration::from_secs(60)).on("users."));
    let at = |millis: u64, method: &str, path: &str| {
        sandbox
            .handle_at(
                Time::from_millis(millis),
                &request(&sandbox, &sandbox.api_key(), method, path, None),
            )
            .response
    };
    let count = "v2/orgs/{org}/directories/-/users/count";
    let first = at(61_000, "GET", count);
    let header = |response: &http::Response<Bytes>, name: &str| {
        response
            .headers()
            .get(name)
            .map(|v| v.to_str().unwrap().to_owned())
    };
    assert_eq!(header(&first, "x-ratelimit-limit").as_deref(), Some("1"));
    assert_eq!(
        header(&first, "x-ratelimit-remaining").as_deref(),
        Some("0")
    );
    assert_eq!(
        header(&first, "x-ratelimit-reset").as_deref(),
        Some("1970-01-01T00:02:00Z")
    );
    assert_eq!(header(&first, "retry-after"), None);

    let refused = at(
        62_500,
        "POST",
        "v2/orgs/{org}/directories/{dir}/users/m/suspend",
    );
    assert_eq!((refused.status().as_u16(), refused.body().len()), (429, 0));
    assert_eq!(header(&refused, "retry-after").as_deref(), Some("58"));
    assert_eq!(sandbox.user("m").unwrap().status(), Status::Active);
    let refused: Value = serde_json::from_slice(at(62_500, "GET", count).body()).unwrap();
    assert_eq!(refused["errors"][0]["code"], "ADMIN-429-1");
    // Other operations are not counted.
    assert_eq!(at(62_500, "GET", "v1/orgs").status(), 200);
    assert_eq!(at(120_000, "GET", count).status(), 200);

    let version_1 = limited(Limit::new(0, Duration::from_secs(60)));
    assert_eq!(body(&get(&version_1, "v1/orgs"))["code"], 429);
    sandbox.set_behaviour(RateLimitReset::EpochSeconds);
    assert_eq!(
        header(&at(240_000, "GET", count), "x-ratelimit-reset").as_deref(),
        Some("300")
    );
}

#[test]
fn faults_by_share_are_the_same_every_time() {
    let statuses = |seed| {
        let rule = Rule::new(Fault::DropBefore).share(0.3);
        let sandbox = Sandbox::builder()
            .seed(seed)
            .fault(rule)
            .in_process()
            .unwrap();
        (0..200)
            .map(|_| get(&sandbox, "v1/orgs").wire == Wire::Whole)
            .collect::<Vec<_>>()
    };
    let whole = statuses(1).iter().filter(|whole| **whole).count();
    assert!((110..170).contains(&whole), "{whole}");
    assert_eq!(statuses(1), statuses(1));
    assert_ne!(statuses(1), statuses(2));
}

#[test]
fn twenty_thousand_people_are_walked_through() {
    let sandbox = Sandbox::builder()
        .users(20_000)
        .keep_requests(0)
        .in_process()
        .unwrap();
    let mut cursor = Value::Null;
    let mut people = 0;
    loop {
        let wanted = match cursor {
            Value::Null => json!({ "limit": 100 }),
            cursor => json!({ "limit": 100, "cursor": cursor }),
        };
        let page = body(&post(&sandbox, SEARCH, wanted));
        people += page["data"].as_array().unwrap().len();
        cursor = page["links"]["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(people, 20_000);
    let page = body(&post(
        &sandbox,
        SEARCH,
        json!({ "emails": ["user-19999@example.com"] }),
    ));
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
}
