//! Programs that are started here and never outlive the command.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(50);

/// How much of what a program says is kept for an error.
const KEPT: usize = 30;

/// A running program: killed when this is dropped. Its input is held open until then, and those that
/// watch it also end when this process is killed.
#[derive(Debug)]
pub(super) struct Program {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    said: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Program {
    pub(super) fn start(name: &'static str, mut command: Command) -> Result<Self> {
        // Everything here is on loopback: a proxy of the environment has no part in it.
        command
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, lines) = channel();
        let mut readers = Vec::new();
        if let Some(out) = child.stdout.take() {
            readers.push(read(out, said.clone(), move |line| {
                // Nobody may be listening any more; the program has to be read all the same.
                let _ = sender.send(line);
            }));
        }
        if let Some(err) = child.stderr.take() {
            readers.push(read(err, said.clone(), |_| {}));
        }
        Ok(Self {
            name,
            input: child.stdin.take(),
            child,
            lines,
            said,
            readers,
        })
    }

    /// The first line of its output that `wanted` makes something of.
    pub(super) fn wait_for<T>(
        &self,
        deadline: Instant,
        mut wanted: impl FnMut(&str) -> Option<T>,
    ) -> Result<T> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} takes too long{}", self.name, self.last())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} gave up{}", self.name, self.last())
                }
            }
        }
    }

    /// Says a line to it.
    pub(super) fn say(&mut self, line: &str) -> Result<()> {
        let name = self.name;
        let input = self.input.as_mut();
        let input = input.with_context(|| format!("{name} has no input"))?;
        writeln!(input, "{line}").with_context(|| format!("{name} does not listen"))?;
        Ok(input.flush()?)
    }

    /// Waits for its end.
    pub(super) fn finish(mut self, deadline: Instant) -> Result<Finished> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                for reader in self.readers.drain(..) {
                    reader
                        .join()
                        .map_err(|_| anyhow!("reading from {} failed", self.name))?;
                }
                let words = self.last();
                return Ok(Finished { status, words });
            }
            if Instant::now() >= deadline {
                bail!("{} takes too long{}", self.name, self.last());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// What it said last, to end a sentence with.
    fn last(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match said.is_empty() {
            true => String::new(),
            false => format!("; it said last:\n{}", Vec::from(said.clone()).join("\n")),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.input = None;
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a program ended.
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    /// What it said last, to end a sentence with.
    pub(super) words: String,
}

/// Runs a program to its end, which has to be a good one.
pub(super) fn run(name: &'static str, command: Command, limit: Duration) -> Result<()> {
    let program = Program::start(name, command)?;
    let Finished { status, words } = program.finish(Instant::now() + limit)?;
    match status.success() {
        true => Ok(()),
        false => bail!("{name} failed ({status}){words}"),
    }
}

fn read(
    from: impl Read + Send + 'static,
    said: Arc<Mutex<VecDeque<String>>>,
    heard: impl Fn(String) + Send + 'static,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut bytes = Vec::new();
        while from
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_back(line.clone());
            if said.len() > KEPT {
                said.pop_front();
            }
            drop(said);
            heard(line);
        }
    })
}

/// A port that nobody listens at right now.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen at 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn a_program_is_heard_and_answered() {
        let script = "echo first; echo port 7; read line; echo got $line";
        let mut program = Program::start("the script", shell(script)).unwrap();
        let port = program
            .wait_for(later(), |line| {
                line.strip_prefix("port ").map(str::to_owned)
            })
            .unwrap();
        assert_eq!(port, "7");
        program.say("that").unwrap();
        let answer = program.wait_for(later(), |line| Some(line.to_owned()));
        assert_eq!(answer.unwrap(), "got that");
        assert!(program.finish(later()).unwrap().status.success());
    }

    #[test]
    fn one_that_gives_up_is_quoted() {
        let program = Program::start("the script", shell("echo oh no >&2; exit 3")).unwrap();
        let error = program.wait_for(later(), |_| Some(())).unwrap_err();
        assert!(
            error.to_string().starts_with("the script gave up"),
            "{error}"
        );
        let error = run("the script", shell("echo oh no >&2; exit 3"), LOOK * 1000).unwrap_err();
        assert!(error.to_string().contains("oh no"), "{error}");
    }

    #[test]
    fn one_that_takes_too_long_is_ended() {
        let program = Program::start("the script", shell("echo here; read line")).unwrap();
        let id = program.child.id();
        program.wait_for(later(), |_| Some(())).unwrap();
        let error = program.wait_for(Instant::now(), |_| Some(())).unwrap_err();
        assert!(error.to_string().contains("takes too long"), "{error}");
        drop(program);
        // It was waited for, so not even a zombie is left.
        let left = run(
            "kill",
            shell(&format!("kill -0 {id} 2>/dev/null")),
            LOOK * 1000,
        );
        assert!(left.is_err());
    }
}
