//! Counts by valgrind, which neither other programs nor the speed of the machine disturb.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

const NEEDS: &str = "this measures with valgrind, on Linux: `apt-get install valgrind` or the like";

/// Says what is missing before anything is built.
pub(super) fn look_for() -> Result<()> {
    let output = Command::new("valgrind").arg("--version").output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        _ => bail!("no valgrind here: {NEEDS}"),
    }
}

/// Instructions of a whole run, in user space.
pub(super) fn instructions(program: &Path, arguments: &[&str], scratch: &Path) -> Result<u64> {
    let out = scratch.join("callgrind.out");
    let tool = [
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    run(&tool, program, arguments)?;
    let profile = std::fs::read_to_string(&out).context("callgrind left no profile")?;
    total(&profile).context("callgrind's profile has no totals")
}

/// Allocations of a whole run, and their bytes.
pub(super) fn allocations(program: &Path, arguments: &[&str]) -> Result<(u64, u64)> {
    let words = run(&["--tool=memcheck".to_owned()], program, arguments)?;
    heap_usage(&words).context("memcheck does not say how much was allocated")
}

/// The most bytes that were allocated at one time.
pub(super) fn peak(program: &Path, arguments: &[&str]) -> Result<u64> {
    let tool = ["--tool=dhat", "--dhat-out-file=/dev/null"].map(str::to_owned);
    let words = run(&tool, program, arguments)?;
    at_peak(&words).context("dhat does not say how much was allocated at most")
}

/// Runs the program under a tool: what the tool says.
fn run(tool: &[String], program: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("valgrind");
    command.args(tool).arg(program).args(arguments);
    let output = command.output().context("cannot run valgrind")?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(
        output.status.success(),
        "valgrind {} failed:\n{words}",
        tool.join(" ")
    );
    Ok(words)
}

fn total(profile: &str) -> Option<u64> {
    let total = profile.lines().find_map(|l| l.strip_prefix("totals:"))?;
    total.trim().parse().ok()
}

fn heap_usage(words: &str) -> Option<(u64, u64)> {
    let (_, usage) = words.split_once("total heap usage:")?;
    let usage = usage.lines().next()?;
    Some((before(usage, "allocs")?, before(usage, "bytes")?))
}

fn at_peak(words: &str) -> Option<u64> {
    let (_, peak) = words.split_once("At t-gmax:")?;
    before(peak.lines().next()?, "bytes")
}

/// The number before a word: `1,234 allocs`.
fn before(text: &str, word: &str) -> Option<u64> {
    let number = text.split(word).next()?.trim_end();
    let number = number.rsplit(' ').next()?;
    number.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tools_say_is_understood() {
        let profile = "# callgrind format\nevents: Ir\n\nfn=(1)\n0 5\n\ntotals: 146644219\n";
        assert_eq!(total(profile), Some(146_644_219));
        let memcheck = "==7== HEAP SUMMARY:\n==7==     in use at exit: 58,936 bytes in 142 blocks\n\
                        ==7==   total heap usage: 31,044 allocs, 30,902 frees, 7,862,115 bytes allocated\n";
        assert_eq!(heap_usage(memcheck), Some((31_044, 7_862_115)));
        let dhat = "==7== Total:     7,862,115 bytes in 31,044 blocks\n\
                    ==7== At t-gmax: 561,019 bytes in 2,410 blocks\n";
        assert_eq!(at_peak(dhat), Some(561_019));
        for words in [
            "",
            "total heap usage:",
            "At t-gmax: many bytes",
            "totals: ?",
        ] {
            assert_eq!(
                (total(words), heap_usage(words), at_peak(words)),
                (None, None, None)
            );
        }
    }
}
