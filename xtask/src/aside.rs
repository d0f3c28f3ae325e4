//! `cargo xtask regen --out DIR`: a crate that stands by itself, of the APIs of the manifest or of
//! any other document. The compiler judges it before anything is written to `DIR`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use atlassian_orgs_codegen as codegen;
use codegen::{Crate, Inputs, Options, Part};

use crate::compile::{self, Finding};
use crate::files;

/// How often what the compiler refuses is left out and the rest tried again.
const ROUNDS: usize = 8;

/// Makes the crate and puts it into `folder`, unless what stops it may not be skipped.
pub(crate) fn write(
    root: &Path,
    folder: &Path,
    inputs: &[Inputs<'_>],
    skip: bool,
) -> Result<Crate> {
    let mut options = Options::default();
    options.standalone = true;
    options.skip_unsupported = skip;
    let workshop = Workshop::new(root)?;
    for _ in 0..ROUNDS {
        let made = codegen::generate(inputs, &options)?;
        let stale = files::stale(&workshop.0, &made.files, &["src"])?;
        files::write(&workshop.0, &stale)?;
        let findings = compile::check(root, &workshop.0)?;
        // Of a foreign document only what does not compile matters.
        let strict = inputs.iter().all(|api| api.fixups.is_some());
        let wrong: Vec<Finding> = findings
            .into_iter()
            .filter(|f| f.is_error || strict)
            .collect();
        if wrong.is_empty() {
            files::write(folder, &files::stale(folder, &made.files, &["src"])?)?;
            compile::lock(folder, &workshop.0)?;
            return Ok(made);
        }
        let parts = blame(&made, &wrong)?;
        if !skip {
            return Err(codegen::Error::Unsupported(parts).into());
        }
        options.leave_out.extend(parts);
    }
    bail!("after {ROUNDS} rounds of leaving out what does not compile, the rest still does not")
}

/// Which parts of the document the compiler's findings are about.
fn blame(made: &Crate, findings: &[Finding]) -> Result<Vec<(Part, String)>> {
    let mut parts: Vec<(Part, String)> = Vec::new();
    for finding in findings {
        let Some(part) = made.blame(&finding.file, finding.line, &finding.rendered) else {
            bail!(
                "the generated crate does not compile, and no part of the document can be named \
                 for it:\n{}",
                finding.rendered.trim_end()
            );
        };
        if parts.iter().all(|(known, _)| *known != part) {
            parts.push((
                part,
                format!("its code does not compile: {}", finding.message),
            ));
        }
    }
    parts.sort();
    Ok(parts)
}

/// A folder in which a crate is tried out; it goes with its owner.
struct Workshop(PathBuf);

impl Workshop {
    fn new(root: &Path) -> Result<Self> {
        let name = format!("crate-{}", std::process::id());
        let folder = compile::target(root).join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Left behind it does no harm: it lies in the target folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What became of a document that is in no manifest, for a reader.
pub(crate) fn report(made: &Crate) -> String {
    let mut out = String::new();
    for api in &made.apis {
        if !api.derived_ids.is_empty() {
            let n = api.derived_ids.len();
            out.push_str(&format!(
                "{n} operationId(s) derived, since the document gives none:\n"
            ));
            let ids = api.derived_ids.iter();
            out.extend(ids.map(|(id, operation)| format!("  {operation}: {id}\n")));
        }
        let schema = |part: &Part| matches!(part, Part::Schema(_));
        let list = |out: &mut String, schemas: bool| {
            let some = api
                .left_out
                .iter()
                .filter(|(part, _)| schema(part) == schemas);
            out.extend(some.map(|(part, why)| format!("  {part}: {why}\n")));
        };
        let schemas = api.left_out.iter().filter(|(part, _)| schema(part)).count();
        if schemas > 0 {
            out.push_str(&format!("{schemas} schema(s) as free JSON:\n"));
            list(&mut out, true);
        }
        let operations = api.left_out.len() - schemas;
        if operations > 0 {
            out.push_str(&format!("{operations} operation(s) left out:\n"));
            list(&mut out, false);
        }
    }
    out
}
