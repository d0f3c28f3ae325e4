//! Managed accounts, and when people were last active: two reads that version 1 keeps.

use serde_json::{Value, json};

use super::account::Account;
use super::behaviours::{LastActive, LastActiveKey};
use super::call::Call;
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;
use super::state::owner_of;
use super::users;

/// A page; the operation has no limit parameter.
const PAGE: usize = 50;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::fixed(call, fields, PAGE)?;
    let managed = |(_, account): &(usize, &Account)| account.managed;
    let all = call.org.accounts_at(listing.from, call.at).filter(managed);
    let mut reply = listing.page(call, Links::Url, all, |account| row(call, account));
    let total = call.org.accounts_at(0, call.at).filter(managed).count();
    if let Some(body) = &mut reply.body {
        body["meta"] = json!({ "total": total });
    }
    Ok(reply)
}

fn row(call: &Call<'_>, account: &Account) -> Value {
    let product = |ari: String| {
        let owner = owner_of(&ari);
        declared_key(owner).map(|key| json!({ "key": key, "name": owner }))
    };
    let products: Vec<_> = users::resources(call, account, None)
        .into_iter()
        .filter_map(product)
        .collect();
    json!({
        "account_id": account.id(),
        "account_type": account.account_type.name(),
        "account_status": account.account_status.name(),
        "name": account.name,
        "picture": format!("https://avatars.example.com/{}", account.id()),
        "email": account.email(),
        "access_billable": !products.is_empty(),
        "last_active": account.added_to_org.unwrap_or(call.now).iso(),
        "product_access": products,
        "links": { "self": format!("{}/users/{}/manage/profile", call.request.base.trim_end_matches("/admin"), account.id()) },
    })
}

pub(crate) fn last_active(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    if call.behaviours.get::<LastActive>() == LastActive::Forbidden {
        return Err(Refusal::new(
            403,
            "ADMIN-403-3",
            "The plan does not have this",
        ));
    }
    let account = call.org.account_at(call.param("accountId"), call.at);
    let account = account.filter(|account| account.managed || !account.memberships.is_empty());
    let account = account.ok_or_else(|| Refusal::new(404, "ADMIN-404-8", "User not found"))?;
    let added = account.added_to_org;
    let product = |ari: String| {
        let key = match call.behaviours.get::<LastActiveKey>() {
            LastActiveKey::Declared => declared_key(owner_of(&ari))?,
            LastActiveKey::AsIs => owner_of(&ari),
        };
        let mut product = json!({ "id": ari, "key": key });
        if let Some(time) = account.last_active {
            product["last_active"] = json!(time.date());
            product["last_active_timestamp"] = json!(time.iso());
        }
        Some(product)
    };
    let products: Vec<_> = users::resources(call, account, None)
        .into_iter()
        .filter_map(product)
        .collect();
    Ok(Reply::json(json!({
        "data": {
            "product_access": products,
            "added_to_org": added.map(|time| time.date()),
            "added_to_org_timestamp": added.map(|time| time.iso()),
        },
        "links": {},
    })))
}

/// The key of the document for an app; it knows only some.
fn declared_key(owner: &str) -> Option<&'static str> {
    Some(match owner {
        "jira" | "jira-software" => "jira-software",
        "jira-core" => "jira-core",
        "jira-servicedesk" => "jira-service-desk",
        "confluence" => "confluence",
        "bitbucket" => "bitbucket",
        "trello" => "trello",
        "opsgenie" => "opsgenie",
        "statuspage" => "statuspage",
        _ => return None,
    })
}
