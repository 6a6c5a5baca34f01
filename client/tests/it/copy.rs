//! A copy on disk with its policy, and the binary run on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::sample::Sample;

/// Folder with `policy.txt` and copies beside it.
pub(crate) struct Folder {
    dir: TempDir,
    genesis: String,
}

/// How the binary ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Codes of the errors in the document's findings.
    pub(crate) fn codes(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().unwrap().iter();
        let errors = findings.filter(|finding| finding["severity"] == "error");
        let mut codes: Vec<String> = errors
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }
}

impl Folder {
    pub(crate) fn new(sample: &Sample) -> Self {
        let dir = TempDir::with_prefix("thamvan-cli-").unwrap();
        std::fs::write(dir.path().join("policy.txt"), sample.policy.to_string()).unwrap();
        let genesis = format!("{:?}", sample.genesis);
        Self { dir, genesis }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a copy of `sample`, or extends the one that is there.
    pub(crate) fn write(&self, name: &str, sample: &Sample) -> PathBuf {
        let copy = self.path(name);
        std::fs::create_dir_all(&copy).unwrap();
        sample.write(&copy);
        copy
    }

    /// `thamvan audit ARGUMENTS… --policy … --genesis …`, with no home, passphrase or network.
    pub(crate) fn audit(&self, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_thamvan"))
            .env_clear()
            .current_dir(self.dir.path())
            .arg("audit")
            .args(arguments)
            .args(["--policy", "policy.txt", "--genesis", &self.genesis])
            .output()
            .unwrap();
        Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
        }
    }
}

/// Changes one byte in the middle of a file.
pub(crate) fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}
