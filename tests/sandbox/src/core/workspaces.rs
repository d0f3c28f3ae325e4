//! Workspaces: the apps of the organization, found with a small query language.

use serde_json::{Value, json};

use super::behaviours::{WorkspaceCursor, WorkspaceNext};
use super::call::Call;
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;
use super::request::Fields;
use super::shape::Shape;
use super::state::ResourceState;

pub(crate) fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    find(call).map_err(|refusal| refusal.coded("ADMIN-400-4"))
}

/// What may be null, as if it were absent.
const NULLABLE: &[&str] = &["cursor", "query", "sort"];

fn find(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut body = call.request.object("ADMIN-400-4")?;
    body.retain(|name, value| !(value.is_null() && NULLABLE.contains(&name.as_str())));
    if body.contains_key("cursor") {
        let with_limit = call.behaviours.get::<WorkspaceCursor>() == WorkspaceCursor::WithLimit;
        if body
            .keys()
            .any(|key| key != "cursor" && !(with_limit && key == "limit"))
        {
            return Err(bad_request("With `cursor` there is room for nothing else"));
        }
    }
    let listing = Listing::kept(call, Fields::Body(body), 20, 1000)?;
    let query = listing.fields.value("query").cloned();
    let mut rows = Vec::new();
    for row in call.org.resources.iter().map(|app| row(call, app)) {
        if query
            .as_ref()
            .map_or(Ok(true), |query| matches(query, &row))?
        {
            rows.push(row);
        }
    }
    sort(&mut rows, listing.fields.value("sort"))?;
    let total = rows.len();
    let (rows, next) = listing.cut(
        call,
        rows.into_iter().enumerate().skip(listing.from),
        |row| row,
    );
    let links = match call.behaviours.get::<WorkspaceNext>() {
        WorkspaceNext::Url => Links::Url,
        WorkspaceNext::Token => Links::Token,
    };
    let mut body = json!({ "meta": { "pageSize": listing.limit, "total": total } });
    if !rows.is_empty() {
        body["meta"]["startIndex"] = listing.from.into();
        body["meta"]["endIndex"] = (listing.from + rows.len() - 1).into();
    }
    body["data"] = rows.into();
    if let Some(links) = listing.links(call, links, next) {
        body["links"] = links;
    }
    Ok(Reply::json(body))
}

fn row(call: &Call<'_>, app: &ResourceState) -> Value {
    let owner = app.owner();
    let site = app.ari.rsplit('/').next().unwrap_or_default();
    json!({
        "id": &*app.ari,
        "type": "workspace",
        "attributes": {
            "name": format!("{owner}-{}", site.split('-').next().unwrap_or_default()),
            "type": owner,
            "typeKey": owner,
            "owner": null,
            "status": "online",
            "statusDetails": [],
            "hostUrl": format!("https://{site}.example.com"),
            "realm": "",
            "regions": [],
            "labels": [],
            "sandbox": { "type": "NONE" },
            "capacity": app.seats,
            "usage": call.org.seats_taken(app),
        },
        "links": { "self": format!("{}/v2/orgs/{}/workspaces/{}", call.request.base, call.org.id, app.ari) },
        "relationships": {
            "entitlement": [{
                "id": format!("entitlement-{site}"),
                "type": "entitlement",
                "attributes": { "key": owner, "plan": if app.licensed { "Standard" } else { "None" }, "planKey": null },
            }],
            "features": [],
            "policies": [],
        },
    })
}

/// One operator, which may hold others.
fn matches(query: &Value, row: &Value) -> Result<bool, Refusal> {
    let object = query.as_object().filter(|object| object.len() == 1);
    let (operator, operand) = object
        .and_then(|object| object.iter().next())
        .ok_or_else(unknown_query)?;
    let all = |operand: &Value| -> Result<Vec<bool>, Refusal> {
        operand
            .as_array()
            .ok_or_else(unknown_query)?
            .iter()
            .map(|query| matches(query, row))
            .collect()
    };
    match operator.as_str() {
        "and" => Ok(all(operand)?.into_iter().all(|holds| holds)),
        "nor" => Ok(!all(operand)?.into_iter().any(|holds| holds)),
        "field" => {
            let name = operand
                .get("name")
                .and_then(Value::as_str)
                .ok_or_else(unknown_query)?;
            let values = operand
                .get("values")
                .and_then(Value::as_array)
                .ok_or_else(unknown_query)?;
            Ok(values.is_empty()
                || values
                    .iter()
                    .any(|value| *value == text(row, name).as_str()))
        }
        "searchWorkspaces" => {
            let term = operand.as_str().ok_or_else(unknown_query)?.to_lowercase();
            Ok(["attributes.name", "attributes.hostUrl"]
                .iter()
                .any(|name| text(row, name).to_lowercase().contains(&term)))
        }
        // The sandbox's workspaces have neither features nor policies.
        "features" | "policies" => Ok(operand.as_array().ok_or_else(unknown_query)?.is_empty()),
        _ => Err(unknown_query()),
    }
}

/// The value of a field like `attributes.type`, as text.
fn text(row: &Value, name: &str) -> String {
    match row.pointer(&format!("/{}", name.replace('.', "/"))) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

const SORT: Shape = Shape::Object(&[
    ("field", Shape::Text),
    ("order", Shape::OneOf(&["asc", "desc"])),
]);

fn sort(rows: &mut [Value], sort: Option<&Value>) -> Result<(), Refusal> {
    let Some(sort) = sort else { return Ok(()) };
    let fields = sort
        .as_array()
        .ok_or_else(|| bad_request("`sort` has to be an array"))?;
    // From the last field to the first: the sort is stable.
    for field in fields.iter().rev() {
        if !SORT.fits(field) {
            return Err(bad_request("`sort` takes pairs of field and order"));
        }
        // The document requires neither of the two.
        let Some(name) = field.get("field").and_then(Value::as_str) else {
            continue;
        };
        rows.sort_by_key(|row| text(row, name));
        if field.get("order").and_then(Value::as_str) == Some("desc") {
            rows.reverse();
        }
    }
    Ok(())
}

fn unknown_query() -> Refusal {
    bad_request("The query is not understood")
}

fn bad_request(detail: &str) -> Refusal {
    Refusal::new(400, "ADMIN-400-4", detail)
}
