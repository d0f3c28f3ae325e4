//! What several tests need.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod bodies;
pub mod book;
pub mod http_2;
pub mod judge;
pub mod plans;
pub mod recorder;
pub mod traces;
pub mod virtual_time;

use std::fmt::{Debug, Write};
use std::time::{Duration, SystemTime};

use atlassian_orgs::{
    ApiKey, Client, ClientBuilder, Error, OrgId, Organization, Resource, RetryPolicy,
};
use atlassian_orgs_sandbox::{Exchange, Sandbox, Wire};

/// The time that every client of these tests reads.
pub fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

pub fn client(sandbox: &Sandbox) -> Client {
    client_with_key(sandbox, &sandbox.api_key())
}

pub fn client_with_key(sandbox: &Sandbox, key: &str) -> Client {
    builder(sandbox, key).build().unwrap()
}

fn builder(sandbox: &Sandbox, key: &str) -> ClientBuilder {
    Client::builder()
        .base_url(sandbox.url())
        .api_key(ApiKey::new(key).unwrap())
        .clock(noon)
}

pub fn org(sandbox: &Sandbox) -> Organization {
    client(sandbox).organization(OrgId::new(sandbox.org_id()).unwrap())
}

/// With a client that sends nothing again: for errors themselves, and since tests over real sockets
/// must not wait.
pub fn org_once(sandbox: &Sandbox) -> Organization {
    let builder = builder(sandbox, &sandbox.api_key()).retry(RetryPolicy::never());
    builder
        .build()
        .unwrap()
        .organization(OrgId::new(sandbox.org_id()).unwrap())
}

pub fn resource(sandbox: &Sandbox) -> Resource {
    Resource::new(&sandbox.resource_ids()[0]).unwrap()
}

/// Everything that went over the wire, and what the caller got back. The key is never in it: the
/// sandbox keeps only whether there was one.
pub fn transcript(sandbox: &Sandbox, came_back: &impl Debug) -> String {
    let mut out = wire(sandbox);
    writeln!(out, "── the caller got\n{came_back:#?}").unwrap();
    out
}

pub fn wire(sandbox: &Sandbox) -> String {
    sandbox.requests().iter().map(one).collect()
}

fn one(exchange: &Exchange) -> String {
    let (received, sent) = (&exchange.received, &exchange.sent);
    let mut out = format!("→ {} {}", received.method, received.path);
    for (n, (name, value)) in received.query.iter().enumerate() {
        write!(out, "{}{name}={value}", if n == 0 { "?" } else { "&" }).unwrap();
    }
    out.push('\n');
    for name in [
        "authorization",
        "accept",
        "content-type",
        "content-length",
        "api-version",
    ] {
        if let Some(value) = received.header(name) {
            // A body's length follows from the body.
            if name != "content-length" || value == "0" {
                writeln!(out, "    {name}: {value}").unwrap();
            }
        }
    }
    if !received.body.is_null() {
        writeln!(out, "    {}", received.body).unwrap();
    }
    match sent.wire {
        Wire::DroppedBeforeEffect => writeln!(out, "← (connection broken before the effect)"),
        Wire::DroppedAfterEffect => writeln!(out, "← (connection broken after the effect)"),
        Wire::Stalled => writeln!(out, "← (no answer)"),
        _ => writeln!(out, "← {}", sent.status),
    }
    .unwrap();
    if !sent.body.is_null() && !sent.dropped() {
        writeln!(out, "    {}", sent.body).unwrap();
    }
    out
}

/// An error as a person and a program see it.
pub fn seen(error: &Error) -> String {
    format!(
        "{error}\n  kind {:?}, sent {}, in doubt {}",
        error.kind(),
        error.may_have_been_sent(),
        error.is_in_doubt()
    )
}

/// How often an operation was called.
pub fn calls(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox
        .requests()
        .iter()
        .filter(|e| e.operation == Some(operation))
        .count()
}
