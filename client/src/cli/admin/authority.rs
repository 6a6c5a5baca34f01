//! `thamvan admin authority …`: root keys, which never touch a network, and handing over what they signed.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::json;
use thamvan_engine::{Authority, Ceremony, Keeping, Made, Passphrase};
use thamvan_proto::cbor;
use thamvan_proto::directory::Role;
use thamvan_proto::id::OfficialId;

use super::super::{Context, Done, parse, read_file, write_private};
use super::{parse_agency, print_stated};
use crate::output::CliError;

#[derive(Debug, Subcommand)]
pub(in super::super) enum AuthorityCommand {
    Init(AuthorityInit),
    Device {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        request: PathBuf,
        #[arg(long)]
        code: String,
        #[arg(long)]
        out: PathBuf,
    },
    Sign {
        #[arg(long)]
        dir: PathBuf,
        #[arg(id = "root-file", long = "file", value_name = "FILE")]
        file: PathBuf,
        #[arg(long)]
        code: String,
        #[arg(long)]
        out: PathBuf,
    },
    Rotate {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        out: PathBuf,
    },
    Submit {
        #[arg(id = "root-file", long = "file", value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(in super::super) struct AuthorityInit {
    #[arg(long)]
    dir: PathBuf,
    #[arg(long)]
    policy: PathBuf,
    #[arg(long)]
    server: String,
    #[arg(long)]
    ca: PathBuf,
    #[arg(long, default_value_t = 2)]
    threshold: u64,
    #[arg(long, default_value_t = 3)]
    keys: usize,
    /// One folder for each root key, instead of all of them in the authority's.
    #[arg(long = "holder", value_name = "DIR", conflicts_with = "keys")]
    holders: Vec<PathBuf>,
    /// Their passphrases, in the same order; else each is asked for.
    #[arg(long, value_name = "FILE", requires = "holders")]
    holder_passphrase: Vec<PathBuf>,
    /// `ID;KIND;NAME_VI;NAME_EN[;SCOPE,…]`
    #[arg(long = "agency")]
    agencies: Vec<String>,
    /// `ID;NAME`
    #[arg(long)]
    administrator: Vec<String>,
    /// `ID;NAME`
    #[arg(long)]
    approver: Vec<String>,
}

pub(super) async fn run(context: &Context, command: AuthorityCommand) -> Done {
    match command {
        AuthorityCommand::Init(init) => authority_init(context, &init),
        AuthorityCommand::Rotate { dir, out } => {
            let authority = Authority::open(&dir, &context.passphrase()?)?;
            let entry = authority.rotate(&context.passphrase()?)?;
            write_private(&out, &cbor::to_vec(&entry))?;
            let path = out.display().to_string();
            context.print(&json!({"file": path}), |text| {
                text.get("authority-rotated", &[("file", &path)])
            });
            Ok(())
        }
        AuthorityCommand::Submit { file } => {
            let mut engine = context.online().await?;
            let seq = engine
                .submit_root_statement(&read_file(&context.path(&file))?)
                .await?;
            print_stated(context, &engine, seq, false);
            Ok(())
        }
        AuthorityCommand::Device {
            dir,
            request,
            code,
            out,
        } => {
            let authority = Authority::open(&dir, &context.passphrase()?)?;
            let made = authority.enrol_device(&read_file(&request)?, &code)?;
            hand_on(context, made, &out)
        }
        AuthorityCommand::Sign {
            dir,
            file,
            code,
            out,
        } => {
            let authority = Authority::open(&dir, &context.passphrase()?)?;
            let made = authority.countersign(&read_file(&file)?, &code)?;
            hand_on(context, made, &out)
        }
    }
}

/// Writes what root keys have made: the entry, or the draft that another holder signs next.
fn hand_on(context: &Context, made: Made, out: &Path) -> Done {
    let path = out.display().to_string();
    match made {
        Made::Entry(entry) => {
            write_private(out, &cbor::to_vec(&*entry))?;
            context.print(&json!({"file": path, "complete": true}), |text| {
                text.get("authority-device", &[("file", &path)])
            });
        }
        Made::Draft {
            file,
            signatures,
            needed,
        } => {
            write_private(out, &file)?;
            let value = json!({
                "file": path, "complete": false, "signatures": signatures, "needed": needed,
            });
            context.print(&value, |text| {
                let (have, need) = (signatures.to_string(), needed.to_string());
                let arguments = [("file", &*path), ("have", &*have), ("need", &*need)];
                text.get("authority-draft", &arguments)
            });
        }
    }
    Ok(())
}

/// Folder and passphrase of each holder; empty where all keys are in one folder.
fn holders(
    context: &Context,
    init: &AuthorityInit,
) -> Result<Vec<(PathBuf, Passphrase)>, CliError> {
    let mut files = init.holder_passphrase.iter();
    init.holders
        .iter()
        .map(|folder| {
            let path = folder.display().to_string();
            let prompt = context.text().get("prompt-holder", &[("dir", &path)]);
            let words = context.passphrase_of(files.next().map(PathBuf::as_path), &prompt)?;
            Ok((folder.clone(), words))
        })
        .collect()
}

fn authority_init(context: &Context, init: &AuthorityInit) -> Done {
    let policy = String::from_utf8_lossy(&read_file(&init.policy)?).into_owned();
    let agencies = init
        .agencies
        .iter()
        .map(|given| parse_agency(context, given))
        .collect::<Result<_, _>>()?;
    let mut officials = Vec::new();
    let roles = [
        (Role::NationalAdministrator, &init.administrator),
        (Role::Approver, &init.approver),
    ];
    for (role, given) in roles {
        for given in given {
            let (id, name) = given.split_once(';').unwrap_or((given, ""));
            officials.push((parse::<OfficialId>(context, id)?, name.to_owned(), role));
        }
    }
    let holders = holders(context, init)?;
    let ceremony = Ceremony {
        threshold: init.threshold,
        keys: if holders.is_empty() {
            init.keys
        } else {
            holders.len()
        },
        policy,
        server: init.server.clone(),
        ca_pem: read_file(&init.ca)?,
        agencies,
        officials,
    };
    let founded = if holders.is_empty() {
        let words = context.passphrase()?;
        Authority::found(&init.dir, &Keeping::Together(&words), &ceremony)?
    } else {
        Authority::found(&init.dir, &Keeping::Apart(&holders), &ceremony)?
    };
    let genesis = HEXLOWER.encode(&founded.genesis.0);
    let tickets: Vec<String> = founded
        .tickets
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let value = json!({"genesis": genesis, "tickets": tickets});
    context.print(&value, |text| {
        text.get("authority-founded", &[("genesis", &genesis)])
    });
    Ok(())
}
