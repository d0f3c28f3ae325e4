//! What there is to know about an operation besides its types.

/// What may happen when a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// Changes nothing.
    Read,
    /// Sets a state: sent twice, the state is the same.
    StateSetting,
    /// Deletes: sent twice, the thing is gone all the same.
    Delete,
    /// Sent twice, it may happen twice. Never send it again without proof that it was not taken.
    NotIdempotent,
}

/// One operation of an API, as its contract has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The operationId.
    pub id: &'static str,
    /// The method of the generated client.
    pub name: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path template, with parameters in braces.
    pub path: &'static str,
    /// What a second send may do.
    pub class: Class,
    /// The success statuses that the document lists.
    pub success: &'static [u16],
    /// The query parameters whose values go out in one, joined by commas.
    pub comma_joined: &'static [&'static str],
    /// The media type of its body, where it is another than the generated method says.
    pub body_type: Option<&'static str>,
    /// Whether the document marks it as deprecated.
    pub deprecated: bool,
    /// Whether the document marks it as experimental.
    pub experimental: bool,
}

/// Finds an operation by the name of its generated method.
#[must_use]
pub fn find(all: &'static [Operation], name: &str) -> Option<&'static Operation> {
    all.iter().find(|operation| operation.name == name)
}
