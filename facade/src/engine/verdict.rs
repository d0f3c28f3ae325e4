//! What one attempt proves, and so whether the request may be sent again.

use atlassian_orgs_api::operation::Class;
use atlassian_orgs_api::transport::{TransportError, TransportErrorKind};
use bytes::Bytes;

/// How an attempt ended.
pub(super) type Attempt = Result<http::Response<Bytes>, TransportError>;

/// What may be done after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the answer, or nothing that may be sent again.
    Final,
    /// The service refused it before doing anything, since there were too many.
    Refused,
    /// It failed, and sending it again changes nothing that was not asked for.
    Failed,
}

/// The one place that knows what may be sent again.
pub(super) fn of(class: Class, attempt: &Attempt) -> Verdict {
    let read = class == Class::Read;
    match attempt {
        Ok(answer) => match answer.status().as_u16() {
            429 => Verdict::Refused,
            500 | 502 | 503 | 504 if read => Verdict::Failed,
            _ => Verdict::Final,
        },
        Err(error) => match error.kind() {
            // The same request would be refused here, or its answer be too long, again.
            TransportErrorKind::InvalidRequest | TransportErrorKind::BodyTooLarge => Verdict::Final,
            _ if read || !error.may_have_been_sent() => Verdict::Failed,
            _ => Verdict::Final,
        },
    }
}

#[cfg(test)]
mod tests {
    use TransportErrorKind as K;
    use Verdict::{Failed, Final, Refused};

    use super::*;

    const CLASSES: [Class; 4] = [
        Class::Read,
        Class::StateSetting,
        Class::Delete,
        Class::NotIdempotent,
    ];

    #[test]
    fn every_status_of_every_class() {
        for class in CLASSES {
            for status in 200..600 {
                let mut answer = http::Response::new(Bytes::new());
                *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
                let expected = match status {
                    429 => Refused,
                    500 | 502 | 503 | 504 if class == Class::Read => Failed,
                    _ => Final,
                };
                assert_eq!(of(class, &Ok(answer)), expected, "{class:?} {status}");
            }
        }
    }

    #[test]
    fn a_write_is_sent_again_only_with_proof() {
        for kind in [K::Connect, K::Timeout, K::Interrupted, K::Other] {
            for class in CLASSES {
                let sent = of(class, &Err(TransportError::new(kind, true)));
                let read = class == Class::Read;
                assert_eq!(
                    sent,
                    if read { Failed } else { Final },
                    "{class:?} {kind:?}"
                );
                let unsent = of(class, &Err(TransportError::new(kind, false)));
                assert_eq!(unsent, Failed, "{class:?} {kind:?}");
            }
        }
        for kind in [K::InvalidRequest, K::BodyTooLarge] {
            for sent in [false, true] {
                let error = TransportError::new(kind, sent);
                assert_eq!(of(Class::Read, &Err(error)), Final);
            }
        }
    }
}
