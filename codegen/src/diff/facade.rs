//! Which public calls of the facade stand on which operation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::api::{Class, Operations};
use crate::error::Error;
use crate::{document, spec};

/// The tables that say who uses an operation: `facade.toml` and `operations.toml`.
#[derive(Debug, Clone, Default)]
pub struct FacadeUse {
    calls: BTreeMap<String, Vec<String>>,
    operations: Operations,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    calls: BTreeMap<String, Vec<String>>,
}

impl FacadeUse {
    /// Reads `facade.toml` (operationId to public calls) and `operations.toml`, which gives an id to
    /// operations without one. Either may be empty.
    ///
    /// # Errors
    ///
    /// [`Error::Table`] if one of them is not in its form.
    pub fn parse(facade: &str, operations: &str) -> Result<Self, Error> {
        let table: Table = read("facade.toml", facade)?;
        Ok(Self {
            calls: table.calls,
            operations: read("operations.toml", operations)?,
        })
    }

    /// Checks that the contract has every operation that the table names.
    ///
    /// # Errors
    ///
    /// [`Error::Table`] with the ids that it lacks; [`Error::NotOpenApi`] if it is no contract.
    pub fn check(&self, contract: &str) -> Result<(), Error> {
        let doc = document::parse(contract)?;
        let known: Vec<String> = spec::operations(&doc)
            .filter_map(|(path, method, op)| {
                let published = op.get("operationId").and_then(Value::as_str);
                self.id(method, path, published)
            })
            .collect();
        let gone: Vec<&str> = (self.calls.keys().map(String::as_str))
            .filter(|id| !known.iter().any(|k| k == id))
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        Err(Error::Table {
            file: "facade.toml",
            why: format!("the contract has no operation {}", gone.join(", ")),
        })
    }

    /// The id by which the raw client names an operation's method: the published one, or ours.
    pub(crate) fn id(&self, method: &str, path: &str, published: Option<&str>) -> Option<String> {
        let ours = || {
            let row = self.operations.operations.get(&spec::key(method, path))?;
            row.id.clone()
        };
        published.map(str::to_owned).or_else(ours)
    }

    pub(crate) fn calls(&self, id: Option<&str>) -> &[String] {
        id.and_then(|id| self.calls.get(id))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether the operation only reads: then the raw client takes no success but the listed ones.
    pub(crate) fn reads(&self, method: &str, path: &str) -> bool {
        match self.operations.operations.get(&spec::key(method, path)) {
            Some(row) => row.class == Class::Read,
            None => method == "get",
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(file: &'static str, text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|e| Error::Table {
        file,
        why: e.to_string().trim().to_owned(),
    })
}
