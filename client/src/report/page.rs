//! The page as a whole: head, verdict, what was checked and what was not.

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use thamvan_audit::{Facts, Report, Severity, Verdict};
use thamvan_proto::entry::sha256;

use super::{consultations, sections};
use crate::text::{Text, shown_time};

/// What a page is made of.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) report: &'a Report,
    pub(super) facts: &'a Facts,
    pub(super) text: &'a Text,
}

/// The whole page; `made_ms`: when (ms), `version`: by which program.
pub(crate) fn page(
    report: &Report,
    facts: &Facts,
    text: &Text,
    made_ms: u64,
    version: &str,
) -> String {
    let page = Page {
        report,
        facts,
        text,
    };
    let markup = html! {
        (DOCTYPE)
        html lang=(text.language_tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                title { (page.say("report-title")) " – " (page.origin()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#findings" { (page.say("report-skip")) }
                header {
                    h1 { (page.say("report-title")) }
                    p { (page.text.get("report-made", &[("time", &shown_time(made_ms)), ("version", version)])) }
                }
                main {
                    (page.verdict())
                    (page.checked())
                    (page.unchecked())
                    (sections::log(&page))
                    (sections::streams(&page))
                    (consultations::consultations(&page))
                    (sections::types(&page))
                    (sections::changes(&page))
                    (sections::findings(&page))
                    (page.repeat())
                }
            }
        }
    };
    markup.into_string().chars().map(harmless).collect()
}

/// Nothing is loaded and nothing runs, whatever a hostile name tries; the one style is that of this version.
///
/// Source: Content Security Policy Level 3, "Hash source".
pub(crate) fn policy() -> String {
    let hash = BASE64.encode(&sha256(STYLE.as_bytes()).0);
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// Control characters, and those that turn the direction of writing, have no place in a page that is evidence.
fn harmless(c: char) -> char {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if turns || (c.is_control() && c != '\n') {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

impl Page<'_> {
    pub(super) fn say(&self, id: &str) -> String {
        self.text.get(id, &[])
    }

    pub(super) fn yes_or_no(&self, yes: bool) -> String {
        self.say(if yes { "report-yes" } else { "report-no" })
    }

    /// A section with its heading, which is also its name for who listens to the page.
    pub(super) fn section(&self, id: &str, heading: &str, content: &Markup) -> Markup {
        let label = format!("{id}-heading");
        html! {
            section id=(id) aria-labelledby=(label) {
                h2 id=(label) { (self.say(heading)) }
                (content)
            }
        }
    }

    fn origin(&self) -> &str {
        let log = self.facts.log.as_ref();
        log.map_or("?", |log| log.origin.as_str())
    }

    fn verdict(&self) -> Markup {
        let report = self.report;
        let is_error = |severity: Severity| severity == Severity::Error;
        let errors = report.findings.iter().filter(|it| is_error(it.severity));
        let (id, class) = match (report.verdict, report.tree_size) {
            (Verdict::Ok, _) => ("report-verdict-ok", "verdict ok"),
            (Verdict::Findings, Some(_)) => ("report-verdict-findings", "verdict findings"),
            (Verdict::Findings, None) => ("report-verdict-unreadable", "verdict findings"),
        };
        let words = self.text.get(
            id,
            &[
                ("entries", &report.checked.entries.to_string()),
                ("count", &errors.count().to_string()),
                ("origin", self.origin()),
            ],
        );
        let content = html! { p class=(class) { strong { (words) } } };
        self.section("verdict", "report-verdict", &content)
    }

    fn checked(&self) -> Markup {
        let checked = &self.report.checked;
        let counts = [
            ("entries", checked.entries.to_string()),
            ("signatures", checked.signatures.to_string()),
            ("commits", checked.commits.to_string()),
            ("acts", checked.acts.to_string()),
        ];
        let counts: Vec<(&str, &str)> = counts.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let content = html! {
            ul { @for id in CHECKED { li { (self.text.get(id, &counts)) } } }
        };
        self.section("checked", "report-checked", &content)
    }

    /// How somebody else repeats the verification, with programs that share no code with this one.
    fn repeat(&self) -> Markup {
        let content = html! {
            p { (self.say("report-repeat-words")) }
            ul {
                @for (words, command) in REPEAT {
                    li { (self.say(words)) pre { (command) } }
                }
            }
        };
        self.section("repeat", "report-repeat", &content)
    }

    fn unchecked(&self) -> Markup {
        let content = html! { ul { @for id in UNCHECKED { li { (self.say(id)) } } } };
        self.section("unchecked", "report-unchecked", &content)
    }
}

const STYLE: &str = include_str!("page.css");

/// Words and the command; what is in capital letters stands for the reader's own.
const REPEAT: [(&str, &str); 3] = [
    (
        "report-repeat-rust",
        "thamvan audit verify --copy COPY --policy POLICY --genesis HASH",
    ),
    (
        "report-repeat-python",
        "python3 tests/verify/verify.py --copy COPY --policy POLICY --genesis HASH",
    ),
    ("report-repeat-all", "tests/verify/run COPY POLICY HASH"),
];

const CHECKED: [&str; 6] = [
    "report-checked-files",
    "report-checked-log",
    "report-checked-signatures",
    "report-checked-chains",
    "report-checked-rights",
    "report-checked-acts",
];

const UNCHECKED: [&str; 4] = [
    "report-unchecked-content",
    "report-unchecked-mls",
    "report-unchecked-opinions",
    "report-unchecked-later",
];
