//! Every flow of the facade.

use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use atlassian_orgs::{
    AccountId, AccountStatus, AtMost, ClaimStatus, Client, DirectoryId, EventProduct, GroupId,
    MembershipStatus, OrgId, Organization, Resource, Role, WorkspaceField,
};

use crate::hop::Hop;
use crate::organization::Known;

/// Goes through all of them, from reading to removing.
pub(crate) async fn drive(client: &Client, hop: &Hop, known: &Known) -> anyhow::Result<()> {
    let id = OrgId::new(&*known.org)?;
    hop.call("facade: check");
    client.check(&id).await.context("check")?;
    let org = client.organization(id);
    hop.call("facade: directories");
    let directories = org.directories().await.context("directories")?;
    ensure!(directories.len() == 2, "the sandbox has two directories");
    let here = org.directory(DirectoryId::new(&*known.directory)?);
    lists(&org, &here, hop, known).await.context("lists")?;
    for org in [&org, &here] {
        groups(org, hop, known).await.context("groups")?;
    }
    workspaces(&org, hop).await.context("workspaces")?;
    finds(&org, hop, known).await.context("finds")?;
    invitations(&org, hop, known).await.context("invitations")?;
    changes(&org, &here, hop, known).await.context("changes")?;
    many(&org, &here, hop, known).await.context("many")?;
    // Last, when there is something in the log.
    events(&org, hop, known).await.context("events")
}

async fn lists(
    org: &Organization,
    here: &Organization,
    hop: &Hop,
    known: &Known,
) -> anyhow::Result<()> {
    let group = GroupId::new(&*known.group)?;
    let resource = Resource::new(&*known.resource)?;
    for org in [org, here] {
        hop.call("facade: list");
        let mut everybody = org.users().page_size(7).items();
        while everybody.try_next().await?.is_some() {}
        let mut pages = org.users().expand_groups().expand_platform_roles().pages();
        while pages.try_next().await?.is_some() {}
        let mut begun = org.users().page_size(7).prefetch().pages();
        begun.try_next().await?;
        if let Some(continuation) = begun.continuation() {
            let mut rest = org.users().page_size(7).resume(continuation).items();
            while rest.try_next().await?.is_some() {}
        }
        ensure!(
            !org.users().collect_all(1000).await?.is_empty(),
            "nobody there"
        );
        hop.call("facade: count");
        ensure!(org.users().count().await? > 0, "nobody there");
        for status in ["active", "suspended", "no_membership"] {
            let users = org.users().membership(MembershipStatus::from(status));
            filtered(users, hop).await.context(status)?;
        }
        for status in ["active", "inactive", "closed"] {
            let users = org.users().account_status(AccountStatus::from(status));
            filtered(users, hop).await.context(status)?;
        }
        for users in [
            org.users().claim(ClaimStatus::Managed),
            org.users().claim(ClaimStatus::Unmanaged),
            org.users().in_group(group.clone()),
            org.users().with_resource(resource.clone()),
            org.users().email_domain("example.com"),
            org.users().search_term("a b&c,ä"),
            org.users()
                .with_resource(resource.clone())
                .with_role(Role::USER),
            org.users()
                .membership(MembershipStatus::Active)
                .account_status(AccountStatus::Active)
                .claim(ClaimStatus::Unmanaged)
                .email_domain("example.com")
                .search_term("user")
                .page_size(100),
        ] {
            filtered(users, hop).await?;
        }
    }
    Ok(())
}

async fn filtered(users: atlassian_orgs::Users, hop: &Hop) -> anyhow::Result<()> {
    hop.call("facade: count");
    users.count().await?;
    hop.call("facade: list");
    let mut items = users.items();
    while items.try_next().await?.is_some() {}
    Ok(())
}

/// Reads a list to its end, page by page, and says how many rows it has.
macro_rules! count {
    ($list:expr) => {{
        let (mut items, mut count) = ($list.items(), 0);
        while items.try_next().await?.is_some() {
            count += 1;
        }
        count
    }};
}

async fn groups(org: &Organization, hop: &Hop, known: &Known) -> anyhow::Result<()> {
    hop.call("facade: groups");
    let group = GroupId::new(&*known.group)?;
    ensure!(count!(org.groups().page_size(1)) > 1, "too few groups");
    ensure!(count!(org.groups().id(group.clone()).search_term("spare")) == 1);
    ensure!(count!(org.groups().search_term("a b&c,ä")) == 0);
    ensure!(count!(org.groups().name("spare").name("b,c&d")) == 1);
    hop.call("facade: find_group");
    let found = org.find_group("SPARE").await?.context("no group")?;
    ensure!(found.id == group, "another group was found");
    ensure!(org.find_group("no such group").await?.is_none());
    Ok(())
}

async fn workspaces(org: &Organization, hop: &Hop) -> anyhow::Result<()> {
    hop.call("facade: workspaces");
    ensure!(
        count!(org.workspaces().page_size(1)) == 4,
        "two apps in each directory"
    );
    let jira = org.workspaces().field(WorkspaceField::APP, "jira");
    ensure!(count!(jira.clone()) == 2);
    ensure!(count!(org.workspaces().search_term("jira")) == 2);
    let both = jira.field(WorkspaceField::APP, "confluence");
    let both = both.field(WorkspaceField::STATUS, "online");
    ensure!(count!(both.search_term("example.com").page_size(1)) == 4);
    Ok(())
}

async fn events(org: &Organization, hop: &Hop, known: &Known) -> anyhow::Result<()> {
    hop.call("facade: events");
    ensure!(
        count!(org.events().page_size(7)) > 7,
        "too little was logged"
    );
    let actor = AccountId::new(known.people.first().context("nobody there")?)?;
    let (now, day) = (SystemTime::now(), Duration::from_secs(24 * 60 * 60));
    let narrow = org.events().from(now - day).to(now + day);
    ensure!(count!(narrow.clone().action("policy_created")) == 1);
    let narrow = narrow
        .search_term("a b&c,ä")
        .actor(actor.clone())
        .actor(actor);
    let narrow = narrow.ip([192, 0, 2, 1].into()).ip([127, 0, 0, 1].into());
    let narrow = narrow
        .product(EventProduct::Jira)
        .product(EventProduct::GuardDetect);
    ensure!(count!(narrow.page_size(500)) == 0);
    Ok(())
}

async fn finds(org: &Organization, hop: &Hop, known: &Known) -> anyhow::Result<()> {
    hop.call("facade: find");
    let account = AccountId::new(&*known.managed)?;
    ensure!(org.find_user("mia@managed.example").await?.is_some());
    ensure!(org.find_user("nobody@example.com").await?.is_none());
    ensure!(org.find_user(account.clone()).await?.is_some());
    org.get_user(account.clone()).await?;
    org.user(account).get().await?;
    let addresses = (1..=120).map(|n| format!("user-{n:04}@example.com"));
    org.find_users(addresses).await?;
    let ids: Result<Vec<_>, _> = known.people.iter().map(AccountId::new).collect();
    org.find_users(ids?).await?;
    Ok(())
}

async fn invitations(org: &Organization, hop: &Hop, known: &Known) -> anyhow::Result<()> {
    hop.call("facade: invite");
    let group = GroupId::new(&*known.group)?;
    let resource = Resource::new(&*known.resource)?;
    let report = org
        .invite_users(["lea@example.com", "jo@example.com"])
        .grant(Role::USER, resource.clone())
        .add_to_group(&group)
        .notify("Welcome, and \"hello\"")
        .send()
        .await?;
    report.ensure_complete()?;
    let many = (1..=60).map(|n| format!("new-{n}@example.com"));
    let many: Vec<String> = many.collect();
    let report = org.invite_users(many).grant(Role::USER, resource.clone());
    report.silent().send().await?.ensure_complete()?;
    // Whoever is a member already.
    let report = org.invite_users("lea@example.com").add_to_group(&group);
    let _ = report.silent().send().await?;
    Ok(())
}

/// Plans, runs and corrections.
async fn many(
    org: &Organization,
    here: &Organization,
    hop: &Hop,
    known: &Known,
) -> anyhow::Result<()> {
    let resource = Resource::new(&*known.resource)?;
    let planned = || (1..=30).map(|n| format!("planned-{n}@example.com"));
    hop.call("facade: plan and run invitations");
    let invitation = org
        .invite_users(planned())
        .grant(Role::USER, resource.clone());
    let plan = invitation
        .add_to_group(&GroupId::new(&*known.group)?)
        .silent()
        .at_most(AtMost::Share(1.0))
        .plan()
        .await?;
    plan.run().await?.ensure_complete()?;
    for (name, plan) in [
        (
            "facade: plan and run suspensions",
            here.suspend_users(planned()),
        ),
        (
            "facade: plan and run restorations",
            here.restore_users(planned()),
        ),
        (
            "facade: plan and run removals",
            here.remove_users(planned()).allow_organization_admins(),
        ),
    ] {
        hop.call(name);
        let run = plan.plan().await?.run();
        run.verified(Duration::from_secs(10))
            .await?
            .ensure_complete()?;
    }
    hop.call("facade: correct_invitation");
    let (wrong, right) = ("lou@exmaple.com", "lou@example.com");
    let report = org
        .invite_users(wrong)
        .grant(Role::USER, resource)
        .silent()
        .send()
        .await?;
    org.correct_invitation(&report, wrong, right)
        .await?
        .ensure_complete()?;
    Ok(())
}

async fn changes(
    org: &Organization,
    here: &Organization,
    hop: &Hop,
    known: &Known,
) -> anyhow::Result<()> {
    let by_id = AccountId::new(known.people.first().context("nobody there")?)?;
    let by_address = "user-0002@example.com";
    for person in [here.user(by_id), here.user(by_address)] {
        // The second time it is so already, and only reads go out.
        hop.call("facade: suspend");
        person.suspend().await?;
        person.suspend().await?;
        hop.call("facade: restore");
        person.restore().await?;
        person.restore().await?;
        hop.call("facade: remove");
        person.remove().await?;
        ensure!(person.remove().await.is_err(), "nobody knows them any more");
    }
    hop.call("facade: suspend");
    let admin = here.user("admin@example.com");
    ensure!(admin.suspend().await.is_err(), "an admin was suspended");
    hop.call("facade: remove");
    admin.remove().allow_organization_admin().await?;
    here.user("kim@managed.example").remove().await?;
    let person = here.user("user-0003@example.com");
    for change in [person.suspend(), person.restore()] {
        change.verified(Duration::from_secs(10)).await?;
    }
    hop.call("facade: in_every_directory");
    let both = org.user("both@example.com");
    for change in [both.suspend(), both.restore(), both.remove()] {
        change.in_every_directory().await?.ensure_complete()?;
    }
    Ok(())
}
