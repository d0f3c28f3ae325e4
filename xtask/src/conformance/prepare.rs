//! What is done to the contract before Schemathesis reads it. A published document is used as it is.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::text;

const DETAILS: &str = "/v2/orgs/{orgId}/directories/{directoryId}/users/{userId}";

/// The contract, repaired and with examples for the sandbox at hand.
pub(super) fn prepared(contract: &Value, sandbox: &Value) -> Result<Value> {
    let mut contract = contract.clone();
    declare_user_id(&mut contract)?;
    name_what_is_there(&mut contract, sandbox)?;
    Ok(contract)
}

/// The details of a person have `{userId}` in their path and declare `accountId`: Schemathesis can't
/// call them, so the parameter gets the path's name.
fn declare_user_id(contract: &mut Value) -> Result<()> {
    let parameters = operation(contract, "get", DETAILS)?
        .get_mut("parameters")
        .and_then(Value::as_array_mut)
        .context("it has no parameters")?;
    let misnamed = |p: &Value| p["$ref"] == "#/components/parameters/accountIdParam";
    let Some(parameter) = parameters.iter_mut().find(|p| misnamed(p)) else {
        bail!("GET {DETAILS} declares its parameter by now: retire `declare_user_id`");
    };
    *parameter = json!({
        "in": "path", "name": "userId", "required": true, "schema": { "type": "string" },
    });
    Ok(())
}

/// The contract keeps no examples, and nobody guesses an address, a role or a resource that exists:
/// with these, every write gets past its checks, so that its successes are judged too.
fn name_what_is_there(contract: &mut Value, sandbox: &Value) -> Result<()> {
    let known = |name: &str| text(sandbox, name);
    let (user, group) = (known("user_id")?, known("group_id")?);
    let (resource, directory) = (known("resource_id")?, known("directory_id")?);
    let role = json!({ "role": "atlassian/user-access-admin", "resource": resource });
    let admin = json!({ "role": "atlassian/org-admin" });
    let of_group = json!({ "resourceId": resource, "roleId": "atlassian/user" });
    let bodies = [
        ("/v1/orgs/{orgId}/users/{userId}/roles/assign", role.clone()),
        ("/v1/orgs/{orgId}/users/{userId}/roles/revoke", role),
        (
            "/v1/orgs/{orgId}/users/{userId}/role-assignments/assign",
            admin.clone(),
        ),
        (
            "/v1/orgs/{orgId}/users/{userId}/role-assignments/revoke",
            admin,
        ),
        (
            "/v1/orgs/{orgId}/policies/{policyId}/resources",
            json!({ "id": resource, "meta": { "scheduledDate": "2026-10-01" }, "links": { "ticket": "T-1" } }),
        ),
        (
            "/v2/orgs/{orgId}/directories/{directoryId}/groups",
            json!({ "name": "made by a stranger", "description": "for a while" }),
        ),
        (
            "/v2/orgs/{orgId}/directories/{directoryId}/groups/search",
            json!({ "directoryIds": [directory], "limit": 5, "sortBy": [{ "field": "name", "direction": "asc" }] }),
        ),
        (
            "/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/memberships",
            json!({ "accountId": user }),
        ),
        (
            "/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/assign",
            of_group.clone(),
        ),
        (
            "/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/revoke",
            of_group,
        ),
        (
            "/v2/orgs/{orgId}/directories/{directoryId}/users/search",
            json!({ "accountIds": [user], "limit": 5, "expand": ["groups"] }),
        ),
        (
            "/v2/orgs/{orgId}/users/invite",
            json!({
                "emails": ["stranger@example.com"], "additionalGroups": [group], "sendNotification": true,
                "permissionRules": [{ "resource": resource, "role": "atlassian/user" }],
                "notificationText": "Welcome",
            }),
        ),
        (
            "/v2/orgs/{orgId}/workspaces",
            json!({
                "limit": 5, "sort": [{ "field": "attributes.name", "order": "desc" }],
                "query": { "field": { "name": "attributes.type", "values": ["jira"] } },
            }),
        ),
    ];
    for (path, example) in bodies {
        let content = operation(contract, "post", path)?
            .pointer_mut("/requestBody/content/application~1json")
            .with_context(|| format!("POST {path} takes no JSON"))?;
        content["example"] = example;
    }
    let parameters = [
        ("userId", "user_id"),
        ("accountId", "user_id"),
        ("groupId", "group_id"),
        ("eventId", "event_id"),
        ("policyId", "policy_id"),
        ("resourceId", "policy_resource_id"),
    ];
    for (name, example) in parameters {
        give(contract, name, known(example)?);
    }
    Ok(())
}

/// Gives a path parameter an example, wherever it is declared.
fn give(value: &mut Value, name: &str, example: &str) {
    match value {
        Value::Object(object) => {
            if object.get("in").is_some_and(|place| place == "path")
                && object.get("name").is_some_and(|found| found == name)
            {
                object.insert("example".to_owned(), example.into());
            }
            object
                .values_mut()
                .for_each(|value| give(value, name, example));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|value| give(value, name, example)),
        _ => {}
    }
}

fn operation<'c>(contract: &'c mut Value, method: &str, path: &str) -> Result<&'c mut Value> {
    let operation = contract
        .get_mut("paths")
        .and_then(|paths| paths.get_mut(path))
        .and_then(|item| item.get_mut(method));
    operation.with_context(|| format!("the contract has no {} {path}", method.to_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> Value {
        let here = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../openapi/organizations/contract.json"
        );
        serde_json::from_str(&std::fs::read_to_string(here).unwrap()).unwrap()
    }

    fn sandbox() -> Value {
        json!({
            "user_id": "u", "group_id": "g", "resource_id": "r", "directory_id": "d", "event_id": "e",
            "policy_id": "p", "policy_resource_id": "pr",
        })
    }

    #[test]
    fn every_change_applies_to_the_committed_contract() {
        let before = contract();
        let after = prepared(&before, &sandbox()).unwrap();
        let declared = &after["paths"][DETAILS]["get"]["parameters"];
        assert!(
            declared
                .as_array()
                .unwrap()
                .iter()
                .any(|p| p["name"] == "userId")
        );
        let invite = "/paths/~1v2~1orgs~1{orgId}~1users~1invite/post/requestBody/content";
        assert!(before.pointer(invite).unwrap()["application/json"]["example"].is_null());
        let example = &after.pointer(invite).unwrap()["application/json"]["example"];
        assert_eq!(example["additionalGroups"], json!(["g"]));
        let group = "/components/parameters/groupIdParam/example";
        assert_eq!(after.pointer(group), Some(&json!("g")));
    }

    #[test]
    fn a_repair_that_no_longer_applies_is_named() {
        let mut mended = contract();
        declare_user_id(&mut mended).unwrap();
        let error = declare_user_id(&mut mended).unwrap_err().to_string();
        assert!(error.contains("retire `declare_user_id`"), "{error}");
    }

    #[test]
    fn what_the_sandbox_does_not_say_is_trouble() {
        let error = prepared(&contract(), &json!({})).unwrap_err().to_string();
        assert!(error.contains("`user_id`"), "{error}");
    }
}
