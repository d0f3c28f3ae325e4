//! What each repair repairs, on a document that has nothing but its defect. That none of them is
//! dead, or unneeded, for the real contract is in `tests/contract.rs`.

use serde_json::{Value, json};

use super::*;
use crate::api::Inputs;

/// Applies one repair to a document that is in no manifest.
fn apply_one(name: &str, doc: Value) -> (usize, Value) {
    apply_with("", None, name, doc).unwrap()
}

fn apply_with(
    operations: &str,
    fixups: Option<&[String]>,
    name: &str,
    doc: Value,
) -> Result<(usize, Value), Error> {
    let api = Api::new(Inputs {
        operations,
        fixups,
        ..Inputs::default()
    })?;
    let fixup = ALL.iter().find(|f| f.name == name).unwrap();
    let mut draft = Draft::new(&api, doc);
    let changed = (fixup.apply)(&mut draft)?;
    Ok((changed, draft.doc))
}

/// A document with one operation.
fn with_operation(op: Value) -> Value {
    json!({ "paths": { "/a": { "post": op } } })
}

/// A document whose one operation answers with schema `A`, and these schemas.
fn answering(schemas: Value) -> Value {
    let answer = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/A" } } });
    json!({
        "paths": { "/a": { "get": { "responses": { "200": { "content": answer } } } } },
        "components": { "schemas": schemas },
    })
}

fn schema<'a>(doc: &'a Value, name: &str) -> &'a Value {
    &doc["components"]["schemas"][name]
}

fn names(map: &Value) -> Vec<&str> {
    map.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn ids_come_from_the_table_or_are_derived() {
    let doc = || json!({ "paths": { "/a/{b}/c-d": { "get": {}, "put": { "operationId": "x" } } } });
    let row = "[operations.\"GET /a/{b}/c-d\"]\nid = \"readIt\"\nclass = \"read\"";
    let id = |doc: &Value| doc["paths"]["/a/{b}/c-d"]["get"]["operationId"].clone();

    let (changed, fixed) = apply_with(row, Some(&[]), "missing_operation_ids", doc()).unwrap();
    assert_eq!((changed, id(&fixed)), (1, json!("readIt")));
    assert_eq!(fixed["paths"]["/a/{b}/c-d"]["put"]["operationId"], "x");

    let (changed, fixed) = apply_one("missing_operation_ids", doc());
    assert_eq!((changed, id(&fixed)), (1, json!("getAByBCD")));

    // An API of the manifest names its methods itself.
    let error = apply_with("", Some(&[]), "missing_operation_ids", doc()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("GET /a/{b}/c-d"), "{text}");
    assert!(text.starts_with("operations.toml"), "{text}");
}

#[test]
fn derived_ids_differ_from_all_others() {
    let doc = json!({ "paths": {
        "/a/b": { "get": {} },
        "/a-b": { "get": {} },
        "/c": { "get": { "operationId": "get-a-b" } },
        // The same method as the one before.
        "/d": { "get": { "operationId": "get_a_b" } },
    } });
    let (_, fixed) = apply_one("missing_operation_ids", doc);
    let ids: Vec<_> = crate::spec::operations(&fixed)
        .map(|(_, _, op)| op["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["getAB", "getAB2", "get-a-b", "getD"]);
}

#[test]
fn a_template_takes_the_name_that_its_parameter_has() {
    let parameter = |name: &str| json!({ "in": "path", "name": name, "required": true });
    let op = json!({ "parameters": [parameter("accountId")] });
    let doc = json!({ "paths": {
        "/u/{userId}": { "get": op },
        "/u/{accountId}": { "delete": op },
    } });
    let (changed, fixed) = apply_one("misnamed_path_parameters", doc);
    assert_eq!(changed, 1);
    assert_eq!(names(&fixed["paths"]), ["/u/{accountId}"]);
    assert_eq!(fixed["paths"]["/u/{accountId}"]["get"], op);
    assert!(fixed["paths"]["/u/{accountId}"]["delete"].is_object());
}

#[test]
fn a_path_that_is_taken_is_not_overwritten() {
    let op = json!({ "parameters": [{ "in": "path", "name": "b", "required": true }] });
    let doc = json!({ "paths": { "/{a}": { "get": op }, "/{b}": { "get": op } } });
    let (changed, fixed) = apply_one("misnamed_path_parameters", doc.clone());
    assert_eq!((changed, fixed), (0, doc));
}

#[test]
fn no_content_has_no_body() {
    let body = json!({ "description": "", "content": { "application/json": {} } });
    let doc = with_operation(json!({ "responses": { "204": body, "200": body } }));
    let (changed, fixed) = apply_one("bodies_without_content", doc);
    assert_eq!(changed, 1);
    let responses = &fixed["paths"]["/a"]["post"]["responses"];
    assert_eq!(responses["204"], json!({ "description": "" }));
    assert_eq!(responses["200"], body);
}

#[test]
fn ids_are_text() {
    let id = json!({ "type": "string", "format": "uuid" });
    let doc = answering(json!({ "A": { "type": "array", "items": id } }));
    let (changed, fixed) = apply_one("ids_that_are_not_uuids", doc);
    assert_eq!(changed, 1);
    assert_eq!(schema(&fixed, "A")["items"], json!({ "type": "string" }));
}

#[test]
fn failures_are_not_declared() {
    let responses = json!({ "200": {}, "206": {}, "2XX": {}, "404": {}, "5XX": {}, "default": {} });
    let doc = with_operation(json!({ "responses": responses }));
    let (changed, fixed) = apply_one("failures", doc);
    assert_eq!(changed, 3);
    let left = &fixed["paths"]["/a"]["post"]["responses"];
    assert_eq!(names(left), ["200", "206", "2XX"]);
}

#[test]
fn optional_query_parameters_are_plain() {
    let query = |name: &str, required: bool, schema: Value| json!({ "in": "query", "name": name, "required": required, "schema": schema });
    let object = json!({ "type": "object", "properties": { "x": {} } });
    let doc = with_operation(json!({ "parameters": [
        query("counts", false, object.clone()),
        query("sortBy", false, json!({ "type": "array", "items": object })),
        query("must", true, object.clone()),
        query("plain", false, json!({ "type": "array", "items": { "type": "string" } })),
    ] }));
    let (changed, fixed) = apply_one("structured_query_parameters", doc);
    assert_eq!(changed, 2);
    let left = fixed["paths"]["/a"]["post"]["parameters"]
        .as_array()
        .unwrap();
    let left: Vec<_> = left.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(left, ["must", "plain"]);
}

#[test]
fn recursive_alternatives_are_told_apart_by_their_key() {
    let of = |key: &str, value: Value| json!({ "type": "object", "properties": { key: value } });
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let doc = |and: Value| {
        let list = [reference("And"), reference("Text")];
        answering(json!({
            "A": { "nullable": true, "anyOf": list },
            "And": of("and", and),
            "Text": of("text", json!({})),
        }))
    };
    let recursive = doc(json!({ "type": "array", "items": reference("A") }));
    let (changed, fixed) = apply_one("alternatives_by_key", recursive);
    assert_eq!(changed, 1);
    assert_eq!(names(schema(&fixed, "A")), ["oneOf"]);
    assert_eq!(schema(&fixed, "And")["required"], json!(["and"]));
    assert_eq!(schema(&fixed, "Text")["required"], json!(["text"]));

    // It is the recursion that the generator cannot take.
    let flat = doc(json!({}));
    assert_eq!(apply_one("alternatives_by_key", flat.clone()), (0, flat));
}

#[test]
fn look_alikes_become_one_object() {
    let of = |fields: Value| json!({ "type": "object", "properties": fields });
    let text = json!({ "type": "string" });
    let list = [
        of(json!({ "self": text, "same": text })),
        of(json!({ "self": { "type": "integer" }, "same": text, "more": text })),
    ];
    let (changed, fixed) = apply_one(
        "look_alike_alternatives",
        answering(json!({ "A": { "anyOf": list } })),
    );
    assert_eq!(changed, 1);
    // Where they disagree it is free JSON.
    let wanted = of(json!({ "self": {}, "same": text, "more": text }));
    assert_eq!(*schema(&fixed, "A"), wanted);
}

#[test]
fn an_object_with_one_alternative_is_free_json() {
    let doc = answering(json!({ "A": { "type": "object", "oneOf": [{ "type": "object" }] } }));
    let (changed, fixed) = apply_one("objects_with_one_alternative", doc);
    assert_eq!((changed, schema(&fixed, "A")), (1, &json!({})));
}

#[test]
fn only_what_is_reached_stays() {
    let doc = answering(json!({
        "A": { "items": { "$ref": "#/components/schemas/B" } },
        "B": {},
        "C": { "$ref": "#/components/schemas/C" },
    }));
    let (changed, fixed) = apply_one("schemas_nobody_uses", doc);
    assert_eq!(changed, 1);
    assert_eq!(names(&fixed["components"]["schemas"]), ["A", "B"]);
}

#[test]
fn any_2xx_to_a_write_is_its_success() {
    let body = json!({ "content": { "application/json": {} } });
    let responses = json!({ "202": body, "204": {} });
    let doc = json!({ "paths": { "/a": {
        "post": { "responses": responses },
        "get": { "responses": responses },
    } } });
    let (changed, fixed) = apply_one("any_success_of_a_write", doc);
    assert_eq!(changed, 1);
    let item = &fixed["paths"]["/a"];
    assert_eq!(item["post"]["responses"], json!({ "2XX": body }));
    assert_eq!(item["get"]["responses"], responses);
    // What the document lists stays known.
    assert_eq!(item["post"][tolerance::DOCUMENTED], json!([202, 204]));
}

#[test]
fn a_default_is_not_sent() {
    let schema = json!({ "type": "integer", "default": 20 });
    let parameter = json!({ "in": "query", "name": "limit", "schema": schema });
    let doc = with_operation(json!({ "parameters": [parameter] }));
    let (changed, fixed) = apply_one("defaults_of_requests", doc);
    assert_eq!(changed, 1);
    let schema = &fixed["paths"]["/a"]["post"]["parameters"][0]["schema"];
    assert_eq!(*schema, json!({ "type": "integer" }));
}

#[test]
fn dates_stay_as_they_came() {
    let of = |format: &str| json!({ "type": "string", "format": format });
    let doc = answering(json!({ "A": { "properties": {
        "day": of("date"), "time": of("date-time"), "mail": of("email"),
    } } }));
    let (changed, fixed) = apply_one("dates_as_text", doc);
    assert_eq!(changed, 2);
    let properties = &schema(&fixed, "A")["properties"];
    assert_eq!(properties["time"], json!({ "type": "string" }));
    assert_eq!(properties["mail"], of("email"));
}

#[test]
fn enums_are_hoisted_and_shared() {
    let list = json!({ "type": "string", "enum": ["a", "b"] });
    let mixed = json!({ "enum": [1, "b"] });
    let doc = answering(json!({
        "A": { "properties": { "one": list, "two": { "enum": ["c"] }, "mixed": mixed } },
        "Known": { "type": "string", "enum": ["b", "a"] },
    }));
    let (changed, fixed) = apply_one("open_enums", doc);
    assert_eq!(changed, 2);
    let properties = &schema(&fixed, "A")["properties"];
    assert_eq!(properties["one"]["$ref"], "#/components/schemas/Known");
    assert_eq!(properties["two"]["$ref"], "#/components/schemas/ATwo");
    assert_eq!(properties["mixed"], mixed);
    assert_eq!(
        *schema(&fixed, "ATwo"),
        json!({ "type": "string", "enum": ["c"] })
    );
}

#[test]
fn answers_may_leave_out_and_null_what_requests_must_have() {
    let both = json!({
        "type": "object",
        "required": ["list"],
        "additionalProperties": false,
        "properties": { "list": { "type": "array", "items": {} } },
    });
    let mut doc = answering(json!({ "A": both, "B": both }));
    let body = json!({ "schema": { "$ref": "#/components/schemas/B" } });
    doc["paths"]["/a"]["get"]["requestBody"] = json!({ "content": { "application/json": body } });
    let (changed, fixed) = apply_one("answers_require_nothing", doc);
    assert_eq!(changed, 3);
    let wanted = json!({
        "type": "object",
        "properties": { "list": { "type": "array", "items": {}, "nullable": true } },
    });
    assert_eq!(*schema(&fixed, "A"), wanted);
    assert_eq!(*schema(&fixed, "B"), both);
}

#[test]
fn what_a_map_of_an_answer_holds_may_be_null() {
    let map = |held: Value| json!({ "type": "object", "additionalProperties": held });
    let doc = answering(json!({
        "A": map(json!({ "$ref": "#/components/schemas/B" })),
        "B": map(json!({ "type": "string" })),
        "C": map(json!({})),
    }));
    let (_, fixed) = apply_one("answers_require_nothing", doc);
    let held = |name: &str| schema(&fixed, name)["additionalProperties"].clone();
    let reference = json!({ "allOf": [{ "$ref": "#/components/schemas/B" }], "nullable": true });
    assert_eq!(held("A"), reference);
    assert_eq!(held("B"), json!({ "type": "string", "nullable": true }));
    assert_eq!(held("C"), json!({}));
}

#[test]
fn no_repair_falls_over_a_document_without_anything() {
    for doc in [
        json!({}),
        json!({ "paths": [], "components": 5 }),
        json!(null),
        json!([]),
    ] {
        for fixup in ALL {
            let (changed, _) = apply_one(fixup.name, doc.clone());
            assert_eq!(changed, 0, "{fixup:?} on {doc}");
        }
    }
}

#[test]
fn a_list_that_is_given_is_sent_also_if_it_is_empty() {
    let list = json!({ "type": "array", "items": {} });
    let body = json!({ "required": ["must"], "properties": { "must": list, "may": list } });
    let content = json!({ "application/json": { "schema": body } });
    let doc = with_operation(json!({ "requestBody": { "content": content } }));
    let (changed, fixed) = apply_one("lists_of_requests", doc);
    assert_eq!(changed, 1);
    let content = &fixed["paths"]["/a"]["post"]["requestBody"]["content"];
    let properties = &content["application/json"]["schema"]["properties"];
    assert_eq!(properties["must"], list);
    assert_eq!(properties["may"]["nullable"], true);
}

#[test]
fn names_that_are_one_in_rust_are_told_apart() {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let doc = answering(json!({
        "A": { "properties": { "x": reference("some-name"), "y": reference("someName") } },
        "some-name": { "type": "string" },
        "someName": { "type": "integer" },
        "SomeName2": {},
    }));
    let (changed, fixed) = apply_one("schema_names_that_clash", doc);
    assert_eq!(changed, 1);
    let schemas = names(&fixed["components"]["schemas"]);
    assert_eq!(schemas, ["A", "SomeName2", "some-name", "someName3"]);
    assert_eq!(
        schema(&fixed, "A")["properties"]["y"],
        reference("someName3")
    );
}

/// The content that is left of a request body with these media types.
fn kept(content: Value) -> (usize, Value, Value) {
    let doc = with_operation(json!({ "requestBody": { "content": content } }));
    let (changed, fixed) = apply_one("media_types", doc);
    let op = &fixed["paths"]["/a"]["post"];
    let kind = op.get(generator_limits::BODY_TYPE).cloned();
    (
        changed,
        op["requestBody"]["content"].clone(),
        kind.unwrap_or_default(),
    )
}

#[test]
fn a_body_has_one_kind_that_the_generator_knows() {
    let schema = json!({ "type": "object" });
    let of = |kinds: &[&str]| {
        let media = kinds
            .iter()
            .map(|kind| ((*kind).to_owned(), json!({ "schema": schema })));
        Value::Object(media.collect())
    };
    let json = of(&["application/json"]);
    assert_eq!(kept(json.clone()), (0, json.clone(), Value::Null));
    let (_, content, kind) = kept(of(&[
        "text/plain",
        "application/json",
        "multipart/form-data",
    ]));
    assert_eq!((content, kind), (json.clone(), Value::Null));
    // The client writes JSON, and the transport says which kind of it.
    let (_, content, kind) = kept(of(&["application/json-patch+json"]));
    assert_eq!(
        (content, kind),
        (json, json!("application/json-patch+json"))
    );
    let binary = json!({ "type": "string", "format": "binary" });
    let (_, content, kind) = kept(of(&["image/png"]));
    let bytes = json!({ "application/octet-stream": { "schema": binary } });
    assert_eq!((content, kind), (bytes, json!("image/png")));
    // Parts have no form that it could send.
    let parts = of(&["multipart/form-data"]);
    assert_eq!(kept(parts.clone()), (0, parts, Value::Null));
    let (changed, content, _) = kept(json!({ "application/json": {} }));
    assert_eq!(
        (changed, content),
        (1, json!({ "application/json": { "schema": {} } }))
    );
}

#[test]
fn an_answer_in_a_kind_of_json_is_json() {
    let content = json!({ "application/hal+json": { "schema": {} }, "text/csv": {} });
    let doc = with_operation(json!({ "responses": { "200": { "content": content } } }));
    let (changed, fixed) = apply_one("media_types", doc);
    assert_eq!(changed, 1);
    let answer = &fixed["paths"]["/a"]["post"]["responses"]["200"];
    assert_eq!(
        answer["content"],
        json!({ "application/json": { "schema": {} } })
    );
}

#[test]
fn a_read_has_one_kind_of_success() {
    let body = json!({ "content": { "application/json": { "schema": { "type": "string" } } } });
    let responses = json!({ "200": body, "201": body, "204": {} });
    let doc = json!({ "paths": { "/a": { "get": { "responses": responses } } } });
    let (changed, fixed) = apply_one("successes_of_several_kinds", doc);
    assert_eq!(changed, 1);
    let left = &fixed["paths"]["/a"]["get"]["responses"];
    assert_eq!(names(left), ["200", "201"]);
}

#[test]
fn it_is_the_place_that_may_be_null() {
    let reference = json!({ "$ref": "#/components/schemas/Either" });
    let either = json!({ "nullable": true, "oneOf": [{ "type": "string" }, { "type": "object" }] });
    let doc = answering(json!({
        "A": { "properties": { "one": reference, "many": { "items": reference } } },
        "Either": either,
    }));
    let (changed, fixed) = apply_one("nullable_compositions", doc);
    assert_eq!(changed, 1);
    assert_eq!(names(schema(&fixed, "Either")), ["oneOf"]);
    let place = json!({ "nullable": true, "allOf": [reference] });
    let properties = &schema(&fixed, "A")["properties"];
    assert_eq!(properties["one"], place);
    assert_eq!(properties["many"]["items"], place);
}

#[test]
fn text_is_for_the_service_to_check() {
    let id = json!({ "type": "string", "pattern": "^[a-z]+\n$", "maxLength": 9 });
    let doc = answering(json!({ "A": { "properties": { "id": id, "pattern": {} } } }));
    let (changed, fixed) = apply_one("checks_of_text", doc);
    assert_eq!(changed, 2);
    let properties = &schema(&fixed, "A")["properties"];
    assert_eq!(properties["id"], json!({ "type": "string" }));
    assert_eq!(properties["pattern"], json!({}));
}

#[test]
fn version_2_is_there_too() {
    let op = json!({ "operationId": "getUser" });
    let doc = json!({ "paths": { "/rest/api/3/user": { "get": op }, "/other": { "get": {} } } });
    let (changed, fixed) = apply_one("version_2_beside_3", doc);
    assert_eq!(changed, 1);
    let paths = names(&fixed["paths"]);
    assert_eq!(paths, ["/other", "/rest/api/2/user", "/rest/api/3/user"]);
    assert_eq!(
        fixed["paths"]["/rest/api/2/user"]["get"]["operationId"],
        "getUserV2"
    );
    assert_eq!(fixed["paths"]["/rest/api/3/user"]["get"], op);
}

#[test]
fn a_patch_sends_what_is_to_change() {
    let mut doc = answering(json!({
        "A": { "required": ["a"] },
        "B": { "required": ["b"], "allOf": [{ "$ref": "#/components/schemas/C" }] },
        "C": { "required": ["c"] },
    }));
    let body = json!({ "schema": { "$ref": "#/components/schemas/B" } });
    let content = json!({ "application/json": body });
    doc["paths"]["/a"]["patch"] = json!({ "requestBody": { "content": content } });
    let (changed, fixed) = apply_one("partial_updates", doc);
    assert_eq!(changed, 2);
    assert_eq!(names(schema(&fixed, "A")), ["required"]);
    assert_eq!(names(schema(&fixed, "B")), ["allOf"]);
    assert_eq!(*schema(&fixed, "C"), json!({}));
}

#[test]
fn alternatives_told_apart_by_a_flag_are_one_object() {
    let of = |flag: bool, more: Value| {
        let mut properties = json!({ "allowed": { "type": "boolean", "enum": [flag] } });
        properties["reason"] = more;
        json!({ "type": "object", "properties": properties })
    };
    let text = json!({ "type": "string" });
    let list = [of(true, text.clone()), of(false, text.clone())];
    let doc = answering(json!({ "A": { "type": "object", "oneOf": list } }));
    let (changed, fixed) = apply_one("alternatives_by_flag", doc);
    assert_eq!(changed, 1);
    let fields = json!({ "allowed": { "type": "boolean" }, "reason": text });
    assert_eq!(
        *schema(&fixed, "A"),
        json!({ "type": "object", "properties": fields })
    );
}
