//! Stream 0 of the session: genesis, first officials and devices by root keys, two more devices by two persons, a channel.

use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{Scope, ScopeKind};
use thamvan_proto::directory::{
    Agency, AgencyKind, Approval, Official, OfficialName, Proposal, Role, RoleGrant, RootSigned,
    RootStatements, Seat, SeatAppoint, SeatRole, Statement, StreamRegister, Ticket, code_hash,
};
use thamvan_proto::entry::{EntryType, Header, sha256};
use thamvan_proto::id::{Salt, StreamId};
use thamvan_proto::tlog::Hash;

use super::sample::{self, Person, id};
use super::shown::Block;
use super::writer::{Author, Said, Writer};
use super::{DAY, START};
use crate::annotate::{Shape, shapes};

/// Plays stream 0 up to the registration of the channel.
pub(super) fn play(writer: &mut Writer) {
    let cast = writer.cast.clone();
    genesis(writer);
    let (statements, sides) = first_statements(&cast);
    root_statement(
        writer,
        "root-statement",
        "root keys 1 and 2 state the agencies, the officials, their seats and roles, and two tickets",
        statements,
        sides,
    );
    for (name, what, person) in [
        (
            "enrol-chi",
            "root keys enrol the administrator's device",
            &cast.chi,
        ),
        (
            "enrol-minh",
            "root keys enrol the approver's device",
            &cast.minh,
        ),
    ] {
        let statement = Statement::DeviceEnrol(person.enrolment());
        root_statement(writer, name, what, vec![statement], vec![]);
    }
    for (names, person) in [
        (["ticket-lan", "propose-lan", "approve-lan"], &cast.lan),
        (["ticket-hoa", "propose-hoa", "approve-hoa"], &cast.hoa),
    ] {
        enrol(writer, names, person);
    }
    let register = StreamRegister {
        stream: cast.channel,
        key_commitment: cast.channel_key.commitment(),
    };
    by(
        writer,
        &cast.lan,
        "stream-register",
        "lan's device commits the channel's stream id and tag key",
        EntryType::StreamRegister,
        &cbor::to_vec(&register),
        &shapes::STREAM_REGISTER,
    );
}

/// The body of a genesis entry.
pub(super) fn genesis_body(cast: &super::Cast) -> Vec<u8> {
    let content = cbor::to_vec(&cast.genesis);
    cbor::to_vec(&RootSigned::sign(
        content,
        &[&cast.roots[0], &cast.roots[1]],
    ))
}

fn genesis(writer: &mut Writer) {
    let body = genesis_body(&writer.cast);
    let author = Author::root(&writer.cast.roots[0]);
    writer.log(
        &author,
        Said {
            name: "genesis",
            what: "root keys 1 and 2 of 3 begin the authority, offline, a day before",
            kind: EntryType::Genesis,
            stream: StreamId::DIRECTORY,
            shape: &shapes::GENESIS_BODY,
            sides: vec![],
            group: None,
            com: None,
            body: &|_: &Header| body.clone(),
        },
    );
}

fn root_statement(
    writer: &mut Writer,
    name: &'static str,
    what: &'static str,
    statements: Vec<Statement>,
    sides: Vec<Block>,
) {
    let cast = &writer.cast;
    let content = RootStatements {
        genesis: cast.genesis_hash,
        nonce: Salt(sample::bytes(&format!("nonce {name}"))),
        statements,
    };
    let keys = [&cast.roots[0], &cast.roots[1]];
    let body = cbor::to_vec(&RootSigned::sign(cbor::to_vec(&content), &keys));
    let author = Author::root(&cast.roots[0]);
    writer.log(
        &author,
        Said {
            name,
            what,
            kind: EntryType::RootStatement,
            stream: StreamId::DIRECTORY,
            shape: &shapes::ROOT_BODY,
            sides,
            group: None,
            com: None,
            body: &|_: &Header| body.clone(),
        },
    );
}

fn first_statements(cast: &super::Cast) -> (Vec<Statement>, Vec<Block>) {
    let pillar = |id: &str| Scope {
        kind: ScopeKind::Pillar,
        id: id.into(),
    };
    let mut statements: Vec<Statement> = [
        (
            "mofa",
            AgencyKind::Bo,
            "Bộ Ngoại giao",
            "Ministry of Foreign Affairs",
            vec![Scope::coordinator(), pillar("apsc")],
        ),
        (
            "moit",
            AgencyKind::Bo,
            "Bộ Công Thương",
            "Ministry of Industry and Trade",
            vec![pillar("aec")],
        ),
        (
            "vpcp",
            AgencyKind::CoQuanNgangBo,
            "Văn phòng Chính phủ",
            "Office of the Government",
            vec![],
        ),
    ]
    .into_iter()
    .map(|(agency, kind, name_vi, name_en, leads)| {
        Statement::Agency(Agency {
            id: id(agency),
            kind,
            name_vi: name_vi.into(),
            name_en: name_en.into(),
            leads,
        })
    })
    .collect();
    let sides: Vec<Block> = cast.persons().map(name_side).into();
    for (person, side) in cast.persons().into_iter().zip(&sides) {
        statements.push(Statement::Official(Official {
            id: person.official.clone(),
            name: sha256(&side.bytes),
        }));
    }
    statements.extend([&cast.lan, &cast.hoa].into_iter().flat_map(seat));
    for (role, person) in [
        (Role::NationalAdministrator, &cast.chi),
        (Role::Approver, &cast.minh),
    ] {
        statements.push(Statement::RoleGrant(RoleGrant {
            role,
            official: person.official.clone(),
            scope: None,
            from: 0,
            until: None,
        }));
        statements.push(ticket(person, START + 7 * DAY));
    }
    (statements, sides)
}

fn seat(person: &Person) -> Vec<Statement> {
    let Some(seat) = &person.seat else {
        return vec![];
    };
    vec![
        Statement::Seat(Seat {
            id: seat.clone(),
            purpose: "Đầu mối ASEAN".into(),
        }),
        Statement::SeatAppoint(SeatAppoint {
            seat: seat.clone(),
            official: person.official.clone(),
            role: SeatRole::Primary,
            from: START - DAY,
            until: Some(START + 365 * DAY),
            speak_for: true,
        }),
    ]
}

fn name_side(person: &Person) -> Block {
    let name = OfficialName {
        tag: "thamvan/name/v1".into(),
        salt: Salt(sample::bytes(&format!("name salt {}", person.name))),
        name: person.full_name.into(),
    };
    Block::new(
        format!("{}: name", person.name),
        cbor::to_vec(&name),
        &shapes::OFFICIAL_NAME,
    )
}

fn ticket(person: &Person, expires: u64) -> Statement {
    Statement::Ticket(Ticket {
        id: person.ticket,
        official: person.official.clone(),
        code: code_hash(&person.code),
        expires,
    })
}

fn enrol(writer: &mut Writer, names: [&'static str; 3], person: &Person) {
    let (chi, minh) = (writer.cast.chi.clone(), writer.cast.minh.clone());
    let (expires, stream) = (writer.time + 7 * DAY, EntryType::Statement);
    let [ticket_name, propose_name, approve_name] = names;
    let statement = cbor::to_vec(&ticket(person, expires));
    by(
        writer,
        &chi,
        ticket_name,
        "the administrator invites one device",
        stream,
        &statement,
        &shapes::STATEMENT,
    );
    let proposal = cbor::to_vec(&Proposal {
        statement: Statement::DeviceEnrol(person.enrolment()),
        expires,
    });
    let record = by(
        writer,
        &chi,
        propose_name,
        "the administrator, the first of two persons, proposes the device after comparing the verification code",
        EntryType::Propose,
        &proposal,
        &shapes::PROPOSAL,
    );
    let approval = cbor::to_vec(&Approval { record });
    by(
        writer,
        &minh,
        approve_name,
        "the approver, the second person, approves after comparing the code as well: the device is live",
        EntryType::Approve,
        &approval,
        &shapes::APPROVAL,
    );
}

fn by(
    writer: &mut Writer,
    person: &Person,
    name: &'static str,
    what: &'static str,
    kind: EntryType,
    body: &[u8],
    shape: &'static Shape,
) -> Hash {
    writer.log(
        &Author::device(person),
        Said {
            name,
            what,
            kind,
            stream: StreamId::DIRECTORY,
            shape,
            sides: vec![],
            group: None,
            com: None,
            body: &|_: &Header| body.to_vec(),
        },
    )
}

/// The side bodies as they travel in a frame.
pub(super) fn sides(blocks: &[Block]) -> Vec<ByteVec> {
    blocks
        .iter()
        .map(|block| block.bytes.clone().into())
        .collect()
}
