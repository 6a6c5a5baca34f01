//! Root keys that three persons keep apart: two of them, one after the other, enrol the first device of a deployment.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::deployment::{Ended, binaries, ended};

/// A server whose genesis was made by holders.
struct Scene {
    dir: TempDir,
    server: Option<Child>,
}

impl Scene {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `thamvan --json …` with the passphrase of `whose`, a home or a holder.
    fn run(&self, whose: &str, arguments: &[&str]) -> Ended {
        let passphrase = self.path(&format!("{whose}.pass"));
        std::fs::write(&passphrase, whose).unwrap();
        let mut command = Command::new(binaries().join("thamvan"));
        command
            .current_dir(self.dir.path())
            .env("THAMVAN_HOME", self.path(whose))
            .env("THAMVAN_PASSPHRASE_FILE", passphrase)
            .env_remove("THAMVAN_LANG")
            .arg("--json")
            .args(arguments)
            .stdin(Stdio::null());
        ended(&mut command)
    }

    fn ok(&self, whose: &str, arguments: &[&str]) -> Ended {
        let ended = self.run(whose, arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended
    }

    fn start(&mut self) {
        let log = std::fs::File::create(self.path("server.log")).unwrap();
        let mut command = Command::new(binaries().join("thamvan-server"));
        command
            .args(["run", "--config"])
            .arg(self.path("thamvan.toml"));
        let mut child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        while !self.path("server/address").exists() {
            assert_eq!(child.try_wait().unwrap(), None);
            std::thread::yield_now();
        }
        self.server = Some(child);
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(mut child) = self.server.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

fn has_keys(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).unwrap();
    entries.any(|entry| {
        entry
            .unwrap()
            .path()
            .extension()
            .is_some_and(|it| it == "key")
    })
}

#[test]
fn two_of_three_holders_enrol_the_first_device_and_one_does_not() {
    let mut scene = Scene {
        dir: TempDir::with_prefix("thamvan-holders-").unwrap(),
        server: None,
    };
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let address = format!("127.0.0.1:{port}");
    let mut init = Command::new(binaries().join("thamvan-server"));
    init.args([
        "init",
        "--origin",
        "holders.example/log",
        "--listen",
        &address,
    ]);
    let made = init.arg("--dir").arg(scene.path("")).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    for holder in ["k1", "k2", "k3"] {
        std::fs::write(scene.path(&format!("{holder}.pass")), holder).unwrap();
    }
    let mut found = vec!["admin", "authority", "init", "--dir", "authority"];
    found.extend([
        "--policy",
        "policy.txt",
        "--ca",
        "ca.pem",
        "--server",
        &address,
    ]);
    found.extend(["--agency", "mofa;bo;Bộ Ngoại giao;Foreign Affairs"]);
    found.extend(["--administrator", "an@mofa;An"]);
    for (folder, passphrase) in [("k1", "k1.pass"), ("k2", "k2.pass"), ("k3", "k3.pass")] {
        found.extend(["--holder", folder, "--holder-passphrase", passphrase]);
    }
    scene.ok("nobody", &found);
    assert!(!has_keys(&scene.path("authority")));
    assert!(
        ["k1", "k2", "k3"]
            .iter()
            .all(|it| has_keys(&scene.path(it)))
    );
    std::fs::copy(
        scene.path("authority/genesis.cbor"),
        scene.path("genesis.cbor"),
    )
    .unwrap();
    scene.start();

    let ticket = "authority/tickets/an@mofa.ticket";
    let asked = scene.ok("an", &["enrol", ticket, "--no-wait"]).json;
    let code = asked["verification_code"].as_str().unwrap().to_owned();
    let mut device = vec!["admin", "authority", "device", "--dir", "k1"];
    device.extend(["--request", "an/enrolment.request", "--code", &code]);
    device.extend(["--out", "draft.cbor"]);
    // The own passphrase opens the own folder.
    assert_eq!(scene.run("k2", &device).code, 5);
    let draft = scene.ok("k1", &device).json;
    assert_eq!(
        (&draft["complete"], &draft["needed"]),
        (&false.into(), &2.into())
    );
    // One signature is not enough for anybody.
    let early = scene.run(
        "an",
        &["enrol", ticket, "--no-wait", "--root", "draft.cbor"],
    );
    assert_ne!(early.code, 0);
    let sign = |holder, code| {
        let mut sign = vec!["admin", "authority", "sign", "--dir", holder];
        sign.extend([
            "--file",
            "draft.cbor",
            "--code",
            code,
            "--out",
            "entry.cbor",
        ]);
        scene.run(holder, &sign)
    };
    let wrong = sign("k3", "AAAA-AAAA-AAAA-AAAA");
    assert_eq!(wrong.json["error"]["code"], "code_mismatch", "{wrong:?}");
    assert_eq!(sign("k1", &code).code, 1);
    let signed = sign("k3", &code);
    assert_eq!(signed.code, 0, "{signed:?}");
    assert_eq!(signed.json["complete"], true);
    scene.ok(
        "an",
        &["enrol", ticket, "--no-wait", "--root", "entry.cbor"],
    );
    let status = scene.ok("an", &["status"]).json;
    assert_eq!(status["state"], "active");
}
