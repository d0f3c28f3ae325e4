//! Walking an OpenAPI document held as JSON.
//!
//! Fixups work on JSON and not on a typed model, since what they repair is often what a typed
//! model cannot hold.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The methods an OpenAPI 3.0 path item can have, in the order in which we name them.
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Every operation as `(path, method, operation)`.
pub(crate) fn operations(
    doc: &Value,
) -> impl Iterator<Item = (&str, &'static str, &Map<String, Value>)> {
    doc.get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        // What begins like this is vendor text and no path.
        .filter(|(path, _)| !path.starts_with("x-"))
        .flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                Some((path.as_str(), *method, item.get(method)?.as_object()?))
            })
        })
}

/// Calls `f` with every operation, to change it.
pub(crate) fn each_operation(
    doc: &mut Value,
    mut f: impl FnMut(&str, &str, &mut Map<String, Value>),
) {
    let Some(paths) = doc.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(op) = item.get_mut(method).and_then(Value::as_object_mut) {
                f(path, method, op);
            }
        }
    }
}

/// How our tables name an operation: `POST /v2/orgs/{orgId}/users/invite`.
pub(crate) fn key(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// The parameters of an operation, its path item's included, each with references followed.
pub(crate) fn parameters<'a>(
    doc: &'a Value,
    path: &str,
    op: &'a Map<String, Value>,
) -> Vec<&'a Map<String, Value>> {
    let shared = doc["paths"]
        .get(path)
        .and_then(|item| item.get("parameters"));
    let own = op.get("parameters");
    let mut found: Vec<&Map<String, Value>> = Vec::new();
    for list in [own, shared]
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
    {
        for parameter in list.iter().filter_map(|p| resolve(doc, p).as_object()) {
            let same = |p: &&&Map<String, Value>| {
                p.get("name") == parameter.get("name") && p.get("in") == parameter.get("in")
            };
            if found.iter().find(same).is_none() {
                found.push(parameter);
            }
        }
    }
    found
}

/// Writes out what operations share: parameters of a path, and parameters, bodies and answers that
/// stand among the components. What leads nowhere stays a reference, and is found by the preflight.
pub(crate) fn write_out(doc: &mut Value) {
    let old = doc.clone();
    let whole = |value: &Value| match resolve(&old, value) {
        found if found.get("$ref").is_none() => found.clone(),
        _ => value.clone(),
    };
    each_operation(doc, |path, _, op| {
        let parameters: Vec<Value> = parameters(&old, path, op)
            .into_iter()
            .cloned()
            .map(Value::from)
            .collect();
        if !parameters.is_empty() {
            op.insert("parameters".into(), parameters.into());
        }
        if let Some(body) = op.get_mut("requestBody") {
            *body = whole(body);
        }
        let responses = op.get_mut("responses").and_then(Value::as_object_mut);
        for (_, response) in responses.into_iter().flatten() {
            *response = whole(response);
            // The generated client does not read them.
            response.as_object_mut().map(|r| r.remove("headers"));
        }
    });
    let paths = doc.get_mut("paths").and_then(Value::as_object_mut);
    for (_, item) in paths.into_iter().flatten() {
        item.as_object_mut().map(|item| item.remove("parameters"));
    }
    if let Some(components) = doc.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|section, _| section == "schemas");
    }
}

/// Follows `$ref`s within the document, a bounded number of times: a reference may be a cycle.
pub(crate) fn resolve<'a>(doc: &'a Value, mut value: &'a Value) -> &'a Value {
    for _ in 0..32 {
        let Some(target) = value.get("$ref").and_then(Value::as_str) else {
            return value;
        };
        let Some(next) = target.strip_prefix('#').and_then(|p| doc.pointer(p)) else {
            return value;
        };
        value = next;
    }
    value
}

/// The name of a component schema that a reference points to.
pub(crate) fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// The component schemas, to change them. A document without any gets an empty map.
pub(crate) fn component_schemas(doc: &mut Value) -> Option<&mut Map<String, Value>> {
    let empty = || Value::Object(Map::new());
    let components = doc
        .as_object_mut()?
        .entry("components")
        .or_insert_with(empty);
    let schemas = components
        .as_object_mut()?
        .entry("schemas")
        .or_insert_with(empty);
    schemas.as_object_mut()
}

/// Calls `f` on a schema and all schemas inside it, innermost first. References are not followed.
pub(crate) fn each_subschema(schema: &mut Value, f: &mut dyn FnMut(&mut Value)) {
    if let Some(map) = schema.as_object_mut() {
        for (key, child) in map.iter_mut() {
            match key.as_str() {
                "properties" => {
                    child
                        .as_object_mut()
                        .into_iter()
                        .flatten()
                        .for_each(|(_, c)| each_subschema(c, f));
                }
                "items" | "not" | "additionalProperties" => each_subschema(child, f),
                "allOf" | "anyOf" | "oneOf" => {
                    child
                        .as_array_mut()
                        .into_iter()
                        .flatten()
                        .for_each(|c| each_subschema(c, f));
                }
                _ => {}
            }
        }
        f(schema);
    }
}

/// Where a schema stands, which decides what may be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A component schema with this name.
    Component(String),
    /// A parameter with this name.
    Parameter(String),
    /// A request body of this operation.
    Request(String),
    /// A response body of this operation.
    Response(String),
}

/// Calls `f` with every schema that is not inside another schema, and where it stands.
pub(crate) fn each_root_schema(doc: &mut Value, mut f: impl FnMut(&Place, &mut Value)) {
    let schemas = doc.get_mut("components").and_then(|c| c.get_mut("schemas"));
    for (name, schema) in schemas.and_then(Value::as_object_mut).into_iter().flatten() {
        f(&Place::Component(name.clone()), schema);
    }
    let paths = doc.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let Some(op) = item.get_mut(method) else {
                continue;
            };
            let id = op["operationId"]
                .as_str()
                .map_or_else(|| key(method, path), str::to_owned);
            for parameter in list_mut(op, "parameters") {
                parameter_schema(parameter, &mut f);
            }
            if let Some(body) = op.get_mut("requestBody") {
                contents(body, |schema| f(&Place::Request(id.clone()), schema));
            }
            let responses = op.get_mut("responses").and_then(Value::as_object_mut);
            for (_, response) in responses.into_iter().flatten() {
                contents(response, |schema| f(&Place::Response(id.clone()), schema));
            }
        }
    }
}

/// The schemas of an operation's parameters, body and answers.
pub(crate) fn root_schemas<'a>(
    doc: &'a Value,
    path: &str,
    op: &'a Map<String, Value>,
) -> Vec<&'a Value> {
    let of = |holder: &'a Value| {
        let content = holder.get("content").and_then(Value::as_object);
        content
            .into_iter()
            .flatten()
            .filter_map(|(_, media)| media.get("schema"))
    };
    let responses = op.get("responses").and_then(Value::as_object);
    let parameters = parameters(doc, path, op).into_iter();
    parameters
        .filter_map(|parameter| parameter.get("schema"))
        .chain(op.get("requestBody").into_iter().flat_map(of))
        .chain(responses.into_iter().flat_map(|r| r.values()).flat_map(of))
        .collect()
}

fn parameter_schema(parameter: &mut Value, f: &mut impl FnMut(&Place, &mut Value)) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    if let Some(schema) = parameter.get_mut("schema") {
        f(&Place::Parameter(name), schema);
    }
}

fn contents(holder: &mut Value, mut f: impl FnMut(&mut Value)) {
    let content = holder.get_mut("content").and_then(Value::as_object_mut);
    for (_, media) in content.into_iter().flatten() {
        if let Some(schema) = media.get_mut("schema") {
            f(schema);
        }
    }
}

/// The elements of an array field, or none.
pub(crate) fn list_mut<'a>(value: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    value
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// Which component schemas can be reached, by which way.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// From request bodies and parameters.
    pub(crate) requests: BTreeSet<String>,
    /// From response bodies.
    pub(crate) responses: BTreeSet<String>,
}

/// Follows every reference from the operations into the component schemas.
pub(crate) fn reach(doc: &Value) -> Reach {
    let mut reach = Reach::default();
    let schemas = |value: &Value, into: &mut BTreeSet<String>| {
        let found = references(value, doc);
        into.extend(
            found
                .iter()
                .filter_map(|r| schema_name(r))
                .map(str::to_owned),
        );
    };
    for (path, _, op) in operations(doc) {
        for parameter in parameters(doc, path, op) {
            parameter
                .values()
                .for_each(|v| schemas(v, &mut reach.requests));
        }
        op.get("requestBody")
            .into_iter()
            .for_each(|v| schemas(v, &mut reach.requests));
        op.get("responses")
            .into_iter()
            .for_each(|v| schemas(v, &mut reach.responses));
    }
    reach
}

/// Every `$ref` that can be reached from `value`, directly or through other references.
pub(crate) fn references(value: &Value, doc: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("$ref").and_then(Value::as_str)
                    && found.insert(target.to_owned())
                {
                    open.extend(target.strip_prefix('#').and_then(|p| doc.pointer(p)));
                }
                open.extend(map.values());
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    found
}
