//! The sandbox over HTTP, on a thread of its own, so that it runs under any client and stops when it is dropped.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Frame;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::core::faults::Wire;
use crate::core::time::Time;
use crate::sandbox::Shared;

/// No request of the service comes near this.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(port: u16, shared: Shared) -> io::Result<Self> {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                // Dropping the runtime at the end closes what connections are left.
                runtime.block_on(async {
                    tokio::select! {
                        _ = serve(listener, shared) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If the thread has ended already there is nobody to tell, and nothing to wait for.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: StdListener, shared: Shared) -> io::Result<()> {
    let listener = Loopback {
        listener: TcpListener::from_std(listener)?,
        shared: shared.clone(),
    };
    let service = Router::new().fallback(answer).with_state(shared);
    axum::serve(
        listener,
        service.into_make_service_with_connect_info::<Line>(),
    )
    .await
}

async fn answer(
    State(shared): State<Shared>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    };
    let outcome = shared.handle(
        Time::from(SystemTime::now()),
        &http::Request::from_parts(parts, body),
    );
    match outcome.wire {
        Wire::DroppedBeforeEffect | Wire::DroppedAfterEffect => line.cut(),
        Wire::Delayed(delay) => tokio::time::sleep(delay).await,
        Wire::Stalled => std::future::pending().await,
        Wire::Cut(bytes) => {
            let (mut parts, body) = outcome.response.into_parts();
            // The length of the whole body is announced, so that the client can tell that something is missing.
            parts
                .headers
                .insert(http::header::CONTENT_LENGTH, body.len().into());
            return Response::from_parts(
                parts,
                Body::new(CutBody {
                    rest: Some(body.slice(..bytes.min(body.len()))),
                    flushed: false,
                }),
            );
        }
        Wire::Whole | Wire::Refused => {}
    }
    outcome.response.map(Body::from)
}

/// A body that breaks off after what it has.
struct CutBody {
    rest: Option<Bytes>,
    flushed: bool,
}

impl http_body::Body for CutBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.rest.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if !self.flushed {
            // What was given so far is written out only once there is nothing more to be had for now.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}

/// Accepts connections that can be cut, except those that are to be refused.
struct Loopback {
    listener: TcpListener,
    shared: Shared,
}

impl Listener for Loopback {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            // Dropped unread, the connection closes.
            if !self.shared.refuses() {
                break (stream, address);
            }
        };
        // Answers are small and wanted at once.
        let _ = stream.set_nodelay(true);
        (
            Connection {
                stream,
                line: Line::default(),
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The way to cut a connection: from then on nothing is written to it.
#[derive(Clone, Debug, Default)]
struct Line(Arc<AtomicBool>);

impl Line {
    fn cut(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn check(&self) -> io::Result<()> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::ConnectionReset.into()),
            false => Ok(()),
        }
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Line {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Self {
        stream.io().line.clone()
    }
}

struct Connection {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
