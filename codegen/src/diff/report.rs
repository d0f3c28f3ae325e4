//! The comparison as a value: what a person reads as Markdown and a machine as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::facade::FacadeUse;
use super::operation::{self, Compared, Op};
use super::pairing::Matched;
use super::prose::Prose;
use super::rules::{self, Breaks, Use, Verdict};
use super::schema::{self, Found, Pair, Sides};
use super::{markdown, node};
use crate::spec;

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
    /// Where in the operation: `query parameter `sortBy``, `response 200`. Empty for the whole.
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

/// How a pair of components is used.
#[derive(Default)]
struct Reached {
    /// By operation: where, and what for.
    by: BTreeMap<String, (BTreeSet<String>, BTreeSet<Use>)>,
}

pub(crate) fn assemble(
    sides: Sides<'_>,
    operations: &Matched<'_>,
    facade: &FacadeUse,
    prose: Prose,
) -> Report {
    let mut report = Report {
        prose,
        ..Report::default()
    };
    for op in &operations.only_new {
        let change = Change::new("", "operation-added", "added".to_owned(), Verdict::NOBODY);
        report
            .operations_added
            .push(entry(*op, facade, vec![change]));
    }
    for op in &operations.only_old {
        let calls = facade.calls(id(*op, facade).as_deref());
        let verdict = Verdict::new(true, true, "its method goes with it");
        let verdict = verdict.for_facade(!calls.is_empty());
        let change = Change::new("", "operation-removed", "removed".to_owned(), verdict);
        report
            .operations_removed
            .push(entry(*op, facade, vec![change]));
    }

    let compared: Vec<(Op<'_>, Op<'_>, Compared)> = operations
        .both
        .iter()
        .map(|(old, new)| {
            let reads = facade.reads(new.method, new.path);
            (*old, *new, operation::compare(sides, *old, *new, reads))
        })
        .collect();
    let used = compared.iter().flat_map(|(.., c)| &c.uses);
    let used = used.map(|(.., pair)| pair.clone());
    let pairs = schema::closure(sides, used.chain(same_names(sides)));
    let mut reached: BTreeMap<&Pair, Reached> = BTreeMap::new();
    let mut calls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (old, new, compared) in &compared {
        let key = spec::key(new.method, new.path);
        // The released facade knows it by its old id.
        let known = facade.calls(id(*old, facade).as_deref());
        calls.insert(key.clone(), known.to_vec());
        for (at, used, pair) in &compared.uses {
            for pair in below(pair, &pairs) {
                let by = reached.entry(pair).or_default().by.entry(key.clone());
                let (places, uses) = by.or_default();
                places.insert(at.clone());
                uses.insert(*used);
            }
        }
    }
    for (old, new, compared) in &compared {
        let changes = operation_changes(*old, *new, compared, facade, &pairs, &reached);
        if changes.is_empty() {
            continue;
        }
        let mut one = entry(*new, facade, changes);
        one.facade_calls = calls[&spec::key(new.method, new.path)].clone();
        if (old.method, old.path) != (new.method, new.path) {
            one.moved_from = Some(Place {
                method: old.method.to_uppercase(),
                path: old.path.to_owned(),
            });
        }
        report.operations_changed.push(one);
    }
    report.schemas_changed = schemas(sides, &pairs, &reached, &calls);
    report
}

fn id(op: Op<'_>, facade: &FacadeUse) -> Option<String> {
    facade.id(op.method, op.path, op.published_id())
}

fn entry(op: Op<'_>, facade: &FacadeUse, changes: Vec<Change>) -> Operation {
    let published = op.published_id().map(str::to_owned);
    let id = id(op, facade);
    Operation {
        method: op.method.to_uppercase(),
        path: op.path.to_owned(),
        our_id: id.clone().filter(|_| published.is_none()),
        operation_id: published,
        moved_from: None,
        breaks: total(&changes),
        facade_calls: facade.calls(id.as_deref()).to_vec(),
        changes,
    }
}

fn total(changes: &[Change]) -> Breaks {
    let all = changes.iter().map(|c| c.breaks);
    all.fold(Breaks::default(), Breaks::or)
}

fn operation_changes(
    old: Op<'_>,
    new: Op<'_>,
    compared: &Compared,
    facade: &FacadeUse,
    pairs: &BTreeMap<Pair, Found>,
    reached: &BTreeMap<&Pair, Reached>,
) -> Vec<Change> {
    let was = id(old, facade);
    let used = !facade.calls(was.as_deref()).is_empty();
    let mut changes = Vec::new();
    let mut push = |at: &str, kind, what: String, verdict: Verdict| {
        changes.push(Change::new(at, kind, what, verdict.for_facade(used)));
    };
    if old.published_id() != new.published_id() {
        let said = |id: Option<&str>| id.map_or("none".to_owned(), |id| format!("`{id}`"));
        let what = format!(
            "operationId: {} → {}",
            said(old.published_id()),
            said(new.published_id())
        );
        // Without a published id on either side the method's name is ours.
        let renamed = was.is_none() || was != id(new, facade);
        let verdict = Verdict::new(renamed, false, "the method has another name");
        push("", "operation-renamed", what, verdict);
    }
    if (old.method, old.path) != (new.method, new.path) {
        let what = format!("moved from `{}`", spec::key(old.method, old.path));
        let names = |path| -> String { path_names(path).join("/") };
        let same_route = compared_shape(old.path) == compared_shape(new.path);
        let verdict = if same_route && old.method == new.method {
            let renamed = names(old.path) != names(new.path);
            Verdict::new(renamed, false, "a setter has another name")
        } else {
            Verdict::new(false, true, "the old place is gone")
        };
        push("", "operation-moved", what, verdict);
    }
    for note in &compared.notes {
        push(&note.at, note.kind, note.what.clone(), note.verdict);
    }
    let key = spec::key(new.method, new.path);
    for (pair, reached) in reached {
        let Some((places, uses)) = reached.by.get(&key) else {
            continue;
        };
        let at: Vec<&str> = places.iter().map(String::as_str).collect();
        let facts = pairs[*pair].facts.iter().filter(|f| !f.what.only_naming());
        for fact in facts {
            let verdict = uses.iter().fold(Verdict::NOBODY, |verdict, one| {
                verdict.or(rules::judge(&fact.what, *one))
            });
            let mut change = Change::new(
                &at.join(", "),
                fact.what.kind(),
                fact.what.to_string(),
                verdict.for_facade(used),
            );
            change.schema = Some(node::name(&pair.new));
            change.field = Some(fact.at.clone()).filter(|at| !at.is_empty());
            changes.push(change);
        }
    }
    changes
}

fn path_names(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|part| part.split('}').next())
        .collect()
}

fn compared_shape(path: &str) -> Vec<&str> {
    let segments = path.split('/');
    segments
        .map(|s| if s.contains('{') { "{}" } else { s })
        .collect()
}

/// The components that both sides have under one name.
fn same_names(sides: Sides<'_>) -> Vec<Pair> {
    let new = names(sides.new);
    let both = names(sides.old)
        .into_iter()
        .filter(|name| new.contains(name));
    both.map(|name| {
        let target = format!("#/components/schemas/{name}");
        Pair {
            old: target.clone(),
            new: target,
        }
    })
    .collect()
}

fn names(doc: &Value) -> BTreeSet<String> {
    let schemas = doc
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .map(|(k, _)| k.clone())
        .collect()
}

/// A pair and everything below it.
fn below<'p>(pair: &Pair, pairs: &'p BTreeMap<Pair, Found>) -> BTreeSet<&'p Pair> {
    let mut out = BTreeSet::new();
    let mut open: Vec<&Pair> = vec![pair];
    while let Some(pair) = open.pop() {
        if let Some((known, found)) = pairs.get_key_value(pair)
            && out.insert(known)
        {
            open.extend(&found.uses);
        }
    }
    out
}

fn schemas(
    sides: Sides<'_>,
    pairs: &BTreeMap<Pair, Found>,
    reached: &BTreeMap<&Pair, Reached>,
    calls: &BTreeMap<String, Vec<String>>,
) -> Vec<SchemaChange> {
    let (old_names, new_names) = (names(sides.old), names(sides.new));
    let mut out = Vec::new();
    let mut renamed = BTreeSet::new();
    for (pair, found) in pairs {
        let (old, new) = (node::name(&pair.old), node::name(&pair.new));
        let none = Reached::default();
        let by = &reached.get(pair).unwrap_or(&none).by;
        let mut changes: Vec<Change> = Vec::new();
        for fact in &found.facts {
            let mut verdict = Verdict::NOBODY;
            for (key, (_, uses)) in by {
                let used = calls.get(key).is_some_and(|calls| !calls.is_empty());
                for one in uses {
                    verdict = verdict.or(rules::judge(&fact.what, *one).for_facade(used));
                }
            }
            let what = fact.what.to_string();
            let mut change = Change::new("", fact.what.kind(), what, verdict);
            change.schema = Some(new.clone());
            change.field = Some(fact.at.clone()).filter(|at| !at.is_empty());
            changes.push(change);
        }
        if old == new && changes.is_empty() {
            continue;
        }
        let gone = !new_names.contains(&old) || !old_names.contains(&new);
        if old != new && gone {
            renamed.extend([old.clone(), new.clone()]);
        }
        let wire = below(pair, pairs);
        let wire = wire.iter().flat_map(|pair| &pairs[*pair].facts);
        let same = wire.into_iter().all(|fact| fact.what.only_naming());
        out.push(SchemaChange {
            now: (old != new).then_some(new),
            schema: old.clone(),
            change: if same && pair.old != pair.new {
                "renamed"
            } else {
                "changed"
            },
            breaks: total(&changes),
            changes,
            operations: by.keys().cloned().collect(),
            facade_calls: callers(by.keys(), calls),
        });
    }
    for (name, change, doc) in (new_names.difference(&old_names))
        .map(|name| (name, "added", sides.new))
        .chain((old_names.difference(&new_names)).map(|name| (name, "removed", sides.old)))
        .filter(|(name, ..)| !renamed.contains(*name))
    {
        let users = users(doc, name);
        out.push(SchemaChange {
            schema: name.clone(),
            now: None,
            change,
            changes: Vec::new(),
            breaks: Breaks::default(),
            facade_calls: callers(users.iter(), calls),
            operations: users,
        });
    }
    out.sort_by(|a, b| a.schema.cmp(&b.schema));
    out
}

/// The operations of a document that lead to a component.
fn users(doc: &Value, name: &str) -> Vec<String> {
    let target = format!("#/components/schemas/{name}");
    let leads = |(path, _, op): &(&str, &str, &serde_json::Map<String, Value>)| {
        let shared = doc["paths"][*path].get("parameters");
        (op.values().chain(shared)).any(|v| spec::references(v, doc).contains(&target))
    };
    let found = spec::operations(doc).filter(leads);
    found
        .map(|(path, method, _)| spec::key(method, path))
        .collect()
}

fn callers<'k>(
    operations: impl Iterator<Item = &'k String>,
    calls: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let found: BTreeSet<&String> = operations
        .filter_map(|key| calls.get(key))
        .flatten()
        .collect();
    found.into_iter().cloned().collect()
}
