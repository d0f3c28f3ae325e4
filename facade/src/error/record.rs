//! An error as text, for journals and reports: what `Display` and the predicates go by, and nothing personal.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Code, Error, ErrorKind, ServiceError};

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    kind: ErrorKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<Cow<'a, str>>,
    sent: bool,
    write: bool,
}

/// Without the service's text, the body and the cause.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = &self.0;
        let known = self.code().filter(|code| code.is_printable());
        Record {
            kind: inner.kind,
            status: inner.status,
            code: known.map(|code| code.as_str().into()),
            words: inner.words.as_deref().map(Cow::Borrowed),
            hint: self.hint().map(Cow::Borrowed),
            operation: inner.operation.as_deref().map(Cow::Borrowed),
            request_id: inner.request_id.as_deref().map(Cow::Borrowed),
            sent: inner.sent,
            write: inner.write,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        let mut error = Self::new(record.kind).sent(record.sent).write(record.write);
        error.0.status = record.status;
        if let Some(code) = record.code {
            error.0.details = vec![ServiceError::of_code(Code::new(code.into_owned()))];
            error.0.lead = Some(0);
        }
        error.0.words = record.words.map(|words| words.into_owned().into());
        error.0.hint = record.hint.map(|hint| hint.into_owned().into());
        error.0.operation = record.operation.map(|name| name.into_owned().into());
        error.0.request_id = record.request_id.map(|id| id.into_owned().into());
        Ok(error)
    }
}
