//! One person is invited, suspended, restored and removed.
//!
//! ```text
//! cargo run --example lifecycle                                  # in an embedded sandbox
//! cargo run --example lifecycle -- --org ID                      # a real organization: reads only
//! cargo run --example lifecycle -- --org ID --write ADDRESS --resource ARI
//! ```
//!
//! For a real organization the key comes from the environment variable `ATLASSIAN_API_KEY`, and
//! nothing is changed there unless `--write` names the person to do it to.

use std::collections::VecDeque;

use anyhow::{Context, bail};
use atlassian_orgs::{ApiKey, Client, OrgId, Organization, Resource, Role};
use atlassian_orgs_sandbox::Sandbox;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::read()?;
    match options.org {
        Some(org) => {
            let key = ApiKey::from_env("ATLASSIAN_API_KEY")?;
            let client = Client::builder().api_key(key).build()?;
            let org = OrgId::new(org)?;
            println!("{}", client.check(&org).await?);
            let org = client.organization(org);
            let Some(address) = options.write else {
                println!("Nothing was changed: that takes --write ADDRESS --resource ARI.");
                return Ok(());
            };
            let resource = options
                .resource
                .context("--write also needs --resource ARI: the app to invite to")?;
            // The last step removes the person: that must not be somebody who works there.
            if org.find_user(&*address).await?.is_some() {
                bail!(
                    "this address has an account here already; --write takes one that nobody has"
                );
            }
            lifecycle(&org, &address, Resource::new(resource)?).await
        }
        None => {
            let sandbox = Sandbox::builder().users(40).start().await?;
            println!("An embedded sandbox at {}\n", sandbox.url());
            let key = ApiKey::new(sandbox.api_key())?;
            let client = Client::builder()
                .base_url(sandbox.url())
                .api_key(key)
                .build()?;
            let org = OrgId::new(sandbox.org_id())?;
            println!("{}", client.check(&org).await?);
            let resource = sandbox
                .resource_ids()
                .into_iter()
                .next()
                .context("it has no app")?;
            lifecycle(
                &client.organization(org),
                "mia@example.com",
                Resource::new(resource)?,
            )
            .await?;
            println!(
                "\nThe sandbox received {} requests.",
                sandbox.requests().len()
            );
            Ok(())
        }
    }
}

async fn lifecycle(org: &Organization, address: &str, resource: Resource) -> anyhow::Result<()> {
    let report = org
        .invite_users([address])
        .grant(Role::USER, resource)
        .notify("Welcome")
        .send()
        .await?;
    print!("invite:  {report}");
    report.ensure_complete()?;

    let person = org.user(address);
    for (step, change) in [
        ("suspend", person.suspend()),
        ("suspend", person.suspend()),
        ("restore", person.restore()),
        ("remove", person.remove()),
    ] {
        println!("{step}: {}", change.await?);
        let now = org.find_user(address).await?;
        let membership = now.and_then(|user| user.membership);
        println!(
            "         membership now: {}",
            membership.map_or("no account here".into(), |m| m.to_string())
        );
    }
    Ok(())
}

#[derive(Default)]
struct Options {
    org: Option<String>,
    write: Option<String>,
    resource: Option<String>,
}

impl Options {
    fn read() -> anyhow::Result<Self> {
        let mut options = Self::default();
        let mut arguments: VecDeque<String> = std::env::args().skip(1).collect();
        while let Some(flag) = arguments.pop_front() {
            let value = arguments
                .pop_front()
                .with_context(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--org" => options.org = Some(value),
                "--write" => options.write = Some(value),
                "--resource" => options.resource = Some(value),
                _ => bail!("unknown argument {flag}; known are --org, --write and --resource"),
            }
        }
        if options.org.is_none() && (options.write.is_some() || options.resource.is_some()) {
            bail!("--write and --resource go with --org");
        }
        Ok(options)
    }
}
