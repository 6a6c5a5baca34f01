//! `thamvan disclose`: one part of one entry, to one auditor, in one file; a page takes it with `GET /api/upload`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use thamvan_audit::{DisclosureContents, ProvenRecord, write_disclosure};
use thamvan_engine::{Disclosed, LoggedRecord};
use thamvan_proto::id::OfficialId;

use super::attachment::entry;
use super::{Context, Done, parse, write_private};
use crate::holder::Uploads;
use crate::output::CliError;

#[derive(Debug, Args)]
pub(super) struct Disclose {
    entry: String,
    #[arg(long)]
    part: usize,
    #[arg(long)]
    to: String,
    #[arg(long)]
    reason: String,
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, disclose: Disclose) -> Done {
    let (stream, seq) = entry(context, &disclose.entry)?;
    let auditor: OfficialId = parse(context, &disclose.to)?;
    let short: String = stream.to_string().chars().take(SHORT_LEN).collect();
    let named = format!("disclosure-{short}-{seq}-{}.thamvan", disclose.part);
    let out = disclose.out.unwrap_or_else(|| named.clone().into());
    let file = out.display().to_string();
    let out = context.path(&out);
    // The log never forgets a disclosure: where its file cannot be written, none is made.
    let page = context.made_for_page();
    let full = || CliError::Usage(context.text().get("error-ui_uploads", &[]));
    if page.is_some_and(Uploads::is_full) {
        return Err(full());
    }
    if page.is_none() && std::fs::symlink_metadata(&out).is_ok() {
        let source = std::io::ErrorKind::AlreadyExists.into();
        return Err(CliError::File { path: file, source });
    }
    let mut engine = context.online().await?;
    let bar = context.show_transfers(&mut engine);
    let disclosed = engine
        .disclose((stream, seq), disclose.part, auditor, disclose.reason)
        .await;
    bar.finish_and_clear();
    let disclosed = disclosed?;
    let logged = format!("{stream}/{}", disclosed.seq);
    let bundle = write_disclosure(&contents(disclosed));
    let bundle = bundle.map_err(|error| CliError::Usage(error.to_string()))?;
    let upload = match page {
        Some(files) => Some(files.take(named, bundle).map_err(|_| full())?),
        None => {
            write_private(&out, &bundle)?;
            None
        }
    };
    let value = json!({
        "entry": logged, "of": disclose.entry, "part": disclose.part, "file": file, "upload": upload,
    });
    context.print(&value, |text| {
        text.get("disclosed", &[("file", &file), ("entry", &logged)])
    });
    Ok(())
}

fn contents(disclosed: Disclosed) -> DisclosureContents {
    DisclosureContents {
        checkpoint: disclosed.checkpoint,
        policy: disclosed.policy,
        said: proven(disclosed.said),
        disclosure: proven(disclosed.disclosure),
        body: disclosed.body,
        opening: disclosed.opening,
        part: disclosed.part,
        directory: disclosed.directory,
    }
}

/// As bundles hold it.
pub(super) fn proven(logged: LoggedRecord) -> ProvenRecord {
    ProvenRecord {
        record: logged.record,
        tag: logged.tag,
        index: logged.index,
        path: logged.path,
    }
}

/// Digits of a stream id in a file's name.
const SHORT_LEN: usize = 12;
