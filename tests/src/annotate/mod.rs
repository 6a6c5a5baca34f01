//! Writes bytes as lines of `hex  # what it is`; the hex of all lines, joined, is the bytes.
//!
//! In scope: deterministic CBOR by a table of field names, COSE_Sign1, the head of an MLSMessage, leaves and entry bundles.
//! Out of scope: judging. The annotator reads CBOR by itself, so that it is a second opinion on the encoder.

mod cbor;
mod raw;
pub mod shapes;

use crate::session::Names;

/// How bytes are to be read.
#[derive(Debug)]
pub enum Shape {
    /// Any single CBOR value without parts.
    Plain,
    /// Milliseconds since 1970.
    Time,
    /// An unsigned number with names for some values.
    Number(&'static [(u64, &'static str)]),
    /// Null, or the other shape.
    Maybe(&'static Shape),
    /// An array of any length.
    List(&'static Shape),
    /// An array of exactly these fields.
    Array(&'static [(&'static str, Shape)]),
    /// `[number, fact]`.
    Choice(&'static [(u64, &'static str, Shape)]),
    /// A byte string that holds CBOR.
    Cbor(&'static Shape),
    /// A byte string that holds something that is not CBOR.
    Bytes(&'static Shape),
    /// COSE_Sign1 with this payload.
    Sign1(&'static Shape),
    /// A map with whole numbers as keys.
    Map(&'static [(i64, &'static str, Shape)]),
    /// A frame; the shape is that of an answer.
    Frame(&'static Shape),
    /// An MLSMessage of a group.
    Mls,
    /// A leaf of the log.
    Leaf,
    /// An entry bundle of leaves.
    Bundle,
    /// Hashes without anything between them.
    Hashes,
    /// Lines of text.
    Text,
    /// A tag of the protocol (text, no length), then 32 bytes if `salted`, then the other shape.
    Tagged {
        /// Names of the byte strings of 32 bytes between the tag and the rest.
        salts: &'static [&'static str],
        /// The rest.
        rest: &'static Shape,
    },
    /// Pieces of fixed lengths, without anything between them.
    Pieces(&'static [(&'static str, usize)]),
    /// Nothing is known about the inside.
    Opaque,
}

/// Annotates `bytes`, which are called `title`.
///
/// # Panics
/// If the bytes are not of the shape, or if the lines do not cover every byte: a fault of this crate.
#[must_use]
pub fn annotate(title: &str, bytes: &[u8], shape: &Shape, names: &Names) -> String {
    let mut pen = Pen {
        rest: bytes,
        depth: 0,
        lines: Vec::new(),
        names,
    };
    pen.shape(title, shape);
    assert!(pen.rest.is_empty(), "bytes are left over");
    let text: String = pen.lines.concat();
    assert_eq!(covered(&text), bytes, "the annotation covers every byte");
    text
}

/// The bytes that an annotation covers.
///
/// # Panics
/// If a line does not start with hexadecimal digits.
#[must_use]
pub fn covered(annotation: &str) -> Vec<u8> {
    annotation
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .flat_map(|hex| {
            data_encoding::HEXLOWER
                .decode(hex.as_bytes())
                .unwrap_or_else(|error| unreachable!("{hex}: {error}"))
        })
        .collect()
}

struct Pen<'a> {
    rest: &'a [u8],
    depth: usize,
    lines: Vec<String>,
    names: &'a Names,
}

impl<'a> Pen<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (head, rest) = self
            .rest
            .split_at_checked(len)
            .expect("the bytes are as long as their shape says");
        self.rest = rest;
        head
    }

    /// One line: at most [`WRAP`] bytes, then what they are.
    fn line(&mut self, bytes: &[u8], note: &str) {
        let indent = "  ".repeat(self.depth);
        let hex = format!("{indent}{}", data_encoding::HEXLOWER.encode(bytes));
        self.lines.push(if note.is_empty() {
            format!("{hex}\n")
        } else {
            format!("{hex:<NOTE_COLUMN$}  # {note}\n")
        });
    }

    /// As many lines as needed; the note stands on the first.
    fn wrapped(&mut self, bytes: &[u8], note: &str) {
        for (n, chunk) in bytes.chunks(WRAP).enumerate() {
            self.line(chunk, if n == 0 { note } else { "" });
        }
    }

    /// Runs `inner` one level deeper.
    fn deeper(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inner(self);
        self.depth -= 1;
    }

    /// Runs `inner` on the next `len` bytes, which it must use up.
    fn within(&mut self, len: usize, inner: impl FnOnce(&mut Self)) {
        let outer = self.rest;
        let (head, rest) = outer
            .split_at_checked(len)
            .expect("the bytes are as long as their shape says");
        self.rest = head;
        self.deeper(inner);
        assert!(self.rest.is_empty(), "a string holds more than its shape");
        self.rest = rest;
    }

    fn shape(&mut self, name: &str, shape: &Shape) {
        match shape {
            Shape::Mls => self.mls(),
            Shape::Leaf => self.leaf(),
            Shape::Bundle => self.bundle(),
            Shape::Hashes => self.hashes(),
            Shape::Text => self.text_lines(),
            Shape::Pieces(pieces) => self.pieces(pieces),
            Shape::Tagged { salts, rest } => self.tagged(salts, rest),
            Shape::Opaque => {
                let bytes = self.take(self.rest.len());
                let note = format!("{} bytes, opaque", bytes.len());
                self.wrapped(bytes, &note);
            }
            Shape::Plain
            | Shape::Time
            | Shape::Number(_)
            | Shape::Maybe(_)
            | Shape::List(_)
            | Shape::Array(_)
            | Shape::Choice(_)
            | Shape::Cbor(_)
            | Shape::Bytes(_)
            | Shape::Sign1(_)
            | Shape::Map(_)
            | Shape::Frame(_) => self.value(name, shape),
        }
    }

    /// `" = name"` where the bytes are known.
    fn known(&self, bytes: &[u8]) -> String {
        self.names
            .get(bytes)
            .map(|name| format!(" = {name}"))
            .unwrap_or_default()
    }
}

/// Bytes of a line.
const WRAP: usize = 64;
/// Longest string that stands on the line of its head.
const INLINE: usize = 48;
/// Column of the note where the hex is short.
const NOTE_COLUMN: usize = 40;
