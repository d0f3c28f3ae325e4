//! How much may be sent again because of failures, by all tasks together.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::retry::RetryPolicy;

/// How much a long time without failures may save up, unless the floor is higher.
const MOST: f64 = 50.0;

/// Filled by requests and by time, emptied by repeats.
#[derive(Debug)]
pub(super) struct Budget {
    share: f64,
    /// Repeats a second.
    refill: f64,
    most: f64,
    left: Mutex<Left>,
}

#[derive(Debug)]
struct Left {
    repeats: f64,
    /// When time was last counted; none before the first request.
    counted: Option<Instant>,
}

impl Budget {
    pub(super) fn new(policy: &RetryPolicy) -> Self {
        let floor = f64::from(policy.floor());
        Self {
            share: policy.share(),
            refill: floor / 60.0,
            most: if policy.share() > 0.0 {
                floor.max(MOST)
            } else {
                floor
            },
            left: Mutex::new(Left {
                repeats: floor,
                counted: None,
            }),
        }
    }

    /// A call begins.
    pub(super) fn called(&self) {
        let mut left = self.left();
        left.repeats = (left.repeats + self.share).min(self.most);
    }

    /// Takes one repeat out, if there is one. It goes back if it is dropped unused.
    pub(super) fn take(&self) -> Option<Repeat<'_>> {
        let now = Instant::now();
        let mut left = self.left();
        let counted = left.counted.replace(now).unwrap_or(now);
        let since = now.saturating_duration_since(counted).as_secs_f64();
        left.repeats = (left.repeats + since * self.refill).min(self.most);
        // A little less than one counts as one: tenths don't add up exactly.
        (left.repeats > 0.999).then(|| {
            left.repeats -= 1.0;
            Repeat {
                budget: self,
                used: false,
            }
        })
    }

    /// A task that panicked leaves a number behind, nothing half-done.
    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One repeat, paid for.
#[derive(Debug)]
pub(super) struct Repeat<'a> {
    budget: &'a Budget,
    used: bool,
}

impl Repeat<'_> {
    pub(super) fn spend(mut self) {
        self.used = true;
    }
}

impl Drop for Repeat<'_> {
    fn drop(&mut self) {
        if !self.used {
            let mut left = self.budget.left();
            left.repeats = (left.repeats + 1.0).min(self.budget.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn spend_all(budget: &Budget) -> usize {
        std::iter::from_fn(|| budget.take().map(Repeat::spend)).count()
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_filled_by_requests_and_by_time() {
        let budget = Budget::new(&RetryPolicy::standard());
        assert_eq!(spend_all(&budget), 10, "the floor is there from the start");
        for _ in 0..100 {
            budget.called();
        }
        assert_eq!(spend_all(&budget), 10, "a tenth of the requests");
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(spend_all(&budget), 5, "ten a minute");
        for _ in 0..100_000 {
            budget.called();
        }
        assert_eq!(spend_all(&budget), 50, "no more is saved up");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_used_goes_back() {
        let budget = Budget::new(&RetryPolicy::standard().budget(0.0, 1));
        for _ in 0..10 {
            assert!(budget.take().is_some(), "given back each time");
        }
        assert_eq!(spend_all(&budget), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn no_budget_is_none() {
        let budget = Budget::new(&RetryPolicy::standard().budget(0.0, 0));
        budget.called();
        assert_eq!(spend_all(&budget), 0);
    }
}
