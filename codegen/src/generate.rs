//! Contracts to the files of a crate.

use std::collections::BTreeMap;

use crate::api::{Api, Inputs};
use crate::blame::Names;
use crate::error::Error;
use crate::fixup::{self, Draft};
use crate::progenitor_run::Run;
use crate::render::{self, HEADER};
use crate::unsupported::{self, Part};
use crate::{document, extract, open_enum, operation, overlay, schemas, spec};

/// How a generated method takes its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Interface {
    /// By name: what we ship. An optional parameter added upstream breaks no caller, and two
    /// arguments of one type cannot be swapped unnoticed.
    #[default]
    Builder,
    /// By position: half the code, and only here to measure what the other half costs.
    Positional,
}

/// What to make besides the default.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// See [`Interface`].
    pub interface: Interface,
    /// Whether the crate stands outside of this workspace.
    pub standalone: bool,
    /// A fixup to leave out, to see what goes wrong without it.
    pub without: Option<String>,
    /// Leave out what cannot be generated and say so in [`Generated::left_out`], as against failing.
    pub skip_unsupported: bool,
    /// What the compiler refused before: parts to leave out from the start, with the reasons.
    pub leave_out: Vec<(Part, String)>,
}

/// The files of a crate, by path within it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Crate {
    /// Path, with `/`, and text.
    pub files: BTreeMap<String, String>,
    /// What was generated, per API.
    pub apis: Vec<Generated>,
}

/// What became of one API.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Generated {
    /// The API's name.
    pub api: String,
    /// How many operations have a method.
    pub operations: usize,
    /// How many operations its contract has.
    pub total: usize,
    /// What could not be generated, and why. Without `skip_unsupported` it is empty.
    pub left_out: Vec<(Part, String)>,
    /// Ids that neither the document nor a table gave: id and operation.
    pub derived_ids: Vec<(String, String)>,
    names: Names,
}

impl Crate {
    /// The part of a document that the compiler speaks about: by a file and its line, counted from
    /// 1, or by the types that its words name.
    #[must_use]
    pub fn blame(&self, path: &str, line: usize, words: &str) -> Option<Part> {
        let own = |api: &&Generated| path.starts_with(&format!("src/{}/", module_name(&api.api)));
        let by_place = || {
            let api = self.apis.iter().find(own)?;
            api.names.blame(self.files.get(path)?, line)
        };
        let by_words = || self.apis.iter().find_map(|api| api.names.named_in(words));
        by_place().or_else(by_words)
    }
}

const TRANSPORT: &str = include_str!("../templates/transport.rs");
const OPERATION: &str = include_str!("../templates/operation.rs");
const OPEN_ENUM: &str = include_str!("../templates/open_enum.rs");
const MANIFEST: &str = include_str!("../templates/Cargo.toml.in");
const LIB: &str = include_str!("../templates/lib.rs");

/// Makes a crate of the contracts of one or more APIs.
///
/// # Errors
///
/// Every kind of [`Error`]; see there. Nothing is generated then.
pub fn generate(apis: &[Inputs<'_>], options: &Options) -> Result<Crate, Error> {
    let mut out = Crate::default();
    for inputs in apis {
        let api = Api::new(inputs.clone())?;
        let generated = one(&api, options, &mut out.files)?;
        out.apis.push(generated);
    }
    let names: Vec<&str> = apis.iter().map(|a| a.name).collect();
    for (path, template) in [
        ("src/transport.rs", TRANSPORT),
        ("src/operation.rs", OPERATION),
        ("src/open_enum.rs", OPEN_ENUM),
    ] {
        out.files
            .insert(path.into(), format!("{HEADER}\n{template}"));
    }
    out.files.insert("src/lib.rs".into(), lib(&names));
    out.files
        .insert("Cargo.toml".into(), manifest(&names, options.standalone));
    Ok(out)
}

/// Repairs, describes and generates one API.
fn one(
    api: &Api<'_>,
    options: &Options,
    files: &mut BTreeMap<String, String>,
) -> Result<Generated, Error> {
    // What is no contract yet becomes one, so that fixups meet the shapes of OpenAPI only.
    let doc = extract::contract(&document::parse(api.inputs.contract)?);
    operation::check(api, &doc)?;
    if api.in_manifest() {
        overlay::check(&api.docs, &doc)?;
    }
    let total = spec::operations(&doc).count();
    let mut draft = repaired(api, doc, options)?;
    let module = module_name(api.inputs.name);
    for (part, _) in &options.leave_out {
        unsupported::leave_out(&mut draft.doc, part);
    }
    let run = Run {
        enums: &draft.enums,
        module: &module,
        interface: options.interface,
    };
    let skip = options.skip_unsupported;
    let (tokens, more) = unsupported::generate(&run, &mut draft.doc, skip)?;
    let left_out = [options.leave_out.clone(), more].concat();
    let schemas = render::file(schemas::module(tokens.clone())?)?;
    files.insert(format!("src/{module}/schemas.rs"), schemas);
    let hooks = render::hooks();
    let client = quote::quote! { #tokens #hooks };
    for (name, text) in render::split(client, operation::deprecations(&draft))? {
        files.insert(format!("src/{module}/{name}"), text);
    }
    let enums = format!("{HEADER}\n{}", open_enum::module(&draft.enums));
    files.insert(format!("src/{module}/enums.rs"), enums);
    let operations = render::file(operation::module(&draft))?;
    files.insert(format!("src/{module}/operations.rs"), operations);
    Ok(Generated {
        api: api.inputs.name.to_owned(),
        operations: spec::operations(&draft.doc).count(),
        total,
        left_out,
        names: Names::of(&draft.doc),
        derived_ids: draft.derived_ids,
    })
}

/// A contract written out, with its fixups and our sentences applied: what the generator reads.
pub(crate) fn repaired<'a>(
    api: &'a Api<'a>,
    doc: serde_json::Value,
    options: &Options,
) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(api, doc);
    spec::write_out(&mut draft.doc);
    let mut list = fixup::list(api)?;
    list.retain(|f| options.without.as_deref() != Some(f.name));
    fixup::apply(&mut draft, &list)?;
    let keys = draft.keys.clone();
    overlay::apply(&api.docs, &mut draft.doc, |id| keys.get(id).cloned());
    for one in &mut draft.enums {
        if let Some(row) = api.docs.schemas.get(&one.name) {
            one.description.clone_from(&row.description);
        }
    }
    Ok(draft)
}

fn module_name(api: &str) -> String {
    api.replace('-', "_")
}

fn lib(apis: &[&str]) -> String {
    let modules: Vec<String> = apis
        .iter()
        .map(|api| {
            let module = module_name(api);
            format!(
                "#[cfg(feature = \"{api}\")]\n#[allow({ALLOWED})]\n#[rustfmt::skip]\npub mod {module};\n"
            )
        })
        .collect();
    let features: Vec<String> = apis
        .iter()
        .map(|api| format!("feature = \"{api}\""))
        .collect();
    let text = LIB
        .replace("@FEATURES@", &features.join(",\n        "))
        .replace("// MODULES\n", &modules.join("\n"));
    format!("{HEADER}\n{text}")
}

/// Why each: `lib.rs` of the generated crate says it where a reader meets it.
const ALLOWED: &str = "missing_docs, unreachable_pub, unused_imports, unused_variables, clippy::all, \
     rustdoc::invalid_html_tags, rustdoc::bare_urls, rustdoc::broken_intra_doc_links, \
     rustdoc::redundant_explicit_links";

fn manifest(apis: &[&str], standalone: bool) -> String {
    let features: Vec<String> = apis.iter().map(|api| format!("{api} = []\n")).collect();
    let default = apis.first().copied().unwrap_or_default();
    let text = MANIFEST
        .replace("@DEFAULT@", default)
        .replace("@FEATURES@\n", &features.concat());
    let workspace = if standalone {
        "\n# A workspace of its own, wherever it is put.\n[workspace]\n"
    } else {
        ""
    };
    format!("# Generated by `cargo xtask regen`; do not edit by hand.\n{text}{workspace}")
}
