//! Lists: to their end and no further, gone on with later, ahead of time, as streams.
#![allow(clippy::unwrap_used)]

mod support;

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use atlassian_orgs::{Continuation, ErrorKind, MembershipStatus, User};
use atlassian_orgs_sandbox::Sandbox;
use atlassian_orgs_sandbox::behaviour::CursorCycle;
use futures_core::Stream;
use support::book::Book;
use support::org;
use tokio::time::Instant;

/// People by number, as the book counts them.
fn numbers(users: &[User]) -> Vec<usize> {
    let number = |user: &User| user.account_id.as_str()["557058:".len()..].parse().unwrap();
    users.iter().map(number).collect()
}

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

#[tokio::test]
async fn a_circle_ends_in_an_error_that_keeps_what_was_read() {
    for (pages, back_to) in [(1, 0), (2, 1), (5, 1), (40, 3), (300, 0)] {
        let book = |pages| Book {
            after_the_last: Some(format!("page-{back_to}")),
            ..Book::new(pages)
        };
        let (org, _) = book(pages).org();
        let unfinished = org.users().collect_all(100_000).await.unwrap_err();
        assert_eq!(unfinished.error().kind(), ErrorKind::Decode);
        // The first page was read without a cursor, so that a way back to it shows one page later.
        let read = if back_to == 0 { pages + 1 } else { pages };
        assert_eq!(unfinished.users.len(), 2 * read, "{pages} {back_to}");
        assert!(unfinished.continuation.is_none());

        // Page by page, every page that could be read comes, and the error stays.
        let (org, _) = book(pages).org();
        let mut list = org.users().pages();
        for _ in 0..read {
            assert_eq!(list.try_next().await.unwrap().unwrap().len(), 2);
        }
        for _ in 0..3 {
            assert!(list.try_next().await.unwrap_err().is_decode());
        }
        assert!(list.continuation().is_none());
    }
    // The sandbox's own circle.
    let sandbox = Sandbox::builder().users(250).behaviour(CursorCycle::Always);
    let sandbox = sandbox.start().await.unwrap();
    let unfinished = org(&sandbox)
        .users()
        .collect_all(100_000)
        .await
        .unwrap_err();
    assert!(unfinished.users.len() >= 200);
}

#[tokio::test]
async fn a_link_to_another_server_is_an_error_after_what_was_read() {
    for next in [
        "https://elsewhere.example/?cursor=page-1",
        "//elsewhere.example/?cursor=page-1",
    ] {
        let book = Book {
            after_the_last: Some(next.to_owned()),
            ..Book::new(3)
        };
        let (org, book) = book.org();
        let unfinished = org.users().collect_all(100).await.unwrap_err();
        assert_eq!((unfinished.users.len(), book.reads()), (6, 3));
        assert!(
            !unfinished.to_string().contains("elsewhere"),
            "{unfinished}"
        );
    }
    // On the client's own origin it is only another form of a cursor.
    let book = Book {
        after_the_last: Some("https://api.atlassian.com/admin/x?cursor=page-1".to_owned()),
        ..Book::new(1)
    };
    let (org, _) = book.org();
    let mut list = org.users().pages();
    assert!(list.try_next().await.unwrap().is_some());
    assert_eq!(numbers(&list.try_next().await.unwrap().unwrap()), [2, 3]);
}

#[tokio::test]
async fn all_of_a_list_within_bounds() {
    let (org, book) = Book::new(5).org();
    assert_eq!(
        numbers(&org.users().collect_all(10).await.unwrap()),
        (0..10).collect::<Vec<_>>()
    );
    let unfinished = org.users().collect_all(9).await.unwrap_err();
    assert_eq!(unfinished.error().kind(), ErrorKind::Incomplete);
    assert_eq!(unfinished.users.len(), 10);
    let reads = book.reads();
    let unfinished = org.users().collect_all(3).await.unwrap_err();
    assert_eq!(
        (unfinished.users.len(), book.reads() - reads),
        (4, 2),
        "nothing is read in vain"
    );
    let rest = org
        .users()
        .resume(unfinished.continuation.unwrap())
        .collect_all(100);
    assert_eq!(numbers(&rest.await.unwrap()), (4..10).collect::<Vec<_>>());
    let error: atlassian_orgs::Error = org.users().collect_all(0).await.unwrap_err().into();
    assert!(error.is_incomplete());
}

#[tokio::test]
async fn a_list_goes_on_later() {
    let (org, _) = Book::new(7).org();
    // Through text and back, after every page and after every person.
    for stop in 0..14 {
        let mut items = org.users().items();
        let mut read = Vec::new();
        for _ in 0..stop {
            read.push(items.try_next().await.unwrap().unwrap());
        }
        let text = serde_json::to_string(&items.continuation().unwrap()).unwrap();
        let continuation: Continuation = serde_json::from_str(&text).unwrap();
        let rest = org
            .users()
            .resume(continuation)
            .collect_all(100)
            .await
            .unwrap();
        let mut all = numbers(&read);
        // A page that was begun comes again as a whole.
        all.truncate(all.len() / 2 * 2);
        all.extend(numbers(&rest));
        assert_eq!(all, (0..14).collect::<Vec<_>>(), "stopped after {stop}");
    }
    let mut pages = org.users().pages();
    while pages.try_next().await.unwrap().is_some() {}
    assert!(
        pages.continuation().is_none(),
        "after the end there is nothing"
    );
}

#[tokio::test]
async fn a_continuation_is_of_one_list() {
    let (org, book) = Book::new(3).org();
    let mut pages = org.users().membership(MembershipStatus::Active).pages();
    let start = pages.continuation().unwrap();
    pages.try_next().await.unwrap();
    let second = pages.continuation().unwrap();
    assert_ne!(start, second);
    assert_eq!(format!("{second:?}"), "Continuation");
    let elsewhere = org.directory(atlassian_orgs::DirectoryId::new("dir-1").unwrap());
    let reads = book.reads();
    for users in [
        org.users(),
        org.users().membership(MembershipStatus::Suspended),
        elsewhere.users().membership(MembershipStatus::Active),
    ] {
        for continuation in [&start, &second] {
            let error = users
                .clone()
                .resume(continuation.clone())
                .pages()
                .try_next()
                .await;
            assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
    assert_eq!(book.reads(), reads, "nothing was sent");
    // How much comes at once is no matter.
    let same = org
        .users()
        .membership(MembershipStatus::Active)
        .page_size(7)
        .expand_groups();
    assert!(same.resume(second).pages().try_next().await.is_ok());
    for text in ["", "1", "1.", "2.00.x", "1.xyz.c", "x"] {
        assert!(text.parse::<Continuation>().is_err(), "{text}");
    }
}

/// The filters go with every page of a list that is gone on with, as the service wants it.
#[tokio::test]
async fn a_list_of_the_sandbox_goes_on_later() {
    let sandbox = Sandbox::builder().users(120).start().await.unwrap();
    let org = org(&sandbox);
    let users = || org.users().search_term("user-00").page_size(20);
    let mut pages = users().pages();
    let first = pages.try_next().await.unwrap().unwrap();
    let rest = users()
        .resume(pages.continuation().unwrap())
        .collect_all(1000)
        .await
        .unwrap();
    assert_eq!(first.len() + rest.len(), 99);
}

#[tokio::test(start_paused = true)]
async fn a_failed_page_is_read_again() {
    let book = Book {
        fails_every: 3,
        ..Book::new(8)
    };
    let (org, _) = book.org();
    for ahead in [false, true] {
        let users = if ahead {
            org.users().prefetch()
        } else {
            org.users()
        };
        let (mut items, mut read, mut failures) = (users.items(), Vec::new(), 0);
        loop {
            match items.try_next().await {
                Ok(Some(user)) => read.push(user),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Interrupted);
                    failures += 1;
                }
            }
        }
        assert_eq!(numbers(&read), (0..16).collect::<Vec<_>>());
        assert!(failures >= 3);
    }
    // And where all of it was wanted at once, what was read is kept.
    let book = Book {
        fails_every: 3,
        ..Book::new(8)
    };
    let (org, _) = book.org();
    let unfinished = org.users().collect_all(100).await.unwrap_err();
    assert_eq!(numbers(&unfinished.users), [0, 1, 2, 3]);
    assert_eq!(unfinished.error().kind(), ErrorKind::Interrupted);
    assert!(unfinished.continuation.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_next_page_is_read_ahead() {
    let second = Duration::from_secs(1);
    for (ahead, seconds) in [(false, 20), (true, 11)] {
        let book = Book {
            takes: second,
            ..Book::new(10)
        };
        let (org, book) = book.org();
        let users = if ahead {
            org.users().prefetch()
        } else {
            org.users()
        };
        let (began, mut pages) = (Instant::now(), users.pages());
        let mut read = Vec::new();
        while let Some(page) = pages.try_next().await.unwrap() {
            read.extend(page);
            tokio::time::sleep(second).await;
        }
        assert_eq!(began.elapsed(), second * seconds);
        assert_eq!(numbers(&read), (0..20).collect::<Vec<_>>());
        assert_eq!(book.reads(), 10, "each page once");
    }
    // One page ahead and no more; dropped, it reads no more.
    let (org, book) = Book::new(10).org();
    let mut pages = org.users().prefetch().pages();
    pages.try_next().await.unwrap();
    tokio::time::sleep(second).await;
    assert_eq!(book.reads(), 2);
    drop(pages);
    tokio::time::sleep(second).await;
    assert_eq!(book.reads(), 2);
}

/// Dropped while it waits, a call leaves the list where it was.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_loses_no_page() {
    for ahead in [false, true] {
        let book = Book {
            takes: Duration::from_secs(1),
            ..Book::new(6)
        };
        let (org, _) = book.org();
        let users = if ahead {
            org.users().prefetch()
        } else {
            org.users()
        };
        let (mut items, mut read) = (users.items(), Vec::new());
        for n in 0u64.. {
            let patience = Duration::from_millis(300 * (n % 5));
            match tokio::time::timeout(patience, items.try_next()).await {
                Err(_) => {}
                Ok(Ok(Some(user))) => read.push(user),
                Ok(Ok(None)) => break,
                Ok(Err(error)) => panic!("{error}"),
            }
        }
        assert_eq!(numbers(&read), (0..12).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn lists_are_streams() {
    for ahead in [false, true] {
        let book = Book {
            takes: Duration::from_secs(1),
            ..Book::new(5)
        };
        let (org, _) = book.org();
        let users = if ahead {
            org.users().prefetch()
        } else {
            org.users()
        };
        let (mut items, mut read) = (users.clone().items(), Vec::new());
        while let Some(user) = next(&mut items).await {
            read.push(user.unwrap());
        }
        assert_eq!(numbers(&read), (0..10).collect::<Vec<_>>());
        assert!(next(&mut items).await.is_none() && items.try_next().await.unwrap().is_none());
        let mut pages = users.pages();
        assert_eq!(next(&mut pages).await.unwrap().unwrap().len(), 2);
        assert_eq!(
            pages.try_next().await.unwrap().unwrap().len(),
            2,
            "both ways go on together"
        );
        assert_eq!(numbers(&next(&mut pages).await.unwrap().unwrap()), [4, 5]);
    }
    // It ends after an error, so that nobody who overlooks one reads for ever.
    let book = Book {
        fails_every: 3,
        ..Book::new(5)
    };
    let (org, _) = book.org();
    let mut items = org.users().items();
    for _ in 0..4 {
        assert!(next(&mut items).await.unwrap().is_ok());
    }
    assert!(next(&mut items).await.unwrap().is_err());
    assert!(next(&mut items).await.is_none() && next(&mut items).await.is_none());
    let on = items.try_next().await.unwrap().unwrap();
    assert_eq!(
        numbers(&[on]),
        [4],
        "the page that failed is there to be read"
    );
    assert!(next(&mut items).await.unwrap().is_ok());
}
