//! The questions, in an order in which each finds what it needs.

use anyhow::{Context, ensure};
use atlassian_orgs::raw::organizations::types;
use serde_json::{Value, json};

use super::asking::{Probe, ask, body, rows};
use super::finding::Finding;
use super::wire::Seen;

pub(crate) const USER: &str = "atlassian/user";
const ORG_ADMIN: &str = "atlassian/org-admin";

/// The smallest published limit is 10 requests a minute, the largest of the same family 60.
const ENOUGH: usize = 70;

impl Probe<'_> {
    pub(crate) async fn ask_all(&mut self) -> anyhow::Result<()> {
        self.organizations().await?;
        let person = self.invited().await?;
        let directory = self.directories(Some(&person)).await?;
        let directory = directory
            .into_iter()
            .next()
            .context("the invited person is in no directory, as far as reads show")?;
        self.member().await?;
        self.suspension(&person, &directory).await?;
        self.dash(&person, &directory).await?;
        self.roles(&person).await?;
        if self.target.admin {
            self.admin(&person, &directory).await?;
        }
        self.ended(&person).await?;
        self.malformed().await?;
        self.without_grants().await?;
        self.cursors().await?;
        self.removal(&person, &directory).await?;
        self.limits().await
    }

    async fn organizations(&mut self) -> anyhow::Result<()> {
        self.title("What does the list of organizations hold for an organization's key?")?;
        let seen = ask!(self, raw.get_orgs)?;
        let seen = self.show(seen)?;
        let finding = match (seen.is_success(), rows(&seen).is_empty()) {
            (false, _) => Finding::Other(format!("it answered {}", seen.status)),
            (true, true) => Finding::Position("empty"),
            (true, false) => Finding::Position("listed"),
        };
        self.conclude("organization-list", finding)
    }

    async fn suspend(&mut self, person: &str, directory: &str) -> anyhow::Result<Seen> {
        let org = &self.target.org;
        let seen = ask!(
            self,
            raw.suspend_user
                .org_id(org)
                .directory_id(directory)
                .account_id(person)
        )?;
        self.show(seen)
    }

    async fn restore(&mut self, person: &str, directory: &str) -> anyhow::Result<Seen> {
        let org = &self.target.org;
        let seen = ask!(
            self,
            raw.restore_user
                .org_id(org)
                .directory_id(directory)
                .account_id(person)
        )?;
        self.show(seen)
    }

    async fn suspension(&mut self, person: &str, directory: &str) -> anyhow::Result<()> {
        let positions = [(204, "204"), (409, "409"), (400, "400")];
        self.title("What does suspending say, and suspending twice?")?;
        let first = self.suspend(person, directory).await?;
        ensure!(
            first.is_success(),
            "a suspension was answered with {}",
            first.status
        );
        let now = self.membership(person, "suspended").await?;
        ensure!(now == "suspended", "reads don't show the suspension");
        let again = self.suspend(person, directory).await?;
        self.conclude("suspend-suspended", Finding::by_status(&again, &positions))?;

        self.title("What does inviting somebody who is suspended come to?")?;
        let seen = self.invite(&self.target.addresses[0], true).await?;
        let finding = match seen.status {
            200 => match &*self.membership(person, "active").await? {
                "active" => Finding::Position("restored"),
                _ => Finding::Position("invited"),
            },
            _ => {
                let refused = [(206, "row-error"), (409, "409"), (400, "400")];
                Finding::by_status(&seen, &refused)
            }
        };
        self.conclude("invite-suspended", finding)?;

        self.title("What does restoring say, and restoring twice?")?;
        if self.membership(person, "suspended").await? == "suspended" {
            let first = self.restore(person, directory).await?;
            ensure!(
                first.is_success(),
                "a restoration was answered with {}",
                first.status
            );
            let now = self.membership(person, "active").await?;
            ensure!(now == "active", "reads don't show the restoration");
        }
        let again = self.restore(person, directory).await?;
        self.conclude("restore-active", Finding::by_status(&again, &positions))
    }

    async fn dash(&mut self, person: &str, directory: &str) -> anyhow::Result<()> {
        self.title("Does `-` work as the directory of a change?")?;
        let seen = self.suspend(person, "-").await?;
        let finding = match seen.is_success() {
            false => Finding::by_status(&seen, &[(404, "404"), (400, "400")]),
            true => match &*self.membership(person, "suspended").await? {
                "suspended" => Finding::Position("works"),
                _ => Finding::Other(format!("it answered {} and did nothing", seen.status)),
            },
        };
        if seen.is_success() {
            self.restore(person, directory).await?;
            self.membership(person, "active").await?;
        }
        self.conclude("dash-in-writes", finding)
    }

    async fn roles(&mut self, person: &str) -> anyhow::Result<()> {
        let org = &self.target.org;
        let role = || -> anyhow::Result<types::RoleApiRequest> {
            body(json!({ "role": USER, "resource": self.target.resource }))
        };
        self.title("What does giving a role say that somebody has? (roles/assign)")?;
        let mut last = None;
        for _ in 0..2 {
            let seen = ask!(
                self,
                raw.assign_role.org_id(org).user_id(person).body(role()?)
            )?;
            last = Some(self.show(seen)?);
            self.settle().await;
        }
        let positions = [(204, "204"), (200, "204"), (409, "409")];
        let again = last.take().context("nothing was asked")?;
        self.conclude("assign-again", Finding::by_status(&again, &positions))?;

        self.title("What does taking a role away say that somebody has not? (roles/revoke)")?;
        for _ in 0..2 {
            let seen = ask!(
                self,
                raw.revoke_role.org_id(org).user_id(person).body(role()?)
            )?;
            last = Some(self.show(seen)?);
            self.settle().await;
        }
        let positions = [(204, "204"), (200, "204"), (404, "404")];
        let again = last.context("nothing was asked")?;
        self.conclude("revoke-absent", Finding::by_status(&again, &positions))?;

        self.title("What does giving a role say that names no app?")?;
        let role: types::RoleApiRequest = body(json!({ "role": USER }))?;
        let seen = ask!(self, raw.assign_role.org_id(org).user_id(person).body(role))?;
        let seen = self.show(seen)?;
        let finding = match seen.error()["code"].as_str() {
            Some("ADMIN-UAM-400-1") => Finding::Position("400-1"),
            Some("ADMIN-UAM-400-5") => Finding::Position("400-5"),
            _ => Finding::Other(format!("it answered {}", seen.status)),
        };
        self.conclude("missing-resource", finding)
    }

    async fn admin(&mut self, person: &str, directory: &str) -> anyhow::Result<()> {
        let org = &self.target.org;
        let role = || -> anyhow::Result<types::OrganizationLevelRoleApiRequest> {
            body(json!({ "role": ORG_ADMIN }))
        };
        self.title("And where the role is on the organization? (role-assignments/assign)")?;
        self.admin = Some(person.to_owned());
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let seen = ask!(
                self,
                raw.assign_organization_role
                    .org_id(org)
                    .user_id(person)
                    .body(role()?)
            )?;
            statuses.push(self.show(seen)?);
            self.settle().await;
        }
        if !statuses.first().is_some_and(Seen::is_success) {
            let why = "the person could not be made an admin".to_owned();
            return self.conclude("suspend-admin", Finding::Unseen(why));
        }
        let again = statuses.pop().context("nothing was asked")?;
        let positions = [(204, "204"), (200, "204"), (409, "409")];
        self.conclude("assign-again", Finding::by_status(&again, &positions))?;

        self.title("What does suspending an organization admin say?")?;
        let seen = self.suspend(person, directory).await?;
        if seen.is_success() {
            self.membership(person, "suspended").await?;
            self.restore(person, directory).await?;
            self.membership(person, "active").await?;
        }
        let positions = [(204, "204"), (400, "400")];
        self.conclude("suspend-admin", Finding::by_status(&seen, &positions))?;

        self.title("And taking away? (role-assignments/revoke)")?;
        let mut last = None;
        for _ in 0..2 {
            let seen = ask!(
                self,
                raw.revoke_organization_role
                    .org_id(org)
                    .user_id(person)
                    .body(role()?)
            )?;
            last = Some(self.show(seen)?);
            self.settle().await;
        }
        let again = last.context("nothing was asked")?;
        if again.is_success() || again.status == 404 {
            self.admin = None;
        }
        let positions = [(204, "204"), (200, "204"), (404, "404")];
        self.conclude("revoke-absent", Finding::by_status(&again, &positions))
    }

    // They are marked as withdrawn: what they answer now is the question.
    #[allow(deprecated)]
    async fn ended(&mut self, person: &str) -> anyhow::Result<()> {
        self.title("What does an ended operation of version 1 answer?")?;
        let org = &self.target.org;
        let seen = ask!(self, v1.suspend_user_access.org_id(org).account_id(person))?;
        let seen = self.show(seen)?;
        if seen.is_success() {
            let seen = ask!(self, v1.restore_user_access.org_id(org).account_id(person))?;
            self.show(seen)?;
        }
        let positions = [(404, "404"), (410, "410")];
        self.conclude("ended-operation", Finding::by_status(&seen, &positions))
    }

    async fn cursors(&mut self) -> anyhow::Result<()> {
        self.title("How does a search say that a page is the last?")?;
        let seen = self.search(json!({ "limit": 100 })).await?;
        let seen = self.show(seen)?;
        let finding = match (seen.body.get("links"), seen.body.pointer("/links/next")) {
            _ if !seen.is_success() => Finding::Other(format!("it answered {}", seen.status)),
            (None | Some(Value::Null), _) => Finding::Position("no-links"),
            (_, None) => Finding::Position("no-next"),
            (_, Some(Value::Null)) => Finding::Position("null"),
            (_, Some(next)) if next == "" => Finding::Position("empty-text"),
            _ => Finding::Unseen("more than 100 people are here".to_owned()),
        };
        self.conclude("page-end", finding)?;

        self.title("Does a cursor of a search remember the filters?")?;
        let ids = rows(&seen)
            .iter()
            .filter_map(|row| row["accountId"].as_str());
        let ids: Vec<&str> = ids.collect();
        if ids.len() < 3 {
            let why = "it takes three people".to_owned();
            return self.conclude("search-cursor", Finding::Unseen(why));
        }
        let two = &ids[..2];
        let first = self
            .search(json!({ "accountIds": two, "limit": 1 }))
            .await?;
        let Some(next) = first.body.pointer("/links/next").and_then(Value::as_str) else {
            let why = "there was no second page".to_owned();
            return self.conclude("search-cursor", Finding::Unseen(why));
        };
        let second = self.search(json!({ "cursor": next, "limit": 100 })).await?;
        let second = self.show(second)?;
        let stranger = |row: &Value| !two.iter().any(|id| row["accountId"] == **id);
        let finding = match second.is_success() {
            false => Finding::Other(format!("it answered {}", second.status)),
            true if rows(&second).iter().any(stranger) => Finding::Position("resent"),
            true => Finding::Position("kept"),
        };
        self.conclude("search-cursor", finding)
    }

    async fn removal(&mut self, person: &str, directory: &str) -> anyhow::Result<()> {
        self.title("What does removing say, and removing somebody who is not there?")?;
        let org = &self.target.org;
        let mut last = None;
        for _ in 0..2 {
            let seen = ask!(
                self,
                raw.remove_user
                    .org_id(org)
                    .directory_id(directory)
                    .account_id(person)
            )?;
            last = Some(self.show(seen)?);
            self.membership(person, "none").await?;
        }
        let again = last.context("nothing was asked")?;
        let positions = [(404, "404"), (204, "204")];
        self.conclude("remove-absent", Finding::by_status(&again, &positions))
    }

    async fn limits(&mut self) -> anyhow::Result<()> {
        self.title("Which form have X-RateLimit-Reset and Retry-After?")?;
        let org = &self.target.org;
        let mut last = None;
        for _ in 0..ENOUGH {
            let seen = ask!(self, raw.get_event_actions.org_id(org))?;
            let more = seen.is_success();
            last = Some(seen);
            if !more {
                break;
            }
        }
        if let Some(last) = last {
            self.show(last)?;
        }
        let all = self.wire.all();
        self.conclude("rate-limit-reset", Finding::of_reset(&all))?;
        self.conclude("retry-after", Finding::of_retry_after(&all))
    }
}
