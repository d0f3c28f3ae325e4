//! `diff` on the committed contract: any one mutation is found at the right operation, order counts
//! for nothing, and both directions mirror each other.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use atlassian_orgs_codegen::diff::{FacadeUse, Report, diff};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestCaseResult};
use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

fn committed(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/organizations");
    fs::read_to_string(folder.join(file)).unwrap()
}

static CONTRACT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&committed("contract.json")).unwrap());

static FACADE: LazyLock<FacadeUse> = LazyLock::new(|| {
    FacadeUse::parse(&committed("facade.toml"), &committed("operations.toml")).unwrap()
});

fn compare(old: &Value, new: &Value) -> Report {
    diff(&old.to_string(), &new.to_string(), &FACADE).unwrap()
}

#[test]
fn the_contract_has_every_operation_of_the_facade() {
    FACADE.check(&committed("contract.json")).unwrap();
}

#[test]
fn a_document_does_not_differ_from_itself() {
    let report = compare(&CONTRACT, &CONTRACT);
    assert!(report.is_empty() && !report.is_breaking());
    assert_eq!(report.counts, Default::default());
}

/// What one mutation has to show up as.
#[derive(Debug)]
enum Expected {
    /// A change at this operation, and at no other.
    Operation(String),
    /// A change at this schema, and at the operations that lead to it.
    Schema(String),
}

/// JSON pointers to every operation.
fn operations() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, item) in CONTRACT["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|m| item.get(**m).is_some()) {
            let pointer = format!("/paths/{}/{method}", escaped(path));
            all.push((pointer, format!("{} {path}", method.to_uppercase())));
        }
    }
    all
}

/// JSON pointers to every schema inside the components, references left out: OpenAPI 3.0 ignores
/// what stands beside one.
fn schemas() -> Vec<(String, String)> {
    fn walk(schema: &Value, pointer: &str, name: &str, all: &mut Vec<(String, String)>) {
        if schema.get("$ref").is_some() {
            return;
        }
        all.push((pointer.to_owned(), name.to_owned()));
        for (key, child) in schema.as_object().unwrap() {
            let pointer = format!("{pointer}/{key}");
            match (key.as_str(), child) {
                ("properties", Value::Object(map)) => {
                    for (key, child) in map {
                        walk(child, &format!("{pointer}/{}", escaped(key)), name, all);
                    }
                }
                ("items" | "not" | "additionalProperties", Value::Object(_)) => {
                    walk(child, &pointer, name, all);
                }
                ("allOf" | "oneOf" | "anyOf", Value::Array(list)) => {
                    for (n, child) in list.iter().enumerate() {
                        walk(child, &format!("{pointer}/{n}"), name, all);
                    }
                }
                _ => {}
            }
        }
    }
    let mut all = Vec::new();
    for (name, schema) in CONTRACT["components"]["schemas"].as_object().unwrap() {
        walk(
            schema,
            &format!("/components/schemas/{}", escaped(name)),
            name,
            &mut all,
        );
    }
    all
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Changes something about an operation. None if it has nothing of the kind.
fn mutate_operation(op: &mut Map<String, Value>, kind: usize, pick: usize) -> Option<()> {
    let index = |len: usize| if len == 0 { None } else { Some(pick % len) };
    match kind {
        0 => {
            let deprecated = op.get("deprecated") == Some(&Value::Bool(true));
            op.insert("deprecated".into(), (!deprecated).into());
        }
        1 => {
            let one = json!({ "name": "zzz", "in": "query", "required": pick.is_multiple_of(2), "schema": { "type": "string" } });
            let list = op.entry("parameters").or_insert_with(|| json!([]));
            list.as_array_mut()?.push(one);
        }
        2 => {
            let list = op.get_mut("parameters")?.as_array_mut()?;
            list.remove(index(list.len())?);
        }
        3 => {
            op["responses"]
                .as_object_mut()?
                .insert("418".into(), json!({ "description": "" }));
        }
        4 => {
            let responses = op["responses"].as_object_mut()?;
            let code = responses.keys().nth(index(responses.len())?)?.clone();
            responses.remove(&code)?;
        }
        5 => {
            op.insert("operationId".into(), "zzz".into());
        }
        6 => {
            op.remove("requestBody")?;
        }
        7 => {
            let body = op.get_mut("requestBody")?.as_object_mut()?;
            let required = body.get("required") == Some(&Value::Bool(true));
            body.insert("required".into(), (!required).into());
        }
        8 => {
            let list = op.get_mut("parameters")?.as_array_mut()?;
            let own = list.iter_mut().filter(|p| p.get("schema").is_some());
            let mut own: Vec<_> = own.collect();
            let at = index(own.len())?;
            let schema = own[at].get_mut("schema")?;
            *schema = match schema["type"] == "boolean" {
                true => json!({ "type": "string" }),
                false => json!({ "type": "boolean" }),
            };
        }
        _ => {
            let responses = op["responses"].as_object_mut()?;
            let code = responses.keys().nth(index(responses.len())?)?.clone();
            let response = &mut responses[&code];
            response.get("content")?;
            response.as_object_mut()?.remove("content")?;
        }
    }
    Some(())
}

/// Changes something about a schema. None if it has nothing of the kind.
fn mutate_schema(schema: &mut Map<String, Value>, kind: usize, pick: usize) -> Option<()> {
    let index = |len: usize| if len == 0 { None } else { Some(pick % len) };
    match kind {
        0 => {
            let string = schema.get("type")? == "string";
            let other = if string { "integer" } else { "string" };
            schema.insert("type".into(), other.into());
        }
        1 => {
            let properties = schema.get_mut("properties")?.as_object_mut()?;
            properties.insert("zzz".into(), json!({ "type": "string" }));
        }
        2 => {
            let properties = schema.get_mut("properties")?.as_object_mut()?;
            let name = properties.keys().nth(index(properties.len())?)?.clone();
            properties.remove(&name);
        }
        3 => {
            let properties = schema.get("properties")?.as_object()?;
            let name = properties.keys().nth(index(properties.len())?)?.clone();
            let required = schema.entry("required").or_insert_with(|| json!([]));
            let required = required.as_array_mut()?;
            match required.iter().position(|one| one == name.as_str()) {
                Some(at) => drop(required.remove(at)),
                None => required.push(name.into()),
            }
        }
        4 => {
            let nullable = schema.get("nullable") == Some(&Value::Bool(true));
            schema.insert("nullable".into(), (!nullable).into());
        }
        5 => schema.get_mut("enum")?.as_array_mut()?.push("zzz".into()),
        6 => {
            let values = schema.get_mut("enum")?.as_array_mut()?;
            values.remove(index(values.len())?);
        }
        7 => drop(schema.insert("format".into(), "zzz".into())),
        8 => drop(schema.insert("maxItems".into(), 4711.into())),
        9 => drop(schema.insert("pattern".into(), "zzz".into())),
        10 => drop(schema.remove("type")?),
        11 => {
            let key = ["oneOf", "anyOf", "allOf"]
                .into_iter()
                .find(|k| schema.contains_key(*k))?;
            let list = schema.get_mut(key)?.as_array_mut()?;
            // A reference: what stands beside it may say the same as the one that goes.
            let at = list.iter().position(|one| one.get("$ref").is_some())?;
            list.remove(at);
        }
        12 => drop(schema.insert("additionalProperties".into(), json!({ "type": "boolean" }))),
        _ => {
            let properties = schema.get_mut("properties")?.as_object_mut()?;
            let name = properties.keys().nth(index(properties.len())?)?.clone();
            properties.insert(name, json!({ "type": "object", "not": {} }));
        }
    }
    Some(())
}

/// The operations whose text, references followed, names this schema.
fn users(doc: &Value, name: &str) -> BTreeSet<String> {
    let target = format!("#/components/schemas/{name}");
    let leads = |start: &Value| {
        let (mut open, mut seen) = (vec![start.clone()], BTreeSet::new());
        while let Some(value) = open.pop() {
            match value {
                Value::Object(map) => {
                    if let Some(to) = map.get("$ref").and_then(Value::as_str)
                        && seen.insert(to.to_owned())
                    {
                        open.push(doc.pointer(&to[1..]).cloned().unwrap_or_default());
                    } else {
                        open.extend(map.into_iter().map(|(_, v)| v));
                    }
                }
                Value::Array(list) => open.extend(list),
                _ => {}
            }
        }
        seen.contains(&target)
    };
    let all = operations().into_iter();
    let found = all.filter(|(pointer, _)| leads(doc.pointer(pointer).unwrap()));
    found.map(|(_, key)| key).collect()
}

fn changed(report: &Report) -> BTreeSet<String> {
    let ops = report.operations_changed.iter();
    ops.map(|op| format!("{} {}", op.method, op.path)).collect()
}

/// Checks one mutated contract against what the mutation was.
fn judge(new: &Value, expected: &Expected) -> TestCaseResult {
    let report = compare(&CONTRACT, new);
    prop_assert!(!report.is_empty(), "not found: {expected:?}");
    prop_assert!(report.operations_added.is_empty() && report.operations_removed.is_empty());
    match expected {
        Expected::Operation(key) => {
            prop_assert_eq!(changed(&report), [key.clone()].into(), "{:?}", report);
            // A schema may have lost its last user, but it has not changed.
            prop_assert!(report.schemas_changed.is_empty());
        }
        Expected::Schema(name) => {
            let schemas: Vec<_> = report.schemas_changed.iter().map(|s| &s.schema).collect();
            prop_assert_eq!(schemas, [name]);
            let (before, after) = (users(&CONTRACT, name), users(new, name));
            let both: BTreeSet<_> = before.intersection(&after).cloned().collect();
            prop_assert_eq!(changed(&report), both);
        }
    }
    // The way back: what came goes, what went comes.
    let back = compare(new, &CONTRACT);
    prop_assert_eq!(changed(&back), changed(&report));
    prop_assert_eq!(mirrored(&back), counted(&report));
    Ok(())
}

/// How many things were added and removed.
fn counted(report: &Report) -> (usize, usize) {
    let schemas = report.schemas_changed.iter().flat_map(|s| &s.changes);
    let operations = report.operations_changed.iter().flat_map(|op| &op.changes);
    let all: Vec<_> = schemas
        .chain(operations.filter(|c| c.schema.is_none()))
        .collect();
    let of = |end: &str| all.iter().filter(|c| c.kind.ends_with(end)).count();
    (of("-added"), of("-removed"))
}

fn mirrored(report: &Report) -> (usize, usize) {
    let (added, removed) = counted(report);
    (removed, added)
}

/// Sorts what has no order by a key that a seed decides.
fn shuffle(value: &mut Value, seed: u64, inside: &str) {
    let weight = |value: &Value| {
        let text = value.to_string();
        text.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
            for (key, child) in &mut entries {
                shuffle(child, seed, key);
            }
            entries.sort_by_cached_key(|(key, _)| weight(&Value::from(key.as_str())));
            map.extend(entries);
        }
        Value::Array(list) => {
            list.iter_mut().for_each(|child| shuffle(child, seed, ""));
            if inside != "default" {
                list.sort_by_cached_key(weight);
            }
        }
        _ => {}
    }
}

/// Few cases by default, since each compares the whole contract; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 24;
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_mutated_operation_is_found(at in any::<prop::sample::Index>(), kind in 0..10_usize, pick in 0..1000_usize) {
        let operations = operations();
        let (pointer, key) = at.get(&operations);
        let mut new = CONTRACT.clone();
        let op = new.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        prop_assume!(mutate_operation(op, kind, pick).is_some());
        judge(&new, &Expected::Operation(key.clone()))?;
    }

    #[test]
    fn a_mutated_schema_is_found(at in any::<prop::sample::Index>(), kind in 0..14_usize, pick in 0..1000_usize) {
        let schemas = schemas();
        let (pointer, name) = at.get(&schemas);
        let mut new = CONTRACT.clone();
        let schema = new.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        prop_assume!(mutate_schema(schema, kind, pick).is_some());
        judge(&new, &Expected::Schema(name.clone()))?;
    }

    #[test]
    fn removed_and_added_operations_mirror_each_other(keep in prop::collection::vec(any::<bool>(), 47)) {
        let all = operations();
        prop_assume!(keep.iter().any(|keep| *keep));
        let mut new = CONTRACT.clone();
        let mut gone = BTreeSet::new();
        for ((pointer, key), _) in all.iter().zip(&keep).filter(|(_, keep)| !**keep) {
            let (item, method) = pointer.rsplit_once('/').unwrap();
            new.pointer_mut(item).unwrap().as_object_mut().unwrap().remove(method);
            gone.insert(key.clone());
        }
        let names = |list: &[atlassian_orgs_codegen::diff::Operation]| -> BTreeSet<String> {
            list.iter().map(|op| format!("{} {}", op.method, op.path)).collect()
        };
        let there = compare(&CONTRACT, &new);
        prop_assert_eq!(names(&there.operations_removed), gone.clone());
        prop_assert!(there.operations_added.is_empty() && there.operations_changed.is_empty());
        let back = compare(&new, &CONTRACT);
        prop_assert_eq!(names(&back.operations_added), gone);
        prop_assert!(back.operations_removed.is_empty() && !back.is_breaking());
    }

    #[test]
    fn order_never_counts(seed in any::<u64>()) {
        let mut new = CONTRACT.clone();
        shuffle(&mut new, seed, "");
        let report = compare(&CONTRACT, &new);
        prop_assert!(report.is_empty(), "{}", report.to_markdown());
        // Nor does it for what is found.
        let mut changed = CONTRACT.clone();
        changed["components"]["schemas"]["Org"]["properties"]["zzz"] = json!({});
        let found = compare(&CONTRACT, &changed).to_json();
        shuffle(&mut changed, seed, "");
        prop_assert_eq!(found, compare(&CONTRACT, &changed).to_json());
    }
}

/// The strategies above reach every kind of mutation somewhere in the contract.
#[test]
fn every_kind_of_mutation_has_a_place() -> Result<(), TestCaseError> {
    for kind in 0..10 {
        let at = operations().into_iter().find_map(|(pointer, key)| {
            let mut new = CONTRACT.clone();
            let op = new.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
            mutate_operation(op, kind, 0).map(|()| (new, key))
        });
        let (new, key) = at.unwrap();
        judge(&new, &Expected::Operation(key))?;
    }
    for kind in 0..14 {
        let at = schemas().into_iter().find_map(|(pointer, name)| {
            let mut new = CONTRACT.clone();
            let schema = new.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
            mutate_schema(schema, kind, 0).map(|()| (new, name))
        });
        let (new, name) = at.unwrap();
        judge(&new, &Expected::Schema(name))?;
    }
    Ok(())
}
