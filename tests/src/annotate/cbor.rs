//! The part of the annotator that reads CBOR (RFC 8949 §3).

use super::{INLINE, Pen, Shape, shapes};

/// The head of one data item.
struct Head<'a> {
    bytes: &'a [u8],
    major: u8,
    argument: u64,
}

impl Head<'_> {
    fn len(&self) -> usize {
        usize::try_from(self.argument).expect("a sample is short")
    }
}

impl<'a> Pen<'a> {
    fn head(&mut self) -> Head<'a> {
        let at = self.rest;
        let first = *at.first().expect("a data item begins");
        let extra = match first & 0x1f {
            0..24 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            other => unreachable!("{other} is not a deterministic head"),
        };
        let bytes = self.take(1 + extra);
        let argument = match &bytes[1..] {
            [] => u64::from(first & 0x1f),
            long => long.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        Head {
            bytes,
            major: first >> 5,
            argument,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other shape is a value without parts"
    )]
    pub(super) fn value(&mut self, name: &str, shape: &Shape) {
        match shape {
            Shape::Array(fields) => self.array(name, fields),
            Shape::List(item) => self.list(name, item),
            Shape::Choice(choices) => self.choice(name, choices),
            Shape::Map(keys) => self.map(name, keys),
            Shape::Sign1(payload) => self.sign1(name, payload),
            Shape::Frame(answer) => self.frame(answer),
            Shape::Cbor(inner) => self.string_of(name, "CBOR in", inner),
            Shape::Bytes(inner) => self.string_of(name, "inside", inner),
            Shape::Maybe(inner) if self.rest.first() != Some(&NULL) => self.value(name, inner),
            _ => self.plain(name, shape),
        }
    }

    fn array(&mut self, name: &str, fields: &[(&str, Shape)]) {
        let head = self.head();
        assert_eq!((head.major, head.len()), (4, fields.len()), "{name}");
        self.line(head.bytes, &format!("{name}: array of {}", fields.len()));
        self.deeper(|pen| {
            for (name, shape) in fields {
                pen.value(name, shape);
            }
        });
    }

    fn list(&mut self, name: &str, item: &Shape) {
        let head = self.head();
        assert_eq!(head.major, 4, "{name}");
        self.line(head.bytes, &format!("{name}: list of {}", head.argument));
        self.deeper(|pen| {
            for n in 1..=head.argument {
                pen.value(&format!("{name} {n}"), item);
            }
        });
    }

    fn choice(&mut self, name: &str, choices: &[(u64, &str, Shape)]) {
        let head = self.head();
        assert_eq!((head.major, head.argument), (4, 2), "{name}");
        self.line(head.bytes, &format!("{name}: array of 2"));
        self.deeper(|pen| {
            let number = pen.head();
            let (_, kind, shape) = choices
                .iter()
                .find(|(known, _, _)| *known == number.argument)
                .expect("the choice is in the table");
            let note = format!("kind: {} ({kind})", number.argument);
            pen.line(number.bytes, &note);
            pen.value(kind, shape);
        });
    }

    fn map(&mut self, name: &str, keys: &[(i64, &str, Shape)]) {
        let head = self.head();
        assert_eq!(head.major, 5, "{name}");
        self.line(head.bytes, &format!("{name}: map of {}", head.argument));
        self.deeper(|pen| {
            for _ in 0..head.argument {
                let key = pen.head();
                let number = signed(&key);
                let (_, name, shape) = keys
                    .iter()
                    .find(|(known, _, _)| i128::from(*known) == number)
                    .expect("the header parameter is in the table");
                pen.line(key.bytes, &format!("label {number}"));
                pen.value(name, shape);
            }
        });
    }

    fn sign1(&mut self, name: &str, payload: &Shape) {
        let tag = self.head();
        assert_eq!((tag.major, tag.argument), (6, 18), "{name}");
        self.line(tag.bytes, &format!("{name}: tag 18, COSE_Sign1"));
        self.deeper(|pen| {
            let array = pen.head();
            assert_eq!((array.major, array.argument), (4, 4), "{name}");
            pen.line(array.bytes, "array of 4");
            pen.deeper(|pen| {
                pen.value("protected", &shapes::PROTECTED);
                pen.value("unprotected", &Shape::Map(&[]));
                pen.value("payload", payload);
                pen.value("signature", &Shape::Plain);
            });
        });
    }

    fn frame(&mut self, answer: &Shape) {
        let head = self.head();
        assert_eq!((head.major, head.argument), (4, 3), "frame");
        self.line(head.bytes, "frame: array of 3");
        self.deeper(|pen| {
            let kind = pen.head();
            let (number, name, shape) = shapes::FRAMES
                .iter()
                .find(|(known, _, _)| *known == kind.argument)
                .expect("the frame kind is in the table");
            pen.line(kind.bytes, &format!("kind: {number} ({name})"));
            pen.value("id", &Shape::Plain);
            let shape = if *number == ANSWER { answer } else { shape };
            pen.value("body", shape);
        });
    }

    fn string_of(&mut self, name: &str, what: &str, inner: &Shape) {
        let head = self.head();
        assert_eq!(head.major, 2, "{name}");
        let len = head.len();
        let known = self.known(self.rest.get(..len).unwrap_or_default());
        let note = format!("{name}: {what} a byte string of {len}{known}");
        self.line(head.bytes, &note);
        self.within(len, |pen| pen.shape(name, inner));
    }

    fn plain(&mut self, name: &str, shape: &Shape) {
        let head = self.head();
        match head.major {
            0 | 1 => {
                let meaning = meaning(shape, head.argument);
                let note = format!("{name}: {}{meaning}", signed(&head));
                self.line(head.bytes, &note);
            }
            2 => self.bytes(name, &head),
            3 => self.text(name, &head),
            7 => {
                let value = match head.bytes {
                    [0xf4] => "false",
                    [0xf5] => "true",
                    [NULL] => "null",
                    other => unreachable!("{other:02x?} is no simple value of the protocol"),
                };
                self.line(head.bytes, &format!("{name}: {value}"));
            }
            major => unreachable!("{name}: a value of major type {major} has parts"),
        }
    }

    fn bytes(&mut self, name: &str, head: &Head<'a>) {
        let bytes = self.take(head.len());
        let note = format!("{name}: {} bytes{}", bytes.len(), self.known(bytes));
        if bytes.len() <= INLINE {
            return self.line(&[head.bytes, bytes].concat(), &note);
        }
        self.line(head.bytes, &note);
        self.deeper(|pen| pen.wrapped(bytes, ""));
    }

    fn text(&mut self, name: &str, head: &Head<'a>) {
        let text = std::str::from_utf8(self.take(head.len())).expect("text is UTF-8");
        if text.len() <= INLINE && !text.contains('\n') {
            let bytes = [head.bytes, text.as_bytes()].concat();
            return self.line(&bytes, &format!("{name}: {text:?}"));
        }
        self.line(head.bytes, &format!("{name}: text of {} bytes", text.len()));
        self.deeper(|pen| pen.written(text));
    }
}

/// A whole number as it is; CBOR keeps -1 - n for a negative one.
fn signed(head: &Head<'_>) -> i128 {
    match head.major {
        1 => -1 - i128::from(head.argument),
        _ => i128::from(head.argument),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only numbers have a meaning"
)]
fn meaning(shape: &Shape, number: u64) -> String {
    match shape {
        Shape::Number(names) => names
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, name)| format!(" ({name})"))
            .unwrap_or_default(),
        Shape::Time | Shape::Maybe(Shape::Time) if number > 0 => format!(" ({})", utc(number)),
        _ => String::new(),
    }
}

/// RFC 3339 with seconds; the calendar of Howard Hinnant's `civil_from_days`.
fn utc(unix_ms: u64) -> String {
    let (days, seconds) = (unix_ms / 86_400_000, unix_ms / 1_000 % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

const NULL: u8 = 0xf6;
const ANSWER: u64 = 64;

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_399_000), "2000-02-28T23:59:59Z");
        assert_eq!(utc(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(utc(1_790_000_000_000), "2026-09-21T14:13:20Z");
    }
}
