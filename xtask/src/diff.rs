//! `cargo xtask diff`: what changed between two documents, and for whom it breaks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use atlassian_orgs_codegen::diff::{FacadeUse, Report, diff};
use clap::ValueEnum;

use crate::manifest::{self, Source};

/// Exit status: 0 nothing changed, 1 something did (or, with `--fail-on breaking`, something
/// breaks), 2 trouble.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The old document or contract, then the new one; alone, the new one, compared with the
    /// committed contract
    #[arg(required = true, num_args = 1..=2, value_names = ["OLD", "NEW"])]
    documents: Vec<PathBuf>,
    /// The API that they belong to, by its name in openapi/sources.toml
    #[arg(long, value_name = "NAME", default_value = "organizations")]
    api: String,
    /// Print JSON in place of Markdown
    #[arg(long)]
    json: bool,
    /// When to exit with 1
    #[arg(long, value_enum, default_value_t = FailOn::Change, value_name = "WHAT")]
    fail_on: FailOn,
}

/// What a caller wants to be told by the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Any change of structure
    Change,
    /// A change that breaks somebody
    Breaking,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<u8> {
    let source = source(root, &arguments.api)?;
    let committed = root.join(source.file("contract.json"));
    let (old, new) = match arguments.documents.as_slice() {
        [new] => (&committed, new),
        [old, new] => (old, new),
        _ => bail!("one document or two"),
    };
    let old = document(&source, old)?;
    let new = document(&source, new)?;
    let report = diff(&old, &new, &facade(root, &source)?)?;
    print!(
        "{}",
        match arguments.json {
            true => report.to_json(),
            false => report.to_markdown(),
        }
    );
    Ok(u8::from(match arguments.fail_on {
        FailOn::Change => !report.is_empty(),
        FailOn::Breaking => report.is_breaking(),
    }))
}

/// The report on a document that would replace the committed contract.
pub(crate) fn against_committed(root: &Path, source: &Source, text: &str) -> Result<Report> {
    let committed = document(source, &root.join(source.file("contract.json")))?;
    let new = taken(source, text)?;
    Ok(diff(&committed, &new, &facade(root, source)?)?)
}

fn source(root: &Path, api: &str) -> Result<Source> {
    let sources = manifest::read(root)?;
    let known: Vec<String> = sources.iter().map(|s| s.name.clone()).collect();
    let Some(source) = sources.into_iter().find(|s| s.name == api) else {
        bail!(
            "{} has no API `{api}`; it has {}",
            manifest::PATH,
            known.join(", ")
        );
    };
    Ok(source)
}

/// A document's text, checked, so that an error names the file.
fn document(source: &Source, path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{} is not UTF-8 text", path.display()))?;
    taken(source, &text).with_context(|| path.display().to_string())
}

/// What of a document counts for this API: all of it, or the operations that are taken of it.
fn taken(source: &Source, text: &str) -> Result<String> {
    let contract = source.extract(text)?;
    Ok(match source.take {
        // As it came: its prose is compared too.
        manifest::Take::All(_) => text.to_owned(),
        manifest::Take::Only(_) => contract,
    })
}

/// The tables that say who uses what; an API without a facade has none.
fn facade(root: &Path, source: &Source) -> Result<FacadeUse> {
    let text = |file: &str| {
        let path = root.join(source.file(file));
        match fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            other => other.with_context(|| format!("cannot read {}", path.display())),
        }
    };
    let table = FacadeUse::parse(&text("facade.toml")?, &text("operations.toml")?);
    table.with_context(|| format!("openapi/{}", source.name))
}
