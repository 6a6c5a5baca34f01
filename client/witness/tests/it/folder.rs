//! The folder: what it holds, what survives a restart, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use thamvan_proto::tlog::{Name, NoteSigner};
use thamvan_witness::{ADDRESS_FILE, CONFIG_FILE, Init, WitnessError, init, watch};

use crate::bench::{Folder, Running, TestLog};

fn log() -> TestLog {
    TestLog::new("log.example/2026", 1)
}

fn refused(folder: &Folder) -> WitnessError {
    match Running::start(&folder.path()) {
        Ok(_) => panic!("it serves"),
        Err(error) => error,
    }
}

#[test]
fn a_folder_is_made_once_and_keeps_its_key_to_itself() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let mode = |name: &str| {
        let file = fs::metadata(folder.path().join(name)).unwrap();
        file.permissions().mode() & 0o777
    };
    assert_eq!((mode("witness.key"), mode("state")), (0o600, 0o700));
    assert_ne!(folder.made.listen.port(), 0);
    let mut config = fs::read_to_string(folder.path().join(CONFIG_FILE)).unwrap();
    let listen = folder.made.listen;
    let (origin, vkey) = (&log.origin, log.vkey());
    assert_eq!(
        config,
        format!(
            "name = \"w1.example\"\nlisten = \"{listen}\"\n\n[[logs]]\norigin = \"{origin}\"\nvkey = \"{vkey}\"\n"
        )
    );
    config = config.replace(&listen.to_string(), "127.0.0.1:0");
    fs::write(folder.path().join(CONFIG_FILE), config).unwrap();
    let witness = folder.start();
    let address = fs::read_to_string(folder.path().join(ADDRESS_FILE)).unwrap();
    assert_eq!(address, format!("{}\n", witness.address));
    let again = Init {
        dir: folder.path(),
        name: "w1.example".to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        logs: vec![log.vkey()],
    };
    assert!(matches!(init(&again), Err(WitnessError::Exists)));
}

#[test]
fn arguments_are_checked_before_anything_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let good = Init {
        dir: dir.path().join("w"),
        name: "w1.example".to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        logs: vec![log().vkey()],
    };
    let change = |change: &dyn Fn(&mut Init)| {
        let mut init = good.clone();
        change(&mut init);
        init
    };
    let cosigner = Folder::new(&[&log()]).made.vkey.to_string();
    for (bad, code) in [
        (
            change(&|init| init.name = "two words".to_owned()),
            "name of the witness is refused",
        ),
        (
            change(&|init| init.listen = "loopback".to_owned()),
            "listen is not an address with a port",
        ),
        (
            change(&|init| init.logs = vec![log().vkey(); 65]),
            "65 logs, expected 1 to 64",
        ),
        (
            change(&|init| init.logs = vec!["x".to_owned()]),
            "vkey of a log is refused",
        ),
        (
            change(&|init| init.logs = vec![cosigner.clone()]),
            "key w1.example does not sign a log",
        ),
        (
            change(&|init| init.logs = vec![log().vkey(); 2]),
            "two logs have the origin log.example/2026",
        ),
    ] {
        let error = init(&bad).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.code()),
            (code, "witness_config")
        );
        assert!(!bad.dir.exists());
    }
}

#[test]
fn a_log_is_added_to_a_witness_that_does_not_run() {
    let (log, second) = (log(), TestLog::new("second.example", 1));
    let folder = Folder::new(&[]);
    let none = refused(&folder);
    assert_eq!(none.to_string(), "0 logs, expected 1 to 64");
    let add = |vkeys: &[String]| watch(&folder.path(), vkeys).map(|added| added.len());
    assert_eq!(add(&[log.vkey()]).unwrap(), 1);
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    assert!(matches!(add(&[second.vkey()]), Err(WitnessError::InUse)));
    witness.stop().unwrap();
    // Again changes nothing; another key for the same log is refused.
    assert_eq!(add(&[log.vkey(), second.vkey()]).unwrap(), 2);
    let name = Name::parse(&log.origin).unwrap();
    let other = NoteSigner::from_seed(name, &[77; 32]);
    assert!(matches!(
        add(&[other.verifier_key().to_string()]),
        Err(WitnessError::DuplicateLog { .. })
    ));
    let many: Vec<String> = (0..63)
        .map(|n| TestLog::new(&format!("log{n}.example"), 1).vkey())
        .collect();
    assert!(matches!(
        add(&many),
        Err(WitnessError::LogCount { got: 65 })
    ));
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 12)).body, "9\n");
    assert_eq!(witness.submit(&second.request(0, 3)).status, 200);
    let nowhere = tempfile::tempdir().unwrap();
    assert!(watch(nowhere.path(), &[log.vkey()]).is_err());
    assert!(fs::read_dir(nowhere.path()).unwrap().next().is_none());
}

#[test]
fn a_restart_keeps_the_state_and_two_processes_do_not_share_it() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    let served = witness.get(&log.url());
    let in_use = refused(&folder);
    assert!(matches!(in_use, WitnessError::InUse));
    assert_eq!(in_use.code(), "witness_in_use");
    witness.stop().unwrap();

    let witness = folder.start();
    assert_eq!(witness.get(&log.url()), served);
    let forked = TestLog::new(&log.origin, 2);
    assert_eq!(witness.submit(&forked.request(0, 12)).body, "9\n");
    assert_eq!(witness.submit(&forked.request(9, 12)).status, 422);
    assert_eq!(witness.submit(&log.request(9, 12)).status, 200);
}

#[test]
fn a_lost_or_damaged_state_is_never_replaced_by_nothing() {
    let (log, second) = (log(), TestLog::new("second.example", 1));
    let folder = Folder::new(&[&log, &second]);
    let fresh = fs::read(folder.state(&log)).unwrap();
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    witness.stop().unwrap();
    let state = fs::read(folder.state(&log)).unwrap();

    fs::remove_file(folder.state(&log)).unwrap();
    let missing = refused(&folder);
    assert!(
        matches!(&missing, WitnessError::StateMissing { origin } if origin.as_str() == log.origin)
    );
    assert_eq!(missing.code(), "witness_state");
    assert!(!folder.state(&log).exists());

    let other = fs::read(folder.state(&second)).unwrap();
    let mut flipped = state.clone();
    flipped[80] ^= 1;
    let long = [state.clone(), vec![b'\n'; 200_000]].concat();
    for damaged in [
        Vec::new(),
        other,
        flipped,
        state[..state.len() - 1].to_vec(),
        long,
        vec![0xff],
    ] {
        fs::write(folder.state(&log), damaged).unwrap();
        assert!(matches!(
            refused(&folder),
            WitnessError::StateDamaged { .. }
        ));
    }
    // Known limit: the first state of all is a valid one. Only people keep it from being put back.
    assert_ne!(fresh, state);
    fs::write(folder.state(&log), &state).unwrap();
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(9, 9)).status, 200);
    witness.stop().unwrap();

    fs::remove_dir_all(folder.path().join("state")).unwrap();
    assert!(matches!(
        refused(&folder),
        WitnessError::StateMissing { .. }
    ));
}

#[test]
fn a_log_or_key_changed_by_hand_is_refused() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let config = fs::read_to_string(folder.path().join(CONFIG_FILE)).unwrap();
    let write = |text: &str| fs::write(folder.path().join(CONFIG_FILE), text).unwrap();
    let added = TestLog::new("added.example", 1);
    let (origin, vkey) = (&added.origin, added.vkey());
    write(&format!(
        "{config}\n[[logs]]\norigin = \"{origin}\"\nvkey = \"{vkey}\"\n"
    ));
    assert!(matches!(
        refused(&folder),
        WitnessError::StateMissing { .. }
    ));
    write(&config.replace("origin = \"log", "origin = \"lag"));
    assert!(matches!(refused(&folder), WitnessError::Origin { .. }));
    write(&format!("{config}more = 1\n"));
    assert!(matches!(refused(&folder), WitnessError::Config(_)));
    write(&config.replace("w1.example", "w2.example"));
    assert!(matches!(refused(&folder), WitnessError::Key));
    write(&config);
    fs::copy(
        Folder::new(&[&log]).path().join("witness.key"),
        folder.path().join("witness.key"),
    )
    .unwrap();
    // Nothing is cosigned yet, so another key of the same name is as good.
    drop(folder.start());
}

#[test]
fn another_key_than_the_one_that_cosigned_is_refused() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    witness.stop().unwrap();
    let other = Folder::new(&[&log]);
    let key = folder.path().join("witness.key");
    fs::copy(other.path().join("witness.key"), &key).unwrap();
    assert!(matches!(
        refused(&folder),
        WitnessError::StateDamaged { .. }
    ));
    fs::write(&key, "PRIVATE+KEY+").unwrap();
    assert!(matches!(refused(&folder), WitnessError::Key));
}

#[test]
fn a_witness_that_cannot_store_gives_no_cosignature_and_ends() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let mut witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    fs::rename(folder.path().join("state"), folder.path().join("away")).unwrap();
    let reply = witness.submit(&log.request(9, 12));
    assert_eq!((reply.status, reply.body.as_str()), (500, "stopping\n"));
    assert!(matches!(witness.join(), Err(WitnessError::NotStored(_))));

    fs::rename(folder.path().join("away"), folder.path().join("state")).unwrap();
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 12)).body, "9\n");
}
