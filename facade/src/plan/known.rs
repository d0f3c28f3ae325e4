//! What guards have to read beyond the people of a plan.

use std::collections::HashSet;

use crate::error::Error;
use crate::ids::{AccountId, GroupId};
use crate::lookup;
use crate::organization::Organization;
use crate::role::Role;
use crate::status::MembershipStatus;
use crate::user::User;

/// Whether a role administers something. Roles are an open list, so the name decides.
pub(crate) fn is_admin(role: &str) -> bool {
    role.to_ascii_lowercase().contains("admin")
}

/// Whether this may be one who can administer the organization now. A kind of account that is not shown may
/// be a person's.
pub(super) fn may_be_active_admin(user: &User) -> bool {
    let away = [
        Some(MembershipStatus::Suspended),
        Some(MembershipStatus::None),
    ];
    user.is_organization_admin()
        && user
            .account_type
            .as_ref()
            .is_none_or(|kind| kind.is_person())
        && !user.is_account_out_of_use()
        && !away.contains(&user.membership)
}

/// Everybody who can administer the organization now.
pub(super) async fn active_admins(org: &Organization) -> Result<HashSet<AccountId>, Error> {
    let list = org
        .users()
        .with_role(Role::ORG_ADMIN)
        .membership(MembershipStatus::Active)
        .expand_platform_roles();
    let (mut items, mut admins) = (list.items(), HashSet::new());
    while let Some(user) = items.try_next().await? {
        // A service that ignored the filter would list everybody.
        if may_be_active_admin(&user) && user.account_type.is_some() {
            admins.insert(user.account_id);
        }
    }
    Ok(admins)
}

/// Whether membership of a group gives an admin role.
pub(super) async fn gives_admin(org: &Organization, group: &GroupId) -> Result<bool, Error> {
    let roles = lookup::roles_of_group(org, group).await?;
    Ok(roles.iter().any(|(_, role)| is_admin(role)))
}

/// With a typing error in a name, a guard would protect nobody.
pub(super) fn not_found(what: &str) -> Error {
    Error::invalid(format!("{what} is not found in this organization"))
        .with_hint("look for a typing error, or take it out: nobody would be protected by it")
}

/// An error if one of these groups is not found.
pub(super) async fn groups_found(org: &Organization, groups: &[GroupId]) -> Result<(), Error> {
    // It may be in any directory.
    let everywhere = org.client().organization(org.id().clone());
    for (n, group) in groups.iter().enumerate() {
        let mut items = everywhere.groups().id(group.clone()).items();
        let found = items.try_next().await?;
        if found.is_none_or(|found| found.id != *group) {
            return Err(not_found(&format!("group {} of protect()", n + 1)));
        }
    }
    Ok(())
}
