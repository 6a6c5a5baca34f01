//! Samples of what goes over the connection.

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{
    AcknowledgeCursor, Answer, BlobCapability, BlobGrant, BlobVerb, Body, CaughtUp, Challenge,
    Consistency, Delivery, Enrol, EntryWithBodies, Frame, KeyPackageUpload, Null, PendingEnrolment,
    Receipt, Refused, StreamInfo, Submit, Subscribe, TakeKeyPackage, Witnessed,
};
use thamvan_proto::login::{LoginFacts, TicketFile};

use super::{DEVICE, HASH, SALT, STREAM, Sample, TICKET, TIME, sample};
use crate::session::sample::id;

pub(super) fn list() -> Vec<Sample> {
    let mut samples: Vec<Sample> = frames()
        .into_iter()
        .map(|(name, body)| sample(name, &Frame::new(7, body)))
        .collect();
    samples.extend(answers());
    let login = LoginFacts {
        version: 1,
        nonce: SALT,
        exporter: SALT,
        origin: "log.example".into(),
        device: DEVICE,
        known: Some("note".into()),
    };
    let nothing_known = LoginFacts {
        known: None,
        ..login.clone()
    };
    samples.push(sample("LoginFacts", &login));
    samples.push(sample("LoginFacts, nothing known", &nothing_known));
    samples.push(sample("TicketFile", &ticket()));
    samples
}

fn ticket() -> TicketFile {
    TicketFile {
        version: 1,
        server: "log.example:443".into(),
        ca: vec![0x30, 0x00].into(),
        origin: "log.example".into(),
        genesis: HASH,
        ticket: TICKET,
        official: id("lan@mofa"),
        code: "ABCD".into(),
        expires: TIME,
    }
}

/// One frame of each kind, in the order of their numbers.
fn frames() -> Vec<(&'static str, Body)> {
    let entry = EntryWithBodies {
        entry: vec![0xd2].into(),
        body: vec![0x82].into(),
        sides: vec![vec![0x83].into()],
    };
    let challenge = Challenge {
        nonce: SALT,
        origin: "log.example".into(),
        version: 1,
        minimum: 1,
    };
    let enrol = Enrol {
        code: "ABCD".into(),
        request: vec![0xd2].into(),
        root: Some(entry.clone()),
    };
    let submit = Submit {
        entry: entry.entry,
        body: entry.body,
        sides: entry.sides,
        stream_key: Some(SALT),
    };
    let upload = KeyPackageUpload {
        key_package: vec![0, 1].into(),
        expires: TIME,
        last_resort: true,
    };
    let take = TakeKeyPackage {
        device: DEVICE,
        stream: STREAM,
    };
    let refused = Refused {
        code: ErrorCode::StaleEpoch,
        detail: "epoch 3".into(),
        signed: Some(vec![0xd2].into()),
    };
    let delivery = Delivery {
        index: 300,
        record: vec![0x88].into(),
        body: None,
        path: vec![HASH],
        checkpoint: "note".into(),
    };
    vec![
        ("Frame challenge", Body::Challenge(challenge)),
        ("Frame login", Body::Login(vec![0xd2].into())),
        ("Frame enrol", Body::Enrol(enrol)),
        ("Frame submit", Body::Submit(submit)),
        (
            "Frame subscribe",
            Body::Subscribe(Subscribe {
                stream: STREAM,
                from: 24,
            }),
        ),
        (
            "Frame acknowledge-cursor",
            Body::AcknowledgeCursor(AcknowledgeCursor {
                stream: STREAM,
                seq: 23,
            }),
        ),
        ("Frame list-streams", Body::ListStreams(Null)),
        ("Frame fetch-body", Body::FetchBody(HASH)),
        ("Frame put-key-packages", Body::PutKeyPackages(vec![upload])),
        ("Frame take-key-package", Body::TakeKeyPackage(take)),
        (
            "Frame consistency",
            Body::Consistency(Consistency { old: 1, new: 300 }),
        ),
        ("Frame list-enrolments", Body::ListEnrolments(Null)),
        ("Frame fetch-policy", Body::FetchPolicy(Null)),
        (
            "Frame blob-capability",
            Body::BlobCapability(BlobCapability {
                hash: HASH,
                verb: BlobVerb::Put,
                size: 5_000_000,
                stream: STREAM,
            }),
        ),
        ("Frame ok", Body::Ok(Answer::new(&Null))),
        ("Frame refused", Body::Refused(refused)),
        ("Frame delivery", Body::Delivery(delivery)),
        (
            "Frame caught-up",
            Body::CaughtUp(CaughtUp {
                stream: STREAM,
                size: 24,
            }),
        ),
        (
            "Frame witnessed",
            Body::Witnessed(Witnessed {
                checkpoint: "note".into(),
            }),
        ),
    ]
}

fn answers() -> Vec<Sample> {
    let receipt = Receipt {
        shard: 0,
        index: 300,
        record: vec![0x88].into(),
        path: vec![HASH],
        checkpoint: "note".into(),
    };
    let stream = StreamInfo {
        stream: STREAM,
        stream_key: SALT,
        size: 24,
    };
    let pending = PendingEnrolment {
        code: "ABCD".into(),
        request: vec![0xd2].into(),
    };
    let grant = BlobGrant {
        token: "AAAA".into(),
        size: 5_000_000,
        expires: 1_790_000_600_000,
    };
    vec![
        sample("Receipt", &receipt),
        sample("StreamInfo", &stream),
        sample("PendingEnrolment", &pending),
        sample("BlobGrant", &grant),
    ]
}
