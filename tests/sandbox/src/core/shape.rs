//! The shapes that the document declares for bodies, so that what it rules out is refused and never told back.

use serde_json::Value;

/// What a value has to look like. A field that is absent is no matter of shape.
pub(crate) enum Shape {
    Text,
    OneOf(&'static [&'static str]),
    List(&'static Shape),
    /// An object: the fields that it may have, further ones are ignored.
    Object(&'static [(&'static str, Shape)]),
    /// The same, and these fields have to be there.
    With(&'static [&'static str], &'static [(&'static str, Shape)]),
}

impl Shape {
    pub(crate) fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::OneOf(known) => value.as_str().is_some_and(|text| known.contains(&text)),
            Self::List(item) => value
                .as_array()
                .is_some_and(|items| items.iter().all(|value| item.fits(value))),
            Self::Object(fields) => Self::With(&[], fields).fits(value),
            Self::With(required, fields) => value.as_object().is_some_and(|object| {
                required.iter().all(|name| object.contains_key(*name))
                    && fields
                        .iter()
                        .all(|(name, shape)| object.get(*name).is_none_or(|v| shape.fits(v)))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Shape;

    #[test]
    fn what_is_declared_fits_and_nothing_else() {
        const SHAPE: Shape = Shape::With(
            &["id"],
            &[
                ("id", Shape::Text),
                ("kind", Shape::OneOf(&["a", "b"])),
                ("in", Shape::List(&Shape::Object(&[("x", Shape::Text)]))),
            ],
        );
        for good in [
            json!({ "id": "" }),
            json!({ "id": "1", "kind": "b", "in": [], "other": 7 }),
            json!({ "id": "1", "in": [{}, { "x": "y" }] }),
        ] {
            assert!(SHAPE.fits(&good), "{good}");
        }
        for bad in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "id": null }),
            json!({ "id": 1 }),
            json!({ "id": "1", "kind": "c" }),
            json!({ "id": "1", "kind": {} }),
            json!({ "id": "1", "in": {} }),
            json!({ "id": "1", "in": [{ "x": 1 }] }),
        ] {
            assert!(!SHAPE.fits(&bad), "{bad}");
        }
    }
}
