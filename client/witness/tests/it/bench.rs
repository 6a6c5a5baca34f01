//! What the tests stand on: logs, requests, a running witness and a client that sends any bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;
use thamvan_proto::tlog::{
    AddCheckpoint, Checkpoint, Cosignature, Name, NoteSigner, SignedNote, Tree, VerifierKey,
    leaf_hash, parse_cosignature_lines, sign_checkpoint,
};
use thamvan_witness::{Init, Made, WitnessError, init, run};
use tokio::sync::oneshot;

/// A log whose entries are its `branch` and their index, from a common trunk of 4.
#[derive(Clone)]
pub(crate) struct TestLog {
    pub(crate) origin: String,
    tree: Tree,
}

impl TestLog {
    pub(crate) fn new(origin: &str, branch: u8) -> Self {
        let mut tree = Tree::new();
        for index in 0..40_u8 {
            let branch = if index < 4 { 0 } else { branch };
            tree.append(leaf_hash(&[branch, index]));
        }
        let origin = origin.to_owned();
        Self { origin, tree }
    }

    pub(crate) fn signer(&self) -> NoteSigner {
        NoteSigner::from_seed(Name::parse(&self.origin).unwrap(), &[7; 32])
    }

    pub(crate) fn vkey(&self) -> String {
        self.signer().verifier_key().to_string()
    }

    pub(crate) fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint {
            origin: Name::parse(&self.origin).unwrap(),
            size,
            root: self.tree.root_at(size).unwrap(),
        }
    }

    pub(crate) fn note(&self, size: u64) -> SignedNote {
        SignedNote::parse(&sign_checkpoint(&self.checkpoint(size), &self.signer())).unwrap()
    }

    pub(crate) fn request(&self, old_size: u64, size: u64) -> AddCheckpoint {
        AddCheckpoint {
            old_size,
            path: self
                .tree
                .consistency_path(old_size, size)
                .unwrap_or_default(),
            checkpoint: self.note(size),
        }
    }

    pub(crate) fn url(&self) -> String {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(&self.origin);
        format!("/{}/checkpoint", data_encoding::HEXLOWER.encode(&digest))
    }
}

/// A folder of a witness for `logs`.
pub(crate) struct Folder {
    temporary: TempDir,
    pub(crate) made: Made,
}

impl Folder {
    pub(crate) fn new(logs: &[&TestLog]) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let made = init(&Init {
            dir: temporary.path().join("w1"),
            name: "w1.example".to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            logs: logs.iter().map(|log| log.vkey()).collect(),
        });
        Self {
            temporary,
            made: made.unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.temporary.path().join("w1")
    }

    pub(crate) fn state(&self, log: &TestLog) -> PathBuf {
        let name = log.url();
        let name = name.strip_prefix('/').unwrap();
        let name = name.strip_suffix("/checkpoint").unwrap();
        self.path().join("state").join(name)
    }

    pub(crate) fn start(&self) -> Running {
        Running::start(&self.path()).unwrap()
    }
}

/// A witness that serves, until it is dropped or stopped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), WitnessError>>>,
}

impl Running {
    /// Starts to serve; gives the error if it does not come so far.
    pub(crate) fn start(dir: &Path) -> Result<Self, WitnessError> {
        let (dir, (address_tx, address)) = (dir.to_owned(), mpsc::channel());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let (ready_tx, ready) = oneshot::channel();
                tokio::spawn(async move {
                    if let Ok(ready) = ready.await {
                        address_tx.send(ready).unwrap();
                    }
                });
                let stop = async move {
                    let _ = stopped.await;
                };
                run(&dir, ready_tx, stop).await
            })
        });
        match address.recv() {
            Ok(ready) => Ok(Self {
                address: ready.address,
                stop: Some(stop),
                thread: Some(thread),
            }),
            Err(_) => Err(thread.join().unwrap().unwrap_err()),
        }
    }

    /// Asks it to end.
    pub(crate) fn stop(mut self) -> Result<(), WitnessError> {
        drop(self.stop.take());
        self.join()
    }

    /// Waits until it ends by itself.
    pub(crate) fn join(&mut self) -> Result<(), WitnessError> {
        self.thread.take().unwrap().join().unwrap()
    }

    pub(crate) fn post(&self, body: impl AsRef<[u8]>) -> Reply {
        let body = body.as_ref();
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    pub(crate) fn submit(&self, request: &AddCheckpoint) -> Reply {
        self.post(request.to_string())
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").as_bytes())
    }

    /// Sends bytes and reads to the end of the connection.
    pub(crate) fn send(&self, bytes: &[u8]) -> Reply {
        let mut socket = self.connect();
        // A peer that is refused early may find the connection closed while it still writes.
        let _ = socket.write_all(bytes);
        read_reply(&mut socket)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        let patience = Some(Duration::from_secs(60));
        socket.set_read_timeout(patience).unwrap();
        socket.set_write_timeout(patience).unwrap();
        socket
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What came back; status 0 if nothing that is HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Reply {
    /// The one cosignature in a granted reply, verified.
    pub(crate) fn cosignature(&self, note: &SignedNote, key: &VerifierKey) -> Cosignature {
        assert_eq!(self.status, 200, "{self:?}");
        let lines = parse_cosignature_lines(&self.body).unwrap();
        assert_eq!(lines.len(), 1);
        Cosignature::verify(&lines[0], key, note.text()).unwrap()
    }
}

pub(crate) fn read_reply(socket: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    // A reset after the answer loses nothing that was read.
    let _ = socket.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let field = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    Reply {
        status: head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0),
        content_type: field("content-type").unwrap_or_default(),
        body: body.to_owned(),
    }
}
