//! A whole list at once, within bounds.

use super::{Continuation, List, Pager};
use crate::error::{Error, ErrorKind};

/// What there is of a list that was not read to its end.
pub(crate) struct Rest<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) continuation: Option<Continuation>,
    pub(crate) error: Error,
}

pub(crate) async fn all<L: List>(list: L, most: usize) -> Result<Vec<L::Row>, Rest<L::Row>> {
    let mut pages = Pager::new(list);
    let mut rows = Vec::new();
    let error = loop {
        match pages.try_next().await {
            Ok(None) => return Ok(rows),
            Ok(Some(page)) => rows.extend(page),
            Err(error) => break error,
        }
        if rows.len() > most {
            let words = format!("the list has more than {most} {}", L::WHAT);
            break Error::new(ErrorKind::Incomplete)
                .with_words(words)
                .with_hint("narrow it by filters, or read it page by page");
        }
    };
    Err(Rest {
        rows,
        continuation: pages.continuation(),
        error,
    })
}
