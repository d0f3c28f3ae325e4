//! Refusals, and the shape in which each operation words them.

use serde_json::{Value, json};

use super::behaviours::{Behaviours, ErrorStatusType, UnauthenticatedBody, WriteErrorBody};
use super::operation::{Family, Operation};
use super::reply::Reply;

/// Why a request was not done.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    /// A body of its own, where the shape does not follow from the operation.
    body: Option<Value>,
    /// Whether a 401 comes from the gateway, before any operation.
    gateway: bool,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            body: None,
            gateway: false,
        }
    }

    /// A refusal whose body is the same on every operation.
    pub(crate) fn with_body(status: u16, body: Value) -> Self {
        Self {
            status,
            code: "",
            detail: String::new(),
            body: Some(body),
            gateway: false,
        }
    }

    /// The same with another code.
    pub(crate) fn coded(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    /// The gateway's 401: the key is missing or wrong.
    pub(crate) fn unauthenticated() -> Self {
        Self {
            gateway: true,
            ..Self::new(401, "ADMIN-UAM-401-1", "Unauthorized")
        }
    }

    /// No such person in the directory.
    pub(crate) fn not_in_directory() -> Self {
        Self::new(
            404,
            "ADMIN-UAM-404-1",
            "One or more user not found in the directory",
        )
    }

    pub(crate) fn to_reply(
        &self,
        operation: Option<&Operation>,
        behaviours: &Behaviours,
        id: String,
    ) -> Reply {
        Reply {
            status: self.status,
            headers: Vec::new(),
            body: self.body(operation, behaviours, id),
        }
    }

    fn body(
        &self,
        operation: Option<&Operation>,
        behaviours: &Behaviours,
        id: String,
    ) -> Option<Value> {
        if self.body.is_some() {
            return self.body.clone();
        }
        let proxy = json!({ "code": self.status, "message": self.detail });
        if self.gateway && behaviours.get::<UnauthenticatedBody>() == UnauthenticatedBody::Gateway {
            return Some(proxy);
        }
        let status: Value = match behaviours.get::<ErrorStatusType>() {
            ErrorStatusType::Text => self.status.to_string().into(),
            ErrorStatusType::Number => self.status.into(),
        };
        let mut error = json!({ "code": self.code, "status": status, "title": title(self.code), "detail": self.detail });
        // The one refusal for scopes that was published came without an id.
        if self.code != "ADMIN-401-2" {
            error["id"] = id.into();
        }
        match operation.map_or(Family::V2Read, |operation| operation.family) {
            Family::V1 | Family::V1Domains if self.gateway || self.status == 429 => Some(proxy),
            Family::Workspaces if matches!(self.status, 401 | 429) => Some(proxy),
            Family::Workspaces => Some(error),
            Family::V2Write if behaviours.get::<WriteErrorBody>() == WriteErrorBody::Empty => None,
            _ => Some(json!({ "errors": [error] })),
        }
    }
}

/// The shape of the router that stands before the operations.
pub(crate) fn routing(
    status: u16,
    error: &str,
    message: &str,
    path: &str,
    time: String,
    request_id: String,
) -> Refusal {
    let body = json!({
        "timestamp": time, "path": path, "status": status, "error": error, "message": message, "requestId": request_id,
    });
    Refusal::with_body(status, body)
}

fn title(code: &str) -> &'static str {
    match code {
        "ADMIN-401-2" => "INSUFFICIENT_SCOPE",
        "ADMIN-UAM-404-1" | "ADMIN-404-1" => "Unknown Resource",
        "ADMIN-UAM-400-2" => "Inactive user",
        "ADMIN-UAM-400-4" => "Product not licensed",
        "ADMIN-UAM-409-2" => "Resource Conflicts",
        "ADMIN-UAM-409-3" | "ADMIN-409-3" => "License limit exceeded",
        "ADMIN-UAM-402-1" => "Payment Required",
        "ADMIN-400-1" => "Invalid cursor",
        _ => match code
            .trim_start_matches("ADMIN-")
            .trim_start_matches("UAM-")
            .split('-')
            .next()
        {
            Some("400") => "Bad Request",
            Some("401") => "Unauthorized",
            Some("403") => "Forbidden",
            Some("404") => "Not Found",
            Some("405") => "Method Not Allowed",
            Some("409") => "Conflict",
            Some("415") => "Unsupported Media Type",
            Some("429") => "Too Many Requests",
            _ => "Error",
        },
    }
}
