//! The four steps. Each takes what it needs from the folder, and leaves there what the next one needs.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use atlassian_orgs::{FileJournal, Organization, Plan, Report, Run, RunEvent};
use serde::{Deserialize, Serialize};

/// What passes from step to step.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: impl AsRef<Path>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&path)?;
        Ok(Self(path.as_ref().to_owned()))
    }

    pub(crate) fn plan(&self) -> PathBuf {
        self.0.join("plan.json")
    }

    pub(crate) fn approval(&self) -> PathBuf {
        self.0.join("approval.json")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.0.join("run.journal")
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.0.join("report.json")
    }

    /// Serde checks the digest on the way: a plan that somebody has changed is not read.
    fn read_plan(&self) -> anyhow::Result<Plan> {
        let text = std::fs::read_to_string(self.plan()).context("there is no plan to read")?;
        serde_json::from_str(&text).context("the plan is not as it was made")
    }
}

/// A person's word for one plan, and no other.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Approval {
    pub(crate) plan_digest: String,
    pub(crate) approved_by: String,
    pub(crate) approved_at: String,
}

/// When to crash, for rehearsals.
#[derive(Clone, Copy)]
pub(crate) enum Crash {
    Never,
    /// The run is dropped where it is after so many outcomes.
    Drop(u64),
    /// The program dies, as by a power cut.
    Abort(u64),
}

/// Step 1, a job: what would happen. Nothing is changed.
pub(crate) async fn plan(
    org: &Organization,
    people: &str,
    folder: &Folder,
) -> anyhow::Result<Plan> {
    let plan = org.suspend_users(people).at_most(200).plan().await?;
    write_new(&folder.plan(), &serde_json::to_vec_pretty(&plan)?)?;
    println!("{plan}");
    Ok(plan)
}

/// Step 2, a person: they have read the table, and say that they want this plan and no other.
pub(crate) fn approve(folder: &Folder, name: &str, digest: &str) -> anyhow::Result<()> {
    let plan = folder.read_plan()?;
    ensure!(
        plan.digest() == digest,
        "the plan in the folder is another one than you approve"
    );
    let approval = Approval {
        plan_digest: digest.to_owned(),
        approved_by: name.to_owned(),
        approved_at: jiff::Timestamp::now().to_string(),
    };
    write_new(&folder.approval(), &serde_json::to_vec_pretty(&approval)?)?;
    println!("{name} has approved the plan {digest}.");
    Ok(())
}

/// Step 3, a job: exactly that plan, with a journal. Nothing comes back from a crash.
pub(crate) async fn run(
    org: &Organization,
    folder: &Folder,
    crash: Crash,
) -> anyhow::Result<Option<Report>> {
    let (plan, approval) = approved(folder)?;
    let journal = FileJournal::create(folder.journal())?;
    let run = plan.bind(org)?.run().journal(journal);
    follow(run.operator(words(&approval)), folder, crash).await
}

/// Step 4, after a crash: what is still to be done. It may run elsewhere, and with another key.
pub(crate) async fn resume(
    org: &Organization,
    folder: &Folder,
    crash: Crash,
) -> anyhow::Result<Option<Report>> {
    let (plan, approval) = approved(folder)?;
    let run = plan.bind(org)?.resume(reopen(folder).await?);
    follow(run.operator(words(&approval)), folder, crash).await
}

/// The plan, if a person has approved this very one.
fn approved(folder: &Folder) -> anyhow::Result<(Plan, Approval)> {
    let plan = folder.read_plan()?;
    let text = match std::fs::read_to_string(folder.approval()) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("nobody has approved the plan {}", plan.digest())
        }
        text => text?,
    };
    let approval: Approval = serde_json::from_str(&text).context("the approval can't be read")?;
    ensure!(
        approval.plan_digest == plan.digest(),
        "the plan is {}, but {} was approved",
        plan.digest(),
        approval.plan_digest
    );
    Ok((plan, approval))
}

fn words(approval: &Approval) -> String {
    format!("a job, approved by {}", approval.approved_by)
}

/// Goes on with a run, event by event, until its end or the crash.
async fn follow(run: Run, folder: &Folder, crash: Crash) -> anyhow::Result<Option<Report>> {
    let (mut events, mut outcomes) = (run.at_once(3).events(), 0);
    while let Some(event) = events.try_next().await? {
        match event {
            RunEvent::Started { total, before, .. } => {
                println!("{before} of {total} were done before");
            }
            RunEvent::Outcome { position, word, .. } => {
                println!("{position:>6}  {word}");
                outcomes += 1;
                match crash {
                    Crash::Drop(after) if after == outcomes => return Ok(None),
                    Crash::Abort(after) if after == outcomes => std::process::abort(),
                    _ => {}
                }
            }
            RunEvent::Stopped(error) => println!("nothing more is begun: {error}"),
            RunEvent::Ended(report) => {
                write_private(&folder.report(), &serde_json::to_vec_pretty(&report)?)?;
                println!("\n{report}");
                return Ok(Some(*report));
            }
            // Rows are in the report.
            _ => {}
        }
    }
    bail!("the run ended without a report")
}

/// A run that was dropped in this very program may still hold its journal while the disk is busy.
async fn reopen(folder: &Folder) -> Result<FileJournal, atlassian_orgs::Error> {
    for _ in 0..50 {
        if let Ok(journal) = FileJournal::open(folder.journal()) {
            return Ok(journal);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    FileJournal::open(folder.journal())
}

/// A second plan or approval does not take the place of the first unseen.
fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    ensure!(!path.exists(), "{} exists already", path.display());
    write_private(path, bytes)
}

/// There are addresses in it, so nobody else may read it.
fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    // A run that is resumed needs its plan.
    Ok(file.sync_all()?)
}
