//! The audit log: what was done to the organization, newest first, and as a stream.

use serde_json::{Value, json};

use super::behaviours::{EventDrift, EventsMeta, StreamEnd};
use super::call::Call;
use super::errors::Refusal;
use super::lag::Moment;
use super::paging::{Links, Listing};
use super::reply::Reply;
use super::state::{Id, Organization};
use super::time::Time;

/// Something that was done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Its id.
    pub id: Id,
    /// What was done, such as `user_suspended`.
    pub action: String,
    /// When.
    pub time: Time,
    /// When the log took it in; the stream goes by this.
    pub processed: Time,
    /// What it was done to: kind and id.
    pub context: Vec<(String, String)>,
}

impl Event {
    fn seen(&self, read: Moment) -> bool {
        read.sees(self.time, self.processed)
    }
}

/// Operation, action, its name, and the name of its kind.
const ACTIONS: &[(&str, &str, &str, &str)] = &[
    ("users.invite", "user_invited", "Invited a user", "Users"),
    (
        "users.suspend",
        "user_suspended",
        "Suspended a user",
        "Users",
    ),
    ("users.restore", "user_restored", "Restored a user", "Users"),
    ("users.remove", "user_removed", "Removed a user", "Users"),
    (
        "users.assign-role",
        "user_role_granted",
        "Gave a user a role",
        "Users",
    ),
    (
        "users.revoke-role",
        "user_role_revoked",
        "Took a role from a user",
        "Users",
    ),
    (
        "users.assign-org-role",
        "org_admin_granted",
        "Made a user an organization admin",
        "Users",
    ),
    (
        "users.revoke-org-role",
        "org_admin_revoked",
        "Made a user no longer an organization admin",
        "Users",
    ),
    (
        "groups.create",
        "group_created",
        "Created a group",
        "Groups",
    ),
    (
        "groups.delete",
        "group_deleted",
        "Deleted a group",
        "Groups",
    ),
    (
        "groups.add-member",
        "group_member_added",
        "Added a user to a group",
        "Groups",
    ),
    (
        "groups.remove-member",
        "group_member_removed",
        "Removed a user from a group",
        "Groups",
    ),
    (
        "groups.assign-role",
        "group_role_granted",
        "Gave a group a role",
        "Groups",
    ),
    (
        "groups.revoke-role",
        "group_role_revoked",
        "Took a role from a group",
        "Groups",
    ),
    (
        "policies.create",
        "policy_created",
        "Created a policy",
        "Policies",
    ),
    (
        "policies.update",
        "policy_updated",
        "Changed a policy",
        "Policies",
    ),
    (
        "policies.delete",
        "policy_deleted",
        "Deleted a policy",
        "Policies",
    ),
];

/// Writes an operation that was done into the log.
pub(super) fn record(call: &mut Call<'_>, reply: &Reply) {
    let Some((_, action, ..)) = ACTIONS
        .iter()
        .find(|(operation, ..)| *operation == call.operation.name)
    else {
        return;
    };
    let kinds = [
        ("accountId", "user"),
        ("groupId", "group"),
        ("policyId", "policy"),
    ];
    let mut context: Vec<_> = kinds
        .into_iter()
        .filter(|(param, _)| !call.param(param).is_empty())
        .map(|(param, kind)| (kind.to_owned(), call.param(param).to_owned()))
        .collect();
    let rows = reply
        .body
        .as_ref()
        .and_then(|body| body["data"].as_array())
        .into_iter()
        .flatten();
    let invited = rows
        .filter_map(|row| row["id"].as_str())
        .map(|id| ("user".to_owned(), id.to_owned()));
    context.extend(invited);
    // What was done is processed in its order, so that nobody who follows the stream misses what took longer.
    let before = call.org.events.last().map(|event| event.processed);
    let visible = call.org.lags.written(call.at).visible;
    let processed = before.map_or(visible, |before| before.max(visible));
    call.org.add_event(action, call.now, processed, context);
}

impl Organization {
    /// Adds to the log; it is processed after the general lag of reads.
    pub fn record(&mut self, action: &str, time: Time, context: Vec<(String, String)>) {
        let processed = self.lags.written(Moment::new(time)).visible;
        self.add_event(action, time, processed, context);
    }

    fn add_event(
        &mut self,
        action: &str,
        time: Time,
        processed: Time,
        context: Vec<(String, String)>,
    ) {
        let id = self.random.uuid().into();
        self.events.push(Event {
            id,
            action: action.to_owned(),
            time,
            processed,
            context,
        });
    }
}

pub(crate) fn actions(_: &mut Call<'_>) -> Result<Reply, Refusal> {
    let rows = ACTIONS.iter().map(|(_, action, name, group)| {
        json!({ "id": action, "type": "event-action", "attributes": { "displayName": name, "groupDisplayName": group } })
    });
    Ok(Reply::json(json!({ "data": rows.collect::<Vec<_>>() })))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let event = call
        .org
        .events
        .iter()
        .find(|event| *event.id == *call.param("eventId") && event.seen(call.at));
    let event = event.ok_or_else(|| Refusal::new(404, "ADMIN-404-4", "Event not found"))?;
    Ok(Reply::json(json!({ "data": row(call, event) })))
}

/// Newest first. The cursor knows nothing of the filters: they have to be sent with every page.
pub(crate) fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::resent(call, fields, 30, 500).map_err(syntax)?;
    let filter = Filter::new(&listing)?;
    let newest = call.org.events.len().saturating_sub(1);
    let start = listing.position().unwrap_or(newest).min(newest);
    let events = call
        .org
        .events
        .iter()
        .enumerate()
        .rev()
        .skip(newest - start);
    let events =
        events.filter(|(_, event)| event.seen(call.at) && filter.matches(event, event.time));
    let (rows, next) = listing.cut(call, events, |event| row(call, event));
    Ok(page(call, &listing, rows, next, Links::Url))
}

/// In the order in which events were processed. The last page has a cursor too, from which to go on later.
pub(crate) fn stream(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let fields = call.fields()?;
    let listing = Listing::new(call, fields, 200, 500).map_err(syntax)?;
    let filter = Filter::new(&listing)?;
    let descending = match listing.fields.text("sortOrder")?.as_deref() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => {
            return Err(Refusal::new(
                400,
                "ADMIN-400-19",
                "`sortOrder` is asc or desc",
            ));
        }
    };
    let seen = |(_, event): &(usize, &Event)| {
        event.seen(call.at) && filter.matches(event, event.processed)
    };
    if descending {
        let newest = call.org.events.len().saturating_sub(1);
        let start = listing.position().unwrap_or(newest).min(newest);
        let events = call
            .org
            .events
            .iter()
            .enumerate()
            .rev()
            .skip(newest - start)
            .filter(seen);
        let (rows, next) = listing.cut(call, events, |event| row(call, event));
        return Ok(page(call, &listing, rows, next, Links::Url));
    }
    let events = call
        .org
        .events
        .iter()
        .enumerate()
        .skip(listing.from)
        .filter(seen);
    let (rows, next) = listing.cut(call, events, |event| row(call, event));
    let end = || {
        let processed = call
            .org
            .events
            .iter()
            .take_while(|event| event.seen(call.at))
            .count();
        (!rows.is_empty() || call.behaviours.get::<StreamEnd>() == StreamEnd::Cursor)
            .then(|| listing.cursor_at(call, processed))
    };
    let next = next.or_else(end);
    Ok(page(call, &listing, rows, next, Links::Url))
}

/// What is wrong with a request for events is a matter of its syntax, but for the cursor.
fn syntax(refusal: Refusal) -> Refusal {
    match refusal.code {
        "ADMIN-400-4" => refusal.coded("ADMIN-400-19"),
        _ => refusal,
    }
}

fn page(
    call: &Call<'_>,
    listing: &Listing,
    rows: Vec<Value>,
    next: Option<String>,
    links: Links,
) -> Reply {
    let mut meta = json!({ "page_size": listing.limit });
    match &next {
        Some(next) => meta["next"] = next.clone().into(),
        None if call.behaviours.get::<EventsMeta>() == EventsMeta::Nulls => {
            meta = json!({
                "attributes": null, "next": null, "prev": null, "current": null,
                "page_size": 200, "start_index": null, "end_index": null, "total": 0,
            });
        }
        None => {}
    }
    let mut body = json!({ "data": rows, "meta": meta });
    if let Some(links) = listing.links(call, links, next) {
        body["links"] = links;
    }
    Reply::json(body)
}

fn row(call: &Call<'_>, event: &Event) -> Value {
    let drifted = call.behaviours.get::<EventDrift>() == EventDrift::Drifted;
    let this = format!(
        "{}/v1/orgs/{}/events/{}",
        call.request.base, call.org.id, event.id
    );
    let context: Vec<_> = event
        .context
        .iter()
        .map(|(kind, id)| json!({ "id": id, "type": kind }))
        .collect();
    let mut row = json!({
        "id": &*event.id,
        "type": "events",
        "attributes": {
            "time": event.time.iso(),
            "action": event.action,
            "actor": { "id": ACTOR, "name": "Sandbox key" },
            "context": context,
            "container": [{ "id": &*call.org.id, "type": "organization" }],
            "location": { "ip": ADDRESS },
        },
    });
    if call.operation.name == "events.stream" {
        row["attributes"]["processedAt"] = event.processed.iso().into();
    }
    let (actor, links) = match drifted {
        true => (
            json!({ "auth": { "authType": "session" }, "picture": null, "links": {} }),
            None,
        ),
        false => (
            json!({ "links": { "self": format!("https://people.example.com/{ACTOR}") } }),
            Some(json!({ "self": this })),
        ),
    };
    if let (Some(target), Value::Object(more)) = (row["attributes"]["actor"].as_object_mut(), actor)
    {
        target.extend(more);
    }
    match links {
        Some(links) => row["links"] = links,
        None => {
            row["attributes"]["location"] = json!({});
            row["attributes"]["container"] = json!([]);
        }
    }
    row
}

/// Who does everything in the sandbox.
const ACTOR: &str = "557058:00000000-0000-4000-8000-000000000000";
const ADDRESS: &str = "127.0.0.1";

const PRODUCTS: &[&str] = &["bitbucket", "confluence", "guard_detect", "jira", "loom"];

struct Filter {
    from: Option<u64>,
    to: Option<u64>,
    action: Option<String>,
    actor: Option<String>,
    ip: Option<String>,
    product: bool,
    text: Option<String>,
}

impl Filter {
    fn new(listing: &Listing) -> Result<Self, Refusal> {
        let fields = &listing.fields;
        let time = |name: &str| match fields.text(name)? {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                Refusal::new(
                    400,
                    "ADMIN-400-3",
                    format!("`{name}` has to be in milliseconds since 1970"),
                )
            }),
        };
        let product = fields.text("product")?;
        // An empty list is one, too.
        let known =
            |list: &String| list.is_empty() || list.split(',').all(|one| PRODUCTS.contains(&one));
        if !product.as_ref().is_none_or(known) {
            let detail = format!("`product` takes {}", PRODUCTS.join(", "));
            return Err(Refusal::new(400, "ADMIN-400-19", detail));
        }
        Ok(Self {
            from: time("from")?,
            to: time("to")?,
            action: fields.text("action")?,
            actor: fields.text("actor")?,
            ip: fields.text("ip")?,
            product: product.is_some(),
            text: fields.text("q")?.map(|text| text.to_lowercase()),
        })
    }

    fn matches(&self, event: &Event, time: Time) -> bool {
        // These lists are joined by commas.
        let within = |list: &Option<String>, value: &str| {
            list.as_ref()
                .is_none_or(|list| list.split(',').any(|i| i == value))
        };
        let holds = |text: &String| {
            event.action.contains(text.as_str())
                || event
                    .context
                    .iter()
                    .any(|(_, id)| id.to_lowercase().contains(text))
        };
        self.from.is_none_or(|from| time.millis() >= from)
            && self.to.is_none_or(|to| time.millis() <= to)
            && self.action.as_ref().is_none_or(|action| *action == event.action)
            && within(&self.actor, ACTOR)
            && within(&self.ip, ADDRESS)
            // What is done to an organization is of no product.
            && !self.product
            && self.text.as_ref().is_none_or(holds)
    }
}
