//! `thamvan remind …`: quiet hours, and whether this device reminds by itself who is silent.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use thamvan_engine::ReminderSettings;

use super::{Context, Done};
use crate::output::CliError;
use crate::text::Text;

#[derive(Debug, Subcommand)]
pub(super) enum RemindCommand {
    Show,
    Set(Set),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Set {
    #[arg(long, value_name = "HH:MM-HH:MM")]
    quiet: Option<String>,
    #[arg(long)]
    quiet_days: Option<Switch>,
    #[arg(id = "auto-remind", long = "auto", value_name = "AUTO")]
    auto: Option<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

pub(super) async fn run(context: &Context, command: RemindCommand) -> Done {
    let mut engine = context.open().await?;
    let mut settings = engine.reminder_settings()?;
    if let RemindCommand::Set(set) = command {
        change(&mut settings, set, context.text())?;
        engine.set_reminder_settings(&settings)?;
    }
    let value = json!({
        "quiet": settings.quiet.map(|it| it.to_string()),
        "quiet_days": settings.quiet_days,
        "auto": settings.sends,
    });
    context.print(&value, |text| words(&settings, text));
    Ok(())
}

fn change(settings: &mut ReminderSettings, set: Set, text: &Text) -> Result<(), CliError> {
    if let Some(given) = set.quiet {
        let wrong = || CliError::Usage(text.get("usage-quiet", &[("given", &given)]));
        settings.quiet = match given.as_str() {
            "none" => None,
            hours => Some(hours.parse().map_err(|_| wrong())?),
        };
    }
    if let Some(days) = set.quiet_days {
        settings.quiet_days = days == Switch::On;
    }
    if let Some(auto) = set.auto {
        settings.sends = auto == Switch::On;
    }
    Ok(())
}

fn words(settings: &ReminderSettings, text: &Text) -> String {
    let quiet = settings.quiet.map(|it| it.to_string());
    let quiet = match &quiet {
        Some(hours) => text.get("remind-quiet", &[("hours", hours)]),
        None => text.get("remind-quiet-none", &[]),
    };
    let on_off =
        |id: &str, on: bool| text.get(&format!("{id}-{}", if on { "on" } else { "off" }), &[]);
    [
        quiet,
        on_off("remind-days", settings.quiet_days),
        text.get("remind-never", &[]),
        on_off("remind-auto", settings.sends),
    ]
    .join("\n")
}
