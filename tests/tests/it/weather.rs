//! A bad network between homes and the server: late bytes, lost packets that come late once more, connections that break at any
//! moment.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use thamvan_tests::fuzz::mutate::Random;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::scene::Scene;

/// How bad the network is.
#[derive(Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) latency: Duration,
    /// In a thousand chunks of bytes.
    pub(crate) lost: usize,
    pub(crate) broken: usize,
}

impl Weather {
    pub(crate) const CALM: Self = Self {
        latency: Duration::ZERO,
        lost: 0,
        broken: 0,
    };
    /// Nothing gets through.
    pub(crate) const DARK: Self = Self {
        latency: Duration::ZERO,
        lost: 0,
        broken: 1_000,
    };
}

/// The weather over all connections: it changes while they live.
#[derive(Clone)]
pub(crate) struct Sky(Rc<RefCell<(Random, Weather)>>);

impl Sky {
    /// Moves the server and stands between it and where homes look for it, on the running `LocalSet`.
    pub(crate) async fn over(scene: &mut Scene, seed: u64, weather: Weather) -> Self {
        scene.move_server().await;
        let sky = Self(Rc::new(RefCell::new((Random(seed), weather))));
        let listener = TcpListener::bind(local(scene.port)).await.unwrap();
        tokio::task::spawn_local(carry(listener, local(scene.listens_on), sky.clone()));
        sky
    }

    pub(crate) fn set(&self, weather: Weather) {
        self.0.borrow_mut().1 = weather;
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Carries connections to the server and back.
async fn carry(listener: TcpListener, server: SocketAddr, sky: Sky) {
    loop {
        let Ok((near, _)) = listener.accept().await else {
            continue;
        };
        let sky = sky.clone();
        tokio::task::spawn_local(async move {
            let Ok(far) = TcpStream::connect(server).await else {
                return;
            };
            // The kernel's own way of waiting for more is no weather.
            near.set_nodelay(true).unwrap();
            far.set_nodelay(true).unwrap();
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            // The first way that ends takes the connection with it.
            tokio::select! {
                () = one_way(near_in, far_out, sky.clone()) => {}
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
                let (random, weather) = &mut *sky.0.borrow_mut();
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
            // A timer takes a millisecond even for nothing.
            if due > Instant::now() {
                sleep_until(due).await;
            }
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
