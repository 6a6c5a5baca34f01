//! `thamvan admin field …`: fields of work, from their proposal to the decision (Art. 3.5 to 3.7).

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use thamvan_engine::Engine;
use thamvan_proto::channel::ScopeKind;
use thamvan_proto::directory::{
    At, Capacity, ConsultedOutcome, Field, FieldAt, FieldConsulted, FieldDecided, FieldDecision,
    FieldEnded, FieldReported, FieldStep, Statement,
};
use thamvan_proto::id::{AgencyId, FieldId};

use super::super::{Context, Done, parse, parse_moment};
use super::{state, unknown_word};
use crate::output::CliError;
use crate::text::{Text, printable};

#[derive(Debug, Subcommand)]
pub(in super::super) enum FieldCommand {
    Propose(Propose),
    Designate {
        field: String,
        #[command(flatten)]
        named: Named,
    },
    Consulted {
        field: String,
        consultee: String,
        #[arg(long, default_value = "answered")]
        outcome: String,
        #[arg(long)]
        reference: String,
    },
    Report {
        field: String,
        #[arg(long)]
        reference: String,
        #[arg(long)]
        date: String,
    },
    Decide(Decide),
    End {
        field: String,
        #[arg(long)]
        reference: String,
    },
    List,
}

#[derive(Debug, Args)]
pub(in super::super) struct Named {
    #[arg(long)]
    name_vi: String,
    #[arg(long, default_value = "")]
    name_en: String,
    #[arg(long)]
    lead: String,
    #[arg(long = "support")]
    supporting: Vec<String>,
    #[arg(long)]
    basis: String,
}

#[derive(Debug, Args)]
pub(in super::super) struct Propose {
    field: String,
    #[arg(long)]
    initiator: String,
    /// `AGENCY:PILLAR`
    #[arg(long = "participant", required = true)]
    participants: Vec<String>,
    #[command(flatten)]
    named: Named,
}

#[derive(Debug, Args)]
pub(in super::super) struct Decide {
    field: String,
    #[arg(long)]
    number: String,
    #[arg(long)]
    date: String,
    #[arg(long)]
    summary: String,
    /// As the decision states it; as proposed where it states none.
    #[arg(long)]
    kind: Option<String>,
    #[arg(long)]
    lead: Option<String>,
    #[arg(long)]
    from: Option<String>,
    #[arg(long)]
    until: Option<String>,
}

pub(super) async fn run(context: &Context, command: FieldCommand) -> Done {
    let mut engine = if matches!(command, FieldCommand::List) {
        context.online_or_read().await?
    } else {
        context.online().await?
    };
    let statement = match command {
        FieldCommand::List => {
            list(context, &engine);
            return Ok(());
        }
        FieldCommand::Propose(propose) => Statement::Field(proposed(context, &propose)?),
        FieldCommand::Designate { field, named } => {
            Statement::Field(named.field(context, parse(context, &field)?)?)
        }
        FieldCommand::Decide(decide) => decided(context, &engine, decide)?,
        FieldCommand::Consulted {
            field,
            consultee,
            outcome,
            reference,
        } => {
            let step = FieldConsulted {
                agency: parse(context, &consultee)?,
                outcome: match outcome.as_str() {
                    "answered" => ConsultedOutcome::Answered,
                    "overdue" => ConsultedOutcome::Overdue,
                    other => return Err(unknown_word(context, other)),
                },
                reference,
            };
            step_of(context, &field, FieldStep::Consulted(step))?
        }
        FieldCommand::Report {
            field,
            reference,
            date,
        } => {
            let date = parse_moment(context, &date)?;
            let step = FieldReported { reference, date };
            step_of(context, &field, FieldStep::Reported(step))?
        }
        FieldCommand::End { field, reference } => {
            step_of(context, &field, FieldStep::Ended(FieldEnded { reference }))?
        }
    };
    state(context, &mut engine, statement).await
}

impl Named {
    /// A field that the Regulation designates.
    fn field(&self, context: &Context, id: FieldId) -> Result<Field, CliError> {
        let agency = |given: &String| parse::<AgencyId>(context, given);
        Ok(Field {
            id,
            kind: ScopeKind::Designated,
            name_vi: self.name_vi.clone(),
            name_en: self.name_en.clone(),
            lead: agency(&self.lead)?,
            supporting: self
                .supporting
                .iter()
                .map(agency)
                .collect::<Result<_, _>>()?,
            capacities: vec![],
            initiator: None,
            basis: self.basis.clone(),
        })
    }
}

/// A field of the kind that its participants make it (rule R2.2).
fn proposed(context: &Context, propose: &Propose) -> Result<Field, CliError> {
    let capacity = |given: &String| {
        let (agency, pillar) = given
            .split_once(':')
            .ok_or_else(|| unknown_word(context, given))?;
        Ok(Capacity {
            agency: parse(context, agency)?,
            pillar: pillar.to_owned(),
        })
    };
    let capacities = propose
        .participants
        .iter()
        .map(capacity)
        .collect::<Result<_, CliError>>()?;
    let mut field = Field {
        capacities,
        initiator: Some(parse(context, &propose.initiator)?),
        ..propose
            .named
            .field(context, parse(context, &propose.field)?)?
    };
    field.kind = field
        .computed_kind()
        .ok_or_else(|| CliError::Usage(context.text().get("usage-field-one-agency", &[])))?;
    Ok(field)
}

fn decided(context: &Context, engine: &Engine, decide: Decide) -> Result<Statement, CliError> {
    let field: FieldId = parse(context, &decide.field)?;
    let known = engine.ledger().directory().now().field(&field);
    let fact = known.map(|known| known.fact);
    let missing = || unknown_word(context, &decide.field);
    let kind = match decide.kind.as_deref() {
        None => fact.ok_or_else(missing)?.kind,
        Some("cross_sector") => ScopeKind::CrossSector,
        Some("cross_pillar") => ScopeKind::CrossPillar,
        Some(other) => return Err(unknown_word(context, other)),
    };
    let lead = match &decide.lead {
        None => fact.ok_or_else(missing)?.lead.clone(),
        Some(lead) => parse(context, lead)?,
    };
    let moment = |given: &String| parse_moment(context, given);
    let from = decide.from.as_ref().map(moment).transpose()?;
    let step = FieldDecided {
        date: parse_moment(context, &decide.date)?,
        kind,
        lead,
        from: from.unwrap_or_else(|| engine.now()),
        until: decide.until.as_ref().map(moment).transpose()?,
        number: decide.number,
        summary: decide.summary,
    };
    let step = FieldStep::Decided(step);
    Ok(Statement::FieldDecision(FieldDecision { field, step }))
}

fn step_of(context: &Context, field: &str, step: FieldStep) -> Result<Statement, CliError> {
    let field = parse(context, field)?;
    Ok(Statement::FieldDecision(FieldDecision { field, step }))
}

fn list(context: &Context, engine: &Engine) {
    let (at, time) = (engine.ledger().directory().now(), engine.now());
    let fields: Vec<FieldAt<'_>> = at.fields().collect();
    let value = fields.iter().map(|field| shown(field, &at, time)).collect();
    context.print(&value, |text| {
        let line = |field: &FieldAt<'_>| line(field, time, text);
        fields.iter().map(line).collect::<Vec<_>>().join("\n")
    });
}

fn shown(field: &FieldAt<'_>, at: &At<'_>, time: u64) -> Value {
    let names =
        |agencies: &[AgencyId]| agencies.iter().map(ToString::to_string).collect::<Vec<_>>();
    let awaited: Vec<AgencyId> = field.awaited(at).into_iter().collect();
    let open = field.decided().is_none() && field.fact.initiator.is_some();
    json!({
        "field": field.fact.id.to_string(),
        "kind": field.scope().kind.as_str(),
        "computed_kind": field.fact.computed_kind().map(ScopeKind::as_str),
        "name_vi": field.fact.name_vi,
        "name_en": field.fact.name_en,
        "lead": field.lead().to_string(),
        "supporting": names(&field.fact.supporting),
        "initiator": field.fact.initiator.as_ref().map(ToString::to_string),
        "state": field.state(time).as_str(),
        "awaited": if open { names(&awaited) } else { vec![] },
        "basis": field.decided().map_or(&field.fact.basis, |decided| &decided.number),
    })
}

fn line(field: &FieldAt<'_>, time: u64, text: &Text) -> String {
    let kind = |kind: ScopeKind| text.get(&format!("scope-{}", kind.as_str()), &[]);
    let stated = field.scope().kind;
    let state = text.get(&format!("field-state-{}", field.state(time).as_str()), &[]);
    let line = text.get(
        "field",
        &[
            ("id", field.fact.id.as_str()),
            ("kind", &kind(stated)),
            ("name", &printable(&field.fact.name_vi)),
            ("lead", field.lead().as_str()),
            ("state", &state),
        ],
    );
    // R2.2: the act wins, and the difference is shown.
    match field.fact.computed_kind() {
        Some(computed) if computed != stated && stated != ScopeKind::Designated => {
            let warning = text.get("field-other-kind", &[("kind", &kind(computed))]);
            format!("{line}\n    {warning}")
        }
        _ => line,
    }
}
