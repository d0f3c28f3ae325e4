//! Whether, how often and how far apart a request is sent again.

use std::time::Duration;

/// How often a call that is refused for too many requests is sent, if its time allows it.
const REFUSALS: u32 = 10;

/// Whether, how often and how far apart a request is sent again.
///
/// *What* may be sent again is not a setting but a table, one row for each operation:
///
/// * **Reads** are sent again after a 429, 500, 502, 503 or 504, a timeout, and a connection that
///   failed or broke.
/// * **Changes that set a state** (suspend, restore, remove) are sent again only after a 429, which
///   the service gives before it does anything, and after errors that prove that nothing was sent. After
///   anything else the state is read back, and one more send is made only where that shows that nothing
///   happened.
/// * **Invitations** are sent again only after a 429 or where nothing was sent: the service cannot tell
///   a repeated invitation from a second one.
///
/// No wait is shorter than the service asks for (`Retry-After`, else `X-RateLimit-Reset`). One that
/// does not fit into the time of the call fails at once, and
/// [`Error::retry_after`](crate::Error::retry_after) says how long it is.
///
/// ```
/// use std::time::Duration;
/// use atlassian_orgs::{ApiKey, Client, RetryPolicy};
///
/// # fn main() -> Result<(), atlassian_orgs::Error> {
/// let client = Client::builder()
///     .api_key(ApiKey::new("key")?)
///     .retry(RetryPolicy::standard().attempts(6).cap(Duration::from_secs(30)))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    base: Duration,
    cap: Duration,
    share: f64,
    floor: u32,
}

impl RetryPolicy {
    /// Up to 4 sends, random pauses of at most 200 ms, 400 ms, 800 ms and so on up to 10 s, and a budget
    /// of 10 % of the requests plus 10 a minute.
    pub fn standard() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            share: 0.1,
            floor: 10,
        }
    }

    /// Nothing is ever sent again, not even where that would be safe.
    ///
    /// ```
    /// use atlassian_orgs::RetryPolicy;
    /// assert_eq!(RetryPolicy::never(), RetryPolicy::standard().attempts(1));
    /// ```
    pub fn never() -> Self {
        Self::standard().attempts(1)
    }

    /// How often a request is sent at most, the first time included, where it fails; at least once.
    ///
    /// Refusals for too many requests (429) don't count, since they say nothing about the service's health:
    /// they are bounded by the time of the call, and by 10. When the next one may go, the client's rate
    /// limiter says.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The longest pause before the second send; it doubles with each one after that. The pause itself is
    /// random between nothing and that, so that many tasks don't come back at once.
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The longest pause of all that this client chooses; the service may ask for more.
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// How much may be sent again because of failures, by all tasks of a client together: this share of
    /// its requests, plus so many a minute. In an outage the rest fails at once instead of making it worse.
    ///
    /// Refusals for too many requests are never paid from it.
    pub fn budget(mut self, share: f64, a_minute: u32) -> Self {
        self.share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.floor = a_minute;
        self
    }

    /// Whether anything may be sent again.
    pub(crate) fn is_on(&self) -> bool {
        self.attempts > 1
    }

    /// The longest pause after this many failures, or none if it was sent often enough.
    pub(crate) fn after_failure(&self, failures: u32) -> Option<Duration> {
        (failures < self.attempts).then(|| {
            let factor = 2u32.saturating_pow(failures.saturating_sub(1));
            self.base.saturating_mul(factor).min(self.cap)
        })
    }

    /// Whether to go on after this many refusals for too many requests.
    pub(crate) fn after_refusal(&self, refusals: u32) -> bool {
        self.is_on() && refusals < REFUSALS
    }

    pub(crate) fn share(&self) -> f64 {
        self.share
    }

    pub(crate) fn floor(&self) -> u32 {
        self.floor
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        let policy = RetryPolicy::standard().attempts(u32::MAX);
        let millis = |n| policy.after_failure(n).map(|d| d.as_millis());
        assert_eq!([1, 2, 3].map(millis), [Some(200), Some(400), Some(800)]);
        assert_eq!([7, 40, u32::MAX - 1].map(millis), [Some(10_000); 3]);
        assert!(policy.after_refusal(1) && !policy.after_refusal(REFUSALS));
    }

    #[test]
    fn never_is_never() {
        let never = RetryPolicy::never();
        assert!(!never.is_on());
        assert!(never.after_failure(1).is_none() && !never.after_refusal(1));
        assert_eq!(RetryPolicy::standard().attempts(0), never);
    }

    #[test]
    fn nonsense_is_tamed() {
        let policy = RetryPolicy::standard().budget(f64::NAN, 0);
        assert_eq!(policy.share(), 0.0);
        assert_eq!(RetryPolicy::standard().budget(7.0, 0).share(), 1.0);
    }
}
