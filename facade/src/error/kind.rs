/// What kind of failure an [`Error`](crate::Error) is.
///
/// Meant for `match`: a new kind may be added at any time, so end with `_`.
///
/// ```
/// use atlassian_orgs::{ErrorKind, OrgId};
///
/// let error = OrgId::new("a/b").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument can't be right; nothing was sent.
    InvalidInput,
    /// The client can't be set up: a missing or malformed key, a base URL that is not HTTPS; nothing was sent.
    Config,
    /// No connection was made; nothing was sent.
    Connect,
    /// The time allowed ran out.
    Timeout,
    /// The connection broke before the whole answer was here.
    Interrupted,
    /// The answer is longer than the client reads.
    BodyTooLarge,
    /// The service said that all went well, but its answer was not understood.
    Decode,
    /// 401: the key was not accepted.
    Unauthorized,
    /// 402: the organization pays for no app.
    PaymentRequired,
    /// 403: the key was accepted, but may not do this here.
    Forbidden,
    /// 404 with a code that says what is missing. A 404 without one is [`UnexpectedStatus`](Self::UnexpectedStatus).
    NotFound,
    /// 404 with a code that says that the organization itself is unknown.
    NoSuchOrganization,
    /// 400 and its like: the service finds the request wrong.
    BadRequest,
    /// 409: the request contradicts the present state.
    Conflict,
    /// An app has no seat left.
    LicenceLimit,
    /// 429: too many requests.
    RateLimited,
    /// 5xx: the service, or a gateway before it, failed.
    Service,
    /// A status that the operation does not have: a redirect, a 404 from routing, a withdrawn endpoint.
    UnexpectedStatus,
    /// The organization shows no account with this address or id.
    NoSuchAccount,
    /// The account exists, but is no member of the directory.
    NotAMember,
    /// A guard of this library refused; nothing was sent.
    Refused,
    /// The account is deactivated (inactive), closed or about to be deleted.
    Deactivated,
    /// The organization has several directories and none was chosen.
    AmbiguousDirectory,
    /// The organization shows no directory, or not the one asked for.
    NoDirectory,
    /// The service acknowledged the change, but it could not be seen in time.
    Pending,
    /// It is not known whether the change was made.
    InDoubt,
    /// A report holds rows that did not succeed.
    Incomplete,
    /// A plan no longer fits: it has expired, or a read shows another state than it was made from.
    Outdated,
    /// The run was stopped before this began.
    Stopped,
    /// A journal can't be used: it can't be read or written, is damaged, in use, or belongs to another
    /// plan.
    Journal,
}

impl ErrorKind {
    /// The kind in our words, used where there are no better ones.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::InvalidInput => "an argument is not valid",
            Self::Config => "the client can't be set up",
            Self::Connect => "no connection could be made",
            Self::Timeout => "the time allowed ran out",
            Self::Interrupted => "the connection broke before the whole answer was here",
            Self::BodyTooLarge => "the answer is longer than this client reads",
            Self::Decode => "the answer was not understood",
            Self::Unauthorized => "the key was not accepted",
            Self::PaymentRequired => "the organization has no paid subscription",
            Self::Forbidden => "the key may not do this",
            Self::NotFound => "the service does not find what the request names",
            Self::NoSuchOrganization => "the service does not find the organization",
            Self::BadRequest => "the service finds the request wrong",
            Self::Conflict => "the request contradicts the present state",
            Self::LicenceLimit => "the licence limit of an app is reached",
            Self::RateLimited => "too many requests",
            Self::Service => "the service failed",
            Self::UnexpectedStatus => "this operation is not known to answer so",
            Self::NoSuchAccount => "no such account in this organization",
            Self::NotAMember => "the account is not a member of the directory",
            Self::Refused => "refused by a guard of this library",
            Self::Deactivated => "an account is deactivated",
            Self::AmbiguousDirectory => "the organization has several directories: choose one",
            Self::NoDirectory => "the organization shows no such directory",
            Self::Pending => "acknowledged, but not visible in the time allowed",
            Self::InDoubt => "it is not known whether the change was made",
            Self::Incomplete => "not everything succeeded",
            Self::Outdated => "the plan no longer fits",
            Self::Stopped => "the run was stopped before this began",
            Self::Journal => "the journal can't be used",
        }
    }

    /// Whether something may have left this machine before a failure of this kind,
    /// unless the place that makes the error says otherwise.
    pub(crate) fn usually_sent(self) -> bool {
        !matches!(
            self,
            Self::InvalidInput
                | Self::Config
                | Self::Connect
                | Self::NoSuchAccount
                | Self::NotAMember
                | Self::Refused
                | Self::Deactivated
                | Self::AmbiguousDirectory
                | Self::NoDirectory
                | Self::Outdated
                | Self::Stopped
                | Self::Journal
        )
    }
}
