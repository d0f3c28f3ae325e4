//! A plan for readers: a table, and CSV.

use std::fmt;
use std::io::Write;

use super::row::{Decision, PlanRow};
use super::{End, Plan, Terms};
use crate::address::Person;
use crate::error::Error;
use crate::ids::ending;
use crate::invite::{Grant, Mail};
use crate::lifecycle::Warning;
use crate::stamp;

/// A plan as a table with the people as they were given. See [`Plan::with_addresses`].
#[derive(Debug)]
pub struct WithAddresses<'a>(&'a Plan);

impl Plan {
    /// The plan as a table that names people as they were given, by address or account id. Think where it is
    /// shown.
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

fn cells(row: &PlanRow) -> [String; 9] {
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
    ]
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
        table(f, &self.rows, |row| match &row.account_id {
            Some(id) => ending(id.as_str()),
            None => "-".to_owned(),
        })
    }
}

impl fmt::Display for WithAddresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(f, &self.0.terms, &self.0.end)?;
        table(f, &self.0.rows, |row| match &row.person {
            Person::Email(address) => address.as_str().to_owned(),
            Person::Account(id) => id.as_str().to_owned(),
        })
    }
}

/// What holds for the whole plan.
pub(super) fn head(f: &mut fmt::Formatter<'_>, terms: &Terms, end: &End) -> fmt::Result {
    let total = end.change + end.already_done + end.refused;
    writeln!(
        f,
        "{} {} of {total} people in organization {}; {} already done, {} refused{}",
        terms.action,
        end.change,
        terms.organization,
        end.already_done,
        end.refused,
        match end.repeated {
            0 => String::new(),
            n => format!(", {n} named twice"),
        }
    )?;
    for grant in &terms.grants {
        match grant {
            Grant::Role { role, resource } => writeln!(f, "everybody gets {role} on {resource}")?,
            Grant::Group(group) => writeln!(f, "everybody joins group {group}")?,
        }
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

fn table(
    f: &mut fmt::Formatter<'_>,
    rows: &[PlanRow],
    who: impl Fn(&PlanRow) -> String,
) -> fmt::Result {
    writeln!(f)?;
    let people: Vec<String> = rows.iter().map(&who).collect();
    let widest = people.iter().map(|who| who.chars().count()).max();
    let width = widest.unwrap_or_default().max("account".len());
    writeln!(f, "{:>6}  {:width$}  {:20}  planned", "", "account", "now")?;
    for (row, who) in rows.iter().zip(&people) {
        let now = match &row.before {
            Some(state) => state.to_string(),
            None => "no account".to_owned(),
        };
        write!(f, "{:>6}  {who:width$}  {now:20}  ", row.position)?;
        match row.decision {
            Decision::Change => f.write_str("change")?,
            Decision::AlreadyDone => f.write_str("nothing: already done")?,
            Decision::Refuse(reason) => write!(f, "refused: {reason}; {}", reason.hint())?,
        }
        for (i, note) in row.warnings.iter().enumerate() {
            write!(f, "{} {}", if i == 0 { ";" } else { "," }, warning(note))?;
        }
        writeln!(f)?;
    }
    Ok(())
}
