use super::{Error, ErrorKind};

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        /// What it is, for an `if` where a `match` on [`kind`](Error::kind) would be too much.
        impl Error {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> bool {
                    self.0.kind == ErrorKind::$kind
                }
            )*

            /// Nothing left this machine, so nothing can have happened.
            #[must_use]
            pub fn is_not_sent(&self) -> bool {
                !self.0.sent
            }

            /// A change was asked for, and it is not known whether it was made: the connection broke,
            /// the time ran out, the service failed half-way. Read the state before sending it again.
            #[must_use]
            pub fn is_in_doubt(&self) -> bool {
                match self.0.kind {
                    ErrorKind::InDoubt => true,
                    ErrorKind::Timeout
                    | ErrorKind::Interrupted
                    | ErrorKind::BodyTooLarge
                    | ErrorKind::Decode
                    | ErrorKind::Service => self.0.write && self.0.sent,
                    // A gateway that gave up waiting, or what passed for a success.
                    ErrorKind::UnexpectedStatus => {
                        self.0.write && self.0.status.is_some_and(|status| status < 300 || status == 408)
                    }
                    _ => false,
                }
            }
        }
    };
}

predicates! {
    /// An argument can't be right.
    is_invalid_input => InvalidInput;
    /// The client can't be set up so.
    is_config => Config;
    /// No connection was made.
    is_connect => Connect;
    /// The time allowed ran out.
    is_timeout => Timeout;
    /// The connection broke midway.
    is_interrupted => Interrupted;
    /// The answer was not understood.
    is_decode => Decode;
    /// The key was not accepted (401).
    is_unauthorized => Unauthorized;
    /// The organization pays for no app (402).
    is_payment_required => PaymentRequired;
    /// The key may not do this (403).
    is_forbidden => Forbidden;
    /// The service says, by a code, that what the request names is not there. Never true of a 404
    /// that comes from routing, nor where the organization itself is unknown.
    is_not_found => NotFound;
    /// The request contradicts the present state (409).
    is_conflict => Conflict;
    /// An app has no seat left.
    is_licence_limit => LicenceLimit;
    /// Too many requests (429).
    is_rate_limited => RateLimited;
    /// The service failed (5xx).
    is_service => Service;
    /// The organization shows no account with this address or id.
    is_no_such_account => NoSuchAccount;
    /// The account is no member of the directory.
    is_not_a_member => NotAMember;
    /// A guard of this library refused.
    is_refused => Refused;
    /// An account is deactivated.
    is_deactivated => Deactivated;
    /// Acknowledged, but not visible in time.
    is_pending => Pending;
    /// A report holds rows that did not succeed.
    is_incomplete => Incomplete;
    /// A plan no longer fits.
    is_outdated => Outdated;
    /// The run was stopped before this began.
    is_stopped => Stopped;
    /// A journal can't be used.
    is_journal => Journal;
}
