use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::EmailAddress;
use crate::error::Error;
use crate::ids::AccountId;

/// A person, named by email address or by account id. `Debug` shows neither.
///
/// A text with an `@` is an address, any other an account id.
///
/// ```
/// use atlassian_orgs::Person;
///
/// assert!(matches!("mia@example.com".parse()?, Person::Email(_)));
/// assert!(matches!("5b10ac8d82e05b22cc7d4ef5".parse()?, Person::Account(_)));
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Person {
    /// By email address.
    Email(EmailAddress),
    /// By account id.
    Account(AccountId),
}

impl Person {
    /// Reads an address, if there is an `@`, or else an account id.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if it is neither.
    pub fn new(text: impl AsRef<str>) -> Result<Self, Error> {
        let text = text.as_ref();
        if text.contains('@') {
            EmailAddress::new(text).map(Self::Email)
        } else {
            AccountId::new(text).map(Self::Account)
        }
    }

    /// The address or account id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(address) => address.as_str(),
            Self::Account(id) => id.as_str(),
        }
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(address) => address.fmt(f),
            Self::Account(id) => id.fmt(f),
        }
    }
}

impl AsRef<str> for Person {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// As its text.
impl Serialize for Person {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Person {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl From<EmailAddress> for Person {
    fn from(address: EmailAddress) -> Self {
        Self::Email(address)
    }
}

impl From<AccountId> for Person {
    fn from(id: AccountId) -> Self {
        Self::Account(id)
    }
}

impl FromStr for Person {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<&str> for Person {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<String> for Person {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::new(text)
    }
}

/// What a call takes where a person is meant: a text, an [`EmailAddress`], an [`AccountId`] or a
/// [`Person`], by value or by reference. A text that is neither address nor account id makes the
/// call's own error. It can't be implemented outside this crate.
pub trait IntoPerson: sealed::Sealed {
    /// The person, if it can be one.
    #[doc(hidden)]
    fn into_person(self) -> Result<Person, Error>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! into_person {
    ($($type:ty: $self:ident => $person:expr;)*) => {$(
        impl sealed::Sealed for $type {}

        impl IntoPerson for $type {
            fn into_person($self) -> Result<Person, Error> {
                $person
            }
        }
    )*};
}

into_person! {
    &str: self => Person::new(self);
    String: self => Person::new(self);
    &String: self => Person::new(self);
    EmailAddress: self => Ok(self.into());
    &EmailAddress: self => Ok(self.clone().into());
    AccountId: self => Ok(self.into());
    &AccountId: self => Ok(self.clone().into());
    Person: self => Ok(self);
    &Person: self => Ok(self.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(it: impl IntoPerson) -> Result<Person, Error> {
        it.into_person()
    }

    #[test]
    fn a_person_comes_in_many_forms() {
        let text = "mia@example.com".to_owned();
        let address = EmailAddress::new(&text).unwrap();
        let id = AccountId::new("5b10ac8d82e05b22cc7d4ef5").unwrap();
        let by_id = Person::from(id.clone());
        for by_address in [
            person("mia@example.com"),
            person("MIA@example.com".to_owned()),
            person(&text),
            person(&address),
            person(address.clone()),
            person(Person::from(address.clone())),
        ] {
            assert_eq!(by_address.unwrap(), Person::Email(address.clone()));
        }
        for by_id in [
            person("5b10ac8d82e05b22cc7d4ef5"),
            person(&id),
            person(id.clone()),
            person(&by_id),
        ] {
            assert_eq!(by_id.unwrap(), Person::Account(id.clone()));
        }
    }

    #[test]
    fn what_is_neither_is_an_error_that_does_not_repeat_it() {
        for text in [
            "",
            "mia",
            "mia@",
            "@example.com",
            "mia lee",
            "mia.example.com",
        ] {
            match person(text) {
                Ok(person) => assert_eq!(text, "mia", "{person:?}"),
                Err(error) => assert!(!format!("{error} {error:?}").contains("mia"), "{error}"),
            }
        }

        assert_eq!(
            person("mia@localhost").unwrap_err().to_string(),
            "the email address has a domain without a dot"
        );
        assert_eq!(
            person("mia.lee").unwrap_err().to_string(),
            "the account id has something other than letters, digits, _ | : and - at position 4"
        );
    }
}
