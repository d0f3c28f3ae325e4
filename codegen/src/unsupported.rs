//! Which parts of a document stop the generator, and the document without them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use proc_macro2::TokenStream;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::preflight;
use crate::progenitor_run::Run;
use crate::spec::{self, METHODS};

/// A part of a document that the generator cannot take.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Part {
    /// An operation, as `GET /a/{b}`.
    Operation(String),
    /// A path with all that it has.
    Path(String),
    /// A component schema by its name. Left out, it is free JSON.
    Schema(String),
    /// The document as a whole.
    Document,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Operation(key) => f.write_str(key),
            Part::Path(path) => write!(f, "path {path}"),
            Part::Schema(name) => write!(f, "schema `{name}`"),
            Part::Document => f.write_str("the document"),
        }
    }
}

/// Parts with what speaks against each.
pub(crate) type Reasons = Vec<(Part, String)>;

/// How often parts are taken out and the rest tried again. Each time at least one part goes.
const ROUNDS: usize = 64;

/// The generator's output for a document.
///
/// With `skip`, what stops it is taken out of the document and returned; without, it is the error.
pub(crate) fn generate(
    run: &Run<'_>,
    doc: &mut Value,
    skip: bool,
) -> Result<(TokenStream, Reasons), Error> {
    let mut left_out = Reasons::new();
    for _ in 0..ROUNDS {
        let whole = match run.attempt(doc) {
            Ok(tokens) => return Ok((tokens, left_out)),
            Err(why) => why,
        };
        let mut parts = diagnose(run, doc);
        if parts.is_empty() {
            parts.extend(odd_one_out(run, doc));
        }
        if parts.is_empty() {
            parts.push((Part::Document, first_line(&whole)));
        }
        let cannot_go = parts.iter().any(|(part, _)| *part == Part::Document);
        if !skip || cannot_go {
            return Err(Error::Unsupported(parts));
        }
        let before = doc.clone();
        for (part, _) in &parts {
            leave_out(doc, part);
        }
        left_out.extend(parts);
        if spec::operations(doc).next().is_none() || *doc == before {
            break;
        }
    }
    Err(Error::Unsupported(left_out))
}

/// Takes a part out of a document.
pub(crate) fn leave_out(doc: &mut Value, part: &Part) {
    match part {
        Part::Operation(gone) => {
            let paths = doc.get_mut("paths").and_then(Value::as_object_mut);
            for (path, item) in paths.into_iter().flatten() {
                if let Some(item) = item.as_object_mut() {
                    item.retain(|method, _| {
                        !METHODS.contains(&method.as_str()) || spec::key(method, path) != *gone
                    });
                }
            }
        }
        Part::Path(path) => {
            let paths = doc.get_mut("paths").and_then(Value::as_object_mut);
            paths.map(|paths| paths.remove(path));
        }
        Part::Schema(name) => {
            let schemas = spec::component_schemas(doc);
            if let Some(schema) = schemas.and_then(|s| s.get_mut(name)) {
                *schema = json!({});
            }
        }
        Part::Document => {}
    }
}

/// Tries each operation alone, and where one fails, each schema that it needs: a schema is named
/// if it fails by itself, and its operation then is not.
fn diagnose(run: &Run<'_>, doc: &Value) -> Reasons {
    let mut parts = Reasons::new();
    let paths = doc.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        if let Err(why) = preflight::path_fits(path, item) {
            parts.push((Part::Path(path.clone()), why));
        }
    }
    if !parts.is_empty() {
        return parts;
    }
    let (mut tried, mut bad) = (BTreeSet::new(), BTreeSet::new());
    for (path, method, op) in spec::operations(doc) {
        let Err(why) = run.attempt(&only(doc, [(path, method)])) else {
            continue;
        };
        let needed = spec::references(&Value::from(op.clone()), doc);
        let schemas = doc
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        let exists = |name: &&str| schemas.is_some_and(|s| s.contains_key(*name));
        let needed = needed.iter().filter_map(|r| spec::schema_name(r));
        let needed: BTreeSet<&str> = needed.filter(exists).collect();
        let mut blamed = false;
        for name in &needed {
            if tried.insert((*name).to_owned())
                && let Err(why) = run.attempt(&only_schema(doc, name))
            {
                bad.insert((*name).to_owned());
                parts.push((Part::Schema((*name).to_owned()), first_line(&why)));
            }
            blamed |= bad.contains(*name);
        }
        if !blamed {
            parts.push((Part::Operation(spec::key(method, path)), first_line(&why)));
        }
    }
    roots(doc, parts)
}

/// Of the schemas that fail, those that do not fail because of another that they need.
fn roots(doc: &Value, parts: Reasons) -> Reasons {
    let bad: Vec<String> = parts
        .iter()
        .filter_map(|(part, _)| match part {
            Part::Schema(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let needs: BTreeMap<&str, BTreeSet<String>> = bad
        .iter()
        .map(|name| {
            let found = spec::references(&doc["components"]["schemas"][name.as_str()], doc);
            let found = found.iter().filter_map(|r| spec::schema_name(r));
            (name.as_str(), found.map(str::to_owned).collect())
        })
        .collect();
    let needed = |by: &str, name: &str| needs.get(by).is_some_and(|n| n.contains(name));
    let is_root = |name: &String| {
        // Of schemas that need each other the first one counts.
        bad.iter()
            .filter(|other| *other != name && needed(name, other))
            .all(|other| needed(other, name) && name < other)
    };
    parts
        .into_iter()
        .filter(|(part, _)| match part {
            Part::Schema(name) => is_root(name),
            _ => true,
        })
        .collect()
}

/// Where each operation is fine by itself but not all together: the first one that is too many.
fn odd_one_out(run: &Run<'_>, doc: &Value) -> Option<(Part, String)> {
    let all: Vec<(&str, &str)> = spec::operations(doc).map(|(p, m, _)| (p, m)).collect();
    let first = |n: usize| run.attempt(&only(doc, all.iter().take(n).copied()));
    // The first `good` operations work together, the first `bad` do not.
    let (mut good, mut bad) = (0, all.len());
    let mut why = first(bad).err()?;
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        match first(middle) {
            Ok(_) => good = middle,
            Err(reason) => (bad, why) = (middle, reason),
        }
    }
    let (path, method) = all.get(bad - 1)?;
    let why = format!(
        "together with the operations before it: {}",
        first_line(&why)
    );
    Some((Part::Operation(spec::key(method, path)), why))
}

/// A document with these operations and what they reach.
fn only<'a>(doc: &Value, operations: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let mut paths = Map::new();
    for (path, method) in operations {
        let item = paths.entry(path).or_insert_with(|| json!({}));
        for key in [method, "parameters"] {
            let from = doc.get("paths").and_then(|p| p.get(path)?.get(key));
            if let (Some(value), Some(item)) = (from, item.as_object_mut()) {
                item.insert(key.into(), value.clone());
            }
        }
    }
    with_paths(doc, paths.into())
}

/// A document whose one operation answers with a component schema.
fn only_schema(doc: &Value, name: &str) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
    let answer =
        json!({ "description": "", "content": { "application/json": { "schema": schema } } });
    let op = json!({ "operationId": "probe", "responses": { "200": answer } });
    with_paths(doc, json!({ "/probe": { "get": op } }))
}

/// A document with these paths, and of the components those that they reach.
fn with_paths(doc: &Value, paths: Value) -> Value {
    let mut components = Map::new();
    for reference in spec::references(&paths, doc) {
        let mut names = reference.trim_start_matches("#/components/").split('/');
        let (Some(section), Some(name)) = (names.next(), names.next()) else {
            continue;
        };
        let from = doc
            .get("components")
            .and_then(|c| c.get(section)?.get(name));
        let section = components.entry(section).or_insert_with(|| json!({}));
        if let (Some(value), Some(section)) = (from, section.as_object_mut()) {
            section.insert(name.into(), value.clone());
        }
    }
    json!({
        "openapi": doc.get("openapi"),
        "info": doc.get("info"),
        "paths": paths,
        "components": components,
    })
}

fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    line.chars().take(300).collect()
}
