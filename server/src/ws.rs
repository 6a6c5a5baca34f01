//! The WebSocket: bounded in bytes, frames and time.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Frame};
use thamvan_proto::id::Salt;
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_server_core::Refusal;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::dispatch::Connection;
use crate::failpoint::{self, Moment};
use crate::limits::{
    CLOSE_TIMEOUT, IDLE_TIMEOUT, OUTBOUND_FRAMES_MAX, PING_INTERVAL, WEBSOCKET_READ_BUFFER_LEN,
    WEBSOCKET_WRITE_BUFFER_LEN,
};
use crate::shared::Service;

/// Serves one WebSocket to its end.
pub(crate) async fn serve<S>(io: S, service: Service, exporter: Salt)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let allowance = Allowance::default();
    let config = WebSocketConfig::default()
        .read_buffer_size(WEBSOCKET_READ_BUFFER_LEN)
        .write_buffer_size(WEBSOCKET_WRITE_BUFFER_LEN)
        .max_message_size(Some(FRAME_LEN_MAX))
        .max_frame_size(Some(FRAME_LEN_MAX));
    let metered = Metered {
        io,
        allowance: allowance.clone(),
    };
    let socket = WebSocketStream::from_raw_socket(metered, Role::Server, Some(config)).await;
    let (sink, stream) = socket.split();
    let (outbound, queue) = mpsc::channel(OUTBOUND_FRAMES_MAX);
    let writer = tokio::spawn(write(sink, queue));
    let abort = writer.abort_handle();
    let mut inbound = Inbound { stream, allowance };
    Connection::new(service, outbound, exporter)
        .run(&mut inbound)
        .await;
    // The reader stays until the writer has said goodbye, but not for ever.
    if timeout(CLOSE_TIMEOUT, writer).await.is_err() {
        abort.abort();
    }
}

/// What a peer sends.
pub(crate) struct Inbound<S> {
    stream: SplitStream<WebSocketStream<Metered<S>>>,
    /// Bytes that may still be read.
    pub(crate) allowance: Allowance,
}

/// Why nothing more is read.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The peer has gone, was silent, or broke WebSocket.
    Gone,
    /// The peer has been told why; the connection closes.
    Told(CloseCode),
    /// The peer sent what it must not: it is told, and the connection closes.
    Refused(Refusal, CloseCode),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Inbound<S> {
    /// The next binary message; the peer may be silent for `idle` at a time, and answers pings meanwhile.
    pub(crate) async fn next(&mut self, len_max: usize, idle: Duration) -> Result<Vec<u8>, Ended> {
        let refuse = |code, detail: &str, close| Ended::Refused(Refusal::new(code, detail), close);
        loop {
            let Ok(message) = timeout(idle, self.stream.next()).await else {
                return Err(Ended::Gone);
            };
            match message {
                Some(Ok(Message::Binary(bytes))) if bytes.len() <= len_max => {
                    return Ok(bytes.into());
                }
                Some(Ok(Message::Binary(_)) | Err(Error::Capacity(_))) => {
                    return Err(refuse(
                        ErrorCode::TooLarge,
                        "the frame is too large",
                        CloseCode::Size,
                    ));
                }
                Some(Ok(Message::Text(_))) => {
                    return Err(refuse(
                        ErrorCode::Malformed,
                        "only binary messages are frames",
                        CloseCode::Unsupported,
                    ));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_) | Message::Frame(_)) | Err(_)) | None => {
                    return Err(Ended::Gone);
                }
            }
        }
    }
}

/// Sends what is queued, and a ping after silence; ends when nobody can queue any more.
async fn write<S>(
    mut sink: SplitSink<WebSocketStream<Metered<S>>, Message>,
    mut queue: mpsc::Receiver<Message>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let message = match timeout(PING_INTERVAL, queue.recv()).await {
            Ok(Some(message)) => message,
            Ok(None) => break,
            Err(_) => Message::Ping(Vec::new().into()),
        };
        // A peer that does not read must not hold the connection, its answers and its place for ever.
        match timeout(IDLE_TIMEOUT, write_waiting(&mut sink, message, &mut queue)).await {
            Ok(Ok(Go::On)) => {}
            Ok(Ok(Go::End) | Err(_)) | Err(_) => break,
        }
    }
    // Closing an already closed socket is no failure of anybody.
    let _ = timeout(CLOSE_TIMEOUT, sink.close()).await;
}

enum Go {
    On,
    End,
}

/// Sends a message and whatever waits behind it in one go.
async fn write_waiting<S>(
    sink: &mut SplitSink<WebSocketStream<Metered<S>>, Message>,
    first: Message,
    queue: &mut mpsc::Receiver<Message>,
) -> Result<Go, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut next = Some(first);
    let mut go = Go::On;
    while let Some(message) = next {
        if let Message::Binary(bytes) = &message {
            failpoint::hit("socket", Moment::Before, "write", bytes)?;
        }
        if matches!(message, Message::Close(_)) {
            go = Go::End;
        }
        sink.feed(message).await?;
        next = match go {
            Go::On => queue.try_recv().ok(),
            Go::End => None,
        };
    }
    sink.flush().await?;
    Ok(go)
}

/// The message of a frame.
pub(crate) fn message(id: u64, body: Body) -> Message {
    Message::Binary(Frame::new(id, body).to_vec().into())
}

/// The last message of a connection.
pub(crate) fn close(code: CloseCode) -> Message {
    Message::Close(Some(CloseFrame {
        code,
        reason: "".into(),
    }))
}

/// Bytes that may still be read before somebody says who they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowance(Arc<AtomicU64>);

impl Allowance {
    pub(crate) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    fn spend(&self, bytes: u64) {
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left != u64::MAX).then(|| left.saturating_sub(bytes))
            });
    }
}

/// A stream that stops reading when the allowance is spent.
pub(crate) struct Metered<S> {
    io: S,
    allowance: Allowance,
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.allowance.0.load(Ordering::Relaxed) == 0 {
            return Poll::Ready(Err(io::Error::other("too much before log-in")));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buffer);
        let read = buffer.filled().len().saturating_sub(before);
        self.allowance.spend(read as u64);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
