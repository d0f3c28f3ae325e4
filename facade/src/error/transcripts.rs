//! Every shape of error body that is known, and what each comes to for a user and for a program.

use std::fmt::Write as _;

use super::tests::error;
use super::*;

/// What a user sees, and below it what a program gets.
fn transcript(cases: &[(&str, u16, &str)]) -> String {
    let mut out = String::new();
    for (name, status, body) in cases {
        let error = error(*status, body);
        writeln!(out, "# {name}\n{error}\n  {:?}", error.kind()).unwrap();
        for entry in error.details() {
            writeln!(
                out,
                "  id {:?}, status {:?}, code {:?}, title {:?}, detail {:?}",
                entry.id(),
                entry.status(),
                entry.code().map(Code::as_str),
                entry.title(),
                entry.detail()
            )
            .unwrap();
        }
        writeln!(out, "  message {:?}", error.message()).unwrap();
    }
    out.replace("Some(", "(").replace("None", "-")
}

#[test]
fn every_shape_is_understood() {
    insta::assert_snapshot!(transcript(&[
        ("E, X, A, M: a list", 404, r#"{"errors":[{"id":"65e9","code":"ADMIN-UAM-404-1","status":"404","title":"Unknown","detail":"text"}]}"#),
        ("a list: number status, null detail, no id", 400, r#"{"errors":[{"code":"ADMIN-400-24","status":400,"title":"Bad","detail":null}]}"#),
        ("a list of several", 400, r#"{"errors":[{"code":"ADMIN-UAM-400-1","detail":"a"},{"code":"ADMIN-UAM-400-2","detail":"b"}]}"#),
        ("a list of the wrong things", 400, r#"{"errors":[null,7,"text",{"code":["x"],"status":true,"title":{},"detail":[]},{"code":"ADMIN-400-4"}]}"#),
        ("a list of nothing", 400, r#"{"errors":[],"message":"beside it"}"#),
        ("bare", 403, r#"{"id":"1","status":"403","code":"ADMIN-403-3","title":"Forbidden","detail":"text"}"#),
        ("P: gateway", 401, r#"{"code":401,"message":"Unauthorized"}"#),
        ("P with the number as text", 429, r#"{"code":"429","message":"slow down"}"#),
        ("N: routing", 403, r#"{"timestamp":"2025-06-06T06:03:27Z","path":"/api","status":403,"error":"Forbidden","message":"no permission","requestId":"b4fc-1"}"#),
        ("U: context is text", 404, r#"{"key":"accountNotFound","context":"text"}"#),
        ("U: context is an object", 403, r#"{"key":"forbidden.insufficientScope","context":{"message":"text","acceptableScopes":["manage:org"]}}"#),
        ("U: errorKey and errorDetail", 400, r#"{"errorKey":"bodyParseFailure","errorDetail":"text"}"#),
        ("U: lifecycle", 409, r#"{"key":"conflict.lifecycleErrors","context":{"message":"m","accountId":"x","errorCodes":[{"code":"some.reason","message":"why","link":"l"},5]}}"#),
        ("U: of wrong types", 400, r#"{"key":"forbidden","context":[1],"errorDetail":{}}"#),
        ("J: messages", 400, r#"{"errorMessages":["one","two"],"errors":{}}"#),
        ("J: fields", 400, r#"{"errorMessages":[],"errors":{"emailAddress":"is wrong","n":3},"status":400}"#),
        ("J: refused", 401, r#"{"errorMessages":["log in"],"errors":{}}"#),
        ("other JSON: an object in `error`", 500, r#"{"error":{"code":"ADMIN-500-1","message":"text"}}"#),
        ("other JSON", 500, r#"{"a":1}"#),
        ("a JSON list", 400, r#"[{"code":"ADMIN-400-1"}]"#),
        ("a JSON text", 400, r#""text""#),
        ("a JSON number", 400, "12"),
        ("cut JSON", 404, r#"{"errors":[{"code":"ADMIN-UAM-404-1","#),
        ("HTML", 403, "<!doctype html><html><body>Forbidden</body></html>"),
        ("HTML from a gateway", 502, "\n<html>502 Bad Gateway</html>"),
        ("text", 404, "Request failed to match any route"),
        ("nothing", 409, ""),
        ("only white space and a mark", 503, "\u{feff} \r\n"),
    ]), @r#"
    # E, X, A, M: a list
    404 (ADMIN-UAM-404-1): a user or group is not in this directory; if the person was not invited yet, do that first: only members of a directory can be changed, or added to its groups; else check the ids of the directory, the group and the person
      NotFound
      id ("65e9"), status (404), code ("ADMIN-UAM-404-1"), title ("Unknown"), detail ("text")
      message ("text")
    # a list: number status, null detail, no id
    400 (ADMIN-400-24): the request's body is not valid; the service's reason may hold personal data and so is not shown here: it is in Error::message()
      BadRequest
      id -, status (400), code ("ADMIN-400-24"), title ("Bad"), detail -
      message ("Bad")
    # a list of several
    400 (ADMIN-UAM-400-2): an account in the request is deactivated; one deactivated account fails the whole request: leave it out, or activate it first
      Deactivated
      id -, status -, code ("ADMIN-UAM-400-1"), title -, detail ("a")
      id -, status -, code ("ADMIN-UAM-400-2"), title -, detail ("b")
      message ("b")
    # a list of the wrong things
    400 (ADMIN-400-4): a resource or id in the request is not valid; the service's reason may hold personal data and so is not shown here: it is in Error::message()
      BadRequest
      id -, status -, code -, title -, detail ("text")
      id -, status -, code ("ADMIN-400-4"), title -, detail -
      message ("text")
    # a list of nothing
    400: the service finds the request wrong; the service's reason may hold personal data and so is not shown here: it is in Error::message()
      BadRequest
      id -, status -, code -, title -, detail ("beside it")
      message ("beside it")
    # bare
    403 (ADMIN-403-3): the key may not manage this organization; check that the organization id is right, that the key is one of this organization, without scopes and made by an organization admin (a user access admin is not enough), and that the plan includes the feature
      Forbidden
      id ("1"), status (403), code ("ADMIN-403-3"), title ("Forbidden"), detail ("text")
      message ("text")
    # P: gateway
    401: the key was not accepted; use an organization API key (admin.atlassian.com > Organization settings > API keys), not a user's API token; if it is one, it has expired or was revoked: make a new one
      Unauthorized
      id -, status (401), code -, title -, detail ("Unauthorized")
      message ("Unauthorized")
    # P with the number as text
    429: too many requests; wait as long as the service says, and send fewer requests at a time
      RateLimited
      id -, status (429), code -, title -, detail ("slow down")
      message ("slow down")
    # N: routing
    403: the key may not do this; check that the organization id is right, that the key is one of this organization, without scopes and made by an organization admin (a user access admin is not enough), and that the plan includes the feature
      Forbidden
      id -, status (403), code -, title ("Forbidden"), detail ("no permission")
      message ("no permission")
    # U: context is text
    404 (accountNotFound): the account is not known; check the account id; only accounts that the organization manages are found
      NotFound
      id -, status -, code ("accountNotFound"), title -, detail ("text")
      message ("text")
    # U: context is an object
    403 (forbidden.insufficientScope): the key's scopes do not reach; use an organization API key without scopes (admin.atlassian.com > Organization settings > API keys): most of the API, and every change, takes no other
      Forbidden
      id -, status -, code ("forbidden.insufficientScope"), title -, detail ("text")
      message ("text")
    # U: errorKey and errorDetail
    400 (bodyParseFailure): the request's body can't be parsed; the service's reason may hold personal data and so is not shown here: it is in Error::message()
      BadRequest
      id -, status -, code ("bodyParseFailure"), title -, detail ("text")
      message ("text")
    # U: lifecycle
    409 (conflict.lifecycleErrors): the account's state does not allow this; read the account's state: if it is as wished already, there is nothing to do; the service's reasons are in Error::details()
      Conflict
      id -, status -, code ("conflict.lifecycleErrors"), title -, detail ("m")
      id -, status -, code ("some.reason"), title -, detail ("why")
      message ("m")
    # U: of wrong types
    400 (forbidden): the key may not do this; check the base URL and any proxy on the way; what came is in Error::raw_body()
      BadRequest
      id -, status -, code ("forbidden"), title -, detail -
      message -
    # J: messages
    400: the service finds the request wrong; the service's reason may hold personal data and so is not shown here: it is in Error::message()
      BadRequest
      id -, status -, code -, title -, detail ("one")
      id -, status -, code -, title -, detail ("two")
      message ("one")
    # J: fields
    400: the service finds the request wrong; the service's reason may hold personal data and so is not shown here: it is in Error::message()
      BadRequest
      id -, status -, code -, title ("emailAddress"), detail ("is wrong")
      id -, status -, code -, title ("n"), detail -
      message ("is wrong")
    # J: refused
    401: the key was not accepted; Jira's own API takes a user's address and API token, not an organization API key
      Unauthorized
      id -, status -, code -, title -, detail ("log in")
      message ("log in")
    # other JSON: an object in `error`
    500 (ADMIN-500-1): the service failed; try again later; if it stays so, give Error::request_id() to Atlassian's support
      Service
      id -, status -, code ("ADMIN-500-1"), title -, detail ("text")
      message ("text")
    # other JSON
    500: the service failed; try again later; if it stays so, give Error::request_id() to Atlassian's support
      Service
      message -
    # a JSON list
    400 (ADMIN-400-1): the page cursor is not valid; cursors expire, and belong to one list: begin the list anew
      BadRequest
      id -, status -, code ("ADMIN-400-1"), title -, detail -
      message -
    # a JSON text
    400: the service finds the request wrong; the service's reason may hold personal data and so is not shown here: it is in Error::message()
      BadRequest
      id -, status -, code -, title -, detail ("text")
      message ("text")
    # a JSON number
    400: the service finds the request wrong; check the base URL and any proxy on the way; what came is in Error::raw_body()
      BadRequest
      message -
    # cut JSON
    404: not found, but no known code says what; nothing is taken to be gone on such an answer: check the base URL, the organization id (the UUID after /o/ in the address of admin.atlassian.com) and the other ids
      UnexpectedStatus
      message -
    # HTML
    403: the key may not do this; the answer is a web page and not the API's: check the base URL and any proxy on the way
      Forbidden
      message -
    # HTML from a gateway
    502: the service failed; try again later; if it stays so, give Error::request_id() to Atlassian's support
      Service
      message -
    # text
    404: not found, but no known code says what; nothing is taken to be gone on such an answer: check the base URL, the organization id (the UUID after /o/ in the address of admin.atlassian.com) and the other ids
      UnexpectedStatus
      id -, status -, code -, title -, detail ("Request failed to match any route")
      message ("Request failed to match any route")
    # nothing
    409: the request contradicts the present state; read the present state: if it is as wished already, there is nothing to do
      Conflict
      message -
    # only white space and a mark
    503: the service failed; try again later; if it stays so, give Error::request_id() to Atlassian's support
      Service
      message -
    "#);
}

#[test]
fn each_failure_has_its_way_out() {
    let coded = |code: &str| format!(r#"{{"errors":[{{"code":"{code}"}}]}}"#);
    let cases = [
        (401, ""),
        (401, "ADMIN-401-2"),
        (401, "ADMIN-UAM-401-2"),
        (402, "ADMIN-UAM-402-1"),
        (403, ""),
        (403, "ADMIN-UAM-403-1"),
        (403, "ADMIN-403-6"),
        (404, ""),
        (404, "ADMIN-404-2"),
        (404, "ADMIN-UAM-404-1"),
        (404, "ADMIN-404-8"),
        (404, "ADMIN-UAM-404-77"),
        (400, "ADMIN-400-32"),
        (400, "ADMIN-UAM-400-2"),
        (400, "ADMIN-UAM-400-3"),
        (400, "ADMIN-UAM-400-4"),
        (400, "ADMIN-UAM-400-5"),
        (409, ""),
        (409, "ADMIN-409-3"),
        (409, "ADMIN-UAM-409-2"),
        (409, "ADMIN-UAM-409-3"),
        (409, "ADMIN-409-28"),
        (429, "ADMIN-429-1"),
        (302, ""),
        (410, ""),
        (418, ""),
        (422, ""),
        (500, "ADMIN-UAM-404-1"),
        (503, ""),
        (999, ""),
        (404, "mia@example.com"),
    ];
    let mut out = String::new();
    for (status, code) in cases {
        let body = if code.is_empty() {
            String::new()
        } else {
            coded(code)
        };
        let error = error(status, &body);
        writeln!(out, "{:?}: {error}", error.kind()).unwrap();
    }
    let routing = r#"{"timestamp":"2026","path":"/x","status":404,"error":"Not Found","requestId":"e4cd","message":"TCS validation failed"}"#;
    writeln!(out, "routing, {:?}", error(404, routing)).unwrap();
    writeln!(
        out,
        "a route, {}",
        error(404, "Request failed to match any route")
    )
    .unwrap();
    insta::assert_snapshot!(out, @r#"
    Unauthorized: 401: the key was not accepted; use an organization API key (admin.atlassian.com > Organization settings > API keys), not a user's API token; if it is one, it has expired or was revoked: make a new one
    Unauthorized: 401 (ADMIN-401-2): the key's scopes do not reach; use an organization API key without scopes (admin.atlassian.com > Organization settings > API keys): most of the API, and every change, takes no other
    Unauthorized: 401 (ADMIN-UAM-401-2): the key's scopes do not reach; use an organization API key without scopes (admin.atlassian.com > Organization settings > API keys): most of the API, and every change, takes no other
    PaymentRequired: 402 (ADMIN-UAM-402-1): the organization has no paid subscription; nobody can be invited before the organization has a paid plan of at least one app: buy one, then send the invitation again
    Forbidden: 403: the key may not do this; check that the organization id is right, that the key is one of this organization, without scopes and made by an organization admin (a user access admin is not enough), and that the plan includes the feature
    Forbidden: 403 (ADMIN-UAM-403-1): the key may not do this; the usual reason is a key with scopes: use one without, made by an organization admin (a user access admin is not enough); people and groups of an identity provider are changed there
    Forbidden: 403 (ADMIN-403-6): the group carries an app's default role; make another group the app's default first
    UnexpectedStatus: 404: not found, but no known code says what; nothing is taken to be gone on such an answer: check the base URL, the organization id (the UUID after /o/ in the address of admin.atlassian.com) and the other ids
    NoSuchOrganization: 404 (ADMIN-404-2): the organization is not known; check the organization id: the UUID after /o/ in the address of admin.atlassian.com; it is not the id of a site
    NotFound: 404 (ADMIN-UAM-404-1): a user or group is not in this directory; if the person was not invited yet, do that first: only members of a directory can be changed, or added to its groups; else check the ids of the directory, the group and the person
    NotFound: 404 (ADMIN-404-8): the user is not known; if the person was not invited yet, do that first: only members of a directory can be changed, or added to its groups; else check the ids of the directory, the group and the person
    UnexpectedStatus: 404 (ADMIN-UAM-404-77): not found, but no known code says what; nothing is taken to be gone on such an answer: check the base URL, the organization id (the UUID after /o/ in the address of admin.atlassian.com) and the other ids
    LicenceLimit: 400 (ADMIN-400-32): the licence limits of too many apps would be exceeded; free a seat (suspend or remove somebody, or take the app's role away) or buy more, then send it again
    Deactivated: 400 (ADMIN-UAM-400-2): an account in the request is deactivated; one deactivated account fails the whole request: leave it out, or activate it first
    BadRequest: 400 (ADMIN-UAM-400-3): the role does not fit the resource; choose another role: not every role exists for every app
    BadRequest: 400 (ADMIN-UAM-400-4): the organization has no licence for the app; add the app to the organization first, or leave it out of the request
    BadRequest: 400 (ADMIN-UAM-400-5): the resource is missing or can't be granted; name a site of an app; instead of ari:cloud:jira-admin::site/… use ari:cloud:jira::site/… with the same id
    Conflict: 409: the request contradicts the present state; read the present state: if it is as wished already, there is nothing to do
    LicenceLimit: 409 (ADMIN-409-3): the licence limit of an app is reached; free a seat (suspend or remove somebody, or take the app's role away) or buy more, then send it again
    Conflict: 409 (ADMIN-UAM-409-2): the request contradicts what is there (of a group: already a member); read the present state: if it is as wished already, there is nothing to do
    LicenceLimit: 409 (ADMIN-UAM-409-3): the licence limit of an app is reached; free a seat (suspend or remove somebody, or take the app's role away) or buy more, then send it again
    Conflict: 409 (ADMIN-409-28): the request contradicts the present state; read the present state: if it is as wished already, there is nothing to do
    RateLimited: 429 (ADMIN-429-1): too many requests; wait as long as the service says, and send fewer requests at a time
    UnexpectedStatus: 302: the answer is a redirect; redirects are not followed, since they would carry the key away: check the base URL
    UnexpectedStatus: 410: the endpoint is gone; it was withdrawn: use the operation that replaced it
    UnexpectedStatus: 418: this operation is not known to answer so; check the base URL and any proxy on the way
    BadRequest: 422: the service finds the request wrong
    Service: 500 (ADMIN-UAM-404-1): the service failed; try again later; if it stays so, give Error::request_id() to Atlassian's support
    Service: 503: the service failed; try again later; if it stays so, give Error::request_id() to Atlassian's support
    UnexpectedStatus: 999: this operation is not known to answer so; check the base URL and any proxy on the way
    UnexpectedStatus: 404 (unfamiliar code): not found, but no known code says what; nothing is taken to be gone on such an answer: check the base URL, the organization id (the UUID after /o/ in the address of admin.atlassian.com) and the other ids
    routing, Error { kind: UnexpectedStatus, status: 404, words: "not found, but no known code says what", operation: "operation", body_bytes: 118, may_have_been_sent: true, .. }
    a route, 404: not found, but no known code says what; nothing is taken to be gone on such an answer: check the base URL, the organization id (the UUID after /o/ in the address of admin.atlassian.com) and the other ids
    "#);
}
