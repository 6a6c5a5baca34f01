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
    let version = explain(version, text.get("arg-version", &[]), text);
    describe(command, text, "help").arg(version)
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
    let has_arguments = command
        .get_arguments()
        .any(|argument| argument.is_positional());
    let sections = [
        (!names.is_empty()).then_some(("commands", "{subcommands}")),
        has_arguments.then_some(("arguments", "{positionals}")),
        Some(("options", "{options}")),
    ];
    let heading = |id: &str| text.get(&format!("heading-{id}"), &[]);
    let mut template = format!("{{about}}\n\n{}: {{usage}}", heading("usage"));
    for (id, tag) in sections.into_iter().flatten() {
        template.push_str(&format!("\n\n{}:\n{tag}", heading(id)));
    }
    let mut command = command
        .about(text.get(id, &[]))
        .help_template(template)
        .disable_help_flag(true)
        .arg(explain(help, text.get("arg-help", &[]), text));
    for argument in arguments {
        let words = text.get(&format!("arg-{}", argument.replace('_', "-")), &[]);
        command = command.mut_arg(argument, |argument| explain(argument, words, text));
    }
    for name in names {
        let id = format!("{id}-{name}");
        command = command.mut_subcommand(name, |sub| describe(sub, text, &id));
    }
    command
}

/// The words of an argument, with what clap would add in English.
fn explain(argument: Arg, words: String, text: &Text) -> Arg {
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| value.get_name().to_owned())
        .collect();
    let defaults: Vec<_> = argument
        .get_default_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| value.to_string_lossy())
        .collect();
    let variable = argument.get_env().map(|name| name.to_string_lossy());
    let notes = [
        (!values.is_empty()).then(|| text.get("note-values", &[("values", &values.join(", "))])),
        (!defaults.is_empty())
            .then(|| text.get("note-default", &[("value", &defaults.join(", "))])),
        variable.map(|name| text.get("note-variable", &[("name", &name)])),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let words = if notes.is_empty() {
        words
    } else {
        format!("{words} [{}]", notes.join("; "))
    };
    argument
        .help(words)
        .hide_possible_values(true)
        .hide_default_value(true)
        .hide_env(true)
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
