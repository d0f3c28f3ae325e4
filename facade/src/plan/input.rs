//! The people that a plan is made of, checked.

use super::Terms;
use super::make::WINDOW;
use super::row::Action;
use super::seen::Seen;
use crate::address::Person;
use crate::error::Error;
use crate::invite::{self, Grant};
use crate::listed::listed;
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
            let (position, Some(person)) = (entry.position, self.person(&entry)) else {
                self.malformed.push(entry.position);
                continue;
            };
            let own = self.grants(entry)?;
            if !self.seen.insert(key(&person)) {
                self.repeated += 1;
                if !own.is_empty() {
                    return Err(Error::invalid(format!(
                        "number {position} is a person named before, with roles or groups of their own"
                    ))
                    .with_positions(vec![position])
                    .with_hint("put all of one person on one line"));
                }
                continue;
            }
            if !self.malformed.is_empty() {
                continue;
            }
            window.push((position, person, own));
            if window.len() == WINDOW {
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

    /// What the person alone is to get. Other changes than invitations give nothing: a list of leavers may
    /// well have a column of roles, of another kind.
    fn grants(&self, entry: Entry) -> Result<Vec<Grant>, Error> {
        if self.action != Action::Invite {
            return Ok(Vec::new());
        }
        let position = entry.position;
        let own = entry.grants?;
        invite::check_grants(&own).map_err(|error| error.with_positions(vec![position]))?;
        if self.grants.is_empty() && own.is_empty() {
            return Err(Error::invalid(format!(
                "number {position} would get nothing: no role and no group"
            ))
            .with_positions(vec![position])
            .with_hint("call grant() or add_to_group(); they decide the directory as well"));
        }
        Ok(own)
    }

    fn malformed(&mut self) -> Error {
        let bad = std::mem::take(&mut self.malformed);
        let what = match self.action {
            Action::Invite => "no address",
            _ => "neither an address nor an account id",
        };
        Error::invalid(format!(
            "{} of {} people are {what}: number {}",
            bad.len(),
            self.total,
            listed(&bad, 20)
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
