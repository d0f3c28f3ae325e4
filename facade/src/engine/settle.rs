//! What a call comes to: a value, or this crate's error.

use std::fmt;
use std::sync::Arc;

use atlassian_orgs_api::operation::{Class, Operation};
use atlassian_orgs_api::organizations::operations;
use atlassian_orgs_api::transport::{self, TransportError, TransportErrorKind};
use progenitor_client::{Error as RawError, ResponseValue};

use super::limits::TooLong;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::reply::Reply;

/// What a call comes to: the status and the decoded value, or this crate's error.
pub(crate) async fn settle<T>(
    client: &Client,
    name: &'static str,
    outcome: Result<ResponseValue<T>, RawError<()>>,
) -> Result<T, Error> {
    match outcome {
        Ok(value) => Ok(value.into_inner()),
        Err(error) => Err(translate(client, name, error).await),
    }
}

async fn translate(client: &Client, name: &'static str, error: RawError<()>) -> Error {
    let operation = transport_operation(name);
    let id = operation.map_or(name, |o| o.id);
    let write = operation.is_none_or(|o| o.class != Class::Read);
    if let Some(failure) = transport::failure(&error) {
        return from_transport(failure).write(write).with_operation(id);
    }
    match error {
        RawError::UnexpectedResponse(response) => {
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            // Already in memory: the transport returns whole answers.
            let body = response.bytes().await.unwrap_or_default();
            Error::from_reply(
                id,
                Reply {
                    status,
                    headers,
                    body,
                },
                write,
                client.now(),
            )
        }
        RawError::InvalidResponsePayload(body, cause) => Error::new(ErrorKind::Decode)
            .sent(true)
            .write(write)
            .with_operation(id)
            .with_body(body)
            .with_cause(cause),
        RawError::CommunicationError(cause) => {
            // The raw client builds requests and hands them on; it never sends one itself.
            Error::invalid("the request can't be built")
                .with_operation(id)
                .with_cause(cause)
        }
        // Its text may hold an argument's value.
        _ => Error::invalid("the request can't be built from these arguments").with_operation(id),
    }
}

fn from_transport(failure: &TransportError) -> Error {
    let cause = failure
        .cause()
        .and_then(|cause| cause.downcast_ref::<TooLong>());
    if let Some(TooLong(wait)) = cause {
        return Error::too_many(*wait).sent(failure.may_have_been_sent());
    }
    let kind = match failure.kind() {
        TransportErrorKind::InvalidRequest => ErrorKind::InvalidInput,
        TransportErrorKind::Connect => ErrorKind::Connect,
        TransportErrorKind::Timeout => ErrorKind::Timeout,
        TransportErrorKind::BodyTooLarge => ErrorKind::BodyTooLarge,
        // Whatever it was, the answer did not come through.
        _ => ErrorKind::Interrupted,
    };
    let error = Error::new(kind).sent(failure.may_have_been_sent());
    let error = if kind == ErrorKind::InvalidInput {
        error.with_words(failure.words())
    } else {
        error
    };
    match failure.cause() {
        Some(cause) => error.with_cause(Shared(cause.clone())),
        None => error,
    }
}

/// The generated table's row.
fn transport_operation(name: &str) -> Option<&'static Operation> {
    atlassian_orgs_api::operation::find(operations::ALL, name)
}

/// A shared cause as a cause of its own.
pub(super) struct Shared(pub(super) Arc<dyn std::error::Error + Send + Sync>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The original is the next in the chain, so that it can be downcast.
        Some(&*self.0)
    }
}
