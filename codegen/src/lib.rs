//! How the raw client is made: an OpenAPI document goes in, Rust text comes out.
//!
//! Everything here is a pure function from text to text: no file, no network, no clock. The
//! command that reads and writes files is `cargo xtask regen`.
//!
//! ```text
//! published document ──extract──▶ contract ──fixups──▶ progenitor ──render──▶ files of a crate
//! ```
//!
//! * [`extract`] keeps the facts of a published document and leaves its prose behind.
//! * [`fixup`] repairs what stops the generator or would make its client brittle, one named
//!   function per repair, each with its reason.
//! * [`generate`] turns contracts into the files of one crate.

mod api;
mod blame;
pub mod diff;
mod document;
mod error;
mod extract;
pub mod fixup;
mod generate;
mod merge;
mod open_enum;
mod operation;
mod overlay;
mod panics;
mod preflight;
mod progenitor_run;
mod render;
mod schemas;
mod spec;
mod unsupported;

pub use api::{Api, Class, Inputs};
pub use document::operations;
pub use error::Error;
pub use extract::{extract, extract_only};
pub use generate::{Crate, Generated, Interface, Options, generate};
pub use progenitor_run::is_identifier;
pub use unsupported::Part;
