//! The sandbox, judged by Schemathesis.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::Document;
use super::process::{Finished, Program};
use super::reviewed::{Finding, List};
use super::{Verdict, prepare, settle, start_driver, text, tools};

/// It takes a minute on two cores.
const JUDGING: Duration = Duration::from_secs(600);

/// Cases of the fuzzing phase for each operation. The others come from the document.
const CASES: &str = "50";

pub(super) fn judge(root: &Path, document: &Document) -> Result<Verdict> {
    let mut list = List::read(&tools::folder(root).join("sandbox.toml"))?;
    // What is missing here is said before anything is built.
    let mut command = tools::schemathesis(root)?;
    let (driver, sandbox) = start_driver(root)?;
    let reports = tools::target(root).join("schemathesis-report");
    if reports.exists() {
        fs::remove_dir_all(&reports).context("cannot remove the last report")?;
    }
    fs::create_dir_all(&reports).context("cannot make a folder for the report")?;
    let judge = match document.as_published {
        true => document.path.clone(),
        false => {
            let path = reports.join("prepared.json");
            fs::write(
                &path,
                prepare::prepared(&document.json, &sandbox)?.to_string(),
            )?;
            path
        }
    };
    let files = Files::below(&reports);
    fs::write(&files.config, config(&sandbox)?)?;
    command.current_dir(&reports);
    command
        .arg("--config-file")
        .arg(&files.config)
        .arg("run")
        .arg(&judge);
    command.args(["--url", text(&sandbox, "url")?]);
    let key = text(&sandbox, "api_key")?;
    command.args(["--header", &format!("Authorization: Bearer {key}")]);
    command.args(["--checks", "all", "--continue-on-failure", "--no-color"]);
    command.args([
        "--max-examples",
        CASES,
        "--generation-deterministic",
        "--workers",
        "1",
    ]);
    // A slow machine is no finding.
    command.args(["--suppress-health-check", "all", "--request-timeout", "60"]);
    command.args(["--report", "json,ndjson"]);
    command.arg("--report-json-path").arg(&files.summary);
    command.arg("--report-ndjson-path").arg(&files.events);
    let program = Program::start("Schemathesis", command)?;
    let Finished { status, words } = program.finish(Instant::now() + JUDGING)?;
    drop(driver);
    // 1 is for failures, which are looked at here.
    ensure!(
        matches!(status.code(), Some(0 | 1)),
        "Schemathesis failed ({status}){words}"
    );
    let summary = fs::read_to_string(&files.summary).context("Schemathesis left no report")?;
    let events = fs::read_to_string(&files.events).context("Schemathesis left no report")?;
    let verdict = verdict(&summary, &events, &mut list, document)?;
    // 15 MB that only matter to whoever looks into a finding.
    if verdict.good {
        fs::remove_dir_all(&reports).context("cannot remove the report")?;
    } else {
        println!("the whole report: {}", reports.display());
    }
    Ok(verdict)
}

struct Files {
    config: PathBuf,
    summary: PathBuf,
    events: PathBuf,
}

impl Files {
    fn below(folder: &Path) -> Self {
        Self {
            config: folder.join("schemathesis.toml"),
            summary: folder.join("summary.json"),
            events: folder.join("events.ndjson"),
        }
    }
}

/// The organization and a directory that exist: with any other, every answer would be a 404.
fn config(sandbox: &Value) -> Result<String> {
    // A text of JSON is one of TOML, too.
    let (org, directory) = (
        json!(text(sandbox, "org_id")?),
        json!(text(sandbox, "directory_id")?),
    );
    Ok(format!(
        "[parameters]\n\"path.orgId\" = {org}\n\"path.directoryId\" = {directory}\n"
    ))
}

#[derive(Deserialize)]
struct Summary {
    complete: bool,
    stop_reason: String,
    exit_code: i32,
    operations: Operations,
    test_cases: TestCases,
}

#[derive(Deserialize)]
struct Operations {
    selected: usize,
    tested: usize,
}

#[derive(Deserialize)]
struct TestCases {
    generated: usize,
}

/// One line of the report: an object with one field, of which three kinds matter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    scenario_finished: Option<Scenario>,
    non_fatal_error: Option<Trouble>,
    fatal_error: Option<Trouble>,
}

#[derive(Deserialize)]
struct Scenario {
    recorder: Recorder,
}

#[derive(Deserialize)]
struct Trouble {
    #[serde(default)]
    label: String,
    value: ErrorValue,
}

#[derive(Deserialize)]
struct ErrorValue {
    message: Option<String>,
}

#[derive(Deserialize)]
struct Recorder {
    #[serde(default)]
    cases: BTreeMap<String, Case>,
    #[serde(default)]
    checks: BTreeMap<String, Vec<Check>>,
    #[serde(default)]
    interactions: BTreeMap<String, Interaction>,
}

#[derive(Deserialize)]
struct Case {
    value: CaseValue,
}

#[derive(Deserialize)]
struct CaseValue {
    method: String,
    path: String,
}

#[derive(Deserialize)]
struct Check {
    name: String,
    status: String,
    failure_info: Option<FailureInfo>,
}

#[derive(Deserialize)]
struct FailureInfo {
    failure: Failure,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

#[derive(Deserialize)]
struct Interaction {
    response: Option<Response>,
}

#[derive(Deserialize)]
struct Response {
    status_code: u16,
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(rename = "$base64")]
    base64: String,
}

fn verdict(summary: &str, events: &str, list: &mut List, document: &Document) -> Result<Verdict> {
    let summary: Summary = serde_json::from_str(summary).context("Schemathesis's summary")?;
    ensure!(
        summary.complete,
        "Schemathesis did not come to its end: {}",
        summary.stop_reason
    );
    let (checks, findings) = read(events)?;
    // The two reports have to tell the same, or this no longer reads them right.
    ensure!(
        (summary.exit_code == 0) == findings.is_empty() && checks > 0,
        "Schemathesis ends with {}, and its report has {} findings in {checks} checks",
        summary.exit_code,
        findings.len()
    );
    let settled = settle(list, &findings, document);
    let Operations { selected, tested } = summary.operations;
    Ok(Verdict {
        summary: format!(
            "Schemathesis: {tested} of {selected} operations, {} cases, {checks} checks; {}",
            summary.test_cases.generated, settled.summary
        ),
        good: settled.good && tested == selected,
    })
}

/// How many checks there were, and what they found.
fn read(events: &str) -> Result<(usize, Vec<Finding>)> {
    let (mut checks, mut findings) = (0, Vec::new());
    for (n, line) in events.lines().enumerate() {
        let event: Event = serde_json::from_str(line)
            .with_context(|| format!("line {} of Schemathesis's report", n + 1))?;
        if let Some(Scenario { recorder }) = event.scenario_finished {
            checks += recorder.checks.values().map(Vec::len).sum::<usize>();
            recorder.findings(&mut findings)?;
        }
        // What it can't test, it says once in each phase.
        if let Some(Trouble { label, value }) = event.non_fatal_error {
            findings.push(Finding {
                operation: label,
                rule: "schema_error".to_owned(),
                words: value.message.unwrap_or_default(),
            });
        }
        if let Some(Trouble { value, .. }) = event.fatal_error {
            let words = value.message.unwrap_or_default();
            bail!("Schemathesis gave up: {words}");
        }
    }
    Ok((checks, findings))
}

impl Recorder {
    fn findings(&self, into: &mut Vec<Finding>) -> Result<()> {
        for (id, checks) in &self.checks {
            for check in checks.iter().filter(|check| check.status != "success") {
                let case = self.cases.get(id).context("a check without its case")?;
                let failure = check.failure_info.as_ref().map(|info| &info.failure);
                let mut words = match failure {
                    Some(failure) => failure.message.clone(),
                    None => check.status.clone(),
                };
                let interaction = self.interactions.get(id);
                if let Some(response) = interaction.and_then(|i| i.response.as_ref()) {
                    words.push_str(&format!(
                        "\nanswered {}: {}",
                        response.status_code,
                        response.told()
                    ));
                }
                into.push(Finding {
                    operation: format!("{} {}", case.value.method, case.value.path),
                    rule: check.name.clone(),
                    words,
                });
            }
        }
        Ok(())
    }
}

impl Response {
    /// The detail of an error, or else the beginning of the body.
    fn told(&self) -> String {
        let bytes = self
            .content
            .as_ref()
            .and_then(|content| decode(&content.base64));
        let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let error = value.pointer("/errors/0").unwrap_or(&value);
        match error.get("detail").and_then(Value::as_str) {
            Some(detail) => detail.to_owned(),
            None => text.chars().take(300).collect(),
        }
    }
}

/// Base64, as the report has bodies.
fn decode(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = r#"{ "complete": true, "stop_reason": "completed", "exit_code": 1,
        "operations": { "total": 1, "selected": 1, "tested": 1 },
        "test_cases": { "generated": 2, "with_failures": 1 } }"#;

    const LIST: &str = "[[reviewed]]\noperations = [\"GET /a/{id}\"]\n\
                        rule = \"positive_data_acceptance\"\nsays = \"no cursor\"\nreason = \"why\"";

    fn events() -> String {
        let case = json!({ "value": { "method": "GET", "path": "/a/{id}", "id": "x" } });
        // {"errors":[{"detail":"That is no cursor"}]}
        let body = "eyJlcnJvcnMiOlt7ImRldGFpbCI6IlRoYXQgaXMgbm8gY3Vyc29yIn1dfQ==";
        let failure = json!({ "failure": { "code": "ST202", "message": "should be accepted" } });
        let lines = [
            json!({ "Initialize": { "seed": 1 } }),
            json!({ "ScenarioFinished": { "id": "1", "recorder": { "label": "GET /a/{id}" } } }),
            json!({ "ScenarioFinished": { "id": "2", "recorder": {
                "label": "GET /a/{id}",
                "cases": { "x": case, "y": case },
                "checks": {
                    "x": [
                        { "name": "not_a_server_error", "status": "success" },
                        { "name": "positive_data_acceptance", "status": "failure", "failure_info": failure },
                    ],
                    "y": [{ "name": "not_a_server_error", "status": "success" }],
                },
                "interactions": { "x": { "response": { "status_code": 400, "content": { "$base64": body } } } },
            } } }),
        ];
        lines.map(|line| line.to_string() + "\n").concat()
    }

    fn judged(summary: &str, events: &str, list: &str) -> Result<Verdict> {
        let file = tempfile::NamedTempFile::new()?;
        fs::write(file.path(), list)?;
        let document = Document {
            path: PathBuf::new(),
            json: Value::Null,
            as_published: false,
        };
        verdict(summary, events, &mut List::read(file.path())?, &document)
    }

    #[test]
    fn checks_are_counted_and_failures_looked_up() {
        let verdict = judged(SUMMARY, &events(), LIST).unwrap();
        assert!(verdict.good, "{}", verdict.summary);
        let expected = "Schemathesis: 1 of 1 operations, 2 cases, 3 checks; \
                        1 findings, 1 of them reviewed\n";
        assert_eq!(verdict.summary, expected);
        let verdict = judged(SUMMARY, &events(), &LIST.replace("no cursor", "no date")).unwrap();
        assert!(!verdict.good);
        let words = "should be accepted answered 400: That is no cursor";
        assert!(verdict.summary.contains(words), "{}", verdict.summary);
    }

    #[test]
    fn what_can_not_be_tested_is_a_finding() {
        let error = json!({ "NonFatalError": {
            "label": "GET /b", "phase": "fuzzing", "value": { "type": "InvalidSchema", "message": "not defined" },
        } });
        let verdict = judged(SUMMARY, &format!("{}{error}\n", events()), LIST).unwrap();
        assert!(!verdict.good);
        assert!(
            verdict
                .summary
                .contains("GET /b\n    schema_error: not defined")
        );
    }

    #[test]
    fn a_report_that_is_not_whole_is_trouble() {
        let trouble = |summary: &str, events: &str| judged(summary, events, LIST).is_err();
        assert!(trouble(&SUMMARY.replace("true", "false"), &events()));
        assert!(trouble(SUMMARY, ""), "nothing was checked");
        assert!(trouble(SUMMARY, "{}"));
        let without = events().replace("failure\"", "success\"");
        assert!(
            trouble(SUMMARY, &without),
            "the reports tell different things"
        );
        let fatal = json!({ "FatalError": { "value": { "message": "oh" } } });
        assert!(trouble(SUMMARY, &format!("{}{fatal}\n", events())));
        assert!(
            !judged(
                &SUMMARY.replace("\"tested\": 1", "\"tested\": 0"),
                &events(),
                LIST
            )
            .unwrap()
            .good
        );
    }

    #[test]
    fn base64_is_read() {
        for (text, bytes) in [
            ("", ""),
            ("YQ==", "a"),
            ("YWI=", "ab"),
            ("YWJj", "abc"),
            ("w6Q/", "ä?"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(decode("!"), None);
    }
}
