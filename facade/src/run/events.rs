//! What happens during a run, for progress bars and logs.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::report::{Report, ReportRow};
use super::{Run, drive};
use crate::error::Error;

/// Something that happened during a run. People are named by position; the row has the rest.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunEvent {
    /// The run began; while resuming, this many rows were done before.
    #[non_exhaustive]
    Started {
        /// Rows of the plan.
        total: u64,
        /// Rows that are done already.
        before: u64,
    },
    /// It is known what came of one row.
    #[non_exhaustive]
    Outcome {
        /// The person's position in what was given.
        position: usize,
        /// The outcome in a word.
        word: &'static str,
    },
    /// A row is complete, with the state that was read afterwards. While resuming, rows of before come
    /// first.
    Row(Box<ReportRow>),
    /// Nothing more is begun, because of this.
    Stopped(Error),
    /// The run is over. Only in the stream of [`Run::events`].
    Ended(Box<Report>),
}

type Running = Box<dyn Future<Output = Result<Report, Error>> + Send>;
type Queue = Arc<Mutex<VecDeque<RunEvent>>>;

/// A run as a stream; see [`Run::events`].
#[must_use = "the run goes on only while the stream is asked for more"]
pub struct RunEvents {
    queue: Queue,
    run: Option<Pin<Running>>,
}

impl RunEvents {
    pub(super) fn new(mut run: Run) -> Self {
        let queue = Queue::default();
        let (mut before, to) = (run.options.on_event.take(), queue.clone());
        run.options.on_event = Some(Box::new(move |event: RunEvent| {
            if let Some(before) = &mut before {
                before(event.clone());
            }
            lock(&to).push_back(event);
        }));
        Self {
            queue,
            run: Some(Box::pin(drive::drive(run))),
        }
    }

    /// The next event, or none after the last.
    ///
    /// # Errors
    ///
    /// Those of [`Run`].
    pub async fn try_next(&mut self) -> Result<Option<RunEvent>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }
}

fn lock(queue: &Mutex<VecDeque<RunEvent>>) -> std::sync::MutexGuard<'_, VecDeque<RunEvent>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stream for RunEvents {
    type Item = Result<RunEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = lock(&self.queue).pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(run) = &mut self.run else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(end) = run.as_mut().poll(context) {
            self.run = None;
            match end {
                Ok(report) => lock(&self.queue).push_back(RunEvent::Ended(Box::new(report))),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        match lock(&self.queue).pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            // The run has seen to it that it is woken.
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for RunEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunEvents")
    }
}
