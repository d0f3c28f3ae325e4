//! What an invitation came to, a row for each address.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Mail;
use super::run::{self, Order};
use crate::address::EmailAddress;
use crate::error::{Error, ErrorKind};
use crate::ids::{AccountId, GroupId, Resource};
use crate::listed::listed;
use crate::role::Role;

/// Something that an invitation gives to a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Grant {
    /// A role on a resource.
    #[non_exhaustive]
    Role {
        /// The role.
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        role: Role,
        /// The app on a site, or whatever else the role is for.
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        resource: Resource,
    },
    /// Membership of a group.
    Group(#[cfg_attr(feature = "schemars", schemars(with = "String"))] GroupId),
}

/// What became of one grant of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantOutcome {
    /// The service's answer says so.
    Granted,
    /// The service's answer says that it failed; the text is the service's own, where it gave one,
    /// and may hold personal data.
    Failed(Option<String>),
    /// The answer does not say.
    Unknown,
}

/// What became of one person's invitation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum InvitationOutcome {
    /// The service's answer has every grant of this person as made. It does not say whether a mail
    /// went out, and nothing says whether the person accepts.
    Invited,
    /// Some grants were made and some not, or not for certain: see [`Invitation::grants`].
    Partly,
    /// A member with every grant before this call; nothing was sent.
    AlreadyMember,
    /// A member who is suspended; nothing was sent. Restoring is what gives the access back.
    NeedsRestoring,
    /// Not invited: the account is out of use, or the service refused it.
    Refused(Error),
    /// The service's answer has every grant of this person as failed.
    Failed,
    /// Sent, and whether it was taken is not known: the answer was lost, or has no word on this
    /// person. **Sending it again may invite twice**: see [`InvitationReport::resend_in_doubt`].
    InDoubt(Option<Error>),
    /// Not sent, because of what happened before.
    NotStarted(Option<Error>),
}

impl InvitationOutcome {
    /// Whether the person has what the invitation was to give.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Invited | Self::AlreadyMember)
    }

    /// Whether the service's answer has anything of it as made.
    pub(crate) fn is_made(&self) -> bool {
        matches!(self, Self::Invited | Self::Partly)
    }

    /// Whether it is not known if the invitation was taken.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, Self::InDoubt(_))
    }

    /// The outcome in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Partly => "partly",
            Self::AlreadyMember => "already a member",
            Self::NeedsRestoring => "needs restoring",
            Self::Refused(_) => "refused",
            Self::Failed => "failed",
            Self::InDoubt(_) => "in doubt",
            Self::NotStarted(_) => "not started",
        }
    }

    /// The error behind it, where there is one.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Refused(error) => Some(error),
            Self::InDoubt(error) | Self::NotStarted(error) => error.as_ref(),
            _ => None,
        }
    }
}

/// One address and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Invitation {
    /// The 1-based position in the list given.
    pub position: usize,
    /// The address as given.
    pub address: EmailAddress,
    /// The account, where a read or the answer showed it.
    pub account_id: Option<AccountId>,
    /// What became of it.
    pub outcome: InvitationOutcome,
    /// Each grant, where the answer was about this person.
    pub grants: Vec<(Grant, GrantOutcome)>,
    /// Whether a read before showed the account.
    pub(crate) was_there: bool,
}

/// What an invitation came to. A row for each address, in the order given.
#[derive(Clone)]
#[non_exhaustive]
#[must_use = "people who were not invited are only in here: call ensure_complete()?"]
pub struct InvitationReport {
    /// A row for each address.
    pub rows: Vec<Invitation>,
    /// How many addresses of the list were repetitions, which were merged.
    pub repeated: usize,
    pub(super) order: Arc<Order>,
}

impl InvitationReport {
    /// Invites those again whose invitation is in doubt, on your word: **somebody may get a second mail**,
    /// since nothing shows whether the first was taken. The report that comes back has all rows; those
    /// that were not in doubt are as before.
    ///
    /// They are looked up again first. Who has every grant by now is a member already and gets nothing
    /// sent.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use atlassian_orgs::{ApiKey, Client, OrgId, Resource, Role};
    /// # use atlassian_orgs_sandbox::{Fault, Rule, Sandbox};
    /// # let lost = Rule::new(Fault::DropBefore).on("users.invite").times(1);
    /// # let sandbox = Sandbox::builder().fault(lost).start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// # let jira = Resource::new(sandbox.resource_ids().remove(0))?;
    /// let invitation = org.invite_users("mia@example.com").grant(Role::USER, jira).notify("Welcome");
    /// let mut report = invitation.send().await?;
    /// if report.rows.iter().any(|row| row.outcome.is_in_doubt()) {
    ///     // Ask somebody. If they say so:
    ///     report = report.resend_in_doubt().await?;
    /// }
    /// report.ensure_complete()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the look-up before the first invitation; then nothing was sent, and this report still
    /// holds.
    pub async fn resend_in_doubt(&self) -> Result<Self, Error> {
        run::again(self).await
    }

    /// Whether everybody has what the invitation was to give.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.outcome.is_done())
    }

    /// An error unless everybody has what the invitation was to give.
    ///
    /// # Errors
    ///
    /// [`Incomplete`](ErrorKind::Incomplete), which counts the others by outcome and names them by
    /// position.
    pub fn ensure_complete(&self) -> Result<(), Error> {
        if self.is_complete() {
            return Ok(());
        }
        let open: Vec<&Invitation> = self
            .rows
            .iter()
            .filter(|row| !row.outcome.is_done())
            .collect();
        let positions: Vec<usize> = open.iter().map(|row| row.position).collect();
        let mut parts: Vec<String> = Vec::new();
        for (word, at) in by_word(&open) {
            let positions = listed(&at, 10);
            parts.push(format!("{} {word} (position {positions})", at.len()));
        }
        let words = format!(
            "{} of {} people: {}",
            open.len(),
            self.rows.len(),
            parts.join("; ")
        );
        let mut error = Error::new(ErrorKind::Incomplete)
            .with_words(words)
            .with_positions(positions);
        if let Some(hint) = open.iter().find_map(|row| row.outcome.error()?.hint()) {
            error = error.with_hint(hint.to_owned());
        }
        Err(error)
    }

    /// What everybody was to get.
    pub(crate) fn wish(&self) -> (&[Grant], &Mail) {
        self.order.wish()
    }

    /// How many rows have each outcome.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let rows: Vec<&Invitation> = self.rows.iter().collect();
        by_word(&rows)
            .into_iter()
            .map(|(word, at)| (word, at.len()))
            .collect()
    }
}

/// The rows, without what was ordered.
impl fmt::Debug for InvitationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationReport")
            .field("rows", &self.rows)
            .field("repeated", &self.repeated)
            .finish()
    }
}

/// Positions by outcome, in the order in which outcomes first come.
fn by_word(rows: &[&Invitation]) -> Vec<(&'static str, Vec<usize>)> {
    let mut groups: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for row in rows {
        let word = row.outcome.word();
        match groups.iter_mut().find(|(known, _)| *known == word) {
            Some((_, at)) => at.push(row.position),
            None => groups.push((word, vec![row.position])),
        }
    }
    groups
}

/// People by position, never by address.
impl fmt::Display for InvitationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            write!(f, "{:>5}  {}", row.position, row.outcome.word())?;
            if let Some(error) = row.outcome.error() {
                write!(f, ": {error}")?;
            }
            writeln!(f)?;
        }
        if self.repeated > 0 {
            writeln!(f, "       {} repeated address(es) merged", self.repeated)?;
        }
        Ok(())
    }
}
