//! Targets for everything that is deterministic CBOR without a signature of its own.

use thamvan_proto::attachment::AttachmentKey;
use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{
    Authorisation, AuthorisationEnd, ChannelClose, CommitBody, CommitRejected, Disclosure,
    Founding, GroupStart, Leave, MemberAdd, MemberRemove, SealedName, StreamOpen, Successor,
};
use thamvan_proto::commitment::{Content, OpenError, PartOpening, Place, ReleasedItem, commit};
use thamvan_proto::directory::{Approval, OfficialName, Proposal, Statement, StreamRegister};
use thamvan_proto::entry::Facts;
use thamvan_proto::frame::{
    Answer, Body, Frame, HeadsShown, Null, PendingEnrolment, Receipt, StreamInfo,
};
use thamvan_proto::heads::Heads;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::limits::{
    ENTRY_LEN_MAX, FRAME_LEN_MAX, SIDE_BODY_LEN_MAX, STATEMENT_BODY_LEN_MAX,
};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

macro_rules! plain {
    ($( $name:ident: $type:ty, $max:expr; )*) => { $(
        pub(super) fn $name(data: &[u8]) -> bool {
            round_trips::<$type>(data, $max).is_some()
        }
    )* };
}

plain! {
    facts: Facts, ENTRY_LEN_MAX;
    statement: Statement, STATEMENT_BODY_LEN_MAX;
    proposal: Proposal, STATEMENT_BODY_LEN_MAX;
    approval: Approval, STATEMENT_BODY_LEN_MAX;
    stream_register: StreamRegister, STATEMENT_BODY_LEN_MAX;
    official_name: OfficialName, SIDE_BODY_LEN_MAX;
    founding: Founding, STATEMENT_BODY_LEN_MAX;
    stream_open: StreamOpen, STATEMENT_BODY_LEN_MAX;
    member_add: MemberAdd, STATEMENT_BODY_LEN_MAX;
    member_remove: MemberRemove, STATEMENT_BODY_LEN_MAX;
    channel_close: ChannelClose, STATEMENT_BODY_LEN_MAX;
    authorisation: Authorisation, STATEMENT_BODY_LEN_MAX;
    authorisation_end: AuthorisationEnd, STATEMENT_BODY_LEN_MAX;
    group_start: GroupStart, STATEMENT_BODY_LEN_MAX;
    commit_body: CommitBody, SIDE_BODY_LEN_MAX;
    commit_rejected: CommitRejected, STATEMENT_BODY_LEN_MAX;
    successor: Successor, STATEMENT_BODY_LEN_MAX;
    leave: Leave, STATEMENT_BODY_LEN_MAX;
    sealed_name: SealedName, SIDE_BODY_LEN_MAX;
    attachment_key: AttachmentKey, STATEMENT_BODY_LEN_MAX;
    disclosure: Disclosure, STATEMENT_BODY_LEN_MAX;
    released_item: ReleasedItem, STATEMENT_BODY_LEN_MAX;
}

/// What parses encodes to the same bytes; one byte less or more does not parse.
fn round_trips<T>(data: &[u8], max: usize) -> Option<T>
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    let value: T = cbor::from_slice(data, max).ok()?;
    assert_eq!(cbor::to_vec(&value), data, "another encoding is accepted");
    let shorter = data.get(..data.len().saturating_sub(1)).unwrap_or_default();
    assert!(cbor::from_slice::<T>(shorter, max).is_err(), "truncated");
    let longer = [data, &[0xf6]].concat();
    assert!(cbor::from_slice::<T>(&longer, max + 1).is_err(), "trailing");
    assert!(
        cbor::from_slice::<T>(data, data.len() - 1).is_err(),
        "limit"
    );
    Some(value)
}

/// What parses as heads is of version 1 and encodes to the same bytes.
pub(super) fn heads(data: &[u8]) -> bool {
    let Ok(heads) = Heads::parse(data) else {
        return false;
    };
    assert_eq!(heads.version, 1);
    round_trips::<Heads>(data, STATEMENT_BODY_LEN_MAX).is_some()
}

pub(super) fn record(data: &[u8]) -> bool {
    let Ok(record) = Record::parse(data) else {
        return false;
    };
    assert_eq!(record.to_vec(), data, "another encoding is accepted");
    round_trips::<Record>(data, data.len()).is_some()
}

/// Content opens the commitment that it makes, at its place and nowhere else.
pub(super) fn content(data: &[u8]) -> bool {
    let place = Place {
        generation: 0,
        stream: StreamId([7; 16]),
        device: DeviceId([1; 16]),
        counter: 4,
    };
    let Some(content) = round_trips::<Content>(data, data.len()) else {
        assert!(Content::open(data, &place, &Hash([0; 32])).is_err());
        return false;
    };
    let com = content.commitment(&place);
    match Content::open(data, &place, &com) {
        Ok(opened) => {
            assert_eq!(opened, content);
            let elsewhere = Place {
                counter: place.counter + 1,
                ..place
            };
            let refused = Content::open(data, &elsewhere, &com);
            assert!(
                matches!(refused, Err(OpenError::Commitment)),
                "opens elsewhere"
            );
            true
        }
        Err(error) => {
            assert!(!matches!(error, OpenError::Commitment), "does not open");
            false
        }
    }
}

/// An opening opens no commitment but its own, and that one with the right bytes alone.
pub(super) fn part_opening(data: &[u8]) -> bool {
    let Some(opening) = round_trips::<PartOpening>(data, data.len()) else {
        return false;
    };
    let place = Place {
        generation: 0,
        stream: StreamId([7; 16]),
        device: DeviceId([1; 16]),
        counter: 4,
    };
    assert!(opening.open(&place, &Hash([0; 32]), b"").is_err());
    let com = commit(&place, &opening.opening, &opening.hashes);
    match opening.open(&place, &com, b"") {
        Ok(()) => assert_eq!(opening.facts.length, 0),
        Err(OpenError::PartMismatch { .. }) => {}
        Err(_) => return false,
    }
    true
}

pub(super) fn frame(data: &[u8]) -> bool {
    let Ok(frame) = Frame::parse(data, FRAME_LEN_MAX) else {
        return false;
    };
    assert_eq!(frame.to_vec(), data, "another encoding is accepted");
    assert!(Frame::parse(data, data.len() - 1).is_err(), "limit");
    assert!(
        Frame::parse(&[data, &[0xf6]].concat(), FRAME_LEN_MAX).is_err(),
        "trailing"
    );
    true
}

/// Whatever an answer is opened as, it is the same bytes.
pub(super) fn answer(data: &[u8]) -> bool {
    let Ok(Frame {
        body: Body::Ok(answer),
        ..
    }) = Frame::parse(data, FRAME_LEN_MAX)
    else {
        return false;
    };
    [
        opens::<Null>(&answer),
        opens::<Receipt>(&answer),
        opens::<Vec<StreamInfo>>(&answer),
        opens::<Vec<PendingEnrolment>>(&answer),
        opens::<Vec<Hash>>(&answer),
        opens::<Option<HeadsShown>>(&answer),
        opens::<ByteVec>(&answer),
        opens::<[u64; 1]>(&answer),
    ]
    .contains(&true)
}

fn opens<T>(answer: &Answer) -> bool
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    answer.open::<T>().is_ok_and(|value| {
        assert_eq!(Answer::new(&value), *answer, "another encoding is accepted");
        true
    })
}
