//! Raw clients of Atlassian's administration REST APIs: one module and one cargo feature for each API,
//! one method for each operation.
//!
//! Every line of this crate is written by `cargo xtask regen` from the contracts under `openapi/`.
//! It knows the wire and nothing else: no retry, no limits, no key. Those belong to the
//! [`Transport`](transport::Transport) behind it; crate `atlassian-orgs` has one and is what most
//! callers want.
//!
//! * Every argument is given by name, and `send()` ends a call.
//! * Optional is everything that the service leaves out or nulls; enums keep unknown values in
//!   `Other`.
//! * A failure arrives whole (status, headers, body) as
//!   [`UnexpectedResponse`](progenitor_client::Error::UnexpectedResponse); a transport's own
//!   failure travels in it and is taken out with [`transport::failure`].
//! * Any 2xx to a write means done.
//
// Why each lint is allowed on the generated modules:
// - missing_docs: fields and builders without a sentence of ours have names that say it.
// - unreachable_pub, unused_imports, unused_variables: progenitor emits the same helpers for every
//   API, whether that API uses them or not.
// - clippy::all: style of code that nobody edits.
// - rustdoc::*: links and angle brackets in names that typify puts into its comments.
// - rustfmt::skip: prettyplease formats them, so that no toolchain's rustfmt changes the bytes.

#![cfg_attr(
    not(any(
        @FEATURES@
    )),
    allow(dead_code, unused_macros, reason = "no API was asked for")
)]

pub mod open_enum;
pub mod operation;
pub mod transport;

// MODULES
