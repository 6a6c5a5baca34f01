//! Attachments between whole clients and the real server: every length, broken connections, altered blobs, the outbox.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use thamvan_engine::{
    CipherError, Direction, DraftKey, Engine, EngineError, ItemState, ItemView, NewFile,
    NewMessage, ReplyView, Transfer,
};
use thamvan_proto::id::StreamId;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{Scene, again};

const CHUNK: usize = 64 * 1024;
const PIECE: u64 = 512 * 1024;

/// Lan's home and minh's, both in one channel.
async fn both(scene: &Scene) -> (Engine, Engine, StreamId) {
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut minh = scene.ready(3).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    again(&mut minh).await;
    (lan, minh, stream)
}

async fn scene() -> Scene {
    Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await
}

fn file(scene: &Scene, name: &str, len: usize) -> (PathBuf, Vec<u8>) {
    let path = scene.dir.path().join(name);
    let bytes: Vec<u8> = (0..len).map(|at| u8::try_from(at % 253).unwrap()).collect();
    fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

async fn send(engine: &mut Engine, stream: StreamId, files: &[PathBuf]) -> u64 {
    let files: Vec<NewFile> = files.iter().cloned().map(NewFile::from).collect();
    let message = NewMessage {
        text: "kèm tệp",
        attach: &files,
        ..NewMessage::default()
    };
    engine.send_message(stream, &message).await.unwrap()
}

fn item(engine: &Engine, stream: StreamId, seq: u64) -> ItemView {
    let items = engine.items(stream, seq).unwrap();
    items.into_iter().find(|it| it.seq == Some(seq)).unwrap()
}

/// Remembers how far every transfer was.
fn watch(engine: &mut Engine) -> Arc<Mutex<Vec<Transfer>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    engine.on_transfer(Box::new(move |transfer| {
        kept.lock().unwrap().push(transfer.clone());
    }));
    seen
}

#[tokio::test]
async fn files_of_every_length_come_to_another_member_verified() {
    let scene = scene().await;
    let (mut lan, mut minh, stream) = both(&scene).await;
    let lengths = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * 1024 * 1024 + 5];
    let files = lengths.map(|len| file(&scene, &format!("tệp {len}.bin"), len));
    let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    let seq = send(&mut lan, stream, &paths).await;
    again(&mut minh).await;
    let shown = item(&minh, stream, seq);
    assert_eq!(shown.text.as_deref(), Some("kèm tệp"));
    assert_eq!(shown.attachments, item(&lan, stream, seq).attachments);
    let names: Vec<&str> = shown
        .attachments
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names[3], format!("tệp {CHUNK}.bin"));
    let which = minh.fetch_part((stream, seq), None, None).await;
    assert!(matches!(which, Err(EngineError::Ambiguous { .. })));
    for (attachment, (_, bytes)) in shown.attachments.iter().zip(&files) {
        let out = scene.dir.path().join(format!("out-{}", attachment.n));
        let fetched = minh
            .fetch_part((stream, seq), Some(attachment.n), Some(&out))
            .await
            .unwrap();
        assert_eq!(fs::read(&out).unwrap(), *bytes);
        assert_eq!(
            (fetched.size, fetched.sha256),
            (attachment.size, attachment.sha256)
        );
    }
    // Once here, it needs no server; the author's own copy never needed one. Parts inside the message are written as well.
    minh.disconnect();
    minh.fetch_part((stream, seq), Some(1), None).await.unwrap();
    lan.disconnect();
    let out = scene.dir.path().join("own");
    lan.fetch_part((stream, seq), Some(1), Some(&out))
        .await
        .unwrap();
    let text = scene.dir.path().join("text");
    minh.fetch_part((stream, seq), Some(0), Some(&text))
        .await
        .unwrap();
    assert_eq!(fs::read_to_string(&text).unwrap(), "kèm tệp");
    for n in [shown.parts.len(), 2] {
        let fetched = minh.fetch_part((stream, seq), Some(n), None).await;
        assert_eq!(fetched.is_err(), n == shown.parts.len(), "{n}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_gone_on_with_both_ways() {
    let scene = Scene::apart(&[LAN, APPROVER, ADMIN, MINH]).await;
    let proxy = Proxy::start(&scene).await;
    let (mut lan, mut minh, stream) = both(&scene).await;
    let (path, bytes) = file(&scene, "dài.bin", 3 * 1024 * 1024);
    let seen = watch(&mut lan);
    // The next two connections break after one piece and a half.
    proxy.cut(&[PIECE + PIECE / 2; 2]);
    let before = proxy.up.load(Ordering::SeqCst);
    let seq = send(&mut lan, stream, std::slice::from_ref(&path)).await;
    let sent = proxy.up.load(Ordering::SeqCst) - before;
    assert!(sent < bytes.len() as u64 + 3 * PIECE, "{sent}");
    let done: Vec<u64> = seen.lock().unwrap().iter().map(|it| it.done).collect();
    assert!(done.is_sorted() && done[0] == 0, "{done:?}");

    again(&mut minh).await;
    let seen = watch(&mut minh);
    proxy.cut(&[PIECE + PIECE / 2; 2]);
    let before = proxy.down.load(Ordering::SeqCst);
    let out = scene.dir.path().join("out");
    minh.fetch_part((stream, seq), None, Some(&out))
        .await
        .unwrap();
    let received = proxy.down.load(Ordering::SeqCst) - before;
    assert!(received < bytes.len() as u64 + 3 * PIECE, "{received}");
    assert_eq!(fs::read(&out).unwrap(), bytes);
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .all(|it| it.direction == Direction::Down)
    );
}

#[tokio::test]
async fn a_download_that_was_given_up_goes_on_in_another_process() {
    let scene = Scene::apart(&[LAN, APPROVER, ADMIN, MINH]).await;
    let proxy = Proxy::start(&scene).await;
    let (mut lan, mut minh, stream) = both(&scene).await;
    let (path, bytes) = file(&scene, "dài.bin", 2 * 1024 * 1024);
    let seq = send(&mut lan, stream, std::slice::from_ref(&path)).await;
    again(&mut minh).await;
    // One piece comes, then nothing at all.
    proxy.cut(&[PIECE + PIECE / 2, 0, 0, 0, 0]);
    let out = scene.dir.path().join("out");
    let given_up = minh.fetch_part((stream, seq), None, Some(&out)).await;
    assert!(matches!(given_up, Err(EngineError::Unreachable { .. })));
    assert!(!out.exists());
    drop(minh);
    let mut minh = scene.open(3);
    let seen = watch(&mut minh);
    minh.fetch_part((stream, seq), None, Some(&out))
        .await
        .unwrap();
    assert_eq!(fs::read(&out).unwrap(), bytes);
    assert_eq!(seen.lock().unwrap()[0].done, 2 * PIECE);
}

#[tokio::test]
async fn a_changed_byte_of_a_stored_blob_is_refused_before_anything_is_shown() {
    let scene = scene().await;
    let (mut lan, mut minh, stream) = both(&scene).await;
    let (path, bytes) = file(&scene, "một.bin", 2 * CHUNK);
    let seq = send(&mut lan, stream, std::slice::from_ref(&path)).await;
    again(&mut minh).await;
    let blob = fs::read_dir(scene.home(0).join("blobs")).unwrap();
    let blob = fs::read(blob.last().unwrap().unwrap().path()).unwrap();
    let stored = find(scene.dir.path(), &blob, "home-");
    let out = scene.dir.path().join("out");
    for at in [0, CHUNK + 16, blob.len() - 1] {
        let mut changed = blob.clone();
        changed[at] ^= 1;
        fs::write(&stored, &changed).unwrap();
        let refused = minh.fetch_part((stream, seq), None, Some(&out)).await;
        assert!(
            matches!(refused, Err(EngineError::Attachment(CipherError::Blob))),
            "{refused:?}"
        );
        assert!(!out.exists());
    }
    // What was refused is not kept: the right one is fetched anew.
    fs::write(&stored, &blob).unwrap();
    minh.fetch_part((stream, seq), None, Some(&out))
        .await
        .unwrap();
    assert_eq!(fs::read(&out).unwrap(), bytes);
}

#[tokio::test]
async fn what_was_attached_offline_is_uploaded_by_the_outbox() {
    let mut scene = scene().await;
    let (mut lan, mut minh, stream) = both(&scene).await;
    scene.stop().await;
    lan.disconnect();
    let (path, bytes) = file(&scene, "ngoại tuyến.bin", 100);
    let attached = [NewFile::from(path.clone())];
    let message = |text| NewMessage {
        text,
        attach: &attached,
        ..NewMessage::default()
    };
    let lost = lan.queue(stream, &message("mất tệp")).unwrap();
    let lost_blob = fs::read_dir(scene.home(0).join("blobs")).unwrap();
    fs::remove_file(lost_blob.last().unwrap().unwrap().path()).unwrap();
    let dropped = lan.queue(stream, &message("bỏ")).unwrap();
    assert_eq!(lan.outbox().unwrap().len(), 2);
    lan.drop_outgoing(dropped).unwrap();
    assert_eq!(
        fs::read_dir(scene.home(0).join("blobs")).unwrap().count(),
        0
    );
    lan.queue(stream, &message("")).unwrap();
    // The file itself may go: what was sealed is what is sent.
    fs::remove_file(&path).unwrap();
    drop(lan);

    scene.start().await;
    let mut lan = scene.ready(0).await;
    lan.flush_outbox().await.unwrap();
    again(&mut minh).await;
    let items = minh.items(stream, 0).unwrap();
    let last = items.last().unwrap();
    assert_eq!((last.text.as_deref(), last.attachments.len()), (None, 1));
    let out = scene.dir.path().join("out");
    minh.fetch_part((stream, last.seq.unwrap()), None, Some(&out))
        .await
        .unwrap();
    assert_eq!(fs::read(&out).unwrap(), bytes);
    // Without its blob a message is nobody's to fetch: it stayed, says why, and can be dropped.
    let waiting = lan.outbox().unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].id, waiting[0].sent), (lost, false));
    assert_eq!(waiting[0].refusal.as_deref(), Some("attachment_missing"));
    lan.drop_outgoing(lost).unwrap();
    assert!(lan.outbox().unwrap().is_empty());
    assert!(matches!(
        lan.drop_outgoing(lost),
        Err(EngineError::Unknown { .. })
    ));
}

#[tokio::test]
async fn too_many_files_or_an_empty_message_are_refused_before_anything_is_made() {
    let scene = scene().await;
    let (mut lan, _minh, stream) = both(&scene).await;
    let (path, _) = file(&scene, "a", 1);
    let rule = |text, files: &[PathBuf], lan: &mut Engine| {
        let files: Vec<NewFile> = files.iter().cloned().map(NewFile::from).collect();
        let message = NewMessage {
            text,
            attach: &files,
            ..NewMessage::default()
        };
        match lan.queue(stream, &message) {
            Err(EngineError::NotAllowed { rule, .. }) => rule,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(rule("", &[], &mut lan), "text_length");
    assert_eq!(
        rule("a", &vec![path.clone(); 16], &mut lan),
        "attachment_count"
    );
    assert!(!scene.home(0).join("blobs").exists());
    let most = send(&mut lan, stream, &vec![path; 15]).await;
    assert_eq!(item(&lan, stream, most).attachments.len(), 15);
}

#[tokio::test]
async fn an_answer_names_what_it_answers_and_drafts_and_unread_stay_at_home() {
    let scene = scene().await;
    let (mut lan, mut minh, stream) = both(&scene).await;
    let first = lan.send(stream, "câu hỏi", None).await.unwrap();
    lan.send(stream, "nữa", None).await.unwrap();
    again(&mut minh).await;
    assert_eq!(
        (lan.unread(stream).unwrap(), minh.unread(stream).unwrap()),
        (0, 2)
    );
    minh.mark_read(stream, first + 1).unwrap();
    minh.mark_read(stream, 0).unwrap();
    assert_eq!(minh.unread(stream).unwrap(), 1);
    let answer = NewMessage {
        text: "trả lời",
        reply: Some(first),
        ..NewMessage::default()
    };
    let seq = minh.send_message(stream, &answer).await.unwrap();
    assert_eq!(minh.unread(stream).unwrap(), 1);
    again(&mut lan).await;
    let shown = item(&lan, stream, seq);
    assert_eq!(shown.reply, Some(ReplyView::To(first)));
    assert_eq!(shown.state, ItemState::Logged);
    assert_eq!(lan.unread(stream).unwrap(), 1);
    let nowhere = NewMessage {
        reply: Some(1_000),
        ..answer
    };
    let refused = minh.queue(stream, &nowhere);
    assert!(matches!(refused, Err(EngineError::Unknown { .. })));

    let (own, named) = (DraftKey::Channel(stream), DraftKey::Named("dự thảo".into()));
    minh.set_draft(&own, "một").unwrap();
    minh.set_draft(&own, "hai").unwrap();
    minh.set_draft(&named, "ba").unwrap();
    drop(minh);
    let mut minh = scene.open(3);
    assert_eq!(minh.draft(&own).unwrap().as_deref(), Some("hai"));
    let keys: Vec<DraftKey> = minh
        .drafts()
        .unwrap()
        .into_iter()
        .map(|it| it.key)
        .collect();
    assert_eq!(keys, [own.clone(), named.clone()]);
    assert!(minh.drop_draft(&named).unwrap());
    assert!(!minh.drop_draft(&named).unwrap());
    for key in [
        DraftKey::Named(String::new()),
        DraftKey::Named("a".repeat(201)),
    ] {
        assert!(matches!(
            minh.set_draft(&key, "x"),
            Err(EngineError::NotAllowed {
                rule: "draft_length",
                ..
            })
        ));
    }
    assert_eq!(minh.unread(stream).unwrap(), 1);
}

/// The file below `dir` with exactly these bytes, not below a folder that begins with `not`.
fn find(dir: &Path, bytes: &[u8], not: &str) -> PathBuf {
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with(not) {
                folders.push(path);
            } else if path.is_file() && fs::read(&path).unwrap() == bytes {
                return path;
            }
        }
    }
    panic!("no such file")
}

/// Stands between homes and server, and breaks the connections that it is told to break.
struct Proxy {
    /// Bytes after which the next connections break, in either direction.
    limits: Arc<Mutex<VecDeque<u64>>>,
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
}

impl Proxy {
    async fn start(scene: &Scene) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", scene.port)).await.unwrap();
        let target = scene.listens_on;
        let proxy = Self {
            limits: Arc::default(),
            up: Arc::default(),
            down: Arc::default(),
        };
        let (limits, up, down) = (
            Arc::clone(&proxy.limits),
            Arc::clone(&proxy.up),
            Arc::clone(&proxy.down),
        );
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let limit = limits.lock().unwrap().pop_front().unwrap_or(u64::MAX);
                let (up, down) = (Arc::clone(&up), Arc::clone(&down));
                tokio::spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    // Whichever ends first ends both.
                    tokio::select! {
                        () = pass(from_client, to_server, limit, &up) => {}
                        () = pass(from_server, to_client, limit, &down) => {}
                    }
                });
            }
        });
        proxy
    }

    fn cut(&self, limits: &[u64]) {
        *self.limits.lock().unwrap() = limits.iter().copied().collect();
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    limit: u64,
    count: &AtomicU64,
) {
    let mut left = limit;
    let mut buffer = vec![0; 16 * 1024];
    while left > 0 {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        let read = read.min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= read as u64;
        count.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
