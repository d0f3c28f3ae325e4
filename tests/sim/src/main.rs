//! Prints the tables as Markdown: goodput / refusals per 100 successes, medians over seeds.
//!
//! `limit-sim [SEEDS] [NAME]`: with a name, the runs of the servers whose row contains it.

use std::time::Instant;

use limit_sim::{Rival, Scenario, frozen, markdown, run, table};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seeds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(9);
    let name = arguments.next();
    let started = Instant::now();
    let mut calls = 0;
    for (title, scenarios) in [("Tuned on", table()), ("Never tuned on", frozen())] {
        if let Some(name) = &name {
            single(&scenarios, name, seeds);
            continue;
        }
        let (text, count) = markdown(&scenarios, &[1, 4, 16, 64], true, seeds);
        calls += count;
        println!("## {title}\n\n{text}");
    }
    let seconds = started.elapsed().as_secs_f64();
    if calls > 0 {
        let speed = calls as f64 / seconds;
        println!("{calls} calls in {seconds:.1} s: {speed:.0} calls a second");
    }
}

fn single(scenarios: &[Scenario], name: &str, seeds: u64) {
    let named = |scenario: &&Scenario| scenario.label().contains(name);
    for scenario in scenarios.iter().filter(named) {
        for seed in 1..=seeds {
            let outcome = run(scenario, Rival::Limiter, seed);
            println!("{}, seed {seed}: {outcome:?}", scenario.label());
        }
    }
}
