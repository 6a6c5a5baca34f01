//! What a command prints, and with which code it ends (docs: the table of exit codes in the README).

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use serde_json::{Value, json};
use thamvan_engine::{CipherError, EngineError};
use thamvan_proto::error_code::ErrorCode;
use thamvan_witness::WitnessError;
use tokio::sync::mpsc;

use crate::limits::OUTPUT_WAITING_LEN_MAX;
use crate::text::Text;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Refused; the message names the rule.
    Refused = 1,
    /// Wrong use.
    Usage = 2,
    /// A verification found something.
    Finding = 3,
    /// The server is not reachable.
    Unreachable = 4,
    /// Locked or wrong passphrase.
    Locked = 5,
    /// The store is damaged.
    Damaged = 6,
    /// Another process uses the home.
    HomeInUse = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The witness.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// An argument that clap cannot judge.
    #[error("{0}")]
    Usage(String),
    /// The log contradicts an earlier copy of itself.
    #[error("{0}")]
    Evidence(String),
    /// The process that holds the home has locked it.
    #[error("the home is locked")]
    Locked,
    /// The process that holds the home does not run this command for another.
    #[error("{0}")]
    NotHere(String),
    /// The process that holds the home broke off: whether the command was carried out is not known.
    #[error("the process that holds the home broke off")]
    HolderGone(#[source] std::io::Error),
    /// A verification with findings; the report has been printed.
    #[error("the verification has findings")]
    Findings,
    /// A file named on the command line.
    #[error("{path}: {source}")]
    File {
        /// Path.
        path: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

impl CliError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Engine(error) => exit_of(error),
            Self::Witness(error) => witness_exit_of(error),
            Self::Usage(_) | Self::File { .. } => Exit::Usage,
            Self::Locked => Exit::Locked,
            Self::NotHere(_) | Self::HolderGone(_) => Exit::HomeInUse,
            Self::Findings | Self::Evidence(_) => Exit::Finding,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Engine(error) => error.code(),
            Self::Witness(error) => error.code(),
            Self::Usage(_) => "usage",
            Self::Locked => "locked",
            Self::NotHere(_) => "home_in_use",
            Self::HolderGone(_) => "holder_gone",
            Self::Findings | Self::Evidence(_) => "finding",
            Self::File { .. } => "file_failed",
        }
    }
}

fn exit_of(error: &EngineError) -> Exit {
    match error {
        EngineError::NoHome { .. } | EngineError::HomeExists { .. } | EngineError::Ticket(_) => {
            Exit::Usage
        }
        EngineError::HomeInUse { .. } => Exit::HomeInUse,
        EngineError::WrongPassphrase => Exit::Locked,
        EngineError::StoreDamaged { .. }
        | EngineError::Store(_)
        | EngineError::File { .. }
        | EngineError::Attachment(CipherError::Read(_) | CipherError::Write(_))
        | EngineError::Randomness => Exit::Damaged,
        EngineError::Unreachable { .. } => Exit::Unreachable,
        EngineError::Protocol { .. }
        | EngineError::Malformed(_)
        | EngineError::Finding { .. }
        | EngineError::Record(_)
        | EngineError::Commitment(_)
        | EngineError::Attachment(
            CipherError::TooLong
            | CipherError::Blob
            | CipherError::Chunk { .. }
            | CipherError::Content,
        )
        | EngineError::Mls(_) => Exit::Finding,
        EngineError::Refused { .. }
        | EngineError::NotEnrolled
        | EngineError::Unknown { .. }
        | EngineError::Ambiguous { .. }
        | EngineError::NotAllowed { .. }
        | EngineError::Consultation(_)
        | EngineError::Content(_)
        | EngineError::CodeMismatch => Exit::Refused,
    }
}

fn witness_exit_of(error: &WitnessError) -> Exit {
    match error {
        WitnessError::InUse => Exit::HomeInUse,
        WitnessError::Key
        | WitnessError::StateMissing { .. }
        | WitnessError::StateDamaged { .. }
        | WitnessError::NotStored(_) => Exit::Damaged,
        WitnessError::Exists
        | WitnessError::Name(_)
        | WitnessError::LogKey(_)
        | WitnessError::LogKeyType { .. }
        | WitnessError::Origin { .. }
        | WitnessError::DuplicateLog { .. }
        | WitnessError::LogCount { .. }
        | WitnessError::Listen
        | WitnessError::Config(_)
        | WitnessError::Randomness
        | WitnessError::Io { .. } => Exit::Usage,
    }
}

/// A piece of what a command prints for another process; the exit code is the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// On standard output.
    Out(String),
    /// On standard error.
    Err(String),
    /// How it ended.
    Exit(Exit),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Out(text) | Self::Err(text) => text.len(),
            Self::Exit(_) => 0,
        }
    }
}

/// Where the lines of a command go.
#[derive(Clone, Debug)]
pub enum Sink {
    /// To this process's own outputs.
    Process,
    /// To another process.
    Pieces {
        /// Where to.
        sender: mpsc::UnboundedSender<Piece>,
        /// Bytes that the other side has not taken yet.
        waiting: Arc<AtomicUsize>,
    },
}

/// The other end of a sink.
#[derive(Debug)]
pub struct Pieces {
    receiver: mpsc::UnboundedReceiver<Piece>,
    waiting: Arc<AtomicUsize>,
}

impl Pieces {
    /// The next piece; none after the last one.
    pub async fn next(&mut self) -> Option<Piece> {
        let piece = self.receiver.recv().await?;
        self.waiting.fetch_sub(piece.len(), Ordering::Relaxed);
        Some(piece)
    }
}

impl Sink {
    /// A sink whose pieces somebody else takes.
    #[must_use]
    pub fn pieces() -> (Self, Pieces) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let pieces = Pieces {
            receiver,
            waiting: waiting.clone(),
        };
        (Self::Pieces { sender, waiting }, pieces)
    }

    /// Prints a line; whoever reads no further is no reason to fail.
    pub fn out(&self, line: &str) {
        use std::io::Write;
        match self {
            Self::Process => {
                let _ = writeln!(std::io::stdout(), "{line}");
            }
            Self::Pieces { .. } => self.send(Piece::Out(format!("{line}\n"))),
        }
    }

    /// Prints a line on standard error.
    pub fn err(&self, line: &str) {
        match self {
            Self::Process => eprintln!("{line}"),
            Self::Pieces { .. } => self.send(Piece::Err(format!("{line}\n"))),
        }
    }

    /// Prints one JSON document.
    pub fn json(&self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.out(&text),
            Err(error) => unreachable!("our values serialise: {error}"),
        }
    }

    /// Says how the command ended.
    pub fn exit(&self, exit: Exit) {
        self.send(Piece::Exit(exit));
    }

    /// Ends when nobody takes the lines any more.
    pub async fn closed(&self) {
        match self {
            Self::Process => std::future::pending().await,
            Self::Pieces { sender, .. } => sender.closed().await,
        }
    }

    fn send(&self, piece: Piece) {
        let Self::Pieces { sender, waiting } = self else {
            return;
        };
        let len = piece.len();
        let before = waiting.fetch_add(len, Ordering::Relaxed);
        // Whoever takes so little gets no more.
        let fits = before.saturating_add(len) <= OUTPUT_WAITING_LEN_MAX;
        if !fits || sender.send(piece).is_err() {
            waiting.fetch_sub(len, Ordering::Relaxed);
        }
    }
}

/// Prints a failure: JSON on stdout with `--json`, else words on stderr.
pub fn print_failure(error: &CliError, json: bool, text: &Text, sink: &Sink) {
    if matches!(error, CliError::Findings) {
        return;
    }
    let said = failure(error, text);
    if json {
        sink.json(&json!({ "error": said }));
    } else {
        let word = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
        let (message, hint) = (word("message"), word("hint"));
        sink.err(&text.get("failure", &[("message", message), ("hint", hint)]));
    }
}

/// A failure as programs read it: `{code, rule, article, message, hint}`.
#[must_use]
pub fn failure(error: &CliError, text: &Text) -> Value {
    let code = error.code();
    let detail = chain(error);
    // A rule of our own has words of its own; the code is the fallback.
    let (rule, article) = rule_of(error);
    // A rule is written R18.2, its message id error-R18_2.
    let words = local_rule(error)
        .or(rule)
        .map(|rule| rule.replace('.', "_"))
        .filter(|rule| text.has(&format!("error-{rule}")))
        .unwrap_or_else(|| code.to_owned());
    let message = text.get(&format!("error-{words}"), &[("detail", &detail)]);
    let hint = text.get(&format!("hint-{words}"), &[]);
    json!({"code": code, "rule": rule, "article": article, "message": message, "hint": hint})
}

/// The whole chain of causes, once.
fn chain(error: &CliError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

fn local_rule(error: &CliError) -> Option<&'static str> {
    match error {
        CliError::Engine(EngineError::NotAllowed { rule, .. }) => Some(rule),
        CliError::Engine(EngineError::Consultation(error)) => Some(error.rule()),
        CliError::Engine(EngineError::Content(error)) => Some(error.rule()),
        CliError::Engine(_)
        | CliError::Witness(_)
        | CliError::Usage(_)
        | CliError::Locked
        | CliError::NotHere(_)
        | CliError::HolderGone(_)
        | CliError::Evidence(_)
        | CliError::Findings
        | CliError::File { .. } => None,
    }
}

fn rule_of(error: &CliError) -> (Option<&'static str>, Option<&'static str>) {
    let CliError::Engine(error) = error else {
        return (None, None);
    };
    if let EngineError::NotAllowed { rule, .. } = error {
        return match *rule {
            "label" => (Some("S9"), Some(ARTICLE_LABEL)),
            "undetermined" => (Some("S8"), Some(ARTICLE_LABEL)),
            rule => (Some(rule), None),
        };
    }
    if let EngineError::Consultation(error) = error {
        return (Some(error.rule()), error.article());
    }
    if let EngineError::Content(error) = error {
        return (Some(error.rule()), error.article());
    }
    let EngineError::Refused { code, detail } = error else {
        return (None, None);
    };
    if *code == ErrorCode::Label {
        (Some("S9"), Some(ARTICLE_LABEL))
    } else if *code == ErrorCode::TwoPersons {
        (Some("two_persons"), None)
    } else if detail.contains("(R19.1)") {
        (Some("R19.1"), Some("khoản 1 Điều 19"))
    } else if detail.contains("Article 5(6)") {
        (Some("R5.6-1"), Some("khoản 6 Điều 5"))
    } else {
        (None, None)
    }
}

const ARTICLE_LABEL: &str = "khoản 1 Điều 5 Luật 117/2025/QH15";
