//! What reading says to every kind of damage.

use std::io::Read;

use super::*;
use crate::journal::line::scan;

/// The entries of a file of these bytes, and how many bytes are torn.
fn read(bytes: &[u8]) -> Result<(Vec<String>, u64), String> {
    let mut seen = Vec::new();
    let take = &mut |line: &str| {
        seen.push(line.to_owned());
        Ok(())
    };
    match scan(bytes, take) {
        Ok((tip, torn)) => {
            assert_eq!(tip.bytes + torn, bytes.len() as u64);
            assert_eq!(tip.lines, seen.len() as u64);
            Ok((seen, torn))
        }
        Err(error) => {
            assert!(error.is_journal() && error.is_not_sent());
            assert!(!format!("{error} {error:?}").contains("canary"));
            Err(error.to_string())
        }
    }
}

/// A crash while the file grows can leave a place where nothing was written.
#[test]
fn a_tail_of_zeros_or_rubbish_is_cut_off() {
    let lines = lines(&texts(&["1", "2", "3"]));
    let long = 3 * 1024 * 1024;
    for tail in [
        vec![0; 1],
        vec![0; 4096],
        vec![0; long],
        vec![b'x'; long],
        b"\n\n\n".to_vec(),
    ] {
        for whole in 1..=3 {
            let bytes = [lines[..whole].concat(), tail.clone()].concat();
            let (seen, torn) = read(&bytes).unwrap();
            assert_eq!((seen.len(), torn), (whole, tail.len() as u64));
        }
    }
    // The file has its length, but nothing in it.
    assert_eq!(read(&[0; 5000]), Ok((vec![], 5000)));
    // Half of the last line is not there.
    let mut bytes = lines.concat();
    let half = bytes.len() - lines[2].len() / 2;
    bytes[half..].fill(0);
    assert_eq!(
        read(&bytes),
        Ok((texts(&["1", "2"]), lines[2].len() as u64))
    );
    // A hole before a line that is there: what was in it is not known.
    let bytes = [&lines[0][..], &[0; 512], &lines[2]].concat();
    assert!(
        read(&bytes)
            .unwrap_err()
            .starts_with("line 2 of the journal is damaged")
    );
    let bytes = [&lines[0][..], &[0; 512], b"\n", &lines[2]].concat();
    assert!(
        read(&bytes)
            .unwrap_err()
            .starts_with("line 2 of the journal is damaged")
    );
}

#[test]
fn a_flipped_bit_anywhere_is_found_and_its_line_named() {
    let entries = texts(&["{\"canary\":1}", "2", "\"three\"", "[4]"]);
    let lines = lines(&entries);
    let whole = lines.concat();
    let mut at = 0;
    for (index, line) in lines.iter().enumerate() {
        for byte in 0..line.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at + byte] ^= 1 << bit;
                match read(&bytes) {
                    Err(words) => {
                        let name = format!("line {} of the journal is ", index + 1);
                        assert!(index < 3 && words.starts_with(&name), "{words}");
                    }
                    Ok((seen, torn)) => {
                        assert_eq!(index, 3, "byte {byte}, bit {bit}");
                        assert_eq!(seen, entries[..index]);
                        assert_eq!(torn, (whole.len() - at) as u64);
                    }
                }
            }
        }
        at += line.len();
    }
}

#[test]
fn a_lost_doubled_or_moved_line_is_an_error_that_names_the_place() {
    let lines = lines(&texts(&["1", "2", "3", "4"]));
    let other = self::lines(&texts(&["0", "2"]));
    let follows = |order: &[&Vec<u8>]| {
        let bytes = order.iter().flat_map(|line| line.iter().copied());
        let words = read(&bytes.collect::<Vec<_>>()).unwrap_err();
        let (line, rest) = words
            .strip_prefix("line ")
            .unwrap()
            .split_once(' ')
            .unwrap();
        assert!(rest.starts_with("of the journal does not follow from the one before"));
        line.parse::<u64>().unwrap()
    };
    let [a, b, c, d] = &lines[..] else {
        unreachable!()
    };
    assert_eq!(follows(&[b, c, d]), 1);
    assert_eq!(follows(&[a, c, d]), 2);
    assert_eq!(follows(&[a, b, b, c, d]), 3);
    assert_eq!(follows(&[a, b, c, d, d]), 5);
    assert_eq!(follows(&[a, c, b, d]), 2);
    assert_eq!(follows(&[a, b, d, c]), 3);
    // The same entry, but of another journal.
    assert_eq!(follows(&[a, &other[1]]), 2);
}

/// However long a line is, no more than the longest is in memory.
#[test]
fn a_line_without_an_end_is_read_in_pieces() {
    let first = lines(&texts(&["1"])).concat();
    let endless = first.chain(std::io::repeat(b'x').take(64 * 1024 * 1024));
    let (tip, torn) = scan(std::io::BufReader::new(endless), &mut |_| Ok(())).unwrap();
    assert_eq!((tip.lines, torn), (1, 64 * 1024 * 1024));
}

proptest! {
    /// Whatever is done to a file, what is read of it is what was written, from the beginning.
    #[test]
    fn no_damage_makes_another_entry(
        entries in prop::collection::vec(entry(), 1..6),
        at in any::<prop::sample::Index>(),
        gone in 0..80_usize,
        new in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut bytes = lines(&entries).concat();
        let at = at.index(bytes.len());
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, new);
        if let Ok((seen, _)) = read(&bytes) {
            prop_assert!(entries.starts_with(&seen));
        }
    }

    #[test]
    fn no_bytes_are_too_odd_to_be_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok((seen, torn)) = read(&bytes) {
            prop_assert!(seen.is_empty());
            prop_assert_eq!(torn, bytes.len() as u64);
        }
    }
}
