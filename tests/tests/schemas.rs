//! The types of answers against the schemas of the contracts: bodies made from each schema come back
//! as they were, changed ones still decode, and the type's own JSON Schema takes what the contract's
//! does. The judge of bodies is the crate `jsonschema`.
#![allow(clippy::unwrap_used)]

mod support;

use atlassian_orgs_api::operation::Operation;
use atlassian_orgs_api::{jira_users, organizations, organizations_v1, user_management};
use serde_json::Value;
use support::bodies::{Made, Maker, Place};
use support::judge::{Judge, Way, validator};

/// What the generated crate says about one API.
struct Api {
    contract: &'static str,
    operations: &'static [Operation],
    recode: fn(&str, &str) -> Option<Result<String, String>>,
    json_schema: fn(&str) -> Option<schemars::Schema>,
}

macro_rules! api {
    ($module:ident, $folder:literal) => {
        Api {
            contract: include_str!(concat!("../../openapi/", $folder, "/contract.json")),
            operations: $module::operations::ALL,
            recode: $module::schemas::recode,
            json_schema: $module::schemas::json_schema,
        }
    };
}

/// What was tried: operations whose answer is read, bodies made of their schemas, bodies changed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tried {
    operations: usize,
    bodies: usize,
    changed: usize,
}

impl Api {
    fn check(&self) -> Tried {
        let judge = Judge::new(self.contract, "", &[]);
        let mut tried = Tried::default();
        let mut faults: Vec<String> = Vec::new();
        for (n, operation) in self.operations.iter().enumerate() {
            if (self.recode)(operation.name, "{}").is_none() {
                continue;
            }
            tried.operations += 1;
            let schemas = judge.answers(operation);
            assert!(
                !schemas.is_empty(),
                "{} reads what is not there",
                operation.id
            );
            for schema in schemas {
                let seed = u64::try_from(n).unwrap();
                self.one(
                    operation.name,
                    &judge,
                    schema,
                    seed,
                    &mut tried,
                    &mut faults,
                );
            }
        }
        assert!(
            faults.is_empty(),
            "{} faults, the first of them:\n{}",
            faults.len(),
            faults[..faults.len().min(40)].join("\n")
        );
        tried
    }

    fn one(
        &self,
        name: &str,
        judge: &Judge,
        schema: &Value,
        seed: u64,
        tried: &mut Tried,
        faults: &mut Vec<String>,
    ) {
        let theirs = validator(judge.contract(), schema, Way::Response);
        let ours = (self.json_schema)(name).unwrap();
        let ours = jsonschema::draft202012::new(ours.as_value()).unwrap();
        let recode = |body: &Value| (self.recode)(name, &body.to_string()).unwrap();
        let mut maker = Maker::new(judge.contract(), seed);
        for n in 0.. {
            if n >= 4 && maker.all_had_their_turn() {
                break;
            }
            assert!(n < 200, "{name}: an enum's value never came up");
            let made = maker.make(schema);
            let body = &made.body;
            tried.bodies += 1;
            for fault in theirs.iter_errors(body) {
                faults.push(format!(
                    "{name}: made against its schema: {fault} at {}",
                    fault.instance_path()
                ));
            }
            for fault in ours.iter_errors(body) {
                faults.push(format!(
                    "{name}: our schema refuses: {fault} at {}",
                    fault.instance_path()
                ));
            }
            match recode(body) {
                Ok(again) => {
                    let again: Value = serde_json::from_str(&again).unwrap();
                    differences(body, &again, name, faults);
                }
                Err(why) => faults.push(format!("{name}: does not decode: {why}\n  {body}")),
            }
            // Changing every place of every body finds no more than doing so with some.
            if n >= 4 {
                continue;
            }
            for (what, changed) in changes(&made) {
                tried.changed += 1;
                if let Err(why) = recode(&changed) {
                    faults.push(format!("{name}: {what}: does not decode: {why}"));
                }
                if theirs.is_valid(&changed) && !ours.is_valid(&changed) {
                    faults.push(format!("{name}: {what}: only our schema refuses it"));
                }
            }
        }
    }
}

/// Each body that a reader has to bear, with what was done to it.
fn changes(made: &Made) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    let mut crowded = made.body.clone();
    for place in &made.places {
        let mut body = made.body.clone();
        match place {
            Place::Object(at) => {
                for body in [&mut crowded, &mut body] {
                    let object = body.pointer_mut(at).unwrap().as_object_mut().unwrap();
                    object.insert("neverHeardOf".into(), serde_json::json!([{ "a": null }]));
                }
                out.push((format!("unknown field in {at:?}"), body));
            }
            Place::Enum(at) => {
                *body.pointer_mut(at).unwrap() = "never-heard-of".into();
                out.push((format!("unknown value in {at:?}"), body));
            }
            Place::Field(at) => {
                *body.pointer_mut(at).unwrap() = Value::Null;
                out.push((format!("null in {at:?}"), body.clone()));
                let (holder, name) = at.rsplit_once('/').unwrap();
                let name = name.replace("~1", "/").replace("~0", "~");
                let holder = body.pointer_mut(holder).unwrap();
                holder.as_object_mut().unwrap().remove(&name).unwrap();
                out.push((format!("without {at:?}"), body));
            }
        }
    }
    out.push(("unknown fields everywhere".to_owned(), crowded));
    out
}

/// What a body lost, gained or changed on its way. Null, empty and absent are the same.
fn differences(sent: &Value, got: &Value, at: &str, faults: &mut Vec<String>) {
    let nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    match (sent, got) {
        (Value::Object(sent), Value::Object(got)) => {
            for name in sent
                .keys()
                .chain(got.keys().filter(|k| !sent.contains_key(*k)))
            {
                let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned();
                let (a, b) = (of(sent).unwrap_or_default(), of(got).unwrap_or_default());
                differences(&a, &b, &format!("{at}/{name}"), faults);
            }
        }
        (Value::Array(sent), Value::Array(got)) if sent.len() == got.len() => {
            for (n, (sent, got)) in sent.iter().zip(got).enumerate() {
                differences(sent, got, &format!("{at}/{n}"), faults);
            }
        }
        (Value::Number(sent), Value::Number(got)) if sent.as_f64() == got.as_f64() => {}
        (sent, got) if sent == got || nothing(sent) && nothing(got) => {}
        (sent, got) => faults.push(format!("{at}: {sent} came back as {got}")),
    }
}

#[test]
fn what_got_lost_is_seen() {
    let sent = serde_json::json!({ "a": [{ "b": 1 }], "c": "d", "e": [], "f": null, "g": true });
    let found = |got: Value| {
        let mut faults = Vec::new();
        differences(&sent, &got, "", &mut faults);
        faults
    };
    let kept = serde_json::json!({ "a": [{ "b": 1.0 }], "c": "d", "f": {}, "g": true });
    assert_eq!(found(kept), Vec::<String>::new());
    let lost = serde_json::json!({ "a": [{}], "c": "x", "g": false, "h": 1 });
    let seen = [
        "/a/0/b: 1 came back as null",
        "/c: \"d\" came back as \"x\"",
        "/g: true came back as false",
        "/h: null came back as 1",
    ];
    assert_eq!(found(lost), seen);
}

#[test]
fn organizations() {
    let tried = api!(organizations, "organizations").check();
    println!("{tried:?}");
    assert_eq!(tried.operations, 31);
}

#[test]
fn organizations_v1() {
    let tried = api!(organizations_v1, "organizations-v1").check();
    println!("{tried:?}");
    assert_eq!(tried.operations, 11);
}

#[test]
fn user_management() {
    let tried = api!(user_management, "user-management").check();
    println!("{tried:?}");
    assert_eq!(tried.operations, 6);
}

#[test]
fn jira_users() {
    let tried = api!(jira_users, "jira-users").check();
    println!("{tried:?}");
    assert_eq!(tried.operations, 4);
}
