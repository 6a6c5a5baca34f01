use std::collections::BTreeMap;

use thamvan_audit::{
    ChangeBy, ChangeFacts, ChangeKind, Checked, Code, CosignatureFacts, Facts, Finding, LogFacts,
    Report, Severity, StreamFacts, StreamKind, Verdict,
};

use super::page;
use crate::text::{Language, Text};

const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u{202e}\u{1b}";

fn hostile() -> String {
    HOSTILE.to_owned()
}

/// A report in which every text that others choose is hostile.
fn report() -> Report {
    let finding = |code| Finding {
        code,
        severity: Severity::Error,
        index: Some(1),
        stream: None,
        seq: Some(2),
        path: Some(hostile()),
        detail: hostile(),
    };
    Report {
        schema: 1,
        verdict: Verdict::Findings,
        shard: Some(0),
        tree_size: Some(18),
        root: Some(hostile()),
        checked: Checked::default(),
        findings: Code::ALL.iter().copied().map(finding).collect(),
    }
}

fn facts() -> Facts {
    let counts = BTreeMap::from([(hostile(), 3)]);
    let by = [
        ChangeBy::Root,
        ChangeBy::One {
            official: hostile(),
        },
        ChangeBy::Two {
            proposed_by: hostile(),
            approved_by: hostile(),
        },
        ChangeBy::Waiting {
            proposed_by: hostile(),
            expires_ms: u64::MAX,
        },
    ];
    let changes = ChangeKind::ALL.into_iter().zip(by.into_iter().cycle());
    Facts {
        log: Some(LogFacts {
            origin: hostile(),
            size: 18,
            root: hostile(),
            checkpoint: hostile(),
            signed: true,
            quorum: Some(hostile()),
            quorum_reached: false,
            cosignatures: vec![CosignatureFacts {
                witness: hostile(),
                time_ms: 1,
            }],
        }),
        types: counts.clone(),
        streams: vec![StreamFacts {
            stream: hostile(),
            kind: StreamKind::Channel,
            founder: Some(hostile()),
            founded_by: Some(hostile()),
            approved_by: Some(hostile()),
            provisioned_by: Some(hostile()),
            label: Some("internal".into()),
            records: 1,
            judged: 1,
            void: 0,
            first_ms: Some(1),
            last_ms: None,
            members: vec![hostile()],
            devices: vec![hostile()],
            types: counts,
            complete: false,
        }],
        changes: changes.map(|(what, by)| change(what, by)).collect(),
        changes_left_out: 1,
        consultations: vec![],
    }
}

fn change(what: ChangeKind, by: ChangeBy) -> ChangeFacts {
    ChangeFacts {
        index: 1,
        stream: hostile(),
        seq: 1,
        time_ms: 1_790_000_000_000,
        what,
        official: Some(hostile()),
        device: Some(hostile()),
        note: Some(hostile()),
        role: Some(hostile()),
        scope: Some(hostile()),
        by,
    }
}

fn pages() -> [(String, Text); 2] {
    [Language::Vi, Language::En].map(|language| {
        let text = Text::new(language);
        let page = page(&report(), &facts(), &text, 1_790_000_000_000, "9.9 <b>");
        (page, text)
    })
}

/// Tags of a page: what stands between `<` and the next `>` or space.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).map(|rest| {
        let end = rest.find(['>', ' ']).unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn whatever_others_wrote_is_text() {
    const OURS: [&str; 30] = [
        "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "p",
        "main", "strong", "section", "h2", "ul", "li", "table", "caption", "tbody", "thead", "tr",
        "th", "td", "code", "pre", "div", "br", "span", "time",
    ];
    for (page, _) in pages() {
        for tag in tags(&page) {
            let name = tag.trim_start_matches('/');
            assert!(OURS.contains(&name), "{tag}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(!page.contains(['\u{1b}', '\u{202e}']));
    }
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    for (page, _) in pages() {
        let quoted: Vec<_> = page
            .match_indices("href=")
            .map(|(at, _)| &page[at..])
            .collect();
        assert_eq!(quoted.len(), 1);
        assert!(quoted[0].starts_with("href=\"#findings\""));
        for word in [
            "http:", "https:", "url(", "@import", " src=\"", "<link", "<base",
        ] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("default-src 'none'"));
    }
}

#[test]
fn the_page_says_its_language_and_names_its_tables() {
    for (page, text) in pages() {
        assert!(page.contains(&format!("<html lang=\"{}\">", text.language_tag())));
        let count = |word: &str| page.matches(word).count();
        assert_eq!(count("<table>"), count("<caption>"));
        assert!(count("<table>") >= 5);
        assert_eq!(count("<th "), count("scope=\""));
        assert_eq!(count("<th>"), 0);
        assert_eq!((count("<h1>"), count("<main>")), (1, 1));
    }
}

#[test]
fn every_code_and_change_has_words_in_both_languages() {
    for (page, text) in pages() {
        for code in Code::ALL {
            for id in [format!("finding-{code}"), format!("todo-{code}")] {
                assert!(text.has(&id), "{id}");
                let words = text.get(&id, &[]);
                let shown = words.replace('"', "&quot;");
                assert!(page.contains(&shown), "{id}");
            }
        }
        for what in ChangeKind::ALL {
            assert!(text.has(&format!("change-{what}")), "{what}");
        }
        for id in page.split(['>', '<']) {
            assert!(!id.starts_with("report-"), "{id} has no words");
        }
    }
}
