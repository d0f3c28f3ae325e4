//! A server of HTTP/2 that breaks streams and connections at will.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use h2::Reason;
use tokio::net::TcpListener;

const INVITE: &str = "/users/invite";

/// What a server of HTTP/2 does to the first invitation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Break {
    /// RST_STREAM as soon as the stream is there.
    Stream(Reason),
    /// RST_STREAM after the whole request.
    StreamAfterBody(Reason),
    /// RST_STREAM in the middle of the answer.
    Answer,
    /// GOAWAY as soon as the stream is there, and the connection ends.
    GoAway(Reason),
    /// The connection ends without a word.
    Connection,
    /// GOAWAY and its end right after the answer to the request before.
    IdleGoAway,
}

/// Serves HTTP/2 over prior knowledge. Counts streams, and invitations among them.
pub async fn http_2(how: Break) -> (String, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/admin", listener.local_addr().unwrap());
    let (streams, invitations) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let counters = (streams.clone(), invitations.clone());
    let broken = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (counters, broken) = (counters.clone(), broken.clone());
            tokio::spawn(async move {
                let Ok(mut connection) = h2::server::handshake(stream).await else {
                    return;
                };
                while let Some(Ok((request, respond))) = connection.accept().await {
                    counters.0.fetch_add(1, Ordering::SeqCst);
                    let invitation = request.uri().path().ends_with(INVITE);
                    counters
                        .1
                        .fetch_add(usize::from(invitation), Ordering::SeqCst);
                    let target = match how {
                        Break::IdleGoAway => !invitation,
                        _ => true,
                    };
                    if !target || broken.fetch_add(1, Ordering::SeqCst) > 0 {
                        tokio::spawn(answer(request, respond, None));
                        continue;
                    }
                    match how {
                        Break::GoAway(reason) => connection.abrupt_shutdown(reason),
                        Break::Connection => return,
                        Break::IdleGoAway => {
                            tokio::spawn(answer(request, respond, None));
                            connection.graceful_shutdown();
                        }
                        _ => {
                            tokio::spawn(answer(request, respond, Some(how)));
                        }
                    }
                }
            });
        }
    });
    (url, streams, invitations)
}

async fn answer(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    how: Option<Break>,
) {
    if let Some(Break::Stream(reason)) = how {
        respond.send_reset(reason);
        return;
    }
    let mut body = request.into_body();
    while let Some(Ok(data)) = body.data().await {
        let _ = body.flow_control().release_capacity(data.len());
    }
    if let Some(Break::StreamAfterBody(reason)) = how {
        respond.send_reset(reason);
        return;
    }
    let head = http::Response::builder().header("content-type", "application/json");
    if let Ok(mut stream) = respond.send_response(head.body(()).unwrap(), false) {
        let whole = Bytes::from_static(b"{\"data\":[]}");
        if how.is_some() {
            let _ = stream.send_data(whole.slice(..4), false);
            stream.send_reset(Reason::INTERNAL_ERROR);
        } else {
            let _ = stream.send_data(whole, true);
        }
    }
}
