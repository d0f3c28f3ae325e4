//! Running progenitor, and saying which part of a document stopped it.

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use serde_json::Value;

use crate::error::Error;
use crate::generate::Interface;
use crate::open_enum::OpenEnum;
use crate::{fixup, open_enum, panics, spec};

/// The generator's output for one API.
pub(crate) fn run(
    doc: &Value,
    enums: &[OpenEnum],
    module: &str,
    interface: Interface,
) -> Result<TokenStream, Error> {
    attempt(doc, enums, module, interface).map_err(|whole| {
        let parts = diagnose(doc, enums, module, interface);
        Error::Unsupported(if parts.is_empty() {
            vec![("the document".into(), whole)]
        } else {
            parts
        })
    })
}

fn attempt(
    doc: &Value,
    enums: &[OpenEnum],
    module: &str,
    interface: Interface,
) -> Result<TokenStream, String> {
    let spec: openapiv3::OpenAPI =
        serde_json::from_value(doc.clone()).map_err(|e| e.to_string())?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(match interface {
            Interface::Builder => InterfaceStyle::Builder,
            Interface::Positional => InterfaceStyle::Positional,
        })
        .with_tag(TagStyle::Merged)
        // Forgetting the hooks is then an error of the compiler and not a client without transport.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::transport::SharedTransport));
    for one in enums {
        let name = open_enum::pascal(&one.name);
        let impls = [
            TypeImpl::Display,
            TypeImpl::FromStr,
            TypeImpl::FromStringIrrefutable,
        ];
        settings.with_replacement(
            &name,
            format!("crate::{module}::enums::{name}"),
            impls.into_iter(),
        );
    }
    panics::catch(|| {
        Generator::new(&settings)
            .generate_tokens(&spec)
            .map_err(|e| e.to_string())
    })?
}

/// Tries each operation alone, with the schemas that it needs.
fn diagnose(
    doc: &Value,
    enums: &[OpenEnum],
    module: &str,
    interface: Interface,
) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    for (path, method, _) in spec::operations(doc) {
        if let Err(why) = attempt(&only(doc, path, method), enums, module, interface) {
            parts.push((spec::key(method, path), first_line(&why)));
        }
    }
    parts
}

/// The document with one operation and what it reaches.
fn only(doc: &Value, path: &str, method: &str) -> Value {
    let mut one = doc.clone();
    let mut item = serde_json::Map::new();
    for key in [method, "parameters"] {
        if let Some(value) = doc["paths"][path].get(key) {
            item.insert(key.into(), value.clone());
        }
    }
    one["paths"] = serde_json::json!({ path: item });
    fixup::generator_limits::prune(&mut one);
    one
}

fn first_line(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}

/// The name that progenitor gives to an operation's method: its own rule, over the same library.
pub(crate) fn method_name(operation_id: &str) -> String {
    let text = operation_id.replace('\'', "");
    let text: String = text
        .chars()
        .map(|c| {
            if c == '_' || c.is_alphanumeric() {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = text.to_snake_case();
    let name = match name.chars().next() {
        None => "x".to_owned(),
        Some(c) if c.is_alphabetic() => name,
        Some(_) => format!("_{name}"),
    };
    if syn::parse_str::<syn::Ident>(&name).is_ok() {
        name
    } else {
        format!("{name}_")
    }
}
