//! People from CSV, as spreadsheets write it.

use std::io::{BufRead, BufReader, Cursor, Read};

use super::{Entry, People, Source};
use crate::error::Error;
use crate::ids::{GroupId, Resource};
use crate::invite::Grant;
use crate::role::Role;

/// What the columns may be called; case, spaces, dashes and underscores don't matter.
const PERSON: &[&str] = &[
    "email",
    "emailaddress",
    "address",
    "mail",
    "accountid",
    "person",
    "user",
];
const ROLE: &[&str] = &["role"];
const RESOURCE: &[&str] = &["resource", "resourceid"];
const GROUPS: &[&str] = &["group", "groups", "groupid", "groupids"];

/// What separates cells. Where the comma is in numbers, spreadsheets write semicolons.
const SEPARATORS: [u8; 3] = *b",;\t";

/// The first line is not longer than this.
const LONGEST_HEAD: u64 = 1 << 16;

/// Which column is what.
struct Columns {
    person: usize,
    role: Option<usize>,
    resource: Option<usize>,
    groups: Option<usize>,
}

impl<'a> People<'a> {
    /// From CSV with a first line that names the columns, read as it is needed. Commas, semicolons or tabs
    /// separate, and lines without anything are left out.
    ///
    /// One column is called `email`, `address`, `account id`, `person` or `user`. For invitations there may
    /// be `resource`, `role` (one for all resources of the line, or one for each) and `groups`, whose ids
    /// are separated by spaces, commas or semicolons: they are given to this person in addition to what
    /// everybody gets. Other columns are not looked at. One person is one line.
    ///
    /// ```
    /// use atlassian_orgs::People;
    ///
    /// let leavers = People::csv("name,email\nMia,mia@example.com\n".as_bytes())?;
    /// # drop(leavers);
    /// # Ok::<(), atlassian_orgs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput): the first line can't be read or names no column
    /// of people. What is wrong with a later line is an error of the call that reads it. It names the line
    /// by its number in the file, and in [`positions`](crate::Error::positions) the person by theirs: the
    /// first person is number 1.
    pub fn csv(from: impl Read + Send + 'a) -> Result<Self, Error> {
        let mut from = BufReader::new(from);
        let mut head = Vec::new();
        let mut first = Read::take(&mut from, LONGEST_HEAD);
        first.read_until(b'\n', &mut head).map_err(unreadable)?;
        let separator = separator(&head);
        let mut reader = reader(separator, Cursor::new(head).chain(from));
        let columns = Columns::of(reader.headers().map_err(unreadable)?)?;
        let full = |line: &csv::Result<csv::StringRecord>| {
            let cells = line
                .as_ref()
                .map(|line| line.iter().any(|cell| !cell.is_empty()));
            cells.unwrap_or(true)
        };
        let lines = reader.into_records().filter(full).enumerate();
        let entries = lines.map(move |(n, line)| {
            let position = n + 1;
            let line = line.map_err(|error| broken(error, position))?;
            Ok(columns.read(&line, position))
        });
        Ok(Self(Source::Entries(Box::new(entries))))
    }
}

fn reader<R: Read>(separator: u8, from: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .trim(csv::Trim::All)
        .from_reader(from)
}

/// With the right one, the first line names a column of people.
fn separator(head: &[u8]) -> u8 {
    let names = |separator: &u8| {
        let mut reader = reader(*separator, head);
        reader
            .headers()
            .is_ok_and(|names| Columns::of(names).is_ok())
    };
    SEPARATORS.into_iter().find(names).unwrap_or(SEPARATORS[0])
}

fn unreadable(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid("the CSV can't be read").with_cause(cause)
}

fn broken(cause: csv::Error, position: usize) -> Error {
    let line = cause.position().map(csv::Position::line);
    let at = line.map_or_else(String::new, |line| format!("line {line} of "));
    let (words, hint) = match cause.kind() {
        csv::ErrorKind::Utf8 { .. } => (format!("{at}the CSV is not UTF-8"), "save it as such"),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => (
            format!("{at}the CSV has {len} cells, and the first line {expected_len}"),
            "put cells that hold a separator in quotes",
        ),
        _ => (format!("{at}the CSV can't be read"), "look at the file"),
    };
    Error::invalid(words)
        .with_hint(hint)
        .with_positions(vec![position])
        .with_cause(cause)
}

impl Columns {
    fn of(names: &csv::StringRecord) -> Result<Self, Error> {
        let plain = |name: &str| -> String {
            let letters = name.trim_start_matches('\u{feff}').chars();
            let letters = letters.filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        let names: Vec<String> = names.iter().map(plain).collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        // The names are not repeated: without them, the first line is a person.
        let person = find(PERSON).ok_or_else(|| {
            Error::invalid("the first line of the CSV names no column of people")
                .with_hint("call one email, account id or person")
        })?;
        Ok(Self {
            person,
            role: find(ROLE),
            resource: find(RESOURCE),
            groups: find(GROUPS),
        })
    }

    fn read(&self, line: &csv::StringRecord, position: usize) -> Entry {
        // Without one, the cell is no person, and is named together with all others that are none.
        let person = line.get(self.person).unwrap_or_default();
        let number = line.position().map(csv::Position::line).unwrap_or_default();
        Entry {
            position,
            text: person.to_owned(),
            grants: self
                .grants(line, number)
                .map_err(|error| error.with_positions(vec![position])),
        }
    }

    fn grants(&self, line: &csv::StringRecord, number: u64) -> Result<Vec<Grant>, Error> {
        let several = |column: Option<usize>| {
            let cell = column.and_then(|column| line.get(column));
            let parts = cell.unwrap_or_default().split([' ', ';', ',']);
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
        };
        let (roles, resources) = (several(self.role), several(self.resource));
        let fits = roles.len() == resources.len() || roles.len() == 1 && !resources.is_empty();
        if !fits {
            return Err(Error::invalid(format!(
                "line {number} of the CSV has {} role(s) for {} resource(s)",
                roles.len(),
                resources.len()
            ))
            .with_hint("give one role for all resources, or one for each"));
        }
        let at = |error: Error| {
            Error::invalid(format!("in line {number} of the CSV, {error}")).with_cause(error)
        };
        let mut grants = Vec::new();
        for (role, resource) in roles.iter().cycle().zip(resources) {
            grants.push(Grant::Role {
                role: Role::new(*role).map_err(at)?,
                resource: Resource::new(resource).map_err(at)?,
            });
        }
        for group in several(self.groups) {
            grants.push(Grant::Group(GroupId::new(group).map_err(at)?));
        }
        Ok(grants)
    }
}
