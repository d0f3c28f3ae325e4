//! The probe: what it may use, how it asks, and how it leaves the place.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use atlassian_orgs::raw::{organizations, organizations_v1};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::finding::{Finding, Verdict, unasked};
use super::redact::{Redactor, format_of};
use super::wire::{Seen, Wire};

/// Headers that are shown with every answer.
const HEADERS: &[&str] = &[
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "retry-after",
    "deprecation",
    "sunset",
    "allow",
];

const STAYS: &str = "the Atlassian accounts of the addresses, and the audit log's entries.";

/// What is open as well, and not for a probe to find out.
const OPEN: &[&str] = &[
    "suspending oneself or the last organization admin: it could lock you out",
    "people whom an identity provider manages, and managed accounts: they need more than an address",
    "whether OAuth tokens are taken: run it with one in the place of the key",
    "`sortBy` and `counts` of the deprecated lists: they end in 2027",
];

/// What the probe may use.
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) org: String,
    /// The app to invite to.
    pub(crate) resource: String,
    /// Two addresses that nobody in the organization has.
    pub(crate) addresses: [String; 2],
    /// Whether the first of them may be made an organization admin for a moment.
    pub(crate) admin: bool,
    /// How long reads may lag behind writes.
    pub(crate) lag: Duration,
}

/// Makes a request with a raw client and takes what came back, as it was on the wire. The client's own
/// reading of it is left aside: it would hide what nobody has published.
macro_rules! ask {
    ($probe:expr, $client:ident.$operation:ident $(.$set:ident($value:expr))*) => {{
        let _ = $probe.$client.$operation()$(.$set($value))*.send().await;
        $probe.take(stringify!($operation))
    }};
}
pub(crate) use ask;

/// A body from JSON, as its operation takes it.
pub(crate) fn body<T: DeserializeOwned>(json: Value) -> anyhow::Result<T> {
    serde_json::from_value(json).context("the body is none of this operation")
}

pub(crate) struct Probe<'a> {
    pub(crate) target: &'a Target,
    pub(crate) raw: organizations::Client,
    pub(crate) v1: organizations_v1::Client,
    pub(crate) wire: Arc<Wire>,
    pub(crate) verdicts: Vec<Verdict>,
    /// The accounts that invitations made, by id.
    pub(crate) made: Vec<String>,
    /// Who was made an organization admin.
    pub(crate) admin: Option<String>,
    redactor: Redactor,
    taken: usize,
    out: &'a mut (dyn Write + Send),
}

impl<'a> Probe<'a> {
    pub(crate) fn new(target: &'a Target, out: &'a mut (dyn Write + Send)) -> anyhow::Result<Self> {
        let wire = Wire::new(&target.key)?;
        // Only builds requests; the wire sends them.
        let http = reqwest::Client::new();
        let mut redactor = Redactor::default();
        redactor.learn(&target.org, "<organization>");
        redactor.learn(target.key.trim(), "<key>");
        redactor.learn(&target.resource, "<resource>");
        // The site's own id, without what says which app it is.
        let site = target.resource.rsplit('/').next().unwrap_or_default();
        if site.len() > 3 {
            redactor.learn(site, "<site>");
        }
        for (n, address) in target.addresses.iter().enumerate() {
            redactor.learn(address, format!("<address {}>", n + 1));
            let name = address.split('@').next().unwrap_or_default();
            redactor.learn(name, format!("<name {}>", n + 1));
        }
        let raw = organizations::Client::new_with_client(&target.url, http.clone(), wire.clone());
        let v1 = organizations_v1::Client::new_with_client(&target.url, http, wire.clone());
        Ok(Self {
            target,
            raw,
            v1,
            wire,
            verdicts: Vec::new(),
            made: Vec::new(),
            admin: None,
            redactor,
            taken: 0,
            out,
        })
    }

    /// Asks everything, cleans up whatever came of it, and says what was found out.
    pub(crate) async fn run(mut self) -> anyhow::Result<Vec<Verdict>> {
        self.refuse_strangers().await?;
        let asked = self.ask_all().await;
        let cleaned = self.clean_up().await;
        let all = self.wire.all();
        self.conclude("write-error-body", Finding::of_write_errors(&all))?;
        self.conclude("error-status-type", Finding::of_error_status(&all))?;
        self.sum_up(&all)?;
        asked.context("the probe broke off")?;
        cleaned.context("not everything could be cleaned up")?;
        Ok(self.verdicts)
    }

    /// Whoever has an account here is somebody, and nothing is tried on them.
    async fn refuse_strangers(&mut self) -> anyhow::Result<()> {
        let found = self
            .search(json!({ "emails": self.target.addresses }))
            .await?;
        ensure!(
            found.is_success(),
            "the search for the addresses was answered with {}: does the key reach the organization?",
            found.status
        );
        ensure!(
            rows(&found).is_empty(),
            "an address has an account here already; the probe takes addresses that nobody has"
        );
        Ok(())
    }

    /// The exchange that the last call made.
    pub(crate) fn take(&mut self, operation: &str) -> anyhow::Result<Seen> {
        let mut all = self.wire.all();
        ensure!(all.len() > self.taken, "{operation}: there was no answer");
        self.taken = all.len();
        let seen = all.pop().context("there was no answer")?;
        self.redactor.learn_names(&seen.body);
        Ok(seen)
    }

    /// Shows an exchange, redacted.
    pub(crate) fn show(&mut self, seen: Seen) -> anyhow::Result<Seen> {
        let operation = seen.operation;
        write!(self.out, "   {} {}", operation.method, operation.path)?;
        match &seen.sent {
            Value::Null => writeln!(self.out)?,
            sent => writeln!(self.out, " {}", self.redactor.body(sent))?,
        }
        write!(self.out, "   → {}", seen.status)?;
        for name in HEADERS {
            match seen.header(name) {
                None => {}
                // A count is no secret, and of a time the format is what matters.
                Some(count) if count.len() < 8 && count.parse::<u32>().is_ok() => {
                    write!(self.out, "; {name}: {count}")?;
                }
                Some(value) => write!(self.out, "; {name}: {}", format_of(value))?,
            }
        }
        match &seen.body {
            Value::Null => writeln!(self.out, "; no body")?,
            Value::String(text) => writeln!(self.out, "; a text of {} bytes", text.len())?,
            body => writeln!(self.out, "\n     {}", self.redactor.body(body))?,
        }
        Ok(seen)
    }

    pub(crate) fn title(&mut self, title: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "\n{title}")?)
    }

    pub(crate) fn conclude(
        &mut self,
        switch: &'static str,
        finding: Finding,
    ) -> anyhow::Result<()> {
        let known = self
            .verdicts
            .iter()
            .position(|verdict| verdict.switch == switch);
        let verdict = match known {
            None => Verdict { switch, finding },
            Some(known) => {
                let before = self.verdicts.remove(known).finding;
                let finding = Finding::both(before, finding);
                Verdict { switch, finding }
            }
        };
        writeln!(self.out, "   = {verdict}")?;
        self.verdicts.push(verdict);
        Ok(())
    }

    pub(crate) async fn search(&mut self, search: Value) -> anyhow::Result<Seen> {
        ask!(
            self,
            raw.search_directory_users
                .org_id(&self.target.org)
                .directory_id("-")
                .body(body::<organizations::types::MultiDirectoryUserSearchRequest>(search)?)
        )
    }

    /// Remembers an account that an invitation made.
    pub(crate) fn made(&mut self, id: &str) {
        if !self.made.iter().any(|known| known == id) {
            self.made.push(id.to_owned());
            let placeholder = format!("<account {}>", self.made.len());
            self.redactor.learn(id, placeholder);
        }
    }

    /// The directories that somebody is in, or all of them.
    pub(crate) async fn directories(&mut self, id: Option<&str>) -> anyhow::Result<Vec<String>> {
        let mut request = self.raw.get_directories_for_org().org_id(&self.target.org);
        if let Some(id) = id {
            request = request.account_id(id);
        }
        let _ = request.send().await;
        let seen = self.take("get_directories_for_org")?;
        ensure!(
            seen.is_success(),
            "the directories were answered with {}",
            seen.status
        );
        let ids = rows(&seen)
            .iter()
            .filter_map(|row| row["directoryId"].as_str());
        let ids: Vec<String> = ids.map(str::to_owned).collect();
        for (n, id) in ids.iter().enumerate() {
            self.redactor.learn(id, format!("<directory {}>", n + 1));
        }
        Ok(ids)
    }

    /// What reads show of somebody's membership, once it is as expected or the lag has passed.
    pub(crate) async fn membership(&mut self, id: &str, expected: &str) -> anyhow::Result<String> {
        let mut waited = Duration::ZERO;
        loop {
            let seen = self.search(json!({ "accountIds": [id] })).await?;
            let now = match rows(&seen)
                .first()
                .and_then(|row| row["membershipStatus"].as_str())
            {
                _ if !seen.is_success() => format!("unknown: the search answered {}", seen.status),
                // Of a managed account that is in no directory, there is a row all the same.
                None | Some("no_membership") => "none".to_owned(),
                Some(now) => now.to_owned(),
            };
            if now == expected || waited >= self.target.lag {
                return Ok(now);
            }
            waited += self.pause(Duration::from_secs(3)).await;
        }
    }

    /// The account id of one of the addresses, as reads show it.
    pub(crate) async fn find(&mut self, address: usize) -> anyhow::Result<Option<String>> {
        let wanted = json!({ "emails": [self.target.addresses[address]] });
        let seen = self.search(wanted).await?;
        ensure!(
            seen.is_success(),
            "the search was answered with {}",
            seen.status
        );
        let row = rows(&seen).first();
        let id = row.and_then(|row| row["accountId"].as_str());
        Ok(id.map(str::to_owned))
    }

    /// Lets changes of roles take effect, which no read here shows: up to 30 seconds, it is said.
    pub(crate) async fn settle(&self) {
        self.pause(self.target.lag.min(Duration::from_secs(30)))
            .await;
    }

    async fn pause(&self, time: Duration) -> Duration {
        if !self.target.lag.is_zero() {
            tokio::time::sleep(time).await;
        }
        time
    }

    /// Takes back what was given, and removes who was invited, also where the answer to the invitation
    /// was lost. What fails does not keep the rest from being done.
    async fn clean_up(&mut self) -> anyhow::Result<()> {
        self.title("Cleaning up")?;
        // Reads may not show yet whom an invitation made whose answer was lost.
        self.pause(self.target.lag).await;
        let mut result = Ok(());
        for address in 0..self.target.addresses.len() {
            match self.find(address).await {
                Ok(Some(id)) => self.made(&id),
                Ok(None) => {}
                Err(error) => result = Err(error),
            }
        }
        if let Some(admin) = self.admin.take()
            && let Err(error) = self.revoke_admin(&admin).await
        {
            result = Err(error);
        }
        for (n, id) in self.made.clone().iter().enumerate() {
            if let Err(error) = self.remove(id).await {
                result = Err(error);
            }
            let now = self.membership(id, "none").await?;
            writeln!(self.out, "   <account {}> is now: {now}", n + 1)?;
            if now != "none" {
                result = Err(anyhow::anyhow!(
                    "an invited person is still there: remove them yourself"
                ));
            }
        }
        writeln!(self.out, "   What stays: {STAYS}")?;
        result
    }

    async fn revoke_admin(&mut self, id: &str) -> anyhow::Result<()> {
        let (org, role) = (&self.target.org, json!({ "role": "atlassian/org-admin" }));
        let role: organizations::types::OrganizationLevelRoleApiRequest = body(role)?;
        let seen = ask!(
            self,
            raw.revoke_organization_role
                .org_id(org)
                .user_id(id)
                .body(role)
        )?;
        let seen = self.show(seen)?;
        ensure!(
            seen.is_success() || seen.status == 404,
            "somebody invited is still an organization admin: take it away yourself"
        );
        Ok(())
    }

    async fn remove(&mut self, id: &str) -> anyhow::Result<()> {
        let org = &self.target.org;
        for directory in self.directories(Some(id)).await? {
            let seen = ask!(
                self,
                raw.remove_user
                    .org_id(org)
                    .directory_id(&directory)
                    .account_id(id)
            )?;
            self.show(seen)?;
        }
        Ok(())
    }

    fn sum_up(&mut self, all: &[Seen]) -> anyhow::Result<()> {
        let mut names: Vec<&str> = all
            .iter()
            .flat_map(|seen| seen.headers.iter().map(|(name, _)| name.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        writeln!(self.out, "\nHeaders seen: {}", names.join(", "))?;
        writeln!(self.out, "\nFound out, after {} requests", all.len())?;
        self.verdicts.sort_by_key(|verdict| verdict.switch);
        for verdict in &self.verdicts {
            writeln!(self.out, "   {verdict}")?;
        }
        writeln!(self.out, "\nUnsettled by any source, and not asked about:")?;
        for row in unasked(&self.verdicts) {
            writeln!(self.out, "   {}: {}", row.name, row.about.trim())?;
        }
        for open in OPEN {
            writeln!(self.out, "   {open}")?;
        }
        Ok(())
    }
}

/// The rows of an answer.
pub(crate) fn rows(seen: &Seen) -> &[Value] {
    seen.body["data"].as_array().map_or(&[], Vec::as_slice)
}
