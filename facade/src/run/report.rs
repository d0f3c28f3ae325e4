//! What a run came to: the evidence.

use std::fmt;
use std::io::Write;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::RunEvent;
use crate::address::Person;
use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, DirectoryId, OrgId, ending};
use crate::invite::{Grant, Mail};
use crate::outcome::{Evidence, Outcome};
use crate::plan::{Action, PlanRow, State, unwritten};
use crate::stamp;

/// How many positions of each outcome an error names.
const LISTED: usize = 10;

/// What became of one person in one directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReportRow {
    /// The 1-based position in what was given to the plan.
    pub position: usize,
    /// The person as given.
    pub person: Person,
    /// The account, where a read or the answer showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The directory; none for invitations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<DirectoryId>,
    /// What became of it.
    pub outcome: Outcome,
    /// The state that was read before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<State>,
    /// The state that was read afterwards. Reads lag behind changes, so it may still show what was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<State>,
    /// When the change was begun.
    #[serde(
        default,
        with = "stamp::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<SystemTime>,
    /// How long it took, waits included.
    #[serde(rename = "took_ms", with = "millis")]
    pub took: Duration,
    /// How often a request with this change was sent.
    pub attempts: u32,
    /// The last status that came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What this person alone was to get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

mod millis {
    use super::*;

    pub(super) fn serialize<S: Serializer>(it: &Duration, to: S) -> Result<S::Ok, S::Error> {
        let millis = u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        millis.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

impl ReportRow {
    pub(super) fn of(row: PlanRow, outcome: Outcome) -> Self {
        Self {
            position: row.position,
            person: row.person,
            account_id: row.account_id,
            directory: row.directory,
            outcome,
            before: row.before,
            after: None,
            started_at: None,
            took: Duration::ZERO,
            attempts: 0,
            status: None,
            grants: row.grants,
        }
    }
}

/// What a run came to, as evidence: who ran what where, and what became of each row, with the state before
/// and after and when it was read.
///
/// Serde and [`write_csv`](Self::write_csv) write all of it, addresses included; `Display` names people by
/// position and the end of their account id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
#[must_use = "people for whom it failed are only in here: call ensure_complete()?"]
pub struct Report {
    /// The organization.
    pub organization: OrgId,
    /// What was done.
    pub action: Action,
    /// The directory that the plan chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<DirectoryId>,
    /// The SHA-256 of the plan that was run.
    pub plan_digest: String,
    /// The version of this crate.
    pub version: String,
    /// Who ran it, as [`Run::operator`](crate::Run::operator) says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Which key was used, as [`Run::key_label`](crate::Run::key_label) says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_label: Option<String>,
    /// When the run began; of a resumed one, when it was resumed.
    #[serde(with = "stamp")]
    pub started_at: SystemTime,
    /// When it ended.
    #[serde(with = "stamp")]
    pub ended_at: SystemTime,
    /// Why nothing more was begun, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Error>,
    /// How many of those given to the plan were repetitions, which it merged.
    pub repeated: u64,
    /// What everybody was to get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mail: Option<Mail>,
    pub(super) counts: Vec<Count>,
    /// A row for each of the plan, in its order; none after
    /// [`forget_rows`](crate::Run::forget_rows).
    pub rows: Vec<ReportRow>,
}

/// How many rows have an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    word: String,
    rows: u64,
    done: bool,
    /// The first of them.
    positions: Vec<usize>,
}

impl Report {
    /// How many rows have each outcome, by its word.
    #[must_use]
    pub fn counts(&self) -> Vec<(&str, u64)> {
        let counts = self.counts.iter();
        counts.map(|c| (c.word.as_str(), c.rows)).collect()
    }

    /// Whether the wished state holds for everybody.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.counts.iter().all(|count| count.done)
    }

    /// An error unless the wished state holds for everybody.
    ///
    /// # Errors
    ///
    /// [`Incomplete`](ErrorKind::Incomplete), which counts the others by outcome and names the first of
    /// them by position.
    pub fn ensure_complete(&self) -> Result<(), Error> {
        if self.is_complete() {
            return Ok(());
        }
        let open = || self.counts.iter().filter(|count| !count.done);
        let parts: Vec<String> = open().map(Count::words).collect();
        let all: u64 = self.counts.iter().map(|count| count.rows).sum();
        let missing: u64 = open().map(|count| count.rows).sum();
        let words = format!("{missing} of {all} people: {}", parts.join("; "));
        let positions = open().flat_map(|count| count.positions.clone()).collect();
        let error = Error::new(ErrorKind::Incomplete)
            .with_words(words)
            .with_positions(positions);
        let reasons = self.rows.iter().filter_map(|row| row.outcome.error());
        let mut reasons = self.stopped.iter().chain(reasons);
        Err(match reasons.find_map(Error::hint) {
            Some(hint) => error.with_hint(hint.to_owned()),
            None => error,
        })
    }

    /// Writes the rows as CSV, addresses included.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it can't be written there.
    pub fn write_csv(&self, to: impl Write) -> Result<(), Error> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(ReportRow::COLUMNS).map_err(unwritten)?;
        for row in &self.rows {
            csv.write_record(row.cells()).map_err(unwritten)?;
        }
        csv.flush().map_err(unwritten)
    }
}

impl ReportRow {
    /// The names of [`cells`](Self::cells).
    pub const COLUMNS: [&'static str; 14] = [
        "position",
        "person",
        "account_id",
        "directory",
        "outcome",
        "evidence",
        "status",
        "code",
        "reason",
        "before",
        "after",
        "started_at",
        "took_ms",
        "attempts",
    ];

    /// The row as cells of a table, address included: what [`Report::write_csv`] writes.
    #[must_use]
    pub fn cells(&self) -> [String; 14] {
        let state = |state: &Option<State>| {
            let state = state.as_ref();
            state
                .map(|state| format!("{state} ({})", stamp::text(state.read_at)))
                .unwrap_or_default()
        };
        let error = self.outcome.error();
        let code = error.and_then(Error::code);
        [
            self.position.to_string(),
            self.person.as_str().to_owned(),
            self.account_id
                .as_ref()
                .map(|id| id.as_str().to_owned())
                .unwrap_or_default(),
            self.directory
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            self.outcome.word().to_owned(),
            match &self.outcome {
                Outcome::Changed {
                    evidence: Evidence::Acknowledged,
                } => "acknowledged".to_owned(),
                Outcome::Changed {
                    evidence: Evidence::Observed,
                } => "observed".to_owned(),
                Outcome::AlreadyDone { read_at } => format!("read {}", stamp::text(*read_at)),
                _ => String::new(),
            },
            self.status
                .map(|status| status.to_string())
                .unwrap_or_default(),
            code.map(ToString::to_string).unwrap_or_default(),
            error.map(ToString::to_string).unwrap_or_default(),
            state(&self.before),
            state(&self.after),
            self.started_at.map(stamp::text).unwrap_or_default(),
            self.took.as_millis().to_string(),
            self.attempts.to_string(),
        ]
    }
}

impl Count {
    fn words(&self) -> String {
        let shown: Vec<String> = self.positions.iter().map(ToString::to_string).collect();
        let more = if self.rows as usize > shown.len() {
            " and more"
        } else {
            ""
        };
        format!(
            "{} {} (position {}{more})",
            self.rows,
            self.word,
            shown.join(", ")
        )
    }
}

/// People by position and the end of their account id, never by address.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self
            .counts
            .iter()
            .map(|c| format!("{} {}", c.rows, c.word))
            .collect();
        writeln!(
            f,
            "{} in organization {}: {}",
            self.action,
            self.organization,
            counts.join(", ")
        )?;
        let label =
            |label: &Option<String>| label.clone().unwrap_or_else(|| "not named".to_owned());
        writeln!(
            f,
            "by {}, key {}, from {} to {}, plan sha256 {}",
            label(&self.operator),
            label(&self.key_label),
            stamp::text(self.started_at),
            stamp::text(self.ended_at),
            self.plan_digest
        )?;
        if let Some(error) = &self.stopped {
            writeln!(f, "stopped: {error}")?;
        }
        for row in &self.rows {
            let who = row
                .account_id
                .as_ref()
                .map_or_else(|| "-".to_owned(), |id| ending(id.as_str()));
            write!(f, "{:>6}  {who:8}  {}", row.position, row.outcome.word())?;
            if let Some(error) = row.outcome.error() {
                write!(f, ": {error}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Takes rows as they become complete.
pub(super) struct Tally {
    counts: Vec<Count>,
    keep: bool,
    rows: Vec<(u64, ReportRow)>,
    on_event: Option<super::OnEvent>,
}

impl Tally {
    pub(super) fn new(keep: bool, on_event: Option<super::OnEvent>) -> Self {
        Self {
            counts: Vec::new(),
            keep,
            rows: Vec::new(),
            on_event,
        }
    }

    pub(super) fn tell(&mut self, event: impl FnOnce() -> RunEvent) {
        if let Some(call) = &mut self.on_event {
            call(event());
        }
    }

    /// One row, complete.
    pub(super) fn finish(&mut self, index: u64, row: ReportRow) {
        let word = row.outcome.word();
        let at = match self.counts.iter().position(|count| count.word == word) {
            Some(at) => at,
            None => {
                self.counts.push(Count {
                    word: word.to_owned(),
                    rows: 0,
                    done: row.outcome.is_done(),
                    positions: Vec::new(),
                });
                self.counts.len() - 1
            }
        };
        let count = &mut self.counts[at];
        count.rows += 1;
        if count.positions.len() < LISTED {
            count.positions.push(row.position);
        }
        self.tell(|| RunEvent::Row(Box::new(row.clone())));
        if self.keep {
            self.rows.push((index, row));
        }
    }

    /// What was counted, in an order that does not depend on what came first, and the rows in theirs.
    pub(super) fn end(mut self) -> (Vec<Count>, Vec<ReportRow>) {
        self.counts
            .sort_by(|a, b| (b.done, &a.word).cmp(&(a.done, &b.word)));
        self.counts
            .iter_mut()
            .for_each(|count| count.positions.sort_unstable());
        self.rows.sort_by_key(|(index, _)| *index);
        let rows = self.rows.into_iter().map(|(_, row)| row).collect();
        (self.counts, rows)
    }
}
