//! WebSocket frames on the wire, as a server reads and writes them (RFC 6455 §5).
//!
//! tungstenite does this too, but keeps a buffer as long as the longest message for as long as the connection lives, and
//! does not say how far a message has come: then neither the memory of many connections nor the time of one frame has a
//! bound. Its types for messages and close codes are used.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_tungstenite::tungstenite::Message;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// Everything before the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) last: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: [u8; 4],
    pub(crate) len: u64,
}

/// Why a head is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeadError {
    #[error("the stream ends")]
    Io(#[from] io::Error),
    #[error("not a WebSocket frame of a client")]
    Protocol,
}

/// Reads the head of a frame of a client: masked, no extension, control frames short and whole.
pub(crate) async fn read_head<R: AsyncRead + Unpin>(io: &mut R) -> Result<Head, HeadError> {
    let mut first = [0; 2];
    io.read_exact(&mut first).await?;
    let [kind, length] = first;
    let opcode = match kind & 0x7f {
        0x0 => Opcode::Continuation,
        0x1 => Opcode::Text,
        0x2 => Opcode::Binary,
        0x8 => Opcode::Close,
        0x9 => Opcode::Ping,
        0xa => Opcode::Pong,
        _ => return Err(HeadError::Protocol),
    };
    let last = kind & 0x80 != 0;
    if length & 0x80 == 0 {
        return Err(HeadError::Protocol);
    }
    let len = match length & 0x7f {
        126 => u64::from(io.read_u16().await?),
        127 => io.read_u64().await?,
        short => u64::from(short),
    };
    let control = matches!(opcode, Opcode::Close | Opcode::Ping | Opcode::Pong);
    if control && (!last || len > CONTROL_LEN_MAX) {
        return Err(HeadError::Protocol);
    }
    let mut mask = [0; 4];
    io.read_exact(&mut mask).await?;
    Ok(Head {
        last,
        opcode,
        mask,
        len,
    })
}

/// Reads the payload behind a head to the end of `bytes`; the caller has judged `head.len`.
pub(crate) async fn read_payload<R: AsyncRead + Unpin>(
    io: &mut R,
    head: &Head,
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    let start = bytes.len();
    let len = usize::try_from(head.len).map_err(|_| io::ErrorKind::InvalidData)?;
    bytes.reserve_exact(len);
    let read = io.take(head.len).read_to_end(bytes).await?;
    if read != len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let payload = bytes.get_mut(start..).unwrap_or_default();
    for chunk in payload.chunks_mut(head.mask.len()) {
        for (byte, mask) in chunk.iter_mut().zip(head.mask) {
            *byte ^= mask;
        }
    }
    Ok(())
}

/// Appends the one frame of a message of a server: whole and not masked.
pub(crate) fn encode(message: &Message, out: &mut Vec<u8>) {
    let (opcode, close);
    let payload: &[u8] = match message {
        Message::Text(text) => {
            opcode = 0x1;
            text.as_bytes()
        }
        Message::Binary(bytes) => {
            opcode = 0x2;
            bytes
        }
        Message::Close(frame) => {
            opcode = 0x8;
            close = frame.as_ref().map(|frame| {
                let code = u16::from(frame.code).to_be_bytes();
                [&code, frame.reason.as_bytes()].concat()
            });
            close.as_deref().unwrap_or_default()
        }
        Message::Ping(bytes) => {
            opcode = 0x9;
            bytes
        }
        Message::Pong(bytes) => {
            opcode = 0xa;
            bytes
        }
        // Only made by who writes frames by hand.
        Message::Frame(_) => return,
    };
    out.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ ..126), _) => out.push(len),
        (_, Ok(len)) => {
            out.push(126);
            out.extend(len.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(127);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// Payload of a control frame (RFC 6455 §5.5).
const CONTROL_LEN_MAX: u64 = 125;

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
    use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocket, WebSocketConfig};

    use super::*;

    async fn read(bytes: &[u8]) -> Result<(Head, Vec<u8>), HeadError> {
        let mut io = bytes;
        let head = read_head(&mut io).await?;
        let mut payload = vec![7];
        read_payload(&mut io, &head, &mut payload).await?;
        assert!(io.is_empty());
        assert_eq!(payload.remove(0), 7);
        Ok((head, payload))
    }

    #[tokio::test]
    async fn the_examples_of_rfc_6455_are_read() {
        let hello = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ];
        let (head, payload) = read(&hello).await.unwrap();
        assert_eq!((head.opcode, head.last), (Opcode::Text, true));
        assert_eq!(payload, b"Hello");
        let pong = [
            0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ];
        let (head, payload) = read(&pong).await.unwrap();
        assert_eq!(
            (head.opcode, payload.as_slice()),
            (Opcode::Pong, &b"Hello"[..])
        );
    }

    #[tokio::test]
    async fn every_length_of_a_client_of_tungstenite_is_read_back() {
        for len in [0, 1, 125, 126, 65_535, 65_536, 200_000] {
            let bytes = vec![0xa5; len];
            let config = WebSocketConfig::default();
            let io = std::io::Cursor::new(Vec::new());
            let mut client = WebSocket::from_raw_socket(io, Role::Client, Some(config));
            client.send(Message::binary(bytes.clone())).unwrap();
            let (head, payload) = read(client.get_ref().get_ref()).await.unwrap();
            assert_eq!((head.opcode, head.last), (Opcode::Binary, true));
            assert_eq!(payload, bytes);
        }
    }

    #[test]
    fn a_client_of_tungstenite_reads_every_message_back() {
        let close = CloseFrame {
            code: CloseCode::Policy,
            reason: "why".into(),
        };
        let lengths = [0, 125, 126, 65_535, 65_536, 200_000];
        let messages = lengths
            .map(|len| Message::binary(vec![3; len]))
            .into_iter()
            .chain([
                Message::text("words"),
                Message::Ping(vec![1, 2].into()),
                Message::Pong(vec![3].into()),
                Message::Close(Some(close)),
            ]);
        for message in messages {
            let mut bytes = Vec::new();
            encode(&message, &mut bytes);
            let io = std::io::Cursor::new(bytes);
            let mut client = WebSocket::from_raw_socket(io, Role::Client, None);
            assert_eq!(client.read().unwrap(), message);
        }
    }

    #[tokio::test]
    async fn what_no_client_may_send_is_refused() {
        for head in [
            [0x82, 0x00, 0, 0, 0, 0], // not masked
            [0xc2, 0x80, 0, 0, 0, 0], // reserved bit
            [0x83, 0x80, 0, 0, 0, 0], // reserved opcodes
            [0x8b, 0x80, 0, 0, 0, 0],
            [0x09, 0x80, 0, 0, 0, 0],   // a ping in parts
            [0x89, 0xfe, 0, 126, 0, 0], // a long ping
        ] {
            let judged = read(&head).await;
            assert!(matches!(judged, Err(HeadError::Protocol)), "{head:?}");
        }
        for len in 0..10 {
            let whole = [0x82, 0x84, 1, 2, 3, 4, 5, 6, 7, 8];
            let judged = read(&whole[..len]).await;
            assert!(matches!(judged, Err(HeadError::Io(_))), "{len}");
        }
    }
}
