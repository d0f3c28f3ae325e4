//! Files as a set: compared as a whole, written aside and renamed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use similar::TextDiff;

/// Texts by path below some folder.
pub(crate) type Files = BTreeMap<String, String>;

/// One file that is not what it should be.
pub(crate) struct Stale {
    pub(crate) path: String,
    pub(crate) found: Option<String>,
    pub(crate) wanted: Option<String>,
}

/// Which of the files differ from what is on disk, and which files of `owned` folders are too many.
pub(crate) fn stale(root: &Path, wanted: &Files, owned: &[&str]) -> Result<Vec<Stale>> {
    let mut out = Vec::new();
    for (path, text) in wanted {
        let found = read_if_there(&root.join(path))?;
        if found.as_deref() != Some(text) {
            out.push(Stale {
                path: path.clone(),
                found,
                wanted: Some(text.clone()),
            });
        }
    }
    for folder in owned {
        let mut present = Vec::new();
        list(&root.join(folder), folder, &mut present)?;
        for path in present.into_iter().filter(|p| !wanted.contains_key(p)) {
            let found = read_if_there(&root.join(&path))?;
            out.push(Stale {
                path,
                found,
                wanted: None,
            });
        }
    }
    Ok(out)
}

/// Brings every stale file up to date, or changes nothing: all texts are written aside first, then
/// renamed into place, and what was there before comes back if anything fails.
pub(crate) fn write(root: &Path, stale: &[Stale]) -> Result<()> {
    let mut change = Change::default();
    let outcome = change
        .stage(root, stale)
        .and_then(|()| change.swap(root, stale));
    match outcome {
        Ok(()) => change.settle(),
        Err(_) => change.undo(),
    }
    outcome
}

/// What a [`write()`] has done so far, so that it can be undone.
#[derive(Default)]
struct Change {
    /// Folders made for new files.
    folders: Vec<PathBuf>,
    /// Texts written aside.
    asides: Vec<PathBuf>,
    /// Files now in place, each with its former self where there was one.
    swapped: Vec<(PathBuf, Option<PathBuf>)>,
}

impl Change {
    fn stage(&mut self, root: &Path, stale: &[Stale]) -> Result<()> {
        for one in stale {
            let Some(text) = &one.wanted else { continue };
            let target = root.join(&one.path);
            self.make_folder(target.parent().context("a file without a folder")?)?;
            let aside = beside(&target, "new");
            self.asides.push(aside.clone());
            fs::write(&aside, text).with_context(|| format!("cannot write {}", aside.display()))?;
        }
        Ok(())
    }

    fn make_folder(&mut self, folder: &Path) -> Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.make_folder(parent)?;
        }
        fs::create_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        self.folders.push(folder.to_owned());
        Ok(())
    }

    fn swap(&mut self, root: &Path, stale: &[Stale]) -> Result<()> {
        for one in stale {
            let target = root.join(&one.path);
            if target.is_dir() {
                bail!("{} is a folder; a file belongs there", target.display());
            }
            let words = || format!("cannot put {} into place", target.display());
            let former = match target.try_exists().with_context(words)? {
                true => {
                    let former = beside(&target, "old");
                    fs::rename(&target, &former).with_context(words)?;
                    Some(former)
                }
                false => None,
            };
            self.swapped.push((target.clone(), former));
            if one.wanted.is_some() {
                fs::rename(beside(&target, "new"), &target).with_context(words)?;
            }
        }
        Ok(())
    }

    /// All is in place: the former files go.
    fn settle(self) {
        for former in self.swapped.into_iter().filter_map(|(_, former)| former) {
            // It lies beside a file that is right; a stray copy is no failure of the command.
            let _ = fs::remove_file(former);
        }
    }

    /// As far as the disk lets us: the error that brought us here is the one to report.
    fn undo(self) {
        for (target, former) in self.swapped.into_iter().rev() {
            let _ = match former {
                Some(former) => fs::rename(former, target),
                None => fs::remove_file(target),
            };
        }
        for aside in self.asides {
            let _ = fs::remove_file(aside);
        }
        for folder in self.folders.into_iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// `mod.rs` and `new` give `.mod.rs.new`, in the same folder.
fn beside(target: &Path, what: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{what}"))
}

/// The lines of a unified diff shown per file, at most.
const SHOWN: usize = 60;

/// What is stale, as a unified diff for a reader.
pub(crate) fn show(stale: &[Stale]) -> String {
    let mut out = String::new();
    for one in stale {
        let (found, wanted) = (
            one.found.as_deref().unwrap_or_default(),
            one.wanted.as_deref().unwrap_or_default(),
        );
        let diff = TextDiff::from_lines(found, wanted);
        let mut unified = diff.unified_diff();
        unified.header(&one.path, &format!("{} (regenerated)", one.path));
        let text = unified.to_string();
        let lines = text.lines().count();
        for line in text.lines().take(SHOWN) {
            out.push_str(line);
            out.push('\n');
        }
        if lines > SHOWN {
            out.push_str(&format!(
                "… {} more line(s) in {}\n",
                lines - SHOWN,
                one.path
            ));
        }
    }
    out
}

fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        // A file that is not text is stale in any case, and its bytes are nothing to show.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn list(folder: &Path, prefix: &str, into: &mut Vec<String>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &path, into)?;
        } else {
            into.push(path);
        }
    }
    into.sort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, wanted: Option<&str>) -> Stale {
        Stale {
            path: path.into(),
            found: None,
            wanted: wanted.map(str::to_owned),
        }
    }

    /// Every path below a folder, with the text of the files.
    fn tree(root: &Path) -> Files {
        let mut paths = Vec::new();
        list(root, "", &mut paths).unwrap();
        let read = |path: &String| fs::read_to_string(root.join(&path[1..])).unwrap();
        paths
            .iter()
            .map(|path| (path.clone(), read(path)))
            .collect()
    }

    #[test]
    fn what_was_there_comes_back_when_a_later_file_fails() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("changed"), "before").unwrap();
        fs::write(root.join("removed"), "before").unwrap();
        fs::create_dir_all(root.join("blocked/deep")).unwrap();
        fs::write(root.join("blocked/deep/mine"), "mine").unwrap();
        let before = tree(root);
        let error = write(
            root,
            &[
                change("changed", Some("after")),
                change("new/deep/file", Some("after")),
                change("removed", None),
                change("blocked", Some("after")),
            ],
        );
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("blocked is a folder")
        );
        assert_eq!(tree(root), before);
        assert!(!root.join("new").exists());
    }

    #[test]
    fn a_change_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("changed"), "before").unwrap();
        fs::write(root.join("removed"), "before").unwrap();
        let changes = [
            change("changed", Some("after")),
            change("new/file", Some("after")),
            change("removed", None),
        ];
        write(root, &changes).unwrap();
        let wanted = [("/changed", "after"), ("/new/file", "after")];
        assert_eq!(tree(root), wanted.map(|(p, t)| (p.into(), t.into())).into());
    }
}
