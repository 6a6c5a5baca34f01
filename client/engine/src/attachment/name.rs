//! A file's name as it is shown: what its sender wrote can neither lead anywhere nor look like something else.

/// The name of an attachment for people: its last component, without characters that draw, hide or turn text around, cut where it is
/// long. It is shown and nothing else: a path comes from the person who saves the file.
#[must_use]
pub fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut shown: String = last
        .chars()
        .map(|c| {
            if is_shown(c) {
                c
            } else {
                char::REPLACEMENT_CHARACTER
            }
        })
        .take(SHOWN_CHARS_MAX + 1)
        .collect();
    if shown.chars().count() > SHOWN_CHARS_MAX {
        shown = shown.chars().take(SHOWN_CHARS_MAX - 1).collect();
        shown.push('…');
    }
    match shown.trim().trim_matches('.') {
        "" => UNNAMED.to_owned(),
        _ => shown.trim().to_owned(),
    }
}

/// Not a control, not of another direction, not without width, not the end of a line.
fn is_shown(c: char) -> bool {
    let hides = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !hides
}

pub(super) const UNNAMED: &str = "attachment";
/// What fits on a line beside sender and time.
const SHOWN_CHARS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_shows_as_a_plain_one() {
        for (given, shown) in [
            ("dự thảo (lần 2).docx", "dự thảo (lần 2).docx"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\evil.exe", "evil.exe"),
            ("/", UNNAMED),
            ("", UNNAMED),
            ("..", UNNAMED),
            (" . ", UNNAMED),
            ("a\u{202e}fdp.exe", "a\u{fffd}fdp.exe"),
            ("a\u{200b}b\u{feff}", "a\u{fffd}b\u{fffd}"),
            (
                "a\r\n\u{1b}[31mb\0",
                "a\u{fffd}\u{fffd}\u{fffd}[31mb\u{fffd}",
            ),
            ("x\u{2028}y\u{e0041}", "x\u{fffd}y\u{fffd}"),
        ] {
            assert_eq!(shown_name(given), shown, "{given:?}");
        }
        assert_eq!(shown_name(&"ạ".repeat(100)).chars().count(), 100);
        let cut = shown_name(&"ạ".repeat(10_000));
        assert_eq!(cut.chars().count(), 100);
        assert!(cut.ends_with("ạ…"));
    }
}
