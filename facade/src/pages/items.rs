//! Lists one by one.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::{Continuation, List, Pager};
use crate::error::Error;

/// The rows of a list, one by one.
pub(crate) struct Items<L: List> {
    pages: Pager<L>,
    page: std::vec::IntoIter<L::Row>,
    /// Where this page began.
    began: Option<Continuation>,
}

impl<L: List> Items<L> {
    pub(crate) fn new(list: L) -> Self {
        Self {
            pages: Pager::new(list),
            page: Vec::new().into_iter(),
            began: None,
        }
    }

    pub(crate) async fn try_next(&mut self) -> Result<Option<L::Row>, Error> {
        loop {
            if let Some(row) = self.page.next() {
                return Ok(Some(row));
            }
            let began = self.pages.continuation();
            match self.pages.try_next().await? {
                Some(page) => self.turn_to(page, began),
                None => return Ok(None),
            }
        }
    }

    /// Where to go on later: at the page of the next row.
    pub(crate) fn continuation(&self) -> Option<Continuation> {
        match self.page.as_slice() {
            [] => self.pages.continuation(),
            _ => self.began.clone(),
        }
    }

    pub(crate) fn list(&self) -> &L {
        self.pages.list()
    }

    fn turn_to(&mut self, page: Vec<L::Row>, began: Option<Continuation>) {
        self.page = page.into_iter();
        self.began = began;
    }
}

impl<L: List> Stream for Items<L> {
    type Item = Result<L::Row, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(row) = this.page.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            let began = this.pages.continuation();
            match ready!(Pin::new(&mut this.pages).poll_next(cx)) {
                Some(Ok(page)) => this.turn_to(page, began),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
