//! What is not a document, or not one that the generator takes, is an error that a person can act
//! on.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use atlassian_orgs_codegen::{Error, Inputs, Options, extract, generate};
use serde_json::{Value, json};

const CONTRACT: &str = include_str!("../../openapi/organizations/contract.json");

fn words(document: &str) -> String {
    let error = extract(document).unwrap_err();
    assert!(matches!(error, Error::NotOpenApi(_)), "{error:?}");
    // `generate` reads its input the same way.
    assert_eq!(made(document).unwrap_err(), error);
    error.to_string()
}

fn made(contract: &str) -> Result<usize, Error> {
    let inputs = Inputs {
        name: "other",
        contract,
        ..Inputs::default()
    };
    generate(&[inputs], &Options::default()).map(|made| made.apis[0].operations)
}

#[test]
fn what_is_no_document_is_named() {
    let cases = [
        ("", "cut off at line 1, column 0"),
        (
            "<!DOCTYPE html><html></html>",
            "not valid JSON at line 1, column 1",
        ),
        (
            "{\"openapi\": \"3.0.0\",\n \"paths\": ",
            "cut off at line 2",
        ),
        ("[]", "the top level is not an object"),
        ("\"3.0.0\"", "the top level is not an object"),
        ("{}", "no `openapi` field"),
        (r#"{"openapi": 3.0, "paths": {}}"#, "no `openapi` field"),
        (r#"{"swagger": "2.0", "paths": {}}"#, "Swagger 2.0"),
        (
            r#"{"openapi": "3.1.0", "paths": {}}"#,
            "\"3.1.0\", and only 3.0.x",
        ),
        (r#"{"openapi": "3.0.0"}"#, "no `paths` object"),
        (r#"{"openapi": "3.0.0", "paths": []}"#, "no `paths` object"),
        (r#"{"openapi": "3.0.0", "paths": {}}"#, "hold no operation"),
        (
            r#"{"openapi": "3.0.0", "paths": {"/a": {"get": 1, "x-get": {}}}}"#,
            "hold no operation",
        ),
        // What looks like an operation under a vendor's name is none.
        (
            r#"{"openapi": "3.0.0", "paths": {"x-a": {"get": {}}}}"#,
            "hold no operation",
        ),
    ];
    for (document, wanted) in cases {
        let found = words(document);
        assert!(
            found.starts_with("not an OpenAPI 3.0 document in JSON: "),
            "{found}"
        );
        assert!(found.contains(wanted), "{document}: {found}");
    }
}

#[test]
fn a_document_cut_anywhere_is_cut_off() {
    // Steps that fall into strings, names and numbers alike.
    for end in (1..CONTRACT.trim_end().len()).step_by(9_973) {
        assert!(words(&CONTRACT[..end]).contains("cut off"), "at {end}");
    }
}

#[test]
fn an_error_does_not_quote_the_document() {
    let found = words(r#"{"openapi": "3.0.0", "paths": SECRET}"#);
    assert!(!found.contains("SECRET"), "{found}");
    let found = words(&json!({ "openapi": "x".repeat(1000) }).to_string());
    assert!(found.len() < 200, "{found}");
}

/// A document with a good operation beside a bad one.
fn beside_a_good_one(bad: Value) -> String {
    json!({
        "openapi": "3.0.0",
        "info": { "title": "T", "version": "1" },
        "paths": {
            "/good": { "get": { "responses": { "204": { "description": "" } } } },
            "/bad": { "post": bad },
        },
    })
    .to_string()
}

fn stopped_by(bad: Value) -> String {
    let Err(Error::Unsupported(parts)) = made(&beside_a_good_one(bad)) else {
        panic!("it must be refused");
    };
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert_eq!(parts[0].0.to_string(), "POST /bad");
    parts[0].1.clone()
}

#[test]
fn what_the_generator_refuses_is_named_with_its_operation() {
    let cookie = json!({ "in": "cookie", "name": "c", "schema": { "type": "string" } });
    let why = stopped_by(json!({ "parameters": [cookie], "responses": {} }));
    assert!(why.contains("cookie"), "{why}");
}

#[test]
fn a_panic_of_the_generator_is_named_with_its_operation() {
    // progenitor has a `todo!` for a type that OpenAPI does not have.
    let content = json!({ "application/json": { "schema": { "type": "file" } } });
    let answer = json!({ "200": { "description": "", "content": content } });
    let why = stopped_by(json!({ "responses": answer }));
    assert!(why.contains("invalid type: file"), "{why}");

    // It sorts path parameters by their place in the template, and has none for these.
    let parameter = |name: &str| {
        let schema = json!({ "type": "string" });
        json!({ "in": "path", "name": name, "required": true, "schema": schema })
    };
    let op = json!({
        "parameters": [parameter("absent"), parameter("absent-too")],
        "responses": { "204": { "description": "" } },
    });
    let why = stopped_by(op);
    assert!(why.contains("absent"), "{why}");
}

/// A document whose one operation answers with schema `A`, and these schemas.
fn answering(schemas: Value) -> String {
    let schema = json!({ "$ref": "#/components/schemas/A" });
    let content = json!({ "application/json": { "schema": schema } });
    let responses = json!({ "200": { "description": "", "content": content } });
    json!({
        "openapi": "3.0.0",
        "info": { "title": "T", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "responses": responses } } },
        "components": { "schemas": schemas },
    })
    .to_string()
}

fn parts(document: &str) -> Vec<(String, String)> {
    let Err(Error::Unsupported(parts)) = made(document) else {
        panic!("it must be refused");
    };
    let words = parts.into_iter().map(|(part, why)| (part.to_string(), why));
    words.collect()
}

/// Each of these once used up the generator's stack, which ends the process.
#[test]
fn what_would_never_end_is_named() {
    let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let recursive = |name: &str| json!({ "properties": { "self": of(name) } });
    let part = "schema `A`".to_owned();

    let made_of_itself = answering(json!({ "A": of("B"), "B": { "anyOf": [of("A")] } }));
    assert_eq!(
        parts(&made_of_itself),
        [(part.clone(), "schema `A` is made of itself".into())]
    );

    let endless = (
        part,
        "schema `A` has parts that contain each other without end".into(),
    );
    let merged_for_ever = answering(json!({
        "A": { "allOf": [of("B"), of("C")] },
        "B": recursive("B"),
        "C": recursive("C"),
    }));
    assert_eq!(parts(&merged_for_ever)[..], *std::slice::from_ref(&endless));
    let copied_for_ever = answering(json!({
        "A": { "properties": { "inside": { "allOf": [of("A"), { "properties": { "x": {} } }] } } },
    }));
    assert_eq!(parts(&copied_for_ever), [endless]);
}

/// progenitor leaves out what is no path by OpenAPI, without a word.
#[test]
fn a_path_that_is_none_is_named() {
    let mut document: Value = serde_json::from_str(&answering(json!({ "A": {} }))).unwrap();
    let item = json!({ "get": { "responses": { "204": { "description": "" } } } });
    document["paths"]["no-slash"] = item;
    document["paths"]["/elsewhere"] = json!({ "$ref": "other.json" });
    let found = parts(&document.to_string());
    let wanted = [
        ("path /elsewhere", "its operations stand elsewhere (`$ref`)"),
        ("path no-slash", "a path begins with a slash"),
    ];
    assert_eq!(
        found,
        wanted.map(|(part, why)| (part.to_owned(), why.to_owned()))
    );
}

#[test]
fn references_without_a_target_are_named() {
    for (target, why) in [
        ("#/components/schemas/Gone", "leads nowhere"),
        ("other.json#/A", "leads to another document"),
        ("#/paths", "leads to no component"),
    ] {
        let found = parts(&answering(json!({ "A": { "items": { "$ref": target } } })));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "schema `A`");
        assert!(found[0].1.contains(why), "{found:?}");
    }
}
