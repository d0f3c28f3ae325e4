//! `cargo xtask regen` as a maintainer runs it: the built binary on a copy of the repository.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{CONTRACT, Repository};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Checks that `--check` finds this, changes nothing, and that `regen` then repairs it.
fn stale(repository: &Repository, shown: &[&str]) {
    let before = repository.tree();
    let run = repository.regen(&["--check"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    for words in shown.iter().chain(&["Run: cargo xtask regen\n"]) {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    assert!(before == repository.tree(), "--check has changed the tree");

    assert_eq!(repository.regen(&[]).status, 0);
    assert_eq!(repository.regen(&["--check"]).stdout, "up to date\n");
}

#[test]
fn what_is_committed_is_up_to_date() {
    let repository = Repository::new();
    let before = repository.tree();
    let run = repository.regen(&["--check"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, "up to date\n"));
    // Writing it anew changes no byte either.
    let run = repository.regen(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("organizations: 47 operations"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("0 file(s) written"), "{}", run.stdout);
    assert!(before == repository.tree());
}

#[test]
fn an_edited_generated_file_is_stale() {
    let repository = Repository::new();
    let file = "generated/src/organizations/mod.rs";
    let text = repository
        .read(file)
        .replacen("pub struct Client", "struct Client", 1);
    repository.write(file, &text);
    stale(
        &repository,
        &[
            "--- generated/src/organizations/mod.rs",
            "-struct Client",
            "+pub struct Client",
        ],
    );
}

#[test]
fn a_missing_and_a_stray_file_are_stale() {
    let repository = Repository::new();
    fs::remove_file(repository.path("generated/src/lib.rs")).unwrap();
    repository.write(
        "generated/src/organizations/types/left.rs",
        "pub struct Left;\n",
    );
    stale(
        &repository,
        &["+pub mod transport;", "-pub struct Left;", "2 file(s)"],
    );
    assert!(
        !repository
            .path("generated/src/organizations/types/left.rs")
            .exists()
    );
}

#[test]
fn an_edited_contract_is_stale() {
    let repository = Repository::new();
    // Not in canonical form, though it says the same.
    let text = repository.read(CONTRACT);
    repository.write(CONTRACT, &text.replacen("{\n", "{\n\n", 1));
    stale(
        &repository,
        &["--- openapi/organizations/contract.json", "1 file(s)"],
    );
    assert_eq!(repository.read(CONTRACT), text);
    // Another fact: one more parameter.
    let mut contract: Value = serde_json::from_str(&text).unwrap();
    let operation = &mut contract["paths"]["/v1/orgs"]["get"];
    operation["parameters"] = json!([{
        "in": "query", "name": "colour", "schema": { "type": "string" },
    }]);
    repository.write(CONTRACT, &contract.to_string());
    let run = repository.regen(&["--check"]);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("colour"), "{}", run.stdout);
}

#[test]
fn edited_words_are_stale() {
    let repository = Repository::new();
    let docs = "openapi/organizations/docs.toml";
    let text = repository.read(docs);
    let changed = text.replace(
        "Reads one organization: its id and name.",
        "Tells the name of an organization.",
    );
    repository.write(docs, &changed);
    stale(&repository, &["+    /// Tells the name of an organization"]);
}

#[test]
fn a_document_becomes_the_contract() {
    let repository = Repository::new();
    let text = repository.read(CONTRACT);
    // Prose and other white space, as a published document has them.
    let prose = "\"x-narrative\": \"PROSE\",\n\"openapi\"";
    let published = text.replacen("\"openapi\"", prose, 1).replace("  ", " ");
    repository.write("document.json", &published);
    let from = repository.path("document.json");
    let from = from.to_str().unwrap();

    let check = repository.regen(&["--from", from, "--check"]);
    assert_eq!(check.status, 1);
    let command = format!("Run: cargo xtask regen --from {from} --api organizations");
    assert!(check.stdout.contains(&command), "{}", check.stdout);

    let manifest = repository.read("openapi/sources.toml");
    let run = repository.regen(&["--from", from]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(repository.read(CONTRACT), text);
    // The manifest pins the bytes that were read.
    assert_ne!(repository.read("openapi/sources.toml"), manifest);
    assert_eq!(repository.regen(&["--check"]).status, 0);
    assert_eq!(repository.regen(&["--from", from, "--check"]).status, 0);
}

#[test]
fn what_is_no_document_changes_nothing() {
    let repository = Repository::new();
    let text = repository.read(CONTRACT);
    let newer = text.replacen("\"openapi\": \"3.0.0\"", "\"openapi\": \"3.1.0\"", 1);
    let cases = [
        (&text[..text.len() / 2], "cut off"),
        ("<!doctype html><title>502</title>", "not valid JSON"),
        (newer.as_str(), "\"3.1.0\""),
        ("{\"swagger\": \"2.0\"}", "Swagger 2.0"),
        ("[]", "not an object"),
        ("", "cut off"),
    ];
    for (document, words) in cases {
        let error = repository.refused_document(document);
        assert!(error.contains(words), "{error}");
        assert!(error.contains("document.json"), "{error}");
    }
    fs::write(repository.path("document.json"), [0xff, 0xfe, b'{']).unwrap();
    let from = repository.path("document.json");
    let error = repository.refused(&["--from", from.to_str().unwrap()]);
    assert!(error.contains("not UTF-8"), "{error}");
    let error = repository.refused(&["--from", "/nowhere/document.json"]);
    assert!(
        error.contains("cannot read /nowhere/document.json"),
        "{error}"
    );
}

#[test]
fn a_document_that_lost_an_operation_names_it() {
    let repository = Repository::new();
    let text = repository.read(CONTRACT);
    let text = text.replace("/v1/orgs/{orgId}/events-stream", "/v1/orgs/{orgId}/stream");
    let error = repository.refused_document(&text);
    assert!(
        error.contains("no longer has GET /v1/orgs/{orgId}/events-stream"),
        "{error}"
    );
    assert!(
        error.contains("no row for GET /v1/orgs/{orgId}/stream"),
        "{error}"
    );
}

#[test]
fn a_document_that_stops_the_generator_names_the_operation() {
    let repository = Repository::new();
    // Every body of the contract is JSON; two kinds at once are a panic inside the generator.
    let text = repository.read(CONTRACT);
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let invite = &mut document["paths"]["/v2/orgs/{orgId}/users/invite"]["post"];
    let json = invite["requestBody"]["content"]["application/json"].clone();
    invite["requestBody"]["content"]["text/plain"] = json;
    let error = repository.refused_document(&document.to_string());
    assert!(
        error.contains("POST /v2/orgs/{orgId}/users/invite: "),
        "{error}"
    );
    assert!(error.contains("cannot take 1 part(s)"), "{error}");
}

#[test]
fn an_unknown_api_is_refused_with_those_there_are() {
    let repository = Repository::new();
    let error = repository.refused(&["--api", "organisations"]);
    assert!(error.contains("no API `organisations`"), "{error}");
    assert!(error.contains("organizations"), "{error}");
}

#[test]
fn a_broken_manifest_is_refused() {
    let repository = Repository::new();
    let text = repository.read("openapi/sources.toml");
    for (from, to, words) in [
        (
            "take = \"all\"",
            "take = \"some\"",
            "`take` is \"all\" or a list",
        ),
        ("name = ", "nome = ", "nome"),
        (
            "\"open_enums\",",
            "\"open_enum\",",
            "names fixup `open_enum`",
        ),
    ] {
        repository.write("openapi/sources.toml", &text.replacen(from, to, 1));
        let error = repository.refused(&[]);
        assert!(error.contains(words), "{error}");
    }
    fs::remove_file(repository.path("openapi/sources.toml")).unwrap();
    let error = repository.refused(&[]);
    assert!(error.contains("cannot read"), "{error}");
}

#[test]
fn a_target_that_cannot_be_written_leaves_all_as_it_was() {
    // A folder where a file belongs: it is met only after other files were already renamed.
    let repository = Repository::new();
    let text = repository.read(CONTRACT);
    repository.write(CONTRACT, &text.replacen("{\n", "{\n\n", 1));
    let target = repository.path("generated/src/transport.rs");
    fs::remove_file(&target).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("mine.txt"), "mine").unwrap();
    let error = repository.refused(&[]);
    assert!(error.contains("transport.rs"), "{error}");

    // A file where a folder belongs.
    let repository = Repository::new();
    let target = repository.path("generated/src/organizations");
    fs::remove_dir_all(&target).unwrap();
    fs::write(&target, "mine").unwrap();
    repository.refused(&[]);
}

/// The one test that runs the compiler: on a cold target folder it builds the dependencies of the
/// generated crate (from the registry's cache, and without network if `CARGO_NET_OFFLINE` says so).
#[test]
fn a_crate_written_aside_compiles_by_itself() {
    let repository = Repository::new();
    let before = repository.tree();
    let aside = TempDir::new().unwrap();
    let out = aside.path().join("deep/crate");
    let contract = repository.path(CONTRACT);
    let (contract, folder) = (contract.to_str().unwrap(), out.to_str().unwrap());
    let run = repository.regen(&["--from", contract, "--out", folder]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("47 operations"), "{}", run.stdout);
    assert!(run.stdout.contains("it compiles"), "{}", run.stdout);
    assert!(before == repository.tree(), "the repository has changed");
    let written = fs::read_to_string(out.join("src/organizations/mod.rs")).unwrap();
    assert_eq!(
        written,
        repository.read("generated/src/organizations/mod.rs")
    );
}
