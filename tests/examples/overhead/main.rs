//! What `cargo xtask bench overhead` measures: the same reads through this crate's facade, through the bare
//! generated client, and through reqwest alone.
//!
//! * `overhead serve` answers at loopback, says its address on one line, and ends with its input.
//! * `overhead CLIENT READ CALLS URL` makes so many calls there, one after the other, and says what time they
//!   took on the processor. The server is a process of its own, so that only the client is counted.

mod clients;
mod server;

use std::process::ExitCode;

use anyhow::{Context, bail};

use clients::{Facade, Generated, Reqwest};

/// What is read.
#[derive(Clone, Copy, Debug)]
enum Read {
    /// The number of people: the smallest answer there is.
    Count,
    /// A list of one directory.
    Directories,
    /// The next page of 100 people.
    Page,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["serve"] => server::serve(),
        [client, read, calls, url] => measure(client, read, calls, url),
        _ => Err(anyhow::anyhow!("serve, or: CLIENT READ CALLS URL")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(client: &str, read: &str, calls: &str, url: &str) -> anyhow::Result<()> {
    let calls: usize = calls.parse().context("CALLS is a number")?;
    let read = match read {
        "count" => Read::Count,
        "directories" => Read::Directories,
        "page" => Read::Page,
        _ => bail!("READ is count, directories or page"),
    };
    // One thread: what it does is the same each time.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let began = on_processor();
    runtime.block_on(async {
        match client {
            "reqwest" => Reqwest::new(url)?.run(read, calls).await,
            "generated" => Generated::new(url)?.run(read, calls).await,
            "facade" => Facade::new(url)?.run(read, calls).await,
            _ => bail!("CLIENT is reqwest, generated or facade"),
        }
    })?;
    if let (Some(began), Some(ended)) = (began, on_processor()) {
        println!("{} ms", (ended - began) / 1_000_000);
    }
    Ok(())
}

/// Nanoseconds that this thread has run, where the system says so.
fn on_processor() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
