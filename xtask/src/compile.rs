//! Asking the compiler about a generated crate.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

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
    let output = cargo(folder, &target(root))
        .args(["check", "--quiet", "--all-features"])
        .args(["--message-format", "json"])
        .output()
        .context("cannot run cargo check")?;
    let lines = String::from_utf8_lossy(&output.stdout);
    let findings: Vec<Finding> = lines.lines().filter_map(finding).collect();
    if !output.status.success() && !findings.iter().any(|f| f.is_error) {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!(
            "cargo check failed in {}:\n{}",
            folder.display(),
            words.trim()
        );
    }
    Ok(findings)
}

/// One line of cargo's output, if it is about a place in the crate.
fn finding(line: &str) -> Option<Finding> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let message = line.get("message")?;
    let text = |key: &str| message.get(key)?.as_str();
    let is_error = match text("level")? {
        "error" => true,
        "warning" => false,
        _ => return None,
    };
    let text_of = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let spans = message.get("spans")?.as_array()?;
    // The last word, a count of errors, has neither code nor place.
    if spans.is_empty() && message.get("code").is_none_or(serde_json::Value::is_null) {
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
