use thamvan_proto::cbor;
use thamvan_proto::entry::Header;
use thamvan_proto::id::StreamId;

use super::*;
use crate::fixture::{agency, register};
use crate::world::{CHANNEL, KEY, NOW, World};

fn plain<'a>(entry: &'a [u8], body: &'a [u8]) -> Submission<'a> {
    Submission {
        entry,
        body,
        sides: &[],
        stream_key: None,
    }
}

fn decide(
    state: &State,
    submission: &Submission<'_>,
    author: Author,
    now: u64,
) -> Result<Outcome, Refusal> {
    super::decide(state, parse(submission.entry)?, submission, author, now)
}

fn code<T>(refused: Result<T, Refusal>) -> ErrorCode {
    refused.err().unwrap().code
}

#[test]
fn the_same_entry_keeps_its_first_place() {
    let mut world = World::enrolled();
    let mut admin = world.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = admin.entry(EntryType::Statement, &body, NOW);
    let author = Author::Device(admin.device);
    let index = world.take(&plain(&entry, &body), author).unwrap();
    assert_eq!(world.take(&plain(&entry, &body), author), Ok(index));
    assert_eq!(world.state.tree().size(), index + 1);
    let stranger = Author::Device(world.lan.fact.device);
    let refused = world.take(&plain(&entry, &body), stranger);
    assert_eq!(code(refused), ErrorCode::NotPermitted);
}

#[test]
fn time_never_goes_back_and_the_directory_head_is_named() {
    let mut world = World::enrolled();
    let mut admin = world.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    for (clock, time) in [(NOW + 5, NOW + 5), (NOW - 60_000, NOW + 5)] {
        world.now = clock;
        let head = world.state.ledger().directory().head();
        let entry = admin.entry(EntryType::Statement, &body, clock);
        let author = Author::Device(admin.device);
        let outcome = decide(&world.state, &plain(&entry, &body), author, clock).unwrap();
        let Outcome::New(decided) = outcome else {
            panic!("not new")
        };
        let record = Record::parse(&decided.sequenced.record).unwrap();
        assert_eq!((record.time, record.dir), (time, head));
        world.take(&plain(&entry, &body), author).unwrap();
    }
}

#[test]
fn what_an_author_has_seen_is_of_this_log() {
    let world = World::enrolled();
    let admin = world.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let author = Author::Device(admin.device);
    let tree = world.state.tree();
    let (size, last) = (tree.size(), tree.root());
    let before = tree.root_at(size - 1).unwrap();
    let say = |shard, size, root| {
        let mut facts = admin.facts(EntryType::Statement, NOW);
        facts.seen = Some(Seen { shard, size, root });
        let header = Header::new(admin.device, EntryType::Statement, &facts);
        let entry = header.sign(&body, &admin.key);
        decide(&world.state, &plain(&entry, &body), author, NOW)
    };
    for (size, root) in [(size, last), (size - 1, before)] {
        assert!(matches!(say(0, size, root), Ok(Outcome::New(_))));
    }
    for (shard, size, root) in [
        (1, size, last),
        (0, size, before),
        (0, size - 1, last),
        (0, size + 1, last),
    ] {
        assert_eq!(code(say(shard, size, root)), ErrorCode::BadChain);
    }
}

#[test]
fn only_root_statements_may_be_brought_by_others_and_only_by_a_live_device() {
    let mut world = World::enrolled();
    let root = world
        .authority
        .state(vec![agency("mps", Vec::new())], Vec::new(), NOW);
    let device = Author::Device(world.lan.fact.device);
    assert!(decide(&world.state, &plain(&root.entry, &root.body), device, NOW).is_ok());
    let stranger = Author::Device(DeviceId([77; 16]));
    let refused = decide(&world.state, &plain(&root.entry, &root.body), stranger, NOW);
    assert_eq!(code(refused), ErrorCode::UnknownDevice);
    assert!(
        decide(
            &world.state,
            &plain(&root.entry, &root.body),
            Author::Root,
            NOW
        )
        .is_ok()
    );
    let genesis = world.authority.genesis();
    let refused = decide(
        &world.state,
        &plain(&genesis.entry, &genesis.body),
        Author::Root,
        NOW,
    );
    assert_eq!(code(refused), ErrorCode::NotPermitted);
}

#[test]
fn a_tag_key_comes_with_its_registration_and_nothing_else() {
    let world = World::enrolled();
    let mut lan = world.lan.author(StreamId::DIRECTORY);
    let author = Author::Device(lan.device);
    let body = register(CHANNEL, KEY);
    let entry = lan.entry(EntryType::StreamRegister, &body, NOW);
    let with = |stream_key| Submission {
        stream_key,
        ..plain(&entry, &body)
    };
    for key in [None, Some(&Salt([6; 32]))] {
        let refused = decide(&world.state, &with(key), author, NOW);
        assert_eq!(code(refused), ErrorCode::Malformed);
    }
    assert!(decide(&world.state, &with(Some(&KEY)), author, NOW).is_ok());
    let mut admin = world.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = admin.entry(EntryType::Statement, &body, NOW);
    let keyed = Submission {
        stream_key: Some(&KEY),
        ..plain(&entry, &body)
    };
    let refused = decide(&world.state, &keyed, Author::Device(admin.device), NOW);
    assert_eq!(code(refused), ErrorCode::Malformed);
}

#[test]
fn every_side_is_named_and_every_named_side_is_there_or_stored() {
    let mut world = World::begun();
    let side = b"a name".to_vec();
    let official =
        thamvan_proto::directory::Statement::Official(thamvan_proto::directory::Official {
            id: "hoa@moit".parse().unwrap(),
            name: sha256(&side),
        });
    let item = world
        .authority
        .state(vec![official.clone()], vec![side.clone()], NOW);
    let sides = |sides| Submission {
        sides,
        ..plain(&item.entry, &item.body)
    };
    let state = &world.state;
    let missing = decide(state, &sides(&[]), Author::Root, NOW);
    assert_eq!(code(missing), ErrorCode::Malformed);
    let stranger = [side.clone().into(), b"another".to_vec().into()];
    let unnamed = decide(state, &sides(&stranger), Author::Root, NOW);
    assert_eq!(code(unnamed), ErrorCode::Malformed);
    let long = [vec![0; SIDE_BODY_LEN_MAX + 1].into()];
    assert_eq!(
        code(decide(state, &sides(&long), Author::Root, NOW)),
        ErrorCode::TooLarge
    );
    let many = vec![ByteVec::from(side); SIDES_MAX + 1];
    assert_eq!(
        code(decide(state, &sides(&many), Author::Root, NOW)),
        ErrorCode::TooLarge
    );
    world.operator(&item);
    let again = thamvan_proto::directory::Statement::Official(thamvan_proto::directory::Official {
        id: "ha@moit".parse().unwrap(),
        name: sha256(b"a name"),
    });
    let item = world.authority.state(vec![again], Vec::new(), NOW);
    assert!(
        decide(
            &world.state,
            &plain(&item.entry, &item.body),
            Author::Root,
            NOW
        )
        .is_ok()
    );
}

#[test]
fn a_statement_of_a_kind_of_the_future_is_refused_as_unknown() {
    let mut world = World::enrolled();
    let statement = (30_u64, vec!["lan@mofa"]);
    let bodies = [
        (EntryType::Statement, cbor::to_vec(&statement)),
        (EntryType::Propose, cbor::to_vec(&(statement, NOW))),
    ];
    for (kind, body) in bodies {
        let mut admin = world.admin.author(StreamId::DIRECTORY);
        let entry = admin.entry(kind, &body, NOW);
        let author = Author::Device(admin.device);
        let refused = world.take(&plain(&entry, &body), author);
        assert_eq!(code(refused), ErrorCode::UnknownType, "{kind:?}");
    }
}
