//! A whole list at once, within bounds.

use std::fmt;

use super::{Continuation, Users};
use crate::error::{Error, ErrorKind};
use crate::user::User;

/// A list that was not read to its end.
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
#[non_exhaustive]
pub struct Unfinished {
    /// Everybody who was read, by whole pages.
    pub users: Vec<User>,
    /// Where to go on, if there is a way to.
    pub continuation: Option<Continuation>,
    error: Error,
}

impl Unfinished {
    /// Why it was not read to its end.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

pub(super) async fn all(users: Users, most: usize) -> Result<Vec<User>, Unfinished> {
    let mut pages = users.pages();
    let mut read = Vec::new();
    let error = loop {
        match pages.try_next().await {
            Ok(None) => return Ok(read),
            Ok(Some(page)) => read.extend(page),
            Err(error) => break error,
        }
        if read.len() > most {
            let words = format!("the list has more than {most} people");
            break Error::new(ErrorKind::Incomplete)
                .with_words(words)
                .with_hint("narrow it by filters, or read it page by page");
        }
    };
    Err(Unfinished {
        users: read,
        continuation: pages.continuation(),
        error,
    })
}

impl From<Unfinished> for Error {
    fn from(unfinished: Unfinished) -> Self {
        unfinished.error
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; {} people were read before",
            self.error,
            self.users.len()
        )
    }
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished")
            .field("users", &self.users.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Unfinished {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}
