//! A plan is a value: it can be written, shown, approved, read, and only then run.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use atlassian_orgs::{ApiKey, AtMost, Client, ErrorKind, GroupId, OrgId, Organization, Plan, Role};
use atlassian_orgs_sandbox::{Membership, Sandbox, User};
use proptest::prelude::*;
use serde_json::Value;
use support::plans::{PARTNERS, STAFF, company, jira, two_directories, with};
use support::{noon, org, seen};

fn person(n: usize) -> User {
    User::new(format!("p{n}@example.com"))
        .id(format!("557058:0c2e4b3a-1111-4222-8333-44445555{n:04}"))
}

/// A plan with a bit of everything, for one of two directories each.
async fn everything() -> (Sandbox, Plan) {
    let people = [
        person(1)
            .membership("dir-1", Membership::Suspended)
            .membership("dir-2", Membership::Active)
            .role(STAFF, "atlassian/user")
            .role(PARTNERS, "atlassian/user"),
        person(2).managed().synced(),
        person(3).org_admin(),
        person(4).deactivated(),
        person(5).managed().not_invited(),
    ];
    let sandbox = with(two_directories(), people).start().await.unwrap();
    let people = "p1@example.com p2@example.com p3@example.com p4@example.com p5@example.com \
                  nobody@example.com P2@example.com";
    let plan = org(&sandbox)
        .remove_users(people)
        .in_every_directory()
        .protect([], [GroupId::new("group-1").unwrap()])
        .at_most(AtMost::Share(0.9))
        .plan()
        .await
        .unwrap();
    (sandbox, plan)
}

async fn invitation() -> (Sandbox, Plan) {
    let sandbox = with(company(), [person(1)]).start().await.unwrap();
    let people =
        format!("email,role,resource\np1@example.com,,\nnew@example.com,atlassian/guest,{STAFF}\n");
    let plan = org(&sandbox)
        .invite_users(atlassian_orgs::People::csv(people.as_bytes()).unwrap())
        .grant(Role::USER, jira())
        .add_to_group(&GroupId::new("group-1").unwrap())
        .notify("Welcome")
        .at_most(5)
        .allow_admin_grants()
        .plan()
        .await
        .unwrap();
    (sandbox, plan)
}

/// Without what changes with every version of the crate.
fn lasting(text: &str, plans: &[&Plan]) -> String {
    let text = text.replace(env!("CARGO_PKG_VERSION"), "(version)");
    let replaced = |text: String, plan: &&Plan| text.replace(plan.digest(), "(digest)");
    plans.iter().fold(text, replaced)
}

fn json(plan: &Plan) -> String {
    serde_json::to_string(plan).unwrap()
}

#[tokio::test]
async fn a_plan_is_shown_without_addresses() {
    let (_sandbox, plan) = everything().await;
    let (_other, invite) = invitation().await;
    let text = format!("{plan}\n{invite}");
    assert!(!text.contains('@') && !text.contains("4444"), "{text}");
    insta::assert_snapshot!(lasting(&text, &[&plan, &invite]));
}

#[tokio::test]
async fn addresses_are_shown_to_those_who_ask() {
    let (_sandbox, plan) = everything().await;
    let table = plan.with_addresses().to_string();
    insta::assert_snapshot!("with_addresses", lasting(&table, &[&plan]));
    let mut csv = Vec::new();
    plan.write_csv(&mut csv).unwrap();
    insta::assert_snapshot!("csv", String::from_utf8(csv).unwrap());
}

/// The digest stands in approvals, so the same plan has the same one tomorrow.
#[tokio::test]
async fn json_is_the_same_both_ways_and_the_digest_stays() {
    for (name, (_sandbox, plan)) in [
        ("change", everything().await),
        ("invitation", invitation().await),
    ] {
        let text = json(&plan);
        let read: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(json(&read), text);
        assert_eq!(read.rows(), plan.rows());
        assert_eq!(
            (read.digest(), read.changes()),
            (plan.digest(), plan.changes())
        );
        assert_eq!(read.to_string(), plan.to_string());
        let pretty: Plan =
            serde_json::from_str(&serde_json::to_string_pretty(&plan).unwrap()).unwrap();
        assert_eq!(pretty.digest(), plan.digest());
        let value: Plan = serde_json::from_value(serde_json::to_value(&plan).unwrap()).unwrap();
        assert_eq!(value.digest(), plan.digest());
        let reader: Plan = serde_json::from_reader(text.as_bytes()).unwrap();
        assert_eq!(reader.digest(), plan.digest());
        let text = serde_json::to_string_pretty(&plan).unwrap();
        insta::assert_snapshot!(format!("json_{name}"), lasting(&text, &[&plan]));
    }
    let (_one, one) = everything().await;
    let (_two, two) = everything().await;
    assert_eq!(
        one.digest(),
        two.digest(),
        "the same input at the same time"
    );
}

/// A clock is finer than the text; the value is as fine as the text from the beginning.
#[tokio::test]
async fn times_are_the_same_after_reading() {
    let sandbox = with(company(), [person(1)]).start().await.unwrap();
    let fine = || noon() + Duration::from_nanos(123_456_789);
    let plan = at(&sandbox, fine)
        .suspend_users("p1@example.com")
        .plan()
        .await
        .unwrap();
    let read: Plan = serde_json::from_str(&json(&plan)).unwrap();
    assert_eq!(read.rows(), plan.rows());
    assert_eq!(read.made_at(), plan.made_at());
    assert_eq!(read.expires_at(), plan.expires_at());
}

/// Every share that a caller can give is read as it was written.
#[tokio::test]
async fn any_share_is_read_as_it_was_written() {
    let sandbox = with(company(), [person(1)]).start().await.unwrap();
    let org = org(&sandbox);
    let mut state = 7u64;
    for _ in 0..300 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let share = (state >> 11) as f64 / (1u64 << 53) as f64;
        let plan = org
            .suspend_users("nobody@example.com")
            .at_most(AtMost::Share(share));
        let text = json(&plan.plan().await.unwrap());
        assert!(serde_json::from_str::<Plan>(&text).is_ok(), "{share:?}");
    }
}

fn strict(text: &str) -> Option<Plan> {
    serde_json::from_str(text).ok()
}

/// The places of all values that hold no others.
fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(k, v)| leaves(v, &format!("{path}/{k}"), out)),
        Value::Array(list) => {
            let mut all = list.iter().enumerate();
            all.by_ref()
                .for_each(|(n, v)| leaves(v, &format!("{path}/{n}"), out));
        }
        _ => out.push(path.to_owned()),
    }
}

fn plans() -> Vec<String> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { vec![json(&everything().await.1), json(&invitation().await.1)] })
}

/// Each value, changed to another of its kind, removed, or doubled.
#[test]
fn no_value_of_a_plan_can_be_changed() {
    for text in plans() {
        let whole: Value = serde_json::from_str(&text).unwrap();
        let mut places = Vec::new();
        leaves(&whole, "", &mut places);
        assert!(places.len() > 20);
        for place in &places {
            let others = match whole.pointer(place).unwrap() {
                Value::Bool(it) => vec![Value::Bool(!it)],
                Value::Number(it) => vec![
                    (it.as_f64().unwrap() as u64 + 1).into(),
                    0.into(),
                    Value::Null,
                ],
                Value::String(it) => {
                    let mut others = vec![format!("{it}0"), format!("x{it}"), String::new()];
                    // A time, or a word of ours.
                    others.push(it.replace("2026", "2027"));
                    others.push("active".to_owned());
                    others.push("not_a_member".to_owned());
                    others.push(it.to_uppercase());
                    others.into_iter().map(Value::String).collect()
                }
                other => panic!("{place}: {other}"),
            };
            for other in others {
                let mut changed = whole.clone();
                *changed.pointer_mut(place).unwrap() = other;
                assert!(
                    changed == whole || strict(&changed.to_string()).is_none(),
                    "{place} was changed"
                );
            }
            let (parent, key) = place.rsplit_once('/').unwrap();
            let mut changed = whole.clone();
            match changed.pointer_mut(parent).unwrap() {
                Value::Object(map) => drop(map.remove(key)),
                Value::Array(list) => drop(list.remove(key.parse().unwrap())),
                _ => unreachable!(),
            }
            // What is not said is as if it were not there only where that means the same.
            assert!(
                strict(&changed.to_string()).is_none(),
                "{place} was removed"
            );
        }
        for n in 0..whole["rows"].as_array().unwrap().len() {
            let rows = |change: &dyn Fn(&mut Vec<Value>)| {
                let mut changed = whole.clone();
                change(changed["rows"].as_array_mut().unwrap());
                strict(&changed.to_string()).is_none()
            };
            assert!(rows(&|rows| drop(rows.remove(n))), "row {n} was removed");
            assert!(
                rows(&|rows| rows.insert(n, rows[n].clone())),
                "row {n} was doubled"
            );
            assert!(
                rows(&|rows| rows[n]["note"] = "hello".into()),
                "row {n} has a note"
            );
            if n > 0 {
                assert!(rows(&|rows| rows.swap(n - 1, n)), "row {n} was moved");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Any byte: what is still read says the same.
    #[test]
    fn no_byte_of_a_plan_can_be_changed(seed in any::<u64>()) {
        thread_local!(static PLANS: Vec<String> = plans());
        PLANS.with(|plans| {
            let text = &plans[seed as usize % plans.len()];
            let mut state = seed;
            for _ in 0..200 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let mut bytes = text.clone().into_bytes();
                let at = (state >> 16) as usize % bytes.len();
                match state >> 60 {
                    0..4 => bytes[at] ^= 1 << ((state >> 8) % 7),
                    4..8 => bytes[at] = b' ' + ((state >> 40) % 95) as u8,
                    8..12 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, b'0' + ((state >> 40) % 10) as u8),
                }
                if let Ok(plan) = serde_json::from_slice::<Plan>(&bytes) {
                    prop_assert_eq!(&json(&plan), text);
                }
            }
            Ok(())
        })?;
    }
}

/// Another spelling of the same address is the same person, and yet another plan.
#[tokio::test]
async fn what_is_refused_says_so() {
    let (_sandbox, plan) = everything().await;
    let text = json(&plan);
    let error = |text: String| serde_json::from_str::<Plan>(&text).unwrap_err().to_string();
    let all = [
        error(text.replace("p1@example.com", "P1@example.com")),
        error(text.replace("\"format\":1", "\"format\":2")),
        error(text.replacen(plan.digest(), &"0".repeat(64), 1)),
        error(text.replace("\"rows\"", "\"lines\"")),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

/// A judge that we did not write reads the schema.
#[tokio::test]
async fn a_plan_satisfies_its_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Plan)).unwrap();
    let judge = jsonschema::validator_for(&schema).unwrap();
    for (_sandbox, plan) in [everything().await, invitation().await] {
        let mut value = serde_json::to_value(&plan).unwrap();
        let errors: Vec<String> = judge.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        value["rows"][0]["decision"] = "delete".into();
        assert!(
            !judge.is_valid(&value),
            "the schema says what a decision is"
        );
    }
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema).unwrap());
}

fn at(sandbox: &Sandbox, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Organization {
    let client = Client::builder()
        .base_url(sandbox.url())
        .api_key(ApiKey::new(sandbox.api_key()).unwrap())
        .clock(clock)
        .build()
        .unwrap();
    client.organization(OrgId::new(sandbox.org_id()).unwrap())
}

#[tokio::test]
async fn a_plan_expires() {
    let sandbox = with(company(), [person(1), person(2)])
        .start()
        .await
        .unwrap();
    let passed = Arc::new(AtomicU64::new(0));
    let org = {
        let passed = passed.clone();
        at(&sandbox, move || {
            noon() + Duration::from_secs(passed.load(Ordering::SeqCst))
        })
    };
    let plan = org.suspend_users("p1@example.com").plan().await.unwrap();
    let short = org
        .suspend_users("p1@example.com")
        .holds_for(Duration::from_secs(60));
    let short = short.plan().await.unwrap();
    assert_eq!(plan.expires_at(), noon() + Duration::from_secs(24 * 3600));

    passed.store(61, Ordering::SeqCst);
    sandbox.clear_requests();
    let error = short.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Outdated);
    assert!(sandbox.requests().is_empty());
    insta::assert_snapshot!(seen(&error), @"
    the plan has expired, at 2026-09-21T14:14:20.000Z; make a new one
      kind Outdated, sent false, in doubt false
    ");

    passed.store(24 * 3600, Ordering::SeqCst);
    plan.clone().run().await.unwrap().ensure_complete().unwrap();
    passed.store(24 * 3600 + 1, Ordering::SeqCst);
    assert_eq!(plan.run().await.unwrap_err().kind(), ErrorKind::Outdated);

    let forever = org.suspend_users("p2@example.com").holds_for(Duration::MAX);
    let error = forever
        .plan()
        .await
        .map(|plan| plan.expires_at() > plan.made_at());
    assert!(
        error.unwrap(),
        "a time that no calendar has does not end the plan at once"
    );
}

#[tokio::test]
async fn a_plan_is_for_one_organization() {
    let (sandbox, plan) = everything().await;
    let text = json(&plan);
    let other = support::client(&sandbox).organization(OrgId::new("org-2").unwrap());
    let read: Plan = serde_json::from_str(&text).unwrap();
    sandbox.clear_requests();
    let elsewhere = read.clone().bind(&other).unwrap_err();
    let unbound = read.clone().run().await.unwrap_err();
    assert!(sandbox.requests().is_empty());
    let words = [seen(&elsewhere), seen(&unbound)]
        .join("\n")
        .replace(&sandbox.org_id(), "(org)");
    insta::assert_snapshot!(words, @"
    the plan is for organization (org), not for org-2
      kind InvalidInput, sent false, in doubt false
    the plan was read from somewhere and is on no organization; call bind() with the organization
      kind InvalidInput, sent false, in doubt false
    ");
    let report = read.bind(&org(&sandbox)).unwrap().run().await.unwrap();
    assert_eq!(report.plan_digest, plan.digest());
}
