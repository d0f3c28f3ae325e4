//! The reviewed lists: what a judge says against us that is the document's own doing.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// One thing that a judge objects to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// Method and path template, as the document has them.
    pub(super) operation: String,
    /// The judge's rule.
    pub(super) rule: String,
    /// The judge's words.
    pub(super) words: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            rule,
            words,
        } = self;
        write!(f, "{operation}\n    {rule}: {}", words.replace('\n', " "))
    }
}

/// Findings that a person looked at and found to be no fault of ours.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    operations: Vec<String>,
    rule: String,
    /// A part of the judge's words. Without it, any will do.
    says: Option<String>,
    /// The defect of the document, or the limit of the tool.
    reason: String,
    /// Only a document as it is published shows this; the contract is repaired before it is used.
    #[serde(default)]
    as_published: bool,
    /// Comes up by chance, so that a run without it proves nothing.
    #[serde(default)]
    rare: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reviewed: Vec<Entry>,
}

/// A reviewed list, and which of it was needed.
#[derive(Debug)]
pub(super) struct List {
    entries: Vec<Entry>,
    /// Entry and operation.
    hit: BTreeSet<(usize, usize)>,
}

impl List {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let words = || format!("{}", path.display());
        let text = std::fs::read_to_string(path).with_context(words)?;
        Self::parse(&text).with_context(words)
    }

    fn parse(text: &str) -> Result<Self> {
        let File { reviewed } = toml::from_str(text)?;
        for entry in &reviewed {
            let rule = &entry.rule;
            ensure!(!entry.reason.trim().is_empty(), "`{rule}` has no reason");
            ensure!(
                !entry.operations.is_empty(),
                "`{rule}` is about no operation"
            );
        }
        Ok(Self {
            entries: reviewed,
            hit: BTreeSet::new(),
        })
    }

    /// Whether a person looked at this.
    pub(super) fn knows(&mut self, finding: &Finding) -> bool {
        let mut known = false;
        for (n, entry) in self.entries.iter().enumerate() {
            let says = entry.says.as_deref().unwrap_or_default();
            if entry.rule != finding.rule || !finding.words.contains(says) {
                continue;
            }
            let operation = |(_, operation): &(usize, &String)| **operation == finding.operation;
            if let Some((o, _)) = entry.operations.iter().enumerate().find(operation) {
                self.hit.insert((n, o));
                known = true;
            }
        }
        known
    }

    /// Entries that nothing needs any more, each with its operation.
    pub(super) fn dead(&self, as_published: bool) -> Vec<String> {
        let mut dead = Vec::new();
        for (n, entry) in self.entries.iter().enumerate() {
            for (o, operation) in entry.operations.iter().enumerate() {
                let expected = !entry.rare && (as_published || !entry.as_published);
                if expected && !self.hit.contains(&(n, o)) {
                    let says = entry.says.as_deref().unwrap_or("anything");
                    dead.push(format!("{operation}\n    {}: {says}", entry.rule));
                }
            }
        }
        dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
        [[reviewed]]
        operations = ["GET /a", "GET /b"]
        rule = "format"
        says = "uuid"
        reason = "ids are no UUIDs"

        [[reviewed]]
        operations = ["GET /c"]
        rule = "schema_error"
        reason = "misnamed"
        as_published = true

        [[reviewed]]
        operations = ["GET /d"]
        rule = "chance"
        reason = "it depends"
        rare = true
    "#;

    fn finding(operation: &str, rule: &str, words: &str) -> Finding {
        Finding {
            operation: operation.into(),
            rule: rule.into(),
            words: words.into(),
        }
    }

    #[test]
    fn operation_rule_and_words_all_have_to_fit() {
        let mut list = List::parse(LIST).unwrap();
        assert!(list.knows(&finding("GET /a", "format", "must be a uuid")));
        assert!(!list.knows(&finding("GET /x", "format", "must be a uuid")));
        assert!(!list.knows(&finding("GET /a", "type", "must be a uuid")));
        assert!(!list.knows(&finding("GET /a", "format", "must be a date")));
        assert!(list.knows(&finding("GET /c", "schema_error", "")));
    }

    #[test]
    fn what_is_never_hit_is_named() {
        let mut list = List::parse(LIST).unwrap();
        assert!(list.knows(&finding("GET /a", "format", "uuid")));
        assert_eq!(list.dead(false), ["GET /b\n    format: uuid"]);
        let both = list.dead(true);
        assert_eq!(both.len(), 2);
        assert_eq!(both[1], "GET /c\n    schema_error: anything");
    }

    #[test]
    fn an_entry_needs_a_reason_an_operation_and_no_more() {
        let with =
            |text: &str| List::parse(&format!("[[reviewed]]\n{text}")).map_err(|e| e.to_string());
        let error = with("operations = [\"GET /\"]\nrule = \"r\"\nreason = \" \"").unwrap_err();
        assert!(error.contains("no reason"), "{error}");
        let error = with("operations = []\nrule = \"r\"\nreason = \"w\"").unwrap_err();
        assert!(error.contains("no operation"), "{error}");
        assert!(with("operations = [\"GET /\"]\nrule = \"r\"").is_err());
        assert!(
            with("operations = [\"GET /\"]\nrule = \"r\"\nreason = \"w\"\nwhy = \"?\"").is_err()
        );
    }
}
