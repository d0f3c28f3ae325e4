//! Faults, limits and lags as one word each, so that the command line can say all that the library can.
//!
//! All three read `WHAT[@OPERATION][,OPTION=VALUE]…`. A comma inside a value is written twice.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::core::faults::{Answer, Fault, Rule};
use crate::core::lag::Lag;
use crate::core::limits::Limit;

/// Why a text is no [`Rule`], [`Limit`] or [`Lag`]: it names the part that is wrong, and what there is instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelled(String);

impl fmt::Display for Misspelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misspelled {}

/// A kind of fault, as a text that makes a [`Rule`] names it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FaultKind {
    /// Its name.
    pub name: &'static str,
    /// A rule with it.
    pub example: &'static str,
    /// What happens.
    pub about: &'static str,
}

/// Makes the kinds and their table from one description, so that a kind without a spelling does not compile.
macro_rules! kinds {
    ($( #[doc = $about:literal] $kind:ident = $name:literal, $example:literal; )+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Kind { $( $kind ),+ }

        const KINDS: &[Kind] = &[$( Kind::$kind ),+];

        /// The kinds of faults.
        pub const FAULTS: &[FaultKind] = &[$(
            FaultKind { name: $name, example: $example, about: $about.trim_ascii() }
        ),+];
    };
}

kinds! {
    /// the connection is turned away before a byte of it is read
    Refuse = "refuse", "refuse,times=2";
    /// the connection breaks before the request has any effect
    DropBefore = "drop-before", "drop-before,share=0.1";
    /// the request takes effect, then the connection breaks
    DropAfter = "drop-after", "drop-after@users.invite,nth=2";
    /// this status instead of the real answer, without any effect
    Answer = "answer", "answer:503@users.,times=3,header=Retry-After:2";
    /// the request takes effect, but this is the answer (never 429)
    AnswerAfter = "answer-after", "answer-after:504@users.suspend";
    /// the request takes effect, and the answer comes so much later
    Delay = "delay", "delay:2s@users.search,share=0.5";
    /// the request takes effect, and the body breaks off after so many bytes
    CutBody = "cut", "cut:100@users.search,times=1";
    /// the request takes effect, and the answer never comes
    Stall = "stall", "stall,about=mia@example.com,times=1";
}

/// `KIND[:VALUE][@OPERATION][,OPTION=VALUE]…`; [`FAULTS`] has the kinds.
///
/// The options are `times`, `nth` (with both, so many requests from the nth on), `share` and `about`, like the
/// methods of the same name; an answer has `body`, `type` (of the body: JSON unless it is given) and any number of
/// `header=NAME:VALUE` too. A comma inside a value is written twice.
///
/// ```
/// use atlassian_orgs_sandbox::{Rule, Sandbox};
///
/// let busy: Rule = "answer:503@users.,times=3,header=Retry-After:2".parse()?;
/// let sandbox = Sandbox::builder().fault(busy).in_process()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl FromStr for Rule {
    type Err = Misspelled;

    fn from_str(text: &str) -> Result<Self, Misspelled> {
        rule(text).map_err(Misspelled)
    }
}

/// `REQUESTS/PERIOD[@OPERATION][,kind=window|bucket]`: `100/60s@users.`, `10/1s,kind=bucket`. Without a kind it is a
/// window.
///
/// ```
/// use atlassian_orgs_sandbox::{Limit, Sandbox};
///
/// let sandbox = Sandbox::builder().rate_limit("10/60s@events.list".parse::<Limit>()?).in_process()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl FromStr for Limit {
    type Err = Misspelled;

    fn from_str(text: &str) -> Result<Self, Misspelled> {
        limit(text).map_err(Misspelled)
    }
}

/// `DURATION[@OPERATION]`: `5s`, `500ms@users.search`.
///
/// ```
/// use atlassian_orgs_sandbox::{Lag, Sandbox};
///
/// let sandbox = Sandbox::builder().lag("5s@users.search".parse::<Lag>()?).in_process()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl FromStr for Lag {
    type Err = Misspelled;

    fn from_str(text: &str) -> Result<Self, Misspelled> {
        lag(text).map_err(Misspelled)
    }
}

fn rule(text: &str) -> Result<Rule, String> {
    let Word {
        what,
        operations,
        mut options,
    } = Word::new(text)?;
    let (name, value) = match what.split_once(':') {
        Some((name, value)) => (name, Some(value)),
        None => (what.as_str(), None),
    };
    let found = KINDS.iter().zip(FAULTS).find(|(_, row)| row.name == name);
    let (kind, _) = found.ok_or_else(|| {
        let names: Vec<_> = FAULTS.iter().map(|row| row.name).collect();
        format!(
            "`{name}` is no kind of fault; there are {}",
            names.join(", ")
        )
    })?;
    let conditions = ["times", "nth", "share", "about"];
    let mut allowed = conditions.to_vec();
    if matches!(kind, Kind::Answer | Kind::AnswerAfter) {
        allowed.extend(["body", "type", "header"]);
    }
    options.only(name, &allowed)?;
    let needed = |what: &str| value.ok_or_else(|| format!("`{name}` needs {what} after a colon"));
    let bare = |fault| match value {
        Some(value) => Err(format!("`{name}` takes no value, but has `{value}`")),
        None => Ok(fault),
    };
    let fault = match kind {
        Kind::Answer => Fault::Answer(answer(needed("a status")?, &mut options)?),
        Kind::AnswerAfter => Fault::AnswerAfter(answer(needed("a status")?, &mut options)?),
        Kind::Delay => Fault::Delay(duration(needed("a duration")?)?),
        Kind::CutBody => Fault::CutBody(number("a number of bytes", needed("a number of bytes")?)?),
        Kind::Refuse => bare(Fault::Refuse)?,
        Kind::DropBefore => bare(Fault::DropBefore)?,
        Kind::DropAfter => bare(Fault::DropAfter)?,
        Kind::Stall => bare(Fault::Stall)?,
    };
    let mut rule = Rule::new(fault);
    if let Some(operations) = operations {
        rule = rule.on(operations);
    }
    if let Some(nth) = options.take("nth")? {
        match number("nth", &nth)? {
            0 => return Err("`nth` counts from 1".to_owned()),
            nth => rule = rule.nth(nth),
        }
    }
    if let Some(times) = options.take("times")? {
        rule = rule.times(number("times", &times)?);
    }
    if let Some(share) = options.take("share")? {
        rule = rule.share(number("share", &share)?);
    }
    if let Some(text) = options.take("about")? {
        rule = rule.about(text);
    }
    rule.check()?;
    Ok(rule)
}

fn answer(status: &str, options: &mut Options) -> Result<Answer, String> {
    let mut answer = Answer::new(number("a status", status)?);
    let content_type = options.take("type")?;
    if let Some(body) = options.take("body")? {
        answer = answer.body(content_type.as_deref().unwrap_or("application/json"), body);
    } else if content_type.is_some() {
        return Err("`type` is of a `body`, and there is none".to_owned());
    }
    for header in options.all("header") {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| format!("`header` is NAME:VALUE, not `{header}`"))?;
        answer = answer.header(name.trim(), value.trim());
    }
    Ok(answer)
}

fn limit(text: &str) -> Result<Limit, String> {
    let mut word = Word::new(text)?;
    word.options.only("a limit", &["kind"])?;
    let (requests, period) = word.what.split_once('/').ok_or_else(|| {
        format!(
            "a limit is REQUESTS/PERIOD, such as 100/60s, not `{}`",
            word.what
        )
    })?;
    let requests = number("a number of requests", requests)?;
    let period = duration(period)?;
    if period.is_zero() {
        return Err("the period of a limit can't be nothing".to_owned());
    }
    let mut limit = match word.options.take("kind")?.as_deref() {
        None | Some("window") => Limit::new(requests, period),
        Some("bucket") => Limit::bucket(requests, period),
        Some(other) => return Err(format!("`kind` is window or bucket, not `{other}`")),
    };
    if let Some(operations) = word.operations {
        limit = limit.on(operations);
    }
    limit.check()?;
    Ok(limit)
}

fn lag(text: &str) -> Result<Lag, String> {
    let word = Word::new(text)?;
    word.options.only("a lag", &[])?;
    let mut lag = Lag::new(duration(&word.what)?);
    if let Some(operations) = word.operations {
        lag = lag.on(operations);
    }
    lag.check()?;
    Ok(lag)
}

/// The parts of a text, before anybody knows what they mean.
struct Word {
    what: String,
    operations: Option<String>,
    options: Options,
}

impl Word {
    fn new(text: &str) -> Result<Self, String> {
        let mut parts = split(text).into_iter();
        let head = parts.next().unwrap_or_default();
        let (what, operations) = match head.split_once('@') {
            Some((what, operations)) => (what.to_owned(), Some(operations.to_owned())),
            None => (head, None),
        };
        let option = |part: String| match part.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!(
                "`{part}` is no OPTION=VALUE (a comma inside a value is written twice)"
            )),
        };
        Ok(Self {
            what,
            operations,
            options: Options(parts.map(option).collect::<Result<_, _>>()?),
        })
    }
}

/// Splits at single commas; two of them are one of the text.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == ',' && letters.next_if_eq(&',').is_none() {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts
}

struct Options(Vec<(String, String)>);

impl Options {
    /// Refuses options that nobody would look at.
    fn only(&self, what: &str, allowed: &[&str]) -> Result<(), String> {
        let odd = self
            .0
            .iter()
            .find(|(name, _)| !allowed.contains(&name.as_str()));
        let Some((name, _)) = odd else {
            return Ok(());
        };
        Err(match allowed {
            [] => format!("{what} has no options, so no `{name}`"),
            _ => format!("{what} has no option `{name}`, only {}", allowed.join(", ")),
        })
    }

    fn take(&mut self, name: &str) -> Result<Option<String>, String> {
        let mut values = self.all(name);
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(format!("`{name}` is given twice")),
        }
    }

    fn all(&mut self, name: &str) -> Vec<String> {
        self.0
            .extract_if(.., |(key, _)| key == name)
            .map(|(_, value)| value)
            .collect()
    }
}

fn number<T: FromStr>(what: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{what} has to be a number, not `{text}`"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; it looks like 250ms, 5s, 2m or 1h");
    let unit = text.find(|letter: char| !letter.is_ascii_digit());
    let (digits, unit) = text.split_at(unit.ok_or_else(wrong)?);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    count
        .checked_mul(millis)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
