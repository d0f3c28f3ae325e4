//! What to do about a failure: the way out, in a sentence for somebody who has never seen it before.

use super::service::Shape;
use super::{Code, Error, ErrorKind};

const READ_FIRST: &str = "the change may have been made: read the state (a person's by \
     Organization::get_user), and send it again only if it is not as wished";
const ORGANIZATION_KEY: &str = "use an organization API key (admin.atlassian.com > Organization \
     settings > API keys), not a user's API token; if it is one, it has expired or was revoked: make \
     a new one";
const KEY_WITHOUT_SCOPES: &str = "use an organization API key without scopes (admin.atlassian.com > \
     Organization settings > API keys): most of the API, and every change, takes no other";
const CHECK_RIGHTS: &str = "check that the organization id is right, that the key is one of this \
     organization, without scopes and made by an organization admin (a user access admin is not \
     enough), and that the plan includes the feature";
const CHECK_ORGANIZATION: &str = "check the organization id: the UUID after /o/ in the address of \
     admin.atlassian.com; it is not the id of a site";
const NOTHING_IS_GONE: &str = "nothing is taken to be gone on such an answer: check the base URL, the \
     organization id (the UUID after /o/ in the address of admin.atlassian.com) and the other ids";
const NOT_THE_API: &str =
    "the answer is a web page and not the API's: check the base URL and any proxy on the way";
const BUY_A_PLAN: &str = "nobody can be invited before the organization has a paid plan of at least \
     one app: buy one, then send the invitation again";
const FREE_A_SEAT: &str = "free a seat (suspend or remove somebody, or take the app's role away) or \
     buy more, then send it again";
const INVITE_FIRST: &str = "if the person was not invited yet, do that first: only members of a \
     directory can be changed, or added to its groups; else check the ids of the directory, the group \
     and the person";
const CHECK_GRANTS: &str =
    "check the resource, the role and the groups: all have to be of this organization";
const ADMINS_STAY: &str = "if the person is an organization admin, take that role away first (from the \
     last admin only after making somebody else one); else the service's reason, if it gave one, is in \
     Error::message()";
const ITS_OWN_WORDS: &str = "the service's reason may hold personal data and so is not shown here: it is in \
     Error::message()";
const AS_WISHED: &str =
    "read the present state: if it is as wished already, there is nothing to do";

/// For an answer that is not a success.
pub(super) fn of_answer(
    operation: &str,
    status: u16,
    kind: ErrorKind,
    code: Option<&Code>,
    shape: Shape,
) -> Option<&'static str> {
    // A service that failed is not believed about the reason.
    if status < 500
        && let Some(code) = code
        && let Some(hint) = of_operation(operation, code).or_else(|| of_code(code))
    {
        return Some(hint);
    }
    Some(match (status, kind, shape) {
        // Not for a 5xx: there a page is what gateways answer.
        (..=499, _, Shape::Html) => NOT_THE_API,
        (400, ErrorKind::BadRequest, _)
            if sets_access(operation) && code.is_none_or(|code| code.meaning().is_none()) =>
        {
            ADMINS_STAY
        }
        (401, _, Shape::Jira) => {
            "Jira's own API takes a user's address and API token, not an organization API key"
        }
        (401, ..) => ORGANIZATION_KEY,
        (402, ..) => BUY_A_PLAN,
        (403, ..) => CHECK_RIGHTS,
        (404, ErrorKind::UnexpectedStatus, Shape::Routing) => CHECK_ORGANIZATION,
        (404, ErrorKind::UnexpectedStatus, _) => NOTHING_IS_GONE,
        (404, ErrorKind::NoSuchOrganization, _) => CHECK_ORGANIZATION,
        (404, ErrorKind::NotFound, _) => "check the ids: they have to be of this organization",
        (410, ..) => "it was withdrawn: use the operation that replaced it",
        (_, ErrorKind::LicenceLimit, _) => FREE_A_SEAT,
        (429, ..) => "wait as long as the service says, and send fewer requests at a time",
        (300..=399, ..) => {
            "redirects are not followed, since they would carry the key away: check the base URL"
        }
        _ => return None,
    })
}

/// For a failure about which no more is known than its kind.
pub(super) fn of_kind(error: &Error) -> Option<&'static str> {
    if error.is_in_doubt() {
        return Some(READ_FIRST);
    }
    let has_body = error.raw_body().is_some_and(|body| !body.is_empty());
    Some(match error.kind() {
        ErrorKind::Connect => {
            "check the network, the proxy and the base URL; nothing was sent, so it is safe to try again"
        }
        ErrorKind::Timeout => "try again, or allow more time by ClientBuilder::timeout",
        ErrorKind::Interrupted => "nothing was changed: it is safe to try again",
        ErrorKind::BodyTooLarge => "ask for less at a time, such as smaller pages",
        ErrorKind::BadRequest if error.message().is_some() => ITS_OWN_WORDS,
        ErrorKind::BadRequest | ErrorKind::Decode | ErrorKind::UnexpectedStatus if has_body => {
            "check the base URL and any proxy on the way; what came is in Error::raw_body()"
        }
        ErrorKind::UnexpectedStatus => "check the base URL and any proxy on the way",
        ErrorKind::Decode => {
            "check the base URL and any proxy on the way; else the service has changed: look for a newer \
             version of this library"
        }
        ErrorKind::Conflict => AS_WISHED,
        ErrorKind::NoSuchAccount => {
            "check the spelling, and that this is the right organization; who was never invited is not \
             there yet: invite them first"
        }
        ErrorKind::NotAMember => "invite the person first",
        ErrorKind::Service => {
            "try again later; if it stays so, give Error::request_id() to Atlassian's support"
        }
        _ => return None,
    })
}

/// Where one code has several meanings, by what was asked for.
fn of_operation(operation: &str, code: &Code) -> Option<&'static str> {
    let not_found = [Code::UAM_NOT_FOUND, Code::UAM_GROUP_NOT_FOUND];
    match operation {
        // These ask for people who need not be there yet.
        "inviteUsers" if not_found.contains(code) => Some(CHECK_GRANTS),
        _ if sets_access(operation) && *code == Code::UAM_BAD_REQUEST => Some(ADMINS_STAY),
        _ => None,
    }
}

/// Which is refused of organization admins, by a status without a code of its own.
fn sets_access(operation: &str) -> bool {
    matches!(operation, "suspendUser" | "restoreUser")
}

fn of_code(code: &Code) -> Option<&'static str> {
    const TABLE: &[(&Code, &str)] = &[
        (&Code::SCOPE_INSUFFICIENT, KEY_WITHOUT_SCOPES),
        (&Code::UAM_SCOPE_INSUFFICIENT, KEY_WITHOUT_SCOPES),
        (&Code::MANAGE_SCOPE_INSUFFICIENT, KEY_WITHOUT_SCOPES),
        (
            &Code::UAM_FORBIDDEN,
            "the usual reason is a key with scopes: use one without, made by an organization admin \
             (a user access admin is not enough); people and groups of an identity provider are \
             changed there",
        ),
        (
            &Code::GROUP_FORBIDDEN,
            "the key has to be made by an organization admin; a group of an identity provider is \
             changed there",
        ),
        (
            &Code::GROUP_GRANTS_ADMIN,
            "the key has to be made by an organization admin (a user access admin is not enough)",
        ),
        (
            &Code::UAM_USER_INACTIVE,
            "one deactivated account fails the whole request: leave it out, or activate it first",
        ),
        (
            &Code::UAM_ROLE_INVALID,
            "choose another role: not every role exists for every app",
        ),
        (
            &Code::UAM_RESOURCE_INVALID,
            "name a site of an app; instead of ari:cloud:jira-admin::site/… use \
             ari:cloud:jira::site/… with the same id",
        ),
        (
            &Code::UAM_NOT_LICENSED,
            "add the app to the organization first, or leave it out of the request",
        ),
        (&Code::UAM_NOT_FOUND, INVITE_FIRST),
        (&Code::UAM_GROUP_NOT_FOUND, INVITE_FIRST),
        (&Code::USER_NOT_FOUND, INVITE_FIRST),
        (
            &Code::CURSOR_INVALID,
            "cursors expire, and belong to one list: begin the list anew",
        ),
        (
            &Code::GROUP_IS_DEFAULT,
            "make another group the app's default first",
        ),
        (&Code::GROUP_NOT_EMPTY, "take its members out first"),
        (
            &Code::MANAGE_DOMAIN_UNCLAIMED,
            "only accounts of a domain that the organization has claimed can be managed",
        ),
        (
            &Code::MANAGE_TARGET_UNVERIFIED,
            "the person has to verify the address first",
        ),
        (
            &Code::MANAGE_ACCOUNT_NOT_FOUND,
            "check the account id; only accounts that the organization manages are found",
        ),
        (
            &Code::MANAGE_LIFECYCLE_CONFLICT,
            "read the account's state: if it is as wished already, there is nothing to do; the \
             service's reasons are in Error::details()",
        ),
    ];
    TABLE
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, hint)| *hint)
}
