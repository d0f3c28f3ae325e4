//! Reading people: search, list, count, statistics, details, roles.

mod filter;
mod roles;
mod row;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::account::Account;
use super::behaviours::ManagedOutside;
use super::call::{Call, Scope};
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;
use filter::Filter;
use row::Expand;

pub(crate) use roles::role_assignments;
pub(crate) use row::resources;

pub(crate) fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 50, 100)?;
    let expand = Expand::new(&listing.fields)?;
    page(call, &listing, expand)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 20, 100)?;
    page(call, &listing, Expand::default())
}

fn page(call: &Call<'_>, listing: &Listing, expand: Expand) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let filter = Filter::new(&listing.fields)?;
    let matches = |(_, account): &(usize, &Account)| {
        listed(call, account, &scope) && filter.matches(call, account)
    };
    let row = |account: &Account| row::row(call, account, &scope, expand);
    if let Some(descending) = listing.fields.descending("nick_name")? {
        let mut all: Vec<_> = call
            .org
            .accounts_at(0, call.at)
            .filter(matches)
            .map(|(_, account)| account)
            .collect();
        all.sort_by_cached_key(|account| account.name.to_lowercase());
        if descending {
            all.reverse();
        }
        return Ok(listing.page(
            call,
            Links::Token,
            all.into_iter().enumerate().skip(listing.from),
            row,
        ));
    }
    // Addresses and ids are looked up rather than searched for: an organization may hold 100,000 people.
    if let Some(positions) = filter.positions(call) {
        let found = positions
            .into_iter()
            .filter(|position| *position >= listing.from);
        let found = found.filter_map(|position| {
            call.org
                .accounts_at(position, call.at)
                .next()
                .filter(|(at, _)| *at == position)
        });
        return Ok(listing.page(call, Links::Token, found.filter(matches), row));
    }
    let all = call.org.accounts_at(listing.from, call.at).filter(matches);
    Ok(listing.page(call, Links::Token, all, row))
}

pub(crate) fn count(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let filter = Filter::new(&call.fields()?)?;
    let scope = call.scope()?;
    let all = call.org.accounts_at(0, call.at).map(|(_, account)| account);
    let count = all
        .filter(|account| listed(call, account, &scope) && filter.matches(call, account))
        .count();
    Ok(Reply::json(json!({ "count": count })))
}

pub(crate) fn stats(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let mut roles: BTreeMap<String, usize> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, account) in call
        .org
        .accounts_at(0, call.at)
        .filter(|(_, account)| listed(call, account, &scope))
    {
        *statuses.entry(account.account_status.name()).or_default() += 1;
        for role in roles::role_names(call, account) {
            *roles.entry(role).or_default() += 1;
        }
    }
    let roles: Vec<Value> = roles
        .into_iter()
        .map(|(role, count)| json!({ "roleId": role, "count": count }))
        .collect();
    let statuses: Vec<Value> = statuses
        .into_iter()
        .map(|(s, count)| json!({ "status": s, "count": count }))
        .collect();
    Ok(Reply::json(
        json!({ "roles": roles, "accountStatus": statuses }),
    ))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.scope()?;
    let account = visible(call, &scope)?;
    Ok(Reply::json(
        json!({ "data": row::details(call, account, &scope) }),
    ))
}

/// The account of the path, if reads of this scope show it.
fn visible<'a>(call: &'a Call<'_>, scope: &Scope) -> Result<&'a Account, Refusal> {
    let account = call.org.account_at(call.param("accountId"), call.at);
    account
        .filter(|account| listed(call, account, scope))
        .ok_or_else(|| Refusal::new(404, "ADMIN-404-8", "User not found"))
}

/// Members of the scope, and managed accounts that are in no directory.
fn listed(call: &Call<'_>, account: &Account, scope: &Scope) -> bool {
    if account.memberships.is_empty() {
        let everywhere = call.behaviours.get::<ManagedOutside>() == ManagedOutside::EveryDirectory;
        return account.managed && (everywhere || matches!(scope, Scope::All));
    }
    match scope {
        Scope::All => true,
        Scope::One(directory) => account.memberships.contains_key(directory),
    }
}
