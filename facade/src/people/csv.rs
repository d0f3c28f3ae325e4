//! People from CSV, as spreadsheets write it.

use std::io::Read;

use super::People;
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

/// Which column is what.
struct Columns {
    person: usize,
    role: Option<usize>,
    resource: Option<usize>,
    groups: Option<usize>,
}

impl<'a> People<'a> {
    /// From CSV with a first line that names the columns, read as it is needed.
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
    /// of people. What is wrong with a later line is an error of the call that reads it, by its position:
    /// the first line after the names is number 1.
    pub fn csv(from: impl Read + Send + 'a) -> Result<Self, Error> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(from);
        let names = reader
            .headers()
            .map_err(|error| Error::invalid("the CSV can't be read").with_cause(error))?;
        let columns = Columns::of(names)?;
        let lines = reader.into_records().enumerate();
        Ok(Self::new(lines.map(move |(n, line)| {
            let at = |error: Error| error.with_positions(vec![n + 1]);
            let line = line.map_err(|error| {
                at(Error::invalid(format!(
                    "line {} of the CSV can't be read",
                    n + 1
                )))
                .with_cause(error)
            })?;
            columns.read(&line, n + 1).map_err(at)
        })))
    }
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

    fn read(&self, line: &csv::StringRecord, n: usize) -> Result<(String, Vec<Grant>), Error> {
        let cell = |column: Option<usize>| {
            let cell = column.and_then(|column| line.get(column));
            cell.filter(|cell| !cell.is_empty())
        };
        let person = cell(Some(self.person))
            .ok_or_else(|| Error::invalid(format!("line {n} of the CSV names no person")))?;
        let several = |column| {
            let parts = cell(column).unwrap_or_default().split([' ', ';', ',']);
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
        };
        let (roles, resources) = (several(self.role), several(self.resource));
        let fits = roles.len() == resources.len() || roles.len() == 1 && !resources.is_empty();
        if !fits {
            return Err(Error::invalid(format!(
                "line {n} of the CSV has {} role(s) for {} resource(s)",
                roles.len(),
                resources.len()
            ))
            .with_hint("give one role for all resources, or one for each"));
        }
        let mut grants = Vec::new();
        for (role, resource) in roles.iter().cycle().zip(resources) {
            grants.push(Grant::Role {
                role: Role::new(*role)?,
                resource: Resource::new(resource)?,
            });
        }
        for group in several(self.groups) {
            grants.push(Grant::Group(GroupId::new(group)?));
        }
        Ok((person.to_owned(), grants))
    }
}
