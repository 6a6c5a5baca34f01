//! The server and its witnesses: a quorum, no quorum, witnesses that lie, and witnesses that know more than the server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use rcgen::generate_simple_self_signed;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::PrivateKeyDer;
use thamvan_proto::cbor;
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Null, Receipt};
use thamvan_proto::id::StreamId;
use thamvan_proto::tlog::{
    Checkpoint, Hash, Name, NoteSigner, Policy, SignedNote, sign_checkpoint,
};
use thamvan_server::limits::EXCHANGE_ANSWER_LEN_MAX;
use thamvan_server::{Config, Init, RunError, WitnessPace, init, run};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use crate::client::Client;
use crate::deployment::{Deployment, ORIGIN, Running, now_ms};
use crate::fixture::{Author, agency};
use crate::http::get;
use crate::witness::{Manner, Witness};

async fn two() -> (Deployment, [Witness; 2]) {
    let witnesses = [Witness::start(1, None).await, Witness::start(2, None).await];
    let lines = witnesses.iter().map(|witness| witness.line("http"));
    (Deployment::witnessed(lines.collect()), witnesses)
}

/// Everything as in the shipped server but faster.
fn hurried(deployment: &Deployment) -> Config {
    let mut config = deployment.config();
    config.witness_pace = WitnessPace {
        interval: Duration::from_millis(20),
        heartbeat: Duration::from_millis(200),
        round_max: Duration::from_millis(300),
    };
    config
}

fn policy(deployment: &Deployment) -> Policy {
    let text = std::fs::read_to_string(deployment.dir.path().join("policy.txt")).unwrap();
    Policy::parse(&text).unwrap()
}

async fn submit(client: &mut Client, author: &mut Author) -> Receipt {
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    client.submit(entry, body).await
}

async fn served(deployment: &Deployment, server: &Running) -> SignedNote {
    let (status, note) = get(deployment, server, "/log/checkpoint").await;
    assert_eq!(status, 200);
    SignedNote::parse(std::str::from_utf8(&note).unwrap()).unwrap()
}

/// Looks at `/log/checkpoint` until `good`.
async fn shown(
    deployment: &Deployment,
    server: &Running,
    good: impl Fn(&SignedNote) -> bool,
) -> SignedNote {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let note = served(deployment, server).await;
        if good(&note) {
            return note;
        }
        assert!(Instant::now() < end, "{note}");
    }
}

fn size(note: &SignedNote) -> u64 {
    Checkpoint::parse(note.text()).unwrap().size
}

/// The next pushed quorum, opened under the policy; its size.
async fn pushed(client: &mut Client, policy: &Policy) -> u64 {
    loop {
        let frame = timeout(Duration::from_secs(60), client.receive()).await;
        if let Body::Witnessed(witnessed) = frame.unwrap().body {
            let note = SignedNote::parse(&witnessed.checkpoint).unwrap();
            return policy.open(&note).unwrap().checkpoint().size;
        }
    }
}

async fn refused(config: Config) -> RunError {
    let running = run(config, oneshot::channel().0, std::future::pending());
    timeout(Duration::from_secs(60), running)
        .await
        .unwrap()
        .unwrap_err()
}

#[tokio::test]
async fn a_quorum_is_shown_pushed_and_renewed() {
    let (deployment, witnesses) = two().await;
    let policy = policy(&deployment);
    let server = deployment.start_with(hurried(&deployment)).await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    assert_eq!(pushed(&mut client, &policy).await, 3);
    let text = client.ok(Body::FetchPolicy(Null)).await;
    assert_eq!(text.open::<String>().unwrap(), policy.to_string());
    let mut stranger = deployment.connect(&server).await;
    let code = stranger.refused(Body::FetchPolicy(Null)).await;
    assert_eq!(code, ErrorCode::NotLoggedIn);

    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let index = submit(&mut client, &mut author).await.index;
    while pushed(&mut client, &policy).await <= index {}
    let note = served(&deployment, &server).await;
    assert_eq!(policy.open(&note).unwrap().cosigners().len(), 2);
    // Tiles of what is shown are there.
    let tile = format!("/log/tile/0/000.p/{}", size(&note));
    assert_eq!(get(&deployment, &server, &tile).await.0, 200);
    // Nothing happens, and cosignatures are renewed all the same: asked for the size that was cosigned.
    let renewed = |witness: &Witness| {
        let asked = witness.asked();
        asked.iter().filter(|old| **old == index + 1).count() >= 2
    };
    shown(&deployment, &server, |_| witnesses.iter().all(renewed)).await;
    server.stop().await;
    // One who logs in later is told at once.
    let server = deployment.start_with(hurried(&deployment)).await;
    shown(&deployment, &server, |note| policy.open(note).is_ok()).await;
    let mut late = deployment.connect(&server).await;
    let login = late.login(&deployment.lan, None);
    late.send(Body::Login(login.into())).await;
    assert!(matches!(late.receive().await.body, Body::Ok(_)));
    assert!(matches!(late.receive().await.body, Body::Witnessed(_)));
    server.stop().await;
}

#[tokio::test]
async fn a_witness_with_another_size_is_asked_once_more() {
    let (deployment, witnesses) = two().await;
    let policy = policy(&deployment);
    let server = deployment.start_with(hurried(&deployment)).await;
    shown(&deployment, &server, |note| policy.open(note).is_ok()).await;
    server.stop().await;
    // The server cannot know from where the proof must begin.
    witnesses[0].shows(None);
    let before = witnesses[0].asked().len();
    let server = deployment.start_with(hurried(&deployment)).await;
    shown(&deployment, &server, |note| policy.open(note).is_ok()).await;
    assert_eq!(witnesses[0].asked()[before..][..2], [0, 3]);
    server.stop().await;
}

/// One of two witnesses answers in `manner`: records are taken, the lack is shown, and it ends with the manner.
async fn lacks_while(manner: Manner) {
    let (deployment, witnesses) = two().await;
    let policy = policy(&deployment);
    witnesses[1].set(manner.clone());
    let server = deployment.start_with(hurried(&deployment)).await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let index = submit(&mut client, &mut author).await.index;
    let lacking = |note: &SignedNote| {
        assert!(policy.open(note).is_err(), "{manner:?}");
        size(note) > index && note.signatures().len() == 2
    };
    shown(&deployment, &server, lacking).await;
    assert_eq!(get(&deployment, &server, "/readyz").await.0, 200);
    witnesses[1].set(Manner::Honest);
    while pushed(&mut client, &policy).await <= index {}
    server.stop().await;
}

#[tokio::test]
async fn without_a_quorum_the_server_goes_on_and_everybody_sees_it() {
    let mut trials = tokio::task::JoinSet::new();
    for manner in [
        Manner::Silent,
        Manner::Says(503, String::new()),
        Manner::Says(422, String::new()),
        Manner::Says(409, "3\n".into()),
        Manner::Says(200, String::new()),
        Manner::Says(200, "garbage\n".into()),
        Manner::Says(200, "x".repeat(EXCHANGE_ANSWER_LEN_MAX + 1)),
        Manner::OtherKey,
        Manner::OtherText,
    ] {
        trials.spawn(lacks_while(manner));
    }
    while let Some(trial) = trials.join_next().await {
        trial.unwrap();
    }
}

#[tokio::test]
async fn a_witness_behind_tls_is_believed_under_the_configured_authority_only() {
    let made = generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let witness = Witness::start(1, Some(TlsAcceptor::from(Arc::new(tls)))).await;
    let deployment = Deployment::witnessed(vec![witness.line("https")]);
    let policy = policy(&deployment);
    let ca = deployment.dir.path().join("witness-ca.pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    for (witness_ca, believed) in [
        (None, false),
        (Some(deployment.dir.path().join("ca.pem")), false),
        (Some(ca), true),
    ] {
        let mut config = hurried(&deployment);
        config.witness_ca = witness_ca;
        let server = deployment.start_with(config).await;
        if believed {
            shown(&deployment, &server, |note| policy.open(note).is_ok()).await;
        }
        server.stop().await;
        assert_eq!(!witness.asked().is_empty(), believed);
    }
    let mut config = hurried(&deployment);
    config.witness_ca = Some(deployment.dir.path().join("missing.pem"));
    assert_eq!(refused(config).await.exit_code(), 2);
}

/// The files that hold what a server knows of its own log.
const OWN: [&str; 5] = [
    "checkpoint",
    "checkpoint.copy",
    "log.last",
    "journal/records-00000000.seg",
    "journal/bodies-00000000.seg",
];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("journal")).unwrap();
    for file in OWN {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

/// A folder put back to before its last record, while the witnesses have the record.
async fn put_back() -> (Deployment, [Witness; 2]) {
    let (deployment, witnesses) = two().await;
    let policy = policy(&deployment);
    let data = deployment.dir.path().join("server");
    let backup = tempfile::tempdir().unwrap();
    deployment
        .start_with(hurried(&deployment))
        .await
        .stop()
        .await;
    copy(&data, backup.path());
    let server = deployment.start_with(hurried(&deployment)).await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let index = submit(&mut client, &mut author).await.index;
    while pushed(&mut client, &policy).await <= index {}
    server.stop().await;
    copy(backup.path(), &data);
    (deployment, witnesses)
}

#[tokio::test]
async fn an_old_copy_refuses_to_run_where_a_witness_knows_more() {
    let (deployment, witnesses) = put_back().await;
    // One is enough.
    witnesses[0].set(Manner::Says(503, String::new()));
    let error = refused(hurried(&deployment)).await;
    assert_eq!(error.exit_code(), 8);
    let words = "a witness holds a checkpoint of 4 records with our signature and the journal holds 3: an old copy";
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn an_old_copy_ends_when_a_witness_comes_back_that_knows_more() {
    let (deployment, witnesses) = put_back().await;
    for witness in &witnesses {
        witness.set(Manner::Says(503, String::new()));
    }
    let server = deployment.start_with(hurried(&deployment)).await;
    assert_eq!(get(&deployment, &server, "/readyz").await.0, 200);
    witnesses[1].set(Manner::Honest);
    let error = timeout(Duration::from_secs(60), server.ended()).await;
    let error = error.unwrap().unwrap_err();
    assert_eq!(error.exit_code(), 8);
    assert!(error.to_string().contains("an old copy"), "{error}");
}

#[tokio::test]
async fn another_history_with_our_signature_is_refused_and_a_strangers_word_is_not_believed() {
    let (deployment, witnesses) = two().await;
    let key = std::fs::read_to_string(deployment.dir.path().join("server/log.key")).unwrap();
    let key = BASE64.decode(key.trim().splitn(5, '+').last().unwrap().as_bytes());
    let ours: [u8; 32] = key.unwrap()[1..].try_into().unwrap();
    let note = |seed, size| {
        let signer = NoteSigner::from_seed(Name::parse(ORIGIN).unwrap(), seed);
        let checkpoint = Checkpoint {
            origin: signer.verifier_key().name().clone(),
            size,
            root: Hash([7; 32]),
        };
        sign_checkpoint(&checkpoint, &signer)
    };
    deployment
        .start_with(hurried(&deployment))
        .await
        .stop()
        .await;
    witnesses[1].shows(Some(note(&ours, 3)));
    let error = refused(hurried(&deployment)).await;
    assert_eq!(error.exit_code(), 8);
    assert!(error.to_string().contains("another history"), "{error}");

    witnesses[1].shows(Some(note(&[9; 32], 1000)));
    let policy = policy(&deployment);
    let server = deployment.start_with(hurried(&deployment)).await;
    shown(&deployment, &server, |note| policy.open(note).is_ok()).await;
    assert!(witnesses.iter().all(|witness| witness.size() == 3));
    server.stop().await;
}

#[tokio::test]
async fn another_policy_than_the_pinned_one_is_refused() {
    let (deployment, _) = two().await;
    let file = deployment.dir.path().join("policy.txt");
    let good = std::fs::read_to_string(&file).unwrap();
    let other = Deployment::new();
    let other = std::fs::read_to_string(other.dir.path().join("policy.txt")).unwrap();
    for (text, words) in [
        (format!("# harmless\n{good}"), "the genesis pins"),
        (good.replacen(" 2 w1", " 1 w1", 1), "the genesis pins"),
        (other, "another log key"),
        ("garbage\n".into(), "policy line 1"),
        ("#\n".repeat(40_000), "too long"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = refused(deployment.config()).await;
        assert_eq!(error.exit_code(), 8);
        assert!(error.to_string().contains(words), "{error}");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(refused(deployment.config()).await.exit_code(), 8);
    std::fs::write(&file, good).unwrap();
    deployment.start().await.stop().await;
}

#[tokio::test]
async fn init_refuses_witnesses_and_quorums_that_cannot_be() {
    let (_, [one, two]) = two().await;
    let dir = tempfile::tempdir().unwrap();
    let make = |name: &str, witnesses: Vec<String>, quorum| {
        let dir = dir.path().join(name);
        let made = init(&Init {
            dir: dir.clone(),
            origin: Some(ORIGIN.into()),
            listen: "127.0.0.1:0".into(),
            names: Vec::new(),
            witnesses,
            quorum,
        });
        made.map(|()| std::fs::read_to_string(dir.join("policy.txt")).unwrap())
    };
    let (w1, w2) = (one.line("http"), two.line("https"));
    let vkey = w1.split(' ').next().unwrap().to_owned();
    for (n, (witnesses, quorum)) in [
        (vec![], Some(1)),
        (vec![vkey.clone()], None),
        (vec![format!("{vkey} ftp://localhost")], None),
        (vec!["key http://localhost".into()], None),
        (vec![w1.clone(), w1.clone()], None),
        (vec![w1.clone()], Some(0)),
        (vec![w1.clone()], Some(2)),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("refused-{n}");
        assert!(make(&name, witnesses, quorum).is_err(), "{n}");
        // What is refused leaves nothing that a second attempt would stumble over.
        assert!(make(&name, vec![w1.clone()], None).is_ok());
    }
    let text = make("two", vec![w1, w2], None).unwrap();
    assert!(text.ends_with("group witnesses 2 w1.example w2.example\nquorum witnesses\n"));
}
