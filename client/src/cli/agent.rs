//! `thamvan agent`: holds the home while its owner is logged in, and tells the desktop that something waits, without a word of it.

use std::process::{Command, Stdio};

use clap::Subcommand;
use tokio::sync::broadcast::error::RecvError;

use super::ui::Begun;
use super::{Context, Done};
use crate::holder::{Event, Holder, News};
use crate::text::Text;
use crate::ui::Pages;

#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    Run {
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
}

pub(super) async fn run(context: &Context, command: AgentCommand) -> Done {
    let AgentCommand::Run { port } = command;
    let begun = Begun::begin(context, port).await?;
    begun.unlock(context).await?;
    tokio::spawn(notify(&begun.holder, context.text()));
    begun.serve(Pages::built().map(|pages| (pages, None))).await
}

/// Tells the desktop what is new, unless a page is open, which tells it itself.
fn notify(holder: &Holder, text: &Text) -> impl Future<Output = ()> + use<> {
    let sender = holder.events.clone();
    let mut events = sender.subscribe();
    let words = |id: &str| text.get(&format!("notice-{id}"), &[]);
    let title = words("title");
    let (waits, urgent, message) = (words("waits"), words("urgent"), words("message"));
    let silent = words("silent");
    async move {
        loop {
            let news = match events.recv().await {
                Ok(Event::News(news) | Event::Reminder(news)) => news,
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            if sender.receiver_count() > 1 {
                continue;
            }
            let (words, urgency, sound) = match news {
                News::Urgent => (&urgent, "critical", Some("message-new-instant")),
                News::Silent => (&silent, "normal", None),
                News::Waits => (&waits, "normal", None),
                News::Message => (&message, "low", None),
            };
            let mut command = Command::new("notify-send");
            command
                .args(["--app-name=thamvan", "--urgency", urgency])
                .args(sound.map(|name| format!("--hint=string:sound-name:{name}")))
                .args([&title, words])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            // A desktop without it shows nothing.
            let _ = tokio::task::spawn_blocking(move || command.status()).await;
        }
    }
}
