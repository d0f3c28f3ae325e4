//! A request taken apart: path segments and query decoded, and one way to read fields from a query or a body.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::errors::Refusal;

/// The roles that lists can be filtered by.
const ROLES: &[&str] = &[
    "atlassian/user",
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/customer",
    "atlassian/user-access-admin",
    "atlassian/contributor",
    "atlassian/basic",
    "atlassian/stakeholder",
    "atlassian/org-admin",
    "atlassian/site-admin",
    "atlassian/ai-access",
];

/// What a handler reads.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The decoded segments after `/admin`; `None` if the path is somewhere else.
    pub(crate) segments: Option<Vec<String>>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What links in answers begin with: `http://127.0.0.1:8090/admin`.
    pub(crate) base: String,
}

impl Request {
    pub(crate) fn new(request: &http::Request<Bytes>) -> Self {
        let uri = request.uri();
        let host = request
            .headers()
            .get(http::header::HOST)
            .and_then(|host| host.to_str().ok());
        let host = host
            .or_else(|| uri.authority().map(|a| a.as_str()))
            .unwrap_or("localhost");
        let segments = uri
            .path()
            .strip_prefix("/admin/")
            .map(|rest| rest.split('/').map(|s| decode(s, false)).collect());
        Self {
            method: request.method().clone(),
            segments,
            query: uri.query().map(parse_query).unwrap_or_default(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            base: format!("{}://{host}/admin", uri.scheme_str().unwrap_or("http")),
        }
    }

    /// The body as an object; an absent one is empty. `code` is what the operation answers to anything else.
    pub(crate) fn object(&self, code: &'static str) -> Result<Map<String, Value>, Refusal> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Refusal::new(400, code, "The body has to be a JSON object")),
            Err(_) => Err(Refusal::new(400, code, "The body is not JSON")),
        }
    }
}

/// Pairs of a query string, decoded.
pub(crate) fn parse_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(k, v)| (decode(k, true), decode(v, true)))
        .collect()
}

/// Percent-decoding; `+` is a space in queries only. Bytes that are no UTF-8 become the replacement character.
fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let escaped = bytes
            .get(i + 1..i + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match (
            bytes[i],
            escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                i += 2;
            }
            (b'+', _) if plus_is_space => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The fields of a request, from its query or its body. Unknown ones are never looked at: the service ignores them.
#[derive(Clone, Debug)]
pub(crate) enum Fields {
    Query(Vec<(String, String)>),
    Body(Map<String, Value>),
}

impl Fields {
    fn refuse(&self, detail: String) -> Refusal {
        let code = match self {
            Self::Query(_) => "ADMIN-400-4",
            Self::Body(_) => "ADMIN-400-24",
        };
        Refusal::new(400, code, detail)
    }

    /// The raw value of a body's field. Null is one: hardly any field may be null.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Query(_) => None,
            Self::Body(body) => body.get(name),
        }
    }

    /// A single text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self {
            Self::Query(query) => Ok(query
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())),
            Self::Body(_) => match self.value(name) {
                None => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.clone())),
                Some(_) => Err(self.refuse(format!("`{name}` has to be a string"))),
            },
        }
    }

    /// A list of 1 to `max` texts: a repeated key in a query, an array in a body.
    pub(crate) fn list(&self, name: &str, max: usize) -> Result<Option<Vec<String>>, Refusal> {
        let list: Vec<String> = match self {
            Self::Query(query) => {
                let values: Vec<_> = query
                    .iter()
                    .filter(|(key, _)| key == name)
                    .map(|(_, v)| v.clone())
                    .collect();
                if values.is_empty() {
                    return Ok(None);
                }
                values
            }
            Self::Body(_) => match self.value(name) {
                None => return Ok(None),
                Some(Value::Array(items)) => {
                    let texts: Option<Vec<_>> = items
                        .iter()
                        .map(|item| item.as_str().map(str::to_owned))
                        .collect();
                    texts.ok_or_else(|| self.refuse(format!("`{name}` has to hold strings")))?
                }
                Some(_) => return Err(self.refuse(format!("`{name}` has to be an array"))),
            },
        };
        match list.len() {
            0 => Err(self.refuse(format!("`{name}` must not be empty"))),
            len if len > max => Err(self.refuse(format!("`{name}` takes {max} items, not {len}"))),
            _ => Ok(Some(list)),
        }
    }

    /// A list whose items have to be among `known`.
    pub(crate) fn choices(
        &self,
        name: &str,
        max: usize,
        known: &[&str],
    ) -> Result<Option<Vec<String>>, Refusal> {
        let list = self.list(name, max)?;
        match list
            .iter()
            .flatten()
            .find(|item| !known.contains(&item.as_str()))
        {
            Some(_) => Err(self.refuse(format!("`{name}` takes {}", known.join(", ")))),
            None => Ok(list),
        }
    }

    /// What to add to the rows.
    pub(crate) fn expand(&self, known: &[&str]) -> Result<Vec<String>, Refusal> {
        self.distinct("expand", known.len())?;
        let list = self.choices("expand", known.len(), known)?;
        Ok(list.unwrap_or_default())
    }

    /// Roles to filter by.
    pub(crate) fn roles(&self) -> Result<Option<Vec<String>>, Refusal> {
        self.choices("roleIds", 10, ROLES)
    }

    /// A list without repetitions.
    pub(crate) fn distinct(&self, name: &str, max: usize) -> Result<Option<Vec<String>>, Refusal> {
        let list = self.list(name, max)?;
        let set: std::collections::HashSet<_> = list.iter().flatten().collect();
        match set.len() < list.as_ref().map_or(0, Vec::len) {
            true => Err(self.refuse(format!("`{name}` holds something twice"))),
            false => Ok(list),
        }
    }

    /// True or false.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let value = match self {
            Self::Query(_) => match self.text(name)?.as_deref() {
                None => return Ok(None),
                Some("true") => Some(true),
                Some("false") => Some(false),
                Some(_) => None,
            },
            Self::Body(_) => match self.value(name) {
                None => return Ok(None),
                Some(value) => value.as_bool(),
            },
        };
        value
            .map(Some)
            .ok_or_else(|| self.refuse(format!("`{name}` has to be true or false")))
    }

    /// A number from 1 to `max`.
    pub(crate) fn limit(&self, default: usize, max: usize) -> Result<usize, Refusal> {
        let value = match self {
            Self::Query(_) => match self.text("limit")? {
                None => return Ok(default),
                Some(text) => text.parse().ok(),
            },
            Self::Body(_) => match self.value("limit") {
                None => return Ok(default),
                Some(value) => value.as_u64().and_then(|n| usize::try_from(n).ok()),
            },
        };
        let valid = value.filter(|n| (1..=max).contains(n));
        valid.ok_or_else(|| self.refuse(format!("`limit` has to be a number from 1 to {max}")))
    }

    /// The direction of `sortBy`, whose only field is `field`. A query has no defined way to write it, so there it
    /// is ignored.
    pub(crate) fn descending(&self, field: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.value("sortBy") else {
            return Ok(None);
        };
        let refuse = || {
            self.refuse(format!(
                "`sortBy` takes one pair of field `{field}` and direction"
            ))
        };
        let [sort] = value.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err(refuse());
        };
        match (
            sort.get("field").and_then(Value::as_str),
            sort.get("direction").and_then(Value::as_str),
        ) {
            (Some(name), Some("asc")) if name == field => Ok(Some(false)),
            (Some(name), Some("desc")) if name == field => Ok(Some(true)),
            _ => Err(refuse()),
        }
    }

    /// Two fields that exclude each other.
    pub(crate) fn exclusive(&self, one: &str, other: &str) -> Result<(), Refusal> {
        let has = |name: &str| match self {
            Self::Query(query) => query.iter().any(|(key, _)| key == name),
            Self::Body(_) => self.value(name).is_some(),
        };
        match has(one) && has(other) {
            true => Err(self.refuse(format!("`{one}` and `{other}` exclude each other"))),
            false => Ok(()),
        }
    }

    /// Treats a query parameter as one that the operation does not know.
    pub(crate) fn forget(&mut self, name: &str) {
        if let Self::Query(query) = self {
            query.retain(|(key, _)| key != name);
        }
    }

    /// For keeping in a cursor.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Query(query) => query
                .iter()
                .filter(|(key, _)| key != "cursor")
                .map(|(k, v)| vec![k.as_str(), v])
                .collect(),
            Self::Body(body) => {
                let mut body = body.clone();
                body.remove("cursor");
                Value::Object(body)
            }
        }
    }

    /// Back from a cursor.
    pub(crate) fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(body) => Some(Self::Body(body)),
            Value::Array(pairs) => {
                let text = |pair: &Value, i: usize| pair.get(i)?.as_str().map(str::to_owned);
                let query: Option<Vec<_>> = pairs
                    .iter()
                    .map(|pair| Some((text(pair, 0)?, text(pair, 1)?)))
                    .collect();
                query.map(Self::Query)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let pairs = parse_query("a=1&a=2&b=x%2By+z&c&d=%zz%4");
        let expected = [
            ("a", "1"),
            ("a", "2"),
            ("b", "x+y z"),
            ("c", ""),
            ("d", "%zz%4"),
        ];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn paths_outside_the_base_have_no_segments() {
        let request = |uri: &str| {
            let mut request = http::Request::new(Bytes::new());
            *request.uri_mut() = uri.parse().unwrap();
            Request::new(&request)
        };
        assert_eq!(request("/v1/orgs").segments, None);
        let request = request("http://127.0.0.1:1/admin/v1/orgs/557058%3Aa%2Fb");
        assert_eq!(request.segments.unwrap(), ["v1", "orgs", "557058:a/b"]);
        assert_eq!(request.base, "http://127.0.0.1:1/admin");
    }
}
