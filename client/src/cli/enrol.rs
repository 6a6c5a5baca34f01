//! `thamvan enrol`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use thamvan_engine::{Engine, EnrolmentState};
use thamvan_proto::cbor;
use thamvan_proto::frame::EntryWithBodies;
use thamvan_proto::limits::FRAME_BEFORE_LOGIN_LEN_MAX;
use thamvan_proto::login::TicketFile;

use super::{Context, Done, is_exists, read_file};
use crate::output::CliError;

#[derive(Debug, Args)]
pub(super) struct Enrol {
    ticket: String,
    #[arg(long)]
    no_wait: bool,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    root: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, enrol: Enrol) -> Done {
    let ticket = read_ticket(&enrol.ticket)?;
    let root = enrol
        .root
        .as_deref()
        .map(|path| read_root(context, path))
        .transpose()?;
    let mut engine = open_or_create(context, &ticket, enrol.name.as_deref().unwrap_or_default())?;
    context.tell_waits(&mut engine);
    engine.write_enrolment_request()?;
    let code = engine.verification_code()?;
    let mut state = engine.enrol(root).await?;
    if state == EnrolmentState::Pending && !enrol.no_wait {
        context.say("enrol-waiting", &[("code", &code)]);
        engine.wait_for_approval().await?;
        state = EnrolmentState::Active;
    }
    let (word, id) = match state {
        EnrolmentState::Active if engine.complete_enrolment().await? => ("active", "enrol-active"),
        EnrolmentState::Active => ("logged", "enrol-logged"),
        EnrolmentState::Pending => ("pending", "enrol-pending"),
    };
    let device = engine.keys().device.to_string();
    let value = json!({"device": device, "verification_code": code, "state": word});
    context.print(&value, |text| {
        text.get(id, &[("device", &device), ("code", &code)])
    });
    Ok(())
}

/// A first call makes the home; the next ones resume.
fn open_or_create(context: &Context, ticket: &TicketFile, name: &str) -> Result<Engine, CliError> {
    let (home, passphrase) = (context.home()?, context.passphrase()?);
    if passphrase.is_empty() {
        return Err(CliError::Usage(
            context.text().get("usage-passphrase-empty", &[]),
        ));
    }
    match Engine::create(&home, &passphrase, ticket, name).map_err(CliError::from) {
        Err(error) if is_exists(&error) => {}
        other => return other,
    }
    let engine = Engine::open(&home, &passphrase)?;
    if engine.pinned() == ticket {
        Ok(engine)
    } else {
        Err(CliError::Usage(
            context.text().get("usage-other-ticket", &[]),
        ))
    }
}

/// A ticket is given as a file or as its text.
fn read_ticket(given: &str) -> Result<TicketFile, CliError> {
    let path = std::path::Path::new(given);
    let text = if path.exists() {
        String::from_utf8_lossy(&read_file(path)?).into_owned()
    } else {
        given.to_owned()
    };
    Ok(TicketFile::parse(&text).map_err(thamvan_engine::EngineError::from)?)
}

fn read_root(context: &Context, path: &std::path::Path) -> Result<EntryWithBodies, CliError> {
    let shown = path.display().to_string();
    cbor::from_slice(&read_file(path)?, FRAME_BEFORE_LOGIN_LEN_MAX)
        .map_err(|_| CliError::Usage(context.text().get("usage-damaged", &[("given", &shown)])))
}
