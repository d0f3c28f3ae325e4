//! What several tests need.
#![allow(dead_code, clippy::unwrap_used)]

pub mod recorder;
