//! Which people a request asks for.

use super::roles;
use crate::core::account::Account;
use crate::core::call::Call;
use crate::core::errors::Refusal;
use crate::core::request::Fields;

type List = Option<Vec<String>>;

/// The filters that search, list and count share. Each has to hold; within one, any item will do.
pub(super) struct Filter {
    emails: List,
    account_ids: List,
    directory_ids: List,
    group_ids: List,
    resource_ids: List,
    role_ids: List,
    email_domains: List,
    status: List,
    account_status: List,
    membership_status: List,
    claim_status: Option<String>,
    mfa_enabled: Option<bool>,
    search_term: Option<String>,
}

impl Filter {
    pub(super) fn new(fields: &Fields) -> Result<Self, Refusal> {
        // Only the search knows whole addresses; to the deprecated list, `emails` is an unknown parameter.
        let search = matches!(fields, Fields::Body(_));
        if search {
            fields.exclusive("emails", "searchTerm")?;
        }
        let claim = fields.text("claimStatus")?;
        if claim
            .as_ref()
            .is_some_and(|claim| !["managed", "unmanaged"].contains(&claim.as_str()))
        {
            return Err(Refusal::new(
                400,
                "ADMIN-400-24",
                "`claimStatus` takes managed, unmanaged",
            ));
        }
        let statuses = &[
            "active",
            "suspended",
            "not_invited",
            "deactivated",
            "for_deletion",
        ];
        Ok(Self {
            emails: if search {
                fields.distinct("emails", 100)?
            } else {
                None
            },
            account_ids: fields.list("accountIds", 10)?,
            directory_ids: fields.list("directoryIds", 10)?,
            group_ids: fields.list("groupIds", 10)?,
            resource_ids: fields.list("resourceIds", 20)?,
            role_ids: fields.roles()?,
            email_domains: fields.list("emailDomains", 10)?,
            status: fields.choices("status", 4, statuses)?,
            account_status: fields.choices(
                "accountStatus",
                3,
                &["active", "inactive", "closed"],
            )?,
            membership_status: fields.choices(
                "membershipStatus",
                3,
                &["active", "suspended", "no_membership"],
            )?,
            claim_status: claim,
            mfa_enabled: fields.flag("mfaEnabled")?,
            search_term: fields.text("searchTerm")?.map(|term| term.to_lowercase()),
        })
    }

    /// Where the people asked for by address or id are; `None` if neither was given.
    pub(super) fn positions(&self, call: &Call<'_>) -> Option<Vec<usize>> {
        let keys = |list: &Vec<String>, by_email| {
            call.org
                .positions(list.iter().map(String::as_str), by_email)
        };
        let by_id = || self.account_ids.as_ref().map(|ids| keys(ids, false));
        self.emails
            .as_ref()
            .map(|emails| keys(emails, true))
            .or_else(by_id)
    }

    pub(super) fn matches(&self, call: &Call<'_>, account: &Account) -> bool {
        let any = |list: &List, holds: &dyn Fn(&str) -> bool| {
            list.as_ref().is_none_or(|l| l.iter().any(|i| holds(i)))
        };
        let membership = account
            .overall_membership()
            .map_or("no_membership", |m| m.name());
        let domain = account.email().rsplit('@').next().unwrap_or_default();
        any(&self.emails, &|email| same(email, account.email()))
            && any(&self.account_ids, &|id| id == account.id())
            && any(&self.directory_ids, &|id| {
                account.memberships.contains_key(id)
            })
            && any(&self.group_ids, &|id| account.groups.contains(id))
            && any(&self.email_domains, &|wanted| {
                same(wanted.trim_start_matches('@'), domain)
            })
            && any(&self.status, &|status| status == account.status().name())
            && any(&self.account_status, &|status| {
                status == account.account_status.name()
            })
            && any(&self.membership_status, &|status| status == membership)
            && self
                .claim_status
                .as_ref()
                .is_none_or(|claim| (claim == "managed") == account.managed)
            && self
                .mfa_enabled
                .is_none_or(|mfa| mfa == account.mfa_enabled)
            && self
                .search_term
                .as_ref()
                .is_none_or(|term| found(term, account))
            && any(&self.resource_ids, &|ari| {
                roles::grants(call, account)
                    .iter()
                    .any(|grant| *grant.resource == *ari)
            })
            && any(&self.role_ids, &|role| {
                roles::role_names(call, account).contains(role)
            })
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn found(term: &str, account: &Account) -> bool {
    account.name.to_lowercase().contains(term) || account.email().to_lowercase().contains(term)
}
