//! What `tracing` shows of a few calls over a bad network: a span for each call, one for each send, how
//! long each waited and took, and nothing that names a person.
//!
//! ```text
//! cargo run --example tracing
//! ```

use std::time::Duration;

use atlassian_orgs::{ApiKey, Client, OrgId};
use atlassian_orgs_sandbox::{Answer, Fault, Limit, Rule, Sandbox};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The spans are of level debug and of the target `atlassian_orgs`; without the second line the HTTP
    // library's own would be there as well.
    tracing_subscriber::registry()
        .with(Targets::new().with_target("atlassian_orgs", Level::DEBUG))
        .with(
            tracing_subscriber::fmt::layer()
                .with_ansi(false)
                .without_time(),
        )
        .init();

    let sandbox = Sandbox::builder()
        .users(3)
        // The first search fails, and the second is refused for a second.
        .fault(
            Rule::new(Fault::Answer(Answer::new(503)))
                .on("users.search")
                .nth(1),
        )
        .fault(
            Rule::new(Fault::Answer(Answer::new(429).header("retry-after", "1")))
                .on("users.search")
                .nth(2),
        )
        // The answer to the suspension is lost: it is read back.
        .fault(Rule::new(Fault::DropAfter).on("users.suspend"))
        .rate_limit(Limit::new(100, Duration::from_secs(60)))
        .start()
        .await?;
    let client = Client::builder()
        .base_url(sandbox.url())
        .api_key(ApiKey::new(sandbox.api_key())?)
        .build()?;
    let org = client.organization(OrgId::new(sandbox.org_id())?);

    println!("{}\n", org.user("user-0001@example.com").suspend().await?);
    for limit in client.rate_limits() {
        println!("{limit}");
    }
    Ok(())
}
