//! The first thing to run: does this key reach this organization?

use std::fmt;

use crate::client::Client;
use crate::engine::settle;
use crate::error::{Code, Error};
use crate::ids::OrgId;
use crate::organization::DirectoryInfo;

/// What a key is, as far as reads show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// A read was refused for the key's scopes. Invitations and changes need a key without scopes.
    Scoped,
    /// No read was refused for scopes. A key without scopes looks so, and one with every scope for
    /// reading does too: only a change would tell them apart, and a check changes nothing.
    NoScopeMissing,
}

/// What [`Client::check`] found.
#[derive(Debug)]
#[non_exhaustive]
pub struct KeyCheck {
    /// What the key is.
    pub key: KeyKind,
    /// The organization's name.
    pub organization: Option<String>,
    /// The directories that the key can see. Changes are made in one of them.
    pub directories: Vec<DirectoryInfo>,
    /// The reads that were tried: the operation, and the error if it failed.
    pub reads: Vec<(&'static str, Option<Error>)>,
}

impl Client {
    /// Checks the key against an organization with a few reads; changes nothing.
    ///
    /// Reference operations: `getOrgById`, `getDirectoriesForOrg`, `searchDirectoryUsers`,
    /// `getPolicies`.
    ///
    /// # Errors
    ///
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized) if the key is not accepted,
    /// [`UnexpectedStatus`](crate::ErrorKind::UnexpectedStatus) or
    /// [`Forbidden`](crate::ErrorKind::Forbidden) if it does not reach the organization, each with a
    /// hint; and those of any read of the organization and its directories. A scope that is missing
    /// is no error here but part of the answer.
    pub async fn check(&self, org: &OrgId) -> Result<KeyCheck, Error> {
        let organization = self.organization(org.clone());
        let mut reads = Vec::new();
        let mut scoped = false;
        let mut note = |name: &'static str, outcome: Result<(), Error>| -> Result<(), Error> {
            match outcome {
                Ok(()) => reads.push((name, None)),
                Err(error) if lacks_scope(&error) => {
                    scoped = true;
                    reads.push((name, Some(error)));
                }
                Err(error) => return Err(error),
            }
            Ok(())
        };

        let found = self
            .call()
            .get_org_by_id()
            .org_id(org.as_str())
            .send()
            .await;
        let found = settle(self, "get_org_by_id", found).await;
        let name = found
            .as_ref()
            .ok()
            .and_then(|o| o.data.as_ref()?.attributes.as_ref()?.name.clone());
        note("getOrgById", found.map(drop))?;

        let directories = organization.directories().await;
        let (directories, outcome) = match directories {
            Ok(list) => (list, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        note("getDirectoriesForOrg", outcome)?;

        let people = organization.users().page_size(1).pages().try_next().await;
        note("searchDirectoryUsers", people.map(drop))?;

        // For policies no scope is published, so a key with scopes may show here; a plan may lack
        // them, which says nothing about the key.
        let policies = self.call().get_policies().org_id(org.as_str()).send().await;
        let policies = settle(self, "get_policies", policies).await;
        let missing = policies.as_ref().err().is_some_and(lacks_scope);
        reads.push(("getPolicies", policies.err()));

        let key = if scoped || missing {
            KeyKind::Scoped
        } else {
            KeyKind::NoScopeMissing
        };
        Ok(KeyCheck {
            key,
            organization: name,
            directories,
            reads,
        })
    }
}

/// Whether the service says that the key's scopes do not reach.
fn lacks_scope(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        [
            Code::SCOPE_INSUFFICIENT,
            Code::UAM_SCOPE_INSUFFICIENT,
            Code::MANAGE_SCOPE_INSUFFICIENT,
        ]
        .contains(code)
    })
}

impl fmt::Display for KeyCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "organization: {}",
            self.organization
                .as_deref()
                .unwrap_or("reached, no name shown")
        )?;
        let key = match self.key {
            KeyKind::Scoped => "has scopes; invitations and changes need a key without",
            KeyKind::NoScopeMissing => "no scope missing in any read",
        };
        writeln!(f, "key: {key}")?;
        writeln!(f, "directories: {}", self.directories.len())?;
        for directory in &self.directories {
            writeln!(
                f,
                "  {} {}",
                directory.id,
                directory.name.as_deref().unwrap_or("(no name)")
            )?;
        }
        for (operation, error) in &self.reads {
            match error {
                None => writeln!(f, "read {operation}: ok")?,
                Some(error) => writeln!(f, "read {operation}: {error}")?,
            }
        }
        Ok(())
    }
}
