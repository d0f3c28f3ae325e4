//! Reading organizations, directories, people and groups, over real HTTP.

use std::collections::HashSet;

use atlassian_orgs_sandbox::behaviour::WrongMethod;
use atlassian_orgs_sandbox::{
    AccountType, Directory, Group, Membership, Profile, Resource, Sandbox, User,
};
use serde_json::{Value, json};

use crate::support::{Client, code, emails};

const JIRA: &str = "ari:cloud:jira::site/1";

#[tokio::test]
async fn the_organization_is_shown_to_its_key() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::new(&sandbox);
    let (status, body) = client.get(&format!("v1/orgs/{}", client.org)).await;
    assert_eq!((status, &body["data"]["id"]), (200, &json!(client.org)));
    let (status, body) = client.get("v1/orgs").await;
    assert_eq!((status, &body["data"][0]["id"]), (200, &json!(client.org)));
    let live = Sandbox::builder()
        .profile(Profile::Live)
        .start()
        .await
        .unwrap();
    let (status, body) = Client::new(&live).get("v1/orgs").await;
    let this = format!("{}/v1/orgs", live.url());
    assert_eq!(
        (status, body),
        (
            200,
            json!({ "data": [], "links": { "self": this }, "meta": null })
        )
    );
}

#[tokio::test]
async fn directories_are_filtered_and_paged() {
    let sandbox = Sandbox::builder()
        .directory(Directory::new("North"))
        .directory(Directory::new("South"))
        .directory(Directory::new("Southwest"))
        .user(
            User::new("mia@example.com")
                .id("557058:m")
                .membership("South", Membership::Suspended),
        )
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    let ids = sandbox.directory_ids();
    let names = |query: String| {
        let path = client.v2(&format!("directories?{query}"));
        let client = &client;
        async move {
            let (status, body) = client.get(&path).await;
            assert_eq!(status, 200, "{body}");
            body["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(names("accountId=557058%3Am".into()).await, ["South"]);
    assert_eq!(names("accountId=nobody".into()).await, [""; 0]);
    assert_eq!(
        names("searchTerm=south".into()).await,
        ["South", "Southwest"]
    );
    assert_eq!(
        names(format!("directoryIds={}&directoryIds={}", ids[0], ids[2])).await,
        ["North", "Southwest"]
    );
    // An unknown parameter counts for nothing.
    assert_eq!(names("accountIds=nobody".into()).await.len(), 3);

    let (_, first) = client
        .get(&client.v2("directories?limit=2&searchTerm=o"))
        .await;
    let cursor = first["links"]["next"].as_str().unwrap();
    // With a cursor the rest counts for nothing either.
    let (_, second) = client
        .get(&client.v2(&format!(
            "directories?cursor={cursor}&limit=0&searchTerm=zzz"
        )))
        .await;
    assert_eq!(second["data"][0]["name"], "Southwest");
    assert_eq!(second["links"].get("next"), None);
    let (status, body) = client.get(&client.v2("directories?cursor=made-up")).await;
    assert_eq!((status, code(&body)), (400, "ADMIN-400-1"));
}

#[tokio::test]
async fn addresses_are_found_exactly_and_in_any_case() {
    let sandbox = Sandbox::builder().users(200).start().await.unwrap();
    let client = Client::new(&sandbox).directory("-");
    let (status, page) = client.search(json!({ "emails": ["USER-0007@example.com", "user-00@example.com", "nobody@example.com"] })).await;
    assert_eq!(
        (status, emails(&page)),
        (200, vec!["user-0007@example.com"])
    );
    let hundred: Vec<_> = (1..=100)
        .map(|n| format!("user-{n:04}@example.com"))
        .collect();
    let found = client.search_all(json!({ "emails": hundred })).await;
    assert_eq!(found.len(), 100);
    let more: Vec<_> = (1..=101)
        .map(|n| format!("user-{n:04}@example.com"))
        .collect();
    for body in [
        json!({ "emails": more }),
        json!({ "emails": [] }),
        json!({ "emails": ["a@example.com"], "searchTerm": "a" }),
        json!({ "emails": "a@example.com" }),
        json!({ "limit": 0 }),
        json!({ "limit": 101 }),
        json!({ "status": ["asleep"] }),
        json!({ "accountIds": vec!["x"; 11] }),
        json!({ "resourceIds": vec!["x"; 21] }),
        json!({ "expand": ["everything"] }),
        json!([]),
    ] {
        let (status, answer) = client.search(body.clone()).await;
        assert_eq!((status, code(&answer)), (400, "ADMIN-400-24"), "{body}");
    }
}

#[tokio::test]
async fn every_person_is_on_exactly_one_page() {
    let sandbox = Sandbox::builder().users(120).start().await.unwrap();
    let client = Client::new(&sandbox);
    let rows = client.search_all(json!({})).await;
    assert_eq!(sandbox.requests().len(), 3, "pages of 50 by default");
    let ids: HashSet<_> = rows
        .iter()
        .map(|row| row["accountId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((rows.len(), ids.len()), (120, 120));
    assert_eq!(
        ids,
        sandbox
            .people()
            .iter()
            .map(|person| person.id().to_owned())
            .collect()
    );
    let (_, page) = client.get(&client.dir("users")).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 20);
    let (_, sorted) = client
        .search(json!({ "sortBy": [{ "field": "nick_name", "direction": "desc" }], "limit": 1 }))
        .await;
    assert!(
        sorted["data"][0]["nickname"]
            .as_str()
            .unwrap()
            .starts_with("Jon")
    );
}

/// One person for every filter to tell from the others.
async fn people() -> Sandbox {
    Sandbox::builder()
        .directory(Directory::new("North"))
        .directory(Directory::new("South"))
        .resources([
            Resource::new(JIRA),
            Resource::new("ari:cloud:confluence::site/1").directory("South"),
        ])
        .groups([Group::new("staff").role(JIRA, "atlassian/admin")])
        .user(User::new("active@a.example").id("1"))
        .user(User::new("suspended@a.example").id("2").suspended())
        .user(User::new("outside@b.example").id("3").not_invited())
        .user(User::new("off@b.example").id("4").deactivated().managed())
        .user(User::new("gone@b.example").id("5").for_deletion().managed())
        .user(User::new("closed@b.example").id("6").closed())
        .user(
            User::new("half@c.example")
                .id("7")
                .membership("North", Membership::Suspended)
                .membership("South", Membership::Active),
        )
        .user(
            User::new("admin@c.example")
                .id("8")
                .org_admin()
                .mfa_enabled(),
        )
        .user(User::new("staff@c.example").id("9").group("staff"))
        .user(
            User::new("guest@c.example")
                .id("10")
                .membership("South", Membership::Active)
                .role("ari:cloud:confluence::site/1", "atlassian/guest"),
        )
        .user(
            User::new("bot@c.example")
                .id("11")
                .account_type(AccountType::App),
        )
        .user(User::new("synced@c.example").id("12").synced())
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn each_filter_tells_people_apart() {
    let sandbox = people().await;
    let staff = sandbox.group_id("staff").unwrap();
    let south = sandbox.directory_ids()[1].clone();
    let client = Client::new(&sandbox).directory("-");
    for (field, values, expected) in [
        ("status", json!(["suspended"]), vec!["2"]),
        ("status", json!(["not_invited"]), vec!["3"]),
        ("status", json!(["deactivated"]), vec!["4", "6"]),
        (
            "status",
            json!(["for_deletion", "suspended"]),
            vec!["2", "5"],
        ),
        ("accountStatus", json!(["closed"]), vec!["6"]),
        ("accountStatus", json!(["inactive"]), vec!["4", "5"]),
        (
            "membershipStatus",
            json!(["suspended", "no_membership"]),
            vec!["2", "3"],
        ),
        ("claimStatus", json!("managed"), vec!["3", "4", "5", "12"]),
        ("accountIds", json!(["9", "1", "nobody"]), vec!["1", "9"]),
        ("groupIds", json!([staff]), vec!["9"]),
        ("directoryIds", json!([south]), vec!["7", "10"]),
        ("roleIds", json!(["atlassian/admin"]), vec!["9"]),
        (
            "roleIds",
            json!(["atlassian/org-admin", "atlassian/guest"]),
            vec!["8", "10"],
        ),
        ("resourceIds", json!([JIRA]), vec!["9"]),
        ("emailDomains", json!(["A.example"]), vec!["1", "2"]),
        ("mfaEnabled", json!(true), vec!["8"]),
        ("searchTerm", json!("GUEST"), vec!["10"]),
    ] {
        let (status, page) = client.search(json!({ field: values })).await;
        assert_eq!(status, 200, "{page}");
        let ids: Vec<_> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["accountId"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{field} {values}");
        // The deprecated list and the count filter in the same way.
        let list = values.as_array().cloned().unwrap_or(vec![values.clone()]);
        let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let query: Vec<_> = list
            .iter()
            .map(|value| format!("{field}={}", text(value)))
            .collect();
        let (_, page) = client
            .get(&client.dir(&format!("users?{}", query.join("&"))))
            .await;
        assert_eq!(
            page["data"].as_array().unwrap().len(),
            expected.len(),
            "{field} {values}"
        );
        let (_, count) = client
            .get(&client.dir(&format!("users/count?{}", query.join("&"))))
            .await;
        assert_eq!(
            count,
            json!({ "count": expected.len() }),
            "{field} {values}"
        );
    }
    let south = Client::new(&sandbox).directory(&south);
    assert_eq!(south.search_all(json!({})).await.len(), 2);
    // The body may be absent.
    let response = client
        .send(reqwest::Method::POST, &client.dir("users/search"), None)
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn what_is_not_asked_for_is_not_sent() {
    let sandbox = people().await;
    let client = Client::new(&sandbox).directory("-");
    let (_, plain) = client.search(json!({ "accountIds": ["9"] })).await;
    for field in ["platformRoles", "groups", "counts", "productAccess"] {
        assert_eq!(plain["data"][0].get(field), None);
    }
    let expand = [
        "platformRoles",
        "groups",
        "counts.resources",
        "productAccess",
    ];
    let (_, page) = client
        .search(json!({ "accountIds": ["9", "8"], "expand": expand }))
        .await;
    assert_eq!(
        page["data"][0]["platformRoles"],
        json!(["atlassian/org-admin"])
    );
    let staff = &page["data"][1];
    assert_eq!(staff["groups"][0]["name"], "staff");
    assert_eq!(staff["counts"]["resources"], 1);
    assert_eq!(
        (
            &staff["productAccess"][0]["id"],
            &staff["productAccess"][0]["key"]
        ),
        (&json!(JIRA), &json!("jira"))
    );
}

#[tokio::test]
async fn details_statistics_and_roles() {
    let sandbox = people().await;
    let [north, south] = sandbox.directory_ids().try_into().unwrap();
    let client = Client::new(&sandbox).directory("-");
    let (status, body) = client.get(&client.dir("users/4")).await;
    assert_eq!(
        (status, &body["data"]["status"]),
        (200, &json!("deactivated"))
    );
    assert!(body["data"]["deactivatedOn"].is_string());
    let (status, body) = Client::new(&sandbox)
        .directory(&south)
        .get(&Client::new(&sandbox).directory(&south).dir("users/4"))
        .await;
    assert_eq!((status, code(&body)), (404, "ADMIN-404-8"));

    let (_, stats) = client.get(&client.dir("users/stats")).await;
    assert!(
        stats["accountStatus"]
            .as_array()
            .unwrap()
            .contains(&json!({ "status": "closed", "count": 1 }))
    );
    assert!(
        stats["roles"]
            .as_array()
            .unwrap()
            .contains(&json!({ "roleId": "atlassian/admin", "count": 1 }))
    );

    let (_, roles) = client.get(&client.dir("users/9/role-assignments")).await;
    assert_eq!(
        roles["data"],
        json!([{
            "resourceId": JIRA,
            "resourceOwner": "jira",
            "roles": ["atlassian/admin"],
            "roleAssignments": [{ "role": "atlassian/admin", "roleAssignmentMethods": ["group_direct"] }],
            "directoryId": north,
            "userDirectoryStatus": "active",
        }])
    );
    let (_, roles) = client
        .get(&client.dir("users/8/role-assignments?resourceOwners=platform"))
        .await;
    assert_eq!(
        (
            &roles["data"][0]["directoryId"],
            &roles["data"][0]["userDirectoryStatus"]
        ),
        (&Value::Null, &Value::Null)
    );
    let (_, roles) = client
        .get(&client.dir("users/8/role-assignments?resourceOwners=jira"))
        .await;
    assert_eq!(roles["data"], json!([]));
}

#[tokio::test]
async fn groups_are_found_by_name() {
    let groups = ["Alpha", "Alpine", "Beta"].map(Group::new);
    let sandbox = Sandbox::builder()
        .resources([])
        .groups(groups)
        .user(User::new("a@example.com").group("Beta"))
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    let (_, page) = client
        .post(
            &client.dir("groups/search"),
            json!({ "groupNames": ["ALPHA", "Bet"] }),
        )
        .await;
    assert_eq!(
        (
            page["data"].as_array().unwrap().len(),
            &page["data"][0]["name"]
        ),
        (1, &json!("Alpha"))
    );
    let (_, page) = client
        .post(
            &client.dir("groups/search"),
            json!({ "searchTerm": "alp", "limit": 1 }),
        )
        .await;
    let body = json!({ "searchTerm": "alp", "cursor": page["links"]["next"] });
    let (_, page) = client.post(&client.dir("groups/search"), body).await;
    assert_eq!(page["data"][0]["name"], "Alpine");
    let (status, body) = client
        .post(
            &client.dir("groups/search"),
            json!({ "groupNames": ["x"], "groupIds": ["y"] }),
        )
        .await;
    assert_eq!((status, code(&body)), (400, "ADMIN-400-24"));
    let (_, count) = client
        .get(&client.dir("groups/count?searchTerm=beta"))
        .await;
    assert_eq!(count, json!({ "count": 1 }));
    let beta = sandbox.group_id("beta").unwrap();
    let (_, body) = client.get(&client.dir(&format!("groups/{beta}"))).await;
    assert_eq!(body["data"]["counts"]["users"], 1);
    let (status, body) = client.get(&client.dir("groups/nope")).await;
    assert_eq!((status, code(&body)), (404, "ADMIN-404-10"));
    // There is no list of a group's members in version 2.
    sandbox.set_behaviour(WrongMethod::NotFound);
    assert_eq!(
        client
            .get(&client.dir(&format!("groups/{beta}/memberships")))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn what_is_measured_differs_from_what_is_published() {
    let user = || User::new("mia@example.com").account_type(AccountType::Customer);
    let published = Sandbox::builder().user(user()).start().await.unwrap();
    let (_, page) = Client::new(&published).search(json!({})).await;
    for field in ["department", "timeZone", "forDeletion", "accountType"] {
        assert_eq!(page["data"][0].get(field), None, "{field}");
    }
    let live = Sandbox::builder()
        .profile(Profile::Live)
        .user(user())
        .start()
        .await
        .unwrap();
    let (_, page) = Client::new(&live).search(json!({})).await;
    let row = &page["data"][0];
    assert_eq!(
        (row.get("department"), row.get("deactivatedOn")),
        (Some(&Value::Null), Some(&Value::Null))
    );
    assert_eq!(
        (&row["forDeletion"], &row["accountType"]),
        (&json!(false), &json!("customer"))
    );
    assert_eq!(page["links"].get("next"), Some(&Value::Null));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let sandbox = Sandbox::builder()
        .directories(2)
        .users(30)
        .start()
        .await
        .unwrap();
    let client = Client::new(&sandbox);
    let (_, page) = client.get(&client.dir("users")).await;
    let cursor = page["links"]["next"].as_str().unwrap();
    assert_eq!(
        client
            .get(&client.dir(&format!("users?cursor={cursor}")))
            .await
            .0,
        200
    );
    for path in [
        client.dir(&format!("groups?cursor={cursor}")),
        client.v2(&format!("directories/-/users?cursor={cursor}")),
    ] {
        let (status, body) = client.get(&path).await;
        assert_eq!((status, code(&body)), (400, "ADMIN-400-1"), "{path}");
    }
}
