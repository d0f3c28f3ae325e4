mod damage;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::line::{LONGEST_ENTRY, Tip};
use super::*;

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.journal");
    (dir, path)
}

fn texts(entries: &[&str]) -> Vec<String> {
    entries.iter().copied().map(String::from).collect()
}

/// Each line of a file with these entries.
fn lines(entries: &[String]) -> Vec<Vec<u8>> {
    let mut tip = Tip::EMPTY;
    let line = |entry: &String| {
        let mut line = Vec::new();
        tip = tip.write(entry, &mut line).unwrap();
        line
    };
    entries.iter().map(line).collect()
}

fn replayed(journal: &mut impl Journal) -> Vec<String> {
    let mut seen = Vec::new();
    let take = &mut |line: &str| {
        seen.push(line.to_owned());
        Ok(())
    };
    journal.replay(take).unwrap();
    seen
}

/// What opening this file says against it.
fn refused(path: &Path) -> String {
    let error = FileJournal::open(path).unwrap_err();
    assert!(error.is_journal());
    let printed = format!("{error} {error:?}");
    assert!(!printed.contains("canary") && !printed.contains("run.journal"));
    error.to_string()
}

fn entry() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}".prop_map(|text| serde_json::json!({ "canary": text }).to_string()),
        "\\PC{0,12}".prop_map(|text| serde_json::json!(text).to_string()),
        any::<u32>().prop_map(|number| number.to_string()),
        // White space and a carriage return come back as they were.
        Just(" [1,\r {\"a\" :\tnull}] ".to_owned()),
    ]
}

#[test]
fn the_file_is_what_the_documentation_says() {
    let (_dir, path) = place();
    let mut journal = FileJournal::create(&path).unwrap();
    journal.append(&texts(&["{\"a\":1}", " 2"]), false).unwrap();
    drop(journal);
    // Checks computed by `printf '%s' "$after$entry" | sha256sum`.
    insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"
    {"after":"0000000000000001","check":"da94a911a066a09d","entry":{"a":1}}
    {"after":"da94a911a066a09d","check":"6948ba175675f496","entry": 2}
    "#);
    let text = fs::read_to_string(&path).unwrap();
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line.as_object().unwrap().len(), 3);
    }
}

#[test]
fn a_journal_goes_on_where_it_was_left() {
    let (_dir, path) = place();
    let mut journal = FileJournal::open_or_create(&path).unwrap();
    assert!(replayed(&mut journal).is_empty());
    journal.append(&texts(&["1", "2"]), true).unwrap();
    journal.append(&[], false).unwrap();
    drop(journal);
    let mut journal = FileJournal::open_or_create(&path).unwrap();
    assert_eq!(replayed(&mut journal), ["1", "2"]);
    journal.append(&texts(&["3"]), false).unwrap();
    assert_eq!(replayed(&mut journal), ["1", "2", "3"]);
    journal.append(&texts(&["4"]), false).unwrap();
    drop(journal);
    let mut journal: Box<dyn Journal> = Box::new(FileJournal::open(&path).unwrap());
    assert_eq!(replayed(&mut journal), ["1", "2", "3", "4"]);
}

#[test]
fn the_disk_is_waited_for_only_where_that_is_asked_for() {
    let (_dir, path) = place();
    let mut journal = FileJournal::create(&path).unwrap();
    let began = journal.syncs();
    let mut after = |entries: &[&str], durable| {
        journal.append(&texts(entries), durable).unwrap();
        journal.syncs() - began
    };
    assert_eq!(after(&["1"], false), 0);
    assert_eq!(after(&["2", "3", "4"], true), 1);
    // Nothing new that could be lost.
    assert_eq!(after(&[], true), 1);
    assert_eq!(after(&["5"], false), 1);
    // The lines before count, too.
    assert_eq!(after(&[], true), 2);
}

#[test]
fn one_run_at_a_time() {
    let (_dir, path) = place();
    let journal = FileJournal::create(&path).unwrap();
    let used =
        "another run uses this journal; wait for its end, or give each run a journal of its own";
    assert_eq!(refused(&path), used);
    let error = FileJournal::open_or_create(&path).unwrap_err();
    assert_eq!(error.to_string(), used);
    drop(journal);
    drop(FileJournal::open(&path).unwrap());
    FileJournal::open(&path).unwrap();
}

#[test]
fn a_new_one_is_new_and_an_old_one_exists() {
    let (dir, path) = place();
    assert_eq!(refused(&path), "the journal can't be opened");
    assert!(!path.exists());
    fs::write(&path, "canary").unwrap();
    let error = FileJournal::create(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the journal exists already; resume the run that it belongs to, or choose another name"
    );
    assert_eq!(fs::read(&path).unwrap(), b"canary");
    let error = FileJournal::create(dir.path().join("none/run.journal")).unwrap_err();
    assert_eq!(error.to_string(), "the journal can't be made");
    #[cfg(unix)]
    assert_eq!(
        refused(Path::new("/dev/zero")),
        "the journal is not a regular file"
    );
}

/// A name without a directory is one in the current directory, whose entry is synced as well.
#[test]
fn a_bare_name_will_do() {
    let name = format!("bare-{}.journal", std::process::id());
    let made = FileJournal::create(&name);
    fs::remove_file(&name).unwrap();
    made.unwrap();
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, path) = place();
    let other = dir.path().join("other.journal");
    FileJournal::create(&path).unwrap();
    FileJournal::open_or_create(&other).unwrap();
    for path in [path, other] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn an_entry_that_would_not_come_back_is_refused_and_nothing_is_written() {
    let (_dir, path) = place();
    let longest = format!("\"{}\"", "x".repeat(LONGEST_ENTRY - 2));
    let bad = [
        ("{\n}", "an entry of the journal has more than one line"),
        ("1\n", "an entry of the journal has more than one line"),
        ("{\"canary\"", "an entry of the journal is not JSON"),
        ("", "an entry of the journal is not JSON"),
        ("1 2", "an entry of the journal is not JSON"),
        (
            &format!(" {longest}"),
            "an entry of the journal is longer than 1 MiB",
        ),
    ];
    let mut journal = FileJournal::create(&path).unwrap();
    let memory = MemoryJournal::new();
    for (entry, words) in bad {
        for journal in [&mut journal as &mut dyn Journal, &mut memory.clone()] {
            let error = journal.append(&texts(&["1", entry]), true).unwrap_err();
            assert!(error.is_journal() && error.is_not_sent());
            assert_eq!(error.to_string(), words);
            assert!(!format!("{error:?}").contains("canary"));
        }
    }
    assert!(memory.lines().is_empty());
    // No harm was done.
    journal
        .append(std::slice::from_ref(&longest), false)
        .unwrap();
    drop(journal);
    let mut journal = FileJournal::open(&path).unwrap();
    assert_eq!(
        (replayed(&mut journal), journal.cut_off()),
        (vec![longest], 0)
    );
}

#[test]
fn a_file_cut_at_any_byte_goes_on_after_its_last_whole_line() {
    let entries = texts(&["{\"canary\":1}", "2", "\"three\""]);
    let lines = lines(&entries);
    let whole = lines.concat();
    let mut good = 0;
    let mut kept = 0;
    for cut in 0..=whole.len() {
        if cut == kept + lines.get(good).map_or(usize::MAX - kept, Vec::len) {
            kept = cut;
            good += 1;
        }
        let (_dir, path) = place();
        fs::write(&path, &whole[..cut]).unwrap();
        let mut journal = FileJournal::open(&path).unwrap();
        assert_eq!(replayed(&mut journal), entries[..good]);
        assert_eq!(journal.cut_off(), (cut - kept) as u64);
        journal.append(&entries[good..], true).unwrap();
        drop(journal);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
    assert_eq!(good, 3);
}

#[test]
fn another_file_is_left_alone() {
    let (_dir, path) = place();
    for text in [
        "canary,canary\n",
        "canary",
        "\n",
        "{\"after\":\"0000000000000002\",\"canary",
    ] {
        fs::write(&path, text).unwrap();
        let words = refused(&path);
        assert!(words.starts_with("line 1 of the journal is not the first one of a journal"));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

/// What can't be read is neither cut off nor written to.
#[test]
fn a_damaged_file_stays_as_it_is() {
    let (_dir, path) = place();
    let mut bytes = lines(&texts(&["\"canary\"", "2", "3"])).concat();
    bytes[60] ^= 1;
    bytes.extend_from_slice(b"torn");
    fs::write(&path, &bytes).unwrap();
    assert_eq!(
        refused(&path),
        "line 1 of the journal is damaged, and not the last one; bring the file back from a copy; \
         without one, read the state of everyone in the plan before making a new one"
    );
    assert!(FileJournal::open_or_create(&path).is_err());
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_writer_without_the_lock_is_noticed() {
    let (_dir, path) = place();
    let mut journal = FileJournal::create(&path).unwrap();
    journal.append(&texts(&["1"]), false).unwrap();
    let mut other = OpenOptions::new().append(true).open(&path).unwrap();
    other.write_all(b"canary").unwrap();
    let error = journal.replay(&mut |_| Ok(())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "something else has written to the journal"
    );
}

#[test]
fn whoever_reads_can_stop_it() {
    let (_dir, path) = place();
    let mut journal = FileJournal::create(&path).unwrap();
    // More than is read at once, so that the file is not at its end.
    let mut entries = vec![format!("\"{}\"", "x".repeat(100_000)); 3];
    journal.append(&entries, false).unwrap();
    let mut seen = 0;
    let stop = &mut |_: &str| {
        seen += 1;
        Err(Error::invalid("enough"))
    };
    let error = journal.replay(stop).unwrap_err();
    assert_eq!((error.to_string().as_str(), seen), ("enough", 1));
    // What is appended goes to the end all the same.
    entries.push("4".to_owned());
    journal.append(&entries[3..], false).unwrap();
    assert_eq!(replayed(&mut journal), entries);
}

/// The device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn after_a_failed_write_there_is_no_other() {
    let (_dir, path) = place();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut journal = FileJournal::create(&path).unwrap();
    journal.append(&texts(&["1"]), true).unwrap();
    let disk = journal.change_disk(full);
    let error = journal.append(&texts(&["\"canary\""]), true).unwrap_err();
    assert!(error.is_journal());
    assert_eq!(
        error.to_string(),
        "the journal can't be written; make room on the disk, or give it back, then open the journal \
         and resume"
    );
    // Though there is room again, nobody knows what of the failed write is in the file.
    journal.change_disk(disk);
    let again = journal.append(&texts(&["2"]), false).unwrap_err();
    assert!(
        again
            .to_string()
            .starts_with("an earlier write to this journal failed; ")
    );
    assert!(journal.append(&[], true).is_err() && journal.replay(&mut |_| Ok(())).is_err());
    drop(journal);
    assert_eq!(replayed(&mut FileJournal::open(&path).unwrap()), ["1"]);
}

#[test]
fn nothing_of_an_entry_is_printed() {
    let (_dir, path) = place();
    let mut journal = FileJournal::create(&path).unwrap();
    let mut memory = MemoryJournal::new();
    for journal in [&mut journal as &mut dyn Journal, &mut memory] {
        journal.append(&texts(&["\"canary\""]), true).unwrap();
    }
    insta::assert_snapshot!(format!("{journal:?}\n{memory:?}"), @r"
    FileJournal { lines: 1, bytes: 73, cut_off: 0, syncs: 2, .. }
    MemoryJournal { lines: 1, .. }
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// For any batches, crashed at any byte: the lines that are whole, and no other.
    #[test]
    fn whatever_is_left_of_a_file_is_a_prefix_of_it(
        batches in prop::collection::vec((prop::collection::vec(entry(), 0..4), any::<bool>()), 0..5),
        cut in any::<prop::sample::Index>(),
        more in prop::collection::vec(entry(), 0..3),
    ) {
        let (_dir, path) = place();
        let mut journal = FileJournal::create(&path).unwrap();
        for (entries, durable) in &batches {
            journal.append(entries, *durable).unwrap();
        }
        drop(journal);
        let all = batches.into_iter().flat_map(|(entries, _)| entries).collect::<Vec<_>>();
        let bytes = fs::read(&path).unwrap();
        prop_assert_eq!(&bytes, &lines(&all).concat());

        let cut = cut.index(bytes.len() + 1);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(cut as u64).unwrap();
        let good = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        let mut journal = FileJournal::open(&path).unwrap();
        prop_assert_eq!(replayed(&mut journal), &all[..good]);
        let kept = lines(&all[..good]).concat().len();
        prop_assert_eq!(journal.cut_off(), (cut - kept) as u64);

        journal.append(&more, false).unwrap();
        drop(journal);
        let mut journal = FileJournal::open(&path).unwrap();
        prop_assert_eq!(replayed(&mut journal), [&all[..good], &more].concat());
        prop_assert_eq!(journal.cut_off(), 0);
    }
}
