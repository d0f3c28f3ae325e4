//! Prints the tables as Markdown: goodput / refusals per 100 successes, medians over seeds.

use std::time::Instant;

fn main() {
    let seeds = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(5);
    let quick = std::env::args().any(|a| a == "quick");
    if let Some(name) = std::env::args().nth(3) {
        for scenario in limit_sim::table().iter().chain(&limit_sim::frozen()) {
            let label = format!("{} {:?}", scenario.name, scenario.style);
            if label.contains(&name) {
                for width in [1, 16, 64] {
                    for seed in 1..=seeds {
                        let run =
                            limit_sim::run(&scenario.width(width), limit_sim::Rival::Limiter, seed);
                        println!("{label} {width} {seed} {run:?}");
                    }
                }
            }
        }
        return;
    }
    let started = Instant::now();
    let mut calls = 0;
    for (title, scenarios) in [
        ("Tuned on", limit_sim::table()),
        ("Never tuned on", limit_sim::frozen()),
    ] {
        let widths: &[u32] = if quick { &[16] } else { &[1, 4, 16, 64] };
        let (text, count) = limit_sim::markdown(&scenarios, widths, !quick, seeds);
        calls += count;
        println!("## {title}\n\n{text}");
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{calls} calls in {seconds:.1} s: {:.0} calls a second",
        calls as f64 / seconds
    );
}
