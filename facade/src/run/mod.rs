//! Running a plan: many changes at once, one journal, one report.

mod after;
mod drive;
mod events;
mod feed;
mod past;
mod perform;
mod prepare;
mod record;
mod report;
mod scribe;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::journal::Journal;
use crate::organization::Organization;
use crate::plan::{PlanRow, Terms};
pub use events::{RunEvent, RunEvents};
pub use report::{Report, ReportRow};

/// How many changes are under way at once, unless the caller says otherwise.
const AT_ONCE: usize = 8;

/// How long one call may wait for its turn: a limit may count by the hour.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);

/// Where the rows of a plan are.
pub(crate) enum Source {
    Memory(Vec<PlanRow>),
    /// With the digest of the plan that is meant.
    File(PathBuf, String),
}

/// A plan that is about to be carried out, by `.await`.
///
/// Everybody is read again first, 100 addresses a request: whose state has changed since the plan was made
/// is left alone and reported. Changes then go out side by side, as many as [`at_once`](Self::at_once) says
/// and the rate limits let through, and never two for one person. Afterwards everybody is read once more,
/// for the report. One failure does not stop the rest; what every other request would meet as well (401,
/// 402, a 403 for the whole organization, five doubts in a row) does, and leaves the rest
/// [`NotStarted`](crate::Outcome::NotStarted). A licence limit stops the rows that ask for the same grants.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use atlassian_orgs::FileJournal;
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(5).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("leavers.journal");
/// let plan = org.suspend_users("user-0001@example.com, user-0002@example.com").plan().await?;
/// // Keep the plan where a crash can't take it: resuming needs it.
/// let text = serde_json::to_string(&plan)?;
///
/// let report = plan.run().journal(FileJournal::create(&path)?).operator("Mia, IT").await?;
/// println!("{report}");
/// report.ensure_complete()?;
///
/// // After a crash, perhaps on another machine:
/// let plan: atlassian_orgs::Plan = serde_json::from_str(&text)?;
/// let report = plan.bind(&org)?.resume(FileJournal::open(&path)?).await?;
/// report.ensure_complete()?;
/// # Ok(())
/// # }
/// ```
///
/// Dropping the future stops the run where it is; what was under way may or may not be done, and only a
/// journal knows of it. More may be done than the events told by then. To stop in order, use [`stop_when`](Self::stop_when).
///
/// # Errors
///
/// Only where nothing was changed, or the journal or the plan's file fails:
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) (a plan that is bound to no organization),
/// [`Outdated`](crate::ErrorKind::Outdated) (an expired plan),
/// [`Journal`](crate::ErrorKind::Journal) (of another plan, in use, damaged; resuming and starting
/// mixed up). Everything else is in the [`Report`].
#[must_use = "a run does nothing until it is awaited"]
pub struct Run {
    org: Option<Organization>,
    terms: Terms,
    total: u64,
    repeated: u64,
    digest: String,
    source: Source,
    options: Options,
}

struct Options {
    at_once: usize,
    journal: Option<Box<dyn Journal>>,
    resuming: bool,
    operator: Option<String>,
    key_label: Option<String>,
    stop_after: Option<u64>,
    stop: Stop,
    verified: Option<Duration>,
    keep_rows: bool,
    resend: bool,
    on_event: Option<OnEvent>,
}

type OnEvent = Box<dyn FnMut(RunEvent) + Send>;

/// Stops a run in order: what is under way is finished, and nothing more is begun. Clones stop the same.
///
/// ```
/// use atlassian_orgs::Stop;
///
/// let stop = Stop::new();
/// // Somewhere else, for example when Ctrl-C is pressed:
/// stop.clone().stop();
/// assert!(stop.is_stopped());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Not stopped yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Run {
    pub(crate) fn new(
        org: Option<Organization>,
        terms: Terms,
        end: crate::plan::End,
        source: Source,
    ) -> Self {
        Self {
            org,
            terms,
            total: end.change + end.already_done + end.refused,
            repeated: end.repeated,
            digest: end.digest,
            source,
            options: Options {
                at_once: AT_ONCE,
                journal: None,
                resuming: false,
                operator: None,
                key_label: None,
                stop_after: None,
                stop: Stop::new(),
                verified: None,
                keep_rows: true,
                resend: false,
                on_event: None,
            },
        }
    }

    pub(crate) fn resuming(mut self, journal: impl Journal) -> Self {
        self.options.resuming = true;
        self.journal(journal)
    }

    /// Keeps what is about to be done and what came of it, so that after a crash
    /// [`resume`](crate::Plan::resume) can finish the run. An invitation is sent only when the journal
    /// has it for sure.
    ///
    /// It must be empty: one run, one journal.
    pub fn journal(mut self, journal: impl Journal) -> Self {
        self.options.journal = Some(Box::new(journal));
        self
    }

    /// The most changes under way at once; 8 if not given, at least 1.
    pub fn at_once(mut self, changes: usize) -> Self {
        self.options.at_once = changes.max(1);
        self
    }

    /// Who runs this, for the report.
    pub fn operator(mut self, name: impl Into<String>) -> Self {
        self.options.operator = Some(name.into());
        self
    }

    /// Which key is used, in your own words, for the report. Never the key itself.
    pub fn key_label(mut self, label: impl Into<String>) -> Self {
        self.options.key_label = Some(label.into());
        self
    }

    /// Stops in order after this many people for whom the wished state could not be had.
    pub fn stop_after(mut self, failures: u64) -> Self {
        self.options.stop_after = Some(failures);
        self
    }

    /// Stops in order when this is stopped.
    pub fn stop_when(mut self, stop: &Stop) -> Self {
        self.options.stop = stop.clone();
        self
    }

    /// Sees to it that reads show the changes, too, a hundred people a request. Who is not seen so in this
    /// time is [`Pending`](crate::Outcome::Pending). Somebody who was found to be so already and is seen
    /// otherwise in a later read is reported as [`NotStarted`](crate::Outcome::NotStarted).
    pub fn verified(mut self, within: Duration) -> Self {
        self.options.verified = Some(within);
        self
    }

    /// Leaves the rows out of the report, which then counts only: for runs over hundreds of thousands.
    /// They are in the journal, and go by as [`RunEvent::Row`].
    pub fn forget_rows(mut self) -> Self {
        self.options.keep_rows = false;
        self
    }

    /// While resuming: sends those invitations again that are in doubt, on your word. **Somebody may get a
    /// second mail.** Who has every grant by now gets nothing sent.
    pub fn resend_in_doubt(mut self) -> Self {
        self.options.resend = true;
        self
    }

    /// Calls this for everything that happens. It runs between requests, so it should not take long.
    pub fn on_event(mut self, call: impl FnMut(RunEvent) + Send + 'static) -> Self {
        self.options.on_event = Some(Box::new(call));
        self
    }

    /// The run as a stream of what happens; the last event has the report. The run goes on only while the
    /// stream is asked for more.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use atlassian_orgs::RunEvent;
    /// # use atlassian_orgs::{ApiKey, Client, OrgId};
    /// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(5).start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// let plan = org.suspend_users("user-0001@example.com").plan().await?;
    /// let mut events = plan.run().events();
    /// while let Some(event) = events.try_next().await? {
    ///     match event {
    ///         RunEvent::Outcome { position, word, .. } => println!("{position}: {word}"),
    ///         RunEvent::Ended(report) => report.ensure_complete()?,
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(self) -> RunEvents {
        RunEvents::new(self)
    }
}

impl IntoFuture for Run {
    type Output = Result<Report, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(drive::drive(self))
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("action", &self.terms.action)
            .field("digest", &self.digest)
            .field("resuming", &self.options.resuming)
            .finish_non_exhaustive()
    }
}
