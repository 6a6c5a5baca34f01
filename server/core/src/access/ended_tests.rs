use thamvan_proto::cbor;
use thamvan_proto::channel::{ChannelError, History, MemberAdd, MemberRemove};
use thamvan_proto::directory::{
    Accreditation, Agency, AgencyKind, DeviceSuspend, Measure, NameErasure, Official, OfficialEnd,
    Pending, Statement,
};
use thamvan_proto::entry::{Entry, EntryType, sha256};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::Invalid;

use super::*;
use crate::fixture::{Device, LAN, MINH, agency, id, name};
use crate::store::Store as _;
use crate::submit::{self, Submission};
use crate::world::{CHANNEL, NOW, World};

fn state(world: &mut World, statements: Vec<Statement>, sides: Vec<Vec<u8>>) {
    let item = world.authority.state(statements, sides, world.now);
    world.operator(&item);
}

fn code<T>(refused: Result<T, Refusal>) -> ErrorCode {
    refused.err().unwrap().code
}

/// What a device may not do that is not live: read, ask for streams, say anything.
fn is_dead(world: &World, device: &Device) -> bool {
    let id = device.fact.device;
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let mut author = device.author(StreamId::DIRECTORY);
    author.resume(world.state.ledger());
    let entry = author.entry(EntryType::Statement, &body, world.now);
    let submission = Submission {
        entry: &entry,
        body: &body,
        sides: &[],
        stream_key: None,
    };
    let parsed = submit::parse(&entry).unwrap();
    let author = submit::Author::Device(id);
    let said = submit::decide(&world.state, parsed, &submission, author, world.now);
    let unknown = [
        code(may_read(&world.state, &id, &CHANNEL, NOW).and(Ok(()))),
        code(streams(&world.state, &id, 4, NOW)),
        code(said),
    ];
    unknown == [ErrorCode::UnknownDevice; 3]
}

#[test]
fn who_has_ended_or_is_suspended_reads_and_says_nothing() {
    let (mut world, _) = World::with_channel();
    let suspend = |suspended| {
        Statement::DeviceSuspend(DeviceSuspend {
            device: DeviceId([4; 16]),
            suspended,
            reason: "để quên".into(),
        })
    };
    let minh = Device::new(4, MINH);
    state(&mut world, vec![suspend(true)], vec![]);
    assert!(is_dead(&world, &minh));
    state(&mut world, vec![suspend(false)], vec![]);
    assert!(may_read(&world.state, &minh.fact.device, &CHANNEL, NOW).is_ok());
    let end = Statement::OfficialEnd(OfficialEnd {
        official: id(MINH),
        reason: "nghỉ hưu".into(),
    });
    state(&mut world, vec![end], vec![]);
    assert!(is_dead(&world, &minh));
    assert!(may_read(&world.state, &world.lan.fact.device, &CHANNEL, NOW).is_ok());
}

#[test]
fn r16_a_guest_fetches_the_names_of_those_alone_with_whom_they_share_a_channel() {
    let (mut world, mut lan) = World::with_channel();
    let stranger = "binh@mofa";
    let guest = Statement::Agency(Agency {
        id: "moit".parse().unwrap(),
        kind: AgencyKind::DiaPhuong,
        name_vi: String::new(),
        name_en: String::new(),
        leads: vec![],
    });
    let other = Statement::Official(Official {
        id: id(stranger),
        name: sha256(&name(stranger)),
    });
    state(&mut world, vec![guest, other], vec![name(stranger)]);
    let fetches = |world: &World, device: &Device, official: &str| {
        let hash = sha256(&name(official));
        may_fetch(&world.state, &device.fact.device, &hash, NOW).is_ok()
    };
    assert!(fetches(&world, &world.minh, LAN) && fetches(&world, &world.minh, MINH));
    assert!(!fetches(&world, &world.minh, stranger));
    assert!(fetches(&world, &world.lan, stranger), "who is no guest");
    // Nor is a guest shown what is proposed by or about somebody they do not know.
    let sees = |viewer: &str, proposer: &str, about: &str| {
        let end = NameErasure {
            official: id(about),
            reason: "theo đề nghị".into(),
        };
        let pending = Pending {
            seq: 0,
            proposer: id(proposer),
            statement: Statement::NameErasure(end),
            expires: NOW,
            approved: false,
        };
        world.state.ledger().may_see(&id(viewer), &pending)
    };
    assert!(sees(MINH, LAN, MINH) && sees(LAN, stranger, stranger));
    assert!(!sees(MINH, stranger, MINH) && !sees(MINH, LAN, stranger));
    // What everybody judges by is everybody's.
    let first = world.state.ledger().record_hash(&StreamId::DIRECTORY, 0);
    assert!(
        first.is_some()
            && may_read(
                &world.state,
                &world.minh.fact.device,
                &StreamId::DIRECTORY,
                NOW
            )
            .is_ok()
    );
    let body = cbor::to_vec(&MemberRemove {
        official: id(MINH),
        reason: String::new(),
    });
    world.say(&mut lan, EntryType::MemberRemove, &body, None);
    assert!(!fetches(&world, &world.minh, LAN) && fetches(&world, &world.minh, MINH));
    // A guest comes in with a reason, and never without (R16).
    let add = |reason: &str| {
        cbor::to_vec(&MemberAdd {
            official: id(MINH),
            history: History::Nothing,
            from: None,
            to: None,
            reason: reason.into(),
        })
    };
    let silent = add(" ");
    let mut twin = world.lan.author(CHANNEL);
    twin.resume(world.state.ledger());
    let entry = twin.entry(EntryType::MemberAdd, &silent, world.now);
    let entry = Entry::parse(&entry).unwrap();
    let judged = world.state.ledger().judge(&entry, &silent, world.now);
    assert!(matches!(
        judged,
        Err(Invalid::Channel(ChannelError::GuestReason))
    ));
    world.say(&mut lan, EntryType::MemberAdd, &add("góp ý dự thảo"), None);
    assert!(fetches(&world, &world.minh, LAN));
}

#[test]
fn an_erased_name_is_nobodys_and_does_not_come_back() {
    let mut world = World::enrolled();
    let hash = sha256(&name(LAN));
    assert!(may_fetch(&world.state, &world.admin.fact.device, &hash, NOW).is_ok());
    let erasure = Statement::NameErasure(NameErasure {
        official: id(LAN),
        reason: "theo đề nghị".into(),
    });
    state(&mut world, vec![erasure], vec![]);
    let refused = may_fetch(&world.state, &world.admin.fact.device, &hash, NOW);
    assert_eq!(code(refused), ErrorCode::NotFound);
    assert!(world.state.holders(&hash).is_empty());
    // A restart folds the same, though the body is no more in the store.
    world.store.erase(&hash).unwrap();
    assert!(world.read_again().holders(&hash).is_empty());
    // Under another official the same name would be here again.
    let again = Statement::Official(Official {
        id: id("lan2@mofa"),
        name: hash,
    });
    let body = cbor::to_vec(&again);
    let mut admin = world.admin.author(StreamId::DIRECTORY);
    let entry = admin.entry(EntryType::Statement, &body, NOW);
    let sides = [name(LAN).into()];
    let submission = Submission {
        entry: &entry,
        body: &body,
        sides: &sides,
        stream_key: None,
    };
    let refused = world.take(&submission, submit::Author::Device(admin.device));
    assert_eq!(code(refused), ErrorCode::Void);
}

#[test]
fn s1_a_clock_that_goes_back_brings_no_accreditation_back() {
    let mut world = World::enrolled();
    let until = NOW + 60_000;
    let accreditation = Statement::Accreditation(Accreditation {
        number: "12/BCY".into(),
        authority: "Ban Cơ yếu".into(),
        date: 0,
        level: Label::Mat,
        measure: Measure::IndependentLan,
        systems: "3/2026".into(),
        document: Hash([1; 32]),
        from: NOW,
        until,
    });
    state(&mut world, vec![accreditation], vec![]);
    let ceiling = |world: &World| {
        let at = world.state.ledger().directory().now();
        // As an entry would be judged that comes now.
        at.ceiling(world.state.time().max(world.now))
    };
    assert_eq!(ceiling(&world), Label::Mat);
    world.now = until;
    assert_eq!(ceiling(&world), Label::CEILING_DEFAULT, "it has expired");
    let mut admin = world.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    world.say(&mut admin, EntryType::Statement, &body, None);
    world.now = NOW;
    assert_eq!(
        ceiling(&world),
        Label::CEILING_DEFAULT,
        "whatever the clock says now"
    );
    // What was stored before the accreditation, as in a restored backup, does not have it.
    assert_eq!(
        World::enrolled()
            .state
            .ledger()
            .directory()
            .now()
            .ceiling(NOW),
        Label::CEILING_DEFAULT
    );
}
