//! The domains an organization has claimed.

use serde_json::{Value, json};

use super::call::Call;
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;
use super::state::DomainState;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::fixed(call, fields, 50)?;
    let domains = call.org.domains.iter().enumerate().skip(listing.from);
    Ok(listing.page(call, Links::Url, domains, |domain| row(call, domain)))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.param("domainId");
    if !id
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '=')
    {
        return Err(Refusal::new(400, "ADMIN-400-2", "This is no domain id"));
    }
    let domain = call.org.domains.iter().find(|domain| *domain.id == *id);
    let domain = domain.ok_or_else(|| Refusal::new(404, "ADMIN-404-3", "Domain not found"))?;
    Ok(Reply::json(json!({ "data": row(call, domain) })))
}

fn row(call: &Call<'_>, domain: &DomainState) -> Value {
    json!({
        "id": &*domain.id,
        "type": "domains",
        "attributes": { "name": domain.name, "claim": { "type": "dns", "status": "verified" } },
        "links": { "self": format!("{}/v1/orgs/{}/domains/{}", call.request.base, call.org.id, domain.id) },
    })
}
