//! Submitting, reading and enrolling.

use thamvan_proto::cbor;
use thamvan_proto::directory::{Approval, Proposal, Statement};
use thamvan_proto::entry::{EntryType, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{
    Body, CaughtUp, Consistency, ENROLMENT_ACTIVE, ENROLMENT_PENDING, KeyPackageUpload, Null,
    PendingEnrolment, Receipt, StreamInfo, Submit, Subscribe, TakeKeyPackage,
};
use thamvan_proto::id::{Salt, StreamId};
use thamvan_proto::record::{Leaf, Record, StreamKey};
use thamvan_proto::tlog::{Checkpoint, Hash, SignedNote, verify_consistency, verify_inclusion};

use crate::deployment::{CHANNEL, Deployment, now_ms};
use crate::fixture::{LAN, agency, name, register};

fn checkpoint(note: &str) -> Checkpoint {
    Checkpoint::parse(SignedNote::parse(note).unwrap().text()).unwrap()
}

fn check_inclusion(key: Salt, index: u64, record: &[u8], path: &[Hash], note: &str) {
    let seq = Record::parse(record).unwrap().seq;
    let leaf = Leaf::new(&StreamKey(key.0), seq, record).hash();
    let checkpoint = checkpoint(note);
    verify_inclusion(&leaf, index, checkpoint.size, path, &checkpoint.root).unwrap();
}

const DIRECTORY_KEY: Salt = Salt([42; 32]);

#[tokio::test]
async fn an_entry_gets_one_place_however_often_it_is_submitted() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    let first = client.submit(entry.clone(), body.clone()).await;
    check_inclusion(
        DIRECTORY_KEY,
        first.index,
        &first.record,
        &first.path,
        &first.checkpoint,
    );
    let again = client.submit(entry, body.clone()).await;
    assert_eq!(again, first);
    let next = author.entry(EntryType::Statement, &body, now_ms());
    let second = client.submit(next, body).await;
    assert_eq!(second.index, first.index + 1);
    let (old, new) = (
        checkpoint(&first.checkpoint),
        checkpoint(&second.checkpoint),
    );
    let asked = Consistency {
        old: old.size,
        new: new.size,
    };
    let path: Vec<Hash> = client.ok(Body::Consistency(asked)).await.open().unwrap();
    verify_consistency(old.size, &old.root, new.size, &new.root, &path).unwrap();
    let ahead = Consistency {
        old: old.size,
        new: new.size + 1,
    };
    assert_eq!(
        client.refused(Body::Consistency(ahead)).await,
        ErrorCode::NotFound
    );
    server.stop().await;
}

#[tokio::test]
async fn requests_may_be_sent_without_waiting_for_answers() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let mut waiting = Vec::new();
    for _ in 0..100 {
        let submit = Submit {
            entry: author.entry(EntryType::Statement, &body, now_ms()).into(),
            body: body.clone().into(),
            sides: Vec::new(),
            stream_key: None,
        };
        waiting.push(client.send(Body::Submit(submit)).await);
    }
    let mut indexes = Vec::new();
    for _ in &waiting {
        let frame = client.receive().await;
        assert!(waiting.contains(&frame.id));
        let Body::Ok(answer) = frame.body else {
            panic!("{:?}", frame.body)
        };
        indexes.push(answer.open::<Receipt>().unwrap().index);
    }
    indexes.sort_unstable();
    assert_eq!(indexes, (3..103).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn refusals_name_the_refused_fact() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    let mut lan = deployment.lan.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = lan.entry(EntryType::Statement, &body, now_ms());
    let submit = |entry: &[u8], body: &[u8], sides: Vec<Vec<u8>>, stream_key| {
        Body::Submit(Submit {
            entry: entry.to_vec().into(),
            body: body.to_vec().into(),
            sides: sides.into_iter().map(Into::into).collect(),
            stream_key,
        })
    };
    let code = client.refused(submit(&entry, &body, vec![], None)).await;
    assert_eq!(code, ErrorCode::NotPermitted);
    let code = client.refused(submit(&entry, b"x", vec![], None)).await;
    assert_eq!(code, ErrorCode::BadPayload);
    let code = client.refused(submit(b"x", &body, vec![], None)).await;
    assert_eq!(code, ErrorCode::Malformed);
    let mut admin = deployment.admin.author(StreamId::DIRECTORY);
    let stranger = admin.entry(EntryType::Statement, &body, now_ms());
    let code = client.refused(submit(&stranger, &body, vec![], None)).await;
    assert_eq!(code, ErrorCode::NotPermitted);

    let mut lan = deployment.lan.author(StreamId::DIRECTORY);
    let key = Salt([5; 32]);
    let body = register(CHANNEL, key);
    let entry = lan.entry(EntryType::StreamRegister, &body, now_ms());
    for (sides, wrong) in [
        (vec![], None),
        (vec![], Some(Salt([6; 32]))),
        (vec![b"side".to_vec()], Some(key)),
    ] {
        let code = client.refused(submit(&entry, &body, sides, wrong)).await;
        assert_eq!(code, ErrorCode::Malformed);
    }
    let granted = client.ok(submit(&entry, &body, vec![], Some(key))).await;
    assert_eq!(granted.open::<Receipt>().unwrap().index, 3);
    server.stop().await;
}

#[tokio::test]
async fn a_reader_is_given_everything_in_order_and_then_what_comes() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut reader = deployment.log_in(&server, &deployment.lan).await;
    let streams: Vec<StreamInfo> = reader.ok(Body::ListStreams(Null)).await.open().unwrap();
    assert_eq!(streams.len(), 1);
    assert_eq!((streams[0].stream_key, streams[0].size), (DIRECTORY_KEY, 3));
    let subscribe = |stream, from| Body::Subscribe(Subscribe { stream, from });
    let code = reader.refused(subscribe(CHANNEL, 0)).await;
    assert_eq!(code, ErrorCode::NotPermitted);
    reader.ok(subscribe(StreamId::DIRECTORY, 0)).await;
    for seq in 0..3 {
        let delivery = reader.delivery().await;
        let record = Record::parse(&delivery.record).unwrap();
        assert_eq!((record.seq, delivery.index), (seq, seq));
        assert!(delivery.body.is_some());
        check_inclusion(
            DIRECTORY_KEY,
            delivery.index,
            &delivery.record,
            &delivery.path,
            &delivery.checkpoint,
        );
    }
    let caught_up = CaughtUp {
        stream: StreamId::DIRECTORY,
        size: 3,
    };
    let end = reader.receive().await.body;
    assert_eq!(end, Body::CaughtUp(caught_up));

    let mut writer = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    let receipt = writer.submit(entry, body).await;
    let delivery = reader.delivery().await;
    assert_eq!(delivery.record, receipt.record);
    check_inclusion(
        DIRECTORY_KEY,
        delivery.index,
        &delivery.record,
        &delivery.path,
        &delivery.checkpoint,
    );

    let body = reader.ok(Body::FetchBody(sha256(&name(LAN)))).await;
    assert_eq!(body.open::<cbor::ByteVec>().unwrap().to_vec(), name(LAN));
    let code = reader.refused(Body::FetchBody(Hash([1; 32]))).await;
    assert_eq!(code, ErrorCode::NotFound);
    server.stop().await;
}

#[tokio::test]
async fn a_revoked_device_is_delivered_nothing_more() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut reader = deployment.log_in(&server, &deployment.lan).await;
    let from = 3;
    let stream = StreamId::DIRECTORY;
    reader.ok(Body::Subscribe(Subscribe { stream, from })).await;
    reader.receive().await;
    let mut admin = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(stream);
    let revoke = Statement::DeviceRevoke(thamvan_proto::directory::DeviceRevoke {
        device: deployment.lan.fact.device,
        reason: "lost".into(),
    });
    let body = cbor::to_vec(&revoke);
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    admin.submit(entry, body).await;
    let Body::Refused(refused) = reader.receive().await.body else {
        panic!("delivered")
    };
    assert_eq!(refused.code, ErrorCode::NotPermitted);
    let code = reader.refused(Body::ListStreams(Null)).await;
    assert_eq!(code, ErrorCode::UnknownDevice);
    server.stop().await;
}

#[tokio::test]
async fn a_device_is_enrolled_by_two_persons() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let minh = &deployment.minh;
    let mut newcomer = deployment.connect(&server).await;
    let mut wrong = minh.enrol();
    wrong.code = "another".into();
    assert_eq!(
        newcomer.refused(Body::Enrol(wrong)).await,
        ErrorCode::Ticket
    );
    for _ in 0..2 {
        let state = newcomer.ok(Body::Enrol(minh.enrol())).await;
        assert_eq!(state.open::<[u64; 1]>().unwrap(), [ENROLMENT_PENDING]);
    }
    let mut lan = deployment.log_in(&server, &deployment.lan).await;
    let code = lan.refused(Body::ListEnrolments(Null)).await;
    assert_eq!(code, ErrorCode::NotPermitted);
    let mut admin = deployment.log_in(&server, &deployment.admin).await;
    let waiting = admin.ok(Body::ListEnrolments(Null)).await;
    let waiting: Vec<PendingEnrolment> = waiting.open().unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].request, minh.enrol().request);

    let body = cbor::to_vec(&Proposal {
        statement: Statement::DeviceEnrol(minh.fact.clone()),
        expires: now_ms() + 60_000,
    });
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let entry = author.entry(EntryType::Propose, &body, now_ms());
    let receipt = admin.submit(entry, body).await;
    let body = cbor::to_vec(&Approval {
        record: sha256(&receipt.record),
    });
    let mut author = deployment.approver.author(StreamId::DIRECTORY);
    let entry = author.entry(EntryType::Approve, &body, now_ms());
    let mut approver = deployment.log_in(&server, &deployment.approver).await;
    approver.submit(entry, body).await;

    let state = newcomer.ok(Body::Enrol(minh.enrol())).await;
    assert_eq!(state.open::<[u64; 1]>().unwrap(), [ENROLMENT_ACTIVE]);
    newcomer.log_in(minh).await;
    let waiting = admin.ok(Body::ListEnrolments(Null)).await;
    assert!(waiting.open::<Vec<PendingEnrolment>>().unwrap().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_device_is_enrolled_by_the_root_keys() {
    let mut deployment = Deployment::new();
    let server = deployment.start().await;
    let fact = Statement::DeviceEnrol(deployment.minh.fact.clone());
    let root = deployment.authority.state(vec![fact], Vec::new(), now_ms());
    let mut enrol = deployment.minh.enrol();
    enrol.root = Some(root);
    let mut newcomer = deployment.connect(&server).await;
    for _ in 0..2 {
        let state = newcomer.ok(Body::Enrol(enrol.clone())).await;
        assert_eq!(state.open::<[u64; 1]>().unwrap(), [ENROLMENT_ACTIVE]);
    }
    newcomer.log_in(&deployment.minh).await;
    server.stop().await;
}

#[tokio::test]
async fn key_packages_are_counted_and_given_to_members_only() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut lan = deployment.log_in(&server, &deployment.lan).await;
    let package = |n: u8, expires| KeyPackageUpload {
        key_package: vec![n; 32].into(),
        expires,
        last_resort: false,
    };
    let live = now_ms() + 60_000;
    let upload = vec![package(1, live), package(2, live), package(3, 1)];
    let unused = lan.ok(Body::PutKeyPackages(upload)).await;
    assert_eq!(unused.open::<[u64; 1]>().unwrap(), [2]);
    let many = (0..101).map(|n| package(n, live)).collect();
    let code = lan.refused(Body::PutKeyPackages(many)).await;
    assert_eq!(code, ErrorCode::TooLarge);
    let take = TakeKeyPackage {
        device: deployment.lan.fact.device,
        stream: CHANNEL,
    };
    let code = lan.refused(Body::TakeKeyPackage(take)).await;
    assert_eq!(code, ErrorCode::NotPermitted);
    server.stop().await;
}
