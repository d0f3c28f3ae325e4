//! From addresses and account ids to people, every one of them answered.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use atlassian_orgs_api::organizations::types;

use crate::address::{EmailAddress, Person};
use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, GroupId};
use crate::organization::{Organization, no_rows};
use crate::paging::Cursors;
use crate::user::User;
use crate::users::search;

/// Addresses in one search, at most (reference: `emails` of `searchDirectoryUsers`).
const ADDRESSES: usize = 100;
/// Account ids in one search, at most.
const ACCOUNT_IDS: usize = 10;
/// Rows on one page, at most.
const ROWS: usize = 100;
/// Both searches go over all directories.
const EVERYWHERE: &str = "-";

/// Finds each of `people`; the answer has their order and their length.
pub(crate) async fn find(
    org: &Organization,
    people: &[Person],
) -> Result<Vec<Option<User>>, Error> {
    let mut by_address: HashMap<String, Option<User>> = HashMap::new();
    let mut by_id: HashMap<AccountId, Option<User>> = HashMap::new();
    // In the order given, so that the same call makes the same requests.
    let mut addresses: Vec<&EmailAddress> = Vec::new();
    let mut ids: Vec<&AccountId> = Vec::new();
    for person in people {
        match person {
            Person::Email(address) => {
                if by_address.insert(address.folded(), None).is_none() {
                    addresses.push(address);
                }
            }
            Person::Account(id) => {
                if by_id.insert(id.clone(), None).is_none() {
                    ids.push(id);
                }
            }
        }
    }
    for batch in addresses.chunks(ADDRESSES) {
        for (key, user) in addresses_found(org, batch).await? {
            by_address.insert(key, Some(user));
        }
    }
    for batch in ids.chunks(ACCOUNT_IDS) {
        let body = types::MultiDirectoryUserSearchRequest {
            account_ids: Some(batch.iter().map(|id| id.as_str().to_owned()).collect()),
            ..body()
        };
        for user in rows(org, body, batch.len()).await? {
            if let Some(entry) = by_id.get_mut(&user.account_id) {
                *entry = Some(user);
            }
        }
    }
    Ok(people
        .iter()
        .map(|person| match person {
            Person::Email(address) => by_address.get(&address.folded()).cloned().flatten(),
            Person::Account(id) => by_id.get(id).cloned().flatten(),
        })
        .collect())
}

/// The people with these addresses, by folded address.
pub(crate) async fn addresses_found(
    org: &Organization,
    batch: &[&EmailAddress],
) -> Result<HashMap<String, User>, Error> {
    let mut found = HashMap::new();
    if match_addresses(org, batch, &mut found).await? {
        return Ok(found);
    }
    // Somebody's address is not shown. Asked for alone, the answer can only be theirs.
    for address in batch {
        if !found.contains_key(&address.folded()) {
            match_addresses(org, &[*address], &mut found).await?;
        }
    }
    Ok(found)
}

/// Adds the people of one search; false if some of them have no address to match.
async fn match_addresses(
    org: &Organization,
    batch: &[&EmailAddress],
    found: &mut HashMap<String, User>,
) -> Result<bool, Error> {
    let body = types::MultiDirectoryUserSearchRequest {
        emails: Some(
            batch
                .iter()
                .map(|address| address.as_str().to_owned())
                .collect(),
        ),
        ..body()
    };
    let asked: HashSet<String> = batch.iter().map(|address| address.folded()).collect();
    let mut all_matched = true;
    for user in rows(org, body, batch.len()).await? {
        let key = match (&user.email, batch) {
            (Some(email), _) => EmailAddress::new(email)
                .map(|e| e.folded())
                .unwrap_or_default(),
            (None, [only]) => only.folded(),
            (None, _) => {
                all_matched = false;
                continue;
            }
        };
        if !asked.contains(&key) {
            return Err(unmatched("the answer holds people who were not asked for"));
        }
        // An address can belong to a person and to a portal customer; the person is meant.
        let person = |user: &User| user.account_type.as_ref().is_none_or(|t| t.is_person());
        if found
            .get(&key)
            .is_none_or(|known| !person(known) && person(&user))
        {
            found.insert(key, user);
        }
    }
    Ok(all_matched)
}

/// The roles that membership of a group gives: resource and role. A row that leaves out either is an
/// error, since nothing can be said of it.
pub(crate) async fn roles_of_group(
    org: &Organization,
    group: &GroupId,
) -> Result<Vec<(String, String)>, Error> {
    let (mut cursors, mut cursor) = (Cursors::new(org.client()), None::<String>);
    let mut roles = Vec::new();
    loop {
        let raw = org.client().call();
        let mut request = raw
            .get_group_role_assignments()
            .org_id(org.id().as_str())
            .directory_id(EVERYWHERE)
            .group_id(group.as_str());
        if let Some(cursor) = &cursor {
            request = request.cursor(cursor.as_str());
        }
        let answer = request.send().await;
        let page = settle(org.client(), "get_group_role_assignments", answer).await?;
        let unread = || no_rows("getGroupRoleAssignments");
        for row in page.data.ok_or_else(unread)? {
            let resource = row.resource_id.ok_or_else(unread)?.to_string();
            let here = row.roles.ok_or_else(unread)?.0;
            roles.extend(
                here.into_iter()
                    .map(|role| (resource.clone(), role.to_string())),
            );
        }
        cursor = cursors.next(page.links.and_then(|links| links.next).as_deref())?;
        if cursor.is_none() {
            return Ok(roles);
        }
    }
}

fn body() -> types::MultiDirectoryUserSearchRequest {
    types::MultiDirectoryUserSearchRequest {
        expand: Some(vec!["platformRoles".into(), "groups".into()]),
        limit: u32::try_from(ROWS).ok().and_then(NonZeroU32::new),
        ..Default::default()
    }
}

/// All rows of an exact search. A service that ignored the filter would send everybody: a few pages
/// more than were asked for end it.
async fn rows(
    org: &Organization,
    body: types::MultiDirectoryUserSearchRequest,
    asked: usize,
) -> Result<Vec<User>, Error> {
    let (mut users, mut cursors, mut cursor) = (Vec::new(), Cursors::new(org.client()), None);
    for _ in 0..asked.div_ceil(ROWS) + 8 {
        let page = types::MultiDirectoryUserSearchRequest {
            cursor,
            ..body.clone()
        };
        let (rows, next) = search(org, EVERYWHERE, page).await?;
        users.extend(rows);
        cursor = cursors.next(next.as_deref())?;
        if cursor.is_none() {
            return Ok(users);
        }
    }
    Err(unmatched(
        "the answer has more pages than people were asked for",
    ))
}

fn unmatched(words: &'static str) -> Error {
    Error::new(ErrorKind::Decode)
        .with_operation("searchDirectoryUsers")
        .with_words(words)
}
