//! Asking for a plan.

use std::path::Path;
use std::time::Duration;

use super::make::Order;
use super::row::Action;
use super::{Guards, HOLDS, Plan, PlanFile, guard_setters};
use crate::error::Error;
use crate::invite::{self, InviteUsers};
use crate::organization::Organization;
use crate::people::People;

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

    /// How long the plan can be started; a day if not given, and a hundred years at most.
    pub fn holds_for(mut self, time: Duration) -> Self {
        // To the millisecond, as it is written, and not beyond what a calendar has.
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.order.holds = Duration::from_millis(millis).min(HOLDS * 36_525);
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
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for malformed people (all of them, by position),
    /// [`Refused`](crate::ErrorKind::Refused) for more changes than [`at_most`](Self::at_most) allows,
    /// [`NoDirectory`](crate::ErrorKind::NoDirectory), and any failure of a read.
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
    /// Those of [`plan`](Self::plan), and [`InvalidInput`](crate::ErrorKind::InvalidInput) if the file can't be
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
    /// As [`ChangeUsers::plan`], and [`InvalidInput`](crate::ErrorKind::InvalidInput) where neither
    /// [`notify`](Self::notify) nor [`silent`](Self::silent) was called, or somebody would get nothing.
    pub async fn plan(self) -> Result<Plan, Error> {
        let (order, guards) = self.order()?;
        order.plan(guards).await
    }

    /// Plans into a file, as [`ChangeUsers::plan_to_file`] does.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](Self::plan), and [`InvalidInput`](crate::ErrorKind::InvalidInput) if the file can't be
    /// written.
    pub async fn plan_to_file(self, path: impl AsRef<Path>) -> Result<PlanFile, Error> {
        let (order, guards) = self.order()?;
        order.plan_to_file(guards, path.as_ref()).await
    }

    fn order(self) -> Result<(Order<'a>, Guards), Error> {
        invite::check_grants(&self.grants)?;
        let mail = invite::check_mail(self.mail)?;
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
