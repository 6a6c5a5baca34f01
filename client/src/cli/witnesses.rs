//! What witnesses say of the log, for people and programs.

use serde_json::{Value, json};
use thamvan_engine::{Engine, QuorumState, WitnessStatus};

use super::{Context, Done};
use crate::text::{Text, shown_time};

/// The document in `thamvan status`; times in log time (ms).
pub(super) fn json(status: &WitnessStatus) -> Value {
    let cosigners = status
        .cosigners
        .iter()
        .map(|(name, time)| json!({"name": name, "time_ms": time}));
    json!({
        "quorum": status.state.as_str(),
        "size": status.size,
        "time_ms": status.time,
        "as_of_ms": status.as_of,
        "cosigners": cosigners.collect::<Vec<_>>(),
        "time_conflict": status.time_conflict,
    })
}

/// One line, and another where record times are contradicted.
pub(super) fn words(status: &WitnessStatus, text: &Text) -> String {
    let never = || text.get("witnesses-never", &[]);
    let size = status.size.map_or_else(never, |size| size.to_string());
    let time = status.time.map_or_else(never, shown_time);
    let names: Vec<&str> = status.cosigners.iter().map(|it| it.0.as_str()).collect();
    let arguments = [
        ("size", size.as_str()),
        ("time", &time),
        ("names", &names.join(", ")),
    ];
    let id = format!("witnesses-{}", status.state.as_str());
    let line = text.get(&id, &arguments);
    match status.time_conflict {
        Some(index) => {
            let conflict = text.get("witnesses-conflict", &[("index", &index.to_string())]);
            format!("{line} {conflict}")
        }
        None => line,
    }
}

/// Says on standard error what is wrong; the command goes on.
pub(super) fn warn(context: &Context, engine: &Engine) -> Done {
    let status = engine.witness_status()?;
    match status.state {
        QuorumState::Missing => context.say("warning-witnesses-missing", &[]),
        QuorumState::Old => context.say("warning-witnesses-old", &[]),
        QuorumState::Unknown | QuorumState::Nobody | QuorumState::Fresh => {}
    }
    if let Some(index) = status.time_conflict {
        let index = index.to_string();
        context.say("warning-witnesses-conflict", &[("index", &index)]);
    }
    Ok(())
}
