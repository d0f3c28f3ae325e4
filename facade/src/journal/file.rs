//! A journal in a file.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use super::line::{Tip, scan};
use super::{Journal, error};
use crate::error::Error;

/// A [`Journal`] in a file: a line of JSON for each entry, with a check that covers the line before.
///
/// One run has it at a time: while it is open, the file is locked. On Unix nobody but its owner may
/// read a file made here, since addresses and account ids are in it. Keep it on a local disk: not
/// every network share has locks, or keeps what it was told to keep.
///
/// A crash can leave a torn end: half a line, a block of zeros. Opening the file cuts off what follows
/// the last good line, with a warning in the log. Damage that a crash does not explain is an error that
/// names the line: a bad one before a good one, or one that is lost, doubled or moved.
///
/// Making and opening one waits for the disk and reads all of the file, a piece at a time.
///
/// ```
/// use atlassian_orgs::{FileJournal, Journal};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("leavers.journal");
/// let mut journal = FileJournal::create(&path)?;
/// journal.append(&[r#"{"about":"to"}"#.to_owned()], true)?;
/// assert!(FileJournal::open(&path).is_err()); // in use
/// drop(journal);
///
/// let mut journal = FileJournal::open(&path)?;
/// assert_eq!(journal.cut_off(), 0);
/// journal.replay(&mut |line| {
///     assert_eq!(line, r#"{"about":"to"}"#);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileJournal {
    file: File,
    /// Where the next line goes.
    tip: Tip,
    /// Whether all of it is known to be on the disk.
    synced: bool,
    /// Whether a write failed, so that nobody knows what is in the file.
    broken: bool,
    cut_off: u64,
    syncs: u64,
}

impl FileJournal {
    /// Makes a new one.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if something of this name exists, or it can't
    /// be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = options().create_new(true).open(path);
        let file = file.map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => error("the journal exists already")
                .with_hint("resume the run that it belongs to, or choose another name")
                .with_cause(cause),
            _ => error("the journal can't be made").with_cause(cause),
        })?;
        Self::begin(file, path)
    }

    /// Opens one, to go on with it, and cuts off a torn end.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if there is none, it is in use, it can't be
    /// read and written, or a line that is not at its end is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::begin(options().open(path).map_err(not_opened)?, path)
    }

    /// Opens one, or makes it if there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if it can't be made.
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = options().create(true).truncate(false).open(path);
        Self::begin(file.map_err(not_opened)?, path)
    }

    /// How many bytes of a torn end were cut off when it was opened.
    #[must_use]
    pub fn cut_off(&self) -> u64 {
        self.cut_off
    }

    /// How often the file was synced since it was opened, which is what durability costs.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    fn begin(file: File, path: &Path) -> Result<Self, Error> {
        let metadata = file.metadata().map_err(not_opened)?;
        if !metadata.is_file() {
            return Err(error("the journal is not a regular file"));
        }
        locked(&file).map_err(|cause| match cause {
            TryLockError::WouldBlock => error("another run uses this journal")
                .with_hint("wait for its end, or give each run a journal of its own"),
            TryLockError::Error(cause) => error("the journal can't be locked")
                .with_hint("keep it on a local disk")
                .with_cause(cause),
        })?;
        let mut journal = Self {
            file,
            tip: Tip::EMPTY,
            synced: false,
            broken: false,
            cut_off: 0,
            syncs: 0,
        };
        let (tip, torn) = journal.scan(&mut |_| Ok(()))?;
        journal.tip = tip;
        journal.cut_off = torn;
        journal.settle(path).map_err(not_written)?;
        Ok(journal)
    }

    /// Cuts off a torn end, and makes durable what is left and that there is a file: whoever wrote it
    /// may have crashed before that.
    fn settle(&mut self, path: &Path) -> io::Result<()> {
        if self.cut_off > 0 {
            self.file.set_len(self.tip.bytes)?;
            let (bytes, lines) = (self.cut_off, self.tip.lines);
            tracing::warn!(bytes, lines, "cut off the torn end of a journal");
        }
        self.file.sync_all()?;
        self.syncs += 1;
        self.synced = true;
        // Elsewhere a directory can't be opened, and needs not be.
        #[cfg(unix)]
        if let Some(directory) = path.canonicalize()?.parent() {
            File::open(directory)?.sync_all()?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }

    fn scan(
        &mut self,
        entry: &mut dyn FnMut(&str) -> Result<(), Error>,
    ) -> Result<(Tip, u64), Error> {
        self.file
            .rewind()
            .map_err(|cause| error("the journal can't be read").with_cause(cause))?;
        scan(BufReader::with_capacity(64 * 1024, &self.file), entry)
    }

    fn write(&mut self, lines: &[u8], durable: bool) -> io::Result<()> {
        if !lines.is_empty() {
            self.file.seek(SeekFrom::Start(self.tip.bytes))?;
            self.file.write_all(lines)?;
            self.synced = false;
        }
        if durable && !self.synced {
            self.file.sync_data()?;
            self.syncs += 1;
            self.synced = true;
        }
        Ok(())
    }

    /// Another file in the place of this one, and this one back.
    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn change_disk(&mut self, other: File) -> File {
        std::mem::replace(&mut self.file, other)
    }

    fn usable(&self) -> Result<(), Error> {
        if self.broken {
            return Err(error("an earlier write to this journal failed").with_hint(MAKE_ROOM));
        }
        Ok(())
    }
}

/// Takes the lock. A run that was just dropped still writes its line to the end, so it is tried for a moment.
fn locked(file: &File) -> Result<(), TryLockError> {
    for _ in 0..20 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            answer => return answer,
        }
    }
    file.try_lock()
}

/// Gives the lock back at once. Closing alone does not, while a process that is just being started still
/// holds a copy of the file.
impl Drop for FileJournal {
    fn drop(&mut self) {
        // The lock goes with the process at the latest.
        let _ = self.file.unlock();
    }
}

impl Journal for FileJournal {
    fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        self.usable()?;
        if self.scan(line)? != (self.tip, 0) {
            return Err(error("something else has written to the journal"));
        }
        Ok(())
    }

    fn append(&mut self, lines: &[String], durable: bool) -> Result<(), Error> {
        self.usable()?;
        let mut bytes = Vec::new();
        let tip = lines
            .iter()
            .try_fold(self.tip, |tip, entry| tip.write(entry, &mut bytes))?;
        // After an error nobody knows how much was written, nor, if it was to be made durable,
        // whether asking once more would tell the truth.
        self.broken = true;
        self.write(&bytes, durable).map_err(not_written)?;
        self.broken = false;
        self.tip = tip;
        Ok(())
    }
}

/// No path, and nothing of what is in it.
impl fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileJournal")
            .field("lines", &self.tip.lines)
            .field("bytes", &self.tip.bytes)
            .field("cut_off", &self.cut_off)
            .field("syncs", &self.syncs)
            .finish_non_exhaustive()
    }
}

const MAKE_ROOM: &str = "make room on the disk, or give it back, then open the journal and resume";

/// Not in append mode, in which Windows lets nothing be cut off.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn not_opened(cause: io::Error) -> Error {
    error("the journal can't be opened").with_cause(cause)
}

fn not_written(cause: io::Error) -> Error {
    error("the journal can't be written")
        .with_hint(MAKE_ROOM)
        .with_cause(cause)
}
