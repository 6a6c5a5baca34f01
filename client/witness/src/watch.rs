//! One more log for a witness that does not run.

use std::path::Path;

use thamvan_proto::tlog::VerifierKey;

use crate::error::WitnessError;
use crate::{STATE_DIR, config, server, state};

/// Lets the witness in the folder `dir` watch the logs of these vkeys too. What it watches already stays as it is.
///
/// # Errors
/// [`WitnessError`]: the folder, a vkey, another key for a log that is watched, or a process that serves the folder.
pub fn watch(dir: &Path, vkeys: &[String]) -> Result<Vec<VerifierKey>, WitnessError> {
    // Read first: a lock file must not be left in a folder that is none of a witness.
    config::File::read(dir)?;
    let _lock = server::lock(dir)?;
    let mut file = config::File::read(dir)?;
    let given = config::log_keys(vkeys)?;
    for key in &given {
        let text = key.to_string();
        match file
            .logs
            .iter()
            .find(|log| log.origin == key.name().as_str())
        {
            Some(log) if log.vkey == text => {}
            Some(_) => {
                let origin = key.name().clone();
                return Err(WitnessError::DuplicateLog { origin });
            }
            None => file.logs.push(config::Log::of(key)),
        }
    }
    let all: Vec<&str> = file.logs.iter().map(|log| log.vkey.as_str()).collect();
    config::log_keys(&all)?;
    for key in &given {
        let states = dir.join(STATE_DIR);
        // A state that is there is never replaced by nothing: it is read, or refused, when the witness runs.
        if !states.join(state::file_name(key.name())).exists() {
            let failed = WitnessError::io("the folder cannot be written");
            state::create(&states, key.name()).map_err(failed)?;
        }
    }
    file.write(dir)?;
    Ok(given)
}
