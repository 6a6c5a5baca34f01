//! Whole clients against the shipped server, which is killed under them again and again: everybody ends in the same place, and
//! what each said stands there once, in its order.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use thamvan_engine::{Engine, EngineError};
use thamvan_proto::id::StreamId;

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
    /// Writes until the server has gone.
    async fn talk(&mut self, stream: StreamId) {
        self.engine.disconnect();
        loop {
            let text = format!("{} {}", self.name, self.said.len());
            self.said.push(text.clone());
            match self.engine.send(stream, &text, None).await {
                Ok(_) => {}
                // It waits in the outbox, or is refused once and sent anew.
                Err(EngineError::Unreachable { .. }) => return,
                Err(error) => panic!("{error}"),
            }
        }
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

/// A moment within the first fifth of a second of a round; another at each run.
fn moment(round: u32) -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mixed = since
        .subsec_nanos()
        .wrapping_add(round)
        .wrapping_mul(0x9e37_79b9);
    Duration::from_millis(u64::from(mixed % 200))
}

#[tokio::test]
async fn clients_of_a_server_that_is_killed_under_load_converge() {
    let mut scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await;
    let (mut lan, minh) = (scene.ready(0).await, scene.ready(3).await);
    let stream = scene.channel(&mut lan).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
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
    for round in 0..KILLS {
        let server = Server::start(&scene);
        let [one, other] = &mut writers;
        let kill = async {
            tokio::time::sleep(moment(round)).await;
            drop(server);
        };
        tokio::join!(one.talk(stream), other.talk(stream), kill);
    }
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
