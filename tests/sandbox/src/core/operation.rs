//! What an operation is, and how a request finds its own.

use http::Method;
use serde_json::json;

use super::behaviours::EndedOperation;
use super::call::Call;
use super::errors::Refusal;
use super::operations::OPERATIONS;
use super::reply::Reply;

/// How an operation words its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `{code, message}` for 401 and 429, `{errors}` for the rest.
    V1,
    /// The same, but a 403 has the router's shape.
    V1Domains,
    /// `{errors}` throughout.
    V2Read,
    /// `{errors}` throughout, and rows that may fail inside a success.
    Invite,
    /// Nothing, by the document.
    V2Write,
    /// A bare error object.
    Workspaces,
    /// Switched off.
    Ended,
}

/// Does an operation.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Reply, Refusal>;

/// One operation of the service.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    pub(crate) family: Family,
    pub(crate) handler: Handler,
    /// The scope that its description names. Without one, only a key without scopes will do.
    pub(crate) scope: Option<&'static str>,
    /// Of 403 and 404, those it does not declare.
    pub(crate) undeclared: &'static [u16],
}

impl Operation {
    pub(super) const fn new(
        name: &'static str,
        method: Method,
        template: &'static str,
        family: Family,
        handler: Handler,
    ) -> Self {
        Self {
            name,
            method,
            template,
            family,
            handler,
            scope: None,
            undeclared: &[],
        }
    }

    pub(super) const fn scope(mut self, scope: &'static str) -> Self {
        self.scope = Some(scope);
        self
    }

    pub(super) const fn without(mut self, undeclared: &'static [u16]) -> Self {
        self.undeclared = undeclared;
        self
    }
}

/// What a method and a path lead to.
pub(crate) enum Route {
    To(&'static Operation, Vec<(&'static str, String)>),
    /// With the methods that the path has.
    WrongMethod(Vec<&'static str>),
    Nowhere,
}

/// Finds the operation of a request.
pub(crate) fn route(method: &Method, segments: &[String]) -> Route {
    let (mut template, mut allowed) = (None, Vec::new());
    for operation in OPERATIONS {
        if let Some(params) = matches(operation.template, segments) {
            if operation.method == *method {
                return Route::To(operation, params);
            }
            // A literal segment and a parameter may both fit: the path is the first one's.
            if *template.get_or_insert(operation.template) == operation.template {
                allowed.push(operation.method.as_str());
            }
        }
    }
    match allowed.is_empty() {
        true => Route::Nowhere,
        false => Route::WrongMethod(allowed),
    }
}

fn matches(template: &'static str, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
    let mut params = Vec::new();
    let mut segments = segments.iter();
    for part in template.split('/') {
        let segment = segments.next()?;
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(_) if segment.is_empty() => return None,
            Some(name) => params.push((name, segment.clone())),
            None if part == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(params)
}

/// What an operation that was switched off answers.
pub(super) fn ended(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Err(match call.behaviours.get::<EndedOperation>() {
        EndedOperation::NotFound => no_route(),
        EndedOperation::Gone => Refusal::with_body(410, json!({ "code": 410, "message": "Gone" })),
    })
}

/// What a path that leads nowhere answers.
pub(crate) fn no_route() -> Refusal {
    let message = "Request failed to match any route";
    Refusal::with_body(404, json!({ "code": 404, "message": message }))
}
