//! What is known of the service's limits on requests.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use crate::client::Client;
use crate::limit;

/// What a client knows of the limit on one operation, as the service says it or as it was learned.
///
/// See [`Client::rate_limits`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The operation, by its id in the published document.
    pub operation: &'static str,
    /// Requests in one period, or the size of the bucket.
    pub limit: Option<u64>,
    /// Requests left, less those under way.
    pub remaining: Option<u64>,
    /// The time until the count starts again, at the latest: a time that the service cut to the minute may
    /// be a minute later than it says.
    pub resets_in: Option<Duration>,
    /// Requests a second, where they are paced.
    pub a_second: Option<f64>,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Requests under way.
    pub in_flight: u32,
}

impl Client {
    /// What is known of the service's limits on the operations that this client and its clones have used so
    /// far, by operation. Nothing is sent.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// # use atlassian_orgs::{ApiKey, Client, OrgId};
    /// use atlassian_orgs_sandbox::{Limit, Sandbox};
    ///
    /// let limit = Limit::new(100, Duration::from_secs(3600));
    /// let sandbox = Sandbox::builder().users(3).rate_limit(limit).start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// org.directories().await?;
    /// let limits = client.rate_limits();
    /// assert_eq!((limits[0].operation, limits[0].limit), ("getDirectoriesForOrg", Some(100)));
    /// assert_eq!(limits[0].remaining, Some(99));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn rate_limits(&self) -> Vec<RateLimit> {
        self.limits()
    }
}

impl RateLimit {
    pub(crate) fn new(operation: &'static str, since: Instant, known: &limit::RateLimits) -> Self {
        let resets_in = known.resets_at.map(|at| at.saturating_sub(since.elapsed()));
        Self {
            operation,
            limit: known.limit,
            remaining: known.remaining,
            resets_in: resets_in.filter(|left| !left.is_zero()),
            a_second: known.pace,
            waiting: known.waiting,
            in_flight: known.in_flight,
        }
    }
}

/// In a line.
impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        match (self.remaining, self.limit) {
            (Some(left), Some(limit)) => write!(f, "{left} of {limit} left")?,
            (Some(left), None) => write!(f, "{left} left")?,
            (None, Some(limit)) => write!(f, "about {limit} a period")?,
            (None, None) => f.write_str("no limit known")?,
        }
        match self.resets_in {
            Some(left) => write!(f, ", resets within {} s", left.as_secs()),
            None => Ok(()),
        }
    }
}
