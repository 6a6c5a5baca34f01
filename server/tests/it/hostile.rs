//! 5,000 idle connections and 200 hostile ones, and what those who work feel of them.
//!
//! Judged here: everybody honest is answered, nobody quiet is lost, memory stays within its bound. How much slower the honest
//! get is measured and printed for `tests/bench`: quiet and hostile rounds alternate in one run, and the medians of their
//! slowest hundredths are compared (`HOSTILE_ROUNDS`: how many of each). The server is a process of its own, whose memory the kernel tells. The hostile come
//! from addresses of their own, as they do from the network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, getrlimit, nice, setrlimit};
use thamvan_proto::cbor;
use thamvan_proto::entry::EntryType;
use thamvan_proto::frame::{Body, Null};
use thamvan_proto::id::StreamId;
use thamvan_server::limits::memory_len_max;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{Client, tcp_from, tls_over};
use crate::deployment::{Deployment, now_ms};
use crate::fixture::{Author, Device, agency};
use crate::process::Process;

/// How many connections the limit on open files of this process and of the server allow.
fn idle_count() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    // The server uses half of its files for connections, and keeps a fifth of the places for the others.
    let room = usize::try_from(files / 2).unwrap_or(usize::MAX) / 5 * 4;
    IDLE.min(room.saturating_sub(HOSTILE + 100))
}

fn deployment() -> Deployment {
    let deployment = Deployment::new();
    deployment.listen_anywhere();
    deployment.configure(
        "[limits]\nconnections_per_device = 10000\nconnects_per_address = { burst = 150, per_second = 10 }\n",
    );
    deployment
}

/// One of the kinds of hostile peers; gives when the server has ended it, or after a while.
async fn attack(kind: usize, dir: PathBuf, address: SocketAddr, device: Arc<Device>) -> Option<()> {
    let from = Ipv4Addr::new(127, 0, 1, 1 + u8::try_from(kind % 4).unwrap());
    let socket = tcp_from(IpAddr::V4(from), address).await.ok()?;
    match kind % 8 {
        0 => {
            let mut half_open = socket;
            half_open.write_all(&[22, 3, 1, 2, 0, 1, 0]).await.ok()?;
            half_open.read_u8().await.ok()?;
        }
        1 => {
            let mut garbage = socket;
            garbage.write_all(&[0xa5; 4_096]).await.ok()?;
            while garbage.read_u8().await.is_ok() {}
        }
        2 => {
            let mut slow_head = tls_over(&dir, socket).await.ok()?;
            for byte in b"GET /log/checkpoint HTTP/1.1\r\n".iter().cycle() {
                slow_head.write_all(&[*byte]).await.ok()?;
                slow_head.flush().await.ok()?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        3 => {
            let mut client = Client::open_over(&dir, socket).await.ok()?;
            client
                .write_raw(&[0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
                .await;
            client.closed().await;
        }
        kind => {
            let mut client = Client::open_over(&dir, socket).await.ok()?;
            let login = client.login(&device, None);
            client.try_send(Body::Login(login.into())).await?;
            client.try_receive().await?;
            match kind {
                4 => {
                    while client
                        .write_raw(&[0x89, 0x80, 0, 0, 0, 0].repeat(100))
                        .await
                    {}
                }
                5 => {
                    client.write_raw(&[0x02, 0x80, 0, 0, 0, 0]).await;
                    while client
                        .write_raw(&[0x00, 0x80, 0, 0, 0, 0].repeat(100))
                        .await
                    {}
                }
                // A frame of a megabyte, byte by byte.
                6 => {
                    client
                        .write_raw(&[0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0])
                        .await;
                    while client.write_raw(&[0]).await {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
                // Requests as fast as they are taken, and no answer is ever read.
                _ => while client.try_send(Body::ListStreams(Null)).await.is_some() {},
            }
        }
    }
    Some(())
}

/// Attacks for as long as `on` says so.
async fn hostile(
    kind: usize,
    dir: PathBuf,
    address: SocketAddr,
    device: Arc<Device>,
    mut on: watch::Receiver<bool>,
    count: Arc<AtomicUsize>,
) {
    loop {
        if on.wait_for(|on| *on).await.is_err() {
            return;
        }
        let mut off = on.clone();
        tokio::select! {
            _ = attack(kind, dir.clone(), address, Arc::clone(&device)) => {}
            // Also when the whole is over.
            _ = off.wait_for(|on| !*on) => {}
        }
        count.fetch_add(1, Ordering::Relaxed);
        // Somebody who is thrown out comes back, but a loop of our own must not be what is measured.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Runs the hostile on a thread of their own that is given a processor only while nobody else wants one: in the network they
/// do not share the processors of those whom they attack. What they make the server do is not less for it: the server's
/// threads are as they are, and the test counts what the attackers got done and what the server spent meanwhile.
fn elsewhere<F>(attackers: Vec<F>) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    std::thread::spawn(move || {
        if !be_idle() {
            println!("no chrt: the hostile only give way");
            nice(GIVE_WAY).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            attackers
                .into_iter()
                .collect::<JoinSet<()>>()
                .join_all()
                .await;
        });
    })
}

/// Puts this thread into the kernel's idle class (util-linux); says whether that was possible.
fn be_idle() -> bool {
    let thread = std::fs::read_link("/proc/thread-self").unwrap();
    let thread = thread.file_name().unwrap().to_owned();
    let mut chrt = Command::new("chrt");
    chrt.args(["--idle", "--pid", "0"]).arg(thread);
    chrt.status().is_ok_and(|status| status.success())
}

/// Answers pings until it is time to leave; says whether the server is still there.
async fn rest(mut client: Client, mut leave: watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = client.try_receive() => false,
        _ = leave.wait_for(|leave| *leave) => true,
    }
}

/// The slowest hundredth of honest work: a reader and a writer, one request after the other.
async fn round(
    writer: &mut Client,
    reader: &mut Client,
    author: &mut Author,
    at: &mut u64,
) -> Duration {
    let mut took = Vec::new();
    for _ in 0..REQUESTS {
        *at += 1;
        let body = cbor::to_vec(&agency(&format!("a{at}"), Vec::new()));
        let entry = author.entry(EntryType::Statement, &body, now_ms());
        let begun = Instant::now();
        writer.submit(entry, body).await;
        reader.ok(Body::ListStreams(Null)).await;
        took.push(begun.elapsed());
        // Officials pause, and so the hostile get the time that they would have.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    took.sort();
    took[took.len() * 99 / 100]
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_and_hostile_connections_neither_slow_the_honest_down_nor_fill_the_memory() {
    let idle = idle_count();
    let deployment = deployment();
    let server = Process::start(&deployment);
    let (dir, address) = (deployment.dir.path().to_owned(), server.address);
    let (before, _) = server.resident();

    let connect = async |n: usize, device: &Device| {
        let from = Ipv4Addr::new(127, 0, 2, u8::try_from(1 + n % 50).unwrap());
        let socket = tcp_from(IpAddr::V4(from), address).await.unwrap();
        let mut client = Client::open_over(&dir, socket).await.unwrap();
        client.log_in(device).await;
        client
    };
    let (leave, left) = watch::channel(false);
    let mut crowd = JoinSet::new();
    for n in 0..idle {
        let client = connect(n, &deployment.approver).await;
        crowd.spawn(rest(client, left.clone()));
    }
    let mut writer = connect(0, &deployment.admin).await;
    let mut reader = connect(1, &deployment.approver).await;
    let (resting, _) = server.resident();
    let each = (resting - before) / idle as u64;
    println!(
        "{idle} idle connections: {} MiB, {each} bytes each",
        resting / MIB
    );

    let (on, watched) = watch::channel(false);
    let attacks = Arc::new(AtomicUsize::new(0));
    let device = Arc::new(Device::new(3, "lan@mofa"));
    let mut attackers = Vec::new();
    for kind in 0..HOSTILE {
        attackers.push(hostile(
            kind,
            dir.clone(),
            address,
            Arc::clone(&device),
            watched.clone(),
            Arc::clone(&attacks),
        ));
    }
    let attackers = elsewhere(attackers);
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let (mut quiet, mut loud, mut at) = (Vec::new(), Vec::new(), 0);
    let mut spent = [Duration::ZERO; 2];
    let rounds = std::env::var("HOSTILE_ROUNDS").ok();
    let rounds = rounds.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    for _ in 0..rounds {
        for (hostile, times) in [(false, &mut quiet), (true, &mut loud)] {
            on.send_replace(hostile);
            // Those of the round before go, or come.
            tokio::time::sleep(Duration::from_millis(500)).await;
            let before = server.cpu();
            times.push(round(&mut writer, &mut reader, &mut author, &mut at).await);
            spent[usize::from(hostile)] += server.cpu() - before;
        }
    }
    println!("p99 of each quiet round {quiet:?}, of each hostile one {loud:?}");
    println!(
        "{} attacks; CPU of the server in quiet and in hostile rounds {spent:?}",
        attacks.load(Ordering::Relaxed)
    );
    let (_, peak) = server.resident();
    let bound = memory_len_max(HOSTILE as u64, idle as u64, HOSTILE as u64);
    println!(
        "peak {} MiB, bound {} MiB over {} MiB at start",
        peak / MIB,
        bound / MIB,
        before / MIB
    );
    assert!(peak - before <= bound, "{peak} bytes at the peak");
    let (quiet, loud) = (median(quiet), median(loud));
    println!(
        "measured\thonest p99 beside {idle} idle and {HOSTILE} hostile connections\t{}\tus\tp99 without the hostile\t{}",
        loud.as_micros(),
        quiet.as_micros()
    );
    assert!(
        attacks.load(Ordering::Relaxed) >= HOSTILE,
        "nobody attacked"
    );
    on.send_replace(false);
    drop(on);
    attackers.join().unwrap();
    // Nobody who was quiet has lost its connection.
    leave.send_replace(true);
    let kept = timeout(Duration::from_secs(60), crowd.join_all()).await;
    let kept = kept.unwrap().into_iter().filter(|kept| *kept).count();
    assert_eq!(kept, idle);
    server.signal(Signal::TERM);
    assert!(server.ended().status.success());
}

/// Steps of niceness.
const GIVE_WAY: i32 = 19;
const IDLE: usize = 5_000;
const HOSTILE: usize = 200;
const ROUNDS: usize = 5;
const REQUESTS: usize = 200;
const MIB: u64 = 1024 * 1024;
