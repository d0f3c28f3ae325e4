//! Reads lag behind writes: reading until a change shows.

use std::time::Duration;

use tokio::time::Instant;

use super::Change;
use super::place::{OBSERVED, Place, Seen};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Evidence, Outcome};
use crate::status::MembershipStatus;
use crate::user::User;

/// How far reads of memberships have been seen to lag. A read proves what held this long before it.
const LAG: Duration = Duration::from_secs(15);

/// The first pause between two reads; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A clock that says when to read next, until the time is up.
struct Rounds {
    until: Instant,
    pause: Duration,
}

impl Rounds {
    fn new(within: Duration) -> Self {
        // Longer than the clock can count is as long as it can.
        let most = Duration::from_secs(365 * 24 * 3600);
        Self {
            until: Instant::now() + within.min(most),
            pause: FIRST_PAUSE,
        }
    }

    /// Waits for the next read; false if the time is up.
    async fn next(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.until {
            return false;
        }
        tokio::time::sleep_until(self.until.min(now + self.pause)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// A read that ends with the time at the latest; but a last one has a moment.
    async fn read<T>(&self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let until = self.until.max(Instant::now() + FIRST_PAUSE);
        let late = |_| Error::new(ErrorKind::Timeout);
        tokio::time::timeout_at(until, read).await.map_err(late)?
    }
}

/// What an outcome is once reads have had the time to show it.
pub(super) async fn verified(place: &Place<'_>, outcome: Outcome, within: Duration) -> Outcome {
    match outcome {
        Outcome::Changed {
            evidence: Evidence::Acknowledged,
        } => match until_visible(place, Rounds::new(within)).await {
            Ok(()) => outcome,
            Err(last) => Outcome::Pending(last.pending(within)),
        },
        Outcome::InDoubt(error) => match until_visible(place, Rounds::new(within)).await {
            Ok(()) => OBSERVED,
            Err(_) => Outcome::InDoubt(error),
        },
        Outcome::AlreadyDone { .. } => still_so(place, outcome, within).await,
        // Seen already, or never asked for.
        outcome => outcome,
    }
}

/// The last that was seen, and the last read that failed.
#[derive(Default)]
struct Last {
    status: Option<MembershipStatus>,
    failure: Option<Error>,
}

impl Last {
    fn pending(self, within: Duration) -> Error {
        // A word that the service made up is not repeated here: it may hold anything.
        let seen = match &self.status {
            Some(MembershipStatus::Active) => "the last read showed an active member",
            Some(MembershipStatus::Suspended) => "the last read showed a suspended member",
            Some(MembershipStatus::None) => "the last read showed no member",
            Some(MembershipStatus::Other(_)) => {
                "the last read showed a status unknown to this version"
            }
            None => "no read showed the person's status",
        };
        let words = format!(
            "acknowledged, but not visible after {} s: {seen}",
            within.as_secs()
        );
        let error = Error::new(ErrorKind::Pending)
            .sent(true)
            .with_words(words)
            .with_hint("reads lag behind changes, and a removal may be queued: read again later")
            .with_last_seen(self.status);
        match self.failure {
            Some(failure) => error.with_cause(failure),
            None => error,
        }
    }
}

/// Reads until the wished state shows. The first read is made at once.
async fn until_visible(place: &Place<'_>, mut rounds: Rounds) -> Result<(), Last> {
    let mut last = Last::default();
    loop {
        match rounds.read(place.look()).await {
            Ok((status, _)) if status.as_ref() == Some(&place.wished()) => return Ok(()),
            Ok((status, _)) => last.status = status,
            Err(error) => {
                let over = is_final(&error);
                last.failure = Some(error);
                if over {
                    return Err(last);
                }
            }
        }
        if !rounds.next().await {
            return Err(last);
        }
    }
}

/// Whether every other read would fail the same way.
fn is_final(error: &Error) -> bool {
    error.is_unauthorized() || error.is_forbidden() || error.is_payment_required()
}

/// Watches for as long as reads lag whether what one read showed was still so. If it was not, the
/// change is needed after all, and made.
async fn still_so(place: &Place<'_>, outcome: Outcome, within: Duration) -> Outcome {
    let whole = Rounds::new(within);
    let mut rounds = Rounds::new(within.min(LAG));
    let mut outcome = outcome;
    while rounds.next().await {
        let seen: Result<Seen, Error> = rounds.read(place.look()).await;
        match seen {
            Ok((status, read_at)) if status.as_ref() == Some(&place.wished()) => {
                outcome = Outcome::AlreadyDone { read_at };
            }
            Ok((Some(status), read_at)) => {
                let made = place.make(Some(status), read_at).await;
                // It was sent now, so that it can't be found done already again.
                return match made {
                    Outcome::AlreadyDone { .. } => made,
                    made => Box::pin(verified(place, made, whole.left())).await,
                };
            }
            // A read that fails or says nothing contradicts nothing.
            Ok((None, _)) => {}
            Err(error) if is_final(&error) => break,
            Err(_) => {}
        }
    }
    outcome
}

/// Watches for as long as reads lag whether somebody who is in no directory stays so; the person as
/// last read.
pub(super) async fn stays_absent(change: &Change, mut user: User) -> User {
    let org = &change.person.org;
    let mut rounds = Rounds::new(change.within.unwrap_or_default().min(LAG));
    while user.membership == Some(MembershipStatus::None) && rounds.next().await {
        match rounds.read(org.find_user(&user.account_id)).await {
            Ok(Some(now)) => user = now,
            Err(error) if is_final(&error) => break,
            // A read that fails or says nothing contradicts nothing.
            Ok(None) | Err(_) => {}
        }
    }
    user
}
