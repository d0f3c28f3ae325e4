//! A person as JSON: in lists, and in the details.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::roles::grants;
use crate::core::account::{Account, AccountType, ManagementSource};
use crate::core::behaviours::{AccountTypes, ProfileNulls, RowExtras};
use crate::core::call::{Call, Scope};
use crate::core::errors::Refusal;
use crate::core::request::Fields;
use crate::core::state::owner_of;

/// What a search is asked to add to its rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expand {
    platform_roles: bool,
    resources: bool,
    product_access: bool,
    groups: bool,
}

impl Expand {
    pub(super) fn new(fields: &Fields) -> Result<Self, Refusal> {
        let known = [
            "platformRoles",
            "counts.resources",
            "productAccess",
            "groups",
        ];
        let none = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        // Unlike the other lists, this one may be empty.
        let wanted = match fields.value("expand").is_some_and(none) {
            true => Vec::new(),
            false => fields.expand(&known)?,
        };
        let has = |name: &str| wanted.iter().any(|item| item == name);
        Ok(Self {
            platform_roles: has("platformRoles"),
            resources: has("counts.resources"),
            product_access: has("productAccess"),
            groups: has("groups"),
        })
    }
}

/// A person in a list.
pub(super) fn row(call: &Call<'_>, account: &Account, scope: &Scope, expand: Expand) -> Value {
    let mut row = common(call, account);
    if call.behaviours.get::<RowExtras>() == RowExtras::Sent {
        row.insert("forDeletion".into(), account.for_deletion.into());
        row.insert(
            "deactivatedOn".into(),
            account.deactivated_on.map(|time| time.iso()).into(),
        );
    }
    if expand.platform_roles {
        row.insert(
            "platformRoles".into(),
            account.platform_roles.iter().cloned().collect(),
        );
    }
    if expand.resources {
        row.insert(
            "counts".into(),
            json!({ "resources": resources(call, account, scope.directory()).len() }),
        );
    }
    if expand.product_access {
        let product = |ari: String| {
            let time = account.added_to_org.unwrap_or(call.now).iso();
            json!({ "id": ari, "key": owner_of(&ari), "lastActiveTimestamp": time })
        };
        row.insert(
            "productAccess".into(),
            resources(call, account, scope.directory())
                .into_iter()
                .map(product)
                .collect(),
        );
    }
    if expand.groups {
        let groups = account
            .groups
            .iter()
            .filter_map(|id| call.org.group_at(id, call.at));
        let groups = groups.filter(|group| match scope {
            Scope::All => true,
            Scope::One(directory) => group.directory == *directory,
        });
        let group = groups.map(|group| json!({ "id": &*group.id, "name": group.name, "description": group.description }));
        row.insert("groups".into(), group.collect());
    }
    row.into()
}

/// A person by themselves.
pub(super) fn details(call: &Call<'_>, account: &Account, scope: &Scope) -> Value {
    let mut details = common(call, account);
    details.insert(
        "platformRoles".into(),
        account.platform_roles.iter().cloned().collect(),
    );
    details.insert(
        "counts".into(),
        json!({ "resources": resources(call, account, scope.directory()).len() }),
    );
    if let Some(time) = account.deactivated_on {
        details.insert("deactivatedOn".into(), time.iso().into());
    }
    details.into()
}

fn common(call: &Call<'_>, account: &Account) -> Map<String, Value> {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
    put("accountId", account.id().into());
    let declared = call.behaviours.get::<AccountTypes>() == AccountTypes::Declared;
    if account.account_type == AccountType::Atlassian || !declared {
        put("accountType", account.account_type.name().into());
    }
    put("accountStatus", account.account_status.name().into());
    put("status", account.status().name().into());
    put(
        "membershipStatus",
        account
            .overall_membership()
            .map_or("no_membership", |m| m.name())
            .into(),
    );
    put(
        "claimStatus",
        if account.managed {
            "managed"
        } else {
            "unmanaged"
        }
        .into(),
    );
    let source = account.source.map(|source| match source {
        ManagementSource::Invited => "invited",
        ManagementSource::Synced => "synced",
    });
    put("managementSource", source.into());
    put("name", account.name.clone().into());
    put("nickname", account.name.clone().into());
    put("email", account.email().into());
    put("emailVerified", account.added_to_org.is_some().into());
    put("mfaEnabled", account.mfa_enabled.into());
    put(
        "avatar",
        format!("https://avatars.example.com/{}", account.id()).into(),
    );
    put(
        "picture",
        format!("https://avatars.example.com/{}", account.id()).into(),
    );
    if let Some(time) = account.added_to_org {
        put("addedToOrg", time.iso().into());
    }
    let profile = account
        .profile
        .clone()
        .map(|profile| profile.map(Some))
        .unwrap_or_default();
    for (name, value) in ["department", "organization", "location", "timeZone"]
        .into_iter()
        .zip(profile)
    {
        if value.is_some() || call.behaviours.get::<ProfileNulls>() == ProfileNulls::Null {
            put(name, value.into());
        }
    }
    row
}

/// The resources a person has a role on, in one directory or in all.
pub(crate) fn resources(
    call: &Call<'_>,
    account: &Account,
    directory: Option<&str>,
) -> BTreeSet<String> {
    let within = |ari: &str| {
        directory.is_none_or(|id| {
            call.org
                .resource(ari)
                .is_none_or(|resource| *resource.directory == *id)
        })
    };
    let grants = grants(call, account);
    grants
        .iter()
        .filter(|grant| within(&grant.resource))
        .map(|grant| grant.resource.to_string())
        .collect()
}
