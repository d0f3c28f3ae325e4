//! The audit log of an organization.

mod event;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::engine::settle;
use crate::error::Error;
use crate::ids::AccountId;
use crate::organization::{Organization, no_rows};
use crate::pages::{Hidden, List, Page, Reading, list};
pub use event::{Event, EventObject, EventProduct};

/// The audit log of an organization, narrowed by filters. A chosen directory makes no difference here.
///
/// The service keeps events for 180 days and allows only a few requests a minute, so that a page holds as many
/// as it can. An organization whose plan has no audit log answers with
/// [`Forbidden`](crate::ErrorKind::Forbidden).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::time::{Duration, SystemTime};
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// # org.user("user-0001@example.com").suspend().await?;
/// let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
/// let mut events = org.events().from(yesterday).action("user_suspended").items();
/// let mut seen = 0;
/// while let Some(event) = events.try_next().await? {
///     println!("{:?} {:?}", event.time, event.action);
///     seen += 1;
/// }
/// assert_eq!(seen, 1);
/// # Ok(())
/// # }
/// ```
///
/// Reference operation: `getEvents`. A key with scopes needs `read:events:admin`.
#[derive(Debug, Clone)]
#[must_use]
pub struct Events {
    org: Organization,
    filter: Hidden<Filter>,
    limit: Option<u32>,
    reading: Reading,
}

/// The filters as they are sent.
#[derive(Clone, Default, Serialize)]
struct Filter {
    term: Option<String>,
    from: Option<String>,
    to: Option<String>,
    action: Option<String>,
    actors: Vec<String>,
    ips: Vec<String>,
    products: Vec<String>,
}

impl Events {
    pub(crate) fn new(org: Organization) -> Self {
        Self {
            org,
            filter: Hidden(Filter::default()),
            limit: None,
            reading: Reading::default(),
        }
    }

    /// Only events that contain this text.
    pub fn search_term(mut self, term: impl Into<String>) -> Self {
        self.filter.0.term = Some(term.into());
        self
    }

    /// Only events from this time on, to the millisecond.
    pub fn from(mut self, time: SystemTime) -> Self {
        self.filter.0.from = Some(millis(time));
        self
    }

    /// Only events up to this time, to the millisecond.
    pub fn to(mut self, time: SystemTime) -> Self {
        self.filter.0.to = Some(millis(time));
        self
    }

    /// Only events of this action, such as `user_invited`; called again, of the last one.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.filter.0.action = Some(action.into());
        self
    }

    /// Only what this account did; called again, what any of them did.
    pub fn actor(mut self, actor: AccountId) -> Self {
        self.filter.0.actors.push(actor.as_str().to_owned());
        self
    }

    /// Only what was done from this address of the network; called again, from any of them.
    pub fn ip(mut self, ip: IpAddr) -> Self {
        self.filter.0.ips.push(ip.to_string());
        self
    }

    /// Only events of this product; called again, of any of them.
    pub fn product(mut self, product: EventProduct) -> Self {
        self.filter.0.products.push(product.as_str().to_owned());
        self
    }

    /// Events a page, 1 to 500; 500 if not given.
    pub fn page_size(mut self, events: u32) -> Self {
        self.limit = Some(events);
        self
    }
}

/// Milliseconds since 1970, as text; nothing was logged before.
fn millis(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().to_string()
}

impl List for Events {
    type Row = Event;

    const WHAT: &'static str = "events";
    const OPERATION: &'static str = "getEvents";

    fn org(&self) -> &Organization {
        &self.org
    }

    fn reading(&self) -> &Reading {
        &self.reading
    }

    fn filters(&self) -> impl Serialize {
        &self.filter.0
    }

    /// The filters go with every page: the cursor does not keep them.
    async fn page(&self, cursor: Option<&str>) -> Result<Page<Event>, Error> {
        let client = self.org.client();
        let raw = client.call();
        let mut request = raw.get_events().org_id(self.org.id().as_str());
        let sent = self.filter.0.clone();
        if let Some(limit) = NonZeroU32::new(self.limit.unwrap_or(500)) {
            request = request.limit(limit);
        }
        if let Some(term) = sent.term {
            request = request.q(term);
        }
        if let Some(from) = sent.from {
            request = request.from(from);
        }
        if let Some(to) = sent.to {
            request = request.to(to);
        }
        if let Some(action) = sent.action {
            request = request.action(action);
        }
        if !sent.actors.is_empty() {
            request = request.actor(sent.actors);
        }
        if !sent.ips.is_empty() {
            request = request.ip(sent.ips);
        }
        if !sent.products.is_empty() {
            let products = sent.products.into_iter().map(Into::into);
            request = request.product(products.collect::<Vec<_>>());
        }
        if let Some(cursor) = cursor {
            request = request.cursor(cursor);
        }
        let page = settle(client, "get_events", request.send().await).await?;
        let rows = page.data.ok_or_else(|| no_rows(Self::OPERATION))?;
        let rows = rows.into_iter().map(Event::from_row);
        // The links leave filters out, but hold the same cursor: better than to end too early.
        let next = page.meta.and_then(|meta| meta.next);
        let next = next.filter(|next| !next.trim().is_empty());
        let next = next.or_else(|| page.links.and_then(|links| links.next));
        Ok((rows.collect::<Result<_, _>>()?, next))
    }
}

list! {
    Events of Event, "events";
    ///
    /// See [`Users::resume`](crate::Users::resume) for an example.
    resume;
    pages EventPages;
    items EventItems;
    unfinished UnfinishedEvents { events };
}
