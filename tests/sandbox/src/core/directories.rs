//! The directories of the organization.

use serde_json::json;

use super::call::Call;
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 20, 100)?;
    let account = listing.fields.text("accountId")?;
    let ids = listing.fields.list("directoryIds", 10)?;
    let term = listing
        .fields
        .text("searchTerm")?
        .map(|term| term.to_lowercase());
    let account = account.map(|id| call.org.account_at(&id, call.at));
    let matching = call
        .org
        .directories
        .iter()
        .enumerate()
        .skip(listing.from)
        .filter(|(_, directory)| {
            // Somebody suspended in a directory is still a member of it.
            account.is_none_or(|account| {
                account.is_some_and(|a| a.membership(&directory.id).is_some())
            }) && ids
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| **id == *directory.id))
                && term
                    .as_ref()
                    .is_none_or(|term| directory.name.to_lowercase().contains(term))
        });
    Ok(listing.page(call, Links::Token, matching, |directory| {
        json!({
            "directoryId": &*directory.id,
            "name": directory.name,
            "icon": format!("https://icons.example.com/{}.png", directory.id),
        })
    }))
}
