//! Plans: what a change to many people would come to, as a value that can be looked at, approved and run.

mod ask;
mod digest;
mod file;
mod guards;
mod input;
mod known;
mod make;
mod row;
mod seen;
mod table;
mod work;

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::ids::{DirectoryId, OrgId};
use crate::invite::{Grant, Mail};
use crate::journal::Journal;
use crate::organization::Organization;
use crate::run::{Run, Source};
use crate::stamp;
pub use ask::ChangeUsers;
use digest::Digest;
pub(crate) use file::Lines;
pub use file::PlanFile;
pub use guards::AtMost;
pub(crate) use guards::{Guards, Watch, guard_setters};
pub(crate) use known::is_admin;
pub(crate) use make::{WINDOW, state_in};
pub use row::{Action, Decision, PlanRow, Reason, State};
pub use table::WithAddresses;
pub(crate) use table::unwritten;

/// How long a plan holds unless the caller says otherwise.
const HOLDS: Duration = Duration::from_secs(24 * 3600);

/// The form of a plan as text; another one is not read.
const FORMAT: u32 = 1;

/// What a change to many people would come to: who belongs to which account in which directory, what would
/// change, what is so already, what is refused and why, and how much work it is.
///
/// It is a value. `Display` shows it as a table, people by position and the end of their account id;
/// [`with_addresses`](Self::with_addresses) shows them in full. Serde writes and reads it, so that one job
/// makes it, a person approves it, and another job runs exactly that: [`digest`](Self::digest) is the
/// SHA-256 of all that is in it, and a plan that was changed on the way is not read. It expires.
///
/// [`run`](Self::run) carries it out. It reads everybody again: whose state has changed since is left alone
/// and reported.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use atlassian_orgs::Plan;
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
///
/// let plan = org.suspend_users(["user-0001@example.com", "nobody@example.com"]).plan().await?;
/// println!("{plan}");
/// let text = serde_json::to_string_pretty(&plan)?;
///
/// // Somewhere else, after somebody has looked at it:
/// let plan: Plan = serde_json::from_str(&text)?;
/// let report = plan.bind(&org)?.run().await?;
/// assert_eq!(report.counts(), [("changed", 1), ("refused", 1)]);
/// # Ok(())
/// # }
/// ```
///
/// A plan for very many people need not be in memory: see [`ChangeUsers::plan_to_file`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "Text", into = "Text")]
#[must_use = "a plan does nothing until it is run"]
pub struct Plan {
    pub(crate) terms: Terms,
    pub(crate) rows: Vec<PlanRow>,
    pub(crate) end: End,
    pub(crate) org: Option<Organization>,
}

/// What holds for all rows of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// The form of this text.
    format: u32,
    /// The version that made it.
    version: String,
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub(crate) organization: OrgId,
    pub(crate) action: Action,
    /// The directory that was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub(crate) directory: Option<DirectoryId>,
    /// Whether the organization shows only one directory.
    pub(crate) only_directory: bool,
    #[serde(with = "stamp")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub(crate) made_at: SystemTime,
    #[serde(with = "stamp")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub(crate) expires_at: SystemTime,
    /// What everybody is to get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) grants: Vec<Grant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mail: Option<Mail>,
    #[serde(default)]
    pub(crate) guards: Guards,
}

/// What is known once all rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    /// How many rows there are, by what is planned.
    pub(crate) change: u64,
    pub(crate) already_done: u64,
    pub(crate) refused: u64,
    /// How many of those given were repetitions.
    pub(crate) repeated: u64,
    pub(crate) estimate: Estimate,
    /// Of everything before this.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) digest: String,
}

/// How much work a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Estimate {
    /// Requests, if none has to be sent again.
    pub requests: u64,
    /// How many of these are changes.
    pub changes: u64,
    /// Seconds at the limits known when the plan was made; none if none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// A plan as it is written.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Plan"))]
#[serde(deny_unknown_fields)]
struct Text {
    plan: Terms,
    rows: Vec<PlanRow>,
    end: End,
}

impl From<Plan> for Text {
    fn from(plan: Plan) -> Self {
        Self {
            plan: plan.terms,
            rows: plan.rows,
            end: plan.end,
        }
    }
}

impl TryFrom<Text> for Plan {
    type Error = Error;

    fn try_from(text: Text) -> Result<Self, Error> {
        let mut digest = Digest::new(&text.plan)?;
        for row in &text.rows {
            digest.row(row)?;
        }
        digest.check(&text.end)?;
        Ok(Self {
            terms: text.plan,
            rows: text.rows,
            end: text.end,
            org: None,
        })
    }
}

impl Plan {
    /// The rows, in the order given. Somebody who was named twice has one, at the first position.
    #[must_use]
    pub fn rows(&self) -> &[PlanRow] {
        &self.rows
    }

    /// Puts a plan that was read from somewhere on the organization that it is for.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it was made for another organization.
    pub fn bind(mut self, org: &Organization) -> Result<Self, Error> {
        self.terms.check(org)?;
        self.org = Some(org.clone());
        Ok(self)
    }

    /// Carries the plan out, by `.await`. See [`Run`].
    ///
    /// A plan that was read from somewhere has to be put on its organization first: see
    /// [`bind`](Self::bind).
    pub fn run(self) -> Run {
        Run::new(self.org, self.terms, self.end, Source::Memory(self.rows))
    }

    /// Goes on with a run that was stopped or has crashed, from what its journal says. See
    /// [`Run::journal`].
    ///
    /// Who was done is not touched again. What was under way when it ended is read back; an invitation is
    /// sent again only if reads a minute later still show that it was not taken. It can be done with
    /// another key and on another machine.
    pub fn resume(self, journal: impl Journal) -> Run {
        self.run().resuming(journal)
    }
}

/// What both forms of a plan tell.
macro_rules! plan_accessors {
    () => {
        /// What is to be done.
        #[must_use]
        pub fn action(&self) -> Action {
            self.terms.action
        }

        /// The organization that it is for.
        #[must_use]
        pub fn organization_id(&self) -> &OrgId {
            &self.terms.organization
        }

        /// When it was made.
        #[must_use]
        pub fn made_at(&self) -> SystemTime {
            self.terms.made_at
        }

        /// Until when it can be started.
        #[must_use]
        pub fn expires_at(&self) -> SystemTime {
            self.terms.expires_at
        }

        /// The SHA-256 of all that is in it, in hex: whoever approves it, approves this.
        #[must_use]
        pub fn digest(&self) -> &str {
            &self.end.digest
        }

        /// How many rows would be changed: one for each person, or one for each of their directories.
        #[must_use]
        pub fn changes(&self) -> u64 {
            self.end.change
        }

        /// For how many rows the wished state holds already.
        #[must_use]
        pub fn already_done(&self) -> u64 {
            self.end.already_done
        }

        /// How many rows are refused.
        #[must_use]
        pub fn refused(&self) -> u64 {
            self.end.refused
        }

        /// How many of those given were repetitions.
        #[must_use]
        pub fn repeated(&self) -> u64 {
            self.end.repeated
        }

        /// How much work it is.
        #[must_use]
        pub fn estimate(&self) -> Estimate {
            self.end.estimate
        }
    };
}
use plan_accessors;

impl Plan {
    plan_accessors!();
}

impl Terms {
    fn check(&self, org: &Organization) -> Result<(), Error> {
        if self.organization == *org.id() {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "the plan is for organization {}, not for {}",
            self.organization,
            org.id()
        )))
    }

    /// Whether the plan may be started now.
    pub(crate) fn check_time(&self, now: SystemTime) -> Result<(), Error> {
        if now <= self.expires_at {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Outdated)
            .with_words(format!(
                "the plan has expired, at {}",
                stamp::text(self.expires_at)
            ))
            .with_hint("make a new one"))
    }

    /// The organization as the plan means it.
    pub(crate) fn place(&self, org: &Organization) -> Organization {
        match &self.directory {
            Some(directory) => org.directory(directory.clone()),
            None => org.clone(),
        }
    }
}

/// Counts, and no person.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("action", &self.terms.action)
            .field("change", &self.end.change)
            .field("already_done", &self.end.already_done)
            .field("refused", &self.end.refused)
            .field("digest", &self.end.digest)
            .finish_non_exhaustive()
    }
}
