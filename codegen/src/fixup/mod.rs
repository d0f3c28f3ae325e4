//! Repairs between the contract and the generator.
//!
//! A fixup is a named function with its reason in its doc comment, in one of three files by cause:
//! [`document_bugs`] (the document is wrong), [`generator_limits`] (progenitor or typify cannot
//! take it) and [`tolerance`] (the client would break on what the service really sends). [`ALL`] has
//! their order. Each API of the manifest lists those that it needs; one that finds nothing to repair
//! there is an error, so that dead repairs don't stay. Any other document gets all of them, where
//! they fit.

pub mod document_bugs;
pub mod generator_limits;
#[cfg(test)]
mod tests;
pub mod tolerance;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::{Api, Class, OperationRow};
use crate::error::Error;
use crate::open_enum::OpenEnum;
use crate::spec;

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

impl<'a> Draft<'a> {
    pub(crate) fn new(api: &'a Api<'a>, doc: Value) -> Self {
        let keys = spec::operations(&doc).filter_map(|(path, method, op)| {
            let id = op.get("operationId")?.as_str()?;
            Some((id.to_owned(), spec::key(method, path)))
        });
        Self {
            keys: keys.collect(),
            doc,
            api,
            derived_ids: Vec::new(),
            enums: Vec::new(),
        }
    }

    /// Our own row about an operation.
    pub(crate) fn row(&self, operation_id: &str) -> Option<&OperationRow> {
        let key = self.keys.get(operation_id)?;
        self.api.operations.operations.get(key)
    }

    /// What a second send of an operation may do: what its row says, and without one no more than
    /// that a GET changes nothing.
    pub(crate) fn class(&self, operation_id: &str, method: &str) -> Class {
        match self.row(operation_id) {
            Some(row) => row.class,
            None if method == "get" => Class::Read,
            None => Class::default(),
        }
    }
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

/// Every repair there is, in the order in which they are applied.
pub const ALL: &[Fixup] = fixups![
    document_bugs::missing_operation_ids,
    document_bugs::version_2_beside_3,
    document_bugs::misnamed_path_parameters,
    document_bugs::bodies_without_content,
    document_bugs::ids_that_are_not_uuids,
    document_bugs::partial_updates,
    generator_limits::failures,
    generator_limits::media_types,
    generator_limits::structured_query_parameters,
    generator_limits::alternatives_by_key,
    generator_limits::nullable_compositions,
    generator_limits::alternatives_by_flag,
    generator_limits::look_alike_alternatives,
    generator_limits::objects_with_one_alternative,
    generator_limits::schemas_nobody_uses,
    generator_limits::schema_names_that_clash,
    tolerance::any_success_of_a_write,
    generator_limits::successes_of_several_kinds,
    tolerance::defaults_of_requests,
    tolerance::lists_of_requests,
    tolerance::checks_of_text,
    tolerance::dates_as_text,
    tolerance::open_enums,
    tolerance::answers_require_nothing,
];

/// Repairs that are right for the documents which ask for them, and for no other.
const ONLY_BY_NAME: &[&str] = &["version_2_beside_3"];

/// The repairs for an API: those that its entry in the manifest names, or all that may fit.
pub(crate) fn list(api: &Api<'_>) -> Result<Vec<Fixup>, Error> {
    let Some(names) = api.inputs.fixups else {
        let mut list = ALL.to_vec();
        list.retain(|fixup| !ONLY_BY_NAME.contains(&fixup.name));
        return Ok(list);
    };
    let unknown = |name: &&String| ALL.iter().all(|fixup| fixup.name != name.as_str());
    if let Some(name) = names.iter().find(unknown) {
        let known: Vec<_> = ALL.iter().map(|fixup| fixup.name).collect();
        return Err(Error::Table {
            file: "sources.toml",
            why: format!(
                "API `{}` names fixup `{name}`; there are {}",
                api.inputs.name,
                known.join(", ")
            ),
        });
    }
    let named = |fixup: &&Fixup| names.iter().any(|name| name == fixup.name);
    Ok(ALL.iter().filter(named).copied().collect())
}

/// Applies a list of fixups in order.
pub(crate) fn apply(draft: &mut Draft<'_>, list: &[Fixup]) -> Result<(), Error> {
    for fixup in list {
        let changed = (fixup.apply)(draft)?;
        if changed == 0 && draft.api.in_manifest() {
            let api = draft.api.inputs.name.to_owned();
            return Err(Error::DeadFixup {
                api,
                fixup: fixup.name,
            });
        }
    }
    Ok(())
}
