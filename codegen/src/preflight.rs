//! What must hold before a document goes to the generator, since it would panic without a word to
//! act on, recurse without end or give code that cannot work.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use crate::fixup::document_bugs::template_parameters;
use crate::merge::Walk;
use crate::progenitor_run::method_name;
use crate::spec;

/// The first thing that is wrong with a document, in words.
pub(crate) fn check(doc: &Value) -> Result<(), String> {
    paths_are_written_out(doc)?;
    references_have_targets(doc)?;
    parameters_fit(doc)?;
    names_differ(doc)?;
    schemas_end(doc)?;
    merges_end(doc)
}

fn paths_are_written_out(doc: &Value) -> Result<(), String> {
    let paths = doc.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        path_fits(path, item)?;
    }
    Ok(())
}

/// What speaks against all operations of a path.
pub(crate) fn path_fits(path: &str, item: &Value) -> Result<(), String> {
    if item.get("$ref").is_some() {
        return Err("its operations stand elsewhere (`$ref`)".to_owned());
    }
    if !path.starts_with('/') {
        return Err("a path begins with a slash".to_owned());
    }
    Ok(())
}

fn references_have_targets(doc: &Value) -> Result<(), String> {
    for reference in spec::references(doc, doc) {
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(format!("`$ref` {reference:?} leads to another document"));
        };
        let target = doc.pointer(pointer);
        let component = pointer.starts_with("/components/") && pointer.matches('/').count() == 3;
        if target.is_none() {
            return Err(format!("`$ref` {reference:?} leads nowhere"));
        }
        if !component || pointer.contains(['~', '%']) {
            return Err(format!("`$ref` {reference:?} leads to no component"));
        }
    }
    Ok(())
}

/// Each operation's path parameters are those of its template.
fn parameters_fit(doc: &Value) -> Result<(), String> {
    for (path, _, op) in spec::operations(doc) {
        let declared: BTreeSet<&str> = spec::parameters(doc, path, op)
            .into_iter()
            .filter(|p| p.get("in").is_some_and(|place| place == "path"))
            .filter_map(|p| p.get("name")?.as_str())
            .collect();
        let in_template: BTreeSet<&str> = template_parameters(path).collect();
        if let Some(name) = declared.difference(&in_template).next() {
            return Err(format!(
                "its path has no place for the path parameter `{name}`"
            ));
        }
        if let Some(name) = in_template.difference(&declared).next() {
            return Err(format!("it does not declare `{name}` of its path"));
        }
    }
    Ok(())
}

/// Two operationIds, or two parameters of one operation, must not become one Rust name.
fn names_differ(doc: &Value) -> Result<(), String> {
    let mut methods: HashMap<String, String> = HashMap::new();
    for (path, method, op) in spec::operations(doc) {
        let key = spec::key(method, path);
        let id = op
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some(other) = methods.insert(method_name(id), key.clone()) {
            return Err(format!(
                "{key} and {other} have the same operationId {id:?}"
            ));
        }
        let mut names = BTreeMap::new();
        for parameter in spec::parameters(doc, path, op) {
            let name = parameter
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if let Some(other) = names.insert(method_name(name), name) {
                return Err(format!(
                    "its parameters `{other}` and `{name}` have one name in Rust"
                ));
            }
        }
    }
    Ok(())
}

/// No schema is, through references and compositions alone, part of itself: it describes nothing,
/// and the generator would follow it for ever.
fn schemas_end(doc: &Value) -> Result<(), String> {
    let schemas = doc
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let Some(schemas) = schemas else {
        return Ok(());
    };
    let mut done = HashSet::new();
    for name in schemas.keys() {
        let mut open = Vec::new();
        if let Some(cycle) = follow(schemas, name, &mut open, &mut done) {
            return Err(format!("schema `{cycle}` is made of itself"));
        }
    }
    Ok(())
}

/// What is composed can be put together.
fn merges_end(doc: &Value) -> Result<(), String> {
    let mut walk = Walk::new(doc);
    let schemas = doc
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        if !walk.ends(schema) {
            return Err(format!(
                "schema `{name}` has parts that contain each other without end"
            ));
        }
    }
    let own = spec::operations(doc).flat_map(|(path, _, op)| spec::root_schemas(doc, path, op));
    if own.into_iter().all(|schema| walk.ends(schema)) {
        return Ok(());
    }
    Err("a schema of it has parts that contain each other without end".to_owned())
}

fn follow<'a>(
    schemas: &'a Map<String, Value>,
    name: &'a str,
    open: &mut Vec<&'a str>,
    done: &mut HashSet<&'a str>,
) -> Option<&'a str> {
    if open.contains(&name) {
        return Some(name);
    }
    if !done.insert(name) {
        return None;
    }
    open.push(name);
    let mut made_of = Vec::new();
    parts(schemas.get(name)?, &mut made_of);
    let cycle = made_of
        .into_iter()
        .find_map(|part| follow(schemas, part, open, done));
    open.pop();
    cycle
}

/// The schemas that one is made of, as against those of its properties and elements.
fn parts<'a>(schema: &'a Value, into: &mut Vec<&'a str>) {
    let reference = schema.get("$ref").and_then(Value::as_str);
    into.extend(reference.and_then(spec::schema_name));
    for key in ["allOf", "anyOf", "oneOf"] {
        let list = schema.get(key).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .for_each(|part| parts(part, into));
    }
    schema
        .get("not")
        .into_iter()
        .for_each(|part| parts(part, into));
}
