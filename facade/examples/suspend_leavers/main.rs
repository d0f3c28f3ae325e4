//! Leavers are suspended: a plan, a person's approval, a run with a journal, and a crash that is survived.
//!
//! ```text
//! cargo run --example suspend_leavers              # the whole story, in an embedded sandbox
//!
//! cargo run --example suspend_leavers -- plan --org ID --people FILE      # changes nothing
//! cargo run --example suspend_leavers -- approve --name NAME --digest DIGEST
//! cargo run --example suspend_leavers -- run --org ID --write
//! cargo run --example suspend_leavers -- resume --org ID --write          # after a crash
//! ```
//!
//! The steps may be jobs on several machines: what passes between them are the files in `--folder DIR`
//! (`leavers` if not given). `plan.json` and `run.journal` hold addresses. `--url URL` names another
//! service, such as a sandbox of yours; `--crash-after N` kills the program after N outcomes, for
//! rehearsals. The key comes from the environment variable `ATLASSIAN_API_KEY`.
//!
//! It ends with 0 if everybody on the list is suspended, with 2 if somebody is not (the report says who and
//! why), and with 1 if it could not be done at all.

pub(crate) mod steps;
pub(crate) mod story;

use std::collections::VecDeque;
use std::process::ExitCode;

use anyhow::{Context, bail};
use atlassian_orgs::{ApiKey, Client, OrgId, Organization, Report};
use steps::{Crash, Folder};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut arguments: VecDeque<String> = std::env::args().skip(1).collect();
    let Some(step) = arguments.pop_front() else {
        let told = story::tell().await?;
        println!(
            "Of these, {} were suspended when it crashed; {} requests in all.",
            told.at_the_crash,
            told.sandbox.requests().len()
        );
        return Ok(exit_code(&told.report));
    };
    let options = Options::read(arguments)?;
    let folder = Folder::new(options.folder.as_deref().unwrap_or("leavers"))?;
    let crash = match &options.crash_after {
        Some(outcomes) => Crash::Abort(outcomes.parse().context("--crash-after needs a number")?),
        None => Crash::Never,
    };
    match step.as_str() {
        "plan" => {
            let file = options.people.as_deref().context("--people names a file")?;
            let people =
                std::fs::read_to_string(file).with_context(|| format!("reading {file}"))?;
            let plan = steps::plan(&options.organization()?, &people, &folder).await?;
            println!("To approve it: --digest {}", plan.digest());
        }
        "approve" => {
            let name = options.name.context("--name says who approves")?;
            let digest = options
                .digest
                .context("--digest says what is approved: it is the last line above the table")?;
            steps::approve(&folder, &name, &digest)?;
        }
        "run" | "resume" if !options.write => {
            println!("Nothing was changed: that takes --write.");
        }
        "run" => {
            let report = steps::run(&options.organization()?, &folder, crash).await?;
            return report.map_or(Ok(ExitCode::FAILURE), |report| Ok(exit_code(&report)));
        }
        "resume" => {
            let report = steps::resume(&options.organization()?, &folder, crash).await?;
            return report.map_or(Ok(ExitCode::FAILURE), |report| Ok(exit_code(&report)));
        }
        _ => bail!("the steps are plan, approve, run and resume"),
    }
    Ok(ExitCode::SUCCESS)
}

/// 0 if everybody is suspended, else 2.
fn exit_code(report: &Report) -> ExitCode {
    match report.ensure_complete() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Options {
    org: Option<String>,
    url: Option<String>,
    folder: Option<String>,
    people: Option<String>,
    name: Option<String>,
    digest: Option<String>,
    crash_after: Option<String>,
    write: bool,
}

impl Options {
    fn read(mut arguments: VecDeque<String>) -> anyhow::Result<Self> {
        let mut options = Self::default();
        while let Some(flag) = arguments.pop_front() {
            if flag == "--write" {
                options.write = true;
                continue;
            }
            let known = match flag.as_str() {
                "--org" => &mut options.org,
                "--url" => &mut options.url,
                "--folder" => &mut options.folder,
                "--people" => &mut options.people,
                "--name" => &mut options.name,
                "--digest" => &mut options.digest,
                "--crash-after" => &mut options.crash_after,
                _ => bail!("unknown argument {flag}: the first lines of this example name them"),
            };
            let value = arguments.pop_front();
            *known = Some(value.with_context(|| format!("{flag} needs a value"))?);
        }
        Ok(options)
    }

    fn organization(&self) -> anyhow::Result<Organization> {
        let id = self.org.as_deref().context("--org ID is needed")?;
        let mut client = Client::builder().api_key(ApiKey::from_env("ATLASSIAN_API_KEY")?);
        if let Some(url) = &self.url {
            client = client.base_url(url);
        }
        Ok(client.build()?.organization(OrgId::new(id)?))
    }
}
