//! What would make the client break on answers that the live service sends.

use serde_json::{Value, json};

use super::Draft;
use crate::api::Class;
use crate::error::Error;
use crate::open_enum;
use crate::spec::{self, Place};

/// The name under which the documented success codes stay after [`any_success_of_a_write`].
pub(crate) const DOCUMENTED: &str = "x-documented-success";

/// A 2xx to a write means that it was done, also one which the document does not list: invite has
/// two, policies answer 202, and Atlassian has moved operations between 200, 202 and 204 before.
/// Reported as an unexpected response, a caller would do it again.
pub fn any_success_of_a_write(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    let mut doc = std::mem::take(&mut draft.doc);
    spec::each_operation(&mut doc, |_, method, op| {
        let id = op.get("operationId").and_then(Value::as_str);
        let class = draft.class(id.unwrap_or_default(), method);
        let Some(responses) = op.get_mut("responses").and_then(Value::as_object_mut) else {
            return;
        };
        let codes: Vec<Value> = responses
            .keys()
            .filter_map(|c| Some(c.parse::<u16>().ok()?.into()))
            .collect();
        // With content before without: one type has to do for all of them.
        let best = responses
            .values()
            .max_by_key(|r| r.get("content").is_some())
            .cloned();
        if let (true, Some(best)) = (class != Class::Read, best) {
            *responses = [("2XX".to_owned(), best)].into_iter().collect();
            changed += 1;
        }
        op.insert(DOCUMENTED.into(), codes.into());
    });
    draft.doc = doc;
    Ok(changed)
}

/// A default would be sent as if the caller had asked for it, and the workspaces query refuses
/// everything beside a cursor. What the caller leaves out stays out.
pub fn defaults_of_requests(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |_, root| {
        spec::each_subschema(root, &mut |schema| {
            changed += usize::from(
                schema
                    .as_object_mut()
                    .and_then(|s| s.remove("default"))
                    .is_some(),
            );
        });
    });
    Ok(changed)
}

/// typify leaves an empty list out, but `"resources": []` in a policy's update means none, and left
/// out it means as before. As `Option<Vec<_>>` a list is sent if the caller gives one.
pub fn lists_of_requests(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let reach = spec::reach(&draft.doc);
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |place, root| {
        let sent = match place {
            Place::Request(_) => true,
            Place::Component(name) => reach.requests.contains(name),
            _ => false,
        };
        if !sent {
            return;
        }
        spec::each_subschema(root, &mut |schema| {
            let required = schema.get("required").cloned().unwrap_or_default();
            let required = |name: &str| {
                required
                    .as_array()
                    .is_some_and(|r| r.iter().any(|n| n == name))
            };
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            for (name, property) in properties.into_iter().flatten() {
                let list = property.get("type").is_some_and(|t| t == "array");
                if let (true, false, Some(property)) =
                    (list, required(name), property.as_object_mut())
                {
                    property.insert("nullable".into(), true.into());
                    changed += 1;
                }
            }
        });
    });
    Ok(changed)
}

/// Patterns and bounds of text make a type of its own for every text, which checks it before the
/// service gets to: a longer answer fails its whole page, and the pattern of the user-management API's
/// account id ends in a newline, so that no id would pass.
pub fn checks_of_text(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |_, root| {
        spec::each_subschema(root, &mut |schema| {
            for check in ["pattern", "minLength", "maxLength"] {
                let removed = schema.as_object_mut().and_then(|s| s.remove(check));
                changed += usize::from(removed.is_some());
            }
        });
    });
    Ok(changed)
}

/// Most dates of the API are text without a format, some have one, and one that does not parse
/// would fail its whole page. The text is passed on as it came; it also keeps a date library out of
/// the users' builds.
pub fn dates_as_text(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |_, root| {
        spec::each_subschema(root, &mut |schema| {
            if matches!(schema["format"].as_str(), Some("date" | "date-time")) {
                changed += 1;
                schema.as_object_mut().map(|s| s.remove("format"));
            }
        });
    });
    Ok(changed)
}

/// The live service sends values that its enums don't list (auth types, product keys, policy types,
/// platform roles), and a closed enum fails the whole page for one of them. Each becomes an enum of
/// our own with `Other(String)`, in requests too, so that a new filter value needs no new release.
pub fn open_enums(draft: &mut Draft<'_>) -> Result<usize, Error> {
    draft.enums = open_enum::hoist(&mut draft.doc);
    Ok(draft.enums.len())
}

/// The service leaves out or nulls fields that the document requires (an actor's picture and links,
/// an event's context, a department), and adds others. In what it sends, no field is required,
/// arrays, maps and what a map holds may be null, and unknown fields are ignored. What is also sent *to* the service
/// keeps its requirements.
pub fn answers_require_nothing(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let reach = spec::reach(&draft.doc);
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |place, root| {
        let answer = match place {
            Place::Response(_) => true,
            Place::Component(name) => {
                reach.responses.contains(name) && !reach.requests.contains(name)
            }
            _ => false,
        };
        if !answer {
            return;
        }
        spec::each_subschema(root, &mut |schema| {
            let Some(map) = schema.as_object_mut() else {
                return;
            };
            changed += usize::from(map.remove("required").is_some());
            if map.get("additionalProperties") == Some(&json!(false)) {
                map.remove("additionalProperties");
                changed += 1;
            }
            if let Some(held) = map.get_mut("additionalProperties") {
                changed += usize::from(or_null(held));
            }
            for (_, property) in map
                .get_mut("properties")
                .and_then(Value::as_object_mut)
                .into_iter()
                .flatten()
            {
                let collection =
                    property["type"] == "array" || property.get("additionalProperties").is_some();
                if let (true, Some(property)) = (collection, property.as_object_mut()) {
                    property.insert("nullable".into(), true.into());
                    changed += 1;
                }
            }
        });
    });
    Ok(changed)
}

/// Lets a schema take null too, if it says what else it takes.
fn or_null(schema: &mut Value) -> bool {
    let reference = schema.get("$ref").is_some();
    let typed = schema.get("type").is_some() || schema.get("items").is_some();
    if reference {
        *schema = json!({ "allOf": [schema.take()], "nullable": true });
    } else if typed {
        schema["nullable"] = true.into();
    }
    reference || typed
}
