//! `cargo xtask diff` as a maintainer runs it: arguments, output, exit status.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::process::Command;

use common::{CONTRACT, Repository, Run};
use serde_json::{Value, json};

fn diff(repository: &Repository, arguments: &[&str]) -> Run {
    let before = repository.tree();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("--root").arg(repository.path("")).arg("diff");
    let output = command
        .args(arguments)
        .current_dir(repository.path(""))
        .output()
        .unwrap();
    assert!(before == repository.tree(), "a diff has changed the tree");
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A repository with a changed copy of its contract.
fn with(file: &str, change: impl FnOnce(&mut Value)) -> Repository {
    let repository = Repository::new();
    let mut document: Value = serde_json::from_str(&repository.read(CONTRACT)).unwrap();
    change(&mut document);
    repository.write(file, &document.to_string());
    repository
}

const INVITE: &str = "/v2/orgs/{orgId}/users/invite";

#[test]
fn nothing_changed() {
    let repository = with("new.json", |doc| {
        doc["info"]["description"] = "words".into()
    });
    for arguments in [
        &["new.json"][..],
        &[CONTRACT, "new.json"],
        &["new.json", CONTRACT, "--json"],
    ] {
        let run = diff(&repository, arguments);
        assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_change_that_breaks_nobody() {
    let repository = with("new.json", |doc| {
        doc["paths"][INVITE]["post"]["deprecated"] = true.into()
    });
    let run = diff(&repository, &["new.json"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    assert!(run.stdout.contains("- now deprecated\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("`Organization::invite_users`"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("**Nothing breaks.**"), "{}", run.stdout);
    assert_eq!(
        diff(&repository, &["new.json", "--fail-on", "breaking"]).status,
        0
    );
}

#[test]
fn a_change_that_breaks() {
    let repository = with("new.json", |doc| {
        doc["paths"]
            .as_object_mut()
            .unwrap()
            .remove(INVITE)
            .unwrap();
    });
    let run = diff(
        &repository,
        &["new.json", "--fail-on", "breaking", "--json"],
    );
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let removed = &report["operations_removed"][0];
    assert_eq!(removed["method"], "POST");
    assert_eq!(removed["path"], INVITE);
    assert_eq!(removed["our_id"], "inviteUsers");
    assert_eq!(removed["breaks"], json!({ "raw": true, "facade": true }));
    assert_eq!(
        removed["facade_calls"],
        json!([
            "Organization::correct_invitation",
            "Organization::invite_users"
        ])
    );
    // The other way round it is an addition, which breaks nobody.
    let run = diff(
        &repository,
        &["new.json", CONTRACT, "--fail-on", "breaking"],
    );
    assert_eq!(run.status, 0, "{}", run.stdout);
}

#[test]
fn trouble_names_the_file_and_the_reason() {
    let repository = Repository::new();
    repository.write("cut.json", "{\"openapi\": ");
    repository.write("page.html", "<html></html>");
    repository.write("old.json", "{\"swagger\": \"2.0\"}");
    for (arguments, file, reason) in [
        (&["none.json"][..], "none.json", "cannot read"),
        (&["cut.json"], "cut.json", "cut off"),
        (&[CONTRACT, "page.html"], "page.html", "not valid JSON"),
        (&["old.json", CONTRACT], "old.json", "Swagger 2.0"),
        (
            &[CONTRACT, "--api", "nobody"],
            "sources.toml",
            "no API `nobody`",
        ),
    ] {
        let run = diff(&repository, arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(run.stderr.contains(file), "{}", run.stderr);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
    assert_eq!(diff(&repository, &[]).status, 2);
    assert_eq!(diff(&repository, &[CONTRACT, CONTRACT, CONTRACT]).status, 2);
}
