//! What the log signs when it refuses for ever, over the wire and after a restart.

use thamvan_proto::cbor;
use thamvan_proto::entry::{EntryType, Header, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Refused, Submit};
use thamvan_proto::id::StreamId;
use thamvan_proto::refusal::RefusalFacts;
use thamvan_proto::tlog::Policy;

use crate::client::Client;
use crate::deployment::{Deployment, ORIGIN, now_ms};
use crate::fixture::{Author, agency};

async fn refused(client: &mut Client, entry: &[u8], body: &[u8]) -> Refused {
    let submit = Submit {
        entry: entry.to_vec().into(),
        body: body.to_vec().into(),
        sides: Vec::new(),
        stream_key: None,
    };
    match client.ask(Body::Submit(submit)).await {
        Body::Refused(refused) => refused,
        other => panic!("{other:?}"),
    }
}

fn with_the_first_counter(author: &Author, body: &[u8], made: u64) -> Vec<u8> {
    let facts = author.facts(EntryType::Statement, made);
    Header::new(author.device, EntryType::Statement, &facts).sign(body, &author.key)
}

#[tokio::test]
async fn a_refusal_for_ever_is_signed_and_holds_after_a_restart() {
    let deployment = Deployment::new();
    let policy = std::fs::read_to_string(deployment.dir.path().join("policy.txt")).unwrap();
    let log_key = Policy::parse(&policy).unwrap().log().clone();
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    // Of one counter and two moments: never the same bytes.
    let made = now_ms();
    let late = with_the_first_counter(&author, &body, made + 1);
    let entry = author.entry(EntryType::Statement, &body, made);
    let receipt = client.submit(entry.clone(), body.clone()).await;

    let no = refused(&mut client, &late, &body).await;
    let signed = no.signed.expect("signed");
    let facts = RefusalFacts::open(&signed, &log_key).unwrap();
    assert_eq!(no.code, ErrorCode::BadChain);
    assert_eq!(facts.entry, sha256(&late));
    assert_eq!((facts.code, facts.origin.as_str()), (no.code, ORIGIN));
    assert_eq!((facts.shard, facts.size), (0, receipt.index + 1));

    // Known, it is answered with its place; wrong in its body only, it is refused without a word for ever.
    assert_eq!(
        client.submit(entry.clone(), body.clone()).await.index,
        receipt.index
    );
    let next = author.entry(EntryType::Statement, &body, now_ms());
    let no = refused(&mut client, &next, b"x").await;
    assert_eq!((no.code, no.signed), (ErrorCode::BadPayload, None));
    let no = refused(&mut client, b"x", &body).await;
    assert_eq!((no.code, no.signed), (ErrorCode::Malformed, None));
    client.submit(next, body.clone()).await;
    server.stop().await;

    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let no = refused(&mut client, &late, &body).await;
    let again = RefusalFacts::open(&no.signed.expect("signed"), &log_key).unwrap();
    assert_eq!((again.entry, again.code), (facts.entry, facts.code));
    server.stop().await;
}
