//! What was received and what was sent, for tests to look at.

use std::collections::VecDeque;

use bytes::Bytes;
use serde_json::Value;

use super::faults::{Outcome, Wire};
use super::request::Request;
use super::time::Time;

/// A request and what became of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// When it came.
    pub time: Time,
    /// The operation it was for, such as `users.invite`; `None` if it led nowhere.
    pub operation: Option<&'static str>,
    /// The request.
    pub received: Received,
    /// The answer.
    pub sent: Sent,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path as it was sent, still encoded.
    pub path: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers, names in lower case. Authorization is `present` or `absent`: a key is never kept.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; as a string if it was none; null if it was empty.
    pub body: Value,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// An answer as it was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; as a string if it was none; null if it was empty.
    pub body: Value,
    /// What happened to it on its way.
    pub wire: Wire,
}

impl Sent {
    /// Whether the connection broke instead, so that nobody saw this answer.
    pub fn dropped(&self) -> bool {
        matches!(
            self.wire,
            Wire::DroppedBeforeEffect | Wire::DroppedAfterEffect
        )
    }
}

/// The last exchanges.
#[derive(Debug)]
pub(crate) struct Log {
    exchanges: VecDeque<Exchange>,
    keep: usize,
}

impl Log {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            exchanges: VecDeque::new(),
            keep,
        }
    }

    pub(crate) fn all(&self) -> Vec<Exchange> {
        self.exchanges.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.exchanges.clear();
    }

    pub(super) fn add(
        &mut self,
        time: Time,
        operation: Option<&'static str>,
        http: &http::Request<Bytes>,
        request: &Request,
        outcome: &Outcome,
    ) {
        if self.keep == 0 {
            return;
        }
        if self.exchanges.len() == self.keep {
            self.exchanges.pop_front();
        }
        let mut sent = headers(http.headers());
        if !http.headers().contains_key(http::header::AUTHORIZATION) {
            sent.push(("authorization".to_owned(), "absent".to_owned()));
        }
        let received = Received {
            method: http.method().to_string(),
            path: http.uri().path().to_owned(),
            query: request.query.clone(),
            headers: sent,
            body: value(http.body()),
        };
        let sent = Sent {
            status: outcome.response.status().as_u16(),
            headers: headers(outcome.response.headers()),
            body: value(outcome.response.body()),
            wire: outcome.wire,
        };
        self.exchanges.push_back(Exchange {
            time,
            operation,
            received,
            sent,
        });
    }
}

fn headers(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |name: &http::HeaderName, value: &http::HeaderValue| match name {
        &http::header::AUTHORIZATION => "present".to_owned(),
        _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(name, value)))
        .collect()
}

fn value(body: &Bytes) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}
