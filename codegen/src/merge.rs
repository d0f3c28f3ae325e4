//! Whether putting the parts of a composed schema together comes to an end.
//!
//! The generator merges what `allOf` (and what stands beside `anyOf`, `oneOf` or `not`) holds into
//! one schema: properties of one name are merged in turn, references followed. Two schemas that are
//! recursive by the same property are merged for ever, until its stack is used up, which nothing can
//! catch. The same happens where the merged schema, into which the parts are copied, holds the
//! composition that it was made of. So the way it would take is walked here before, with a memory of
//! where it has been.

use std::collections::HashSet;

use serde_json::Value;

use crate::spec;

/// A pair of schemas by where they lie in the document: the same place is the same schema.
type Pair = (*const Value, *const Value);

/// The walk through one document.
pub(crate) struct Walk<'a> {
    doc: &'a Value,
    open: HashSet<Pair>,
    done: HashSet<Pair>,
    copying: HashSet<*const Value>,
    copied: HashSet<*const Value>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(doc: &'a Value) -> Self {
        Self {
            doc,
            open: HashSet::new(),
            done: HashSet::new(),
            copying: HashSet::new(),
            copied: HashSet::new(),
        }
    }

    /// Whether merging the parts of this schema, or of one inside it, ends.
    pub(crate) fn ends(&mut self, schema: &'a Value) -> bool {
        let parts = self.parts(schema);
        let composed = parts.len() < 2
            || parts
                .iter()
                .enumerate()
                .all(|(n, one)| parts[n + 1..].iter().all(|other| self.meet(one, other)));
        composed
            && self.copies_end(schema)
            && inner(schema).into_iter().all(|inner| self.ends(inner))
    }

    /// Whether copying the parts of this schema into one, and then those of what was copied, ends.
    /// A reference to a property's schema is copied as such.
    fn copies_end(&mut self, schema: &'a Value) -> bool {
        let place: *const Value = schema;
        if !is_copied(schema) || self.copied.contains(&place) {
            return true;
        }
        if !self.copying.insert(place) {
            return false;
        }
        let mut open: Vec<&Value> = Vec::new();
        for part in self.parts(schema) {
            open.extend(inner(part));
        }
        let mut ends = true;
        while let (true, Some(next)) = (ends, open.pop()) {
            // What is part of this one is copied already, as far as it is a composition itself.
            ends = self.copies_end(next);
            open.extend(inner(next));
        }
        self.copying.remove(&place);
        self.copied.insert(place);
        ends
    }

    /// A schema and, references followed, all that it is composed of. That this ends is checked
    /// before.
    fn parts(&self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = spec::resolve(self.doc, schema);
        let mut all = vec![schema];
        for key in ["allOf", "anyOf", "oneOf"] {
            let list = schema.get(key).and_then(Value::as_array);
            all.extend(list.into_iter().flatten().flat_map(|part| self.parts(part)));
        }
        all.extend(
            schema
                .get("not")
                .into_iter()
                .flat_map(|part| self.parts(part)),
        );
        all
    }

    /// Whether merging these two ends.
    fn meet(&mut self, one: &'a Value, other: &'a Value) -> bool {
        let pair: Pair = (one, other);
        if std::ptr::eq(one, other) || self.done.contains(&pair) {
            return true;
        }
        if !self.open.insert(pair) {
            return false;
        }
        let mut ends = true;
        for a in self.parts(one) {
            for b in self.parts(other) {
                let same = std::ptr::eq(a, b);
                ends = ends && (same || below(a, b).into_iter().all(|(a, b)| self.meet(a, b)));
            }
        }
        self.open.remove(&pair);
        self.done.insert(pair);
        ends
    }
}

/// Whether the generator copies the parts of this schema into one: it does not if there is nothing
/// to put together.
fn is_copied(schema: &Value) -> bool {
    const ALONE: [&str; 5] = [
        "nullable",
        "description",
        "deprecated",
        "readOnly",
        "writeOnly",
    ];
    let Some(map) = schema.as_object() else {
        return false;
    };
    let composition = ["allOf", "anyOf", "oneOf", "not"]
        .iter()
        .find(|key| map.contains_key(**key));
    let Some(composition) = composition else {
        return false;
    };
    let several = schema["allOf"]
        .as_array()
        .is_some_and(|list| list.len() > 1);
    several
        || map
            .keys()
            .any(|key| key != composition && !ALONE.contains(&key.as_str()))
}

/// The schemas right inside one: of its properties, elements, additional properties, and parts.
fn inner(schema: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = Vec::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    found.extend(properties.into_iter().flat_map(|p| p.values()));
    for key in ["allOf", "anyOf", "oneOf"] {
        found.extend(
            schema
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten(),
        );
    }
    for key in ["items", "additionalProperties", "not"] {
        found.extend(schema.get(key));
    }
    found
}

/// What is merged because these two are.
fn below<'a>(a: &'a Value, b: &'a Value) -> Vec<(&'a Value, &'a Value)> {
    let mut pairs = Vec::new();
    for key in ["items", "additionalProperties"] {
        pairs.extend(a.get(key).zip(b.get(key)));
    }
    let properties = |schema: &'a Value| {
        let map = schema.get("properties").and_then(Value::as_object);
        map.into_iter().flatten()
    };
    let of = |schema: &'a Value, name: &str| {
        let own = schema.get("properties").and_then(|p| p.get(name));
        own.or_else(|| schema.get("additionalProperties"))
    };
    pairs.extend(properties(a).filter_map(|(name, schema)| Some((schema, of(b, name)?))));
    pairs.extend(properties(b).filter_map(|(name, schema)| Some((of(a, name)?, schema))));
    pairs
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ends(composed: Value) -> bool {
        let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let doc = json!({ "components": { "schemas": {
            "One": { "properties": { "self": of("One"), "one": { "type": "string" } } },
            "Other": { "properties": { "self": of("Other") } },
            "List": { "properties": { "self": { "items": of("List") } } },
            "Map": { "additionalProperties": of("Map") },
            "Composed": composed,
        } } });
        Walk::new(&doc).ends(&doc["components"]["schemas"]["Composed"])
    }

    #[test]
    fn two_that_are_recursive_alike_are_merged_for_ever() {
        let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        assert!(!ends(json!({ "allOf": [of("One"), of("Other")] })));
        assert!(!ends(
            json!({ "properties": { "deep": { "anyOf": [of("One"), of("Map")] } } })
        ));
        assert!(!ends(
            json!({ "properties": { "self": of("One") }, "oneOf": [of("Other")] })
        ));
        assert!(ends(json!({ "allOf": [of("One"), of("One")] })));
        assert!(ends(json!({ "allOf": [of("One"), of("List")] })));
        assert!(ends(
            json!({ "allOf": [of("One"), { "properties": { "one": {} } }] })
        ));
        assert!(ends(
            json!({ "properties": { "a": of("One"), "b": of("Other") } })
        ));
    }

    #[test]
    fn a_composition_that_copies_itself_never_ends() {
        let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let inside = |composed: Value| ends(json!({ "properties": { "inside": composed } }));
        assert!(!inside(json!({ "allOf": [of("List"), of("Composed")] })));
        assert!(!inside(
            json!({ "type": "object", "oneOf": [of("Composed")] })
        ));
        assert!(!inside(
            json!({ "items": { "allOf": [{}, of("Composed")] } })
        ));
        // Nothing to put together: these stay references.
        assert!(inside(
            json!({ "allOf": [of("Composed")], "nullable": true })
        ));
        assert!(inside(json!({ "oneOf": [of("List"), of("Other")] })));
    }
}
