//! `cargo xtask bench overhead`: what the facade adds to a call.
//!
//! Everything goes over HTTP to a server at loopback, a process of its own, so that the client alone is
//! counted and reqwest can be measured by the same ruler. Each figure is the difference of two runs of
//! different lengths, so that start-up does not count. Times are said as they are, counts decide.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::valgrind;
use crate::compile;

/// From the lowest layer to the highest.
const CLIENTS: [&str; 3] = ["reqwest", "generated", "facade"];

/// What is read, and the calls of the shorter and the longer run.
const READS: [(&str, u32, u32); 3] = [
    ("count", 300, 800),
    ("directories", 300, 800),
    ("page", 20, 60),
];

/// Pages of the two runs whose heaps are compared: what a list remembers of its pages is full by then.
const PAGES: [u32; 2] = [100, 1_100];

/// A million people.
const ALL_PAGES: u32 = 10_000;

/// Exit status: 0 all targets are met, 1 one is not.
pub(super) fn run(root: &Path) -> Result<u8> {
    valgrind::look_for()?;
    let program = build(root)?;
    let server = Server::start(&program)?;
    let scratch = compile::target(root).join("overhead");
    std::fs::create_dir_all(&scratch).context("cannot make a folder for the profiles")?;
    let bench = Bench {
        program,
        scratch,
        url: &server.url,
    };
    let mut rows = Vec::new();
    for (read, short, long) in READS {
        for client in CLIENTS {
            rows.push(bench.row(client, read, [short, long])?);
        }
    }
    let list = bench.list()?;
    println!("{}", table(&rows));
    let targets = targets(&rows, &list)?;
    for target in &targets {
        let verdict = if target.is_met() { "met" } else { "MISSED" };
        let Target { name, value, most } = target;
        println!("{name}: {value:.2}, at most {most}: {verdict}");
    }
    Ok(u8::from(!targets.iter().all(Target::is_met)))
}

struct Bench<'a> {
    program: PathBuf,
    scratch: PathBuf,
    url: &'a str,
}

/// What one call costs.
struct Row {
    read: &'static str,
    client: &'static str,
    instructions: f64,
    allocations: f64,
    bytes: f64,
}

/// What a list costs that is read page by page.
struct List {
    /// Bytes at the shorter and the longer run's peak.
    peaks: [u64; 2],
    /// On the processor, for a million people.
    seconds: f64,
}

impl Bench<'_> {
    fn row(&self, client: &'static str, read: &'static str, calls: [u32; 2]) -> Result<Row> {
        let mut seen = [[0.0; 3]; 2];
        for (seen, calls) in seen.iter_mut().zip(calls) {
            let calls = calls.to_string();
            let arguments = [client, read, &*calls, self.url];
            let instructions =
                valgrind::instructions(&self.program, &arguments, &self.scratch)? as f64;
            let (allocations, bytes) = valgrind::allocations(&self.program, &arguments)?;
            *seen = [instructions, allocations as f64, bytes as f64];
        }
        let [short, long] = seen;
        let more = f64::from(calls[1] - calls[0]);
        let each = |i: usize| (long[i] - short[i]) / more;
        Ok(Row {
            read,
            client,
            instructions: each(0),
            allocations: each(1),
            bytes: each(2),
        })
    }

    fn list(&self) -> Result<List> {
        let mut peaks = [0; 2];
        for (peak, pages) in peaks.iter_mut().zip(PAGES) {
            let pages = pages.to_string();
            let arguments = ["facade", "page", &*pages, self.url];
            *peak = valgrind::peak(&self.program, &arguments)?;
        }
        let pages = ALL_PAGES.to_string();
        let arguments = ["facade", "page", &*pages, self.url];
        let output = Command::new(&self.program).args(arguments).output();
        let output = output.context("cannot run the example")?;
        let words = String::from_utf8_lossy(&output.stdout);
        let millis = words.strip_suffix(" ms\n").and_then(|m| m.parse().ok());
        let millis: f64 = millis.context("the example does not say what time it took")?;
        Ok(List {
            peaks,
            seconds: millis / 1000.0,
        })
    }
}

/// Markdown. Each client stands against reqwest and against the generated client.
fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| read | client | instructions | allocations | bytes | x reqwest | x generated |\n\
         |---|---|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        let against = |client| match find(rows, row.read, client) {
            Ok(other) => format!("{:.3}", row.instructions / other.instructions),
            Err(_) => String::new(),
        };
        let Row { read, client, .. } = row;
        let (by_reqwest, by_generated) = (against("reqwest"), against("generated"));
        table.push_str(&format!(
            "| {read} | {client} | {:.0} | {:.1} | {:.0} | {by_reqwest} | {by_generated} |\n",
            row.instructions, row.allocations, row.bytes
        ));
    }
    table
}

struct Target {
    name: &'static str,
    value: f64,
    most: f64,
}

impl Target {
    fn is_met(&self) -> bool {
        self.value <= self.most
    }
}

fn targets(rows: &[Row], list: &List) -> Result<Vec<Target>> {
    let (small, bare) = (
        find(rows, "count", "facade")?,
        find(rows, "count", "generated")?,
    );
    let (page, bare_page) = (
        find(rows, "page", "facade")?,
        find(rows, "page", "generated")?,
    );
    let [early, late] = list.peaks.map(|peak| peak as f64 / 1024.0);
    let target = |name, value, most| Target { name, value, most };
    Ok(vec![
        target(
            "T6, a small call: instructions over the generated client's",
            small.instructions - bare.instructions,
            8_000.0,
        ),
        target(
            "T6, a small call: allocations over the generated client's",
            small.allocations - bare.allocations,
            8.0,
        ),
        target(
            "T7, a page: instructions by the generated client's",
            page.instructions / bare_page.instructions,
            1.02,
        ),
        target("T7, a page: allocations", page.allocations, 1_400.0),
        target("T8, a list: KiB of heap at its peak", late, 1024.0),
        target(
            "T8, a list: KiB more after 1,000 more pages",
            late - early,
            64.0,
        ),
        target(
            "T8, a million people: seconds on the processor",
            list.seconds,
            6.0,
        ),
    ])
}

fn find<'r>(rows: &'r [Row], read: &str, client: &str) -> Result<&'r Row> {
    let mut rows = rows.iter();
    let row = rows.find(|row| row.read == read && row.client == client);
    row.with_context(|| format!("{read} was not measured with {client}"))
}

/// Builds the example as users build programs: its path.
fn build(root: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--release", "--package", "contract-tests"])
        .args(["--example", "overhead", "--message-format", "json"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo build")?;
    ensure!(output.status.success(), "the example does not compile");
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut messages = messages.lines().rev();
    let path = messages.find_map(executable);
    path.context("cargo does not say where the example is")
}

/// Where a message of cargo's says that the example was put.
fn executable(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_it = message.pointer("/target/name") == Some(&Value::from("overhead"));
    let path = message.get("executable")?.as_str()?;
    is_it.then(|| path.into())
}

/// What answers. It ends with this process, also with one that is killed, since its input does.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let mut url = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut url)?;
        }
        let url = url.trim_end().to_owned();
        let server = Self { child, url };
        ensure!(!server.url.is_empty(), "the server did not start");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(read: &'static str, client: &'static str, instructions: f64, allocations: f64) -> Row {
        Row {
            read,
            client,
            instructions,
            allocations,
            bytes: 0.0,
        }
    }

    #[test]
    fn every_target_is_held_against_its_own_figure() {
        let rows = [
            row("count", "generated", 100_000.0, 90.0),
            row("count", "facade", 108_000.0, 98.0),
            row("page", "generated", 2_000_000.0, 1_300.0),
            row("page", "facade", 2_040_000.0, 1_400.0),
        ];
        let list = |late, seconds| List {
            peaks: [960 * 1024, late],
            seconds,
        };
        let good = targets(&rows, &list(1024 * 1024, 6.0)).unwrap();
        assert!(good.iter().all(Target::is_met), "just so");
        let worse = rows.map(|row| match row.client {
            "facade" => Row {
                instructions: row.instructions * 1.001,
                allocations: row.allocations + 0.1,
                ..row
            },
            _ => row,
        });
        let bad = targets(&worse, &list(1024 * 1024 + 16, 6.1)).unwrap();
        assert!(!bad.iter().any(Target::is_met), "each a little over");
        assert!(targets(&worse[..3], &list(0, 0.0)).is_err());
    }

    #[test]
    fn clients_stand_against_those_below() {
        let rows = [
            row("count", "reqwest", 80_000.0, 54.0),
            row("count", "generated", 100_000.0, 90.0),
            row("count", "facade", 110_000.0, 98.0),
        ];
        let table = table(&rows);
        let last = "| count | facade | 110000 | 98.0 | 0 | 1.375 | 1.100 |";
        assert_eq!(table.lines().last(), Some(last));
    }

    #[test]
    fn the_example_is_found_among_cargos_messages() {
        let line = r#"{"reason":"compiler-artifact","target":{"name":"overhead"},"executable":"/x/overhead"}"#;
        assert_eq!(executable(line), Some("/x/overhead".into()));
        for other in [
            "",
            r#"{"reason":"build-finished","success":true}"#,
            r#"{"target":{"name":"other"},"executable":"/x/other"}"#,
            r#"{"target":{"name":"overhead"},"executable":null}"#,
        ] {
            assert_eq!(executable(other), None, "{other}");
        }
    }
}
