//! What was found out about the sandbox's switches: this is what is carried back.

use std::fmt;

use atlassian_orgs_sandbox::{BEHAVIOURS, Behaviour};

use super::redact::format_of;
use super::wire::Seen;

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The service does what this position of the switch does.
    Position(&'static str),
    /// It does something that the sandbox can't do yet.
    Other(String),
    /// It did not come to it.
    Unseen(String),
}

/// A switch of the sandbox, and what was found out about it.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) switch: &'static str,
    pub(crate) finding: Finding,
}

impl Finding {
    /// The position of what an answer's status is for.
    pub(crate) fn by_status(seen: &Seen, positions: &[(u16, &'static str)]) -> Self {
        let mut positions = positions.iter();
        let found = positions.find(|(status, _)| *status == seen.status);
        found.map_or_else(
            || Self::Other(format!("it answered {}", seen.status)),
            |(_, position)| Self::Position(position),
        )
    }

    /// What two ways to ask the same found.
    pub(crate) fn both(first: Self, second: Self) -> Self {
        match (first, second) {
            (first, second) if first == second => first,
            (Self::Unseen(_), known) | (known, Self::Unseen(_)) => known,
            (first, second) => Self::Other(format!("one way {first}, the other way {second}")),
        }
    }

    /// Which form `X-RateLimit-Reset` has.
    pub(crate) fn of_reset(all: &[Seen]) -> Self {
        let mut resets = all
            .iter()
            .filter_map(|seen| seen.header("x-ratelimit-reset"));
        let limited = || {
            all.iter()
                .any(|seen| seen.header("x-ratelimit-limit").is_some())
        };
        match resets.next() {
            None if limited() => Self::Position("absent"),
            None => Self::Unseen("no answer had an X-RateLimit header".to_owned()),
            Some(reset) if reset.chars().all(|c| c.is_ascii_digit()) => match reset.len() {
                0..12 => Self::Position("epoch-seconds"),
                _ => Self::Position("epoch-millis"),
            },
            Some(reset) => match format_of(reset).as_str() {
                "9999-99-99T99:99Z" => Self::Position("iso-minute"),
                form if form.starts_with("9999-99-99T99:99:99") => Self::Position("iso"),
                form => Self::Other(format!("its format is {form}")),
            },
        }
    }

    /// Which form `Retry-After` has on a 429.
    pub(crate) fn of_retry_after(all: &[Seen]) -> Self {
        let mut refused = all.iter().filter(|seen| seen.status == 429);
        let Some(refused) = refused.next() else {
            return Self::Unseen("no request was refused for too many".to_owned());
        };
        match refused.header("retry-after") {
            None => Self::Position("absent"),
            Some(value) if value.chars().all(|c| c.is_ascii_digit()) => Self::Position("seconds"),
            Some(value) if value.ends_with("GMT") => Self::Position("date"),
            Some(value) => Self::Other(format!("its format is {}", format_of(value))),
        }
    }

    /// What the bodies of refused changes are.
    pub(crate) fn of_write_errors(all: &[Seen]) -> Self {
        let mut refused = all
            .iter()
            .filter(|seen| seen.is_bare_write() && (400..429).contains(&seen.status));
        match refused.next() {
            None => Self::Unseen("no change was refused".to_owned()),
            Some(seen) if seen.body.is_null() => Self::Position("empty"),
            Some(seen) if seen.body.pointer("/errors/0").is_some() => Self::Position("errors"),
            Some(_) => Self::Other("a body of another shape".to_owned()),
        }
    }

    /// What `status` is in bodies of errors.
    pub(crate) fn of_error_status(all: &[Seen]) -> Self {
        let mut known = all
            .iter()
            .filter_map(|seen| seen.body.pointer("/errors/0/status"));
        match known.next() {
            None => Self::Unseen("no error had a status in its body".to_owned()),
            Some(status) if status.is_string() => Self::Position("text"),
            Some(status) if status.is_number() => Self::Position("number"),
            Some(_) => Self::Other("neither a text nor a number".to_owned()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => f.write_str(position),
            Self::Other(what) => write!(f, "no position of the switch: {what}"),
            Self::Unseen(why) => write!(f, "not found out: {why}"),
        }
    }
}

impl Verdict {
    fn row(&self) -> Option<&'static Behaviour> {
        BEHAVIOURS.iter().find(|row| row.name == self.switch)
    }
}

/// `suspend-suspended: 409 (409 ADMIN-UAM-409-2); the sandbox does 204`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.switch, self.finding)?;
        let Some(row) = self.row() else {
            return Ok(());
        };
        let place = |position: &&str| row.positions.iter().position(|known| known == position);
        if let Finding::Position(position) = &self.finding {
            let meaning = place(position).and_then(|place| row.meanings.get(place));
            write!(f, " ({})", meaning.map_or("", |meaning| meaning.trim()))?;
        }
        match row.published == row.live {
            true => write!(f, "; the sandbox does {}", row.live),
            false => write!(
                f,
                "; the sandbox does {} as published and {} as live",
                row.published, row.live
            ),
        }
    }
}

/// The switches that no source settles and that were not asked about.
pub(crate) fn unasked(verdicts: &[Verdict]) -> impl Iterator<Item = &'static Behaviour> {
    let asked = |row: &&Behaviour| verdicts.iter().any(|verdict| verdict.switch == row.name);
    BEHAVIOURS
        .iter()
        .filter(move |row| row.sources.contains(&"UNKNOWN") && !asked(row))
}
