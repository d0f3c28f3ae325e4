//! Which operation of the new document is which of the old one.

use serde_json::Value;

use super::operation::Op;
use crate::spec;

/// Operations in pairs, and those that only one side has.
pub(crate) struct Matched<'a> {
    pub(crate) both: Vec<(Op<'a>, Op<'a>)>,
    pub(crate) only_old: Vec<Op<'a>>,
    pub(crate) only_new: Vec<Op<'a>>,
}

/// Pairs operations: the same method and path; then the same path for a router, with other names in
/// the braces; then the same operationId, wherever it went.
pub(crate) fn matched<'a>(old: &'a Value, new: &'a Value) -> Matched<'a> {
    let mut out = Matched {
        both: Vec::new(),
        only_old: all(old),
        only_new: all(new),
    };
    out.pair_by(|a, b| a.method == b.method && a.path == b.path);
    out.pair_by(|a, b| a.method == b.method && shape(a.path) == shape(b.path));
    out.pair_by(|a, b| a.published_id().is_some() && a.published_id() == b.published_id());
    out.both.sort_by_key(|(_, new)| (new.path, new.method));
    out
}

impl<'a> Matched<'a> {
    fn pair_by(&mut self, same: impl Fn(&Op<'a>, &Op<'a>) -> bool) {
        let mut left = Vec::new();
        for old in std::mem::take(&mut self.only_old) {
            match self.only_new.iter().position(|new| same(&old, new)) {
                Some(at) => self.both.push((old, self.only_new.remove(at))),
                None => left.push(old),
            }
        }
        self.only_old = left;
    }
}

fn all(doc: &Value) -> Vec<Op<'_>> {
    let mut all: Vec<Op<'_>> = spec::operations(doc)
        .map(|(path, method, body)| Op { method, path, body })
        .collect();
    all.sort_by_key(|op| (op.path, op.method));
    all
}

/// A template without the names in its braces.
pub(crate) fn shape(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        inside = (inside || c == '{') && c != '}';
        if !inside {
            out.push(c);
        }
    }
    out
}
