//! The lines of a journal's file: how one is written, and how far a file is good.
//!
//! Each is a JSON object of exactly this form:
//!
//! ```json
//! {"after":"0000000000000001","check":"da94a911a066a09d","entry":{"a":1}}
//! ```
//!
//! `check` is the beginning of the SHA-256 of the text of `after` and the text of `entry`, so that a
//! line can be judged alone: it is *sound* if it has this form, its newline and the right check.
//! `after` is the check of the line before, so that a lost, doubled or swapped line is seen too.
//!
//! What begins with the first line that is not sound is a torn tail if there is no sound line in it,
//! as a crash leaves it: half a line, a block of zeros. If there is one, or if a sound line is not the
//! one that comes next, something else has damaged the file, and nobody knows what is missing.

use std::io::{BufRead, Read};

use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::error;
use crate::error::Error;

/// The longest line, with its newline: a damaged file must not fill the memory.
const LONGEST: usize = 1024 * 1024;

/// The longest entry.
pub(super) const LONGEST_ENTRY: usize =
    LONGEST - AFTER.len() - CHECK.len() - ENTRY.len() - END.len() - 2 * size_of::<Check>();

const AFTER: &[u8] = b"{\"after\":\"";
const CHECK: &[u8] = b"\",\"check\":\"";
const ENTRY: &[u8] = b"\",\"entry\":";
const END: &[u8] = b"}\n";

/// 64 bits of the hash, in hexadecimal: it tells accidents, and keeps nobody out.
type Check = [u8; 16];

/// What stands in the place of a check before the first line: the number of this format.
const FORMAT: Check = *b"0000000000000001";

const DAMAGED: &str = "bring the file back from a copy; without one, read the state of everyone in \
     the plan before making a new one";

/// The end of the good part of a journal's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) lines: u64,
    pub(super) bytes: u64,
    check: Check,
}

impl Tip {
    pub(super) const EMPTY: Self = Self {
        lines: 0,
        bytes: 0,
        check: FORMAT,
    };

    /// Writes the next line to `out`, and gives the tip after it.
    pub(super) fn write(self, entry: &str, out: &mut Vec<u8>) -> Result<Self, Error> {
        refuse(entry)?;
        let check = seal(&self.check, entry.as_bytes());
        let before = out.len();
        for part in [
            AFTER,
            &self.check,
            CHECK,
            &check,
            ENTRY,
            entry.as_bytes(),
            END,
        ] {
            out.extend_from_slice(part);
        }
        Ok(self.next(out.len() - before, check))
    }

    fn next(self, length: usize, check: Check) -> Self {
        Self {
            lines: self.lines + 1,
            bytes: self.bytes + length as u64,
            check,
        }
    }

    fn damaged(self, how: &str) -> Error {
        let line = self.lines + 1;
        error(format!("line {line} of the journal {how}")).with_hint(DAMAGED)
    }
}

/// Reads a file from its beginning and hands over each entry of its good part. Gives the end of that
/// part and the number of bytes after it.
pub(super) fn scan(
    mut file: impl BufRead,
    entry: &mut dyn FnMut(&str) -> Result<(), Error>,
) -> Result<(Tip, u64), Error> {
    let (mut tip, mut torn) = (Tip::EMPTY, 0);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        // What is longer comes in pieces, which are no sound lines.
        let length = file
            .by_ref()
            .take(LONGEST as u64)
            .read_until(b'\n', &mut bytes)
            .map_err(|cause| error("the journal can't be read").with_cause(cause))?;
        if length == 0 {
            return Ok((tip, torn));
        }
        match Line::sound(&bytes) {
            Some(line) if torn == 0 && *line.after == tip.check => {
                entry(line.entry)?;
                tip = tip.next(length, *line.check);
            }
            Some(_) if torn == 0 => {
                return Err(tip.damaged(
                    "does not follow from the one before: a line was lost, doubled or moved",
                ));
            }
            _ if ends_soundly(&bytes) => {
                return Err(tip.damaged("is damaged, and not the last one"));
            }
            // Anything may be in a file that is opened by mistake, and it would be cut off.
            _ if tip == Tip::EMPTY && torn == 0 && !begins_one(&bytes) => {
                let other =
                    "look whether this is the right file; if it is, bring it back from a copy";
                let error = tip.damaged("is not the first one of a journal");
                return Err(error.with_hint(other));
            }
            _ => torn += length as u64,
        }
    }
}

/// A line of the right form, and with the right check.
struct Line<'a> {
    after: &'a Check,
    check: &'a Check,
    entry: &'a str,
}

impl<'a> Line<'a> {
    /// Byte for byte what [`Tip::write`] writes: a JSON parser would read a damaged line, too.
    fn sound(bytes: &'a [u8]) -> Option<Self> {
        let (after, rest) = bytes.strip_prefix(AFTER)?.split_first_chunk()?;
        let (check, rest) = rest.strip_prefix(CHECK)?.split_first_chunk()?;
        let entry = rest.strip_prefix(ENTRY)?.strip_suffix(END)?;
        let sound = seal(after, entry) == *check;
        sound.then_some(Self {
            after,
            check,
            entry: str::from_utf8(entry).ok()?,
        })
    }
}

fn seal(after: &Check, entry: &[u8]) -> Check {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let hash = Sha256::new()
        .chain_update(after)
        .chain_update(entry)
        .finalize();
    let mut check = Check::default();
    for (digits, byte) in check.chunks_exact_mut(2).zip(hash) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 15)];
    }
    check
}

/// Whether there is a sound line here, be it behind something else: what is damaged may be a newline.
fn ends_soundly(bytes: &[u8]) -> bool {
    let begins = |at: &usize| bytes[*at..].starts_with(AFTER);
    let mut places = (0..bytes.len()).filter(begins);
    places.any(|at| Line::sound(&bytes[at..]).is_some())
}

/// Whether a first line can be what a crash has left of one.
fn begins_one(bytes: &[u8]) -> bool {
    let begin = [AFTER, &FORMAT, CHECK].concat();
    let zeros = bytes.iter().all(|byte| *byte == 0);
    zeros || begin.iter().zip(bytes).all(|(one, other)| one == other)
}

/// What can't be an entry, since it would not come back as it is.
pub(super) fn refuse(entry: &str) -> Result<(), Error> {
    let refused = |words: &'static str| Err(error(words));
    if entry.len() > LONGEST_ENTRY {
        return refused("an entry of the journal is longer than 1 MiB");
    }
    if entry.contains('\n') {
        return refused("an entry of the journal has more than one line");
    }
    if serde_json::from_str::<IgnoredAny>(entry).is_err() {
        // The cause says nothing without the entry.
        return refused("an entry of the journal is not JSON");
    }
    Ok(())
}
