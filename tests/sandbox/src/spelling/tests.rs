use super::*;

fn kind(fault: &Fault) -> Kind {
    // A fault that the library has got and the command line has not does not get past here.
    match fault {
        Fault::Refuse => Kind::Refuse,
        Fault::DropBefore => Kind::DropBefore,
        Fault::DropAfter => Kind::DropAfter,
        Fault::Answer(_) => Kind::Answer,
        Fault::AnswerAfter(_) => Kind::AnswerAfter,
        Fault::Delay(_) => Kind::Delay,
        Fault::CutBody(_) => Kind::CutBody,
        Fault::Stall => Kind::Stall,
    }
}

fn rule(text: &str) -> Rule {
    text.parse()
        .unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

#[test]
fn every_kind_of_fault_is_spelled_by_its_example() {
    for (wanted, row) in KINDS.iter().zip(FAULTS) {
        assert!(row.example.starts_with(row.name), "{row:?}");
        assert_eq!(kind(rule(row.example).fault()), *wanted, "{row:?}");
    }
}

#[test]
fn a_text_is_the_rule_that_it_spells() {
    let spelled: [(&str, Rule); 8] = [
        ("refuse,times=2", Rule::new(Fault::Refuse).times(2)),
        (
            "drop-before@users.,share=0.1",
            Rule::new(Fault::DropBefore).on("users.").share(0.1),
        ),
        (
            "drop-after@users.invite,nth=2,about=mia@example.com",
            Rule::new(Fault::DropAfter)
                .on("users.invite")
                .nth(2)
                .about("mia@example.com"),
        ),
        (
            "stall,times=3,nth=2",
            Rule::new(Fault::Stall).nth(2).times(3),
        ),
        (
            "delay:1500ms",
            Rule::new(Fault::Delay(Duration::from_millis(1500))),
        ),
        ("cut:0", Rule::new(Fault::CutBody(0))),
        (
            "answer:429@users.invite,header=Retry-After: Mon,, 23 Nov 2026 05:22:01 GMT,header=X-A:b:c",
            Rule::new(Fault::Answer(
                Answer::new(429)
                    .header("Retry-After", "Mon, 23 Nov 2026 05:22:01 GMT")
                    .header("X-A", "b:c"),
            ))
            .on("users.invite"),
        ),
        (
            r#"answer-after:502,body={"a":"=",,"b":1}"#,
            Rule::new(Fault::AnswerAfter(
                Answer::new(502).body("application/json", r#"{"a":"=","b":1}"#),
            )),
        ),
    ];
    for (text, wanted) in spelled {
        assert_eq!(rule(text), wanted, "{text}");
    }
}

#[test]
fn every_failure_of_a_server_can_be_spelled_with_and_without_a_time_to_wait() {
    for status in 500..=599 {
        let answer = Answer::new(status);
        let plain = Rule::new(Fault::Answer(answer.clone()));
        assert_eq!(rule(&format!("answer:{status}")), plain);
        let html = answer.body("text/html", "<p>").header("Retry-After", "7");
        assert_eq!(
            rule(&format!(
                "answer-after:{status},type=text/html,header=Retry-After:7,body=<p>"
            )),
            Rule::new(Fault::AnswerAfter(html))
        );
    }
}

#[test]
fn limits_and_lags_are_spelled_too() {
    let limit = |text: &str| text.parse::<Limit>().unwrap();
    let minute = Duration::from_secs(60);
    assert_eq!(limit("100/60s"), Limit::new(100, minute));
    assert_eq!(limit("0/1m,kind=window"), Limit::new(0, minute));
    assert_eq!(
        limit("5/250ms@users.,kind=bucket"),
        Limit::bucket(5, minute / 240).on("users.")
    );
    let lag = |text: &str| text.parse::<Lag>().unwrap();
    assert_eq!(lag("0s"), Lag::new(Duration::ZERO));
    assert_eq!(
        lag("2h@users.search"),
        Lag::new(minute * 120).on("users.search")
    );
}

#[test]
fn what_is_wrong_is_named_with_what_there_is() {
    let wrong = |problem: Result<(), Misspelled>| problem.unwrap_err().to_string();
    let rule = |text: &str| wrong(text.parse::<Rule>().map(drop));
    let limit = |text: &str| wrong(text.parse::<Limit>().map(drop));
    let lag = |text: &str| wrong(text.parse::<Lag>().map(drop));
    for (problem, part, allowed) in [
        (
            rule("drop"),
            "`drop`",
            "refuse, drop-before, drop-after, answer,",
        ),
        (rule(""), "``", "refuse, "),
        (rule("stall@users.invit"), "`users.invit`", "users.invite, "),
        (rule("stall@users"), "`users`", "such as `users.`"),
        (rule("stall@"), "``", "users.invite, "),
        (rule("stall:5"), "`5`", "no value"),
        (rule("delay"), "`delay`", "a duration"),
        (rule("delay:5"), "`5`", "250ms, 5s, 2m or 1h"),
        (
            rule("delay:99999999999999999999h"),
            "9h`",
            "250ms, 5s, 2m or 1h",
        ),
        (
            rule("delay:9999999999999999h"),
            "9h`",
            "250ms, 5s, 2m or 1h",
        ),
        (rule("cut:all"), "`all`", "a number of bytes"),
        (rule("answer"), "`answer`", "a status"),
        (rule("answer:99"), "`99`", "200 to 599"),
        (rule("answer-after:429"), "429", "before any effect"),
        (rule("answer:500,header=a b:c"), "`a b: c`", "header"),
        (rule("answer:500,header=a"), "`a`", "NAME:VALUE"),
        (rule("answer:500,type=text/html"), "`type`", "`body`"),
        (
            rule("stall,body=x"),
            "`body`",
            "only times, nth, share, about",
        ),
        (rule("stall,"), "``", "OPTION=VALUE"),
        (rule("stall,times"), "`times`", "OPTION=VALUE"),
        (rule("stall,times=-1"), "`-1`", "number"),
        (rule("stall,times=1,times=2"), "`times`", "twice"),
        (rule("stall,nth=0"), "`nth`", "from 1"),
        (rule("stall,share=1.1"), "share", "from 0 to 1"),
        (rule("stall,share=NaN"), "share", "from 0 to 1"),
        (rule("refuse@users.get"), "refused", "which operation"),
        (rule("refuse,about=mia"), "refused", "which operation"),
        (limit("100"), "`100`", "100/60s"),
        (limit("x/60s"), "`x`", "number"),
        (limit("100/0s"), "period", "nothing"),
        (limit("100/60"), "`60`", "250ms, 5s, 2m or 1h"),
        (limit("100/60s@event"), "`event`", "events.list, "),
        (limit("1/60s,kind=leaky"), "`leaky`", "window or bucket"),
        (limit("0/60s,kind=bucket"), "bucket", "at least 1"),
        (limit("1/60s,share=1"), "`share`", "only kind"),
        (lag("soon"), "`soon`", "250ms, 5s, 2m or 1h"),
        (lag("1s,times=1"), "`times`", "no options"),
        (
            lag("1s@policies.list"),
            "`policies.list`",
            "users., groups. and events.",
        ),
        (lag("1s@user.search"), "`user.search`", "users.search, "),
    ] {
        assert!(
            problem.contains(part) && problem.contains(allowed),
            "{problem:?} should hold {part:?} and {allowed:?}"
        );
    }
}
