//! What progenitor 0.15 and typify cannot take.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Draft;
use crate::error::Error;
use crate::open_enum::pascal;
use crate::spec;

/// 24 operations declare several error types, which trips an assertion in the generator, and a
/// typed error drops what a caller needs (headers, the raw body, an undocumented shape). Without
/// declared failures each of them reaches the caller whole, as an unexpected response.
pub fn failures(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_operation(&mut draft.doc, |_, _, op| {
        if let Some(responses) = op.get_mut("responses").and_then(Value::as_object_mut) {
            let before = responses.len();
            let kept = std::mem::take(responses).into_iter();
            *responses = kept.filter(|(code, _)| code.starts_with('2')).collect();
            changed += before - responses.len();
        }
    });
    Ok(changed)
}

/// An optional query parameter of an object type hits `unreachable!` in builder style, and an array
/// of objects has no defined form in a query. In the Organizations document these are `counts` and
/// `sortBy` of two deprecated lists, whose searches take the same wishes in their body.
pub fn structured_query_parameters(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let structured = |schema: &Value| {
        let object = |s: &Value| s["type"] == "object" || s.get("properties").is_some();
        object(schema) || object(&schema["items"])
    };
    let doc = draft.doc.clone();
    let mut changed = 0;
    let mut clean = |list: &mut Vec<Value>| {
        let before = list.len();
        list.retain(|parameter| {
            let parameter = spec::resolve(&doc, parameter);
            let schema = &parameter["schema"];
            let items = spec::resolve(&doc, &schema["items"]);
            let query = parameter["in"] == "query" && parameter["required"] != true;
            !(query && (structured(spec::resolve(&doc, schema)) || structured(items)))
        });
        changed += before - list.len();
    };
    spec::each_operation(&mut draft.doc, |_, _, op| {
        if let Some(list) = op.get_mut("parameters").and_then(Value::as_array_mut) {
            clean(list);
        }
    });
    Ok(changed)
}

/// A nullable, recursive `anyOf` makes the generator emit one name twice (`QueryVariants`, the
/// filter of the workspaces query), and without proof that the alternatives exclude each other it
/// becomes a struct of all of them. Each alternative is told apart by the one key that only it has;
/// saying so, by requiring that key, makes an enum of which a caller picks one.
pub fn alternatives_by_key(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let doc = draft.doc.clone();
    let mut changed = 0;
    let Some(schemas) = draft
        .doc
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return Ok(0);
    };
    let recursive: Vec<String> = schemas
        .iter()
        .filter(|(name, s)| s["nullable"] == true && is_recursive(&doc, name))
        .map(|(name, _)| name.clone())
        .collect();
    for name in recursive {
        let Some(keys) = telling_keys(&doc, &schemas[&name]["anyOf"]) else {
            continue;
        };
        for (alternative, key) in keys {
            if let Some(schema) = schemas.get_mut(&alternative).and_then(Value::as_object_mut) {
                schema.insert("required".into(), json!([key]));
                schema.remove("nullable");
            }
        }
        if let Some(schema) = schemas.get_mut(&name).and_then(Value::as_object_mut) {
            schema.remove("nullable");
            let list = schema.remove("anyOf").unwrap_or_default();
            schema.insert("oneOf".into(), list);
            changed += 1;
        }
    }
    Ok(changed)
}

fn is_recursive(doc: &Value, name: &str) -> bool {
    let schema = &doc["components"]["schemas"][name];
    spec::references(schema, doc).contains(&format!("#/components/schemas/{name}"))
}

/// For each alternative a key that only it has, if every one is an object with such a key.
fn telling_keys(doc: &Value, any_of: &Value) -> Option<Vec<(String, String)>> {
    let properties = |name: &str| doc["components"]["schemas"][name]["properties"].as_object();
    let names: Option<Vec<&str>> = any_of
        .as_array()?
        .iter()
        .map(|s| spec::schema_name(s["$ref"].as_str()?))
        .collect();
    let names = names?;
    let own_key = |name: &&str| {
        let others = || names.iter().filter(move |other| *other != name);
        let shared =
            |key: &str| others().any(|o| properties(o).is_some_and(|p| p.contains_key(key)));
        let key = properties(name)?.keys().find(|key| !shared(key))?;
        Some(((*name).to_owned(), key.clone()))
    };
    names.iter().map(own_key).collect()
}

/// A composed schema with a name that may be null becomes an alias of an `Option` of itself, or its
/// name is emitted twice. It is the places that refer to it which may hold null then.
pub fn nullable_compositions(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let Some(schemas) = spec::component_schemas(&mut draft.doc) else {
        return Ok(0);
    };
    let composed = |s: &Value| {
        ["allOf", "anyOf", "oneOf"]
            .iter()
            .any(|key| s.get(key).is_some())
    };
    let mut nullable = BTreeSet::new();
    for (name, schema) in schemas.iter_mut() {
        if schema["nullable"] == true && composed(schema) {
            nullable.insert(format!("#/components/schemas/{name}"));
            schema.as_object_mut().map(|s| s.remove("nullable"));
        }
    }
    let wrap = |schema: &mut Value| {
        let target = schema.get("$ref").and_then(Value::as_str);
        if target.is_some_and(|target| nullable.contains(target)) {
            *schema = json!({ "nullable": true, "allOf": [schema.take()] });
        }
    };
    spec::each_root_schema(&mut draft.doc, |_, root| {
        spec::each_subschema(root, &mut |schema| {
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            properties
                .into_iter()
                .flat_map(|p| p.values_mut())
                .for_each(wrap);
            for key in ["items", "additionalProperties"] {
                schema.get_mut(key).into_iter().for_each(wrap);
            }
        });
    });
    Ok(nullable.len())
}

/// An `anyOf` of objects that look alike (links of an event's object, the rows of a workspace's
/// relationships) becomes a struct in which several alternatives match at once, or none. One object
/// with the fields of all of them reads every answer.
pub fn look_alike_alternatives(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let doc = draft.doc.clone();
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |_, root| {
        spec::each_subschema(root, &mut |schema| {
            let Some(list) = schema.get("anyOf").and_then(Value::as_array) else {
                return;
            };
            let members: Vec<&Value> = list.iter().map(|s| spec::resolve(&doc, s)).collect();
            let object = |m: &&Value| m["type"] == "object" && m.get("properties").is_some();
            if !members.is_empty() && members.iter().all(object) {
                changed += 1;
                *schema = json!({ "type": "object", "properties": union(&members) });
            }
        });
    });
    Ok(changed)
}

/// The properties of all members; where they disagree about one, it is free JSON.
fn union(members: &[&Value]) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in members
        .iter()
        .filter_map(|m| m["properties"].as_object())
        .flatten()
    {
        let known = all.entry(name.clone()).or_insert_with(|| schema.clone());
        if known != schema {
            *known = json!({});
        }
    }
    all
}

/// Whether something may be managed is one of two objects, told apart by a flag (`allowed`). The
/// generator has no enum over a flag; one object with the fields of both reads either.
pub fn alternatives_by_flag(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let doc = draft.doc.clone();
    let flag = |property: &Value| property["type"] == "boolean" && property.get("enum").is_some();
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |_, root| {
        spec::each_subschema(root, &mut |schema| {
            let list = schema.get("oneOf").and_then(Value::as_array);
            let members: Vec<&Value> = list
                .into_iter()
                .flatten()
                .map(|s| spec::resolve(&doc, s))
                .collect();
            let flagged = |member: &&Value| {
                let properties = member["properties"].as_object();
                properties.is_some_and(|p| p.values().any(flag))
            };
            if !members.is_empty() && members.iter().all(flagged) {
                changed += 1;
                let mut fields = union(&members);
                let flags = members.iter().filter_map(|m| m["properties"].as_object());
                for (name, _) in flags.flatten().filter(|(_, property)| flag(property)) {
                    fields.insert(name.clone(), json!({ "type": "boolean" }));
                }
                *schema = json!({ "type": "object", "properties": fields });
            }
        });
    });
    Ok(changed)
}

/// `rule` of a policy is an object *and* a `oneOf` with one member. What the service sends there is
/// an array or an object of many forms, so it is free JSON.
pub fn objects_with_one_alternative(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |_, root| {
        spec::each_subschema(root, &mut |schema| {
            let one = schema
                .get("oneOf")
                .and_then(Value::as_array)
                .is_some_and(|l| l.len() == 1);
            if one && schema["type"] == "object" {
                changed += 1;
                *schema = json!({});
            }
        });
    });
    Ok(changed)
}

/// The generator takes one kind of body for each operation and knows four of them. JSON is chosen
/// before text before bytes. Of a kind of JSON that it does not know it writes plain JSON, of any
/// other kind bytes, and the transport says what it is. JSON without a schema is free JSON.
pub fn media_types(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_operation(&mut draft.doc, |_, _, op| {
        let body = op.get_mut("requestBody").and_then(|b| b.get_mut("content"));
        if let Some(content) = body.and_then(Value::as_object_mut) {
            let before = content.clone();
            let kind = one_kind(content);
            changed += usize::from(*content != before);
            kind.map(|kind| op.insert(BODY_TYPE.into(), kind.into()));
        }
        let responses = op.get_mut("responses").and_then(Value::as_object_mut);
        for (_, response) in responses.into_iter().flatten() {
            if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) {
                let before = content.clone();
                if let Some(kind) = content.keys().find(|kind| is_json(kind)).cloned() {
                    json_only(content, &kind);
                }
                changed += usize::from(*content != before);
            }
        }
    });
    Ok(changed)
}

/// The name under which a body's published media type stays after [`media_types`].
pub(crate) const BODY_TYPE: &str = "x-body-type";

/// Leaves one media type; returns what it really is, if the generator will not say so.
fn one_kind(content: &mut Map<String, Value>) -> Option<String> {
    let find = |test: &dyn Fn(&str) -> bool| content.keys().find(|kind| test(kind)).cloned();
    let plain = |kind: &str| essence(kind) == "application/json";
    if let Some(kind) = find(&plain).or_else(|| find(&is_json)) {
        json_only(content, &kind);
        return (!plain(&kind)).then_some(kind);
    }
    let form = "application/x-www-form-urlencoded";
    if let Some(kind) = find(&|kind| essence(kind) == form) {
        content.retain(|other, _| *other == kind);
        return None;
    }
    for text in ["text/plain", "text/x-markdown"] {
        if let Some(kind) = find(&|kind| essence(kind) == text) {
            *content = media(text, json!({ "type": "string" }));
            return (kind != text).then_some(kind);
        }
    }
    let kind = find(&|kind| !kind.starts_with("multipart/"))?;
    let bytes = "application/octet-stream";
    *content = media(bytes, json!({ "type": "string", "format": "binary" }));
    (kind != bytes && !kind.contains('*')).then_some(kind)
}

fn json_only(content: &mut Map<String, Value>, kind: &str) {
    let schema = content.get(kind).and_then(|media| media.get("schema"));
    let schema = schema.cloned().unwrap_or_else(|| json!({}));
    *content = media("application/json", schema);
}

fn media(kind: &str, schema: Value) -> Map<String, Value> {
    [(kind.to_owned(), json!({ "schema": schema }))]
        .into_iter()
        .collect()
}

fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

fn is_json(kind: &str) -> bool {
    essence(kind) == "application/json" || essence(kind).ends_with("+json")
}

/// The generator asserts that all successes of an operation are of one kind. Those with a body stay;
/// another one arrives as an unexpected response, whole.
pub fn successes_of_several_kinds(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_operation(&mut draft.doc, |_, _, op| {
        let Some(responses) = op.get_mut("responses").and_then(Value::as_object_mut) else {
            return;
        };
        let content = |response: &Value| response.get("content").cloned();
        let Some(best) = responses.values().map(content).find(Option::is_some) else {
            return;
        };
        let before = responses.len();
        responses.retain(|_, response| content(response) == best);
        changed += before - responses.len();
    });
    Ok(changed)
}

/// `Fields` and `fields` are two schemas of the Jira document and one name in Rust.
pub fn schema_names_that_clash(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let Some(schemas) = spec::component_schemas(&mut draft.doc) else {
        return Ok(0);
    };
    let all: BTreeSet<String> = schemas.keys().map(|name| pascal(name)).collect();
    let (mut taken, mut renamed) = (BTreeSet::new(), BTreeMap::new());
    for name in schemas.keys() {
        let mut own = name.clone();
        let mut n = 2;
        while taken.contains(&pascal(&own)) || (own != *name && all.contains(&pascal(&own))) {
            own = format!("{name}{n}");
            n += 1;
        }
        taken.insert(pascal(&own));
        if own != *name {
            renamed.insert(name.clone(), own);
        }
    }
    for (old, new) in &renamed {
        let schema = schemas.remove(old).unwrap_or_default();
        schemas.insert(new.clone(), schema);
    }
    if !renamed.is_empty() {
        refer(&mut draft.doc, &renamed);
    }
    Ok(renamed.len())
}

/// Points every reference to a schema to its new name.
fn refer(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref")
                && let Some(new) = spec::schema_name(target).and_then(|name| renamed.get(name))
            {
                *target = format!("#/components/schemas/{new}");
            }
            map.values_mut().for_each(|value| refer(value, renamed));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| refer(value, renamed)),
        _ => {}
    }
}

/// The generator makes types for every schema of the document, also for the bodies of failures and
/// for those that no operation uses any more.
pub fn schemas_nobody_uses(draft: &mut Draft<'_>) -> Result<usize, Error> {
    Ok(prune(&mut draft.doc))
}

/// Takes out the component schemas that no operation reaches.
pub(crate) fn prune(doc: &mut Value) -> usize {
    let reached = spec::references(&doc["paths"], doc);
    let Some(schemas) = spec::component_schemas(doc) else {
        return 0;
    };
    let before = schemas.len();
    schemas.retain(|name, _| reached.contains(&format!("#/components/schemas/{name}")));
    before - schemas.len()
}
