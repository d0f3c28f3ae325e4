//! `openapi/organizations/facade.toml` says which facade calls stand on which operation, and
//! `cargo xtask diff` tells maintainers by it whom a change touches. Here each call is made, and what it
//! sends is held against the table: both ways.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};

use atlassian_orgs::raw::operation::Operation;
use atlassian_orgs::raw::transport::{Exchange, Transport, TransportError, TransportErrorKind};
use atlassian_orgs::{ApiKey, AtMost, Client, DirectoryId, GroupId, OrgId, Organization, Role};
use atlassian_orgs_sandbox::{Directory, Group, Membership, Sandbox, User};

/// Sends over HTTP and notes which operations were called.
#[derive(Debug, Clone, Default)]
struct Noting {
    http: reqwest::Client,
    called: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Transport for Noting {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> Exchange<'a> {
        self.called.lock().unwrap().insert(operation.id);
        Box::pin(async move {
            let failed = |e| TransportError::new(TransportErrorKind::Other, true).with_cause(e);
            let response = self.http.execute(request).await.map_err(failed)?;
            let answer = http::Response::builder().status(response.status());
            let body = response.bytes().await.map_err(failed)?;
            Ok(answer.body(body).unwrap())
        })
    }
}

/// Operation to calls, as seen on the wire.
#[derive(Default)]
struct Seen(BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Seen {
    /// Makes one call in an organization with two directories and one with one, so that every branch of
    /// its reads is taken.
    async fn call<F: Future<Output = ()>>(
        &mut self,
        name: &'static str,
        make: impl Fn(Client, Organization) -> F,
    ) {
        for directories in [1, 2] {
            let member =
                User::new("mia@example.com").role("ari:cloud:jira::site/1", "atlassian/user");
            let mut member = member.membership("dir-1", Membership::Active);
            let mut leaver =
                User::new("kim@example.com").membership("dir-1", Membership::Suspended);
            let mut sandbox = Sandbox::builder().directory(Directory::new("North").id("dir-1"));
            if directories == 2 {
                sandbox = sandbox.directory(Directory::new("South").id("dir-2"));
                member = member.membership("dir-2", Membership::Active);
                leaver = leaver.membership("dir-2", Membership::Suspended);
            }
            let app =
                atlassian_orgs_sandbox::Resource::new("ari:cloud:jira::site/1").directory("dir-1");
            let sandbox = sandbox
                .resources([app])
                .groups([Group::new("Crew").id("group-1")])
                .user(member)
                .user(leaver)
                .start()
                .await
                .unwrap();
            let noting = Noting::default();
            let client = Client::builder()
                .base_url(sandbox.url())
                .api_key(ApiKey::new(sandbox.api_key()).unwrap())
                .transport(Arc::new(noting.clone()))
                .build()
                .unwrap();
            let org = client.organization(OrgId::new(sandbox.org_id()).unwrap());
            make(client, org.directory(DirectoryId::new("dir-1").unwrap())).await;
            for operation in noting.called.lock().unwrap().iter() {
                self.0.entry(operation).or_default().insert(name);
            }
        }
    }
}

const MIA: &str = "mia@example.com";
const KIM: &str = "kim@example.com";
const NEW: &str = "new@example.com";

#[tokio::test]
async fn the_table_says_what_is_on_the_wire() {
    let mut seen = Seen::default();
    seen.call("Client::check", |client, org| async move {
        client.check(org.id()).await.unwrap();
    })
    .await;
    seen.call("Organization::directories", |_, org| async move {
        org.directories().await.unwrap();
    })
    .await;
    seen.call("Organization::find_user", |_, org| async move {
        org.find_user(MIA).await.unwrap();
    })
    .await;
    seen.call("Organization::find_users", |_, org| async move {
        org.find_users([MIA]).await.unwrap();
    })
    .await;
    seen.call("Organization::get_user", |_, org| async move {
        org.get_user(MIA).await.unwrap();
    })
    .await;
    seen.call("Organization::users", |_, org| async move {
        org.users().items().try_next().await.unwrap();
    })
    .await;
    seen.call("Users::count", |_, org| async move {
        org.users().count().await.unwrap();
    })
    .await;
    seen.call("Organization::groups", |_, org| async move {
        org.groups().items().try_next().await.unwrap();
    })
    .await;
    seen.call("Organization::find_group", |_, org| async move {
        org.find_group("jira-users").await.unwrap();
    })
    .await;
    seen.call("Organization::workspaces", |_, org| async move {
        org.workspaces().items().try_next().await.unwrap();
    })
    .await;
    seen.call("Organization::events", |_, org| async move {
        org.events().items().try_next().await.unwrap();
    })
    .await;
    seen.call("Organization::invite_users", |_, org| async move {
        let jira = atlassian_orgs::Resource::new("ari:cloud:jira::site/1").unwrap();
        let _ = org
            .invite_users([MIA, "new@example.com"])
            .grant(Role::USER, jira)
            .silent()
            .send()
            .await
            .unwrap();
    })
    .await;
    seen.call("Organization::invite_users", |client, org| async move {
        let jira = atlassian_orgs::Resource::new("ari:cloud:jira::site/1").unwrap();
        let list = client.organization(org.id().clone()).invite_users([NEW]);
        let list = list
            .grant(Role::USER, jira)
            .silent()
            .at_most(AtMost::Share(1.0));
        let list = list.add_to_group(&GroupId::new("group-1").unwrap());
        let _report = list.plan().await.unwrap().run().await.unwrap();
    })
    .await;
    seen.call("Organization::suspend_users", |_, org| async move {
        let change = org.suspend_users([MIA]).allow_organization_admins();
        let plan = change.at_most(AtMost::Share(1.0)).plan().await.unwrap();
        plan.run().await.unwrap().ensure_complete().unwrap();
    })
    .await;
    seen.call("Organization::restore_users", |_, org| async move {
        let change = org.restore_users([KIM]).at_most(AtMost::Share(1.0));
        change
            .plan()
            .await
            .unwrap()
            .run()
            .await
            .unwrap()
            .ensure_complete()
            .unwrap();
    })
    .await;
    seen.call("Organization::remove_users", |_, org| async move {
        let change = org.remove_users([MIA]).allow_organization_admins();
        let plan = change.at_most(AtMost::Share(1.0)).plan().await.unwrap();
        plan.run().await.unwrap().ensure_complete().unwrap();
    })
    .await;
    seen.call("Organization::correct_invitation", |_, org| async move {
        let jira = atlassian_orgs::Resource::new("ari:cloud:jira::site/1").unwrap();
        let crew = GroupId::new("group-1").unwrap();
        let invitation = org
            .invite_users([NEW])
            .grant(Role::USER, jira)
            .add_to_group(&crew);
        let report = invitation.silent().send().await.unwrap();
        let corrected = org.correct_invitation(&report, NEW, "newer@example.com");
        corrected.await.unwrap().ensure_complete().unwrap();
    })
    .await;
    seen.call("PersonHandle::get", |_, org| async move {
        org.user(MIA).get().await.unwrap();
    })
    .await;
    seen.call("PersonHandle::suspend", |_, org| async move {
        org.user(MIA).suspend().await.unwrap();
    })
    .await;
    seen.call("PersonHandle::restore", |_, org| async move {
        org.user(KIM).restore().await.unwrap();
    })
    .await;
    seen.call("PersonHandle::remove", |_, org| async move {
        org.user(MIA).remove().await.unwrap();
    })
    .await;

    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../openapi/organizations/facade.toml"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let table: BTreeMap<&str, BTreeSet<&str>> = table["calls"]
        .as_table()
        .unwrap()
        .iter()
        .map(|(operation, calls)| {
            let calls = calls
                .as_array()
                .unwrap()
                .iter()
                .map(|call| call.as_str().unwrap());
            (operation.as_str(), calls.collect())
        })
        .collect();
    let seen: BTreeMap<&str, BTreeSet<&str>> = seen.0;
    assert_eq!(seen, table, "left: seen on the wire, right: facade.toml");
}
