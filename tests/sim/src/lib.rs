//! The facade's rate limiter against simulated servers, in virtual time, beside other policies.
//!
//! Nothing here sleeps: a run is a heap of events, so weeks of a server's time pass in milliseconds.

#[path = "../../../facade/src/limit/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod limit;

mod policy;
mod random;
mod report;
mod run;
mod scenario;
mod server;

pub use policy::Rival;
pub use report::{Cell, markdown, measure};
pub use run::{Outcome, run};
pub use scenario::{Demand, Scenario, frozen, table};
