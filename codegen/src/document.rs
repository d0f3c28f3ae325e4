//! Reading a document: the checks that come before everything else.

use serde_json::Value;

use crate::error::Error;
use crate::spec;

/// The operations of a document, each as `GET /a/{b}`.
///
/// # Errors
///
/// [`Error::NotOpenApi`] if the text is not an OpenAPI 3.0 document in JSON with operations.
pub fn operations(document: &str) -> Result<Vec<String>, Error> {
    let doc = parse(document)?;
    Ok(spec::operations(&doc)
        .map(|(path, method, _)| spec::key(method, path))
        .collect())
}

/// Reads an OpenAPI 3.0 document in JSON that has at least one operation.
pub(crate) fn parse(text: &str) -> Result<Value, Error> {
    let value: Value = serde_json::from_str(text).map_err(|e| {
        // serde_json's own words can quote the input; position and category are enough.
        Error::NotOpenApi(format!(
            "{} at line {}, column {}",
            match e.classify() {
                serde_json::error::Category::Eof => "the text is cut off",
                _ => "not valid JSON",
            },
            e.line(),
            e.column()
        ))
    })?;
    let Some(root) = value.as_object() else {
        return Err(Error::NotOpenApi("the top level is not an object".into()));
    };
    match root.get("openapi").and_then(Value::as_str) {
        Some(version) if version.trim().starts_with("3.0.") => {}
        Some(version) => {
            let version: String = version.chars().take(20).collect();
            return Err(Error::NotOpenApi(format!(
                "its `openapi` field says {version:?}, and only 3.0.x is understood"
            )));
        }
        None if root.contains_key("swagger") => {
            return Err(Error::NotOpenApi(
                "it is a Swagger 2.0 document; convert it to OpenAPI 3.0 first".into(),
            ));
        }
        None => return Err(Error::NotOpenApi("it has no `openapi` field".into())),
    }
    if !root.get("paths").is_some_and(Value::is_object) {
        return Err(Error::NotOpenApi("it has no `paths` object".into()));
    }
    if spec::operations(&value).next().is_none() {
        return Err(Error::NotOpenApi("its `paths` hold no operation".into()));
    }
    Ok(value)
}
