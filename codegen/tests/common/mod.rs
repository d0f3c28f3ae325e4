//! The APIs of the manifest as they are committed.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::fs;
use std::path::{Path, PathBuf};

use atlassian_orgs_codegen::{Crate, Error, Inputs, Options, generate};

/// One API: its tables and the fixups that the manifest names for it.
#[derive(Debug, Clone)]
pub(crate) struct Committed {
    pub(crate) name: String,
    pub(crate) contract: String,
    pub(crate) operations: String,
    pub(crate) docs: String,
    pub(crate) fixups: Vec<String>,
}

impl Committed {
    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            name: &self.name,
            contract: &self.contract,
            operations: &self.operations,
            docs: &self.docs,
            fixups: Some(&self.fixups),
        }
    }

    pub(crate) fn generate(&self, options: &Options) -> Result<Crate, Error> {
        generate(&[self.inputs()], options)
    }

    /// The text of one file of its module.
    pub(crate) fn file<'a>(&self, made: &'a Crate, name: &str) -> &'a str {
        &made.files[&format!("src/{}/{name}", self.name.replace('-', "_"))]
    }
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every API of the manifest.
pub(crate) fn all() -> Vec<Committed> {
    let folder = repository().join("openapi");
    let manifest = fs::read_to_string(folder.join("sources.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let apis = manifest["api"].as_array().unwrap();
    apis.iter()
        .map(|api| {
            let name = api["name"].as_str().unwrap().to_owned();
            let text = |file: &str| fs::read_to_string(folder.join(&name).join(file)).unwrap();
            let fixups = api["fixups"].as_array().unwrap().iter();
            Committed {
                contract: text("contract.json"),
                operations: text("operations.toml"),
                docs: text("docs.toml"),
                fixups: fixups.map(|f| f.as_str().unwrap().to_owned()).collect(),
                name,
            }
        })
        .collect()
}

pub(crate) fn organizations() -> Committed {
    let found = all().into_iter().find(|api| api.name == "organizations");
    found.unwrap()
}
