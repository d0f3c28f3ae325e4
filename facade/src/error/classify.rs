//! Which kind of failure an answer is, by its status and its codes.

use super::hint;
use super::service::{Decoded, ServiceError};
use super::{Code, ErrorKind};

/// What an answer comes to.
pub(crate) struct Verdict {
    pub(crate) kind: ErrorKind,
    /// The entry that decided, whose code the error shows.
    pub(crate) lead: Option<usize>,
    /// Better words than those of the kind or the code, where the status has them.
    pub(crate) words: Option<&'static str>,
    pub(crate) hint: Option<&'static str>,
}

/// `operation` is the id of the published document: what to do may depend on what was asked for.
pub(crate) fn classify(operation: &str, status: u16, decoded: &Decoded) -> Verdict {
    let details = &decoded.details;
    let (kind, decided) = decide(status, details);
    // Else a code that we know says more than one that we don't, and any more than none.
    let lead = decided
        .or_else(|| position(details, |code| code.meaning().is_some()))
        .or_else(|| position(details, |_| true));
    let code = lead.and_then(|at| details[at].code());
    Verdict {
        kind,
        lead,
        words: words(status, kind, code),
        hint: hint::of_answer(operation, status, kind, code, decoded.shape),
    }
}

/// The status decides, and only within it a code: a code that contradicts its status proves nothing.
fn decide(status: u16, details: &[ServiceError]) -> (ErrorKind, Option<usize>) {
    let by_code = |codes: &[Code]| position(details, |code| codes.contains(code));
    let refine = |rules: &[(ErrorKind, &[Code])], otherwise| {
        rules
            .iter()
            .find_map(|(kind, codes)| by_code(codes).map(|at| (*kind, Some(at))))
            .unwrap_or((otherwise, None))
    };
    match status {
        400 => refine(
            &[
                (ErrorKind::Deactivated, &[Code::UAM_USER_INACTIVE]),
                (ErrorKind::LicenceLimit, &[Code::LICENCE_BREACHES]),
            ],
            ErrorKind::BadRequest,
        ),
        401 => (ErrorKind::Unauthorized, None),
        402 => (ErrorKind::PaymentRequired, None),
        403 => (ErrorKind::Forbidden, None),
        // Only these say that something is missing. A 404 of the routing, or with a code nobody
        // knows, must never read as "this person is gone".
        404 => refine(
            &[
                (
                    ErrorKind::NoSuchOrganization,
                    &[
                        Code::ORGANIZATION_NOT_FOUND,
                        Code::UAM_ORGANIZATION_NOT_FOUND,
                    ],
                ),
                (
                    ErrorKind::NotFound,
                    &[
                        Code::RESOURCE_NOT_FOUND,
                        Code::DOMAIN_NOT_FOUND,
                        Code::EVENT_NOT_FOUND,
                        Code::POLICY_NOT_FOUND,
                        Code::POLICY_RESOURCE_NOT_FOUND,
                        Code::USER_NOT_FOUND,
                        Code::GROUP_NOT_FOUND,
                        Code::UAM_NOT_FOUND,
                        Code::UAM_GROUP_NOT_FOUND,
                        Code::MANAGE_ACCOUNT_NOT_FOUND,
                        Code::MANAGE_NOT_FOUND,
                    ],
                ),
            ],
            ErrorKind::UnexpectedStatus,
        ),
        409 => refine(
            &[(
                ErrorKind::LicenceLimit,
                &[Code::LICENCE_LIMIT, Code::UAM_LICENCE_LIMIT],
            )],
            ErrorKind::Conflict,
        ),
        413 | 414 | 415 | 422 => (ErrorKind::BadRequest, None),
        429 => (ErrorKind::RateLimited, None),
        500..=599 => (ErrorKind::Service, None),
        _ => (ErrorKind::UnexpectedStatus, None),
    }
}

/// Whether a refusal is about the whole organization, and not about a person in it.
pub(super) fn is_about_organization(code: Option<&Code>) -> bool {
    let codes = [
        Code::ORGANIZATION_FORBIDDEN,
        Code::UAM_ORGANIZATION_FORBIDDEN,
        Code::SCOPE_INSUFFICIENT,
        Code::UAM_SCOPE_INSUFFICIENT,
    ];
    code.is_none_or(|code| codes.contains(code))
}

fn position(details: &[ServiceError], is_it: impl Fn(&Code) -> bool) -> Option<usize> {
    details
        .iter()
        .position(|entry| entry.code().is_some_and(&is_it))
}

fn words(status: u16, kind: ErrorKind, code: Option<&Code>) -> Option<&'static str> {
    match (status, kind) {
        // A service that failed is not believed about a reason that is not its own.
        (500..=599, _) if code.is_some_and(|code| !code.as_str().contains("-500-")) => {
            Some(kind.words())
        }
        (404, ErrorKind::UnexpectedStatus) => Some("not found, but no known code says what"),
        (410, _) => Some("the endpoint is gone"),
        (300..=399, _) => Some("the answer is a redirect"),
        _ => None,
    }
}
