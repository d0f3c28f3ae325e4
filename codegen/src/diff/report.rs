//! The comparison as a value: what a person reads as Markdown and a machine as JSON.

use serde::Serialize;

use super::markdown;
use super::prose::Prose;
use super::rules::{Breaks, Verdict};

/// Everything that changed.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How much of each.
    pub counts: Counts,
    /// Operations that only the new document has.
    pub operations_added: Vec<Operation>,
    /// Operations that only the old document has.
    pub operations_removed: Vec<Operation>,
    /// Operations that both have and that differ, in themselves or in a schema they use.
    pub operations_changed: Vec<Operation>,
    /// Component schemas that were added, removed, renamed or changed.
    pub schemas_changed: Vec<SchemaChange>,
    /// What concerns the API as a whole: servers, security, title.
    pub document: Vec<Change>,
    /// Where only words differ.
    pub prose: Prose,
}

/// How much changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[allow(missing_docs)] // Each is named for the list or the verdict that it counts.
pub struct Counts {
    pub operations_added: usize,
    pub operations_removed: usize,
    pub operations_changed: usize,
    pub schemas_added: usize,
    pub schemas_removed: usize,
    pub schemas_renamed: usize,
    pub schemas_changed: usize,
    pub breaking_raw: usize,
    pub breaking_facade: usize,
}

/// Method and path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// In capitals.
    pub method: String,
    /// With braces.
    pub path: String,
}

/// An operation that was added, removed or changed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Operation {
    /// In capitals.
    pub method: String,
    /// With braces.
    pub path: String,
    /// The published id.
    #[serde(rename = "operationId", skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
    /// The id that our table gives where none is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub our_id: Option<String>,
    /// Where the old document has it, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Place>,
    /// What changed.
    pub changes: Vec<Change>,
    /// For whom any of it breaks.
    pub breaks: Breaks,
    /// Public calls of the facade that use it.
    pub facade_calls: Vec<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Where in the operation: `request body`, `response 200`. Empty for the whole.
    pub at: String,
    /// The component schema in which it is, if it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Where in that schema: `data[].status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A word for machines: `field-removed`.
    pub kind: &'static str,
    /// What, in words.
    pub what: String,
    /// For whom it breaks.
    pub breaks: Breaks,
    /// Why it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

/// A component schema that was added, removed, renamed or changed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SchemaChange {
    /// Its name; its old one, if it has two.
    pub schema: String,
    /// The name that stands in its place now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// `added`, `removed`, `renamed` (the same on the wire) or `changed`.
    pub change: &'static str,
    /// What changed inside.
    pub changes: Vec<Change>,
    /// For whom any of it breaks.
    pub breaks: Breaks,
    /// The operations that use it.
    pub operations: Vec<String>,
    /// Public calls of the facade that use one of those.
    pub facade_calls: Vec<String>,
}

impl Change {
    pub(crate) fn new(at: &str, kind: &'static str, what: String, verdict: Verdict) -> Self {
        Self {
            at: at.to_owned(),
            schema: None,
            field: None,
            kind,
            what,
            breaks: verdict.breaks,
            why: verdict.why,
        }
    }
}

impl Report {
    /// Whether nothing but words differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations_added.is_empty()
            && self.operations_removed.is_empty()
            && self.operations_changed.is_empty()
            && self.schemas_changed.is_empty()
            && self.document.is_empty()
    }

    /// Whether anything breaks for anybody.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.counts.breaking_raw + self.counts.breaking_facade > 0
    }

    /// For a pull request.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }

    /// For machines.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and flags: nothing here that JSON can't hold.
        let value = serde_json::to_value(self).unwrap_or_default();
        format!("{value:#}\n")
    }

    pub(crate) fn count(&mut self) {
        let of = |kind: &str| {
            let changed = self.schemas_changed.iter();
            changed.filter(|s| s.change == kind).count()
        };
        let mut counts = Counts {
            operations_added: self.operations_added.len(),
            operations_removed: self.operations_removed.len(),
            operations_changed: self.operations_changed.len(),
            schemas_added: of("added"),
            schemas_removed: of("removed"),
            schemas_renamed: of("renamed"),
            schemas_changed: of("changed"),
            ..Counts::default()
        };
        // A change inside a component is one change, however many operations it reaches.
        let own = |op: &Operation| {
            op.changes
                .clone()
                .into_iter()
                .filter(|c| c.schema.is_none())
        };
        let all = (self.operations_added.iter())
            .chain(&self.operations_removed)
            .chain(&self.operations_changed)
            .flat_map(own)
            .chain(self.schemas_changed.iter().flat_map(|s| s.changes.clone()))
            .chain(self.document.clone());
        for change in all {
            counts.breaking_raw += usize::from(change.breaks.raw);
            counts.breaking_facade += usize::from(change.breaks.facade);
        }
        self.counts = counts;
    }
}
