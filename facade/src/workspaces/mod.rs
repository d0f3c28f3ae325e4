//! The app instances of an organization, such as its Jira sites.

mod workspace;

use std::num::NonZeroU64;

use atlassian_orgs_api::organizations::types;
use serde::Serialize;

use crate::engine::settle;
use crate::error::Error;
use crate::organization::{Organization, no_rows};
use crate::pages::{Hidden, List, Page, Reading, list};
pub use workspace::{Workspace, WorkspaceField, WorkspaceStatus};

/// The app instances of an organization, such as its Jira sites, narrowed by filters. A chosen directory
/// makes no difference here.
///
/// Their ids are what roles are granted on, but for a trap: see [`Workspace::grantable_resource`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlassian_orgs::{ApiKey, Client, OrgId, Role, WorkspaceField};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// let mut sites = org.workspaces().field(WorkspaceField::APP_KEY, "jira").items();
/// let jira = sites.try_next().await?.ok_or("the organization has no Jira")?;
/// let invitation = org.invite_users("mia@example.com").grant(Role::USER, jira.grantable_resource());
/// invitation.silent().send().await?.ensure_complete()?;
/// # Ok(())
/// # }
/// ```
///
/// Reference operation: `queryWorkspacesV2`. A key with scopes needs `read:workspaces:admin`.
#[derive(Debug, Clone)]
#[must_use]
pub struct Workspaces {
    org: Organization,
    term: Option<Hidden<String>>,
    fields: Vec<(WorkspaceField, Vec<String>)>,
    limit: Option<u32>,
    reading: Reading,
}

impl Workspaces {
    pub(crate) fn new(org: Organization) -> Self {
        Self {
            org,
            term: None,
            fields: Vec::new(),
            limit: None,
            reading: Reading::default(),
        }
    }

    /// Only workspaces whose name or address contains this text.
    pub fn search_term(mut self, term: impl Into<String>) -> Self {
        self.term = Some(Hidden(term.into()));
        self
    }

    /// Only workspaces with this value in this field; called again for the same field, with any of the
    /// values; for another field, with both.
    pub fn field(mut self, field: WorkspaceField, value: impl Into<String>) -> Self {
        let value = value.into();
        match self.fields.iter_mut().find(|(known, _)| *known == field) {
            Some((_, values)) => values.push(value),
            None => self.fields.push((field, vec![value])),
        }
        self
    }

    /// Workspaces a page, 1 to 1,000; 100 if not given. One takes about 3 KB.
    pub fn page_size(mut self, workspaces: u32) -> Self {
        self.limit = Some(workspaces);
        self
    }

    /// The service knows no query that is a plain list of conditions.
    fn query(&self) -> Option<types::QueryVariants> {
        let mut conditions = Vec::new();
        for (field, values) in &self.fields {
            let field = types::FieldOperandField {
                name: Some(field.as_str().to_owned()),
                values: Some(values.clone()),
            };
            conditions.push(types::FieldOperand { field }.into());
        }
        if let Some(Hidden(term)) = &self.term {
            let search = types::SearchWorkspacesOperand {
                search_workspaces: term.clone(),
                value: None,
            };
            conditions.push(search.into());
        }
        match conditions.len() {
            0 | 1 => conditions.pop(),
            _ => Some(types::AndOperator { and: conditions }.into()),
        }
    }
}

impl List for Workspaces {
    type Row = Workspace;

    const WHAT: &'static str = "workspaces";
    const OPERATION: &'static str = "queryWorkspacesV2";

    fn org(&self) -> &Organization {
        &self.org
    }

    fn reading(&self) -> &Reading {
        &self.reading
    }

    fn filters(&self) -> impl Serialize {
        self.query()
    }

    async fn page(&self, cursor: Option<&str>) -> Result<Page<Workspace>, Error> {
        let body = match cursor {
            // Alone: the service refuses a body with anything beside it.
            Some(cursor) => types::SearchWorkspacesRequestV2 {
                cursor: Some(cursor.to_owned()),
                ..Default::default()
            },
            None => types::SearchWorkspacesRequestV2 {
                query: self.query(),
                limit: NonZeroU64::new(self.limit.unwrap_or(100).into()),
                ..Default::default()
            },
        };
        let client = self.org.client();
        let raw = client.call();
        let request = raw
            .query_workspaces_v2()
            .org_id(self.org.id().as_str())
            .body(body);
        let page = settle(client, "query_workspaces_v2", request.send().await).await?;
        let rows = page.data.ok_or_else(|| no_rows(Self::OPERATION))?;
        let rows = rows.into_iter().map(Workspace::from_row);
        let next = page.links.and_then(|links| links.next);
        Ok((rows.collect::<Result<_, _>>()?, next))
    }
}

list! {
    Workspaces of Workspace, "workspaces";
    ///
    /// See [`Users::resume`](crate::Users::resume) for an example.
    resume;
    pages WorkspacePages;
    items WorkspaceItems;
    unfinished UnfinishedWorkspaces { workspaces };
}
