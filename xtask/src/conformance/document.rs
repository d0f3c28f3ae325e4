//! The document that judges: the committed contract, or one as it is published.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// A document and where it came from.
pub(super) struct Document {
    pub(super) path: PathBuf,
    pub(super) json: Value,
    /// Given by `--document`: to be used as it is.
    pub(super) as_published: bool,
}

impl Document {
    pub(super) fn read(root: &Path, given: Option<&Path>) -> Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => root.join("openapi/organizations/contract.json"),
        };
        let words = || format!("{}", path.display());
        let text = fs::read_to_string(&path).with_context(words)?;
        let json = serde_json::from_str(&text).with_context(words)?;
        let path = fs::canonicalize(&path).with_context(words)?;
        Ok(Self {
            path,
            json,
            as_published: given.is_some(),
        })
    }

    /// Its operations, as `METHOD /template`.
    pub(super) fn operations(&self) -> Vec<String> {
        let paths = self.json.get("paths").and_then(Value::as_object);
        let items = paths.into_iter().flatten();
        let methods = |item: &Value| -> Vec<String> {
            let names = item.as_object().into_iter().flatten().map(|(name, _)| name);
            let names = names.filter(|name| METHODS.contains(&name.as_str()));
            names.map(|name| name.to_uppercase()).collect()
        };
        items
            .flat_map(|(path, item)| {
                let named = move |method| format!("{method} {path}");
                methods(item).into_iter().map(named)
            })
            .collect()
    }
}

/// The operations that the facade stands on, by the list that `diff` goes by.
pub(super) fn facade_operations(root: &Path) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Facade {
        calls: BTreeMap<String, Vec<String>>,
    }
    #[derive(Deserialize)]
    struct Operations {
        operations: BTreeMap<String, Operation>,
    }
    #[derive(Deserialize)]
    struct Operation {
        id: Option<String>,
    }
    let read = |name: &str| {
        let path = root.join("openapi/organizations").join(name);
        fs::read_to_string(&path).with_context(|| format!("{}", path.display()))
    };
    let facade: Facade = toml::from_str(&read("facade.toml")?).context("facade.toml")?;
    let known: Operations = toml::from_str(&read("operations.toml")?).context("operations.toml")?;
    let contract = Document::read(root, None)?.json;
    let id = |operation: &str| -> Option<String> {
        let (method, path) = operation.split_once(' ')?;
        let published = contract
            .get("paths")?
            .get(path)?
            .get(method.to_lowercase())?;
        let published = published.get("operationId").and_then(Value::as_str);
        let ours = known.operations.get(operation)?.id.clone();
        ours.or_else(|| published.map(str::to_owned))
    };
    let ids: BTreeMap<String, &String> = known
        .operations
        .keys()
        .filter_map(|operation| Some((id(operation)?, operation)))
        .collect();
    let operation = |id: &String| {
        let found = ids.get(id).map(|operation| (*operation).clone());
        found.with_context(|| format!("facade.toml names `{id}`, which is no operation"))
    };
    facade.calls.keys().map(operation).collect()
}

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch", "head", "options"];

/// The operation of a request, by the rules of OpenAPI: literal segments win over parameters.
pub(super) fn operation_of<'o>(
    operations: &'o [String],
    method: &str,
    path: &str,
) -> Option<&'o String> {
    let segments: Vec<&str> = path.split('/').collect();
    let literal = |operation: &&String| -> Option<usize> {
        let (known, template) = operation.split_once(' ')?;
        let parts: Vec<&str> = template.split('/').collect();
        let fits = known == method && parts.len() == segments.len();
        let mut literal = 0;
        for (part, segment) in parts.iter().zip(&segments) {
            match part.starts_with('{') {
                true if segment.is_empty() => return None,
                true => {}
                false if part == segment => literal += 1,
                false => return None,
            }
        }
        fits.then_some(literal)
    };
    let fitting = operations.iter().filter(|o| literal(o).is_some());
    fitting.max_by_key(|operation| literal(operation))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations_are_methods_of_paths() {
        let document = Document {
            path: PathBuf::new(),
            json: json!({ "paths": {
                "/a": { "get": {}, "post": {}, "parameters": [] },
                "/b/{id}": { "delete": {} },
            } }),
            as_published: false,
        };
        assert_eq!(
            document.operations(),
            ["GET /a", "POST /a", "DELETE /b/{id}"]
        );
    }

    #[test]
    fn the_facade_stands_on_operations_of_the_contract() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let operations = facade_operations(&root).unwrap();
        // One whose id is published, and one whose id is ours.
        for operation in [
            "GET /v2/orgs/{orgId}/directories",
            "POST /v2/orgs/{orgId}/users/invite",
        ] {
            assert!(operations.iter().any(|o| o == operation), "{operations:?}");
        }
    }

    #[test]
    fn a_request_belongs_to_the_operation_with_the_most_literal_segments() {
        let operations = ["GET /u/{id}", "GET /u/count", "POST /u/{id}/x"].map(str::to_owned);
        let of = |method, path| operation_of(&operations, method, path).map(String::as_str);
        assert_eq!(of("GET", "/u/count"), Some("GET /u/count"));
        assert_eq!(of("GET", "/u/557058%3Aa"), Some("GET /u/{id}"));
        assert_eq!(of("POST", "/u/1/x"), Some("POST /u/{id}/x"));
        assert_eq!(of("POST", "/u/1"), None);
        assert_eq!(of("GET", "/u/"), None);
        assert_eq!(of("GET", "/u/1/x"), None);
    }
}
