//! Sending changes, and what came of them.

use std::sync::Arc;

use tokio::time::Instant;

use super::PATIENCE;
use super::drive::Context;
use super::prepare::{Item, Job, intent};
use super::record::Record;
use super::report::ReportRow;
use crate::address::Person;
use crate::client::Ways;
use crate::engine::CallLog;
use crate::error::{Error, ErrorKind};
use crate::invite::{Batch, GrantOutcome, Invitation, InvitationOutcome, is_about_grants};
use crate::lifecycle::Place;
use crate::outcome::{Evidence, Outcome};
use crate::status::MembershipStatus;

/// Does a job, and keeps what came of it.
pub(super) async fn perform(context: &Context, job: Job) -> Result<Vec<(u64, ReportRow)>, Error> {
    let rows = match job {
        Job::Settled(rows) => rows,
        Job::Change(items) => {
            let mut rows = Vec::with_capacity(items.len());
            for item in items {
                rows.push(change(context, item).await);
            }
            rows
        }
        Job::Invite(items) => invite(context, items).await?,
    };
    // What was not begun, or not read back, is still to do, so a journal has nothing to keep of it.
    let is_news = |row: &ReportRow| match row.outcome {
        Outcome::NotStarted(_) => false,
        Outcome::InDoubt(_) => row.started_at.is_some(),
        _ => true,
    };
    let kept: Vec<_> = rows
        .iter()
        .filter(|(_, row)| is_news(row))
        .cloned()
        .collect();
    if !kept.is_empty() {
        context.note(&Record::Done(kept), false).await?;
    }
    Ok(rows)
}

/// Counts the sends of one change.
struct Watched {
    log: Arc<CallLog>,
    ways: Ways,
}

impl Watched {
    fn new() -> Self {
        let log = Arc::new(CallLog::default());
        let ways = Ways {
            timeout: Some(PATIENCE),
            log: Some(log.clone()),
        };
        Self { log, ways }
    }
}

async fn change(context: &Context, item: Item) -> (u64, ReportRow) {
    if let Some(error) = context.halted() {
        return item.settle(Outcome::NotStarted(error));
    }
    let (watched, began) = (Watched::new(), Instant::now());
    let started_at = context.org.client().now();
    let Item {
        index,
        row,
        user,
        status,
    } = item;
    let outcome = match (&user, &row.directory, context.terms.action.change()) {
        (Some(user), Some(directory), Some(action)) => {
            let org = context.org.going(watched.ways);
            let change = org.user(&user.account_id).change(action);
            let place = Place {
                change: &change,
                directory,
                user,
                alone: context.terms.only_directory,
            };
            place.make(status, user.read_at).await
        }
        // No plan makes such a row: what is to be changed has an account and a directory.
        _ => Outcome::NotStarted(Error::invalid("the row names no account or no directory")),
    };
    let outcome = context.learn(outcome);
    let mut row = ReportRow::of(row, outcome);
    row.started_at = Some(started_at);
    row.took = began.elapsed();
    row.attempts = watched.log.sends();
    row.status = watched.log.status();
    (index, row)
}

async fn invite(context: &Context, items: Vec<Item>) -> Result<Vec<(u64, ReportRow)>, Error> {
    let own = items
        .first()
        .map(|item| item.row.grants.clone())
        .unwrap_or_default();
    let grants = context.terms.grants_of(&own);
    if let Some(error) = context.halted().or_else(|| context.exhausted(&grants)) {
        let not = |item: Item| item.settle(Outcome::NotStarted(error.clone()));
        return Ok(items.into_iter().map(not).collect());
    }
    // Before the first byte of it: what is not written down here can't have been sent.
    context.note(&intent(context, &items), true).await?;
    let (watched, began) = (Watched::new(), Instant::now());
    let started_at = context.org.client().now();
    let batch = Batch {
        members: items.iter().map(is_member).collect(),
        rows: items.iter().filter_map(invitation).collect(),
        mail: context
            .terms
            .mail
            .clone()
            .unwrap_or(crate::invite::Mail::Silent),
        grants: grants.clone(),
    };
    let invited = batch.send(&context.org.going(watched.ways)).await;
    let mut rows = Vec::with_capacity(items.len());
    for (item, invitation) in items.into_iter().zip(invited) {
        let outcome = outcome(&invitation);
        if let Outcome::Refused(error) = &outcome
            && (error.is_licence_limit() || is_about_grants(error))
        {
            context.exhaust(&grants, error);
        }
        let outcome = context.learn(outcome);
        let mut row = ReportRow::of(item.row, outcome);
        row.account_id = invitation.account_id.or(row.account_id);
        row.started_at = Some(started_at);
        row.took = began.elapsed();
        row.attempts = watched.log.sends();
        row.status = watched.log.status();
        rows.push((item.index, row));
    }
    Ok(rows)
}

fn is_member(item: &Item) -> bool {
    let user = item.user.as_ref();
    user.is_some_and(|user| user.membership == Some(MembershipStatus::Active))
}

fn invitation(item: &Item) -> Option<Invitation> {
    match &item.row.person {
        Person::Email(address) => Some(Invitation {
            position: item.row.position,
            address: address.clone(),
            account_id: item.row.account_id.clone(),
            outcome: InvitationOutcome::NotStarted(None),
            grants: Vec::new(),
            was_there: item.user.is_some(),
        }),
        // No plan invites an account id.
        Person::Account(_) => None,
    }
}

/// An invitation's outcome in the words of all changes.
fn outcome(invitation: &Invitation) -> Outcome {
    let in_doubt = || Error::new(ErrorKind::InDoubt);
    match &invitation.outcome {
        InvitationOutcome::Invited | InvitationOutcome::AlreadyMember => Outcome::Changed {
            evidence: Evidence::Acknowledged,
        },
        InvitationOutcome::Partly => {
            let all = invitation.grants.len();
            let made = invitation
                .grants
                .iter()
                .filter(|(_, o)| *o == GrantOutcome::Granted)
                .count();
            Outcome::Partly(
                Error::new(ErrorKind::Incomplete)
                    .with_words(format!("{made} of {all} grants were made for certain"))
                    .with_hint("look at the person's roles and groups"),
            )
        }
        InvitationOutcome::NeedsRestoring => {
            Outcome::Refused(crate::plan::Reason::NeedsRestoring.error())
        }
        InvitationOutcome::Refused(error) => Outcome::Refused(error.clone()),
        InvitationOutcome::Failed => Outcome::Refused(
            Error::new(ErrorKind::Incomplete)
                .with_words("the service made none of the grants")
                .with_hint("check the roles and groups, and whether the person may have them"),
        ),
        InvitationOutcome::InDoubt(error) => {
            Outcome::InDoubt(error.clone().unwrap_or_else(in_doubt))
        }
        InvitationOutcome::NotStarted(error) => Outcome::NotStarted(
            error
                .clone()
                .unwrap_or_else(|| Error::new(ErrorKind::Stopped)),
        ),
    }
}
