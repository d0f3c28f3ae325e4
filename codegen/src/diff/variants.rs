//! Which alternative of a `oneOf` or `anyOf` is which, when order means nothing.

use serde_json::Value;

use super::node;
use super::schema::Sides;
use crate::spec;

/// Alternatives in pairs, and those that only one side has.
pub(crate) struct Matched<'a> {
    pub(crate) both: Vec<(&'a Value, &'a Value)>,
    pub(crate) only_old: Vec<&'a Value>,
    pub(crate) only_new: Vec<&'a Value>,
}

/// Pairs alternatives: the same reference, then the same text, then the most alike.
pub(crate) fn matched<'a>(sides: Sides<'_>, old: &[&'a Value], new: &[&'a Value]) -> Matched<'a> {
    let mut out = Matched {
        both: Vec::new(),
        only_old: old.to_vec(),
        only_new: new.to_vec(),
    };
    out.pair_by(|a, b| u32::from(node::reference(a).is_some() && a == b));
    out.pair_by(|a, b| u32::from(canonical(a) == canonical(b)));
    out.pair_by(|a, b| alike(sides, a, b));
    out
}

impl Matched<'_> {
    /// Takes the pair with the highest score, until none has any.
    fn pair_by(&mut self, score: impl Fn(&Value, &Value) -> u32) {
        let mut scores: Vec<(u32, usize, usize)> = Vec::new();
        for (i, a) in self.only_old.iter().enumerate() {
            for (j, b) in self.only_new.iter().enumerate() {
                scores.push((score(a, b), i, j));
            }
        }
        // Ties go by name, which does not depend on the order of either list.
        scores.retain(|(score, ..)| *score > 0);
        scores.sort_by_cached_key(|(score, i, j)| {
            let names = [self.only_old[*i], self.only_new[*j]].map(canonical);
            (std::cmp::Reverse(*score), names)
        });
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (_, i, j) in scores {
            if !left.contains(&i) && !right.contains(&j) {
                self.both.push((self.only_old[i], self.only_new[j]));
                left.push(i);
                right.push(j);
            }
        }
        let mut n = 0..;
        self.only_old
            .retain(|_| !n.next().is_some_and(|n| left.contains(&n)));
        let mut n = 0..;
        self.only_new
            .retain(|_| !n.next().is_some_and(|n| right.contains(&n)));
    }
}

/// How much two alternatives have in common, none if they can't be the same one changed.
fn alike(sides: Sides<'_>, old: &Value, new: &Value) -> u32 {
    if let (Some(a), Some(b)) = (node::reference(old), node::reference(new)) {
        // Two components that both documents have are two things, however alike.
        let stays = |doc: &Value, target: &str| {
            target
                .strip_prefix('#')
                .is_some_and(|p| doc.pointer(p).is_some())
        };
        if stays(sides.new, a) && stays(sides.old, b) {
            return 0;
        }
    }
    let (a, b) = (unwrapped(sides.old, old), unwrapped(sides.new, new));
    if canonical(a) == canonical(b) {
        return u32::MAX;
    }
    let names = |schema: &Value| -> Vec<String> {
        let properties = schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .map(|(k, _)| k.clone())
            .collect()
    };
    let (left, right) = (names(a), names(b));
    let common = left.iter().filter(|name| right.contains(name)).count();
    let same_type = a.get("type").is_some() && a.get("type") == b.get("type");
    match (left.is_empty() && right.is_empty(), common) {
        (true, _) => u32::from(same_type),
        (false, 0) => 0,
        (false, n) => u32::try_from(n * 2).unwrap_or(u32::MAX - 1) + u32::from(same_type),
    }
}

fn unwrapped<'a>(doc: &'a Value, schema: &'a Value) -> &'a Value {
    match node::reference(schema).and_then(|target| doc.pointer(target.strip_prefix('#')?)) {
        Some(target) => spec::resolve(doc, target),
        None => schema,
    }
}

/// A value as text in which the order of lists and keys does not show.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut parts: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key:?}:{}", canonical(value)))
                .collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(list) => {
            let mut parts: Vec<String> = list.iter().map(canonical).collect();
            parts.sort();
            format!("[{}]", parts.join(","))
        }
        other => other.to_string(),
    }
}
