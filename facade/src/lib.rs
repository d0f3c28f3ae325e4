//! Run an Atlassian organization from code: invite, suspend, restore and remove people, safely.
#![deny(clippy::exhaustive_enums)]
// The foundation offers more to the inside than the modules written so far use.
#![allow(dead_code)]

mod address;
mod error;
mod ids;
mod key;
mod reply;
mod role;

pub use address::{Addresses, EmailAddress, IntoAddresses, IntoPerson, Person};
pub use error::{Code, Error, ErrorKind, ServiceError};
pub use ids::{AccountId, DirectoryId, GroupId, OrgId, Resource};
pub use key::ApiKey;
pub use role::Role;
