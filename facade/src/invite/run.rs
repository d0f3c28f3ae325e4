//! How an invitation is made: look up, batch, send, and read what came back.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use atlassian_orgs_api::organizations::types;

use super::report::{Grant, Invitation, InvitationOutcome, InvitationReport};
use super::{InviteUsers, Mail, answer, standing};
use crate::address::{EmailAddress, Person};
use crate::engine::settle;
use crate::error::{Code, Error, ErrorKind};
use crate::lookup;
use crate::organization::Organization;
use crate::plan::Guards;
use crate::status::MembershipStatus;

/// Addresses in one request, at most. The document says so with limits that JSON Schema ignores.
const ADDRESSES: usize = 25;

pub(super) async fn send(invite: InviteUsers<'_>) -> Result<InvitationReport, Error> {
    if invite.guards != Guards::default() {
        return Err(
            Error::invalid("the invitation has guards, which belong to a plan")
                .with_hint("call plan() and run the plan"),
        );
    }
    let addresses = invite.people.addresses()?;
    let order = Arc::new(Order {
        org: invite.org,
        wish: Wish::new(invite.grants, invite.mail)?,
    });
    let rows = addresses.iter().zip(addresses.positions());
    let mut rows: Vec<Invitation> = rows
        .map(|(address, position)| Invitation {
            position: *position,
            address: address.clone(),
            account_id: None,
            outcome: InvitationOutcome::NotStarted(None),
            grants: Vec::new(),
            was_there: false,
        })
        .collect();
    let everybody: Vec<usize> = (0..rows.len()).collect();
    order.carry_out(&mut rows, &everybody, false).await?;
    Ok(InvitationReport {
        rows,
        repeated: addresses.repeated(),
        order,
    })
}

/// Invites those again whose invitation is in doubt.
pub(super) async fn again(report: &InvitationReport) -> Result<InvitationReport, Error> {
    let rows = report.rows.iter().enumerate();
    let open: Vec<usize> = rows
        .filter(|(_, row)| row.outcome.is_in_doubt())
        .map(|(i, _)| i)
        .collect();
    let mut again = report.clone();
    again.order.carry_out(&mut again.rows, &open, true).await?;
    for i in open {
        let outcome = &mut again.rows[i].outcome;
        // Whatever became of this send, the one before may still have been taken.
        match outcome {
            InvitationOutcome::NotStarted(error) => {
                let before = report.rows[i].outcome.error().cloned();
                *outcome = InvitationOutcome::InDoubt(error.take().or(before));
            }
            InvitationOutcome::Refused(error) => {
                *outcome = InvitationOutcome::InDoubt(Some(error.clone()));
            }
            _ => {}
        }
    }
    Ok(again)
}

/// What was ordered, and where: kept with the report, so that a person can repeat it.
pub(super) struct Order {
    org: Organization,
    wish: Wish,
}

impl Order {
    pub(super) fn wish(&self) -> (&[Grant], &Mail) {
        (&self.wish.grants, &self.wish.mail)
    }

    /// Looks these rows up and invites those who can and need to be.
    async fn carry_out(
        &self,
        rows: &mut [Invitation],
        at: &[usize],
        again: bool,
    ) -> Result<(), Error> {
        let people: Vec<Person> = at.iter().map(|i| rows[*i].address.clone().into()).collect();
        let known = lookup::find(&self.org, &people).await?;
        let mut open = Vec::new();
        let mut members = vec![false; rows.len()];
        let mut standing = Vec::with_capacity(at.len());
        for user in &known {
            standing.push(match user {
                Some(user) => standing::instead(&self.org, user, &self.wish.grants).await?,
                None => None,
            });
        }
        for ((i, user), instead) in at.iter().zip(known).zip(standing) {
            let row = &mut rows[*i];
            if instead.is_none() {
                open.push(*i);
            }
            row.outcome = instead.unwrap_or(InvitationOutcome::NotStarted(None));
            row.grants = Vec::new();
            if let Some(user) = user {
                members[*i] = user.membership == Some(MembershipStatus::Active);
                row.account_id = Some(user.account_id);
                row.was_there |= !again;
            }
        }
        let run = Run {
            org: &self.org,
            wish: &self.wish,
            members: &members,
            rows,
        };
        run.all(&open).await;
        Ok(())
    }
}

/// Neither addresses nor the text of the mail.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Order")
    }
}

/// Refuses resources on which nothing can be granted.
pub(crate) fn check_grants(grants: &[Grant]) -> Result<(), Error> {
    grants.iter().try_for_each(|grant| match grant {
        Grant::Role { resource, .. } => resource.grantable(),
        Grant::Group(_) => Ok(()),
    })
}

/// Refuses to leave open whether people are told.
pub(crate) fn check_mail(mail: Option<Mail>) -> Result<Mail, Error> {
    match mail {
        None => Err(
            Error::invalid("the invitation does not say whether to mail people")
                .with_hint("call notify(text) or silent()"),
        ),
        Some(Mail::Text(text)) if text.trim().is_empty() => {
            Err(Error::invalid("the text of the mail is empty")
                .with_hint("the service sends no mail without a text: give one, or call silent()"))
        }
        Some(mail) => Ok(mail),
    }
}

/// What everybody is to get.
struct Wish {
    grants: Vec<Grant>,
    mail: Mail,
}

impl Wish {
    fn new(grants: Vec<Grant>, mail: Option<Mail>) -> Result<Self, Error> {
        if grants.is_empty() {
            return Err(
                Error::invalid("the invitation gives nothing: no role and no group")
                    .with_hint("call grant() or add_to_group(); they decide the directory as well"),
            );
        }
        check_grants(&grants)?;
        Ok(Self {
            grants,
            mail: check_mail(mail)?,
        })
    }

    fn body(&self, emails: Vec<String>) -> types::MultidirectoryInviteApiRequest {
        let (mut groups, mut rules) = (Vec::new(), Vec::new());
        for grant in &self.grants {
            match grant {
                Grant::Group(group) => groups.push(group.to_string()),
                Grant::Role { role, resource } => {
                    rules.push(types::MultidirectoryInviteRoleAssociation {
                        role: role.to_string(),
                        resource: resource.to_string(),
                    });
                }
            }
        }
        let text = match &self.mail {
            Mail::Text(text) => Some(text.clone()),
            Mail::Silent => None,
        };
        types::MultidirectoryInviteApiRequest {
            emails,
            additional_groups: (!groups.is_empty()).then_some(groups),
            permission_rules: (!rules.is_empty()).then_some(rules),
            send_notification: Some(text.is_some()),
            notification_text: text,
        }
    }
}

/// A few invitations of a bulk run, with the same grants, for people who were looked up already.
pub(crate) struct Batch {
    pub(crate) rows: Vec<Invitation>,
    /// Who was an active member before.
    pub(crate) members: Vec<bool>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) mail: Mail,
}

impl Batch {
    /// How many fit into one request.
    pub(crate) const SIZE: usize = ADDRESSES;

    pub(crate) async fn send(self, org: &Organization) -> Vec<Invitation> {
        let mut rows = self.rows;
        let wish = Wish {
            grants: self.grants,
            mail: self.mail,
        };
        let all: Vec<usize> = (0..rows.len()).collect();
        let run = Run {
            org,
            wish: &wish,
            members: &self.members,
            rows: &mut rows,
        };
        run.all(&all).await;
        rows
    }
}

/// The sending part; batches are indices into the rows.
struct Run<'a> {
    org: &'a Organization,
    wish: &'a Wish,
    /// Who was an active member before.
    members: &'a [bool],
    rows: &'a mut [Invitation],
}

/// What a failed request means for the rest.
enum Next {
    /// It was about the people in it: look for the one at fault.
    Split,
    /// It was about this request only.
    GoOn,
    /// Every other request would end the same way.
    Stop,
}

impl Run<'_> {
    async fn all(mut self, open: &[usize]) {
        let mut batches: VecDeque<Vec<usize>> =
            open.chunks(ADDRESSES).map(<[usize]>::to_vec).collect();
        while let Some(batch) = batches.pop_front() {
            let Err(error) = self.one(&batch).await else {
                continue;
            };
            match next(&error) {
                Next::Split if batch.len() > 1 => {
                    // A request that was refused as a whole should have had no effect. Before any of
                    // these people is named in another request, a read has to say so.
                    let (clear, doubtful) = self.read_back(&batch).await;
                    self.set(&doubtful, |_| {
                        InvitationOutcome::InDoubt(Some(error.clone()))
                    });
                    let (first, second) = clear.split_at(clear.len() / 2);
                    for half in [second, first] {
                        if !half.is_empty() {
                            batches.push_front(half.to_vec());
                        }
                    }
                }
                Next::Split | Next::GoOn => self.set(&batch, |_| refused_or_in_doubt(&error)),
                Next::Stop => {
                    self.set(&batch, |_| refused_or_in_doubt(&error));
                    for rest in batches.drain(..) {
                        self.set(&rest, |_| {
                            InvitationOutcome::NotStarted(Some(error.clone()))
                        });
                    }
                }
            }
        }
    }

    /// Sends one request and takes its answer into the rows.
    async fn one(&mut self, batch: &[usize]) -> Result<(), Error> {
        let emails = batch
            .iter()
            .map(|i| self.rows[*i].address.as_str().to_owned())
            .collect();
        let raw = self.org.client().call();
        let request = raw
            .invite_users()
            .org_id(self.org.id().as_str())
            .body(self.wish.body(emails));
        let answer = settle(self.org.client(), "invite_users", request.send().await).await?;
        let said = answer.data.unwrap_or_default();
        for i in batch {
            let row = &mut self.rows[*i];
            match answer::about(&said, &row.address, &self.wish.grants) {
                Some(said) => {
                    row.account_id = said.account_id.or(row.account_id.take());
                    row.outcome = answer::sum(&said.grants);
                    row.grants = said.grants;
                }
                None => row.outcome = InvitationOutcome::InDoubt(None),
            }
        }
        Ok(())
    }

    /// Who of a refused batch may be named again: nobody who has become a member meanwhile. Where
    /// the read fails, nobody.
    async fn read_back(&self, batch: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let addresses: Vec<&EmailAddress> = batch.iter().map(|i| &self.rows[*i].address).collect();
        let Ok(found) = lookup::addresses_found(self.org, &addresses).await else {
            return (Vec::new(), batch.to_vec());
        };
        batch.iter().partition(|i| {
            let user = found.get(&self.rows[**i].address.folded());
            let member = user.is_some_and(|u| u.membership == Some(MembershipStatus::Active));
            !member || self.members[**i]
        })
    }

    fn set(&mut self, batch: &[usize], outcome: impl Fn(&Invitation) -> InvitationOutcome) {
        for i in batch {
            let outcome = outcome(&self.rows[*i]);
            self.rows[*i].outcome = outcome;
        }
    }
}

fn refused_or_in_doubt(error: &Error) -> InvitationOutcome {
    if error.is_in_doubt() {
        InvitationOutcome::InDoubt(Some(error.clone()))
    } else if error.is_not_sent() {
        InvitationOutcome::NotStarted(Some(error.clone()))
    } else {
        InvitationOutcome::Refused(error.clone())
    }
}

/// Whether the service refuses the grants, whoever they are for.
pub(crate) fn is_about_grants(error: &Error) -> bool {
    let about_grants = [
        Code::UAM_ROLE_INVALID,
        Code::UAM_NOT_LICENSED,
        Code::UAM_RESOURCE_INVALID,
        Code::UAM_GROUP_NOT_FOUND,
    ];
    error.code().is_some_and(|code| about_grants.contains(code))
}

/// What a failed request says about the others. All of them have the same grants.
fn next(error: &Error) -> Next {
    match error.kind() {
        _ if is_about_grants(error) => Next::Stop,
        ErrorKind::Deactivated | ErrorKind::BadRequest | ErrorKind::Conflict => Next::Split,
        // The answer is lost, and with it whether these were invited; the next may well get through.
        ErrorKind::Service | ErrorKind::Decode | ErrorKind::BodyTooLarge => Next::GoOn,
        _ => Next::Stop,
    }
}
