//! A stateful stand-in for an Atlassian organization: directories, people, groups and apps behind the paths of the
//! Organizations REST API, for tests in any language.
//!
//! ```
//! use atlassian_orgs_sandbox::{Sandbox, User};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let sandbox = Sandbox::builder().users(100).user(User::new("mia@example.com").suspended()).start().await?;
//! // … point a client at sandbox.url(), sandbox.api_key() and sandbox.org_id(), then look at what it did:
//! assert_eq!(sandbox.people().len(), 101);
//! assert!(sandbox.requests().is_empty());
//! # Ok::<(), atlassian_orgs_sandbox::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What goes wrong
//!
//! A [`Rule`] says when a [`Fault`] strikes: a connection that is refused or breaks, before or after the effect; any
//! status, in the place of the answer or after the effect; an answer that is late, cut off, or never comes. A [`Limit`]
//! counts requests and sends the documented headers; its 429 always comes before any effect. A [`Lag`] makes reads see
//! writes only later. Chance is seeded, so the same requests in the same order meet the same faults.
//!
//! All three are texts, too, as the program's `--fault`, `--limit` and `--lag` take them:
//!
//! ```
//! use atlassian_orgs_sandbox::{Lag, Limit, Rule, Sandbox};
//!
//! let sandbox = Sandbox::builder()
//!     .fault("answer:503@users.,share=0.1,header=Retry-After:2".parse::<Rule>()?)
//!     .rate_limit("100/60s".parse::<Limit>()?)
//!     .lag("5s@users.search".parse::<Lag>()?)
//!     .in_process()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What nobody knows
//!
//! Every behaviour that could be one way or the other is a row of [`BEHAVIOURS`] with its sources, and a switch of its
//! own in [`behaviour`]. Nothing here was seen on the real service, except what a row's sources say was.

mod builder;
mod core;
mod sandbox;
mod server;
mod spelling;

pub use builder::{Builder, Error};
pub use core::account::{Account, AccountStatus, AccountType, ManagementSource, Membership};
pub use core::behaviours::{BEHAVIOURS, Behaviour, Profile};
pub use core::events::Event;
pub use core::faults::{Answer, Fault, Outcome, Rule, Wire};
pub use core::lag::Lag;
pub use core::limits::Limit;
pub use core::spec::{Directory, Group, Resource, Status, User};
pub use core::state::{Id, Invitations, Organization};
pub use core::time::Time;
pub use core::{Exchange, Received, Sent};
pub use sandbox::Sandbox;
pub use spelling::{FAULTS, FaultKind, Misspelled};

/// The switches: one type for each row of [`BEHAVIOURS`].
pub mod behaviour {
    pub use crate::core::behaviours::*;
}

/// The names of the operations, for rules and for looking at requests.
pub fn operations() -> impl Iterator<Item = &'static str> {
    core::OPERATIONS.iter().map(|operation| operation.name)
}

/// The examples of the README compile and run, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
