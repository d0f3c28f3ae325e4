use std::borrow::Cow;
use std::fmt;

/// An error code as the service wrote it, such as `ADMIN-UAM-409-3`.
///
/// The published lists are incomplete, so this is open: constants name the known codes, any other
/// text is kept as it came. Names that begin with `UAM_` are codes of the user-access family
/// (`ADMIN-UAM-…`), those with `MANAGE_` keys of the user-management API, the others `ADMIN-…`.
///
/// `Display` and `Debug` print a code only if it is known or looks like one, since a broken answer
/// may hold anything in its place; [`as_str`](Code::as_str) gives the text itself.
///
/// ```
/// use atlassian_orgs::Code;
///
/// assert_eq!(Code::UAM_LICENCE_LIMIT.as_str(), "ADMIN-UAM-409-3");
/// assert_eq!(Code::UAM_LICENCE_LIMIT.meaning(), Some("the licence limit of an app is reached"));
/// assert_eq!(Code::new("ADMIN-UAM-409-3"), Code::UAM_LICENCE_LIMIT);
/// assert_eq!(Code::new("ADMIN-777-1").meaning(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// A code from its text, for comparing with one that has no constant yet.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Cow::Owned(text.into()))
    }

    /// The code as the service wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether printing it can give nothing away.
    pub(super) fn is_printable(&self) -> bool {
        self.meaning().is_some() || has_code_shape(&self.0)
    }
}

/// `ADMIN-400-1`, `ADMIN-UAM-400-1`, and families that may come: nothing personal looks like this.
fn has_code_shape(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("ADMIN-") else {
        return false;
    };
    let mut parts = rest.split('-').collect::<Vec<_>>();
    let is_number = |part: &str, max| {
        (1..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let (number, status) = (parts.pop(), parts.pop());
    number.is_some_and(|part| is_number(part, 4))
        && status.is_some_and(|part| part.len() == 3 && is_number(part, 3))
        && parts.len() <= 2
        && parts.iter().all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase())
        })
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_printable() {
            &self.0
        } else {
            "unfamiliar code"
        })
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

impl PartialEq<str> for Code {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

macro_rules! codes {
    ($($name:ident = $text:literal, $meaning:literal;)*) => {
        impl Code {
            $(
                #[doc = concat!("`", $text, "`: ", $meaning, ".")]
                pub const $name: Code = Code(Cow::Borrowed($text));
            )*

            /// What the code means, in our words; `None` if it is not known here.
            #[must_use]
            pub fn meaning(&self) -> Option<&'static str> {
                match self.as_str() {
                    $($text => Some($meaning),)*
                    _ => None,
                }
            }

            /// All codes that have a constant.
            #[cfg(test)]
            pub(crate) const KNOWN: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    CURSOR_INVALID = "ADMIN-400-1", "the page cursor is not valid";
    DOMAIN_ID_INVALID = "ADMIN-400-2", "the domain id is not valid";
    TIME_INVALID = "ADMIN-400-3", "a time or date is not valid";
    RESOURCE_INVALID = "ADMIN-400-4", "a resource or id in the request is not valid";
    SYNTAX_INVALID = "ADMIN-400-19", "the request can't be parsed";
    QUERY_COUNT_INVALID = "ADMIN-400-21", "a query parameter has a wrong number of values";
    BODY_INVALID = "ADMIN-400-24", "the request's body is not valid";
    LICENCE_BREACHES = "ADMIN-400-32", "the licence limits of too many apps would be exceeded";
    SCOPE_INSUFFICIENT = "ADMIN-401-2", "the key's scopes do not reach";
    ORGANIZATION_FORBIDDEN = "ADMIN-403-3", "the key may not manage this organization";
    GROUP_FORBIDDEN = "ADMIN-403-5", "the key may not manage this group";
    GROUP_IS_DEFAULT = "ADMIN-403-6", "the group carries an app's default role";
    GROUP_GRANTS_ADMIN = "ADMIN-403-7", "the group grants admin rights";
    RESOURCE_NOT_FOUND = "ADMIN-404-1", "the resource is not known";
    ORGANIZATION_NOT_FOUND = "ADMIN-404-2", "the organization is not known";
    DOMAIN_NOT_FOUND = "ADMIN-404-3", "the domain is not known";
    EVENT_NOT_FOUND = "ADMIN-404-4", "the event is not known";
    POLICY_NOT_FOUND = "ADMIN-404-5", "the policy is not known";
    POLICY_RESOURCE_NOT_FOUND = "ADMIN-404-6", "the policy does not hold this resource";
    USER_NOT_FOUND = "ADMIN-404-8", "the user is not known";
    GROUP_NOT_FOUND = "ADMIN-404-10", "the group is not known";
    METHOD_NOT_ALLOWED = "ADMIN-405-1", "the endpoint does not take this method";
    LICENCE_LIMIT = "ADMIN-409-3", "the licence limit of an app is reached";
    GROUP_NOT_EMPTY = "ADMIN-409-5", "the group still has members";
    CONFLICT = "ADMIN-409-28", "the request contradicts the present state";
    RATE_LIMITED = "ADMIN-429-1", "too many requests";
    INTERNAL = "ADMIN-500-1", "the service failed";
    POLICY_VALIDATION_FAILED = "ADMIN-500-2", "the policy could not be validated";

    UAM_BAD_REQUEST = "ADMIN-UAM-400-1", "the service finds the request wrong";
    UAM_USER_INACTIVE = "ADMIN-UAM-400-2", "an account in the request is deactivated";
    UAM_ROLE_INVALID = "ADMIN-UAM-400-3", "the role does not fit the resource";
    UAM_NOT_LICENSED = "ADMIN-UAM-400-4", "the organization has no licence for the app";
    UAM_RESOURCE_INVALID = "ADMIN-UAM-400-5", "the resource is missing or can't be granted";
    UAM_UNAUTHORIZED = "ADMIN-UAM-401-1", "the key was not accepted";
    UAM_SCOPE_INSUFFICIENT = "ADMIN-UAM-401-2", "the key's scopes do not reach";
    UAM_PAYMENT_REQUIRED = "ADMIN-UAM-402-1", "the organization has no paid subscription";
    UAM_FORBIDDEN = "ADMIN-UAM-403-1", "the key may not do this";
    UAM_ORGANIZATION_FORBIDDEN = "ADMIN-UAM-403-2", "the key may not manage this organization";
    UAM_NOT_FOUND = "ADMIN-UAM-404-1", "a user or group is not in this directory";
    UAM_ORGANIZATION_NOT_FOUND = "ADMIN-UAM-404-2", "the organization is not known";
    UAM_GROUP_NOT_FOUND = "ADMIN-UAM-404-3", "a group or user is not known";
    UAM_METHOD_NOT_ALLOWED = "ADMIN-UAM-405-1", "the endpoint does not take this method";
    UAM_DEFAULT_GROUP = "ADMIN-UAM-409-1", "the app's default group can't be made";
    UAM_CONFLICT = "ADMIN-UAM-409-2", "the request contradicts what is there (of a group: already a member)";
    UAM_LICENCE_LIMIT = "ADMIN-UAM-409-3", "the licence limit of an app is reached";
    UAM_MEDIA_TYPE = "ADMIN-UAM-415-1", "the request's content type is not taken";
    UAM_INTERNAL = "ADMIN-UAM-500-1", "the service failed";

    MANAGE_BODY_INVALID = "bodyParseFailure", "the request's body can't be parsed";
    MANAGE_FIELDS_INVALID = "fieldConstraintsViolated", "a field of the request is not valid";
    MANAGE_UNAUTHORIZED = "unauthorized", "the key was not accepted";
    MANAGE_FORBIDDEN = "forbidden", "the key may not do this";
    MANAGE_ACTION_FORBIDDEN = "forbidden.action", "this may not be done to the account";
    MANAGE_FIELD_FORBIDDEN = "forbidden.fieldMutation", "this field of the account may not be changed";
    MANAGE_DOMAIN_UNCLAIMED = "forbidden.unclaimedDomain", "the domain is not claimed by the organization";
    MANAGE_TARGET_UNVERIFIED = "forbidden.targetUnverified", "the account's address is not verified";
    MANAGE_SCOPE_INSUFFICIENT = "forbidden.insufficientScope", "the key's scopes do not reach";
    MANAGE_ACCOUNT_NOT_FOUND = "accountNotFound", "the account is not known";
    MANAGE_NOT_FOUND = "notFound", "what the request names is not known";
    MANAGE_LIFECYCLE_CONFLICT = "conflict.lifecycleErrors", "the account's state does not allow this";
}
