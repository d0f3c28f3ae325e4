//! Making a plan: look everybody up, ask the guards, decide.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::guards::Count;
use super::row::{Action, Decision, PlanRow, Reason, State};
use super::seen::Seen;
use super::{
    Digest, End, Estimate, FORMAT, Guards, HOLDS, Plan, PlanFile, Terms, Watch, guard_setters,
};
use crate::address::Person;
use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, DirectoryId};
use crate::invite::{Grant, InviteUsers, Mail};
use crate::lifecycle::{self, Warning};
use crate::lookup;
use crate::organization::Organization;
use crate::people::{Entries, Entry, People};
use crate::status::MembershipStatus;
use crate::user::User;

/// How many people are looked up together, and how many of them at once where each takes a request.
pub(crate) const WINDOW: usize = 100;
const AT_ONCE: usize = 8;

/// A change to many people that is still to be planned.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(5).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// let leavers = "user-0001@example.com, user-0002@example.com";
/// let plan = org.suspend_users(leavers).at_most(10).plan().await?;
/// println!("{plan}");
/// plan.run().await?.ensure_complete()?;
/// # Ok(())
/// # }
/// ```
///
/// # Guards
///
/// What is probably a mistake is refused, each row for itself, until the guard is lifted by its name. What
/// a guard has to know and the service does not show is refused as well.
///
/// * Organization admins are not suspended or removed
///   ([`allow_organization_admins`](Self::allow_organization_admins)), and the last active one not even
///   then ([`allow_last_organization_admin`](Self::allow_last_organization_admin)); the others of the same
///   plan don't count.
/// * Accounts that are not people's are left alone ([`allow_accounts_of_apps`](Self::allow_accounts_of_apps)).
/// * Whom you [`protect`](Self::protect), and yourself, if you say who you are
///   ([`acting_as`](Self::acting_as)).
/// * No more than you say: [`at_most`](Self::at_most).
#[derive(Debug)]
#[must_use = "nothing is planned until plan() is awaited"]
pub struct ChangeUsers<'a> {
    order: Order<'a>,
    guards: Guards,
}

/// What is to be planned.
#[derive(Debug)]
struct Order<'a> {
    org: Organization,
    action: Action,
    people: People<'a>,
    grants: Vec<Grant>,
    mail: Option<Mail>,
    every_directory: bool,
    holds: Duration,
}

impl<'a> ChangeUsers<'a> {
    pub(crate) fn new(org: Organization, action: Action, people: People<'a>) -> Self {
        Self {
            order: Order {
                org,
                action,
                people,
                grants: Vec::new(),
                mail: None,
                every_directory: false,
                holds: HOLDS,
            },
            guards: Guards::default(),
        }
    }

    /// Plans the change for every directory that a person is in, a row for each. Without it, somebody who
    /// is in several is refused unless [`Organization::directory`] chose one.
    pub fn in_every_directory(mut self) -> Self {
        self.order.every_directory = true;
        self
    }

    /// How long the plan can be started; a day if not given.
    pub fn holds_for(mut self, time: Duration) -> Self {
        self.order.holds = time;
        self
    }

    /// Lifts the guard that refuses to suspend or remove organization admins. The last active one stays
    /// refused.
    pub fn allow_organization_admins(mut self) -> Self {
        self.guards.allow_organization_admins = true;
        self
    }

    /// Lifts the guard that keeps the last active organization admin.
    pub fn allow_last_organization_admin(mut self) -> Self {
        self.guards.allow_organization_admins = true;
        self.guards.allow_last_organization_admin = true;
        self
    }

    guard_setters!();

    /// Looks everybody up, 100 addresses or 10 account ids a request, and decides. Nothing is changed.
    ///
    /// Reference operations: `searchDirectoryUsers`, `getDirectoriesForOrg`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for malformed people (all of them, by position),
    /// [`Refused`](ErrorKind::Refused) for more changes than [`at_most`](Self::at_most) allows,
    /// [`NoDirectory`](ErrorKind::NoDirectory), and any failure of a read.
    pub async fn plan(self) -> Result<Plan, Error> {
        self.order.plan(self.guards).await
    }

    /// Plans into a file: one line of JSON for each row, so that it takes no more memory for a million
    /// people than for a hundred, but for 8 to 16 bytes each by which repetitions are seen. It holds
    /// addresses; on Unix, nobody else may read it.
    ///
    /// The file is there when it is whole.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](Self::plan), and [`InvalidInput`](ErrorKind::InvalidInput) if the file can't be
    /// written.
    pub async fn plan_to_file(self, path: impl AsRef<Path>) -> Result<PlanFile, Error> {
        self.order.plan_to_file(self.guards, path.as_ref()).await
    }
}

impl<'a> InviteUsers<'a> {
    guard_setters!();

    /// Lifts the guard that refuses to plan grants of admin roles, and of groups that give one.
    pub fn allow_admin_grants(mut self) -> Self {
        self.guards.allow_admin_grants = true;
        self
    }

    /// Looks everybody up and decides who is to be invited. Nothing is sent to anybody.
    ///
    /// Unlike [`send`](Self::send) it takes people who get roles or groups of their own, as
    /// [`People::csv`] reads them, and has guards: admin roles, and groups that give one, are not granted
    /// unless [`allow_admin_grants`](Self::allow_admin_grants) says so.
    ///
    /// Reference operations: `searchDirectoryUsers`, `getUserRoleAssignments` for members,
    /// `getGroupRoleAssignments`.
    ///
    /// # Errors
    ///
    /// As [`ChangeUsers::plan`], and [`InvalidInput`](ErrorKind::InvalidInput) where neither
    /// [`notify`](Self::notify) nor [`silent`](Self::silent) was called, or somebody would get nothing.
    pub async fn plan(self) -> Result<Plan, Error> {
        let (order, guards) = self.order()?;
        order.plan(guards).await
    }

    /// Plans into a file, as [`ChangeUsers::plan_to_file`] does.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](Self::plan), and [`InvalidInput`](ErrorKind::InvalidInput) if the file can't be
    /// written.
    pub async fn plan_to_file(self, path: impl AsRef<Path>) -> Result<PlanFile, Error> {
        let (order, guards) = self.order()?;
        order.plan_to_file(guards, path.as_ref()).await
    }

    fn order(self) -> Result<(Order<'a>, Guards), Error> {
        crate::invite::check_grants(&self.grants)?;
        let mail = crate::invite::check_mail(self.mail)?;
        let order = Order {
            org: self.org,
            action: Action::Invite,
            people: self.people,
            grants: self.grants,
            mail: Some(mail),
            every_directory: false,
            holds: HOLDS,
        };
        Ok((order, self.guards))
    }
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
    async fn plan(self, guards: Guards) -> Result<Plan, Error> {
        let (org, mut rows) = (self.org.clone(), Vec::new());
        let terms = self.terms(guards).await?;
        let end = self.make(&terms, &mut rows).await?;
        Ok(Plan {
            terms,
            rows,
            end,
            org: Some(org),
        })
    }

    async fn plan_to_file(self, guards: Guards, path: &Path) -> Result<PlanFile, Error> {
        let org = self.org.clone();
        let terms = self.terms(guards).await?;
        let mut file = super::file::Writer::new(path, &terms)?;
        let end = self.make(&terms, &mut file).await?;
        file.finish(terms, end, org)
    }

    async fn terms(&self, guards: Guards) -> Result<Terms, Error> {
        let (org, now) = (&self.org, self.org.client().now());
        let chosen = org.chosen_directory();
        let mut only_directory = false;
        if self.action != Action::Invite {
            let all = org.list_directories(None).await?;
            only_directory = all.len() == 1;
            if all.is_empty() {
                return Err(Error::new(ErrorKind::NoDirectory));
            }
            if let Some(chosen) = chosen
                && !all.iter().any(|directory| directory.id == *chosen)
            {
                return Err(lifecycle::no_such_directory(chosen, &all));
            }
        }
        Ok(Terms {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            organization: org.id().clone(),
            action: self.action,
            directory: chosen.cloned(),
            only_directory,
            made_at: now,
            expires_at: now.checked_add(self.holds).unwrap_or(now),
            grants: self.grants.clone(),
            mail: self.mail.clone(),
            guards,
        })
    }

    async fn make(self, terms: &Terms, sink: &mut dyn Sink) -> Result<End, Error> {
        let mut count = Count::new(&self.org, &terms.guards).await?;
        let mut maker = Maker {
            org: &self.org,
            terms,
            every_directory: self.every_directory,
            watch: Watch::read(&self.org, &terms.guards, terms.action).await?,
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
                for row in rows {
                    match row.decision {
                        Decision::Change => {
                            count.add(terms.action)?;
                            end.change += 1;
                        }
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

/// One person to be looked up: position, who, and what they alone are to get.
type Asked = (usize, Person, Vec<Grant>);

/// The people as given, checked, a window at a time.
struct Input<'a> {
    entries: Entries<'a>,
    action: Action,
    /// What everybody is to get.
    grants: Vec<Grant>,
    seen: Seen,
    repeated: u64,
    total: usize,
    malformed: Vec<usize>,
}

impl<'a> Input<'a> {
    fn new(entries: Entries<'a>, terms: &Terms) -> Self {
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
    fn window(&mut self) -> Result<Option<Vec<Asked>>, Error> {
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
        crate::invite::check_grants(&entry.grants)
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

/// Makes rows of people.
struct Maker<'a> {
    org: &'a Organization,
    terms: &'a Terms,
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
        if let Some(chosen) = &self.terms.directory {
            return Ok(Some(vec![chosen.clone()]));
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

/// Counts the requests that a plan takes.
#[derive(Default)]
struct Work {
    addresses: u64,
    account_ids: u64,
    changes: u64,
    grants: HashSet<Vec<Grant>>,
}

impl Work {
    fn add(&mut self, row: &PlanRow) {
        if matches!(row.decision, Decision::Refuse(_)) {
            return;
        }
        match row.person {
            Person::Email(_) => self.addresses += 1,
            Person::Account(_) => self.account_ids += 1,
        }
        if row.decision == Decision::Change {
            self.changes += 1;
            if !self.grants.contains(&row.grants) {
                self.grants.insert(row.grants.clone());
            }
        }
    }

    fn estimate(&self, terms: &Terms, org: &Organization) -> Estimate {
        let a_search = match self.account_ids {
            0 => self.addresses.div_ceil(100),
            ids => self.addresses.div_ceil(100) + ids.div_ceil(10),
        };
        let (changes, name) = match terms.action {
            // By same grants; how they are mixed is not counted.
            Action::Invite => {
                let sets = self.grants.len().max(1) as u64;
                let least = self.changes.div_ceil(25);
                (least.max(sets.min(self.changes)), "inviteUsers")
            }
            Action::Suspend => (self.changes, "suspendUser"),
            Action::Restore => (self.changes, "restoreUser"),
            Action::Remove => (self.changes, "removeUser"),
        };
        let each = match terms.only_directory || terms.action == Action::Invite {
            true => 0,
            false => self.changes,
        };
        // Everybody is read before and after.
        let requests = changes + 2 * a_search + each;
        let limits = org.client().limits();
        let learned = limits.iter().find(|limit| limit.operation == name);
        let learned = learned.and_then(|limit| limit.a_second);
        let rate = match (learned, org.client().max_rate()) {
            (Some(learned), Some(own)) => Some(learned.min(own)),
            (learned, own) => learned.or(own),
        };
        let seconds = rate.filter(|rate| *rate > 0.0).map(|rate| {
            // Our own ceiling counts every request.
            let counted = if learned.is_some() { changes } else { requests };
            (counted as f64 / rate).ceil() as u64
        });
        Estimate {
            requests,
            changes,
            seconds,
        }
    }
}
