//! Faults: what may go wrong between the service and its client, and when.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::random::Random;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// This answer instead of the real one; the request has no effect.
    Answer(Answer),
    /// The request takes effect, but this is the answer.
    AnswerAfter(Answer),
    /// The connection breaks before the request has any effect.
    DropBefore,
    /// The request takes effect, then the connection breaks without an answer.
    DropAfter,
    /// The request takes effect, and the answer comes late.
    Delay(Duration),
    /// The request takes effect, and the body of the answer breaks off after so many bytes.
    CutBody(usize),
    /// The request takes effect, and the answer never comes, though the connection stays.
    Stall,
}

/// An answer that a fault gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    content_type: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Answer {
    /// An answer without a body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            content_type: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// With this body.
    pub fn body(mut self, content_type: impl Into<String>, body: impl Into<Bytes>) -> Self {
        self.content_type = content_type.into();
        self.body = body.into();
        self
    }

    /// With this header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn to_response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = [(header::CONTENT_TYPE.as_str(), &self.content_type)];
        let others = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value));
        for (name, value) in content_type
            .into_iter()
            .chain(others)
            .filter(|(_, value)| !value.is_empty())
        {
            if let (Ok(name), Ok(value)) = (
                header::HeaderName::try_from(name),
                HeaderValue::try_from(value),
            ) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// When a fault strikes. Every condition that was set has to hold.
#[derive(Clone, Debug)]
pub struct Rule {
    fault: Fault,
    operation: Option<String>,
    text: Option<String>,
    after: usize,
    times: usize,
    share: Option<f64>,
    matched: usize,
}

impl Rule {
    /// On every request.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            operation: None,
            text: None,
            after: 0,
            times: usize::MAX,
            share: None,
            matched: 0,
        }
    }

    /// Only on this operation, such as `users.invite`; [`crate::operations`] lists the names.
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only on requests whose path or body holds this text (in any case), such as an address or an id.
    pub fn about(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into().to_lowercase());
        self
    }

    /// Only on the nth request (from 1) that the other conditions let through.
    pub fn nth(mut self, nth: usize) -> Self {
        self.after = nth.saturating_sub(1);
        self.times = 1;
        self
    }

    /// Only on the first so many requests that the other conditions let through.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Only on this share of requests, from 0 to 1, by the sandbox's seeded chance.
    pub fn share(mut self, share: f64) -> Self {
        self.share = Some(share);
        self
    }

    fn strikes(
        &mut self,
        operation: Option<&str>,
        path_and_body: &str,
        random: &mut Random,
    ) -> bool {
        let fits = self
            .operation
            .as_ref()
            .is_none_or(|wanted| Some(wanted.as_str()) == operation)
            && self
                .text
                .as_ref()
                .is_none_or(|text| path_and_body.contains(text))
            && self.share.is_none_or(|share| random.share() < share);
        if !fits {
            return false;
        }
        self.matched += 1;
        (self.after..self.after.saturating_add(self.times)).contains(&(self.matched - 1))
    }
}

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

/// The fault of the first rule that strikes. Every rule counts every request that fits it.
pub(crate) fn strike(
    rules: &mut [Rule],
    operation: Option<&str>,
    text: &str,
    random: &mut Random,
) -> Option<Fault> {
    let mut struck = None;
    for rule in rules {
        if rule.strikes(operation, text, random) && struck.is_none() {
            struck = Some(rule.fault.clone());
        }
    }
    struck
}

/// What happens to an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wire {
    /// It arrives.
    Whole,
    /// The connection breaks; the request had no effect.
    DroppedBeforeEffect,
    /// The connection breaks; the request took effect.
    DroppedAfterEffect,
    /// It arrives so much later.
    Delayed(Duration),
    /// Its body breaks off after so many bytes.
    Cut(usize),
    /// It never arrives, and the connection stays.
    Stalled,
}

/// What became of a request: the answer, and what happens to it on its way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The answer; empty if the connection was to break before any effect.
    pub response: Response<Bytes>,
    /// What happens to it on its way.
    pub wire: Wire,
}
