//! One operation in both documents: its own differences, and the schemas it stands on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::facts::short;
use super::rules::{self, Use, Verdict};
use super::schema::{self, Found, Pair, Sides};
use super::variants::canonical;
use super::{node, pairing};
use crate::spec;

/// An operation of one of the documents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Op<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a Map<String, Value>,
}

impl<'a> Op<'a> {
    pub(crate) fn published_id(&self) -> Option<&'a str> {
        self.body.get("operationId").and_then(Value::as_str)
    }

    fn flag(&self, key: &str) -> bool {
        self.body.get(key).is_some_and(|v| v != &Value::Bool(false))
    }
}

/// One difference of an operation.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    pub(crate) at: String,
    pub(crate) kind: &'static str,
    pub(crate) what: String,
    pub(crate) verdict: Verdict,
}

/// Everything that a comparison of two operations found.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) notes: Vec<Noted>,
    /// Pairs of components that stand directly in it: where, and what for.
    pub(crate) uses: Vec<(String, Use, Pair)>,
}

/// Compares what can be said without knowing names: `reads` says that the operation only reads.
pub(crate) fn compare<'a>(sides: Sides<'a>, old: Op<'a>, new: Op<'a>, reads: bool) -> Compared {
    let mut work = Work {
        sides,
        out: Compared::default(),
    };
    work.flags(old, new);
    work.parameters(old, new);
    work.body(old, new);
    work.responses(old, new, reads);
    work.out
}

struct Work<'a> {
    sides: Sides<'a>,
    out: Compared,
}

impl<'a> Work<'a> {
    fn note(&mut self, at: &str, kind: &'static str, what: impl Into<String>, verdict: Verdict) {
        let (at, what) = (at.to_owned(), what.into());
        self.out.notes.push(Noted {
            at,
            kind,
            what,
            verdict,
        });
    }

    fn flags(&mut self, old: Op<'_>, new: Op<'_>) {
        for (key, on, off) in [
            ("deprecated", "now deprecated", "no longer deprecated"),
            (
                "x-experimental",
                "now experimental",
                "no longer experimental",
            ),
        ] {
            if old.flag(key) != new.flag(key) {
                let what = if new.flag(key) { on } else { off };
                let kind = key.trim_start_matches("x-");
                self.note("", kind, what, Verdict::NOBODY);
            }
        }
        let gone = Verdict::new(true, true, "callers may use what it no longer accepts");
        for (key, verdict) in [
            ("tags", Verdict::NOBODY),
            ("security", gone),
            ("servers", gone),
        ] {
            let (a, b) = (old.body.get(key), new.body.get(key));
            if a.map(canonical) != b.map(canonical) {
                let what = format!("{key}: {} → {}", said(a), said(b));
                self.note("", key, what, verdict);
            }
        }
    }

    fn parameters(&mut self, old: Op<'a>, new: Op<'a>) {
        let a = parameters(self.sides.old, old);
        let b = parameters(self.sides.new, new);
        // Those that are under another place or name now.
        let mut moved = BTreeSet::new();
        for ((name, place), one) in &a {
            let there = match self.counterpart(old, new, (*name, *place), &a, &b) {
                Some(there) => there,
                None => {
                    let sent = sendable(self.sides.old, one);
                    let verdict = match sent {
                        true => Verdict::new(true, true, "its setter goes with it"),
                        false => Verdict::NOBODY,
                    };
                    let at = titled(place, name, sent);
                    self.note(&at, "parameter-removed", "removed", verdict);
                    continue;
                }
            };
            let other = b[&there];
            let at = titled(there.1, there.0, self.sent(one, other));
            if there != (*name, *place) {
                moved.insert(there);
            }
            if there.1 != *place {
                let what = format!("moved from {place} to {}", there.1);
                let verdict = Verdict::new(false, true, "it is still sent the old way");
                self.note(&at, "parameter-moved", what, verdict);
            }
            if there.0 != *name {
                let what = format!("renamed from `{name}`");
                let verdict = Verdict::new(true, false, "its setter has another name");
                self.note(&at, "parameter-renamed", what, verdict);
            }
            self.parameter(&at, one, other);
        }
        for ((name, place), one) in &b {
            if moved.contains(&(*name, *place)) || a.contains_key(&(*name, *place)) {
                continue;
            }
            let at = titled(place, name, sendable(self.sides.new, one));
            let kind = one.get("schema").map_or_else(String::new, |schema| {
                format!("{}, ", node::describe(schema))
            });
            let (need, verdict) = if is_true(one, "required") {
                let verdict = Verdict::new(true, true, "a request without it is refused");
                ("required", verdict)
            } else {
                ("optional", Verdict::NOBODY)
            };
            self.note(
                &at,
                "parameter-added",
                format!("added ({kind}{need})"),
                verdict,
            );
        }
    }

    /// Where a parameter is now: in its place, under its name in another one, or in the same braces.
    fn counterpart(
        &self,
        old: Op<'a>,
        new: Op<'a>,
        key: (&'a str, &'a str),
        a: &Parameters<'a>,
        b: &Parameters<'a>,
    ) -> Option<(&'a str, &'a str)> {
        if b.contains_key(&key) {
            return Some(key);
        }
        let free = |there: &&(&'a str, &'a str)| !a.contains_key(*there);
        let same_name = b.keys().find(|there| there.0 == key.0 && free(there));
        let same_braces = || {
            let (was, is) = (names(old.path), names(new.path));
            let at = was.iter().position(|name| *name == key.0);
            let there = (*is.get(at?)?, "path");
            let same = key.1 == "path" && pairing::shape(old.path) == pairing::shape(new.path);
            (same && b.contains_key(&there) && free(&&there)).then_some(there)
        };
        same_name.copied().or_else(same_braces)
    }

    fn parameter(&mut self, at: &str, old: &'a Map<String, Value>, new: &'a Map<String, Value>) {
        match (is_true(old, "required"), is_true(new, "required")) {
            (false, true) => {
                let verdict = Verdict::new(true, true, "a request without it is refused");
                self.note(at, "parameter-now-required", "now required", verdict);
            }
            (true, false) => {
                self.note(
                    at,
                    "parameter-now-optional",
                    "no longer required",
                    Verdict::NOBODY,
                );
            }
            _ => {}
        }
        let list = [(self.sides.old, old), (self.sides.new, new)]
            .iter()
            .any(|(doc, p)| {
                let schema = p.get("schema").map(|s| spec::resolve(doc, s));
                schema.is_some_and(|s| s["type"] == "array" || s["type"] == "object")
            });
        // One that moved has the style of its new place.
        if old.get("in") == new.get("in") && style(old) != style(new) {
            let what = format!("style: {} → {}", style(old), style(new));
            let verdict = Verdict::new(false, list, "it is still sent the old way");
            self.note(at, "parameter-style", what, verdict);
        }
        for key in ["deprecated", "allowEmptyValue", "allowReserved"] {
            if is_true(old, key) != is_true(new, key) {
                let what = format!("{key}: {} → {}", is_true(old, key), is_true(new, key));
                self.note(at, "parameter-flag", what, Verdict::NOBODY);
            }
        }
        let used = match self.sent(old, new) {
            true => Use::Request,
            false => Use::Unread,
        };
        self.schemas(at, used, old.get("schema"), new.get("schema"));
        self.contents(at, used, old.get("content"), new.get("content"));
    }

    /// Whether the raw client of either document has this parameter.
    fn sent(&self, old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
        sendable(self.sides.old, old) || sendable(self.sides.new, new)
    }

    fn body(&mut self, old: Op<'a>, new: Op<'a>) {
        let at = "request body";
        let body = |doc, op: Op<'a>| op.body.get("requestBody").map(|b| spec::resolve(doc, b));
        match (body(self.sides.old, old), body(self.sides.new, new)) {
            (None, None) => {}
            (Some(_), None) => {
                let verdict = Verdict::new(true, true, "its setter goes with it");
                self.note(at, "body-removed", "removed", verdict);
            }
            (None, Some(new)) => {
                let required = new["required"] == true;
                let what = format!("added ({})", need(required));
                let verdict = Verdict::new(required, required, "a request without it is refused");
                self.note(at, "body-added", what, verdict);
            }
            (Some(old), Some(new)) => {
                let (a, b) = (old["required"] == true, new["required"] == true);
                if a != b {
                    let verdict = Verdict::new(b, b, "a request without it is refused");
                    let what = format!("{} → {}", need(a), need(b));
                    self.note(at, "body-required", what, verdict);
                }
                self.contents(at, Use::Request, old.get("content"), new.get("content"));
            }
        }
    }

    fn responses(&mut self, old: Op<'a>, new: Op<'a>, reads: bool) {
        let (a, b) = (
            responses(self.sides.old, old),
            responses(self.sides.new, new),
        );
        let codes: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
        for code in codes {
            let at = format!("response {code}");
            let success = code.starts_with('2');
            match (a.get(code), b.get(code)) {
                (None, Some(_)) => {
                    let verdict = match success && reads {
                        true => {
                            Verdict::new(false, true, "a released client takes it for a failure")
                        }
                        false => Verdict::NOBODY,
                    };
                    self.note(&at, "status-added", "status added", verdict);
                }
                (Some(_), None) => {
                    self.note(&at, "status-removed", "status removed", Verdict::NOBODY);
                }
                (Some(old), Some(new)) => self.response(&at, success, old, new),
                (None, None) => {}
            }
        }
        // A success that moved to another code: the method's return type is made of it all the same.
        if let (Some((was, old)), Some((is, new))) = (success(&a), success(&b))
            && was != is
        {
            let at = format!("success body ({was}, then {is})");
            self.contents(&at, Use::Success, old.get("content"), new.get("content"));
        }
    }

    fn response(&mut self, at: &str, success: bool, old: &'a Value, new: &'a Value) {
        let used = if success { Use::Success } else { Use::Unread };
        self.contents(at, used, old.get("content"), new.get("content"));
        let (a, b) = (old.get("headers"), new.get("headers"));
        let names = |v: Option<&'a Value>| v.and_then(Value::as_object).into_iter().flatten();
        let all: BTreeSet<&str> = names(a).chain(names(b)).map(|(k, _)| k.as_str()).collect();
        for name in all {
            let one = |v: Option<&Value>| v.and_then(|v| v.get(name)).map(canonical);
            let what = match (one(a), one(b)) {
                (None, Some(_)) => "added",
                (Some(_), None) => "removed",
                (a, b) if a != b => "changed",
                _ => continue,
            };
            let what = format!("header `{name}` {what}");
            self.note(at, "response-header", what, Verdict::NOBODY);
        }
    }

    /// Bodies by media type.
    fn contents(&mut self, at: &str, used: Use, old: Option<&'a Value>, new: Option<&'a Value>) {
        let list = |v: Option<&'a Value>| v.and_then(Value::as_object).into_iter().flatten();
        let a: BTreeMap<&str, &Value> = list(old).map(|(k, v)| (k.as_str(), v)).collect();
        let b: BTreeMap<&str, &Value> = list(new).map(|(k, v)| (k.as_str(), v)).collect();
        let gone = match used {
            Use::Unread => Verdict::NOBODY,
            Use::Request => Verdict::new(true, true, "it is no longer accepted"),
            Use::Success => Verdict::new(true, true, "who reads it finds nothing"),
        };
        let came = match used {
            Use::Success if a.is_empty() => {
                Verdict::new(true, false, "the method returns another type")
            }
            _ => Verdict::NOBODY,
        };
        for (media, one) in &a {
            let Some(other) = b.get(media) else {
                self.note(at, "content-removed", format!("no longer {media}"), gone);
                continue;
            };
            self.schemas(at, used, one.get("schema"), other.get("schema"));
            let (x, y) = (one.get("encoding"), other.get("encoding"));
            if x.map(canonical) != y.map(canonical) {
                let what = format!("encoding: {} → {}", said(x), said(y));
                self.note(at, "encoding", what, gone);
            }
        }
        for media in b.keys().filter(|media| !a.contains_key(*media)) {
            self.note(at, "content-added", format!("now also {media}"), came);
        }
    }

    fn schemas(&mut self, at: &str, used: Use, old: Option<&'a Value>, new: Option<&'a Value>) {
        let nothing: &'static Value = &Value::Null;
        if old.is_none() && new.is_none() {
            return;
        }
        let (old, new) = (old.unwrap_or(nothing), new.unwrap_or(nothing));
        let Found { facts, uses } = schema::compare(self.sides, old, new);
        for fact in facts {
            let at = match fact.at.as_str() {
                "" => at.to_owned(),
                below => format!("{at}, `{below}`"),
            };
            let verdict = rules::judge(&fact.what, used);
            self.note(&at, fact.what.kind(), fact.what.to_string(), verdict);
        }
        let uses = uses.into_iter().map(|pair| (at.to_owned(), used, pair));
        self.out.uses.extend(uses);
    }
}

type Parameters<'a> = BTreeMap<(&'a str, &'a str), &'a Map<String, Value>>;

/// The names in the braces of a path.
fn names(path: &str) -> Vec<&str> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| part.split('}').next()).collect()
}

/// A parameter for a reader.
fn titled(place: &str, name: &str, sent: bool) -> String {
    let aside = if sent { "" } else { " (not in the raw client)" };
    format!("{place} parameter `{name}`{aside}")
}

/// By name and place.
fn parameters<'a>(doc: &'a Value, op: Op<'a>) -> Parameters<'a> {
    let text = |p: &'a Map<String, Value>, key: &str| p.get(key)?.as_str();
    spec::parameters(doc, op.path, op.body)
        .into_iter()
        .filter_map(|p| Some(((text(p, "name")?, text(p, "in")?), p)))
        .collect()
}

fn responses<'a>(doc: &'a Value, op: Op<'a>) -> BTreeMap<&'a str, &'a Value> {
    let responses = op.body.get("responses").and_then(Value::as_object);
    let responses = responses.into_iter().flatten();
    responses
        .map(|(code, r)| (code.as_str(), spec::resolve(doc, r)))
        .collect()
}

/// The success of which the method's return type is made: one with a body before one without.
fn success<'a>(responses: &BTreeMap<&'a str, &'a Value>) -> Option<(&'a str, &'a Value)> {
    let successes = responses.iter().filter(|(code, _)| code.starts_with('2'));
    successes
        .max_by_key(|(_, r)| r.get("content").is_some())
        .map(|(code, r)| (*code, *r))
}

/// Whether the raw client has this parameter: it leaves out optional objects in a query, which have
/// no defined form (the fixup `structured_query_parameters`), and cookies.
fn sendable(doc: &Value, parameter: &Map<String, Value>) -> bool {
    let object = |s: &Value| s["type"] == "object" || s.get("properties").is_some();
    let schema = parameter.get("schema").map(|s| spec::resolve(doc, s));
    let structured = schema.is_some_and(|s| object(s) || object(spec::resolve(doc, &s["items"])));
    match parameter.get("in").and_then(Value::as_str) {
        Some("cookie") => false,
        Some("query") => is_true(parameter, "required") || !structured,
        _ => true,
    }
}

/// Style and explode with the defaults that OpenAPI gives them.
fn style(parameter: &Map<String, Value>) -> String {
    let place = parameter.get("in").and_then(Value::as_str);
    let default = match place {
        Some("query" | "cookie") => "form",
        _ => "simple",
    };
    let style = parameter.get("style").and_then(Value::as_str);
    let style = style.unwrap_or(default);
    let explode = match parameter.get("explode").and_then(Value::as_bool) {
        Some(explode) => explode,
        None => style == "form",
    };
    let how = if explode { "exploded" } else { "joined" };
    format!("{style}, {how}")
}

fn is_true(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key) == Some(&Value::Bool(true))
}

fn need(required: bool) -> &'static str {
    if required { "required" } else { "optional" }
}

fn said(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), short)
}
