//! The committed contracts and their tables: every repair is needed, no row is missing or too many,
//! and no public name changes unnoticed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write;

use atlassian_orgs_codegen::{Error, Options, fixup};
use serde_json::Value;

fn without(fixup: &str) -> Options {
    let mut options = Options::default();
    options.without = Some(fixup.to_owned());
    options
}

#[test]
fn no_repair_can_be_left_out() {
    for api in common::all() {
        let whole = api.generate(&Options::default()).unwrap();
        for name in &api.fixups {
            match api.generate(&without(name)) {
                Ok(made) => assert_ne!(made.files, whole.files, "{}: {name}", api.name),
                // Another one has nothing to do without it.
                Err(Error::DeadFixup { fixup, .. }) => assert_ne!(fixup, name),
                Err(error) => {
                    let text = error.to_string();
                    let operation = ["GET /", "POST /", "PUT /", "DELETE /"];
                    let named = operation.iter().any(|verb| text.contains(verb));
                    assert!(named, "{}: {name}: {text}", api.name);
                }
            }
        }
    }
}

/// The fixup that an error says is dead.
fn dead(error: &Error) -> &str {
    match error {
        Error::DeadFixup { fixup, .. } => fixup,
        other => panic!("{other}"),
    }
}

#[test]
fn a_repair_that_finds_nothing_is_named() {
    let mut api = common::organizations();
    let mut contract: Value = serde_json::from_str(&api.contract).unwrap();
    for item in contract["paths"].as_object_mut().unwrap().values_mut() {
        for op in item.as_object_mut().unwrap().values_mut() {
            if let Some(no_content) = op["responses"].get_mut("204") {
                no_content.as_object_mut().unwrap().remove("content");
            }
        }
    }
    api.contract = contract.to_string();
    let error = api.generate(&Options::default()).unwrap_err();
    assert_eq!(dead(&error), "bodies_without_content");
    let text = error.to_string();
    assert!(text.contains("openapi/sources.toml"), "{text}");
    assert!(text.contains("`organizations`"), "{text}");
    // With the name taken out of the list it is fine again.
    api.fixups.retain(|name| name != "bodies_without_content");
    api.generate(&Options::default()).unwrap();
}

/// A contract without a single defect: every repair has nothing to do there.
#[test]
fn every_repair_of_a_list_must_apply() {
    let clean = serde_json::json!({
        "openapi": "3.0.0",
        "info": { "title": "T", "version": "1" },
        "paths": { "/a": { "get": {
            "operationId": "getA",
            "responses": { "204": { "description": "" } },
        } } },
    });
    for one in fixup::ALL {
        let api = common::Committed {
            name: "clean".into(),
            contract: clean.to_string(),
            operations: "[operations.\"GET /a\"]\nclass = \"read\"".into(),
            docs: "[operations.\"GET /a\"]\nsummary = \"Reads.\"".into(),
            fixups: vec![one.name.to_owned()],
        };
        let error = api.generate(&Options::default()).unwrap_err();
        assert_eq!(dead(&error), one.name);
    }
}

#[test]
fn an_unknown_repair_is_refused_with_those_there_are() {
    let mut api = common::organizations();
    api.fixups.push("mend_everything".into());
    let text = api.generate(&Options::default()).unwrap_err().to_string();
    assert!(text.starts_with("sources.toml: API `organizations` names fixup `mend_everything`"));
    assert!(text.contains("open_enums"), "{text}");
}

/// The error of a table, after its file was changed.
fn refused(change: impl FnOnce(&mut common::Committed)) -> String {
    let mut api = common::organizations();
    change(&mut api);
    let error = api.generate(&Options::default()).unwrap_err();
    assert!(matches!(error, Error::Table { .. }), "{error:?}");
    error.to_string()
}

/// The text without the table under this header.
fn without_row(text: &str, header: &str) -> String {
    let start = text.find(header).unwrap();
    let end = text[start + 1..].find("\n[").unwrap() + start + 1;
    format!("{}{}", &text[..start], &text[end..])
}

#[test]
fn an_operation_without_a_row_is_named() {
    let row = r#"[operations."POST /v2/orgs/{orgId}/users/invite"]"#;
    let text = refused(|api| {
        api.operations = without_row(&format!("{}\n[x]", api.operations), row).replace("[x]", "")
    });
    assert!(
        text.contains("no row for POST /v2/orgs/{orgId}/users/invite"),
        "{text}"
    );
    assert!(text.contains("not-idempotent"), "{text}");

    let row = r#"[operations."GET /v1/orgs"]"#;
    let text = refused(|api| api.docs = without_row(&api.docs, row));
    assert_eq!(
        text,
        "docs.toml: operation `GET /v1/orgs` has no row: say in a sentence what it does"
    );
}

#[test]
fn a_row_without_an_operation_is_named() {
    let row = "\n[operations.\"GET /v9/gone\"]\n";
    let text = refused(|api| api.operations.push_str(&format!("{row}class = \"read\"\n")));
    assert_eq!(
        text,
        "operations.toml: the contract no longer has GET /v9/gone; take the row(s) out"
    );
    let text = refused(|api| api.docs.push_str(&format!("{row}summary = \"Gone.\"\n")));
    assert_eq!(
        text,
        "docs.toml: it describes `GET /v9/gone`, which the contract does not have"
    );
    let row = "[schemas.Gone]\ndescription = \"x\"\n[schemas.GroupId.properties]\nid = \"x\"\n";
    let text = refused(|api| api.docs = row.to_owned());
    assert!(
        text.contains("schema `Gone`, which the contract does not have"),
        "{text}"
    );
}

#[test]
fn a_table_that_is_none_is_refused() {
    for broken in [
        "[operations",
        "[operations.\"GET /v1/orgs\"]",
        "unknown = 1",
    ] {
        let text = refused(|api| api.operations = broken.to_owned());
        assert!(
            text.starts_with("operations.toml: TOML parse error"),
            "{text}"
        );
    }
    let text = refused(|api| api.docs = "[operations.x]\nsumary = \"x\"".to_owned());
    assert!(text.starts_with("docs.toml: TOML parse error"), "{text}");
}

/// The rows of `operations.rs`, as the compiler reads them.
fn table(text: &str) -> Vec<Vec<(String, String)>> {
    let rows = text.split("Operation {\n").skip(1);
    let field = |line: &str| {
        let (name, value) = line.trim().trim_end_matches(',').split_once(": ")?;
        Some((name.to_owned(), value.trim_matches('"').to_owned()))
    };
    rows.map(|row| row.lines().filter_map(field).collect())
        .collect()
}

/// Path, operationId, method of the raw client and class: what callers and retries rely on. A
/// renamed public method shows up as a changed line here.
#[test]
fn the_table_of_operations() {
    for api in common::all() {
        let made = api.generate(&Options::default()).unwrap();
        let mut lines = String::new();
        for row in table(api.file(&made, "operations.rs")) {
            let get = |name: &str| &row.iter().find(|(n, _)| n == name).unwrap().1;
            let class = get("class").trim_start_matches("Class::");
            let (method, path, id, name) = (get("method"), get("path"), get("id"), get("name"));
            writeln!(lines, "{method} {path}\n    {id} -> {name}, {class}").unwrap();
        }
        insta::assert_snapshot!(format!("operations_{}", api.name), lines);
    }
}
