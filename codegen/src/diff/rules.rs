//! For whom a difference between two schemas breaks. The table is in the docs of [`super`].

use serde::Serialize;

use super::facts::{Refined, Slot, What};

/// For whom a change breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Breaks {
    /// Programs written against the raw client.
    pub raw: bool,
    /// Programs written against the facade: a new release of it is needed.
    pub facade: bool,
}

impl Breaks {
    /// Whether it breaks for anybody.
    #[must_use]
    pub fn any(self) -> bool {
        self.raw || self.facade
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            raw: self.raw || other.raw,
            facade: self.facade || other.facade,
        }
    }
}

/// A verdict before it is known whether the facade uses the operation, with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Verdict {
    pub(crate) breaks: Breaks,
    pub(crate) why: Option<&'static str>,
}

impl Verdict {
    pub(crate) const NOBODY: Self = Self {
        breaks: Breaks {
            raw: false,
            facade: false,
        },
        why: None,
    };

    pub(crate) fn new(raw: bool, facade: bool, why: &'static str) -> Self {
        let breaks = Breaks { raw, facade };
        Self {
            breaks,
            why: breaks.any().then_some(why),
        }
    }

    /// The facade is only concerned where it uses the operation.
    pub(crate) fn for_facade(mut self, used: bool) -> Self {
        self.breaks.facade &= used;
        self.why = self.why.filter(|_| self.breaks.any());
        self
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            breaks: self.breaks.or(other.breaks),
            why: self.why.or(other.why),
        }
    }
}

/// What a schema is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// A parameter or request body of the raw client.
    Request,
    /// The body of a success.
    Success,
    /// What the generator leaves out: failures, headers of answers, parameters that it can't send.
    Unread,
}

/// The verdict on one difference in one use.
pub(crate) fn judge(what: &What, used: Use) -> Verdict {
    let sent = match used {
        Use::Request => true,
        Use::Success => false,
        Use::Unread => return Verdict::NOBODY,
    };
    match what {
        What::FieldAdded { required: true, .. } | What::Required(true) if sent => {
            Verdict::new(true, true, "a request without it is refused")
        }
        What::FieldAdded { .. } | What::Required(true) => Verdict::NOBODY,
        What::Required(false) => {
            Verdict::new(sent, false, "the field's Rust type becomes an Option")
        }
        What::FieldRemoved { .. } if sent => Verdict::new(true, true, "its setter goes with it"),
        What::FieldRemoved { .. } => Verdict::new(true, true, "who reads it finds nothing"),
        What::Type { .. } => Verdict::new(true, true, "another Rust type, not readable as the old"),
        What::Refined(refined) => refinement(refined, sent),
        What::Nullable { now, slot } => {
            let same_type = *slot == Slot::Optional || (*slot == Slot::Required && !sent);
            Verdict::new(
                !same_type,
                !same_type && *now != sent,
                "null changes the Rust type here",
            )
        }
        What::EnumAdded(_) => Verdict::NOBODY,
        What::EnumRemoved(_) => Verdict::new(true, sent, "its variant goes with it"),
        What::EnumClosed(_) => Verdict::new(true, sent, "the Rust type becomes an enum"),
        What::EnumOpened(_) => Verdict::new(true, false, "the Rust type is an enum no longer"),
        What::Extra { new: "a map", .. } => Verdict::new(
            sent,
            false,
            "the Rust type gains a field of its own for the map",
        ),
        What::Extra { old: "a map", .. } => Verdict::new(true, sent, "the map's field goes"),
        What::Extra { .. } => Verdict::NOBODY,
        What::VariantAdded { key, .. } => match (*key, sent) {
            ("oneOf" | "anyOf", true) => Verdict::NOBODY,
            _ => Verdict::new(true, true, "an alternative that nobody handles yet"),
        },
        What::VariantRemoved { .. } => Verdict::new(true, sent, "its variant goes with it"),
        What::Keyword { key, new, .. } if key == "readOnly" && new.is_some() => {
            Verdict::new(sent, sent, "it may no longer be sent")
        }
        What::Keyword { .. } | What::Retarget { .. } => Verdict::NOBODY,
    }
}

fn refinement(refined: &Refined, sent: bool) -> Verdict {
    // A format says what a value means; only where the generator makes a type of it does the
    // client refuse anything.
    let narrower = refined.narrower && (refined.key != "format" || refined.retyped);
    if sent && narrower {
        return Verdict::new(true, true, "values that were allowed are refused");
    }
    let unreadable = !sent && refined.wider && (refined.retyped || refined.checked);
    Verdict::new(
        refined.retyped,
        unreadable,
        if refined.retyped {
            "the generator makes another Rust type of it"
        } else {
            "a released client refuses the new values"
        },
    )
}
