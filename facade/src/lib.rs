//! Run an Atlassian organization from code: invite, suspend, restore and remove people, safely.
#![deny(clippy::exhaustive_enums)]

mod address;
mod check;
mod client;
mod engine;
mod error;
mod ids;
mod invite;
mod key;
mod lifecycle;
mod lookup;
mod organization;
mod outcome;
mod paging;
mod reply;
mod role;
mod status;
mod user;
mod users;
mod wire;

pub use address::{Addresses, EmailAddress, IntoAddresses, IntoPerson, Person};
pub use check::{KeyCheck, KeyKind};
pub use client::{Client, ClientBuilder};
pub use error::{Code, Error, ErrorKind, ServiceError};
pub use ids::{AccountId, DirectoryId, GroupId, OrgId, Resource};
pub use invite::{
    Grant, GrantOutcome, Invitation, InvitationOutcome, InvitationReport, InviteUsers,
};
pub use key::ApiKey;
pub use lifecycle::{
    Change, DirectoryReport, DirectoryRow, Done, EveryDirectory, PersonHandle, Warning,
};
pub use organization::{DirectoryInfo, Organization};
pub use outcome::{Evidence, Outcome};
pub use role::Role;
pub use status::{AccountStatus, AccountType, ClaimStatus, ManagementSource, MembershipStatus};
pub use user::User;
pub use users::{UserItems, UserPages, Users};

#[cfg(feature = "raw")]
pub use atlassian_orgs_api as raw;
