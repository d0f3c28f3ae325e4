//! The guard that lets nobody become an admin by an invitation.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{GroupId, InviteUsers, Organization, People, Reason, Role};
use atlassian_orgs_sandbox::{Answer, Directory, Fault, Group, Resource, Rule, Sandbox, User};
use support::plans::{JIRA, company, jira, reasons};
use support::{calls, org, org_once};

const ADMINS: &str = "group-admins";

fn person(n: usize) -> User {
    User::new(format!("p{n}@example.com"))
}

fn invite(org: &Organization) -> InviteUsers<'static> {
    org.invite_users("p1@example.com new@example.com".to_owned())
        .silent()
}

async fn admin_groups() -> Sandbox {
    Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .resources([Resource::new(JIRA).directory("dir-1")])
        .groups([
            Group::new("crew")
                .id("group-1")
                .directory("dir-1")
                .role(JIRA, "atlassian/user"),
            Group::new("admins")
                .id(ADMINS)
                .directory("dir-1")
                .role(JIRA, "atlassian/admin"),
        ])
        .user(person(1))
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn admin_roles_are_not_granted() {
    let sandbox = admin_groups().await;
    let org = org(&sandbox);
    let no = [Some(Reason::AdminGrant); 2];
    for role in [
        Role::ADMIN,
        Role::ORG_ADMIN,
        Role::SITE_ADMIN,
        Role::USER_ACCESS_ADMIN,
        Role::new("atlassian/Product-Admin").unwrap(),
    ] {
        let plan = invite(&org)
            .grant(role.clone(), jira())
            .plan()
            .await
            .unwrap();
        assert_eq!(reasons(&plan), no, "{role}");
        let both = invite(&org)
            .grant(Role::USER, jira())
            .grant(role.clone(), jira());
        assert_eq!(reasons(&both.plan().await.unwrap()), no, "{role}");
        let lifted = invite(&org).grant(role, jira()).allow_admin_grants();
        assert_eq!(reasons(&lifted.plan().await.unwrap()), [None; 2]);
    }
    // Of one person alone, too.
    let csv = format!(
        "email,role,resource\nnew1@example.com,atlassian/user,{JIRA}\nnew2@example.com,atlassian/admin,{JIRA}\n"
    );
    let one = org
        .invite_users(People::csv(csv.as_bytes()).unwrap())
        .silent();
    assert_eq!(
        reasons(&one.plan().await.unwrap()),
        [None, Some(Reason::AdminGrant)]
    );
}

#[tokio::test]
async fn groups_that_give_admin_roles_are_not_joined() {
    let sandbox = admin_groups().await;
    let org = org_once(&sandbox);
    let (crew, admins) = (
        GroupId::new("group-1").unwrap(),
        GroupId::new(ADMINS).unwrap(),
    );
    let plan = invite(&org).add_to_group(&crew).plan().await.unwrap();
    assert_eq!(reasons(&plan), [None; 2]);
    assert_eq!(
        calls(&sandbox, "groups.role-assignments"),
        1,
        "once for everybody"
    );
    let plan = invite(&org)
        .add_to_group(&crew)
        .add_to_group(&admins)
        .plan()
        .await
        .unwrap();
    assert_eq!(reasons(&plan), [Some(Reason::AdminGrant); 2]);
    let lifted = invite(&org).add_to_group(&admins).allow_admin_grants();
    assert_eq!(reasons(&lifted.plan().await.unwrap()), [None; 2]);

    // What a group gives can't be read.
    let unread = [Some(Reason::Unread); 2];
    for answer in [
        Answer::new(403),
        Answer::new(500),
        Answer::new(200).body("application/json", "{}"),
        Answer::new(200).body("application/json", r#"{"data":[{"resourceId":"x"}]}"#),
    ] {
        sandbox.clear_faults();
        sandbox.add_fault(Rule::new(Fault::Answer(answer)).on("groups.role-assignments"));
        let plan = invite(&org).add_to_group(&crew).plan().await.unwrap();
        assert_eq!(reasons(&plan), unread);
        let lifted = invite(&org).add_to_group(&crew).allow_admin_grants();
        assert_eq!(reasons(&lifted.plan().await.unwrap()), [None; 2]);
    }
    sandbox.clear_faults();
    let unknown = invite(&org).add_to_group(&GroupId::new("group-9").unwrap());
    assert_eq!(reasons(&unknown.plan().await.unwrap()), unread);
}

/// A group of a thousand apps, one of which is given to administer on a later page.
#[tokio::test]
async fn a_group_is_read_to_the_end() {
    let apps: Vec<String> = (0..150)
        .map(|n| format!("ari:cloud:jira::site/c{n:03}"))
        .collect();
    let mut group = Group::new("many").id("group-2").directory("dir-1");
    for (n, app) in apps.iter().enumerate() {
        group = group.role(
            app,
            if n == 149 {
                "atlassian/admin"
            } else {
                "atlassian/user"
            },
        );
    }
    let sandbox = company()
        .resources(apps.iter().map(|ari| Resource::new(ari).directory("dir-1")))
        .groups([group])
        .start()
        .await
        .unwrap();
    let plan = invite(&org(&sandbox)).add_to_group(&GroupId::new("group-2").unwrap());
    assert_eq!(
        reasons(&plan.plan().await.unwrap()),
        [Some(Reason::AdminGrant); 2]
    );
    assert!(calls(&sandbox, "groups.role-assignments") > 1);
}
