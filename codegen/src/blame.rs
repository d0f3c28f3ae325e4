//! From a place in the generated text back to the part of the document it was made of.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::open_enum::pascal;
use crate::progenitor_run::method_name;
use crate::spec;
use crate::unsupported::Part;

/// The Rust names that parts of a document have become.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    methods: BTreeMap<String, Part>,
    types: BTreeMap<String, Part>,
}

impl Names {
    pub(crate) fn of(doc: &Value) -> Self {
        let mut names = Self::default();
        for (path, method, op) in spec::operations(doc) {
            let id = op.get("operationId").and_then(Value::as_str);
            let name = method_name(id.unwrap_or_default());
            let part = Part::Operation(spec::key(method, path));
            names.types.insert(pascal(&name), part.clone());
            names.methods.insert(name, part);
        }
        let schemas = doc
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        for name in schemas.into_iter().flat_map(|s| s.keys()) {
            names.types.insert(pascal(name), Part::Schema(name.clone()));
        }
        names
    }

    /// The part that line `line`, counted from 1, of this text was made of.
    pub(crate) fn blame(&self, text: &str, line: usize) -> Option<Part> {
        let lines: Vec<&str> = text.lines().take(line).collect();
        let method = lines.iter().rev().find_map(|line| {
            let (name, _) = line.strip_prefix("    pub fn ")?.split_once('(')?;
            self.methods.get(name)
        });
        let from = lines.iter().rposition(|line| is_header(line));
        let header: String = lines.get(from?..)?.join(" ");
        let header = header.split(['{', ';']).next().unwrap_or_default();
        if header.trim() == "impl Client" {
            return method.cloned();
        }
        let word = |c: char| !c.is_alphanumeric() && c != '_';
        let words = || header.split(word).filter(|w| !w.is_empty());
        let exact = words().find_map(|w| self.types.get(w));
        // A type without a name of its own is called after where it stands.
        let inside = || {
            let outer = |w: &str| {
                let known = self
                    .types
                    .iter()
                    .filter(|(name, _)| w.starts_with(name.as_str()));
                known
                    .max_by_key(|(name, _)| name.len())
                    .map(|(_, part)| part)
            };
            words()
                .filter(|w| w.starts_with(char::is_uppercase))
                .find_map(outer)
        };
        exact.or_else(inside).cloned()
    }

    /// The part that a compiler's words name by its type, for want of a place.
    pub(crate) fn named_in(&self, words: &str) -> Option<Part> {
        let words = words.split("types::").skip(1);
        let mut names = words.filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        });
        names.find_map(|name| self.types.get(name)).cloned()
    }
}

fn is_header(line: &str) -> bool {
    ["pub struct ", "pub enum ", "impl", "pub fn "]
        .iter()
        .any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_leads_to_what_it_was_made_of() {
        let names = Names::of(&json!({
            "paths": {
                "/a": { "get": { "operationId": "getThing" } },
                "/b": { "put": { "operationId": "putThing" } },
            },
            "components": { "schemas": { "some-schema": {}, "Client": {} } },
        }));
        let text = "impl Client {\n    pub fn get_thing(&self) {\n        broken\n    }\n}\n\
            pub struct PutThing<'a> {\n    broken\n}\n\
            impl ::std::fmt::Display\n    for SomeSchema\n{\n    broken\n}\n\
            pub enum SomeSchemaInner {\n    broken\n}\n\
            pub struct Unknown {\n    broken\n}\n";
        let at = |word: &str| text[..text.find(word).unwrap()].lines().count() + 1;
        let operation = |key: &str| Some(Part::Operation(key.into()));
        let schema = Some(Part::Schema("some-schema".into()));
        assert_eq!(names.blame(text, 3), operation("GET /a"));
        assert_eq!(names.blame(text, at("PutThing") + 1), operation("PUT /b"));
        assert_eq!(names.blame(text, at("SomeSchema\n") + 2), schema);
        assert_eq!(names.blame(text, at("SomeSchemaInner") + 1), schema);
        assert_eq!(names.blame(text, at("Unknown") + 1), None);
    }
}
