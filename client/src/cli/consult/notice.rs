//! `thamvan notice …`: information that goes one way and is acknowledged, and information that is asked for and provided
//! (Articles 5(1) to 5(4), 6, 7(2), 15). Both are templates of the one mechanism that consultations are made of.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use thamvan_proto::consultation::{Form, Position, TEMPLATES, Template};

use super::super::admin::seat;
use super::super::{Context, Done};
use super::{ConsultCommand, Open, Reply, Sending, show, word};
use crate::output::CliError;

#[derive(Debug, Subcommand)]
pub(in super::super) enum NoticeCommand {
    Post(Box<Post>),
    Request(Box<Post>),
    List {
        #[arg(long)]
        waiting: bool,
    },
    Show {
        consultation: String,
    },
    Ack {
        consultation: String,
    },
    Provide(Provide),
    /// Changes of focal units (Article 19(1)): a list, or that the own seat has taken note of one.
    Focal {
        #[arg(id = "focal-change", long = "ack", value_name = "CHANGE")]
        change: Option<u64>,
    },
    Withdraw {
        consultation: String,
        #[arg(id = "said-reason", long = "reason", value_name = "REASON")]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(in super::super) struct Post {
    channel: String,
    #[arg(id = "notice-template", long = "template", value_name = "TEMPLATE")]
    template: String,
    #[arg(long)]
    pillar: Option<String>,
    #[arg(long)]
    title: String,
    #[arg(id = "notice-text", long = "text", value_name = "TEXT")]
    text: String,
    #[arg(id = "notice-until", long = "until", value_name = "TIME", default_value = DEADLINE)]
    until: String,
    #[arg(long, default_value = "normal")]
    urgency: String,
    #[arg(
        id = "notice-reason",
        long = "reason",
        value_name = "REASON",
        default_value = ""
    )]
    reason: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub(in super::super) struct Provide {
    consultation: String,
    #[arg(id = "notice-text", long = "text", value_name = "TEXT")]
    text: String,
    #[arg(long, default_value = "agency")]
    capacity: String,
    #[arg(long)]
    attach: Vec<PathBuf>,
    #[arg(long)]
    acting_for: Option<String>,
}

pub(in super::super) async fn run(context: &Context, command: NoticeCommand) -> Done {
    let command = match command {
        NoticeCommand::Post(post) => opening(context, *post, Form::Notice)?,
        NoticeCommand::Request(post) => opening(context, *post, Form::Request)?,
        NoticeCommand::List { waiting } => {
            let engine = context.online().await?;
            return show::list(context, &engine, waiting, |form| form != Form::Consultation);
        }
        NoticeCommand::Focal { change } => return focal(context, change).await,
        NoticeCommand::Show { consultation } => ConsultCommand::Show { consultation },
        NoticeCommand::Ack { consultation } => ConsultCommand::Ack { consultation },
        NoticeCommand::Provide(it) => ConsultCommand::Answer(Reply {
            consultation: it.consultation,
            position: Position::Information.as_str().to_owned(),
            capacity: it.capacity,
            text: Some(it.text),
            attach: it.attach,
            acting_for: it.acting_for,
        }),
        NoticeCommand::Withdraw {
            consultation,
            reason,
        } => ConsultCommand::Withdraw {
            consultation,
            reason,
        },
    };
    super::run(context, command).await
}

async fn focal(context: &Context, change: Option<u64>) -> Done {
    let mut engine = context.online().await?;
    if let Some(change) = change {
        engine.take_note(change).await?;
    }
    let news = engine.status()?.focal_changes;
    let value = news.iter().map(seat::focal_json).collect();
    context.print(&value, |text| {
        if news.is_empty() {
            return text.get("focal-none", &[]);
        }
        let lines = news.iter().map(|news| seat::focal_words(news, text));
        lines.collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn opening(context: &Context, post: Post, form: Form) -> Result<ConsultCommand, CliError> {
    let fits = |template: &&Template| template.form == form;
    if Template::of_id(&post.template).is_none_or(|template| template.form != form) {
        let known: Vec<&str> = TEMPLATES.iter().filter(fits).map(|it| it.id).collect();
        return Err(word(context, &post.template, &known));
    }
    Ok(ConsultCommand::Open(Box::new(Open {
        channel: post.channel,
        template: post.template,
        field: None,
        pillar: post.pillar,
        instrument: None,
        letter: None,
        dossier: None,
        title: post.title,
        question: post.text,
        reason: post.reason,
        urgency: post.urgency,
        deadline: Some(post.until),
        sending: post.sending,
    })))
}

/// A week to acknowledge or to provide, where nobody says otherwise.
const DEADLINE: &str = "+7d";
