use std::collections::HashSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::people::IntoPeople;

fn address(text: &str) -> EmailAddress {
    EmailAddress::new(text).unwrap()
}

#[test]
fn addresses_that_people_have() {
    for text in [
        "mia@example.com",
        "mia.lee+tag@mail.example.co.uk",
        "o'brien@example.com",
        "a@b.c",
        "_-!#$%&*/=?^`{|}~@example.com",
        "jörg@müller.example",
        "漢字@例え.テスト",
        "1@1.2",
        "mia..lee.@example.com",
        "mia@-x-.example",
    ] {
        assert_eq!(address(text).as_str(), text);
        assert_eq!(serde_json::to_value(address(text)).unwrap(), text);
    }
    let longest = format!("{}@example.com", "x".repeat(254 - "@example.com".len()));
    assert!(EmailAddress::new(&longest).is_ok());
    assert!(EmailAddress::new(format!("x{longest}")).is_err());
}

#[test]
fn what_is_no_address_is_told_why() {
    let mut out = String::new();
    for text in [
        "",
        " ",
        "canary",
        "canary.example.com",
        "@",
        "@example.com",
        "canary@",
        "canary@@example.com",
        "canary@example@example.com",
        "canary@example",
        "canary@.com",
        "canary@example.",
        "canary@exa..mple.com",
        "canary@example.com ",
        "can ary@example.com",
        "canary@example.com\n",
        "canary@example.com\u{0}",
        "canary\u{200b}@example.com",
        "a@example.com,canary@example.com",
        "canary;a@example.com",
        "<canary@example.com>",
        "Canary <canary@example.com>",
        "\"canary\"@example.com",
        "mailto:canary@example.com",
        "canary@[127.0.0.1]",
        "canary@exam_ple.com",
        "canary(x)@example.com",
        "canary\\@example.com",
    ] {
        let error = EmailAddress::new(text).unwrap_err();
        assert!(error.is_invalid_input() && error.is_not_sent());
        assert!(!format!("{error} {error:?}").contains("anary"), "{error}");
        writeln!(out, "{text:?}: {error}").unwrap();
    }
    insta::assert_snapshot!(out, @r##"
        "": the email address is empty
        " ": the email address has white space inside
        "canary": the email address has no @
        "canary.example.com": the email address has no @
        "@": the email address has nothing before the @
        "@example.com": the email address has nothing before the @
        "canary@": the email address has no proper domain behind the @
        "canary@@example.com": the email address has more than one @
        "canary@example@example.com": the email address has more than one @
        "canary@example": the email address has a domain without a dot
        "canary@.com": the email address has no proper domain behind the @
        "canary@example.": the email address has no proper domain behind the @
        "canary@exa..mple.com": the email address has no proper domain behind the @
        "canary@example.com ": the email address has white space inside
        "can ary@example.com": the email address has white space inside
        "canary@example.com\n": the email address has white space inside
        "canary@example.com\0": the email address has a character that does not belong there
        "canary\u{200b}@example.com": the email address has a character that does not belong there
        "a@example.com,canary@example.com": the email address has a comma or semicolon: is it more than one?
        "canary;a@example.com": the email address has a comma or semicolon: is it more than one?
        "<canary@example.com>": the email address has a character that does not belong there
        "Canary <canary@example.com>": the email address has a name before it: only the address itself is taken
        "\"canary\"@example.com": the email address has a character that does not belong there
        "mailto:canary@example.com": the email address has a character that does not belong there
        "canary@[127.0.0.1]": the email address has a character that does not belong there
        "canary@exam_ple.com": the email address has a character that does not belong there
        "canary(x)@example.com": the email address has a character that does not belong there
        "canary\\@example.com": the email address has a character that does not belong there
        "##);
    let error = serde_json::from_str::<EmailAddress>("\"canary@\"").unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[test]
fn case_does_not_matter_but_is_kept() {
    let (a, b) = (address("Jörg@Example.com"), address("JÖRG@EXAMPLE.COM"));
    assert_eq!(a, b);
    assert_eq!(a.cmp(&b), Ordering::Equal);
    assert_eq!(a.folded(), b.folded());
    assert_eq!(HashSet::from([a.clone(), b]).len(), 1);
    assert_eq!(a.as_str(), "Jörg@Example.com");
    assert!(address("a@example.com") < address("B@example.com"));
}

/// Every form that a call takes must compile without a type being named.
#[test]
fn lists_come_in_many_forms() {
    fn list<'a, M>(addresses: impl IntoPeople<'a, M>) -> Vec<String> {
        let list = addresses.into_people().addresses().unwrap();
        list.iter()
            .map(|address| address.as_str().to_owned())
            .collect()
    }
    let expected = ["a@x.com", "b@x.com"];
    let owned = expected.map(str::to_owned).to_vec();
    let parsed = expected.map(address);
    let text = expected.join(" ");
    assert_eq!(list("a@x.com, b@x.com"), expected);
    assert_eq!(list(&text), expected);
    assert_eq!(list(text.clone()), expected);
    assert_eq!(list(expected), expected);
    assert_eq!(list(&expected[..]), expected);
    assert_eq!(list(owned.clone()), expected);
    assert_eq!(list(&owned), expected);
    assert_eq!(list(owned.iter().map(|text| text.to_uppercase())).len(), 2);
    assert_eq!(list("a@x.com\nb@x.com\r\n".lines()), expected);
    assert_eq!(list(&parsed), expected);
    assert_eq!(list(parsed.to_vec()), expected);
    assert_eq!(list(parsed.into_iter().collect::<HashSet<_>>()).len(), 2);
}

#[test]
fn a_pasted_text_is_taken_apart() {
    let pasted = "\u{feff}mia@example.com, kim@example.com;lee@example.com\r\n\t<ada@example.com> ;, MIA@example.com\u{a0}\n";
    let list = Addresses::new(pasted).unwrap();
    let texts = list.iter().map(EmailAddress::as_str).collect::<Vec<_>>();
    assert_eq!(
        texts,
        [
            "mia@example.com",
            "kim@example.com",
            "lee@example.com",
            "ada@example.com"
        ]
    );
    assert_eq!((list.repeated(), list.positions()), (1, &[1, 2, 3, 4][..]));

    let list = Addresses::new(["b@x.com", "B@X.COM", " a@x.com\r\n"]).unwrap();
    assert_eq!(
        (list.len(), list.repeated(), list.positions()),
        (2, 1, &[1, 3][..])
    );
    assert_eq!(
        list.as_slice()[0].as_str(),
        "b@x.com",
        "the first spelling stays"
    );
    assert_eq!(Addresses::new(&list).unwrap().as_slice(), list.as_slice());
    assert_eq!(
        Addresses::new(list.clone()).unwrap(),
        list,
        "nothing is counted anew"
    );
}

#[test]
fn all_malformed_ones_come_in_one_error() {
    let mut out = String::new();
    let mut error_of = |error: Error| writeln!(out, "{error}\n  {:?}", error.positions()).unwrap();
    error_of(Addresses::new("").unwrap_err());
    error_of(Addresses::new(" ,; \n").unwrap_err());
    error_of(Addresses::new([""; 0]).unwrap_err());
    error_of(Addresses::new("canary").unwrap_err());
    error_of(Addresses::new("Canary Lee <canary@example.com>, lee@example.com").unwrap_err());
    error_of(Addresses::new("canary kim@example.com Canary <canary@example.com>").unwrap_err());
    error_of(
        Addresses::new([
            "Canary Lee <canary@example.com>",
            "",
            "a@x.com, canary@x.com",
            "<a@x.com>",
        ])
        .unwrap_err(),
    );
    error_of(Addresses::new(vec!["canary"; 23]).unwrap_err());
    assert!(!out.contains("anary"), "{out}");
    insta::assert_snapshot!(out, @r##"
        there is no email address in the list
          []
        there is no email address in the list
          []
        there is no email address in the list
          []
        1 of 1 email address is malformed: number 1 has no @
          [1]
        2 of 4 email addresses are malformed: number 1 looks like a name: only addresses are taken, number 2 looks like a name: only addresses are taken
          [1, 2]
        2 of 4 email addresses are malformed: number 1 has no @, number 3 looks like a name: only addresses are taken
          [1, 3]
        3 of 4 email addresses are malformed: number 1 has a name before it: only the address itself is taken, number 2 is empty, number 3 has a comma or semicolon: is it more than one?
          [1, 2, 3]
        23 of 23 email addresses are malformed: number 1 has no @, number 2 has no @, number 3 has no @, number 4 has no @, number 5 has no @, number 6 has no @, number 7 has no @, number 8 has no @, number 9 has no @, number 10 has no @, number 11 has no @, number 12 has no @, number 13 has no @, number 14 has no @, number 15 has no @, number 16 has no @, number 17 has no @, number 18 has no @, number 19 has no @, number 20 has no @ and 3 more
          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]
        "##);
}

/// The separators once more, in other words than the code's.
fn tokens(text: &str) -> usize {
    let mut count = 0;
    let mut inside = false;
    for c in text.chars() {
        let separator = ",;\u{feff}\u{200b}".contains(c) || c.is_whitespace();
        count += usize::from(inside && separator);
        inside = !separator;
    }
    count + usize::from(inside)
}

fn valid() -> impl Strategy<Value = String> {
    "[A-Da-d][a-z0-9.+_'ö-]{0,6}@[a-cA-C]{1,2}(\\.[a-c]{1,2}){1,2}"
}

proptest! {
    #[test]
    fn no_token_of_any_text_is_lost(
        text in prop_oneof![".{0,80}", "[a-cA-C@.,; <>\n\u{feff}]{0,60}", prop::collection::vec(valid(), 0..6).prop_map(|all| all.join(" "))],
    ) {
        let total = tokens(&text);
        match Addresses::new(&text) {
            Ok(list) => {
                prop_assert!(list.len() > 0);
                prop_assert_eq!(list.len() + list.repeated(), total);
                prop_assert_eq!(list.positions().len(), list.len());
                prop_assert!(list.positions().windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert_eq!(list.iter().collect::<HashSet<_>>().len(), list.len());
                for address in &list {
                    prop_assert!(text.contains(address.as_str()));
                    let again = EmailAddress::new(address.as_str()).unwrap();
                    prop_assert_eq!(again.as_str(), address.as_str());
                }
                // Round trips, as a text and as items.
                let texts = list.iter().map(EmailAddress::as_str).collect::<Vec<_>>();
                let joined = Addresses::new(texts.join(";\n")).unwrap();
                prop_assert_eq!(joined.as_slice(), list.as_slice());
                prop_assert_eq!(Addresses::new(&texts).unwrap(), joined);
            }
            Err(error) => {
                prop_assert!(error.is_invalid_input());
                let at = error.positions();
                prop_assert_eq!(at.is_empty(), total == 0);
                prop_assert!(at.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!(at.iter().all(|at| (1..=total).contains(at)));
            }
        }
    }

    #[test]
    fn exactly_the_malformed_are_named(items in prop::collection::vec((valid(), any::<bool>()), 1..40)) {
        let texts = items.iter().map(|(text, good)| if *good { text.clone() } else { text.replace('@', "zqxv") });
        let bad = (1..).zip(&items).filter(|(_, (_, good))| !good).map(|(at, _)| at).collect::<Vec<usize>>();
        match Addresses::new(texts) {
            Ok(list) => {
                prop_assert!(bad.is_empty());
                prop_assert_eq!(list.len() + list.repeated(), items.len());
                for (text, _) in &items {
                    prop_assert!(list.as_slice().contains(&EmailAddress::new(text).unwrap()));
                }
            }
            Err(error) => {
                prop_assert_eq!(error.positions(), bad);
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains("zqxv"));
            }
        }
    }

    #[test]
    fn equal_addresses_hash_alike(text in valid(), flips in any::<u64>()) {
        let flipped = text.char_indices().map(|(i, c)| match flips >> (i % 64) & 1 {
            0 => c.to_ascii_uppercase(),
            _ => c.to_ascii_lowercase(),
        }).collect::<String>();
        let (a, b) = (address(&text), address(&flipped));
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(HashSet::from([a, b]).len(), 1);
    }

    #[test]
    fn no_text_panics_or_shows(text in ".{0,40}") {
        if let Err(error) = EmailAddress::new(format!("zqxv{text}")) {
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains("zqxv"));
        }
    }
}
