//! Where a run keeps what it is about to do and what came of it, so that another can finish it.

mod file;
mod line;
mod memory;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::error::{BoxError, Error, ErrorKind};
pub use file::FileJournal;
pub use memory::MemoryJournal;

/// Where a run keeps what it is about to do and what came of it: lines of text, in order.
///
/// [`FileJournal`] is one, and so is whatever keeps its promises: a table of a database, an object
/// store. What a run writes is JSON, one value a line, and holds addresses and account ids.
///
/// Its methods may block: a run calls them on a thread of their own. Two runs that use one store at
/// the same time would do everything twice, so a store should let only one in.
///
/// ```
/// use std::io;
/// use atlassian_orgs::{Error, Journal};
/// # struct Database(Vec<String>);
/// # impl Database {
/// #     fn rows(&self) -> io::Result<Vec<String>> { Ok(self.0.clone()) }
/// #     fn insert(&mut self, row: &str) -> io::Result<()> { self.0.push(row.to_owned()); Ok(()) }
/// #     fn commit(&mut self) -> io::Result<()> { Ok(()) }
/// # }
///
/// /// A table in a database of one's own, that only this run may write to.
/// struct Table(Database);
///
/// impl Journal for Table {
///     fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
///         let rows = self.0.rows().map_err(Error::journal)?;
///         rows.iter().try_for_each(|row| line(row))
///     }
///
///     fn append(&mut self, lines: &[String], durable: bool) -> Result<(), Error> {
///         for line in lines {
///             self.0.insert(line).map_err(Error::journal)?;
///         }
///         if durable {
///             self.0.commit().map_err(Error::journal)?;
///         }
///         Ok(())
///     }
/// }
/// # let mut table = Table(Database(Vec::new()));
/// # table.append(&["1".into(), "2".into()], true)?;
/// # let mut seen = Vec::new();
/// # table.replay(&mut |line| { seen.push(line.to_owned()); Ok(()) })?;
/// # assert_eq!(seen, ["1", "2"]);
/// # Ok::<(), Error>(())
/// ```
pub trait Journal: Send + 'static {
    /// Hands over every line appended so far, in order. Called once, before anything is appended.
    ///
    /// # Errors
    /// If the lines can't be read or are not those that were written, and what `line` itself returns.
    fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error>;

    /// Appends lines, in order, all or a prefix of them. If `durable`, returns only when they and all
    /// before them would survive a power cut.
    ///
    /// # Errors
    /// If that can't be said. Nothing is appended after an error: the run stops.
    fn append(&mut self, lines: &[String], durable: bool) -> Result<(), Error>;
}

/// So that a run can take a store that is chosen while the program runs.
impl<J: Journal + ?Sized> Journal for Box<J> {
    fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        (**self).replay(line)
    }

    fn append(&mut self, lines: &[String], durable: bool) -> Result<(), Error> {
        (**self).append(lines, durable)
    }
}

impl Error {
    /// For a [`Journal`] of one's own: an error of kind [`Journal`](ErrorKind::Journal) because of
    /// another one, which is kept behind [`cause`](Self::cause) and not printed.
    ///
    /// ```
    /// use atlassian_orgs::{Error, ErrorKind};
    ///
    /// let error = Error::journal("no connection to mia@db.example");
    /// assert_eq!(error.kind(), ErrorKind::Journal);
    /// assert_eq!(error.to_string(), "the journal can't be used");
    /// assert!(error.cause().is_some());
    /// ```
    #[must_use]
    pub fn journal(cause: impl Into<BoxError>) -> Self {
        Self::new(ErrorKind::Journal).with_cause(cause)
    }
}

/// The same with our own words.
fn error(words: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Journal).with_words(words)
}
