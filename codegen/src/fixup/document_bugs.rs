//! What is wrong in the published documents themselves.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Draft;
use crate::error::Error;
use crate::progenitor_run::method_name;
use crate::spec::{self, METHODS, Place};

/// 13 operations of the Organizations document, invite, suspend, restore and remove among them,
/// have no operationId, and the generator names its methods by it. For an API of the manifest the
/// id comes from its row in `operations.toml`, since a method's name is a promise to callers. For
/// any other document it is derived from method and path, also where two ids are one name in Rust.
pub fn missing_operation_ids(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let strict = draft.api.in_manifest();
    let table = &draft.api.operations.operations;
    let mut taken: BTreeSet<String> = spec::operations(&draft.doc)
        .filter_map(|(_, _, op)| op.get("operationId")?.as_str().map(method_name))
        .collect();
    let mut seen = BTreeSet::new();
    let (mut missing, mut changed) = (Vec::new(), 0);
    let (mut derived, mut keys) = (Vec::new(), Vec::new());
    spec::each_operation(&mut draft.doc, |path, method, op| {
        let key = spec::key(method, path);
        if let Some(id) = op.get("operationId").and_then(Value::as_str)
            && (seen.insert(method_name(id)) || strict)
        {
            keys.push((id.to_owned(), key));
            return;
        }
        changed += 1;
        let id = match table.get(&key).and_then(|row| row.id.clone()) {
            Some(id) => id,
            None if strict => return missing.push(key),
            None => {
                let id = derive_id(method, path, &taken);
                derived.push((id.clone(), key.clone()));
                id
            }
        };
        taken.insert(method_name(&id));
        op.insert("operationId".into(), id.clone().into());
        keys.push((id, key));
    });
    draft.keys.extend(keys);
    draft.derived_ids.extend(derived);
    if missing.is_empty() {
        return Ok(changed);
    }
    let why = format!(
        "the document gives no operationId to {}; give each a row with an `id`",
        missing.join(", ")
    );
    Err(Error::Table {
        file: "operations.toml",
        why,
    })
}

/// `get /a/{id}/b-c` becomes `getAByIdBC`.
fn derive_id(method: &str, path: &str, taken: &BTreeSet<String>) -> String {
    let mut id = method.to_owned();
    for segment in path.split('/').filter(|s| !s.is_empty()) {
        if segment.starts_with('{') {
            id.push_str("By");
        }
        for word in segment
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|w| !w.is_empty())
        {
            let (first, rest) = word.split_at(1);
            id.push_str(&first.to_ascii_uppercase());
            id.push_str(rest);
        }
    }
    let mut unique = id.clone();
    let mut n = 2;
    while taken.contains(&method_name(&unique)) {
        unique = format!("{id}{n}");
        n += 1;
    }
    unique
}

/// The Jira document lists version 3 of its API only, and version 2 is the same for users: what most
/// scripts call. Each path of version 3 is there a second time, its ids ending in `V2`.
pub fn version_2_beside_3(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let keys = draft.keys.clone();
    let Some(paths) = draft.doc.get_mut("paths").and_then(Value::as_object_mut) else {
        return Ok(0);
    };
    let mut older = Map::new();
    for (path, item) in paths.iter() {
        let Some(rest) = path.strip_prefix("/rest/api/3/") else {
            continue;
        };
        let mut item = item.clone();
        for method in METHODS {
            let Some(op) = item.get_mut(method).and_then(Value::as_object_mut) else {
                continue;
            };
            let id = op
                .get("operationId")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let own = format!("{id}V2");
            // Its row in our tables is that of version 3.
            draft
                .keys
                .extend(keys.get(id).map(|key| (own.clone(), key.clone())));
            op.insert("operationId".into(), own.into());
        }
        older.insert(format!("/rest/api/2/{rest}"), item);
    }
    let changed = older.len();
    paths.extend(older);
    Ok(changed)
}

/// `PATCH …/manage/profile` declares as its body the whole profile as it is read, with eight fields
/// required, ids and status among them. What is not to change is left out of a PATCH.
pub fn partial_updates(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut partial = BTreeSet::new();
    for (_, _, op) in spec::operations(&draft.doc).filter(|(_, method, _)| *method == "patch") {
        let body = op.get("requestBody").into_iter();
        partial.extend(body.flat_map(|body| spec::references(body, &draft.doc)));
    }
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |place, root| {
        let Place::Component(name) = place else {
            return;
        };
        if !partial.contains(&format!("#/components/schemas/{name}")) {
            return;
        }
        spec::each_subschema(root, &mut |schema| {
            let required = schema.as_object_mut().and_then(|s| s.remove("required"));
            changed += usize::from(required.is_some());
        });
    });
    Ok(changed)
}

/// `GET …/users/{userId}` declares its path parameter as `accountId`: the generator panics on a
/// parameter that the template does not have. The template takes the declared name, which also
/// makes it the same path as `DELETE …/users/{accountId}`, as it is on the server.
pub fn misnamed_path_parameters(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut renames = Vec::new();
    for (path, method, op) in spec::operations(&draft.doc) {
        let declared: BTreeSet<&str> = spec::parameters(&draft.doc, path, op)
            .into_iter()
            .filter(|p| p.get("in").and_then(Value::as_str) == Some("path"))
            .filter_map(|p| p.get("name")?.as_str())
            .collect();
        let in_template: BTreeSet<&str> = template_parameters(path).collect();
        let unknown: Vec<_> = declared.difference(&in_template).collect();
        let undeclared: Vec<_> = in_template.difference(&declared).collect();
        if let ([new], [old]) = (&unknown[..], &undeclared[..]) {
            let fixed = path.replace(&format!("{{{old}}}"), &format!("{{{new}}}"));
            renames.push((path.to_owned(), method, fixed));
        }
    }
    let mut changed = 0;
    if let Some(paths) = draft.doc.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, method, fixed) in renames {
            changed += usize::from(move_operation(paths, &path, method, &fixed));
        }
    }
    Ok(changed)
}

/// Moves an operation to another path, unless that has one with this method.
fn move_operation(paths: &mut Map<String, Value>, from: &str, method: &str, to: &str) -> bool {
    if paths.get(to).is_some_and(|item| item.get(method).is_some()) {
        return false;
    }
    let item = paths.get_mut(from).and_then(Value::as_object_mut);
    let Some(op) = item.and_then(|item| item.remove(method)) else {
        return false;
    };
    let bare = |item: &Value| METHODS.iter().all(|method| item.get(method).is_none());
    if paths.get(from).is_some_and(bare) {
        paths.remove(from);
    }
    let target = paths.entry(to).or_insert_with(|| Map::new().into());
    target
        .as_object_mut()
        .map(|item| item.insert(method.to_owned(), op));
    true
}

/// The names in the braces of a path template.
pub(crate) fn template_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

/// `DELETE …/policies/{policyId}/resources/{resourceId}` declares a JSON body for 204, which by
/// HTTP can have none: decoding nothing as JSON would turn a success into an error.
pub fn bodies_without_content(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_operation(&mut draft.doc, |_, _, op| {
        let response = op.get_mut("responses").and_then(|r| r.get_mut("204"));
        if let Some(response) = response.and_then(Value::as_object_mut) {
            changed += usize::from(response.remove("content").is_some());
        }
    });
    Ok(changed)
}

/// `format: uuid` stands on account ids, which have the form `557058:…` or 24 hex digits, and on
/// other ids of which nobody promises more than that they are text.
pub fn ids_that_are_not_uuids(draft: &mut Draft<'_>) -> Result<usize, Error> {
    let mut changed = 0;
    spec::each_root_schema(&mut draft.doc, |_, schema| {
        spec::each_subschema(schema, &mut |schema| {
            if schema["format"] == "uuid" {
                changed += 1;
                schema.as_object_mut().map(|s| s.remove("format"));
            }
        });
    });
    Ok(changed)
}
