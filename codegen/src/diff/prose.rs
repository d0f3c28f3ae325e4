//! What a document says in words: counted by place, never shown, since it is not ours to repeat.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::pairing::Matched;
use super::variants::canonical;
use crate::spec;

/// How the prose of two documents differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Prose {
    /// Whether both sides have any: a contract has none.
    pub compared: bool,
    /// In how many places it differs, between what both documents have.
    pub places: usize,
    /// The operations whose own prose differs, or that of a schema or parameter they use.
    pub operations: Vec<String>,
    /// Whether the text about the API as a whole differs.
    pub document: bool,
}

/// Texts by owner (`GET /v1/orgs`, `#/components/schemas/Org`, or nothing for the document) and
/// place. List positions don't count, so that order never does.
type Texts = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Compares the words of two documents, given with their contracts.
pub(crate) fn compare(
    (old, old_contract): (&Value, &Value),
    (new, new_contract): (&Value, &Value),
    operations: &Matched<'_>,
) -> Prose {
    let (a, b) = (texts(old, old_contract), texts(new, new_contract));
    if a.is_empty() || b.is_empty() {
        return Prose::default();
    }
    let mut out = Prose {
        compared: true,
        ..Prose::default()
    };
    let mut named = BTreeSet::new();
    let mut shared = BTreeSet::new();
    for (old, new) in &operations.both {
        let key = |op: &super::operation::Op<'_>| spec::key(op.method, op.path);
        let places = differing(a.get(&key(old)), b.get(&key(new)));
        out.places += places;
        if places > 0 {
            named.insert(key(new));
        }
    }
    for owner in a.keys().filter(|owner| owner.starts_with('#')) {
        let (old_has, new_has) = (has(old_contract, owner), has(new_contract, owner));
        let places = differing(a.get(owner), b.get(owner));
        if old_has && new_has && places > 0 {
            out.places += places;
            shared.insert(owner.clone());
        }
    }
    // What only the new side has words for.
    for owner in b
        .keys()
        .filter(|o| o.starts_with('#') && !a.contains_key(*o))
    {
        if has(old_contract, owner) {
            out.places += differing(None, b.get(owner));
            shared.insert(owner.clone());
        }
    }
    let places = differing(a.get(""), b.get(""));
    out.places += places;
    out.document = places > 0;
    for (_, op) in &operations.both {
        let item = new_contract["paths"].get(op.path);
        let mut reached = BTreeSet::new();
        for value in op
            .body
            .values()
            .chain(item.and_then(|i| i.get("parameters")))
        {
            reached.extend(spec::references(value, new_contract));
        }
        if !reached.is_disjoint(&shared) {
            named.insert(spec::key(op.method, op.path));
        }
    }
    out.operations = named.into_iter().collect();
    out
}

fn has(doc: &Value, owner: &str) -> bool {
    doc.pointer(owner.trim_start_matches('#')).is_some()
}

fn differing(
    old: Option<&BTreeMap<String, Vec<String>>>,
    new: Option<&BTreeMap<String, Vec<String>>>,
) -> usize {
    let empty = BTreeMap::new();
    let (old, new) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
    let places: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let none = Vec::new();
    places
        .into_iter()
        .map(|place| {
            let (mut a, mut b) = (
                old.get(place).unwrap_or(&none).clone(),
                new.get(place).unwrap_or(&none).clone(),
            );
            let before = a.clone();
            a.retain(|text| !b.contains(text));
            b.retain(|text| !before.contains(text));
            a.len().max(b.len())
        })
        .sum()
}

fn texts(doc: &Value, contract: &Value) -> Texts {
    let mut out = Texts::new();
    walk(doc, Some(contract), "", "", &mut out, 0);
    out
}

/// Everything that the document has and its contract has not. `owner` is the operation or component
/// it stands in, `at` the place there.
fn walk(
    doc: &Value,
    contract: Option<&Value>,
    owner: &str,
    at: &str,
    out: &mut Texts,
    depth: usize,
) {
    match (doc, contract) {
        (_, None) => note(doc, owner, at, out),
        (Value::Object(map), Some(Value::Object(kept))) => {
            for (key, value) in map {
                let place = format!("{at}/{key}");
                let (owner, place) = match owner_of(&place, depth) {
                    Some(owner) if owner.starts_with('#') || spec::METHODS.contains(&&**key) => {
                        (owner, String::new())
                    }
                    _ => (owner.to_owned(), place),
                };
                let deeper = if depth < 3 { depth + 1 } else { 3 };
                walk(value, kept.get(key), &owner, &place, out, deeper);
            }
        }
        (Value::Array(list), Some(Value::Array(kept))) => {
            for (n, value) in list.iter().enumerate() {
                // Parameters are sorted in a contract; everything else keeps its place.
                let same = |other: &&Value| {
                    ["$ref", "in", "name"]
                        .iter()
                        .all(|key| other.get(key) == value.get(key))
                };
                let twin = match value.get("in").or(value.get("$ref")) {
                    Some(_) => kept.iter().find(same),
                    None if value.is_object() => kept.get(n),
                    None => continue,
                };
                let name = value.get("name").and_then(Value::as_str).unwrap_or("*");
                walk(value, twin, owner, &format!("{at}/{name}"), out, 3);
            }
        }
        (text, Some(kept)) if text != kept => note(text, owner, at, out),
        _ => {}
    }
}

/// `/paths/…/get` and `/components/schemas/…` own what is below them.
fn owner_of(place: &str, depth: usize) -> Option<String> {
    if depth != 2 {
        return None;
    }
    if place.starts_with("/components/") {
        return Some(format!("#{place}"));
    }
    let (path, method) = place.strip_prefix("/paths/")?.rsplit_once('/')?;
    Some(spec::key(method, path))
}

fn note(value: &Value, owner: &str, at: &str, out: &mut Texts) {
    let place = out.entry(owner.to_owned()).or_default();
    let texts = place.entry(at.to_owned()).or_default();
    texts.push(canonical(value));
}
