//! Samples of what is signed and stored.

use thamvan_proto::attachment::{AttachmentKey, BlobKey};
use thamvan_proto::cbor;
use thamvan_proto::channel::{
    Authorisation, AuthorisationEnd, ChannelClose, CommitBody, CommitRejected, Disclosure,
    Founding, GroupStart, History, Leave, MemberAdd, MemberRemove, Scope, ScopeKind, SealedBox,
    SealedName, StreamOpen, Successor, Suite,
};
use thamvan_proto::commitment::{Content, Part, PartFacts, PartOpening, PartRole, ReleasedItem};
use thamvan_proto::consultation::{Act, Instrument, OpinionCapacity, Terms, Urgency};
use thamvan_proto::directory::{
    Accreditation, AccreditationEnd, Agency, AgencyEnd, AgencyKind, AppointmentEnd, Approval,
    Capacity, ConsultedOutcome, DeviceEnrol, DeviceRevoke, DeviceSuspend, Field, FieldConsulted,
    FieldDecided, FieldDecision, FieldEnded, FieldReported, FieldStep, FocalReceipt, FocalUnit,
    Genesis, Measure, NameErasure, Official, OfficialEnd, OfficialName, PolicyChange, Proposal,
    Role, RoleGrant, RoleRevoke, RootRotation, RootSignature, RootSigned, RootStatements, Seat,
    SeatAppoint, SeatRole, Statement, StreamRegister, Ticket,
};
use thamvan_proto::entry::{EntryType, Facts, GroupEpoch, Position, Seen};
use thamvan_proto::id::NoncePrefix;
use thamvan_proto::label::Label;
use thamvan_proto::record::Record;

use super::{
    CONSULTATION, DEVICE, GROUP, HASH, KEY, ROOT_KEY, SALT, SIGNATURE, STREAM, Sample, TICKET,
    TIME, sample,
};
use crate::session::sample::id;

pub(super) fn list() -> Vec<Sample> {
    let mut samples = identifiers();
    samples.extend(entry_types());
    samples.extend(content_types());
    samples.extend(authority_types());
    samples.extend(
        statements()
            .iter()
            .map(|statement| sample(&format!("Statement {}", statement.number()), statement)),
    );
    samples.extend(
        field_steps()
            .iter()
            .map(|step| sample(&format!("FieldStep {}", step.number()), step)),
    );
    samples.extend(directory_types());
    samples.extend(channel_types());
    samples
}

fn identifiers() -> Vec<Sample> {
    vec![
        sample("Hash", &HASH),
        sample("DeviceId", &DEVICE),
        sample("StreamId", &STREAM),
        sample("TicketId", &TICKET),
        sample("ConsultationId", &CONSULTATION),
        sample("RootKeyId", &ROOT_KEY),
        sample("PublicKey", &KEY),
        sample("Signature", &SIGNATURE),
        sample("Salt", &SALT),
        sample("GroupId", &GROUP),
        sample("AgencyId", &id::<thamvan_proto::id::AgencyId>("mofa")),
        sample(
            "OfficialId",
            &id::<thamvan_proto::id::OfficialId>("lan@mofa"),
        ),
        sample("SeatId", &id::<thamvan_proto::id::SeatId>("mofa/main")),
    ]
}

/// Facts with every field.
#[must_use]
pub(crate) fn facts() -> Facts {
    Facts {
        kind: EntryType::Message.number(),
        rule: 1,
        stream: STREAM,
        group: Some(group_epoch()),
        counter: 5,
        prev: HASH,
        head: Some(position()),
        seen: Some(Seen {
            shard: 0,
            size: 300,
            root: HASH,
        }),
        made: TIME,
        label: Label::Internal,
        com: Some(HASH),
        act: Some(act()),
    }
}

fn position() -> Position {
    Position {
        seq: 24,
        record: HASH,
    }
}

fn group_epoch() -> GroupEpoch {
    GroupEpoch {
        generation: 0,
        epoch: 2,
        opened_by: 9,
    }
}

fn act() -> Act {
    Act {
        consultation: CONSULTATION,
        seat: id("mofa/main"),
        capacity: OpinionCapacity::Agency,
        deadline: Some(TIME),
        on: Some(HASH),
        supersedes: None,
        counts: Some(vec![HASH]),
        terms: Some(Terms {
            template: 2,
            urgency: Urgency::HoaToc,
            asked: vec![id("moit/main")],
            told: vec![id("mofa/secretariat")],
            about: Some(Scope {
                kind: ScopeKind::CrossPillar,
                id: "digital_economy".to_owned(),
            }),
            instrument: Some(Instrument::Treaty),
            list: "Quyết định 1178/QĐ-TTg".to_owned(),
        }),
    }
}

fn entry_types() -> Vec<Sample> {
    let absent = Facts {
        group: None,
        head: None,
        seen: None,
        com: None,
        act: None,
        ..facts()
    };
    let record = Record {
        version: 1,
        shard: 0,
        stream: STREAM,
        seq: 3,
        time: TIME,
        dir: Some(position()),
        prev: HASH,
        entry: vec![0xd2, 0x84].into(),
    };
    vec![
        sample("Position", &position()),
        sample("Seen", &facts().seen.expect("it is there")),
        sample("GroupEpoch", &group_epoch()),
        sample("Act", &act()),
        sample("Facts", &facts()),
        sample("Facts, absent values", &absent),
        sample("Record", &record),
        sample(
            "Record, the first",
            &Record {
                dir: None,
                ..record
            },
        ),
    ]
}

fn content_types() -> Vec<Sample> {
    let facts = PartFacts {
        role: PartRole::Attachment,
        media_type: "application/pdf".into(),
        length: 70_000,
        sha256: HASH,
    };
    let apart = Part {
        facts: facts.clone(),
        salt: SALT,
        bytes: None,
    };
    let inline = Part::inline(PartRole::Text, "text/plain", b"text".to_vec(), SALT);
    let key = AttachmentKey {
        part: 1,
        blob: HASH,
        size: 70_032,
        key: BlobKey([0x5a; 32]),
        nonce: NoncePrefix([0x6b; 19]),
        chunk: 65_536,
        name: "dự thảo.pdf".into(),
    };
    let keyed = Part::inline(
        PartRole::AttachmentKey,
        "application/cbor",
        cbor::to_vec(&key),
        SALT,
    );
    let attached = Content::new(SALT, vec![inline.clone(), apart.clone(), keyed]);
    vec![
        sample("PartFacts", &facts),
        sample("Part, inline", &inline),
        sample("Part, apart", &apart),
        sample("Content", &Content::new(SALT, vec![inline.clone(), apart])),
        sample("AttachmentKey", &key),
        sample(
            "ReleasedItem",
            &ReleasedItem {
                seq: 24,
                content: vec![0x83, 1].into(),
            },
        ),
        sample("Content, attachment", &attached),
        sample(
            "PartOpening",
            &PartOpening::of(&attached, 0).expect("there is a part"),
        ),
    ]
}

fn authority_types() -> Vec<Sample> {
    let genesis = Genesis {
        version: 1,
        origin: "log.example".into(),
        shard: 0,
        threshold: 1,
        root_keys: vec![KEY],
        next_roots: HASH,
        log_key: "vkey".into(),
        policy: HASH,
        stream_key: SALT,
        made: TIME,
    };
    let signature = RootSignature {
        key: ROOT_KEY,
        signature: SIGNATURE,
    };
    let signed = RootSigned {
        content: vec![0x80].into(),
        signatures: vec![signature.clone()],
    };
    let statements = RootStatements {
        genesis: HASH,
        nonce: SALT,
        statements: statements()[..1].to_vec(),
    };
    vec![
        sample("Genesis", &genesis),
        sample("RootSignature", &signature),
        sample("RootSigned", &signed),
        sample("RootStatements", &statements),
    ]
}

/// One statement of each kind, in the order of their numbers.
pub(crate) fn statements() -> Vec<Statement> {
    let official = || id("lan@mofa");
    vec![
        Statement::Agency(Agency {
            id: id("mofa"),
            kind: AgencyKind::Bo,
            name_vi: "Bộ Ngoại giao".into(),
            name_en: "Ministry of Foreign Affairs".into(),
            leads: vec![scope()],
        }),
        Statement::Official(Official {
            id: official(),
            name: HASH,
        }),
        Statement::Seat(Seat {
            id: id("mofa/main"),
            purpose: "ASEAN".into(),
        }),
        Statement::SeatAppoint(SeatAppoint {
            seat: id("mofa/main"),
            official: official(),
            role: SeatRole::Acting,
            from: TIME,
            until: None,
            speak_for: true,
        }),
        Statement::RoleGrant(RoleGrant {
            role: Role::Approver,
            official: official(),
            scope: Some(id("mofa")),
            from: 0,
            until: Some(TIME),
        }),
        Statement::RoleRevoke(RoleRevoke {
            role: Role::Auditor,
            official: official(),
        }),
        Statement::Ticket(Ticket {
            id: TICKET,
            official: official(),
            code: HASH,
            expires: TIME,
        }),
        Statement::DeviceEnrol(enrolment()),
        Statement::DeviceRevoke(DeviceRevoke {
            device: DEVICE,
            reason: "mất máy".into(),
        }),
        Statement::PolicyChange(PolicyChange {
            version: 1,
            suites: vec![Suite::X25519, Suite::XWing],
            secret_list: "1178/QĐ-TTg".into(),
            off: vec![],
            worked: vec![],
            hours: None,
            channel_hours: vec![],
            routes: vec![],
            duties: vec![thamvan_proto::duty::Duty::YearReport.end()],
            document: "15/QĐ-BNG".into(),
            hash: HASH,
            from: TIME,
        }),
        Statement::Accreditation(Accreditation {
            number: "12/BCY".into(),
            authority: "Ban Cơ yếu Chính phủ".into(),
            date: TIME,
            level: Label::Mat,
            measure: Measure::IndependentLan,
            systems: "hồ sơ 3/2026".into(),
            document: HASH,
            from: TIME,
            until: TIME,
        }),
        Statement::AccreditationEnd(AccreditationEnd {
            number: "12/BCY".into(),
            reason: "thu hồi".into(),
        }),
        Statement::Field(field()),
        Statement::FieldDecision(FieldDecision {
            field: id("customs"),
            step: field_steps().swap_remove(2),
        }),
        Statement::FocalUnit(FocalUnit {
            agency: id("mofa"),
            seat: id("mofa/main"),
        }),
        Statement::AgencyEnd(AgencyEnd {
            agency: id("mofa"),
            reason: "hợp nhất".into(),
        }),
        Statement::OfficialEnd(OfficialEnd {
            official: official(),
            reason: "nghỉ hưu".into(),
        }),
        Statement::RootRotation(RootRotation {
            threshold: 2,
            keys: vec![KEY; 3],
            next_roots: HASH,
        }),
        Statement::DeviceSuspend(DeviceSuspend {
            device: DEVICE,
            suspended: true,
            reason: "để quên".into(),
        }),
        Statement::AppointmentEnd(AppointmentEnd {
            seat: id("mofa/main"),
            official: official(),
            reason: "luân chuyển".into(),
        }),
        Statement::NameErasure(NameErasure {
            official: official(),
            reason: "theo đề nghị".into(),
        }),
        Statement::FocalReceipt(FocalReceipt {
            change: 12,
            seat: id("mofa/secretariat"),
        }),
    ]
}

fn field() -> Field {
    Field {
        id: id("customs"),
        kind: ScopeKind::CrossSector,
        name_vi: "Hải quan".into(),
        name_en: "Customs".into(),
        lead: id("mof"),
        supporting: vec![id("mofa")],
        capacities: vec![Capacity {
            agency: id("mof"),
            pillar: "aec".into(),
        }],
        initiator: Some(id("moit")),
        basis: "điểm a khoản 7 Điều 3".into(),
    }
}

/// One of each, in the order of their numbers.
fn field_steps() -> Vec<FieldStep> {
    vec![
        FieldStep::Consulted(FieldConsulted {
            agency: id("mofa"),
            outcome: ConsultedOutcome::Overdue,
            reference: "12/CV".into(),
        }),
        FieldStep::Reported(FieldReported {
            reference: "3/TTr".into(),
            date: TIME,
        }),
        FieldStep::Decided(FieldDecided {
            number: "99/QĐ-TTg".into(),
            date: TIME,
            summary: "lĩnh vực hải quan".into(),
            kind: ScopeKind::CrossSector,
            lead: id("mof"),
            from: TIME,
            until: None,
        }),
        FieldStep::Ended(FieldEnded {
            reference: "100/QĐ-TTg".into(),
        }),
    ]
}

/// An enrolment with a short sealing key.
pub(crate) fn enrolment() -> DeviceEnrol {
    DeviceEnrol {
        device: DEVICE,
        official: id("lan@mofa"),
        seat: Some(id("mofa/main")),
        signing: KEY,
        mls: KEY,
        sealing: vec![1, 2, 3].into(),
        name: "lan-1".into(),
        ticket: TICKET,
    }
}

fn directory_types() -> Vec<Sample> {
    let register = StreamRegister {
        stream: STREAM,
        key_commitment: HASH,
    };
    let name = OfficialName {
        tag: "thamvan/name/v1".into(),
        salt: SALT,
        name: "Lan".into(),
    };
    let proposal = Proposal {
        statement: statements().swap_remove(3),
        expires: TIME,
    };
    vec![
        sample("OfficialName", &name),
        sample("Proposal", &proposal),
        sample("Approval", &Approval { record: HASH }),
        sample("StreamRegister", &register),
    ]
}

fn scope() -> Scope {
    Scope {
        kind: ScopeKind::Pillar,
        id: "apsc".into(),
    }
}

fn channel_types() -> Vec<Sample> {
    let sealed_box = SealedBox {
        device: DEVICE,
        encapsulated: vec![1].into(),
        ciphertext: vec![2].into(),
    };
    let founding = Founding {
        founder: id("mofa"),
        basis: "khoản 6 Điều 5".into(),
        scope: scope(),
        label: Label::Restricted,
        members: vec![id("mofa"), id("moit")],
        retention_days: 3_650,
        history: History::Brief,
        from: TIME,
        review: TIME,
        key_commitment: HASH,
        sealed: HASH,
        boxes: vec![sealed_box.clone()],
    };
    let commit = CommitBody {
        commit: vec![0, 1].into(),
        generation: 0,
        epoch: 1,
        group_info: HASH,
        ratchet_tree: HASH,
        tree_hash: HASH,
        adds: vec![DEVICE],
        removes: vec![],
        welcome: Some(HASH),
    };
    vec![
        sample("Scope", &scope()),
        sample(
            "SealedName",
            &SealedName {
                salt: SALT,
                name: "n".into(),
                purpose: "p".into(),
            },
        ),
        sample("SealedBox", &sealed_box),
        sample("Founding", &founding),
        sample(
            "StreamOpen",
            &StreamOpen {
                founding: HASH,
                approval: HASH,
                suite: Suite::XWing,
                generation: 0,
            },
        ),
        sample(
            "MemberAdd",
            &MemberAdd {
                official: id("lan@mofa"),
                history: History::Range,
                from: Some(1),
                to: Some(9),
                reason: String::new(),
            },
        ),
        sample(
            "MemberRemove",
            &MemberRemove {
                official: id("lan@mofa"),
                reason: "chuyển công tác".into(),
            },
        ),
        sample(
            "ChannelClose",
            &ChannelClose {
                reason: "đã kết luận".into(),
            },
        ),
        sample(
            "Authorisation",
            &Authorisation {
                official: id("lan@mofa"),
                level: Label::Mat,
                task: "chuẩn bị đàm phán".into(),
                document: "7/QĐ".into(),
                from: TIME,
                until: TIME,
            },
        ),
        sample(
            "AuthorisationEnd",
            &AuthorisationEnd {
                official: id("lan@mofa"),
                reason: "xong nhiệm vụ".into(),
            },
        ),
        sample(
            "Disclosure",
            &Disclosure {
                record: HASH,
                part: 1,
                part_hash: HASH,
                auditor: id("kiemtra@vpcp"),
                reason: "theo yêu cầu".into(),
            },
        ),
        sample(
            "GroupStart",
            &GroupStart {
                generation: 0,
                group_id: GROUP,
                suite: Suite::X25519,
                group_info: HASH,
                ratchet_tree: HASH,
            },
        ),
        sample("CommitBody", &commit),
        sample(
            "CommitRejected",
            &CommitRejected {
                record: HASH,
                reason: "membership tag".into(),
            },
        ),
        sample(
            "Successor",
            &Successor {
                rejected: HASH,
                start: GroupStart {
                    generation: 1,
                    group_id: GROUP,
                    suite: Suite::XWing,
                    group_info: HASH,
                    ratchet_tree: HASH,
                },
            },
        ),
        sample(
            "Leave",
            &Leave {
                reason: "chuyển công tác".into(),
            },
        ),
    ]
}
