//! What a caller sees of a list.

/// The public side of a list: how it is read, its pages, its items, and what there is of it where it was not
/// read to its end. The same for every list, but for the names and the examples.
macro_rules! list {
    (
        $List:ident of $Row:ident, $what:literal;
        $(#[$resume_doc:meta])* resume;
        $(#[$pages_doc:meta])* pages $Pages:ident;
        items $Items:ident;
        $(#[$unfinished_doc:meta])* unfinished $Unfinished:ident { $rows:ident };
    ) => {
        impl $List {
            /// Begins where an earlier list left off: at a [`Continuation`](crate::Continuation) of a list with
            /// the same filters of the same organization and directory. Any other is an
            /// [`InvalidInput`](crate::ErrorKind::InvalidInput) error of the first page.
            $(#[$resume_doc])*
            pub fn resume(mut self, continuation: $crate::Continuation) -> Self {
                self.reading.from = Some(continuation);
                self
            }

            /// Reads the next page while this one is worked on. The task that does it ends with the list.
            pub fn prefetch(mut self) -> Self {
                self.reading.ahead = true;
                self
            }

            #[doc = concat!("The ", $what, " one by one, reading pages as they are needed.")]
            #[must_use]
            pub fn items(self) -> $Items {
                $Items($crate::pages::Items::new(self))
            }

            #[doc = concat!("The ", $what, " page by page.")]
            #[must_use]
            pub fn pages(self) -> $Pages {
                $Pages($crate::pages::Pager::new(self))
            }

            #[doc = concat!("All the ", $what, " in one list, if they are not more than `most`.")]
            ///
            /// # Errors
            ///
            #[doc = concat!("[`", stringify!($Unfinished), "`] keeps what was read before, and why it is")]
            /// not all: the error of a read, or [`Incomplete`](crate::ErrorKind::Incomplete) if there are more.
            /// `?` turns it into an [`Error`](crate::Error) where what was read does not matter.
            pub async fn collect_all(self, most: usize) -> Result<Vec<$Row>, $Unfinished> {
                let all = $crate::pages::all(self, most).await;
                all.map_err(|rest| $Unfinished {
                    $rows: rest.rows,
                    continuation: rest.continuation,
                    error: rest.error,
                })
            }
        }

        #[doc = concat!("The pages of a list of ", $what, ": by [`try_next`](Self::try_next), or as a")]
        /// [`Stream`](futures_core::Stream).
        ///
        /// As a stream it ends after an error; `try_next` then reads the page that failed again.
        $(#[$pages_doc])*
        pub struct $Pages($crate::pages::Pager<$List>);

        impl $Pages {
            /// The next page, or `None` after the last. A page can be empty and not the last.
            ///
            /// Dropped before it is ready, it leaves the list as it was.
            ///
            /// # Errors
            ///
            /// Those of any read; see [`Organization::directories`](crate::Organization::directories). After
            /// one, a call reads the same page again. Pages that go round in a circle, and a link to a page
            /// elsewhere, are a [`Decode`](crate::ErrorKind::Decode) error after the last page that could be
            /// read, and stay one.
            pub async fn try_next(&mut self) -> Result<Option<Vec<$Row>>, $crate::Error> {
                self.0.try_next().await
            }

            /// Where to go on later: before the next page. None if nothing comes after.
            ///
            #[doc = concat!("See [`", stringify!($List), "::resume`].")]
            #[must_use]
            pub fn continuation(&self) -> Option<$crate::Continuation> {
                self.0.continuation()
            }
        }

        #[doc = concat!("The ", $what, " of a list, one by one: by [`try_next`](Self::try_next), or as a")]
        /// [`Stream`](futures_core::Stream).
        ///
        /// As a stream it ends after an error; `try_next` then reads the page that failed again.
        pub struct $Items($crate::pages::Items<$List>);

        impl $Items {
            /// The next one, or `None` after the last.
            ///
            /// # Errors
            ///
            #[doc = concat!("See [`", stringify!($Pages), "::try_next`].")]
            pub async fn try_next(&mut self) -> Result<Option<$Row>, $crate::Error> {
                self.0.try_next().await
            }

            /// Where to go on later: at the page of the next one. What was read of that page already comes
            /// again then, and nothing is left out. None if nothing comes after.
            ///
            #[doc = concat!("See [`", stringify!($List), "::resume`].")]
            #[must_use]
            pub fn continuation(&self) -> Option<$crate::Continuation> {
                self.0.continuation()
            }
        }

        $crate::pages::list!(@stream $Pages of Vec<$Row>);
        $crate::pages::list!(@stream $Items of $Row);

        #[doc = concat!("A list of ", $what, " that was not read to its end.")]
        $(#[$unfinished_doc])*
        #[non_exhaustive]
        pub struct $Unfinished {
            #[doc = concat!("The ", $what, " that were read, by whole pages.")]
            pub $rows: Vec<$Row>,
            /// Where to go on, if there is a way to.
            pub continuation: Option<$crate::Continuation>,
            error: $crate::Error,
        }

        impl $Unfinished {
            /// Why it was not read to its end.
            #[must_use]
            pub fn error(&self) -> &$crate::Error {
                &self.error
            }
        }

        impl From<$Unfinished> for $crate::Error {
            fn from(unfinished: $Unfinished) -> Self {
                unfinished.error
            }
        }

        impl std::fmt::Display for $Unfinished {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let read = self.$rows.len();
                write!(f, concat!("{}; {} ", $what, " were read before"), self.error, read)
            }
        }

        impl std::fmt::Debug for $Unfinished {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Unfinished))
                    .field(stringify!($rows), &self.$rows.len())
                    .field("error", &self.error)
                    .finish_non_exhaustive()
            }
        }

        impl std::error::Error for $Unfinished {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                std::error::Error::source(&self.error)
            }
        }
    };

    (@stream $Name:ident of $Item:ty) => {
        impl futures_core::Stream for $Name {
            type Item = Result<$Item, $crate::Error>;

            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                std::pin::Pin::new(&mut self.0).poll_next(cx)
            }
        }

        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Name))
                    .field("list", self.0.list())
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use list;
