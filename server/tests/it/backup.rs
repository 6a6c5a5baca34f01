//! A backup that is taken while the server writes, what it is worth, and what an old one may not do.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use thamvan_proto::frame::Body;
use thamvan_server::limits::STORAGE_FREE_BYTES_MIN;
use thamvan_server::{Backup, Config, RunError, backup, check};

use crate::client::Client;
use crate::load::Load;
use crate::process::Process;

fn command(arguments: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thamvan-server"));
    command.args(arguments).output().unwrap()
}

fn back_up(load: &Load, out: &Path, with_key: bool) -> Output {
    let config = load.deployment.config_file();
    let mut arguments: Vec<&Path> = vec![
        "backup".as_ref(),
        "--config".as_ref(),
        &config,
        "--out".as_ref(),
        out,
    ];
    if with_key {
        arguments.push("--with-key".as_ref());
    }
    command(&arguments)
}

fn restore(archive: &Path, dir: &Path) -> Output {
    let to = ["--dir".as_ref(), dir];
    command(&["restore".as_ref(), "--in".as_ref(), archive, to[0], to[1]])
}

/// What a command that must succeed has said.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(8), "{output:?}");
    assert!(said.contains(words), "{said}");
}

/// A folder that takes the place of the old one, which is given back.
fn restored(load: &mut Load, archive: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    said(&restore(archive, dir.path()));
    std::mem::replace(&mut load.deployment.dir, dir)
}

/// A register that has a backup with keys and has gone on since.
async fn gone_on(load: &mut Load) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("backup.tar");
    let server = Process::start(&load.deployment);
    load.run(server.address, 20).await;
    said(&back_up(load, &archive, true));
    load.run(server.address, 5).await;
    load.verify(server.address).await;
    server.stop();
    (place, archive)
}

/// Names another place for the checkpoint.
pub(crate) fn second_copy(load: &Load) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let file = load.deployment.config_file();
    let text = fs::read_to_string(&file).unwrap();
    let line = format!("second_copy = \"{}\"\n", dir.path().display());
    fs::write(file, line + &text).unwrap();
    dir
}

#[tokio::test]
async fn backups_taken_under_load_are_whole_and_end_at_a_checkpoint() {
    let mut load = Load::new();
    let place = tempfile::tempdir().unwrap();
    let server = Process::start(&load.deployment);
    load.run(server.address, 20).await;
    let mut before = Vec::new();
    for n in 0..6 {
        let archive = place.path().join(format!("{n}.tar"));
        let config = load.deployment.config_file();
        before.push(load.acknowledged());
        let taken = tokio::task::spawn_blocking(move || {
            let config = ["--config".as_ref(), config.as_path()];
            let out = ["--out".as_ref(), archive.as_path()];
            command(&[
                "backup".as_ref(),
                config[0],
                config[1],
                out[0],
                out[1],
                "--with-key".as_ref(),
            ])
        });
        let clients = load.connect(server.address).await;
        let (_, taken) = tokio::join!(load.write(clients, 60), taken);
        said(&taken.unwrap());
    }
    load.verify(server.address).await;
    server.stop();
    let whole = load.seen().clone();
    let mut sizes = Vec::new();
    for (n, acknowledged) in before.iter().enumerate() {
        let old = restored(&mut load, &place.path().join(format!("{n}.tar")));
        assert_eq!(check(&load.deployment.config()).verdict, "ok");
        let server = Process::start(&load.deployment);
        let records = load.read_knowing(server.address, None).await;
        server.stop();
        assert!(records.len() >= *acknowledged, "{n}");
        assert!(
            records
                .iter()
                .all(|(index, record)| whole.get(index) == Some(record))
        );
        sizes.push(records.len());
        load.deployment.dir = old;
    }
    assert!(
        sizes.is_sorted() && sizes.first() < sizes.last(),
        "{sizes:?}"
    );
    assert!(
        *sizes.last().unwrap() < whole.len(),
        "no backup was taken under load"
    );
}

#[tokio::test]
async fn an_old_backup_meets_what_the_key_signed_since() {
    let mut load = Load::new();
    let (_place, archive) = gone_on(&mut load).await;
    let old = restored(&mut load, &archive);
    // The key's folder is kept apart, as it should be: its memory is newer than the backup.
    for name in ["log.key", "log.last"] {
        let from = old.path().join("server").join(name);
        fs::copy(from, load.deployment.dir.path().join("server").join(name)).unwrap();
    }
    let ended = Process::try_start(&load.deployment).err().unwrap();
    assert_eq!(ended.status.code(), Some(8), "{ended:?}");
    assert!(ended.log.contains("the log key has signed"), "{ended:?}");
    load.deployment.dir = old;
    Process::start(&load.deployment).stop();
}

#[tokio::test]
async fn an_old_backup_meets_the_second_copy_in_another_place() {
    let mut load = Load::new();
    let second = second_copy(&load);
    let (_place, archive) = gone_on(&mut load).await;
    assert!(second.path().join("checkpoint.second").exists());
    let old = restored(&mut load, &archive);
    let ended = Process::try_start(&load.deployment).err().unwrap();
    assert_eq!(ended.status.code(), Some(8), "{ended:?}");
    assert!(
        ended.log.contains("second copy of the checkpoint promises"),
        "{ended:?}"
    );
    assert_eq!(check(&load.deployment.config()).verdict, "findings");
    load.deployment.dir = old;
    Process::start(&load.deployment).stop();
}

#[tokio::test]
async fn a_second_copy_that_is_gone_damaged_or_of_another_log_stops_the_start() {
    let mut load = Load::new();
    let second = second_copy(&load);
    let (_place, _) = gone_on(&mut load).await;
    let file = second.path().join("checkpoint.second");
    let whole = fs::read(&file).unwrap();
    let mut other = Load::new();
    let other_second = second_copy(&other);
    let (_other_place, _) = gone_on(&mut other).await;
    let foreign = fs::read(other_second.path().join("checkpoint.second")).unwrap();
    for (bytes, words) in [
        (&b"damaged"[..], "is damaged"),
        (&foreign, "of another log"),
    ] {
        fs::write(&file, bytes).unwrap();
        let ended = Process::try_start(&load.deployment).err().unwrap();
        assert_eq!(ended.status.code(), Some(8), "{ended:?}");
        assert!(ended.log.contains(words), "{ended:?}");
    }
    fs::write(&file, &whole).unwrap();
    let away = second.path().with_extension("away");
    fs::rename(second.path(), &away).unwrap();
    let ended = Process::try_start(&load.deployment).err().unwrap();
    assert_eq!(ended.status.code(), Some(8), "{ended:?}");
    assert!(
        ended
            .log
            .contains("the folder of the second copy is not there"),
        "{ended:?}"
    );
    fs::rename(&away, second.path()).unwrap();
    // A folder that the operator has just named holds nothing yet.
    fs::remove_file(&file).unwrap();
    let server = Process::start(&load.deployment);
    load.run(server.address, 1).await;
    server.stop();
    assert!(file.exists());
}

#[tokio::test]
async fn an_old_backup_meets_a_later_checkpoint_at_log_in() {
    let mut load = Load::new();
    let (_place, archive) = gone_on(&mut load).await;
    let known = load.known();
    assert!(known.is_some());
    let old = restored(&mut load, &archive);
    let server = Process::start(&load.deployment);
    let mut client = Client::connect(load.deployment.dir.path(), server.address).await;
    let login = client.login(&load.deployment.approver, known);
    client.try_send(Body::Login(login.into())).await;
    let ended = server.ended();
    assert_eq!(ended.status.code(), Some(8), "{ended:?}");
    load.deployment.dir = old;
}

#[tokio::test]
async fn keys_are_in_a_backup_only_if_asked_for() {
    let mut load = Load::new();
    let (place, with_keys) = gone_on(&mut load).await;
    let without = place.path().join("without.tar");
    said(&back_up(&load, &without, false));
    let data = load.deployment.dir.path().join("server");
    let secrets = ["log.key", "tls.key"].map(|name| fs::read(data.join(name)).unwrap());
    let holds = |archive: &Path, secret: &[u8]| {
        let bytes = fs::read(archive).unwrap();
        bytes.windows(secret.len()).any(|part| part == secret)
    };
    assert!(secrets.iter().all(|secret| holds(&with_keys, secret)));
    assert!(!secrets.iter().any(|secret| holds(&without, secret)));

    let dir = tempfile::tempdir().unwrap();
    let words = said(&restore(&without, dir.path()));
    for name in ["log.key", "tls.key"] {
        assert!(words.contains(name), "{words}");
        fs::copy(data.join(name), dir.path().join("server").join(name)).unwrap();
    }
    let old = std::mem::replace(&mut load.deployment.dir, dir);
    let server = Process::start(&load.deployment);
    load.verify(server.address).await;
    server.stop();
    drop(old);
}

#[tokio::test]
async fn nothing_is_overwritten_and_the_disk_keeps_its_room() {
    let mut load = Load::new();
    let (place, archive) = gone_on(&mut load).await;
    refused(&back_up(&load, &archive, false), "exists already");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("something"), b"").unwrap();
    refused(&restore(&archive, dir.path()), "not empty");
    assert!(dir.path().join("something").exists());

    let mut config = load.deployment.config();
    let out = place.path().join("full.tar");
    let work = Backup {
        config_file: load.deployment.config_file(),
        out: out.clone(),
        with_key: false,
    };
    config.free_bytes = |_| Ok(STORAGE_FREE_BYTES_MIN);
    let error = backup(&work, &config).unwrap_err();
    assert!(matches!(error, RunError::Refuses { .. }), "{error}");
    let names = fs::read_dir(place.path()).unwrap().count();
    assert_eq!(names, 1, "a part of a backup was left behind");
    config.free_bytes = |_| Ok(u64::MAX);
    backup(&work, &config).unwrap();
}

/// Every file below a folder with what is in it.
fn content(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            all.extend(content(&path));
        } else {
            all.push((path.file_name().unwrap().into(), fs::read(&path).unwrap()));
        }
    }
    all.sort();
    all
}

#[tokio::test]
async fn no_damaged_or_cut_backup_is_restored() {
    let mut load = Load::new();
    let (place, archive) = gone_on(&mut load).await;
    let whole = fs::read(&archive).unwrap();
    let good = tempfile::tempdir().unwrap();
    said(&restore(&archive, good.path()));
    let expected = content(good.path());
    let damaged = place.path().join("damaged.tar");
    let tried = |bytes: &[u8]| {
        fs::write(&damaged, bytes).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let output = restore(&damaged, dir.path());
        if output.status.success() {
            // A flip in what tar does not read, such as the owner's name.
            assert_eq!(content(dir.path()), expected);
        } else {
            assert!(!dir.path().join("thamvan.toml").exists());
            assert!(matches!(output.status.code(), Some(6 | 8)), "{output:?}");
        }
        output.status.success()
    };
    let written: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
    let harmless = (0..FLIPS).filter(|n| {
        let mut bytes = whole.clone();
        bytes[written[n * written.len() / FLIPS]] ^= 1 << (n % 8);
        tried(&bytes)
    });
    assert_eq!(harmless.count(), 0);
    for cut in 0..12 {
        assert!(!tried(&whole[..whole.len() * cut / 12]), "{cut}");
    }
}

/// Makes another archive of the files in one, which `change` may change.
fn repacked(archive: &Path, out: &Path, change: &dyn Fn(&str, &mut Vec<u8>)) {
    let mut from = tar::Archive::new(fs::File::open(archive).unwrap());
    let mut to = tar::Builder::new(fs::File::create(out).unwrap());
    for entry in from.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        change(&path, &mut bytes);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        to.append_data(&mut header, path, bytes.as_slice()).unwrap();
    }
    to.finish().unwrap();
}

#[tokio::test]
async fn a_backup_with_a_manifest_to_match_must_still_be_the_log() {
    use thamvan_proto::entry::sha256;
    let mut load = Load::new();
    let (place, archive) = gone_on(&mut load).await;
    let out = place.path().join("forged.tar");
    for name in ["bodies-00000000.seg", "records-00000000.seg", "checkpoint"] {
        let old = std::sync::Mutex::new((String::new(), String::new()));
        let sum = std::sync::Mutex::new(String::new());
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(&sha256(bytes).0);
        repacked(&archive, &out, &|path, bytes| {
            let mut hashes = old.lock().unwrap();
            if path.ends_with(name) {
                hashes.0 = hex(bytes);
                *bytes.last_mut().unwrap() ^= 1;
                hashes.1 = hex(bytes);
            } else if path == "MANIFEST.json" {
                let text = String::from_utf8(bytes.clone()).unwrap();
                assert!(text.contains(&hashes.0));
                *bytes = text.replacen(&hashes.0, &hashes.1, 1).into_bytes();
                *sum.lock().unwrap() = format!("{}  MANIFEST.json\n", hex(bytes));
            } else if path == "MANIFEST.sha256" {
                *bytes = sum.lock().unwrap().clone().into_bytes();
            }
        });
        let dir = tempfile::tempdir().unwrap();
        let output = restore(&out, dir.path());
        // The other copy of the checkpoint is as good.
        let code = output.status.code();
        assert_eq!(code == Some(0), name == "checkpoint", "{name}: {output:?}");
        assert!(matches!(code, Some(0 | 6 | 8)), "{name}: {output:?}");
    }
}

#[test]
fn an_archive_that_reaches_out_of_the_folder_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("evil.tar");
    for (name, kind) in [
        ("../evil", tar::EntryType::Regular),
        ("server/../../evil", tar::EntryType::Regular),
        ("/tmp/thamvan-evil", tar::EntryType::Regular),
        ("server/journal/sub/evil", tar::EntryType::Regular),
        ("server/evil", tar::EntryType::Symlink),
        ("server/evil", tar::EntryType::Directory),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(4);
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        let mut tar = tar::Builder::new(fs::File::create(&archive).unwrap());
        tar.append(&header, &b"evil"[..]).unwrap();
        tar.finish().unwrap();
        let dir = place.path().join("register");
        refused(&restore(&archive, &dir), "no file of a register");
        assert!(!dir.exists() && !place.path().join("evil").exists());
    }
}

/// Of one backup.
const FLIPS: usize = 60;

#[tokio::test]
async fn a_policy_elsewhere_and_the_authority_of_witnesses_come_along() {
    let load = Load::new();
    let dir = load.deployment.dir.path();
    fs::create_dir(dir.join("other")).unwrap();
    fs::rename(dir.join("policy.txt"), dir.join("other/policy.txt")).unwrap();
    fs::copy(dir.join("ca.pem"), dir.join("other/ca.pem")).unwrap();
    let file = load.deployment.config_file();
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("\"policy.txt\"", "\"other/policy.txt\"");
    fs::write(&file, format!("witness_ca = \"other/ca.pem\"\n{text}")).unwrap();
    Process::start(&load.deployment).stop();
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("backup.tar");
    said(&back_up(&load, &archive, true));
    let dir = place.path().join("restored");
    said(&restore(&archive, &dir));
    let config = Config::read(&dir.join("thamvan.toml")).unwrap();
    assert_eq!(config.policy, dir.join("policy.txt"));
    assert_eq!(config.witness_ca, Some(dir.join("witness-ca.pem")));
    let report = check(&config);
    assert_eq!(report.verdict, "ok", "{:?}", report.findings);
    assert!(dir.join("witness-ca.pem").exists());
}
