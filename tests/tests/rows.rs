//! What rows of lists say: workspaces, events, groups; and finding one group.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use atlassian_orgs::{
    AccountId, DirectoryId, ErrorKind, GroupManagement, Resource, WorkspaceField, WorkspaceStatus,
};
use atlassian_orgs_sandbox::{Answer, Directory, Fault, Group, Profile, Sandbox, Time};
use serde_json::json;
use support::org;

/// A sandbox that has one answer to everything.
async fn says(body: impl ToString) -> Sandbox {
    let answer = Answer::new(200).body("application/json", body.to_string());
    let sandbox = Sandbox::builder().fault(Fault::Answer(answer));
    sandbox.start().await.unwrap()
}

fn time(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

#[tokio::test]
async fn a_workspace_says_what_roles_are_granted_on() {
    let apps = ["jira-admin", "loom"];
    let apps = apps
        .map(|app| atlassian_orgs_sandbox::Resource::new(format!("ari:cloud:{app}::site/1-{app}")));
    let sandbox = Sandbox::builder().resources(apps).start().await.unwrap();
    let list = org(&sandbox)
        .workspaces()
        .field(WorkspaceField::APP_KEY, "jira-admin");
    let found = list.collect_all(1).await.unwrap().remove(0);
    assert_eq!(found.id.as_str(), "ari:cloud:jira-admin::site/1-jira-admin");
    let grantable = Resource::new("ari:cloud:jira::site/1-jira-admin").unwrap();
    assert_eq!(found.grantable_resource(), grantable);
    assert_eq!(found.status, Some(WorkspaceStatus::Online));
    assert_eq!(found.app.as_deref(), Some("jira-admin"));
    assert!(found.host_url.is_some() && found.name.is_some());
    let list = org(&sandbox).workspaces().search_term("loom");
    let found = list.collect_all(1).await.unwrap().remove(0);
    assert_eq!(found.grantable_resource(), found.id);
    assert!(WorkspaceField::new("a b").unwrap_err().is_invalid_input());
}

/// Live answers leave out what the document requires.
#[tokio::test]
async fn an_event_may_lack_everything_but_its_id() {
    for (profile, ip) in [(Profile::Published, true), (Profile::Live, false)] {
        let sandbox = Sandbox::builder().profile(profile).start().await.unwrap();
        sandbox.edit(|org| {
            let whom = ("user".to_owned(), "557058:0".to_owned());
            org.record(
                "policy_created",
                Time::from_millis(1_700_000_000_000),
                vec![whom],
            );
        });
        let found = org(&sandbox).events().collect_all(1).await.unwrap();
        let last = &found[0];
        assert_eq!(last.action.as_deref(), Some("policy_created"));
        assert_eq!(
            (last.time, last.ip.is_some()),
            (Some(time(1_700_000_000_000)), ip)
        );
        assert_eq!(
            last.actor.as_ref().unwrap().as_str(),
            "557058:00000000-0000-4000-8000-000000000000"
        );
        let context = &last.context.as_ref().unwrap()[0];
        let context = (context.kind.as_deref(), context.id.as_deref());
        assert_eq!(context, (Some("user"), Some("557058:0")));
    }
    let odd = json!({ "data": [
        { "id": "1", "attributes": { "time": "yesterday", "actor": { "id": "a.b" } } },
        { "id": "2", "attributes": { "time": "2026-09-01T12:00:00.000+02:00" } },
    ], "meta": { "next": "", "page_size": 200 } });
    let sandbox = says(odd).await;
    let found = org(&sandbox).events().collect_all(5).await.unwrap();
    assert!(found[0].time.is_none() && found[0].actor.is_none());
    assert_eq!(found[1].time, Some(time(1_788_256_800_000)));
}

#[tokio::test]
async fn a_group_is_found_by_its_name() {
    let sandbox = Sandbox::builder()
        .directory(Directory::new("North").id("dir-1"))
        .directory(Directory::new("South").id("dir-2"))
        .groups([
            Group::new("Team").id("team-1").directory("dir-1"),
            Group::new("team").id("team-2").directory("dir-2").synced(),
            Group::new("team b").id("team-3").directory("dir-2"),
        ])
        .start()
        .await
        .unwrap();
    let org = org(&sandbox);
    let south = org.directory(DirectoryId::new("dir-2").unwrap());
    let found = south.find_group("TEAM").await.unwrap().unwrap();
    assert_eq!(found.id.as_str(), "team-2");
    assert_eq!(found.directory.as_ref().unwrap().as_str(), "dir-2");
    assert_eq!(found.managed_by, Some(GroupManagement::External));
    assert_eq!((found.synced, found.modifiable), (Some(true), Some(false)));
    assert!(org.find_group("nobody's").await.unwrap().is_none());
    let found = org.find_group("team B").await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.modifiable),
        ("team-3", Some(true))
    );
    let error = org.find_group("team").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AmbiguousDirectory);
    insta::assert_snapshot!(error, @"2 groups have this name; choose a directory with Organization::directory");
    let sent = sandbox.requests().len();
    assert!(org.find_group(" ").await.unwrap_err().is_invalid_input());
    assert_eq!(sandbox.requests().len(), sent);

    let ids = org
        .groups()
        .id("team-1".parse().unwrap())
        .id("team-3".parse().unwrap());
    let found = ids.collect_all(9).await.unwrap();
    assert_eq!(
        found
            .iter()
            .map(|group| group.id.as_str())
            .collect::<Vec<_>>(),
        ["team-1", "team-3"]
    );
    let both = org.groups().name("team").name("team b").collect_all(9);
    assert_eq!(both.await.unwrap().len(), 3);
}

/// A service that ignores the filter sends groups that were not asked for: none is taken for the one.
#[tokio::test]
async fn an_answer_about_other_groups_is_an_error() {
    let rows: Vec<_> = (0..101)
        .map(|n| json!({ "id": format!("group-{n}") }))
        .collect();
    let sandbox = says(json!({ "data": rows })).await;
    let error = org(&sandbox).find_group("team").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    let other = r#"{"data":[{"id":"1","name":"others"}]}"#;
    let sandbox = says(other).await;
    let error = org(&sandbox).find_group("team").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
}

/// Whom somebody looks for, and who did what from where, is nothing for a log.
#[tokio::test]
async fn debug_shows_nobody() {
    let event = json!({ "data": [{
        "id": "1",
        "attributes": {
            "actor": { "id": "557058:canary-0000", "name": "canary", "email": "canary@example.com" },
            "location": { "ip": "203.0.113.7" },
            "context": [{ "id": "557058:canary-1111", "type": "user" }],
        },
        "message": { "content": "canary did it", "format": "simple" },
    }], "meta": null });
    let sandbox = says(event).await;
    let org = org(&sandbox);
    let events = org.events().search_term("canary@example.com");
    let events = events.ip([203, 0, 113, 7].into());
    let events = events.actor(AccountId::new("557058:canary-2222").unwrap());
    let mut out = format!("{events:?} {:?}", events.clone().pages());
    let found = events.collect_all(9).await.unwrap();
    assert_eq!(found[0].actor_email.as_deref(), Some("canary@example.com"));
    write!(out, "{found:#?} {:?}", found[0].context).unwrap();
    write!(out, "{:?}", org.users().search_term("canary@example.com")).unwrap();
    write!(out, "{:?}", org.groups().search_term("canary").items()).unwrap();
    write!(out, "{:?}", org.workspaces().search_term("canary").items()).unwrap();
    assert!(!out.contains("canary") && !out.contains("203.0"), "{out}");
}
