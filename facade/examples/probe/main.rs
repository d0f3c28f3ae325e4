//! Answers what nobody has published about the service, with a throwaway organization.
//!
//! ```text
//! cargo run --example probe --features raw          # what the embedded sandbox answers, in both profiles
//!
//! cargo run --example probe --features raw -- --org ID --resource ARI \
//!     --invite ADDRESS --invite ADDRESS --write      # a real organization, one to throw away
//! ```
//!
//! It invites two addresses that nobody in the organization has (`--email-domain DOMAIN` makes some up in a
//! domain of yours), without a mail; suspends, restores and removes the first of them, some of it twice; and
//! removes both in the end. `--admin` lets it make the first one an organization admin for a moment. Each
//! question is a request that is not sent again, and its verdict names a switch of the sandbox and a
//! position, so that what was found out can be carried back. Without `--write` nothing is sent.
//!
//! What it prints is redacted: codes, names of fields and headers, words of status and formats are left, and
//! no addresses, ids, names and keys. **Read it all the same before you pass it on.** `--wait SECONDS` is how
//! long reads may lag behind writes, 60 if not given. The key comes from the environment variable
//! `ATLASSIAN_API_KEY` and has to be one without scopes.

mod asking;
pub(crate) mod finding;
mod invitations;
mod questions;
pub(crate) mod redact;
mod wire;

use std::collections::VecDeque;
use std::io::Write;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use asking::{Probe, Target};
use atlassian_orgs::raw::organizations::operations::BASE_URL;
use atlassian_orgs_sandbox::{Builder, Limit, Profile, Sandbox};
use finding::Verdict;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::read(std::env::args().skip(1).collect())?;
    let mut out = std::io::stdout();
    if options.org.is_some() {
        let write = options.write;
        let target = options.target()?;
        if !write {
            println!("Nothing was sent: that takes --write, and an organization to throw away.");
            return Ok(());
        }
        Probe::new(&target, &mut out)?.run().await?;
        return Ok(());
    }
    for profile in [Profile::Published, Profile::Live] {
        println!("──── The sandbox, as {profile:?} ────");
        let sandbox = organization().profile(profile).start().await?;
        probe(&sandbox, &mut out).await?;
        println!();
    }
    Ok(())
}

/// Probes a sandbox.
pub(crate) async fn probe(
    sandbox: &Sandbox,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<Vec<Verdict>> {
    let resource = sandbox.resource_ids().into_iter().next();
    let target = Target {
        url: sandbox.url(),
        key: sandbox.api_key(),
        org: sandbox.org_id(),
        resource: resource.context("it has no app")?,
        addresses: ["probe-1@example.com", "probe-2@example.com"].map(str::to_owned),
        admin: true,
        lag: Duration::ZERO,
    };
    Probe::new(&target, out)?.run().await
}

/// Two directories, so that it can be told where somebody lands, and a limit to run into.
pub(crate) fn organization() -> Builder {
    Sandbox::builder()
        .directories(2)
        .users(3)
        .rate_limit(Limit::new(20, Duration::from_secs(3600)).on("events.actions"))
}

#[derive(Default)]
struct Options {
    org: Option<String>,
    url: Option<String>,
    resource: Option<String>,
    email_domain: Option<String>,
    wait: Option<String>,
    invite: Vec<String>,
    write: bool,
    admin: bool,
}

impl Options {
    fn read(mut arguments: VecDeque<String>) -> anyhow::Result<Self> {
        let mut options = Self::default();
        while let Some(flag) = arguments.pop_front() {
            match flag.as_str() {
                "--write" => options.write = true,
                "--admin" => options.admin = true,
                _ => {
                    let value = arguments.pop_front();
                    let value = value.with_context(|| format!("{flag} needs a value"))?;
                    match flag.as_str() {
                        "--org" => options.org = Some(value),
                        "--url" => options.url = Some(value),
                        "--resource" => options.resource = Some(value),
                        "--email-domain" => options.email_domain = Some(value),
                        "--wait" => options.wait = Some(value),
                        "--invite" => options.invite.push(value),
                        _ => bail!(
                            "unknown argument {flag}: the first lines of this example name them"
                        ),
                    }
                }
            }
        }
        if options.org.is_none() && options.write {
            bail!("--write goes with --org");
        }
        Ok(options)
    }

    fn target(self) -> anyhow::Result<Target> {
        let made_up = self.email_domain.map(|domain| {
            let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
            [1, 2].map(|n| format!("probe-{}-{n}@{domain}", now.as_secs()))
        });
        let addresses = match made_up {
            Some(addresses) => addresses,
            None => self
                .invite
                .try_into()
                .ok()
                .context("it takes --invite ADDRESS twice, or --email-domain DOMAIN")?,
        };
        let wait = self.wait.as_deref().unwrap_or("60");
        Ok(Target {
            url: self.url.unwrap_or_else(|| BASE_URL.to_owned()),
            key: std::env::var("ATLASSIAN_API_KEY")
                .context("the key has to be in ATLASSIAN_API_KEY")?,
            org: self.org.context("--org ID is needed")?,
            resource: self
                .resource
                .context("--resource ARI is needed: the app to invite to")?,
            addresses,
            admin: self.admin,
            lag: Duration::from_secs(wait.parse().context("--wait takes seconds")?),
        })
    }
}
