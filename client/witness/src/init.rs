//! A new witness folder: key, configuration, and the first state of each log.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use thamvan_proto::tlog::{CosignatureSigner, Name, VerifierKey};
use zeroize::Zeroizing;

use crate::error::WitnessError;
use crate::{KEY_FILE, STATE_DIR, config, files, key_file, state};

/// What a new witness is to be.
#[derive(Clone, Debug)]
pub struct Init {
    /// Folder; made if it is not there, and empty if it is.
    pub dir: PathBuf,
    /// Name of the witness's key, such as a host name.
    pub name: String,
    /// Where to listen.
    pub listen: String,
    /// The keys of the logs to watch, as vkeys; the name of each is its origin. None yet where the log's policy needs the
    /// witness's key first: [`watch`](crate::watch()) adds it.
    pub logs: Vec<String>,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Public key of the witness, for the policies of those who are to trust it.
    pub vkey: VerifierKey,
    /// Where it will listen.
    pub listen: SocketAddr,
}

/// Makes the folder.
///
/// # Errors
/// [`WitnessError`]: an argument, a folder that is not empty, or our environment.
pub fn init(init: &Init) -> Result<Made, WitnessError> {
    let name = Name::parse(&init.name).map_err(WitnessError::Name)?;
    let logs = config::log_keys(&init.logs)?;
    let listen = concrete_port(&init.listen)?;
    let states = init.dir.join(STATE_DIR);
    files::make_dir(&init.dir).map_err(WitnessError::io("the folder cannot be made"))?;
    let mut content = fs::read_dir(&init.dir).map_err(failed)?;
    if content.next().is_some() {
        return Err(WitnessError::Exists);
    }
    files::make_dir(&states).map_err(failed)?;
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(|_| WitnessError::Randomness)?;
    let signer = CosignatureSigner::from_seed(name, &seed);
    let key = key_file::to_text(&signer, &seed);
    files::replace(&init.dir, KEY_FILE, key.as_bytes(), files::PRIVATE).map_err(failed)?;
    for log in &logs {
        state::create(&states, log.name()).map_err(failed)?;
    }
    // Last: its presence says that the folder is complete.
    let file = config::File {
        name: signer.verifier_key().name().to_string(),
        listen: listen.to_string(),
        logs: logs.iter().map(config::Log::of).collect(),
    };
    file.write(&init.dir)?;
    Ok(Made {
        vkey: signer.verifier_key().clone(),
        listen,
    })
}

/// Port 0 becomes a port that is free now: policies carry the address, so it must not change with
/// each start.
fn concrete_port(listen: &str) -> Result<SocketAddr, WitnessError> {
    let address: SocketAddr = listen.parse().map_err(|_| WitnessError::Listen)?;
    if address.port() != 0 {
        return Ok(address);
    }
    let free = TcpListener::bind(address).and_then(|free| free.local_addr());
    free.map_err(WitnessError::io("no free port"))
}

fn failed(source: std::io::Error) -> WitnessError {
    WitnessError::io("the folder cannot be written")(source)
}

/// Name of the configuration file.
pub const CONFIG_FILE: &str = "witness.toml";
