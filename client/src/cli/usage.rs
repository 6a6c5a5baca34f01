//! Wrong use of the command line, in the user's language: clap finds what is wrong, the words are ours.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::text::Text;

/// Says what is wrong and, where one is near, what was meant.
pub(super) fn words(error: &clap::Error, text: &Text) -> String {
    let found = |kind| error.get(kind).map(plain);
    let argument = found(ContextKind::InvalidArg).unwrap_or_default();
    let say = |id: &str, arguments: &[(&str, &str)]| text.get(id, arguments);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => say("usage-unknown", &[("argument", &argument)]),
        ErrorKind::InvalidSubcommand => {
            let command = found(ContextKind::InvalidSubcommand).unwrap_or_default();
            say("usage-unknown-command", &[("command", &command)])
        }
        ErrorKind::MissingRequiredArgument => say("usage-missing", &[("arguments", &argument)]),
        ErrorKind::MissingSubcommand => say("usage-missing-command", &[]),
        ErrorKind::ArgumentConflict => {
            let other = found(ContextKind::PriorArg).unwrap_or_default();
            let both = [("argument", argument.as_str()), ("other", &other)];
            say("usage-conflict", &both)
        }
        ErrorKind::InvalidValue
        | ErrorKind::ValueValidation
        | ErrorKind::NoEquals
        | ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues => {
            let value = found(ContextKind::InvalidValue).unwrap_or_default();
            let id = if value.is_empty() {
                "usage-no-value"
            } else {
                "usage-value"
            };
            say(id, &[("argument", &argument), ("value", &value)])
        }
        ErrorKind::InvalidUtf8
        | ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion
        | ErrorKind::Io
        | ErrorKind::Format
        | _ => say("usage-other", &[]),
    };
    let valid = found(ContextKind::ValidValue).filter(|values| !values.is_empty());
    let valid = valid.map(|values| say("usage-valid", &[("values", &values)]));
    let near = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let near = near.into_iter().find_map(found);
    let near = near.map(|near| say("usage-near", &[("near", &near)]));
    [Some(what), valid, near]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn plain(value: &ContextValue) -> String {
    if let ContextValue::Strings(all) = value {
        all.join(", ")
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::{Cli, help};
    use crate::text::Language;

    fn told(language: Language, arguments: &[&str]) -> String {
        let text = Text::new(language);
        let command = help::localised(Cli::command(), &text);
        let error = command
            .try_get_matches_from([&["thamvan"], arguments].concat())
            .unwrap_err();
        words(&error, &text)
    }

    #[test]
    fn what_is_wrong_is_said_in_vietnamese_first() {
        for (arguments, expected) in [
            (
                &["devces", "x"][..],
                "Không có lệnh “devces”. Có phải ý bạn là “devices”?",
            ),
            (
                &["read", "x", "--folow"],
                "Không có tham số “--folow” ở lệnh này. Có phải ý bạn là “--follow”?",
            ),
            (&["read"], "Còn thiếu: <CHANNEL>."),
            (
                &["--lang", "fr", "status"],
                "Giá trị “fr” của “--lang <LANG>” không dùng được. Các giá trị dùng được: vi, en.",
            ),
            (
                &["read", "x", "--since", "y"],
                "Giá trị “y” của “--since <SINCE>” không dùng được.",
            ),
        ] {
            assert_eq!(told(Language::Vi, arguments), expected);
        }
        assert_eq!(
            told(Language::En, &["devces"]),
            "There is no command \"devces\". Did you mean \"devices\"?"
        );
    }
}
