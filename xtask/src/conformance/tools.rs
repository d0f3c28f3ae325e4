//! The judges, installed below `target/` from lock files.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use super::process;

/// A download of 90 MB may take its time; a server that says nothing may not.
const INSTALLING: Duration = Duration::from_secs(600);

/// Where the lock files, reviewed lists and starters are.
pub(super) fn folder(root: &Path) -> PathBuf {
    root.join("xtask/conformance")
}

/// What may be thrown away: tools and reports.
pub(super) fn target(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target
        .unwrap_or_else(|| root.join("target"))
        .join("conformance")
}

/// Node with Prism, ready for arguments.
pub(super) fn prism(root: &Path) -> Result<Command> {
    let node = "Prism needs Node 18 or newer and its npm (https://nodejs.org)";
    let version =
        version("node", &["--version"]).with_context(|| format!("no node here: {node}"))?;
    let major = major(version.trim_start_matches('v'));
    ensure!(major >= Some(18), "node is {version}: {node}");
    let from = folder(root).join("prism");
    let files = ["package.json", "package-lock.json"];
    let to = target(root).join("prism");
    install(&from, &files, &to, &version, || {
        for file in files {
            fs::copy(from.join(file), to.join(file))
                .with_context(|| format!("cannot copy {file}"))?;
        }
        let mut npm = Command::new("npm");
        npm.current_dir(&to);
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        process::run("npm ci", npm, INSTALLING).context(node)
    })?;
    let mut command = Command::new("node");
    command.arg("--require").arg(from.join("watch.cjs"));
    command.arg(to.join("node_modules/@stoplight/prism-cli/dist/index.js"));
    Ok(command)
}

/// Python with Schemathesis, ready for arguments.
pub(super) fn schemathesis(root: &Path) -> Result<Command> {
    let needs = "Schemathesis needs Python 3.11 or newer with venv (https://www.python.org)";
    let ask = ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"];
    let python = ["python3", "python"]
        .into_iter()
        .find_map(|program| Some((program, version(program, &ask).ok()?)));
    let (python, version) = python.with_context(|| format!("no python3 here: {needs}"))?;
    let minor = version.split_once('.').and_then(|(_, minor)| major(minor));
    ensure!(
        version.starts_with("3.") && minor >= Some(11),
        "{python} is {version}: {needs}"
    );
    let from = folder(root).join("schemathesis");
    let to = target(root).join("schemathesis");
    let inside = match cfg!(windows) {
        true => to.join("venv/Scripts/python.exe"),
        false => to.join("venv/bin/python"),
    };
    install(&from, &["requirements.txt"], &to, &version, || {
        let mut venv = Command::new(python);
        venv.args(["-m", "venv"]).arg(to.join("venv"));
        process::run("python -m venv", venv, INSTALLING).context(needs)?;
        let mut pip = Command::new(&inside);
        pip.args(["-m", "pip", "install", "--quiet", "--no-input"]);
        pip.args([
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--requirement",
        ]);
        pip.arg(from.join("requirements.txt"));
        process::run("pip install", pip, INSTALLING)
    })?;
    let mut command = Command::new(&inside);
    command.arg(from.join("run.py"));
    // The order of sets is a part of what is tested.
    command.env("PYTHONHASHSEED", "0").env("PYTHONUTF8", "1");
    Ok(command)
}

/// Installs unless what is there comes from the same files and the same interpreter.
fn install(
    from: &Path,
    files: &[&str],
    to: &Path,
    version: &str,
    make: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut hash = Sha256::new();
    for file in files {
        let path = from.join(file);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        hash.update(bytes);
    }
    let hash: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let (stamp, wanted) = (to.join("installed"), format!("{version} {hash}"));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot empty {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    make()?;
    // Last: half an installation is none.
    fs::write(stamp, wanted).context("cannot note what is installed")
}

fn version(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    ensure!(output.status.success(), "{program} fails");
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// The program that holds the sandbox and drives the client, built.
pub(super) fn driver(root: &Path) -> Result<Command> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--quiet", "--package", "contract-tests"])
        .args(["--example", "conformance"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("the example `conformance` of contract-tests does not build");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let path = executable(&text).context("cargo does not say where the example is")?;
    Ok(Command::new(path))
}

/// The executable that cargo says it has built last.
fn executable(messages: &str) -> Option<String> {
    let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
    let path = |value: serde_json::Value| value.get("executable")?.as_str().map(str::to_owned);
    messages
        .lines()
        .filter_map(message)
        .filter_map(path)
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_it_put_the_example() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\nnoise\n\
                        {\"reason\":\"compiler-artifact\",\"executable\":\"/t/conformance\"}\n\
                        {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(executable(messages).as_deref(), Some("/t/conformance"));
        assert_eq!(executable("{}"), None);
    }

    #[test]
    fn installing_happens_once_for_each_lock_file() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let to = to.path().join("tool");
        let times = std::cell::Cell::new(0);
        let go = |version: &str, works: bool| {
            install(from.path(), &["lock"], &to, version, || {
                times.set(times.get() + 1);
                ensure!(works, "no network");
                Ok(())
            })
        };
        assert!(go("3.11", true).is_err(), "there is no lock file");
        fs::write(from.path().join("lock"), "one").unwrap();
        assert!(go("3.11", false).is_err());
        go("3.11", true).unwrap();
        go("3.11", true).unwrap();
        assert_eq!(times.get(), 2, "the failed one counts for nothing");
        fs::write(from.path().join("lock"), "two").unwrap();
        go("3.11", true).unwrap();
        go("3.12", true).unwrap();
        assert_eq!(times.get(), 4);
    }
}
