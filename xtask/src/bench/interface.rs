//! `cargo xtask bench interface`: arguments by name, against arguments by position.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use atlassian_orgs_codegen as codegen;
use codegen::Interface;

use crate::{compile, files, regen};

/// Runs of the compiler per crate; the fastest counts, since what disturbs it only makes it slower.
const RUNS: usize = 3;

pub(super) fn run(root: &Path) -> Result<u8> {
    let target = compile::target(root).join("bench");
    for (name, interface) in [
        ("builder", Interface::Builder),
        ("positional", Interface::Positional),
    ] {
        let mut options = codegen::Options::default();
        options.standalone = true;
        options.interface = interface;
        let made = regen::committed(root, &options)?;
        let folder = target.join(name);
        fs::create_dir_all(&folder).context("cannot make the folder of the crate")?;
        files::write(&folder, &files::stale(&folder, &made.files, &["src"])?)?;
        compile::lock(&folder, root)?;
        // The first run builds the dependencies as well and does not count.
        check(&folder, &target)?;
        let mut fastest = f32::INFINITY;
        for _ in 0..RUNS {
            let clean = ["clean", "--quiet", "--package", "atlassian-orgs-api"];
            let status = compile::cargo(&folder, &target).args(clean).status();
            if !status.context("cannot run cargo clean")?.success() {
                bail!("cargo clean failed in {}", folder.display());
            }
            fastest = fastest.min(check(&folder, &target)?);
        }
        let lines: usize = made.files.values().map(|text| text.lines().count()).sum();
        let bytes: usize = made.files.values().map(String::len).sum();
        println!(
            "{}, {name}: {lines} lines, {} KiB, cargo check {fastest:.1} s (best of {RUNS})",
            made.apis
                .iter()
                .map(|api| api.api.as_str())
                .collect::<String>(),
            bytes / 1024
        );
    }
    Ok(0)
}

/// Seconds of `cargo check`.
fn check(folder: &Path, target: &Path) -> Result<f32> {
    let started = Instant::now();
    let output = compile::cargo(folder, target)
        .args(["check", "--quiet"])
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .context("cannot run cargo check")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{} does not compile:\n{words}", folder.display());
    }
    Ok(started.elapsed().as_secs_f32())
}
