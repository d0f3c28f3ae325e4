//! What is traced, by whatever crate and at the finest level, names no person, no key and no body.
//!
//! One test, since what a program listens to is a matter of the whole program: another thread that meets a
//! place for the first time just then can switch it off for all.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs::{ApiKey, Client, OrgId, Organization, Resource, RetryPolicy, Role};
use atlassian_orgs_sandbox::{Answer, Builder, Fault, Rule, Sandbox, User};
use h2::Reason;
use support::http_2::{Break, http_2};
use support::org;
use support::traces::Traces;
use support::virtual_time::InProcess;

const KEY: &str = "ATATT-canary-of-the-key";
const ADDRESS: &str = "canary.address@example.com";
const ID: &str = "557058:canary0-0000-4000-8000-account00id00";
const TEXT: &str = "canary text";

fn clean(traces: &str, sandbox: Option<&Sandbox>) {
    let mut canaries = vec![
        "ATATT".to_owned(),
        "canary".to_owned(),
        "example.com".to_owned(),
    ];
    if let Some(sandbox) = sandbox {
        canaries.push(sandbox.org_id());
        canaries.extend(sandbox.directory_ids());
        canaries.extend(sandbox.resource_ids());
    }
    for canary in canaries {
        let line = traces.lines().find(|line| line.contains(&canary));
        assert_eq!(line, None, "{canary}");
    }
}

fn company() -> Builder {
    Sandbox::builder().key(KEY).user(User::new(ADDRESS).id(ID))
}

/// Every flow, with what comes: errors are of no matter here.
async fn every_flow(org: &Organization, sandbox: &Sandbox) {
    let resource = Resource::new(&sandbox.resource_ids()[0]).unwrap();
    let invite = org
        .invite_users("other.canary@example.com")
        .grant(Role::USER, resource);
    let _ = invite.notify(TEXT).send().await;
    let _ = org.user(ADDRESS).suspend().await;
    let _ = org.user(ADDRESS).restore().await;
    let _ = org
        .users()
        .search_term("canary")
        .prefetch()
        .collect_all(10)
        .await;
    let _ = org.users().email_domain("canary.example.com").count().await;
    let _ = org.user(ADDRESS).remove().await;
}

async fn over_http() {
    let (traces, _listening) = Traces::listen();
    let lost = Rule::new(Fault::DropAfter).on("users.suspend").times(1);
    let failed = Fault::Answer(Answer::new(503).body("text/plain", TEXT));
    let sandbox = company()
        .faults([lost, Rule::new(failed).times(1)])
        .start()
        .await
        .unwrap();
    every_flow(&org(&sandbox), &sandbox).await;
    let traces = traces.text();
    clean(&traces, Some(&sandbox));
    for field in [
        "otel.kind=\"client\"",
        "http.request.method=\"POST\"",
        "url.template=\"/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/suspend\"",
        "http.response.status_code=204",
        "http.response.status_code=503",
        "http.request.resend_count=1",
        "error.type=\"interrupted\"",
        "error.type=\"503\"",
        "atlassian.operation.id=\"searchDirectoryUsers\"",
        "wait_ms=",
        "duration_ms=",
        // And of other crates.
        "hyper_util::",
    ] {
        assert!(traces.contains(field), "{field} is not in {traces}");
    }
}

async fn over_http_2() {
    let (traces, _listening) = Traces::listen();
    let (url, _, _) = http_2(Break::Stream(Reason::CANCEL)).await;
    let client = Client::builder()
        .base_url(url)
        .api_key(ApiKey::new(KEY).unwrap())
        .http(|http| http.http2_prior_knowledge())
        .build()
        .unwrap();
    let org = client.organization(OrgId::new("canary-organization").unwrap());
    let _ = org.users().search_term(TEXT).count().await;
    let _ = org.user(ADDRESS).suspend().await;
    let traces = traces.text();
    clean(&traces, None);
    assert!(
        traces.contains("h2::") && traces.contains("attempt ended"),
        "{traces}"
    );
}

/// Every kind of answer and every kind of broken connection, with repeats.
async fn over_faults() {
    let body =
        format!(r#"{{"errors":[{{"code":"{ADDRESS}","title":"{TEXT}","detail":"{ID} {KEY}"}}]}}"#);
    let answer = |status| Fault::Answer(Answer::new(status).body("application/json", body.clone()));
    let mut faults = vec![
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::CutBody(20),
        Fault::Stall,
    ];
    faults.extend([200, 302, 400, 401, 403, 404, 409, 429, 500, 503].map(answer));
    for fault in faults {
        let (traces, _listening) = Traces::listen();
        let sandbox = company()
            .fault(Rule::new(fault).share(0.7))
            .in_process()
            .unwrap();
        let service = InProcess::refusing(sandbox, 0.1, 3);
        let policy = RetryPolicy::standard().budget(1.0, 60);
        let org = service.org_of(service.builder().retry(policy));
        every_flow(&org, &service.sandbox).await;
        let traces = traces.text();
        clean(&traces, Some(&service.sandbox));
        assert!(traces.contains("call ended"));
    }
}

#[test]
fn no_trace_shows_what_it_should_not() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let real = runtime.enable_all().build().unwrap();
    real.block_on(over_http());
    real.block_on(over_http_2());
    // Paused time and sockets don't go together.
    let paused = runtime.start_paused(true).build().unwrap();
    paused.block_on(over_faults());
}
