//! Document to contract: facts stay, prose goes, and the bytes are the same for the same facts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use atlassian_orgs_codegen::extract;
use serde_json::{Map, Value, json};

const CONTRACT: &str = include_str!("../../openapi/organizations/contract.json");

/// Stands wherever OpenAPI allows text for people.
const PROSE: &str = "CANARY";

/// A document with prose at every position where OpenAPI 3.0 has some.
fn talkative() -> Value {
    let docs = json!({ "url": PROSE, "description": PROSE });
    let schema = json!({
        "type": "string", "title": PROSE, "description": PROSE, "example": PROSE,
        "externalDocs": docs, "xml": { "name": PROSE }, "x-note": PROSE,
    });
    let object = json!({
        "type": "object", "title": PROSE, "description": PROSE, "x-note": { "deep": PROSE },
        "properties": { "one": schema },
        "additionalProperties": schema,
        "allOf": [schema], "anyOf": [schema], "oneOf": [schema], "not": schema,
        "discriminator": { "propertyName": "one", "mapping": { "a": "#/b" }, "x-note": PROSE },
    });
    let examples = json!({ "a": { "summary": PROSE, "description": PROSE, "value": PROSE } });
    let header = json!({
        "description": PROSE, "schema": schema, "example": PROSE, "examples": examples, "x-a": PROSE,
    });
    let media = json!({ "application/json": {
        "schema": object, "example": PROSE, "examples": examples, "x-note": PROSE,
        "encoding": { "one": { "contentType": "a/b", "headers": { "h": header }, "x-a": PROSE } },
    } });
    let mut parameter = header.clone();
    parameter["name"] = json!("q");
    parameter["in"] = json!("query");
    let mut by_content = json!({ "name": "r", "in": "query", "description": PROSE });
    by_content["content"] = media.clone();
    let server = json!({
        "url": "https://{host}", "description": PROSE, "x-note": PROSE,
        "variables": { "host": { "default": "h", "enum": ["h"], "description": PROSE } },
    });
    let response = json!({
        "description": PROSE, "headers": { "h": header }, "content": media, "x-note": PROSE,
        "links": { "next": { "description": PROSE, "operationId": PROSE } },
    });
    let body = json!({ "description": PROSE, "content": media, "x-note": PROSE });
    let flow = json!({
        "authorizationUrl": "https://a", "tokenUrl": "https://b", "scopes": { "read:a": PROSE },
        "x-note": PROSE,
    });
    json!({
        "openapi": "3.0.0",
        "info": {
            "title": "T", "version": "1", "description": PROSE, "termsOfService": PROSE,
            "contact": { "name": PROSE }, "license": { "name": PROSE }, "x-note": PROSE,
        },
        "servers": [server],
        "tags": [{ "name": "t", "description": PROSE, "externalDocs": docs }],
        "externalDocs": docs,
        "x-narrative": { "documents": [PROSE] },
        "security": [{ "o": ["read:a"] }],
        "paths": {
            "/a": {
                "summary": PROSE, "description": PROSE, "x-note": PROSE,
                "servers": [server], "parameters": [parameter],
                "post": {
                    "operationId": "id", "summary": PROSE, "description": PROSE, "tags": ["t"],
                    "externalDocs": docs, "x-experimental": PROSE, "x-note": PROSE,
                    "servers": [server], "parameters": [parameter, by_content],
                    "requestBody": body,
                    "responses": { "200": response, "x-note": { "description": PROSE } },
                    "callbacks": { "c": { "{$url}": { "post": { "description": PROSE } } } },
                },
            },
            "x-paths": { "get": { "description": PROSE, "responses": {} } },
        },
        "components": {
            "schemas": { "S": object },
            "parameters": { "P": parameter },
            "headers": { "H": header },
            "requestBodies": { "B": body },
            "responses": { "R": response },
            "examples": examples,
            "links": { "L": { "description": PROSE } },
            "callbacks": { "C": { "{$url}": { "description": PROSE } } },
            "securitySchemes": {
                "o": { "type": "oauth2", "description": PROSE, "x-note": PROSE,
                    "flows": { "authorizationCode": flow, "x-note": { "scopes": { "x": PROSE } } } },
            },
            "x-note": PROSE,
        },
    })
}

fn contract(document: &Value) -> Value {
    serde_json::from_str(&extract(&document.to_string()).unwrap()).unwrap()
}

#[test]
fn no_prose_survives() {
    let text = extract(&talkative().to_string()).unwrap();
    let line = text
        .lines()
        .find(|line| line.contains(PROSE) || line.contains("x-note"));
    assert_eq!(line, None);
}

#[test]
fn the_facts_beside_the_prose_survive() {
    let contract = contract(&talkative());
    let op = &contract["paths"]["/a"]["post"];
    // Whatever its text was: it said yes.
    assert_eq!(op["x-experimental"], true);
    assert_eq!(op["operationId"], "id");
    let media = &op["requestBody"]["content"]["application/json"];
    assert_eq!(media["schema"]["discriminator"]["mapping"]["a"], "#/b");
    assert_eq!(media["encoding"]["one"]["contentType"], "a/b");
    let variables = &contract["servers"][0]["variables"];
    assert_eq!(
        *variables,
        json!({ "host": { "default": "h", "enum": ["h"] } })
    );
    let scheme = &contract["components"]["securitySchemes"]["o"];
    assert_eq!(
        scheme["flows"]["authorizationCode"]["scopes"],
        json!({ "read:a": "" })
    );
    for section in [
        "schemas",
        "parameters",
        "headers",
        "requestBodies",
        "responses",
    ] {
        let found = contract["components"][section].as_object().map(Map::len);
        assert_eq!(found, Some(1), "{section}");
    }
    assert_eq!(contract["components"]["responses"]["R"]["description"], "");
}

#[test]
fn a_property_may_be_called_like_prose() {
    let names = [
        "description",
        "title",
        "summary",
        "example",
        "default",
        "externalDocs",
        "x-own",
    ];
    let properties: Map<String, Value> = names
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                json!({ "type": "string", "description": PROSE }),
            )
        })
        .collect();
    let mut document = talkative();
    let schema = json!({ "type": "object", "properties": properties, "default": { "title": "x" } });
    // Components and headers have free names too.
    document["components"]["schemas"] = json!({ "description": schema, "x-y": schema });
    document["components"]["responses"] = json!({ "x-none": { "description": PROSE } });
    document["components"]["headers"] = json!({ "x-limit": { "description": PROSE } });
    let contract = contract(&document);
    for component in ["description", "x-y"] {
        let found = &contract["components"]["schemas"][component];
        for name in names {
            assert_eq!(
                found["properties"][name],
                json!({ "type": "string" }),
                "{name}"
            );
        }
        assert_eq!(found["default"], json!({ "title": "x" }));
    }
    assert_eq!(contract["components"]["headers"]["x-limit"], json!({}));
    let response = &contract["components"]["responses"]["x-none"];
    assert_eq!(*response, json!({ "description": "" }));
}

#[test]
fn vendor_names_among_paths_and_responses_go() {
    let contract = contract(&talkative());
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&contract["paths"]), ["/a"]);
    assert_eq!(keys(&contract["paths"]["/a"]["post"]["responses"]), ["200"]);
}

/// The same JSON with the keys of every object in reverse, as text: a map would sort them again.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let entries = keys.iter().rev();
            let entries: Vec<String> = entries
                .map(|key| format!("{}:{}", Value::from(key.as_str()), reversed(&map[*key])))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(reversed).collect();
            format!("[{}]", list.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn the_order_of_keys_means_nothing() {
    for document in [talkative(), serde_json::from_str(CONTRACT).unwrap()] {
        let text = reversed(&document);
        assert_ne!(text, document.to_string());
        assert_eq!(
            extract(&text).unwrap(),
            extract(&document.to_string()).unwrap()
        );
    }
}

#[test]
fn the_order_of_sets_means_nothing() {
    let document = |required: [&str; 2], parameters: [&str; 2]| {
        let of = |name: &str| json!({ "name": name, "in": "query" });
        json!({
            "openapi": "3.0.3",
            "paths": { "/a": { "get": { "parameters": parameters.map(of), "responses": {} } } },
            "components": { "schemas": { "S": { "required": required } } },
        })
    };
    let one = contract(&document(["a", "b"], ["p", "q"]));
    assert_eq!(one, contract(&document(["b", "a"], ["q", "p"])));
}

#[test]
fn a_contract_is_its_own_contract() {
    let once = extract(&talkative().to_string()).unwrap();
    assert_eq!(extract(&once).unwrap(), once);
    // And the committed one is one.
    assert_eq!(extract(CONTRACT).unwrap(), CONTRACT);
}
