//! Writing to the journal, off the threads that requests run on.

use std::sync::{Arc, Mutex, PoisonError};

use super::past::Past;
use super::record::{Head, Record};
use super::report::Tally;
use crate::error::{Error, ErrorKind};
use crate::journal::Journal;

/// The journal of a run, if it has one.
#[derive(Clone)]
pub(super) struct Scribe(Option<Arc<Mutex<Box<dyn Journal>>>>);

impl Scribe {
    /// Begins or goes on with a journal; what it holds goes into the tally.
    pub(super) async fn open(
        journal: Option<Box<dyn Journal>>,
        resuming: bool,
        head: Head,
        total: u64,
        tally: Tally,
    ) -> Result<(Self, Past, Tally), Error> {
        let Some(mut journal) = journal else {
            return Ok((Self(None), Past::new(total), tally));
        };
        let read = move || {
            let mut past = Past::new(total);
            let mut tally = tally;
            let mut replay = past.replay(&head, &mut tally);
            journal.replay(&mut |line| replay.line(line))?;
            let begun = replay.end();
            if begun && !resuming {
                return Err(Error::new(ErrorKind::Journal)
                    .with_words("the journal holds a run")
                    .with_hint("go on with it by resume(), or begin with an empty one"));
            }
            let first = match begun {
                true => Record::Resumed(head),
                false => Record::Run(head),
            };
            journal.append(&[first.line()?], true)?;
            Ok((journal, past, tally))
        };
        let (journal, past, tally) = blocking(read).await??;
        Ok((Self(Some(Arc::new(Mutex::new(journal)))), past, tally))
    }

    /// Appends a record. A run that is dropped meanwhile leaves a whole line or none.
    pub(super) async fn note(&self, record: &Record, durable: bool) -> Result<(), Error> {
        let Some(journal) = self.0.clone() else {
            return Ok(());
        };
        let lines = [record.line()?];
        blocking(move || {
            let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.append(&lines, durable)
        })
        .await?
    }

    /// Sees to it that all of it is kept.
    pub(super) async fn close(&self) -> Result<(), Error> {
        let Some(journal) = self.0.clone() else {
            return Ok(());
        };
        blocking(move || {
            let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.append(&[], true)
        })
        .await?
    }
}

/// Runs what blocks on a thread for that.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Error::new(ErrorKind::Journal)
            .with_words("reading or writing a file was broken off")
            .with_cause(error)
    })
}
