//! `cargo xtask conformance`: programs that we did not write judge client and sandbox.

mod client;
mod document;
mod prepare;
mod process;
mod reviewed;
mod sandbox;
mod tools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

use document::Document;
use process::Program;
use reviewed::{Finding, List};

/// How long the example may take to come up.
const STARTING: Duration = Duration::from_secs(60);

/// Exit status: 0 nothing was found that is not on the reviewed list, 1 something was or the list has
/// entries that nothing needs, 2 trouble.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Who is judged: `client` (every request, by Prism) or `sandbox` (every answer, by Schemathesis)
    #[arg(value_enum)]
    who: Who,
    /// Judge by this published document, as it is, in place of the committed contract
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Who {
    Client,
    Sandbox,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<u8> {
    let document = Document::read(root, arguments.document.as_deref())?;
    let began = Instant::now();
    let verdict = match arguments.who {
        Who::Client => client::judge(root, &document)?,
        Who::Sandbox => sandbox::judge(root, &document)?,
    };
    println!("{}judged by {}", verdict.summary, document.path.display());
    println!("{} s", began.elapsed().as_secs());
    Ok(u8::from(!verdict.good))
}

/// What came of it.
struct Verdict {
    summary: String,
    good: bool,
}

/// Divides findings by the reviewed list, and says what is left of both.
fn settle(list: &mut List, findings: &[Finding], document: &Document) -> Verdict {
    let mut new: BTreeMap<&Finding, usize> = BTreeMap::new();
    for finding in findings {
        if !list.knows(finding) {
            *new.entry(finding).or_default() += 1;
        }
    }
    let unreviewed: usize = new.values().sum();
    let mut summary = format!(
        "{} findings, {} of them reviewed\n",
        findings.len(),
        findings.len() - unreviewed
    );
    for (finding, times) in &new {
        summary.push_str(&format!("  NOT REVIEWED ({times} times): {finding}\n"));
    }
    let dead = list.dead(document.as_published);
    // Another document may well be without a defect of the contract's.
    let word = match document.as_published {
        true => "not needed here",
        false => "DEAD ENTRY, to be removed",
    };
    for entry in &dead {
        summary.push_str(&format!("  {word}: {entry}\n"));
    }
    Verdict {
        summary,
        good: new.is_empty() && (dead.is_empty() || document.as_published),
    }
}

/// Starts the example, and reads where its sandbox is.
fn start_driver(root: &Path) -> Result<(Program, serde_json::Value)> {
    let program = Program::start("the conformance example", tools::driver(root)?)?;
    let sandbox = program.wait_for(Instant::now() + STARTING, |line| {
        serde_json::from_str(line).ok()
    })?;
    Ok((program, sandbox))
}

/// A text in what the example said.
fn text<'v>(value: &'v serde_json::Value, name: &str) -> Result<&'v str> {
    let text = value.get(name).and_then(serde_json::Value::as_str);
    anyhow::Context::with_context(text, || {
        format!("the conformance example does not say `{name}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> List {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        List::read(file.path()).unwrap()
    }

    fn document(as_published: bool) -> Document {
        Document {
            path: PathBuf::new(),
            json: serde_json::Value::Null,
            as_published,
        }
    }

    const LIST: &str =
        "[[reviewed]]\noperations = [\"GET /a\"]\nrule = \"format\"\nreason = \"why\"";

    #[test]
    fn only_what_is_reviewed_and_all_that_is_reviewed_will_do() {
        let finding = |rule: &str| Finding {
            operation: "GET /a".into(),
            rule: rule.into(),
            words: "words".into(),
        };
        let settled = |findings: &[Finding], as_published| {
            settle(&mut list(LIST), findings, &document(as_published))
        };
        assert!(settled(&[finding("format"), finding("format")], false).good);

        let verdict = settled(
            &[finding("format"), finding("type"), finding("type")],
            false,
        );
        assert!(!verdict.good);
        assert!(verdict.summary.contains("3 findings, 1 of them reviewed"));
        assert!(verdict.summary.contains("NOT REVIEWED (2 times): GET /a"));

        let verdict = settled(&[], false);
        assert!(!verdict.good);
        assert!(verdict.summary.contains("DEAD ENTRY"));
        assert!(
            settled(&[], true).good,
            "another document may have mended it"
        );
    }
}
