//! Enums that keep a value they don't know.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use serde_json::{Value, json};

use crate::spec::{self, Place};

/// An enum taken out of a document: its type's name and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenEnum {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
    pub(crate) description: String,
}

/// Gives every enum of text a component schema of its own and returns them all.
///
/// An enum inside another schema is named by its position (`ClaimStatus` of `DomainModelAttributes`
/// is `DomainModelAttributesClaimStatus`); where a named enum has the same values, that one serves.
pub(crate) fn hoist(doc: &mut Value) -> Vec<OpenEnum> {
    let mut found: BTreeMap<String, OpenEnum> = BTreeMap::new();
    let mut named: Vec<(Vec<String>, String)> = Vec::new();
    for (name, schema) in components(doc) {
        if let Some(values) = values(schema) {
            named.push((set(&values), name.clone()));
            found.insert(
                name.clone(),
                OpenEnum {
                    name: name.clone(),
                    values,
                    description: String::new(),
                },
            );
        }
    }
    let taken: Vec<String> = components(doc).map(|(name, _)| name.clone()).collect();
    let mut place_one = |path: &str, schema: &mut Value| {
        let Some(values) = values(schema) else { return };
        let wanted = set(&values);
        let name = match named.iter().find(|(set, _)| *set == wanted) {
            Some((_, name)) => name.clone(),
            None => {
                let mut name = path.to_owned();
                let clash = |name: &String| {
                    taken.contains(name)
                        || found.get(name).is_some_and(|e| set(&e.values) != wanted)
                };
                while clash(&name) {
                    name.push_str("Value");
                }
                found.entry(name.clone()).or_insert(OpenEnum {
                    name: name.clone(),
                    values,
                    description: String::new(),
                });
                name
            }
        };
        *schema = json!({ "$ref": format!("#/components/schemas/{name}") });
    };
    spec::each_root_schema(doc, |place, root| match place {
        Place::Component(_) if values(root).is_some() => {}
        Place::Component(name) => visit(&pascal(name), root, &mut place_one),
        Place::Parameter(name) => visit(&pascal(name), root, &mut place_one),
        Place::Request(name) => visit(&format!("{}Body", pascal(name)), root, &mut place_one),
        Place::Response(name) => visit(&format!("{}Response", pascal(name)), root, &mut place_one),
    });
    if let Some(schemas) = spec::component_schemas(doc) {
        for (name, one) in &found {
            let schema = json!({ "type": "string", "enum": one.values });
            schemas.insert(name.clone(), schema);
        }
    }
    found.into_values().collect()
}

fn components(doc: &Value) -> impl Iterator<Item = (&String, &Value)> {
    doc.pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// The values of an enum of text. An enum of anything else stays as it is.
fn values(schema: &Value) -> Option<Vec<String>> {
    let list = schema.get("enum")?.as_array()?;
    let values: Option<Vec<String>> = list
        .iter()
        .filter(|v| !v.is_null())
        .map(|v| v.as_str().map(str::to_owned))
        .collect();
    values.filter(|v| !v.is_empty())
}

fn set(values: &[String]) -> Vec<String> {
    let mut values = values.to_vec();
    values.sort();
    values.dedup();
    values
}

fn visit(path: &str, schema: &mut Value, f: &mut impl FnMut(&str, &mut Value)) {
    if values(schema).is_some() {
        return f(path, schema);
    }
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    for (name, property) in map
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        visit(&format!("{path}{}", pascal(name)), property, f);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(child) = map.get_mut(key) {
            visit(path, child, f);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (n, child) in map
            .get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .enumerate()
        {
            visit(
                &if n == 0 {
                    path.to_owned()
                } else {
                    format!("{path}{n}")
                },
                child,
                f,
            );
        }
    }
}

/// `auth-token-for-2LO` becomes `AuthTokenFor2Lo`: the rule by which typify names its types.
pub(crate) fn pascal(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = text.to_upper_camel_case();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("V{name}")
    }
}

/// The module of an API's open enums, as text: a macro's arguments are not formatted for us.
pub(crate) fn module(enums: &[OpenEnum]) -> String {
    let mut out = String::from("use crate::open_enum::open_enum;\n");
    for one in enums {
        let doc = if one.description.is_empty() {
            "Values that the contract lists, or another that the service sends."
        } else {
            &one.description
        };
        out.push_str("\nopen_enum! {\n");
        out.extend(doc.lines().map(|line| format!("    /// {line}\n")));
        out.push_str(&format!("    pub enum {} {{\n", pascal(&one.name)));
        let mut used = vec!["Other".to_owned(), "Self".to_owned()];
        for value in &one.values {
            let mut variant = pascal(value.strip_prefix("atlassian/").unwrap_or(value));
            while used.contains(&variant) {
                variant.push('_');
            }
            out.push_str(&format!("        /// `{}`\n", value.escape_debug()));
            out.push_str(&format!("        {variant} = {value:?},\n"));
            used.push(variant);
        }
        out.push_str("    }\n}\n");
    }
    out
}
