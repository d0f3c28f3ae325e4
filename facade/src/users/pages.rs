//! Lists of people, page by page and one by one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::task::JoinHandle;

use super::{Continuation, Users, search};
use crate::error::{Error, ErrorKind};
use crate::paging::Cursors;
use crate::user::User;

/// The pages of a list of people: by [`try_next`](Self::try_next), or as a [`Stream`].
///
/// As a stream it ends after an error; `try_next` then reads the page that failed again.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(120).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// let mut pages = org.users().prefetch().pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("{} people", page.len());
/// }
/// # Ok(())
/// # }
/// ```
pub struct UserPages {
    users: Arc<Users>,
    cursors: Cursors,
    at: At,
    /// A page on its way. Behind a lock that nobody ever takes: it only lets the list be shared.
    fetching: Mutex<Option<Fetch>>,
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

/// A page and the link to the next one.
type Page = Result<(Vec<User>, Option<String>), Error>;
type Fetch = Pin<Box<dyn Future<Output = Page> + Send>>;

impl UserPages {
    pub(super) fn new(users: Arc<Users>) -> Self {
        let at = match users.from.as_ref().map(|from| from.cursor_for(&users)) {
            None | Some(Ok(None)) => At::Start,
            Some(Ok(Some(cursor))) => At::Cursor(cursor.to_owned()),
            Some(Err(error)) => At::Broken(error),
        };
        Self {
            cursors: Cursors::new(users.org.client()),
            users,
            at,
            fetching: Mutex::new(None),
            failed: false,
        }
    }

    /// The next page, or `None` after the last. A page can be empty and not the last.
    ///
    /// Dropped before it is ready, it leaves the list as it was.
    ///
    /// # Errors
    ///
    /// Those of any read; see [`Organization::directories`](crate::Organization::directories). After
    /// one, a call reads the same page again. Pages that go round in a circle, and a link to a page
    /// elsewhere, are a [`Decode`](ErrorKind::Decode) error after the last page that could be read, and stay
    /// one.
    pub async fn try_next(&mut self) -> Result<Option<Vec<User>>, Error> {
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
    ///
    /// See [`Users::resume`].
    #[must_use]
    pub fn continuation(&self) -> Option<Continuation> {
        match &self.at {
            At::Start => Some(Continuation::new(&self.users, None)),
            At::Cursor(cursor) => Some(Continuation::new(&self.users, Some(cursor))),
            At::Broken(_) | At::End => None,
        }
    }

    fn fetching(&mut self) -> &mut Option<Fetch> {
        let fetching = self.fetching.get_mut();
        fetching.unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the next page, once it is polled.
    fn fetch(&self) -> Fetch {
        let users = self.users.clone();
        let cursor = match &self.at {
            At::Cursor(cursor) => Some(cursor.clone()),
            _ => None,
        };
        Box::pin(async move {
            let directory = users.org.directory_for_reads();
            search(&users.org, directory, users.body(cursor.as_deref())).await
        })
    }

    /// Takes a page in, and goes on to the next.
    fn settle(&mut self, page: Page) -> Result<Vec<User>, Error> {
        let (rows, next) = page?;
        // What was read is kept: if there is no way on, that is the next call's error.
        self.at = match self.cursors.next(next.as_deref()) {
            Ok(Some(cursor)) => At::Cursor(cursor),
            Ok(None) => At::End,
            Err(error) => At::Broken(error.with_operation("searchDirectoryUsers")),
        };
        if self.users.ahead && matches!(self.at, At::Cursor(_)) {
            let ahead = Ahead(tokio::spawn(self.fetch()));
            *self.fetching() = Some(Box::pin(ahead));
        }
        Ok(rows)
    }
}

impl Stream for UserPages {
    type Item = Result<Vec<User>, Error>;

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

impl fmt::Debug for UserPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPages")
            .field("users", &self.users)
            .finish_non_exhaustive()
    }
}

/// A page that a task of its own reads. Dropped, it is not read.
struct Ahead(JoinHandle<Page>);

impl Future for Ahead {
    type Output = Page;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Page> {
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

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The people of a list, one by one: by [`try_next`](Self::try_next), or as a [`Stream`].
///
/// As a stream it ends after an error; `try_next` then reads the page that failed again.
pub struct UserItems {
    pages: UserPages,
    page: std::vec::IntoIter<User>,
    /// Where this page began.
    began: Option<Continuation>,
}

impl UserItems {
    pub(super) fn new(pages: UserPages) -> Self {
        Self {
            pages,
            page: Vec::new().into_iter(),
            began: None,
        }
    }

    /// The next person, or `None` after the last.
    ///
    /// # Errors
    ///
    /// See [`UserPages::try_next`].
    pub async fn try_next(&mut self) -> Result<Option<User>, Error> {
        loop {
            if let Some(user) = self.page.next() {
                return Ok(Some(user));
            }
            let began = self.pages.continuation();
            match self.pages.try_next().await? {
                Some(page) => self.turn_to(page, began),
                None => return Ok(None),
            }
        }
    }

    /// Where to go on later: at the page of the next person. People of that page who were read already come
    /// again then, and nobody is left out. None if nobody comes after.
    ///
    /// See [`Users::resume`].
    #[must_use]
    pub fn continuation(&self) -> Option<Continuation> {
        match self.page.as_slice() {
            [] => self.pages.continuation(),
            _ => self.began.clone(),
        }
    }

    fn turn_to(&mut self, page: Vec<User>, began: Option<Continuation>) {
        self.page = page.into_iter();
        self.began = began;
    }
}

impl Stream for UserItems {
    type Item = Result<User, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(user) = this.page.next() {
                return Poll::Ready(Some(Ok(user)));
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

impl fmt::Debug for UserItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserItems")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}
