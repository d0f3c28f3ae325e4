use std::fmt;

use crate::unsupported::Part;

/// Why a document could not be read or turned into a client.
///
/// It names the operation or schema at fault where there is one, so that a maintainer knows where
/// to look without a debugger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The input is not an OpenAPI 3.0 document in JSON.
    NotOpenApi(String),
    /// One of our own tables is wrong or out of date.
    Table {
        /// Which: `operations.toml`, `docs.toml` or `sources.toml`.
        file: &'static str,
        /// What is wrong with it, and the way out.
        why: String,
    },
    /// A fixup of an API of the manifest found nothing to repair any more.
    DeadFixup {
        /// The API whose list it stands in.
        api: String,
        /// The fixup's name.
        fixup: &'static str,
    },
    /// The generator cannot take these parts of the document: subject and reason.
    Unsupported(Vec<(Part, String)>),
    /// The generator's output could not be read back as Rust.
    Output(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotOpenApi(why) => write!(f, "not an OpenAPI 3.0 document in JSON: {why}"),
            Error::Table { file, why } => write!(f, "{file}: {why}"),
            Error::DeadFixup { api, fixup } => write!(
                f,
                "fixup `{fixup}` of API `{api}` no longer applies: the document does not have the \
                 defect any more. Take it out of the `fixups` of `{api}` in openapi/sources.toml \
                 (and out of codegen/src/fixup, if no other API names it)"
            ),
            Error::Unsupported(parts) => {
                write!(
                    f,
                    "the generator cannot take {} part(s) of it:",
                    parts.len()
                )?;
                for (subject, why) in parts {
                    write!(f, "\n  {subject}: {why}")?;
                }
                Ok(())
            }
            Error::Output(why) => write!(f, "the generated code cannot be read back: {why}"),
        }
    }
}

impl std::error::Error for Error {}
