//! A value and what readers still see of its past.

use super::lag::{Moment, Written};

/// A value that readers see with a lag. `None` is a value that is not there (yet, or any more).
#[derive(Clone, Debug)]
pub(crate) struct Versioned<T> {
    current: Option<T>,
    /// Older states, oldest first, each with the write that ended it.
    past: Vec<(Written, Option<T>)>,
}

impl<T: Clone> Versioned<T> {
    /// A value that everybody sees at once.
    pub(crate) fn new(value: T) -> Self {
        Self {
            current: Some(value),
            past: Vec::new(),
        }
    }

    /// A value that was not there before this write.
    pub(crate) fn written(value: T, written: Written) -> Self {
        let mut new = Self {
            current: None,
            past: Vec::new(),
        };
        *new.change(written) = Some(value);
        new
    }

    /// What writes see.
    pub(crate) fn current(&self) -> Option<&T> {
        self.current.as_ref()
    }

    /// What a read sees.
    pub(crate) fn at(&self, read: Moment) -> Option<&T> {
        match self
            .past
            .iter()
            .find(|(written, _)| !read.sees(written.at, written.visible))
        {
            Some((_, value)) => value.as_ref(),
            None => self.current.as_ref(),
        }
    }

    /// The value to write to; readers see the old one for as long as they lag behind.
    pub(crate) fn change(&mut self, written: Written) -> &mut Option<T> {
        self.past.retain(|(past, _)| past.settled > written.at);
        if written.settled > written.at {
            self.past.push((written, self.current.clone()));
        }
        &mut self.current
    }

    /// The value to change for everybody at once, as a test does behind the service's back.
    pub(crate) fn edit(&mut self) -> &mut Option<T> {
        self.past.clear();
        &mut self.current
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::lag::{Lag, Lags};
    use super::super::time::Time;
    use super::*;

    fn lags(all: impl IntoIterator<Item = Lag>) -> Lags {
        let mut lags = Lags::default();
        all.into_iter().for_each(|lag| lags.set(lag));
        lags
    }

    fn lag(millis: u64) -> Lag {
        Lag::new(Duration::from_millis(millis))
    }

    /// `a` at first, `b` written by one operation at 10, nothing any more from another one at 15.
    fn value(lags: &Lags, first: &str, second: &str) -> Versioned<char> {
        let written =
            |millis, operation| lags.written(lags.moment(Time::from_millis(millis), operation));
        let mut value = Versioned::new('a');
        *value.change(written(10, first)) = Some('b');
        *value.change(written(15, second)) = None;
        assert_eq!(value.current(), None);
        value
    }

    /// What an operation sees: one letter for each time, `-` for nothing.
    fn seen(value: &Versioned<char>, lags: &Lags, operation: &str, times: &[u64]) -> String {
        let at = |time: &u64| value.at(lags.moment(Time::from_millis(*time), operation));
        times
            .iter()
            .map(|t| at(t).copied().unwrap_or('-'))
            .collect()
    }

    #[test]
    fn readers_lag_behind_each_write() {
        let lags = lags([lag(10)]);
        let value = value(&lags, "users.suspend", "users.remove");
        let times = [10, 19, 20, 24, 25];
        assert_eq!(seen(&value, &lags, "users.get", &times), "aabb-");
    }

    #[test]
    fn a_read_may_have_a_lag_of_its_own() {
        let lags = lags([lag(10), lag(3).on("users.search"), lag(0).on("users.get")]);
        let value = value(&lags, "users.suspend", "users.remove");
        let times = [12, 13, 15, 17, 18, 19, 20, 24, 25];
        assert_eq!(seen(&value, &lags, "users.search", &times), "abbb-----");
        assert_eq!(seen(&value, &lags, "users.get", &times), "bb-------");
        assert_eq!(seen(&value, &lags, "users.list", &times), "aaaaaabb-");
    }

    #[test]
    fn a_write_may_have_a_lag_of_its_own_and_nothing_overtakes_it() {
        let lags = lags([lag(20).on("users.invite"), lag(1).on("users.search")]);
        let value = value(&lags, "users.invite", "users.remove");
        let times = [11, 15, 16, 29, 30];
        assert_eq!(seen(&value, &lags, "users.get", &times), "aaaa-");
        assert_eq!(seen(&value, &lags, "users.search", &times), "bb---");
    }

    #[test]
    fn a_state_is_kept_for_the_read_that_lags_most() {
        let lags = lags([lag(1), lag(20).on("users.search")]);
        // The first write is old news to most reads when the second one comes.
        let value = value(&lags, "users.suspend", "users.remove");
        assert_eq!(seen(&value, &lags, "users.get", &[15, 16]), "b-");
        let times = [29, 30, 34, 35];
        assert_eq!(seen(&value, &lags, "users.search", &times), "abb-");
    }

    #[test]
    fn of_several_lags_the_last_one_counts() {
        let lags = lags([lag(9).on("users."), lag(0).on("users.get"), lag(7)]);
        let value = value(&lags, "groups.delete", "groups.delete");
        assert_eq!(seen(&value, &lags, "users.get", &[15]), "-");
        assert_eq!(seen(&value, &lags, "users.list", &[15, 23, 24]), "ab-");
        assert_eq!(seen(&value, &lags, "groups.get", &[15, 21, 22]), "ab-");
    }

    #[test]
    fn only_what_lags_can_be_given_a_lag() {
        assert_eq!(lag(1).on("users.").check(), Ok(()));
        assert_eq!(lag(1).on("directories.list").check(), Ok(()));
        for wrong in [
            "users",
            "users.serach",
            "policies.list",
            "v1.users.search",
            "",
        ] {
            lag(1).on(wrong).check().unwrap_err();
        }
    }
}
