//! The program: what it prints, what it does to a client, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use atlassian_orgs_sandbox::{BEHAVIOURS, FAULTS};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, answer, emails};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlassian-orgs-sandbox"));
    command.args(arguments);
    command
}

/// The running program, which ends with the test.
struct Running {
    child: Child,
    place: Value,
}

impl Running {
    fn new(arguments: &[&str]) -> Self {
        let mut child = program(arguments)
            .arg("--json")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            place: serde_json::from_str(&line).unwrap(),
        }
    }

    fn client(&self) -> Client {
        Client::of_program(&self.place)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_says_where_it_is_and_stops_on_a_signal() {
    let mut running = Running::new(&[
        "--users",
        "30",
        "--directories=2",
        "--behaviour",
        "page-end=no-links",
    ]);
    assert_eq!(running.place["directory_ids"].as_array().unwrap().len(), 2);
    let client = running.client().directory("-");
    let (_, page) = client.get(&client.dir("users?limit=100")).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 30);
    assert_eq!(page.get("links"), None);
    assert!(
        Command::new("kill")
            .args(["-INT", &running.child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_client_is_put_under_fire_from_the_command_line() {
    let running = Running::new(&[
        "--users=3",
        "--fault=answer:503@users.count,times=1,header=Retry-After:2,type=text/html,body=<p>Busy,, sorry</p>",
        "--fault",
        "answer:500@users.count,times=1",
        "--fault",
        "answer-after:504@users.invite,about=KIM@example.com,nth=1",
        "--fault",
        "cut:10@groups.count",
        "--fault",
        "drop-before@users.remove",
        "--fault",
        "delay:1ms@orgs.list",
    ]);
    let client = running.client();
    let path = client.dir("users/count");
    let count = || client.send(Method::GET, &path, None);

    let busy = count().await.unwrap();
    assert_eq!(
        (busy.status().as_u16(), &busy.headers()["retry-after"]),
        (503, &"2".parse().unwrap())
    );
    assert_eq!(busy.text().await.unwrap(), "<p>Busy, sorry</p>");
    // Each rule counts what fits it, even if another one decided.
    let (status, body) = answer(count().await.unwrap()).await;
    assert_eq!((status, &body["count"]), (200, &json!(3)), "{body}");

    let lost = client
        .send(
            Method::POST,
            &client.v2("users/invite"),
            Some(json!({ "emails": ["kim@example.com"] })),
        )
        .await
        .unwrap();
    assert_eq!(lost.status(), 504);
    let (_, page) = client
        .search(json!({ "emails": ["kim@example.com"] }))
        .await;
    assert_eq!(emails(&page), ["kim@example.com"]);

    let mut cut = client
        .send(Method::GET, &client.dir("groups/count"), None)
        .await
        .unwrap();
    assert_eq!(cut.status(), 200);
    assert_eq!(cut.chunk().await.unwrap().unwrap().len(), 10);
    cut.chunk().await.unwrap_err();

    client
        .send(Method::DELETE, &client.dir("users/somebody"), None)
        .await
        .unwrap_err();
    assert_eq!(client.get("v1/orgs").await.0, 200);
}

#[tokio::test]
async fn connections_are_refused_from_the_command_line() {
    let running = Running::new(&["--fault", "refuse,times=2"]);
    let client = running.client();
    for _ in 0..2 {
        client.send(Method::GET, "v1/orgs", None).await.unwrap_err();
    }
    assert_eq!(client.get("v1/orgs").await.0, 200);
}

#[tokio::test]
async fn a_limit_on_the_command_line_refuses_with_the_documented_headers() {
    // A period so long that it does not end while anybody tests: up to 29 January 2084.
    let running = Running::new(&[
        "--limit",
        "2/1000000h@users.",
        "--limit",
        "1/1000000h@groups.,kind=bucket",
        "--behaviour",
        "retry-after=date",
    ]);
    let client = running.client();
    let path = client.dir("users/count");
    let count = || client.send(Method::GET, &path, None);
    for left in ["1", "0"] {
        let response = count().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-ratelimit-limit"], "2");
        assert_eq!(response.headers()["x-ratelimit-remaining"], left);
        assert!(!response.headers().contains_key("retry-after"));
    }
    let refused = count().await.unwrap();
    assert_eq!(refused.status(), 429);
    for (name, value) in [
        ("x-ratelimit-limit", "2"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "2084-01-29T16:00:00Z"),
        ("retry-after", "Sat, 29 Jan 2084 16:00:00 GMT"),
    ] {
        assert_eq!(refused.headers()[name], value, "{name}");
    }
    let groups = client.dir("groups/count");
    assert_eq!(client.get(&groups).await.0, 200);
    assert_eq!(client.get(&groups).await.0, 429);
    assert_eq!(client.get("v1/orgs").await.0, 200);
}

#[tokio::test]
async fn a_read_on_the_command_line_lags_behind_a_write() {
    // A day is no wait here: what is seen does not change while the test runs.
    let running = Running::new(&[
        "--users=1",
        "--lag=24h",
        "--lag=0s@users.get",
        "--lag=0s@users.invite",
    ]);
    let client = running.client();
    let (_, page) = client.search(json!({})).await;
    let id = page["data"][0]["accountId"].as_str().unwrap();
    assert_eq!(client.suspend(id).await.0, 204);
    let (_, details) = client.get(&client.dir(&format!("users/{id}"))).await;
    assert_eq!(details["data"]["status"], "suspended", "{details}");
    let kim = client
        .invite(json!({ "emails": ["kim@example.com"] }))
        .await;
    assert_eq!(kim.0, 200);
    let (_, page) = client.search(json!({})).await;
    assert_eq!(emails(&page), ["user-0001@example.com", "kim@example.com"]);
    assert_eq!(page["data"][0]["status"], "active");
}

#[tokio::test]
async fn keys_with_scopes_and_refused_invitations_are_options_too() {
    let running = Running::new(&[
        "--scoped-key=narrow=read:orgs:admin,read:users:admin",
        "--refuse-invitation",
        "kim@example.com=No seat",
    ]);
    let client = running.client();
    let role = json!({ "resource": running.place["resource_ids"][0], "role": "atlassian/user" });
    let kim = json!({ "emails": ["kim@example.com"], "permissionRules": [role] });
    let (status, body) = client.invite(kim).await;
    let row = &body["data"][0]["results"][0]["roleAssignmentResult"][0];
    assert_eq!(
        (status, &row["statusReason"]),
        (206, &json!("No seat")),
        "{body}"
    );
    let narrow = running.client().key(Some("narrow"));
    assert_eq!(narrow.get(&format!("v1/orgs/{}", narrow.org)).await.0, 200);
    assert_eq!(narrow.search(json!({})).await.0, 401);
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
        &["--fault"],
        &["--fault", "drop"],
        &["--limit", "10"],
        &["--lag", "5"],
        &["--lag", "5s@policies.list"],
        &["--scoped-key", "key"],
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
fn a_wrong_word_is_named_with_its_flag_and_what_there_is() {
    for (arguments, parts) in [
        (
            ["--fault", "drop:1"],
            ["--fault drop:1: ", "drop-before, drop-after"],
        ),
        (
            ["--limit", "1/1s@user."],
            ["--limit 1/1s@user.: ", "users.invite, users.suspend"],
        ),
        (["--lag", "200"], ["--lag 200: ", "250ms, 5s, 2m or 1h"]),
    ] {
        let output = program(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
}

#[test]
fn help_and_the_tables_are_printed() {
    let printed = |argument: &str| {
        let output = program(&[argument]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let help = printed("--help");
    for fault in FAULTS {
        assert!(help.contains(&format!("--fault {}\n", fault.example)));
    }
    assert!(help.lines().all(|line| line.len() <= 120), "{help}");
    assert_eq!(printed("--behaviours").lines().count(), BEHAVIOURS.len());
    let operations: Vec<_> = atlassian_orgs_sandbox::operations().collect();
    assert_eq!(
        printed("--operations").lines().collect::<Vec<_>>(),
        operations
    );
}

#[test]
fn every_example_of_the_help_is_taken() {
    let help = String::from_utf8(program(&["--help"]).output().unwrap().stdout).unwrap();
    let examples: Vec<_> = help
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(flag, rest)| (flag, rest.split("  ").next().unwrap()))
        .filter(|(flag, word)| {
            ["--fault", "--limit", "--lag"].contains(flag) && !word.contains(['[', ']'])
        })
        .collect();
    assert_eq!(examples.len(), FAULTS.len() + 6, "{examples:?}");
    for (flag, word) in examples {
        // The last option ends the program before it starts anything, if all before it were good.
        let output = program(&[flag, word, "--operations"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{flag} {word}");
    }
}
