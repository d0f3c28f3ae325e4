//! Asking the compiler about a generated crate.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

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
    // Cargo knows a crate by its name and the time of its files, not by where it lies: what was
    // compiled in the same target folder before it would take for this one. So one at a time, and
    // each with a file that is newer than all that was compiled until then.
    let turn = Turn::wait(&target(root))?;
    let lib = folder.join("src/lib.rs");
    let text = fs::read(&lib).with_context(|| format!("cannot read {}", lib.display()))?;
    fs::write(&lib, text).with_context(|| format!("cannot write {}", lib.display()))?;
    let lines = run(root, folder)?;
    drop(turn);
    Ok(lines.iter().filter_map(finding).collect())
}

/// The right to build a generated crate in the target folder, which one process has at a time.
struct Turn(#[expect(dead_code, reason = "the lock goes with it")] File);

impl Turn {
    fn wait(target: &Path) -> Result<Self> {
        let path = target.join("turn.lock");
        fs::create_dir_all(target).with_context(|| format!("cannot make {}", target.display()))?;
        let file =
            File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
        file.lock()
            .with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(Self(file))
    }
}

/// Runs cargo: its messages.
fn run(root: &Path, folder: &Path) -> Result<Vec<Value>> {
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
    // Only what was compiled now says something about this crate.
    let is_own = |line: &Value| line.pointer("/target/name") == Some(&json!("atlassian_orgs_api"));
    let is_old = |line: &Value| line.get("fresh") == Some(&json!(true));
    if lines.iter().any(|line| is_own(line) && is_old(line)) {
        bail!(
            "cargo took {} for a crate that it had compiled before; \
             remove {} and run this again",
            folder.display(),
            target(root).display()
        );
    }
    Ok(lines)
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// A crate of the generated client's name, with this code.
    fn crate_of(code: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/lib.rs"), code).unwrap();
        let manifest =
            "[package]\nname = \"atlassian-orgs-api\"\nedition = \"2024\"\n[workspace]\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        folder
    }

    #[test]
    fn what_another_crate_compiled_to_says_nothing_about_this_one() {
        let root = tempfile::tempdir().unwrap();
        // Older than what comes before it: that is what cargo goes by.
        let broken = crate_of("pub fn f() -> u8 { true }");
        // Its warning is said again where cargo finds nothing to do.
        let sound = crate_of("fn unused() {}");
        let is_error = |findings: &[Finding]| findings.iter().any(|finding| finding.is_error);
        let findings = check(root.path(), sound.path()).unwrap();
        assert!(!findings.is_empty() && !is_error(&findings));
        assert!(is_error(&check(root.path(), broken.path()).unwrap()));
        assert!(!is_error(&check(root.path(), sound.path()).unwrap()));
    }
}
