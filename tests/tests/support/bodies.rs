//! Bodies made from a schema of a contract: every field, each value of every enum in turn.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::judge::resolve;

/// Deeper than this, what may be left out is left out: some schemas contain themselves.
const DEEP: usize = 12;

/// A place in a made body that can be changed without leaving what a reader has to bear.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// An object with named fields; another may join them.
    Object(String),
    /// A field of an object, named or by a key of its own; it may be null or missing.
    Field(String),
    /// A value of an enum of text; it may be one that nobody listed.
    Enum(String),
}

/// A body, and its places by JSON pointer.
#[derive(Debug, Clone)]
pub struct Made {
    pub body: Value,
    pub places: Vec<Place>,
}

pub struct Maker<'a> {
    contract: &'a Value,
    random: u64,
    /// Whose turn it is, for each enum and each choice met, by its place in the contract; and how
    /// many there are.
    turns: HashMap<usize, (usize, usize)>,
    places: Vec<Place>,
}

impl<'a> Maker<'a> {
    pub fn new(contract: &'a Value, seed: u64) -> Self {
        Self {
            contract,
            random: seed,
            turns: HashMap::new(),
            places: Vec::new(),
        }
    }

    /// Whether every value of each enum, and every alternative of each choice, has had its turn.
    pub fn all_had_their_turn(&self) -> bool {
        self.turns.values().all(|(turn, of)| turn >= of)
    }

    pub fn make(&mut self, schema: &'a Value) -> Made {
        let body = self.value(schema, "", 0);
        let mut places = std::mem::take(&mut self.places);
        places.sort();
        places.dedup();
        Made { body, places }
    }

    /// SplitMix64: the same numbers on every machine.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap() + 1;
        low + i64::try_from(self.next() % span).unwrap()
    }

    fn turn(&mut self, list: &'a [Value]) -> &'a Value {
        let start = usize::try_from(self.next() % 7).unwrap();
        let key = std::ptr::from_ref(list).addr();
        let (turn, _) = self.turns.entry(key).or_insert((0, list.len()));
        *turn += 1;
        // Where a round begins is left to chance, so that enums side by side do not go in step.
        &list[(*turn + if *turn > list.len() { start } else { 0 }) % list.len()]
    }

    fn value(&mut self, schema: &'a Value, at: &str, depth: usize) -> Value {
        let schema = resolve(self.contract, schema);
        if let Some(values) = schema["enum"].as_array() {
            let value = self.turn(values).clone();
            if value.is_string() {
                self.places.push(Place::Enum(at.to_owned()));
            }
            return value;
        }
        let mut parts: Vec<&'a Value> = Vec::new();
        parts.extend(schema["allOf"].as_array().into_iter().flatten());
        for choice in ["oneOf", "anyOf"] {
            if let Some(list) = schema[choice].as_array() {
                parts.push(self.turn(list));
            }
        }
        let own = ["properties", "additionalProperties", "items"];
        let own = parts.is_empty() || own.iter().any(|k| schema.get(k).is_some());
        let mut out = if own {
            self.plain(schema, at, depth)
        } else {
            Value::Null
        };
        for part in parts {
            match (&mut out, self.value(part, at, depth + 1)) {
                (Value::Object(out), Value::Object(more)) => out.extend(more),
                (out, value) => *out = value,
            }
        }
        out
    }

    fn plain(&mut self, schema: &'a Value, at: &str, depth: usize) -> Value {
        let kind = match schema["type"].as_str() {
            Some(kind) => kind,
            None if schema.get("properties").is_some() => "object",
            None if schema.get("items").is_some() => "array",
            None => "anything",
        };
        match kind {
            "object" => self.object(schema, at, depth),
            "array" => self.array(schema, at, depth),
            "string" => self.text(schema).into(),
            "integer" => self.integer(schema).into(),
            "number" => (self.integer(schema) as f64 + 0.5).into(),
            "boolean" => self.next().is_multiple_of(2).into(),
            "anything" => json!({ "free": [1, "two", null] }),
            other => panic!("no value of type {other}"),
        }
    }

    fn object(&mut self, schema: &'a Value, at: &str, depth: usize) -> Value {
        let mut out = Map::new();
        let required = &schema["required"];
        let required = |name: &str| {
            let mut names = required.as_array().into_iter().flatten();
            names.any(|r| r == name)
        };
        let properties = schema["properties"].as_object();
        for (name, property) in properties.into_iter().flatten() {
            if depth < DEEP || required(name) {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                out.insert(name.clone(), self.value(property, &at, depth + 1));
                self.places.push(Place::Field(at));
            }
        }
        let more = &schema["additionalProperties"];
        match more {
            Value::Object(_) if depth < DEEP => {
                for key in ["one", "another"] {
                    let at = format!("{at}/{key}");
                    out.insert(key.to_owned(), self.value(more, &at, depth + 1));
                    self.places.push(Place::Field(at));
                }
            }
            // Nothing is named, so everything is.
            Value::Bool(true) | Value::Null if properties.is_none() => {
                out.insert("free".to_owned(), json!({ "as": ["it", 1, true] }));
            }
            _ if properties.is_some() => self.places.push(Place::Object(at.to_owned())),
            _ => {}
        }
        Value::Object(out)
    }

    fn array(&mut self, schema: &'a Value, at: &str, depth: usize) -> Value {
        let bound = |name: &str| schema[name].as_i64();
        let least = bound("minItems").unwrap_or(0).max(i64::from(depth < DEEP));
        let most = bound("maxItems")
            .unwrap_or(i64::MAX)
            .min(least + 2)
            .max(least);
        let wanted = if depth < DEEP {
            self.between(least, most)
        } else {
            least
        };
        let mut out: Vec<Value> = Vec::new();
        for _ in 0..wanted {
            let at = format!("{at}/{}", out.len());
            let before = self.places.len();
            let value = self.value(&schema["items"], &at, depth + 1);
            if schema["uniqueItems"] == true && out.contains(&value) {
                self.places.truncate(before);
            } else {
                out.push(value);
            }
        }
        out.into()
    }

    fn integer(&mut self, schema: &Value) -> i64 {
        let bound = |name: &str| schema[name].as_f64().map(|n| n as i64);
        let low = bound("minimum").unwrap_or(0);
        let high = bound("maximum").unwrap_or(low + 100_000);
        self.between(low, high)
    }

    fn text(&mut self, schema: &Value) -> String {
        let n = self.next() % 1_000_000;
        match schema["format"].as_str() {
            Some("uuid") => format!("0b1c2d3e-0000-4000-8000-000000{n:06}"),
            Some("date-time") => format!("2026-08-21T10:11:12.{n:06}Z"),
            Some("date") => format!("2026-08-{:02}", n % 28 + 1),
            Some("uri" | "url") => format!("https://example.com/{n}?a=b&c=%20d"),
            Some("email") => format!("mia{n}@example.com"),
            // Those patterns that contracts have hold for letters, digits and colons.
            _ if schema["pattern"].is_string() => format!("557058:{n}"),
            _ => {
                let text = ["tëxt ", "a\"b\\c\n", "日本 ", ""][usize::try_from(n % 4).unwrap()];
                let text = format!("{text}{n}");
                let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
                text.chars().take(usize::try_from(most).unwrap()).collect()
            }
        }
    }
}
