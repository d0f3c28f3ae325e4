//! The people that a plan is made of, checked.

use super::Terms;
use super::make::WINDOW;
use super::row::Action;
use super::seen::Seen;
use crate::address::Person;
use crate::error::Error;
use crate::invite::{self, Grant};
use crate::people::{Entries, Entry};

/// One person to be looked up: position, who, and what they alone are to get.
pub(super) type Asked = (usize, Person, Vec<Grant>);

/// The people as given, checked, a window at a time.
pub(super) struct Input<'a> {
    entries: Entries<'a>,
    action: Action,
    /// What everybody is to get.
    grants: Vec<Grant>,
    seen: Seen,
    pub(super) repeated: u64,
    total: usize,
    malformed: Vec<usize>,
}

impl<'a> Input<'a> {
    pub(super) fn new(entries: Entries<'a>, terms: &Terms) -> Self {
        Self {
            entries,
            action: terms.action,
            grants: terms.grants.clone(),
            seen: Seen::default(),
            repeated: 0,
            total: 0,
            malformed: Vec::new(),
        }
    }

    /// The next window, or none at the end. Once somebody is malformed the rest is only checked, so that one
    /// error names all.
    pub(super) fn window(&mut self) -> Result<Option<Vec<Asked>>, Error> {
        let mut window = Vec::new();
        while let Some(entry) = self.entries.next() {
            let entry = entry?;
            self.total += 1;
            let Some(person) = self.person(&entry) else {
                self.malformed.push(entry.position);
                continue;
            };
            self.check_grants(&entry)?;
            if !self.seen.insert(key(&person)) {
                self.repeated += 1;
                if !entry.grants.is_empty() {
                    return Err(Error::invalid(format!(
                        "number {} is a person named before, with roles or groups of their own",
                        entry.position
                    ))
                    .with_positions(vec![entry.position])
                    .with_hint("put all of one person on one line"));
                }
                continue;
            }
            window.push((entry.position, person, entry.grants));
            if window.len() == WINDOW && self.malformed.is_empty() {
                return Ok(Some(window));
            }
        }
        if !self.malformed.is_empty() {
            return Err(self.malformed());
        }
        if self.total == 0 {
            return Err(Error::invalid("there is nobody in the list"));
        }
        Ok((!window.is_empty()).then_some(window))
    }

    fn person(&self, entry: &Entry) -> Option<Person> {
        let person = Person::new(entry.text.trim()).ok()?;
        let address = matches!(person, Person::Email(_));
        (address || self.action != Action::Invite).then_some(person)
    }

    fn check_grants(&self, entry: &Entry) -> Result<(), Error> {
        if self.action != Action::Invite {
            return Ok(());
        }
        invite::check_grants(&entry.grants)
            .map_err(|error| error.with_positions(vec![entry.position]))?;
        if self.grants.is_empty() && entry.grants.is_empty() {
            return Err(Error::invalid(format!(
                "number {} would get nothing: no role and no group",
                entry.position
            ))
            .with_positions(vec![entry.position])
            .with_hint("call grant() or add_to_group(); they decide the directory as well"));
        }
        Ok(())
    }

    fn malformed(&mut self) -> Error {
        let bad = std::mem::take(&mut self.malformed);
        let shown: Vec<String> = bad.iter().take(20).map(ToString::to_string).collect();
        let what = match self.action {
            Action::Invite => "no address",
            _ => "neither an address nor an account id",
        };
        let more = match bad.len() > shown.len() {
            true => " and more",
            false => "",
        };
        Error::invalid(format!(
            "{} of {} people are {what}: number {}{more}",
            bad.len(),
            self.total,
            shown.join(", ")
        ))
        .with_positions(bad)
    }
}

/// What tells two people apart.
fn key(person: &Person) -> String {
    match person {
        Person::Email(address) => address.folded(),
        Person::Account(id) => id.as_str().to_owned(),
    }
}
