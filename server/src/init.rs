//! A new server folder: keys, certificates, configuration.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use data_encoding::HEXLOWER;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use thamvan_proto::tlog::{Name, NoteSigner, Policy, VerifierKey};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::http_client::Target;
use crate::{config, log_key, log_signer, slots};

/// What a new server is to be.
#[derive(Debug, Clone)]
pub struct Init {
    /// Folder.
    pub dir: PathBuf,
    /// Origin of the log; a random one by default.
    pub origin: Option<String>,
    /// Where to listen.
    pub listen: String,
    /// Host names and addresses beside localhost.
    pub names: Vec<String>,
    /// Witnesses of the log, each `<vkey> <url>`; none of them, none can be had later: the genesis pins the policy.
    pub witnesses: Vec<String>,
    /// How many of the witnesses make a quorum; more than half of them by default.
    pub quorum: Option<usize>,
}

/// Makes the folder.
///
/// # Errors
/// The folder holds a server already, or a file cannot be written.
pub fn init(init: &Init) -> Result<()> {
    let file = init.dir.join(CONFIG_FILE);
    if file.exists() {
        bail!("{CONFIG_FILE} exists there already");
    }
    let listen = concrete_port(&init.listen)?;
    let data = init.dir.join(DATA);
    if data.join(crate::LOG_KEY_FILE).exists() {
        bail!("a log key exists there already: a log cannot be begun twice");
    }
    DirBuilder::new()
        .recursive(true)
        .create(&init.dir)
        .context("folder cannot be made")?;
    for dir in [&data, &data.join(crate::JOURNAL_DIR)] {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .context("data folder cannot be made")?;
    }
    let origin = match &init.origin {
        Some(origin) => origin.clone(),
        None => format!("thamvan.local/{}", HEXLOWER.encode(&random::<8>()?)),
    };
    let policy = write_log_key(init, &data, &origin, listen.port())?;
    write(
        &init.dir.join(config::POLICY_FILE),
        policy.as_bytes(),
        0o644,
    )?;
    write_certificates(init, &data)?;
    let config = config::File {
        origin,
        listen: listen.to_string(),
        data: DATA.into(),
        tls_certificate: Path::new(DATA).join("tls.pem"),
        tls_key: Path::new(DATA).join("tls.key"),
        genesis: "genesis.cbor".into(),
        second_copy: None,
        heads_seconds: None,
        policy: config::POLICY_FILE.into(),
        witness_ca: None,
        metrics: None,
        minimum_version: thamvan_proto::frame::VERSION,
        limits: crate::Limits::default(),
        alerts: None,
    };
    // Last: its presence says that the folder is complete.
    write(&file, toml::to_string(&config)?.as_bytes(), 0o644)
}

/// Port 0 becomes a port that is free now: tickets and homes carry the address, so it must not change with each start.
fn concrete_port(listen: &str) -> Result<SocketAddr> {
    let address: SocketAddr = listen
        .parse()
        .context("listen must be an address with a port")?;
    if address.port() != 0 {
        return Ok(address);
    }
    let free = TcpListener::bind(address).context("no free port")?;
    free.local_addr().context("no free port")
}

/// Writes the log key; gives the policy that names it.
fn write_log_key(init: &Init, data: &Path, origin: &str, port: u16) -> Result<String> {
    let name = Name::parse(origin).context("origin cannot name a log")?;
    let seed = Zeroizing::new(random::<32>()?);
    let signer = NoteSigner::from_seed(name, &seed);
    let host = init.names.first().map_or("localhost", String::as_str);
    let log = format!("log {} https://{host}:{port}/log\n", signer.verifier_key());
    // Before anything is written: a folder with a key and without a policy would be neither new nor complete.
    let policy = log + &witness_lines(init)?;
    Policy::parse(&policy).context("policy is not understood")?;
    write(
        &data.join(crate::LOG_KEY_FILE),
        log_key::to_text(&signer, &seed).as_bytes(),
        0o600,
    )?;
    let last = log_signer::nothing_signed(&signer).to_string();
    let last = slots::file(last.as_bytes());
    write(&data.join(crate::LOG_LAST_FILE), &last, 0o600)?;
    Ok(policy)
}

/// The lines of the policy below the log's (C2SP tlog-policy). A witness is called by the name of its key.
fn witness_lines(init: &Init) -> Result<String> {
    let mut lines = String::new();
    let mut names = Vec::new();
    for given in &init.witnesses {
        let Some((vkey, url)) = given.trim().split_once(' ') else {
            bail!("a witness is given as \"<vkey> <url>\"");
        };
        let key = VerifierKey::parse(vkey).context("vkey of a witness is not understood")?;
        if Target::parse(url).is_none() {
            bail!("the address of a witness is http:// or https:// with a host");
        }
        names.push(key.name().to_string());
        lines += &format!("witness {} {vkey} {url}\n", key.name());
    }
    if names.is_empty() {
        if init.quorum.is_some() {
            bail!("a quorum needs witnesses");
        }
        return Ok("quorum none\n".to_owned());
    }
    let quorum = init.quorum.unwrap_or(names.len() / 2 + 1);
    let names = names.join(" ");
    Ok(lines + &format!("group {GROUP} {quorum} {names}\nquorum {GROUP}\n"))
}

/// A certificate authority that signs one certificate and then forgets its key.
fn write_certificates(init: &Init, data: &Path) -> Result<()> {
    let ca_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut ca = CertificateParams::new(Vec::new())?;
    validity(&mut ca);
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name
        .push(DnType::CommonName, "thamvan server authority");
    let ca_certificate = ca.self_signed(&ca_key)?;

    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut names: Vec<String> = LOCAL_NAMES.map(str::to_owned).to_vec();
    names.extend(init.names.iter().cloned());
    let mut params = CertificateParams::new(names).context("a name cannot be certified")?;
    validity(&mut params);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params
        .distinguished_name
        .push(DnType::CommonName, "thamvan server");
    let certificate = params.signed_by(&key, &Issuer::new(ca, ca_key))?;

    let key_text = Zeroizing::new(key.serialize_pem());
    write(
        &init.dir.join("ca.pem"),
        ca_certificate.pem().as_bytes(),
        0o644,
    )?;
    write(&data.join("tls.pem"), certificate.pem().as_bytes(), 0o600)?;
    write(&data.join("tls.key"), key_text.as_bytes(), 0o600)
}

fn validity(params: &mut CertificateParams) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::DAY;
    params.not_after = now + Duration::days(CERTIFICATE_DAYS);
}

#[expect(
    clippy::disallowed_methods,
    reason = "no server runs in a folder that is being made"
)]
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if let Some(dir) = path.parent() {
        fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("no randomness")?;
    Ok(bytes)
}

/// Name of the group of all witnesses in a new policy.
const GROUP: &str = "witnesses";
/// Name of the configuration file.
pub const CONFIG_FILE: &str = "thamvan.toml";
const DATA: &str = "server";
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// Five years; a new certificate under another authority needs new tickets only for new devices.
const CERTIFICATE_DAYS: i64 = 5 * 365;
