//! What a journal says of the run so far.

use std::collections::HashMap;
use std::time::SystemTime;

use super::record::{Head, Record};
use super::report::{ReportRow, Tally};
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::plan::State;

/// What is known of the rows of a plan: a bit for each, and more for those that are open.
pub(super) struct Past {
    total: u64,
    done: Vec<u64>,
    open: HashMap<u64, Open>,
    /// Done, but not read afterwards.
    pub(super) unread: Vec<(u64, ReportRow)>,
    pub(super) finished: u64,
}

/// A row that was begun, and of which it is not known what came.
#[derive(Debug, Clone)]
pub(super) struct Open {
    /// When it was begun.
    pub(super) at: SystemTime,
    /// The state that was read before.
    pub(super) before: Option<State>,
    /// Why it is in doubt, where an answer was waited for and did not come.
    pub(super) doubt: Option<ReportRow>,
}

impl Past {
    pub(super) fn new(total: u64) -> Self {
        Self {
            total,
            done: Vec::new(),
            open: HashMap::new(),
            unread: Vec::new(),
            finished: 0,
        }
    }

    /// Whether nothing is left to do for this row.
    pub(super) fn is_done(&self, row: u64) -> bool {
        let word = usize::try_from(row / 64)
            .ok()
            .and_then(|at| self.done.get(at));
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    fn set_done(&mut self, row: u64) {
        let at = usize::try_from(row / 64).unwrap_or(usize::MAX);
        if at >= self.done.len() {
            self.done.resize(at + 1, 0);
        }
        self.done[at] |= 1 << (row % 64);
    }

    /// What is known of a row that was begun.
    pub(super) fn take_open(&mut self, row: u64) -> Option<Open> {
        self.open.remove(&row)
    }

    /// Reads a journal for a run with this head.
    pub(super) fn replay<'a>(&'a mut self, head: &'a Head, tally: &'a mut Tally) -> Replay<'a> {
        Replay {
            past: self,
            head,
            tally,
            begun: false,
            waiting: HashMap::new(),
        }
    }
}

pub(super) struct Replay<'a> {
    past: &'a mut Past,
    head: &'a Head,
    tally: &'a mut Tally,
    begun: bool,
    /// Changed, and not yet read afterwards.
    waiting: HashMap<u64, ReportRow>,
}

impl Replay<'_> {
    pub(super) fn line(&mut self, line: &str) -> Result<(), Error> {
        let wrong = |words: &'static str| Error::new(ErrorKind::Journal).with_words(words);
        match Record::read(line)? {
            Record::Run(head) => {
                if self.begun {
                    return Err(wrong("the journal begins twice"));
                }
                self.begun = true;
                self.check(&head)
            }
            _ if !self.begun => Err(wrong("the journal does not begin with a run")),
            Record::Resumed(head) => self.check(&head),
            Record::Intent(intent) => {
                for (row, before) in intent.rows {
                    self.check_row(row)?;
                    // Of a second try, the first state counts: the first may have been taken.
                    let open = self.past.open.entry(row).or_insert(Open {
                        at: intent.at,
                        before,
                        doubt: None,
                    });
                    open.at = intent.at;
                    open.doubt = None;
                }
                Ok(())
            }
            Record::Done(rows) => rows
                .into_iter()
                .try_for_each(|(row, is)| self.done(row, is)),
            Record::After(rows) => {
                for after in rows {
                    self.check_row(after.row)?;
                    let doubt = |open: Option<Open>| open.and_then(|open| open.doubt);
                    let known = match self.waiting.remove(&after.row) {
                        Some(row) => Some(row),
                        // A read has shown what came of it.
                        None if after.outcome.is_some() => doubt(self.past.open.remove(&after.row)),
                        None => None,
                    };
                    if let Some(mut row) = known {
                        row.after = after.state;
                        if let Some(outcome) = after.outcome {
                            row.outcome = outcome;
                        }
                        self.finish(after.row, row);
                    }
                }
                Ok(())
            }
        }
    }

    fn done(&mut self, row: u64, is: ReportRow) -> Result<(), Error> {
        self.check_row(row)?;
        if let Outcome::InDoubt(_) = is.outcome {
            let open = self.past.open.entry(row).or_insert(Open {
                at: is.started_at.unwrap_or(self.head.at),
                before: is.before.clone(),
                doubt: None,
            });
            open.doubt = Some(is);
            return Ok(());
        }
        self.past.open.remove(&row);
        match is.outcome {
            Outcome::Changed { .. } | Outcome::Partly(_) if is.after.is_none() => {
                self.past.set_done(row);
                self.waiting.insert(row, is);
            }
            // Nothing was done, so it is still to do.
            Outcome::NotStarted(_) => {}
            _ => self.finish(row, is),
        }
        Ok(())
    }

    fn finish(&mut self, row: u64, is: ReportRow) {
        self.past.set_done(row);
        self.past.finished += 1;
        self.tally.finish(row, is);
    }

    fn check_row(&self, row: u64) -> Result<(), Error> {
        if row < self.past.total {
            return Ok(());
        }
        let words = "the journal has a row that the plan does not have";
        Err(Error::new(ErrorKind::Journal).with_words(words))
    }

    fn check(&self, head: &Head) -> Result<(), Error> {
        if head.organization != self.head.organization {
            return Err(Error::new(ErrorKind::Journal).with_words(format!(
                "the journal is about organization {}, and the plan about {}",
                head.organization, self.head.organization
            )));
        }
        if head.plan_digest != self.head.plan_digest {
            return Err(Error::new(ErrorKind::Journal)
                .with_words(format!(
                    "the journal is about another plan, sha256 {}",
                    head.plan_digest
                ))
                .with_hint("resume with the plan that was run"));
        }
        Ok(())
    }

    /// Whether there was a run.
    pub(super) fn end(mut self) -> bool {
        let mut unread: Vec<_> = self.waiting.drain().collect();
        unread.sort_by_key(|(row, _)| *row);
        self.past.finished += unread.len() as u64;
        self.past.unread = unread;
        self.begun
    }
}
