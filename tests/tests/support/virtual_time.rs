//! Transports for tests on paused time: no socket anywhere, since paused time with real ones fires
//! timeouts at once.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use atlassian_orgs::raw::operation::Operation;
use atlassian_orgs::raw::transport::{Exchange, Transport, TransportError, TransportErrorKind};
use atlassian_orgs::{ApiKey, Client, ClientBuilder, OrgId, Organization};
use atlassian_orgs_sandbox::{Sandbox, Wire};
use bytes::Bytes;
use tokio::time::Instant;

/// How long an exchange takes.
const LATENCY: Duration = Duration::from_millis(50);

/// The sandbox without a network, by tokio's clock. What should happen to an answer on its way happens
/// here.
pub struct InProcess {
    pub sandbox: Arc<Sandbox>,
    /// The share of connections that are not made, and where chance is.
    refused: f64,
    chance: Mutex<u64>,
    /// Whether a request arrives also if the client has gone meanwhile.
    unstoppable: bool,
    sends: Mutex<HashMap<&'static str, usize>>,
    /// Every exchange: its path, and when it began and ended.
    exchanges: Mutex<Vec<(String, Instant, Instant)>>,
}

impl InProcess {
    pub fn new(sandbox: Sandbox) -> Arc<Self> {
        Self::refusing(sandbox, 0.0, 0)
    }

    /// So that a share of connections is never made.
    pub fn refusing(sandbox: Sandbox, refused: f64, seed: u64) -> Arc<Self> {
        Arc::new(Self::made(sandbox, refused, seed, false))
    }

    /// In which a request that has left arrives, also if the client is gone by then: a crash does not take
    /// back what is on its way.
    pub fn unstoppable(sandbox: Sandbox) -> Arc<Self> {
        Arc::new(Self::made(sandbox, 0.0, 0, true))
    }

    fn made(sandbox: Sandbox, refused: f64, seed: u64, unstoppable: bool) -> Self {
        Self {
            sandbox: Arc::new(sandbox),
            refused,
            chance: Mutex::new(seed),
            unstoppable,
            sends: Mutex::default(),
            exchanges: Mutex::default(),
        }
    }

    pub fn builder(self: &Arc<Self>) -> ClientBuilder {
        let this = self.clone();
        let clock =
            move || SystemTime::UNIX_EPOCH + Duration::from_millis(this.sandbox.now().millis());
        Client::builder()
            .base_url(self.sandbox.url())
            .api_key(ApiKey::new(self.sandbox.api_key()).unwrap())
            .transport(self.clone())
            .seed(7)
            .clock(clock)
    }

    pub fn org(self: &Arc<Self>) -> Organization {
        self.org_of(self.builder())
    }

    pub fn org_of(self: &Arc<Self>, builder: ClientBuilder) -> Organization {
        let id = OrgId::new(self.sandbox.org_id()).unwrap();
        builder.build().unwrap().organization(id)
    }

    fn ended(&self, path: String, began: Instant) {
        let mut exchanges = self.exchanges.lock().unwrap();
        exchanges.push((path, began, Instant::now()));
    }

    /// How many exchanges with such a path were under way at once.
    pub fn most_at_once(&self, is_meant: impl Fn(&str) -> bool) -> usize {
        let all = self.exchanges.lock().unwrap();
        let meant: Vec<_> = all.iter().filter(|(path, ..)| is_meant(path)).collect();
        let at = |when: Instant| {
            let mut here = 0;
            for (_, began, ended) in &meant {
                here += usize::from(*began <= when && when < *ended);
            }
            here
        };
        meant
            .iter()
            .map(|(_, began, _)| at(*began))
            .max()
            .unwrap_or(0)
    }

    /// How often an operation was handed to the wire, connections that were not made included.
    pub fn sends(&self, operation: &str) -> usize {
        self.sends
            .lock()
            .unwrap()
            .get(operation)
            .copied()
            .unwrap_or(0)
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl Transport for InProcess {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> Exchange<'a> {
        *self
            .sends
            .lock()
            .unwrap()
            .entry(operation.name)
            .or_default() += 1;
        Box::pin(async move {
            if draw(&self.chance) < self.refused {
                return Err(TransportError::new(TransportErrorKind::Connect, false));
            }
            let (path, began) = (request.url().path().to_owned(), Instant::now());
            let (sandbox, request) = (self.sandbox.clone(), to_http(&request));
            let arrival = async move {
                tokio::time::sleep(LATENCY / 2).await;
                sandbox.handle(&request)
            };
            let outcome = match self.unstoppable {
                true => tokio::spawn(arrival).await.unwrap(),
                false => arrival.await,
            };
            tokio::time::sleep(LATENCY / 2).await;
            self.ended(path, began);
            let broken = || Err(TransportError::new(TransportErrorKind::Interrupted, true));
            match outcome.wire {
                Wire::Whole => Ok(outcome.response),
                Wire::Delayed(delay) => {
                    tokio::time::sleep(delay).await;
                    Ok(outcome.response)
                }
                Wire::Stalled => std::future::pending().await,
                // Turned away before a byte of it was read.
                Wire::Refused => Err(TransportError::new(TransportErrorKind::Connect, false)),
                _ => broken(),
            }
        })
    }
}

fn to_http(request: &reqwest::Request) -> http::Request<Bytes> {
    let body = request
        .body()
        .and_then(|body| body.as_bytes())
        .unwrap_or_default();
    let mut http = http::Request::new(Bytes::copy_from_slice(body));
    *http.method_mut() = request.method().clone();
    *http.uri_mut() = request.url().as_str().parse().unwrap();
    *http.headers_mut() = request.headers().clone();
    http
}

/// A number from 0 to just below 1, by splitmix64.
pub fn draw(chance: &Mutex<u64>) -> f64 {
    let mut state = chance.lock().unwrap();
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut x = *state;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// What a scripted transport does with one request.
#[derive(Debug, Clone)]
pub enum Step {
    Answer(u16, Vec<(&'static str, String)>),
    Fails(TransportErrorKind, bool),
    Stalls,
}

impl Step {
    pub fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new())
    }
}

/// Goes through its steps, then answers every request with success.
pub struct Script {
    steps: Mutex<VecDeque<Step>>,
    /// When each request came.
    pub sends: Mutex<Vec<Instant>>,
    started: Instant,
}

/// The time of day at which a script begins: 2026-09-01T12:00:00Z.
pub const NOON: Duration = Duration::from_secs(1_788_264_000);

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self {
            steps: Mutex::new(steps.into_iter().collect()),
            sends: Mutex::default(),
            started: Instant::now(),
        })
    }

    pub fn builder(self: &Arc<Self>) -> ClientBuilder {
        let started = self.started;
        Client::builder()
            .api_key(ApiKey::new("scripted-key").unwrap())
            .transport(self.clone())
            .seed(7)
            .clock(move || SystemTime::UNIX_EPOCH + NOON + started.elapsed())
    }

    pub fn count(&self) -> usize {
        self.sends.lock().unwrap().len()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, _: reqwest::Request, _: &'static Operation) -> Exchange<'a> {
        self.sends.lock().unwrap().push(Instant::now());
        let step = self.steps.lock().unwrap().pop_front();
        Box::pin(async move {
            match step {
                None => Ok(http::Response::new(Bytes::from_static(b"{\"data\":[]}"))),
                Some(Step::Answer(status, headers)) => {
                    let mut answer = http::Response::builder().status(status);
                    for (name, value) in headers {
                        answer = answer.header(name, value);
                    }
                    Ok(answer.body(Bytes::from_static(b"{\"data\":[]}")).unwrap())
                }
                Some(Step::Fails(kind, sent)) => Err(TransportError::new(kind, sent)),
                Some(Step::Stalls) => std::future::pending().await,
            }
        })
    }
}
