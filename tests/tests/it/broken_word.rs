//! A server that refuses an entry for ever, signs that, and sequences the entry; and one that forges its refusal.

use std::sync::{Arc, Mutex};

use thamvan_engine::Engine;
use thamvan_proto::cbor;
use thamvan_proto::entry::sha256;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Delivery, Refused, Submit};
use thamvan_proto::id::StreamId;
use thamvan_proto::record::Record;
use thamvan_proto::refusal::RefusalFacts;
use thamvan_proto::tlog::{Hash, Name, NoteSigner};
use thamvan_tests::session::{self, ORIGIN};

use crate::author::Author;
use crate::lying_server::{Client, finding};

struct Scene {
    author: Author,
    client: Client,
    submitted: Arc<Mutex<Vec<Submit>>>,
}

impl Scene {
    /// A device that is enrolled.
    async fn new() -> Self {
        let mut author = Author::new();
        let client = Client::new(author.genesis_hash()).await;
        author.enrol(client.open().unwrap().keys());
        Self {
            author,
            client,
            submitted: Arc::default(),
        }
    }

    /// Says something, which the server refuses with what `sign` makes of the refusal's facts.
    async fn say(
        &mut self,
        sign: impl Fn(RefusalFacts) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Result<u64, thamvan_engine::EngineError> {
        let submitted = Arc::clone(&self.submitted);
        self.author.log.decides = Some(Arc::new(move |submit: &Submit| {
            submitted.lock().unwrap().push(submit.clone());
            let refused = Refused {
                code: ErrorCode::BadChain,
                detail: "counter".into(),
                signed: sign(facts(sha256(&submit.entry))).map(Into::into),
            };
            (Body::Refused(refused), vec![])
        }));
        self.client.say(&self.author.log).await
    }

    fn home(&self) -> Engine {
        self.client.open().unwrap()
    }

    /// Sequences what was submitted last; gives it.
    fn sequence(&mut self) -> Submit {
        let submit = self.submitted.lock().unwrap().last().unwrap().clone();
        let (entry, body) = (&submit.entry, &submit.body);
        self.author.sequence(StreamId::DIRECTORY, entry, body);
        submit
    }
}

fn facts(entry: Hash) -> RefusalFacts {
    RefusalFacts {
        version: 1,
        origin: ORIGIN.into(),
        shard: 0,
        entry,
        code: ErrorCode::BadChain,
        time: session::START,
        size: 20,
    }
}

#[tokio::test]
async fn an_entry_refused_for_ever_and_logged_is_a_finding_with_both_pieces() {
    let mut scene = Scene::new().await;
    let log = session::log_signer;
    let told = scene.say(move |facts| Some(facts.sign(&log()))).await;
    assert_eq!(told.unwrap_err().code(), "bad_chain");
    assert_eq!(scene.home().status().unwrap().queued, 0);
    assert!(scene.home().broken_refusals().unwrap().is_empty());
    let submit = scene.sequence();
    let told = scene.client.sync(&scene.author.log).await;
    finding(told, "refused for ever (bad_chain)");

    let evidence = scene.home().broken_refusals().unwrap();
    let [evidence] = evidence.as_slice() else {
        panic!("{evidence:?}")
    };
    let key = log();
    let refusal = RefusalFacts::open(&evidence.refusal, key.verifier_key()).unwrap();
    assert_eq!(refusal.entry, sha256(&submit.entry));
    let delivery: Delivery = cbor::from_slice(&evidence.delivery, evidence.delivery.len()).unwrap();
    let record = Record::parse(&delivery.record).unwrap();
    assert_eq!(record.entry, submit.entry);
}

#[tokio::test]
async fn a_refusal_without_the_logs_signature_settles_nothing() {
    let mut scene = Scene::new().await;
    let told = scene.say(|_| None).await;
    assert_eq!(told.unwrap_err().code(), "bad_chain");
    // Refused and logged: unsigned, it proves nothing, and the client knows its own entry no more: it takes itself for an old copy.
    assert!(!scene.home().status().unwrap().restored);
    scene.sequence();
    // This server knows nothing of what a client asks for to come back into a group.
    drop(scene.client.sync(&scene.author.log).await);
    assert!(scene.home().status().unwrap().restored);
}

#[tokio::test]
async fn a_forged_or_borrowed_refusal_is_a_finding_and_the_entry_stays() {
    let other = || NoteSigner::from_seed(Name::parse(ORIGIN).unwrap(), &[1; 32]);
    let log = session::log_signer;
    type Sign = Box<dyn Fn(RefusalFacts) -> Option<Vec<u8>> + Send + Sync>;
    let lies: [(&str, Sign); 4] = [
        (
            "another key",
            Box::new(move |facts| Some(facts.sign(&other()))),
        ),
        (
            "another entry",
            Box::new(move |_| Some(facts(Hash([9; 32])).sign(&log()))),
        ),
        (
            "another code",
            Box::new(move |mut facts| {
                facts.code = ErrorCode::StaleEpoch;
                Some(facts.sign(&log()))
            }),
        ),
        (
            "another shard",
            Box::new(move |mut facts| {
                facts.shard = 1;
                Some(facts.sign(&log()))
            }),
        ),
    ];
    for (name, lie) in lies {
        let mut scene = Scene::new().await;
        finding(scene.say(lie).await, "signed refusal");
        assert_eq!(scene.home().status().unwrap().queued, 1, "{name}");
        assert!(scene.home().broken_refusals().unwrap().is_empty());
    }
}
