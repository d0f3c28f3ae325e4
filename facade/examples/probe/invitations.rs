//! The questions about invitations.

use anyhow::{Context, ensure};
use atlassian_orgs::raw::organizations::types;
use serde_json::{Value, json};

use super::asking::{Probe, ask, body, rows};
use super::finding::Finding;
use super::questions::USER;
use super::wire::Seen;

impl Probe<'_> {
    /// An invitation of somebody or something, without a mail.
    pub(crate) async fn invite(&mut self, address: &str, grants: bool) -> anyhow::Result<Seen> {
        let mut invitation = json!({ "emails": [address], "sendNotification": false });
        if grants {
            invitation["permissionRules"] =
                json!([{ "resource": self.target.resource, "role": USER }]);
        }
        let invitation: types::MultidirectoryInviteApiRequest = body(invitation)?;
        let seen = ask!(
            self,
            raw.invite_users.org_id(&self.target.org).body(invitation)
        )?;
        // Before anything can go wrong: whom an invitation made is cleaned up in the end.
        for row in rows(&seen) {
            if let Some(id) = row["id"].as_str() {
                self.made(id);
            }
        }
        self.show(seen)
    }

    pub(crate) async fn invited(&mut self) -> anyhow::Result<String> {
        self.title("How does the answer to an invitation name a role?")?;
        let seen = self.invite(&self.target.addresses[0], true).await?;
        let row = rows(&seen).first().cloned().unwrap_or_default();
        let role = row.pointer("/results/0/roleAssignmentResult/0/role");
        let finding = match role.and_then(Value::as_str) {
            None => Finding::Other("the answer names no role".to_owned()),
            Some(USER) => Finding::Position("as-sent"),
            Some(role) if role.starts_with("ari:") => Finding::Position("ari"),
            Some(_) => Finding::Other("it has another form".to_owned()),
        };
        self.conclude("invite-role-name", finding)?;
        ensure!(
            seen.is_success(),
            "the first invitation was not taken; all else needs somebody to try it on"
        );
        let id = match row["id"].as_str() {
            Some(id) => id.to_owned(),
            None => self
                .find(0)
                .await?
                .context("the answer has no account id")?,
        };
        self.made(&id);
        let now = self.membership(&id, "active").await?;
        ensure!(
            now == "active",
            "reads don't show the invited person as active"
        );
        Ok(id)
    }

    pub(crate) async fn member(&mut self) -> anyhow::Result<()> {
        self.title("What does inviting a member come to?")?;
        let seen = self.invite(&self.target.addresses[0], true).await?;
        let positions = [(200, "invited"), (206, "row-error"), (409, "409")];
        self.conclude("invite-member", Finding::by_status(&seen, &positions))
    }

    pub(crate) async fn malformed(&mut self) -> anyhow::Result<()> {
        self.title("What does inviting something come to that is no address?")?;
        let seen = self.invite("not-an-address", true).await?;
        let positions = [(400, "400"), (206, "row-error")];
        self.conclude("invite-malformed", Finding::by_status(&seen, &positions))?;

        self.title("What does a 206 hold for an invitation that failed?")?;
        let all = self.wire.all();
        let mut partial = all.iter().filter(|seen| seen.status == 206);
        // Somebody new tells more: a member has an id anyway.
        let finding = match partial.next_back() {
            None => Finding::Unseen("nothing was answered with 206".to_owned()),
            Some(seen) => match rows(seen).first() {
                None => Finding::Position("missing"),
                Some(row) if row.get("id").is_some() => Finding::Position("with-id"),
                Some(_) => Finding::Position("without-id"),
            },
        };
        self.conclude("invite-failed-row", finding)
    }

    pub(crate) async fn without_grants(&mut self) -> anyhow::Result<()> {
        self.title("Where does somebody land who is invited without an app or a group?")?;
        let directories = self.directories(None).await?.len();
        let seen = self.invite(&self.target.addresses[1], false).await?;
        if !seen.is_success() {
            let positions = [(400, "400")];
            return self.conclude("invite-directory", Finding::by_status(&seen, &positions));
        }
        let id = rows(&seen).first().and_then(|row| row["id"].as_str());
        let id = match id {
            Some(id) => id.to_owned(),
            None => self
                .find(1)
                .await?
                .context("the answer has no account id")?,
        };
        self.made(&id);
        self.membership(&id, "active").await?;
        let finding = match self.directories(Some(&id)).await?.len() {
            0 => Finding::Position("none"),
            _ if directories == 1 => Finding::Unseen(
                "in the directory; only an organization with several tells `first` from `every`"
                    .to_owned(),
            ),
            1 => Finding::Position("first"),
            all if all == directories => Finding::Position("every"),
            some => Finding::Other(format!("in {some} of {directories} directories")),
        };
        self.conclude("invite-directory", finding)
    }
}
