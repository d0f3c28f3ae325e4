//! Our own words over a contract: they become the doc comments of the raw client.

use serde_json::Value;

use crate::api::Docs;
use crate::error::Error;
use crate::spec;

/// Puts the sentences of `docs.toml` where OpenAPI has its descriptions.
///
/// A row for something that the contract does not have is an error: it would be a sentence about
/// an operation that is gone. This runs on the contract as extracted, before any fixup.
pub(crate) fn check(docs: &Docs, doc: &Value) -> Result<(), Error> {
    let keys: Vec<String> = spec::operations(doc)
        .map(|(p, m, _)| spec::key(m, p))
        .collect();
    let mut wrong = Vec::new();
    for key in docs.operations.keys().filter(|k| !keys.contains(k)) {
        wrong.push(format!(
            "it describes `{key}`, which the contract does not have"
        ));
    }
    for (name, row) in &docs.schemas {
        let schema = &doc["components"]["schemas"][name.as_str()];
        if schema.is_null() {
            wrong.push(format!(
                "it describes schema `{name}`, which the contract does not have"
            ));
        }
        for property in row.properties.keys() {
            if !schema.is_null() && schema["properties"][property.as_str()].is_null() {
                wrong.push(format!(
                    "it describes `{name}.{property}`, which the contract does not have"
                ));
            }
        }
    }
    for key in keys.iter().filter(|k| !docs.operations.contains_key(*k)) {
        wrong.push(format!(
            "operation `{key}` has no row: say in a sentence what it does"
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Table {
            file: "docs.toml",
            why: wrong.join("\n"),
        })
    }
}

/// Applies the sentences. Paths may have been renamed by a fixup since, so operations are found by
/// their id, through `key_of`.
pub(crate) fn apply(docs: &Docs, doc: &mut Value, key_of: impl Fn(&str) -> Option<String>) {
    spec::each_operation(doc, |_, _, op| {
        let row = op
            .get("operationId")
            .and_then(Value::as_str)
            .and_then(&key_of)
            .and_then(|key| docs.operations.get(&key));
        if let Some(row) = row {
            op.insert("summary".into(), row.summary.clone().into());
            if !row.description.is_empty() {
                op.insert("description".into(), row.description.clone().into());
            }
        }
        for parameter in op
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            describe_parameter(docs, parameter);
        }
    });
    if let Some(shared) = doc
        .pointer_mut("/components/parameters")
        .and_then(Value::as_object_mut)
    {
        shared
            .values_mut()
            .for_each(|parameter| describe_parameter(docs, parameter));
    }
    for (name, row) in &docs.schemas {
        let Some(schema) = doc
            .pointer_mut("/components/schemas")
            .and_then(|s| s.get_mut(name))
        else {
            continue;
        };
        if let (false, Some(schema)) = (row.description.is_empty(), schema.as_object_mut()) {
            schema.insert("description".into(), row.description.clone().into());
        }
        for (property, words) in &row.properties {
            if let Some(target) = schema
                .get_mut("properties")
                .and_then(|p| p.get_mut(property))
                .and_then(Value::as_object_mut)
            {
                describe(target, words);
            }
        }
    }
}

fn describe_parameter(docs: &Docs, parameter: &mut Value) {
    let words = parameter["name"]
        .as_str()
        .and_then(|name| docs.parameters.get(name));
    if let (Some(words), Some(parameter)) = (words, parameter.as_object_mut()) {
        parameter.insert("description".into(), words.clone().into());
    }
}

/// Beside a `$ref` everything is ignored, so a described reference goes into an `allOf`.
fn describe(schema: &mut serde_json::Map<String, Value>, words: &str) {
    if let Some(reference) = schema.remove("$ref") {
        schema.insert("allOf".into(), serde_json::json!([{ "$ref": reference }]));
    }
    schema.insert("description".into(), words.into());
}
