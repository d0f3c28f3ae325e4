//! A schema as its parts: references one step away, `allOf` merged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::spec;

/// The keywords that have a field of their own in [`Node`] or mean nothing by themselves.
const PARTS: [&str; 13] = [
    "$ref",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "not",
    "allOf",
    "oneOf",
    "anyOf",
    "enum",
    "nullable",
    "description",
];

/// A schema's parts, borrowed from its document.
#[derive(Debug, Default)]
pub(crate) struct Node<'a> {
    pub(crate) declared: Option<&'a str>,
    pub(crate) properties: BTreeMap<&'a str, &'a Value>,
    pub(crate) required: BTreeSet<&'a str>,
    pub(crate) extra: Option<&'a Value>,
    pub(crate) items: Option<&'a Value>,
    pub(crate) not: Option<&'a Value>,
    pub(crate) one_of: Vec<&'a Value>,
    pub(crate) any_of: Vec<&'a Value>,
    pub(crate) values: Option<&'a Vec<Value>>,
    pub(crate) nullable: bool,
    /// Everything else, by keyword.
    pub(crate) rest: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Node<'a> {
    /// Reads a schema. Members of its `allOf` that are references to one of `known` are left out:
    /// they are compared by themselves.
    pub(crate) fn read(doc: &'a Value, schema: &'a Value, known: &BTreeSet<&str>) -> Self {
        let mut node = Node::default();
        node.take(doc, schema, known, &mut BTreeSet::new());
        node
    }

    /// `seen` holds the addresses of what was merged already: an `allOf` may lead back to itself.
    fn take(
        &mut self,
        doc: &'a Value,
        schema: &'a Value,
        known: &BTreeSet<&str>,
        seen: &mut BTreeSet<usize>,
    ) {
        let schema = spec::resolve(doc, schema);
        if !seen.insert(std::ptr::from_ref(schema) as usize) {
            return;
        }
        let Some(map) = schema.as_object() else {
            return;
        };
        for member in list(map, "allOf") {
            let skip = reference(member).is_some_and(|target| known.contains(target));
            if !skip {
                self.take(doc, member, known, seen);
            }
        }
        self.declared = map.get("type").and_then(Value::as_str).or(self.declared);
        let properties = map.get("properties").and_then(Value::as_object);
        self.properties
            .extend(properties.into_iter().flatten().map(|(k, v)| (&**k, v)));
        self.required
            .extend(list(map, "required").filter_map(Value::as_str));
        self.extra = map.get("additionalProperties").or(self.extra);
        self.items = map.get("items").or(self.items);
        self.not = map.get("not").or(self.not);
        self.one_of.extend(list(map, "oneOf"));
        self.any_of.extend(list(map, "anyOf"));
        self.values = map.get("enum").and_then(Value::as_array).or(self.values);
        self.nullable |= map.get("nullable") == Some(&Value::Bool(true));
        for (key, value) in map {
            // A switch that is off is the same as none.
            if !PARTS.contains(&key.as_str()) && value != &Value::Bool(false) {
                self.rest.insert(key, value);
            }
        }
    }

    /// The JSON type: the declared one, or what its parts imply.
    pub(crate) fn kind(&self) -> &'a str {
        match self.declared {
            Some(kind) => kind,
            None if !self.properties.is_empty() || self.extra.is_some_and(Value::is_object) => {
                "object"
            }
            None if self.items.is_some() => "array",
            None => "any",
        }
    }

    pub(crate) fn keyword(&self, key: &str) -> Option<&'a Value> {
        self.rest.get(key).copied()
    }

    fn number(&self, key: &str) -> Option<f64> {
        self.keyword(key).and_then(Value::as_f64)
    }

    /// The Rust type that the generator makes of a scalar, as far as limits and formats decide it.
    ///
    /// Formats of dates and ids count as text: fixups take them away. The rest follows typify 0.8:
    /// a text with a limit is a type of its own that checks it, and an integer's bounds choose its
    /// width where they are those of a Rust type.
    pub(crate) fn scalar(&self) -> String {
        let format = self.keyword("format").and_then(Value::as_str);
        match self.kind() {
            "string" => match format {
                Some(format @ ("ip" | "ipv4" | "ipv6")) => format.to_owned(),
                _ if self.is_checked_text() => "checked text".to_owned(),
                _ => "text".to_owned(),
            },
            "integer" => {
                let (min, max) = (self.number("minimum"), self.number("maximum"));
                let width = format.unwrap_or("int64");
                let bound = |bound: Option<f64>| match bound {
                    // The bounds of Rust's own integers.
                    Some(b) if [0., 255., 65_535., 4_294_967_295.].contains(&b) => b.to_string(),
                    Some(b) if [-128., 127., 32_767., 2_147_483_647.].contains(&b) => b.to_string(),
                    _ => String::new(),
                };
                match min {
                    Some(1.) => format!("non-zero {width}"),
                    _ => format!("{width} {}..{}", bound(min), bound(max)),
                }
            }
            "number" if format == Some("float") => "f32".to_owned(),
            "array" if self.keyword("uniqueItems").is_some() => "set".to_owned(),
            other => other.to_owned(),
        }
    }

    /// Whether the generator makes a type of it that checks length and pattern.
    pub(crate) fn is_checked_text(&self) -> bool {
        self.kind() == "string"
            && ["minLength", "maxLength", "pattern"]
                .iter()
                .any(|k| self.rest.contains_key(k))
    }
}

fn list<'a>(map: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    map.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The target of a reference, also of one that is wrapped in an `allOf` of its own: OpenAPI 3.0
/// allows nothing beside a `$ref`, so that is how documents describe or null one.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return Some(target);
    }
    let map = schema.as_object()?;
    match map.get("allOf").and_then(Value::as_array)?.as_slice() {
        [one] if map.keys().all(|k| k == "allOf" || k == "nullable") => {
            one.get("$ref").and_then(Value::as_str)
        }
        _ => None,
    }
}

/// The references among the members of an `allOf`.
pub(crate) fn bases(schema: &Value) -> BTreeSet<&str> {
    let members = schema.get("allOf").and_then(Value::as_array);
    members
        .into_iter()
        .flatten()
        .filter_map(|m| m.get("$ref").and_then(Value::as_str))
        .collect()
}

/// A component's name for a reader; any other reference as it stands.
pub(crate) fn name(target: &str) -> String {
    spec::schema_name(target).unwrap_or(target).to_owned()
}

/// A schema in a few words.
pub(crate) fn describe(schema: &Value) -> String {
    if let Some(target) = reference(schema) {
        return format!("`{}`", name(target));
    }
    let kind = |key: &str| schema.get(key).and_then(Value::as_str);
    let text = match (kind("type"), kind("format")) {
        (Some("array"), _) => match schema.get("items") {
            Some(items) => format!("array of {}", describe(items)),
            None => "array".to_owned(),
        },
        (Some(kind), Some(format)) => format!("{kind}, {format}"),
        (Some(kind), None) => kind.to_owned(),
        (None, _) => ["oneOf", "anyOf", "allOf"]
            .iter()
            .find(|key| schema.get(**key).is_some())
            .map_or_else(|| "anything".to_owned(), |key| (*key).to_owned()),
    };
    if schema.get("enum").is_some() {
        format!("{text} enum")
    } else {
        text
    }
}
