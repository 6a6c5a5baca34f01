//! The help of the command line in the user's language.

use clap::{Arg, ArgAction, Command};

use crate::text::{Language, Text};

/// The language, known before the arguments are parsed, because help and usage errors need it.
pub(super) fn language() -> Language {
    let mut given = std::env::var("THAMVAN_LANG").ok();
    let mut arguments = std::env::args();
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            given = arguments.next();
        } else if let Some(value) = argument.strip_prefix("--lang=") {
            given = Some(value.to_owned());
        }
    }
    if given.as_deref() == Some("en") {
        Language::En
    } else {
        Language::Vi
    }
}

/// Sets every description from the words: `help-<command path>` and `arg-<name>`.
pub(super) fn localised(command: Command, text: &Text) -> Command {
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version);
    let command = command.disable_version_flag(true);
    describe(command, text, "help").arg(version.help(text.get("arg-version", &[])))
}

fn describe(command: Command, text: &Text, id: &str) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let arguments: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    // clap's own flags come with English words: ours take their place.
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help);
    let mut command = command
        .about(text.get(id, &[]))
        .disable_help_flag(true)
        .arg(help.help(text.get("arg-help", &[])));
    for argument in arguments {
        let words = text.get(&format!("arg-{}", argument.replace('_', "-")), &[]);
        command = command.mut_arg(argument, |argument| argument.help(words));
    }
    for name in names {
        let id = format!("{id}-{name}");
        command = command.mut_subcommand(name, |sub| describe(sub, text, &id));
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn undescribed(command: &Command, found: &mut Vec<String>) {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        if about.is_empty() || about.starts_with("help") {
            found.push(about);
        }
        for argument in command.get_arguments() {
            let help = argument
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            if help.is_empty() || help.starts_with("arg-") {
                found.push(format!(
                    "{} {}: {help}",
                    command.get_name(),
                    argument.get_id()
                ));
            }
        }
        command
            .get_subcommands()
            .for_each(|sub| undescribed(sub, found));
    }

    #[test]
    fn every_command_and_argument_is_described_in_both_languages() {
        for language in [Language::Vi, Language::En] {
            let mut found = Vec::new();
            undescribed(&localised(Cli::command(), &Text::new(language)), &mut found);
            assert_eq!(found, Vec::<String>::new(), "{language:?}");
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
