//! Whole clients behind a bad network: late bytes, lost packets that come late once more, connections that break at any moment.
//! `NETWORK_MESSAGES`, `NETWORK_LATENCY_MS` and `MODEL_SEED` choose how much of it (tests/soak).

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use thamvan_engine::{Engine, EngineError};
use thamvan_proto::id::StreamId;
use thamvan_tests::fuzz::mutate::Random;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{BINH, HOA, Scene, again, place, texts};

/// Four people of three ministries with five devices each, behind the two who are needed to begin.
const PEOPLE: [&str; 4] = [LAN, HOA, MINH, BINH];
const DEVICES: usize = 20;

/// How bad the network is; calm at the end, when everybody reads what is left.
#[derive(Clone, Copy)]
struct Weather {
    latency: Duration,
    /// In a thousand chunks of bytes.
    lost: usize,
    broken: usize,
}

type Sky = Rc<RefCell<(Random, Weather)>>;

#[tokio::test]
async fn twenty_devices_behind_a_bad_network_have_one_transcript() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let messages = number("NETWORK_MESSAGES").unwrap_or(100);
    let latency = number("NETWORK_LATENCY_MS").unwrap_or(200);
    let seed = number("MODEL_SEED").unwrap_or(20_261_126);
    println!("MODEL_SEED={seed} NETWORK_MESSAGES={messages} NETWORK_LATENCY_MS={latency}");
    let mut owners = vec![LAN, APPROVER, ADMIN];
    owners.extend((1..DEVICES).map(|n| PEOPLE[n % PEOPLE.len()]));
    let mut scene = Scene::new(&owners).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut engines = Vec::new();
    for place in 3..owners.len() {
        engines.push(scene.ready(place).await);
    }
    for person in &PEOPLE[1..] {
        lan.add_member(stream, id(person)).await.unwrap();
    }
    engines.push(lan);
    for engine in &mut engines {
        again(engine).await;
        engine.disconnect();
    }

    let bad = Weather {
        latency: Duration::from_millis(latency),
        lost: 100,
        broken: 3,
    };
    let sky: Sky = Rc::new(RefCell::new((Random(seed), bad)));
    scene.move_server().await;
    let (homes_look_at, server) = (local(scene.port), local(scene.listens_on));
    let each = usize::try_from(messages).unwrap() / engines.len();
    LocalSet::new()
        .run_until(async {
            let listener = TcpListener::bind(homes_look_at).await.unwrap();
            let proxy = tokio::task::spawn_local(carry(listener, server, Rc::clone(&sky)));
            let writers = engines.iter_mut().enumerate();
            join_all(writers.map(|(n, engine)| write(engine, stream, n, each))).await;
            sky.borrow_mut().1 = Weather {
                latency: Duration::ZERO,
                lost: 0,
                broken: 0,
            };
            for engine in &mut engines {
                again(engine).await;
            }
            proxy.abort();
        })
        .await;

    let transcript = texts(&engines[0], stream);
    assert_eq!(transcript.len(), each * engines.len());
    for n in 0..engines.len() {
        let own: Vec<String> = (0..each).map(|said| line(n, said)).collect();
        let logged = transcript.iter().filter(|text| own.contains(text));
        // Each thing that somebody said stands there once, in the order in which it was said.
        assert_eq!(logged.cloned().collect::<Vec<_>>(), own);
    }
    for engine in &engines {
        assert_eq!(texts(engine, stream), transcript);
        assert_eq!(place(engine, stream), place(&engines[0], stream));
        assert_eq!(engine.status().unwrap().queued, 0);
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn line(device: usize, said: usize) -> String {
    format!("{device}: {said}")
}

/// Says everything, whatever becomes of the connection; what is not acknowledged goes out again.
async fn write(engine: &mut Engine, stream: StreamId, device: usize, each: usize) {
    for said in 0..each {
        let sent = engine.send(stream, &line(device, said), None).await;
        let mut done = sent.map(|_| ());
        while let Err(error) = done {
            assert!(matches!(error, EngineError::Unreachable { .. }), "{error}");
            engine.disconnect();
            done = match engine.sync().await {
                Ok(()) => engine.flush_outbox().await,
                other => other,
            };
        }
    }
}

/// Carries connections to the server and back.
async fn carry(listener: TcpListener, server: SocketAddr, sky: Sky) {
    loop {
        let Ok((near, _)) = listener.accept().await else {
            continue;
        };
        let sky = Rc::clone(&sky);
        tokio::task::spawn_local(async move {
            let Ok(far) = TcpStream::connect(server).await else {
                return;
            };
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            // The first way that ends takes the connection with it.
            tokio::select! {
                () = one_way(near_in, far_out, Rc::clone(&sky)) => {}
                () = one_way(far_in, near_out, sky) => {}
            }
        });
    }
}

/// Carries bytes one way, each chunk after its time, in order.
async fn one_way(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, sky: Sky) {
    let (put, mut take) = mpsc::channel::<(Instant, Vec<u8>)>(64);
    let reads = async move {
        let mut chunk = vec![0; 4_096];
        while let Ok(len @ 1..) = from.read(&mut chunk).await {
            let due = {
                let (random, weather) = &mut *sky.borrow_mut();
                let draw = random.below(1_000);
                if draw < weather.broken {
                    return;
                }
                // Half of the way there and back; a lost packet is sent once more after as long again.
                let lost = draw < weather.broken + weather.lost;
                let times = if lost { 3 } else { 1 };
                Instant::now() + weather.latency / 2 * times
            };
            if put.send((due, chunk[..len].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let writes = async move {
        while let Some((due, chunk)) = take.recv().await {
            sleep_until(due).await;
            if to.write_all(&chunk).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = reads => {}
        () = writes => {}
    }
}
