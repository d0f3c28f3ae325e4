//! Answers that are made beforehand.

use std::fmt::Write;
use std::io::{Read, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use atlassian_orgs_sandbox::Time;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::map_response;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};

const COUNT: &str = r#"{"count":1234}"#;

const DIRECTORIES: &str = r#"{"data":[{"directoryId":"0b7e1e05-6f8c-4a13-9d5c-3f0a2c9d4e11","name":"Directory 1"}],"links":{}}"#;

pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Whoever started it is gone when its input ends.
    std::thread::spawn(|| {
        let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let json = |body: &'static str| get(move || async move { answer(body) });
    let router = Router::new()
        .route("/v2/orgs/{org}/directories", json(DIRECTORIES))
        .route("/v2/orgs/{org}/directories/{id}/users/count", json(COUNT))
        .route("/v2/orgs/{org}/directories/{id}/users/search", post(page))
        .with_state(people().into())
        .layer(map_response(limited));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let mut out = std::io::stdout();
        writeln!(out, "http://{}", listener.local_addr()?)?;
        out.flush()?;
        axum::serve(listener, router).await?;
        anyhow::Ok(())
    })
}

/// Says of a limit what the service says of its own: a time cut to the minute among it. It is too high to be met.
async fn limited(answer: Response) -> impl IntoResponse {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let reset = since.unwrap_or_default() + Duration::from_secs(90);
    let reset = Time::from_millis(reset.as_millis().try_into().unwrap_or_default());
    let told = AppendHeaders([
        ("x-ratelimit-limit", "1000000".to_owned()),
        ("x-ratelimit-remaining", "999999".to_owned()),
        ("x-ratelimit-reset", reset.iso_minute()),
    ]);
    (told, answer)
}

fn answer(body: impl IntoResponse) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A page that is never the last: page `n` is asked for by the cursor `page-n`.
async fn page(State(people): State<Arc<str>>, body: Bytes) -> Response {
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let cursor = body["cursor"].as_str().unwrap_or_default();
    let n = cursor.strip_prefix("page-").and_then(|n| n.parse().ok());
    let next = n.unwrap_or(0_u64) + 1;
    answer(format!(
        r#"{{"data":[{people}],"links":{{"next":"page-{next}"}}}}"#
    ))
}

/// 100 people, 78 kB.
fn people() -> String {
    let mut people = String::new();
    for i in 0..100 {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(
            people,
            r#"{comma}{{"accountId":"712020:5f1c2a7e-93d4-4b6f-8a10-{i:012}","accountType":"atlassian","#,
        );
        let _ = write!(
            people,
            r#""accountStatus":"active","status":"active","membershipStatus":"active","claimStatus":"managed","#,
        );
        let _ = write!(
            people,
            r#""managementSource":"synced","name":"Person Number {i:04} of the Organization","nickname":"person-{i:04}","#,
        );
        let _ = write!(
            people,
            r#""email":"person.number-{i:04}@department.example.com","emailVerified":true,"mfaEnabled":true,"#,
        );
        let _ = write!(
            people,
            r#""addedToOrg":"2026-03-01T08:{:02}:00.000Z","jobTitle":"Senior Engineer","#,
            i % 60,
        );
        let _ = write!(
            people,
            r#""department":"Platform and Infrastructure","location":"Nowhere","timeZone":"Europe/Berlin","#,
        );
        let _ = write!(
            people,
            r#""avatar":"https://avatars.example.com/712020:5f1c2a7e-93d4-4b6f-8a10-{i:012}/0123456789abcdef0123456789abcdef/initials/0123456789abcdef0123456789abcdef/128","counts":{{"resources":3}},"#,
        );
        let _ = write!(
            people,
            r#""links":{{"self":"https://api.example.com/admin/v2/orgs/o-1/directories/-/users/712020:5f1c2a7e-{i:012}"}}}}"#,
        );
    }
    people
}
