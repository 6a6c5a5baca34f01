//! The socket of the home: other processes of the same user give their commands here.
//!
//! Whoever may open it is the user: it lies in the home (0700), is 0600, and the kernel names the other side.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::ask::SocketPlace;
use super::wire::{Answer, Request, VERSION};
use super::{Asked, Door, Jobs};
use crate::limits::{
    ANSWER_PIECE_LEN_MAX, REQUEST_TIMEOUT, SOCKET_CONNECTIONS_MAX, SOCKET_REQUEST_LEN_MAX,
    SOCKET_WRITE_TIMEOUT,
};
use crate::output::{Exit, Piece, Pieces};
use crate::text::Language;

/// Listens for one home.
pub(crate) struct Socket {
    listener: UnixListener,
    uid: u32,
    _place: SocketPlace,
}

impl Socket {
    /// Binds the socket of a home that this process holds: what an earlier process left there is gone.
    pub(crate) fn bind(home: &Path) -> io::Result<Self> {
        let place = SocketPlace::of(home)?;
        match fs::remove_file(place.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(place.path())?;
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o600))?;
        let uid = fs::metadata(place.path())?.uid();
        Ok(Self {
            listener,
            uid,
            _place: place,
        })
    }

    /// Serves until dropped.
    pub(crate) async fn serve(self, jobs: Jobs) {
        let free = Arc::new(Semaphore::new(SOCKET_CONNECTIONS_MAX));
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let own = stream.peer_cred().is_ok_and(|it| it.uid() == self.uid);
            // Who finds no place is turned away, and asks again.
            let (true, Ok(place)) = (own, free.clone().try_acquire_owned()) else {
                continue;
            };
            let jobs = jobs.clone();
            tokio::spawn(async move {
                // A client that breaks off is nobody's trouble but its own.
                let _ = answer(stream, &jobs).await;
                drop(place);
            });
        }
    }
}

async fn answer(stream: UnixStream, jobs: &Jobs) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let request = timeout(REQUEST_TIMEOUT, read_request(&mut read)).await??;
    let language = match request.lang.as_str() {
        "en" => Language::En,
        _ => Language::Vi,
    };
    let (asked, mut pieces) = Asked::new(
        request.args,
        language,
        request.json,
        Door::Process {
            cwd: request.cwd.into(),
            stdin: request.stdin,
        },
    );
    if request.version != VERSION || jobs.verb(asked).await.is_err() {
        return send(&mut write, &Answer::Exit(Exit::HomeInUse as u8)).await;
    }
    tokio::select! {
        done = pass_on(&mut pieces, &mut write) => done,
        // Whoever has gone reads nothing: dropped, the pieces end what follows.
        _ = read.read_u8() => Ok(()),
    }
}

async fn read_request(read: &mut BufReader<OwnedReadHalf>) -> io::Result<Request> {
    let limit = u64::try_from(SOCKET_REQUEST_LEN_MAX).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    read.take(limit).read_until(b'\n', &mut line).await?;
    Ok(serde_json::from_slice(&line)?)
}

async fn pass_on(pieces: &mut Pieces, write: &mut OwnedWriteHalf) -> io::Result<()> {
    while let Some(piece) = pieces.next().await {
        match piece {
            Piece::Exit(code) => return send(write, &Answer::Exit(code as u8)).await,
            Piece::Out(text) => send_all(write, &text, Answer::Out).await?,
            Piece::Err(text) => send_all(write, &text, Answer::Err).await?,
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Sends a text in as many pieces as it takes.
async fn send_all(
    write: &mut OwnedWriteHalf,
    mut text: &str,
    make: fn(String) -> Answer,
) -> io::Result<()> {
    while !text.is_empty() {
        let (piece, rest) = text.split_at(text.floor_char_boundary(ANSWER_PIECE_LEN_MAX));
        send(write, &make(piece.to_owned())).await?;
        text = rest;
    }
    Ok(())
}

async fn send(write: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    timeout(SOCKET_WRITE_TIMEOUT, write.write_all(&line)).await?
}

/// After an error of the system's, such as no free file handle.
const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);
