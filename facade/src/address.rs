//! Email addresses: one, a list of them, and a person named by address or account id.

mod list;
mod person;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
pub use list::Addresses;
pub use person::{IntoPerson, Person};

/// The longest address that mail can be sent to (RFC 5321).
const LONGEST_ADDRESS: usize = 254;

/// An email address.
///
/// Checked for what people really get wrong, not by the whole grammar: one `@` with something
/// before it, a domain with a dot behind it, no white space, commas, semicolons, quotes or angle
/// brackets. The spelling is kept, but `Mia@Example.com` and `mia@example.com` are equal, as they
/// are for the service. It is personal data: `Debug` shows nothing of it, and there is no `Display`.
///
/// ```
/// use atlassian_orgs::EmailAddress;
///
/// let mia = EmailAddress::new("Mia@Example.com")?;
/// assert_eq!(mia.as_str(), "Mia@Example.com");
/// assert_eq!(mia, EmailAddress::new("mia@example.com")?);
/// assert_eq!(format!("{mia:?}"), "EmailAddress(redacted)");
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Clone)]
pub struct EmailAddress(Arc<str>);

impl EmailAddress {
    /// Checks the text; the error says what is wrong with it, but never repeats it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn new(text: impl AsRef<str>) -> Result<Self, Error> {
        parse(text.as_ref()).map_err(|reason| Error::invalid(format!("the email address {reason}")))
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is behind the `@`, as it was written.
    ///
    /// ```
    /// # use atlassian_orgs::EmailAddress;
    /// assert_eq!(EmailAddress::new("mia@Example.com")?.domain(), "Example.com");
    /// # Ok::<(), atlassian_orgs::Error>(())
    /// ```
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The spelling that equality goes by, as a key for maps.
    pub(crate) fn folded(&self) -> String {
        fold(&self.0).collect()
    }
}

/// Letter by letter, unlike `str::to_lowercase`, so that comparing needs no copy.
fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

/// Why a text is no address, worded to follow "the email address".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Malformed {
    Empty,
    TooLong,
    NameBefore,
    Name,
    NoAt,
    SeveralAts,
    NoLocalPart,
    Separator,
    Whitespace,
    Character,
    Domain,
    NoDot,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than 254 characters",
            Self::NameBefore => "has a name before it: only the address itself is taken",
            Self::Name => "looks like a name: only addresses are taken",
            Self::NoAt => "has no @",
            Self::SeveralAts => "has more than one @",
            Self::NoLocalPart => "has nothing before the @",
            Self::Separator => "has a comma or semicolon: is it more than one?",
            Self::Whitespace => "has white space inside",
            Self::Character => "has a character that does not belong there",
            Self::Domain => "has no proper domain behind the @",
            Self::NoDot => "has a domain without a dot",
        })
    }
}

fn parse(text: &str) -> Result<EmailAddress, Malformed> {
    if text.is_empty() {
        return Err(Malformed::Empty);
    }
    if text.len() > LONGEST_ADDRESS {
        return Err(Malformed::TooLong);
    }
    // What is most likely meant comes first: the reason is all that a user sees.
    if text.contains([',', ';']) {
        return Err(Malformed::Separator);
    }
    if text.contains(char::is_whitespace) {
        let name_before = text
            .split_once('<')
            .is_some_and(|(name, _)| !name.trim().is_empty());
        return Err(if name_before {
            Malformed::NameBefore
        } else {
            Malformed::Whitespace
        });
    }
    let (local, domain) = text.split_once('@').ok_or(Malformed::NoAt)?;
    if domain.contains('@') {
        return Err(Malformed::SeveralAts);
    }
    if local.is_empty() {
        return Err(Malformed::NoLocalPart);
    }
    let in_local = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    if !local.chars().all(in_local) {
        return Err(Malformed::Character);
    }
    let in_label = |c: char| c.is_alphanumeric() || c == '-';
    if !domain.chars().all(|c| in_label(c) || c == '.') {
        return Err(Malformed::Character);
    }
    if domain.split('.').any(str::is_empty) {
        return Err(Malformed::Domain);
    }
    if !domain.contains('.') {
        return Err(Malformed::NoDot);
    }
    Ok(EmailAddress(text.into()))
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        fold(&self.0).eq(fold(&other.0))
    }
}

impl Eq for EmailAddress {}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        fold(&self.0).for_each(|c| c.hash(state));
    }
}

impl PartialOrd for EmailAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EmailAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        fold(&self.0).cmp(fold(&other.0))
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(redacted)")
    }
}

impl AsRef<str> for EmailAddress {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<&str> for EmailAddress {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::new(text).map_err(serde::de::Error::custom)
    }
}
