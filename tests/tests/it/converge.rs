//! Whole clients against the shipped server, which is killed under them again and again: everybody ends in the same place, and
//! what each said stands there once, in its order.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use thamvan_engine::{Engine, EngineError};
use thamvan_proto::id::StreamId;
use tokio::sync::watch;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{Scene, again, place, texts};

/// `thamvan-server run`; killed when it is dropped.
struct Server(Child);

impl Server {
    fn start(scene: &Scene) -> Self {
        let binary = std::env::current_exe().unwrap();
        let profile = binary.parent().and_then(|deps| deps.parent()).unwrap();
        let mut child = Command::new(profile.join("thamvan-server"))
            .args(["run", "--config"])
            .arg(scene.config_file())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("serving") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
        }
        // Nobody may stop the server by not reading its log.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A person who writes, and all that was said.
struct Writer {
    engine: Engine,
    name: &'static str,
    said: Vec<String>,
}

impl Writer {
    /// Writes until the server has gone; counts what was taken.
    async fn talk(&mut self, stream: StreamId, taken: &watch::Sender<u64>) {
        self.engine.disconnect();
        let mut done = self.engine.sync().await;
        while done.is_ok() {
            let text = format!("{} {}", self.name, self.said.len());
            self.said.push(text.clone());
            done = self.engine.send(stream, &text, None).await.map(drop);
            taken.send_modify(|count| *count += u64::from(done.is_ok()));
        }
        // What was not taken waits in the outbox.
        assert!(
            matches!(done, Err(EngineError::Unreachable { .. })),
            "{done:?}"
        );
    }

    async fn send_what_waits(&mut self) {
        again(&mut self.engine).await;
        self.engine.flush_outbox().await.unwrap();
        assert_eq!(self.engine.status().unwrap().queued, 0);
    }

    fn said_of(&self, all: &[String]) -> Vec<String> {
        let own = all.iter().filter(|text| text.starts_with(self.name));
        own.cloned().collect()
    }
}

/// Below `bound`; another at each call and run.
fn random(bound: u64) -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mixed = u64::from(since.subsec_nanos()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) % bound
}

#[tokio::test]
async fn clients_of_a_server_that_is_killed_under_load_converge() {
    let mut scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await;
    let (mut lan, mut minh) = (scene.ready(0).await, scene.ready(3).await);
    let stream = scene.channel(&mut lan).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    again(&mut minh).await;
    scene.stop().await;
    let config = fs::read_to_string(scene.config_file()).unwrap();
    let lines = config
        .lines()
        .map(|line| match line.strip_prefix("listen") {
            Some(_) => format!("listen = \"{}\"\n", scene.address()),
            None => format!("{line}\n"),
        });
    fs::write(scene.config_file(), lines.collect::<String>()).unwrap();

    let mut writers = [(lan, "lan"), (minh, "minh")].map(|(engine, name)| Writer {
        engine,
        name,
        said: Vec::new(),
    });
    let (taken, mut count) = watch::channel(0);
    for _ in 0..KILLS {
        let server = Server::start(&scene);
        // After some messages, somewhere in the next ones.
        let enough = *taken.borrow() + random(TAKEN_MAX);
        let [one, other] = &mut writers;
        let talk = async { tokio::join!(one.talk(stream, &taken), other.talk(stream, &taken)) };
        let kill = async {
            count.wait_for(|count| *count >= enough).await.unwrap();
            tokio::time::sleep(Duration::from_micros(random(MOMENT_MICROS_MAX))).await;
            drop(server);
        };
        tokio::pin!(talk);
        tokio::select! {
            _ = &mut talk => {}
            () = kill => drop(talk.await),
        }
    }
    assert!(*taken.borrow() > 0, "nothing was tested");
    let _server = Server::start(&scene);
    for writer in &mut writers {
        writer.send_what_waits().await;
    }
    for writer in &mut writers {
        again(&mut writer.engine).await;
    }
    let [one, other] = &writers;
    let all = texts(&one.engine, stream);
    assert_eq!(all, texts(&other.engine, stream));
    assert_eq!(place(&one.engine, stream), place(&other.engine, stream));
    for writer in &writers {
        assert_eq!(writer.said_of(&all), writer.said);
    }
    println!("{} messages through {KILLS} deaths", all.len());
}

const KILLS: u32 = 20;
/// Messages that are taken before a death.
const TAKEN_MAX: u64 = 8;
const MOMENT_MICROS_MAX: u64 = 50_000;
