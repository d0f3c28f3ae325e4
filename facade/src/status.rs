//! Values of the service that may grow: known ones have names, others are kept as they came.

macro_rules! open_values {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A value that this version does not know, as the service sent it.
            Other(String),
        }

        impl $name {
            /// The service's word for it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        /// As the service's word.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(text.as_ref().into())
            }
        }
    )*};
}

pub(crate) use open_values;

open_values! {
    /// The account itself, apart from any organization or directory: the first axis of a person's
    /// status.
    ///
    /// ```
    /// use atlassian_orgs::AccountStatus;
    /// assert_eq!(AccountStatus::from("active"), AccountStatus::Active);
    /// assert_eq!(AccountStatus::from("asleep").as_str(), "asleep");
    /// ```
    AccountStatus {
        /// It can be used.
        Active = "active",
        /// Deactivated: the person can't log in anywhere. Restoring access does not change that.
        Inactive = "inactive",
        /// Closed for good.
        Closed = "closed",
        /// Marked for deletion; in the first 14 days this can be taken back.
        ForDeletion = "for_deletion",
    }

    /// The person's place in the directories: the second axis of a person's status.
    ///
    /// The service reports it over the whole organization: suspended only if suspended in every
    /// directory that the key can see.
    ///
    /// ```
    /// use atlassian_orgs::MembershipStatus;
    /// assert_eq!(MembershipStatus::from("suspended"), MembershipStatus::Suspended);
    /// ```
    MembershipStatus {
        /// A member of at least one directory, with access.
        Active = "active",
        /// Access is taken away, roles and groups are kept.
        Suspended = "suspended",
        /// In no directory: an account of the organization's domains that was never invited.
        None = "no_membership",
    }

    /// What kind of account it is.
    ///
    /// ```
    /// use atlassian_orgs::AccountType;
    /// assert!(AccountType::from("atlassian").is_person());
    /// assert!(!AccountType::from("app").is_person());
    /// ```
    AccountType {
        /// A person's account.
        Atlassian = "atlassian",
        /// An app's account.
        App = "app",
        /// A customer of a service portal.
        Customer = "customer",
    }

    /// Whether the organization owns the account, through a claimed domain.
    ///
    /// ```
    /// use atlassian_orgs::ClaimStatus;
    /// assert_eq!(ClaimStatus::from("managed"), ClaimStatus::Managed);
    /// ```
    ClaimStatus {
        /// It does.
        Managed = "managed",
        /// It does not.
        Unmanaged = "unmanaged",
    }

    /// How a managed account came into its directory.
    ///
    /// ```
    /// use atlassian_orgs::ManagementSource;
    /// assert_eq!(ManagementSource::from("synced"), ManagementSource::Synced);
    /// ```
    ManagementSource {
        /// An admin invited the person.
        Invited = "invited",
        /// An identity provider put the person there, and may do so again.
        Synced = "synced",
    }
}

impl AccountType {
    /// Whether it is a person's account.
    #[must_use]
    pub fn is_person(&self) -> bool {
        *self == Self::Atlassian
    }
}
