//! A plan in a file, a line for each row, for people by the hundred thousand.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::digest::line;
use super::make::Sink;
use super::row::{Action, PlanRow};
use super::table::head;
use super::{Digest, End, Estimate, Terms, plan_accessors};
use crate::error::Error;
use crate::ids::OrgId;
use crate::journal::Journal;
use crate::organization::Organization;
use crate::run::{Run, Source};

/// No line of ours is near this long.
const LONGEST_LINE: u64 = 1 << 20;

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line<T, R, E> {
    Plan(T),
    Row(R),
    End(E),
}

type Read = Line<Terms, PlanRow, End>;

/// A plan whose rows stay in a file: see [`ChangeUsers::plan_to_file`](crate::ChangeUsers::plan_to_file).
///
/// `Display` shows what holds for all rows, and no person.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use atlassian_orgs::PlanFile;
/// # use atlassian_orgs::{ApiKey, Client, OrgId};
/// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
/// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
/// # let org = client.organization(OrgId::new(sandbox.org_id())?);
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("leavers.plan");
/// org.suspend_users("user-0001@example.com").plan_to_file(&path).await?;
///
/// let plan = PlanFile::open(&path)?.bind(&org)?;
/// println!("{plan}");
/// plan.run().forget_rows().await?.ensure_complete()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a plan does nothing until it is run"]
pub struct PlanFile {
    terms: Terms,
    end: End,
    path: PathBuf,
    org: Option<Organization>,
}

impl PlanFile {
    /// Reads a plan from its file, and checks all of it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the file can't be read or is not as it was
    /// written; a broken line is named by its number.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let (terms, end) = Lines::open(&path)?.check()?;
        Ok(Self {
            terms,
            end,
            path,
            org: None,
        })
    }

    /// As [`Plan::bind`](crate::Plan::bind).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it was made for another organization.
    pub fn bind(mut self, org: &Organization) -> Result<Self, Error> {
        self.terms.check(org)?;
        self.org = Some(org.clone());
        Ok(self)
    }

    /// Carries the plan out; the rows are read as they are needed. Unless
    /// [`forget_rows`](Run::forget_rows) is called, the report has them all.
    pub fn run(self) -> Run {
        let source = Source::File(self.path, self.end.digest.clone());
        Run::new(self.org, self.terms, self.end, source)
    }

    /// As [`Plan::resume`](crate::Plan::resume).
    pub fn resume(self, journal: impl Journal) -> Run {
        self.run().resuming(journal)
    }

    plan_accessors!();
}

/// What holds for all rows.
impl fmt::Display for PlanFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(f, &self.terms, &self.end)
    }
}

impl fmt::Debug for PlanFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanFile")
            .field("action", &self.terms.action)
            .field("digest", &self.end.digest)
            .finish_non_exhaustive()
    }
}

/// Reads a plan's file line by line.
pub(crate) struct Lines {
    file: BufReader<File>,
    text: String,
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(unreadable)?;
        Ok(Self {
            file: BufReader::new(file),
            text: String::new(),
            number: 0,
        })
    }

    /// The rows of the plan with this digest. What is at the path by now may be another one, so it is checked
    /// again, and then read from the same open file.
    pub(crate) fn rows(path: &Path, digest: &str) -> Result<Self, Error> {
        let mut lines = Self::open(path)?;
        let (_, end) = lines.check()?;
        if end.digest != digest {
            return Err(Error::invalid("the plan's file holds another plan by now")
                .with_hint("keep each plan in a file of its own"));
        }
        lines.file.rewind().map_err(unreadable)?;
        lines.number = 0;
        lines.next()?;
        Ok(lines)
    }

    /// Reads all of it, to its end.
    fn check(&mut self) -> Result<(Terms, End), Error> {
        let Some(Line::Plan(terms)) = self.next()? else {
            return Err(self.broken());
        };
        let mut digest = Digest::new(&terms)?;
        let end = loop {
            match self.next()? {
                Some(Line::Row(row)) => digest.row(&row)?,
                Some(Line::End(end)) => break end,
                _ => return Err(self.broken()),
            }
        };
        if self.next()?.is_some() {
            return Err(self.broken());
        }
        digest.check(&end)?;
        Ok((terms, end))
    }

    /// The next row, or none after the last.
    pub(crate) fn row(&mut self) -> Result<Option<PlanRow>, Error> {
        match self.next()? {
            Some(Line::Row(row)) => Ok(Some(row)),
            Some(Line::End(_)) => Ok(None),
            _ => Err(self.broken()),
        }
    }

    fn next(&mut self) -> Result<Option<Read>, Error> {
        self.text.clear();
        self.number += 1;
        let mut one = std::io::Read::take(&mut self.file, LONGEST_LINE);
        match one.read_line(&mut self.text) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            // Not UTF-8.
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(self.broken().with_cause(error));
            }
            Err(error) => return Err(unreadable(error)),
        }
        let line = serde_json::from_str(&self.text);
        line.map(Some)
            .map_err(|error| self.broken().with_cause(error))
    }

    fn broken(&self) -> Error {
        Error::invalid(format!("line {} of the plan's file is broken", self.number))
            .with_hint("make the plan again")
    }
}

fn unreadable(cause: std::io::Error) -> Error {
    Error::invalid(format!("the plan's file can't be read: {}", cause.kind())).with_cause(cause)
}

fn unwritable(cause: std::io::Error) -> Error {
    Error::invalid(format!(
        "the plan's file can't be written: {}",
        cause.kind()
    ))
    .with_cause(cause)
}

/// Writes a plan's file aside, and puts it in its place when it is whole.
pub(super) struct Writer {
    file: BufWriter<File>,
    aside: PathBuf,
    path: PathBuf,
    whole: bool,
}

impl Writer {
    pub(super) fn new(path: &Path, terms: &Terms) -> Result<Self, Error> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let aside = path.with_file_name(name);
        // What a crash left there, or somebody put there, may be open to others.
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(unwritable(error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&aside).map_err(unwritable)?;
        let mut writer = Self {
            file: BufWriter::new(file),
            aside,
            path: path.to_owned(),
            whole: false,
        };
        writer.line(&Line::<_, (), ()>::Plan(terms))?;
        Ok(writer)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let line = line(value)?;
        writeln!(self.file, "{line}").map_err(unwritable)
    }

    pub(super) fn finish(
        mut self,
        terms: Terms,
        end: End,
        org: Organization,
    ) -> Result<PlanFile, Error> {
        self.line(&Line::<(), (), _>::End(&end))?;
        self.file.flush().map_err(unwritable)?;
        self.file.get_ref().sync_all().map_err(unwritable)?;
        fs::rename(&self.aside, &self.path).map_err(unwritable)?;
        self.whole = true;
        Ok(PlanFile {
            terms,
            end,
            path: self.path.clone(),
            org: Some(org),
        })
    }
}

impl Sink for Writer {
    fn row(&mut self, row: PlanRow) -> Result<(), Error> {
        self.line(&Line::<(), _, ()>::Row(row))
    }
}

/// What did not become whole is no plan.
impl Drop for Writer {
    fn drop(&mut self) {
        if !self.whole {
            // Left behind, it does no harm: it is not where the plan would be.
            let _ = fs::remove_file(&self.aside);
        }
    }
}
