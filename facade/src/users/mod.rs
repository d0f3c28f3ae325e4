//! The people of an organization: lists, filters, counts and look-ups.

mod find;

use std::num::NonZeroU32;

use atlassian_orgs_api::organizations::types;
use serde::Serialize;

use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::{GroupId, Resource};
use crate::organization::{Organization, no_rows};
use crate::pages::{Hidden, List, Page, Reading, given, list};
use crate::role::Role;
use crate::status::{AccountStatus, ClaimStatus, MembershipStatus};
use crate::user::User;

/// The people of an organization, or of the chosen directory, narrowed by filters.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlassian_orgs::{ApiKey, Client, MembershipStatus, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(120).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// let mut users = org.users().membership(MembershipStatus::Active).items();
/// let mut read = 0;
/// while let Some(user) = users.try_next().await? {
///     assert!(user.email.is_some());
///     read += 1;
/// }
/// assert_eq!(read, 120);
/// # Ok(())
/// # }
/// ```
///
/// Reference operations: `searchDirectoryUsers`, `getDirectoryUsersCount`.
#[derive(Debug, Clone)]
#[must_use]
pub struct Users {
    org: Organization,
    filter: Filter,
    reading: Reading,
}

#[derive(Debug, Clone, Default)]
struct Filter {
    memberships: Vec<MembershipStatus>,
    accounts: Vec<AccountStatus>,
    claim: Option<ClaimStatus>,
    groups: Vec<GroupId>,
    resources: Vec<Resource>,
    roles: Vec<Role>,
    domains: Vec<String>,
    term: Option<Hidden<String>>,
    with_platform_roles: bool,
    with_groups: bool,
    limit: Option<u32>,
}

impl Users {
    pub(crate) fn new(org: Organization) -> Self {
        Self {
            org,
            filter: Filter::default(),
            reading: Reading::default(),
        }
    }

    /// Only people with this membership; called again, any of them.
    pub fn membership(mut self, membership: MembershipStatus) -> Self {
        self.filter.memberships.push(membership);
        self
    }

    /// Only accounts with this status; called again, any of them.
    pub fn account_status(mut self, status: AccountStatus) -> Self {
        self.filter.accounts.push(status);
        self
    }

    /// Only accounts that the organization owns, or only those that it does not.
    pub fn claim(mut self, claim: ClaimStatus) -> Self {
        self.filter.claim = Some(claim);
        self
    }

    /// Only members of this group; called again, of any of them, at most 10.
    pub fn in_group(mut self, group: GroupId) -> Self {
        self.filter.groups.push(group);
        self
    }

    /// Only people with access to this resource; called again, to any of them, at most 20.
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.filter.resources.push(resource);
        self
    }

    /// Only people with this role; called again, with any of them, at most 10.
    pub fn with_role(mut self, role: Role) -> Self {
        self.filter.roles.push(role);
        self
    }

    /// Only addresses of this domain; called again, of any of them, at most 10.
    pub fn email_domain(mut self, domain: impl Into<String>) -> Self {
        self.filter.domains.push(domain.into());
        self
    }

    /// Only people whose nickname or address contains this text.
    pub fn search_term(mut self, term: impl Into<String>) -> Self {
        self.filter.term = Some(Hidden(term.into()));
        self
    }

    /// Also reads [`User::platform_roles`].
    pub fn expand_platform_roles(mut self) -> Self {
        self.filter.with_platform_roles = true;
        self
    }

    /// Also reads [`User::groups`].
    pub fn expand_groups(mut self) -> Self {
        self.filter.with_groups = true;
        self
    }

    /// People a page, 1 to 100; 100 if not given.
    pub fn page_size(mut self, people: u32) -> Self {
        self.filter.limit = Some(people);
        self
    }

    /// How many people there are, without reading them.
    ///
    /// Reference operation: `getDirectoryUsersCount`.
    ///
    /// # Errors
    ///
    /// Those of any read; see [`Organization::directories`].
    pub async fn count(&self) -> Result<u64, Error> {
        let f = &self.filter;
        let raw = self.org.client().call();
        let mut request = raw
            .get_directory_users_count()
            .org_id(self.org.id().as_str())
            .directory_id(self.org.directory_for_reads());
        if !f.memberships.is_empty() {
            request = request.membership_status(
                f.memberships
                    .iter()
                    .map(|m| m.as_str().into())
                    .collect::<Vec<_>>(),
            );
        }
        if !f.accounts.is_empty() {
            request = request.account_status(
                f.accounts
                    .iter()
                    .map(|a| a.as_str().into())
                    .collect::<Vec<_>>(),
            );
        }
        if let Some(claim) = &f.claim {
            request = request.claim_status(claim.as_str());
        }
        if !f.groups.is_empty() {
            request = request.group_ids(texts(&f.groups));
        }
        if !f.resources.is_empty() {
            request = request.resource_ids(texts(&f.resources));
        }
        if !f.roles.is_empty() {
            request = request.role_ids(
                f.roles
                    .iter()
                    .map(|r| r.as_str().into())
                    .collect::<Vec<_>>(),
            );
        }
        if !f.domains.is_empty() {
            request = request.email_domains(f.domains.clone());
        }
        if let Some(term) = &f.term {
            request = request.search_term(term.0.as_str());
        }
        let answer = settle(
            self.org.client(),
            "get_directory_users_count",
            request.send().await,
        )
        .await?;
        answer
            .count
            .and_then(|count| u64::try_from(count).ok())
            .ok_or_else(|| {
                Error::new(ErrorKind::Decode)
                    .with_operation("getDirectoryUsersCount")
                    .with_words("the answer has no count")
            })
    }

    fn body(&self, cursor: Option<&str>) -> types::MultiDirectoryUserSearchRequest {
        let f = &self.filter;
        let mut expand = Vec::new();
        expand.extend(f.with_platform_roles.then(|| "platformRoles".into()));
        expand.extend(f.with_groups.then(|| "groups".into()));
        types::MultiDirectoryUserSearchRequest {
            membership_status: given(f.memberships.iter().map(|m| m.as_str().into())),
            account_status: given(f.accounts.iter().map(|a| a.as_str().into())),
            claim_status: f.claim.as_ref().map(|c| c.as_str().into()),
            group_ids: given(texts(&f.groups)),
            resource_ids: given(texts(&f.resources)),
            role_ids: given(f.roles.iter().map(|r| r.as_str().into())),
            email_domains: given(f.domains.iter().cloned()),
            search_term: f.term.as_ref().map(|term| term.0.clone()),
            expand: given(expand),
            limit: NonZeroU32::new(f.limit.unwrap_or(100)),
            cursor: cursor.map(str::to_owned),
            ..Default::default()
        }
    }
}

impl List for Users {
    type Row = User;

    const WHAT: &'static str = "people";
    const OPERATION: &'static str = "searchDirectoryUsers";

    fn org(&self) -> &Organization {
        &self.org
    }

    fn reading(&self) -> &Reading {
        &self.reading
    }

    fn filters(&self) -> impl Serialize {
        let mut body = self.body(None);
        // How many come at once, and how much of each, is no matter.
        (body.limit, body.expand) = (None, None);
        (self.org.directory_for_reads().to_owned(), body)
    }

    async fn page(&self, cursor: Option<&str>) -> Result<Page<User>, Error> {
        let directory = self.org.directory_for_reads();
        search(&self.org, directory, self.body(cursor)).await
    }
}

list! {
    Users of User, "people";

    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use atlassian_orgs::{ApiKey, Client, Continuation, OrgId};
    /// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(120).start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// let mut pages = org.users().page_size(50).pages();
    /// assert_eq!(pages.try_next().await?.map(|page| page.len()), Some(50));
    /// let saved = serde_json::to_string(&pages.continuation())?;
    ///
    /// // Later, in another process:
    /// let continuation: Option<Continuation> = serde_json::from_str(&saved)?;
    /// let rest = org.users().resume(continuation.ok_or("it was the last page")?).collect_all(1000).await?;
    /// assert_eq!(rest.len(), 70);
    /// # Ok(())
    /// # }
    /// ```
    resume;

    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use atlassian_orgs::{ApiKey, Client, OrgId};
    /// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(120).start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// let mut pages = org.users().prefetch().pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} people", page.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pages UserPages;
    items UserItems;

    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use atlassian_orgs::{ApiKey, Client, OrgId};
    /// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(250).start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// let unfinished = org.users().collect_all(150).await.unwrap_err();
    /// assert!(unfinished.error().is_incomplete());
    /// assert_eq!(unfinished.users.len(), 200); // whole pages
    /// assert!(unfinished.continuation.is_some());
    /// # Ok(())
    /// # }
    /// ```
    unfinished Unfinished { users };
}

fn texts(ids: &[impl AsRef<str>]) -> Vec<String> {
    ids.iter().map(|id| id.as_ref().to_owned()).collect()
}

/// One request of a search: its rows and the link to the next page.
pub(crate) async fn search(
    org: &Organization,
    directory: &str,
    body: types::MultiDirectoryUserSearchRequest,
) -> Result<Page<User>, Error> {
    let raw = org.client().call();
    let request = raw
        .search_directory_users()
        .org_id(org.id().as_str())
        .directory_id(directory)
        .body(body);
    let page = settle(org.client(), "search_directory_users", request.send().await).await?;
    let read_at = org.client().now();
    let rows = page.data.ok_or_else(|| no_rows("searchDirectoryUsers"))?;
    let users = rows
        .into_iter()
        .map(|row| User::from_row(row, read_at))
        .collect::<Result<_, _>>()?;
    Ok((users, page.links.and_then(|links| links.next)))
}
