//! Run an Atlassian organization from code: invite, suspend, restore and remove people, safely.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use atlassian_orgs::{ApiKey, Client, OrgId, Resource, Role};
//! # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().users(3).start().await?;
//! # let (url, key, id) = (sandbox.url(), sandbox.api_key(), sandbox.org_id());
//! # let jira = sandbox.resource_ids().remove(0);
//!
//! let client = Client::builder().base_url(url).api_key(ApiKey::new(key)?).build()?;
//! let org = client.organization(OrgId::new(id)?);
//!
//! let report = org
//!     .invite_users(["mia@example.com", "kim@example.com"])
//!     .grant(Role::USER, Resource::new(jira)?)
//!     .notify("Welcome")
//!     .send()
//!     .await?;
//! report.ensure_complete()?;
//!
//! let done = org.user("mia@example.com").suspend().await?; // Ok only if she is suspended now
//! assert!(done.is_changed());
//! # Ok(())
//! # }
//! ```
//!
//! # Where to begin
//!
//! * [`Client::builder`] and [`Client::check`]: does the key reach the organization?
//! * [`Organization`]: everything else starts here. [`Organization::invite_users`],
//!   [`Organization::user`] (then `suspend`, `restore`, `remove`), [`Organization::users`],
//!   [`Organization::find_users`].
//! * [`Organization::workspaces`], [`Organization::groups`], [`Organization::events`]: what roles are granted on,
//!   groups, the audit log.
//! * [`Organization::suspend_users`], [`Organization::restore_users`], [`Organization::remove_users`] and
//!   [`InviteUsers::plan`]: a [`Plan`] for any number of people, to be looked at, approved and [run](Run)
//!   with a [`Journal`].
//! * [`Error`]: one type for everything that can go wrong; [`Outcome`]: one vocabulary for what a
//!   change came to.
//!
//! # What to know
//!
//! * **What failed is sent again only where that is safe**, by a table of operations ([`RetryPolicy`]). An
//!   invitation that may have been taken never is. What then remains is in the error:
//!   [`Error::retry_after`] says how long the service asks to wait, [`Error::may_have_been_sent`]
//!   whether it can have been seen, and [`Error::is_in_doubt`] whether a change may have happened.
//! * **Reads come before writes**, so that who is suspended already is not suspended again, and a
//!   typing error is not a success.
//! * **A success of HTTP can hold failures.** Look at the report, or call `ensure_complete()?`.
//! * **Nothing is claimed that the service does not say**: not that a mail went out, not that an
//!   invitation was accepted.
//! * **Errors are safe to log.** Keys, addresses and account ids are in none of them; what the service
//!   said is behind accessors.
//! * **`tracing` shows what happens**: at level debug a span for each call and one for each send, with the
//!   names of OpenTelemetry, templates of paths and nothing personal. See `examples/tracing.rs`.
//! * **Nothing here was seen on the real service by its authors.** What these docs say of it is published or
//!   was measured by others, and is shown on the sandbox; `examples/probe` asks a throwaway organization
//!   what nobody has published.
//! * Everything needs a tokio runtime with its timer on.
//!
//! # Features
//!
//! * `rustls` (default): TLS.
//! * `blocking`: `blocking::wait`, for programs that are not async.
//! * `schemars`: JSON schemas of plans.
//! * `raw`: `Client::raw`, the generated client of all published operations, and the transport seam.
//!   Its types change when Atlassian's document does; the rest of this crate does not.
#![deny(clippy::exhaustive_enums)]

mod address;
#[cfg(feature = "blocking")]
pub mod blocking;
mod check;
mod client;
mod correct;
mod engine;
mod error;
mod events;
mod groups;
mod ids;
mod invite;
mod journal;
mod key;
mod lifecycle;
mod limit;
mod listed;
mod lookup;
mod organization;
mod outcome;
mod pages;
mod paging;
mod people;
mod plan;
mod rate_limit;
mod reply;
mod retry;
mod role;
mod run;
mod stamp;
mod status;
mod user;
mod users;
mod wire;
mod workspaces;

pub use address::{Addresses, EmailAddress, IntoPerson, Person};
pub use check::{KeyCheck, KeyKind};
pub use client::{Client, ClientBuilder};
pub use correct::{CorrectInvitation, Correction, InvitedBy};
pub use error::{Code, Error, ErrorKind, ServiceError};
pub use events::{
    Event, EventItems, EventObject, EventPages, EventProduct, Events, UnfinishedEvents,
};
pub use groups::{Group, GroupItems, GroupManagement, GroupPages, Groups, UnfinishedGroups};
pub use ids::{AccountId, DirectoryId, GroupId, OrgId, Resource};
pub use invite::{
    Grant, GrantOutcome, Invitation, InvitationOutcome, InvitationReport, InviteUsers,
};
pub use journal::{FileJournal, Journal, MemoryJournal};
pub use key::ApiKey;
pub use lifecycle::{
    Change, DirectoryReport, DirectoryRow, Done, EveryDirectory, PersonHandle, Warning,
};
pub use organization::{DirectoryInfo, Organization};
pub use outcome::{Evidence, Outcome};
pub use pages::Continuation;
pub use people::{IntoPeople, People};
pub use plan::{
    Action, AtMost, ChangeUsers, Decision, Estimate, Plan, PlanFile, PlanRow, Reason, State,
    WithAddresses,
};
pub use rate_limit::RateLimit;
pub use retry::RetryPolicy;
pub use role::Role;
pub use run::{Report, ReportRow, Run, RunEvent, RunEvents, Stop};
pub use status::{AccountStatus, AccountType, ClaimStatus, ManagementSource, MembershipStatus};
pub use user::User;
pub use users::{Unfinished, UserItems, UserPages, Users};
pub use workspaces::{
    UnfinishedWorkspaces, Workspace, WorkspaceField, WorkspaceItems, WorkspacePages,
    WorkspaceStatus, Workspaces,
};

#[cfg(feature = "raw")]
pub use atlassian_orgs_api as raw;

/// The README's code, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
