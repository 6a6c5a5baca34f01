//! The WebSocket: bounded in bytes, frames and time.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Frame};
use thamvan_proto::id::Salt;
use thamvan_server_core::Refusal;
use thamvan_server_core::rate::{Bucket, Limit};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::dispatch::Connection;
use crate::failpoint::{self, Moment};
use crate::limits::{
    CLOSE_TIMEOUT, CONTROL_FRAMES_BURST, CONTROL_FRAMES_PER_SECOND, FRAGMENTS_MAX, FRAME_SMALL_LEN,
    LINGER_BYTES_MAX, LINGER_TIMEOUT, OUTBOUND_FRAMES_MAX, PING_INTERVAL,
    WEBSOCKET_READ_BUFFER_LEN, WRITE_COALESCED_LEN,
};
use crate::places::{Place, Shares};
use crate::shared::Service;
use crate::wire::{self, Head, HeadError, Opcode};

/// Serves one WebSocket to its end.
pub(crate) async fn serve<S>(io: S, service: Service, place: Place, exporter: Salt)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (reader, sink) = tokio::io::split(io);
    let (outbound, queue) = mpsc::channel(OUTBOUND_FRAMES_MAX);
    let large_frames = Arc::clone(&service.gate.large_frames);
    let timeouts = service.gate.timeouts.clone();
    let writer = tokio::spawn(write(sink, queue, timeouts.idle));
    let abort = writer.abort_handle();
    let mut inbound = Inbound::new(reader, outbound.clone(), large_frames, timeouts.frame);
    Connection::new(service, place, outbound, exporter)
        .run(&mut inbound)
        .await;
    let reader = inbound.into_reader();
    // The reader stays until the writer has said goodbye, but not for ever.
    if timeout(CLOSE_TIMEOUT, writer).await.is_err() {
        return abort.abort();
    }
    linger(reader).await;
}

/// Reads away what is still on its way: a socket that is closed with unread bytes takes the goodbye back.
async fn linger<R: AsyncRead + Unpin>(reader: BufReader<R>) {
    use tokio::io::AsyncReadExt;
    let mut rest = reader.take(LINGER_BYTES_MAX);
    let _ = timeout(
        LINGER_TIMEOUT,
        tokio::io::copy(&mut rest, &mut tokio::io::sink()),
    )
    .await;
}

/// What a peer sends.
pub(crate) struct Inbound<R> {
    io: BufReader<R>,
    /// For answers to pings.
    outbound: mpsc::Sender<Outgoing>,
    control: Bucket,
    start: Instant,
    frame_timeout: Duration,
    /// Long frames of all connections.
    large_frames: Arc<Semaphore>,
    /// Of this one's device, once it is known.
    shares: Option<Arc<Shares>>,
    /// The long frame that was read last; held until the next is asked for.
    held: Option<[OwnedSemaphorePermit; 2]>,
}

/// Why nothing more is read.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The peer has gone or was silent.
    Gone,
    /// The peer has been told why; the connection closes.
    Told(CloseCode),
    /// The peer sent what it must not: it is told, and the connection closes.
    Refused(Refusal, CloseCode),
}

impl<R: AsyncRead + Unpin> Inbound<R> {
    fn new(
        io: R,
        outbound: mpsc::Sender<Outgoing>,
        large_frames: Arc<Semaphore>,
        frame_timeout: Duration,
    ) -> Self {
        Self {
            io: BufReader::with_capacity(WEBSOCKET_READ_BUFFER_LEN, io),
            outbound,
            control: Bucket::default(),
            start: Instant::now(),
            frame_timeout,
            large_frames,
            shares: None,
            held: None,
        }
    }

    /// Lets the peer send frames longer than [`FRAME_SMALL_LEN`].
    pub(crate) fn allow_large(&mut self, shares: Arc<Shares>) {
        self.shares = Some(shares);
    }

    fn into_reader(self) -> BufReader<R> {
        self.io
    }

    /// The next binary message; the peer may be silent for `idle` at a time, and answers pings meanwhile.
    pub(crate) async fn next(&mut self, len_max: usize, idle: Duration) -> Result<Vec<u8>, Ended> {
        self.held = None;
        loop {
            let head = wire::read_head(&mut self.io);
            let head = timeout(idle, head).await.map_err(|_| Ended::Gone)?;
            let head = head.map_err(|error| broken(&error))?;
            match head.opcode {
                Opcode::Binary => return self.message(head, len_max).await,
                Opcode::Text => {
                    return Err(refuse(
                        ErrorCode::Malformed,
                        "only binary messages are frames",
                        CloseCode::Unsupported,
                    ));
                }
                Opcode::Continuation => return Err(broken(&HeadError::Protocol)),
                Opcode::Close | Opcode::Ping | Opcode::Pong => {
                    let control = self.control(&head);
                    timeout(idle, control).await.map_err(|_| Ended::Gone)??;
                }
            }
        }
    }

    /// A message in as many parts as it has; all within the time of one frame, waiting for a place among the long ones apart.
    async fn message(&mut self, mut head: Head, len_max: usize) -> Result<Vec<u8>, Ended> {
        let mut deadline = Instant::now() + self.frame_timeout;
        let mut bytes = Vec::new();
        for _ in 0..FRAGMENTS_MAX {
            let len = usize::try_from(head.len).unwrap_or(usize::MAX);
            let len = len.saturating_add(bytes.len());
            if len > len_max {
                return Err(refuse(
                    ErrorCode::TooLarge,
                    "the frame is too large",
                    CloseCode::Size,
                ));
            }
            if len > FRAME_SMALL_LEN && self.held.is_none() {
                self.hold().await?;
                deadline = Instant::now() + self.frame_timeout;
            }
            let payload = wire::read_payload(&mut self.io, &head, &mut bytes);
            let read = timeout_at(deadline, payload).await;
            read.map_err(|_| Ended::Gone)?.map_err(|_| Ended::Gone)?;
            if head.last {
                return Ok(bytes);
            }
            let next = timeout_at(deadline, self.continuation()).await;
            head = next.map_err(|_| Ended::Gone)??;
        }
        Err(refuse(
            ErrorCode::Malformed,
            "a frame in too many parts",
            CloseCode::Policy,
        ))
    }

    async fn continuation(&mut self) -> Result<Head, Ended> {
        loop {
            let head = wire::read_head(&mut self.io).await;
            let head = head.map_err(|error| broken(&error))?;
            match head.opcode {
                Opcode::Continuation => return Ok(head),
                Opcode::Binary | Opcode::Text => return Err(broken(&HeadError::Protocol)),
                Opcode::Close | Opcode::Ping | Opcode::Pong => self.control(&head).await?,
            }
        }
    }

    /// A place among the long frames: first of its device, so that one device does not hold them all.
    async fn hold(&mut self) -> Result<(), Ended> {
        let shares = self.shares.as_ref().ok_or(Ended::Gone)?;
        let own = Arc::clone(&shares.large_frames);
        let all = Arc::clone(&self.large_frames);
        let both = async { Ok([own.acquire_owned().await?, all.acquire_owned().await?]) };
        let both: Result<_, tokio::sync::AcquireError> = timeout(self.frame_timeout, both)
            .await
            .map_err(|_| Ended::Gone)?;
        self.held = Some(both.map_err(|_| Ended::Gone)?);
        Ok(())
    }

    async fn control(&mut self, head: &Head) -> Result<(), Ended> {
        let now = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let limit = Limit {
            burst: CONTROL_FRAMES_BURST,
            per_second: CONTROL_FRAMES_PER_SECOND,
        };
        if self.control.take(&limit, 1, now).is_err() {
            return Err(refuse(
                ErrorCode::RateLimited,
                "too many control frames",
                CloseCode::Policy,
            ));
        }
        let mut payload = Vec::new();
        wire::read_payload(&mut self.io, head, &mut payload)
            .await
            .map_err(|_| Ended::Gone)?;
        match head.opcode {
            Opcode::Close => Err(Ended::Gone),
            Opcode::Ping => {
                // A peer that does not read is not answered.
                let _ = self.outbound.try_send(Message::Pong(payload.into()).into());
                Ok(())
            }
            Opcode::Pong | Opcode::Binary | Opcode::Text | Opcode::Continuation => Ok(()),
        }
    }
}

fn refuse(code: ErrorCode, detail: &str, close: CloseCode) -> Ended {
    Ended::Refused(Refusal::new(code, detail), close)
}

fn broken(error: &HeadError) -> Ended {
    match error {
        HeadError::Io(_) => Ended::Gone,
        HeadError::Protocol => refuse(
            ErrorCode::Malformed,
            &error.to_string(),
            CloseCode::Protocol,
        ),
    }
}

/// A message on its way out, with the place that it holds among the large ones until it is written.
#[derive(Debug)]
pub(crate) struct Outgoing {
    message: Message,
    held: Option<Held>,
}

/// Places of a page of deliveries, given back when its last message is written.
pub(crate) type Held = Arc<Vec<OwnedSemaphorePermit>>;

impl Outgoing {
    pub(crate) fn holding(mut self, held: Option<Held>) -> Self {
        self.held = held;
        self
    }
}

impl From<Message> for Outgoing {
    fn from(message: Message) -> Self {
        Self {
            message,
            held: None,
        }
    }
}

/// Sends what is queued, and a ping after silence; ends when nobody can queue any more.
async fn write<W: AsyncWrite + Unpin>(
    mut sink: W,
    mut queue: mpsc::Receiver<Outgoing>,
    idle: Duration,
) {
    loop {
        let next = match timeout(PING_INTERVAL, queue.recv()).await {
            Ok(Some(next)) => next,
            Ok(None) => break,
            Err(_) => Message::Ping(Vec::new().into()).into(),
        };
        let Ok((bytes, last, held)) = gather(next, &mut queue) else {
            break;
        };
        // A peer that does not read must not hold the connection, its answers and its place for ever.
        let written = timeout(idle, async {
            sink.write_all(&bytes).await?;
            sink.flush().await
        });
        match written.await {
            Ok(Ok(())) if !last => drop(held),
            Ok(_) | Err(_) => break,
        }
    }
    // Closing an already closed socket is no failure of anybody.
    let _ = timeout(CLOSE_TIMEOUT, sink.shutdown()).await;
}

/// Several short messages for one write; says whether the last one of the connection is among them.
fn gather(
    first: Outgoing,
    queue: &mut mpsc::Receiver<Outgoing>,
) -> io::Result<(Vec<u8>, bool, Vec<Held>)> {
    let (mut bytes, mut held) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    let mut last = false;
    while let Some(outgoing) = next.take() {
        if let Message::Binary(payload) = &outgoing.message {
            failpoint::hit("socket", Moment::Before, "write", payload)?;
        }
        wire::encode(&outgoing.message, &mut bytes);
        held.extend(outgoing.held);
        last = matches!(outgoing.message, Message::Close(_));
        if !last && bytes.len() < WRITE_COALESCED_LEN {
            next = queue.try_recv().ok();
        }
    }
    Ok((bytes, last, held))
}

/// The message of a frame.
pub(crate) fn message(id: u64, body: Body) -> Outgoing {
    Message::Binary(Frame::new(id, body).to_vec().into()).into()
}

/// The last message of a connection.
pub(crate) fn close(code: CloseCode) -> Outgoing {
    Message::Close(Some(CloseFrame {
        code,
        reason: "".into(),
    }))
    .into()
}
