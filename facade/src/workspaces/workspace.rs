//! One app instance, and what such can be searched by.

use std::borrow::Cow;
use std::fmt;

use atlassian_orgs_api::organizations::types;

use super::Workspaces;
use crate::error::Error;
use crate::ids::{Resource, check_characters};
use crate::pages::no_id;
use crate::status::open_values;

const LONGEST_FIELD: usize = 256;

/// An app instance, such as a Jira site, as the service lists it. What it left out is `None`.
///
/// `Debug` shows the id, the app and the status.
#[derive(Clone)]
#[non_exhaustive]
pub struct Workspace {
    /// Its id. Roles are granted on it, but not on every one as it stands: see
    /// [`grantable_resource`](Self::grantable_resource).
    pub id: Resource,
    /// Its name.
    pub name: Option<String>,
    /// Which app it is, in the service's words (`attributes.type`).
    pub app: Option<String>,
    /// Which app it is, as a key (`attributes.typeKey`).
    pub app_key: Option<String>,
    /// Whether it can be used.
    pub status: Option<WorkspaceStatus>,
    /// More about the status.
    pub status_details: Option<Vec<String>>,
    /// Where it is.
    pub host_url: Option<String>,
    /// Where its data is.
    pub realm: Option<String>,
    /// Where its data is, in more detail.
    pub regions: Option<Vec<String>>,
    /// The labels it was given.
    pub labels: Option<Vec<String>>,
    /// How many seats it has, where the service says so.
    pub capacity: Option<i64>,
    /// How many of them are taken, where the service says so.
    pub usage: Option<i64>,
    /// When it was made, as the service wrote it.
    pub created_at: Option<String>,
}

impl Workspace {
    /// The resource to grant roles on in order to grant them here.
    ///
    /// **A trap:** the service lists the administration of a site's Jira as `ari:cloud:jira-admin::site/…`
    /// and refuses grants on that; here it is `ari:cloud:jira::site/…` instead, which takes
    /// [`Role::ADMIN`](crate::Role::ADMIN). Of any other workspace it is the [`id`](Self::id). Whether that
    /// takes a role, and which, only the service knows.
    ///
    /// See [`Workspaces`] for an example.
    #[must_use]
    pub fn grantable_resource(&self) -> Resource {
        self.id
            .grantable_instead()
            .unwrap_or_else(|| self.id.clone())
    }

    pub(super) fn from_row(row: types::WorkspaceModel) -> Result<Self, Error> {
        let id = row.id.and_then(|id| Resource::new(id).ok());
        let mut workspace = Self::with_id(id.ok_or_else(no_id::<Workspaces>)?);
        if let Some(attributes) = row.attributes {
            let status = attributes.status.as_ref();
            workspace.name = attributes.name;
            workspace.app = attributes.type_;
            workspace.app_key = attributes.type_key;
            workspace.status = status.map(|status| WorkspaceStatus::from(status.as_str()));
            workspace.status_details = attributes.status_details;
            workspace.host_url = attributes.host_url;
            workspace.realm = attributes.realm;
            workspace.regions = attributes.regions;
            workspace.labels = attributes.labels;
            workspace.capacity = attributes.capacity;
            workspace.usage = attributes.usage;
            workspace.created_at = attributes.created_at;
        }
        Ok(workspace)
    }

    fn with_id(id: Resource) -> Self {
        Self {
            id,
            name: None,
            app: None,
            app_key: None,
            status: None,
            status_details: None,
            host_url: None,
            realm: None,
            regions: None,
            labels: None,
            capacity: None,
            usage: None,
            created_at: None,
        }
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace")
            .field("id", &self.id)
            .field("app", &self.app)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

open_values! {
    /// Whether an app instance can be used.
    ///
    /// ```
    /// use atlassian_orgs::WorkspaceStatus;
    /// assert_eq!(WorkspaceStatus::from("online"), WorkspaceStatus::Online);
    /// ```
    WorkspaceStatus {
        /// It can.
        Online = "online",
        /// It can't.
        Offline = "offline",
        /// It is on its way out.
        Deprecated = "deprecated",
    }
}

/// A field of workspaces that [`Workspaces::field`] can select by, by its place in a row.
///
/// ```
/// use atlassian_orgs::WorkspaceField;
///
/// assert_eq!(WorkspaceField::APP.as_str(), "attributes.type");
/// assert_eq!(WorkspaceField::new("attributes.realm")?.as_str(), "attributes.realm");
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WorkspaceField(Cow<'static, str>);

impl WorkspaceField {
    /// [`Workspace::app`].
    pub const APP: Self = Self(Cow::Borrowed("attributes.type"));
    /// [`Workspace::app_key`].
    pub const APP_KEY: Self = Self(Cow::Borrowed("attributes.typeKey"));
    /// [`Workspace::name`].
    pub const NAME: Self = Self(Cow::Borrowed("attributes.name"));
    /// [`Workspace::status`].
    pub const STATUS: Self = Self(Cow::Borrowed("attributes.status"));

    /// Another field. What the service makes of one that it does not know is not published.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is empty, too long, or has white space, a
    /// control character or one outside ASCII.
    pub fn new(place: impl Into<String>) -> Result<Self, Error> {
        let place = place.into();
        match check_characters(&place, LONGEST_FIELD) {
            Ok(()) => Ok(Self(Cow::Owned(place))),
            Err(reason) => Err(Error::invalid(format!("the field {reason}"))),
        }
    }

    /// The field's place in a row.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
