//! `cargo xtask regen --from DOC --out DIR` with documents of which this repository knows nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{CONTRACT, Repository, Run};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A place for documents and for the crates made of them.
struct Desk {
    repository: Repository,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            repository: Repository::new(),
            folder: TempDir::new().unwrap(),
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.out().join(file)).unwrap()
    }

    fn regen(&self, document: &Value, more: &[&str]) -> Run {
        let path = self.folder.path().join("document.json");
        fs::write(&path, document.to_string()).unwrap();
        let out = self.out();
        let mut arguments = vec![
            "--from",
            path.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ];
        arguments.extend(more);
        let before = self.repository.tree();
        let run = self.repository.regen(&arguments);
        assert!(
            before == self.repository.tree(),
            "the repository has changed"
        );
        run
    }

    /// Runs it where it has to fail: nothing is written then.
    fn refused(&self, document: &Value, more: &[&str]) -> String {
        let run = self.regen(document, more);
        assert_eq!(run.status, 2, "{}{}", run.stdout, run.stderr);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        assert!(!self.out().exists(), "something was written");
        run.stderr
    }
}

fn document(paths: Value, schemas: Value) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Foreign", "version": "1" },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn answer(schema: Value) -> Value {
    let content = json!({ "application/json": { "schema": schema } });
    json!({ "200": { "description": "", "content": content } })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// One operation that progenitor cannot take.
fn upload() -> Value {
    let content = json!({ "multipart/form-data": { "schema": { "type": "object" } } });
    json!({
        "operationId": "upload",
        "requestBody": { "content": content },
        "responses": { "204": { "description": "" } },
    })
}

#[test]
fn what_can_be_generated_is_and_the_rest_is_named() {
    let desk = Desk::new();
    let id =
        json!({ "in": "path", "name": "id", "required": true, "schema": { "type": "string" } });
    let own = json!({ "responses": answer(reference("Thing")), "parameters": [id] });
    let broken = json!({ "operationId": "list", "responses": answer(reference("Broken")) });
    let foreign = document(
        json!({
            "/things/{id}": { "get": own },
            "/things": { "get": broken, "post": upload() },
        }),
        json!({
            "Thing": { "type": "object", "properties": { "name": { "type": "string" } } },
            "Broken": { "type": "file" },
        }),
    );
    let upload_is_named = "\n  POST /things: unexpected or unhandled format";
    let broken_is_named = "\n  schema `Broken`: not yet implemented: invalid type: file";

    let error = desk.refused(&foreign, &[]);
    assert!(error.contains("cannot take 2 part(s)"), "{error}");
    assert!(error.contains(upload_is_named), "{error}");
    assert!(error.contains(broken_is_named), "{error}");

    let run = desk.regen(&foreign, &["--skip-unsupported"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for words in [
        "1 operationId(s) derived",
        "\n  GET /things/{id}: getThingsById\n",
        "1 schema(s) as free JSON",
        broken_is_named,
        "1 operation(s) left out",
        upload_is_named,
        "api: 2 of 3 operations",
        "it compiles",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    let client = desk.read("src/api/mod.rs");
    assert!(client.contains("pub fn get_things_by_id(&self)"));
    assert!(!client.contains("upload"));
    // Without a table nothing but a GET counts as harmless.
    assert!(
        desk.read("src/api/operations.rs")
            .contains("class: Class::Read")
    );
}

#[test]
fn an_empty_client_is_no_success() {
    let desk = Desk::new();
    let foreign = document(json!({ "/things": { "post": upload() } }), json!({}));
    let error = desk.refused(&foreign, &["--skip-unsupported"]);
    assert!(error.contains("POST /things"), "{error}");
}

#[test]
fn what_does_not_compile_is_traced_to_its_part() {
    let desk = Desk::new();
    // Two properties that are one field in Rust: nothing stops the generator there.
    let twice = json!({ "type": "object", "properties": { "a-b": {}, "a_b": {} } });
    let get = |id: &str, schema: Value| json!({ "get": { "operationId": id, "responses": answer(schema) } });
    let foreign = document(
        json!({ "/query": get("query", reference("Query")), "/ping": get("ping", json!({})) }),
        json!({ "Query": twice }),
    );
    let error = desk.refused(&foreign, &[]);
    assert!(
        error.contains("schema `Query`: its code does not compile: "),
        "{error}"
    );

    let run = desk.regen(&foreign, &["--skip-unsupported"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout
            .contains("schema `Query`: its code does not compile"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("api: 2 of 2 operations"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_name_of_its_own_makes_module_and_feature() {
    let desk = Desk::new();
    let ping = json!({ "get": { "operationId": "ping", "responses": answer(json!({})) } });
    let foreign = document(json!({ "/ping": ping }), json!({}));
    let run = desk.regen(&foreign, &["--api", "my-own"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        desk.read("src/my_own/mod.rs")
            .contains("pub fn ping(&self)")
    );
    assert!(desk.read("Cargo.toml").contains("default = [\"my-own\"]"));

    let desk = Desk::new();
    for name in [
        "My",
        "9",
        "a b",
        "../x",
        "transport",
        "schemars",
        "default",
        "fn",
        "",
        "-",
    ] {
        let error = desk.refused(&foreign, &["--api", name]);
        assert!(
            error.contains("cannot be the name of an API"),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_document_of_ours_is_known_by_its_operations() {
    let desk = Desk::new();
    let mut contract: Value = serde_json::from_str(&desk.repository.read(CONTRACT)).unwrap();
    contract["paths"]
        .as_object_mut()
        .unwrap()
        .remove("/v1/orgs");
    // As one of ours it must fit its tables.
    let error = desk.refused(&contract, &[]);
    assert!(
        error.contains("the contract no longer has GET /v1/orgs"),
        "{error}"
    );
    // As any other it only uses them.
    let run = desk.regen(&contract, &["--skip-unsupported"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("organizations: 46 operations"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("derived"), "{}", run.stdout);
    assert!(
        desk.read("src/organizations/mod.rs")
            .contains("pub fn invite_users(&self)")
    );
}

#[test]
fn skipping_is_for_documents_written_aside() {
    let repository = Repository::new();
    let run = repository.regen(&["--skip-unsupported"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--out"), "{}", run.stderr);
}
