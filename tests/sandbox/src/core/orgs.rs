//! The organization itself.

use serde_json::{Value, json};

use super::behaviours::OrganizationList;
use super::call::Call;
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::fixed(call, fields, 50)?;
    if call.behaviours.get::<OrganizationList>() == OrganizationList::Empty {
        return Ok(Reply::json(
            json!({ "data": [], "links": { "self": call.url(None) }, "meta": null }),
        ));
    }
    let rows = [(0, ())].into_iter().skip(listing.from);
    Ok(listing.page(call, Links::Url, rows, |()| organization(call)))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::json(json!({ "data": organization(call) })))
}

fn organization(call: &Call<'_>) -> Value {
    let this = format!("{}/v1/orgs/{}", call.request.base, call.org.id);
    json!({
        "id": &*call.org.id,
        "type": "orgs",
        "attributes": { "name": call.org.name },
        "relationships": {
            "domains": { "links": { "related": format!("{this}/domains") } },
            "users": { "links": { "related": format!("{this}/users") } },
        },
        "links": { "self": this },
    })
}
