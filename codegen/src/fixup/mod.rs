//! Repairs between the contract and the generator.
//!
//! A fixup is a named function with its reason in its doc comment, in one of three files by cause:
//! [`document_bugs`] (the document is wrong), [`generator_limits`] (progenitor or typify cannot
//! take it) and [`tolerance`] (the client would break on what the service really sends). Each API
//! of the manifest has one ordered list; a fixup of that list which finds nothing to repair is an
//! error, so that dead repairs don't stay. Any other document gets [`GENERIC`], where they fit.

pub mod document_bugs;
pub mod generator_limits;
pub mod tolerance;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::Api;
use crate::error::Error;
use crate::open_enum::OpenEnum;

/// A contract on its way to the generator.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The document.
    pub doc: Value,
    pub(crate) api: &'a Api<'a>,
    /// How the published document names each operation, by operationId.
    pub(crate) keys: BTreeMap<String, String>,
    /// The ids that no document and no table gave: id and operation.
    pub(crate) derived_ids: Vec<(String, String)>,
    /// The enums that were taken out of the document to become open ones.
    pub(crate) enums: Vec<OpenEnum>,
}

/// One repair. It returns in how many places it changed something.
#[derive(Clone, Copy)]
pub struct Fixup {
    /// Its function's name.
    pub name: &'static str,
    apply: fn(&mut Draft<'_>) -> Result<usize, Error>,
}

impl std::fmt::Debug for Fixup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! fixups {
    ($($module:ident::$name:ident),* $(,)?) => {
        &[$(Fixup { name: stringify!($name), apply: $module::$name }),*]
    };
}

/// The repairs of the Organizations API, in order.
pub const ORGANIZATIONS: &[Fixup] = fixups![
    document_bugs::missing_operation_ids,
    document_bugs::misnamed_path_parameters,
    document_bugs::bodies_without_content,
    document_bugs::ids_that_are_not_uuids,
    generator_limits::failures,
    generator_limits::structured_query_parameters,
    generator_limits::alternatives_by_key,
    generator_limits::look_alike_alternatives,
    generator_limits::objects_with_one_alternative,
    generator_limits::schemas_nobody_uses,
    tolerance::any_success_of_a_write,
    tolerance::defaults_of_requests,
    tolerance::dates_as_text,
    tolerance::open_enums,
    tolerance::answers_require_nothing,
];

/// For documents that are in no list: every repair, where it fits.
pub const GENERIC: &[Fixup] = ORGANIZATIONS;

/// The list of an API.
#[must_use]
pub fn list(api: &str) -> &'static [Fixup] {
    match api {
        "organizations" => ORGANIZATIONS,
        _ => GENERIC,
    }
}

/// Applies a list of fixups in order.
pub(crate) fn apply(draft: &mut Draft<'_>, list: &[Fixup]) -> Result<(), Error> {
    for fixup in list {
        let changed = (fixup.apply)(draft)?;
        if changed == 0 && draft.api.inputs.in_manifest {
            let api = draft.api.inputs.name.to_owned();
            return Err(Error::DeadFixup {
                api,
                fixup: fixup.name,
            });
        }
    }
    Ok(())
}
