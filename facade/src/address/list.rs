use std::collections::HashSet;

use super::{EmailAddress, Malformed, parse};
use crate::error::Error;
use crate::people::IntoPeople;

/// How many malformed ones an error lists by position; it tells how many more there are.
const LISTED: usize = 20;

/// A list of email addresses: checked, in the order of their first appearance, each once.
///
/// Calls that act on many people take anything that [`IntoPeople`] is implemented for, so this
/// is needed only to look at a list before it is used.
///
/// ```
/// use atlassian_orgs::Addresses;
///
/// let list = Addresses::new("mia@example.com; kim@example.com\nMia@Example.com")?;
/// assert_eq!(list.len(), 2);
/// assert_eq!(list.repeated(), 1);
///
/// // One error for all that are malformed. It gives their positions, never their text.
/// let error = Addresses::new(["mia@example.com", "kim.example.com", "lee@"]).unwrap_err();
/// assert_eq!(error.positions(), [2, 3]);
/// assert_eq!(
///     error.to_string(),
///     "2 of 3 email addresses are malformed: number 2 has no @, \
///      number 3 has no proper domain behind the @",
/// );
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    list: Vec<EmailAddress>,
    positions: Vec<usize>,
    repeated: usize,
}

impl Addresses {
    /// From a pasted text or from any collection or iterator of texts.
    ///
    /// # Errors
    /// One [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for all that are malformed,
    /// with their [`positions`](Error::positions); also if there is none at all.
    pub fn new<'a, M>(addresses: impl IntoPeople<'a, M>) -> Result<Self, Error> {
        addresses.into_people().addresses()
    }

    /// The addresses in the order of their first appearance.
    #[must_use]
    pub fn as_slice(&self) -> &[EmailAddress] {
        &self.list
    }

    /// The addresses in the order of their first appearance.
    pub fn iter(&self) -> std::slice::Iter<'_, EmailAddress> {
        self.list.iter()
    }

    /// How many different addresses there are; never zero.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // It never is.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// How many more there were that only repeated one of these, in whatever spelling.
    #[must_use]
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// The 1-based position at which each address first appeared, in the same order.
    #[must_use]
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    pub(crate) fn collect(items: impl Iterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        let mut addresses = Self {
            list: Vec::new(),
            positions: Vec::new(),
            repeated: 0,
        };
        let mut seen = HashSet::new();
        let mut malformed = Vec::new();
        let mut total = 0;
        for item in items {
            total += 1;
            let item = item.as_ref().trim();
            let inner = without_brackets(item);
            if inner.len() < item.len() {
                // `Mia Lee <mia@example.com>`: better said of the names than that they have no @.
                let names = (1..total).rev().zip(malformed.iter_mut().rev());
                names
                    .map_while(|(expected, (at, reason))| {
                        (*at == expected && *reason == Malformed::NoAt).then_some(reason)
                    })
                    .for_each(|reason| *reason = Malformed::Name);
            }
            match parse(inner) {
                Err(reason) => malformed.push((total, reason)),
                Ok(address) if seen.insert(address.clone()) => {
                    addresses.list.push(address);
                    addresses.positions.push(total);
                }
                Ok(_) => addresses.repeated += 1,
            }
        }
        if !malformed.is_empty() {
            return Err(error_of(&malformed, total));
        }
        if addresses.list.is_empty() {
            return Err(Error::invalid("there is no email address in the list"));
        }
        Ok(addresses)
    }
}

/// `<mia@example.com>` as mail programs write it is the address itself.
fn without_brackets(item: &str) -> &str {
    let item = item.trim();
    let inner = item
        .strip_prefix('<')
        .and_then(|item| item.strip_suffix('>'));
    inner.unwrap_or(item)
}

fn error_of(malformed: &[(usize, Malformed)], total: usize) -> Error {
    let listed = malformed
        .iter()
        .take(LISTED)
        .map(|(position, reason)| format!("number {position} {reason}"))
        .collect::<Vec<_>>()
        .join(", ");
    let more = match malformed.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (addresses, are) = match (total, malformed.len()) {
        (1, _) => ("email address", "is"),
        (_, 1) => ("email addresses", "is"),
        _ => ("email addresses", "are"),
    };
    let count = malformed.len();
    Error::invalid(format!(
        "{count} of {total} {addresses} {are} malformed: {listed}{more}"
    ))
    .with_positions(malformed.iter().map(|(position, _)| *position).collect())
}

impl<'a> IntoIterator for &'a Addresses {
    type Item = &'a EmailAddress;
    type IntoIter = std::slice::Iter<'a, EmailAddress>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
