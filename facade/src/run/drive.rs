//! The loop of a run: what is read, sent and read again goes on side by side, within bounds.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::after::{after, is_due};
use super::feed::Feed;
use super::perform::perform;
use super::prepare::{Job, prepare};
use super::record::{Head, Record};
use super::report::{Report, ReportRow, Tally};
use super::scribe::Scribe;
use super::{PATIENCE, Run, RunEvent, Stop};
use crate::client::Ways;
use crate::error::{Error, ErrorKind};
use crate::invite::Grant;
use crate::organization::Organization;
use crate::outcome::Outcome;
use crate::plan::{Terms, WINDOW, Watch};

/// After so many in a row of which it is not known what came, an outage is more likely than bad luck.
const DOUBTS: u32 = 5;

/// So many rows are read before their turn, so that a limit on reading does not stop the changes.
const AHEAD: usize = 6 * WINDOW;

/// What all parts of a run share.
pub(super) struct Context {
    pub(super) org: Organization,
    pub(super) terms: Terms,
    pub(super) verified: Option<Duration>,
    pub(super) resend: bool,
    stop: Stop,
    stop_after: Option<u64>,
    scribe: Scribe,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Why nothing more is begun.
    halt: Option<Error>,
    /// Grants that the service refuses to everybody.
    exhausted: Vec<(Vec<Grant>, Error)>,
    succeeded: bool,
    failures: u64,
    doubts: u32,
}

impl Context {
    fn shared(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nothing more is begun, if so.
    pub(super) fn halted(&self) -> Option<Error> {
        let mut shared = self.shared();
        if shared.halt.is_none() && self.stop.is_stopped() {
            shared.halt = Some(stopped("the run was stopped"));
        }
        shared.halt.clone()
    }

    fn halt(&self, error: &Error) {
        self.shared().halt.get_or_insert(error.clone());
    }

    /// Takes a failed read or a refused change into account; the same error comes back.
    pub(super) fn failed(&self, error: Error) -> Error {
        let mut shared = self.shared();
        if shared.is_final(&error) && shared.halt.is_none() {
            shared.halt = Some(error.clone());
        }
        error
    }

    /// Takes an outcome into account, and says what it is for this run.
    pub(super) fn learn(&self, outcome: Outcome) -> Outcome {
        let mut shared = self.shared();
        match &outcome {
            Outcome::Changed { .. } | Outcome::AlreadyDone { .. } | Outcome::Partly(_) => {
                shared.succeeded = true;
                shared.doubts = 0;
            }
            Outcome::InDoubt(error) => {
                shared.doubts += 1;
                if shared.doubts >= DOUBTS && shared.halt.is_none() {
                    shared.halt = Some(outage(error));
                }
            }
            Outcome::NotStarted(error) | Outcome::Refused(error) => {
                if shared.is_final(error) {
                    let error = error.clone();
                    shared.halt.get_or_insert(error.clone());
                    return Outcome::NotStarted(error);
                }
                match error.kind() {
                    // Not sent, and the next will fare alike.
                    ErrorKind::Connect | ErrorKind::Timeout => {
                        shared.doubts += 1;
                        if shared.doubts >= DOUBTS && shared.halt.is_none() {
                            shared.halt = Some(outage(error));
                        }
                    }
                    _ => shared.doubts = 0,
                }
            }
            Outcome::Pending(_) => {}
        }
        outcome
    }

    /// Why these grants are given to nobody more, if so.
    pub(super) fn exhausted(&self, grants: &[Grant]) -> Option<Error> {
        let shared = self.shared();
        let mut known = shared.exhausted.iter();
        known
            .find(|(known, _)| known == grants)
            .map(|(_, error)| error.clone())
    }

    pub(super) fn exhaust(&self, grants: &[Grant], error: &Error) {
        let mut shared = self.shared();
        if !shared.exhausted.iter().any(|(known, _)| known == grants) {
            shared.exhausted.push((grants.to_vec(), error.clone()));
        }
    }

    /// Counts what could not be had.
    fn count(&self, outcome: &Outcome) {
        if outcome.is_done() || matches!(outcome, Outcome::NotStarted(_)) {
            return;
        }
        let mut shared = self.shared();
        shared.failures += 1;
        if self.stop_after.is_some_and(|most| shared.failures >= most) && shared.halt.is_none() {
            let words = format!("the run was to stop after {} failure(s)", shared.failures);
            shared.halt = Some(stopped(words));
        }
    }

    pub(super) async fn note(&self, record: &Record, durable: bool) -> Result<(), Error> {
        self.scribe.note(record, durable).await
    }
}

impl Shared {
    /// Whether every other request would end the same way.
    fn is_final(&self, error: &Error) -> bool {
        match error.kind() {
            ErrorKind::Unauthorized
            | ErrorKind::PaymentRequired
            | ErrorKind::NoSuchOrganization
            | ErrorKind::Journal => true,
            // Until something has worked, it is the key that may not, and not this person.
            ErrorKind::Forbidden => !self.succeeded || error.is_about_organization(),
            ErrorKind::RateLimited => true,
            _ => false,
        }
    }
}

fn stopped(words: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Stopped)
        .with_words(words)
        .with_hint("resume it from its journal, or make a new plan")
}

fn outage(last: &Error) -> Error {
    Error::new(ErrorKind::Stopped)
        .with_words(format!(
            "{DOUBTS} changes in a row came to nothing certain: the service or the network is out of order"
        ))
        .with_hint("look at what was the last error, and resume later")
        .with_cause(last.clone())
}

/// What became ready.
enum Step {
    Prepared(Box<Feed>, Box<Watch>, Vec<Job>),
    Performed(Vec<(u64, ReportRow)>),
    Read(Vec<(u64, ReportRow)>),
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<Step, Error>> + Send + 'a>>;

pub(super) async fn drive(run: Run) -> Result<Report, Error> {
    let Run {
        org,
        terms,
        total,
        repeated,
        digest,
        source,
        options,
    } = run;
    let org = org.ok_or_else(|| {
        Error::invalid("the plan was read from somewhere and is on no organization")
            .with_hint("call bind() with the organization")
    })?;
    let org = terms.place(&org).going(Ways {
        timeout: Some(PATIENCE),
        log: None,
    });
    if options.resuming && options.journal.is_none() {
        return Err(Error::new(ErrorKind::Journal).with_words("there is no journal to resume from"));
    }
    let started_at = org.client().now();
    // What was begun in time may be finished.
    if !options.resuming {
        terms.check_time(started_at)?;
    }
    let head = Head {
        organization: terms.organization.clone(),
        plan_digest: digest,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        operator: options.operator,
        key_label: options.key_label,
        at: started_at,
    };
    let watch = Watch::read(&org, &terms.guards, terms.action).await?;
    let tally = Tally::new(options.keep_rows, options.on_event);
    let opened = Scribe::open(
        options.journal,
        options.resuming,
        head.clone(),
        total,
        tally,
    );
    let (scribe, mut past, mut tally) = opened.await?;
    let ready = std::mem::take(&mut past.unread);
    let before = past.finished;
    tally.tell(|| RunEvent::Started { total, before });
    let context = Context {
        org,
        terms,
        verified: options.verified,
        resend: options.resend,
        stop: options.stop,
        stop_after: options.stop_after,
        scribe,
        shared: Mutex::default(),
    };
    let feed = Feed::open(source, past).await?;
    all(&context, feed, watch, options.at_once, ready, &mut tally).await?;
    context.scribe.close().await?;
    let stopped = context.shared().halt.clone();
    if let Some(error) = &stopped {
        tally.tell(|| RunEvent::Stopped(error.clone()));
    }
    let (counts, rows) = tally.end();
    Ok(Report {
        organization: head.organization,
        action: context.terms.action,
        directory: context.terms.directory.clone(),
        plan_digest: head.plan_digest,
        version: head.version,
        operator: head.operator,
        key_label: head.key_label,
        started_at,
        ended_at: context.org.client().now(),
        stopped,
        repeated,
        grants: context.terms.grants.clone(),
        mail: context.terms.mail.clone(),
        counts,
        rows,
    })
}

/// Does all of it. One window is prepared at a time, and only when the work runs low, so that memory
/// follows the windows and not the plan.
async fn all(
    context: &Context,
    feed: Feed,
    watch: Watch,
    at_once: usize,
    mut ready: Vec<(u64, ReportRow)>,
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut work: FuturesUnordered<Work<'_>> = FuturesUnordered::new();
    let (mut queue, mut performing, mut reading) = (VecDeque::<Job>::new(), 0, 0);
    let mut idle = Some((Box::new(feed), Box::new(watch)));
    let (mut broken, mut ahead) = (None, 0);
    loop {
        if (queue.len() < at_once || ahead < AHEAD)
            && ready.len() < 2 * WINDOW
            && let Some((feed, watch)) = idle.take_if(|(feed, _)| !feed.is_ended())
        {
            work.push(Box::pin(next(context, feed, watch)));
        }
        while performing < at_once
            && let Some(job) = queue.pop_front()
        {
            performing += 1;
            ahead -= job.rows();
            work.push(Box::pin(async move {
                Ok(Step::Performed(perform(context, job).await?))
            }));
        }
        let nothing_else = work.is_empty();
        if reading < 2 && (ready.len() >= WINDOW || nothing_else && !ready.is_empty()) {
            let rest = ready.split_off(ready.len().min(WINDOW));
            let rows = std::mem::replace(&mut ready, rest);
            reading += 1;
            work.push(Box::pin(async move {
                Ok(Step::Read(after(context, rows).await?))
            }));
        }
        match work.next().await {
            None => return broken.map_or(Ok(()), Err),
            // The journal or the plan's file. What is under way is finished, and nothing more is begun.
            Some(Err(error)) => {
                context.halt(&error);
                broken.get_or_insert(error);
                idle = None;
            }
            Some(Ok(step)) => match step {
                Step::Prepared(feed, watch, jobs) => {
                    ahead += jobs.iter().map(Job::rows).sum::<usize>();
                    queue.extend(jobs);
                    idle = broken.is_none().then_some((feed, watch));
                }
                Step::Performed(rows) => {
                    performing -= 1;
                    for (index, row) in rows {
                        let (position, word) = (row.position, row.outcome.word());
                        tally.tell(|| RunEvent::Outcome { position, word });
                        context.count(&row.outcome);
                        match is_due(context, &row) {
                            true => ready.push((index, row)),
                            false => tally.finish(index, row),
                        }
                    }
                }
                Step::Read(rows) => {
                    reading -= 1;
                    for (index, row) in rows {
                        tally.finish(index, row);
                    }
                }
            },
        }
    }
}

async fn next(context: &Context, feed: Box<Feed>, mut watch: Box<Watch>) -> Result<Step, Error> {
    let (feed, window) = feed.window().await?;
    let jobs = prepare(context, &mut watch, window).await?;
    Ok(Step::Prepared(Box::new(feed), watch, jobs))
}
