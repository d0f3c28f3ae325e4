//! How long reads lag behind writes.

use std::time::Duration;

use super::operations::{covers, known};
use super::time::Time;

/// How long reads lag behind writes: all of them, or by operation.
///
/// The lag of a read that has one counts whatever was written; else that of the write, if it has one; else the general
/// one. So a search that lags while the details of a person are fresh is `Lag::new(…).on("users.search")`, and an
/// invitation that nobody sees for a while is `Lag::new(…).on("users.invite")`. Of several for one operation the last
/// one counts.
///
/// What lags is people (with their memberships, roles and groups), groups, and the events that tell of it all. Writes
/// themselves always see what was written. What was written to one person or group is seen in the order of writing:
/// nothing overtakes a write that is not seen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    operations: Option<String>,
    length: Duration,
}

impl Lag {
    /// Between all writes and all reads.
    pub fn new(length: Duration) -> Self {
        Self {
            operations: None,
            length,
        }
    }

    /// Only of this operation, such as `users.search`, or, with a dot at the end, of all that begin like this:
    /// `groups.`.
    pub fn on(mut self, operations: impl Into<String>) -> Self {
        self.operations = Some(operations.into());
        self
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Some(operations) = self.operations.as_deref() else {
            return Ok(());
        };
        known(operations)?;
        const NEVER: [&str; 6] = [
            "orgs.",
            "domains.",
            "policies.",
            "workspaces.",
            "v1.",
            "events.actions",
        ];
        match NEVER.iter().any(|never| operations.starts_with(never)) {
            true => Err(format!(
                "nothing lags in `{operations}`, only in directories.list and in operations of users., groups. and events."
            )),
            false => Ok(()),
        }
    }
}

impl From<Duration> for Lag {
    fn from(length: Duration) -> Self {
        Self::new(length)
    }
}

/// All lags of an organization.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lags {
    general: Duration,
    named: Vec<Lag>,
}

impl Lags {
    pub(crate) fn set(&mut self, lag: Lag) {
        match lag.operations {
            None => self.general = lag.length,
            Some(_) => self.named.push(lag),
        }
    }

    /// A request for an operation.
    pub(crate) fn moment(&self, now: Time, operation: &str) -> Moment {
        let fits = |lag: &&Lag| {
            lag.operations
                .as_deref()
                .is_some_and(|operations| covers(operations, operation))
        };
        Moment {
            now,
            lag: self.named.iter().rev().find(fits).map(|lag| lag.length),
        }
    }

    /// What is written at a moment.
    pub(crate) fn written(&self, at: Moment) -> Written {
        let longest = self.named.iter().map(|lag| lag.length).max();
        let visible = at.now + at.lag.unwrap_or(self.general);
        Written {
            at: at.now,
            visible,
            settled: visible.max(at.now + longest.unwrap_or_default()),
        }
    }
}

/// When a request comes, and the lag that its operation has of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    now: Time,
    lag: Option<Duration>,
}

impl Moment {
    /// A moment of no operation in particular.
    pub(crate) fn new(now: Time) -> Self {
        Self { now, lag: None }
    }

    /// Whether a read at this moment sees what was written then, and is visible to reads without a lag of their own
    /// from then on.
    pub(crate) fn sees(self, written: Time, visible: Time) -> bool {
        match self.lag {
            Some(lag) => written + lag <= self.now,
            None => visible <= self.now,
        }
    }
}

/// When something was written, and when it is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) at: Time,
    /// When reads without a lag of their own see it.
    pub(crate) visible: Time,
    /// When every read sees it.
    pub(crate) settled: Time,
}
