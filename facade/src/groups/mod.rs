//! The groups of an organization.

mod group;

use std::num::NonZeroU32;

use atlassian_orgs_api::organizations::types;
use serde::Serialize;

use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::GroupId;
use crate::organization::{Organization, no_rows};
use crate::pages::{Hidden, List, Page, Reading, given, list};
pub use group::{Group, GroupManagement};

/// The groups of an organization, or of the chosen directory, narrowed by filters.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// let groups = org.groups().search_term("users").collect_all(1000).await?;
/// let names: Vec<_> = groups.iter().filter_map(|group| group.name.as_deref()).collect();
/// assert_eq!(names, ["jira-users", "confluence-users"]);
/// # Ok(())
/// # }
/// ```
///
/// Reference operation: `searchDirectoryGroups`.
#[derive(Debug, Clone)]
#[must_use]
pub struct Groups {
    org: Organization,
    names: Vec<String>,
    ids: Vec<GroupId>,
    term: Option<Hidden<String>>,
    limit: Option<u32>,
    reading: Reading,
}

impl Groups {
    pub(crate) fn new(org: Organization) -> Self {
        Self {
            org,
            names: Vec::new(),
            ids: Vec::new(),
            term: None,
            limit: None,
            reading: Reading::default(),
        }
    }

    /// Only the group with exactly this name, in any case; called again, with any of them, at most 100. The
    /// service refuses it together with the other filters.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Only the group with this id; called again, with any of them, at most 10.
    pub fn id(mut self, id: GroupId) -> Self {
        self.ids.push(id);
        self
    }

    /// Only groups whose name contains this text.
    pub fn search_term(mut self, term: impl Into<String>) -> Self {
        self.term = Some(Hidden(term.into()));
        self
    }

    /// Groups a page, 1 to 100; 100 if not given.
    pub fn page_size(mut self, groups: u32) -> Self {
        self.limit = Some(groups);
        self
    }

    fn body(&self, cursor: Option<&str>) -> types::MultiDirectoryGroupSearchRequest {
        types::MultiDirectoryGroupSearchRequest {
            group_names: given(self.names.iter().cloned()),
            group_ids: given(self.ids.iter().map(|id| id.as_str().to_owned())),
            search_term: self.term.as_ref().map(|term| term.0.clone()),
            limit: NonZeroU32::new(self.limit.unwrap_or(100)),
            cursor: cursor.map(str::to_owned),
            ..Default::default()
        }
    }
}

impl List for Groups {
    type Row = Group;

    const WHAT: &'static str = "groups";
    const OPERATION: &'static str = "searchDirectoryGroups";

    fn org(&self) -> &Organization {
        &self.org
    }

    fn reading(&self) -> &Reading {
        &self.reading
    }

    fn filters(&self) -> impl Serialize {
        let mut body = self.body(None);
        body.limit = None;
        (self.org.directory_for_reads().to_owned(), body)
    }

    async fn page(&self, cursor: Option<&str>) -> Result<Page<Group>, Error> {
        let client = self.org.client();
        let raw = client.call();
        let request = raw
            .search_directory_groups()
            .org_id(self.org.id().as_str())
            .directory_id(self.org.directory_for_reads())
            .body(self.body(cursor));
        let page = settle(client, "search_directory_groups", request.send().await).await?;
        let rows = page.data.ok_or_else(|| no_rows(Self::OPERATION))?;
        let rows = rows.into_iter().map(Group::from_row);
        let next = page.links.and_then(|links| links.next);
        Ok((rows.collect::<Result<_, _>>()?, next))
    }
}

list! {
    Groups of Group, "groups";
    ///
    /// See [`Users::resume`](crate::Users::resume) for an example.
    resume;
    pages GroupPages;
    items GroupItems;
    unfinished UnfinishedGroups { groups };
}

impl Organization {
    /// Finds the group with this name, exactly but in any case; `None` if the organization, or the chosen
    /// directory, shows none.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use atlassian_orgs::{ApiKey, Client, OrgId};
    /// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// let group = org.find_group("jira-users").await?.ok_or("there is no such group")?;
    /// org.invite_users("mia@example.com").add_to_group(&group.id).silent().send().await?.ensure_complete()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Reference operation: `searchDirectoryGroups`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the name is empty (not sent);
    /// [`AmbiguousDirectory`](ErrorKind::AmbiguousDirectory) if several directories have a group of this name
    /// and none was [chosen](Self::directory); and those of any read.
    pub async fn find_group(&self, name: impl AsRef<str>) -> Result<Option<Group>, Error> {
        let name = name.as_ref();
        if name.trim().is_empty() {
            return Err(Error::invalid("the name of the group is empty"));
        }
        let unasked = || {
            Error::new(ErrorKind::Decode)
                .with_operation(Groups::OPERATION)
                .with_words("the answer holds groups that were not asked for")
        };
        let found = match self.groups().name(name).collect_all(MOST_NAMESAKES).await {
            Err(unfinished) if unfinished.error().is_incomplete() => return Err(unasked()),
            found => found?,
        };
        let folded = name.to_lowercase();
        let other = |name: &String| name.to_lowercase() != folded;
        if found
            .iter()
            .any(|group| group.name.as_ref().is_some_and(other))
        {
            return Err(unasked());
        }
        match found.len() {
            0 | 1 => Ok(found.into_iter().next()),
            several => Err(Error::new(ErrorKind::AmbiguousDirectory)
                .with_words(format!("{several} groups have this name"))
                .with_hint("choose a directory with Organization::directory")),
        }
    }
}

/// A name is there once in a directory, and an organization has few of those. A service that ignored the
/// filter would send all groups.
const MOST_NAMESAKES: usize = 100;
