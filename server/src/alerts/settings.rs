//! `[alerts]` of `thamvan.toml`.

use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use serde::Deserialize;
use thamvan_proto::consultation::Urgency;
use thamvan_server_core::alert::Rules;

use crate::config::ConfigError;
use crate::http_client::{Target, is_loopback};

use super::milliseconds;

/// The section as written; paths are relative to the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    contacts: PathBuf,
    #[serde(default = "marks")]
    marks: Vec<String>,
    #[serde(default = "offline_s")]
    offline_s: f64,
    #[serde(default = "view_wait_s")]
    view_wait_s: f64,
    #[serde(default = "escalate_after_s")]
    escalate_after_s: f64,
    #[serde(default = "repeat_s")]
    repeat_s: f64,
    #[serde(default = "times_max")]
    times_max: usize,
    #[serde(default)]
    ca: Option<PathBuf>,
    #[serde(default)]
    smtp: Option<SmtpSection>,
    #[serde(default)]
    webhook: Option<WebhookSection>,
    #[serde(default)]
    command: Option<CommandSettings>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SmtpSection {
    host: String,
    port: u16,
    tls: SmtpTls,
    from: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookSection {
    url: String,
}

/// A program that takes alerts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandSettings {
    pub(crate) program: PathBuf,
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SmtpTls {
    /// Not at all: a relay on this machine only.
    None,
    /// STARTTLS (RFC 3207), required.
    Starttls,
    /// TLS from the first byte (RFC 8314).
    Tls,
}

/// A mail server.
#[derive(Clone, Debug)]
pub(crate) struct SmtpSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: SmtpTls,
    pub(crate) from: Mailbox,
    pub(crate) login: Option<(String, PathBuf)>,
}

/// Whom the server alerts, how and when: as [`Config`](crate::Config) has it.
#[derive(Clone, Debug)]
pub struct AlertSettings {
    pub(crate) contacts: PathBuf,
    pub(crate) rules: Rules,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) smtp: Option<SmtpSettings>,
    pub(crate) webhook: Option<Target>,
    pub(crate) command: Option<CommandSettings>,
}

impl AlertSettings {
    /// What `section` says when it stands in the folder `base`.
    ///
    /// # Errors
    /// [`ConfigError::Alerts`].
    pub(crate) fn of(section: Section, base: &Path) -> Result<Self, ConfigError> {
        let refuse = |what| ConfigError::Alerts { what };
        if section.smtp.is_none() && section.webhook.is_none() && section.command.is_none() {
            return Err(refuse("it names no way: smtp, webhook or command"));
        }
        let rules = rules(&section).map_err(refuse)?;
        let ca = section.ca.map(|path| base.join(path));
        let smtp = section.smtp.map(|smtp| smtp.sound(base)).transpose();
        let smtp = smtp.map_err(refuse)?;
        let webhook = section.webhook.map(|webhook| webhook.sound()).transpose();
        let webhook = webhook.map_err(refuse)?;
        let has_tls = smtp.as_ref().is_some_and(|smtp| smtp.tls != SmtpTls::None)
            || webhook.as_ref().is_some_and(Target::is_tls);
        if has_tls && ca.is_none() {
            return Err(refuse(
                "a way over TLS needs ca, a PEM file of the authorities to believe",
            ));
        }
        let command = section.command;
        if command.as_ref().is_some_and(|it| !it.program.is_absolute()) {
            return Err(refuse("command.program is not an absolute path"));
        }
        Ok(Self {
            contacts: base.join(section.contacts),
            rules,
            ca,
            smtp,
            webhook,
            command,
        })
    }
}

fn rules(section: &Section) -> Result<Rules, &'static str> {
    let all = [
        Urgency::Normal,
        Urgency::Khan,
        Urgency::ThuongKhan,
        Urgency::HoaToc,
    ];
    let known = |word: &String| all.into_iter().find(|mark| mark.as_str() == word);
    let marks: Option<Vec<Urgency>> = section.marks.iter().map(known).collect();
    let marks = marks.ok_or("marks are of normal, khan, thuong_khan, hoa_toc")?;
    if marks.is_empty() {
        return Err("marks names none; leave the section out for no alerts");
    }
    if section.times_max == 0 || section.times_max > TIMES_MAX {
        return Err("times_max is not from 1 to 100");
    }
    let time = |seconds| milliseconds(seconds).ok_or("a time is not from 0 seconds to a week");
    let rules = Rules {
        marks,
        offline_ms: time(section.offline_s)?,
        view_wait_ms: time(section.view_wait_s)?,
        escalate_after_ms: time(section.escalate_after_s)?,
        repeat_ms: time(section.repeat_s)?,
        times_max: section.times_max,
    };
    if rules.repeat_ms < REPEAT_MS_MIN {
        return Err("repeat_s is under 1 second");
    }
    Ok(rules)
}

impl SmtpSection {
    fn sound(self, base: &Path) -> Result<SmtpSettings, &'static str> {
        if self.tls == SmtpTls::None && !is_loopback(&self.host) {
            return Err("smtp.tls is none, and smtp.host is not this machine");
        }
        let login = match (self.user, self.password_file) {
            (None, None) => None,
            (Some(user), Some(file)) => Some((user, base.join(file))),
            _ => return Err("smtp.user and smtp.password_file go together"),
        };
        Ok(SmtpSettings {
            host: self.host,
            port: self.port,
            tls: self.tls,
            from: self.from.parse().map_err(|_| "smtp.from is no address")?,
            login,
        })
    }
}

impl WebhookSection {
    fn sound(self) -> Result<Target, &'static str> {
        let target = Target::parse(&self.url).ok_or("webhook.url is no http or https address")?;
        if target.is_private() {
            Ok(target)
        } else {
            Err("webhook.url is not https, and not on this machine")
        }
    }
}

fn marks() -> Vec<String> {
    let marks = [Urgency::HoaToc, Urgency::ThuongKhan];
    marks.map(|mark| mark.as_str().to_owned()).into()
}

fn offline_s() -> f64 {
    60.0
}

fn view_wait_s() -> f64 {
    300.0
}

fn escalate_after_s() -> f64 {
    900.0
}

fn repeat_s() -> f64 {
    900.0
}

fn times_max() -> usize {
    4
}

const TIMES_MAX: usize = 100;
const REPEAT_MS_MIN: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AlertSettings, String> {
        let section: Section = toml::from_str(text).map_err(|error| error.to_string())?;
        AlertSettings::of(section, Path::new("/f")).map_err(|error| error.to_string())
    }

    const SMTP: &str = "[smtp]\nhost = \"127.0.0.1\"\nport = 25\ntls = \"none\"\nfrom = \"Tham vấn <thamvan@register.example>\"\n";

    #[test]
    fn the_example_of_the_guide_is_right() {
        let guide = include_str!("../../../docs/operator.md");
        let (_, example) = guide.split_once("```toml\n[alerts]").unwrap();
        let (example, _) = example.split_once("```").unwrap();
        let settings = read(&example.replace("[alerts.", "[")).unwrap();
        let defaults = read(&format!("contacts = \"contacts.toml\"\n{SMTP}")).unwrap();
        assert_eq!(settings.rules, defaults.rules);
        assert!(settings.webhook.is_some() && settings.command.is_some());
        assert_eq!(settings.smtp.unwrap().tls, SmtpTls::Starttls);
    }

    #[test]
    fn what_would_leave_this_machine_in_the_clear_or_never_end_is_refused() {
        let sound = format!("contacts = \"c.toml\"\n{SMTP}");
        let settings = read(&sound).unwrap();
        assert_eq!(settings.contacts, Path::new("/f/c.toml"));
        assert_eq!(settings.rules.marks, [Urgency::HoaToc, Urgency::ThuongKhan]);
        assert_eq!(settings.rules.repeat_ms, 900_000);
        for (text, why) in [
            ("contacts = \"c\"".to_owned(), "no way"),
            (sound.replace("127.0.0.1", "192.0.2.1"), "not this machine"),
            (sound.replace("\"none\"", "\"tls\""), "needs ca"),
            (
                sound.replace("<thamvan@register.example>", ""),
                "no address",
            ),
            (format!("times_max = 0\n{sound}"), "1 to 100"),
            (format!("repeat_s = 0.5\n{sound}"), "under 1 second"),
            (format!("offline_s = -1\n{sound}"), "a week"),
            (format!("marks = []\n{sound}"), "marks"),
            (format!("marks = [\"gap\"]\n{sound}"), "marks"),
            (format!("{sound}user = \"u\""), "go together"),
            (format!("quiet_hours = 1\n{sound}"), "quiet_hours"),
            (
                format!("{sound}[webhook]\nurl = \"http://192.0.2.1/a\""),
                "not https",
            ),
            (
                format!("{sound}[webhook]\nurl = \"https://hook.example/a\""),
                "needs ca",
            ),
            (format!("{sound}[command]\nprogram = \"sms\""), "absolute"),
        ] {
            let said = read(&text).unwrap_err();
            assert!(said.contains(why), "{why}: {said}");
        }
    }
}
