//! Two schemas side by side: what differs, and which components they lead to.
//!
//! Where both sides name a component, the pair of names is noted and compared by itself, once: that
//! ends every recursion, since what is left between references is a finite tree. Where only one
//! side does, it is resolved, so that writing a schema out, or giving it a name, is seen as what it
//! is: the same on the wire.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::facts::{Fact, Refined, Slot, What};
use super::node::{self, Node};
use super::variants;

/// Two references that stand in the same place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    pub(crate) old: String,
    pub(crate) new: String,
}

/// What a comparison came to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) facts: Vec<Fact>,
    /// The components that stand below, as pairs still to be compared.
    pub(crate) uses: BTreeSet<Pair>,
}

/// The two documents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(crate) old: &'a Value,
    pub(crate) new: &'a Value,
}

/// Compares two schemas that stand in a parameter, a body or another place of an operation.
pub(crate) fn compare<'a>(sides: Sides<'a>, old: &'a Value, new: &'a Value) -> Found {
    let mut walk = Walk::new(sides);
    walk.schema(old, new, "", Slot::Other);
    walk.found
}

/// Compares the two components of a pair.
pub(crate) fn compare_pair(sides: Sides<'_>, pair: &Pair) -> Found {
    let (old, new) = (target(sides.old, &pair.old), target(sides.new, &pair.new));
    let mut walk = Walk::new(sides);
    walk.schema(old, new, "", Slot::Other);
    walk.found
}

static NOTHING: Value = Value::Null;

/// What a reference points to; a dangling one points to nothing.
fn target<'a>(doc: &'a Value, reference: &str) -> &'a Value {
    reference
        .strip_prefix('#')
        .and_then(|pointer| doc.pointer(pointer))
        .unwrap_or(&NOTHING)
}

/// Every pair that can be reached from `start`, with what its comparison came to.
pub(crate) fn closure(
    sides: Sides<'_>,
    start: impl IntoIterator<Item = Pair>,
) -> BTreeMap<Pair, Found> {
    let mut done = BTreeMap::new();
    let mut open: Vec<Pair> = start.into_iter().collect();
    while let Some(pair) = open.pop() {
        if done.contains_key(&pair) {
            continue;
        }
        let found = compare_pair(sides, &pair);
        open.extend(found.uses.iter().cloned());
        done.insert(pair, found);
    }
    done
}

struct Walk<'a> {
    sides: Sides<'a>,
    found: Found,
    /// Nodes compared already, by address: `allOf`s that lead back to themselves end here.
    seen: HashSet<(usize, usize)>,
}

impl<'a> Walk<'a> {
    fn new(sides: Sides<'a>) -> Self {
        Self {
            sides,
            found: Found::default(),
            seen: HashSet::new(),
        }
    }

    fn fact(&mut self, at: &str, what: What) {
        let at = at.trim_start_matches('.').to_owned();
        self.found.facts.push(Fact { at, what });
    }

    fn schema(&mut self, old: &'a Value, new: &'a Value, at: &str, slot: Slot) {
        let (name_old, name_new) = (node::reference(old), node::reference(new));
        if let (Some(a), Some(b)) = (name_old, name_new) {
            let nullable = |schema: &Value| schema["nullable"] == true && schema["$ref"].is_null();
            self.nullable(nullable(old), nullable(new), at, slot);
            if a != b {
                self.retarget(Some(a), Some(b), at);
            }
            self.found.uses.insert(Pair {
                old: a.to_owned(),
                new: b.to_owned(),
            });
            return;
        }
        if name_old.is_some() || name_new.is_some() {
            self.retarget(name_old, name_new, at);
        }
        let address = |value: &Value| std::ptr::from_ref(value) as usize;
        if self.seen.insert((address(old), address(new))) {
            self.contents(old, new, at, slot);
        }
    }

    fn retarget(&mut self, old: Option<&str>, new: Option<&str>, at: &str) {
        let (old, new) = (old.map(node::name), new.map(node::name));
        self.fact(at, What::Retarget { old, new });
    }

    fn contents(&mut self, old: &'a Value, new: &'a Value, at: &str, slot: Slot) {
        // Bases that both sides name are compared by themselves, the rest is merged.
        let bases: BTreeSet<&str> = node::bases(old)
            .intersection(&node::bases(new))
            .copied()
            .collect();
        self.found.uses.extend(bases.iter().map(|base| Pair {
            old: (*base).to_owned(),
            new: (*base).to_owned(),
        }));
        let a = Node::read(self.sides.old, old, &bases);
        let b = Node::read(self.sides.new, new, &bases);
        self.nullable(a.nullable, b.nullable, at, slot);
        if a.kind() != b.kind() {
            let (old, new) = (node::describe(old), node::describe(new));
            return self.fact(at, What::Type { old, new });
        }
        if a.declared != b.declared {
            self.keyword(
                "type",
                a.declared.map(Value::from),
                b.declared.map(Value::from),
                at,
            );
        }
        self.values(&a, &b, at);
        self.keywords(&a, &b, at);
        self.properties(&a, &b, at);
        self.extra(&a, &b, at);
        self.part(a.items, b.items, &format!("{at}[]"));
        self.part(a.not, b.not, &format!("{at}.not"));
        self.variants("oneOf", &a.one_of, &b.one_of, at);
        self.variants("anyOf", &a.any_of, &b.any_of, at);
    }

    fn nullable(&mut self, old: bool, new: bool, at: &str, slot: Slot) {
        if old != new {
            self.fact(at, What::Nullable { now: new, slot });
        }
    }

    fn keyword(&mut self, key: &str, old: Option<Value>, new: Option<Value>, at: &str) {
        let key = key.to_owned();
        self.fact(at, What::Keyword { key, old, new });
    }

    /// A part that may be there or not; where it is not, anything goes.
    fn part(&mut self, old: Option<&'a Value>, new: Option<&'a Value>, at: &str) {
        match (old, new) {
            (None, None) => {}
            (old, new) => {
                let (old, new) = (old.unwrap_or(&NOTHING), new.unwrap_or(&NOTHING));
                self.schema(old, new, at, Slot::Other);
            }
        }
    }

    fn values(&mut self, a: &Node<'_>, b: &Node<'_>, at: &str) {
        let texts = |values: &Vec<Value>| -> Vec<String> { values.iter().map(text).collect() };
        match (a.values.map(texts), b.values.map(texts)) {
            (None, None) => {}
            (None, Some(new)) => self.fact(at, What::EnumClosed(new)),
            (Some(old), None) => self.fact(at, What::EnumOpened(old)),
            (Some(old), Some(new)) => {
                let (old, new): (BTreeSet<_>, BTreeSet<_>) =
                    (old.into_iter().collect(), new.into_iter().collect());
                for value in new.difference(&old) {
                    self.fact(at, What::EnumAdded(value.clone()));
                }
                for value in old.difference(&new) {
                    self.fact(at, What::EnumRemoved(value.clone()));
                }
            }
        }
    }

    fn keywords(&mut self, a: &Node<'_>, b: &Node<'_>, at: &str) {
        let keys: BTreeSet<&str> = a.rest.keys().chain(b.rest.keys()).copied().collect();
        for key in keys {
            let (old, new) = (a.keyword(key), b.keyword(key));
            if old == new {
                continue;
            }
            let Some((narrower, wider)) = movement(key, old, new) else {
                self.keyword(key, old.cloned(), new.cloned(), at);
                continue;
            };
            let refined = Refined {
                key: key.to_owned(),
                old: old.cloned(),
                new: new.cloned(),
                narrower,
                wider,
                retyped: a.scalar() != b.scalar(),
                checked: a.is_checked_text(),
            };
            self.fact(at, What::Refined(refined));
        }
    }

    fn properties(&mut self, a: &Node<'a>, b: &Node<'a>, at: &str) {
        let names: BTreeSet<&str> = (a.properties.keys().chain(b.properties.keys()))
            .chain(a.required.iter().chain(&b.required))
            .copied()
            .collect();
        for name in names {
            let at = format!("{at}.{name}");
            let required = (a.required.contains(name), b.required.contains(name));
            match (a.properties.get(name), b.properties.get(name)) {
                (None, Some(new)) => {
                    let kind = node::describe(new);
                    let required = required.1;
                    self.fact(&at, What::FieldAdded { required, kind });
                }
                (Some(old), None) => {
                    let kind = node::describe(old);
                    self.fact(&at, What::FieldRemoved { kind });
                }
                (old, new) => {
                    if required.0 != required.1 {
                        self.fact(&at, What::Required(required.1));
                    }
                    if let (Some(old), Some(new)) = (old, new) {
                        let slot = match required {
                            (true, true) => Slot::Required,
                            _ => Slot::Optional,
                        };
                        self.schema(old, new, &at, slot);
                    }
                }
            }
        }
    }

    fn extra(&mut self, a: &Node<'a>, b: &Node<'a>, at: &str) {
        // Said outright or not, further fields are allowed where nothing forbids them.
        let word = |extra: Option<&Value>| match extra {
            None | Some(Value::Bool(true)) => "allowed",
            Some(Value::Bool(false)) => "forbidden",
            Some(_) => "a map",
        };
        let (old, new) = (word(a.extra), word(b.extra));
        if old != new {
            self.fact(at, What::Extra { old, new });
        } else if let ("a map", Some(old), Some(new)) = (old, a.extra, b.extra) {
            self.schema(old, new, &format!("{at}{{*}}"), Slot::Other);
        }
    }

    fn variants(&mut self, key: &'static str, old: &[&'a Value], new: &[&'a Value], at: &str) {
        let matched = variants::matched(self.sides, old, new);
        for (a, b) in matched.both {
            let label = match (node::reference(a), node::reference(b)) {
                (Some(_), Some(_)) => String::new(),
                _ => format!("({key})"),
            };
            self.schema(a, b, &format!("{at}{label}"), Slot::Other);
        }
        for label in matched.only_new.into_iter().map(node::describe) {
            self.fact(at, What::VariantAdded { key, label });
        }
        for label in matched.only_old.into_iter().map(node::describe) {
            self.fact(at, What::VariantRemoved { key, label });
        }
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a changed limit or format excludes values that it allowed, and the other way round.
/// None for a keyword that limits nothing.
fn movement(key: &str, old: Option<&Value>, new: Option<&Value>) -> Option<(bool, bool)> {
    let grows = |low: bool| {
        let number = |v: Option<&Value>| v.and_then(Value::as_f64);
        match (number(old), number(new)) {
            // A lower bound that rises excludes; so does an upper one that falls.
            (Some(a), Some(b)) => ((b > a) == low, (b < a) == low),
            (None, _) => (true, false),
            (_, None) => (false, true),
        }
    };
    match key {
        "minimum" | "minLength" | "minItems" | "minProperties" => Some(grows(true)),
        "maximum" | "maxLength" | "maxItems" | "maxProperties" => Some(grows(false)),
        "uniqueItems" | "exclusiveMinimum" | "exclusiveMaximum" => {
            Some((new.is_some(), old.is_some()))
        }
        "pattern" | "format" | "multipleOf" => Some((new.is_some(), old.is_some())),
        _ => None,
    }
}
