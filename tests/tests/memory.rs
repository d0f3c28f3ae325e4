//! A list takes as much memory after a million people as after ten thousand. Alone in its program, since
//! the allocator counts for all of it.

mod support;

use peak_alloc::PeakAlloc;
use support::book::Book;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[tokio::test]
async fn a_million_people_take_no_more_than_ten_thousand() {
    let book = Book {
        people_a_page: 100,
        ..Book::new(10_000)
    };
    let (org, book) = book.org();
    MEMORY.reset_peak_usage();
    let began = MEMORY.current_usage();
    let mut items = org.users().items();
    let (mut people, mut early) = (0, 0);
    while let Some(user) = items.try_next().await.unwrap() {
        assert!(user.email.is_some());
        people += 1;
        if people == 10_000 {
            early = MEMORY.peak_usage() - began;
        }
    }
    let late = MEMORY.peak_usage() - began;
    println!("peak after 10,000 people {early} bytes, after 1,000,000 {late} bytes");
    assert_eq!((people, book.reads()), (1_000_000, 10_000));
    assert!(late <= 1024 * 1024, "{late} bytes at most");
    assert!(late - early <= 64 * 1024, "{} bytes more", late - early);
}
