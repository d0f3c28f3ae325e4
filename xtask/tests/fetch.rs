//! `cargo xtask fetch` against a server on loopback that answers well, badly or not at all.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use common::{CONTRACT, Repository, Run};
use serde_json::{Value, json};

/// Answers each request with what `answer` writes for its path; returns `http://127.0.0.1:PORT`.
///
/// The thread lives as long as the test binary, which is as long as anybody may ask.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            lines.find(|line| line.as_ref().unwrap().is_empty());
            answer(first.split(' ').nth(1).unwrap(), &mut stream);
        }
    });
    format!("http://{address}")
}

/// A whole answer with its length.
fn reply(stream: &mut TcpStream, head: &str, body: &str) {
    let length = body.len();
    // The client may have left: what it makes of that is the test's question.
    let _ = write!(
        stream,
        "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

fn redirect(stream: &mut TcpStream, to: &str) {
    reply(stream, &format!("302 Found\r\nLocation: {to}"), "");
}

fn fetch(repository: &Repository, url: &str, more: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("--root").arg(repository.path("")).arg("fetch");
    // Neither the manifest's other APIs nor a proxy: nothing here may leave the machine.
    command.args(["--api", "organizations"]);
    command.arg("--url").arg(format!("organizations={url}"));
    let output = command.args(more).output().unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Fetches where it has to fail, with `--apply`: nothing is printed but the reason, nothing changes.
fn refused(url: &str, more: &[&str]) -> String {
    let repository = Repository::new();
    let before = repository.tree();
    let run = fetch(&repository, url, &[&["--apply"], more].concat());
    assert_eq!(run.status, 2, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.starts_with("error: API `organizations`"),
        "{}",
        run.stderr
    );
    assert!(before == repository.tree(), "the tree has changed");
    run.stderr
}

/// The committed contract, changed.
fn document(change: impl FnOnce(&mut Value)) -> String {
    let text = Repository::new().read(CONTRACT);
    let mut document: Value = serde_json::from_str(&text).unwrap();
    change(&mut document);
    document.to_string()
}

/// As Atlassian would publish a small change: words, and a field more.
fn published() -> String {
    document(|doc| {
        doc["info"]["description"] = "words".into();
        doc["components"]["schemas"]["Org"]["properties"]["motto"] = json!({ "type": "string" });
    })
}

fn serving(body: String) -> String {
    server(move |_, stream| reply(stream, "200 OK", &body))
}

#[test]
fn a_changed_document_is_reported_and_changes_nothing() {
    let repository = Repository::new();
    let before = repository.tree();
    let run = fetch(&repository, &serving(published()), &[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(
        run.stdout
            .contains("`motto`: field added (string, optional)"),
        "{}",
        run.stdout
    );
    assert!(before == repository.tree());
}

#[test]
fn apply_updates_contract_manifest_and_code_in_one_step() {
    let repository = Repository::new();
    let url = serving(published());
    let run = fetch(&repository, &url, &["--apply"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(repository.read(CONTRACT).contains("\"motto\""));
    assert!(!repository.read(CONTRACT).contains("words"));
    let types = repository.read("generated/src/organizations/types.rs");
    assert!(types.contains("pub motto:"));
    // What is there now is what a regen makes of it, and a second fetch finds nothing new.
    assert_eq!(repository.regen(&["--check"]).status, 0);
    let after = repository.tree();
    let run = fetch(&repository, &url, &["--apply"]);
    assert_eq!(run.status, 0);
    assert!(
        run.stdout.contains("the one that was read last"),
        "{}",
        run.stdout
    );
    assert!(after == repository.tree());
}

#[test]
fn other_words_alone_are_said_and_pinned() {
    let repository = Repository::new();
    let url = serving(document(|doc| doc["info"]["description"] = "words".into()));
    let run = fetch(&repository, &url, &[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stdout.contains("Only words changed"), "{}", run.stdout);
    let contract = repository.read(CONTRACT);
    assert_eq!(fetch(&repository, &url, &["--apply"]).status, 0);
    assert_eq!(contract, repository.read(CONTRACT));
    assert_eq!(fetch(&repository, &url, &[]).status, 0);
}

#[test]
fn an_operation_that_no_table_knows_leaves_everything_as_it_was() {
    let repository = Repository::new();
    let before = repository.tree();
    let url = serving(document(|doc| {
        doc["paths"]["/v3/news"]["get"] = json!({ "responses": { "204": { "description": "" } } });
    }));
    let run = fetch(&repository, &url, &["--apply"]);
    assert_eq!(run.status, 2);
    // The report is there all the same: it is what a maintainer works from.
    assert!(run.stdout.contains("- `GET /v3/news`"), "{}", run.stdout);
    assert!(run.stderr.contains("operations.toml"), "{}", run.stderr);
    assert!(run.stderr.contains("GET /v3/news"), "{}", run.stderr);
    assert!(before == repository.tree());
}

#[test]
fn what_is_no_openapi_document_is_refused() {
    for (body, reason) in [
        ("<!DOCTYPE html><html></html>", "not valid JSON"),
        ("", "cut off"),
        ("[]", "not an object"),
        (r#"{"openapi": "3.1.0", "paths": {}}"#, "only 3.0.x"),
        (r#"{"swagger": "2.0"}"#, "Swagger 2.0"),
        (r#"{"openapi": "3.0.1"}"#, "no `paths`"),
        (r#"{"openapi": "3.0.1", "paths": {}}"#, "no operation"),
    ] {
        let said = refused(&serving(body.to_owned()), &[]);
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_cut_answer_is_refused() {
    let whole = published();
    let half = whole[..whole.len() / 2].to_owned();
    // Shorter than announced.
    let (length, text) = (whole.len(), half.clone());
    let url = server(move |_, stream| {
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{text}"
        );
    });
    let said = refused(&url, &[]);
    assert!(said.contains("the answer is cut off"), "{said}");
    // Nothing announced, so that only the text can tell.
    let url = server(move |_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{half}");
    });
    let said = refused(&url, &[]);
    assert!(said.contains("the text is cut off"), "{said}");
}

#[test]
fn failures_of_the_server_are_refused() {
    for head in [
        "404 Not Found",
        "500 Internal Server Error",
        "204 No Content",
        "304 Not Modified",
    ] {
        let url = server(move |_, stream| reply(stream, head, ""));
        let said = refused(&url, &[]);
        assert!(said.contains(&head[..3]), "{said}");
    }
    // Nobody listens: the port was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let said = refused(&format!("http://{free}/"), &[]);
    assert!(said.contains("cannot be fetched"), "{said}");
}

#[test]
fn a_redirect_on_the_same_host_is_followed() {
    let body = published();
    let url = server(move |path, stream| match path {
        "/old" => redirect(stream, "/older"),
        "/older" => redirect(stream, "new/document.json"),
        "/new/document.json" => reply(stream, "200 OK", &body),
        other => reply(stream, "404 Not Found", other),
    });
    let run = fetch(&Repository::new(), &format!("{url}/old"), &[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stdout.contains("motto"));
}

#[test]
fn a_redirect_to_another_host_is_refused() {
    let other = serving(published());
    for to in [
        other.clone(),
        other.replace("127.0.0.1", "localhost"),
        "//example.com/a".into(),
    ] {
        let target = to.clone();
        let url = server(move |_, stream| redirect(stream, &target));
        let said = refused(&url, &[]);
        assert!(said.contains("another host"), "{to}: {said}");
    }
}

#[test]
fn redirects_end() {
    let url = server(|_, stream| redirect(stream, "/again"));
    let said = refused(&url, &[]);
    assert!(said.contains("more than 3 redirects"), "{said}");
    let url = server(|_, stream| reply(stream, "302 Found", ""));
    let said = refused(&url, &[]);
    assert!(said.contains("without a place"), "{said}");
}

#[test]
fn a_huge_answer_is_refused() {
    // Announced: not one byte of it is read.
    let url = server(|_, stream| {
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{{"
        );
    });
    let said = refused(&url, &[]);
    assert!(said.contains("larger than 64 MiB"), "{said}");
    // Not announced, and without an end: it is left.
    let url = server(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        let spaces = vec![b' '; 1 << 20];
        while stream.write_all(&spaces).is_ok() {}
    });
    let said = refused(&url, &[]);
    assert!(said.contains("larger than 64 MiB"), "{said}");
}

#[test]
fn an_answer_that_does_not_come_is_given_up() {
    // The first two hold the connection open: only the client's own limit can end it.
    let silent = server(|_, stream| {
        let held = stream.try_clone().unwrap();
        thread::spawn(move || BufReader::new(held).lines().count());
    });
    let stalled = server(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{{");
        let held = stream.try_clone().unwrap();
        thread::spawn(move || BufReader::new(held).lines().count());
    });
    // Never quiet and never done: a limit on each read would not end it.
    let dripping = server(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while stream.write_all(b" ").is_ok() {}
    });
    for url in [silent, stalled, dripping] {
        let said = refused(&url, &["--timeout", "1"]);
        assert!(said.contains("not there after 1 s"), "{said}");
    }
}

#[test]
fn only_https_or_loopback_and_only_known_apis() {
    for url in [
        "http://example.com/a.json",
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
    ] {
        let said = refused(url, &[]);
        assert!(said.contains("only https"), "{said}");
    }
    let repository = Repository::new();
    let run = fetch(
        &repository,
        "http://127.0.0.1:9",
        &["--url", "nobody=https://127.0.0.1"],
    );
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("has no API `nobody`"), "{}", run.stderr);
    let run = fetch(&repository, "http://127.0.0.1:9", &["--api", "nobody"]);
    assert!(run.stderr.contains("has no API `nobody`"), "{}", run.stderr);
}
