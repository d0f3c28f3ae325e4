//! What the service said, whatever the shape it said it in.
//!
//! The published documents know six shapes of error body, the live service and the gateways before
//! it a few more, and none of them is a promise. So a body is decoded by the keys that are present,
//! anything of a wrong type is passed over, and the bytes are kept.

use std::fmt;

use serde_json::{Map, Value};

use super::Code;

/// One entry of what the service said; most failures have exactly one.
///
/// Everything in it is the service's own text, which may hold an address or an account id: `Debug`
/// prints only status and code.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServiceError {
    id: Option<String>,
    status: Option<u16>,
    code: Option<Code>,
    title: Option<String>,
    detail: Option<String>,
}

impl ServiceError {
    /// The id the service gave to this occurrence.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The status as the body states it, which is not always the status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The code, such as `ADMIN-UAM-404-1`.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        self.code.as_ref()
    }

    /// The short text, or the name of the field at fault.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The longer text.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The best text there is.
    pub(crate) fn text(&self) -> Option<&str> {
        self.detail().or(self.title())
    }

    pub(super) fn of_code(code: Code) -> Self {
        Self {
            code: Some(code),
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn of_text(detail: Option<String>) -> Self {
        Self {
            detail,
            ..Self::default()
        }
    }

    /// `{id, status, code, title, detail}`, any of them missing or of another type.
    fn of_object(map: &Map<String, Value>) -> Self {
        let code = map.get("code");
        Self {
            id: map.get("id").and_then(text_or_number),
            // The gateway's `code` is the status as a number.
            status: map
                .get("status")
                .and_then(status)
                .or_else(|| code.and_then(status)),
            code: code
                .filter(|code| status(code).is_none())
                .and_then(text_or_number)
                .map(Code::new),
            title: text(map, &["title", "error"]),
            detail: text(
                map,
                &["detail", "message", "error_description", "errorMessage"],
            ),
        }
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// The shape a body came in; some hints depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{errors: […]}`: the Organizations API.
    Errors,
    /// An entry of that list on its own, and the gateway's `{code, message}`.
    Bare,
    /// `{timestamp, path, status, error, message, requestId}`: from routing, before the API itself.
    Routing,
    /// `{key, context, …}`: the user-management API.
    Management,
    /// `{errorMessages, errors}`: Jira.
    Jira,
    /// Other JSON.
    OtherJson,
    /// Begins like JSON, but is none: cut, or broken.
    Broken,
    /// A web page.
    Html,
    /// Text without a structure.
    Text,
    /// Nothing.
    Empty,
}

/// A body, read as far as it can be.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) shape: Shape,
    pub(crate) details: Vec<ServiceError>,
    pub(crate) request_id: Option<String>,
}

/// Never fails: what can't be understood is left out.
pub(crate) fn decode(body: &[u8]) -> Decoded {
    let body = String::from_utf8_lossy(body);
    let body = body.trim_start_matches('\u{feff}').trim();
    let (shape, details, request_id) = match serde_json::from_str::<Value>(body) {
        Ok(Value::Object(map)) => {
            let (shape, details) = of_map(&map);
            (
                shape,
                details,
                map.get("requestId").and_then(text_or_number),
            )
        }
        Ok(Value::Array(entries)) => (Shape::Errors, of_list(&entries), None),
        Ok(Value::String(text)) => (
            Shape::Text,
            vec![ServiceError::of_text(non_empty(&text))],
            None,
        ),
        Ok(_) => (Shape::OtherJson, Vec::new(), None),
        Err(_) => match body.chars().next() {
            None => (Shape::Empty, Vec::new(), None),
            Some('<') => (Shape::Html, Vec::new(), None),
            Some('{' | '[' | '"') => (Shape::Broken, Vec::new(), None),
            Some(_) => (
                Shape::Text,
                vec![ServiceError::of_text(non_empty(body))],
                None,
            ),
        },
    };
    let details = details
        .into_iter()
        .filter(|entry| !entry.is_empty())
        .collect();
    Decoded {
        shape,
        details,
        request_id,
    }
}

fn of_map(map: &Map<String, Value>) -> (Shape, Vec<ServiceError>) {
    let list = map.get("errors").and_then(Value::as_array);
    let fields = map.get("errors").and_then(Value::as_object);
    let messages = map.get("errorMessages").and_then(Value::as_array);

    if messages.is_some() || fields.is_some() {
        let mut details = of_list(messages.map_or(&[][..], Vec::as_slice));
        details.extend(
            fields
                .into_iter()
                .flatten()
                .map(|(field, message)| ServiceError {
                    title: non_empty(field),
                    ..ServiceError::of_text(message.as_str().and_then(non_empty))
                }),
        );
        return (Shape::Jira, details);
    }
    let listed = of_list(list.map_or(&[][..], Vec::as_slice));
    if listed.iter().any(|entry| !entry.is_empty()) {
        return (Shape::Errors, listed);
    }
    if ["key", "errorKey"]
        .iter()
        .any(|key| map.get(*key).is_some_and(Value::is_string))
    {
        return (Shape::Management, of_management(map));
    }
    let shape = if ["timestamp", "path", "requestId"]
        .iter()
        .any(|key| map.contains_key(*key))
    {
        Shape::Routing
    } else if ["code", "title", "detail", "message"]
        .iter()
        .any(|key| map.contains_key(*key))
    {
        Shape::Bare
    } else {
        Shape::OtherJson
    };
    // `{error: {…}}` is nobody's published shape here, and common elsewhere.
    let entry = match map.get("error") {
        Some(Value::Object(inner)) => ServiceError::of_object(inner),
        _ => ServiceError::of_object(map),
    };
    (shape, vec![entry])
}

fn of_list(entries: &[Value]) -> Vec<ServiceError> {
    let entry = |entry: &Value| match entry {
        Value::Object(map) => Some(ServiceError::of_object(map)),
        Value::String(text) => Some(ServiceError::of_text(non_empty(text))),
        _ => None,
    };
    entries.iter().filter_map(entry).collect()
}

/// `key` names the failure, `context` is a text or an object with one, and an account's state may
/// add a list of reasons.
fn of_management(map: &Map<String, Value>) -> Vec<ServiceError> {
    let context = map.get("context");
    let inner = context.and_then(Value::as_object);
    let lead = ServiceError {
        code: text(map, &["key", "errorKey"]).map(Code::new),
        title: None,
        ..ServiceError::of_text(
            context
                .and_then(Value::as_str)
                .and_then(non_empty)
                .or_else(|| inner.and_then(|inner| text(inner, &["message"])))
                .or_else(|| text(map, &["errorDetail", "message"])),
        )
    };
    let reasons = inner
        .and_then(|inner| inner.get("errorCodes"))
        .and_then(Value::as_array);
    let mut details = vec![lead];
    details.extend(reasons.into_iter().flat_map(|reasons| of_list(reasons)));
    details
}

fn text(map: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter()
        .find_map(|key| non_empty(map.get(*key)?.as_str()?))
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => non_empty(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A status, which comes as a number or as text.
fn status(value: &Value) -> Option<u16> {
    let status = match value {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (100..=599).contains(&status).then_some(status)
}
