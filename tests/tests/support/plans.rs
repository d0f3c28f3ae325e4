//! A small company, and what a plan says of it in short.

use std::fmt::Write;

use atlassian_orgs::{Decision, Plan, Reason};
use atlassian_orgs_sandbox::{Builder, Directory, Exchange, Group, Resource, Sandbox, User};

pub const JIRA: &str = "ari:cloud:jira::site/cloud-1";
pub const STAFF: &str = "ari:cloud:confluence::site/cloud-1";
pub const PARTNERS: &str = "ari:cloud:jira::site/cloud-2";

/// One directory, an app and a group, and nobody.
pub fn company() -> Builder {
    Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .resources([Resource::new(JIRA).directory("dir-1")])
        .groups([Group::new("crew").id("group-1").directory("dir-1")])
}

/// Two directories with an app each, and nobody.
pub fn two_directories() -> Builder {
    Sandbox::builder()
        .directory(Directory::new("Staff").id("dir-1"))
        .directory(Directory::new("Partners").id("dir-2"))
        .resources([
            Resource::new(STAFF).directory("dir-1"),
            Resource::new(PARTNERS).directory("dir-2"),
        ])
        .groups([Group::new("crew").id("group-1").directory("dir-1")])
}

/// With these people.
pub fn with(company: Builder, people: impl IntoIterator<Item = User>) -> Builder {
    people.into_iter().fold(company, Builder::user)
}

pub fn jira() -> atlassian_orgs::Resource {
    atlassian_orgs::Resource::new(JIRA).unwrap()
}

/// What is planned, a line a row: position, directory, decision.
pub fn words(plan: &Plan) -> String {
    let mut out = String::new();
    for row in plan.rows() {
        write!(out, "{}", row.position).unwrap();
        if let Some(directory) = &row.directory {
            write!(out, " {directory}").unwrap();
        }
        match row.decision {
            Decision::Change => writeln!(out, " change"),
            Decision::AlreadyDone => writeln!(out, " already done"),
            Decision::Refuse(reason) => writeln!(out, " {reason:?}"),
            _ => writeln!(out, " ?"),
        }
        .unwrap();
    }
    out
}

/// Why each row is refused, if it is.
pub fn reasons(plan: &Plan) -> Vec<Option<Reason>> {
    let rows = plan.rows().iter();
    rows.map(|row| match row.decision {
        Decision::Refuse(reason) => Some(reason),
        _ => None,
    })
    .collect()
}

/// The requests that can change something.
pub fn writes(sandbox: &Sandbox) -> Vec<Exchange> {
    let requests = sandbox.requests().into_iter();
    requests
        .filter(|e| {
            let name = e.operation.unwrap_or_default();
            !["search", "list", "get", "count", "role-assignments"]
                .contains(&name.rsplit('.').next().unwrap_or_default())
        })
        .collect()
}

/// The operations in order, with how many there were in a row.
pub fn operations(sandbox: &Sandbox) -> Vec<(&'static str, usize)> {
    let mut out: Vec<(&'static str, usize)> = Vec::new();
    for exchange in sandbox.requests() {
        let name = exchange.operation.unwrap_or("unknown");
        match out.last_mut() {
            Some((last, times)) if *last == name => *times += 1,
            _ => out.push((name, 1)),
        }
    }
    out
}
