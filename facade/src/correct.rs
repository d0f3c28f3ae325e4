//! An invitation that went to a wrong address: what admins do by hand, in order and with care.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use crate::address::{EmailAddress, IntoPerson, Person};
use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::AccountId;
use crate::invite::{self, Grant, InvitationReport, InviteUsers, Mail};
use crate::lifecycle::DirectoryReport;
use crate::lookup;
use crate::organization::{Organization, no_rows};
use crate::outcome::Outcome;
use crate::paging::Cursors;
use crate::people::IntoPeople;
use crate::plan::{Action, Guards, is_admin};
use crate::run::Report;
use crate::status::ClaimStatus;
use crate::user::User;

/// Reports of invitations, from which a correction takes what was granted. It can't be implemented outside
/// this crate.
pub trait InvitedBy: sealed::Sealed {
    /// What the report says of this address.
    #[doc(hidden)]
    fn invited(&self, address: &EmailAddress) -> Result<Invited, Error>;
}

mod sealed {
    pub trait Sealed {}
}

/// What a report says of one person whom it invited.
#[doc(hidden)]
#[derive(Debug)]
pub struct Invited {
    account_id: AccountId,
    grants: Vec<Grant>,
    mail: Mail,
}

fn not_invited(words: &'static str) -> Error {
    Error::new(ErrorKind::Refused)
        .with_words(words)
        .with_hint("only what this report did can be corrected: look at the person by hand")
}

const NOT_IN_IT: &str = "the report has no invitation of the wrong address that was made";
const WAS_THERE: &str = "the account was there before the invitation";

impl sealed::Sealed for Report {}
impl InvitedBy for Report {
    fn invited(&self, address: &EmailAddress) -> Result<Invited, Error> {
        if self.action != Action::Invite {
            return Err(not_invited("the report is not one of invitations"));
        }
        let wrong = Person::Email(address.clone());
        let row = self.rows.iter().find(|row| row.person == wrong);
        let row = row.ok_or_else(|| not_invited(NOT_IN_IT))?;
        let made = matches!(row.outcome, Outcome::Changed { .. } | Outcome::Partly(_));
        if row.before.is_some() {
            return Err(not_invited(WAS_THERE));
        }
        let mut grants = self.grants.clone();
        grants.extend(row.grants.iter().cloned());
        match &row.account_id {
            Some(id) if made => Ok(Invited {
                account_id: id.clone(),
                grants,
                mail: self.mail.clone().unwrap_or(Mail::Silent),
            }),
            _ => Err(not_invited(NOT_IN_IT)),
        }
    }
}

impl sealed::Sealed for InvitationReport {}
impl InvitedBy for InvitationReport {
    fn invited(&self, address: &EmailAddress) -> Result<Invited, Error> {
        let row = self.rows.iter().find(|row| row.address == *address);
        let row = row.ok_or_else(|| not_invited(NOT_IN_IT))?;
        if row.was_there {
            return Err(not_invited(WAS_THERE));
        }
        let (grants, mail) = self.wish();
        match &row.account_id {
            Some(id) if row.outcome.is_made() => Ok(Invited {
                account_id: id.clone(),
                grants: grants.to_vec(),
                mail: mail.clone(),
            }),
            _ => Err(not_invited(NOT_IN_IT)),
        }
    }
}

impl Organization {
    /// Takes back an invitation that went to a wrong address, and invites the right one to the same.
    ///
    /// It is done only for an account that this report created: one that was not shown before, has used no
    /// app since, and has no roles and groups but those of the invitation. See [`CorrectInvitation`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use atlassian_orgs::{ApiKey, Client, OrgId, Resource, Role};
    /// # let sandbox = atlassian_orgs_sandbox::Sandbox::builder().start().await?;
    /// # let client = Client::builder().base_url(sandbox.url()).api_key(ApiKey::new(sandbox.api_key())?).build()?;
    /// # let org = client.organization(OrgId::new(sandbox.org_id())?);
    /// # let jira = Resource::new(sandbox.resource_ids().remove(0))?;
    /// let report = org.invite_users("mia@exmaple.com").grant(Role::USER, jira).notify("Welcome").send().await?;
    /// // Somebody notices the typing error.
    /// let corrected = org.correct_invitation(&report, "mia@exmaple.com", "mia@example.com").await?;
    /// corrected.ensure_complete()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn correct_invitation(
        &self,
        report: &impl InvitedBy,
        wrong: impl IntoPerson,
        right: impl IntoPerson,
    ) -> CorrectInvitation {
        let address = |person: Result<Person, Error>, which: &str| match person {
            Ok(Person::Email(address)) => Ok(address),
            Ok(Person::Account(_)) => Err(Error::invalid(format!("the {which} address has no @"))),
            Err(error) => Err(error),
        };
        let order = || {
            let wrong = address(wrong.into_person(), "wrong")?;
            let right = address(right.into_person(), "right")?;
            if wrong == right {
                return Err(Error::invalid(
                    "the wrong address and the right one are the same",
                ));
            }
            let invited = report.invited(&wrong)?;
            Ok((wrong, right, invited))
        };
        CorrectInvitation {
            org: self.clone(),
            order: order(),
            allow_unread_activity: false,
        }
    }
}

/// A correction of an invitation, sent by `.await`.
///
/// # What is done
///
/// Whose address it is decides what comes first. An address outside of the organization's own domains is a
/// stranger's: the account is removed from every directory first, and only then is the right address
/// invited. In a domain of the organization nobody else gets in, so the right address is invited first and
/// nobody has to wait.
///
/// # What stays behind
///
/// The account itself, and the mail that was sent. Content that was made with the wrong account stays and
/// belongs to that account: two accounts can't be made one. What the service shows of activity is up to 24
/// hours late, so look again the next day.
///
/// Reference operations: `searchDirectoryUsers`, `getUserRoleAssignments`, `getGroupRoleAssignments`,
/// `getUserLastActiveDates`, `removeUser`, `inviteUsers`.
///
/// # Errors
///
/// Only where nothing was changed: [`InvalidInput`](ErrorKind::InvalidInput),
/// [`NoSuchAccount`](ErrorKind::NoSuchAccount) (nobody has the wrong address any more),
/// [`Refused`](ErrorKind::Refused) where the report did not create the account, or the account has activity
/// or something more than was granted, or that can't be read; and any failure of a read. What came of the
/// two changes is in the [`Correction`].
#[derive(Debug)]
#[must_use = "nothing is corrected until it is awaited"]
pub struct CorrectInvitation {
    org: Organization,
    order: Result<(EmailAddress, EmailAddress, Invited), Error>,
    allow_unread_activity: bool,
}

/// What came of a correction.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a change that failed is only in here: call ensure_complete()?"]
pub struct Correction {
    /// What came of removing the wrong account; none if it was not begun.
    pub removal: Option<Result<DirectoryReport, Error>>,
    /// What came of inviting the right address; none if it was not begun.
    pub invitation: Option<Result<InvitationReport, Error>>,
}

impl Correction {
    /// An error unless both changes are made.
    ///
    /// # Errors
    ///
    /// The first that failed; [`Incomplete`](ErrorKind::Incomplete) where it names what is missing.
    pub fn ensure_complete(&self) -> Result<(), Error> {
        match &self.removal {
            Some(Ok(report)) => report.ensure_complete()?,
            Some(Err(error)) => return Err(error.clone()),
            None => {}
        }
        match &self.invitation {
            Some(Ok(report)) => report.ensure_complete()?,
            Some(Err(error)) => return Err(error.clone()),
            None => {}
        }
        if self.removal.is_none() || self.invitation.is_none() {
            return Err(Error::new(ErrorKind::Incomplete)
                .with_words("the correction was not begun in full"));
        }
        Ok(())
    }
}

impl CorrectInvitation {
    /// Lifts the check that the wrong account has used no app, where the service does not tell: not every
    /// plan has it. An account that is known to be in use is refused all the same.
    pub fn allow_unread_activity(mut self) -> Self {
        self.allow_unread_activity = true;
        self
    }

    async fn correct(self) -> Result<Correction, Error> {
        let org = &self.org;
        let (wrong, right, invited) = self.order?;
        let user = org.get_user(&wrong).await?;
        if user.account_id != invited.account_id {
            return Err(not_invited(
                "the wrong address belongs to another account now",
            ));
        }
        match is_in_use(org, &user).await {
            Ok(true) => return Err(not_invited("the account has been used since")),
            Ok(false) => {}
            Err(_) if self.allow_unread_activity => {}
            Err(error) => {
                return Err(Error::new(ErrorKind::Refused)
                    .with_words("the service does not show whether the account has been used")
                    .with_hint("ask the person; then call allow_unread_activity()")
                    .with_cause(error));
            }
        }
        if has_more(org, &user, &invited.grants).await? {
            return Err(not_invited("the account has more than the invitation gave"));
        }
        let strangers = user.claim != Some(ClaimStatus::Managed);
        let mut correction = Correction {
            removal: None,
            invitation: None,
        };
        if strangers {
            let removed = remove(org, &user).await;
            let gone = removed.as_ref().is_ok_and(DirectoryReport::is_complete);
            correction.removal = Some(removed);
            if gone {
                correction.invitation = Some(invite_right(org, &right, invited).await);
            }
        } else {
            let report = invite_right(org, &right, invited).await;
            let there = report.as_ref().is_ok_and(InvitationReport::is_complete);
            correction.invitation = Some(report);
            if there {
                correction.removal = Some(remove(org, &user).await);
            }
        }
        Ok(correction)
    }
}

impl IntoFuture for CorrectInvitation {
    type Output = Result<Correction, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.correct())
    }
}

async fn remove(org: &Organization, user: &User) -> Result<DirectoryReport, Error> {
    let anywhere = org.anywhere();
    anywhere
        .user(&user.account_id)
        .remove()
        .in_every_directory()
        .await
}

async fn invite_right(
    org: &Organization,
    right: &EmailAddress,
    invited: Invited,
) -> Result<InvitationReport, Error> {
    let invitation = InviteUsers {
        org: org.clone(),
        people: [right.as_str()].into_people(),
        grants: invited.grants,
        mail: Some(invited.mail),
        guards: Guards::default(),
    };
    invitation.send().await
}

/// Whether the account has used an app.
async fn is_in_use(org: &Organization, user: &User) -> Result<bool, Error> {
    let (mut cursors, mut cursor) = (Cursors::new(org.client()), None::<String>);
    loop {
        let raw = org.client().call();
        let mut request = raw
            .get_user_last_active_dates()
            .org_id(org.id().as_str())
            .account_id(user.account_id.as_str());
        if let Some(cursor) = &cursor {
            request = request.cursor(cursor.as_str());
        }
        let answer = request.send().await;
        let page = settle(org.client(), "get_user_last_active_dates", answer).await?;
        let unread = || no_rows("getUserLastActiveDates");
        let apps = page
            .data
            .ok_or_else(unread)?
            .product_access
            .ok_or_else(unread)?;
        let used = |app: &atlassian_orgs_api::organizations::types::UserProductLastActive| {
            app.last_active.is_some() || app.last_active_timestamp.is_some()
        };
        if apps.iter().any(used) {
            return Ok(true);
        }
        cursor = cursors.next(page.links.and_then(|links| links.next).as_deref())?;
        if cursor.is_none() {
            return Ok(false);
        }
    }
}

/// Whether the account has roles or groups beyond these. A group that gives nothing but roles on the same
/// resources came with them.
async fn has_more(org: &Organization, user: &User, grants: &[Grant]) -> Result<bool, Error> {
    let granted = |resource: &str, role: &str| {
        grants.iter().any(|grant| match grant {
            // An answer may name a role otherwise than it was granted, but not an admin's.
            Grant::Role {
                role: known,
                resource: on,
            } => on.as_str() == resource && (known.as_str() == role || !is_admin(role)),
            Grant::Group(_) => false,
        })
    };
    let Some(groups) = &user.groups else {
        return Err(not_invited(
            "the service does not show the account's groups",
        ));
    };
    let mut given: Vec<(String, String)> = Vec::new();
    for group in groups {
        let roles = lookup::roles_of_group(org, group).await?;
        let wished = grants.contains(&Grant::Group(group.clone()));
        let came_along = !roles.is_empty() && roles.iter().all(|(on, role)| granted(on, role));
        if !wished && !came_along {
            return Ok(true);
        }
        given.extend(roles);
    }
    let held = invite::all_roles(&org.anywhere(), user).await?;
    let known = |on: &String, role: &String| {
        granted(on, role)
            || given
                .iter()
                .any(|(resource, it)| resource == on && it == role)
    };
    let mut held = held
        .iter()
        .flat_map(|(on, roles)| roles.iter().map(move |role| (on, role)));
    Ok(!held.all(|(on, role)| known(on, role)))
}
