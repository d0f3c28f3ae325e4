//! What changed between two documents, and for whom it breaks.
//!
//! Both sides may be a published document or a contract: they are first extracted to structure, so
//! that only facts are compared. Prose is counted by itself, where both sides have any. Order never
//! counts, nor does a default that is written out, nor whether a parameter, body or answer stands in
//! place or among the components. A schema that only changed its name, or was written out, is
//! reported as that and breaks nobody: its Rust type is called otherwise from then on.
//!
//! # Who is meant
//!
//! * **Raw**: a program written against the raw client that was made of the old document. Broken if
//!   it stops compiling, or working, with the client that is made of the new one. Values are made
//!   with builders; a struct literal that names every field is not counted on, nor are type names.
//! * **Facade**: a program written against the facade, whose released version still holds the old
//!   client. Broken if that version can't absorb the change, so that a new release is needed. Only
//!   operations of `facade.toml` count. That table doesn't say which fields the facade reads, so
//!   any field that goes from an answer counts as read.
//!
//! # The rules
//!
//! | change | raw | facade |
//! |---|---|---|
//! | operation added, deprecated, experimental or no longer so | no | no |
//! | operation removed, or at another path or method | removed: yes; moved: no, the method stays | yes |
//! | operationId changed: the method has another name | yes | no: the wire is the same |
//! | other name in the braces of a path | yes: the setter's name | no |
//! | parameter, body or request field added | if required | if required |
//! | … removed, or newly required | yes | yes |
//! | request field no longer required | yes: its type becomes an `Option` | no |
//! | parameter no longer required | no: the setter stays | no |
//! | parameter moved (query, header), or other style or explode | no: sent the new way | yes, where it matters on the wire |
//! | request limit narrower | yes: refused now | yes |
//! | limit or format from which the generator makes another Rust type | yes | if it must read what it can't |
//! | limit wider, format of a date or an id, default | no | no |
//! | field added to an answer, or its requiredness | no: all are optional | no |
//! | field removed from an answer | yes | yes |
//! | another type | yes | yes |
//! | enum value added | no: enums are open in both directions | no |
//! | enum value removed | yes: its variant goes | in requests: it may be refused |
//! | null in an optional field | no | no |
//! | null elsewhere | yes: the type becomes an `Option`, or stops being one | if null is new in an answer, or refused in a request |
//! | alternative of `oneOf` or `anyOf` added | in answers: a `match` lacks it | in answers |
//! | alternative removed | yes | in requests |
//! | success status of a write added or removed | no: any 2xx will do | no |
//! | success status of a read added | no | yes: taken for a failure |
//! | success body gone, or another media type | yes | yes |
//! | other statuses and their bodies, headers of answers | no: not generated | no |
//! | parameter that the generator leaves out (an object in a query) | no | no |
//! | security alternative or server removed | yes | yes, if it is the bearer key, or the server |
//! | security scheme, scope or server added | no | no |
//!
//! What the rules can't see: an enum written in place is named after its place unless a component
//! has the very same values, so its Rust name may follow a change elsewhere.

mod api;
mod assemble;
mod facade;
mod facts;
mod markdown;
mod node;
mod operation;
mod pairing;
mod prose;
mod report;
mod rules;
mod schema;
mod variants;

pub use facade::FacadeUse;
pub use prose::Prose;
pub use report::{Change, Counts, Operation, Place, Report, SchemaChange};
pub use rules::Breaks;

use serde_json::Value;

use crate::error::Error;
use crate::{document, extract};
use schema::Sides;

/// Compares two documents or contracts.
///
/// # Errors
///
/// [`Error::NotOpenApi`] if one of them is not an OpenAPI 3.0 document in JSON with operations.
///
/// ```
/// use atlassian_orgs_codegen::diff::{FacadeUse, diff};
///
/// let old = r#"{"openapi": "3.0.0", "paths": {
///     "/a": {"get": {"operationId": "a", "responses": {}}},
///     "/b": {"get": {"operationId": "b", "responses": {}}}}}"#;
/// let new = r#"{"openapi": "3.0.0", "paths": {
///     "/a": {"get": {"operationId": "a", "deprecated": true, "responses": {}}}}}"#;
/// let facade = FacadeUse::parse("[calls]\nb = [\"Organization::b\"]", "")?;
/// let report = diff(old, new, &facade)?;
/// assert_eq!(report.operations_removed[0].facade_calls, ["Organization::b"]);
/// assert!(report.operations_removed[0].breaks.facade);
/// assert!(!report.operations_changed[0].breaks.any());
/// # Ok::<(), atlassian_orgs_codegen::Error>(())
/// ```
pub fn diff(old: &str, new: &str, facade: &FacadeUse) -> Result<Report, Error> {
    let (old, old_contract) = read(old)?;
    let (new, new_contract) = read(new)?;
    let operations = pairing::matched(&old_contract, &new_contract);
    let sides = Sides {
        old: &old_contract,
        new: &new_contract,
    };
    let prose = prose::compare((&old, &old_contract), (&new, &new_contract), &operations);
    let mut report = assemble::assemble(sides, &operations, facade, prose);
    report.document = api::compare(sides);
    report.count();
    Ok(report)
}

/// A document and its contract.
fn read(text: &str) -> Result<(Value, Value), Error> {
    let document = document::parse(text)?;
    let contract = document::parse(&extract(text)?)?;
    Ok((document, contract))
}
