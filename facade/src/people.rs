//! People for calls that act on many: from a text, from any iterator, from CSV.

mod csv;

use std::fmt;

use crate::address::Addresses;
use crate::error::Error;
use crate::invite::Grant;

/// People for a call that acts on many of them, read only as they are needed: a million of them take no
/// more memory than a hundred.
///
/// Calls take anything that [`IntoPeople`] is implemented for, so this is needed only for
/// [`csv`](Self::csv).
#[must_use = "people are read only when a call takes them"]
pub struct People<'a>(Source<'a>);

enum Source<'a> {
    Entries(Entries<'a>),
    /// A list that was checked before.
    Checked(Addresses),
}

/// What was given, one by one.
pub(crate) type Entries<'a> = Box<dyn Iterator<Item = Result<Entry, Error>> + Send + 'a>;

/// One of those given: not yet checked.
pub(crate) struct Entry {
    /// 1-based.
    pub(crate) position: usize,
    /// An address or an account id.
    pub(crate) text: String,
    /// What this person alone is to get, or what is wrong with it; only invitations ask.
    pub(crate) grants: Result<Vec<Grant>, Error>,
}

impl<'a> People<'a> {
    fn plain(texts: impl Iterator<Item = String> + Send + 'a) -> Self {
        let entries = texts.enumerate().map(|(n, text)| {
            Ok(Entry {
                position: n + 1,
                text,
                grants: Ok(Vec::new()),
            })
        });
        Self(Source::Entries(Box::new(entries)))
    }

    /// One by one.
    pub(crate) fn entries(self) -> Entries<'a> {
        match self.0 {
            Source::Entries(entries) => entries,
            Source::Checked(list) => {
                let positions = list.positions().to_vec();
                let all = positions.into_iter().zip(list.as_slice().to_vec());
                Box::new(all.map(|(position, address)| {
                    Ok(Entry {
                        position,
                        text: address.as_str().to_owned(),
                        grants: Ok(Vec::new()),
                    })
                }))
            }
        }
    }

    /// All at once, every one an address.
    pub(crate) fn addresses(self) -> Result<Addresses, Error> {
        let entries = match self.0 {
            Source::Checked(list) => return Ok(list),
            Source::Entries(entries) => entries,
        };
        let mut texts = Vec::new();
        for entry in entries {
            let entry = entry?;
            if !entry.grants?.is_empty() {
                return Err(
                    Error::invalid("the list gives people roles or groups of their own")
                        .with_positions(vec![entry.position])
                        .with_hint("make a plan of it: call plan()"),
                );
            }
            texts.push(entry.text);
        }
        Addresses::collect(texts.iter())
    }
}

/// Nothing of what is in it.
impl fmt::Debug for People<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("People")
    }
}

/// What a call takes where many people are meant:
///
/// - a text, as it is pasted from somewhere, in which commas, semicolons, white space and line ends
///   separate;
/// - any collection or iterator of texts, [`EmailAddress`](crate::EmailAddress)es,
///   [`AccountId`](crate::AccountId)s or [`Person`](crate::Person)s, read one by one;
/// - [`People::csv`];
/// - [`Addresses`].
///
/// The parameter tells the first two apart for the compiler and is never written out. It can't be
/// implemented outside this crate.
///
/// ```
/// use atlassian_orgs::{Addresses, EmailAddress};
///
/// let pasted = Addresses::new("mia@example.com, kim@example.com; lee@example.com")?;
/// let array = Addresses::new(["mia@example.com", "kim@example.com", "lee@example.com"])?;
/// let names = vec!["mia".to_owned(), "kim".to_owned(), "lee".to_owned()];
/// let made = Addresses::new(names.iter().map(|name| format!("{name}@example.com")))?;
/// let parsed = Addresses::new(&pasted)?;
/// assert_eq!(pasted, array);
/// assert_eq!(array, made);
/// assert_eq!(made, parsed);
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
pub trait IntoPeople<'a, Form>: sealed::Sealed<Form> {
    /// The people, not yet checked.
    #[doc(hidden)]
    fn into_people(self) -> People<'a>;
}

mod sealed {
    pub trait Sealed<Form> {}

    /// One text that holds all of them.
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Text;

    /// One each.
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Items;

    /// Done already.
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Ready;
}

/// The last two are invisible, and come along when something is copied from a web page.
fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '\u{feff}' | '\u{200b}')
}

impl sealed::Sealed<sealed::Text> for &str {}
impl<'a> IntoPeople<'a, sealed::Text> for &'a str {
    fn into_people(self) -> People<'a> {
        let tokens = self.split(separates).filter(|token| !token.is_empty());
        People::plain(tokens.map(str::to_owned))
    }
}

impl sealed::Sealed<sealed::Text> for String {}
impl IntoPeople<'static, sealed::Text> for String {
    fn into_people(self) -> People<'static> {
        let tokens = self.split(separates).filter(|token| !token.is_empty());
        let tokens: Vec<String> = tokens.map(str::to_owned).collect();
        People::plain(tokens.into_iter())
    }
}

impl sealed::Sealed<sealed::Text> for &String {}
impl<'a> IntoPeople<'a, sealed::Text> for &'a String {
    fn into_people(self) -> People<'a> {
        self.as_str().into_people()
    }
}

impl<I: IntoIterator<Item: AsRef<str>>> sealed::Sealed<sealed::Items> for I {}
impl<'a, I> IntoPeople<'a, sealed::Items> for I
where
    I: IntoIterator<Item: AsRef<str>, IntoIter: Send + 'a>,
{
    fn into_people(self) -> People<'a> {
        People::plain(self.into_iter().map(|item| item.as_ref().to_owned()))
    }
}

impl sealed::Sealed<sealed::Ready> for Addresses {}
impl IntoPeople<'static, sealed::Ready> for Addresses {
    fn into_people(self) -> People<'static> {
        People(Source::Checked(self))
    }
}

impl sealed::Sealed<sealed::Ready> for People<'_> {}
impl<'a> IntoPeople<'a, sealed::Ready> for People<'a> {
    fn into_people(self) -> People<'a> {
        self
    }
}
