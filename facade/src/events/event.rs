//! One event of the audit log.

use std::fmt;
use std::time::SystemTime;

use atlassian_orgs_api::organizations::types;

use super::Events;
use crate::error::Error;
use crate::ids::AccountId;
use crate::pages::no_id;
use crate::status::open_values;

/// Something that was done in the organization. What the service left out is `None`.
///
/// `Debug` shows the id, the time and the action; not who did it, from where or to whom.
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// Its id, by which to know an event that comes twice.
    pub id: String,
    /// When it was done; `None` also if the service wrote no time that can be read.
    pub time: Option<SystemTime>,
    /// What was done, such as `user_invited`.
    pub action: Option<String>,
    /// The account that did it; `None` also if it was no account.
    pub actor: Option<AccountId>,
    /// The actor's name.
    pub actor_name: Option<String>,
    /// The actor's email address.
    pub actor_email: Option<String>,
    /// The address of the network that it was done from.
    pub ip: Option<String>,
    /// What it was done to: people, groups, policies and the like.
    pub context: Option<Vec<EventObject>>,
    /// What that is in, such as the organization or a site.
    pub container: Option<Vec<EventObject>>,
    /// The service's text about it. It may hold names and addresses.
    pub message: Option<String>,
}

impl Event {
    pub(super) fn from_row(row: types::EventModel) -> Result<Self, Error> {
        let attributes = row.attributes.unwrap_or_default();
        let actor = attributes.actor.unwrap_or_default();
        let objects = |objects: Vec<types::EventObjectModel>| {
            let objects = objects.into_iter();
            objects.map(EventObject::from_model).collect()
        };
        Ok(Self {
            id: row.id.ok_or_else(no_id::<Events>)?,
            time: attributes.time.as_deref().and_then(time),
            action: attributes.action,
            actor: actor.id.and_then(|id| AccountId::new(id).ok()),
            actor_name: actor.name,
            actor_email: actor.email,
            ip: attributes.location.and_then(|location| location.ip),
            context: attributes.context.map(objects),
            container: attributes.container.map(objects),
            message: row.message.and_then(|message| message.content),
        })
    }
}

fn time(text: &str) -> Option<SystemTime> {
    let time: jiff::Timestamp = text.trim().parse().ok()?;
    Some(time.into())
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("time", &self.time)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// Something that an event is about. `Debug` shows what kind of thing it is, and not which one.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventObject {
    /// Its id: of a person the account id.
    pub id: Option<String>,
    /// What it is.
    pub kind: Option<String>,
}

impl EventObject {
    fn from_model(model: types::EventObjectModel) -> Self {
        Self {
            id: model.id,
            kind: model.type_,
        }
    }
}

impl fmt::Debug for EventObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventObject")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

open_values! {
    /// A product by whose events the audit log can be narrowed.
    ///
    /// ```
    /// use atlassian_orgs::EventProduct;
    /// assert_eq!(EventProduct::from("jira"), EventProduct::Jira);
    /// ```
    EventProduct {
        /// Bitbucket.
        Bitbucket = "bitbucket",
        /// Confluence.
        Confluence = "confluence",
        /// Guard Detect.
        GuardDetect = "guard_detect",
        /// Jira.
        Jira = "jira",
        /// Loom.
        Loom = "loom",
    }
}
