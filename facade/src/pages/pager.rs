//! Lists page by page.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::task::JoinHandle;

use super::{Continuation, List, Page};
use crate::error::{Error, ErrorKind};
use crate::paging::Cursors;

/// The pages of a list.
pub(crate) struct Pager<L: List> {
    list: Arc<L>,
    cursors: Cursors,
    at: At,
    /// A page on its way. Behind a lock that nobody ever takes: it only lets the list be shared.
    fetching: Mutex<Option<Fetch<L>>>,
    /// Whether the stream has told an error.
    failed: bool,
}

/// Where the next page is.
enum At {
    Start,
    Cursor(String),
    /// After the last page that could be read: the way to the next one is broken.
    Broken(Error),
    End,
}

type Fetched<L> = Result<Page<<L as List>::Row>, Error>;
type Fetch<L> = Pin<Box<dyn Future<Output = Fetched<L>> + Send>>;

impl<L: List> Pager<L> {
    pub(crate) fn new(list: L) -> Self {
        let from = list.reading().from.as_ref();
        let at = match from.map(|from| from.cursor_for(&list)) {
            None | Some(Ok(None)) => At::Start,
            Some(Ok(Some(cursor))) => At::Cursor(cursor.to_owned()),
            Some(Err(error)) => At::Broken(error),
        };
        Self {
            cursors: Cursors::new(list.org().client()),
            list: Arc::new(list),
            at,
            fetching: Mutex::new(None),
            failed: false,
        }
    }

    /// The next page, or `None` after the last. A page can be empty and not the last.
    ///
    /// Dropped before it is ready, it leaves the list as it was. After an error, a call reads the same page
    /// again.
    pub(crate) async fn try_next(&mut self) -> Result<Option<Vec<L::Row>>, Error> {
        self.failed = false;
        match &self.at {
            At::End => return Ok(None),
            At::Broken(error) => return Err(error.clone()),
            At::Start | At::Cursor(_) => {}
        }
        let fetch = self.fetching().take().unwrap_or_else(|| self.fetch());
        let page = fetch.await;
        self.settle(page).map(Some)
    }

    /// Where to go on later: before the next page. None if nothing comes after.
    pub(crate) fn continuation(&self) -> Option<Continuation> {
        match &self.at {
            At::Start => Some(Continuation::new(&*self.list, None)),
            At::Cursor(cursor) => Some(Continuation::new(&*self.list, Some(cursor))),
            At::Broken(_) | At::End => None,
        }
    }

    pub(crate) fn list(&self) -> &L {
        &self.list
    }

    fn fetching(&mut self) -> &mut Option<Fetch<L>> {
        let fetching = self.fetching.get_mut();
        fetching.unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the next page, once it is polled.
    fn fetch(&self) -> Fetch<L> {
        let list = self.list.clone();
        let cursor = match &self.at {
            At::Cursor(cursor) => Some(cursor.clone()),
            _ => None,
        };
        Box::pin(async move { list.page(cursor.as_deref()).await })
    }

    /// Takes a page in, and goes on to the next.
    fn settle(&mut self, page: Fetched<L>) -> Result<Vec<L::Row>, Error> {
        let (rows, next) = page?;
        // What was read is kept: if there is no way on, that is the next call's error.
        self.at = match self.cursors.next(next.as_deref()) {
            Ok(Some(cursor)) => At::Cursor(cursor),
            Ok(None) => At::End,
            Err(error) => At::Broken(error.with_operation(L::OPERATION)),
        };
        if self.list.reading().ahead && matches!(self.at, At::Cursor(_)) {
            let ahead = Ahead::<L>(tokio::spawn(self.fetch()));
            *self.fetching() = Some(Box::pin(ahead));
        }
        Ok(rows)
    }
}

impl<L: List> Stream for Pager<L> {
    type Item = Result<Vec<L::Row>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.failed {
            return Poll::Ready(None);
        }
        let page = match &this.at {
            At::End => return Poll::Ready(None),
            At::Broken(error) => Err(error.clone()),
            At::Start | At::Cursor(_) => {
                if this.fetching().is_none() {
                    *this.fetching() = Some(this.fetch());
                }
                let Some(fetch) = this.fetching() else {
                    return Poll::Ready(None);
                };
                let page = ready!(fetch.as_mut().poll(cx));
                *this.fetching() = None;
                this.settle(page)
            }
        };
        this.failed = page.is_err();
        Poll::Ready(Some(page))
    }
}

/// A page that a task of its own reads. Dropped, it is not read.
struct Ahead<L: List>(JoinHandle<Fetched<L>>);

impl<L: List> Future for Ahead<L> {
    type Output = Fetched<L>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fetched<L>> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(page) => page,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is going away.
                Err(_) => Err(Error::new(ErrorKind::Interrupted)),
            },
        })
    }
}

impl<L: List> Drop for Ahead<L> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
