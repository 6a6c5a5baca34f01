//! The templates, and whom each must ask.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use thamvan_engine::Engine;
use thamvan_proto::channel::Scope;
use thamvan_proto::consultation::{TEMPLATES, Template, Terms, Urgency};
use thamvan_proto::directory::{At, FieldAt};
use thamvan_proto::id::{AgencyId, SeatId};

use super::super::Context;
use crate::text::Text;

pub(super) fn list(context: &Context, engine: &Engine) {
    let value = document(engine, context.text());
    context.print(&value, |text| {
        let line = |template: &Template| {
            let name = name(template, text);
            let arguments = [
                ("id", template.id),
                ("name", &name),
                ("article", template.article),
            ];
            text.get("template", &arguments)
        };
        TEMPLATES.iter().map(line).collect::<Vec<_>>().join("\n")
    });
}

/// All templates, as this official's agency may use them.
pub(crate) fn document(engine: &Engine, text: &Text) -> Value {
    let own = engine.speaking_seat().ok();
    let (at, time) = (engine.ledger().directory().now(), engine.now());
    let one = |template| template_json(template, &at, own.as_ref(), time, text);
    TEMPLATES.iter().map(one).collect()
}

pub(super) fn name(template: &Template, text: &Text) -> String {
    text.get(&format!("template-{}", template.id), &[])
}

/// `fields` and `pillars`: those that it can be about now and that this official's agency may open, each with whom it must ask then.
fn template_json(
    template: &Template,
    at: &At<'_>,
    own: Option<&SeatId>,
    time: u64,
    text: &Text,
) -> Value {
    let mandatory = |about: Option<Scope>| {
        let terms = Terms {
            template: template.number,
            urgency: Urgency::Normal,
            asked: vec![],
            told: vec![],
            about,
            instrument: template.instruments.first().copied(),
            list: String::new(),
        };
        template.mandatory(at, &terms, own?, time).ok()
    };
    let field = |field: FieldAt<'_>| {
        let asked = mandatory(Some(Scope {
            kind: field.fact.kind,
            id: field.fact.id.to_string(),
        }))?;
        let names = (&field.fact.name_vi, &field.fact.name_en);
        Some(json!({
            "id": field.fact.id.to_string(),
            "name": text.of_two(names.0, names.1),
            "mandatory": ids(&asked),
        }))
    };
    let pillar = |scope: Scope| {
        let name = text.get(&format!("branch-{}", scope.id), &[]);
        let asked = mandatory(Some(scope.clone()))?;
        Some(json!({"id": scope.id, "name": name, "mandatory": ids(&asked)}))
    };
    let field_kind = template.about.iter().find(|kind| kind.is_field());
    let fields: Vec<Value> = match field_kind {
        Some(_) => at.fields().filter_map(field).collect(),
        None => vec![],
    };
    let scopes = Scope::PILLARS.map(Scope::pillar).into_iter();
    let pillars: Vec<Value> = scopes
        .chain([Scope::coordinator()])
        .filter_map(pillar)
        .collect();
    let without = mandatory(None);
    let may_open = without.is_some() || !fields.is_empty() || !pillars.is_empty();
    let mandatory = match (fields.as_slice(), without) {
        (_, Some(asked)) => json!(ids(&asked)),
        // Of one field alone, what it asks for is what the template asks for.
        ([only], None) => only["mandatory"].clone(),
        (_, None) => json!([]),
    };
    json!({
        "id": template.id,
        "name": name(template, text),
        "article": template.article,
        "form": template.form.as_str(),
        "secretariat": template.needs_secretariat(),
        "field": field_kind.map(|kind| kind.as_str()),
        "about": template.about.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "instruments": template.instruments.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "may_open": may_open,
        "fields": fields,
        "pillars": pillars,
        "mandatory": mandatory,
    })
}

fn ids(agencies: &BTreeSet<AgencyId>) -> Vec<String> {
    agencies.iter().map(ToString::to_string).collect()
}
