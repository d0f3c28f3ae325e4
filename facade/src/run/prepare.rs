//! From a window of rows to work: read everybody again, ask the guards again, decide.

use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::drive::Context;
use super::feed::Open1;
use super::past::Open;
use super::record::{Intent, Record};
use super::report::ReportRow;
use crate::address::Person;
use crate::error::{Error, ErrorKind};
use crate::invite::{self, Batch};
use crate::lookup;
use crate::outcome::{Evidence, Outcome};
use crate::plan::{Action, Decision, PlanRow, Reason, State, Watch, state_in};
use crate::status::MembershipStatus;
use crate::user::User;

/// Reads have been seen to lag by 30 seconds; after this long, what they don't show did not happen.
const SETTLED: Duration = Duration::from_secs(60);

/// How many people at once, where each takes a request of its own.
const AT_ONCE: usize = 8;

/// Something to do.
pub(super) enum Job {
    /// Nothing to send: what came of these is known.
    Settled(Vec<(u64, ReportRow)>),
    /// The rows of one person, one after the other.
    Change(Vec<Item>),
    /// Invitations with the same grants, no more than fit into a request.
    Invite(Vec<Item>),
}

impl Job {
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Settled(rows) => rows.len(),
            Self::Change(items) | Self::Invite(items) => items.len(),
        }
    }
}

/// A row that is to be changed.
pub(super) struct Item {
    pub(super) index: u64,
    pub(super) row: PlanRow,
    /// The account as read now; none if there is none to invite.
    pub(super) user: Option<User>,
    /// The state in the directory as read now.
    pub(super) status: Option<MembershipStatus>,
}

impl Item {
    pub(super) fn settle(self, outcome: Outcome) -> (u64, ReportRow) {
        (self.index, ReportRow::of(self.row, outcome))
    }
}

enum Verdict {
    Go(Box<Item>),
    Settled(u64, Box<ReportRow>),
}

/// What there is to do for a window.
pub(super) async fn prepare(
    context: &Context,
    watch: &mut Watch,
    window: Vec<Open1>,
) -> Result<Vec<Job>, Error> {
    let (mut settled, mut asked) = (Vec::new(), Vec::new());
    let halted = context.halted();
    for it in window {
        match (&halted, &it.row.decision) {
            (Some(error), _) if it.open.is_some() => settled.push(unasked(it, error)),
            (_, Decision::Refuse(reason)) => {
                let outcome = Outcome::Refused(reason.error());
                settled.push((it.index, ReportRow::of(it.row, outcome)));
            }
            (Some(error), _) => settled.push(unasked(it, error)),
            (None, _) => asked.push(it),
        }
    }
    if !asked.is_empty() {
        settle_down(context, &asked).await;
        let people: Vec<Person> = asked.iter().map(|it| it.row.person.clone()).collect();
        match lookup::find(&context.org, &people).await {
            Err(error) => {
                let error = context.failed(error);
                settled.extend(asked.into_iter().map(|it| unasked(it, &error)));
            }
            Ok(users) => {
                let decided = decide_all(context, watch, asked, users).await?;
                return jobs(context, settled, decided).await;
            }
        }
    }
    Ok(vec![Job::Settled(settled)])
}

/// A row that could not be read now: what was in doubt before does not become certain by that.
fn unasked(it: Open1, error: &Error) -> (u64, ReportRow) {
    let outcome = match it.open {
        Some(Open {
            doubt: Some(known), ..
        }) => return (it.index, known),
        Some(_) => Outcome::InDoubt(unread()),
        None => Outcome::NotStarted(error.clone()),
    };
    (it.index, ReportRow::of(it.row, outcome))
}

fn unread() -> Error {
    Error::new(ErrorKind::InDoubt)
        .with_words(
            "it was begun by a run that ended before the answer, and could not be read back",
        )
        .with_hint("resume once more")
}

/// Waits until reads must show what an invitation that was under way has done.
async fn settle_down(context: &Context, asked: &[Open1]) {
    if context.terms.action != Action::Invite {
        return;
    }
    let begun = asked
        .iter()
        .filter_map(|it| Some(it.open.as_ref()?.at))
        .max();
    if let Some(begun) = begun {
        let passed = context.org.client().now().duration_since(begun);
        let left = SETTLED.saturating_sub(passed.unwrap_or_default());
        tokio::time::sleep(left).await;
    }
}

async fn decide_all(
    context: &Context,
    watch: &mut Watch,
    asked: Vec<Open1>,
    users: Vec<Option<User>>,
) -> Result<Vec<Verdict>, Error> {
    let mut open = Vec::with_capacity(asked.len());
    for (it, user) in asked.into_iter().zip(users) {
        let mut reason = watch.refuses(&it.row.person, user.as_ref());
        if reason.is_none() && context.terms.action == Action::Invite {
            let grants = context.terms.grants_of(&it.row.grants);
            reason = watch.refuses_grants(&context.org, &grants).await;
        }
        open.push((it, user, reason));
    }
    let decided = stream::iter(open).map(|(it, user, reason)| decide(context, it, user, reason));
    decided.buffered(AT_ONCE).try_collect().await
}

/// What a read shows now.
struct Now {
    decision: Decision,
    status: Option<MembershipStatus>,
    state: Option<State>,
}

async fn look(
    context: &Context,
    row: &PlanRow,
    user: Option<&User>,
    reason: Option<Reason>,
) -> Result<Now, Error> {
    let state = |status: &Option<MembershipStatus>| user.map(|u| State::of(u, status.clone()));
    let status = user.and_then(|user| user.membership.clone());
    if let Some(reason) = reason {
        return Ok(Now {
            decision: Decision::Refuse(reason),
            state: state(&status),
            status,
        });
    }
    let terms = &context.terms;
    let (Some(user), Some(change)) = (user, terms.action.change()) else {
        let decision = match user {
            Some(user) => invite::decide(&context.org, user, &terms.grants_of(&row.grants)).await?,
            None if terms.action == Action::Invite => Decision::Change,
            None => Decision::Refuse(Reason::NoSuchAccount),
        };
        return Ok(Now {
            decision,
            state: state(&status),
            status,
        });
    };
    if terms.action == Action::Restore && user.is_account_out_of_use() {
        return Ok(Now {
            decision: Decision::Refuse(Reason::AccountOutOfUse),
            state: state(&status),
            status,
        });
    }
    let status = match &row.directory {
        Some(directory) => state_in(&context.org, terms, directory, user).await?,
        None => status,
    };
    Ok(Now {
        decision: change.decide(status.as_ref()),
        state: state(&status),
        status,
    })
}

async fn decide(
    context: &Context,
    it: Open1,
    user: Option<User>,
    reason: Option<Reason>,
) -> Result<Verdict, Error> {
    let Open1 {
        index,
        mut row,
        open,
    } = it;
    let now = match look(context, &row, user.as_ref(), reason).await {
        Ok(now) => now,
        Err(error) => {
            let error = context.failed(error);
            let (index, row) = unasked(Open1 { index, row, open }, &error);
            return Ok(Verdict::Settled(index, Box::new(row)));
        }
    };
    let read_at = now.state.as_ref().map(|state| state.read_at);
    let outcome = match &open {
        None => fresh(
            &row,
            &now,
            user.as_ref(),
            read_at,
            context.org.client().now(),
        ),
        Some(open) => begun(context, open, &now),
    };
    if let Some(open) = &open {
        row.before = open.before.clone();
    } else {
        row.before = now.state.clone();
    }
    if row.account_id.is_none() {
        row.account_id = user.as_ref().map(|user| user.account_id.clone());
    }
    Ok(match outcome {
        None => Verdict::Go(Box::new(Item {
            index,
            row,
            user,
            status: now.status,
        })),
        Some(outcome) => {
            let mut settled = ReportRow::of(row, outcome);
            if let Some(Open { at, doubt, .. }) = &open {
                settled.after = now.state;
                settled.started_at = Some(*at);
                if let Some(doubt) = doubt {
                    (settled.attempts, settled.status) = (doubt.attempts, doubt.status);
                    settled.took = doubt.took;
                }
            }
            Verdict::Settled(index, Box::new(settled))
        }
    })
}

/// What came of a row that nobody has begun; none if it is to be changed.
fn fresh(
    row: &PlanRow,
    now: &Now,
    user: Option<&User>,
    read_at: Option<SystemTime>,
    time: SystemTime,
) -> Option<Outcome> {
    let outdated = |words: &'static str| {
        let error = Error::new(ErrorKind::Outdated)
            .with_words(words)
            .with_hint("make a new plan for this person");
        Some(Outcome::NotStarted(error))
    };
    let account = user.map(|user| &user.account_id);
    if row.account_id.is_some() && account.is_some() && row.account_id.as_ref() != account {
        return outdated("the address belongs to another account than when the plan was made");
    }
    match (&row.decision, &now.decision) {
        (_, Decision::AlreadyDone) => Some(Outcome::AlreadyDone {
            read_at: read_at.unwrap_or(time),
        }),
        (_, Decision::Refuse(reason)) => Some(Outcome::Refused(reason.error())),
        (Decision::Change, Decision::Change) if alike(&row.before, &now.state) => None,
        _ => outdated("the person's state has changed since the plan was made"),
    }
}

/// What came of a row that a run before this one began; none if it is to be changed.
fn begun(context: &Context, open: &Open, now: &Now) -> Option<Outcome> {
    match &now.decision {
        Decision::AlreadyDone => Some(Outcome::Changed {
            evidence: Evidence::Observed,
        }),
        Decision::Refuse(reason) => Some(Outcome::Refused(reason.error())),
        // It sets a state, so it can't happen twice.
        Decision::Change if context.terms.action != Action::Invite => None,
        Decision::Change => match &open.doubt {
            // Sent for certain, and not answered: only a person can say that it may go again.
            Some(known) if !context.resend => Some(known.outcome.clone()),
            Some(_) => None,
            None if alike(&open.before, &now.state) => None,
            None => Some(Outcome::InDoubt(
                Error::new(ErrorKind::InDoubt)
                    .with_words(
                        "a run before this one was inviting the person, and not all of it shows",
                    )
                    .with_hint("look at the person; then call resend_in_doubt() or leave it"),
            )),
        },
    }
}

fn alike(a: &Option<State>, b: &Option<State>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is_like(b),
        (None, None) => true,
        _ => false,
    }
}

/// Puts together what goes together, and writes down what can't be told apart afterwards.
async fn jobs(
    context: &Context,
    mut settled: Vec<(u64, ReportRow)>,
    decided: Vec<Verdict>,
) -> Result<Vec<Job>, Error> {
    let mut items = Vec::new();
    for verdict in decided {
        match verdict {
            Verdict::Go(item) => items.push(*item),
            Verdict::Settled(index, row) => settled.push((index, *row)),
        }
    }
    let mut jobs = vec![Job::Settled(settled)];
    if context.terms.action == Action::Invite {
        let mut sets: Vec<(Vec<_>, Vec<Item>)> = Vec::new();
        for item in items {
            match sets
                .iter_mut()
                .find(|(grants, _)| *grants == item.row.grants)
            {
                Some((_, set)) => set.push(item),
                None => sets.push((item.row.grants.clone(), vec![item])),
            }
        }
        for (_, mut set) in sets {
            while set.len() > Batch::SIZE {
                let rest = set.split_off(Batch::SIZE);
                jobs.push(Job::Invite(std::mem::replace(&mut set, rest)));
            }
            jobs.push(Job::Invite(set));
        }
        return Ok(jobs);
    }
    if !items.is_empty() {
        // Once for all of the window: who is not changed in the end is only read again after a crash.
        context.note(&intent(context, &items), true).await?;
    }
    let mut people: Vec<Vec<Item>> = Vec::new();
    for item in items {
        match people
            .last_mut()
            .filter(|rows| rows[0].row.position == item.row.position)
        {
            Some(rows) => rows.push(item),
            None => people.push(vec![item]),
        }
    }
    jobs.extend(people.into_iter().map(Job::Change));
    Ok(jobs)
}

pub(super) fn intent(context: &Context, items: &[Item]) -> Record {
    Record::Intent(Intent {
        at: context.org.client().now(),
        rows: items
            .iter()
            .map(|item| (item.index, item.row.before.clone()))
            .collect(),
    })
}
