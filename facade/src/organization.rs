//! Handles: an organization, one of its directories, a person.

use crate::address::IntoPerson;
use crate::client::{Client, Ways};
use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::events::Events;
use crate::groups::Groups;
use crate::ids::{AccountId, DirectoryId, OrgId};
use crate::invite::InviteUsers;
use crate::lifecycle::PersonHandle;
use crate::paging::Cursors;
use crate::people::IntoPeople;
use crate::plan::{Action, ChangeUsers};
use crate::users::Users;
use crate::workspaces::Workspaces;

/// An organization: ids bound once, cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
/// # let (url, key, id) = (sandbox.url(), sandbox.api_key(), sandbox.org_id());
///
/// let client = Client::builder().base_url(url).api_key(ApiKey::new(key)?).build()?;
/// let org = client.organization(OrgId::new(id)?);
/// assert_eq!(org.directories().await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Organization {
    client: Client,
    id: OrgId,
    directory: Option<DirectoryId>,
}

/// A directory as the service lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryInfo {
    /// Its id, which writes need.
    pub id: DirectoryId,
    /// Its name.
    pub name: Option<String>,
}

impl Organization {
    pub(crate) fn new(client: Client, id: OrgId) -> Self {
        Self {
            client,
            id,
            directory: None,
        }
    }

    /// The organization's id.
    #[must_use]
    pub fn id(&self) -> &OrgId {
        &self.id
    }

    /// The same organization with one directory chosen: every change is made there and nowhere else.
    #[must_use]
    pub fn directory(&self, directory: DirectoryId) -> Self {
        Self {
            directory: Some(directory),
            ..self.clone()
        }
    }

    /// The chosen directory, if one was.
    #[must_use]
    pub fn chosen_directory(&self) -> Option<&DirectoryId> {
        self.directory.as_ref()
    }

    /// Invites people, any number, 25 a request. See [`InviteUsers`].
    ///
    /// Takes an iterator of addresses, CSV, or a pasted text separated by commas, semicolons, spaces or
    /// line ends. Addresses are checked when the invitation is sent or planned.
    ///
    /// Reference operation: `POST /v2/orgs/{orgId}/users/invite`.
    pub fn invite_users<'a, M>(&self, addresses: impl IntoPeople<'a, M>) -> InviteUsers<'a> {
        InviteUsers::new(self.clone(), addresses.into_people())
    }

    /// Plans to suspend any number of people, by address or account id. See [`ChangeUsers`].
    ///
    /// Reference operation: `POST …/directories/{directoryId}/users/{accountId}/suspend`.
    pub fn suspend_users<'a, M>(&self, people: impl IntoPeople<'a, M>) -> ChangeUsers<'a> {
        ChangeUsers::new(self.clone(), Action::Suspend, people.into_people())
    }

    /// Plans to restore any number of suspended people. See [`ChangeUsers`].
    ///
    /// Reference operation: `POST …/directories/{directoryId}/users/{accountId}/restore`.
    pub fn restore_users<'a, M>(&self, people: impl IntoPeople<'a, M>) -> ChangeUsers<'a> {
        ChangeUsers::new(self.clone(), Action::Restore, people.into_people())
    }

    /// Plans to remove any number of people from the directory. See [`ChangeUsers`].
    ///
    /// Reference operation: `DELETE …/directories/{directoryId}/users/{accountId}`.
    pub fn remove_users<'a, M>(&self, people: impl IntoPeople<'a, M>) -> ChangeUsers<'a> {
        ChangeUsers::new(self.clone(), Action::Remove, people.into_people())
    }

    /// A handle on one person, by address or account id. Nothing is sent yet.
    pub fn user(&self, person: impl IntoPerson) -> PersonHandle {
        PersonHandle::new(self.clone(), person.into_person())
    }

    /// The people of the organization: lists, filters and counts. See [`Users`].
    pub fn users(&self) -> Users {
        Users::new(self.clone())
    }

    /// The groups of the organization: lists and filters. See [`Groups`].
    pub fn groups(&self) -> Groups {
        Groups::new(self.clone())
    }

    /// The app instances of the organization, on which roles are granted. See [`Workspaces`].
    pub fn workspaces(&self) -> Workspaces {
        Workspaces::new(self.clone())
    }

    /// The audit log of the organization. See [`Events`].
    pub fn events(&self) -> Events {
        Events::new(self.clone())
    }

    /// The directories that the key can see, all pages.
    ///
    /// Reference operation: `getDirectoriesForOrg`.
    ///
    /// # Errors
    ///
    /// Those of any read: [`Connect`](ErrorKind::Connect) (not sent),
    /// [`Timeout`](ErrorKind::Timeout), [`Unauthorized`](ErrorKind::Unauthorized),
    /// [`Forbidden`](ErrorKind::Forbidden), [`RateLimited`](ErrorKind::RateLimited),
    /// [`Service`](ErrorKind::Service) and their like. A failed read is never an empty list.
    pub async fn directories(&self) -> Result<Vec<DirectoryInfo>, Error> {
        self.list_directories(None).await
    }

    /// The directories, of the whole organization or of one account.
    pub(crate) async fn list_directories(
        &self,
        account: Option<&AccountId>,
    ) -> Result<Vec<DirectoryInfo>, Error> {
        let (mut found, mut cursors, mut cursor) =
            (Vec::new(), Cursors::new(&self.client), None::<String>);
        loop {
            let raw = self.client.call();
            let mut request = raw.get_directories_for_org().org_id(self.id.as_str());
            if let Some(account) = account {
                request = request.account_id(account.as_str());
            }
            if let Some(cursor) = &cursor {
                request = request.cursor(cursor.as_str());
            }
            let page = settle(
                &self.client,
                "get_directories_for_org",
                request.send().await,
            )
            .await?;
            for row in page.data.ok_or_else(|| no_rows("getDirectoriesForOrg"))? {
                let id = row.directory_id.and_then(|id| DirectoryId::new(id).ok());
                let id = id.ok_or_else(|| {
                    Error::new(ErrorKind::Decode)
                        .with_words("a directory in the answer has no proper id")
                })?;
                found.push(DirectoryInfo { id, name: row.name });
            }
            cursor = cursors.next(page.links.and_then(|links| links.next).as_deref())?;
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }

    /// The same organization over a client whose calls go another way.
    pub(crate) fn going(&self, ways: Ways) -> Self {
        Self {
            client: self.client.going(ways),
            ..self.clone()
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The same organization without a chosen directory.
    pub(crate) fn anywhere(&self) -> Self {
        Self {
            directory: None,
            ..self.clone()
        }
    }

    /// What a read names in its path: the chosen directory, or all of them.
    pub(crate) fn directory_for_reads(&self) -> &str {
        self.directory.as_ref().map_or("-", DirectoryId::as_str)
    }
}

/// A success without the rows it promises is not an empty list.
pub(crate) fn no_rows(operation: &str) -> Error {
    Error::new(ErrorKind::Decode)
        .with_operation(operation)
        .with_words("the answer has no list of rows")
}
