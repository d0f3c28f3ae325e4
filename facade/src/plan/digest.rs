//! What makes a plan this plan.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::row::PlanRow;
use super::{End, FORMAT, Terms};
use crate::error::Error;

/// The SHA-256 over the lines of a plan, in order.
pub(crate) struct Digest(Sha256);

impl Digest {
    pub(crate) fn new(terms: &Terms) -> Result<Self, Error> {
        if terms.format != FORMAT {
            return Err(Error::invalid(format!(
                "the plan has format {}, and this version reads {FORMAT}",
                terms.format
            ))
            .with_hint("make it anew with this version"));
        }
        let mut digest = Self(Sha256::new());
        digest.line(terms)?;
        Ok(digest)
    }

    pub(crate) fn row(&mut self, row: &PlanRow) -> Result<(), Error> {
        self.line(row)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let line = line(value)?;
        self.0.update(line.as_bytes());
        self.0.update(b"\n");
        Ok(())
    }

    /// Puts the digest at the end.
    pub(crate) fn seal(mut self, end: End) -> Result<End, Error> {
        let mut end = End {
            digest: String::new(),
            ..end
        };
        self.line(&end)?;
        end.digest = self.0.finalize().iter().map(hex).collect();
        Ok(end)
    }

    /// Whether the digest at the end is right.
    pub(crate) fn check(self, end: &End) -> Result<(), Error> {
        if self.seal(end.clone())? == *end {
            return Ok(());
        }
        Err(
            Error::invalid("the plan is not as it was made: its digest is not right")
                .with_hint("make a new plan instead of changing one"),
        )
    }
}

fn hex(byte: &u8) -> String {
    format!("{byte:02x}")
}

/// A value as one line of JSON.
pub(crate) fn line(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|error| Error::invalid("it can't be written as JSON").with_cause(error))
}
