//! A plan for readers: a table, and CSV.

use std::fmt;
use std::io::Write;

use super::row::{Decision, PlanRow};
use super::{End, Plan, Terms};
use crate::error::Error;
use crate::ids::ending;
use crate::invite::{Grant, Mail};
use crate::lifecycle::Warning;
use crate::stamp;

/// A plan as a table with the people as they were given. See [`Plan::with_addresses`].
#[derive(Debug)]
pub struct WithAddresses<'a>(&'a Plan);

impl Plan {
    /// The plan as a table that also names people as they were given, by address or account id. Think where
    /// it is shown.
    ///
    /// ```
    /// # fn show(plan: &atlassian_orgs::Plan) {
    /// println!("{}", plan.with_addresses());
    /// # }
    /// ```
    #[must_use]
    pub fn with_addresses(&self) -> WithAddresses<'_> {
        WithAddresses(self)
    }

    /// Writes the rows as CSV, addresses included, for people with spreadsheets.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it can't be written there.
    pub fn write_csv(&self, to: impl Write) -> Result<(), Error> {
        let mut csv = csv::Writer::from_writer(to);
        let names = [
            "position",
            "person",
            "account_id",
            "directory",
            "before",
            "read_at",
            "decision",
            "reason",
            "warnings",
            "grants",
        ];
        csv.write_record(names).map_err(unwritten)?;
        for row in &self.rows {
            csv.write_record(cells(row)).map_err(unwritten)?;
        }
        csv.flush().map_err(unwritten)
    }
}

pub(crate) fn unwritten(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid("the CSV can't be written").with_cause(cause)
}

fn cells(row: &PlanRow) -> [String; 10] {
    let (decision, reason) = match row.decision {
        Decision::Change => ("change", ""),
        Decision::AlreadyDone => ("already done", ""),
        Decision::Refuse(reason) => ("refuse", reason.words()),
    };
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    [
        row.position.to_string(),
        row.person.as_str().to_owned(),
        text(row.account_id.as_ref().map(|id| id.as_str())),
        text(row.directory.as_ref().map(|id| id.as_str())),
        row.before
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        row.before
            .as_ref()
            .map(|state| stamp::text(state.read_at))
            .unwrap_or_default(),
        decision.to_owned(),
        reason.to_owned(),
        row.warnings.iter().map(warning).collect(),
        listed(row.grants.iter().map(grant)),
    ]
}

fn grant(grant: &Grant) -> String {
    match grant {
        Grant::Role { role, resource } => format!("{role} on {resource}"),
        Grant::Group(group) => format!("group {group}"),
    }
}

fn listed(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn warning(warning: &Warning) -> &'static str {
    match warning {
        Warning::MayComeBack => "an identity provider may put the person back",
    }
}

/// Without addresses: people by position and the end of their account id.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(f, &self.terms, &self.end)?;
        table(f, &self.rows, None)
    }
}

impl fmt::Display for WithAddresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = &self.0.rows;
        head(f, &self.0.terms, &self.0.end)?;
        let people = rows.iter().map(|row| row.person.as_str().to_owned());
        table(f, rows, Some(column("person", people)))
    }
}

/// What holds for the whole plan.
pub(super) fn head(f: &mut fmt::Formatter<'_>, terms: &Terms, end: &End) -> fmt::Result {
    let (action, organization) = (terms.action, &terms.organization);
    write!(f, "{action} in organization {organization}")?;
    if let Some(directory) = &terms.directory {
        write!(f, ", directory {directory}")?;
    }
    write!(
        f,
        ": {} to change, {} already done, {} refused",
        end.change, end.already_done, end.refused
    )?;
    match end.repeated {
        0 => writeln!(f)?,
        n => writeln!(f, "; {n} named again")?,
    }
    if !terms.grants.is_empty() {
        writeln!(
            f,
            "everybody gets {}",
            listed(terms.grants.iter().map(grant))
        )?;
    }
    let lifted = terms.guards.lifted();
    if !lifted.is_empty() {
        writeln!(f, "guards lifted: {}", lifted.join(", "))?;
    }
    match &terms.mail {
        Some(Mail::Silent) => writeln!(f, "nobody is mailed")?,
        Some(Mail::Text(text)) => {
            writeln!(
                f,
                "everybody is mailed, with {} characters of text",
                text.chars().count()
            )?;
        }
        None => {}
    }
    let estimate = end.estimate;
    write!(f, "about {} requests", estimate.requests)?;
    match estimate.seconds {
        Some(seconds) => writeln!(f, ", at least {seconds} s at the limits known now")?,
        None => writeln!(
            f,
            "; no limit is known yet, so how long it takes is not either"
        )?,
    }
    writeln!(
        f,
        "made {}, can be started until {}",
        stamp::text(terms.made_at),
        stamp::text(terms.expires_at)
    )?;
    writeln!(f, "sha256 {}", end.digest)
}

fn table(f: &mut fmt::Formatter<'_>, rows: &[PlanRow], people: Option<Vec<String>>) -> fmt::Result {
    let text = |it: Option<String>, otherwise: &str| it.unwrap_or_else(|| otherwise.to_owned());
    let mut columns: Vec<Vec<String>> = people.into_iter().collect();
    let ids = rows.iter().map(|row| row.account_id.as_ref());
    let accounts = ids.map(|id| text(id.map(|id| ending(id.as_str())), "-"));
    columns.push(column("account", accounts));
    let ids = || rows.iter().map(|row| row.directory.as_ref());
    // Where all are in the same, it need not be said of each.
    if ids().flatten().any(|id| Some(id) != ids().flatten().next()) {
        let directories = ids().map(|id| text(id.map(|id| id.as_str().to_owned()), "-"));
        columns.push(column("directory", directories));
    }
    let states = rows.iter().map(|row| row.before.as_ref());
    let states = states.map(|state| text(state.map(ToString::to_string), "no account"));
    columns.push(column("now", states));
    let cells = |n: usize| {
        let cells: Vec<&str> = columns.iter().map(|column| column[n].as_str()).collect();
        cells.join("  ")
    };

    writeln!(f, "\nnumber  {}  planned", cells(0))?;
    for (n, row) in rows.iter().enumerate() {
        write!(f, "{:>6}  {}  ", row.position, cells(n + 1))?;
        match row.decision {
            Decision::Change => f.write_str("change")?,
            Decision::AlreadyDone => f.write_str("nothing: already done")?,
            Decision::Refuse(reason) => write!(f, "refused: {reason}; {}", reason.hint())?,
        }
        if !row.grants.is_empty() {
            write!(f, "; gets {}", listed(row.grants.iter().map(grant)))?;
        }
        for note in &row.warnings {
            write!(f, "; {}", warning(note))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// The cells of a column, its name first, all as wide as the widest.
fn column(name: &str, cells: impl Iterator<Item = String>) -> Vec<String> {
    let cells: Vec<String> = std::iter::once(name.to_owned()).chain(cells).collect();
    let width = cells.iter().map(|cell| cell.chars().count()).max();
    let width = width.unwrap_or_default();
    cells
        .into_iter()
        .map(|cell| format!("{cell:width$}"))
        .collect()
}
