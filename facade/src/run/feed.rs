//! The rows of a plan that are still to do, a window at a time.

use super::Source;
use super::past::{Open, Past};
use super::scribe::blocking;
use crate::error::Error;
use crate::plan::{Decision, Lines, PlanRow, WINDOW};

/// At most this many rows in a window, those for which nothing has to be read included.
const LONGEST: usize = 5 * WINDOW;

/// A row that is still to do.
pub(super) struct Open1 {
    pub(super) index: u64,
    pub(super) row: PlanRow,
    /// What a run before this one began.
    pub(super) open: Option<Open>,
}

pub(super) struct Feed {
    rows: Rows,
    past: Past,
    /// The place in the plan of the next row.
    index: u64,
    /// Read, and not yet given out.
    next: Option<PlanRow>,
    ended: bool,
}

enum Rows {
    Memory(std::vec::IntoIter<PlanRow>),
    File(Box<Lines>),
}

impl Rows {
    fn next(&mut self) -> Result<Option<PlanRow>, Error> {
        match self {
            Self::Memory(rows) => Ok(rows.next()),
            Self::File(lines) => lines.row(),
        }
    }
}

impl Feed {
    pub(super) async fn open(source: Source, past: Past) -> Result<Self, Error> {
        let rows = match source {
            Source::Memory(rows) => Rows::Memory(rows.into_iter()),
            Source::File(path, digest) => {
                let open = move || Lines::rows(&path, &digest);
                Rows::File(Box::new(blocking(open).await??))
            }
        };
        Ok(Self {
            rows,
            past,
            index: 0,
            next: None,
            ended: false,
        })
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The next window; the rows of one person are never in two.
    pub(super) async fn window(mut self) -> Result<(Self, Vec<Open1>), Error> {
        if matches!(self.rows, Rows::Memory(_)) {
            let window = self.take()?;
            return Ok((self, window));
        }
        blocking(move || {
            let window = self.take()?;
            Ok((self, window))
        })
        .await?
    }

    fn take(&mut self) -> Result<Vec<Open1>, Error> {
        let (mut window, mut reads, mut last) = (Vec::new(), 0, None);
        loop {
            let row = match self.next.take() {
                Some(row) => row,
                None => match self.rows.next()? {
                    Some(row) => row,
                    None => {
                        self.ended = true;
                        return Ok(window);
                    }
                },
            };
            let full = reads >= WINDOW || window.len() >= LONGEST;
            if full && last != Some(row.position) {
                self.next = Some(row);
                return Ok(window);
            }
            last = Some(row.position);
            let index = self.index;
            self.index += 1;
            if self.past.is_done(index) {
                continue;
            }
            if !matches!(row.decision, Decision::Refuse(_)) {
                reads += 1;
            }
            let open = self.past.take_open(index);
            window.push(Open1 { index, row, open });
        }
    }
}
