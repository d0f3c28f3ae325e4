//! Running progenitor: its panics become values.

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use serde_json::Value;

use crate::generate::Interface;
use crate::open_enum::{self, OpenEnum};
use crate::{panics, preflight};

/// How to run the generator for one API.
pub(crate) struct Run<'a> {
    pub(crate) enums: &'a [OpenEnum],
    pub(crate) module: &'a str,
    pub(crate) interface: Interface,
}

/// What the generator may use. Its recursion is as deep as schemas are nested through compositions,
/// and running out of stack is the one thing that could not be caught.
const STACK: usize = 256 << 20;

impl Run<'_> {
    /// The generator's output for a document, or in words what stopped it.
    pub(crate) fn attempt(&self, doc: &Value) -> Result<TokenStream, String> {
        // Tokens stay in their thread, their text does not.
        let text = std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || {
                    self.generate(doc).map(|tokens| tokens.to_string())
                })
                .map_err(|e| format!("no thread for the generator: {e}"))?
                .join()
                .map_err(|_| "the generator's thread died".to_owned())?
        })?;
        text.parse()
            .map_err(|e| format!("its output is no Rust: {e}"))
    }

    fn generate(&self, doc: &Value) -> Result<TokenStream, String> {
        preflight::check(doc)?;
        let spec: openapiv3::OpenAPI =
            serde_json::from_value(doc.clone()).map_err(|e| e.to_string())?;
        panics::catch(|| {
            Generator::new(&self.settings())
                .generate_tokens(&spec)
                .map_err(|e| e.to_string())
        })?
    }

    fn settings(&self) -> GenerationSettings {
        let mut settings = GenerationSettings::default();
        settings
            .with_interface(match self.interface {
                Interface::Builder => InterfaceStyle::Builder,
                Interface::Positional => InterfaceStyle::Positional,
            })
            .with_tag(TagStyle::Merged)
            // Forgetting the hooks is then an error of the compiler, not a client without transport.
            .with_hooks(HooksMode::Expected)
            .with_inner_type(quote!(crate::transport::SharedTransport));
        for one in self.enums {
            let name = open_enum::pascal(&one.name);
            let module = self.module;
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
        settings
    }
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
    if is_identifier(&name) {
        name
    } else {
        format!("{name}_")
    }
}

/// Whether a word can be a name in Rust.
#[must_use]
pub fn is_identifier(word: &str) -> bool {
    syn::parse_str::<syn::Ident>(word).is_ok()
}
