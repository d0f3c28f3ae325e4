//! The sandbox over real HTTP, with a client that we did not write.

mod binary;
mod faults;
mod invite;
mod lifecycle;
mod reads;
mod refusals;
mod support;
