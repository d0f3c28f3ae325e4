//! A journal that lasts as long as the process, for tests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Journal, line};
use crate::error::Error;

/// A [`Journal`] in memory, for tests. Its clones share its lines, so that a test keeps one, sees what
/// a run has written, and takes the end away as a crash would.
///
/// ```
/// use atlassian_orgs::{Journal, MemoryJournal};
///
/// let journal = MemoryJournal::new();
/// journal.clone().append(&["1".to_owned(), "2".to_owned()], true)?;
/// journal.truncate(1);
/// assert_eq!(journal.lines(), ["1"]);
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryJournal {
    lines: Arc<Mutex<Vec<String>>>,
}

impl MemoryJournal {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was appended. **Addresses and account ids are in it.**
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.locked().clone()
    }

    /// Keeps the first `lines` lines.
    pub fn truncate(&self, lines: usize) {
        self.locked().truncate(lines);
    }

    /// A panic elsewhere leaves whole lines.
    fn locked(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        // Not under the lock, since `line` may look at the journal.
        self.lines().iter().try_for_each(|entry| line(entry))
    }

    /// Refuses what a file would refuse.
    fn append(&mut self, lines: &[String], _durable: bool) -> Result<(), Error> {
        lines.iter().try_for_each(|entry| line::refuse(entry))?;
        self.locked().extend_from_slice(lines);
        Ok(())
    }
}

/// No line of it.
impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJournal")
            .field("lines", &self.locked().len())
            .finish_non_exhaustive()
    }
}
