//! The client: where it points, with which key, within which bounds.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlassian_orgs_api::organizations as raw;
use atlassian_orgs_api::transport::SharedTransport;
use reqwest::Url;

use crate::engine::{Call, CallLog, Ceiling, Engine, Settings};
use crate::error::Error;
use crate::ids::OrgId;
use crate::key::ApiKey;
use crate::organization::Organization;
use crate::rate_limit::RateLimit;
use crate::retry::RetryPolicy;
use crate::wire::Wire;

/// Where the service is.
const BASE_URL: &str = "https://api.atlassian.com/admin";

/// How long connecting may take, unless the builder says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one send may take, its answer included. A request for 25 invitations is not a quick one.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// How long one call may take: long enough to sit out a limit that counts by the minute.
const TIMEOUT: Duration = Duration::from_secs(180);

/// How long a connection may be idle and still be used. Gateways close idle ones, and a request that
/// meets the close is in doubt.
const IDLE: Duration = Duration::from_secs(20);

/// A client of the Organizations API. Cheap to clone; clones share connections and rate limits.
///
/// ```no_run
/// use atlassian_orgs::{ApiKey, Client, OrgId};
///
/// # async fn run() -> Result<(), atlassian_orgs::Error> {
/// let client = Client::builder().api_key(ApiKey::from_env("ATLASSIAN_API_KEY")?).build()?;
/// let check = client.check(&OrgId::new("f0c1a9b2-0000-4000-8000-000000000000")?).await?;
/// println!("{check}");
/// # Ok(())
/// # }
/// ```
///
/// What failed is sent again where that is safe, within the time of the call: see [`RetryPolicy`].
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    ways: Ways,
}

/// How the calls of one handle go, where not as the client was built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ways {
    /// The time of a call.
    pub(crate) timeout: Option<Duration>,
    /// Where changes are counted.
    pub(crate) log: Option<Arc<CallLog>>,
}

struct Inner {
    base_url: String,
    /// Only builds requests; the engine sends them.
    requests: reqwest::Client,
    engine: Arc<Engine>,
    clock: Clock,
}

/// Reads the time of day; injected, so that tests decide it.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

impl Client {
    /// Starts building a client. Only the key is needed.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A handle on one organization. Nothing is sent, so it need not exist.
    #[must_use]
    pub fn organization(&self, org: OrgId) -> Organization {
        Organization::new(self.clone(), org)
    }

    /// The raw client of all published operations, over this client's key, bounds and connections.
    ///
    /// Make one per call: its deadline begins now. Its requests are sent again by the same rules as those
    /// of the rest of this crate.
    #[cfg(feature = "raw")]
    #[must_use]
    pub fn raw(&self) -> raw::Client {
        self.call()
    }

    /// This client's key, bounds, limits and repeats as a transport for other raw clients of
    /// [`raw`](crate::raw)'s crate, such as those of user management: each request has a deadline of its
    /// own. It sends the organization API key, so an API that wants another kind of key, such as Jira's, is
    /// not for it.
    ///
    /// ```
    /// # fn show(client: &atlassian_orgs::Client) {
    /// use atlassian_orgs::raw::organizations;
    ///
    /// let requests = reqwest::Client::new(); // only builds requests
    /// let url = organizations::operations::BASE_URL;
    /// let raw = organizations::Client::new_with_client(url, requests, client.transport());
    /// # drop(raw);
    /// # }
    /// ```
    #[cfg(feature = "raw")]
    #[must_use]
    pub fn transport(&self) -> SharedTransport {
        Arc::new(crate::engine::EachCall::new(
            self.inner.engine.clone(),
            self.ways.clone(),
        ))
    }

    /// A raw client for one request, whose deadline begins now.
    pub(crate) fn call(&self) -> raw::Client {
        let call: SharedTransport = Arc::new(Call::new(self.inner.engine.clone(), &self.ways));
        raw::Client::new_with_client(&self.inner.base_url, self.inner.requests.clone(), call)
    }

    /// The same client, whose calls go another way.
    pub(crate) fn going(&self, ways: Ways) -> Self {
        Self {
            inner: self.inner.clone(),
            ways,
        }
    }

    pub(crate) fn limits(&self) -> Vec<RateLimit> {
        self.inner.engine.limits()
    }

    /// The most requests a second that the caller allows.
    pub(crate) fn max_rate(&self) -> Option<f64> {
        self.inner.engine.max_rate()
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Whether anything may be sent again.
    pub(crate) fn retries(&self) -> bool {
        self.inner.engine.retries()
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.inner.clock)()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    key: Option<ApiKey>,
    base_url: String,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    timeout: Duration,
    retry: RetryPolicy,
    ceiling: Ceiling,
    seed: Option<u64>,
    user_agent: Option<String>,
    http: Option<Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>>,
    transport: Option<SharedTransport>,
    clock: Clock,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            key: None,
            base_url: BASE_URL.to_owned(),
            connect_timeout: CONNECT_TIMEOUT,
            attempt_timeout: ATTEMPT_TIMEOUT,
            timeout: TIMEOUT,
            retry: RetryPolicy::standard(),
            ceiling: Ceiling::default(),
            seed: None,
            user_agent: None,
            http: None,
            transport: None,
            clock: Arc::new(SystemTime::now),
        }
    }
}

impl ClientBuilder {
    /// The organization API key. Most calls of this crate need one *without scopes*.
    pub fn api_key(mut self, key: ApiKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Another address than the service's own, for example a sandbox's. It must be HTTPS, or on
    /// this machine: a key does not travel in the clear.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// How long connecting may take, TLS included; 5 seconds if not given.
    ///
    /// A connection that was not made proves that nothing was sent, so even an invitation is tried again.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one send may take, from connecting to the last byte of the answer; 60 seconds if not
    /// given. An answer that stalls is cut here.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long one call may take, with all its sends and the pauses between them; 3 minutes if not given.
    ///
    /// A flow of several calls, such as a suspension with the reads before it, has this time for each.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Whether, how often and how far apart requests are sent again; [`RetryPolicy::standard`] if not
    /// given.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The name of your program, for Atlassian's logs; it goes before this crate's own.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Changes the settings of the HTTP client: a proxy, certificates, a resolver.
    ///
    /// Redirects and the HTTP library's own repeats are switched off afterwards, whatever the hook
    /// does: a redirect could carry the key to another host, and a repeat could invite twice.
    pub fn http(
        mut self,
        settings: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.http = Some(Box::new(settings));
        self
    }

    /// Sends over another transport than HTTP, for example an organization in the same process.
    #[cfg(feature = "raw")]
    pub fn transport(mut self, transport: SharedTransport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The most requests a second, by all tasks and clones of the client together, whatever the service
    /// allows. Without it the client goes as fast as the service's limits let it: it follows their headers and
    /// learns them where there are none. What is no rate, such as 0, is none.
    pub fn max_rate(mut self, requests_a_second: f64) -> Self {
        self.ceiling.rate = Some(requests_a_second);
        self
    }

    /// The most requests under way at once, by all tasks and clones of the client together; at least 1.
    pub fn max_in_flight(mut self, requests: u32) -> Self {
        self.ceiling.in_flight = Some(requests);
        self
    }

    /// Makes the random pauses repeatable; for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Reads the time of day elsewhere; for tests.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): no key, a base URL that is not HTTPS, a
    /// user agent that cannot stand in a header, or HTTP settings that do not work here.
    pub fn build(self) -> Result<Client, Error> {
        let key = self.key.ok_or_else(|| {
            Error::config("no API key was given").with_hint("call ClientBuilder::api_key")
        })?;
        let base_url = checked(&self.base_url)?;
        let own = concat!("atlassian-orgs/", env!("CARGO_PKG_VERSION"));
        let agent = self
            .user_agent
            .map_or_else(|| own.to_owned(), |name| format!("{name} {own}"));
        let mut http = reqwest::Client::builder()
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE);
        if let Some(settings) = self.http {
            http = settings(http);
        }
        let http = http
            .user_agent(agent)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| Error::config("the HTTP client can't be set up").with_cause(error))?;
        let wire = self
            .transport
            .unwrap_or_else(|| Arc::new(Wire::new(http.clone())));
        let settings = Settings {
            key,
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            retry: self.retry,
            ceiling: self.ceiling,
            clock: self.clock.clone(),
            seed: self.seed,
        };
        let engine = Arc::new(Engine::new(wire, settings));
        Ok(Client {
            inner: Arc::new(Inner {
                base_url,
                requests: http,
                engine,
                clock: self.clock,
            }),
            ways: Ways::default(),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("key", &self.key)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// The base URL without a slash at its end, if a key may go there.
fn checked(text: &str) -> Result<String, Error> {
    let wrong = |what: &'static str| Error::config(what);
    let url = Url::parse(text).map_err(|_| wrong("the base URL is not a URL"))?;
    let loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_matches(['[', ']']);
            host.parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err(wrong("the base URL is neither HTTPS nor on this machine")
            .with_hint("a key does not travel in the clear: use https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the base URL holds a name or a password")
            .with_hint("give the key with ClientBuilder::api_key"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("the base URL has a query or a fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
