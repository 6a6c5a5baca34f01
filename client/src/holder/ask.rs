//! Asks the process that holds a home to run a command.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::wire::{Answer, Request};
use crate::limits::{ANSWER_LINE_LEN_MAX, SOCKET_PATH_LEN_MAX};

/// Runs a request in the process at the other side; gives the exit code.
///
/// # Errors
/// The connection broke off: whether the command was carried out is not known.
pub(super) fn ask(mut stream: &UnixStream, request: &Request) -> io::Result<u8> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        let limit = u64::try_from(ANSWER_LINE_LEN_MAX).unwrap_or(u64::MAX);
        if (&mut reader).take(limit).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Whoever reads no further is no reason to fail.
        match serde_json::from_str(&line)? {
            Answer::Out(text) => {
                let mut out = io::stdout();
                let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            }
            Answer::Err(text) => {
                let _ = io::stderr().write_all(text.as_bytes());
            }
            Answer::Exit(code) => return Ok(code),
        }
    }
}

pub(super) fn connect(home: &Path) -> Option<UnixStream> {
    let place = SocketPlace::of(home).ok()?;
    UnixStream::connect(place.path()).ok()
}

/// The socket of a home. A long path does not fit into the address of a socket: then it is reached through the open folder.
pub(super) struct SocketPlace {
    path: PathBuf,
    _dir: Option<File>,
}

impl SocketPlace {
    pub(super) fn of(home: &Path) -> io::Result<Self> {
        let path = home.join(NAME);
        if path.as_os_str().len() <= SOCKET_PATH_LEN_MAX {
            return Ok(Self { path, _dir: None });
        }
        let dir = File::open(home)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{NAME}", dir.as_raw_fd()));
        Ok(Self {
            path,
            _dir: Some(dir),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

const NAME: &str = "socket";
