//! Lists of every kind: page by page, one by one, to their end, and gone on with later.
//!
//! A list says how one page of it is read; all the rest is here, once. Each list shows it under types of
//! its own, which [`list!`] makes.

mod collect;
mod continuation;
mod items;
mod pager;
mod public;

use std::fmt;
use std::future::Future;

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::organization::Organization;
pub(crate) use collect::all;
pub use continuation::Continuation;
pub(crate) use items::Items;
pub(crate) use pager::Pager;
pub(crate) use public::list;

/// A list as it was asked for.
pub(crate) trait List: fmt::Debug + Send + Sync + 'static {
    /// What it lists.
    type Row: Send + Sync + Unpin + 'static;

    /// What it lists, in the plural.
    const WHAT: &'static str;
    /// The operation that reads a page, by its id in the published document.
    const OPERATION: &'static str;

    fn org(&self) -> &Organization;

    fn reading(&self) -> &Reading;

    /// What decides which rows there are, and nothing that does not.
    fn filters(&self) -> impl Serialize;

    /// Reads one page: the first one, or the one of this cursor.
    fn page(
        &self,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<Page<Self::Row>, Error>> + Send;
}

/// The rows of a page, and the link to the next one.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// How a list is to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// Where to begin, if not at the beginning.
    pub(crate) from: Option<Continuation>,
    /// Whether to read the next page before it is asked for.
    pub(crate) ahead: bool,
}

/// A row without an id is nothing that anything could be done with.
pub(crate) fn no_id<L: List>() -> Error {
    Error::new(ErrorKind::Decode)
        .with_operation(L::OPERATION)
        .with_words(format!(
            "one of the {} in the answer has no proper id",
            L::WHAT
        ))
}

/// A filter, if it has values: an empty list is one that nobody asked for.
pub(crate) fn given<T>(values: impl IntoIterator<Item = T>) -> Option<Vec<T>> {
    let values: Vec<T> = values.into_iter().collect();
    (!values.is_empty()).then_some(values)
}

/// What `Debug` keeps to itself: what people search for may be a name or an address.
#[derive(Clone)]
pub(crate) struct Hidden<T>(pub(crate) T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
