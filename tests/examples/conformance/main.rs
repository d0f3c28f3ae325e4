//! What `cargo xtask conformance` runs: a sandbox for the judges, and a client for them to watch.
//!
//! It starts a sandbox in its `published` profile, says on one line of JSON where that is, and then waits
//! for a line on its standard input:
//!
//! * the URL of a validating proxy in front of the sandbox: every raw call and every flow of the facade
//!   goes through it, and a second line of JSON says what the proxy thought of each request;
//! * the end of the input: it stops. So it never outlives whoever started it.

mod facade;
mod hop;
mod organization;
mod raw;

use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;
use atlassian_orgs::{ApiKey, Client};
use serde_json::json;

use hop::Hop;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (sandbox, known) = runtime.block_on(async {
        let sandbox = organization::sandbox().await?;
        let known = organization::Known::read(&sandbox).await?;
        anyhow::Ok((sandbox, known))
    })?;
    say(&json!({
        "url": sandbox.url(),
        "api_key": sandbox.api_key(),
        "org_id": known.org,
        "directory_id": known.directory,
        "resource_id": known.resource,
        "group_id": known.group,
        "event_id": known.event,
        "policy_id": known.policy,
        "policy_resource_id": organization::POLICY_RESOURCE,
        "user_id": organization::STANDARD_ID,
    }))?;
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(());
    }
    // Whoever asked may be gone before the answer is complete.
    std::thread::spawn(|| {
        let mut rest = String::new();
        while std::io::stdin()
            .lock()
            .read_line(&mut rest)
            .is_ok_and(|read| read > 0)
        {}
        std::process::exit(2);
    });
    let exchanges = runtime.block_on(async {
        let hop = Hop::start(line.trim()).await?;
        let client = Client::builder()
            .base_url(hop.url())
            .api_key(ApiKey::new(sandbox.api_key())?)
            .build()?;
        hop.canary().await?;
        facade::drive(&client, &hop, &known)
            .await
            .context("a flow of the facade")?;
        raw::drive(&client.raw(), &hop, &known).await;
        anyhow::Ok(hop.take())
    })?;
    say(&json!({ "exchanges": exchanges }))
}

fn say(line: &serde_json::Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
