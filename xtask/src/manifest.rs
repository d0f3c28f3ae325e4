//! `openapi/sources.toml`: which documents the client is made from.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use atlassian_orgs_codegen as codegen;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Where the manifest is, below the repository.
pub(crate) const PATH: &str = "openapi/sources.toml";

/// One API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Folder below `openapi/`, module and cargo feature of the raw client.
    pub(crate) name: String,
    /// Where Atlassian publishes the document.
    pub(crate) url: String,
    /// The day on which the document was last read.
    pub(crate) read: String,
    /// The SHA-256 of that document, as it was read.
    pub(crate) sha256: String,
    /// How many operations it has.
    pub(crate) operations: usize,
    /// Which of them are taken.
    pub(crate) take: Take,
    /// The repairs that the document needs; their order is that of `codegen::fixup::ALL`.
    pub(crate) fixups: Vec<String>,
}

/// Which operations of a document are taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "`take` is \"all\" or a list of operations like \"GET /v1/orgs\""
)]
pub(crate) enum Take {
    /// Each.
    All(All),
    /// Those named as `GET /a/{b}`.
    Only(Vec<String>),
}

/// The word `all`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum All {
    All,
}

impl Source {
    /// The contract of what is taken of a document.
    pub(crate) fn extract(&self, document: &str) -> Result<String, codegen::Error> {
        match &self.take {
            Take::All(_) => codegen::extract(document),
            Take::Only(operations) => codegen::extract_only(document, operations),
        }
    }

    /// Where its file of this name is, below the repository.
    pub(crate) fn file(&self, name: &str) -> String {
        format!("openapi/{}/{name}", self.name)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    api: Vec<Source>,
}

/// Reads the manifest.
pub(crate) fn read(root: &Path) -> Result<Vec<Source>> {
    let path = root.join(PATH);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let sources: Sources =
        toml::from_str(&text).with_context(|| format!("{PATH} is not in its form"))?;
    Ok(sources.api)
}

/// The manifest as text.
pub(crate) fn write(sources: &[&Source]) -> String {
    let mut out = String::from(
        "# The documents that the raw client is made from. `cargo xtask regen --from DOCUMENT` keeps\n\
         # read, sha256 and operations up to date.\n",
    );
    for s in sources {
        out.push_str(&format!(
            "\n[[api]]\nname = {:?}\nurl = {:?}\nread = {:?}\nsha256 = {:?}\noperations = {}\n",
            s.name, s.url, s.read, s.sha256, s.operations
        ));
        match &s.take {
            Take::All(_) => out.push_str("take = \"all\"\n"),
            Take::Only(operations) => list(&mut out, "take", operations),
        }
        list(&mut out, "fixups", &s.fixups);
    }
    out
}

fn list(out: &mut String, key: &str, values: &[String]) {
    out.push_str(&format!("{key} = [\n"));
    out.extend(values.iter().map(|value| format!("    {value:?},\n")));
    out.push_str("]\n");
}

/// The hash by which a document is pinned.
pub(crate) fn sha256(document: &[u8]) -> String {
    Sha256::digest(document)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
