//! `cargo xtask bench`: figures that a decision rests on, measured again.

mod interface;
mod overhead;
mod valgrind;

use std::path::Path;

use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// What the raw client costs with arguments by name, against arguments by position
    Interface,
    /// What a call costs through the facade, against the raw client and reqwest alone; needs valgrind
    Overhead,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<u8> {
    match arguments.what {
        What::Interface => interface::run(root),
        What::Overhead => overhead::run(root),
    }
}
