//! One change to one person in one directory: send it once, and settle what is in doubt.

use std::time::SystemTime;

use super::{Action, Change, run, verify};
use crate::engine::settle;
use crate::error::{Error, ErrorKind};
use crate::ids::DirectoryId;
use crate::outcome::{Evidence, Outcome};
use crate::status::MembershipStatus;
use crate::user::User;

/// Where a change is made.
pub(crate) struct Place<'a> {
    pub(crate) change: &'a Change,
    pub(crate) directory: &'a DirectoryId,
    /// The person as read before.
    pub(crate) user: &'a User,
    /// Whether this is the only directory of the person.
    pub(crate) alone: bool,
}

/// What a read showed of the person here, and when; none if it does not show it.
pub(super) type Seen = (Option<MembershipStatus>, SystemTime);

impl Place<'_> {
    /// Makes the change, from the state that was read before, and sees to it if that is wished.
    pub(super) async fn change(&self, before: Option<MembershipStatus>) -> Outcome {
        let outcome = self.make(before, self.user.read_at).await;
        match self.change.within {
            Some(within) => verify::verified(self, outcome, within).await,
            None => outcome,
        }
    }

    /// Decides by the state that was read, and sends the change if it is needed.
    pub(crate) async fn make(
        &self,
        before: Option<MembershipStatus>,
        read_at: SystemTime,
    ) -> Outcome {
        if before.as_ref() == Some(&self.wished()) {
            return Outcome::AlreadyDone { read_at };
        }
        if before == Some(MembershipStatus::None) {
            let words = format!("the account is not in directory {}", self.directory);
            let error = Error::new(ErrorKind::NotAMember).with_words(words);
            return Outcome::Refused(error);
        }
        match self.send().await {
            Ok(()) => ACKNOWLEDGED,
            Err(error) if error.is_in_doubt() => self.doubt(error, before).await,
            Err(error) => self.refusal(error).await,
        }
    }

    /// After a refusal, which may only say that it was so already: what holds now?
    async fn refusal(&self, error: Error) -> Outcome {
        let is_removal = self.change.action == Action::Remove;
        let may_say_so = error.is_conflict()
            || error.kind() == ErrorKind::BadRequest
            || error.status() == Some(404) && (is_removal || !error.is_not_found());
        if may_say_so
            && let Ok((Some(now), read_at)) = self.look().await
            && now == self.wished()
        {
            return Outcome::AlreadyDone { read_at };
        }
        Outcome::from_error(error)
    }

    /// After a send that may have been taken: reads the state, and where that shows that nothing happened,
    /// sends once more. That can't happen twice: the same state is set again.
    async fn doubt(&self, first: Error, before: Option<MembershipStatus>) -> Outcome {
        let Ok((now, _)) = self.look().await else {
            return Outcome::InDoubt(first);
        };
        if now.as_ref() == Some(&self.wished()) {
            return OBSERVED;
        }
        let nothing_happened = now.is_some() && now == before;
        if !nothing_happened || !self.change.person.org.client().retries() {
            return Outcome::InDoubt(first);
        }
        let second = match self.send().await {
            Ok(()) => return ACKNOWLEDGED,
            Err(error) => error,
        };
        // Whatever was said to the second, the first may have been taken late.
        match self.look().await {
            Ok((Some(now), _)) if now == self.wished() => OBSERVED,
            _ if second.is_in_doubt() => Outcome::InDoubt(second),
            _ => Outcome::InDoubt(first),
        }
    }

    /// The state that is asked for.
    pub(super) fn wished(&self) -> MembershipStatus {
        self.change.action.wished()
    }

    /// Reads the person's state here.
    pub(super) async fn look(&self) -> Result<Seen, Error> {
        let org = &self.change.person.org;
        let Some(now) = org.find_user(&self.user.account_id).await? else {
            return Ok((Some(MembershipStatus::None), org.client().now()));
        };
        let read_at = now.read_at;
        let status = match now.membership {
            Some(MembershipStatus::None) => Some(MembershipStatus::None),
            _ => run::membership_in(org, self.directory, &now, self.alone).await?,
        };
        Ok((status, read_at))
    }

    async fn send(&self) -> Result<(), Error> {
        let org = &self.change.person.org;
        let (client, raw) = (org.client(), org.client().call());
        let (org, directory) = (org.id().as_str(), self.directory.as_str());
        let account = self.user.account_id.as_str();
        match self.change.action {
            Action::Suspend => {
                let request = raw.suspend_user().org_id(org).directory_id(directory);
                let answer = request.account_id(account).send().await;
                settle(client, "suspend_user", answer).await
            }
            Action::Restore => {
                let request = raw.restore_user().org_id(org).directory_id(directory);
                let answer = request.account_id(account).send().await;
                settle(client, "restore_user", answer).await
            }
            Action::Remove => {
                let request = raw.remove_user().org_id(org).directory_id(directory);
                let answer = request.account_id(account).send().await;
                settle(client, "remove_user", answer).await
            }
        }
    }
}

const ACKNOWLEDGED: Outcome = Outcome::Changed {
    evidence: Evidence::Acknowledged,
};

pub(super) const OBSERVED: Outcome = Outcome::Changed {
    evidence: Evidence::Observed,
};
