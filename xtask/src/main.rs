//! Maintainer's commands: `cargo xtask COMMAND`. One file per command.
//!
//! Exit status: 0 done, 1 `--check` found something stale, `diff` a change or a judge a fault, 2 trouble (with the reason on stderr).

mod aside;
mod bench;
mod compile;
mod conformance;
mod diff;
mod fetch;
mod files;
mod manifest;
mod regen;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Maintainer's commands of atlassian-orgs",
    version
)]
struct Arguments {
    /// The repository to work on.
    #[arg(long, global = true, hide = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures what a decision rests on
    Bench(bench::Arguments),
    /// Lets programs that we did not write judge the client and the sandbox
    Conformance(conformance::Arguments),
    /// Says what changed between two documents, and for whom it breaks
    Diff(diff::Arguments),
    /// Fetches the documents as they are published today, and says what changed in them
    Fetch(fetch::Arguments),
    /// Writes the raw client anew from the committed contracts
    Regen(regen::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = arguments.root.unwrap_or_else(repository);
    let outcome = match arguments.command {
        Command::Bench(arguments) => bench::run(&root, &arguments),
        Command::Conformance(arguments) => conformance::run(&root, &arguments),
        Command::Diff(arguments) => diff::run(&root, &arguments),
        Command::Fetch(arguments) => fetch::run(&root, &arguments),
        Command::Regen(arguments) => regen::run(&root, &arguments),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// The repository that this program was built from.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
