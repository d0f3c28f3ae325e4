//! Inviting people.

mod answer;
mod report;
mod run;
mod standing;

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::ids::{GroupId, Resource};
use crate::organization::Organization;
use crate::people::People;
use crate::plan::Guards;
use crate::role::Role;
pub use report::{Grant, GrantOutcome, Invitation, InvitationOutcome, InvitationReport};
pub(crate) use run::{Batch, check_grants, check_mail, is_about_grants};
pub(crate) use standing::{all_roles, decide};

/// An invitation of any number of people with the same roles and groups.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlassian_orgs::{ApiKey, Client, OrgId, Resource, Role};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// # let jira = sandbox.resource_ids().remove(0);
/// let report = org
///     .invite_users("mia@example.com, kim@example.com")
///     .grant(Role::USER, Resource::new(jira)?)
///     .notify("Welcome")
///     .send()
///     .await?;
/// report.ensure_complete()?;
/// # Ok(())
/// # }
/// ```
///
/// # What is sent
///
/// Every address is looked up first, 100 a request. Who is suspended, deactivated or has every grant
/// already is not invited but reported; the others are, 25 a request. A request that the service
/// refuses as a whole because of one person is split until that one is found. A request is sent again only
/// where it can't have been taken: after a 429, or if it was never sent. The service has no way to tell a
/// repeated invitation from a second one, so what is in doubt stays so until somebody calls
/// [`InvitationReport::resend_in_doubt`].
///
/// Reference operations: `POST /v2/orgs/{orgId}/users/invite`, `searchDirectoryUsers`, and
/// `getUserRoleAssignments` for people who are members already.
#[derive(Debug)]
#[must_use = "an invitation is sent only when it is awaited"]
pub struct InviteUsers<'a> {
    pub(crate) org: Organization,
    pub(crate) people: People<'a>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) mail: Option<Mail>,
    pub(crate) guards: Guards,
}

/// Whether people are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mail {
    /// No mail is asked for.
    Silent,
    /// A mail with this text is asked for.
    Text(String),
}

impl<'a> InviteUsers<'a> {
    pub(crate) fn new(org: Organization, people: People<'a>) -> Self {
        Self {
            org,
            people,
            grants: Vec::new(),
            mail: None,
            guards: Guards::default(),
        }
    }

    /// Gives everybody this role on this resource; call it again for more.
    pub fn grant(mut self, role: Role, resource: Resource) -> Self {
        self.add(Grant::Role { role, resource });
        self
    }

    /// Adds everybody to this group; call it again for more.
    pub fn add_to_group(mut self, group: &GroupId) -> Self {
        self.add(Grant::Group(group.clone()));
        self
    }

    /// Asks the service to mail everybody, with this text. The service sends no mail without one.
    ///
    /// Whether a mail went out is nowhere to be read, so no outcome claims it.
    pub fn notify(mut self, text: impl Into<String>) -> Self {
        self.mail = Some(Mail::Text(text.into()));
        self
    }

    /// Asks the service not to mail anybody.
    pub fn silent(mut self) -> Self {
        self.mail = Some(Mail::Silent);
        self
    }

    fn add(&mut self, grant: Grant) {
        if !self.grants.contains(&grant) {
            self.grants.push(grant);
        }
    }

    /// Sends the invitation.
    ///
    /// # Errors
    ///
    /// Only where nobody was invited: [`InvalidInput`](crate::ErrorKind::InvalidInput) for
    /// malformed addresses (all of them, by position), no grant or group, neither `notify` nor
    /// `silent`, a resource on which nothing can be granted, or a guard, since guards belong to
    /// [plans](Self::plan); and any failure of the look-up before the first invitation. Everything after that is in the [`InvitationReport`], a row
    /// for each address.
    pub async fn send(self) -> Result<InvitationReport, Error> {
        run::send(self).await
    }
}

impl<'a> IntoFuture for InviteUsers<'a> {
    type Output = Result<InvitationReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
