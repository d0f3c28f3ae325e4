//! `cargo xtask regen`: from the committed contracts, or a new document, to the raw client.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, bail};
use atlassian_orgs_codegen as codegen;

use crate::files::{self, Files};
use crate::manifest::{self, Source};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Read this published document first and make its contract the committed one
    #[arg(long, value_name = "DOCUMENT")]
    from: Option<PathBuf>,
    /// The API that the document belongs to, by its name in openapi/sources.toml
    #[arg(long, value_name = "NAME", default_value = "organizations")]
    api: String,
    /// Write a crate that stands by itself into this folder, and check that it compiles; the
    /// repository stays as it is
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Change nothing; show what is stale and exit with 1
    #[arg(long)]
    check: bool,
}

/// The texts of one API.
struct Texts {
    contract: String,
    operations: String,
    docs: String,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<u8> {
    let started = Instant::now();
    let mut sources = manifest::read(root)?;
    let mut wanted = Files::new();
    let mut texts = Vec::new();
    if !sources.iter().any(|s| s.name == arguments.api) {
        let known: Vec<_> = sources.iter().map(|s| s.name.as_str()).collect();
        bail!(
            "{} has no API `{}`; it has {}",
            manifest::PATH,
            arguments.api,
            known.join(", ")
        );
    }
    for source in &mut sources {
        let mut one = read(root, source)?;
        if let Some(document) = arguments
            .from
            .as_deref()
            .filter(|_| source.name == arguments.api)
        {
            one.contract = take(source, document)?;
        }
        // A contract edited by hand, or not in canonical form, is stale as well.
        let canonical = codegen::extract(&one.contract)
            .with_context(|| format!("openapi/{}/contract.json", source.name))?;
        wanted.insert(format!("openapi/{}/contract.json", source.name), canonical);
        texts.push(one);
    }
    let inputs: Vec<codegen::Inputs<'_>> = sources
        .iter()
        .zip(&texts)
        .map(|(source, texts)| codegen::Inputs {
            name: &source.name,
            contract: &texts.contract,
            operations: &texts.operations,
            docs: &texts.docs,
            fixups: Some(&source.fixups),
        })
        .collect();
    let mut options = codegen::Options::default();
    options.standalone = arguments.out.is_some();
    let made = codegen::generate(&inputs, &options)?;
    for (source, generated) in sources.iter_mut().zip(&made.apis) {
        source.operations = generated.operations;
    }
    let lines: usize = made.files.values().map(|text| text.lines().count()).sum();
    let summary: Vec<_> = made
        .apis
        .iter()
        .map(|api| format!("{}: {} operations", api.api, api.operations))
        .collect();
    let summary = format!(
        "{}; {lines} lines in {} files",
        summary.join(", "),
        made.files.len()
    );

    if let Some(folder) = &arguments.out {
        write_crate(root, folder, &made.files)?;
        println!(
            "{summary}; it compiles: {} ({:.1} s)",
            folder.display(),
            started.elapsed().as_secs_f32()
        );
        return Ok(0);
    }
    wanted.insert(manifest::PATH.to_owned(), manifest::write(&sources));
    wanted.extend(
        made.files
            .into_iter()
            .map(|(path, text)| (format!("generated/{path}"), text)),
    );
    let stale = files::stale(root, &wanted, &["generated"])?;
    if arguments.check {
        return Ok(report(&stale, arguments));
    }
    files::write(root, &stale)?;
    println!(
        "{summary}; {} file(s) written ({:.1} s)",
        stale.len(),
        started.elapsed().as_secs_f32()
    );
    Ok(0)
}

fn report(stale: &[files::Stale], arguments: &Arguments) -> u8 {
    if stale.is_empty() {
        println!("up to date");
        return 0;
    }
    print!("{}", files::show(stale));
    let from = arguments
        .from
        .as_ref()
        .map(|path| format!(" --from {}", path.display()));
    let api = from.as_ref().map(|_| format!(" --api {}", arguments.api));
    println!(
        "\n{} file(s) are not what the contract says. Run: cargo xtask regen{}{}",
        stale.len(),
        from.unwrap_or_default(),
        api.unwrap_or_default()
    );
    1
}

fn read(root: &Path, source: &Source) -> Result<Texts> {
    let text = |file: &str, optional: bool| {
        let path = root.join("openapi").join(&source.name).join(file);
        match fs::read_to_string(&path) {
            Err(e) if optional && e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            other => other.with_context(|| format!("cannot read {}", path.display())),
        }
    };
    Ok(Texts {
        // Not there yet for an API that is being added with `--from`.
        contract: text("contract.json", true)?,
        operations: text("operations.toml", false)?,
        docs: text("docs.toml", false)?,
    })
}

/// Reads a published document: its contract, and in the manifest what pins it.
fn take(source: &mut Source, document: &Path) -> Result<String> {
    let bytes =
        fs::read(document).with_context(|| format!("cannot read {}", document.display()))?;
    let text = std::str::from_utf8(&bytes)
        .with_context(|| format!("{} is not UTF-8 text", document.display()))?;
    let contract = codegen::extract(text).with_context(|| document.display().to_string())?;
    let sha256 = manifest::sha256(&bytes);
    if source.sha256 != sha256 {
        source.sha256 = sha256;
        source.read = today();
    }
    Ok(contract)
}

/// Today in UTC, as `2026-11-23`.
fn today() -> String {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let days = i64::try_from(since.as_secs() / 86_400).unwrap_or_default();
    // Civil date from a day count, in the proleptic Gregorian calendar.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Writes a crate of its own into `folder` and lets the compiler judge it.
fn write_crate(root: &Path, folder: &Path, made: &Files) -> Result<()> {
    let stale = files::stale(folder, made, &["src"])?;
    files::write(folder, &stale)?;
    let lock = root.join("Cargo.lock");
    if lock.exists() && !folder.join("Cargo.lock").exists() {
        // The same versions as here; cargo drops what the crate does not need.
        fs::copy(&lock, folder.join("Cargo.lock")).context("cannot copy Cargo.lock")?;
    }
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--quiet", "--all-features"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", root.join("target/regen-out"))
        .output()
        .context("cannot run cargo check")?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let first: Vec<&str> = text.lines().take(40).collect();
        bail!(
            "the crate in {} does not compile:\n{}",
            folder.display(),
            first.join("\n")
        );
    }
    let warnings = String::from_utf8_lossy(&output.stderr);
    if !warnings.trim().is_empty() {
        bail!(
            "the crate in {} compiles with warnings:\n{}",
            folder.display(),
            warnings.trim()
        );
    }
    Ok(())
}
