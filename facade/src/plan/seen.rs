//! Whom a list has named already, in 8 bytes each.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A set of fingerprints: sorted runs whose lengths double, so that it takes 8 bytes for each, twice that
/// while two runs become one. A hash set of a million takes more than twice as much.
#[derive(Default)]
pub(crate) struct Seen {
    runs: Vec<Vec<u64>>,
    /// The newest ones, in no order.
    last: Vec<u64>,
}

const LAST: usize = 1024;

impl Seen {
    /// Adds one; false if it was there. Of a million, two have the same fingerprint with a chance of 1 to
    /// 37 million.
    pub(crate) fn insert(&mut self, it: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        it.hash(&mut hasher);
        let print = hasher.finish();
        let mut runs = self.runs.iter();
        if self.last.contains(&print) || runs.any(|run| run.binary_search(&print).is_ok()) {
            return false;
        }
        self.last.push(print);
        if self.last.len() == LAST {
            self.settle();
        }
        true
    }

    fn settle(&mut self) {
        let mut run = std::mem::take(&mut self.last);
        run.sort_unstable();
        while let Some(shorter) = self.runs.pop_if(|before| before.len() <= run.len()) {
            // Merged from the back, in the room that the longer one has then.
            let (mut i, mut j) = (run.len(), shorter.len());
            run.resize(i + j, 0);
            while j > 0 {
                let place = i + j - 1;
                if i > 0 && run[i - 1] > shorter[j - 1] {
                    run[place] = run[i - 1];
                    i -= 1;
                } else {
                    run[place] = shorter[j - 1];
                    j -= 1;
                }
            }
        }
        self.runs.push(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_new_once() {
        let mut seen = Seen::default();
        for n in 0..20_000u64 {
            assert!(seen.insert(n));
        }
        for n in 0..20_000u64 {
            assert!(!seen.insert(n));
        }
        assert!(seen.runs.iter().all(|run| run.is_sorted()));
        assert!(seen.runs.len() < 8);
        assert!(seen.insert(20_000u64));
    }
}
