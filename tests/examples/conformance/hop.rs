//! One hop in front of the validating proxy. The proxy tells what it thinks of a request in a header of
//! the answer, which the facade shows nobody; the hop reads it on its way.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode, header};
use serde_json::{Value, json};

/// The header in which Prism says what is wrong.
const VIOLATIONS: &str = "sl-violations";

/// More than any body of the sandbox.
const LIMIT: usize = 64 << 20;

/// The base path of the contract's server. The proxy goes by the paths below it.
const BASE: &str = "/admin";

/// A running hop.
#[derive(Clone)]
pub(crate) struct Hop {
    address: std::net::SocketAddr,
    proxy: String,
    client: reqwest::Client,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    call: String,
    exchanges: Vec<Value>,
}

impl Hop {
    /// Listens at a free port and passes everything on to the proxy.
    pub(crate) async fn start(proxy: &str) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let hop = Self {
            address: listener.local_addr()?,
            proxy: proxy.to_owned(),
            // The proxy closes idle connections, and a request that meets that would be lost.
            client: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()?,
            seen: Arc::default(),
        };
        let service = Router::new().fallback(pass).with_state(hop.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        Ok(hop)
    }

    /// What to use in the place of `https://api.atlassian.com/admin`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }

    /// Sends a request that is wrong, for the proxy to find: one that finds nothing is asleep.
    pub(crate) async fn canary(&self) -> anyhow::Result<()> {
        self.call("canary");
        let url = format!("{}/v1/no-such-operation", self.url());
        self.client.get(url).send().await?;
        Ok(())
    }

    /// Names the call to which the next requests belong.
    pub(crate) fn call(&self, name: impl Into<String>) {
        self.seen().call = name.into();
    }

    /// Everything that went through.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.seen().exchanges)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn forward(&self, request: Request<Body>) -> anyhow::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let path = path.strip_prefix(BASE).unwrap_or(path).to_owned();
        let mut headers = parts.headers;
        headers.remove(header::HOST);
        let body = axum::body::to_bytes(body, LIMIT).await?;
        let answer = self
            .client
            .request(parts.method.clone(), format!("{}{path}", self.proxy))
            .headers(headers)
            .body(body)
            .send()
            .await?;
        let status = answer.status();
        let violations = answer.headers().get(VIOLATIONS);
        let violations: Value = match violations {
            None => json!([]),
            Some(text) => serde_json::from_slice(text.as_bytes())?,
        };
        {
            let mut seen = self.seen();
            let exchange = json!({
                "call": seen.call,
                "method": parts.method.as_str(),
                "path": path.split('?').next().unwrap_or_default(),
                "status": status.as_u16(),
                "violations": violations,
            });
            seen.exchanges.push(exchange);
        }
        let mut response = Response::builder().status(status);
        for (name, value) in answer.headers() {
            if name != header::TRANSFER_ENCODING && name != header::CONNECTION {
                response = response.header(name, value);
            }
        }
        Ok(response.body(Body::from(answer.bytes().await?))?)
    }
}

async fn pass(State(hop): State<Hop>, request: Request<Body>) -> Response<Body> {
    hop.forward(request).await.unwrap_or_else(|error| {
        // The count of exchanges will be short of a call, and this says why.
        eprintln!("the request did not get through the proxy: {error:#}");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}
