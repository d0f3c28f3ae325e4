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

/// Gives a crate the versions that are locked here, if it has none yet. Cargo drops what the crate
/// does not need.
pub(crate) fn lock(root: &Path, folder: &Path) -> Result<()> {
    let (from, to) = (root.join("Cargo.lock"), folder.join("Cargo.lock"));
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

/// Fails unless the crate compiles with every feature and without a warning.
pub(crate) fn check(root: &Path, folder: &Path) -> Result<()> {
    lock(root, folder)?;
    let output = cargo(folder, &target(root))
        .args(["check", "--quiet", "--all-features"])
        .output()
        .context("cannot run cargo check")?;
    let words = String::from_utf8_lossy(&output.stderr);
    let first: Vec<&str> = words.trim().lines().take(40).collect();
    let (folder, first) = (folder.display(), first.join("\n"));
    if !output.status.success() {
        bail!("the crate in {folder} does not compile:\n{first}");
    }
    if !first.is_empty() {
        bail!("the crate in {folder} compiles with warnings:\n{first}");
    }
    Ok(())
}
