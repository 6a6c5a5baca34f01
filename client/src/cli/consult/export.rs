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
use thamvan_engine::{ConsultationView, Engine, EngineError, Evidence};
use thamvan_proto::consultation::Form;
use thamvan_proto::entry::sha256;
use thamvan_proto::id::ConsultationId;
use thamvan_proto::tlog::Hash;

use super::super::disclose::proven;
use super::super::{Context, Done, write_private};
use super::record::record;
use crate::output::CliError;
use crate::text::{Text, shown_time};

#[derive(Debug, Args)]
pub(in super::super) struct Export {
    consultation: String,
    /// A folder; a page takes the files one by one with `GET /api/upload`.
    #[arg(id = "documents", long = "out", value_name = "DIR")]
    pub(in super::super) out: Option<PathBuf>,
    #[arg(id = "export-reason", long = "reason", value_name = "REASON")]
    reason: String,
}

#[derive(Debug, Args)]
pub(in super::super) struct Archive {
    consultation: String,
    #[arg(id = "archive-out", long = "out", value_name = "DIR")]
    out: PathBuf,
}

/// Writes the documents of a consultation and the bundle that proves it into a folder, all of them or none.
///
/// # Errors
/// [`EngineError::NotAllowed`] with rule S14 without a reason, S13 at a secrecy level; [`CliError::File`] where a file exists.
pub(super) async fn export(context: &Context, engine: &mut Engine, export: Export) -> Done {
    if export.reason.trim().is_empty() {
        return Err(CliError::Engine(EngineError::NotAllowed {
            rule: "S14",
            what: "an export needs a reason".into(),
        }));
    }
    let (stream, id) = engine.find_consultation(&export.consultation)?;
    let page = context.made_for_page();
    let out = match (&export.out, page) {
        (Some(out), _) => Some(context.path(out)),
        (None, Some(_)) => None,
        (None, None) => {
            return Err(CliError::Usage(context.text().get("usage-export-out", &[])));
        }
    };
    let view = engine.consultation(stream, id)?;
    let mut files = papers(engine, &view).await?;
    files.push(sums(&files));
    // What cannot be handed over is not logged as if it had been.
    if let Some(out) = &out {
        refuse_existing(out, &files)?;
    }
    let bytes = files.iter().map(|file| file.bytes.len()).sum();
    let full = || CliError::Usage(context.text().get("error-ui_uploads", &[]));
    if page.is_some_and(|page| !page.has_room(files.len(), bytes)) {
        return Err(full());
    }
    // Nothing leaves before the log says so (rule S14).
    let manifest = manifest(&files);
    engine
        .record_export(stream, id, &manifest, &export.reason)
        .await?;
    let mut listed: Vec<Value> = files.iter().map(listed).collect();
    if let Some(out) = &out {
        write_all(out, &files)?;
    } else if let Some(page) = page {
        for (file, listed) in files.iter().zip(&mut listed) {
            let taken = page.take(file.name.clone(), file.bytes.clone());
            listed["upload"] = taken.map_err(|_| full())?.into();
        }
    }
    let value = json!({"id": id.to_string(), "files": listed});
    let dir = export.out.unwrap_or_default().display().to_string();
    let count = files.len().to_string();
    context.print(&value, |text| {
        let mut lines = vec![text.get("consult-exported", &[("count", &count), ("dir", &dir)])];
        lines.extend(files.iter().map(|file| file.name.clone()));
        lines.push(text.get("consult-exported-draft", &[]));
        lines.join("\n")
    });
    Ok(())
}

/// Hands the record of a consultation over to the archives: a new folder with its documents, the evidence for them, every file that
/// was sent with it, and an index, all of which can be read without this program (rules A1, A2). The log has its receipt.
///
/// # Errors
/// As [`export`]; [`EngineError::Consultation`] with rule A1 before its end.
pub(super) async fn archive(context: &Context, engine: &mut Engine, archive: Archive) -> Done {
    let (stream, id) = engine.find_consultation(&archive.consultation)?;
    let out = context.path(&archive.out);
    let failed = |source| CliError::File {
        path: out.display().to_string(),
        source,
    };
    if fs::symlink_metadata(&out).is_ok() {
        return Err(failed(ErrorKind::AlreadyExists.into()));
    }
    engine.may_archive(stream, id)?;
    let view = engine.consultation(stream, id)?;
    let mut files = papers(engine, &view).await?;
    let staging = staging(&out)?;
    for event in &view.timeline {
        for attachment in &event.attachments {
            let given = plain_name(&attachment.name);
            let name = format!("tep-{:06}-{:02}-{given}", event.seq, attachment.n);
            let file = staging.path().join(&name);
            let at = (stream, event.seq);
            engine
                .fetch_part(at, Some(attachment.n), Some(&file))
                .await?;
            let bytes = fs::read(&file).map_err(failed)?;
            files.push(File { name, bytes });
        }
    }
    files.push(index(&view, &files, context.text()));
    files.push(sums(&files));
    // What was fetched stands there already.
    let new = files.iter().filter(|file| !file.name.starts_with("tep-"));
    for file in new {
        write_private(&staging.path().join(&file.name), &file.bytes)?;
    }
    let manifest = manifest(&files);
    let seq = engine.record_archive(stream, id, &manifest).await?;
    // A folder that has come into its place meanwhile is not replaced: the rename fails unless it is empty.
    let staged = staging.keep();
    fs::rename(&staged, &out).map_err(failed)?;
    let entry = format!("{stream}/{seq}");
    let listed: Vec<Value> = files.iter().map(listed).collect();
    let value = json!({"id": id.to_string(), "entry": entry, "files": listed});
    let dir = archive.out.display().to_string();
    let count = files.len().to_string();
    context.print(&value, |text| {
        let mut lines = vec![text.get("consult-exported", &[("count", &count), ("dir", &dir)])];
        lines.extend(files.iter().map(|file| file.name.clone()));
        lines.push(text.get("consult-archived", &[("entry", &entry)]));
        lines.join("\n")
    });
    Ok(())
}

/// A folder beside `out`, of its owner alone, that goes away unless it is kept.
fn staging(out: &Path) -> Result<tempfile::TempDir, CliError> {
    let parent = out.parent().filter(|it| !it.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    let failed = |source| CliError::File {
        path: parent.display().to_string(),
        source,
    };
    fs::create_dir_all(parent).map_err(failed)?;
    tempfile::Builder::new()
        .prefix(".luu-tru-")
        .tempdir_in(parent)
        .map_err(failed)
}

/// The documents of a consultation and the bundle that proves it; of a notice or request the bundle alone.
async fn papers(engine: &mut Engine, view: &ConsultationView) -> Result<Vec<File>, CliError> {
    let wrong = |error: String| CliError::Usage(error);
    let record = record(engine, view)?;
    let mut files = match view.consultation.form() {
        Form::Consultation => documents(&record).map_err(|error| wrong(error.to_string()))?,
        Form::Notice | Form::Request => vec![],
    };
    let evidence = engine.evidence(view.stream, view.id).await?;
    let bundle = write_evidence(&contents(view.id, evidence, &files));
    files.push(File {
        name: EVIDENCE.to_owned(),
        bytes: bundle.map_err(|error| wrong(error.to_string()))?,
    });
    Ok(files)
}

/// A file's name as it may stand in a folder, whatever the sender called it.
fn plain_name(given: &str) -> String {
    let plain = |letter: char| {
        if letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_') {
            letter
        } else {
            '_'
        }
    };
    given.chars().take(FILE_NAME_MAX).map(plain).collect()
}

/// The hashes of all files, in the form that `sha256sum --check` reads.
fn sums(files: &[File]) -> File {
    let line = |file: &File| {
        let hash = HEXLOWER.encode(&sha256(&file.bytes).0);
        format!("{hash}  {}\n", file.name)
    };
    File {
        name: SUMS.to_owned(),
        bytes: files.iter().map(line).collect::<String>().into_bytes(),
    }
}

/// What an export consists of, as the log names it: the hash of the list of hashes, which is its last file.
fn manifest(files: &[File]) -> Hash {
    files
        .last()
        .map_or(Hash([0; 32]), |file| sha256(&file.bytes))
}

/// What a record consists of, for whoever opens the folder in ten years.
fn index(view: &ConsultationView, files: &[File], text: &Text) -> File {
    let unreadable = text.get("item-unreadable", &[]);
    let title = view.title.as_deref().unwrap_or(&unreadable);
    let id = view.id.to_string();
    let opened = shown_time(view.consultation.opening().time);
    let state = text.get(&format!("consult-state-{}", view.state.as_str()), &[]);
    let arguments = [
        ("title", title),
        ("id", &*id),
        ("opened", &*opened),
        ("lead", view.consultation.lead().as_str()),
        ("state", &*state),
    ];
    let mut lines = vec![text.get("archive-index", &arguments)];
    lines.extend(files.iter().map(|file| format!("- {}", file.name)));
    lines.push(text.get("archive-index-check", &[]));
    File {
        name: INDEX.to_owned(),
        bytes: format!("{}\n", lines.join("\n")).into_bytes(),
    }
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

fn refuse_existing(dir: &Path, files: &[File]) -> Done {
    for file in files {
        let place = dir.join(&file.name);
        if fs::symlink_metadata(&place).is_ok() {
            return Err(CliError::File {
                path: place.display().to_string(),
                source: ErrorKind::AlreadyExists.into(),
            });
        }
    }
    Ok(())
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
    refuse_existing(dir, files)?;
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

/// Characters of a name that are kept.
const FILE_NAME_MAX: usize = 60;
/// The hashes of all files.
const SUMS: &str = "SHA256SUMS";
/// The index of a record that was handed over.
const INDEX: &str = "MUC-LUC.txt";
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
    fn a_name_of_the_sender_leads_nowhere() {
        for (given, plain) in [
            ("Dự thảo 1.pdf", "Dự_thảo_1.pdf"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("a\nb\0c", "a_b_c"),
        ] {
            assert_eq!(plain_name(given), plain);
        }
        assert_eq!(plain_name(&"a".repeat(300)).len(), FILE_NAME_MAX);
    }

    #[test]
    fn the_hashes_are_those_that_sha256sum_reads() {
        let listed = String::from_utf8(sums(&files()).bytes).unwrap();
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with("  a.docx") && lines[0].len() == 64 + 2 + 6);
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
