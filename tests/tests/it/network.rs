//! Whole clients behind a bad network (`weather`).
//! `NETWORK_MESSAGES`, `NETWORK_LATENCY_MS` and `MODEL_SEED` choose how much of it (tests/soak).

use std::time::Duration;

use futures_util::future::join_all;
use thamvan_engine::{Engine, EngineError};
use thamvan_proto::id::StreamId;
use tokio::task::LocalSet;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::log_lines::Errors;
use crate::scene::{BINH, HOA, Scene, again, place, texts};
use crate::weather::{Sky, Weather};

/// Four people of three ministries with five devices each, behind the two who are needed to begin.
const PEOPLE: [&str; 4] = [LAN, HOA, MINH, BINH];
const DEVICES: usize = 20;

#[tokio::test]
async fn twenty_devices_behind_a_bad_network_have_one_transcript() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let messages = number("NETWORK_MESSAGES").unwrap_or(100);
    let latency = number("NETWORK_LATENCY_MS").unwrap_or(200);
    let seed = number("MODEL_SEED").unwrap_or(20_261_126);
    println!("MODEL_SEED={seed} NETWORK_MESSAGES={messages} NETWORK_LATENCY_MS={latency}");
    let errors = Errors::watch();
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
    let each = usize::try_from(messages).unwrap() / engines.len();
    LocalSet::new()
        .run_until(async {
            let sky = Sky::over(&mut scene, seed, bad).await;
            let writers = engines.iter_mut().enumerate();
            join_all(writers.map(|(n, engine)| write(engine, stream, n, each))).await;
            sky.set(Weather::CALM);
            for engine in &mut engines {
                again(engine).await;
            }
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
    errors.none();
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
