//! Time as the sandbox knows it: a number that somebody passes in.

use std::ops::Add;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in milliseconds since 1970. The core never reads a clock; it is told the time with each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The point that many milliseconds after the start of 1970.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the start of 1970.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; nothing if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// ISO 8601 in UTC with milliseconds: `2026-11-23T05:22:01.250Z`.
    pub fn iso(self) -> String {
        format!("{}.{:03}Z", self.to_seconds(), self.0 % 1000)
    }

    /// ISO 8601 in UTC to the second: `2026-11-23T05:22:01Z`.
    pub fn iso_seconds(self) -> String {
        format!("{}Z", self.to_seconds())
    }

    /// ISO 8601 in UTC cut to the minute: `2026-11-23T05:22Z`.
    pub fn iso_minute(self) -> String {
        let mut text = self.to_seconds();
        text.truncate("2026-11-23T05:22".len());
        text.push('Z');
        text
    }

    /// The date alone: `2026-11-23`.
    pub fn date(self) -> String {
        let mut text = self.to_seconds();
        text.truncate("2026-11-23".len());
        text
    }

    /// The form HTTP headers use: `Mon, 23 Nov 2026 05:22:01 GMT`.
    pub fn http_date(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let days = self.0 / 86_400_000;
        let (year, month, day) = civil(days);
        let weekday = DAYS[(days % 7) as usize];
        let month = MONTHS[(month as usize).saturating_sub(1) % 12];
        format!("{weekday}, {day:02} {month} {year} {} GMT", self.of_day())
    }

    fn to_seconds(self) -> String {
        let (year, month, day) = civil(self.0 / 86_400_000);
        format!("{year:04}-{month:02}-{day:02}T{}", self.of_day())
    }

    fn of_day(self) -> String {
        let seconds = self.0 / 1000 % 86_400;
        format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// Year, month and day of a day counted from 1 January 1970. Counts in eras of 400 years that begin on 1 March,
/// so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_calendar() {
        assert_eq!(Time::from_millis(0).iso(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Time::from_millis(951_782_400_000).date(), "2000-02-29");
        let time = Time::from_millis(1_795_411_321_250);
        assert_eq!(time.iso(), "2026-11-23T05:22:01.250Z");
        assert_eq!(time.iso_seconds(), "2026-11-23T05:22:01Z");
        assert_eq!(time.iso_minute(), "2026-11-23T05:22Z");
        assert_eq!(time.http_date(), "Mon, 23 Nov 2026 05:22:01 GMT");
    }
}
