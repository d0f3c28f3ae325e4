//! Pages: opaque cursors that carry their position, and the ways in which a list may end.

use serde_json::{Map, Value, json};

use super::behaviours::{CursorCycle, EmptyPages, PageEnd, SearchCursor};
use super::call::Call;
use super::errors::Refusal;
use super::reply::Reply;
use super::request::Fields;

/// Where a page begins and what it filters by.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) fields: Fields,
    pub(crate) from: usize,
    pub(crate) limit: usize,
    /// The cursor that was sent.
    cursor: Option<String>,
    /// Whether this is one of the empty pages between others.
    empty: bool,
    /// Whether cursors remember what was asked for.
    keep: bool,
}

/// Whether `links.next` is a bare token or a whole URL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    Token,
    Url,
}

impl Listing {
    /// Reads a list request. With a cursor a query counts for nothing else, since the cursor remembers it; what a
    /// cursor remembers of a body is a switch.
    pub(crate) fn new(
        call: &Call<'_>,
        fields: Fields,
        default: usize,
        max: usize,
    ) -> Result<Self, Refusal> {
        let keep = match fields {
            Fields::Query(_) => true,
            Fields::Body(_) => call.behaviours.get::<SearchCursor>() == SearchCursor::Kept,
        };
        Self::read(call, fields, default, max, keep)
    }

    /// Reads a list request of an operation that knows no `limit`.
    pub(crate) fn fixed(call: &Call<'_>, mut fields: Fields, size: usize) -> Result<Self, Refusal> {
        fields.forget("limit");
        Self::new(call, fields, size, size)
    }

    /// Reads a list request whose filters have to be sent with every page.
    pub(crate) fn resent(
        call: &Call<'_>,
        fields: Fields,
        default: usize,
        max: usize,
    ) -> Result<Self, Refusal> {
        Self::read(call, fields, default, max, false)
    }

    /// Reads a list request whose cursor remembers everything.
    pub(crate) fn kept(
        call: &Call<'_>,
        fields: Fields,
        default: usize,
        max: usize,
    ) -> Result<Self, Refusal> {
        Self::read(call, fields, default, max, true)
    }

    fn read(
        call: &Call<'_>,
        fields: Fields,
        default: usize,
        max: usize,
        keep: bool,
    ) -> Result<Self, Refusal> {
        let Some(cursor) = fields.text("cursor")? else {
            let limit = fields.limit(default, max)?;
            return Ok(Self {
                fields,
                from: 0,
                limit,
                cursor: None,
                empty: false,
                keep,
            });
        };
        let invalid = || Refusal::new(400, "ADMIN-400-1", "The cursor is not valid");
        let token = decode(&cursor).ok_or_else(invalid)?;
        if token.get("o").and_then(Value::as_str) != Some(&Self::scope(call)) {
            return Err(invalid());
        }
        let from = token
            .get("p")
            .and_then(Value::as_u64)
            .and_then(|p| usize::try_from(p).ok());
        let from = from.ok_or_else(invalid)?;
        let empty = token.get("e").is_some();
        let fields = match token.get("q") {
            Some(kept) => Fields::from_value(kept.clone()).ok_or_else(invalid)?,
            None => fields,
        };
        let limit = fields.limit(default, max)?;
        Ok(Self {
            fields,
            from,
            limit,
            cursor: Some(cursor),
            empty,
            keep,
        })
    }

    /// Where this page begins, if a cursor says so.
    pub(crate) fn position(&self) -> Option<usize> {
        self.cursor.as_ref().map(|_| self.from)
    }

    /// A cursor belongs to one list of one directory.
    fn scope(call: &Call<'_>) -> String {
        let params: Vec<&str> = call
            .params
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        format!("{} {}", call.operation.name, params.join(" "))
    }

    /// The page, from everything that matches from its position on. Rows are built only for the page.
    pub(crate) fn page<T>(
        &self,
        call: &Call<'_>,
        links: Links,
        matching: impl Iterator<Item = (usize, T)>,
        row: impl FnMut(T) -> Value,
    ) -> Reply {
        let (rows, next) = self.cut(call, matching, row);
        let mut body = Map::new();
        body.insert("data".into(), rows.into());
        if let Some(value) = self.links(call, links, next) {
            body.insert("links".into(), value);
        }
        Reply::json(body.into())
    }

    /// The rows of the page, and the cursor of the next one if there is one.
    pub(crate) fn cut<T>(
        &self,
        call: &Call<'_>,
        matching: impl Iterator<Item = (usize, T)>,
        row: impl FnMut(T) -> Value,
    ) -> (Vec<Value>, Option<String>) {
        let mut matching = matching.peekable();
        let take = if self.empty { 0 } else { self.limit };
        let rows = matching
            .by_ref()
            .take(take)
            .map(|(_, item)| item)
            .map(row)
            .collect();
        let next = matching.peek().map(|(position, _)| *position);
        if self.cursor.is_some() && call.behaviours.get::<CursorCycle>() == CursorCycle::Always {
            return (rows, self.cursor.clone());
        }
        (rows, next.map(|position| self.cursor_at(call, position)))
    }

    /// A cursor for this list at a position.
    pub(crate) fn cursor_at(&self, call: &Call<'_>, position: usize) -> String {
        let mut token = json!({ "o": Self::scope(call), "p": position });
        if self.keep {
            token["q"] = self.fields.to_value();
        }
        if !self.empty && call.behaviours.get::<EmptyPages>() == EmptyPages::Between {
            token["e"] = true.into();
        }
        encode(&token)
    }

    pub(crate) fn links(
        &self,
        call: &Call<'_>,
        links: Links,
        next: Option<String>,
    ) -> Option<Value> {
        let mut value = Map::new();
        let link = |cursor: Option<&str>| match links {
            Links::Token => cursor.map(str::to_owned),
            Links::Url => Some(call.url(cursor)),
        };
        if let Some(this) = link(self.cursor.as_deref()) {
            value.insert("self".into(), this.into());
        }
        match (next, call.behaviours.get::<PageEnd>()) {
            (Some(next), _) => {
                value.insert("next".into(), link(Some(&next)).into());
            }
            (None, PageEnd::NoNext) => {}
            (None, PageEnd::NoLinks) => return None,
            (None, PageEnd::Null) => {
                value.insert("next".into(), Value::Null);
            }
            (None, PageEnd::Empty) => {
                value.insert("next".into(), "".into());
            }
        }
        Some(value.into())
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64url of the token and a checksum, so that a made-up or altered cursor is recognised.
fn encode(token: &Value) -> String {
    let mut bytes = token.to_string().into_bytes();
    bytes.extend(checksum(&bytes).to_be_bytes());
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * i) & 63) as usize]));
        }
    }
    text
}

fn decode(text: &str) -> Option<Value> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for byte in chunk {
            bits = bits << 6 | u32::try_from(ALPHABET.iter().position(|a| a == byte)?).ok()?;
        }
        bits <<= 6 * (4 - chunk.len());
        bytes.extend(&bits.to_be_bytes()[1..chunk.len()]);
    }
    let (token, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    (sum == checksum(token).to_be_bytes()).then_some(())?;
    serde_json::from_slice(token).ok()
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_and_forgeries_do_not() {
        for token in [
            json!({}),
            json!({ "o": "x" }),
            json!({ "o": "ä", "p": 12 }),
            json!({ "p": 1 }),
        ] {
            let text = encode(&token);
            assert_eq!(decode(&text), Some(token));
            let forged = text.replacen(&text[1..2], if &text[1..2] == "A" { "B" } else { "A" }, 1);
            assert_eq!(decode(&forged), None);
        }
        assert_eq!(decode(""), None);
        assert_eq!(decode("not a cursor"), None);
    }
}
