//! Roles: an open list, since each app has its own and new ones come.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::ids::check_characters;

const LONGEST_ROLE: usize = 256;

/// A role, such as `atlassian/user`, granted on a [`Resource`](crate::Resource).
///
/// Not every role exists for every app; the service answers `ADMIN-UAM-400-3` where one does not.
///
/// ```
/// use atlassian_orgs::Role;
///
/// assert_eq!(Role::USER.as_str(), "atlassian/user");
/// assert_eq!(Role::new("atlassian/user")?, Role::USER);
/// let new_one = Role::new("atlassian/reviewer")?;
/// assert_eq!(new_one.to_string(), "atlassian/reviewer");
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Role(Cow<'static, str>);

impl Role {
    /// Uses the app.
    pub const USER: Role = Role(Cow::Borrowed("atlassian/user"));
    /// Administers the app.
    pub const ADMIN: Role = Role(Cow::Borrowed("atlassian/admin"));
    /// Uses a part of the app, as a guest.
    pub const GUEST: Role = Role(Cow::Borrowed("atlassian/guest"));
    /// Contributes to an app, such as Jira Product Discovery.
    pub const CONTRIBUTOR: Role = Role(Cow::Borrowed("atlassian/contributor"));
    /// Asks for help in a service desk.
    pub const CUSTOMER: Role = Role(Cow::Borrowed("atlassian/customer"));
    /// Uses the app's free part.
    pub const BASIC: Role = Role(Cow::Borrowed("atlassian/basic"));
    /// Follows what happens in the app.
    pub const STAKEHOLDER: Role = Role(Cow::Borrowed("atlassian/stakeholder"));
    /// Only looks.
    pub const VIEWER: Role = Role(Cow::Borrowed("atlassian/viewer"));
    /// Decides who has access to the app.
    pub const USER_ACCESS_ADMIN: Role = Role(Cow::Borrowed("atlassian/user-access-admin"));
    /// Administers a site.
    pub const SITE_ADMIN: Role = Role(Cow::Borrowed("atlassian/site-admin"));
    /// Administers the organization; the one role that needs no resource.
    pub const ORG_ADMIN: Role = Role(Cow::Borrowed("atlassian/org-admin"));

    /// A role from its full name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if it is empty, too long, or has
    /// white space, a control character or one outside ASCII.
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        match check_characters(&name, LONGEST_ROLE) {
            Ok(()) => Ok(Self(Cow::Owned(name))),
            Err(reason) => Err(Error::invalid(format!("the role {reason}"))),
        }
    }

    /// The full name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Role({})", self.0)
    }
}

impl AsRef<str> for Role {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl TryFrom<&str> for Role {
    type Error = Error;

    fn try_from(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl TryFrom<String> for Role {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_open_but_visible() {
        assert_eq!(
            "atlassian/org-admin".parse::<Role>().unwrap(),
            Role::ORG_ADMIN
        );
        for name in ["", "atlassian/ user", "atlassian/user\n", "röle"] {
            assert!(Role::new(name).unwrap_err().is_invalid_input(), "{name:?}");
        }
    }

    #[test]
    fn serde_checks_too() {
        assert_eq!(
            serde_json::from_str::<Role>("\"atlassian/user\"").unwrap(),
            Role::USER
        );
        assert!(serde_json::from_str::<Role>("\"\"").is_err());
        assert_eq!(
            serde_json::to_string(&Role::GUEST).unwrap(),
            "\"atlassian/guest\""
        );
    }
}
