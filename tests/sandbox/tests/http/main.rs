//! The sandbox over real HTTP, with a client that we did not write.
#![allow(clippy::unwrap_used)] // helpers of tests, outside the test functions

mod binary;
mod faults;
mod groups;
mod invite;
mod lifecycle;
mod others;
mod reads;
mod refusals;
mod support;
