//! The program: what it prints, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlassian-orgs-sandbox"));
    command.args(arguments);
    command
}

#[cfg(unix)]
#[tokio::test]
async fn it_says_where_it_is_and_stops_on_a_signal() {
    let mut child = program(&[
        "--users",
        "30",
        "--directories=2",
        "--json",
        "--behaviour",
        "page-end=no-links",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let place: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| place[name].as_str().unwrap();
    assert_eq!(place["directory_ids"].as_array().unwrap().len(), 2);
    let url = format!(
        "{}/v2/orgs/{}/directories/-/users?limit=100",
        text("url"),
        text("org_id")
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let page: Value = http
        .get(url)
        .bearer_auth(text("api_key"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(page["data"].as_array().unwrap().len(), 30);
    assert_eq!(page.get("links"), None);
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn wrong_options_are_explained() {
    for arguments in [
        &["--nonsense"][..],
        &["--port"],
        &["--port", "x"],
        &["--users=-1"],
        &["--profile", "other"],
        &["--json=yes"],
        &["--directories", "0"],
        &["--behaviour", "page-end"],
        &["extra"],
    ] {
        let output = program(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            String::from_utf8(output.stderr).unwrap().contains("Usage:"),
            "{arguments:?}"
        );
    }
    let unknown = program(&["--behaviour", "page-end=never"])
        .output()
        .unwrap();
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("no-next, no-links")
    );
}

#[test]
fn help_and_the_table_are_printed() {
    let help = program(&["--help"]).output().unwrap();
    assert_eq!(help.status.code(), Some(0));
    let table = String::from_utf8(program(&["--behaviours"]).output().unwrap().stdout).unwrap();
    assert_eq!(
        table.lines().count(),
        atlassian_orgs_sandbox::BEHAVIOURS.len()
    );
}
