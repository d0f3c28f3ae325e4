//! What the limiter promises, on every server of both tables. Medians over seeds.

use limit_sim::{Cell, Demand, Rival, Scenario, frozen, measure, table};

const SEEDS: u64 = 9;

/// Where the limiter misses what is asked, by server and width, with the goodput and the refusals that
/// it keeps instead.
///
/// A slow bucket that was full at the start lets the first calls in at any speed, so that the end of its
/// burst is only found by running into it, and a short job never makes up for these refusals.
const MISSES: [(&str, u32, f64, f64); 4] = [
    ("bucket .5/s b30, 300 calls (Silent)", 4, 0.97, 4.0),
    ("bucket .5/s b30, 300 calls (Silent)", 16, 0.97, 4.5),
    ("bucket 1/s b60 (Silent)", 16, 0.98, 3.5),
    ("bucket 40/s b10 (Silent)", 16, 0.96, 1.0),
];

fn shown(scenario: &Scenario, cell: Cell) -> String {
    format!("{}, {} wide: {cell:?}", scenario.label(), scenario.width)
}

fn wide(scenarios: Vec<Scenario>) -> impl Iterator<Item = Scenario> {
    let widths = [1, 4, 16, 64];
    scenarios
        .into_iter()
        .flat_map(move |scenario| widths.map(|width| scenario.width(width)))
}

/// No demand is made beyond 16 tasks, but nothing hangs there either and nothing goes too early.
fn demand(scenario: &Scenario) -> Demand {
    if scenario.width > 16 {
        Demand::Report
    } else {
        scenario.demand
    }
}

#[test]
fn goodput_and_refusals_are_as_promised_but_on_the_servers_listed() {
    let mut failures = Vec::new();
    for scenario in wide(table()).chain(wide(frozen())) {
        let cell = measure(&scenario, Rival::Limiter, SEEDS);
        let listed = MISSES
            .iter()
            .find(|miss| miss.0 == scenario.label() && miss.1 == scenario.width);
        let kept = cell.keeps(demand(&scenario));
        let right = match listed {
            None => kept,
            // What was won is not to be lost again; and a row that keeps its promise leaves the list.
            Some(&(_, _, goodput, refused)) => {
                let floor = cell.goodput >= goodput && cell.refused <= refused;
                floor && !kept && cell.hung == 0 && cell.early == 0
            }
        };
        if !right {
            failures.push(shown(&scenario, cell));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn never_more_refusals_than_aws_adaptive() {
    for scenario in wide(table()).chain(wide(frozen())) {
        let ours = measure(&scenario, Rival::Limiter, SEEDS);
        let theirs = measure(&scenario, Rival::Adaptive, SEEDS);
        // One task that is just fast enough to meet the limit: 15 refusals of 2,000 calls, and 11.
        let edge = scenario.label() == "window 80/12, by the clock (Silent)" && scenario.width == 1;
        assert!(
            ours.refused <= theirs.refused + if edge { 0.3 } else { 0.0 },
            "{} and {theirs:?}",
            shown(&scenario, ours)
        );
    }
}

#[test]
fn an_hour_of_a_servers_time_is_the_same_every_time() {
    let scenario = &table()[0];
    let once = limit_sim::run(scenario, Rival::Limiter, 3);
    let again = limit_sim::run(scenario, Rival::Limiter, 3);
    assert_eq!((once.time, once.calls), (again.time, again.calls));
    let other = limit_sim::run(scenario, Rival::Limiter, 4);
    assert_ne!(once.time, other.time);
}

#[test]
fn the_simulator_counts_what_it_should() {
    // A policy that asks nobody is refused a lot; the ideal is never beaten by much.
    let scenario = table()[0].width(16);
    let backoff = measure(&scenario, Rival::Backoff, SEEDS);
    assert!(backoff.refused > 50.0, "{backoff:?}");
    for scenario in table()
        .iter()
        .chain(&frozen())
        .filter(|s| s.other.is_none())
    {
        for rival in [Rival::Limiter, Rival::Backoff] {
            let cell = measure(scenario, rival, 3);
            assert!(cell.goodput <= 1.01, "{}", shown(scenario, cell));
        }
    }
}
