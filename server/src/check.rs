//! Reads a data folder and says whether it would be served; changes nothing.

use serde::Serialize;

use crate::checkpoint_file::CheckpointFile;
use crate::config::Config;
use crate::error::RunError;
use crate::journal::Journal;
use crate::log_signer::LogSigner;
use crate::recovery::{self, Depth};
use crate::{JOURNAL_DIR, chain};

/// What a check found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Version of this shape.
    pub schema: u32,
    /// `ok` or `findings`.
    pub verdict: &'static str,
    /// Records in the journal.
    pub tree_size: u64,
    /// Records that the stored checkpoint promises.
    pub checkpoint_size: u64,
    /// Root of the journal, base64.
    pub root: Option<String>,
    /// What is wrong, in words.
    pub findings: Vec<String>,
}

/// Verifies journal, bodies and checkpoint against each other.
#[must_use]
pub fn check(config: &Config) -> Report {
    match read(config) {
        Ok(report) => report,
        Err(error) => Report {
            schema: 1,
            verdict: "findings",
            tree_size: 0,
            checkpoint_size: 0,
            root: None,
            findings: vec![chain(&error)],
        },
    }
}

fn read(config: &Config) -> Result<Report, RunError> {
    let signer = LogSigner::open(&config.data)?;
    let journal = Journal::open(&config.data.join(JOURNAL_DIR))?;
    let checkpoints = CheckpointFile::of(config);
    let recovered = recovery::recover(
        config,
        signer.verifier_key(),
        signer.last(),
        (&journal, &checkpoints),
        Depth::Full,
    )?;
    Ok(Report {
        schema: 1,
        verdict: "ok",
        tree_size: recovered.state.tree().size(),
        checkpoint_size: recovered.checkpoint.map_or(0, |checkpoint| checkpoint.size),
        root: Some(recovered.state.tree().root().to_base64()),
        findings: Vec::new(),
    })
}
