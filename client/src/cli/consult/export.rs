//! `thamvan consult export`: the documents of a consultation and the evidence for them, as new files of their owner alone.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use clap::Args;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_audit::{EvidenceContents, OpenedPart, write_evidence};
use thamvan_documents::{File, documents};
use thamvan_engine::{Engine, EngineError, Evidence};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::ConsultationId;

use super::super::disclose::proven;
use super::super::{Context, Done, write_private};
use super::record::record;
use crate::output::CliError;

#[derive(Debug, Args)]
pub(in super::super) struct Export {
    consultation: String,
    #[arg(id = "documents", long = "out", value_name = "DIR")]
    out: PathBuf,
    #[arg(id = "export-reason", long = "reason", value_name = "REASON")]
    reason: String,
}

/// Writes the documents of a consultation and the bundle that proves it into a folder, all of them or none.
///
/// # Errors
/// [`EngineError::NotAllowed`] with rule S14 without a reason, S13 at a secrecy level; [`CliError::File`] where a file exists.
pub(super) async fn export(context: &Context, engine: &mut Engine, export: Export) -> Done {
    // The reason is part of every way to here, so that it can be logged once there is an entry for it (rule S14).
    if export.reason.trim().is_empty() {
        return Err(CliError::Engine(EngineError::NotAllowed {
            rule: "S14",
            what: "an export needs a reason".into(),
        }));
    }
    let (stream, id) = engine.find_consultation(&export.consultation)?;
    let view = engine.consultation(stream, id)?;
    let mut files =
        documents(&record(engine, &view)?).map_err(|error| CliError::Usage(error.to_string()))?;
    let evidence = engine.evidence(stream, id).await?;
    let bundle = write_evidence(&contents(id, evidence, &files));
    files.push(File {
        name: EVIDENCE.to_owned(),
        bytes: bundle.map_err(|error| CliError::Usage(error.to_string()))?,
    });
    write_all(&context.path(&export.out), &files)?;
    let listed: Vec<Value> = files.iter().map(listed).collect();
    let value = json!({"id": id.to_string(), "files": listed});
    let dir = export.out.display().to_string();
    let count = files.len().to_string();
    context.print(&value, |text| {
        let mut lines = vec![text.get("consult-exported", &[("count", &count), ("dir", &dir)])];
        lines.extend(files.iter().map(|file| file.name.clone()));
        lines.push(text.get("consult-exported-draft", &[]));
        lines.join("\n")
    });
    Ok(())
}

fn contents(id: ConsultationId, evidence: Evidence, files: &[File]) -> EvidenceContents {
    let opened = evidence.parts.into_iter();
    EvidenceContents {
        consultation: id,
        checkpoint: evidence.checkpoint,
        policy: evidence.policy,
        directory: evidence.directory,
        channel: evidence.channel,
        last: proven(evidence.last),
        openings: opened
            .map(|(seq, n, opening, part)| OpenedPart {
                seq,
                n,
                opening,
                part,
            })
            .collect(),
        documents: files
            .iter()
            .map(|file| (file.name.clone(), file.bytes.clone()))
            .collect(),
    }
}

fn listed(file: &File) -> Value {
    let hash = HEXLOWER.encode(&sha256(&file.bytes).0);
    json!({"file": file.name, "sha256": hash, "size": file.bytes.len()})
}

/// Writes new files, each under another name first; where one cannot be written, none is left.
fn write_all(dir: &Path, files: &[File]) -> Done {
    let failed = |path: &Path, source| CliError::File {
        path: path.display().to_string(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| failed(dir, source))?;
    let process = std::process::id();
    let places: Vec<(PathBuf, PathBuf)> = files
        .iter()
        .map(|file| {
            (
                dir.join(format!(".{}.{process}", file.name)),
                dir.join(&file.name),
            )
        })
        .collect();
    for (_, place) in &places {
        if fs::symlink_metadata(place).is_ok() {
            return Err(failed(place, ErrorKind::AlreadyExists.into()));
        }
    }
    let written = places
        .iter()
        .zip(files)
        .try_for_each(|((new, _), file)| write_private(new, &file.bytes));
    // A link, unlike a rename, never replaces what has come into its place meanwhile.
    let mut placed = Vec::new();
    let done = written.and_then(|()| {
        places.iter().try_for_each(|(new, place)| {
            fs::hard_link(new, place).map_err(|source| failed(place, source))?;
            placed.push(place);
            Ok(())
        })
    });
    if done.is_err() {
        placed.iter().for_each(|place| remove(place));
    }
    places.iter().for_each(|(new, _)| remove(new));
    done
}

/// What was never written need not be removed.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// The bundle that proves it, beside the documents.
const EVIDENCE: &str = "chung-cu.thamvan";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn files() -> Vec<File> {
        ["a.docx", "b.pdf"]
            .map(|name| File {
                name: name.to_owned(),
                bytes: name.as_bytes().to_vec(),
            })
            .to_vec()
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn all_files_are_written_for_their_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("new/minutes");
        write_all(&dir, &files()).unwrap();
        assert_eq!(names(&dir), ["a.docx", "b.pdf"]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join("b.pdf"))), (0o700, 0o600));
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_half_is_left() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("b.pdf"), "theirs").unwrap();
        assert!(matches!(
            write_all(dir.path(), &files()),
            Err(CliError::File { .. })
        ));
        assert_eq!(names(dir.path()), ["b.pdf"]);
        assert_eq!(fs::read(dir.path().join("b.pdf")).unwrap(), b"theirs");
        // One that cannot be written takes the others with it.
        fs::remove_file(dir.path().join("b.pdf")).unwrap();
        let mut bad = files();
        bad[1].name = "no/such/folder".into();
        assert!(write_all(dir.path(), &bad).is_err());
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }
}
