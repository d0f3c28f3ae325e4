//! How much work a plan is.

use std::collections::HashSet;

use super::row::{Action, Decision, PlanRow};
use super::{Estimate, Terms};
use crate::address::Person;
use crate::invite::Grant;
use crate::organization::Organization;

/// Counts the requests that a plan takes.
#[derive(Default)]
pub(super) struct Work {
    addresses: u64,
    account_ids: u64,
    changes: u64,
    grants: HashSet<Vec<Grant>>,
}

impl Work {
    pub(super) fn add(&mut self, row: &PlanRow) {
        if matches!(row.decision, Decision::Refuse(_)) {
            return;
        }
        match row.person {
            Person::Email(_) => self.addresses += 1,
            Person::Account(_) => self.account_ids += 1,
        }
        if row.decision == Decision::Change {
            self.changes += 1;
            if !self.grants.contains(&row.grants) {
                self.grants.insert(row.grants.clone());
            }
        }
    }

    pub(super) fn estimate(&self, terms: &Terms, org: &Organization) -> Estimate {
        let a_search = match self.account_ids {
            0 => self.addresses.div_ceil(100),
            ids => self.addresses.div_ceil(100) + ids.div_ceil(10),
        };
        let (changes, name) = match terms.action {
            // By same grants; how they are mixed is not counted.
            Action::Invite => {
                let sets = self.grants.len().max(1) as u64;
                let least = self.changes.div_ceil(25);
                (least.max(sets.min(self.changes)), "inviteUsers")
            }
            Action::Suspend => (self.changes, "suspendUser"),
            Action::Restore => (self.changes, "restoreUser"),
            Action::Remove => (self.changes, "removeUser"),
        };
        let each = match terms.only_directory || terms.action == Action::Invite {
            true => 0,
            false => self.changes,
        };
        // Everybody is read before and after.
        let requests = changes + 2 * a_search + each;
        let limits = org.client().limits();
        let learned = limits.iter().find(|limit| limit.operation == name);
        let learned = learned.and_then(|limit| limit.a_second);
        let rate = match (learned, org.client().max_rate()) {
            (Some(learned), Some(own)) => Some(learned.min(own)),
            (learned, own) => learned.or(own),
        };
        let seconds = rate.filter(|rate| *rate > 0.0).map(|rate| {
            // Our own ceiling counts every request.
            let counted = if learned.is_some() { changes } else { requests };
            (counted as f64 / rate).ceil() as u64
        });
        Estimate {
            requests,
            changes,
            seconds,
        }
    }
}
