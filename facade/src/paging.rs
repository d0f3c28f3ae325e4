//! Following cursors to their end, and no further.

use std::collections::HashSet;

use reqwest::Url;

use crate::error::{Error, ErrorKind};

/// Which pages of one list were read. A list that comes back to a page it had is an error.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    seen: HashSet<u64>,
}

impl Cursors {
    /// The cursor of the next page, or none at the end.
    ///
    /// `next` may be missing, null or empty at the end, a bare token, or a URL that holds the token;
    /// of a URL only the token is taken, so that the key goes to no other host.
    pub(crate) fn next(&mut self, next: Option<&str>) -> Result<Option<String>, Error> {
        let Some(next) = next.map(str::trim).filter(|next| !next.is_empty()) else {
            return Ok(None);
        };
        let cursor = token(next).ok_or_else(|| {
            Error::new(ErrorKind::Decode).with_words("the link to the next page holds no cursor")
        })?;
        if !self.seen.insert(fingerprint(&cursor)) {
            let words = "the pages of this list go round in a circle";
            return Err(Error::new(ErrorKind::Decode).with_words(words));
        }
        Ok(Some(cursor))
    }
}

fn token(next: &str) -> Option<String> {
    let from_query = |url: Url| {
        url.query_pairs()
            .find(|(n, _)| n == "cursor")
            .map(|(_, v)| v.into_owned())
    };
    match Url::parse(next) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => from_query(url),
        _ if next.contains("cursor=") => {
            let query = next.rsplit('?').next().unwrap_or(next);
            Url::parse(&format!("http://localhost/?{query}"))
                .ok()
                .and_then(from_query)
        }
        _ => Some(next.to_owned()),
    }
    .filter(|cursor| !cursor.is_empty())
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

    #[test]
    fn the_end_has_many_forms() {
        for end in [None, Some(""), Some("  ")] {
            assert_eq!(Cursors::default().next(end).unwrap(), None);
        }
    }

    #[test]
    fn a_token_comes_bare_or_in_a_url() {
        for (next, cursor) in [
            ("ab+/=", "ab+/="),
            (
                "https://api.atlassian.com/admin/v1/orgs?cursor=a%2Bb",
                "a+b",
            ),
            ("/v1/orgs?limit=5&cursor=a%2Bb", "a+b"),
            ("cursor=xyz", "xyz"),
        ] {
            assert_eq!(
                Cursors::default().next(Some(next)).unwrap().as_deref(),
                Some(cursor)
            );
        }
        let error = Cursors::default()
            .next(Some("https://example.com/next"))
            .unwrap_err();
        assert!(error.is_decode() && !error.to_string().contains("example"));
    }

    #[test]
    fn a_circle_of_any_length_ends() {
        let mut cursors = Cursors::default();
        for n in 0..1000 {
            assert!(cursors.next(Some(&format!("c{n}"))).unwrap().is_some());
        }
        assert!(cursors.next(Some("c7")).is_err());
    }
}
