//! Asking the compiler about a generated crate.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The folder in which crates outside of the workspace are built: it is kept, so that their
/// dependencies are built once.
pub(crate) fn target(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target
        .unwrap_or_else(|| root.join("target"))
        .join("regen-out")
}

/// Gives a crate the versions that are locked in another folder, if it has none yet. Cargo drops
/// what the crate does not need.
pub(crate) fn lock(folder: &Path, from: &Path) -> Result<()> {
    let (from, to) = (from.join("Cargo.lock"), folder.join("Cargo.lock"));
    if from.exists() && !to.exists() {
        fs::copy(&from, &to).context("cannot copy Cargo.lock")?;
    }
    Ok(())
}

/// Cargo, to be run in `folder`.
pub(crate) fn cargo(folder: &Path, target: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(folder).env("CARGO_TARGET_DIR", target);
    command
}

/// What the compiler says about a place in the crate.
pub(crate) struct Finding {
    pub(crate) is_error: bool,
    /// Path below the crate's folder.
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) message: String,
    pub(crate) rendered: String,
}

/// Compiles a crate with every feature: its errors and warnings.
pub(crate) fn check(root: &Path, folder: &Path) -> Result<Vec<Finding>> {
    lock(folder, root)?;
    // Cargo knows a crate by its name and the time of its files, not by where it lies: what another
    // process has just compiled in the same target folder it may take for this one.
    for _ in 0..10 {
        let (lines, fresh) = run(root, folder)?;
        if !fresh {
            return Ok(lines.iter().filter_map(finding).collect());
        }
        let lib = folder.join("src/lib.rs");
        let text = fs::read(&lib).with_context(|| format!("cannot read {}", lib.display()))?;
        fs::write(&lib, text).with_context(|| format!("cannot write {}", lib.display()))?;
    }
    bail!(
        "other processes keep compiling in {}",
        target(root).display()
    )
}

/// Runs cargo: its messages, and whether it found nothing to do.
fn run(root: &Path, folder: &Path) -> Result<(Vec<Value>, bool)> {
    let output = cargo(folder, &target(root))
        .args(["check", "--quiet", "--all-features"])
        .args(["--message-format", "json"])
        .output()
        .context("cannot run cargo check")?;
    let lines = String::from_utf8_lossy(&output.stdout);
    let lines = lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let lines: Vec<Value> = lines.collect();
    let is_error = |line: &Value| finding(line).is_some_and(|finding| finding.is_error);
    if !output.status.success() && !lines.iter().any(is_error) {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!(
            "cargo check failed in {}:\n{}",
            folder.display(),
            words.trim()
        );
    }
    let own = |line: &&Value| {
        let target = line.get("target").and_then(|t| t.get("name"));
        target.is_some_and(|name| name == "atlassian_orgs_api")
    };
    let artifact = lines.iter().find(own).and_then(|line| line.get("fresh"));
    let fresh = artifact.is_some_and(|fresh| *fresh == true);
    Ok((lines, fresh))
}

/// A message of cargo's, if it is about a place in the crate.
fn finding(line: &Value) -> Option<Finding> {
    let message = line.get("message")?;
    let text = |key: &str| message.get(key)?.as_str();
    let is_error = match text("level")? {
        "error" => true,
        "warning" => false,
        _ => return None,
    };
    let text_of = |value: &Value| value.as_str().map(str::to_owned);
    let spans = message.get("spans")?.as_array()?;
    // The last word, a count of errors, has neither code nor place.
    if spans.is_empty() && message.get("code").is_none_or(Value::is_null) {
        return None;
    }
    let mut span = spans.first();
    // Where a macro was called, not where it is written.
    while let Some(outer) = span.and_then(|s| s.get("expansion")?.get("span")) {
        span = Some(outer);
    }
    Some(Finding {
        is_error,
        file: span
            .and_then(|s| text_of(s.get("file_name")?))
            .unwrap_or_default(),
        line: span
            .and_then(|s| s.get("line_start")?.as_u64()?.try_into().ok())
            .unwrap_or_default(),
        message: text("message")?.to_owned(),
        rendered: text("rendered").unwrap_or_default().to_owned(),
    })
}
