//! Reading people again after their change, a hundred a request.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::drive::Context;
use super::record::{After, Record};
use super::report::ReportRow;
use crate::address::Person;
use crate::error::{Error, ErrorKind};
use crate::invite;
use crate::lookup;
use crate::outcome::{Evidence, Outcome};
use crate::plan::{Action, Decision, State, state_in};
use crate::status::MembershipStatus;
use crate::user::User;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 8;

/// Whether a row is to be read again.
pub(super) fn is_due(context: &Context, row: &ReportRow) -> bool {
    match row.outcome {
        // What was read to decide it is what was read last.
        Outcome::Changed { .. } | Outcome::Partly(_) => row.after.is_none(),
        Outcome::AlreadyDone { .. } => context.verified.is_some(),
        // Other changes were read back at once.
        Outcome::InDoubt(_) => context.terms.action == Action::Invite && row.after.is_none(),
        _ => false,
    }
}

/// Reads these again, until they show the change if that is wished.
pub(super) async fn after(
    context: &Context,
    mut rows: Vec<(u64, ReportRow)>,
) -> Result<Vec<(u64, ReportRow)>, Error> {
    let mut until = context
        .verified
        .and_then(|within| Instant::now().checked_add(within));
    let mut pause = FIRST_PAUSE;
    let mut open: Vec<usize> = (0..rows.len()).collect();
    let mut changed = vec![false; rows.len()];
    loop {
        let people: Vec<Person> = open.iter().map(|i| rows[*i].1.person.clone()).collect();
        match lookup::find(&context.org, &people).await {
            Ok(users) => {
                let mut looks = Vec::with_capacity(open.len());
                for (i, user) in open.iter().copied().zip(users) {
                    let row = &rows[i].1;
                    looks.push(async move { (i, look(context, row, user).await) });
                }
                let read: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
                for (i, seen) in read {
                    let Some((state, holds)) = seen else { continue };
                    let row = &mut rows[i].1;
                    row.after = Some(state);
                    if holds {
                        open.retain(|open| *open != i);
                        if matches!(row.outcome, Outcome::InDoubt(_)) {
                            row.outcome = Outcome::Changed {
                                evidence: Evidence::Observed,
                            };
                            changed[i] = true;
                        }
                    }
                }
            }
            // What can't be read is not known; the change was made all the same.
            Err(error) => {
                if context.failed(error).is_unauthorized() {
                    until = None;
                }
            }
        }
        let now = Instant::now();
        match until {
            Some(until) if !open.is_empty() && now < until => {
                tokio::time::sleep_until(until.min(now + pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            _ => break,
        }
    }
    if let Some(within) = context.verified {
        for i in open {
            if let Some(outcome) = unseen(&rows[i].1, within) {
                rows[i].1.outcome = outcome;
                changed[i] = true;
            }
        }
    }
    let notes = rows
        .iter()
        .zip(changed)
        .map(|((index, row), changed)| After {
            row: *index,
            state: row.after.clone(),
            outcome: changed.then(|| row.outcome.clone()),
        });
    context.note(&Record::After(notes.collect()), false).await?;
    Ok(rows)
}

/// What a read shows of a row, and whether that is the wished state.
async fn look(context: &Context, row: &ReportRow, user: Option<User>) -> Option<(State, bool)> {
    let Some(user) = user else {
        // Somebody who is shown nowhere is no member.
        let state = State::nowhere(context.org.client().now());
        return Some((state, context.terms.action == Action::Remove));
    };
    let Some(change) = context.terms.action.change() else {
        let state = State::of(&user, user.membership.clone());
        let grants = context.terms.grants_of(&row.grants);
        let decided = invite::decide(&context.org, &user, &grants);
        let holds = match row.outcome {
            // The answer says that it was made; only where it was lost, the grants have to.
            Outcome::InDoubt(_) => decided.await.ok()? == Decision::AlreadyDone,
            _ => user.membership == Some(MembershipStatus::Active),
        };
        return Some((state, holds));
    };
    let status = match &row.directory {
        Some(directory) => state_in(&context.org, &context.terms, directory, &user)
            .await
            .ok()?,
        None => user.membership.clone(),
    };
    let holds = status.as_ref() == Some(&change.wished());
    Some((State::of(&user, status), holds))
}

/// What a row is that was not seen as wished in time.
fn unseen(row: &ReportRow, within: Duration) -> Option<Outcome> {
    let seen = row
        .after
        .as_ref()
        .map_or_else(|| "nothing".to_owned(), ToString::to_string);
    match &row.outcome {
        Outcome::Changed { .. } => {
            let words = format!(
                "acknowledged, but not visible after {} s: the last read showed {seen}",
                within.as_secs()
            );
            let status = row
                .after
                .as_ref()
                .and_then(|state| state.membership.clone());
            Some(Outcome::Pending(
                Error::new(ErrorKind::Pending)
                    .sent(true)
                    .with_words(words)
                    .with_hint(
                        "reads lag behind changes, and a removal may be queued: read again later",
                    )
                    .with_last_seen(status),
            ))
        }
        Outcome::AlreadyDone { .. } if row.after.is_some() => Some(Outcome::NotStarted(
            Error::new(ErrorKind::Outdated)
                .with_words(format!("it was so already, but a later read showed {seen}"))
                .with_hint("make a new plan for this person"),
        )),
        _ => None,
    }
}
