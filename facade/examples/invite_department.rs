//! A department is invited from a CSV file: a plan to look at, then a run with a progress bar.
//!
//! ```text
//! cargo run --example invite_department                        # in an embedded sandbox
//! cargo run --example invite_department -- --csv FILE           # the same with a list of your own
//! cargo run --example invite_department -- --org ID --csv FILE --resource ARI   # really: only the plan
//! cargo run --example invite_department -- --org ID --csv FILE --resource ARI --write
//! ```
//!
//! The file has a column `email`; who gets more than the others has it in `resource`, `role` and `groups`.
//! For a real organization the key comes from the environment variable `ATLASSIAN_API_KEY`, and nobody is
//! invited without `--write`.
//!
//! It ends with 0 if everybody has what the file says, with 2 if somebody has not (the report says who and
//! why), and with 1 if it could not be done at all.

use std::collections::VecDeque;
use std::process::ExitCode;

use anyhow::{Context, bail};
use atlassian_orgs::{
    ApiKey, Client, OrgId, Organization, People, Plan, Report, Resource, Role, RunEvent,
};
use atlassian_orgs_sandbox::{Builder, Group, Sandbox, User};
use indicatif::{ProgressBar, ProgressStyle};

/// The list, unless `--csv` names another: Kim also gets Confluence, Lee also joins a group.
pub const DEPARTMENT: &str = "\
name,email,resource,role,groups
Mia,mia@example.com,,,
Kim,kim@example.com,ari:cloud:confluence::site/1,atlassian/user,
Lee,lee@example.com,,,group-designers
Max,max@example.com,,,
Mia once more,MIA@example.com,,,
Ada,ada@example.com,,,
";

/// What everybody in the list gets.
pub const JIRA: &str = "ari:cloud:jira::site/1";

/// No department has more people; a list with more is a mistake.
const MOST: u64 = 200;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::read(std::env::args().skip(1).collect())?;
    let list = match &options.csv {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("reading {file}"))?,
        None => DEPARTMENT.to_owned(),
    };
    let Some(id) = options.org else {
        let sandbox = company().start().await?;
        println!("An embedded sandbox at {}\n", sandbox.url());
        let client = Client::builder()
            .base_url(sandbox.url())
            .api_key(ApiKey::new(sandbox.api_key())?)
            .build()?;
        let org = client.organization(OrgId::new(sandbox.org_id())?);
        let plan = plan(&org, &list, Resource::new(JIRA)?).await?;
        let report = run(plan).await?;
        println!("It received {} requests.", sandbox.requests().len());
        return Ok(exit_code(&report));
    };
    let key = ApiKey::from_env("ATLASSIAN_API_KEY")?;
    let client = Client::builder().api_key(key).build()?;
    let org = client.organization(OrgId::new(id)?);
    let resource = options
        .resource
        .context("--org also needs --resource ARI: the app to invite to")?;
    let plan = plan(&org, &list, Resource::new(resource)?).await?;
    if !options.write {
        println!("Nobody was invited: that takes --write.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(exit_code(&run(plan).await?))
}

/// What is to be done, as a value, and printed.
pub async fn plan(org: &Organization, list: &str, app: Resource) -> anyhow::Result<Plan> {
    let plan = org
        .invite_users(People::csv(list.as_bytes())?)
        .grant(Role::USER, app)
        .notify("Welcome to the department")
        .at_most(MOST)
        .plan()
        .await?;
    println!("{plan}");
    Ok(plan)
}

/// Does it, with a progress bar, and prints what it came to.
pub async fn run(plan: Plan) -> anyhow::Result<Report> {
    let bar = progress_bar()?;
    let shown = bar.clone();
    let report = plan.run().on_event(move |event| show(&shown, &event));
    let report = report.await?;
    bar.finish_and_clear();
    println!("{report}");
    Ok(report)
}

/// Moves the bar. Rows count, not outcomes: a row comes once for everybody, and is final.
pub fn show(bar: &ProgressBar, event: &RunEvent) {
    match event {
        RunEvent::Started { total, .. } => bar.set_length(*total),
        RunEvent::Row(row) => {
            bar.inc(1);
            if !row.outcome.is_done() {
                bar.println(format!("{:>6}  {}", row.position, row.outcome.word()));
            }
        }
        RunEvent::Stopped(error) => bar.println(format!("nothing more is begun: {error}")),
        _ => {}
    }
}

fn progress_bar() -> anyhow::Result<ProgressBar> {
    // It goes to the standard error, and only if that is a terminal.
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} people, {eta} left")?;
    Ok(ProgressBar::new(0).with_style(style))
}

/// 0 if everybody has what the list says, else 2.
fn exit_code(report: &Report) -> ExitCode {
    match report.ensure_complete() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// The company of the sandbox. Max has been with it for long.
pub fn company() -> Builder {
    let app = atlassian_orgs_sandbox::Resource::new;
    Sandbox::builder()
        .resources([app(JIRA), app("ari:cloud:confluence::site/1")])
        .groups([Group::new("designers").id("group-designers")])
        .user(User::new("max@example.com").role(JIRA, Role::USER.as_str()))
}

#[derive(Default)]
struct Options {
    org: Option<String>,
    csv: Option<String>,
    resource: Option<String>,
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
                "--csv" => &mut options.csv,
                "--resource" => &mut options.resource,
                _ => {
                    bail!("unknown argument {flag}; known are --org, --csv, --resource and --write")
                }
            };
            let value = arguments.pop_front();
            *known = Some(value.with_context(|| format!("{flag} needs a value"))?);
        }
        match options.org {
            None if options.write || options.resource.is_some() => {
                bail!("--write and --resource go with --org")
            }
            Some(_) if options.csv.is_none() => bail!("--org also needs --csv FILE"),
            _ => Ok(options),
        }
    }
}
