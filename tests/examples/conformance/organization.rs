//! An organization in which every operation finds something.

use anyhow::Context;
use atlassian_orgs_sandbox::behaviour::WorkspaceNext;
use atlassian_orgs_sandbox::{Group, Profile, Sandbox, Status, User};
use serde_json::{Value, json};

/// The one account whose id is a UUID, as some operations of the document demand.
pub(crate) const STANDARD_ID: &str = "5d0a3c1e-7b42-4c69-9f10-2e8f6a1b7c3d";

/// What the policy is about.
pub(crate) const POLICY_RESOURCE: &str = "resource-1";

/// Starts it.
pub(crate) async fn sandbox() -> anyhow::Result<Sandbox> {
    let member = atlassian_orgs_sandbox::Membership::Active;
    let sandbox = Sandbox::builder()
        .profile(Profile::Published)
        // A link would lead to the sandbox itself, past the proxy, and the client follows none to a server that
        // is not its own.
        .behaviour(WorkspaceNext::Token)
        .users(30)
        .directories(2)
        .domain("managed.example")
        .groups([Group::new("spare").directory("Directory 1")])
        .user(User::new("admin@example.com").org_admin())
        .user(
            User::new("both@example.com")
                .membership("Directory 1", member)
                .membership("Directory 2", member),
        )
        .user(User::new("mia@managed.example").managed().mfa_enabled())
        .user(User::new("kim@managed.example").synced())
        .user(User::new("eve@managed.example").status(Status::NotInvited))
        .user(User::new("max@example.com").suspended())
        .user(User::new("uma@example.com").id(STANDARD_ID))
        .user(User::new("ida@managed.example").deactivated())
        .start()
        .await?;
    Ok(sandbox)
}

/// What is in it.
pub(crate) struct Known {
    pub(crate) org: String,
    pub(crate) directory: String,
    pub(crate) resource: String,
    pub(crate) group: String,
    /// The ids of generated people, each of whom may be changed by one call.
    pub(crate) people: Vec<String>,
    /// A managed account.
    pub(crate) managed: String,
    pub(crate) domain: String,
    pub(crate) event: String,
    pub(crate) policy: String,
}

impl Known {
    /// Asks the sandbox, past the proxy.
    pub(crate) async fn read(sandbox: &Sandbox) -> anyhow::Result<Self> {
        let first = |list: Vec<String>| list.into_iter().next().context("the sandbox is empty");
        let org = sandbox.org_id();
        let id = |email: &str| -> anyhow::Result<String> {
            let account = sandbox.user(email).context("nobody has this address")?;
            Ok(account.id().to_owned())
        };
        let policy = json!({ "data": { "type": "policy", "attributes": {
            "type": "data-residency", "name": "Where", "status": "enabled",
            "rule": { "in": ["eu"] },
            "resources": [{ "id": POLICY_RESOURCE }],
        } } });
        let policies = format!("v1/orgs/{org}/policies");
        let created = ask(sandbox, &policies, Some(&policy)).await?;
        let domains = ask(sandbox, &format!("v1/orgs/{org}/domains"), None).await?;
        // The policy made above is an event of today.
        let events = ask(sandbox, &format!("v1/orgs/{org}/events"), None).await?;
        let text = |value: &Value, pointer: &str| -> anyhow::Result<String> {
            let found = value.pointer(pointer).and_then(Value::as_str);
            Ok(found
                .with_context(|| format!("the sandbox has no {pointer}"))?
                .to_owned())
        };
        Ok(Self {
            directory: first(sandbox.directory_ids())?,
            resource: first(sandbox.resource_ids())?,
            group: sandbox.group_id("spare").context("no group")?,
            people: (1..=30)
                .map(|n| id(&format!("user-{n:04}@example.com")))
                .collect::<Result<_, _>>()?,
            managed: id("mia@managed.example")?,
            domain: text(&domains, "/data/0/id")?,
            event: text(&events, "/data/0/id")?,
            policy: text(&created, "/data/id")?,
            org,
        })
    }
}

async fn ask(sandbox: &Sandbox, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}/{path}", sandbox.url());
    let request = match body {
        None => client.get(url),
        Some(body) => client
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string()),
    };
    let answer = request
        .bearer_auth(sandbox.api_key())
        .send()
        .await?
        .error_for_status()?;
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}
