//! A bulk run takes memory by its windows and not by its list: alone in its program, since the allocator
//! counts for all of it.
//!
//! `ROWS=1000000 cargo test --release -p contract-tests --test bulk_memory -- --nocapture` prints the
//! figures for a million.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use atlassian_orgs::raw::operation::Operation;
use atlassian_orgs::raw::transport::{Exchange, Transport};
use atlassian_orgs::{ApiKey, Client, Error, FileJournal, Journal, OrgId, Organization, PlanFile};
use bytes::Bytes;
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// An organization of which everybody is a member, without any memory of its own.
struct Everybody;

impl fmt::Debug for Everybody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Everybody")
    }
}

impl Transport for Everybody {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> Exchange<'a> {
        Box::pin(async move {
            let body = request.body().and_then(|body| body.as_bytes());
            let (status, answer) = match operation.name {
                "get_directories_for_org" => (200, json!({"data": [{"directoryId": "dir-1"}]})),
                "search_directory_users" => (200, found(body.unwrap_or_default())),
                _ => (204, Value::Null),
            };
            let bytes = match status {
                204 => Bytes::new(),
                _ => Bytes::from(answer.to_string()),
            };
            Ok(http::Response::builder()
                .status(status)
                .body(bytes)
                .unwrap())
        })
    }
}

fn found(body: &[u8]) -> Value {
    let asked: Value = serde_json::from_slice(body).unwrap();
    let row = |email: &Value| {
        let email = email.as_str().unwrap();
        let name = email.split('@').next().unwrap();
        json!({
            "accountId": format!("557058:{name}"), "email": email, "accountType": "atlassian",
            "accountStatus": "active", "membershipStatus": "active", "platformRoles": [],
        })
    };
    let rows: Vec<Value> = asked["emails"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect();
    json!({"data": rows, "links": {}})
}

/// Counts what is appended.
struct Counted {
    file: FileJournal,
    counts: Arc<[AtomicU64; 3]>,
}

impl Journal for Counted {
    fn replay(&mut self, line: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        self.file.replay(line)
    }

    fn append(&mut self, lines: &[String], durable: bool) -> Result<(), Error> {
        self.counts[0].fetch_add(lines.len() as u64, Ordering::Relaxed);
        self.file.append(lines, durable)?;
        self.counts[1].store(self.file.syncs(), Ordering::Relaxed);
        Ok(())
    }
}

fn org() -> Organization {
    let began = tokio::time::Instant::now();
    let client = Client::builder()
        .api_key(ApiKey::new("key").unwrap())
        .transport(Arc::new(Everybody))
        .seed(1)
        .clock(move || SystemTime::UNIX_EPOCH + began.elapsed())
        .build();
    client.unwrap().organization(OrgId::new("org-1").unwrap())
}

struct Cost {
    planning: usize,
    running: usize,
    lines: u64,
    syncs: u64,
}

async fn suspend(rows: usize) -> Cost {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan");
    let org = org();
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let people = (0..rows).map(|n| format!("p{n}@example.com"));
    let plan = org.suspend_users(people).plan_to_file(&path).await.unwrap();
    assert_eq!(plan.changes(), rows as u64);
    let planning = MEMORY.peak_usage() - before;
    drop(plan);
    let plan = PlanFile::open(&path).unwrap().bind(&org).unwrap();
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let counts = Arc::new(std::array::from_fn(|_| AtomicU64::new(0)));
    let journal = Counted {
        file: FileJournal::create(folder.path().join("journal")).unwrap(),
        counts: counts.clone(),
    };
    let report = plan.run().journal(journal).forget_rows().await.unwrap();
    report.ensure_complete().unwrap();
    assert_eq!(report.counts(), [("changed", rows as u64)]);
    Cost {
        planning,
        running: MEMORY.peak_usage() - before,
        lines: counts[0].load(Ordering::Relaxed),
        syncs: counts[1].load(Ordering::Relaxed),
    }
}

/// User and system time of this process, in clock ticks of 10 ms, where the system tells it.
fn cpu_millis() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n)?.parse::<u64>().ok();
    Some((ticks(11)? + ticks(12)?) * 10)
}

#[tokio::test(start_paused = true)]
async fn memory_follows_the_window() {
    let rows = std::env::var("ROWS").map_or(12_000, |n| n.parse().unwrap());
    let few = suspend(2_000).await;
    let (began, cpu) = (Instant::now(), cpu_millis());
    let many = suspend(rows).await;
    let took = began.elapsed();
    println!(
        "{rows} rows: planning {} KiB at most, running {} KiB (2,000 rows: {} and {}); \
         {} lines of journal, {} syncs; {:.1} s of wall time",
        many.planning / 1024,
        many.running / 1024,
        few.planning / 1024,
        few.running / 1024,
        many.lines,
        many.syncs,
        took.as_secs_f64(),
    );
    if let (Some(before), Some(after)) = (cpu, cpu_millis()) {
        let each = (after - before) as f64 / rows as f64;
        println!("{each:.3} ms of CPU for each row: planned, written, read, sent, read again");
    }
    // 16 bytes each while planning, by which repetitions are seen; a bit each while running.
    let more = rows.saturating_sub(2_000);
    let slack = 512 * 1024;
    assert!(many.planning <= few.planning + 16 * more + slack);
    assert!(many.running <= few.running + more / 8 + slack);
    // One line for each row, and two for each window; one sync for each window.
    let windows = rows.div_ceil(100) as u64;
    assert!(
        many.lines <= rows as u64 + 2 * windows + 10,
        "{}",
        many.lines
    );
    assert!(many.syncs <= windows + 10, "{}", many.syncs);
}
