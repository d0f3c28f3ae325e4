//! What a handler is given.

use super::account::Account;
use super::behaviours::{Behaviours, DashInWrites};
use super::errors::Refusal;
use super::lag::Moment;
use super::operation::Operation;
use super::request::{Fields, Request};
use super::state::{Id, Organization};
use super::time::Time;

/// One request on its way through one operation.
pub(crate) struct Call<'a> {
    pub(crate) org: &'a mut Organization,
    pub(crate) behaviours: &'a Behaviours,
    /// When this happens, and how it lags.
    pub(crate) at: Moment,
    /// When this happens.
    pub(crate) now: Time,
    pub(crate) operation: &'static Operation,
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) request: &'a Request,
}

/// The directory of a read.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    All,
    One(Id),
}

impl Scope {
    /// The one directory, if it is one.
    pub(crate) fn directory(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::One(id) => Some(id),
        }
    }
}

impl Call<'_> {
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    }

    /// The fields of a list request: of the query for a GET, else of the body.
    pub(crate) fn fields(&self) -> Result<Fields, Refusal> {
        match self.request.method == http::Method::GET {
            true => Ok(Fields::Query(self.request.query.clone())),
            false => Ok(Fields::Body(self.request.object("ADMIN-400-24")?)),
        }
    }

    /// The directory of a read: one, or with `-` all.
    pub(crate) fn scope(&self) -> Result<Scope, Refusal> {
        match self.param("directoryId") {
            "-" => Ok(Scope::All),
            id => self.directory_id(id).map(Scope::One),
        }
    }

    fn directory_id(&self, id: &str) -> Result<Id, Refusal> {
        let found = self.org.directories.iter().find(|d| *d.id == *id);
        found
            .map(|d| d.id.clone())
            .ok_or_else(|| Refusal::new(404, "ADMIN-404-1", "Directory not found"))
    }

    /// The directories a write is about: the named one, and what `-` means by the switch.
    pub(crate) fn write_directories(&self) -> Result<Vec<Id>, Refusal> {
        match (
            self.param("directoryId"),
            self.behaviours.get::<DashInWrites>(),
        ) {
            ("-", DashInWrites::Works) => {
                Ok(self.org.directories.iter().map(|d| d.id.clone()).collect())
            }
            ("-", DashInWrites::Invalid) => Err(Refusal::new(
                400,
                "ADMIN-UAM-400-1",
                "A directory has to be named",
            )),
            (id, _) => self.directory_id(id).map(|id| vec![id]),
        }
    }

    /// The account of the path, as writes see it.
    pub(crate) fn account(&self) -> Result<&Account, Refusal> {
        let id = self.param("accountId");
        self.org
            .account(id)
            .filter(|account| account.id() == id)
            .ok_or_else(Refusal::not_in_directory)
    }

    /// This list as a URL, at a cursor.
    pub(crate) fn url(&self, cursor: Option<&str>) -> String {
        let path = self
            .request
            .segments
            .as_deref()
            .unwrap_or_default()
            .join("/");
        let query = cursor
            .map(|cursor| format!("?cursor={cursor}"))
            .unwrap_or_default();
        format!("{}/{path}{query}", self.request.base)
    }
}
