//! What an API brings besides its contract: our tables.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Error;

/// The texts from which one API's client is made.
#[derive(Debug, Clone, Default)]
pub struct Inputs<'a> {
    /// The API's name in the manifest; the name of its module and cargo feature.
    pub name: &'a str,
    /// `contract.json`.
    pub contract: &'a str,
    /// `operations.toml`, or empty: then ids are derived and every write counts as not idempotent.
    pub operations: &'a str,
    /// `docs.toml`, or empty.
    pub docs: &'a str,
    /// The fixups of an API of the manifest, by name: each must apply, and every operation must
    /// have its rows. Any other document has none, and gets those that fit.
    pub fixups: Option<&'a [String]>,
}

/// What may happen when a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Class {
    /// Changes nothing.
    Read,
    /// Sets a state: sent twice, the state is the same.
    StateSetting,
    /// Deletes: sent twice, the thing is gone all the same.
    Delete,
    /// Sent twice, it may happen twice. What no table says otherwise.
    #[default]
    NotIdempotent,
}

/// One API, its tables read.
#[derive(Debug, Clone)]
pub struct Api<'a> {
    pub(crate) inputs: Inputs<'a>,
    pub(crate) operations: Operations,
    pub(crate) docs: Docs,
}

/// `operations.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operations {
    #[serde(default)]
    pub(crate) operations: BTreeMap<String, OperationRow>,
}

/// One row of `operations.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationRow {
    /// The operationId, where the document has none.
    pub(crate) id: Option<String>,
    /// What a second send may do. Every row says it, so that nobody forgets to think.
    pub(crate) class: Class,
    /// Since when it is not to be used, and what is: the compiler then warns of its use.
    pub(crate) deprecated: Option<String>,
}

/// `docs.toml`: our own sentences.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Docs {
    #[serde(default)]
    pub(crate) operations: BTreeMap<String, OperationDoc>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) schemas: BTreeMap<String, SchemaDoc>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationDoc {
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) description: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchemaDoc {
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
}

impl<'a> Api<'a> {
    pub(crate) fn in_manifest(&self) -> bool {
        self.inputs.fixups.is_some()
    }

    /// Reads the tables of an API.
    ///
    /// # Errors
    ///
    /// [`Error::Table`] if one of them is not in its form.
    pub fn new(inputs: Inputs<'a>) -> Result<Self, Error> {
        Ok(Self {
            operations: table("operations.toml", inputs.operations)?,
            docs: table("docs.toml", inputs.docs)?,
            inputs,
        })
    }
}

fn table<T: for<'de> Deserialize<'de>>(file: &'static str, text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|e| Error::Table {
        file,
        why: e.to_string().trim().to_owned(),
    })
}
