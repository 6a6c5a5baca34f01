//! Frames of the session: two enrolments before log-in, then one whole connection of lan's device.

use thamvan_proto::cbor::ByteVec;
use thamvan_proto::channel::CommitBody;
use thamvan_proto::directory::DeviceEnrol;
use thamvan_proto::entry::{Entry, Facts, Header, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{
    AcknowledgeCursor, Answer, Body, CaughtUp, Challenge, Consistency, Delivery, ENROLMENT_ACTIVE,
    ENROLMENT_PENDING, Enrol, EntryWithBodies, Frame, HeadsShown, KeyPackageUpload, Null,
    PendingEnrolment, Receipt, Refused, StreamInfo, Submit, Subscribe, TakeKeyPackage, VERSION,
};
use thamvan_proto::id::{Salt, StreamId};
use thamvan_proto::login::{LoginFacts, sign_enrolment};
use thamvan_proto::refusal::RefusalFacts;

use super::directory::sides;
use super::sample::{self, Person};
use super::shown::{Block, FrameShown, Logged};
use super::writer::Writer;
use super::{DAY, ORIGIN};
use crate::annotate::{Shape, shapes};

/// Lists the frames.
pub(super) fn play(writer: &mut Writer) -> Vec<FrameShown> {
    for n in 1..=2 {
        let name = format!("nonce of connection {n}");
        writer.names.add(name.clone(), sample::bytes::<32>(&name));
    }
    let name = "exporter of connection 2";
    writer.names.add(name, sample::bytes::<32>(name));
    let mut pen = Pen {
        writer,
        frames: Vec::new(),
    };
    pen.enrolments();
    pen.log_in();
    pen.catch_up();
    pen.key_packages();
    pen.submit();
    pen.heads();
    pen.policy();
    pen.frames
}

/// The enrolment request of a person's device.
pub(super) fn request(person: &Person) -> Vec<u8> {
    let fact: DeviceEnrol = person.enrolment();
    sign_enrolment(&fact, &person.signing)
}

struct Pen<'a> {
    writer: &'a Writer,
    frames: Vec<FrameShown>,
}

impl Pen<'_> {
    fn client(&mut self, name: &'static str, what: &'static str, id: u64, body: Body) {
        self.show(name, "client", what, Frame::new(id, body), &Shape::Plain);
    }

    fn server(&mut self, name: &'static str, what: &'static str, body: Body) {
        self.show(name, "server", what, Frame::new(0, body), &Shape::Plain);
    }

    fn answer<T: minicbor::Encode<()>>(
        &mut self,
        name: &'static str,
        what: &'static str,
        id: u64,
        value: &T,
        shape: &'static Shape,
    ) {
        let frame = Frame::new(id, Body::Ok(Answer::new(value)));
        self.show(name, "server", what, frame, shape);
    }

    fn show(
        &mut self,
        name: &'static str,
        from: &'static str,
        what: &'static str,
        frame: Frame,
        answer: &'static Shape,
    ) {
        // The session is played once; what it leaks is a few words for each frame.
        let shape: &'static Shape = Box::leak(Box::new(Shape::Frame(answer)));
        let block = Block::new(name, frame.to_vec(), shape);
        self.frames.push(FrameShown {
            name,
            from,
            what,
            block,
        });
    }

    fn challenge(&mut self, name: &'static str, what: &'static str, connection: u64) {
        let body = Body::Challenge(Challenge {
            nonce: Salt(sample::bytes(&format!("nonce of connection {connection}"))),
            origin: ORIGIN.into(),
            version: VERSION,
            minimum: VERSION,
        });
        self.server(name, what, body);
    }

    fn enrolments(&mut self) {
        let cast = self.writer.cast.clone();
        self.challenge("challenge-1", "connection 1 opens", 1);
        let entry = self.logged("enrol-chi").clone();
        let enrol = Enrol {
            code: cast.chi.code.clone(),
            request: request(&cast.chi).into(),
            root: Some(EntryWithBodies {
                entry: entry.entry.into(),
                body: entry.body.bytes.into(),
                sides: vec![],
            }),
        };
        self.client(
            "enrol-root",
            "the first device of the deployment enrols with a root statement",
            1,
            Body::Enrol(enrol),
        );
        self.answer(
            "enrol-root-ok",
            "it is live",
            1,
            &[ENROLMENT_ACTIVE],
            &shapes::STATE,
        );
        let enrol = Enrol {
            code: cast.lan.code.clone(),
            request: request(&cast.lan).into(),
            root: None,
        };
        self.client(
            "enrol",
            "another device asks to be enrolled (it would do so on its own connection)",
            2,
            Body::Enrol(enrol),
        );
        self.answer(
            "enrol-ok",
            "it waits for two persons",
            2,
            &[ENROLMENT_PENDING],
            &shapes::STATE,
        );
        self.client(
            "list-enrolments",
            "an administrator (logged in) asks who waits",
            3,
            Body::ListEnrolments(Null),
        );
        let pending = PendingEnrolment {
            code: cast.lan.code.clone(),
            request: request(&cast.lan).into(),
        };
        self.answer(
            "list-enrolments-ok",
            "lan's device waits",
            3,
            &vec![pending],
            &shapes::ENROLMENTS,
        );
    }

    fn log_in(&mut self) {
        let (lan, size) = (self.writer.cast.lan.clone(), self.size());
        self.challenge("challenge-2", "connection 2 opens: lan's device", 2);
        let facts = LoginFacts {
            version: VERSION,
            nonce: Salt(sample::bytes("nonce of connection 2")),
            exporter: Salt(sample::bytes("exporter of connection 2")),
            origin: ORIGIN.into(),
            device: lan.device,
            known: Some(self.writer.checkpoint(size - 3)),
        };
        let login = facts.sign(&lan.signing);
        self.client(
            "login",
            "it logs in, bound to this very connection",
            1,
            Body::Login(login.into()),
        );
        self.answer("login-ok", "welcome", 1, &Null, &shapes::NULL);
    }

    fn catch_up(&mut self) {
        let (channel, size) = (self.writer.cast.channel, self.size());
        self.client("list-streams", "which streams?", 2, Body::ListStreams(Null));
        let stream = |id, key: [u8; 32], less: u64| StreamInfo {
            stream: id,
            stream_key: Salt(key),
            size: self.writer.ledger.size(&id) - less,
        };
        let streams = vec![
            stream(
                StreamId::DIRECTORY,
                self.writer.cast.genesis.stream_key.0,
                0,
            ),
            stream(channel, self.writer.cast.channel_key.0, 1),
        ];
        self.answer(
            "list-streams-ok",
            "stream 0 and the channel",
            2,
            &streams,
            &shapes::STREAMS,
        );
        let (old, new) = (size - 3, size - 1);
        let body = Body::Consistency(Consistency { old, new });
        self.client(
            "consistency",
            "does the log extend the checkpoint that it knows?",
            3,
            body,
        );
        let path = self
            .writer
            .tree
            .consistency_path(old, new)
            .expect("sizes fit");
        self.answer("consistency-ok", "RFC 9162 §2.1.4", 3, &path, &shapes::PATH);
        let logged = self.logged("message-name").clone();
        let body = Body::Subscribe(Subscribe {
            stream: channel,
            from: logged.seq,
        });
        self.client("subscribe", "records of the channel from here on", 4, body);
        self.answer("subscribe-ok", "they follow", 4, &Null, &shapes::NULL);
        let body = Body::Delivery(Delivery {
            index: logged.index,
            record: logged.record.clone().into(),
            body: Some(logged.body.bytes.clone().into()),
            path: self.path(logged.index, size - 1),
            checkpoint: self.writer.checkpoint(size - 1),
        });
        self.server("delivery", "one record, proved", body);
        let body = Body::CaughtUp(CaughtUp {
            stream: channel,
            size: logged.seq + 1,
        });
        self.server("caught-up", "there is no more", body);
        let body = Body::AcknowledgeCursor(AcknowledgeCursor {
            stream: channel,
            seq: logged.seq,
        });
        self.client("acknowledge-cursor", "it is stored", 5, body);
        self.answer("acknowledge-cursor-ok", "noted", 5, &Null, &shapes::NULL);
    }

    fn key_packages(&mut self) {
        let cast = self.writer.cast.clone();
        let upload = |name, last_resort| KeyPackageUpload {
            key_package: sample::stream(name, KEY_PACKAGE_LEN).into(),
            expires: self.writer.time + 30 * DAY,
            last_resort,
        };
        let uploads = vec![
            upload("key package 1", false),
            upload("key package 2", true),
        ];
        self.client(
            "put-key-packages",
            "key packages for others (shortened: 64 opaque bytes each)",
            6,
            Body::PutKeyPackages(uploads),
        );
        self.answer(
            "put-key-packages-ok",
            "unused ones",
            6,
            &[1_u64],
            &shapes::UNUSED,
        );
        let take = TakeKeyPackage {
            device: cast.hoa.device,
            stream: cast.channel,
        };
        self.client(
            "take-key-package",
            "a key package of hoa's device",
            7,
            Body::TakeKeyPackage(take),
        );
        let package: ByteVec = sample::stream("key package of hoa", KEY_PACKAGE_LEN).into();
        self.answer(
            "take-key-package-ok",
            "here it is",
            7,
            &package,
            &shapes::BSTR,
        );
        let commit = self.logged("commit").clone();
        let body: CommitBody = thamvan_proto::cbor::from_slice(&commit.body.bytes, 1 << 20)
            .expect("the commit of the session parses");
        self.client(
            "fetch-body",
            "a side body by its hash",
            8,
            Body::FetchBody(body.group_info),
        );
        let info = sides(&commit.sides[..1]);
        self.answer("fetch-body-ok", "here it is", 8, &info[0], &shapes::BSTR);
    }

    fn policy(&mut self) {
        let policy = self.writer.cast.policy.clone();
        let ask = Body::FetchPolicy(Null);
        self.client("fetch-policy", "who witnesses this log?", 13, ask);
        self.answer(
            "fetch-policy-ok",
            "the file whose hash the genesis pins: nobody does",
            13,
            &policy,
            &Shape::Plain,
        );
    }

    fn submit(&mut self) {
        let (logged, size) = (self.logged("message").clone(), self.size());
        let submit = Submit {
            entry: logged.entry.clone().into(),
            body: logged.body.bytes.clone().into(),
            sides: vec![],
            stream_key: None,
        };
        self.client("submit", "a message", 9, Body::Submit(submit));
        let receipt = Receipt {
            shard: 0,
            index: logged.index,
            record: logged.record.clone().into(),
            path: self.path(logged.index, size),
            checkpoint: self.writer.checkpoint(size),
        };
        self.answer(
            "submit-ok",
            "its log receipt",
            9,
            &receipt,
            &shapes::RECEIPT,
        );
        let unknown = Body::FetchBody(sha256(b"unknown"));
        self.client("fetch-unknown", "a body that is not there", 10, unknown);
        let refused = Body::Refused(Refused {
            code: ErrorCode::NotFound,
            detail: "body".into(),
            signed: None,
        });
        let frame = Frame::new(10, refused);
        let what = "no";
        self.show("refused", "server", what, frame, &Shape::Plain);
        self.refused_for_ever();
    }

    /// Lan says C/8 once more a moment later, with the counter that it took: refused for ever.
    fn refused_for_ever(&mut self) {
        let logged = self.logged("message").clone();
        let author = self.writer.cast.lan.clone();
        let first = Entry::parse(&logged.entry).expect("an entry of the session parses");
        let facts = Facts {
            made: first.facts.made + 1,
            ..first.facts
        };
        let body = &logged.body.bytes;
        let entry = Header::new(author.device, logged.kind, &facts).sign(body, &author.signing);
        let refusal = RefusalFacts {
            version: 1,
            origin: ORIGIN.into(),
            shard: 0,
            entry: sha256(&entry),
            code: ErrorCode::BadChain,
            time: self.writer.ledger.time(&logged.stream),
            size: self.size(),
        };
        let submit = Submit {
            entry: entry.into(),
            body: body.clone().into(),
            sides: vec![],
            stream_key: None,
        };
        let what = "an entry whose counter is taken";
        self.client("submit-again", what, 11, Body::Submit(submit));
        let refused = Body::Refused(Refused {
            code: refusal.code,
            detail: "sender counter".into(),
            signed: Some(refusal.sign(&super::log_signer()).into()),
        });
        let what = "no, and never";
        let frame = Frame::new(11, refused);
        self.show("refused-for-ever", "server", what, frame, &Shape::Plain);
    }

    /// Size of the log right after the last message.
    fn size(&self) -> u64 {
        self.logged("message").index + 1
    }

    /// The newest heads, with the proofs of stream 0 and the channel.
    fn heads(&mut self) {
        let (channel, size) = (self.writer.cast.channel, self.writer.tree.size());
        let asked = vec![StreamId::DIRECTORY, channel];
        let tree = self.writer.stream_heads().tree();
        let prove = |stream: &StreamId| tree.prove(stream, &self.writer.ledger.head(stream)?);
        let streams = asked.iter().map(prove).collect();
        let logged = self.logged("heads").clone();
        let record = Delivery {
            index: logged.index,
            record: logged.record.clone().into(),
            body: Some(logged.body.bytes.clone().into()),
            path: self.path(logged.index, size),
            checkpoint: self.writer.checkpoint(size),
        };
        let what = "how far do stream 0 and the channel go?";
        self.client("heads", what, 12, Body::Heads(asked));
        let shown = HeadsShown { record, streams };
        let what = "as the newest heads say; each with its proof";
        self.answer("heads-ok", what, 12, &Some(shown), &shapes::HEADS_SHOWN);
    }

    fn path(&self, index: u64, size: u64) -> Vec<thamvan_proto::tlog::Hash> {
        self.writer
            .tree
            .inclusion_path(index, size)
            .expect("the tree has this entry")
    }

    fn logged(&self, name: &str) -> &Logged {
        self.writer
            .records
            .iter()
            .find(|logged| logged.name == name)
            .expect("the session has this record")
    }
}

/// A key package of the profile has about 2.9 KiB.
const KEY_PACKAGE_LEN: usize = 64;
