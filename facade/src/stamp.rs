//! Times as text: ISO 8601 in UTC, to the millisecond, so that what is written and read again is the
//! same.

use std::borrow::Cow;
use std::time::SystemTime;

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The time for a reader; what no calendar has is the beginning of time.
pub(crate) fn text(time: SystemTime) -> String {
    let stamp = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
    stamp.round(Unit::Millisecond).unwrap_or(stamp).to_string()
}

fn time<E: serde::de::Error>(text: &str) -> Result<SystemTime, E> {
    let stamp: Timestamp = text
        .parse()
        .map_err(|_| E::custom("a time is not ISO 8601"))?;
    Ok(stamp.into())
}

pub(crate) fn serialize<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*at))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SystemTime, D::Error> {
    time(&Cow::<str>::deserialize(deserializer)?)
}

/// A time that may be missing.
pub(crate) mod option {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        at: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(text).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let text = Option::<Cow<str>>::deserialize(deserializer)?;
        text.map(|text| time(&text)).transpose()
    }
}
