//! One group.

use std::fmt;

use atlassian_orgs_api::organizations::types;

use super::Groups;
use crate::error::Error;
use crate::ids::{DirectoryId, GroupId};
use crate::pages::no_id;
use crate::status::open_values;

/// A group as the service lists it. What it left out is `None`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: Option<String>,
    /// What it is for, in its admins' words.
    pub description: Option<String>,
    /// The directory it is in; its members must be in it, too.
    pub directory: Option<DirectoryId>,
    /// Who keeps it.
    pub managed_by: Option<GroupManagement>,
    /// Whether an identity provider made it and keeps it.
    pub synced: Option<bool>,
    /// Whether people can be put into it and taken out. Not where an identity provider keeps it.
    pub modifiable: Option<bool>,
    /// Whether it can be deleted.
    pub deletable: Option<bool>,
}

impl Group {
    pub(super) fn from_row(row: types::MultiDirectoryGroup) -> Result<Self, Error> {
        let id = row.id.and_then(|id| GroupId::new(id).ok());
        let access = row.management_access.unwrap_or_default();
        Ok(Self {
            id: id.ok_or_else(no_id::<Groups>)?,
            name: row.name,
            description: row.description,
            directory: row.directory_id.and_then(|id| DirectoryId::new(id).ok()),
            managed_by: row.managed_by.map(|by| GroupManagement::from(by.as_str())),
            synced: row.external_synced,
            modifiable: access.modifiable,
            deletable: access.deletable,
        })
    }
}

/// Not the description, in which people write about people.
impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("directory", &self.directory)
            .field("managed_by", &self.managed_by)
            .finish_non_exhaustive()
    }
}

open_values! {
    /// Who keeps a group.
    ///
    /// ```
    /// use atlassian_orgs::GroupManagement;
    /// assert_eq!(GroupManagement::from("external"), GroupManagement::External);
    /// ```
    GroupManagement {
        /// An identity provider.
        External = "external",
        /// Admins.
        Admins = "admins",
        /// Its members.
        TeamMembers = "team-members",
        /// Anybody: it is open.
        Open = "open",
    }
}
