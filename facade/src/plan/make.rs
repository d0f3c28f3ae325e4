//! Making a plan: look everybody up, ask the guards, decide.

use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::guards::Count;
use super::input::{Asked, Input};
use super::row::{Action, Decision, PlanRow, Reason, State, to_the_millisecond};
use super::seen::Seen;
use super::work::Work;
use super::{Digest, End, Estimate, FORMAT, Guards, Plan, PlanFile, Terms, Watch};
use crate::address::Person;
use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, DirectoryId};
use crate::invite::{Grant, Mail};
use crate::lifecycle::{self, Warning};
use crate::lookup;
use crate::organization::Organization;
use crate::people::People;
use crate::status::MembershipStatus;
use crate::user::User;

/// How many people are looked up together, and how many of them at once where each takes a request.
pub(crate) const WINDOW: usize = 100;
const AT_ONCE: usize = 8;

/// What is to be planned.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) org: Organization,
    pub(super) action: Action,
    pub(super) people: People<'a>,
    pub(super) grants: Vec<Grant>,
    pub(super) mail: Option<Mail>,
    pub(super) every_directory: bool,
    pub(super) holds: Duration,
}

/// Takes the rows of a plan as they are made.
pub(super) trait Sink {
    fn row(&mut self, row: PlanRow) -> Result<(), Error>;
}

impl Sink for Vec<PlanRow> {
    fn row(&mut self, row: PlanRow) -> Result<(), Error> {
        self.push(row);
        Ok(())
    }
}

impl Order<'_> {
    pub(super) async fn plan(self, guards: Guards) -> Result<Plan, Error> {
        let (org, mut rows) = (self.org.clone(), Vec::new());
        let (terms, only) = self.terms(guards).await?;
        let end = self.make(&terms, only, &mut rows).await?;
        Ok(Plan {
            terms,
            rows,
            end,
            org: Some(org),
        })
    }

    pub(super) async fn plan_to_file(self, guards: Guards, path: &Path) -> Result<PlanFile, Error> {
        let org = self.org.clone();
        let (terms, only) = self.terms(guards).await?;
        let mut file = super::file::Writer::new(path, &terms)?;
        let end = self.make(&terms, only, &mut file).await?;
        file.finish(terms, end, org)
    }

    /// What holds for all rows, and the only directory of the organization, if it shows only one.
    async fn terms(&self, guards: Guards) -> Result<(Terms, Option<DirectoryId>), Error> {
        let (org, now) = (&self.org, to_the_millisecond(self.org.client().now()));
        let chosen = org.chosen_directory();
        if self.every_directory && chosen.is_some() {
            return Err(
                Error::invalid("a directory was chosen, and every directory is asked for")
                    .with_hint(
                        "call in_every_directory() on the organization without a chosen directory",
                    ),
            );
        }
        let mut only = None;
        if self.action != Action::Invite {
            let all = org.list_directories(None).await?;
            if all.is_empty() {
                return Err(Error::new(ErrorKind::NoDirectory));
            }
            if let Some(chosen) = chosen
                && !all.iter().any(|directory| directory.id == *chosen)
            {
                return Err(lifecycle::no_such_directory(chosen, &all));
            }
            if let [one] = all.as_slice() {
                only = Some(one.id.clone());
            }
        }
        let terms = Terms {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            organization: org.id().clone(),
            action: self.action,
            directory: chosen.cloned(),
            only_directory: only.is_some(),
            made_at: now,
            expires_at: now.checked_add(self.holds).unwrap_or(now),
            grants: self.grants.clone(),
            mail: self.mail.clone(),
            guards,
        };
        Ok((terms, only))
    }

    async fn make(
        self,
        terms: &Terms,
        only: Option<DirectoryId>,
        sink: &mut dyn Sink,
    ) -> Result<End, Error> {
        let mut count = Count::new(&self.org, &terms.guards).await?;
        let mut maker = Maker {
            org: &self.org,
            terms,
            only,
            every_directory: self.every_directory,
            watch: Watch::read_strictly(&self.org, &terms.guards, terms.action).await?,
        };
        let (mut input, mut accounts) = (Input::new(self.people.entries(), terms), Seen::default());
        let mut digest = Digest::new(terms)?;
        let mut end = End {
            change: 0,
            already_done: 0,
            refused: 0,
            repeated: 0,
            estimate: Estimate {
                requests: 0,
                changes: 0,
                seconds: None,
            },
            digest: String::new(),
        };
        let mut work = Work::default();
        while let Some(window) = input.window()? {
            let people: Vec<Person> = window.iter().map(|(_, person, _)| person.clone()).collect();
            let users = lookup::find(&self.org, &people).await?;
            for (rows, account) in maker.rows(window, users).await? {
                // Two addresses of one account, or its id as well.
                if account.is_some_and(|account| !accounts.insert(account)) {
                    end.repeated += 1;
                    continue;
                }
                // One person, in however many directories.
                if rows.iter().any(|row| row.decision == Decision::Change) {
                    count.add(terms.action)?;
                }
                for row in rows {
                    match row.decision {
                        Decision::Change => end.change += 1,
                        Decision::AlreadyDone => end.already_done += 1,
                        Decision::Refuse(_) => end.refused += 1,
                    }
                    work.add(&row);
                    digest.row(&row)?;
                    sink.row(row)?;
                }
            }
        }
        end.repeated += input.repeated;
        end.estimate = work.estimate(terms, &self.org);
        digest.seal(end)
    }
}

/// Makes rows of people.
struct Maker<'a> {
    org: &'a Organization,
    terms: &'a Terms,
    /// The directory of an organization that has one.
    only: Option<DirectoryId>,
    every_directory: bool,
    watch: Watch,
}

impl Maker<'_> {
    /// The rows of a window, in its order, with the account of each person.
    async fn rows(
        &mut self,
        asked: Vec<Asked>,
        users: Vec<Option<User>>,
    ) -> Result<Vec<(Vec<PlanRow>, Option<AccountId>)>, Error> {
        // The guards first and one by one: what one is allowed decides the next.
        let mut open = Vec::with_capacity(asked.len());
        for ((position, person, own), user) in asked.into_iter().zip(users) {
            let mut reason = self.watch.refuses(&person, user.as_ref());
            if reason.is_none() && self.terms.action == Action::Invite {
                let grants = self.terms.grants_of(&own);
                reason = self.watch.refuses_grants(self.org, &grants).await;
            }
            let row = PlanRow {
                account_id: user.as_ref().map(|user| user.account_id.clone()),
                before: user
                    .as_ref()
                    .map(|user| State::of(user, user.membership.clone())),
                grants: own,
                ..PlanRow::new(position, person)
            };
            open.push((row, user, reason));
        }
        let this = &*self;
        let decided = stream::iter(open).map(|(row, user, reason)| async move {
            let account = row.account_id.clone();
            let rows = match (reason, user) {
                (Some(reason), _) => vec![row.refuse(reason)],
                (None, user) if this.terms.action == Action::Invite => {
                    vec![this.invitation(row, user).await?]
                }
                (None, None) => vec![row.refuse(Reason::NoSuchAccount)],
                (None, Some(user)) => this.change(row, user).await?,
            };
            Ok((rows, account))
        });
        decided.buffered(AT_ONCE).try_collect().await
    }

    async fn invitation(&self, row: PlanRow, user: Option<User>) -> Result<PlanRow, Error> {
        let Some(user) = user else {
            return Ok(row);
        };
        let grants = self.terms.grants_of(&row.grants);
        let decision = crate::invite::decide(self.org, &user, &grants).await?;
        Ok(PlanRow { decision, ..row })
    }

    async fn change(&self, row: PlanRow, user: User) -> Result<Vec<PlanRow>, Error> {
        let action = self.terms.action;
        let Some(change) = action.change() else {
            return Ok(vec![row]);
        };
        if action == Action::Restore && user.is_account_out_of_use() {
            return Ok(vec![row.refuse(Reason::AccountOutOfUse)]);
        }
        if user.membership == Some(MembershipStatus::None) {
            let decision = change.decide(user.membership.as_ref());
            return Ok(vec![PlanRow { decision, ..row }]);
        }
        let directories = match self.directories(&user).await? {
            Some(directories) => directories,
            None => return Ok(vec![row.refuse(Reason::SeveralDirectories)]),
        };
        let mut rows = Vec::with_capacity(directories.len());
        for directory in directories {
            let status = state_in(self.org, self.terms, &directory, &user).await?;
            let decision = change.decide(status.as_ref());
            let comes_back = action == Action::Remove && user.is_synced();
            let warned = comes_back && decision == Decision::Change;
            rows.push(PlanRow {
                directory: Some(directory),
                before: Some(State::of(&user, status)),
                decision,
                warnings: warned.then_some(Warning::MayComeBack).into_iter().collect(),
                ..row.clone()
            });
        }
        Ok(rows)
    }

    /// Where the change is to be made; none if that is not clear.
    async fn directories(&self, user: &User) -> Result<Option<Vec<DirectoryId>>, Error> {
        if let Some(clear) = self.terms.directory.as_ref().or(self.only.as_ref()) {
            return Ok(Some(vec![clear.clone()]));
        }
        let found = match lifecycle::directories_of(self.org, user).await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::AmbiguousDirectory => return Ok(None),
            Err(error) => return Err(error),
        };
        let one = found.len() == 1 || self.every_directory;
        Ok(one.then(|| found.into_iter().map(|directory| directory.id).collect()))
    }
}

/// The person's membership in a directory of the plan; none if no read shows it.
pub(crate) async fn state_in(
    org: &Organization,
    terms: &Terms,
    directory: &DirectoryId,
    user: &User,
) -> Result<Option<MembershipStatus>, Error> {
    let nowhere = user.membership == Some(MembershipStatus::None);
    lifecycle::membership_in(org, directory, user, nowhere || terms.only_directory).await
}

impl Terms {
    /// What somebody is to get: what everybody gets, and their own.
    pub(crate) fn grants_of(&self, own: &[Grant]) -> Vec<Grant> {
        let mut grants = self.grants.clone();
        for grant in own {
            if !grants.contains(grant) {
                grants.push(grant.clone());
            }
        }
        grants
    }
}
