//! A copy of the repository in a temporary folder, and the built binary on it.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(crate) const CONTRACT: &str = "openapi/organizations/contract.json";

/// What a run came to.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A copy of what `regen` reads and writes.
pub(crate) struct Repository(TempDir);

impl Repository {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for part in ["openapi", "generated/src"] {
            copy(&original.join(part), &folder.path().join(part));
        }
        for file in ["generated/Cargo.toml", "Cargo.lock"] {
            fs::copy(original.join(file), folder.path().join(file)).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    /// Every file below it, with its bytes.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.0.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    // Also a folder that is left empty is a change.
                    files.insert(path.join(""), Vec::new());
                    open.push(path);
                } else {
                    files.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        files
    }

    pub(crate) fn regen(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("--root").arg(self.0.path()).arg("regen");
        // Crates written aside are built here, so that a second run of the tests is a fast one.
        command.env("CARGO_TARGET_DIR", env!("CARGO_TARGET_TMPDIR"));
        let output = command.args(arguments).output().unwrap();
        Run {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it where it has to fail, and returns what it says then.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let before = self.tree();
        let run = self.regen(arguments);
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert_eq!(run.stdout, "");
        // One message: no backtrace, no panic that only was caught.
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        assert!(before == self.tree(), "the tree has changed");
        run.stderr
    }

    /// As [`refused`](Self::refused), for a document with this text.
    pub(crate) fn refused_document(&self, text: &str) -> String {
        self.write("document.json", text);
        self.refused(&["--from", self.path("document.json").to_str().unwrap()])
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
