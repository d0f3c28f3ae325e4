//! All steps after one another in an embedded sandbox, and what they come to there.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use atlassian_orgs::{ApiKey, Client, Decision, OrgId, Plan, Report};
use atlassian_orgs_sandbox::{Builder, Fault, Membership, Rule, Sandbox, User};

use super::steps::{self, Crash, Folder};

/// Everybody whom the story is about; more work in the company.
pub(crate) const LEAVERS: &str = "
    user-0001@example.com, user-0002@example.com, user-0003@example.com, user-0004@example.com,
    user-0005@example.com, user-0006@example.com, user-0007@example.com, user-0008@example.com,
    user-0009@example.com, user-0010@example.com, user-0011@example.com, user-0012@example.com,
    away@example.com";

/// How it ended, with what only the sandbox knows.
pub(crate) struct Told {
    pub(crate) report: Report,
    /// How many were suspended when it crashed.
    pub(crate) at_the_crash: usize,
    pub(crate) sandbox: Sandbox,
}

/// A company of 41, one of whom is suspended already. The fifth suspension and the two after it are taken,
/// but their answers never come: so the crash is in the middle of some.
pub(crate) fn company() -> Builder {
    Sandbox::builder()
        .users(40)
        .user(User::new("away@example.com").suspended())
        .faults([5, 6, 7].map(|nth| Rule::new(Fault::Stall).on("users.suspend").nth(nth)))
}

pub(crate) async fn tell() -> anyhow::Result<Told> {
    let sandbox = company().start().await?;
    println!("An embedded sandbox at {}", sandbox.url());
    let client = Client::builder()
        .base_url(sandbox.url())
        .api_key(ApiKey::new(sandbox.api_key())?)
        .build()?;
    let org = client.organization(OrgId::new(sandbox.org_id())?);
    let place = tempfile::tempdir()?;
    let folder = Folder::new(place.path())?;

    chapter("A job makes a plan. Nothing is changed.");
    let plan = steps::plan(&org, LEAVERS, &folder).await?;
    ensure!(
        suspended(&sandbox).len() == 1,
        "planning has changed something"
    );

    chapter("Another job tries to run it, but nobody has approved it yet.");
    let early = steps::run(&org, &folder, Crash::Never).await;
    println!("{}", early.err().context("it ran without approval")?);

    chapter("A person reads the table and approves.");
    steps::approve(&folder, "Mia, head of IT", plan.digest())?;

    chapter("Somebody adds a person to the file afterwards. It is not read any more.");
    let text = std::fs::read_to_string(folder.plan())?;
    std::fs::write(folder.plan(), text.replace("user-0012@", "user-0013@"))?;
    let changed = steps::run(&org, &folder, Crash::Never).await;
    println!("{:#}", changed.err().context("a changed plan was run")?);
    std::fs::write(folder.plan(), text)?;

    chapter(
        "The job runs what was approved. After five outcomes no more answers come, and it is killed.",
    );
    let crashed = steps::run(&org, &folder, Crash::Drop(5)).await?;
    ensure!(crashed.is_none(), "it did not crash");
    let at_the_crash = suspended(&sandbox).len();
    println!("… gone. {at_the_crash} people are suspended.");

    chapter("The network is back. The run is resumed from its journal, and finishes.");
    sandbox.clear_faults();
    let report = steps::resume(&org, &folder, Crash::Never).await?;
    let report = report.context("it crashed again")?;

    chapter("What the sandbox itself says");
    prove(&plan, &sandbox)?;
    Ok(Told {
        report,
        at_the_crash,
        sandbox,
    })
}

fn chapter(title: &str) {
    println!("\n── {title}");
}

/// Exactly those are suspended whom the plan names.
fn prove(plan: &Plan, sandbox: &Sandbox) -> anyhow::Result<()> {
    let wanted = plan
        .rows()
        .iter()
        .filter(|row| !matches!(row.decision, Decision::Refuse(_)));
    let wanted: BTreeSet<String> = wanted.map(|row| row.person.as_str().to_owned()).collect();
    let now = suspended(sandbox);
    ensure!(
        now == wanted,
        "the sandbox has other people suspended than the plan names"
    );
    let sent = sandbox.requests();
    let sent = sent
        .iter()
        .filter(|request| request.operation == Some("users.suspend"));
    println!(
        "{} people are suspended, exactly those of the plan; it received {} requests to suspend.",
        now.len(),
        sent.count()
    );
    Ok(())
}

/// The addresses of everybody who is suspended, whatever reads show.
pub(crate) fn suspended(sandbox: &Sandbox) -> BTreeSet<String> {
    let people = sandbox.people().into_iter();
    let suspended =
        people.filter(|person| person.overall_membership() == Some(Membership::Suspended));
    suspended.map(|person| person.email().to_owned()).collect()
}
