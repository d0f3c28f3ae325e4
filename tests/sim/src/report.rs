//! Medians over seeds, and the table.

use std::fmt::Write as _;

use crate::policy::Rival;
use crate::run::{Outcome, run};
use crate::scenario::{Demand, Scenario};

/// Medians over seeds; worst cases where they matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cell {
    /// Median goodput.
    pub goodput: f64,
    /// Median of refusals per 100 successes.
    pub refused: f64,
    /// All calls.
    pub calls: u64,
    /// All calls sent before `Retry-After`.
    pub early: u64,
    /// Runs that hung.
    pub hung: u32,
}

/// Runs a scenario under a policy with seeds from 1 on.
pub fn measure(scenario: &Scenario, rival: Rival, seeds: u64) -> Cell {
    let runs: Vec<Outcome> = (1..=seeds).map(|seed| run(scenario, rival, seed)).collect();
    let median = |of: fn(&Outcome) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Cell {
        goodput: median(|run| run.goodput),
        refused: median(|run| run.refused),
        calls: runs.iter().map(|run| run.calls).sum(),
        early: runs.iter().map(|run| run.early).sum(),
        hung: runs.iter().map(|run| u32::from(run.hung)).sum(),
    }
}

impl Cell {
    /// Whether what is asked there is kept.
    pub fn keeps(&self, demand: Demand) -> bool {
        let (goodput, refused) = match demand {
            Demand::Told => (0.97, 2.0),
            Demand::Hidden => (0.95, 12.0),
            Demand::Report => (0.0, f64::MAX),
        };
        self.goodput >= goodput && self.refused <= refused && self.hung == 0 && self.early == 0
    }
}

/// A Markdown table of scenarios, and how many calls it took.
pub fn markdown(scenarios: &[Scenario], widths: &[u32], rivals: bool, seeds: u64) -> (String, u64) {
    let mut text = String::from("| server (headers) |");
    for width in widths {
        let _ = write!(text, " limiter, {width} wide |");
    }
    if rivals {
        text.push_str(" backoff | even | AWS adaptive |");
    }
    text.push_str("\n|---|");
    let columns = widths.len() + if rivals { 3 } else { 0 };
    text.push_str(&"---|".repeat(columns));
    text.push('\n');
    let mut calls = 0;
    for scenario in scenarios {
        let _ = write!(text, "| {} |", scenario.label());
        for &width in widths {
            let cell = measure(&scenario.width(width), Rival::Limiter, seeds);
            calls += cell.calls;
            let demand = if width <= 16 {
                scenario.demand
            } else {
                Demand::Report
            };
            let miss = if cell.keeps(demand) { "" } else { " **miss**" };
            let _ = write!(text, " {:.3} / {:.1}{miss} |", cell.goodput, cell.refused);
        }
        if rivals {
            for rival in [Rival::Backoff, Rival::Even, Rival::Adaptive] {
                let cell = measure(&scenario.width(16), rival, seeds);
                calls += cell.calls;
                let _ = write!(text, " {:.3} / {:.1} |", cell.goodput, cell.refused);
            }
        }
        text.push('\n');
    }
    (text, calls)
}
