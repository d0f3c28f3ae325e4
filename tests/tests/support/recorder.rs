//! A transport that records what would go over the wire.

use std::sync::{Arc, Mutex};

use atlassian_orgs::raw::operation::Operation;
use atlassian_orgs::raw::transport::{Exchange, Transport};
use atlassian_orgs::{ApiKey, Client};
use bytes::Bytes;
use serde_json::Value;

/// One request.
#[derive(Debug, Clone)]
pub struct Sent {
    pub operation: &'static Operation,
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }
}

/// Records every request and answers each with the same status and body.
#[derive(Debug, Clone)]
pub struct Recorder {
    sent: Arc<Mutex<Vec<Sent>>>,
    status: u16,
    body: &'static str,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::answering(200, "{}")
    }
}

impl Recorder {
    pub fn answering(status: u16, body: &'static str) -> Self {
        Self {
            sent: Arc::default(),
            status,
            body,
        }
    }

    pub fn client(&self) -> Client {
        Client::builder()
            .api_key(ApiKey::new("recorded-key").unwrap())
            .transport(Arc::new(self.clone()))
            .build()
            .unwrap()
    }

    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

impl Transport for Recorder {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> Exchange<'a> {
        let body = request
            .body()
            .and_then(|b| b.as_bytes())
            .filter(|b| !b.is_empty());
        let headers = request.headers().iter();
        self.sent.lock().unwrap().push(Sent {
            operation,
            method: request.method().to_string(),
            path: request.url().path().to_owned(),
            query: request.url().query().unwrap_or_default().to_owned(),
            headers: headers
                .map(|(n, v)| {
                    let value = if v.is_sensitive() {
                        "(sensitive)"
                    } else {
                        v.to_str().unwrap()
                    };
                    (n.to_string(), value.to_owned())
                })
                .collect(),
            body: body.map(|b| serde_json::from_slice(b).unwrap()),
        });
        let answer = http::Response::builder()
            .status(self.status)
            .body(Bytes::from_static(self.body.as_bytes()));
        Box::pin(async move { Ok(answer.unwrap()) })
    }
}
