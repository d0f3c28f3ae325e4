//! Each rule of `diff`, on a small document: what is found, where, and for whom it breaks.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use atlassian_orgs_codegen::diff::{FacadeUse, Report, diff};
use atlassian_orgs_codegen::extract;
use serde_json::{Value, json};

/// Two operations that the facade uses (a read and a write) and one that it does not.
fn base() -> Value {
    json!({
        "openapi": "3.0.1",
        "info": { "title": "People", "version": "1" },
        "servers": [{ "url": "https://example.com" }],
        "security": [{ "key": [] }],
        "tags": [{ "name": "people" }],
        "paths": {
            "/people": { "get": {
                "operationId": "list",
                "parameters": [
                    { "name": "limit", "in": "query", "schema": { "type": "integer", "maximum": 100 } },
                    { "name": "ids", "in": "query", "explode": false,
                      "schema": { "type": "array", "maxItems": 10, "items": { "type": "string" } } },
                    { "name": "sort", "in": "query", "schema": { "$ref": "#/components/schemas/Sort" } }
                ],
                "responses": {
                    "200": { "description": "", "content": { "application/json": {
                        "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Person" } } } } },
                    "404": { "description": "", "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Failure" } } } }
                }
            } },
            "/people/{id}": {
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                "post": {
                    "operationId": "change",
                    "requestBody": { "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Update" } } } },
                    "responses": { "200": { "description": "", "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Person" } } } } }
                },
                "delete": { "responses": { "204": { "description": "" } } }
            }
        },
        "components": {
            "schemas": {
                "Person": { "type": "object", "required": ["id"], "properties": {
                    "id": { "type": "string" },
                    "status": { "$ref": "#/components/schemas/Status" },
                    "born": { "type": "string" },
                    "age": { "type": "integer" },
                    "tags": { "type": "array", "items": { "type": "string" } },
                    "boss": { "$ref": "#/components/schemas/Person" },
                    "contact": { "oneOf": [
                        { "$ref": "#/components/schemas/Mail" }, { "$ref": "#/components/schemas/Phone" }] }
                } },
                "Status": { "type": "string", "enum": ["active", "closed"] },
                "Mail": { "type": "object", "properties": { "mail": { "type": "string" } } },
                "Phone": { "type": "object", "properties": { "phone": { "type": "string" } } },
                "Update": { "type": "object", "required": ["name"], "properties": {
                    "name": { "type": "string", "maxLength": 20 },
                    "status": { "type": "string", "enum": ["active", "closed"] },
                    "groups": { "type": "array", "maxItems": 5, "items": { "type": "string" } },
                    "extra": { "type": "object", "additionalProperties": { "type": "string" } }
                } },
                "Sort": { "type": "object", "properties": { "field": { "type": "string" } } },
                "Failure": { "type": "object", "properties": { "code": { "type": "string" } } }
            },
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } }
        }
    })
}

fn facade() -> FacadeUse {
    let calls = "[calls]\nlist = [\"Organization::people\"]\nchange = [\"Person::change\"]\n";
    let ids = "[operations.\"DELETE /people/{id}\"]\nid = \"drop\"\nclass = \"delete\"\n";
    FacadeUse::parse(calls, ids).unwrap()
}

fn compare(old: &Value, new: &Value) -> Report {
    diff(&old.to_string(), &new.to_string(), &facade()).unwrap()
}

/// Every change as `place: what [breaks]`; those in a component stand under its name.
fn lines(report: &Report) -> Vec<String> {
    let mut out = Vec::new();
    let line = |place: &str, change: &atlassian_orgs_codegen::diff::Change| {
        let breaks = match (change.breaks.raw, change.breaks.facade) {
            (true, true) => " [raw, facade]",
            (true, false) => " [raw]",
            (false, true) => " [facade]",
            (false, false) => "",
        };
        let at = change.field.as_deref().unwrap_or(&change.at);
        let at = if at.is_empty() {
            String::new()
        } else {
            format!(" {at}")
        };
        format!("{place}{at}: {}{breaks}", change.what)
    };
    for op in [
        &report.operations_added,
        &report.operations_removed,
        &report.operations_changed,
    ]
    .into_iter()
    .flatten()
    {
        let place = format!("{} {}", op.method, op.path);
        let own = op.changes.iter().filter(|c| c.schema.is_none());
        out.extend(own.map(|change| line(&place, change)));
    }
    for schema in &report.schemas_changed {
        if schema.changes.is_empty() {
            let now = schema.now.as_deref().unwrap_or_default();
            out.push(
                format!("{} {} {now}", schema.schema, schema.change)
                    .trim()
                    .to_owned(),
            );
        }
        out.extend(
            schema
                .changes
                .iter()
                .map(|change| line(&schema.schema, change)),
        );
    }
    out.extend(report.document.iter().map(|change| line("API", change)));
    out
}

/// Applies `edit` to the document and checks that exactly these lines come of it.
#[track_caller]
fn check(edit: impl FnOnce(&mut Value), expected: &[&str]) {
    let old = base();
    let mut new = base();
    edit(&mut new);
    assert_ne!(old, new, "the edit did nothing");
    let report = compare(&old, &new);
    assert_eq!(lines(&report), expected);
    assert_eq!(report.is_empty(), expected.is_empty());
    let breaking = expected.iter().any(|line| line.ends_with(']'));
    assert_eq!(report.is_breaking(), breaking);
    // The way back finds as much as the way there, and a document never differs from itself.
    assert_eq!(compare(&new, &old).is_empty(), expected.is_empty());
    assert!(compare(&new, &new).is_empty());
}

fn at<'a>(doc: &'a mut Value, pointer: &str) -> &'a mut Value {
    doc.pointer_mut(pointer).unwrap()
}

fn remove(doc: &mut Value, pointer: &str, key: &str) {
    at(doc, pointer)
        .as_object_mut()
        .unwrap()
        .remove(key)
        .unwrap();
}

const LIST: &str = "/paths/~1people/get";
const CHANGE: &str = "/paths/~1people~1{id}/post";
const PERSON: &str = "/components/schemas/Person/properties";
const UPDATE: &str = "/components/schemas/Update/properties";

#[test]
fn operations() {
    check(
        |doc| doc["paths"]["/news"]["get"] = json!({ "responses": {} }),
        &["GET /news: added"],
    );
    check(
        |doc| remove(doc, "/paths", "/people"),
        &["GET /people: removed [raw, facade]"],
    );
    check(
        |doc| remove(doc, "/paths/~1people~1{id}", "delete"),
        &["DELETE /people/{id}: removed [raw]"],
    );
    check(
        |doc| at(doc, LIST)["deprecated"] = true.into(),
        &["GET /people: now deprecated"],
    );
    check(
        |doc| at(doc, LIST)["x-experimental"] = true.into(),
        &["GET /people: now experimental"],
    );
    check(
        |doc| at(doc, LIST)["operationId"] = "all".into(),
        &["GET /people: operationId: `list` → `all` [raw]"],
    );
    // Our table had this name for it already.
    check(
        |doc| at(doc, "/paths/~1people~1{id}/delete")["operationId"] = "drop".into(),
        &["DELETE /people/{id}: operationId: none → `drop`"],
    );
}

#[test]
fn an_operation_that_moves_is_one_operation() {
    check(
        |doc| {
            let item = doc["paths"]
                .as_object_mut()
                .unwrap()
                .remove("/people")
                .unwrap();
            doc["paths"]["/v2/people"] = item;
        },
        &["GET /v2/people: moved from `GET /people` [facade]"],
    );
    check(
        |doc| {
            let paths = doc["paths"].as_object_mut().unwrap();
            let mut item = paths.remove("/people/{id}").unwrap();
            item["parameters"][0]["name"] = "person".into();
            paths.insert("/people/{person}".into(), item);
        },
        &[
            "DELETE /people/{person}: moved from `DELETE /people/{id}`",
            "DELETE /people/{person} path parameter `person`: renamed from `id` [raw]",
            "POST /people/{person}: moved from `POST /people/{id}`",
            "POST /people/{person} path parameter `person`: renamed from `id` [raw]",
        ],
    );
}

#[test]
fn parameters() {
    let added = |required: bool| {
        move |doc: &mut Value| {
            let one = json!({ "name": "x", "in": "query", "required": required, "schema": { "type": "string" } });
            at(doc, LIST)["parameters"]
                .as_array_mut()
                .unwrap()
                .push(one);
        }
    };
    check(
        added(false),
        &["GET /people query parameter `x`: added (string, optional)"],
    );
    check(
        added(true),
        &["GET /people query parameter `x`: added (string, required) [raw, facade]"],
    );
    let limit = "/paths/~1people/get/parameters/0";
    check(
        |doc| {
            at(doc, LIST)["parameters"]
                .as_array_mut()
                .unwrap()
                .remove(0);
        },
        &["GET /people query parameter `limit`: removed [raw, facade]"],
    );
    check(
        |doc| at(doc, limit)["required"] = true.into(),
        &["GET /people query parameter `limit`: now required [raw, facade]"],
    );
    check(
        |doc| at(doc, limit)["in"] = "header".into(),
        &["GET /people header parameter `limit`: moved from query to header [facade]"],
    );
    check(
        |doc| at(doc, limit)["schema"]["maximum"] = 50.into(),
        &["GET /people query parameter `limit`: maximum: 100 → 50 [raw, facade]"],
    );
    check(
        |doc| at(doc, limit)["schema"]["maximum"] = 200.into(),
        &["GET /people query parameter `limit`: maximum: 100 → 200"],
    );
    check(
        |doc| at(doc, limit)["schema"] = json!({ "type": "string" }),
        &["GET /people query parameter `limit`: type changed: integer → string [raw, facade]"],
    );
    check(
        |doc| at(doc, limit)["deprecated"] = true.into(),
        &["GET /people query parameter `limit`: deprecated: false → true"],
    );
    let ids = "/paths/~1people/get/parameters/1";
    check(
        |doc| at(doc, ids)["explode"] = true.into(),
        &["GET /people query parameter `ids`: style: form, joined → form, exploded [facade]"],
    );
    check(
        |doc| at(doc, ids)["style"] = "pipeDelimited".into(),
        &[
            "GET /people query parameter `ids`: style: form, joined → pipeDelimited, joined [facade]",
        ],
    );
    // An object in a query: the raw client has no such parameter, whatever becomes of it.
    check(
        |doc| {
            at(doc, LIST)["parameters"]
                .as_array_mut()
                .unwrap()
                .remove(2);
        },
        &["GET /people query parameter `sort` (not in the raw client): removed"],
    );
    check(
        |doc| remove(doc, "/components/schemas/Sort/properties", "field"),
        &["Sort field: field removed (was string)"],
    );
}

#[test]
fn request_bodies() {
    let body = |doc: &mut Value| at(doc, CHANGE)["requestBody"].take();
    check(
        |doc| remove(doc, CHANGE, "requestBody"),
        &["POST /people/{id} request body: removed [raw, facade]"],
    );
    check(
        |doc| {
            let body = body(doc);
            at(doc, CHANGE)["requestBody"] = body.clone();
            at(doc, "/paths/~1people~1{id}/delete")["requestBody"] = body;
        },
        &["DELETE /people/{id} request body: added (optional)"],
    );
    check(
        |doc| at(doc, CHANGE)["requestBody"]["required"] = true.into(),
        &["POST /people/{id} request body: optional → required [raw, facade]"],
    );
    check(
        |doc| {
            let content = at(doc, &format!("{CHANGE}/requestBody/content"))
                .as_object_mut()
                .unwrap();
            let json = content.remove("application/json").unwrap();
            content.insert("application/xml".into(), json);
        },
        &[
            "POST /people/{id} request body: no longer application/json [raw, facade]",
            "POST /people/{id} request body: now also application/xml",
        ],
    );
    check(
        |doc| at(doc, UPDATE)["note"] = json!({ "type": "string" }),
        &["Update note: field added (string, optional)"],
    );
    check(
        |doc| {
            at(doc, UPDATE)["note"] = json!({ "type": "string" });
            at(doc, "/components/schemas/Update")["required"] = json!(["note", "name"]);
        },
        &["Update note: field added (string, required) [raw, facade]"],
    );
    check(
        |doc| remove(doc, UPDATE, "groups"),
        &["Update groups: field removed (was array of string) [raw, facade]"],
    );
    check(
        |doc| at(doc, "/components/schemas/Update")["required"] = json!(["name", "groups"]),
        &["Update groups: field is now required [raw, facade]"],
    );
    check(
        |doc| at(doc, "/components/schemas/Update")["required"] = json!([]),
        &["Update name: field is no longer required [raw]"],
    );
    check(
        |doc| at(doc, UPDATE)["name"]["maxLength"] = 10.into(),
        &["Update name: maxLength: 20 → 10 [raw, facade]"],
    );
    // Without a limit it is a plain String in Rust.
    check(
        |doc| remove(doc, &format!("{UPDATE}/name"), "maxLength"),
        &["Update name: maxLength dropped (was 20) [raw]"],
    );
    check(
        |doc| at(doc, UPDATE)["groups"]["maxItems"] = 9.into(),
        &["Update groups: maxItems: 5 → 9"],
    );
    check(
        |doc| at(doc, UPDATE)["status"]["enum"] = json!(["active", "closed", "asleep"]),
        &["Update status: enum value added: `asleep`"],
    );
    check(
        |doc| at(doc, UPDATE)["status"]["enum"] = json!(["active"]),
        &["Update status: enum value removed: `closed` [raw, facade]"],
    );
    check(
        |doc| at(doc, UPDATE)["extra"]["additionalProperties"] = json!({ "type": "integer" }),
        &["Update extra{*}: type changed: string → integer [raw, facade]"],
    );
    check(
        |doc| at(doc, UPDATE)["extra"]["additionalProperties"] = false.into(),
        &["Update extra: further fields: a map → forbidden [raw, facade]"],
    );
    check(
        |doc| at(doc, UPDATE)["status"]["nullable"] = true.into(),
        &["Update status: may be null now"],
    );
    check(
        |doc| at(doc, UPDATE)["name"]["nullable"] = true.into(),
        &["Update name: may be null now [raw]"],
    );
}

#[test]
fn answers() {
    let responses = format!("{LIST}/responses");
    check(
        |doc| at(doc, &responses)["403"] = json!({ "description": "" }),
        &["GET /people response 403: status added"],
    );
    check(
        |doc| remove(doc, &responses, "404"),
        &["GET /people response 404: status removed"],
    );
    // A read takes the listed successes only, a write takes any.
    check(
        |doc| at(doc, &responses)["206"] = json!({ "description": "" }),
        &["GET /people response 206: status added [facade]"],
    );
    check(
        |doc| at(doc, &format!("{CHANGE}/responses"))["206"] = json!({ "description": "" }),
        &["POST /people/{id} response 206: status added"],
    );
    check(
        |doc| {
            at(doc, &format!("{CHANGE}/responses"))
                .clone_from(&json!({ "204": { "description": "" } }))
        },
        &[
            "POST /people/{id} response 200: status removed",
            "POST /people/{id} response 204: status added",
            "POST /people/{id} success body (200, then 204): no longer application/json [raw, facade]",
        ],
    );
    check(
        |doc| {
            at(doc, &format!("{CHANGE}/responses/200"))["headers"] =
                json!({ "X": { "schema": {} } })
        },
        &["POST /people/{id} response 200: header `X` added"],
    );
    check(
        |doc| at(doc, PERSON)["note"] = json!({ "type": "string" }),
        &["Person note: field added (string, optional)"],
    );
    check(
        |doc| remove(doc, PERSON, "born"),
        &["Person born: field removed (was string) [raw, facade]"],
    );
    check(
        |doc| at(doc, "/components/schemas/Person")["required"] = json!(["id", "born"]),
        &["Person born: field is now required"],
    );
    check(
        |doc| at(doc, PERSON)["age"] = json!({ "type": "string" }),
        &["Person age: type changed: integer → string [raw, facade]"],
    );
    check(
        |doc| at(doc, PERSON)["born"]["format"] = "date".into(),
        &["Person born: format set: `date`"],
    );
    check(
        |doc| at(doc, PERSON)["age"]["format"] = "int32".into(),
        &["Person age: format set: `int32` [raw]"],
    );
    check(
        |doc| at(doc, PERSON)["born"]["nullable"] = true.into(),
        &["Person born: may be null now"],
    );
    check(
        |doc| at(doc, PERSON)["tags"]["items"]["nullable"] = true.into(),
        &["Person tags[]: may be null now [raw, facade]"],
    );
    check(
        |doc| at(doc, "/components/schemas/Status")["enum"] = json!(["active"]),
        &["Status: enum value removed: `closed` [raw]"],
    );
    check(
        |doc| remove(doc, "/components/schemas/Status", "enum"),
        &["Status: no longer an enum (was `active`, `closed`) [raw]"],
    );
    check(
        |doc| {
            at(doc, PERSON)["contact"]["oneOf"] = json!([{ "$ref": "#/components/schemas/Mail" }])
        },
        &["Person contact: oneOf member removed: `Phone` [raw]"],
    );
    check(
        |doc| {
            let more = json!({ "type": "object", "properties": { "fax": { "type": "string" } } });
            at(doc, PERSON)["contact"]["oneOf"]
                .as_array_mut()
                .unwrap()
                .push(more);
        },
        &["Person contact: oneOf member added: object [raw, facade]"],
    );
    check(
        |doc| remove(doc, "/components/schemas/Failure/properties", "code"),
        &["Failure code: field removed (was string)"],
    );
}

#[test]
fn the_api_as_a_whole() {
    let oauth =
        json!({ "type": "oauth2", "flows": { "authorizationCode": { "scopes": { "read": "" } } } });
    check(
        |doc| {
            doc["components"]["securitySchemes"]["oauth"] = oauth.clone();
            doc["security"]
                .as_array_mut()
                .unwrap()
                .insert(0, json!({ "oauth": [] }));
        },
        &[
            "API security: added: {\"oauth\":[]}",
            "API security scheme `oauth`: added (`oauth2`) with scopes `read`",
        ],
    );
    check(
        |doc| doc["security"] = json!([]),
        &["API security: removed: {\"key\":[]} [raw, facade]"],
    );
    check(
        |doc| doc["servers"][0]["url"] = "https://example.org".into(),
        &[
            "API servers: removed: {\"url\":\"https://example.com\"} [raw, facade]",
            "API servers: added: {\"url\":\"https://example.org\"}",
        ],
    );
    check(
        |doc| doc["info"]["version"] = "2".into(),
        &["API info.version: `1` → `2`"],
    );
    check(
        |doc| doc["components"]["parameters"]["x"] = json!({ "name": "x", "in": "query" }),
        &["API components.parameters.x: added; no operation uses it"],
    );
}

#[test]
fn scopes_that_come_and_go() {
    let with = |scopes: Value| {
        let mut doc = base();
        doc["components"]["securitySchemes"]["oauth"] =
            json!({ "type": "oauth2", "flows": { "authorizationCode": { "scopes": scopes } } });
        doc
    };
    let (old, new) = (with(json!({ "read": "" })), with(json!({ "write": "" })));
    assert_eq!(
        lines(&compare(&old, &new)),
        [
            "API security scheme `oauth`: scope removed: `read` [raw]",
            "API security scheme `oauth`: scope added: `write`",
        ]
    );
}

#[test]
fn another_name_or_none_is_the_same_on_the_wire() {
    let rename = |doc: &mut Value| {
        let text = doc.to_string().replace("schemas/Person", "schemas/Human");
        *doc = serde_json::from_str(&text).unwrap();
        let schemas = at(doc, "/components/schemas").as_object_mut().unwrap();
        let person = schemas.remove("Person").unwrap();
        schemas.insert("Human".into(), person);
    };
    let (old, mut new) = (base(), base());
    rename(&mut new);
    let report = compare(&old, &new);
    assert_eq!(report.counts.schemas_renamed, 1);
    assert!(!report.is_breaking());
    let one = &report.schemas_changed[0];
    assert_eq!(
        (one.schema.as_str(), one.now.as_deref()),
        ("Person", Some("Human"))
    );
    assert_eq!(one.operations, ["GET /people", "POST /people/{id}"]);

    // Renamed and changed: the change is found through the new name.
    remove(&mut new, "/components/schemas/Human/properties", "born");
    let report = compare(&old, &new);
    assert!(report.schemas_changed[0].breaks.facade);
    assert_eq!(report.schemas_changed[0].change, "changed");

    check(
        |doc| {
            let status = at(doc, "/components/schemas/Status").clone();
            at(doc, PERSON)["status"] = status;
            remove(doc, "/components/schemas", "Status");
        },
        &[
            "Person status: schema `Status` is written out in place",
            "Status removed",
        ],
    );
    // In an `allOf` of its own, or beside others that add nothing.
    check(
        |doc| {
            at(doc, PERSON)["status"] =
                json!({ "allOf": [{ "$ref": "#/components/schemas/Status" }] });
        },
        &[],
    );
    check(
        |doc| {
            let parts = at(doc, PERSON).clone();
            let person = at(doc, "/components/schemas/Person");
            *person = json!({ "allOf": [{ "properties": parts }, { "required": ["id"] }], "type": "object" });
        },
        &[],
    );
}

#[test]
fn order_and_written_defaults_are_no_change() {
    check(
        |doc| {
            at(doc, LIST)["parameters"]
                .as_array_mut()
                .unwrap()
                .reverse();
            at(doc, PERSON)["contact"]["oneOf"]
                .as_array_mut()
                .unwrap()
                .reverse();
            at(doc, "/components/schemas/Status")["enum"] = json!(["closed", "active"]);
        },
        &[],
    );
    check(
        |doc| {
            at(doc, LIST)["deprecated"] = false.into();
            at(doc, "/paths/~1people/get/parameters/0")["required"] = false.into();
            at(doc, "/paths/~1people/get/parameters/0")["style"] = "form".into();
            at(doc, PERSON)["born"]["nullable"] = false.into();
            at(doc, "/components/schemas/Person")["additionalProperties"] = true.into();
        },
        &[],
    );
    // In place or among the components.
    check(
        |doc| {
            let one = at(doc, LIST)["parameters"][0].take();
            at(doc, LIST)["parameters"][0] = json!({ "$ref": "#/components/parameters/limit" });
            doc["components"]["parameters"]["limit"] = one;
        },
        &[],
    );
}

#[test]
fn recursion_ends() {
    let endless = |word: &str| {
        let mut doc = base();
        let schemas = at(&mut doc, "/components/schemas");
        schemas["Person"] = json!({ "allOf": [
            { "$ref": "#/components/schemas/Person" },
            { "properties": { "boss": { "allOf": [{ "$ref": "#/components/schemas/Person" }, { "type": "object" }] } } }
        ] });
        schemas["Mail"] = json!({ "$ref": "#/components/schemas/Phone" });
        schemas["Phone"] = json!({ "$ref": "#/components/schemas/Mail" });
        schemas["Update"] =
            json!({ "anyOf": [{ "$ref": "#/components/schemas/Update" }, { "type": word }] });
        doc
    };
    let (old, new) = (endless("string"), endless("integer"));
    assert!(compare(&old, &old).is_empty());
    assert_eq!(lines(&compare(&old, &new)).len(), 2);
    // Each level forty times the one above, were it merged anew each time.
    let mut wide = base();
    wide["components"]["schemas"]["Person"] =
        json!({ "allOf": vec![json!({ "$ref": "#/components/schemas/Person" }); 40] });
    assert!(!compare(&wide, &base()).is_empty());
    // Against something that has an end, both ways.
    assert!(!compare(&old, &base()).is_empty());
    assert!(!compare(&base(), &old).is_empty());
}

#[test]
fn prose_is_counted_where_both_sides_have_it() {
    let old = {
        let mut doc = base();
        at(&mut doc, LIST)["summary"] = "Lists".into();
        at(&mut doc, "/paths/~1people~1{id}/delete")["description"] = "Drops".into();
        at(&mut doc, PERSON)["id"]["description"] = "Its id".into();
        doc["info"]["description"] = "People".into();
        doc
    };
    let mut new = old.clone();
    assert!(compare(&old, &new).prose.compared);
    assert_eq!(compare(&old, &new).prose.places, 0);
    at(&mut new, PERSON)["id"]["description"] = "The id".into();
    at(&mut new, "/paths/~1people~1{id}/delete")["summary"] = "Drop".into();
    let report = compare(&old, &new);
    assert!(report.is_empty());
    assert_eq!(report.prose.places, 2);
    // The second through the schema that it answers with.
    let all = ["DELETE /people/{id}", "GET /people", "POST /people/{id}"];
    assert_eq!(report.prose.operations, all);
    assert!(!report.prose.document);
    new["info"]["description"] = "Persons".into();
    assert!(compare(&old, &new).prose.document);
    assert!(report.to_markdown().contains("Changed in 2 place(s)"));
    // What was said is not repeated: it is not ours.
    assert!(!report.to_markdown().contains("The id"));
    assert!(!report.to_json().contains("The id"));

    let contract = extract(&old.to_string()).unwrap();
    let report = diff(&contract, &new.to_string(), &facade()).unwrap();
    assert!(report.is_empty() && !report.prose.compared);
    assert!(report.to_markdown().contains("Not compared"));
}

#[test]
fn the_report_for_people_and_machines() {
    let mut new = base();
    remove(&mut new, PERSON, "born");
    at(&mut new, LIST)["parameters"][0]["required"] = true.into();
    remove(&mut new, "/paths/~1people~1{id}", "delete");
    new["paths"]["/news"]["get"] = json!({ "operationId": "news", "responses": {} });
    let report = compare(&base(), &new);
    insta::assert_snapshot!(report.to_markdown());

    let value: Value = serde_json::from_str(&report.to_json()).unwrap();
    for (list, length) in [
        ("operations_added", 1),
        ("operations_removed", 1),
        ("operations_changed", 2),
        ("schemas_changed", 1),
    ] {
        assert_eq!(value[list].as_array().unwrap().len(), length, "{list}");
    }
    assert_eq!(value["counts"]["breaking_raw"], 3);
    assert_eq!(value["counts"]["breaking_facade"], 2);
    let changed = &value["operations_changed"][0];
    assert_eq!(changed["method"], "GET");
    assert_eq!(changed["path"], "/people");
    assert_eq!(changed["operationId"], "list");
    assert_eq!(changed["facade_calls"], json!(["Organization::people"]));
    assert_eq!(changed["breaks"], json!({ "raw": true, "facade": true }));
    // No published id: only ours.
    assert_eq!(value["operations_removed"][0].get("operationId"), None);
    assert_eq!(value["operations_removed"][0]["our_id"], "drop");
}

#[test]
fn what_is_no_document_is_an_error() {
    for text in ["", "{", "[]", "{}", r#"{"openapi": "3.1.0"}"#] {
        assert!(diff(text, &base().to_string(), &facade()).is_err());
        assert!(diff(&base().to_string(), text, &facade()).is_err());
    }
    assert!(FacadeUse::parse("[call]", "").is_err());
    let table = FacadeUse::parse("[calls]\nnobody = []", "").unwrap();
    let error = table.check(&base().to_string()).unwrap_err();
    assert!(error.to_string().contains("nobody"));
    facade().check(&base().to_string()).unwrap();
}
