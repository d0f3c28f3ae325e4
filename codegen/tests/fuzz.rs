//! Documents broken by chance, from a fixed seed: whatever they are, the answer is a client or an
//! error with a reason, in bounded time. What a compiler says of the client is asked elsewhere, of
//! whole documents (`xtask/tests`); here every file at least parses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::mpsc;
use std::time::Duration;

use atlassian_orgs_codegen::{Crate, Error, Inputs, Options, extract, generate};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

/// One change to a document. The numbers choose where, among the places that there are.
#[derive(Debug, Clone)]
enum Mutation {
    /// Takes a member or element out.
    Remove(usize),
    /// Puts a value of another kind in place.
    Retype(usize, usize),
    /// Gives a member another name, also one that OpenAPI or Rust knows.
    Rename(usize, usize),
    /// Copies one part of the document over another one.
    Transplant(usize, usize),
    /// Lets a reference lead elsewhere: to another schema, to itself, to nothing.
    Redirect(usize, usize),
    /// Makes a schema a reference to any component.
    Refer(usize, usize),
    /// Gives a path a twin that differs in the names of its parameters only.
    TwinPath(usize),
    /// Gives two operations one id.
    TwinId(usize, usize),
    /// Puts schemas into an `allOf`, `anyOf` or `oneOf` of one.
    Compose(usize, usize, usize),
}

const NAMES: [&str; 16] = [
    "type",
    "$ref",
    "properties",
    "items",
    "enum",
    "allOf",
    "required",
    "parameters",
    "schema",
    "content",
    "self",
    "Self",
    "",
    "_",
    "9lives",
    "a b/c~d%e{f}",
];

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("object"),
        json!("array"),
        json!("\u{0}\u{202e}*/ \"#"),
        json!([]),
        json!([null]),
        json!(["a", "a", "A", ""]),
        json!({}),
        json!({ "$ref": "#/components/schemas/nowhere" }),
        json!({ "$ref": "other.json" }),
        json!({ "$ref": "#/paths" }),
        json!({ "type": "array", "items": { "$ref": "#" } }),
        json!({ "enum": ["", " ", "a", "A", "à", "1"] }),
        json!({ "not": {} }),
        json!({ "oneOf": [] }),
        json!({ "allOf": [false] }),
        json!({ "type": "string", "pattern": "(" }),
        json!({ "type": "integer", "minimum": f64::MAX, "exclusiveMinimum": true }),
        json!({ "type": "object", "additionalProperties": false, "minProperties": 3 }),
    ]
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let n = || any::<u32>().prop_map(|n| n as usize);
    prop_oneof![
        n().prop_map(Mutation::Remove),
        (n(), n()).prop_map(|(a, b)| Mutation::Retype(a, b)),
        (n(), n()).prop_map(|(a, b)| Mutation::Rename(a, b)),
        (n(), n()).prop_map(|(a, b)| Mutation::Transplant(a, b)),
        (n(), n()).prop_map(|(a, b)| Mutation::Redirect(a, b)),
        (n(), n()).prop_map(|(a, b)| Mutation::Refer(a, b)),
        n().prop_map(Mutation::TwinPath),
        (n(), n()).prop_map(|(a, b)| Mutation::TwinId(a, b)),
        (n(), n(), n()).prop_map(|(a, b, c)| Mutation::Compose(a, b, c)),
    ]
}

/// Every place below a value, as a JSON pointer.
fn places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
        match value {
            Value::Object(map) => {
                open.extend(
                    map.iter()
                        .map(|(k, v)| (format!("{pointer}/{}", escape(k)), v)),
                );
            }
            Value::Array(list) => {
                open.extend(
                    list.iter()
                        .enumerate()
                        .map(|(n, v)| (format!("{pointer}/{n}"), v)),
                );
            }
            _ => {}
        }
        found.push(pointer);
    }
    found.sort();
    found
}

fn pick<T>(list: &[T], n: usize) -> Option<&T> {
    (!list.is_empty()).then(|| &list[n % list.len()])
}

/// Takes the value at a pointer out of what holds it.
fn parent<'a>(doc: &'a mut Value, pointer: &str) -> Option<(&'a mut Value, String)> {
    let (parent, key) = pointer.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    Some((doc.pointer_mut(parent)?, key))
}

fn schemas(doc: &Value) -> Vec<String> {
    let schemas = doc
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    schemas
        .into_iter()
        .flat_map(|s| s.keys().cloned())
        .collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Makes the change, where there is a place for it.
fn mutate(doc: &mut Value, mutation: &Mutation) -> Option<()> {
    let all = places(doc);
    let ending =
        |end: &str| -> Vec<String> { all.iter().filter(|p| p.ends_with(end)).cloned().collect() };
    match *mutation {
        Mutation::Remove(at) => match parent(doc, pick(&all, at)?)? {
            (Value::Object(map), key) => {
                map.remove(&key);
            }
            (Value::Array(list), key) => {
                list.remove(key.parse().ok()?);
            }
            _ => {}
        },
        Mutation::Retype(at, to) => {
            *doc.pointer_mut(pick(&all, at)?)? = pick(&values(), to)?.clone();
        }
        Mutation::Rename(at, to) => {
            if let (Value::Object(map), key) = parent(doc, pick(&all, at)?)? {
                let value = map.remove(&key)?;
                map.insert((*pick(&NAMES, to)?).to_owned(), value);
            }
        }
        Mutation::Transplant(from, to) => {
            let graft = doc.pointer(pick(&all, from)?)?.clone();
            // A document that doubles with every graft would only test the machine's memory.
            if graft.to_string().len() < 20_000 {
                *doc.pointer_mut(pick(&all, to)?)? = graft;
            }
        }
        Mutation::Redirect(at, to) => {
            let target = format!("#/components/schemas/{}", pick(&schemas(doc), to)?);
            *doc.pointer_mut(pick(&ending("/$ref"), at)?)? = target.into();
        }
        Mutation::Refer(at, to) => {
            let names = schemas(doc);
            let target = reference(pick(&names, to)?);
            *doc.pointer_mut(&format!("/components/schemas/{}", pick(&names, at)?))? = target;
        }
        Mutation::TwinPath(at) => {
            let paths = doc.get_mut("paths")?.as_object_mut()?;
            let names: Vec<String> = paths.keys().cloned().collect();
            let name = pick(&names, at)?;
            let twin = name.replace('{', "{twin");
            let item = paths.get(name)?.clone();
            paths.insert(twin, item);
        }
        Mutation::TwinId(from, to) => {
            let ids = ending("/operationId");
            let id = doc.pointer(pick(&ids, from)?)?.clone();
            *doc.pointer_mut(pick(&ids, to)?)? = id;
        }
        Mutation::Compose(at, with, how) => {
            let names = schemas(doc);
            let key = *pick(&["allOf", "anyOf", "oneOf", "not"], how)?;
            let (one, other) = (reference(pick(&names, at)?), reference(pick(&names, with)?));
            let member = format!("/components/schemas/{}/properties", pick(&names, with)?);
            let composed = match key {
                "not" => json!({ "not": one }),
                key => json!({ key: [one, other] }),
            };
            let properties = doc.pointer_mut(&member)?.as_object_mut()?;
            properties.insert("composed".into(), composed);
        }
    }
    Some(())
}

/// A document small enough that most changes hit something that matters.
fn small() -> Value {
    let answer = |name: &str| {
        json!({ "200": { "description": "", "content": {
            "application/json": { "schema": reference(name) },
        } } })
    };
    let id =
        json!({ "in": "path", "name": "id", "required": true, "schema": { "type": "string" } });
    json!({
        "openapi": "3.0.1",
        "info": { "title": "Small", "version": "1" },
        "paths": {
            "/things": {
                "get": {
                    "operationId": "listThings",
                    "parameters": [
                        { "$ref": "#/components/parameters/limit" },
                        { "in": "query", "name": "kinds", "explode": false,
                          "schema": { "type": "array", "items": reference("Kind") } },
                        { "in": "header", "name": "x-trace", "schema": { "type": "string" } },
                    ],
                    "responses": answer("Page"),
                },
                "post": {
                    "operationId": "createThing",
                    "requestBody": { "$ref": "#/components/requestBodies/thing" },
                    "responses": { "201": { "$ref": "#/components/responses/thing" },
                        "400": { "description": "", "content": { "application/json": {
                            "schema": { "type": "object" } } } } },
                },
            },
            "/things/{id}": {
                "parameters": [id],
                "get": { "operationId": "getThing", "responses": answer("Thing") },
                "delete": { "responses": { "204": { "description": "" } } },
            },
        },
        "components": {
            "parameters": { "limit": { "in": "query", "name": "limit",
                "schema": { "type": "integer", "default": 20 } } },
            "requestBodies": { "thing": { "content": { "application/json": {
                "schema": reference("Thing") } } } },
            "responses": { "thing": { "description": "", "content": { "application/json": {
                "schema": { "allOf": [reference("Thing"), { "required": ["id"] }] } } } } },
            "schemas": {
                "Page": { "type": "object", "required": ["data"], "properties": {
                    "data": { "type": "array", "items": reference("Thing") },
                    "next": { "type": "string", "nullable": true } } },
                "Thing": { "type": "object", "properties": {
                    "id": { "type": "string", "format": "uuid" },
                    "kind": reference("Kind"),
                    "made": { "type": "string", "format": "date-time" },
                    "parts": { "type": "array", "items": reference("Thing") },
                    "owner": { "oneOf": [reference("Person"), reference("Group")] },
                    "tags": { "type": "object", "additionalProperties": { "type": "string" } } } },
                "Kind": { "type": "string", "enum": ["big", "small"] },
                "Person": { "type": "object", "required": ["name"], "properties": {
                    "name": { "type": "string", "maxLength": 5 } }, "additionalProperties": false },
                "Group": { "allOf": [{ "type": "object", "properties": {
                    "members": { "type": "array", "items": reference("Person") },
                    "parent": reference("Group") } }] },
            },
        },
    })
}

/// A run of the generator may take this long at most. It is far more than any needs, so that a busy
/// machine is not mistaken for an endless loop.
const LIMIT: Duration = Duration::from_secs(120);

/// Generates in a thread of its own, since one that never ends cannot be stopped.
fn bounded(text: String, skip: bool) -> Result<Crate, Error> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut options = Options::default();
        options.skip_unsupported = skip;
        let inputs = Inputs {
            name: "api",
            contract: &text,
            ..Inputs::default()
        };
        // If nobody waits any more, the test has failed already.
        let _ = send.send(generate(&[inputs], &options));
    });
    receive
        .recv_timeout(LIMIT)
        .expect("the generator panicked, or did not end")
}

/// What must hold of every document, whatever it is.
fn judge(doc: &Value) {
    let text = doc.to_string();
    // Of a stack that ran out nothing else is left to see.
    if let Ok(path) = std::env::var("FUZZ_KEEP") {
        std::fs::write(path, &text).unwrap();
    }
    match extract(&text) {
        Ok(contract) => assert_eq!(extract(&contract).unwrap(), contract, "of {text}"),
        Err(error) => {
            assert!(matches!(error, Error::NotOpenApi(_)), "{error:?}");
            return;
        }
    }
    for skip in [false, true] {
        match bounded(text.clone(), skip) {
            Ok(made) => whole(&made, skip),
            Err(Error::Unsupported(parts)) => {
                assert!(!parts.is_empty());
                for (part, why) in parts {
                    assert!(!why.trim().is_empty(), "{part} has no reason");
                }
            }
            Err(error) => panic!("{error}: {text}"),
        }
    }
}

fn whole(made: &Crate, skip: bool) {
    let api = &made.apis[0];
    assert!(api.operations > 0, "an empty client is no success");
    assert!(skip || (api.left_out.is_empty() && api.operations == api.total));
    let client = &made.files["src/api/mod.rs"];
    for (path, text) in made.files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        assert!(syn::parse_file(text).is_ok(), "{path} is no Rust");
        // The table names methods that there are: the hooks find an operation by its method.
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("        name: \""));
        for name in names.filter_map(|name| name.strip_suffix("\",")) {
            assert!(client.contains(&format!("pub fn {name}(")), "{name}");
        }
    }
}

fn run(cases: u32, seed: u8, start: &Value, changes: std::ops::Range<usize>) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mutations = prop::collection::vec(mutation(), changes);
    let outcome = TestRunner::new_with_rng(config, rng).run(&mutations, |mutations| {
        let mut doc = start.clone();
        for mutation in &mutations {
            mutate(&mut doc, mutation);
        }
        judge(&doc);
        Ok(())
    });
    outcome.unwrap();
}

/// How many times as many cases to run: `FUZZ=100 cargo test -p atlassian-orgs-codegen --test fuzz`.
fn times() -> u32 {
    let times = std::env::var("FUZZ").ok().and_then(|n| n.parse().ok());
    times.unwrap_or(1)
}

fn seed() -> u8 {
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|n| n.parse().ok());
    seed.unwrap_or(7)
}

#[test]
fn small_documents_broken_by_chance() {
    judge(&small());
    run(60 * times(), seed(), &small(), 1..8);
}

#[test]
fn the_contract_broken_by_chance() {
    let contract = serde_json::from_str(&common::organizations().contract).unwrap();
    run(2 * times(), seed(), &contract, 1..6);
}

/// Text that is a little off: cut, doubled, with a byte changed.
#[test]
fn text_broken_by_chance() {
    let text = small().to_string();
    let config = Config {
        cases: 500 * times(),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed(); 32]);
    let change = (0..text.len(), 0..text.len(), any::<u8>());
    let outcome = TestRunner::new_with_rng(config, rng).run(&change, |(from, to, byte)| {
        let mut bytes = text.clone().into_bytes();
        bytes[from] = byte;
        if byte % 2 == 0 {
            bytes.truncate(to);
        }
        if let Err(error) = extract(&String::from_utf8_lossy(&bytes)) {
            prop_assert!(matches!(error, Error::NotOpenApi(_)));
        }
        Ok(())
    });
    outcome.unwrap();
}
