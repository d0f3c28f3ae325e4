//! A transport that makes up a list of people as long as is wished, without keeping it.

use std::fmt;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atlassian_orgs::raw::operation::Operation;
use atlassian_orgs::raw::transport::{Exchange, Transport, TransportError, TransportErrorKind};
use atlassian_orgs::{ApiKey, Client, OrgId, Organization, RetryPolicy};
use bytes::Bytes;

/// Page `n` has the cursor `page-n`; the first is page 0.
pub struct Book {
    pub pages: usize,
    pub people_a_page: usize,
    /// What the page behind the last says to come next; `None` is the end.
    pub after_the_last: Option<String>,
    /// How long a page takes.
    pub takes: Duration,
    /// Every so many reads fail, if it is not 0.
    pub fails_every: usize,
    pub reads: AtomicUsize,
}

impl Book {
    pub fn new(pages: usize) -> Self {
        Self {
            pages,
            people_a_page: 2,
            after_the_last: None,
            takes: Duration::ZERO,
            fails_every: 0,
            reads: AtomicUsize::new(0),
        }
    }

    pub fn org(self) -> (Organization, Arc<Self>) {
        let book = Arc::new(self);
        let client = Client::builder()
            .api_key(ApiKey::new("key-of-the-book").unwrap())
            .retry(RetryPolicy::never())
            .transport(book.clone())
            .build()
            .unwrap();
        (client.organization(OrgId::new("org-1").unwrap()), book)
    }

    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    fn page(&self, n: usize) -> String {
        let mut out = String::from("{\"data\":[");
        for i in 0..self.people_a_page {
            let id = n * self.people_a_page + i;
            let comma = if i == 0 { "" } else { "," };
            write!(
                out,
                "{comma}{{\"accountId\":\"557058:{id:08}\",\"email\":\"p{id}@example.com\",\
                 \"membershipStatus\":\"active\",\"accountStatus\":\"active\"}}"
            )
            .unwrap();
        }
        let next = match n + 1 < self.pages {
            true => Some(format!("page-{}", n + 1)),
            false => self.after_the_last.clone(),
        };
        write!(out, "],\"links\":{}}}", serde_json::json!({ "next": next })).unwrap();
        out
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Book")
    }
}

impl Transport for Book {
    fn send<'a>(&'a self, request: reqwest::Request, _: &'static Operation) -> Exchange<'a> {
        let body = request
            .body()
            .and_then(|body| body.as_bytes())
            .unwrap_or_default();
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let n = match body["cursor"].as_str() {
            None => 0,
            Some(cursor) => cursor.strip_prefix("page-").unwrap().parse().unwrap(),
        };
        let reads = self.reads.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            if !self.takes.is_zero() {
                tokio::time::sleep(self.takes).await;
            }
            if self.fails_every > 0 && reads.is_multiple_of(self.fails_every) {
                return Err(TransportError::new(TransportErrorKind::Interrupted, true));
            }
            Ok(http::Response::new(Bytes::from(self.page(n))))
        })
    }
}
