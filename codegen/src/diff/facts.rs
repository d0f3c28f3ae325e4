//! What can differ between two schemas, said without judging it.

use serde_json::Value;

/// One difference, and where it is below the schema that was compared: `data[].status`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    pub(crate) at: String,
    pub(crate) what: What,
}

/// Where a schema stands in its parent: decides what `nullable` does to the Rust type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A property that need not be there: an `Option` in any case.
    Optional,
    /// A property that a request must have.
    Required,
    /// An array's item, a map's value, a parameter, a body, a component.
    Other,
}

/// One kind of difference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    FieldAdded {
        required: bool,
        kind: String,
    },
    FieldRemoved {
        kind: String,
    },
    /// A field became required, or no longer is.
    Required(bool),
    /// Another JSON type, or another form altogether.
    Type {
        old: String,
        new: String,
    },
    /// A limit or a format: what it does to the set of values and to the Rust type.
    Refined(Refined),
    Nullable {
        now: bool,
        slot: Slot,
    },
    EnumAdded(String),
    EnumRemoved(String),
    /// An enum was put on a free value.
    EnumClosed(Vec<String>),
    /// An enum was lifted: any value may come.
    EnumOpened(Vec<String>),
    /// Named fields and no others, or a map beside them.
    Extra {
        old: &'static str,
        new: &'static str,
    },
    VariantAdded {
        key: &'static str,
        label: String,
    },
    VariantRemoved {
        key: &'static str,
        label: String,
    },
    /// The same place names another component, or writes it out.
    Retarget {
        old: Option<String>,
        new: Option<String>,
    },
    /// Any other keyword.
    Keyword {
        key: String,
        old: Option<Value>,
        new: Option<Value>,
    },
}

/// A changed limit or format.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refined {
    pub(crate) key: String,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
    /// Values that were allowed no longer are.
    pub(crate) narrower: bool,
    /// Values are allowed that were not.
    pub(crate) wider: bool,
    /// The generator makes another Rust type of it.
    pub(crate) retyped: bool,
    /// The old Rust type refuses what the old limit forbids.
    pub(crate) checked: bool,
}

impl What {
    /// A word for machines.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            What::FieldAdded { .. } => "field-added",
            What::FieldRemoved { .. } => "field-removed",
            What::Required(true) => "field-now-required",
            What::Required(false) => "field-now-optional",
            What::Type { .. } => "type",
            What::Refined(refined) if refined.key == "format" => "format",
            What::Refined(_) => "limit",
            What::Nullable { .. } => "nullable",
            What::EnumAdded(_) => "enum-value-added",
            What::EnumRemoved(_) => "enum-value-removed",
            What::EnumClosed(_) => "enum-introduced",
            What::EnumOpened(_) => "enum-lifted",
            What::Extra { .. } => "additional-properties",
            What::VariantAdded { .. } => "variant-added",
            What::VariantRemoved { .. } => "variant-removed",
            What::Retarget { .. } => "schema-reference",
            What::Keyword { .. } => "keyword",
        }
    }

    /// Whether the wire stays as it was: only names of schemas differ.
    pub(crate) fn only_naming(&self) -> bool {
        matches!(self, What::Retarget { .. })
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            What::FieldAdded { required, kind } => {
                let need = if *required { "required" } else { "optional" };
                write!(f, "field added ({kind}, {need})")
            }
            What::FieldRemoved { kind } => write!(f, "field removed (was {kind})"),
            What::Required(true) => f.write_str("field is now required"),
            What::Required(false) => f.write_str("field is no longer required"),
            What::Type { old, new } => write!(f, "type changed: {old} → {new}"),
            What::Refined(r) => {
                write!(f, "{}", keyword(&r.key, r.old.as_ref(), r.new.as_ref()))
            }
            What::Nullable { now: true, .. } => f.write_str("may be null now"),
            What::Nullable { now: false, .. } => f.write_str("may no longer be null"),
            What::EnumAdded(value) => write!(f, "enum value added: `{value}`"),
            What::EnumRemoved(value) => write!(f, "enum value removed: `{value}`"),
            What::EnumClosed(values) => {
                write!(f, "now an enum: {}", ticked(values))
            }
            What::EnumOpened(values) => {
                write!(f, "no longer an enum (was {})", ticked(values))
            }
            What::Extra { old, new } => write!(f, "further fields: {old} → {new}"),
            What::VariantAdded { key, label } => write!(f, "{key} member added: {label}"),
            What::VariantRemoved { key, label } => write!(f, "{key} member removed: {label}"),
            What::Retarget { old, new } => match (old, new) {
                (Some(old), Some(new)) => {
                    write!(f, "schema `{old}` is replaced by `{new}`")
                }
                (Some(old), None) => write!(f, "schema `{old}` is written out in place"),
                (None, Some(new)) => write!(f, "what was written out is schema `{new}` now"),
                (None, None) => f.write_str("another schema"),
            },
            What::Keyword { key, old, new } => {
                write!(f, "{}", keyword(key, old.as_ref(), new.as_ref()))
            }
        }
    }
}

fn keyword(key: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    match (old, new) {
        (None, Some(new)) => format!("{key} set: {}", short(new)),
        (Some(old), None) => format!("{key} dropped (was {})", short(old)),
        (Some(old), Some(new)) => format!("{key}: {} → {}", short(old), short(new)),
        (None, None) => format!("{key} changed"),
    }
}

fn ticked(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|v| format!("`{v}`")).collect();
    values.join(", ")
}

/// A value for a reader: texts bare, long ones cut.
pub(crate) fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    };
    if text.chars().count() <= 80 {
        return text;
    }
    let cut: String = text.chars().take(79).collect();
    format!("{cut}…")
}
