//! From what was compared to the report: every difference at its operation and at its schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facade::FacadeUse;
use super::node;
use super::operation::{self, Compared, Op};
use super::pairing::{self, Matched};
use super::prose::Prose;
use super::report::{Change, Operation, Place, Report, SchemaChange};
use super::rules::{self, Breaks, Use, Verdict};
use super::schema::{self, Found, Pair, Sides};
use crate::spec;

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
        let same_route = pairing::shape(old.path) == pairing::shape(new.path);
        let verdict = if same_route && old.method == new.method {
            // The parameters say whether a setter has another name.
            Verdict::NOBODY
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
    let users = (users(sides.old), users(sides.new));
    for (name, change, users) in (new_names.difference(&old_names))
        .map(|name| (name, "added", &users.1))
        .chain((old_names.difference(&new_names)).map(|name| (name, "removed", &users.0)))
        .filter(|(name, ..)| !renamed.contains(*name))
    {
        let users = users.get(name).cloned().unwrap_or_default();
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

/// The operations of a document that lead to each of its components.
fn users(doc: &Value) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, method, op) in spec::operations(doc) {
        let shared = doc["paths"][path].get("parameters");
        let values = op.values().chain(shared);
        let found: BTreeSet<String> = values.flat_map(|v| spec::references(v, doc)).collect();
        for name in found.iter().filter_map(|target| spec::schema_name(target)) {
            let users = out.entry(name.to_owned()).or_default();
            users.push(spec::key(method, path));
        }
    }
    out
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
