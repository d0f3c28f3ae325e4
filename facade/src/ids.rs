//! Ids, checked once when they come in, so that no request can go where it should not.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

/// No id of the service is near this long; a pasted page is.
const LONGEST_ID: usize = 256;
const LONGEST_RESOURCE: usize = 1024;
const LONGEST_ACCOUNT_ID: usize = 128;

/// Where an app's admin resource begins; see [`Resource`].
const JIRA_ADMIN: &str = "ari:cloud:jira-admin::";
const JIRA: &str = "ari:cloud:jira::";

/// What is wrong with a text that should be an id, without the text.
type Reason = Cow<'static, str>;

fn check_length(text: &str, longest: usize) -> Result<(), Reason> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    if text.len() > longest {
        return Err(format!("is longer than {longest} characters").into());
    }
    Ok(())
}

/// What all ids have in common: visible ASCII, no white space.
pub(crate) fn check_characters(text: &str, longest: usize) -> Result<(), Reason> {
    check_length(text, longest)?;
    match text.chars().position(|c| !c.is_ascii_graphic()) {
        Some(at) => Err(format!(
            "has white space, a control character or one outside ASCII at position {}",
            at + 1
        )
        .into()),
        None => Ok(()),
    }
}

/// An id that becomes a part of a URL's path: it must not be able to change that path.
fn check_path_id(text: &str) -> Result<(), Reason> {
    check_characters(text, LONGEST_ID)?;
    if text == "." || text == ".." {
        return Err("is a relative path".into());
    }
    match text
        .chars()
        .find(|c| matches!(c, '/' | '\\' | '?' | '#' | '%'))
    {
        Some(c) => Err(format!("has a {c}: is it a URL, or a part of one?").into()),
        None => Ok(()),
    }
}

fn check_directory_id(text: &str) -> Result<(), Reason> {
    check_path_id(text)?;
    if text == "-" {
        return Err("is -, which stands for all directories in reads and is none itself".into());
    }
    Ok(())
}

fn check_account_id(text: &str) -> Result<(), Reason> {
    check_length(text, LONGEST_ACCOUNT_ID)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '|' | ':' | '-');
    match text.chars().position(|c| !allowed(c)) {
        Some(_) if text.contains('@') => Err("has an @: is it an email address?".into()),
        Some(at) => Err(format!(
            "has something other than letters, digits, _ | : and - at position {}",
            at + 1
        )
        .into()),
        None => Ok(()),
    }
}

fn check_resource(text: &str) -> Result<(), Reason> {
    check_characters(text, LONGEST_RESOURCE)?;
    match text.strip_prefix("ari:cloud:") {
        None => Err(
            "does not begin with ari:cloud: (such as ari:cloud:jira::site/… with a cloud id)"
                .into(),
        ),
        Some("") => Err("names nothing after ari:cloud:".into()),
        Some(_) => Ok(()),
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $check:path, $debug:path;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text; the error says what is wrong with it, but never repeats it.
            ///
            /// # Errors
            /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
            pub fn new(text: impl AsRef<str>) -> Result<Self, Error> {
                let text = text.as_ref();
                match $check(text) {
                    Ok(()) => Ok(Self(text.into())),
                    Err(reason) => Err(Error::invalid(format!(concat!("the ", $what, " {}"), reason))),
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), $debug(&self.0))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Error;

            fn try_from(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

fn whole(id: &str) -> &str {
    id
}

/// Account ids are personal data; the end is enough to tell two of them apart in a log.
pub(crate) fn ending(id: &str) -> String {
    // All ASCII, so any index is the start of a character.
    match id.len() {
        12.. => format!("…{}", &id[id.len() - 4..]),
        _ => "…".to_owned(),
    }
}

ids! {
    /// The id of an organization: the UUID after `/o/` in the address of admin.atlassian.com.
    ///
    /// ```
    /// use atlassian_orgs::OrgId;
    ///
    /// let org = OrgId::new("0f8fad5b-d9cb-469f-a165-70867728950e")?;
    /// assert_eq!(org.as_str(), "0f8fad5b-d9cb-469f-a165-70867728950e");
    /// assert!(OrgId::new("https://admin.atlassian.com/o/0f8fad5b").is_err());
    /// # Ok::<(), atlassian_orgs::Error>(())
    /// ```
    OrgId, "organization id", check_path_id, whole;

    /// The id of one user directory of an organization.
    ///
    /// `-`, which in reads stands for all directories, is not one.
    ///
    /// ```
    /// use atlassian_orgs::DirectoryId;
    ///
    /// assert!(DirectoryId::new("b2c3d4").is_ok());
    /// assert!(DirectoryId::new("-").is_err());
    /// ```
    DirectoryId, "directory id", check_directory_id, whole;

    /// The id of an Atlassian account. `Debug` shows no more than its end, since it is personal data.
    ///
    /// ```
    /// use atlassian_orgs::AccountId;
    ///
    /// let mia = AccountId::new("557057:0c2e4b3a-9f5d-4e0b-8a57-3f1d2c4b5a69")?;
    /// assert_eq!(format!("{mia:?}"), "AccountId(…5a69)");
    /// assert!(AccountId::new("mia@example.com").is_err());
    /// # Ok::<(), atlassian_orgs::Error>(())
    /// ```
    AccountId, "account id", check_account_id, ending;

    /// The id of a group.
    ///
    /// ```
    /// use atlassian_orgs::GroupId;
    ///
    /// let group: GroupId = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d".parse()?;
    /// assert_eq!(group.to_string(), "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d");
    /// # Ok::<(), atlassian_orgs::Error>(())
    /// ```
    GroupId, "group id", check_path_id, whole;

    /// What a role is granted on: an ARI such as `ari:cloud:jira::site/` and the cloud id of the site.
    ///
    /// **A trap:** lists of workspaces name a site's Jira administration
    /// `ari:cloud:jira-admin::site/…`. Granting on that is refused by the service; what works is
    /// `ari:cloud:jira::site/…` with the same id and [`Role::ADMIN`](crate::Role::ADMIN). Since the
    /// name is right for reading, it is accepted here and refused, before anything is sent, where a
    /// role would be granted; [`grantable_instead`](Resource::grantable_instead) gives the way out.
    ///
    /// ```
    /// use atlassian_orgs::Resource;
    ///
    /// let listed = Resource::new("ari:cloud:jira-admin::site/5d2b")?;
    /// let grantable = listed.grantable_instead();
    /// assert_eq!(grantable, Some(Resource::new("ari:cloud:jira::site/5d2b")?));
    /// # Ok::<(), atlassian_orgs::Error>(())
    /// ```
    Resource, "resource", check_resource, whole;
}

impl Resource {
    /// The resource to grant on instead of this one; `None` if this one is not known to be refused.
    #[must_use]
    pub fn grantable_instead(&self) -> Option<Self> {
        let rest = self.0.strip_prefix(JIRA_ADMIN)?;
        Some(Self(format!("{JIRA}{rest}").into()))
    }

    /// Refuses what the service is known to refuse, with the way out.
    pub(crate) fn grantable(&self) -> Result<(), Error> {
        match self.grantable_instead() {
            None => Ok(()),
            Some(instead) => Err(
                Error::invalid("roles can't be granted on a jira-admin resource").with_hint(
                    format!("use {instead}, with the role atlassian/admin for administrators"),
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_ids_can_not_change_a_path() {
        for text in [
            "",
            " ",
            "a b",
            "a\n",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a?b",
            "a#b",
            "%2e%2e",
            "ä",
            "\u{200b}x",
        ] {
            for error in [
                OrgId::new(text).map(drop),
                DirectoryId::new(text).map(drop),
                GroupId::new(text).map(drop),
                AccountId::new(text).map(drop),
            ] {
                let error = error.expect_err(text);
                assert!(error.is_invalid_input() && error.is_not_sent(), "{text:?}");
            }
        }
        assert!(OrgId::new("x".repeat(256)).is_ok());
        assert!(OrgId::new("x".repeat(257)).is_err());
        assert!(DirectoryId::new("-").is_err());
        assert!(
            OrgId::new("-").is_ok(),
            "only a directory has a meaning for -"
        );
    }

    #[test]
    fn account_ids_are_as_published() {
        for text in [
            "557057:0c2e4b3a-9f5d",
            "5b10ac8d82e05b22cc7d4ef5",
            "qm:a|b_c",
        ] {
            assert_eq!(AccountId::new(text).unwrap().as_str(), text);
        }
        assert!(AccountId::new("a".repeat(128)).is_ok());
        for text in ["a.b".to_owned(), "a+b".to_owned(), "a".repeat(129)] {
            assert!(AccountId::new(text).is_err());
        }
        insta::assert_snapshot!(
            AccountId::new("mia@example.com").unwrap_err(),
            @"the account id has an @: is it an email address?"
        );
    }

    #[test]
    fn a_short_account_id_is_not_shown_at_all() {
        assert_eq!(
            format!("{:?}", AccountId::new("12345678901").unwrap()),
            "AccountId(…)"
        );
        assert_eq!(
            format!("{:?}", AccountId::new("123456789012").unwrap()),
            "AccountId(…9012)"
        );
    }

    #[test]
    fn a_jira_admin_resource_is_refused_at_grant_time_with_the_way_out() {
        let resource = Resource::new("ari:cloud:jira-admin::site/5d2b").unwrap();
        insta::assert_snapshot!(
            resource.grantable().unwrap_err(),
            @"roles can't be granted on a jira-admin resource; use ari:cloud:jira::site/5d2b, with the role atlassian/admin for administrators"
        );
        for text in [
            "ari:cloud:jira::site/5d2b",
            "ari:cloud:confluence::site/5d2b",
        ] {
            assert!(Resource::new(text).unwrap().grantable().is_ok());
        }
        for text in [
            "",
            "ari:cloud:",
            "jira::site/5d2b",
            "ari:cloud:jira::site/5 d",
        ] {
            assert!(Resource::new(text).is_err());
        }
    }

    #[test]
    fn serde_checks_too() {
        let id: OrgId = serde_json::from_str("\"o-1\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"o-1\"");
        let error = serde_json::from_str::<AccountId>("\"mia@example.com\"").unwrap_err();
        assert!(!error.to_string().contains("mia"), "{error}");
        assert!(serde_json::from_value::<OrgId>(serde_json::json!("a/b")).is_err());
        assert!(serde_json::from_value::<OrgId>(serde_json::json!("owned")).is_ok());
    }
}
