//! Acts of consultations as a modified client would send them: the server holds them to the same rules as everybody.

use thamvan_proto::cbor;
use thamvan_proto::consultation::{Act, OpinionCapacity, Terms, Urgency};
use thamvan_proto::entry::{EntryType, Facts, Header};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::Null;
use thamvan_proto::id::ConsultationId;
use thamvan_proto::label::Label;
use thamvan_proto::tlog::Hash;

use crate::fixture::Author;
use crate::refusal::Refusal;
use crate::submit::{self, Submission};
use crate::world::{CHANNEL, World};

fn act(seat: &str, capacity: OpinionCapacity) -> Act {
    Act {
        consultation: ConsultationId([7; 16]),
        seat: seat.parse().unwrap(),
        capacity,
        deadline: None,
        on: Some(Hash([1; 32])),
        supersedes: None,
        counts: None,
        terms: None,
    }
}

/// Says an act that carries no content.
fn silent(
    world: &mut World,
    author: &mut Author,
    kind: EntryType,
    act: Option<Act>,
    body: &[u8],
) -> Result<u64, Refusal> {
    author.resume(world.state.ledger());
    let facts = Facts {
        act,
        label: Label::Internal,
        ..author.facts(kind, world.now)
    };
    let header = Header::new(author.device, kind, &facts);
    let entry = header.sign(body, &author.key);
    let submission = Submission {
        entry: &entry,
        body,
        sides: &[],
        stream_key: None,
    };
    world.take(&submission, submit::Author::Device(author.device))
}

#[test]
fn an_act_against_the_rules_is_refused_with_its_own_code_and_for_no_longer_than_they_say() {
    let (mut world, mut lan) = World::with_channel();
    let null = cbor::to_vec(&Null);
    let remind = act("mofa/main", OpinionCapacity::Agency);
    for (act, expected) in [
        // No such consultation; the seat of somebody else.
        (remind.clone(), ErrorCode::Act),
        (act("moit/main", OpinionCapacity::Agency), ErrorCode::Act),
    ] {
        let kind = EntryType::ConsultationRemind;
        let refusal = silent(&mut world, &mut lan, kind, Some(act), &null).unwrap_err();
        assert_eq!(refusal.code, expected);
        // A later record may say otherwise.
        assert!(refusal.settled.is_none());
    }
    // An act without its facts, with a body, or of a stranger is no act at all.
    let kind = EntryType::ConsultationRemind;
    let bare = silent(&mut world, &mut lan, kind, None, &null).unwrap_err();
    assert_eq!(bare.code, ErrorCode::Malformed);
    let spoken = silent(&mut world, &mut lan, kind, Some(remind.clone()), b"\x01").unwrap_err();
    assert_eq!(spoken.code, ErrorCode::Malformed);
    let mut stranger = world.admin.author(CHANNEL);
    let strange = silent(&mut world, &mut stranger, kind, Some(remind), &null).unwrap_err();
    assert_eq!(strange.code, ErrorCode::NotPermitted);
    // Opening is said, never done in silence.
    let opening = Act {
        on: None,
        deadline: Some(world.now + 3_600_000),
        terms: Some(Terms {
            template: 1,
            urgency: Urgency::Normal,
            asked: vec!["moit/main".parse().unwrap()],
            told: vec![],
            about: None,
            instrument: None,
            list: "x".into(),
        }),
        ..act("mofa/main", OpinionCapacity::Agency)
    };
    let kind = EntryType::ConsultationOpen;
    let silent = silent(&mut world, &mut lan, kind, Some(opening), &null).unwrap_err();
    assert_eq!(silent.code, ErrorCode::Malformed);
}
