//! `openapi/sources.toml`: which documents the client is made from.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
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
    /// Which of them are taken: `all`.
    pub(crate) take: String,
    /// The repairs that the document needs; their order is that of `codegen::fixup::ALL`.
    pub(crate) fixups: Vec<String>,
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
    for source in &sources.api {
        if source.take != "all" {
            bail!(
                "{PATH}: API `{}` takes {:?}; only \"all\" is known",
                source.name,
                source.take
            );
        }
    }
    Ok(sources.api)
}

/// The manifest as text.
pub(crate) fn write(sources: &[Source]) -> String {
    let mut out = String::from(
        "# The documents that the raw client is made from. `cargo xtask regen --from DOCUMENT` keeps\n\
         # read, sha256 and operations up to date.\n",
    );
    for s in sources {
        out.push_str(&format!(
            "\n[[api]]\nname = {:?}\nurl = {:?}\nread = {:?}\nsha256 = {:?}\noperations = {}\ntake = {:?}\n",
            s.name, s.url, s.read, s.sha256, s.operations, s.take
        ));
        out.push_str("fixups = [\n");
        out.extend(s.fixups.iter().map(|fixup| format!("    {fixup:?},\n")));
        out.push_str("]\n");
    }
    out
}

/// The hash by which a document is pinned.
pub(crate) fn sha256(document: &[u8]) -> String {
    Sha256::digest(document)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
