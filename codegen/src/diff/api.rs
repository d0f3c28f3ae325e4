//! What concerns the API as a whole: title, servers, tags, security, components nobody uses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::short;
use super::report::Change;
use super::rules::{Breaks, Verdict};
use super::schema::Sides;
use super::variants::canonical;
use crate::spec;

/// Compares everything outside of operations and schemas.
pub(crate) fn compare(sides: Sides<'_>) -> Vec<Change> {
    let mut out = Vec::new();
    for at in ["/openapi", "/info/title", "/info/version"] {
        let (old, new) = (sides.old.pointer(at), sides.new.pointer(at));
        if old != new {
            let said = |v: Option<&Value>| v.map_or_else(|| "none".to_owned(), short);
            let what = format!("{} → {}", said(old), said(new));
            let at = at.trim_start_matches('/').replace('/', ".");
            out.push(Change::new(&at, "document", what, Verdict::NOBODY));
        }
    }
    set(&mut out, sides, "servers", |_, _| Breaks {
        raw: true,
        facade: true,
    });
    set(&mut out, sides, "tags", |_, _| Breaks::default());
    set(&mut out, sides, "security", |doc, one| Breaks {
        raw: true,
        facade: is_bearer(doc, one),
    });
    schemes(&mut out, sides);
    for section in ["parameters", "headers", "requestBodies", "responses"] {
        unused(&mut out, sides, section);
    }
    out
}

/// A list in which order means nothing: what goes breaks as `gone` says, what comes breaks nobody.
fn set(
    out: &mut Vec<Change>,
    sides: Sides<'_>,
    key: &str,
    gone: impl Fn(&Value, &Value) -> Breaks,
) {
    let list = |doc: &'_ Value| -> BTreeMap<String, Value> {
        let list = doc.get(key).and_then(Value::as_array).into_iter().flatten();
        list.map(|v| (canonical(v), v.clone())).collect()
    };
    let (old, new) = (list(sides.old), list(sides.new));
    for (text, value) in &old {
        if !new.contains_key(text) {
            let breaks = gone(sides.old, value);
            let verdict = Verdict::new(breaks.raw, breaks.facade, "callers may use it");
            let what = format!("removed: {}", short(value));
            out.push(Change::new(key, "removed", what, verdict));
        }
    }
    for (text, value) in &new {
        if !old.contains_key(text) {
            let what = format!("added: {}", short(value));
            out.push(Change::new(key, "added", what, Verdict::NOBODY));
        }
    }
}

/// Whether a security alternative is the bearer key alone, which is what the facade sends.
fn is_bearer(doc: &Value, alternative: &Value) -> bool {
    let Some(map) = alternative.as_object() else {
        return false;
    };
    let scheme = |name: &str| &doc["components"]["securitySchemes"][name];
    map.len() == 1 && map.keys().all(|name| scheme(name)["scheme"] == "bearer")
}

fn schemes(out: &mut Vec<Change>, sides: Sides<'_>) {
    let all = |doc| entries(doc, "securitySchemes");
    let (old, new) = (all(sides.old), all(sides.new));
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for name in names {
        let at = format!("security scheme `{name}`");
        match (old.get(name), new.get(name)) {
            (None, Some(scheme)) => {
                let flows = scheme["flows"].as_object().into_iter().flatten();
                let scopes: BTreeSet<&String> = flows
                    .filter_map(|(_, flow)| flow["scopes"].as_object())
                    .flat_map(|scopes| scopes.keys())
                    .collect();
                let mut what = format!("added ({})", short(&scheme["type"]));
                if !scopes.is_empty() {
                    let scopes: Vec<String> = scopes.iter().map(|s| format!("`{s}`")).collect();
                    what.push_str(&format!(" with scopes {}", scopes.join(", ")));
                }
                out.push(Change::new(&at, "added", what, Verdict::NOBODY));
            }
            (Some(scheme), None) => {
                let bearer = scheme["scheme"] == "bearer";
                let verdict = Verdict::new(true, bearer, "callers may use it");
                out.push(Change::new(&at, "removed", "removed".to_owned(), verdict));
            }
            (Some(old), Some(new)) => scheme(out, &at, old, new),
            (None, None) => {}
        }
    }
}

fn scheme(out: &mut Vec<Change>, at: &str, old: &Value, new: &Value) {
    let mut leaves = (BTreeMap::new(), BTreeMap::new());
    flatten(old, "", &mut leaves.0);
    flatten(new, "", &mut leaves.1);
    let bearer = old["scheme"] == "bearer";
    let places: BTreeSet<&String> = leaves.0.keys().chain(leaves.1.keys()).collect();
    for place in places {
        let name = place.rsplit('.').next().unwrap_or(place);
        let (what, verdict) = match (leaves.0.get(place), leaves.1.get(place)) {
            (Some(a), Some(b)) if a == b => continue,
            (None, Some(_)) if place.contains(".scopes.") => {
                (format!("scope added: `{name}`"), Verdict::NOBODY)
            }
            (Some(_), None) if place.contains(".scopes.") => (
                format!("scope removed: `{name}`"),
                Verdict::new(true, bearer, "callers may ask for it"),
            ),
            (None, Some(b)) => (format!("{place} set: {}", short(b)), Verdict::NOBODY),
            (a, b) => {
                let said = |v: Option<&Value>| v.map_or_else(|| "none".to_owned(), short);
                let what = format!("{place}: {} → {}", said(a), said(b));
                (what, Verdict::new(true, bearer, "callers may use it"))
            }
        };
        out.push(Change::new(at, "security-scheme", what, verdict));
    }
}

fn flatten(value: &Value, at: &str, out: &mut BTreeMap<String, Value>) {
    match value {
        // A flow without scopes is still a flow.
        Value::Object(map) => {
            if !at.is_empty() && !at.ends_with(".scopes") {
                out.insert(at.to_owned(), "there".into());
            }
            for (key, value) in map {
                flatten(value, &format!("{at}.{key}"), out);
            }
        }
        leaf => {
            out.insert(at.to_owned(), leaf.clone());
        }
    }
}

/// Components that no operation refers to on either side: nothing is made of them, but they are part
/// of the document.
fn unused(out: &mut Vec<Change>, sides: Sides<'_>, section: &str) {
    let (old, new) = (entries(sides.old, section), entries(sides.new, section));
    let used = |doc: &Value| spec::references(&doc["paths"], doc);
    let used: BTreeSet<String> = used(sides.old).into_iter().chain(used(sides.new)).collect();
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for name in names {
        if used.contains(&format!("#/components/{section}/{name}")) {
            continue;
        }
        let what = match (old.get(name), new.get(name)) {
            (None, Some(_)) => "added",
            (Some(_), None) => "removed",
            (Some(a), Some(b)) if canonical(a) != canonical(b) => "changed",
            _ => continue,
        };
        let what = format!("{what}; no operation uses it");
        let at = format!("components.{section}.{name}");
        out.push(Change::new(&at, "unused-component", what, Verdict::NOBODY));
    }
}

fn entries<'a>(doc: &'a Value, section: &str) -> BTreeMap<&'a str, &'a Value> {
    let entries = doc.get("components").and_then(|c| c.get(section));
    let entries = entries.and_then(Value::as_object).into_iter().flatten();
    entries.map(|(k, v)| (k.as_str(), v)).collect()
}
