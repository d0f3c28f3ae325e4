//! A journal is read in no more memory when it is long, and says so when it cuts off a torn end. Alone in
//! its program, since the allocator counts for all of it, and so does who listens to traces.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use atlassian_orgs::{FileJournal, Journal};
use peak_alloc::PeakAlloc;
use support::traces::Traces;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const ENTRIES: usize = 50_000;

fn entry(number: usize) -> String {
    let id = format!("557058:canary0-0000-4000-8000-{number:012}");
    format!(r#"{{"person":"{id}","about":"to be suspended"}}"#)
}

#[test]
fn a_long_journal_takes_no_memory_and_its_torn_end_is_no_secret() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("canary.journal");
    let _ = fs::remove_file(&path);
    let mut journal = FileJournal::create(&path).unwrap();
    for batch in 0..ENTRIES / 100 {
        let batch: Vec<_> = (batch * 100..(batch + 1) * 100).map(entry).collect();
        journal.append(&batch, false).unwrap();
    }
    journal.append(&[], true).unwrap();
    assert_eq!(journal.syncs(), 2, "one for the new file, one at the end");
    drop(journal);
    let torn = b"{\"after\":\"canary";
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(torn).unwrap();
    let length = file.metadata().unwrap().len();

    let (traces, listening) = Traces::listen();
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let mut journal = FileJournal::open(&path).unwrap();
    let mut seen = 0;
    journal
        .replay(&mut |line| {
            assert_eq!(line, entry(seen));
            seen += 1;
            Ok(())
        })
        .unwrap();
    let peak = MEMORY.peak_usage() - before;
    drop(listening);
    fs::remove_file(&path).unwrap();

    println!("{seen} entries, {length} bytes, peak {peak} bytes");
    assert_eq!(seen, ENTRIES);
    assert_eq!(journal.cut_off(), torn.len() as u64);
    assert!(length > 5_000_000 && peak <= 256 * 1024, "{peak} bytes");

    let traces = traces.text();
    let warned = format!(
        "WARN atlassian_orgs::journal::file: cut off the torn end of a journal bytes=16 lines={ENTRIES}\n"
    );
    assert!(traces.ends_with(&warned), "{traces}");
    assert_eq!(traces.lines().count(), 1);
    assert!(!traces.contains("canary"));
}
