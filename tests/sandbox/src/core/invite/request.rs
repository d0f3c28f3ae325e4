//! The request of an invitation, before anything is done about it.

use serde_json::{Map, Value};

use crate::core::errors::Refusal;
use crate::core::state::Id;

/// How many addresses one request takes.
const MOST: usize = 25;

pub(super) struct Invitation {
    pub(super) emails: Vec<String>,
    /// Resource and role.
    pub(super) rules: Vec<(Id, Id)>,
    pub(super) groups: Vec<Id>,
    pub(super) mail: bool,
}

impl Invitation {
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let emails = texts(body, "emails")?.ok_or_else(|| bad_request("`emails` is missing"))?;
        if !(1..=MOST).contains(&emails.len()) {
            return Err(bad_request(format!(
                "`emails` takes 1 to {MOST} addresses, not {}",
                emails.len()
            )));
        }
        let rules = match body.get("permissionRules") {
            None => Vec::new(),
            Some(Value::Array(rules)) => rules.iter().map(rule).collect::<Result<_, _>>()?,
            Some(_) => return Err(bad_request("`permissionRules` has to be an array")),
        };
        let groups = texts(body, "additionalGroups")?.unwrap_or_default();
        let send = match body.get("sendNotification") {
            None => false,
            Some(Value::Bool(send)) => *send,
            Some(_) => return Err(bad_request("`sendNotification` has to be true or false")),
        };
        let message = match body.get("notificationText") {
            None => false,
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(_) => return Err(bad_request("`notificationText` has to be a string")),
        };
        let groups = groups.iter().map(|group| group.as_str().into()).collect();
        Ok(Self {
            emails,
            rules,
            groups,
            mail: send && message,
        })
    }
}

fn rule(value: &Value) -> Result<(Id, Id), Refusal> {
    let part = |name: &str| value.get(name).and_then(Value::as_str).map(Id::from);
    let pair = part("resource").zip(part("role"));
    pair.ok_or_else(|| bad_request("Each of `permissionRules` needs `resource` and `role`"))
}

fn texts(body: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::Array(items)) => {
            let texts: Option<Vec<_>> = items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect();
            texts
                .map(Some)
                .ok_or_else(|| bad_request(format!("`{name}` has to hold strings")))
        }
        Some(_) => Err(bad_request(format!("`{name}` has to be an array"))),
    }
}

/// Whether a text can be an address at all.
pub(super) fn is_address(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "@,;<>()\"".contains(c))
    };
    text.split_once('@')
        .is_some_and(|(local, domain)| part(local) && part(domain))
        && text.len() <= 254
}

pub(super) fn bad_request(detail: impl Into<String>) -> Refusal {
    Refusal::new(400, "ADMIN-UAM-400-1", detail)
}
