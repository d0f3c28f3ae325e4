//! Which kind of failure an answer is, by its status and its codes, and what to do about it.

use super::service::{Decoded, ServiceError, Shape};
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

pub(crate) fn classify(status: u16, decoded: &Decoded) -> Verdict {
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
        words: words(status, kind),
        hint: hint(status, kind, code, decoded),
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

fn words(status: u16, kind: ErrorKind) -> Option<&'static str> {
    match (status, kind) {
        (404, ErrorKind::UnexpectedStatus) => Some("not found, and no code says what"),
        (410, _) => Some("the endpoint is gone"),
        (300..=399, _) => Some("the answer is a redirect"),
        _ => None,
    }
}

const ORGANIZATION_KEY: &str = "this needs an organization API key (admin.atlassian.com > Organization \
     settings > API keys), not a user's API token; a key also expires";
const KEY_WITHOUT_SCOPES: &str = "use an organization API key without scopes (admin.atlassian.com > \
     Organization settings > API keys): most of the API, and every change, takes no other";
const CHECK_RIGHTS: &str = "check that the organization id is right, that the key is one of this \
     organization, without scopes and made by an organization admin (a user access admin is not \
     enough), and that the plan includes the feature";
const CHECK_ORGANIZATION: &str = "check the organization id: the UUID after /o/ in the address of \
     admin.atlassian.com; it is not the id of a site";
const NOT_THE_API: &str =
    "the answer is a web page and not the API's: check the base URL and any proxy on the way";

fn hint(
    status: u16,
    kind: ErrorKind,
    code: Option<&Code>,
    decoded: &Decoded,
) -> Option<&'static str> {
    // A service that failed is not believed about the reason.
    if status < 500
        && let Some(hint) = code.and_then(hint_of_code)
    {
        return Some(hint);
    }
    Some(match (status, kind, decoded.shape) {
        // Not for a 5xx: there a page is what gateways answer.
        (..=499, _, Shape::Html) => NOT_THE_API,
        (401, _, Shape::Jira) => {
            "Jira's own API takes a user's address and API token, not an organization API key"
        }
        (401, ..) => ORGANIZATION_KEY,
        (402, ..) => "people can be invited once at least one app is paid for",
        (403, ..) => CHECK_RIGHTS,
        (404, ErrorKind::UnexpectedStatus, Shape::Routing | Shape::Empty) => CHECK_ORGANIZATION,
        (404, ErrorKind::UnexpectedStatus, _) => {
            "nothing is taken to be gone on such an answer: check the base URL and the ids"
        }
        (404, ErrorKind::NoSuchOrganization, _) => CHECK_ORGANIZATION,
        (410, ..) => "it was withdrawn: use the operation that replaced it",
        (_, ErrorKind::LicenceLimit, _) => "free a seat or buy more, then try again",
        (429, ..) => "wait as long as the service says, and send fewer requests at a time",
        (300..=399, ..) => {
            "redirects are not followed, since they would carry the key away: check the base URL"
        }
        _ => return None,
    })
}

fn hint_of_code(code: &Code) -> Option<&'static str> {
    const TABLE: &[(&Code, &str)] = &[
        (&Code::SCOPE_INSUFFICIENT, KEY_WITHOUT_SCOPES),
        (&Code::UAM_SCOPE_INSUFFICIENT, KEY_WITHOUT_SCOPES),
        (&Code::MANAGE_SCOPE_INSUFFICIENT, KEY_WITHOUT_SCOPES),
        (
            &Code::UAM_FORBIDDEN,
            "the usual reason is a key with scopes: use one without, made by an organization admin \
             (a user access admin is not enough)",
        ),
        (
            &Code::UAM_USER_INACTIVE,
            "one deactivated account fails the whole request: leave it out, or reactivate it first",
        ),
        (
            &Code::UAM_ROLE_INVALID,
            "not every role exists for every app",
        ),
        (
            &Code::UAM_RESOURCE_INVALID,
            "if it is ari:cloud:jira-admin::site/…, use ari:cloud:jira::site/… with the same id",
        ),
        (
            &Code::UAM_NOT_LICENSED,
            "the app has to be added to the organization first",
        ),
        (
            &Code::UAM_NOT_FOUND,
            "check the directory and the ids; a person can join a group only after being invited, and only \
             one in the same directory",
        ),
        (
            &Code::GROUP_IS_DEFAULT,
            "make another group the app's default first",
        ),
        (
            &Code::MANAGE_DOMAIN_UNCLAIMED,
            "only accounts of a domain that the organization has claimed can be managed",
        ),
    ];
    TABLE
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, hint)| *hint)
}
