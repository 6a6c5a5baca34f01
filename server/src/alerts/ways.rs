//! The ways of an alert: mail (SMTP, RFC 5321), a webhook, and a program of the operator's. Each try is bounded in time.

use std::path::Path;
use std::process::Stdio;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls, TlsParameters, TlsVersion,
};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use thamvan_server_core::alert::{Alert, Way};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::config::ConfigError;
use crate::error::RunError;
use crate::http_client::{Http, Target};
use crate::limits::ALERT_TIMEOUT;

use super::contacts::Contact;
use super::settings::{AlertSettings, CommandSettings, SmtpSettings, SmtpTls};
use super::words;

/// The ways that the operator has set up.
pub(crate) struct Ways {
    smtp: Option<Smtp>,
    webhook: Option<(Http, Target)>,
    command: Option<CommandSettings>,
}

struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Ways {
    /// # Errors
    /// [`RunError::Config`], [`RunError::Tls`]: authorities or password cannot be read.
    pub(crate) fn open(settings: &AlertSettings) -> Result<Self, RunError> {
        let ca = settings.ca.as_deref();
        let smtp = settings.smtp.as_ref().map(|smtp| Smtp::open(smtp, ca));
        let webhook = settings.webhook.clone();
        let webhook = webhook.map(|target| Http::new(ca).map(|http| (http, target)));
        Ok(Self {
            smtp: smtp.transpose()?,
            webhook: webhook.transpose()?,
            command: settings.command.clone(),
        })
    }

    pub(crate) fn names(&self) -> Vec<Way> {
        let mail = self.smtp.is_some().then_some(Way::Mail);
        let webhook = self.webhook.is_some().then_some(Way::Webhook);
        let command = self.command.is_some().then_some(Way::Command);
        [mail, webhook, command].into_iter().flatten().collect()
    }

    /// Sends `alert` to `contacts` by its way.
    ///
    /// # Errors
    /// [`Failure`]: nobody was reached.
    pub(crate) async fn send(&self, alert: &Alert, contacts: &[Contact]) -> Result<(), Failure> {
        let phones = contacts.iter().flat_map(|contact| &contact.phones);
        let phones: Vec<&str> = phones.map(String::as_str).collect();
        match alert.key.way {
            Way::Mail => {
                let smtp = self.smtp.as_ref().ok_or(Failure::NoWay)?;
                let emails = contacts.iter().flat_map(|contact| &contact.emails);
                smtp.send(alert, emails).await
            }
            Way::Webhook => {
                let (http, target) = self.webhook.as_ref().ok_or(Failure::NoWay)?;
                let asked = http.post_json(target, words::json(alert, &phones)).await;
                let answered = asked.map_err(|_| Failure::NoAnswer)?;
                let taken = answered.status.is_success();
                taken.then_some(()).ok_or(Failure::Refused)
            }
            Way::Command => {
                let command = self.command.as_ref().ok_or(Failure::NoWay)?;
                let run = run(command, words::json(alert, &phones));
                timeout(ALERT_TIMEOUT, run)
                    .await
                    .map_err(|_| Failure::Late)?
            }
        }
    }
}

impl Smtp {
    fn open(settings: &SmtpSettings, ca: Option<&Path>) -> Result<Self, RunError> {
        let tls = match settings.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::Required(parameters(&settings.host, ca)?),
            SmtpTls::Tls => Tls::Wrapper(parameters(&settings.host, ca)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(ALERT_TIMEOUT));
        if let Some((user, file)) = &settings.login {
            let password = std::fs::read_to_string(file).map_err(|_| ConfigError::Alerts {
                what: "smtp.password_file cannot be read",
            })?;
            let password = Zeroizing::new(password);
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
            from: settings.from.clone(),
        })
    }

    /// One mail an address, so that nobody reads the address of another.
    async fn send(
        &self,
        alert: &Alert,
        emails: impl Iterator<Item = &Address>,
    ) -> Result<(), Failure> {
        let mut failed = Failure::NoWay;
        let mut is_reached = false;
        for email in emails {
            let message = self.message(alert, email).ok_or(Failure::Refused)?;
            match timeout(ALERT_TIMEOUT, self.transport.send(message)).await {
                Ok(Ok(_)) => is_reached = true,
                Ok(Err(error)) => failed = Failure::of(&error),
                Err(_) => failed = Failure::Late,
            }
        }
        if is_reached { Ok(()) } else { Err(failed) }
    }

    fn message(&self, alert: &Alert, email: &Address) -> Option<Message> {
        let to = Mailbox::new(None, email.clone());
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(words::subject(alert))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        builder.body(words::text(alert)).ok()
    }
}

/// TLS 1.3 with the authorities in `ca` and no others.
fn parameters(host: &str, ca: Option<&Path>) -> Result<TlsParameters, RunError> {
    let refuse = |what| ConfigError::Alerts { what };
    let ca = ca.ok_or(refuse("a way over TLS needs ca"))?;
    let pem = std::fs::read(ca).map_err(|_| refuse("ca cannot be read"))?;
    let roots = Certificate::from_pem(&pem).map_err(|_| refuse("ca is not of certificates"))?;
    let parameters = TlsParameters::builder(host.to_owned())
        .certificate_store(CertificateStore::None)
        .add_root_certificate(roots)
        .set_min_tls_version(TlsVersion::Tlsv13)
        .build_rustls();
    Ok(parameters.map_err(|_| refuse("ca or smtp.host cannot be used"))?)
}

/// Runs the program, without a shell and without our environment, and hands it `json` on its standard input.
async fn run(command: &CommandSettings, json: String) -> Result<(), Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut child = Command::new(&command.program)
        .args(&command.arguments)
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|_| Failure::NoAnswer)?;
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read to the end may still have done what it should: its exit code says so.
        let _ = input.write_all(json.as_bytes()).await;
    }
    let status = child.wait().await.map_err(|_| Failure::BrokeOff)?;
    status.success().then_some(()).ok_or(Failure::Refused)
}

/// "Auto-Submitted: auto-generated" (RFC 3834): nobody's holiday notice answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Why nobody was reached. Says no more than this: what a mail server answers may hold addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The way is not set up any more.
    #[error("there is no such way")]
    NoWay,
    /// No connection, no TLS, no program.
    #[error("nobody answers")]
    NoAnswer,
    /// The mail server, the receiver or the program says no.
    #[error("refused")]
    Refused,
    /// The mail server says: not now.
    #[error("refused for now")]
    RefusedForNow,
    /// TLS failed.
    #[error("the TLS handshake failed")]
    Tls,
    /// It took too long.
    #[error("no answer in time")]
    Late,
    /// The try ended without an answer.
    #[error("broke off")]
    BrokeOff,
}

impl Failure {
    fn of(error: &lettre::transport::smtp::Error) -> Self {
        if error.is_timeout() {
            Self::Late
        } else if error.is_tls() {
            Self::Tls
        } else if error.is_transient() {
            Self::RefusedForNow
        } else if error.is_permanent() || error.is_client() {
            Self::Refused
        } else {
            Self::NoAnswer
        }
    }
}

#[cfg(test)]
mod tests;
