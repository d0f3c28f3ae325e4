//! Faults: what may go wrong between the service and its client, and when.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::operations::{covers, known};
use super::random::Random;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is turned away before a byte of it is read. Nobody knows yet what it would have been for, so a
    /// rule about this counts connections and can't name an operation or a text; in process, where there are none,
    /// every request counts as one.
    ///
    /// The client of a server sees a connection that closes at once. For the port itself to refuse (the client's
    /// connect fails), drop the [`Sandbox`](crate::Sandbox): nobody listens there then.
    Refuse,
    /// This answer instead of the real one; the request has no effect.
    Answer(Answer),
    /// The request takes effect, but this is the answer. It can't be a 429, which always comes before any effect.
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

    /// What is wrong with it, if anything is.
    fn check(&self) -> Result<(), String> {
        if !(200..=599).contains(&self.status) {
            return Err(format!("`{}` is no status from 200 to 599", self.status));
        }
        for (name, value) in &self.headers {
            if header::HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err()
            {
                return Err(format!("`{name}: {value}` can't be a header"));
            }
        }
        match HeaderValue::try_from(&self.content_type) {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("`{}` can't be a type", self.content_type)),
        }
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
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    fault: Fault,
    operations: Option<String>,
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
            operations: None,
            text: None,
            after: 0,
            times: usize::MAX,
            share: None,
            matched: 0,
        }
    }

    /// Only on this operation, such as `users.invite`, or, with a dot at the end, on all that begin like this:
    /// `users.`. [`crate::operations`] lists the names.
    pub fn on(mut self, operations: impl Into<String>) -> Self {
        self.operations = Some(operations.into());
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

    /// What goes wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(operations) = &self.operations {
            known(operations)?;
        }
        if self
            .share
            .is_some_and(|share| !(0.0..=1.0).contains(&share))
        {
            return Err("a share is a number from 0 to 1".to_owned());
        }
        match &self.fault {
            Fault::Refuse if self.operations.is_some() || self.text.is_some() => Err(
                "a connection is refused before anybody knows which operation it is for, or what it is about"
                    .to_owned(),
            ),
            Fault::AnswerAfter(Answer { status: 429, .. }) => {
                Err("a 429 always comes before any effect".to_owned())
            }
            Fault::Answer(answer) | Fault::AnswerAfter(answer) => answer.check(),
            _ => Ok(()),
        }
    }

    fn strikes(
        &mut self,
        operation: Option<&str>,
        path_and_body: &str,
        random: &mut Random,
    ) -> bool {
        let fits = self
            .operations
            .as_deref()
            .is_none_or(|wanted| operation.is_some_and(|operation| covers(wanted, operation)))
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

/// Whether a new connection is turned away.
pub(crate) fn refuse(rules: &mut [Rule], random: &mut Random) -> bool {
    let mut refused = false;
    for rule in rules.iter_mut().filter(|rule| rule.fault == Fault::Refuse) {
        refused |= rule.strikes(None, "", random);
    }
    refused
}

/// The fault of the first rule that strikes a request. Every rule counts every request that fits it.
pub(crate) fn strike(
    rules: &mut [Rule],
    operation: Option<&str>,
    text: &str,
    random: &mut Random,
) -> Option<Fault> {
    let mut struck = None;
    for rule in rules.iter_mut().filter(|rule| rule.fault != Fault::Refuse) {
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
    /// The connection is turned away: the request never arrives, and so there is no [`Exchange`](crate::Exchange) of
    /// it. Only in process; a server has no request to say this of.
    Refused,
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
    /// The answer; empty if the connection was refused, or was to break before any effect.
    pub response: Response<Bytes>,
    /// What happens to it on its way.
    pub wire: Wire,
}
