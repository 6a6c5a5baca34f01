//! The words: Vietnamese first, English beside it, both from Fluent files built into the binary.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use thamvan_proto::calendar::Day;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};
use unic_langid::LanguageIdentifier;

/// A language of the user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    /// Tiếng Việt.
    #[default]
    Vi,
    /// English.
    En,
}

/// The words in one language.
pub struct Text {
    bundle: FluentBundle<FluentResource>,
    tag: &'static str,
    language: Language,
}

impl Text {
    /// Loads a language.
    ///
    /// # Panics
    /// If a built-in file does not parse: our bug, and a test loads both.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let (id, source) = match language {
            Language::Vi => ("vi", include_str!("../locales/vi.ftl")),
            Language::En => ("en", include_str!("../locales/en.ftl")),
        };
        let tag = id;
        let id: LanguageIdentifier = id
            .parse()
            .unwrap_or_else(|_| unreachable!("a built-in language tag parses"));
        let resource = FluentResource::try_new(source.to_owned())
            .unwrap_or_else(|(_, errors)| unreachable!("built-in words do not parse: {errors:?}"));
        let mut bundle = FluentBundle::new(vec![id]);
        // Isolation marks around arguments are for mixed-direction text; Vietnamese and English are both left to right.
        bundle.set_use_isolating(false);
        if let Err(errors) = bundle.add_resource(resource) {
            unreachable!("built-in words collide: {errors:?}");
        }
        Self {
            bundle,
            tag,
            language,
        }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The language (BCP 47).
    #[must_use]
    pub fn language_tag(&self) -> &'static str {
        self.tag
    }

    /// Of a name in both languages, the one in this; the Vietnamese one where there is no other.
    #[must_use]
    pub fn of_two<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::En if !en.is_empty() => en,
            Language::En | Language::Vi => vi,
        }
    }

    /// The message `id` with `arguments`; the id itself where the file lacks it.
    #[must_use]
    pub fn get(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        let Some(pattern) = self
            .bundle
            .get_message(id)
            .and_then(|message| message.value())
        else {
            return id.to_owned();
        };
        let mut args = FluentArgs::new();
        for (name, value) in arguments {
            args.set(*name, printable(value));
        }
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&args), &mut errors)
            .into_owned()
    }

    /// Whether there is a message `id`.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }
}

/// What others wrote must not draw on the terminal: no control characters, and a new line never looks like one of ours.
#[must_use]
pub fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => "\n    ".to_owned(),
        c if c.is_control() => char::REPLACEMENT_CHARACTER.to_string(),
        c => c.to_string(),
    };
    text.trim_end().chars().map(shown).collect()
}

/// Hà Nội time, with its zone.
#[must_use]
pub fn shown_time(unix_ms: u64) -> String {
    let format = format_description!("[hour]:[minute] [day]/[month]/[year] (+07)");
    i64::try_from(unix_ms / 1000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .zip(UtcOffset::from_hms(7, 0, 0).ok())
        .and_then(|(time, offset)| time.to_offset(offset).format(format).ok())
        .unwrap_or_else(|| unix_ms.to_string())
}

/// A day as it is written in Vietnam: 05/02/2027.
#[must_use]
pub fn shown_day(day: Day) -> String {
    let text = day.to_string();
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => text,
    }
}

/// A moment of RFC 3339, or midnight in Hà Nội of a date, in milliseconds since 1970.
#[must_use]
pub fn unix_ms(given: &str) -> Option<u64> {
    let moment = OffsetDateTime::parse(given, &Rfc3339).ok().or_else(|| {
        let date = Date::parse(given, format_description!("[year]-[month]-[day]")).ok()?;
        Some(
            date.midnight()
                .assume_offset(UtcOffset::from_hms(7, 0, 0).ok()?),
        )
    })?;
    u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use thamvan_engine::EngineError;
    use thamvan_proto::error_code::ErrorCode;
    use thamvan_proto::label::Label;

    use super::*;

    fn ids(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter(|line| !line.starts_with(['#', ' ', '}']) && line.contains('='))
            .filter_map(|line| line.split('=').next())
            .map(str::trim)
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_messages() {
        let vi = ids(include_str!("../locales/vi.ftl"));
        let en = ids(include_str!("../locales/en.ftl"));
        assert_eq!(vi, en);
        assert!(vi.len() > 50);
    }

    #[test]
    fn every_error_has_words_and_a_hint() {
        let codes = EngineError::CODES
            .iter()
            .copied()
            .chain(ErrorCode::ALL.iter().map(|code| code.as_str()));
        let text = Text::new(Language::Vi);
        for code in codes {
            for id in [format!("error-{code}"), format!("hint-{code}")] {
                assert!(text.has(&id), "{id}");
            }
        }
        for label in Label::ALL {
            assert!(text.has(&format!("label-{label}")), "{label}");
        }
    }

    #[test]
    fn a_moment_is_a_date_in_ha_noi_or_rfc_3339() {
        assert_eq!(unix_ms("2026-11-22"), unix_ms("2026-11-22T00:00:00+07:00"));
        assert_eq!(unix_ms("2026-11-21T17:00:00.5Z"), Some(1_795_280_400_500));
        for wrong in ["", "22/11/2026", "2026-11-31", "1960-01-01"] {
            assert_eq!(unix_ms(wrong), None);
        }
    }

    #[test]
    fn what_others_wrote_cannot_draw_on_the_terminal() {
        assert_eq!(
            printable("a\r\u{1b}[31mb\n04:56 giả"),
            "a\u{fffd}\u{fffd}[31mb\n    04:56 giả"
        );
    }

    #[test]
    fn u3_a_moment_is_shown_with_its_date_time_and_zone() {
        assert_eq!(shown_time(1_797_613_200_000), "00:00 19/12/2026 (+07)");
        assert_eq!(shown_day("2027-02-05".parse().unwrap()), "05/02/2027");
    }

    #[test]
    fn r5_6_4_what_comes_of_a_consultation_is_never_called_a_decision() {
        let vietnamese = Text::new(Language::Vi);
        let footer = "Kết quả tham vấn nhanh; không thay thế văn bản lấy ý kiến/trả lời chính thức theo quy định pháp luật.";
        assert_eq!(vietnamese.get("consult-footer", &[]), footer);
        let words = include_str!("../locales/vi.ftl");
        let about = words.lines().filter(|line| {
            line.starts_with("consult-")
                || line.starts_with("act-")
                || line.starts_with("help-consult")
        });
        for line in about {
            let line = line.to_lowercase();
            assert!(
                !line.contains("quyết định") && !line.contains("phê duyệt"),
                "{line}"
            );
        }
    }

    #[test]
    fn u4_urgency_and_labels_share_no_word() {
        let text = Text::new(Language::Vi);
        let marks = ["normal", "khan", "thuong_khan", "hoa_toc"];
        let marks = marks.map(|mark| text.get(&format!("urgency-{mark}"), &[]).to_lowercase());
        let labels = Label::ALL
            .iter()
            .map(|label| text.get(&format!("label-{label}"), &[]));
        for label in labels.map(|label| label.to_lowercase()) {
            assert!(
                marks.iter().all(|mark| !label.contains(mark.as_str())),
                "{label}"
            );
        }
    }

    #[test]
    fn s6_the_two_vocabularies_of_labels_share_no_word() {
        let text = Text::new(Language::Vi);
        for label in Label::ALL {
            let word = text.get(&format!("label-{label}"), &[]).to_lowercase();
            let has_secrecy_word = word.split_whitespace().any(|part| part == "mật");
            assert_eq!(has_secrecy_word, label.is_secrecy_level(), "{word}");
        }
    }
}
