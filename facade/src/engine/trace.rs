//! What is traced: a span for each call and one for each send, with the names of OpenTelemetry.
//!
//! Paths are templates and failures are words of this crate: no address, id, key or body is ever in them.

use std::time::Duration;

use atlassian_orgs_api::operation::Operation;
use atlassian_orgs_api::transport::{TransportError, TransportErrorKind};
use tracing::Span;
use tracing::field::Empty;

use super::limits::TooLong;
use super::verdict::Attempt;

/// Not the module's path: filters that people write must outlive it.
const TARGET: &str = "atlassian_orgs";

/// One call, with all its sends and waits.
pub(super) fn call(operation: &'static Operation) -> Span {
    tracing::debug_span!(
        target: TARGET,
        "call",
        otel.kind = "client",
        atlassian.operation.id = operation.id,
        http.request.method = operation.method,
        url.template = operation.path,
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        "error.type" = Empty,
        duration_ms = Empty,
    )
}

/// One send: how often it was sent before, and how long it waited for its turn.
pub(super) fn attempt(operation: &'static Operation, resends: u32, waited: Duration) -> Span {
    tracing::debug_span!(
        target: TARGET,
        "attempt",
        otel.kind = "client",
        http.request.method = operation.method,
        url.template = operation.path,
        http.request.resend_count = resends,
        http.response.status_code = Empty,
        "error.type" = Empty,
        wait_ms = millis(waited),
        duration_ms = Empty,
    )
}

/// How a send ended.
pub(super) fn attempted(span: &Span, attempt: &Attempt, took: Duration) {
    ended(span, attempt, took);
    tracing::debug!(target: TARGET, parent: span, "attempt ended");
}

/// How a call ended.
pub(super) fn called(span: &Span, outcome: &Attempt, resends: u32, took: Duration) {
    span.record("http.request.resend_count", resends);
    ended(span, outcome, took);
    tracing::debug!(target: TARGET, parent: span, "call ended");
}

fn ended(span: &Span, attempt: &Attempt, took: Duration) {
    span.record("duration_ms", millis(took));
    match attempt {
        Ok(answer) => {
            let status = answer.status();
            span.record("http.response.status_code", status.as_u16());
            if status.is_client_error() || status.is_server_error() {
                span.record("error.type", status.as_str());
            }
        }
        Err(error) => {
            span.record("error.type", word(error));
        }
    }
}

fn word(error: &TransportError) -> &'static str {
    let is_wait =
        |cause: &std::sync::Arc<dyn std::error::Error + Send + Sync>| cause.is::<TooLong>();
    if error.cause().is_some_and(is_wait) {
        return "rate_limited";
    }
    match error.kind() {
        TransportErrorKind::InvalidRequest => "invalid_request",
        TransportErrorKind::Connect => "connect",
        TransportErrorKind::Timeout => "timeout",
        TransportErrorKind::Interrupted => "interrupted",
        TransportErrorKind::BodyTooLarge => "body_too_large",
        _ => "other",
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
