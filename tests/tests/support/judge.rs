//! Holds what goes over the wire against a contract as published.

use std::collections::BTreeSet;

use atlassian_orgs_api::operation::Operation;
use serde_json::{Value, json};

use super::recorder::Sent;

/// What a caller gave besides what an operation cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Every parameter and every field of the body.
    Everything,
    /// Nothing.
    Required,
}

/// A contract, the path of its base URL, and the values that may stand in a path.
pub struct Judge {
    contract: Value,
    prefix: &'static str,
    ids: &'static [&'static str],
}

impl Judge {
    pub fn new(contract: &str, prefix: &'static str, ids: &'static [&'static str]) -> Self {
        let contract = serde_json::from_str(contract).unwrap();
        Self {
            contract,
            prefix,
            ids,
        }
    }

    /// The operation exists, every path parameter is one whole segment that decodes to what was
    /// given, every query parameter is declared and written as its `explode` says, all that should
    /// be there is and nothing else, and the body satisfies its schema.
    pub fn request(&self, sent: &Sent, given: Given) {
        let id = sent.operation.id;
        let (template, operation) = self.operation(sent.operation);
        self.path(id, template, sent);
        let parameters = self.query_parameters(operation);
        let wanted = parameters
            .iter()
            .filter(|p| given == Given::Everything || p["required"] == true);
        let wanted: BTreeSet<&str> = wanted.filter_map(|p| p["name"].as_str()).collect();
        assert_eq!(query(sent, &parameters), wanted, "{id}");
        match (&sent.body, self.body_schema(operation)) {
            (None, None) => {}
            (Some(body), Some(schema)) => self.body(id, body, schema, given),
            (sent, declared) => panic!(
                "{id}: body sent {}, declared {}",
                sent.is_some(),
                declared.is_some()
            ),
        }
    }

    /// Every operation was called, and each request is what the contract says.
    pub fn everything(&self, sent: &[Sent], all: &[Operation]) -> String {
        let called: BTreeSet<&str> = sent.iter().map(|s| s.operation.id).collect();
        let all: BTreeSet<&str> = all.iter().map(|o| o.id).collect();
        assert_eq!(called, all, "an operation was not called");
        for one in sent {
            self.request(one, Given::Everything);
        }
        transcript(sent)
    }

    /// Every operation that has something optional was called, and nothing went out but what has to.
    pub fn required(&self, sent: &[Sent], all: &[Operation]) -> String {
        let called: BTreeSet<&str> = sent.iter().map(|s| s.operation.id).collect();
        let all = all.iter().filter(|o| self.has_optional(o));
        let all: BTreeSet<&str> = all.map(|o| o.id).collect();
        assert_eq!(called, all);
        for one in sent {
            self.request(one, Given::Required);
        }
        transcript(sent)
    }

    pub fn contract(&self) -> &Value {
        &self.contract
    }

    /// The schemas of the bodies of success that an operation has.
    pub fn answers(&self, operation: &Operation) -> Vec<&Value> {
        let (_, operation) = self.operation(operation);
        let responses = operation["responses"].as_object().into_iter().flatten();
        responses
            .filter(|(code, _)| code.starts_with('2'))
            .map(|(_, response)| resolve(&self.contract, response))
            .filter_map(|response| response["content"]["application/json"].get("schema"))
            .collect()
    }

    fn has_optional(&self, operation: &Operation) -> bool {
        let (_, operation) = self.operation(operation);
        let parameters = self.query_parameters(operation);
        let fields = self.body_schema(operation).map(|s| self.fields(s));
        parameters.iter().any(|p| p["required"] != true)
            || fields.is_some_and(|(all, required)| all != required)
    }

    /// The template and the operation. Jira's version 2 has the contract of its version 3.
    fn operation(&self, operation: &Operation) -> (&str, &Value) {
        let same = |a: &str, b: &str| {
            let shape = |t: &str| {
                let parts = t.split('/');
                let parts = parts.map(|s| if s.starts_with('{') { "{}" } else { s }.to_owned());
                parts.collect::<Vec<_>>()
            };
            shape(a) == shape(b)
        };
        let path = operation.path.replace("/rest/api/2/", "/rest/api/3/");
        let method = operation.method.to_lowercase();
        let paths = self.contract["paths"].as_object().unwrap();
        let (template, item) = paths
            .iter()
            .find(|(template, item)| same(template, &path) && item[&method].is_object())
            .unwrap_or_else(|| panic!("{} is not in the contract", operation.id));
        (template, &item[&method])
    }

    /// Those that can be written: an object, or a list of them, has no form in a query (fixup
    /// `structured_query_parameters`).
    fn query_parameters<'a>(&'a self, operation: &'a Value) -> Vec<&'a Value> {
        let object = |schema: &Value| resolve(&self.contract, schema)["type"] == "object";
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters
            .map(|p| resolve(&self.contract, p))
            .filter(|p| p["in"] == "query")
            .filter(|p| !object(&p["schema"]) && !object(&p["schema"]["items"]))
            .collect()
    }

    fn body_schema<'a>(&'a self, operation: &'a Value) -> Option<&'a Value> {
        let declared = resolve(&self.contract, operation.get("requestBody")?);
        Some(&declared["content"]["application/json"]["schema"])
    }

    fn path(&self, id: &str, template: &str, sent: &Sent) {
        let path = sent.path.strip_prefix(self.prefix).unwrap();
        let path = path.replace("/rest/api/2/", "/rest/api/3/");
        let (wanted, got): (Vec<_>, Vec<_>) =
            (template.split('/').collect(), path.split('/').collect());
        assert_eq!(wanted.len(), got.len(), "{id}: {path}");
        for (wanted, got) in wanted.iter().zip(&got) {
            if wanted.starts_with('{') {
                let value = percent_encoding::percent_decode_str(got);
                let value = value.decode_utf8().unwrap();
                assert!(self.ids.contains(&&*value), "{id}: {value}");
            } else {
                assert_eq!(wanted, got, "{id}");
            }
        }
    }

    fn body(&self, id: &str, body: &Value, schema: &Value, given: Given) {
        let validator = validator(&self.contract, schema, Way::Request);
        let faults: Vec<String> = validator.iter_errors(body).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{id}: {faults:?}");
        let got: BTreeSet<&str> = body.as_object().unwrap().keys().map(|k| &**k).collect();
        let (all, required) = self.fields(schema);
        let wanted = match given {
            Given::Everything => all,
            Given::Required => required,
        };
        assert_eq!(got, wanted, "{id}");
    }

    /// The fields of an object that a caller may write, and those that it must.
    fn fields<'a>(&'a self, schema: &'a Value) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
        let schema = resolve(&self.contract, schema);
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut all: BTreeSet<&str> = properties
            .filter(|(_, p)| !read_only(&self.contract, p))
            .map(|(name, _)| &**name)
            .collect();
        let names = schema["required"].as_array().into_iter().flatten();
        let mut required: BTreeSet<&str> = names.filter_map(Value::as_str).collect();
        required.retain(|name| all.contains(name));
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let (more, musts) = self.fields(part);
            all.extend(more);
            required.extend(musts);
        }
        (all, required)
    }
}

/// The names in a query, each written as its parameter says.
fn query<'a>(sent: &'a Sent, parameters: &[&Value]) -> BTreeSet<&'a str> {
    let id = sent.operation.id;
    let mut names = BTreeSet::new();
    for pair in sent.query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        let declared = parameters.iter().find(|p| p["name"] == name);
        let declared = declared.unwrap_or_else(|| panic!("{id} has no query parameter {name}"));
        let array = declared["schema"]["type"] == "array";
        let exploded = array && declared["explode"] != false;
        let again = !names.insert(name);
        assert!(exploded || !again, "{id}: {name} twice");
        assert_eq!(
            array && !exploded,
            value.contains(','),
            "{id}: {name}={value}"
        );
    }
    names
}

/// Every request, with headers that are the same for all said once.
pub fn transcript(sent: &[Sent]) -> String {
    let mut out = String::new();
    for one in sent {
        out.push_str(&format!(
            "{}\n  {} {}",
            one.operation.id, one.method, one.path
        ));
        if !one.query.is_empty() {
            out.push_str(&format!("\n    ?{}", one.query.replace('&', "\n    &")));
        }
        if let Some(body) = &one.body {
            out.push_str(&format!("\n  {body}"));
        }
        out.push_str("\n\n");
    }
    out
}

/// What a reference of the contract points to.
pub fn resolve<'a>(doc: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(target) => resolve(doc, doc.pointer(target.trim_start_matches('#')).unwrap()),
        None => value,
    }
}

/// Which way a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Request,
    Response,
}

/// A schema of the contract with all component schemas beside it, as JSON Schema.
pub fn validator(contract: &Value, schema: &Value, way: Way) -> jsonschema::Validator {
    let mut schema = json!({ "allOf": [schema], "components": contract["components"] });
    translate(contract, &mut schema, way);
    jsonschema::draft4::new(&schema).unwrap()
}

fn read_only(contract: &Value, schema: &Value) -> bool {
    resolve(contract, schema)["readOnly"] == true
}

/// Where OpenAPI 3.0 says another thing than JSON Schema by the same words: what only the service
/// writes is not required of a caller. And one slip of a document: User management ends the pattern
/// of an account id with a line feed, which came with its YAML and which no account id has.
fn translate(contract: &Value, schema: &mut Value, way: Way) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(pattern)) = map.get_mut("pattern") {
                *pattern = pattern.trim_end_matches('\n').to_owned();
            }
            if let (Some(Value::Bool(true)), Some(Value::String(kind))) =
                (map.get("nullable"), map.get("type"))
            {
                map.insert("type".into(), json!([kind, "null"]));
                if let Some(Value::Array(values)) = map.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            if way == Way::Request {
                let properties = map.get("properties").cloned().unwrap_or_default();
                if let Some(Value::Array(required)) = map.get_mut("required") {
                    let name = |r: &Value| r.as_str().unwrap_or_default().to_owned();
                    required.retain(|r| !read_only(contract, &properties[name(r)]));
                    // Draft 4 wants one at least.
                    if required.is_empty() {
                        map.remove("required");
                    }
                }
            }
            for child in map.values_mut() {
                translate(contract, child, way);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|s| translate(contract, s, way)),
        _ => {}
    }
}
