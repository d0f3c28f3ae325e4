//! The table from operations to the types of their answers, by which tests hold those types against
//! the contract.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{File, GenericArgument, ImplItem, Item, ItemImpl, PathArguments, Signature, Type};

use crate::error::Error;

/// The module `schemas` for a client, read from the client itself: what `send()` returns is what
/// callers get, whatever the document says.
pub(crate) fn module(client: TokenStream) -> Result<TokenStream, Error> {
    let root: File = syn::parse2(client).map_err(|e| Error::Output(e.to_string()))?;
    let types = answers(&root.items);
    let (names, types): (Vec<String>, Vec<&Type>) = types.into_iter().unzip();
    Ok(quote! {
        use super::types;

        /// Decodes a success body of the operation whose method has this name, and encodes it
        /// again. `None` where that operation's method does not read the body.
        pub fn recode(method: &str, body: &str) -> Option<Result<String, String>> {
            match method {
                #(#names => Some(again::<#types>(body)),)*
                _ => None,
            }
        }

        /// The JSON schema of what [`recode`] decodes.
        #[cfg(feature = "schemars")]
        pub fn json_schema(method: &str) -> Option<schemars::Schema> {
            match method {
                #(#names => Some(schemars::schema_for!(#types)),)*
                _ => None,
            }
        }

        #[allow(dead_code, reason = "there may be no operation whose body is read")]
        fn again<T>(body: &str) -> Result<String, String>
        where
            T: ::serde::de::DeserializeOwned + ::serde::Serialize,
        {
            let value: T = ::serde_json::from_str(body).map_err(|e| e.to_string())?;
            ::serde_json::to_string(&value).map_err(|e| e.to_string())
        }
    })
}

/// What each method of the client ends in, by the method's name.
fn answers(items: &[Item]) -> BTreeMap<String, &Type> {
    let mut sends: BTreeMap<String, &Type> = BTreeMap::new();
    for item in items {
        let Item::Mod(module) = item else { continue };
        let inner = module.content.iter().flat_map(|(_, items)| items);
        for (owner, signature) in inner.filter_map(inherent).flat_map(methods) {
            if signature.ident == "send"
                && let Some(found) = answer(signature)
            {
                sends.insert(owner, found);
            }
        }
    }
    let mut out = BTreeMap::new();
    for (owner, signature) in items.iter().filter_map(inherent).flat_map(methods) {
        if owner != "Client" {
            continue;
        }
        // By position the method sends by itself, by name its builder does.
        let by_builder = || sends.get(&last(output(signature)?)?).copied();
        if let Some(found) = answer(signature).or_else(by_builder) {
            out.insert(signature.ident.to_string(), found);
        }
    }
    out
}

fn inherent(item: &Item) -> Option<&ItemImpl> {
    match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item),
        _ => None,
    }
}

/// The methods of an `impl`, each with the name of its type.
fn methods(item: &ItemImpl) -> impl Iterator<Item = (String, &Signature)> {
    let owner = last(&item.self_ty).unwrap_or_default();
    item.items.iter().filter_map(move |item| match item {
        ImplItem::Fn(method) => Some((owner.clone(), &method.sig)),
        _ => None,
    })
}

/// The `T` of `Result<ResponseValue<T>, _>`, where it is read from JSON.
fn answer(signature: &Signature) -> Option<&Type> {
    let value = argument(output(signature)?, "Result")?;
    let inner = argument(value, "ResponseValue")?;
    let read = !matches!(inner, Type::Tuple(_))
        && !matches!(last(inner).as_deref(), Some("ByteStream" | "Upgraded"));
    read.then_some(inner)
}

fn output(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        syn::ReturnType::Type(_, output) => Some(output),
        syn::ReturnType::Default => None,
    }
}

/// The first argument of a generic type of this name.
fn argument<'a>(of: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = of else { return None };
    let segment = path.path.segments.last().filter(|s| s.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// The last name in the path of a type.
fn last(of: &Type) -> Option<String> {
    let Type::Path(path) = of else { return None };
    let segment = path.path.segments.last()?;
    Some(segment.ident.to_string())
}
