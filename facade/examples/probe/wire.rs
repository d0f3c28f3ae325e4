//! Sends the raw client's requests as they are, each once, and keeps what came back.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use atlassian_orgs::raw::operation::{Class, Operation};
use atlassian_orgs::raw::transport::{Exchange, Transport, TransportError, TransportErrorKind};
use http::HeaderValue;
use serde_json::Value;

/// One request and its answer, as they were on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) operation: &'static Operation,
    pub(crate) sent: Value,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// JSON if it is JSON, else a text; null if there was none.
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first of `errors`, or a body that is itself one.
    pub(crate) fn error(&self) -> &Value {
        self.body.pointer("/errors/0").unwrap_or(&self.body)
    }

    /// Whether it is a change of version 2 other than an invitation: those declare no body of errors.
    pub(crate) fn is_bare_write(&self) -> bool {
        let operation = self.operation;
        operation.path.starts_with("/v2/")
            && operation.name != "invite_users"
            && operation.class != Class::Read
    }
}

/// The connection. Nothing is sent again and no limit is kept: what the service says is what is asked for.
pub(crate) struct Wire {
    http: reqwest::Client,
    key: HeaderValue,
    seen: Mutex<Vec<Seen>>,
}

impl Wire {
    pub(crate) fn new(key: &str) -> anyhow::Result<Arc<Self>> {
        let mut key = HeaderValue::from_str(&format!("Bearer {}", key.trim()))
            .context("the key can't stand in a header")?;
        key.set_sensitive(true);
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            // A redirect could carry the key to another host, and a repeat could invite twice.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent("atlassian-orgs-probe")
            .build()?;
        Ok(Arc::new(Self {
            http,
            key,
            seen: Mutex::default(),
        }))
    }

    /// Everything that came back so far.
    pub(crate) fn all(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    async fn exchange(
        &self,
        mut request: reqwest::Request,
        operation: &'static Operation,
    ) -> reqwest::Result<http::Response<bytes::Bytes>> {
        let sent = request.body().and_then(|body| body.as_bytes());
        let sent = sent.map(json).unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(http::header::AUTHORIZATION, self.key.clone());
        let mut response = self.http.execute(request).await?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = response.bytes().await?;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let seen = Seen {
            operation,
            sent,
            status: status.as_u16(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: json(&body),
        };
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(seen);
        let mut answer = http::Response::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

fn json(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
}

impl Transport for Wire {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> Exchange<'a> {
        Box::pin(async move {
            let answer = self.exchange(request, operation).await;
            answer.map_err(|error| {
                TransportError::new(TransportErrorKind::Other, true).with_cause(error)
            })
        })
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}
