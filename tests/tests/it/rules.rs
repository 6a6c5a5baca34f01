//! docs/rules.md: which rule of the Regulation and the laws beside it is tested where. It is made from `tests/rules.tsv` and from
//! the names of the tests: `UPDATE_RULES=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A row of `tests/rules.tsv`.
struct Rule {
    id: String,
    /// As the names of tests begin: `r5_6_1`, `r3a`, `w2`.
    key: String,
    level: String,
    article: String,
    what: String,
    /// What is missing; empty where nothing is.
    open: String,
}

impl Rule {
    fn parse(line: &str) -> Self {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || {
            cells
                .next()
                .unwrap_or_else(|| panic!("a cell is missing: {line}"))
        };
        let id = next();
        let rule = Self {
            key: key(&id),
            id,
            level: next(),
            article: next(),
            what: next(),
            open: next(),
        };
        assert_eq!(cells.next(), None, "a cell too many: {line}");
        assert!(["MUST", "SHOULD"].contains(&rule.level.as_str()), "{line}");
        rule
    }

    /// Whether the name of a function begins with it.
    fn names(&self, function: &str) -> bool {
        function
            .strip_prefix(&self.key)
            .is_some_and(|rest| rest.starts_with('_') && !rest[1..].starts_with(char::is_numeric))
    }
}

fn key(id: &str) -> String {
    let key = id.to_lowercase().replace(['.', '-'], "_");
    key.strip_suffix("_a")
        .map_or(key.clone(), |key| format!("{key}a"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Rust files of the project, without what was built.
fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&&*name)
        {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// A name that begins as a rule does: a letter, a number, perhaps another letter, and more after an underscore.
fn is_of_a_rule(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(['r', 's', 'u', 'w', 'f', 'e', 'a']) else {
        return false;
    };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let after_letter = after.strip_prefix(|c: char| c.is_ascii_lowercase());
    let ends = |rest: &str| rest.starts_with('_');
    after.len() < rest.len() && (ends(after) || after_letter.is_some_and(ends))
}

#[test]
fn the_page_of_rules_is_that_of_the_tests() {
    let root = root();
    let table = fs::read_to_string(root.join("tests/rules.tsv")).unwrap();
    let rules: Vec<Rule> = table.lines().map(Rule::parse).collect();
    let mut files = Vec::new();
    for top in ["client", "proto", "server", "tests"] {
        sources(&root.join(top), &mut files);
    }
    files.sort();
    let mut tests: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let place = file.strip_prefix(&root).unwrap().display().to_string();
        for line in text.lines() {
            let line = line.trim_start().trim_start_matches("async ");
            let name = line
                .strip_prefix("fn ")
                .and_then(|rest| rest.split('(').next());
            let Some(name) = name.filter(|name| is_of_a_rule(name)) else {
                continue;
            };
            let rule = rules.iter().find(|rule| rule.names(name));
            let rule =
                rule.unwrap_or_else(|| panic!("{place}: {name} names no rule of tests/rules.tsv"));
            tests
                .entry(rule.id.as_str())
                .or_default()
                .push(format!("`{place}`: `{name}`"));
        }
    }
    let mut page = HEAD.to_owned();
    for rule in &rules {
        let tested = tests.get(rule.id.as_str()).map(|all| all.join("<br>"));
        let status = match (&tested, rule.open.as_str()) {
            (Some(_), "") => "kept".to_owned(),
            (Some(_), open) => format!("in part: {open}"),
            (None, "") => panic!("{} has neither a test nor a word why", rule.id),
            (None, open) => format!("open: {open}"),
        };
        let tested = tested.unwrap_or_default();
        let Rule {
            id,
            level,
            article,
            what,
            ..
        } = rule;
        writeln!(
            page,
            "| {id} | {level} | {article} | {what} | {status} | {tested} |"
        )
        .unwrap();
    }
    let written = root.join("docs/rules.md");
    if env::var_os("UPDATE_RULES").is_some() {
        fs::write(&written, &page).unwrap();
    }
    let there = fs::read_to_string(&written).unwrap_or_default();
    assert!(
        there == page,
        "docs/rules.md is old: UPDATE_RULES=1 writes it anew"
    );
}

const HEAD: &str = "# Rules and their tests

Made from `tests/rules.tsv` and the names of the tests; `tests/run` fails where it is old. Engineering's reading of the Regulation (Decision
47/2025/QĐ-TTg) and of the laws beside it, no legal advice. *kept*: by the tests named; *in part* and *open*: what is missing stands there.

| Rule | Level | Rests on | What | Status | Tests |
|---|---|---|---|---|---|
";
