//! What a change came to: one vocabulary for single calls and for the rows of a report.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::stamp;

/// What a change came to.
///
/// A single call returns `Ok` only for [`Changed`](Self::Changed) and
/// [`AlreadyDone`](Self::AlreadyDone); everything else is an error there and a row in a report.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[must_use]
pub enum Outcome {
    /// The wished state holds, and this call asked for it.
    Changed {
        /// How that is known.
        evidence: Evidence,
    },
    /// The wished state held before; nothing was sent to change it.
    AlreadyDone {
        /// When it was read.
        #[serde(with = "stamp")]
        read_at: SystemTime,
    },
    /// The service acknowledged it, and no read showed it in the time given.
    Pending(Error),
    /// It was asked for, and whether it was done is not known.
    InDoubt(Error),
    /// A part of what was asked for holds, and a part does not.
    Partly(Error),
    /// Nothing was done: nothing was sent to change it, or the run ended with what the service answered.
    NotStarted(Error),
    /// The service refused it, or a guard of this library did before anything was sent.
    Refused(Error),
}

/// How a change is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// The service answered with a success.
    Acknowledged,
    /// The answer was lost, and a read afterwards showed the wished state. Who brought it about
    /// is not known.
    Observed,
}

impl Outcome {
    /// Whether the wished state holds.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Changed { .. } | Self::AlreadyDone { .. })
    }

    /// The error, where the wished state does not hold or is not known to.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Pending(error)
            | Self::InDoubt(error)
            | Self::Partly(error)
            | Self::NotStarted(error)
            | Self::Refused(error) => Some(error),
            _ => None,
        }
    }

    /// The outcome in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Changed {
                evidence: Evidence::Acknowledged,
            } => "changed",
            Self::Changed {
                evidence: Evidence::Observed,
            } => "changed (observed)",
            Self::AlreadyDone { .. } => "already done",
            Self::Pending(_) => "pending",
            Self::InDoubt(_) => "in doubt",
            Self::Partly(_) => "partly",
            Self::NotStarted(_) => "not started",
            Self::Refused(_) => "refused",
        }
    }

    pub(crate) fn into_result(self) -> Result<Self, Error> {
        match self {
            Self::Pending(error)
            | Self::InDoubt(error)
            | Self::Partly(error)
            | Self::NotStarted(error)
            | Self::Refused(error) => Err(error),
            done => Ok(done),
        }
    }

    /// An error as the outcome that it stands for.
    pub(crate) fn from_error(error: Error) -> Self {
        if error.is_in_doubt() {
            Self::InDoubt(error)
        } else if error.is_not_sent() && !error.is_refused() && !error.is_deactivated() {
            Self::NotStarted(error)
        } else {
            Self::Refused(error)
        }
    }
}
