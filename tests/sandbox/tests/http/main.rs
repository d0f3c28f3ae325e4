//! The sandbox over real HTTP, with a client that we did not write.

mod binary;
mod faults;
mod groups;
mod invite;
mod lifecycle;
mod others;
mod reads;
mod refusals;
mod support;
