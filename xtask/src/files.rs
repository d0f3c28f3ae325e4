//! Files as a set: compared as a whole, written aside and renamed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
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

/// Brings every stale file up to date: all texts are written aside first, then renamed into place.
/// If anything fails before the first rename, nothing has changed.
pub(crate) fn write(root: &Path, stale: &[Stale]) -> Result<()> {
    let mut staged = Vec::new();
    let outcome = stage(root, stale, &mut staged).and_then(|()| {
        for (aside, target) in &staged {
            fs::rename(aside, target)
                .with_context(|| format!("cannot put {} into place", target.display()))?;
        }
        Ok(())
    });
    if let Err(error) = outcome {
        for (aside, _) in &staged {
            let _ = fs::remove_file(aside);
        }
        return Err(error);
    }
    for one in stale.iter().filter(|s| s.wanted.is_none()) {
        let path = root.join(&one.path);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

fn stage(
    root: &Path,
    stale: &[Stale],
    staged: &mut Vec<(std::path::PathBuf, std::path::PathBuf)>,
) -> Result<()> {
    for one in stale {
        let Some(text) = &one.wanted else { continue };
        let target = root.join(&one.path);
        let folder = target.parent().context("a file without a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let aside = folder.join(format!(".{name}.new"));
        staged.push((aside.clone(), target));
        fs::write(&aside, text).with_context(|| format!("cannot write {}", aside.display()))?;
    }
    Ok(())
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
