//! Suspend, restore and remove one person.

mod place;
mod report;
mod run;
mod verify;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::address::Person;
use crate::error::Error;
use crate::ids::{AccountId, DirectoryId};
use crate::listed::listed;
use crate::organization::{DirectoryInfo, Organization};
use crate::outcome::Outcome;
use crate::plan::{Decision, Reason};
use crate::status::MembershipStatus;
use crate::user::User;
pub(crate) use place::Place;
pub use report::{DirectoryReport, DirectoryRow};
pub(crate) use run::{directories_of, membership_in, no_such_directory};

/// A handle on one person of an organization.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// let person = org.user("user-0001@example.com");
/// let done = person.suspend().await?;
/// println!("{done}");
/// person.restore().await?;
/// person.remove().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct PersonHandle {
    org: Organization,
    /// A malformed person is an error of the call that uses it.
    person: Result<Person, Error>,
}

/// What to do to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Suspend,
    Restore,
    Remove,
}

impl Action {
    /// The state that is asked for.
    pub(crate) fn wished(self) -> MembershipStatus {
        match self {
            Self::Suspend => MembershipStatus::Suspended,
            Self::Restore => MembershipStatus::Active,
            Self::Remove => MembershipStatus::None,
        }
    }

    /// What a plan decides by the state that a read showed, if it did.
    pub(crate) fn decide(self, status: Option<&MembershipStatus>) -> Decision {
        match status {
            Some(status) if *status == self.wished() => Decision::AlreadyDone,
            Some(MembershipStatus::None) => Decision::Refuse(Reason::NotAMember),
            _ => Decision::Change,
        }
    }
}

impl PersonHandle {
    pub(crate) fn new(org: Organization, person: Result<Person, Error>) -> Self {
        Self { org, person }
    }

    /// Takes away the person's access to all apps of the directory. Roles and groups are kept,
    /// billing stops.
    ///
    /// `Ok` only if the person is suspended then. A person who was suspended before is
    /// [`AlreadyDone`](Outcome::AlreadyDone), and nothing is sent to change that. Organization
    /// admins are refused where a read shows their role; see
    /// [`Change::allow_organization_admin`].
    ///
    /// Reference operation: `POST …/directories/{directoryId}/users/{accountId}/suspend`.
    ///
    /// # Errors
    ///
    /// See [`Change`].
    pub fn suspend(&self) -> Change {
        self.change(Action::Suspend)
    }

    /// Gives a suspended person their access back, with the roles and groups of before. It takes
    /// a seat again.
    ///
    /// `Ok` only if the person has access then: a deactivated, closed or for-deletion account is
    /// an error of kind [`Deactivated`](crate::ErrorKind::Deactivated), since restoring access
    /// does not activate it.
    ///
    /// Reference operation: `POST …/directories/{directoryId}/users/{accountId}/restore`.
    ///
    /// # Errors
    ///
    /// See [`Change`].
    pub fn restore(&self) -> Change {
        self.change(Action::Restore)
    }

    /// Removes the person from the directory. Roles and groups are lost; coming back takes a new
    /// invitation. The Atlassian account itself stays.
    ///
    /// `Ok` only if the person is no member then. Somebody who was none before is
    /// [`AlreadyDone`](Outcome::AlreadyDone), but an address that belongs to no account here is an
    /// error: a typing mistake must not look like a success. For a person whom an identity
    /// provider manages, [`Done::warnings`] says that they may come back.
    ///
    /// Reference operation: `DELETE …/directories/{directoryId}/users/{accountId}`.
    ///
    /// # Errors
    ///
    /// See [`Change`].
    pub fn remove(&self) -> Change {
        self.change(Action::Remove)
    }

    /// Reads the person: one request.
    ///
    /// # Errors
    ///
    /// [`NoSuchAccount`](crate::ErrorKind::NoSuchAccount), and those of any read.
    pub async fn get(&self) -> Result<User, Error> {
        let person = self.person.clone()?;
        self.org.get_user(person).await
    }

    pub(crate) fn change(&self, action: Action) -> Change {
        Change {
            person: self.clone(),
            action,
            allow_admin: false,
            within: None,
        }
    }
}

/// A change to one person, sent by `.await`.
///
/// It reads the person and the directory first, sends the change, and reads again only where the answer
/// leaves a doubt. Where that read shows that nothing happened, the change is sent once more: it sets a
/// state, so it can't happen twice.
///
/// # Errors
///
/// Nothing was sent to change anything:
/// [`InvalidInput`](crate::ErrorKind::InvalidInput),
/// [`NoSuchAccount`](crate::ErrorKind::NoSuchAccount),
/// [`NotAMember`](crate::ErrorKind::NotAMember) (suspend and restore),
/// [`Deactivated`](crate::ErrorKind::Deactivated) (restore),
/// [`Refused`](crate::ErrorKind::Refused) (by a guard),
/// [`AmbiguousDirectory`](crate::ErrorKind::AmbiguousDirectory),
/// [`NoDirectory`](crate::ErrorKind::NoDirectory), and any failure of a read.
///
/// Sent, and refused by the service: [`Unauthorized`](crate::ErrorKind::Unauthorized),
/// [`Forbidden`](crate::ErrorKind::Forbidden), [`BadRequest`](crate::ErrorKind::BadRequest),
/// [`LicenceLimit`](crate::ErrorKind::LicenceLimit) (restore),
/// [`RateLimited`](crate::ErrorKind::RateLimited) and their like.
///
/// Acknowledged, and not yet visible: [`Pending`](crate::ErrorKind::Pending), only with
/// [`verified`](Self::verified).
///
/// Sent, and not known: every error for which
/// [`Error::is_in_doubt`](crate::Error::is_in_doubt) is true. Read the person again before
/// another try.
#[derive(Debug, Clone)]
#[must_use = "a change is sent only when it is awaited"]
pub struct Change {
    person: PersonHandle,
    action: Action,
    allow_admin: bool,
    /// How long to wait until the change shows.
    within: Option<Duration>,
}

impl Change {
    /// Lifts the guard that refuses to suspend or remove organization admins. The service has been
    /// seen to refuse them, too.
    pub fn allow_organization_admin(mut self) -> Self {
        self.allow_admin = true;
        self
    }

    /// Sees to it that reads show the change, too: they lag behind writes. The call then ends when it is
    /// visible, else after this time with an error of kind [`Pending`](crate::ErrorKind::Pending), whose
    /// [`last_seen`](Error::last_seen) is the last state that was read. A minute is a good time: a lag of
    /// 15 to 30 seconds has been seen, and a removal may be queued.
    ///
    /// What was [`AlreadyDone`](Outcome::AlreadyDone) is watched as well, for 15 seconds or for this time
    /// if that is shorter, since the read that said so may have been behind: if a later one shows
    /// something else, the change is made.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::time::Duration;
    /// # use atlassian_orgs::{ApiKey, Client, OrgId};
    /// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// org.user("user-0001@example.com").suspend().verified(Duration::from_secs(60)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn verified(mut self, within: Duration) -> Self {
        self.within = Some(within);
        self
    }

    /// Makes the change in every directory that the person is a member of, and reports each.
    pub fn in_every_directory(self) -> EveryDirectory {
        EveryDirectory { change: self }
    }
}

impl IntoFuture for Change {
    type Output = Result<Done, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run::one(self))
    }
}

/// A change to one person in every directory of theirs, sent by `.await`.
///
/// # Errors
///
/// Only where nothing could be started: the person was not found or refused by a guard, or a read
/// failed. What happened in each directory is in the [`DirectoryReport`].
#[derive(Debug, Clone)]
#[must_use = "a change is sent only when it is awaited"]
pub struct EveryDirectory {
    change: Change,
}

impl IntoFuture for EveryDirectory {
    type Output = Result<DirectoryReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run::everywhere(self.change))
    }
}

/// The wished state holds: for whom, where, and how that is known.
#[derive(Debug)]
#[non_exhaustive]
pub struct Done {
    /// The account.
    pub account_id: AccountId,
    /// The directory; none if the person was in no directory to begin with.
    pub directory: Option<DirectoryId>,
    /// [`Changed`](Outcome::Changed) or [`AlreadyDone`](Outcome::AlreadyDone).
    pub outcome: Outcome,
    /// The person as read before the change.
    pub before: User,
    pub(crate) action: Action,
}

/// Something to know about a change that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// An identity provider manages this person and may put them back.
    MayComeBack,
}

impl Done {
    /// Whether this call changed something.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        matches!(self.outcome, Outcome::Changed { .. })
    }

    /// What to know about it.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let may_come_back =
            self.action == Action::Remove && self.before.is_synced() && self.is_changed();
        if may_come_back {
            vec![Warning::MayComeBack]
        } else {
            Vec::new()
        }
    }
}

/// In a line, without address or account id.
impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.action {
            Action::Suspend => "suspended",
            Action::Restore => "restored",
            Action::Remove => "removed",
        };
        write!(f, "{what}: {}", self.outcome.word())?;
        if let Some(directory) = &self.directory {
            write!(f, " (directory {directory})")?;
        }
        if !self.warnings().is_empty() {
            f.write_str("; an identity provider manages this person and may put them back")?;
        }
        Ok(())
    }
}

/// The ids of directories, for a reader.
pub(crate) fn ids(directories: &[DirectoryInfo]) -> String {
    listed(directories.iter().map(|d| d.id.as_str()), 20)
}
