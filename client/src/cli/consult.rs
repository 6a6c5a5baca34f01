//! `thamvan consult …`: ask, answer, remind, conclude, export.

pub(super) mod export;
pub(super) mod notice;
mod preview;
mod record;
mod show;
pub(super) mod templates;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use thamvan_engine::{Answer, Engine, EngineError, OpenRequest};
use thamvan_proto::channel::{Scope, ScopeKind};
use thamvan_proto::consultation::{
    Instrument, Letter, LetterStatus, OpinionCapacity, Position, Template, Urgency,
};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, FieldId, StreamId};

use super::{Context, Done, parse, parse_deadline};
use crate::holder::Lease;
use crate::output::CliError;

#[derive(Debug, Subcommand)]
pub(super) enum ConsultCommand {
    Open(Box<Open>),
    List {
        #[arg(long)]
        waiting: bool,
    },
    Show {
        consultation: String,
    },
    Templates,
    Ack {
        consultation: String,
    },
    Answer(Reply),
    Remind {
        consultation: String,
    },
    Extend(Postpone),
    Reopen(Postpone),
    Revise(Revise),
    Conclude {
        consultation: String,
        #[arg(long)]
        conclusion: String,
    },
    Letter(Recorded),
    Withdraw {
        consultation: String,
        #[arg(id = "said-reason", long = "reason", value_name = "REASON")]
        reason: String,
    },
    Preview(preview::Look),
    Export(export::Export),
    Archive(export::Archive),
}

#[derive(Debug, Args)]
pub(super) struct Open {
    channel: String,
    #[arg(long, default_value = "general")]
    template: String,
    #[arg(long, conflicts_with = "pillar")]
    field: Option<String>,
    #[arg(long)]
    pillar: Option<String>,
    #[arg(long)]
    instrument: Option<String>,
    #[arg(long)]
    letter: Option<String>,
    #[arg(long, requires = "letter")]
    dossier: Option<String>,
    #[arg(long)]
    title: String,
    #[arg(long)]
    question: String,
    #[arg(id = "said-reason", long = "reason", value_name = "REASON")]
    reason: String,
    #[arg(long, default_value = "normal")]
    urgency: String,
    #[arg(long)]
    deadline: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

/// To whom something is sent, with what, and what the sender attests to.
#[derive(Debug, Args)]
struct Sending {
    #[arg(
        id = "asked",
        long = "to",
        value_name = "AGENCY",
        value_delimiter = ',',
        required = true
    )]
    to: Vec<String>,
    #[arg(long, value_delimiter = ',')]
    tell: Vec<String>,
    #[arg(long)]
    label: Option<String>,
    #[arg(long)]
    attach: Vec<PathBuf>,
    #[arg(long)]
    attest: bool,
    #[arg(long)]
    secret_list: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Reply {
    consultation: String,
    #[arg(long)]
    position: String,
    #[arg(long)]
    capacity: String,
    #[arg(id = "opinion-text", long = "text", value_name = "TEXT")]
    text: Option<String>,
    #[arg(long)]
    attach: Vec<PathBuf>,
    #[arg(long)]
    acting_for: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Postpone {
    consultation: String,
    #[arg(long)]
    deadline: String,
    #[arg(id = "said-reason", long = "reason", value_name = "REASON")]
    reason: String,
}

#[derive(Debug, Args)]
pub(super) struct Revise {
    consultation: String,
    #[arg(long)]
    question: String,
    #[arg(long)]
    deadline: String,
    #[arg(id = "said-reason", long = "reason", value_name = "REASON")]
    reason: String,
}

#[derive(Debug, Args)]
pub(super) struct Recorded {
    consultation: String,
    #[arg(long)]
    letter: String,
    #[arg(long)]
    dossier: Option<String>,
}

pub(super) async fn run(context: &Context, command: ConsultCommand) -> Done {
    let mut engine = open_for(context, &command).await?;
    let bar = context.show_transfers(&mut engine);
    let done = act(context, &mut engine, command).await;
    bar.finish_and_clear();
    done
}

async fn act(context: &Context, engine: &mut Engine, command: ConsultCommand) -> Done {
    let done = match command {
        ConsultCommand::Open(open) => return self::open(context, engine, *open).await,
        ConsultCommand::List { waiting } => return show::list(context, engine, waiting, |_| true),
        ConsultCommand::Templates => {
            templates::list(context, engine);
            return Ok(());
        }
        ConsultCommand::Show { consultation } => {
            let (stream, id) = engine.find_consultation(&consultation)?;
            // Without a connection a page shows what is here, and the view is told when it asks again.
            if !context.is_page() || engine.is_connected() {
                engine.mark_viewed(stream, id).await?;
            }
            return show::one(context, engine, stream, id);
        }
        ConsultCommand::Preview(look) => return preview::look(context, engine, &look),
        ConsultCommand::Export(it) => return export::export(context, engine, it).await,
        ConsultCommand::Archive(it) => return export::archive(context, engine, it).await,
        ConsultCommand::Ack { consultation } => {
            let (stream, id) = engine.find_consultation(&consultation)?;
            let seq = engine.acknowledge(stream, id).await?;
            Logged {
                stream,
                id,
                seq,
                words: "consult-acknowledged",
            }
        }
        ConsultCommand::Answer(reply) => answer(context, engine, reply).await?,
        ConsultCommand::Remind { consultation } => {
            let (stream, id) = engine.find_consultation(&consultation)?;
            let seq = engine.remind(stream, id).await?;
            Logged {
                stream,
                id,
                seq,
                words: "consult-reminded",
            }
        }
        ConsultCommand::Extend(postpone) => {
            let kind = EntryType::ConsultationExtend;
            set_deadline(context, engine, kind, postpone).await?
        }
        ConsultCommand::Reopen(postpone) => {
            let kind = EntryType::ConsultationReopen;
            set_deadline(context, engine, kind, postpone).await?
        }
        ConsultCommand::Revise(revise) => {
            let (stream, id) = engine.find_consultation(&revise.consultation)?;
            let deadline = parse_deadline(context, engine, &revise.deadline)?;
            let (question, reason) = (&revise.question, &revise.reason);
            let seq = engine
                .revise_question(stream, id, deadline, question, reason)
                .await?;
            Logged {
                stream,
                id,
                seq,
                words: "consult-revised",
            }
        }
        ConsultCommand::Conclude {
            consultation,
            conclusion,
        } => {
            let (stream, id) = engine.find_consultation(&consultation)?;
            let seq = engine.conclude(stream, id, &conclusion).await?;
            Logged {
                stream,
                id,
                seq,
                words: "consult-concluded",
            }
        }
        ConsultCommand::Letter(recorded) => {
            let (stream, id) = engine.find_consultation(&recorded.consultation)?;
            let letter = letter(context, &recorded.letter, recorded.dossier.as_deref())?;
            let seq = engine.record_letter(stream, id, &letter).await?;
            Logged {
                stream,
                id,
                seq,
                words: "consult-letter-recorded",
            }
        }
        ConsultCommand::Withdraw {
            consultation,
            reason,
        } => {
            let (stream, id) = engine.find_consultation(&consultation)?;
            let seq = engine.withdraw(stream, id, &reason).await?;
            Logged {
                stream,
                id,
                seq,
                words: "consult-withdrawn",
            }
        }
    };
    done.print(context);
    Ok(())
}

/// A home that has read everything. Without a connection an answer waits in the outbox, and the command ends with exit code 4.
async fn open_for(context: &Context, command: &ConsultCommand) -> Result<Lease, CliError> {
    let shows = matches!(
        command,
        ConsultCommand::List { .. }
            | ConsultCommand::Show { .. }
            | ConsultCommand::Templates
            | ConsultCommand::Preview(_)
    );
    let waits = matches!(
        command,
        ConsultCommand::Ack { .. } | ConsultCommand::Answer(_)
    );
    match context.online().await {
        Err(CliError::Engine(EngineError::Unreachable { .. })) if waits => context.open().await,
        Err(CliError::Engine(EngineError::Unreachable { .. })) if shows && context.is_page() => {
            context.open().await
        }
        other => other,
    }
}

/// An act that has been logged.
struct Logged {
    stream: StreamId,
    id: ConsultationId,
    seq: u64,
    words: &'static str,
}

impl Logged {
    fn print(&self, context: &Context) {
        let entry = format!("{}/{}", self.stream, self.seq);
        let id = self.id.to_string();
        let value = json!({"id": id, "entry": entry});
        context.print(&value, |text| {
            text.get(self.words, &[("id", &id), ("entry", &entry)])
        });
    }
}

async fn open(context: &Context, engine: &mut Engine, open: Open) -> Done {
    let channel = engine.find_channel(&open.channel)?;
    let seats = |given: &[String]| {
        given
            .iter()
            .map(|one| engine.seat_in(channel, one.trim()))
            .collect::<Result<Vec<_>, _>>()
    };
    let named = engine.ledger().directory().now().policy(engine.now());
    let sending = open.sending;
    let list = sending
        .secret_list
        .or_else(|| named.map(|policy| policy.secret_list.clone()))
        .unwrap_or_else(|| SECRET_LIST.to_owned());
    let urgency = choose(context, &open.urgency, Urgency::ALL, Urgency::as_str)?;
    let request = OpenRequest {
        channel,
        template: Template::of_id(&open.template).ok_or_else(|| {
            let known: Vec<&str> = thamvan_proto::consultation::TEMPLATES
                .iter()
                .map(|template| template.id)
                .collect();
            word(context, &open.template, &known)
        })?,
        about: about(context, engine, open.field, open.pillar)?,
        instrument: open
            .instrument
            .map(|given| choose(context, &given, Instrument::ALL, Instrument::as_str))
            .transpose()?,
        letter: open
            .letter
            .map(|given| letter(context, &given, open.dossier.as_deref()))
            .transpose()?,
        title: open.title,
        question: open.question,
        reason: open.reason,
        deadline: deadline(context, engine, channel, open.deadline.as_deref(), urgency)?,
        urgency,
        asked: seats(&sending.to)?,
        told: seats(&sending.tell)?,
        attested: sending.attest.then_some(list),
        attach: context.attach(&sending.attach)?,
        label: sending
            .label
            .map(|label| parse(context, &label))
            .transpose()?,
    };
    let (id, seq) = engine.open_consultation(request).await?;
    let words = "consult-opened";
    Logged {
        stream: channel,
        id,
        seq,
        words,
    }
    .print(context);
    Ok(())
}

/// What it is about: a field, whose kind the directory says, or a pillar or `acc`.
fn about(
    context: &Context,
    engine: &Engine,
    field: Option<String>,
    pillar: Option<String>,
) -> Result<Option<Scope>, CliError> {
    let Some(given) = field else {
        return Ok(pillar.map(|id| {
            let council = Scope::coordinator();
            if id == council.id {
                council
            } else {
                Scope::pillar(&id)
            }
        }));
    };
    let id: FieldId = parse(context, &given)?;
    let known = engine.ledger().directory().now().field(&id);
    // Of what is unknown any kind does: the rules refuse it.
    let kind = known.map_or(ScopeKind::CrossPillar, |field| field.fact.kind);
    Ok(Some(Scope { kind, id: given }))
}

/// `none`, `will_follow`, or the number and date of a letter that was sent.
fn letter(context: &Context, given: &str, dossier: Option<&str>) -> Result<Letter, CliError> {
    let mut unsent = [LetterStatus::None, LetterStatus::WillFollow].into_iter();
    let (status, number) = match unsent.find(|status| status.as_str() == given) {
        Some(status) => (status, ""),
        None => (LetterStatus::Sent, given),
    };
    Ok(Letter {
        status,
        number: number.to_owned(),
        dossier: dossier.map(|day| parse(context, day)).transpose()?,
    })
}

/// The deadline that was given, or what the mark proposes (rule U2), which is said to be no time limit of the law.
fn deadline(
    context: &Context,
    engine: &Engine,
    channel: StreamId,
    given: Option<&str>,
    urgency: Urgency,
) -> Result<u64, CliError> {
    if let Some(given) = given {
        return parse_deadline(context, engine, given);
    }
    let hours = engine
        .ledger()
        .directory()
        .now()
        .urgency_hours(&channel, engine.now());
    let Some(hours) = hours.of(urgency) else {
        return Err(CliError::Usage(
            context.text().get("usage-deadline-missing", &[]),
        ));
    };
    let shown = hours.to_string();
    context.say("consult-default-deadline", &[("hours", &shown)]);
    Ok(engine.now().saturating_add(hours.saturating_mul(3_600_000)))
}

async fn answer(context: &Context, engine: &mut Engine, reply: Reply) -> Result<Logged, CliError> {
    let (stream, id) = engine.find_consultation(&reply.consultation)?;
    let answer = Answer {
        position: choose(context, &reply.position, Position::ALL, Position::as_str)?,
        capacity: choose(
            context,
            &reply.capacity,
            OpinionCapacity::ALL,
            OpinionCapacity::as_str,
        )?,
        text: reply.text,
        acting_for: reply
            .acting_for
            .map(|seat| parse(context, &seat))
            .transpose()?,
        attach: context.attach(&reply.attach)?,
    };
    let seq = engine.answer(stream, id, answer).await?;
    let words = "consult-answered";
    Ok(Logged {
        stream,
        id,
        seq,
        words,
    })
}

async fn set_deadline(
    context: &Context,
    engine: &mut Engine,
    kind: EntryType,
    postpone: Postpone,
) -> Result<Logged, CliError> {
    let (stream, id) = engine.find_consultation(&postpone.consultation)?;
    let deadline = parse_deadline(context, engine, &postpone.deadline)?;
    let seq = engine
        .set_deadline(stream, id, kind, deadline, &postpone.reason)
        .await?;
    let words = "consult-postponed";
    Ok(Logged {
        stream,
        id,
        seq,
        words,
    })
}

/// One of the words that an argument may be.
fn choose<T: Copy>(
    context: &Context,
    given: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, CliError> {
    let known: Vec<&str> = all.iter().map(|one| name(*one)).collect();
    let place = known.iter().position(|one| *one == given);
    place
        .and_then(|place| all.get(place).copied())
        .ok_or_else(|| word(context, given, &known))
}

fn word(context: &Context, given: &str, known: &[&str]) -> CliError {
    let known = known.join(", ");
    let arguments = [("given", given), ("known", known.as_str())];
    CliError::Usage(context.text().get("usage-word", &arguments))
}

/// The list in foreign affairs and integration, as far as it is known: where no policy names one, nor `--secret-list` another.
const SECRET_LIST: &str = "Quyết định số 1178/QĐ-TTg ngày 04/8/2020 hoặc văn bản thay thế";
