//! Document to contract: the facts stay, the prose goes.
//!
//! The contract is again an OpenAPI 3.0 document. What is prose is decided by its position in the
//! OpenAPI grammar and not by its key, since schema *properties* are called `description` and
//! `title` too. Keys come in alphabetical order and sets in canonical order, so that a change
//! upstream is a change that a person can review. The document's own mistakes are kept: they are
//! facts, and repairing them is the business of the [fixups](crate::fixup).

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::document;
use crate::error::Error;
use crate::spec::{self, METHODS};

/// Extracts the contract of a published document, as canonical JSON text.
///
/// Extracting a contract gives the same text again.
///
/// # Errors
///
/// [`Error::NotOpenApi`] if the text is not an OpenAPI 3.0 document in JSON with operations.
///
/// ```
/// let document = r#"{"openapi": "3.0.0", "info": {"title": "T", "version": "1", "description": "prose"},
///     "paths": {"/a": {"get": {"summary": "prose", "responses": {"204": {"description": "prose"}}}}}}"#;
/// let contract = atlassian_orgs_codegen::extract(document)?;
/// assert!(!contract.contains("prose"));
/// # Ok::<(), atlassian_orgs_codegen::Error>(())
/// ```
pub fn extract(document: &str) -> Result<String, Error> {
    let document = document::parse(document)?;
    let mut text = to_text(&contract(&document));
    text.push('\n');
    Ok(text)
}

/// As [`extract`], of these operations and what they need. Each is named as `GET /a/{b}`.
///
/// # Errors
///
/// Also if the document does not have one of them.
pub fn extract_only(document: &str, operations: &[String]) -> Result<String, Error> {
    let mut doc = contract(&document::parse(document)?);
    let known: HashSet<String> = spec::operations(&doc)
        .map(|(path, method, _)| spec::key(method, path))
        .collect();
    let absent = |key: &&String| !known.contains(*key);
    let absent: Vec<&str> = operations
        .iter()
        .filter(absent)
        .map(String::as_str)
        .collect();
    if !absent.is_empty() {
        return Err(Error::Table {
            file: "sources.toml",
            why: format!("the document does not have {}", absent.join(", ")),
        });
    }
    if let Some(paths) = doc.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            if let Some(item) = item.as_object_mut() {
                item.retain(|key, _| {
                    !METHODS.contains(&key.as_str()) || operations.contains(&spec::key(key, path))
                });
            }
        }
        paths.retain(|_, item| METHODS.iter().any(|method| item.get(method).is_some()));
    }
    let reached = spec::references(&doc["paths"], &doc);
    let components = doc.get_mut("components").and_then(Value::as_object_mut);
    for (section, entries) in components.into_iter().flatten() {
        if let (false, Some(entries)) = (section == "securitySchemes", entries.as_object_mut()) {
            entries.retain(|name, _| reached.contains(&format!("#/components/{section}/{name}")));
        }
    }
    let tags: HashSet<Value> = spec::operations(&doc)
        .filter_map(|(_, _, op)| op.get("tags")?.as_array())
        .flatten()
        .cloned()
        .collect();
    if let Some(list) = doc.get_mut("tags").and_then(Value::as_array_mut) {
        list.retain(|tag| tags.contains(&tag["name"]));
    }
    let mut text = to_text(&doc);
    text.push('\n');
    Ok(text)
}

/// Pretty JSON with sorted keys, whatever order the JSON library keeps them in.
pub(crate) fn to_text(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                keys.into_iter()
                    .map(|k| (k.clone(), sorted(&map[k])))
                    .collect::<Map<_, _>>()
                    .into()
            }
            Value::Array(list) => list.iter().map(sorted).collect::<Vec<_>>().into(),
            other => other.clone(),
        }
    }
    // The alternate form of a `Value` is its pretty text and cannot fail.
    format!("{:#}", sorted(value))
}

/// The contract as JSON, keys in whatever order.
pub(crate) fn contract(doc: &Value) -> Value {
    let mut out = keep(doc, &["openapi", "security"]);
    with(&mut out, doc, "info", |info| {
        keep(info, &["title", "version"])
    });
    each(&mut out, doc, "servers", server);
    each(&mut out, doc, "tags", |tag| keep(tag, &["name"]));
    fixed_entries(&mut out, doc, "paths", path_item);
    with(&mut out, doc, "components", |components| {
        let mut out = Map::new();
        entries(&mut out, components, "schemas", schema);
        entries(&mut out, components, "parameters", parameter);
        entries(&mut out, components, "headers", parameter);
        entries(&mut out, components, "requestBodies", request_body);
        entries(&mut out, components, "responses", response);
        entries(&mut out, components, "securitySchemes", security_scheme);
        out
    });
    out.into()
}

fn server(server: &Value) -> Map<String, Value> {
    let mut out = keep(server, &["url"]);
    entries(&mut out, server, "variables", |variable| {
        keep(variable, &["default", "enum"])
    });
    out
}

fn path_item(item: &Value) -> Map<String, Value> {
    let mut out = keep(item, &["$ref"]);
    each(&mut out, item, "servers", server);
    each(&mut out, item, "parameters", parameter);
    sort_parameters(&mut out);
    for method in METHODS {
        with(&mut out, item, method, operation);
    }
    out
}

fn operation(op: &Value) -> Map<String, Value> {
    let mut out = keep(op, &["operationId", "deprecated", "security", "tags"]);
    each(&mut out, op, "servers", server);
    // The one extension that is a fact. Whatever else stands in its place than a flag says yes.
    if let Some(flag) = op.get("x-experimental") {
        out.insert("x-experimental".into(), (*flag != false).into());
    }
    each(&mut out, op, "parameters", parameter);
    sort_parameters(&mut out);
    with(&mut out, op, "requestBody", request_body);
    fixed_entries(&mut out, op, "responses", response);
    out
}

fn parameter(parameter: &Value) -> Map<String, Value> {
    let mut out = keep(
        parameter,
        &[
            "$ref",
            "name",
            "in",
            "required",
            "deprecated",
            "allowEmptyValue",
            "style",
            "explode",
            "allowReserved",
        ],
    );
    with(&mut out, parameter, "schema", schema);
    entries(&mut out, parameter, "content", media_type);
    out
}

fn request_body(body: &Value) -> Map<String, Value> {
    let mut out = keep(body, &["$ref", "required"]);
    entries(&mut out, body, "content", media_type);
    out
}

fn response(response: &Value) -> Map<String, Value> {
    let mut out = keep(response, &["$ref"]);
    entries(&mut out, response, "content", media_type);
    entries(&mut out, response, "headers", parameter);
    if !out.contains_key("$ref") {
        // OpenAPI requires a description here; what it says is prose.
        out.insert("description".into(), "".into());
    }
    out
}

fn media_type(media: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    with(&mut out, media, "schema", schema);
    entries(&mut out, media, "encoding", |encoding| {
        let mut out = keep(
            encoding,
            &["contentType", "style", "explode", "allowReserved"],
        );
        entries(&mut out, encoding, "headers", parameter);
        out
    });
    out
}

fn security_scheme(scheme: &Value) -> Map<String, Value> {
    let mut out = keep(
        scheme,
        &[
            "$ref",
            "type",
            "name",
            "in",
            "scheme",
            "bearerFormat",
            "openIdConnectUrl",
        ],
    );
    fixed_entries(&mut out, scheme, "flows", |flow| {
        let mut out = keep(flow, &["authorizationUrl", "tokenUrl", "refreshUrl"]);
        // A scope's name is a fact, its text is prose.
        if let Some(scopes) = flow.get("scopes").and_then(Value::as_object) {
            let scopes: Map<_, _> = scopes.keys().map(|k| (k.clone(), "".into())).collect();
            out.insert("scopes".into(), scopes.into());
        }
        out
    });
    out
}

fn schema(schema: &Value) -> Map<String, Value> {
    let mut out = keep(
        schema,
        &[
            "$ref",
            "type",
            "format",
            "enum",
            "default",
            "nullable",
            "deprecated",
            "readOnly",
            "writeOnly",
            "required",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "pattern",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minProperties",
            "maxProperties",
        ],
    );
    with(&mut out, schema, "discriminator", |discriminator| {
        keep(discriminator, &["propertyName", "mapping"])
    });
    if let Some(required) = out.get_mut("required").and_then(Value::as_array_mut) {
        required.sort_by_key(|name| name.as_str().map(str::to_owned));
    }
    entries(&mut out, schema, "properties", self::schema);
    with_bool(&mut out, schema, "additionalProperties", self::schema);
    with(&mut out, schema, "items", self::schema);
    with(&mut out, schema, "not", self::schema);
    for key in ["allOf", "anyOf", "oneOf"] {
        each(&mut out, schema, key, self::schema);
    }
    out
}

/// Copies those fields that are facts as they stand.
fn keep(from: &Value, keys: &[&str]) -> Map<String, Value> {
    keys.iter()
        .filter_map(|k| Some(((*k).to_owned(), from.get(k)?.clone())))
        .collect()
}

/// Carries over one object field, cleaned by `f`.
fn with(
    out: &mut Map<String, Value>,
    from: &Value,
    key: &str,
    f: impl Fn(&Value) -> Map<String, Value>,
) {
    if let Some(value) = from.get(key).filter(|v| v.is_object()) {
        out.insert(key.into(), f(value).into());
    }
}

/// As [`with`], where `true` and `false` are allowed in place of the object.
fn with_bool(
    out: &mut Map<String, Value>,
    from: &Value,
    key: &str,
    f: impl Fn(&Value) -> Map<String, Value>,
) {
    if let Some(Value::Bool(flag)) = from.get(key) {
        out.insert(key.into(), (*flag).into());
    }
    with(out, from, key, f);
}

/// Carries over an array field, each element cleaned by `f`.
fn each(
    out: &mut Map<String, Value>,
    from: &Value,
    key: &str,
    f: impl Fn(&Value) -> Map<String, Value>,
) {
    if let Some(list) = from.get(key).and_then(Value::as_array) {
        out.insert(
            key.into(),
            list.iter()
                .map(|v| Value::from(f(v)))
                .collect::<Vec<_>>()
                .into(),
        );
    }
}

/// Carries over a field that maps free names to objects, each object cleaned by `f`.
fn entries(
    out: &mut Map<String, Value>,
    from: &Value,
    key: &str,
    f: impl Fn(&Value) -> Map<String, Value>,
) {
    if let Some(map) = from.get(key).and_then(Value::as_object) {
        let cleaned: Map<_, _> = map
            .iter()
            .map(|(name, v)| (name.clone(), f(v).into()))
            .collect();
        out.insert(key.into(), cleaned.into());
    }
}

/// As [`entries`], where a name that begins with `x-` is a vendor's.
fn fixed_entries(
    out: &mut Map<String, Value>,
    from: &Value,
    key: &str,
    f: impl Fn(&Value) -> Map<String, Value>,
) {
    entries(out, from, key, f);
    if let Some(map) = out.get_mut(key).and_then(Value::as_object_mut) {
        map.retain(|name, _| !name.starts_with("x-"));
    }
}

/// The order of parameters means nothing; theirs is by place and name.
fn sort_parameters(out: &mut Map<String, Value>) {
    if let Some(list) = out.get_mut("parameters").and_then(Value::as_array_mut) {
        list.sort_by_key(|p| {
            ["$ref", "in", "name"]
                .map(|k| p.get(k).and_then(Value::as_str).unwrap_or("").to_owned())
        });
    }
}
