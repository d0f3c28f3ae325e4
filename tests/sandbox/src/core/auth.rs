//! Who may call what: keys, scopes, and the organization a key belongs to.

use std::collections::BTreeSet;

use super::behaviours::{InsufficientScope, UnknownOrganization};
use super::call::Call;
use super::errors::{Refusal, routing};
use super::operation::{Family, Operation};

/// An API key of the organization.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) secret: String,
    /// `None` is a key without scopes, which may do everything.
    pub(crate) scopes: Option<BTreeSet<String>>,
}

/// The key of a request, if it is one of ours.
pub(crate) fn authenticate<'k>(
    headers: &http::HeaderMap,
    keys: &'k [Key],
) -> Result<&'k Key, Refusal> {
    let header = headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, secret) = header
        .and_then(|header| header.split_once(' '))
        .ok_or_else(Refusal::unauthenticated)?;
    let key = keys.iter().find(|key| key.secret == secret.trim());
    key.filter(|_| scheme.eq_ignore_ascii_case("bearer"))
        .ok_or_else(Refusal::unauthenticated)
}

/// Checks the organization in the path, then the scopes.
pub(crate) fn authorize(call: &mut Call<'_>, key: &Key) -> Result<(), Refusal> {
    if call.operation.family == Family::Ended {
        return Ok(());
    }
    if call
        .params
        .iter()
        .any(|(name, value)| *name == "orgId" && **value != *call.org.id)
    {
        return Err(unknown_organization(call));
    }
    // Listing organizations needs no particular right: it says which ones the key belongs to.
    let Some(scopes) = key
        .scopes
        .as_ref()
        .filter(|_| call.operation.name != "orgs.list")
    else {
        return Ok(());
    };
    match call
        .operation
        .scope
        .is_some_and(|scope| scopes.contains(scope))
    {
        true => Ok(()),
        false => Err(insufficient_scope(call.operation, call.behaviours.get())),
    }
}

fn insufficient_scope(operation: &Operation, switch: InsufficientScope) -> Refusal {
    let write = matches!(operation.family, Family::V2Write | Family::Invite);
    let forbidden = match switch {
        InsufficientScope::ByVersion => write,
        InsufficientScope::Unauthorized => false,
        InsufficientScope::Forbidden => true,
    };
    match forbidden {
        true => Refusal::new(403, "ADMIN-UAM-403-1", "The key is not allowed to do this"),
        false => Refusal::new(401, "ADMIN-401-2", "Insufficient scope"),
    }
}

fn unknown_organization(call: &mut Call<'_>) -> Refusal {
    let declares = |status| !call.operation.undeclared.contains(&status);
    match call.behaviours.get::<UnknownOrganization>() {
        // A 404 of theirs is about the domain alone.
        UnknownOrganization::Declared if call.operation.family == Family::V1Domains => {
            routed(call, 403)
        }
        UnknownOrganization::Declared if declares(404) => match call.operation.family {
            Family::V2Write | Family::Invite => {
                Refusal::new(404, "ADMIN-UAM-404-2", "Organization not found")
            }
            _ => Refusal::new(404, "ADMIN-404-2", "Organization not found"),
        },
        UnknownOrganization::Declared if declares(403) => Refusal::new(
            403,
            "ADMIN-403-3",
            "Not allowed to manage this organization",
        ),
        UnknownOrganization::Declared => Refusal::unauthenticated(),
        UnknownOrganization::Routing => routed(call, 404),
        UnknownOrganization::Forbidden => routed(call, 403),
    }
}

/// A refusal by the router. It knows its operations under `/api`.
fn routed(call: &mut Call<'_>, status: u16) -> Refusal {
    let path = format!(
        "/api/admin/{}",
        call.request
            .segments
            .as_deref()
            .unwrap_or_default()
            .join("/")
    );
    let time = call.now.iso().replace('Z', "+00:00");
    let request_id = call.org.random.short();
    match status {
        403 => routing(
            403,
            "Forbidden",
            "User has no permission to access resource.",
            &path,
            time,
            request_id,
        ),
        _ => routing(
            404,
            "Not Found",
            "TCS validation failed",
            &path,
            time,
            request_id,
        ),
    }
}
