//! Inviting, over real HTTP.

use crate::support::{Client, code};
use atlassian_orgs_sandbox::{Group, Resource, Sandbox, Status, User};
use serde_json::json;

const JIRA: &str = "ari:cloud:jira::site/1";

async fn sandbox() -> Sandbox {
    let apps = [
        Resource::new(JIRA).seats(3),
        Resource::new("ari:cloud:confluence::site/1").unlicensed(),
    ];
    Sandbox::builder()
        .resources(apps)
        .groups([Group::new("staff"), Group::new("from-idp").synced()])
        .user(User::new("ann@example.com").role(JIRA, "atlassian/user"))
        .user(User::new("off@example.com").deactivated())
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn people_become_members_with_roles_and_groups() {
    let sandbox = sandbox().await;
    let staff = sandbox.group_id("staff").unwrap();
    let (status, body) = Client::new(&sandbox)
        .invite(json!({
            "emails": ["Kim@example.com", "lou@example.com"],
            "permissionRules": [{ "resource": JIRA, "role": "atlassian/user" }],
            "additionalGroups": [staff],
            "sendNotification": true,
            "notificationText": "hi",
        }))
        .await;
    assert_eq!(status, 200);
    let kim = sandbox.user("kim@example.com").unwrap();
    assert_eq!(body["data"][0]["id"], kim.id());
    assert_eq!(body["data"][0]["email"], "Kim@example.com");
    let results = &body["data"][0]["results"][0];
    assert_eq!(
        results["roleAssignmentResult"],
        json!([{ "resource": JIRA, "role": "atlassian/user", "status": "INVITED" }])
    );
    assert_eq!(
        results["groupAssignmentResult"],
        json!([{ "group": staff, "status": "INVITED" }])
    );
    assert_eq!(kim.status(), Status::Active);
    assert!(kim.groups.contains(staff.as_str()));
    assert_eq!(kim.roles.len(), 1);
    assert_eq!(
        (
            sandbox.invitations("KIM@example.com").count,
            sandbox.invitations("kim@example.com").mails
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn a_mail_needs_a_text() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    client
        .invite(json!({ "emails": ["kim@example.com"], "sendNotification": true }))
        .await;
    client.invite(json!({ "emails": ["kim@example.com"], "sendNotification": true, "notificationText": " " })).await;
    client
        .invite(json!({ "emails": ["kim@example.com"], "notificationText": "hi" }))
        .await;
    assert_eq!(
        (
            sandbox.invitations("kim@example.com").count,
            sandbox.invitations("kim@example.com").mails
        ),
        (3, 0)
    );
}

#[tokio::test]
async fn whole_refusals_leave_everything_as_it_was() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let many: Vec<String> = (0..26).map(|n| format!("p{n}@example.com")).collect();
    let rule = |resource: &str, role: &str| json!([{ "resource": resource, "role": role }]);
    let jira = rule(JIRA, "atlassian/user");
    for (body, status, expected) in [
        (json!({}), 400, "ADMIN-UAM-400-1"),
        (json!({ "emails": [] }), 400, "ADMIN-UAM-400-1"),
        (json!({ "emails": many }), 400, "ADMIN-UAM-400-1"),
        (
            json!({ "emails": "kim@example.com" }),
            400,
            "ADMIN-UAM-400-1",
        ),
        (
            json!({ "emails": ["kim@example.com", "kim"] }),
            400,
            "ADMIN-UAM-400-1",
        ),
        (
            json!({ "emails": ["kim@example.com", "OFF@example.com"] }),
            400,
            "ADMIN-UAM-400-2",
        ),
        (
            json!({ "emails": ["kim@example.com"], "permissionRules": rule(JIRA, "atlassian/stakeholder") }),
            400,
            "ADMIN-UAM-400-3",
        ),
        (
            json!({ "emails": ["kim@example.com"], "permissionRules": rule("ari:cloud:confluence::site/1", "atlassian/user") }),
            400,
            "ADMIN-UAM-400-4",
        ),
        (
            json!({ "emails": ["kim@example.com"], "permissionRules": rule("ari:cloud:x::site/1", "atlassian/user") }),
            404,
            "ADMIN-UAM-404-1",
        ),
        (
            json!({ "emails": ["kim@example.com"], "additionalGroups": ["nope"] }),
            404,
            "ADMIN-UAM-404-3",
        ),
        (
            json!({ "emails": ["kim@example.com", "b@example.com", "c@example.com"], "permissionRules": jira }),
            409,
            "ADMIN-UAM-409-3",
        ),
    ] {
        let (got, answer) = client.invite(body.clone()).await;
        assert_eq!((got, code(&answer)), (status, expected), "{body}");
        assert_eq!(sandbox.people().len(), 2, "{body}");
        assert_eq!(sandbox.invitations("kim@example.com").count, 0, "{body}");
    }
}

#[tokio::test]
async fn inviting_needs_a_paid_plan() {
    let sandbox = Sandbox::builder().paid_plan(false).start().await.unwrap();
    let (status, body) = Client::new(&sandbox)
        .invite(json!({ "emails": ["kim@example.com"] }))
        .await;
    assert_eq!((status, code(&body)), (402, "ADMIN-UAM-402-1"));
}

#[tokio::test]
async fn rows_may_fail_in_part_and_whole() {
    let sandbox = Sandbox::builder()
        .groups([Group::new("staff"), Group::new("from-idp").synced()])
        .refuse_invitation("no@example.com", "Not allowed")
        .start()
        .await
        .unwrap();
    let groups = [
        sandbox.group_id("staff").unwrap(),
        sandbox.group_id("from-idp").unwrap(),
    ];
    let body =
        json!({ "emails": ["kim@example.com", "no@example.com"], "additionalGroups": groups });
    let (status, body) = Client::new(&sandbox).invite(body).await;
    assert_eq!(status, 206);
    let result = |row: usize| &body["data"][row]["results"][0]["groupAssignmentResult"];
    assert_eq!(
        [&result(0)[0]["status"], &result(0)[1]["status"]],
        ["INVITED", "ERROR"]
    );
    assert_eq!(
        [&result(1)[0]["status"], &result(1)[1]["status"]],
        ["ERROR", "ERROR"]
    );
    assert_eq!(result(1)[0]["statusReason"], "Not allowed");
    assert_eq!(body["data"][1].get("id"), None);
    let kim = sandbox.user("kim@example.com").unwrap();
    assert!(kim.groups.contains(groups[0].as_str()) && !kim.groups.contains(groups[1].as_str()));
    assert!(sandbox.user("no@example.com").is_none());
}

#[tokio::test]
async fn a_suspended_person_takes_no_seat() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let body = |email: &str| json!({ "emails": [email], "permissionRules": [{ "resource": JIRA, "role": "atlassian/user" }] });
    assert_eq!(client.invite(body("b@example.com")).await.0, 200);
    assert_eq!(client.invite(body("c@example.com")).await.0, 200);
    assert_eq!(client.invite(body("d@example.com")).await.0, 409);
    let ann = sandbox.user("ann@example.com").unwrap();
    client.suspend(ann.id()).await;
    assert_eq!(client.invite(body("d@example.com")).await.0, 200);
}
