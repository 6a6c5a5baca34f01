//! The part of the annotator that reads what is not CBOR: MLS heads, leaves, bundles, text, hash inputs.

use super::{Pen, Shape, WRAP};

impl Pen<'_> {
    /// RFC 9420 §6: the head that is not encrypted, then what only MLS reads.
    pub(super) fn mls(&mut self) {
        self.number(2, "MLSMessage.version", &[(1, "mls10")]);
        let formats = [(1, "mls_public_message"), (2, "mls_private_message")];
        let format = self.number(2, "wire_format", &formats);
        self.vector("group_id");
        self.number(8, "epoch", &[]);
        if format == 1 {
            self.number(1, "sender_type", &[(1, "member")]);
            self.number(4, "leaf_index", &[]);
            self.vector("authenticated_data");
            self.number(1, "content_type", CONTENT_TYPES);
            let rest = self.take(self.rest.len());
            let note =
                "Commit, signature, confirmation_tag, membership_tag: RFC 9420 §6.2; opaque here";
            self.wrapped(rest, note);
        } else {
            self.number(1, "content_type", CONTENT_TYPES);
            self.vector("authenticated_data");
            self.vector("encrypted_sender_data, opaque here");
            self.vector("ciphertext, opaque here");
        }
    }

    /// Version, tag and record hash.
    pub(super) fn leaf(&mut self) {
        self.number(1, "version", &[]);
        let tag = self.take(16);
        let note = format!("tag{}", self.known(tag));
        self.line(tag, &note);
        let hash = self.take(32);
        let note = format!("record hash{}", self.known(hash));
        self.line(hash, &note);
    }

    /// C2SP tlog-tiles: length and entry, again and again.
    pub(super) fn bundle(&mut self) {
        let mut index = 0;
        while !self.rest.is_empty() {
            let note = format!("length of entry {index}");
            let len = self.number(2, &note, &[]);
            self.within(usize::try_from(len).expect("a leaf is short"), Self::leaf);
            index += 1;
        }
    }

    /// Hashes in a row.
    pub(super) fn hashes(&mut self) {
        let mut index = 0;
        while !self.rest.is_empty() {
            let hash = self.take(32);
            let note = format!("hash {index}{}", self.known(hash));
            self.line(hash, &note);
            index += 1;
        }
    }

    /// Pieces of fixed lengths.
    pub(super) fn pieces(&mut self, pieces: &[(&str, usize)]) {
        for (name, len) in pieces {
            let bytes = self.take(*len);
            let note = format!("{name}{}", self.known(bytes));
            self.line(bytes, &note);
        }
    }

    /// Text that is a value of its own.
    pub(super) fn text_lines(&mut self) {
        let text = std::str::from_utf8(self.take(self.rest.len())).expect("text is UTF-8");
        self.written(text);
    }

    /// A domain tag, byte strings of 32 bytes, the rest.
    pub(super) fn tagged(&mut self, salts: &[&str], rest: &Shape) {
        let len = self
            .rest
            .windows(3)
            .position(|three| three == b"/v1")
            .expect("a tag ends in its version")
            + 3;
        let tag = std::str::from_utf8(self.take(len)).expect("a tag is ASCII");
        self.line(tag.as_bytes(), &format!("{tag:?}, without length"));
        for name in salts {
            let len = if *name == "separator" { 1 } else { 32 };
            let salt = self.take(len);
            let note = format!("{name}{}", self.known(salt));
            self.line(salt, &note);
        }
        self.shape("value", rest);
    }

    /// A line of text for a line of hex.
    pub(super) fn written(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            let mut rest = line;
            while !rest.is_empty() {
                let end = (0..=rest.len().min(WRAP))
                    .rev()
                    .find(|end| rest.is_char_boundary(*end))
                    .expect("a character is shorter than a line");
                let (part, tail) = rest.split_at(end);
                self.line(part.as_bytes(), &format!("{part:?}"));
                rest = tail;
            }
        }
    }

    fn number(&mut self, len: usize, name: &str, known: &[(u64, &str)]) -> u64 {
        let bytes = self.take(len);
        let number = bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let meaning = known
            .iter()
            .find(|(value, _)| *value == number)
            .map(|(_, name)| format!(" ({name})"))
            .unwrap_or_default();
        self.line(bytes, &format!("{name}: {number}{meaning}"));
        number
    }

    /// A variable-size vector (RFC 9420 §2.1.2).
    fn vector(&mut self, name: &str) {
        let first = *self.rest.first().expect("a vector begins");
        let head = self.take(1 << (first >> 6));
        let len = head
            .iter()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
            & ((1 << (8 * head.len() - 2)) - 1);
        let bytes = self.take(len);
        let note = format!("{name}: vector of {len}{}", self.known(bytes));
        self.line(head, &note);
        self.deeper(|pen| pen.wrapped(bytes, ""));
    }
}

const CONTENT_TYPES: &[(u64, &str)] = &[(1, "application"), (3, "commit")];
