//! Lists whose cursors travel in different ways, over real HTTP: workspaces, groups and the audit log. What all
//! lists have in common is in `paging.rs`; here it holds for each of these, too. What their rows say is in `rows.rs`.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use atlassian_orgs::{
    AccountId, Continuation, ErrorKind, EventItems, EventPages, EventProduct, Events, GroupItems,
    GroupPages, Groups, Organization, UnfinishedEvents, UnfinishedGroups, UnfinishedWorkspaces,
    WorkspaceField, WorkspaceItems, WorkspacePages, Workspaces,
};
use atlassian_orgs_sandbox::behaviour::{CursorCycle, EmptyPages, PageEnd};
use atlassian_orgs_sandbox::{Answer, Builder, Fault, Group, Profile, Rule, Sandbox, Time};
use futures_core::Stream;
use serde_json::{Value, json};
use support::{calls, org};

/// When the first event was; the others follow by the second.
const BEGAN: u64 = 1_700_000_000_000;
const ACTOR: &str = "557058:00000000-0000-4000-8000-000000000000";

/// An organization with five workspaces, five groups and five events.
async fn five(builder: Builder) -> Sandbox {
    let apps = ["jira-admin", "jira", "confluence", "loom", "compass"];
    let apps = apps
        .map(|app| atlassian_orgs_sandbox::Resource::new(format!("ari:cloud:{app}::site/{app}-1")));
    let groups = (0..5).map(|n| Group::new(format!("team-{n}")).id(format!("group-{n}")));
    let sandbox = builder.resources(apps).groups(groups);
    let sandbox = sandbox.start().await.unwrap();
    sandbox.edit(|org| {
        for n in 0..5 {
            let action = if n == 0 {
                "policy_created"
            } else {
                "user_suspended"
            };
            let whom = ("user".to_owned(), format!("557058:{n}"));
            org.record(action, Time::from_millis(BEGAN + n * 1000), vec![whom]);
        }
    });
    sandbox
}

fn time(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

/// Rows of an operation without anything in them but an id.
fn row(operation: &str, n: usize) -> Value {
    match operation {
        "workspaces.search" => json!({ "id": format!("ari:cloud:jira::site/{n}") }),
        _ => json!({ "id": format!("row-{n}") }),
    }
}

/// One answer after the other, whatever is asked: so many rows, and what comes next.
async fn answers(operation: &str, pages: &[(usize, Value)]) -> Sandbox {
    let mut read = 0;
    let mut rules = Vec::new();
    for (n, (rows, next)) in pages.iter().enumerate() {
        let data: Vec<Value> = (read..read + rows).map(|n| row(operation, n)).collect();
        read += rows;
        let body = json!({ "data": data, "links": { "next": next }, "meta": null });
        let answer = Answer::new(200).body("application/json", body.to_string());
        rules.push(Rule::new(Fault::Answer(answer)).on(operation).nth(n + 1));
    }
    Sandbox::builder().faults(rules).start().await.unwrap()
}

/// What was asked, and of each answer how many rows it had and what it said about the next page.
fn pages(sandbox: &Sandbox) -> String {
    let mut out = String::new();
    for exchange in sandbox.requests() {
        let (received, sent) = (&exchange.received, &exchange.sent);
        writeln!(out, "→ {} {}", received.method, received.path).unwrap();
        for (name, value) in &received.query {
            writeln!(out, "    {name}={value}").unwrap();
        }
        if !received.body.is_null() {
            writeln!(out, "    {}", received.body).unwrap();
        }
        let rows = sent.body["data"].as_array().map_or(0, Vec::len);
        writeln!(out, "← {} with {rows} rows", sent.status).unwrap();
        for part in ["links", "meta"] {
            let next = &sent.body[part]["next"];
            writeln!(out, "    {part}.next: {next}").unwrap();
        }
    }
    // By number, since nobody reads them; one that was not sent as it came keeps its text.
    for (n, exchange) in sandbox.requests().iter().enumerate() {
        let (query, body) = (&exchange.received.query, &exchange.received.body);
        let in_query = query.iter().find(|(name, _)| name == "cursor");
        let cursor = in_query.map(|(_, value)| value.as_str());
        if let Some(cursor) = cursor.or(body["cursor"].as_str()) {
            out = out.replace(cursor, &format!("(cursor {n})"));
        }
    }
    out.replace(&sandbox.url(), "(the base URL)")
}

#[tokio::test]
async fn workspaces_take_the_cursor_alone_in_the_body() {
    for (profile, name) in [
        (Profile::Published, "workspaces_published"),
        (Profile::Live, "workspaces_live"),
    ] {
        let sandbox = five(Sandbox::builder().profile(profile)).await;
        let list = org(&sandbox).workspaces();
        let list = list.search_term("-").field(WorkspaceField::APP, "jira");
        let list = list.field(WorkspaceField::APP, "loom");
        let list = list.field(WorkspaceField::STATUS, "online").page_size(1);
        let found = list.collect_all(10).await.unwrap();
        let ids: Vec<_> = found.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(
            ids,
            ["ari:cloud:jira::site/jira-1", "ari:cloud:loom::site/loom-1"]
        );
        let second = &sandbox.requests()[1].received;
        let fields: Vec<_> = second.body.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["cursor"]);
        assert!(second.query.is_empty());
        insta::assert_snapshot!(name, pages(&sandbox));
    }
}

#[tokio::test]
async fn events_take_the_cursor_with_all_filters_again() {
    for (profile, name) in [
        (Profile::Published, "events_published"),
        (Profile::Live, "events_live"),
    ] {
        let sandbox = five(Sandbox::builder().profile(profile)).await;
        let list = org(&sandbox).events();
        let list = list.search_term("user").action("user_suspended");
        let list = list.from(time(BEGAN + 1000)).to(time(BEGAN + 3000));
        let list = list.actor(AccountId::new(ACTOR).unwrap());
        let list = list.actor(AccountId::new("557058:another").unwrap());
        let list = list.ip([127, 0, 0, 1].into()).ip([192, 0, 2, 1].into());
        let found = list.page_size(2).collect_all(10).await.unwrap();
        let times: Vec<_> = found.iter().map(|found| found.time.unwrap()).collect();
        assert_eq!(times, [3000, 2000, 1000].map(|later| time(BEGAN + later)));
        let requests = sandbox.requests();
        let (mut second, first) = (requests[1].received.query.clone(), &requests[0].received);
        second.retain(|(name, _)| name != "cursor");
        assert_eq!((&second, requests.len()), (&first.query, 2));
        insta::assert_snapshot!(name, pages(&sandbox));
    }
    // A product is one more of them; nothing in the sandbox is of any.
    let sandbox = five(Sandbox::builder()).await;
    let list = org(&sandbox).events().product(EventProduct::Jira);
    let list = list.product(EventProduct::Other("loom".to_owned()));
    assert!(list.collect_all(10).await.unwrap().is_empty());
    let query = &sandbox.requests()[0].received.query;
    assert!(query.contains(&("product".to_owned(), "jira,loom".to_owned())));
}

#[tokio::test]
async fn groups_take_the_cursor_in_the_body_with_all_filters_again() {
    for (profile, name) in [
        (Profile::Published, "groups_published"),
        (Profile::Live, "groups_live"),
    ] {
        let sandbox = five(Sandbox::builder().profile(profile)).await;
        let list = org(&sandbox).groups().search_term("team").page_size(2);
        assert_eq!(list.collect_all(10).await.unwrap().len(), 5);
        let requests = sandbox.requests();
        for later in &requests[1..] {
            assert!(later.received.body["cursor"].is_string());
            let mut body = later.received.body.clone();
            body.as_object_mut().unwrap().remove("cursor");
            assert_eq!(body, requests[0].received.body);
        }
        insta::assert_snapshot!(name, pages(&sandbox));
    }
}

/// Runs the same for each of the three lists: its method, and its operation in the sandbox.
macro_rules! each_list {
    ($case:ident) => {
        $case!(workspaces, "workspaces.search");
        $case!(groups, "groups.search");
        $case!(events, "events.list");
    };
}

#[tokio::test]
async fn every_list_ends_at_its_end_however_that_is_said() {
    for profile in [Profile::Published, Profile::Live] {
        let ends = [
            PageEnd::NoNext,
            PageEnd::NoLinks,
            PageEnd::Null,
            PageEnd::Empty,
        ];
        for (end, empty) in ends
            .iter()
            .flat_map(|end| [(*end, EmptyPages::Never), (*end, EmptyPages::Between)])
        {
            let builder = Sandbox::builder().profile(profile);
            let sandbox = five(builder.behaviour(end).behaviour(empty)).await;
            let org = org(&sandbox);
            macro_rules! case {
                ($list:ident, $operation:literal) => {
                    let (mut items, mut ids) = (org.$list().page_size(2).items(), BTreeSet::new());
                    while let Some(row) = items.try_next().await.unwrap() {
                        assert!(ids.insert(row.id.to_string()));
                    }
                    assert_eq!(
                        ids.len(),
                        5,
                        concat!(stringify!($list), " {:?} {:?}"),
                        end,
                        empty
                    );
                    assert!(items.continuation().is_none());
                    let pages = if empty == EmptyPages::Never { 3 } else { 5 };
                    assert_eq!(calls(&sandbox, $operation), pages);
                };
            }
            each_list!(case);
        }
    }
}

#[tokio::test]
async fn a_short_page_is_not_the_end_and_a_link_may_be_a_token_or_a_url() {
    macro_rules! case {
        ($list:ident, $operation:literal) => {
            let here = "https://api.atlassian.com/admin/x?limit=9&cursor=a%2Bb";
            let pages = [
                (1, json!("a+b")),
                (0, json!("c")),
                (3, json!("cursor=d")),
                (1, json!(null)),
            ];
            let sandbox = answers($operation, &pages).await;
            let all = org(&sandbox)
                .$list()
                .page_size(3)
                .collect_all(10)
                .await
                .unwrap();
            assert_eq!((all.len(), calls(&sandbox, $operation)), (5, 4));
            // On another server than the client's it leads nowhere, and what was read is kept.
            let sandbox = answers($operation, &[(2, json!(here))]).await;
            let unfinished = org(&sandbox).$list().collect_all(10).await.unwrap_err();
            assert!(unfinished.error().is_decode() && unfinished.continuation.is_none());
            assert_eq!(
                (unfinished.$list.len(), calls(&sandbox, $operation)),
                (2, 1)
            );
            let said = unfinished.to_string();
            assert!(
                said.contains(concat!("2 ", stringify!($list), " were read")),
                "{said}"
            );
        };
    }
    each_list!(case);
}

#[tokio::test]
async fn a_circle_ends_in_an_error_that_keeps_what_was_read() {
    // One page that leads to itself, in the sandbox's way.
    let sandbox = five(Sandbox::builder().behaviour(CursorCycle::Always)).await;
    let org_in_circles = org(&sandbox);
    macro_rules! case {
        ($list:ident, $operation:literal) => {
            let mut pages = org_in_circles.$list().page_size(2).pages();
            assert_eq!(pages.try_next().await.unwrap().unwrap().len(), 2);
            assert_eq!(pages.try_next().await.unwrap().unwrap().len(), 2);
            for _ in 0..3 {
                assert!(pages.try_next().await.unwrap_err().is_decode());
            }
            assert_eq!(calls(&sandbox, $operation), 2);
        };
    }
    each_list!(case);
    // Longer ones: after the third page the second, and so on for ever.
    macro_rules! case {
        ($list:ident, $operation:literal) => {
            let circle = ["a", "b", "c"].iter().cycle().map(|next| (1, json!(next)));
            let sandbox = answers($operation, &circle.take(20).collect::<Vec<_>>()).await;
            let unfinished = org(&sandbox).$list().collect_all(100).await.unwrap_err();
            assert_eq!(unfinished.error().kind(), ErrorKind::Decode);
            assert_eq!(
                (unfinished.$list.len(), calls(&sandbox, $operation)),
                (4, 4)
            );
        };
    }
    each_list!(case);
}

#[tokio::test]
async fn every_list_goes_on_later_and_ahead_of_time() {
    let sandbox = five(Sandbox::builder()).await;
    let org = org(&sandbox);
    macro_rules! case {
        ($list:ident, $operation:literal) => {
            let all = org.$list().collect_all(5).await.unwrap();
            let all: Vec<_> = all.into_iter().map(|row| row.id).collect();
            let unfinished = org.$list().page_size(2).collect_all(3).await.unwrap_err();
            assert_eq!(unfinished.error().kind(), ErrorKind::Incomplete);
            assert_eq!(unfinished.$list.len(), 4);
            let text = unfinished.continuation.unwrap().to_string();
            let continuation: Continuation = text.parse().unwrap();
            let rest = org.$list().page_size(2).resume(continuation.clone());
            let rest = rest.collect_all(5).await.unwrap();
            assert_eq!(
                rest.iter().map(|row| &row.id).collect::<Vec<_>>(),
                [&all[4]]
            );
            // It fits no other filter.
            let before = sandbox.requests().len();
            let other = org.$list().search_term("x").resume(continuation);
            let error = other.items().try_next().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert_eq!(sandbox.requests().len(), before, "nothing was sent");
            // As a stream, and ahead: the same, each page once.
            let mut items = org.$list().page_size(2).prefetch().items();
            let mut read = Vec::new();
            while let Some(row) = next(&mut items).await {
                read.push(row.unwrap().id);
            }
            assert_eq!(read, all);
            assert_eq!(sandbox.requests().len(), before + 3);
            let mut pages = org.$list().page_size(2).pages();
            assert_eq!(next(&mut pages).await.unwrap().unwrap().len(), 2);
        };
    }
    each_list!(case);
    // A continuation of one kind of list is none of another.
    let groups = org.groups().pages().continuation().unwrap();
    let error = org.events().resume(groups.clone()).pages().try_next().await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
    let error = org.users().resume(groups).pages().try_next().await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_row_without_an_id_is_an_error_and_one_without_anything_else_is_not() {
    macro_rules! case {
        ($list:ident, $operation:literal) => {
            let sandbox = answers($operation, &[(1, json!(null))]).await;
            assert_eq!(org(&sandbox).$list().collect_all(9).await.unwrap().len(), 1);
            for body in [
                r#"{"data":[{"attributes":{}}]}"#,
                r#"{"data":[{"id":null}]}"#,
                "{}",
            ] {
                let answer = Answer::new(200).body("application/json", body);
                let sandbox = Sandbox::builder().fault(Fault::Answer(answer));
                let sandbox = sandbox.start().await.unwrap();
                let error = org(&sandbox).$list().items().try_next().await.unwrap_err();
                assert!(error.is_decode() && error.operation().is_some(), "{error}");
            }
        };
    }
    each_list!(case);
}

/// The links of a page of events leave filters out, so the token beside them counts.
#[tokio::test]
async fn the_token_of_events_counts_more_than_their_links() {
    let first = json!({
        "data": [{ "id": "1" }],
        "meta": { "next": "token" },
        "links": { "next": "https://elsewhere.example/admin?cursor=link" },
    });
    let answer = Answer::new(200).body("application/json", first.to_string());
    let sandbox = five(Sandbox::builder().fault(Rule::new(Fault::Answer(answer)).nth(1))).await;
    let org = org(&sandbox);
    let mut pages = org.events().pages();
    pages.try_next().await.unwrap();
    // The sandbox never gave out this cursor.
    assert!(pages.try_next().await.is_err());
    let query = &sandbox.requests()[1].received.query;
    assert!(
        query.contains(&("cursor".to_owned(), "token".to_owned())),
        "{query:?}"
    );
}

/// Every list can be kept, sent to a task and shared, checked by the compiler.
#[test]
fn lists_travel() {
    fn travels<T: Send + Sync + Unpin>() {}
    fn handle<T: Clone + Send + Sync + 'static>() {}
    handle::<(Workspaces, Groups, Events)>();
    travels::<(WorkspacePages, GroupPages, EventPages)>();
    travels::<(WorkspaceItems, GroupItems, EventItems)>();
    travels::<(UnfinishedWorkspaces, UnfinishedGroups, UnfinishedEvents)>();
    fn future<F: Future + Send>(_: F) {}
    let _ = |org: Organization| {
        future(org.events().items().try_next());
        future(org.groups().collect_all(1));
        future(org.find_group("team"));
    };
}
