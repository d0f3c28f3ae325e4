//! A value and what readers still see of its past.

use super::time::Time;

/// A value that readers see with a lag. `None` is a value that is not there (yet, or any more).
#[derive(Clone, Debug)]
pub(crate) struct Versioned<T> {
    current: Option<T>,
    /// Older states, oldest first, each with the moment from which readers no longer see it.
    past: Vec<(Time, Option<T>)>,
}

impl<T: Clone> Versioned<T> {
    /// A value that everybody sees at once.
    pub(crate) fn new(value: T) -> Self {
        Self {
            current: Some(value),
            past: Vec::new(),
        }
    }

    /// A value that readers see from `visible` on.
    pub(crate) fn hidden_until(value: T, visible: Time) -> Self {
        Self {
            current: Some(value),
            past: vec![(visible, None)],
        }
    }

    /// What writes see.
    pub(crate) fn current(&self) -> Option<&T> {
        self.current.as_ref()
    }

    /// What reads see at `now`.
    pub(crate) fn at(&self, now: Time) -> Option<&T> {
        match self.past.iter().find(|(until, _)| *until > now) {
            Some((_, value)) => value.as_ref(),
            None => self.current.as_ref(),
        }
    }

    /// The value to write to; readers see the old one until `visible`.
    pub(crate) fn change(&mut self, now: Time, visible: Time) -> &mut Option<T> {
        self.past.retain(|(until, _)| *until > now);
        if visible > now {
            self.past.push((visible, self.current.clone()));
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
    use super::*;

    #[test]
    fn readers_lag_behind_each_write() {
        let at = Time::from_millis;
        let mut value = Versioned::new("a");
        *value.change(at(10), at(20)) = Some("b");
        *value.change(at(15), at(25)) = None;
        let seen: Vec<_> = [10, 19, 20, 24, 25]
            .iter()
            .map(|t| value.at(at(*t)).copied())
            .collect();
        assert_eq!(seen, [Some("a"), Some("a"), Some("b"), Some("b"), None]);
        assert_eq!(value.current(), None);
    }
}
