//! The table of operations that goes into the generated crate.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::api::{Api, Class};
use crate::error::Error;
use crate::fixup::Draft;
use crate::fixup::generator_limits::BODY_TYPE;
use crate::fixup::tolerance::DOCUMENTED;
use crate::progenitor_run::method_name;
use crate::spec;

/// Checks `operations.toml` of an API of the manifest against the contract: no row is missing and
/// none is too many.
pub(crate) fn check(api: &Api<'_>, doc: &Value) -> Result<(), Error> {
    if !api.in_manifest() {
        return Ok(());
    }
    let keys: Vec<String> = spec::operations(doc)
        .map(|(p, m, _)| spec::key(m, p))
        .collect();
    let rows = &api.operations.operations;
    let gone: Vec<_> = rows
        .keys()
        .filter(|k| !keys.contains(k))
        .map(String::as_str)
        .collect();
    let new: Vec<_> = keys
        .iter()
        .filter(|k| !rows.contains_key(*k))
        .map(String::as_str)
        .collect();
    let mut why = Vec::new();
    if !gone.is_empty() {
        why.push(format!(
            "the contract no longer has {}; take the row(s) out",
            gone.join(", ")
        ));
    }
    if !new.is_empty() {
        why.push(format!(
            "no row for {}; add one that says its class: read, state-setting, delete or \
             not-idempotent (and its `id`, if the document gives none)",
            new.join(", ")
        ));
    }
    if why.is_empty() {
        Ok(())
    } else {
        Err(Error::Table {
            file: "operations.toml",
            why: why.join("\n"),
        })
    }
}

/// The methods of the client of whose use the compiler warns, with what it says.
pub(crate) fn deprecations(draft: &Draft<'_>) -> BTreeMap<String, String> {
    let ids = spec::operations(&draft.doc).filter_map(|(_, _, op)| op.get("operationId")?.as_str());
    let noted = ids.filter_map(|id| Some((method_name(id), draft.row(id)?.deprecated.clone()?)));
    noted.collect()
}

/// The table as Rust.
pub(crate) fn module(draft: &Draft<'_>) -> TokenStream {
    let rows = spec::operations(&draft.doc).map(|(path, method, op)| {
        let id = op
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let class = match draft.class(id, method) {
            Class::Read => quote!(Read),
            Class::StateSetting => quote!(StateSetting),
            Class::Delete => quote!(Delete),
            Class::NotIdempotent => quote!(NotIdempotent),
        };
        let name = method_name(id);
        let verb = method.to_uppercase();
        let success = op
            .get(DOCUMENTED)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let success = success
            .filter_map(Value::as_u64)
            .filter_map(|c| u16::try_from(c).ok());
        let joined = spec::parameters(&draft.doc, path, op)
            .into_iter()
            .filter(|p| p.get("in").is_some_and(|i| i == "query"))
            .filter(|p| p.get("explode").is_some_and(|e| e == false))
            .filter(|p| {
                p.get("schema")
                    .is_some_and(|s| spec::resolve(&draft.doc, s)["type"] == "array")
            })
            .filter_map(|p| p.get("name")?.as_str());
        let body_type = match op.get(BODY_TYPE).and_then(Value::as_str) {
            Some(kind) => quote!(Some(#kind)),
            None => quote!(None),
        };
        let noted = draft.row(id).is_some_and(|row| row.deprecated.is_some());
        let deprecated = noted || op.get("deprecated").is_some_and(|d| d == true);
        let experimental = op.get("x-experimental").is_some_and(|d| d != false);
        quote! {
            Operation {
                id: #id,
                name: #name,
                method: #verb,
                path: #path,
                class: Class::#class,
                success: &[#(#success),*],
                comma_joined: &[#(#joined),*],
                body_type: #body_type,
                deprecated: #deprecated,
                experimental: #experimental,
            }
        }
    });
    // Each API has an address of its own; one with a placeholder in it is a site's.
    let base_url = draft.doc.pointer("/servers/0/url").and_then(Value::as_str);
    let base_url = base_url.map(|url| {
        quote! {
            /// Where the document says that the service is. A host that is a sample stands for your site's.
            pub const BASE_URL: &str = #url;
        }
    });
    quote! {
        use crate::operation::{Class, Operation};

        #base_url

        /// Every operation of this API.
        pub static ALL: &[Operation] = &[#(#rows),*];
    }
}
