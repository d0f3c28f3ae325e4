//! What a journal holds: one of these a line.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::report::ReportRow;
use crate::error::{Error, ErrorKind};
use crate::ids::OrgId;
use crate::outcome::Outcome;
use crate::plan::State;
use crate::stamp;

/// A line of a journal. Rows are numbered by their place in the plan, from 0.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// The first line: what is run.
    Run(Head),
    /// The same, from whoever goes on with it.
    Resumed(Head),
    /// These are about to be changed.
    Intent(Intent),
    /// What came of these.
    Done(Vec<(u64, ReportRow)>),
    /// What was read of these afterwards.
    After(Vec<After>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) organization: OrgId,
    pub(super) plan_digest: String,
    pub(super) version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) operator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_label: Option<String>,
    #[serde(with = "stamp")]
    pub(super) at: SystemTime,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Intent {
    #[serde(with = "stamp")]
    pub(super) at: SystemTime,
    /// With the state that was read before.
    pub(super) rows: Vec<(u64, Option<State>)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct After {
    pub(super) row: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<State>,
    /// The outcome, where the read has changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
}

impl Record {
    pub(super) fn line(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| {
            Error::new(ErrorKind::Journal)
                .with_words("a line for the journal can't be written as JSON")
                .with_cause(error)
        })
    }

    pub(super) fn read(line: &str) -> Result<Self, Error> {
        serde_json::from_str(line).map_err(|error| {
            Error::new(ErrorKind::Journal)
                .with_words("a line of the journal is not one that this version writes")
                .with_hint("resume with the version that began the run")
                .with_cause(error)
        })
    }
}
