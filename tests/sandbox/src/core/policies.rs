//! Policies: every change is taken at once and applied a little later.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::errors::Refusal;
use super::paging::{Links, Listing};
use super::reply::Reply;
use super::shape::Shape;
use super::state::{Policy, PolicyResource};
use super::time::Time;

/// How long a change takes to be applied.
const APPLYING: Duration = Duration::from_secs(5);

const LINKED: &[(&str, Shape)] = &[
    (
        "meta",
        Shape::Object(&[
            ("scheduledDate", Shape::Text),
            ("migrationStartDateTime", Shape::Text),
            // So spelled in the document.
            ("migrationEndDataTime", Shape::Text),
            ("atlassianAccountId", Shape::Text),
        ]),
    ),
    ("links", Shape::Object(&[("ticket", Shape::Text)])),
];

const RESOURCE: Shape = Shape::With(&["id"], &[("id", Shape::Text)]);

const ATTRIBUTES: &[(&str, Shape)] = &[
    ("type", Shape::OneOf(&["ip-allowlist", "data-residency"])),
    ("name", Shape::Text),
    ("status", Shape::OneOf(&["enabled", "disabled"])),
    (
        "rule",
        Shape::With(&["in"], &[("in", Shape::List(&Shape::Text))]),
    ),
    ("resources", Shape::List(&RESOURCE)),
];

const DATA: Shape = Shape::With(
    &["type", "attributes"],
    &[
        ("type", Shape::OneOf(&["policy"])),
        ("id", Shape::Text),
        ("attributes", Shape::With(&["type"], ATTRIBUTES)),
    ],
);

pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::fixed(call, fields, 50)?;
    let kind = listing.fields.text("type")?;
    let policies = call.org.policies.iter().enumerate().skip(listing.from);
    let policies =
        policies.filter(|(_, policy)| kind.as_ref().is_none_or(|kind| *kind == policy.kind));
    let (rows, next) = listing.cut(call, policies, |policy| row(policy, call.now));
    let mut body = json!({ "meta": { "next": next, "page_size": listing.limit } });
    body["data"] = rows.into();
    if let Some(links) = listing.links(call, Links::Url, next) {
        body["links"] = links;
    }
    Ok(Reply::json(body))
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let attributes = attributes(call)?;
    let id = call.org.random.uuid().into();
    let kind = kind(&attributes)?.to_owned();
    let mut policy = Policy {
        id,
        kind,
        name: None,
        enabled: true,
        rule: None,
        resources: Vec::new(),
    };
    fill(&mut policy, &attributes, call.now)?;
    let reply = Reply::with(202, json!({ "data": row(&policy, call.now) }));
    call.org.policies.push(policy);
    Ok(reply)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let now = call.now;
    let policy = policy(call)?;
    Ok(Reply::json(json!({ "data": row(policy, now) })))
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let now = call.now;
    policy(call)?;
    let attributes = attributes(call)?;
    let kind = kind(&attributes)?;
    let policy = policy(call)?;
    if policy.kind != kind {
        return Err(invalid("The type of a policy can't be changed"));
    }
    fill(policy, &attributes, now)?;
    Ok(Reply::with(202, json!({ "data": row(policy, now) })))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = policy(call)?.id.clone();
    call.org.policies.retain(|policy| policy.id != id);
    Ok(Reply::empty(202))
}

pub(crate) fn add_resource(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let now = call.now;
    policy(call)?;
    let body = call.request.object("ADMIN-400-4")?;
    let resource = resource(&Value::Object(body), now)?;
    let policy = policy(call)?;
    policy.resources.retain(|known| known.id != resource.id);
    policy.resources.push(resource);
    Ok(Reply::with(202, json!({ "data": row(policy, now) })))
}

pub(crate) fn update_resource(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (now, id) = (call.now, call.param("resourceId").to_owned());
    policy(call)?;
    let body = call.request.object("ADMIN-400-4")?;
    let policy = policy(call)?;
    let found = policy
        .resources
        .iter_mut()
        .find(|resource| *resource.id == *id)
        .ok_or_else(no_resource)?;
    let mut changed = Value::Object(body);
    changed["id"] = id.into();
    *found = resource(&changed, now)?;
    Ok(Reply::with(202, json!({ "data": row(policy, now) })))
}

/// 204 without a body: the document declares one, which HTTP has no room for.
pub(crate) fn remove_resource(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (now, id) = (call.now, call.param("resourceId").to_owned());
    let found = policy(call)?
        .resources
        .iter_mut()
        .find(|resource| *resource.id == *id && !resource.gone(now));
    found.ok_or_else(no_resource)?.removed = Some(now + APPLYING);
    Ok(Reply::empty(204))
}

pub(crate) fn validate(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    match policy(call).is_ok_and(|policy| policy.kind == "data-residency") {
        true => Ok(Reply::empty(202)),
        false => Err(Refusal::new(400, "ADMIN-500-2", "The policy is not valid")),
    }
}

fn policy<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Policy, Refusal> {
    let id = call.param("policyId").to_owned();
    let found = call
        .org
        .policies
        .iter_mut()
        .find(|policy| *policy.id == *id);
    found.ok_or_else(|| Refusal::new(404, "ADMIN-404-5", "Policy not found"))
}

fn attributes(call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    let body = call.request.object("ADMIN-400-4")?;
    let data = body.get("data").filter(|data| DATA.fits(data));
    let attributes = data
        .and_then(|data| data.get("attributes"))
        .and_then(Value::as_object);
    attributes
        .cloned()
        .ok_or_else(|| invalid("`data` is not what describes a policy"))
}

fn kind(attributes: &Map<String, Value>) -> Result<&str, Refusal> {
    let kind = attributes.get("type").and_then(Value::as_str);
    kind.ok_or_else(|| invalid("The type of the policy is unknown"))
}

/// Takes over what a body states.
fn fill(policy: &mut Policy, attributes: &Map<String, Value>, now: Time) -> Result<(), Refusal> {
    let resources = match attributes.get("resources") {
        Some(Value::Array(list)) => Some(
            list.iter()
                .map(|item| resource(item, now))
                .collect::<Result<Vec<_>, _>>()?,
        ),
        _ => None,
    };
    if let Some(status) = attributes.get("status").and_then(Value::as_str) {
        policy.enabled = status == "enabled";
    }
    if let Some(name) = attributes.get("name").and_then(Value::as_str) {
        policy.name = Some(name.to_owned());
    }
    if let Some(rule) = attributes.get("rule") {
        policy.rule = Some(rule.clone());
    }
    if let Some(resources) = resources {
        policy.resources = resources;
    }
    Ok(())
}

fn resource(value: &Value, now: Time) -> Result<PolicyResource, Refusal> {
    let id = value
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| invalid("A resource needs an id"))?;
    if !Shape::Object(LINKED).fits(value) {
        return Err(invalid("`meta` or `links` is not what belongs there"));
    }
    let part = |name: &str| value.get(name).cloned();
    Ok(PolicyResource {
        id: id.into(),
        meta: part("meta"),
        links: part("links"),
        applied: now + APPLYING,
        removed: None,
    })
}

impl PolicyResource {
    fn gone(&self, now: Time) -> bool {
        self.removed.is_some_and(|removed| removed <= now)
    }
}

fn row(policy: &Policy, now: Time) -> Value {
    let resources = policy
        .resources
        .iter()
        .filter(|resource| !resource.gone(now))
        .map(|resource| {
            let status = match resource.removed {
                Some(_) => "removing",
                None if resource.applied > now => "applying",
                None => "applied",
            };
            let mut row = json!({ "id": &*resource.id, "applicationStatus": status });
            for (name, part) in [("meta", &resource.meta), ("links", &resource.links)] {
                if let Some(part) = part {
                    row[name] = part.clone();
                }
            }
            row
        });
    let mut attributes = json!({
        "type": policy.kind,
        "status": if policy.enabled { "enabled" } else { "disabled" },
        "resources": resources.collect::<Vec<_>>(),
    });
    if let Some(name) = &policy.name {
        attributes["name"] = name.clone().into();
    }
    if let Some(rule) = &policy.rule {
        attributes["rule"] = rule.clone();
    }
    json!({ "id": &*policy.id, "type": "policy", "attributes": attributes })
}

fn no_resource() -> Refusal {
    Refusal::new(404, "ADMIN-404-6", "The policy has no such resource")
}

fn invalid(detail: &str) -> Refusal {
    Refusal::new(400, "ADMIN-400-4", detail)
}
