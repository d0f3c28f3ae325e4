//! Where a list can be gone on with later.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::List;
use crate::error::Error;

/// The form of the text, in case it changes.
const VERSION: &str = "1";

/// Where a list can be gone on with later, in another process as well: as text, or by serde.
///
/// It holds the service's cursor, for as long as the service keeps that alive, and a fingerprint of the kind
/// of list, the organization, the directory and the filters, so that it can't be used for another list.
/// `Debug` shows neither.
///
/// ```
/// use atlassian_orgs::Continuation;
///
/// let continuation: Continuation = "1.00000000000000ff.some-cursor".parse()?;
/// assert_eq!(continuation.to_string(), "1.00000000000000ff.some-cursor");
/// assert!("some-cursor".parse::<Continuation>().is_err());
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Continuation {
    list: u64,
    /// None at the first page.
    cursor: Option<String>,
}

impl Continuation {
    pub(super) fn new<L: List>(list: &L, cursor: Option<&str>) -> Self {
        Self {
            list: fingerprint(list),
            cursor: cursor.map(str::to_owned),
        }
    }

    /// The cursor to begin with, if it is one of this list.
    pub(super) fn cursor_for<L: List>(&self, list: &L) -> Result<Option<&str>, Error> {
        if self.list != fingerprint(list) {
            return Err(
                Error::invalid("the continuation is one of another list").with_hint(
                    "use it with the organization, the directory and the filters that it came from",
                ),
            );
        }
        Ok(self.cursor.as_deref())
    }
}

/// FNV-1a of what decides which rows a list holds: the same on every machine and in every version.
fn fingerprint<L: List>(list: &L) -> u64 {
    // Of texts and lists of texts it can't fail.
    let filters = serde_json::to_string(&list.filters()).unwrap_or_default();
    let parts = [L::OPERATION, list.org().id().as_str(), &filters];
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl fmt::Display for Continuation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cursor = self.cursor.as_deref().unwrap_or_default();
        write!(f, "{VERSION}.{:016x}.{cursor}", self.list)
    }
}

impl fmt::Debug for Continuation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Continuation")
    }
}

impl FromStr for Continuation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let (version, rest) = text.split_once('.')?;
            let (list, cursor) = rest.split_once('.')?;
            let list = u64::from_str_radix(list, 16).ok()?;
            (version == VERSION).then(|| Self {
                list,
                cursor: (!cursor.is_empty()).then(|| cursor.to_owned()),
            })
        };
        read().ok_or_else(|| Error::invalid("this is no continuation of a list"))
    }
}

impl Serialize for Continuation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Continuation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
