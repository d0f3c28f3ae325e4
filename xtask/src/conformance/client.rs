//! The client, judged by Prism as a validating proxy between it and the sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::document::{Document, facade_operations, operation_of};
use super::process::{Program, free_port};
use super::reviewed::{Finding, List};
use super::{Verdict, settle, start_driver, text, tools};

/// How long Prism may take to come up, and the example to make its calls.
const STARTING: Duration = Duration::from_secs(60);
const DRIVING: Duration = Duration::from_secs(180);

/// Somebody else may take a free port before Prism does.
const ATTEMPTS: usize = 3;

/// The call that the example makes wrongly on purpose.
const CANARY: &str = "canary";

/// One request through the proxy, as the example saw it.
#[derive(Debug, Deserialize)]
struct Exchange {
    call: String,
    method: String,
    path: String,
    status: u16,
    violations: Vec<Violation>,
}

/// Something that Prism objects to.
#[derive(Debug, Deserialize)]
struct Violation {
    location: Vec<String>,
    code: Option<String>,
    message: String,
}

impl Violation {
    fn of_request(&self) -> bool {
        self.location.first().is_some_and(|part| part == "request")
    }

    /// Where and what: `request.path.userid format`.
    fn rule(&self) -> String {
        let place = self.location.join(".");
        match &self.code {
            Some(code) => format!("{place} {code}"),
            None => place,
        }
    }
}

#[derive(Deserialize)]
struct Seen {
    exchanges: Vec<Exchange>,
}

pub(super) fn judge(root: &Path, document: &Document) -> Result<Verdict> {
    let mut list = List::read(&tools::folder(root).join("client.toml"))?;
    // What is missing here is said before anything is built.
    tools::prism(root)?;
    let (mut driver, sandbox) = start_driver(root)?;
    let (prism, proxy) = start_prism(root, document, text(&sandbox, "url")?)?;
    driver.say(&proxy)?;
    let seen = driver
        .wait_for(Instant::now() + DRIVING, |line| {
            serde_json::from_str::<Seen>(line).ok()
        })
        .context("the calls were not all made")?;
    drop(prism);
    // Another document may name its operations otherwise.
    let facade = match document.as_published {
        true => Vec::new(),
        false => facade_operations(root)?,
    };
    verdict(&seen.exchanges, &facade, &mut list, document)
}

fn start_prism(root: &Path, document: &Document, sandbox: &str) -> Result<(Program, String)> {
    let mut attempt = 1;
    loop {
        let port = free_port()?;
        let mut command = tools::prism(root)?;
        command.arg("proxy").arg(&document.path).arg(sandbox);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        let prism = Program::start("Prism", command)?;
        let listening = |line: &str| line.contains("Prism is listening").then_some(());
        match prism.wait_for(Instant::now() + STARTING, listening) {
            Ok(()) => return Ok((prism, format!("http://127.0.0.1:{port}"))),
            Err(error) if attempt == ATTEMPTS => return Err(error),
            Err(_) => attempt += 1,
        }
    }
}

fn verdict(
    exchanges: &[Exchange],
    facade: &[String],
    list: &mut List,
    document: &Document,
) -> Result<Verdict> {
    let operations = document.operations();
    let (canaries, exchanges): (Vec<_>, Vec<_>) =
        exchanges.iter().partition(|one| one.call == CANARY);
    let caught = |one: &&Exchange| one.violations.iter().any(Violation::of_request);
    ensure!(
        !canaries.is_empty() && canaries.iter().all(caught),
        "Prism let a request pass that is wrong on purpose: it is not judging"
    );
    let mut findings = Vec::new();
    let mut called = BTreeMap::new();
    for one in &exchanges {
        let operation = operation_of(&operations, &one.method, &one.path);
        if let Some(operation) = operation {
            let kind = one.call.split(':').next().unwrap_or_default();
            let kinds: &mut BTreeSet<_> = called.entry(operation).or_default();
            kinds.insert(kind);
        }
        for violation in &one.violations {
            findings.push(Finding {
                operation: match operation {
                    Some(operation) => operation.clone(),
                    None => format!("{} {}", one.method, one.path),
                },
                rule: violation.rule(),
                words: violation.message.clone(),
            });
        }
    }
    let count = |holds: &dyn Fn(&&&Exchange) -> bool| exchanges.iter().filter(holds).count();
    let flagged = count(&|one| caught(one));
    let answers = count(&|one| one.violations.iter().any(|v| !v.of_request()));
    let by_facade = count(&|one| one.call.starts_with("facade:"));
    let done = count(&|one| (200..300).contains(&one.status));
    let calls = |kind: &str, operation: &String| {
        let kinds = called.get(operation);
        kinds.is_some_and(|kinds| kinds.contains(kind))
    };
    let of = |kind: &str| operations.iter().filter(|o| calls(kind, o)).count();
    let mut summary = format!(
        "requests through Prism: {} ({by_facade} by the facade, {} by raw calls), {done} answered with 2xx\n\
         operations: {} of {} by raw calls, {} by the facade\n\
         flagged: {flagged} requests, {answers} answers; ",
        exchanges.len(),
        exchanges.len() - by_facade,
        of("raw"),
        operations.len(),
        of("facade"),
    );
    let settled = settle(list, &findings, document);
    summary.push_str(&settled.summary);
    let raw = operations.iter().map(|operation| ("raw", operation));
    let facade = facade.iter().map(|operation| ("facade", operation));
    let missing: Vec<_> = raw
        .chain(facade)
        .filter(|(kind, o)| !calls(kind, o))
        .collect();
    for (kind, operation) in &missing {
        summary.push_str(&format!("  NOT CALLED ({kind}): {operation}\n"));
    }
    Ok(Verdict {
        summary,
        // A document other than the contract may have operations that there is no call for yet.
        good: settled.good && (missing.is_empty() || document.as_published),
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::{Value, json};

    use super::*;

    fn document() -> Document {
        Document {
            path: PathBuf::new(),
            json: json!({ "paths": { "/u/{id}": { "get": {}, "delete": {} } } }),
            as_published: false,
        }
    }

    fn judged(exchanges: &Value) -> Result<Verdict> {
        let exchanges: Vec<Exchange> = serde_json::from_value(exchanges.clone())?;
        let list = "[[reviewed]]\noperations = [\"GET /u/{id}\"]\nrule = \"request.path.id format\"\n\
                    says = \"uuid\"\nreason = \"why\"";
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), list)?;
        let facade = ["GET /u/{id}".to_owned()];
        verdict(
            &exchanges,
            &facade,
            &mut List::read(file.path())?,
            &document(),
        )
    }

    fn exchange(call: &str, method: &str, path: &str, violations: Value) -> Value {
        json!({ "call": call, "method": method, "path": path, "status": 200, "violations": violations })
    }

    fn uuid() -> Value {
        json!([{
            "location": ["request", "path", "id"], "severity": "Error", "code": "format",
            "message": "must match format \"uuid\"",
        }])
    }

    fn canary() -> Value {
        let unknown =
            json!([{ "location": ["request"], "severity": "Warning", "message": "no route" }]);
        exchange("canary", "GET", "/nothing", unknown)
    }

    #[test]
    fn what_is_flagged_is_counted_and_looked_up() {
        let verdict = judged(&json!([
            canary(),
            exchange("raw: get", "GET", "/u/1", uuid()),
            exchange("raw: delete", "DELETE", "/u/1", json!([])),
            exchange("facade: find", "GET", "/u/2", json!([])),
        ]))
        .unwrap();
        assert!(verdict.good, "{}", verdict.summary);
        let expected = "requests through Prism: 3 (1 by the facade, 2 by raw calls), 3 answered with 2xx\n\
                        operations: 2 of 2 by raw calls, 1 by the facade\n\
                        flagged: 1 requests, 0 answers; 1 findings, 1 of them reviewed\n";
        assert_eq!(verdict.summary, expected);
    }

    #[test]
    fn a_request_that_is_flagged_otherwise_or_leads_nowhere_is_not_good() {
        let other = json!([{ "location": ["request", "body"], "code": "type", "message": "m" }]);
        let verdict = judged(&json!([
            canary(),
            exchange("raw: get", "GET", "/u/1", uuid()),
            exchange("raw: delete", "DELETE", "/u/1", other),
            exchange(
                "raw: get",
                "GET",
                "/x",
                json!([{ "location": ["request"], "message": "no route" }])
            ),
        ]))
        .unwrap();
        assert!(!verdict.good);
        for words in [
            "DELETE /u/{id}\n    request.body type: m",
            "GET /x\n    request: no route",
        ] {
            assert!(verdict.summary.contains(words), "{}", verdict.summary);
        }
    }

    #[test]
    fn an_operation_that_is_not_called_by_those_who_should_is_missing() {
        let verdict = judged(&json!([
            canary(),
            exchange("raw: get", "GET", "/u/1", uuid()),
            exchange("facade: remove", "DELETE", "/u/1", json!([])),
        ]))
        .unwrap();
        assert!(!verdict.good);
        for words in [
            "NOT CALLED (raw): DELETE /u/{id}",
            "NOT CALLED (facade): GET /u/{id}",
        ] {
            assert!(verdict.summary.contains(words), "{}", verdict.summary);
        }
    }

    #[test]
    fn a_judge_that_sleeps_is_trouble() {
        for exchanges in [
            json!([exchange("raw: get", "GET", "/u/1", uuid())]),
            json!([exchange("canary", "GET", "/nothing", json!([]))]),
        ] {
            assert!(judged(&exchanges).is_err());
        }
    }
}
