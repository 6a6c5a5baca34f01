//! `thamvan consult preview`: a document of a consultation on the screen, before anything leaves the device.

use clap::Args;
use serde_json::{Value, json};
use thamvan_documents::{Kind, Preview, PreviewBlock, PreviewLine, preview};
use thamvan_engine::{Engine, EngineError};
use thamvan_proto::consultation::Form;

use super::super::{Context, Done};
use super::record::record;
use super::word;
use crate::output::CliError;

#[derive(Debug, Args)]
pub(in super::super) struct Look {
    consultation: String,
    #[arg(id = "preview-document", long = "document", value_name = "DOCUMENT", default_value = Kind::Minutes.file_name())]
    document: String,
}

pub(super) fn look(context: &Context, engine: &Engine, look: &Look) -> Done {
    let (stream, id) = engine.find_consultation(&look.consultation)?;
    let view = engine.consultation(stream, id)?;
    if view.consultation.form() != Form::Consultation {
        return Err(CliError::Engine(EngineError::NotAllowed {
            rule: "form",
            what: "a notice or request has no such documents".into(),
        }));
    }
    let record = record(engine, &view)?;
    let kinds: Vec<Kind> = Kind::of(&record).collect();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.file_name()).collect();
    let mut chosen = kinds
        .iter()
        .filter(|kind| kind.file_name() == look.document);
    let kind = chosen
        .next()
        .ok_or_else(|| word(context, &look.document, &names))?;
    let preview = preview(&record, *kind).map_err(|error| CliError::Usage(error.to_string()))?;
    let value = json!({
        "document": kind.file_name(),
        "documents": names,
        "title": preview.title,
        "blocks": preview.blocks.iter().map(block_json).collect::<Vec<_>>(),
        "footer": lines_json(&preview.footer),
    });
    context.print(&value, |_| words(&preview));
    Ok(())
}

fn block_json(block: &PreviewBlock) -> Value {
    match block {
        PreviewBlock::Line(line) => json!({"line": line_json(line)}),
        PreviewBlock::Table {
            is_ruled,
            headers,
            rows,
        } => {
            let rows: Vec<Vec<Value>> = rows
                .iter()
                .map(|row| row.iter().map(|cell| lines_json(cell)).collect())
                .collect();
            json!({"ruled": is_ruled, "headers": headers, "rows": rows})
        }
    }
}

fn lines_json(lines: &[PreviewLine]) -> Value {
    lines.iter().map(line_json).collect()
}

fn line_json(line: &PreviewLine) -> Value {
    let spans = line.spans.iter();
    json!({
        "spans": spans
            .map(|span| json!({"text": span.text, "bold": span.bold, "italic": span.italic}))
            .collect::<Vec<_>>(),
        "centred": line.is_centred,
        "heading": line.is_heading,
        "boxed": line.is_boxed,
    })
}

/// The words alone, cells of a row side by side.
fn words(preview: &Preview) -> String {
    let line = |line: &PreviewLine| -> String {
        line.spans.iter().map(|span| span.text.as_str()).collect()
    };
    let cell =
        |cell: &Vec<PreviewLine>| -> String { cell.iter().map(line).collect::<Vec<_>>().join(" ") };
    let mut lines = Vec::new();
    for block in &preview.blocks {
        match block {
            PreviewBlock::Line(one) => lines.push(line(one)),
            PreviewBlock::Table { rows, .. } => lines.extend(
                rows.iter()
                    .map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" | ")),
            ),
        }
    }
    lines.extend(preview.footer.iter().map(line));
    lines.join("\n")
}
