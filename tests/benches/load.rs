//! The server under load: durable ingest, fan-out, latency, idle connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use thamvan_proto::frame::Body;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{Client, is_answer, is_delivery};
use crate::probe::Probes;
use crate::process::Process;
use crate::report::{Report, Row, Target, percentile};
use crate::world::{Channel, World};

/// What one run of senders achieved.
struct Ingest {
    accepted: f64,
    /// Server CPU per accepted message, µs.
    cpu: f64,
    delivered: f64,
    /// Server CPU per delivered message, µs.
    cpu_delivered: f64,
}

/// Durable signed ingest on 1 and on 100 channels.
pub(crate) async fn ingest(
    world: &mut World,
    server: &Process,
    probes: &Probes,
    report: &mut Report,
) {
    let one = vec![world.channel(server.address, 101, 0, WRITERS).await];
    let many = {
        let mut many = Vec::new();
        for n in 0..100_u8 {
            let first = usize::from(n) % WRITERS;
            many.push(world.channel(server.address, n + 110, first, 1).await);
        }
        many
    };
    for (name, channels) in [("1 channel", one), ("100 channels", many)] {
        let done = saturate(world, server, &channels, 1).await;
        let row =
            |what: &str, value, unit| Row::plain(format!("ingest, {name}: {what}"), value, unit);
        report.add(row("accepted", done.accepted, "messages/s"));
        report.add(
            row("server CPU per accepted message", done.cpu, "us").against(
                probes.verify_us,
                "verify_strict us",
                Target::AtMost(1.4),
            ),
        );
    }
}

/// Fan-out to n readers as fast as it goes, held against the bare fan-out of the same run.
pub(crate) async fn fan_out(
    world: &mut World,
    server: &Process,
    bare_us: f64,
    report: &mut Report,
) {
    for (number, readers) in [(102, 50), (103, 200)] {
        let channel = world.channel(server.address, number, 0, WRITERS).await;
        let done = saturate(world, server, &[channel], readers).await;
        let name = format!("fan-out to {readers}");
        report.add(Row::plain(
            format!("{name}: delivered"),
            done.delivered,
            "messages/s",
        ));
        let row = Row::plain(
            format!("{name}: server CPU per delivered message"),
            done.cpu_delivered,
            "us",
        );
        report.add(if readers == 50 {
            row.against(bare_us, "bare fan-out us", Target::AtMost(2.0))
        } else {
            row
        });
    }
}

/// Adds messages until the log has `target` records.
pub(crate) async fn grow(world: &mut World, server: &Process, target: u64) {
    let channel = [world.channel(server.address, 109, 0, WRITERS).await];
    while world.size() < target {
        saturate(world, server, &channel, 0).await;
        // One receipt tells how far the log is.
        world.touch(server.address).await;
    }
}

/// Writers with a full window each, and `readers` of the first channel, for a while.
async fn saturate(
    world: &mut World,
    server: &Process,
    channels: &[Channel],
    readers: usize,
) -> Ingest {
    let delivered = Arc::new(AtomicU64::new(0));
    let accepted = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for n in 0..readers {
        let mut client = world.reader(server.address, n).await;
        let first = &channels[0];
        client.subscribe(first.stream, first.next).await;
        let delivered = Arc::clone(&delivered);
        tasks.spawn(async move {
            loop {
                if is_delivery(&client.receive_raw().await) {
                    delivered.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    let per_writer = if readers > 1 {
        FAN_OUT_MESSAGES
    } else {
        INGEST_MESSAGES
    };
    let mut sent = Vec::new();
    for n in 0..WRITERS {
        // Where a channel has one writer, each takes its own.
        let mine: Vec<_> = if channels.len() == 1 {
            channels.to_vec()
        } else {
            channels.iter().skip(n).step_by(WRITERS).cloned().collect()
        };
        let messages: Vec<_> = (0..per_writer)
            .map(|k| Body::Submit(world.message(n, &mine[k % mine.len()], PLAINTEXT)))
            .collect();
        sent.push((world.writer(server.address, n).await, messages));
    }
    let (began, cpu) = (Instant::now(), server.cpu());
    let mut writers = JoinSet::new();
    for (client, messages) in sent {
        writers.spawn(pipeline(client, messages, Arc::clone(&accepted)));
    }
    while writers.join_next().await.is_some() {}
    let all = (WRITERS * per_writer) as u64;
    assert_eq!(
        accepted.load(Ordering::Relaxed),
        all,
        "every message is accepted"
    );
    let took = began.elapsed();
    let expected = if channels.len() == 1 {
        all * readers as u64
    } else {
        0
    };
    while delivered.load(Ordering::Relaxed) < expected {
        assert!(
            began.elapsed() < Duration::from_secs(300),
            "deliveries are missing"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (delivered_in, cpu) = (began.elapsed(), server.cpu() - cpu);
    tasks.shutdown().await;
    let us = cpu.as_secs_f64() * 1e6;
    let delivered = delivered.load(Ordering::Relaxed) as f64;
    Ingest {
        accepted: all as f64 / took.as_secs_f64(),
        cpu: us / all as f64,
        delivered: delivered / delivered_in.as_secs_f64(),
        cpu_delivered: us / delivered,
    }
}

/// Keeps a window of submissions under way.
async fn pipeline(mut client: Client, messages: Vec<Body>, accepted: Arc<AtomicU64>) {
    let mut waiting = 0;
    for message in messages {
        if waiting == WINDOW {
            receipt(&mut client, &accepted).await;
            waiting -= 1;
        }
        client.send(message).await;
        waiting += 1;
    }
    for _ in 0..waiting {
        receipt(&mut client, &accepted).await;
    }
}

async fn receipt(client: &mut Client, accepted: &AtomicU64) {
    let frame = client.receive_raw().await;
    assert!(is_answer(&frame), "refused");
    accepted.fetch_add(1, Ordering::Relaxed);
}

/// From sending to the durable receipt, and to the last of n readers.
pub(crate) async fn latency(
    world: &mut World,
    server: &Process,
    probes: &Probes,
    report: &mut Report,
) {
    for (number, readers, rate, count) in [
        (104, 50, 20_u32, 200),
        (105, 50, 200, 1000),
        (106, 200, 20, 200),
        (107, 200, 200, 600),
    ] {
        let channel = world.channel(server.address, number, 0, 1).await;
        let (mut acks, mut lasts) = paced(world, server, &channel, readers, rate, count).await;
        let name = format!("{readers} readers, {rate} messages/s");
        let row = |what: &str, value| Row::plain(format!("{name}: {what}"), value, "ms");
        report.add(row("ack p50", percentile(&mut acks, 0.5)));
        let ack = row("ack p99", percentile(&mut acks, 0.99));
        let ack_ms = (5.0 * probes.sync_p99_us + probes.verify_us + 300.0) / 1e3;
        report.add(if rate == 20 {
            ack.against(ack_ms, "5 F p99 + V + 0.3 ms", Target::AtMost(1.0))
        } else {
            ack
        });
        report.add(row("last delivery p50", percentile(&mut lasts, 0.5)));
        let last_ms = (probes.sync_p99_us + probes.verify_us + readers as f64 * 15.0) / 1e3;
        report.add(
            row("last delivery p99", percentile(&mut lasts, 0.99)).against(
                last_ms,
                "F p99 + V + n x 15 us",
                Target::AtMost(2.0),
            ),
        );
    }
}

async fn paced(
    world: &mut World,
    server: &Process,
    channel: &Channel,
    readers: usize,
    rate: u32,
    count: usize,
) -> (Vec<f64>, Vec<f64>) {
    let began = Instant::now();
    let nanos = move || u64::try_from(began.elapsed().as_nanos()).expect("a short run");
    let arrived: Arc<Vec<AtomicU64>> = Arc::new((0..count).map(|_| AtomicU64::new(0)).collect());
    let left = Arc::new(AtomicUsize::new(readers * count));
    let ready = Arc::new(Barrier::new(readers + 1));
    let mut tasks = JoinSet::new();
    for n in 0..readers {
        let mut client = world.reader(server.address, n).await;
        client.subscribe(channel.stream, channel.next).await;
        let (arrived, left, ready) = (Arc::clone(&arrived), Arc::clone(&left), Arc::clone(&ready));
        tasks.spawn(async move {
            ready.wait().await;
            for k in 0..arrived.len() {
                while !is_delivery(&client.receive_raw().await) {}
                arrived[k].fetch_max(nanos(), Ordering::Relaxed);
                left.fetch_sub(1, Ordering::Relaxed);
            }
        });
    }
    ready.wait().await;
    let mut writer = world.writer(server.address, 0).await;
    let mut sent = Vec::with_capacity(count);
    let mut acks = Vec::with_capacity(count);
    let mut tick = tokio::time::interval(Duration::from_secs(1) / rate);
    for _ in 0..count {
        let message = Body::Submit(world.message(0, channel, PLAINTEXT));
        tick.tick().await;
        let at = nanos();
        writer.send(message).await;
        let frame = writer.receive_raw().await;
        assert!(is_answer(&frame), "refused");
        sent.push(at);
        acks.push((nanos() - at) as f64 / 1e6);
    }
    while left.load(Ordering::Relaxed) > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let lasts = sent.iter().zip(arrived.iter());
    let lasts = lasts.map(|(sent, last)| (last.load(Ordering::Relaxed) - sent) as f64 / 1e6);
    (acks, lasts.collect())
}

/// Memory of idle connections that are logged in and subscribed.
pub(crate) async fn idle(world: &mut World, server: &Process, report: &mut Report) {
    let channel = world.channel(server.address, 108, 0, 1).await;
    let before = server.resident();
    let mut clients = Vec::new();
    for n in 0..IDLE_CONNECTIONS {
        let mut client = world.reader(server.address, n).await;
        client.subscribe(channel.stream, channel.next).await;
        clients.push(client);
    }
    let grown = server.resident().saturating_sub(before) as f64;
    let each = grown / IDLE_CONNECTIONS as f64 / 1024.0;
    let name = format!("idle TLS connection, {IDLE_CONNECTIONS} of them: resident");
    report.add(Row::plain(name, each, "KiB").target(Target::AtMost(16.0)));
}

/// Devices that write at once, each with a window of its own.
const WRITERS: usize = 8;
/// Submissions under way of one writer.
const WINDOW: usize = 16;
/// Plaintext that becomes a body of 1 KiB with padding and the head.
const PLAINTEXT: usize = 800;
const INGEST_MESSAGES: usize = 10_000;
const FAN_OUT_MESSAGES: usize = 1_000;
const IDLE_CONNECTIONS: usize = 5_000;
