//! `alerts.jsonl` in the data folder: one line when a try begins and one when it ends, without addresses.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use thamvan_server_core::alert::{Attempt, History, Key, Ring, Tag, Way};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::warn;

use crate::durable;
use crate::limits::ALERT_RECORD_TAIL_LEN;

use super::ways::Failure;

/// Where a try stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// About to be sent.
    Begun,
    /// Somebody's contact took it.
    Sent,
    /// Nobody's did.
    Failed(Failure),
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Record(Arc<File>);

/// One line.
#[derive(Serialize, Deserialize)]
struct Line {
    /// When the try began; both of its lines say the same.
    time: String,
    consultation: String,
    seat: String,
    ring: String,
    way: String,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Record {
    /// Opens the file in `dir`, or makes it, and reads its end back.
    ///
    /// # Errors
    /// [`io::Error`].
    pub(crate) fn open(dir: &Path) -> io::Result<(Self, History)> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(dir.join(ALERTS_FILE))?;
        let skipped = file.metadata()?.len().saturating_sub(ALERT_RECORD_TAIL_LEN);
        file.seek(SeekFrom::Start(skipped))?;
        let mut tail = Vec::new();
        file.by_ref()
            .take(ALERT_RECORD_TAIL_LEN)
            .read_to_end(&mut tail)?;
        if tail.last().is_some_and(|byte| *byte != b'\n') {
            // A line that a loss of power cut stands alone, and is no line.
            durable::append(ALERTS_FILE, &file, b"\n").map_err(|error| error.source)?;
        }
        Ok((Self(Arc::new(file)), history(&tail)))
    }

    /// Adds a line, durably. One that cannot be written stops no alert.
    pub(crate) async fn add(&self, key: &Key, time: u64, outcome: Outcome) {
        let (file, line) = (Arc::clone(&self.0), line(key, time, outcome));
        let written = tokio::task::spawn_blocking(move || {
            durable::append(ALERTS_FILE, &file, line.as_bytes())
        });
        if !written.await.is_ok_and(|written| written.is_ok()) {
            warn!("the record of alerts cannot be written");
        }
    }
}

fn line(key: &Key, time: u64, outcome: Outcome) -> String {
    let (outcome, reason) = match outcome {
        Outcome::Begun => ("begun", None),
        Outcome::Sent => ("sent", None),
        Outcome::Failed(failure) => ("failed", Some(failure.to_string())),
    };
    let line = Line {
        time: text_of(time),
        consultation: HEXLOWER.encode(&key.tag.0),
        seat: key.seat.to_string(),
        ring: key.ring.as_str().to_owned(),
        way: key.way.as_str().to_owned(),
        outcome: outcome.to_owned(),
        reason,
    };
    // Strings alone: they can always be written.
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    text
}

fn text_of(time: u64) -> String {
    let nanoseconds = i128::from(time) * 1_000_000;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok();
    let text = moment.and_then(|moment| moment.format(&Rfc3339).ok());
    text.unwrap_or_default()
}

/// What the lines of `tail` say of earlier tries; a try that began and never ended counts as one that was sent.
fn history(tail: &[u8]) -> History {
    let mut tries = BTreeMap::new();
    for line in tail.split(|byte| *byte == b'\n') {
        if let Some((key, time, reached)) = read(line) {
            tries.insert((time, key), reached);
        }
    }
    let mut history = History::default();
    for ((time, key), reached) in tries {
        history.add(key, Attempt { time, reached });
    }
    history
}

fn read(line: &[u8]) -> Option<(Key, u64, bool)> {
    let line: Line = serde_json::from_slice(line).ok()?;
    let time = OffsetDateTime::parse(&line.time, &Rfc3339).ok()?;
    let time = u64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()?;
    let tag = HEXLOWER.decode(line.consultation.as_bytes()).ok()?;
    let ways = [Way::Mail, Way::Webhook, Way::Command];
    let rings = [Ring::Primary, Ring::Deputy];
    let key = Key {
        tag: Tag(tag.try_into().ok()?),
        seat: line.seat.parse().ok()?,
        ring: rings.into_iter().find(|it| it.as_str() == line.ring)?,
        way: ways.into_iter().find(|it| it.as_str() == line.way)?,
    };
    Some((key, time, line.outcome != "failed"))
}

/// Its name in the data folder.
const ALERTS_FILE: &str = "alerts.jsonl";

#[cfg(test)]
mod tests {
    use super::*;

    fn key(way: Way) -> Key {
        Key {
            tag: Tag([7; 8]),
            seat: "moit/main".parse().unwrap(),
            ring: Ring::Deputy,
            way,
        }
    }

    #[tokio::test]
    async fn what_was_tried_is_read_back_and_what_is_cut_or_foreign_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (record, history) = Record::open(dir.path()).unwrap();
        assert_eq!(history, History::default());
        let [begun, sent, failed] = [Way::Mail, Way::Webhook, Way::Command].map(key);
        for key in [&begun, &sent, &failed] {
            record.add(key, 1_800_000_000_123, Outcome::Begun).await;
        }
        record.add(&sent, 1_800_000_000_123, Outcome::Sent).await;
        let late = Outcome::Failed(Failure::Late);
        record.add(&failed, 1_800_000_000_123, late).await;
        durable::append(ALERTS_FILE, &record.0, b"{}\n{\"time\":\"2027").unwrap();
        let mut expected = History::default();
        for (key, reached) in [(begun, true), (sent, true), (failed, false)] {
            let time = 1_800_000_000_123;
            expected.add(key, Attempt { time, reached });
        }
        let (record, history) = Record::open(dir.path()).unwrap();
        assert_eq!(history, expected);
        // A cut line does not take the next one with it.
        record
            .add(&key(Way::Mail), 1_900_000_000_000, Outcome::Sent)
            .await;
        let text = std::fs::read_to_string(dir.path().join(ALERTS_FILE)).unwrap();
        assert!(read(text.lines().last().unwrap().as_bytes()).is_some());
    }

    #[test]
    fn only_so_much_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let old = line(&key(Way::Mail), 1_800_000_000_000, Outcome::Sent);
        let length = usize::try_from(ALERT_RECORD_TAIL_LEN).unwrap();
        let filler = "x\n".repeat(length / 2);
        let path = dir.path().join(ALERTS_FILE);
        std::fs::write(path, format!("{old}{filler}")).unwrap();
        let (_, history) = Record::open(dir.path()).unwrap();
        assert_eq!(history, History::default());
    }
}
