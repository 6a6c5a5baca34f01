//! Properties of the codecs: what encodes decodes to itself; truncated, longer and re-encoded bytes are refused.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use thamvan_proto::cbor;
use thamvan_proto::channel::{CommitBody, Founding, History, Scope, ScopeKind, SealedBox};
use thamvan_proto::commitment::{Content, Part, PartFacts, PartRole};
use thamvan_proto::consultation::{Act, Instrument, OpinionCapacity, Terms, Urgency};
use thamvan_proto::directory::{
    Agency, AgencyKind, AppointmentEnd, Capacity, ConsultedOutcome, DeviceEnrol, DeviceSuspend,
    Field, FieldConsulted, FieldDecided, FieldDecision, FieldEnded, FieldReported, FieldStep, Role,
    RoleGrant, RootRotation, SeatAppoint, SeatRole, Statement, Ticket,
};
use thamvan_proto::entry::{Entry, EntryType, Facts, GroupEpoch, Header, Position, Seen};
use thamvan_proto::frame::{
    Answer, Body, Delivery, Enrol, EntryWithBodies, Frame, Receipt, Submit,
};
use thamvan_proto::id::{
    AgencyId, ConsultationId, DeviceId, FieldId, OfficialId, PublicKey, Salt, SeatId, StreamId,
    TicketId,
};
use thamvan_proto::label::Label;
use thamvan_proto::login::{Login, LoginFacts, TicketFile};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

const LEN_MAX: usize = 1 << 20;

/// The whole contract of a codec.
fn holds<T>(value: &T) -> Result<(), TestCaseError>
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let bytes = cbor::to_vec(value);
    let decoded: T = cbor::from_slice(&bytes, bytes.len()).expect("what encodes decodes");
    prop_assert_eq!(&decoded, value);
    for len in 0..bytes.len() {
        prop_assert!(
            cbor::from_slice::<T>(&bytes[..len], LEN_MAX).is_err(),
            "cut at {}",
            len
        );
    }
    for more in [0x00, 0x80, 0xf6, 0xff] {
        let longer = [bytes.as_slice(), &[more]].concat();
        prop_assert!(
            cbor::from_slice::<T>(&longer, LEN_MAX).is_err(),
            "trailing byte"
        );
    }
    prop_assert!(
        cbor::from_slice::<T>(&bytes, bytes.len() - 1).is_err(),
        "limit"
    );
    // The head of the outer array in a longer form: the same value, another encoding.
    let (first, rest) = (bytes[0], &bytes[1..]);
    if first >> 5 == 4 && first & 0x1f < 24 {
        let longer = [&[0x98, first & 0x1f], rest].concat();
        prop_assert!(
            cbor::from_slice::<T>(&longer, LEN_MAX).is_err(),
            "longer head"
        );
        let indefinite = [&[0x9f], rest, &[0xff]].concat();
        prop_assert!(
            cbor::from_slice::<T>(&indefinite, LEN_MAX).is_err(),
            "indefinite"
        );
    }
    Ok(())
}

prop_compose! {
    fn hash()(bytes: [u8; 32]) -> Hash { Hash(bytes) }
}
prop_compose! {
    fn salt()(bytes: [u8; 32]) -> Salt { Salt(bytes) }
}
prop_compose! {
    fn device()(bytes: [u8; 16]) -> DeviceId { DeviceId(bytes) }
}
prop_compose! {
    fn stream()(bytes: [u8; 16]) -> StreamId { StreamId(bytes) }
}
prop_compose! {
    fn position()(seq: u64, record in hash()) -> Position { Position { seq, record } }
}

fn blob() -> impl Strategy<Value = cbor::ByteVec> {
    vec(any::<u8>(), 0..80).prop_map(Into::into)
}

fn agency() -> impl Strategy<Value = AgencyId> {
    "[a-z0-9_]{1,32}".prop_map(|text| text.parse().expect("an agency"))
}

fn official() -> impl Strategy<Value = OfficialId> {
    "[a-z0-9_.-]{1,32}@[a-z0-9_]{1,32}".prop_map(|text| text.parse().expect("an official"))
}

fn seat() -> impl Strategy<Value = SeatId> {
    "[a-z0-9_]{1,32}/[a-z0-9_]{1,32}".prop_map(|text| text.parse().expect("a seat"))
}

prop_compose! {
    fn terms()(
        template: u64, urgency in select(Urgency::ALL), asked in vec(seat(), 0..4), told in vec(seat(), 0..4),
        about in of(scope()), instrument in of(select(Instrument::ALL)), list: String,
    ) -> Terms {
        Terms { template, urgency, asked, told, about, instrument, list }
    }
}

prop_compose! {
    fn act()(
        id: [u8; 16], seat in seat(), capacity in select(OpinionCapacity::ALL), deadline: Option<u64>,
        on in of(hash()), supersedes in of(hash()), counts in of(vec(hash(), 0..4)), terms in of(terms()),
    ) -> Act {
        Act { consultation: ConsultationId(id), seat, capacity, deadline, on, supersedes, counts, terms }
    }
}

prop_compose! {
    fn group()(generation: u64, epoch: u64, opened_by: u64) -> GroupEpoch {
        GroupEpoch { generation, epoch, opened_by }
    }
}

prop_compose! {
    fn seen()(shard: u64, size: u64, root in hash()) -> Seen { Seen { shard, size, root } }
}

prop_compose! {
    fn facts()(
        kind in select(EntryType::ALL), rule: u64, stream in stream(), group in of(group()), counter: u64,
        prev in hash(), head in of(position()), seen in of(seen()), made: u64,
        label in select(Label::ALL), com in of(hash()), act in of(act()),
    ) -> Facts {
        Facts { kind: kind.number(), rule, stream, group, counter, prev, head, seen, made, label, com, act }
    }
}

prop_compose! {
    fn record()(
        version: u64, shard: u64, stream in stream(), seq: u64, time: u64, dir in of(position()),
        prev in hash(), entry in blob(),
    ) -> Record {
        Record { version, shard, stream, seq, time, dir, prev, entry }
    }
}

prop_compose! {
    fn part()(
        role in select(PartRole::ALL), media_type: String, length: u64, sha256 in hash(),
        salt in salt(), bytes in of(blob()),
    ) -> Part {
        Part { facts: PartFacts { role, media_type, length, sha256 }, salt, bytes }
    }
}

prop_compose! {
    fn scope()(kind in select(ScopeKind::ALL), id: String) -> Scope { Scope { kind, id } }
}

prop_compose! {
    fn sealed_box()(device in device(), encapsulated in blob(), ciphertext in blob()) -> SealedBox {
        SealedBox { device, encapsulated, ciphertext }
    }
}

prop_compose! {
    fn founding()(
        founder in agency(), basis: String, scope in scope(), label in select(Label::ALL),
        members in vec(agency(), 0..4), retention_days: u64, history in select(History::ALL),
        from: u64, review: u64, key_commitment in hash(), sealed in hash(),
        boxes in vec(sealed_box(), 0..3),
    ) -> Founding {
        Founding {
            founder, basis, scope, label, members, retention_days, history, from, review,
            key_commitment, sealed, boxes,
        }
    }
}

prop_compose! {
    fn commit()(
        commit in blob(), generation: u64, epoch: u64, group_info in hash(), ratchet_tree in hash(),
        tree_hash in hash(), adds in vec(device(), 0..4), removes in vec(device(), 0..4),
        welcome in of(hash()),
    ) -> CommitBody {
        CommitBody { commit, generation, epoch, group_info, ratchet_tree, tree_hash, adds, removes, welcome }
    }
}

prop_compose! {
    fn enrolment()(
        device in device(), official in official(), seat in of(seat()), signing: [u8; 32],
        mls: [u8; 32], sealing in blob(), name: String, ticket: [u8; 16],
    ) -> DeviceEnrol {
        DeviceEnrol {
            device, official, seat, signing: PublicKey(signing), mls: PublicKey(mls), sealing, name,
            ticket: TicketId(ticket),
        }
    }
}

prop_compose! {
    fn field()(
        id in word(), kind in select(ScopeKind::ALL), names: (String, String), lead in agency(),
        supporting in vec(agency(), 0..3), pairs in vec((agency(), any::<String>()), 0..3),
        initiator in of(agency()), basis: String,
    ) -> Field {
        let (name_vi, name_en) = names;
        let capacity = |(agency, pillar)| Capacity { agency, pillar };
        let capacities = pairs.into_iter().map(capacity).collect();
        Field { id, kind, name_vi, name_en, lead, supporting, capacities, initiator, basis }
    }
}

fn word() -> impl Strategy<Value = FieldId> {
    "[a-z0-9_]{1,32}".prop_map(|text| text.parse().expect("a field"))
}

fn step() -> impl Strategy<Value = FieldStep> {
    let consulted = (agency(), select(ConsultedOutcome::ALL), any::<String>());
    let decided = (
        any::<(String, u64, String)>(),
        select(ScopeKind::ALL),
        agency(),
        any::<(u64, Option<u64>)>(),
    );
    prop_oneof![
        consulted.prop_map(|(agency, outcome, reference)| {
            FieldStep::Consulted(FieldConsulted {
                agency,
                outcome,
                reference,
            })
        }),
        any::<(String, u64)>().prop_map(|(reference, date)| {
            FieldStep::Reported(FieldReported { reference, date })
        }),
        decided.prop_map(|((number, date, summary), kind, lead, (from, until))| {
            FieldStep::Decided(FieldDecided {
                number,
                date,
                summary,
                kind,
                lead,
                from,
                until,
            })
        }),
        any::<String>().prop_map(|reference| FieldStep::Ended(FieldEnded { reference })),
    ]
}

fn statement() -> impl Strategy<Value = Statement> {
    let agency_fact = (
        agency(),
        select(AgencyKind::ALL),
        any::<String>(),
        any::<String>(),
        vec(scope(), 0..3),
    );
    let appoint = (
        (seat(), official(), select(SeatRole::ALL)),
        any::<(u64, Option<u64>, bool)>(),
    );
    let grant = (
        (select(Role::ALL), official(), of(agency())),
        any::<(u64, Option<u64>)>(),
    );
    prop_oneof![
        agency_fact.prop_map(|(id, kind, name_vi, name_en, leads)| {
            Statement::Agency(Agency {
                id,
                kind,
                name_vi,
                name_en,
                leads,
            })
        }),
        appoint.prop_map(|((seat, official, role), (from, until, speak_for))| {
            Statement::SeatAppoint(SeatAppoint {
                seat,
                official,
                role,
                from,
                until,
                speak_for,
            })
        }),
        grant.prop_map(|((role, official, scope), (from, until))| {
            Statement::RoleGrant(RoleGrant {
                role,
                official,
                scope,
                from,
                until,
            })
        }),
        (any::<[u8; 16]>(), official(), hash(), any::<u64>()).prop_map(
            |(id, official, code, expires)| {
                Statement::Ticket(Ticket {
                    id: TicketId(id),
                    official,
                    code,
                    expires,
                })
            }
        ),
        enrolment().prop_map(Statement::DeviceEnrol),
        field().prop_map(Statement::Field),
        (word(), step())
            .prop_map(|(field, step)| { Statement::FieldDecision(FieldDecision { field, step }) }),
        (
            any::<u64>(),
            vec(any::<[u8; 32]>().prop_map(PublicKey), 0..4),
            hash()
        )
            .prop_map(|(threshold, keys, next_roots)| {
                Statement::RootRotation(RootRotation {
                    threshold,
                    keys,
                    next_roots,
                })
            }),
        (any::<[u8; 16]>(), any::<bool>(), any::<String>()).prop_map(
            |(device, suspended, reason)| {
                Statement::DeviceSuspend(DeviceSuspend {
                    device: DeviceId(device),
                    suspended,
                    reason,
                })
            }
        ),
        (seat(), official(), any::<String>()).prop_map(|(seat, official, reason)| {
            Statement::AppointmentEnd(AppointmentEnd {
                seat,
                official,
                reason,
            })
        }),
    ]
}

prop_compose! {
    fn with_bodies()(entry in blob(), body in blob(), sides in vec(blob(), 0..3)) -> EntryWithBodies {
        EntryWithBodies { entry, body, sides }
    }
}

fn body() -> impl Strategy<Value = Body> {
    let receipt = (any::<(u64, u64, String)>(), blob(), vec(hash(), 0..4));
    prop_oneof![
        (any::<String>(), blob(), of(with_bodies())).prop_map(|(code, request, root)| Body::Enrol(
            Enrol {
                code,
                request,
                root
            }
        )),
        (with_bodies(), of(salt())).prop_map(|(with, stream_key)| {
            let EntryWithBodies { entry, body, sides } = with;
            Body::Submit(Submit {
                entry,
                body,
                sides,
                stream_key,
            })
        }),
        hash().prop_map(Body::FetchBody),
        (
            any::<(u64, String)>(),
            blob(),
            of(blob()),
            vec(hash(), 0..4)
        )
            .prop_map(|((index, checkpoint), record, body, path)| {
                Body::Delivery(Delivery {
                    index,
                    record,
                    body,
                    path,
                    checkpoint,
                })
            }),
        receipt.prop_map(|((shard, index, checkpoint), record, path)| {
            Body::Ok(Answer::new(&Receipt {
                shard,
                index,
                record,
                path,
                checkpoint,
            }))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn facts_hold(value in facts()) { holds(&value)?; }

    #[test]
    fn records_hold(value in record()) { holds(&value)?; }

    #[test]
    fn contents_hold(opening in salt(), parts in vec(part(), 0..4)) {
        holds(&Content::new(opening, parts))?;
    }

    #[test]
    fn statements_hold(value in statement()) { holds(&value)?; }

    #[test]
    fn foundings_hold(value in founding()) { holds(&value)?; }

    #[test]
    fn commits_hold(value in commit()) { holds(&value)?; }

    #[test]
    fn frames_hold(id: u64, body in body()) { holds(&Frame::new(id, body))?; }

    #[test]
    fn tickets_hold_in_both_forms(
        texts: (String, String), code in "[A-Z2-7]{0,64}", ca in blob(), genesis in hash(),
        official in official(), ticket: [u8; 16], expires: u64,
    ) {
        let (server, origin) = texts;
        let ticket = TicketId(ticket);
        let file = TicketFile { version: 1, server, ca, origin, genesis, ticket, official, code, expires };
        holds(&file)?;
        let text = file.to_text();
        prop_assert_eq!(TicketFile::parse(&text).expect("what is written is read"), file);
        prop_assert!(TicketFile::parse(&text[..text.len() - 1]).is_err());
        let longer = [text.as_str(), "A"].concat();
        prop_assert!(TicketFile::parse(&longer).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn entries_hold(facts in facts(), device in device(), body: Vec<u8>, seed: [u8; 32], at: usize, bit in 0_u8..8) {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let public = PublicKey(key.verifying_key().to_bytes());
        let kind = facts.entry_type().expect("a known type");
        let bytes = Header::new(device, kind, &facts).sign(&body, &key);
        let entry = Entry::parse(&bytes).expect("what is signed parses");
        prop_assert_eq!(&entry.facts, &facts);
        prop_assert!(entry.verify(&public).is_ok());
        for len in 0..bytes.len() {
            prop_assert!(Entry::parse(&bytes[..len]).is_err(), "cut at {}", len);
        }
        prop_assert!(Entry::parse(&[bytes.as_slice(), &[0]].concat()).is_err());
        let mut changed = bytes.clone();
        changed[at % bytes.len()] ^= 1 << bit;
        let accepted = Entry::parse(&changed).is_ok_and(|entry| entry.verify(&public).is_ok());
        prop_assert!(!accepted, "a changed entry verifies");
    }

    #[test]
    fn logins_hold(version: u64, nonce in salt(), exporter in salt(), origin: String, device in device(), known: Option<String>, seed: [u8; 32]) {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let facts = LoginFacts { version, nonce, exporter, origin, device, known };
        holds(&facts)?;
        let bytes = facts.sign(&key);
        let login = Login::parse(&bytes).expect("what is signed parses");
        prop_assert_eq!(&login.facts, &facts);
        prop_assert!(login.verify(&PublicKey(key.verifying_key().to_bytes())).is_ok());
        for len in 0..bytes.len() {
            prop_assert!(Login::parse(&bytes[..len]).is_err(), "cut at {}", len);
        }
        prop_assert!(Entry::parse(&bytes).is_err());
    }
}
