//! Acts of a consultation that the rules forbid, signed by modified clients and sequenced by a test server: for every whole
//! client each of them is void, and it says why.

use thamvan_engine::Engine;
use thamvan_proto::cbor;
use thamvan_proto::channel::{Scope, ScopeKind};
use thamvan_proto::consultation::{
    Act, ConsultationState, Instrument, OpinionCapacity, Template, Terms, Urgency,
};
use thamvan_proto::directory::{Capacity, Field, Statement};
use thamvan_proto::entry::{EntryType, Facts, Header};
use thamvan_proto::frame::Null;
use thamvan_proto::id::{ConsultationId, GroupId, SeatId};
use thamvan_proto::tlog::Hash;
use thamvan_tests::session::{Cast, Person, mls};

use crate::author::Author;
use crate::scene::seated;
use crate::test_server::told;

const HOUR: u64 = 3_600_000;
const ID: ConsultationId = ConsultationId([0x51; 16]);

/// Says an act; `change` what a modified client changes in it. Gives the hash of the record.
fn act(
    author: &mut Author,
    by: &Person,
    kind: EntryType,
    on: Option<Hash>,
    change: impl FnOnce(&mut Act),
) -> Hash {
    let stream = author.log.channel;
    let group = author.ledger.channel(&stream).unwrap().group().unwrap();
    let epoch = group.epoch.clone();
    let mut act = Act {
        consultation: ID,
        seat: by.seat.clone().unwrap(),
        capacity: OpinionCapacity::Agency,
        deadline: None,
        on,
        supersedes: None,
        counts: None,
        terms: None,
    };
    change(&mut act);
    let body = |header: &Header| {
        if kind.is_said() {
            mls::application("act", GroupId::new(stream, 0), epoch.epoch, header, 200)
        } else {
            cbor::to_vec(&Null)
        }
    };
    let made = |facts: &mut Facts| {
        if kind.is_said() {
            facts.group = Some(epoch.clone());
            facts.com = Some(Hash([7; 32]));
        }
        facts.act = Some(act);
    };
    author.say(by, stream, kind, body, made)
}

/// Each of these records, in the order of the log, is void in the channel for its reason, and nothing else is.
fn assert_void(engine: &Engine, author: &Author, wrong: &[(&str, Hash)]) {
    let voids = engine.voids(&author.log.channel);
    assert_eq!(voids.len(), wrong.len(), "{voids:#?}");
    for ((_, why), (expected, _)) in voids.iter().zip(wrong) {
        assert!(why.contains(expected), "{why} is not for: {expected}");
    }
}

/// A cross-pillar field that mofa proposes and in which moit and vpcp take part.
fn field() -> Field {
    let capacity = |agency: &str, pillar: &str| Capacity {
        agency: agency.parse().unwrap(),
        pillar: pillar.to_owned(),
    };
    Field {
        id: "digital".parse().unwrap(),
        kind: ScopeKind::CrossPillar,
        name_vi: String::new(),
        name_en: String::new(),
        lead: "moit".parse().unwrap(),
        supporting: vec![],
        capacities: vec![capacity("moit", "aec"), capacity("vpcp", "apsc")],
        initiator: Some("mofa".parse().unwrap()),
        basis: String::new(),
    }
}

fn terms(asked: &[SeatId]) -> Terms {
    Terms {
        template: Template::of_id("general").unwrap().number,
        urgency: Urgency::HoaToc,
        asked: asked.to_vec(),
        told: vec![],
        about: None,
        instrument: None,
        list: "danh mục".into(),
    }
}

#[tokio::test]
async fn an_act_that_the_rules_forbid_is_void_wherever_it_is_sequenced() {
    let mut author = Author::new();
    let Cast { lan, hoa, .. } = author.cast();
    let asked = hoa.seat.clone().unwrap();
    let open = EntryType::ConsultationOpen;
    // Hoa holds a second seat, in whose name nobody may speak for the agency, and another seat has no member here.
    let silent: SeatId = "moit/silent".parse().unwrap();
    let mut statements = seated("moit/silent", "hoa@moit").to_vec();
    if let Some(Statement::SeatAppoint(appointed)) = statements.last_mut() {
        appointed.speak_for = false;
    }
    let foreign: SeatId = "vpcp/main".parse().unwrap();
    statements.extend(seated("vpcp/main", "minh@vpcp"));
    statements.push(Statement::Field(field()));
    author.state(statements);

    let deadline = author.time + HOUR;
    let opens = |act: &mut Act, terms: Terms| {
        act.deadline = Some(deadline);
        act.terms = Some(terms);
    };
    let mut wrong: Vec<(&str, Hash)> = Vec::new();
    let mut void = |why, record| wrong.push((why, record));
    // Unknown agency, past deadline, missing attestation, missing mandatory consultee.
    let to_foreign = terms(&[foreign]);
    void(
        "unknown, or has no member",
        act(&mut author, &lan, open, None, |it| opens(it, to_foreign)),
    );
    void(
        "the deadline is past",
        act(&mut author, &lan, open, None, |it| {
            opens(it, terms(std::slice::from_ref(&asked)));
            it.deadline = Some(1);
        }),
    );
    void(
        "attestation",
        act(&mut author, &lan, open, None, |it| {
            let terms = terms(std::slice::from_ref(&asked));
            opens(
                it,
                Terms {
                    list: String::new(),
                    ..terms
                },
            );
        }),
    );
    void(
        "must be asked is not asked",
        act(&mut author, &lan, open, None, |it| {
            let template = Template::of_id("new_field_3_7b").unwrap().number;
            let terms = terms(std::slice::from_ref(&asked));
            let about = Some(Scope {
                kind: field().kind,
                id: field().id.to_string(),
            });
            opens(
                it,
                Terms {
                    template,
                    about,
                    ..terms
                },
            );
        }),
    );
    // A good one, so that the rest has something to be wrong about.
    let asks = terms(std::slice::from_ref(&asked));
    let question = act(&mut author, &lan, open, None, |it| opens(it, asks));
    let answer = EntryType::Answer;
    let on = Some(question);
    void(
        "another version of the question",
        act(&mut author, &hoa, answer, Some(Hash([9; 32])), |_| ()),
    );
    let lans = lan.seat.clone().unwrap();
    void(
        "does not hold the seat",
        act(&mut author, &hoa, answer, on, |it| it.seat = lans),
    );
    void(
        "speak-for",
        act(&mut author, &hoa, answer, on, |it| it.seat = silent.clone()),
    );
    void("not asked", act(&mut author, &lan, answer, on, |_| ()));
    void(
        "not the current one",
        act(&mut author, &hoa, answer, on, |it| {
            it.supersedes = Some(question)
        }),
    );
    void(
        "only the seat that opened",
        act(
            &mut author,
            &hoa,
            EntryType::ConsultationWithdraw,
            on,
            |_| (),
        ),
    );
    void(
        "have not answered yet",
        act(
            &mut author,
            &lan,
            EntryType::ConsultationConclude,
            on,
            |it| it.counts = Some(vec![]),
        ),
    );
    let given = act(&mut author, &hoa, answer, on, |_| ());
    void(
        "exactly the current opinions",
        act(
            &mut author,
            &lan,
            EntryType::ConsultationConclude,
            on,
            |it| it.counts = Some(vec![]),
        ),
    );
    act(
        &mut author,
        &lan,
        EntryType::ConsultationConclude,
        on,
        |it| it.counts = Some(vec![given]),
    );
    void(
        "concluded or withdrawn",
        act(&mut author, &hoa, answer, on, |it| {
            it.supersedes = Some(given)
        }),
    );
    void(
        "concluded or withdrawn",
        act(&mut author, &hoa, EntryType::Viewed, on, |_| ()),
    );

    let engine = told(&mut author).await;
    assert_void(&engine, &author, &wrong);
    // Nothing came of them: one consultation, one answer, one conclusion that counts it.
    let views = engine.consultations().unwrap();
    assert_eq!(views.len(), 1);
    let acts: Vec<EntryType> = views[0].timeline.iter().map(|act| act.kind).collect();
    assert_eq!(acts, [open, answer, EntryType::ConsultationConclude]);
    assert_eq!(views[0].consultation.terms().asked, [asked]);
}

#[tokio::test]
async fn a_notice_is_void_where_the_articles_do_not_allow_it_and_so_is_what_follows_on_it() {
    let mut author = Author::new();
    let Cast { lan, hoa, .. } = author.cast();
    let asked = hoa.seat.clone().unwrap();
    let silent: SeatId = "moit/silent".parse().unwrap();
    author.state(seated("moit/silent", "hoa@moit").to_vec());

    let deadline = author.time + HOUR;
    let opens = |act: &mut Act, id: &str, change: &dyn Fn(&mut Terms)| {
        let mut terms = terms(std::slice::from_ref(&asked));
        terms.template = Template::of_id(id).unwrap().number;
        change(&mut terms);
        act.deadline = Some(deadline);
        act.terms = Some(terms);
    };
    let open = EntryType::ConsultationOpen;
    let mut wrong: Vec<(&str, Hash)> = Vec::new();
    let mut void = |why, record| wrong.push((why, record));
    let lans = lan.seat.clone().unwrap();
    // The coordinator's notice by another agency, the Secretariat's by a ministry's seat, one about an instrument, and a request to
    // somebody who has no such duty.
    void(
        "another agency opens",
        act(&mut author, &hoa, open, None, |it| {
            opens(it, "notice_5_1", &|terms| terms.asked = vec![lans.clone()]);
        }),
    );
    void(
        "another agency opens",
        act(&mut author, &lan, open, None, |it| {
            opens(it, "notice_5_2", &|_| ());
        }),
    );
    void(
        "instrument",
        act(&mut author, &lan, open, None, |it| {
            opens(it, "notice_5_1", &|terms| {
                terms.instrument = Some(Instrument::Treaty);
            });
        }),
    );
    void(
        "must be asked is not asked",
        act(&mut author, &lan, open, None, |it| {
            opens(it, "request_5_1", &|_| ());
        }),
    );
    let record = act(&mut author, &lan, open, None, |it| {
        opens(it, "notice_5_1", &|_| ());
    });
    let on = Some(record);
    let event = |it: &mut Act| it.capacity = OpinionCapacity::Unit;
    let acknowledged = EntryType::Acknowledged;
    let (export, archive) = (EntryType::RecordExport, EntryType::RecordArchive);
    void(
        "a notice is acknowledged",
        act(&mut author, &hoa, EntryType::Answer, on, |_| ()),
    );
    for (kind, counts) in [
        (EntryType::ConsultationConclude, Some(vec![])),
        (EntryType::LetterRecord, None),
    ] {
        void(
            "a notice is acknowledged",
            act(&mut author, &lan, kind, on, |it| it.counts = counts),
        );
    }
    void("not asked", act(&mut author, &lan, acknowledged, on, event));
    void(
        "a fact of the act",
        act(&mut author, &hoa, acknowledged, on, |_| ()),
    );
    void(
        "not asked",
        act(&mut author, &hoa, export, on, |it| {
            event(it);
            it.seat = silent;
        }),
    );
    void(
        "a fact of the act",
        act(&mut author, &hoa, export, on, |_| ()),
    );
    void("after its end", act(&mut author, &lan, archive, on, |_| ()));
    act(&mut author, &hoa, acknowledged, on, event);
    void("already", act(&mut author, &hoa, acknowledged, on, event));
    void(
        "everybody has answered",
        act(&mut author, &lan, EntryType::ConsultationExtend, on, |it| {
            it.deadline = Some(deadline + HOUR)
        }),
    );
    void(
        "only the seat that opened",
        act(&mut author, &hoa, archive, on, |_| ()),
    );
    act(&mut author, &lan, archive, on, |_| ());
    void("already", act(&mut author, &lan, archive, on, |_| ()));
    act(&mut author, &hoa, export, on, event);

    let engine = told(&mut author).await;
    assert_void(&engine, &author, &wrong);
    let views = engine.consultations().unwrap();
    assert_eq!(views.len(), 1);
    let acts: Vec<EntryType> = views[0].timeline.iter().map(|act| act.kind).collect();
    assert_eq!(acts, [open, acknowledged, archive, export]);
    assert_eq!(views[0].state, ConsultationState::Archived);
}
