//! What a change came to in each directory of a person.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, DirectoryId};
use crate::outcome::Outcome;

/// What a change came to in each directory of a person.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a directory in which the change failed is only in here: call ensure_complete()?"]
pub struct DirectoryReport {
    /// The account.
    pub account_id: AccountId,
    /// One for each directory; none if the person is in no directory, which for a removal is the
    /// wished state.
    pub rows: Vec<DirectoryRow>,
}

/// One directory's row.
#[derive(Debug)]
#[non_exhaustive]
pub struct DirectoryRow {
    /// The directory.
    pub directory: DirectoryId,
    /// What the change came to there.
    pub outcome: Outcome,
}

impl DirectoryReport {
    pub(crate) fn new(account_id: AccountId, rows: Vec<DirectoryRow>) -> Self {
        Self { account_id, rows }
    }

    /// Whether the wished state holds in every directory.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.outcome.is_done())
    }

    /// An error unless the wished state holds in every directory.
    ///
    /// # Errors
    ///
    /// [`Incomplete`](ErrorKind::Incomplete), which counts what is missing and names the directories.
    pub fn ensure_complete(&self) -> Result<(), Error> {
        if self.is_complete() {
            return Ok(());
        }
        let open: Vec<&DirectoryRow> = self
            .rows
            .iter()
            .filter(|row| !row.outcome.is_done())
            .collect();
        let list: Vec<String> = open
            .iter()
            .take(20)
            .map(|r| format!("{} {}", r.directory, r.outcome.word()))
            .collect();
        let words = format!(
            "the change is not done in {} of {} directories: {}",
            open.len(),
            self.rows.len(),
            list.join(", ")
        );
        Err(Error::new(ErrorKind::Incomplete).with_words(words))
    }
}

impl fmt::Display for DirectoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            write!(f, "directory {}: {}", row.directory, row.outcome.word())?;
            if let Some(error) = row.outcome.error() {
                write!(f, ": {error}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
