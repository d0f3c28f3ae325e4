//! What really goes over the wire when a connection breaks or grows old, counted by servers of raw sockets
//! and raw HTTP/2 frames: an invitation is never there twice. In real time, and without a pause in any
//! server; where a connection grows old, time jumps between two requests.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atlassian_orgs::{ApiKey, Client, ClientBuilder, Error, ErrorKind, OrgId, RetryPolicy};
use h2::Reason;
use support::http_2::{Break, http_2};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const INVITE: &str = "/users/invite";

fn builder(url: String) -> ClientBuilder {
    Client::builder()
        .base_url(url)
        .api_key(ApiKey::new("key-of-the-wire").unwrap())
        .retry(RetryPolicy::standard().base(Duration::from_millis(1)))
}

async fn read(client: &Client) -> Result<(), Error> {
    let org = client.organization(OrgId::new("org-1").unwrap());
    org.directories().await.map(drop)
}

/// The invitation alone, without the reads of the flow; its failure as the transport tells it.
async fn invite(client: &Client) -> Result<(), Option<bool>> {
    let emails = (0..25)
        .map(|n| format!("p{n}@example.com"))
        .collect::<Vec<_>>();
    let text = "x".repeat(60_000);
    let raw = client.raw();
    let request = raw.invite_users().org_id("org-1");
    let request = request.body_map(|b| b.emails(emails).notification_text(text));
    request.send().await.map(drop).map_err(|error| {
        atlassian_orgs::raw::transport::failure(&error).map(|failure| failure.may_have_been_sent())
    })
}

/// Where a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// Accepted, and reset before anything is read.
    Accepted,
    /// After the head of the request.
    Head,
    /// In the middle of its body.
    Body,
    /// After the whole request, by a reset.
    Request,
    /// After the whole request, by an orderly close.
    Closed,
    /// In the middle of the status line.
    StatusLine,
    /// In the middle of the answer's body.
    Answer,
    /// In the middle of the answer's body, by saying nothing more.
    Stalled,
    /// After the whole answer, without a word: the connection is closed while idle.
    Idle,
    /// Not at all.
    Whole,
}

/// A server whose connections break by the list, each at its stage; later ones don't. Each request of a
/// connection takes the next stage.
struct Server {
    url: String,
    /// Requests that began to arrive, and invitations among them.
    requests: Arc<AtomicUsize>,
    invitations: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start(stages: Vec<Stage>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}/admin", listener.local_addr().unwrap()),
            requests: Arc::default(),
            invitations: Arc::default(),
            connections: Arc::default(),
        };
        let (requests, invitations) = (server.requests.clone(), server.invitations.clone());
        let connections = server.connections.clone();
        let next = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (stages, next) = (stages.clone(), next.clone());
                let (requests, invitations) = (requests.clone(), invitations.clone());
                tokio::spawn(async move {
                    let mut stream = stream;
                    loop {
                        let n = next.fetch_add(1, Ordering::SeqCst);
                        let stage = stages.get(n).copied().unwrap_or(Stage::Whole);
                        if !serve(&mut stream, stage, &requests, &invitations).await {
                            return;
                        }
                    }
                });
            }
        });
        server
    }

    fn seen(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&self.requests), count(&self.invitations))
    }
}

/// One request of a connection; whether another may follow.
async fn serve(
    stream: &mut TcpStream,
    stage: Stage,
    requests: &AtomicUsize,
    invitations: &AtomicUsize,
) -> bool {
    if stage == Stage::Accepted {
        reset(stream);
        return false;
    }
    let mut seen = Vec::new();
    let mut noted = false;
    loop {
        let head = seen
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .map(|at| at + 4);
        if let (Some(head), false) = (head, noted) {
            noted = true;
            requests.fetch_add(1, Ordering::SeqCst);
            if String::from_utf8_lossy(&seen[..head]).contains(INVITE) {
                invitations.fetch_add(1, Ordering::SeqCst);
            }
        }
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&seen[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            let body = seen.len() - head;
            if stage == Stage::Head || stage == Stage::Body && (body > 0 || length == 0) {
                reset(stream);
                return false;
            }
            if body >= length {
                break;
            }
        }
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(n) => seen.extend_from_slice(&buffer[..n]),
        }
    }
    let body = "{\"data\":[]}";
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    match stage {
        Stage::Whole | Stage::Idle => {
            let written = stream.write_all(format!("{head}{body}").as_bytes()).await;
            return written.is_ok() && stage == Stage::Whole;
        }
        Stage::StatusLine => {
            let _ = stream.write_all(b"HTTP/1.1 2").await;
        }
        Stage::Answer | Stage::Stalled => {
            let _ = stream
                .write_all(format!("{head}{}", &body[..4]).as_bytes())
                .await;
            if stage == Stage::Stalled {
                // Until the other side gives up.
                let _ = stream.read(&mut [0; 1]).await;
            }
        }
        Stage::Request => reset(stream),
        _ => {}
    }
    false
}

/// Closing sends a reset and no orderly end.
fn reset(stream: &TcpStream) {
    stream.set_zero_linger().unwrap();
}

const STAGES: [Stage; 8] = [
    Stage::Accepted,
    Stage::Head,
    Stage::Body,
    Stage::Request,
    Stage::Closed,
    Stage::StatusLine,
    Stage::Answer,
    Stage::Stalled,
];

#[tokio::test]
async fn http_1_an_invitation_is_sent_once_wherever_the_connection_breaks() {
    for stage in STAGES {
        let server = Server::start(vec![stage]).await;
        let builder = builder(server.url.clone());
        let client = builder
            .attempt_timeout(Duration::from_millis(500))
            .build()
            .unwrap();
        assert_eq!(invite(&client).await, Err(Some(true)), "{stage:?}");
        let connections = server.connections.load(Ordering::SeqCst);
        assert_eq!(
            connections, 1,
            "{stage:?}: nothing tried another connection"
        );
        assert!(server.seen().1 <= 1, "{stage:?}");
        // The same break of a read is mended: the servers above would have seen a second send.
        let server = Server::start(vec![stage]).await;
        let builder = self::builder(server.url.clone());
        let client = builder
            .attempt_timeout(Duration::from_millis(500))
            .build()
            .unwrap();
        read(&client).await.unwrap();
        assert_eq!(server.connections.load(Ordering::SeqCst), 2, "{stage:?}");
        let expected = if stage == Stage::Accepted { 1 } else { 2 };
        assert_eq!(server.seen().0, expected, "{stage:?}");
    }
}

/// A connection that was used before and breaks under the next request: what keep-alive makes likely.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_1_a_reused_connection_that_breaks_carries_no_invitation_twice() {
    for stage in STAGES {
        let server = Server::start(vec![Stage::Whole, stage]).await;
        let builder = builder(server.url.clone());
        let client = builder
            .attempt_timeout(Duration::from_millis(500))
            .build()
            .unwrap();
        read(&client).await.unwrap();
        let invited = invite(&client).await;
        // The library may find the connection closed before it has written anything, and take another.
        assert!(matches!(invited, Ok(()) | Err(Some(_))), "{stage:?}");
        assert!(server.seen().1 <= 1, "{stage:?}");
    }
    // Closed by the server while idle: a race that goes either way, so it is run often.
    let mut lost = 0;
    for _ in 0..200 {
        let server = Server::start(vec![Stage::Idle]).await;
        let client = builder(server.url.clone()).build().unwrap();
        read(&client).await.unwrap();
        lost += usize::from(invite(&client).await.is_err());
        assert!(server.seen().1 <= 1);
    }
    println!("{lost} of 200 invitations were lost to a close");
}

/// Nobody uses the connections for so long. Time stands still only for the jump, while nothing is under
/// way, so that no timeout of a real socket can fire early.
async fn idle_for(time: Duration) {
    // What is left to do about the last answer: its connection goes back to the pool.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// How long nobody used a connection, in seconds, and how many there are after the next request: gateways
/// close idle ones, and a request that meets the close is in doubt.
const IDLE: [(u64, usize); 4] = [(0, 1), (19, 1), (21, 2), (600, 2)];

#[tokio::test]
async fn http_1_a_connection_that_was_idle_for_long_is_not_used_again() {
    for (seconds, connections) in IDLE {
        let server = Server::start(Vec::new()).await;
        let client = builder(server.url.clone()).build().unwrap();
        read(&client).await.unwrap();
        idle_for(Duration::from_secs(seconds)).await;
        assert_eq!(invite(&client).await, Ok(()));
        let made = server.connections.load(Ordering::SeqCst);
        assert_eq!(made, connections, "after {seconds} s");
        assert_eq!(server.seen(), (2, 1), "after {seconds} s");
    }
    // So no invitation can be lost to a server that closes idle connections, as above where there is no wait.
    for _ in 0..50 {
        let server = Server::start(vec![Stage::Idle]).await;
        let client = builder(server.url.clone()).build().unwrap();
        read(&client).await.unwrap();
        idle_for(Duration::from_secs(21)).await;
        assert_eq!(invite(&client).await, Ok(()));
        assert_eq!(server.seen().1, 1);
    }
}

#[tokio::test]
async fn http_2_a_connection_that_was_idle_for_long_is_not_used_again() {
    for (seconds, connections) in IDLE {
        // Its first stream alone is refused: the read mends that, on the same connection.
        let how = Break::Stream(Reason::REFUSED_STREAM);
        let (url, _, invitations) = http_2(how).await;
        let (url, made) = counted(&url).await;
        let client = http_2_client(url);
        read(&client).await.unwrap();
        idle_for(Duration::from_secs(seconds)).await;
        assert_eq!(invite(&client).await, Ok(()));
        let made = made.load(Ordering::SeqCst);
        assert_eq!(made, connections, "after {seconds} s");
        assert_eq!(invitations.load(Ordering::SeqCst), 1);
    }
}

/// Passes connections on to a server, and counts them.
async fn counted(url: &str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let made: Arc<AtomicUsize> = Arc::default();
    let counter = made.clone();
    let server = url.split('/').nth(2).unwrap().to_owned();
    let own = url.replace(&server, &address.to_string());
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let server = server.clone();
            tokio::spawn(async move {
                let mut there = TcpStream::connect(server).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            });
        }
    });
    (own, made)
}

#[tokio::test]
async fn a_connection_that_was_never_made_proves_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = builder(format!("http://{address}/admin")).build().unwrap();
    assert_eq!(invite(&client).await, Err(Some(false)));

    // The time for connecting is for TLS as well: here is somebody who never shakes hands.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/admin", listener.local_addr().unwrap());
    let builder = builder(url).connect_timeout(Duration::from_millis(50));
    let client = builder
        .retry(RetryPolicy::standard().attempts(2))
        .build()
        .unwrap();
    let error = read(&client).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.may_have_been_sent()),
        (ErrorKind::Connect, false)
    );
    let mut tries = 0;
    while tokio::time::timeout(Duration::ZERO, listener.accept())
        .await
        .is_ok()
    {
        tries += 1;
    }
    assert_eq!(tries, 2, "so it was tried again");
}

const BREAKS: [Break; 12] = [
    Break::Stream(Reason::REFUSED_STREAM),
    Break::Stream(Reason::CANCEL),
    Break::Stream(Reason::INTERNAL_ERROR),
    Break::StreamAfterBody(Reason::REFUSED_STREAM),
    Break::StreamAfterBody(Reason::NO_ERROR),
    Break::StreamAfterBody(Reason::INTERNAL_ERROR),
    Break::Answer,
    Break::GoAway(Reason::NO_ERROR),
    Break::GoAway(Reason::ENHANCE_YOUR_CALM),
    Break::GoAway(Reason::INTERNAL_ERROR),
    Break::Connection,
    Break::IdleGoAway,
];

fn http_2_client(url: String) -> Client {
    builder(url)
        .http(|http| http.http2_prior_knowledge())
        .build()
        .unwrap()
}

#[tokio::test]
async fn http_2_an_invitation_is_sent_once_whatever_breaks() {
    for how in BREAKS {
        let (url, _, invitations) = http_2(how).await;
        let client = http_2_client(url);
        if how == Break::IdleGoAway {
            read(&client).await.unwrap();
        }
        let invited = invite(&client).await;
        assert!(
            matches!(invited, Ok(()) | Err(Some(_))),
            "{how:?} {invited:?}"
        );
        assert_eq!(invited.is_ok(), how == Break::IdleGoAway, "{how:?}");
        assert_eq!(invitations.load(Ordering::SeqCst), 1, "{how:?}");

        // The same break of a read is mended by a second send.
        let (url, streams, _) = http_2(how).await;
        read(&http_2_client(url)).await.unwrap();
        let expected = if how == Break::IdleGoAway { 1 } else { 2 };
        assert_eq!(streams.load(Ordering::SeqCst), expected, "{how:?}");
    }
}

/// The count would show what HTTP libraries do by themselves: with its own repeats on, the same one sends
/// a refused stream again.
#[tokio::test]
async fn the_servers_would_see_a_hidden_repeat() {
    let (url, _, invitations) = http_2(Break::Stream(Reason::REFUSED_STREAM)).await;
    let library = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let sent = library
        .post(format!("{url}/v2/orgs/o{INVITE}"))
        .body("{}")
        .send()
        .await;
    assert!(sent.is_ok());
    assert_eq!(invitations.load(Ordering::SeqCst), 2);
}
