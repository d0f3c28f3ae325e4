//! Following cursors to their end, and no further.

use std::collections::VecDeque;

use reqwest::Url;

use crate::client::Client;
use crate::error::{Error, ErrorKind};

/// How many of the last pages are remembered.
const REMEMBERED: usize = 1024;

/// Which pages of one list were read. A list that comes back to a page it had is an error.
///
/// Circles of up to 1,024 pages are seen when they close, so that no page is read twice; longer ones by
/// Brent's algorithm, after at most three times as many pages as there are. It takes 8 bytes for each page
/// up to 8 KiB, and no more for any number of pages.
#[derive(Debug)]
pub(crate) struct Cursors {
    /// Where links may lead; none if the base URL is not one, and then no link may.
    base: Option<Url>,
    recent: VecDeque<u64>,
    /// Brent's tortoise: a page from before that the list is compared with, moved ever more rarely.
    mark: Option<u64>,
    /// Pages since the mark, and at how many it is moved.
    since: u64,
    stride: u64,
}

impl Cursors {
    pub(crate) fn new(client: &Client) -> Self {
        Self::at(client.base_url())
    }

    fn at(base: &str) -> Self {
        Self {
            base: Url::parse(base).ok(),
            recent: VecDeque::new(),
            mark: None,
            since: 1,
            stride: 1,
        }
    }

    /// The cursor of the next page, or none at the end.
    ///
    /// `next` may be missing, null or empty at the end, a bare token, or a URL that holds the token. Of
    /// a URL only the token is taken, and only if it is one of the client's own origin: nothing is ever sent
    /// elsewhere.
    pub(crate) fn next(&mut self, next: Option<&str>) -> Result<Option<String>, Error> {
        let Some(next) = next.map(str::trim).filter(|next| !next.is_empty()) else {
            return Ok(None);
        };
        let wrong = |words: &'static str| Error::new(ErrorKind::Decode).with_words(words);
        let cursor = match self.token(next) {
            Token::Is(cursor) => cursor,
            Token::None => return Err(wrong("the link to the next page holds no cursor")),
            Token::Elsewhere => {
                return Err(wrong("the link to the next page leads to another server"));
            }
        };
        if self.comes_back(fingerprint(&cursor)) {
            return Err(wrong("the pages of this list go round in a circle"));
        }
        Ok(Some(cursor))
    }

    fn comes_back(&mut self, page: u64) -> bool {
        if self.mark == Some(page) || self.recent.contains(&page) {
            return true;
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(page);
        if self.since == self.stride {
            self.mark = Some(page);
            self.stride = self.stride.saturating_mul(2);
            self.since = 0;
        }
        self.since += 1;
        false
    }

    fn token(&self, next: &str) -> Token {
        let url = match Url::parse(next) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            // A link without a host, or with none but a query.
            _ if next.contains("cursor=") => {
                let Some(base) = &self.base else {
                    return Token::Elsewhere;
                };
                let relative = match next.contains('?') {
                    true => base.join(next),
                    false => base.join(&format!("?{next}")),
                };
                match relative {
                    Ok(url) => url,
                    Err(_) => return Token::None,
                }
            }
            _ => return Token::Is(next.to_owned()),
        };
        let home = |base: &Url| base.origin() == url.origin();
        if !self.base.as_ref().is_some_and(home) {
            return Token::Elsewhere;
        }
        let cursor = url.query_pairs().find(|(name, _)| name == "cursor");
        match cursor.map(|(_, value)| value.into_owned()) {
            Some(cursor) if !cursor.is_empty() => Token::Is(cursor),
            _ => Token::None,
        }
    }
}

/// What a link holds.
enum Token {
    Is(String),
    None,
    /// A place on another server.
    Elsewhere,
}

/// 8 bytes for each page, whatever the length of its cursor.
fn fingerprint(cursor: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    cursor.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors() -> Cursors {
        Cursors::at("https://api.atlassian.com/admin")
    }

    #[test]
    fn the_end_has_many_forms() {
        for end in [None, Some(""), Some("  ")] {
            assert_eq!(cursors().next(end).unwrap(), None);
        }
    }

    #[test]
    fn a_token_comes_bare_or_in_a_url() {
        for (next, cursor) in [
            ("ab+/=", "ab+/="),
            ("eyJhIjoxfQ==", "eyJhIjoxfQ=="),
            ("urn:page:2", "urn:page:2"),
            (
                "https://api.atlassian.com/admin/v1/orgs?cursor=a%2Bb",
                "a+b",
            ),
            ("https://api.atlassian.com:443/x?cursor=y", "y"),
            ("/v1/orgs?limit=5&cursor=a%2Bb", "a+b"),
            ("cursor=xyz", "xyz"),
        ] {
            assert_eq!(
                cursors().next(Some(next)).unwrap().as_deref(),
                Some(cursor),
                "{next}"
            );
        }
        let nothing = "https://api.atlassian.com/admin/next";
        for next in [nothing, "/v1/orgs?cursor=", "cursor="] {
            assert!(
                cursors().next(Some(next)).unwrap_err().is_decode(),
                "{next}"
            );
        }
    }

    #[test]
    fn a_link_to_another_server_is_an_error() {
        for next in [
            "https://example.com/admin/v1/orgs?cursor=a",
            "http://api.atlassian.com/admin/v1/orgs?cursor=a",
            "https://api.atlassian.com:8443/admin?cursor=a",
            "https://api.atlassian.com@example.com/admin?cursor=a",
            "//example.com/admin?cursor=a",
            "\\\\example.com/admin?cursor=a",
        ] {
            let error = cursors().next(Some(next)).unwrap_err();
            assert!(error.is_decode() && !error.to_string().contains("example"));
        }
    }

    /// How many pages are read of a list whose page `before + circle` leads back to page `before`.
    fn read(before: u64, circle: u64) -> u64 {
        let mut cursors = cursors();
        let mut pages = 1;
        let mut page = 1;
        while let Ok(cursor) = cursors.next(Some(&format!("c{page}"))) {
            assert!(cursor.is_some());
            pages += 1;
            page += 1;
            if page == before + circle {
                page = before;
            }
            assert!(cursors.recent.len() <= REMEMBERED);
        }
        pages
    }

    #[test]
    fn a_circle_of_any_length_ends() {
        for before in [1, 2, 7, 3000] {
            for circle in [1, 2, 3, 10, 100, 1023, 1024] {
                assert_eq!(read(before, circle), before + circle, "when it closes");
            }
            for circle in [1025, 1500, 5000] {
                let pages = read(before, circle);
                let all = before + circle;
                assert!(pages <= 3 * all, "{before} + {circle}: {pages}");
            }
        }
    }

    #[test]
    fn a_long_list_is_no_circle() {
        let mut cursors = cursors();
        for n in 0..20_000 {
            assert!(cursors.next(Some(&format!("c{n}"))).unwrap().is_some());
        }
        assert!(cursors.recent.capacity() * 8 <= 16 * 1024);
    }
}
