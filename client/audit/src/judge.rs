//! The ledger over the whole log, in index order: what the server should have refused, and what only this order shows.
//!
//! A client follows some streams; the auditor has all, so log time, `dir` and `seen` can be held to the log itself. Judging a
//! stream stops at the first record that has no place in it, and judging everything where that stream is the directory: what
//! comes after would be judged against a state that nobody had. While one window of the log is judged, the next is prepared
//! on all cores (`prepare`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thamvan_proto::channel::{Answerable, ChannelEffect};
use thamvan_proto::directory::Statement;
use thamvan_proto::entry::{EntryType, Position, Seen};
use thamvan_proto::id::{AgencyId, StreamId};
use thamvan_proto::ledger::{Accepted, Effect, Invalid, Ledger, RecordError};
use thamvan_proto::record::Record;

use crate::attribution::Place;
use crate::code;
use crate::facts::Gatherer;
use crate::heads::HeadsWatch;
use crate::limits::{RECORD_TIME_MARGIN_MS, WINDOW_LEN};
use crate::log::Log;
use crate::mls::Groups;
use crate::prepare::{Desk, Keys, Named, Prepared, gather};
use crate::report::{Checked, Code, Finding, Findings};
use crate::verify::VerifyError;

/// The fold and its counts.
pub(crate) struct Judge<'a> {
    desk: Desk<'a>,
    log: &'a Log,
    /// The fold of everything judged.
    pub(crate) ledger: Ledger,
    /// Counts, added to what was there.
    pub(crate) checked: Checked,
    /// When the quorum cosigned the checkpoint (ms), if it did.
    pub(crate) quorum_time: Option<u64>,
    /// What the judged entries say.
    pub(crate) facts: Gatherer,
    /// What the records name, by stream.
    pub(crate) named: BTreeMap<StreamId, Named>,
    keys: Keys,
    stopped: BTreeSet<StreamId>,
    time: u64,
    heads: HeadsWatch,
    groups: Groups,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(desk: Desk<'a>, log: &'a Log, checked: Checked) -> Self {
        let ids = desk.streams.keys();
        Self {
            desk,
            log,
            ledger: Ledger::default(),
            checked,
            quorum_time: None,
            facts: Gatherer::default(),
            named: ids.map(|id| (*id, Named::default())).collect(),
            keys: Keys::default(),
            stopped: BTreeSet::new(),
            time: 0,
            heads: HeadsWatch::default(),
            groups: Groups::default(),
        }
    }

    /// Judges the records at `places`, in index order, and notes what all records name.
    ///
    /// # Errors
    /// [`VerifyError`]: our environment.
    pub(crate) fn run(
        &mut self,
        places: &[Place],
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let desk = self.desk;
        std::thread::scope(|scope| {
            let mut windows = places.chunks(WINDOW_LEN).peekable();
            let first = windows.peek().copied().unwrap_or_default();
            let mut ahead = desk.spread(scope, &placed(first), &self.keys);
            let mut index = 0_u64;
            while let Some(window) = windows.next() {
                let prepared = gather(ahead)?;
                let next = windows.peek().copied().unwrap_or_default();
                ahead = desk.spread(scope, &placed(next), &self.keys);
                let mut prepared = prepared.into_iter();
                for place in window {
                    self.step(index, *place, &mut prepared, findings)?;
                    index = index.saturating_add(1);
                }
            }
            Ok(())
        })?;
        self.note_others(places, findings)
    }

    fn step(
        &mut self,
        index: u64,
        place: Place,
        prepared: &mut impl Iterator<Item = Prepared>,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let (id, seq) = match place {
            Place::Nobody => {
                self.heads.miss();
                return Ok(());
            }
            Place::Other(id) => {
                self.heads.miss();
                self.stopped.insert(id);
                return Ok(());
            }
            Place::Record(id, seq) => (id, seq),
        };
        let Some(prepared) = prepared.next() else {
            self.heads.miss();
            return Ok(());
        };
        self.note(&prepared, findings);
        let is_stopped = |id| self.stopped.contains(id);
        if is_stopped(&id) || is_stopped(&StreamId::DIRECTORY) {
            self.heads.miss();
            Ok(())
        } else {
            self.judge(index, id, seq, prepared, findings)
        }
    }

    fn note(&mut self, prepared: &Prepared, findings: &mut Findings) {
        let stream = self.desk.streams.get(&prepared.stream);
        if let (Some(named), Some(stream)) = (self.named.get_mut(&prepared.stream), stream) {
            named.note(prepared, stream, findings);
        }
    }

    /// Records that have no place in the log name files, too.
    fn note_others(
        &mut self,
        places: &[Place],
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let placed: BTreeSet<(StreamId, u64)> = placed(places).into_iter().collect();
        let streams = self.desk.streams.iter();
        let all = streams.flat_map(|(id, stream)| stream.items.keys().map(|seq| (*id, *seq)));
        let others: Vec<_> = all.filter(|place| !placed.contains(place)).collect();
        for window in others.chunks(WINDOW_LEN) {
            for prepared in self.desk.prepare(window, &Keys::default())? {
                self.note(&prepared, findings);
            }
        }
        Ok(())
    }

    /// Whether the directory was folded to its end.
    pub(crate) fn has_directory(&self) -> bool {
        self.log.is_complete && !self.stopped.contains(&StreamId::DIRECTORY)
    }

    fn judge(
        &mut self,
        index: u64,
        id: StreamId,
        seq: u64,
        prepared: Prepared,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let head = self.ledger.directory().head();
        let at = |finding: Finding| finding.of_record(id, seq).of_entry(index);
        let body = prepared.body.as_deref();
        let stream = self.desk.streams.get(&id);
        let key = stream.and_then(|stream| stream.key.as_ref());
        let accepted = prepared
            .parsed
            .and_then(|parsed| self.ledger.accept_parsed(parsed, body));
        match accepted {
            Ok(accepted) => {
                self.checked.entries = self.checked.entries.saturating_add(1);
                self.count(&accepted);
                self.learn_keys(&accepted);
                self.facts.note(index, &accepted, self.ledger.directory());
                if let Some(finding) = void(&accepted) {
                    findings.push(at(finding));
                }
                if let Some(finding) = self.groups.replay(self.desk, &self.ledger, &accepted)? {
                    findings.push(at(finding));
                }
                if let Some(finding) = rejected(&self.ledger, &accepted) {
                    findings.push(at(finding));
                }
                if let Some(finding) = self.heads.take(&accepted, index, key) {
                    findings.push(at(finding));
                }
                self.check_record(&accepted.record, head.as_ref(), |finding| {
                    findings.push(at(finding));
                });
                if let Some(seen) = &accepted.entry.facts.seen
                    && let Some(finding) = self.fork(seen, index, accepted.record.shard)
                {
                    findings.push(at(finding));
                }
            }
            Err(error) => {
                self.heads.miss();
                self.stopped.insert(id);
                // The layout reports the file.
                if !matches!(error, RecordError::BodyMissing { .. }) {
                    let detail = format!("{error}; the stream is not judged further");
                    findings.push(at(Finding::error(code::of_record(&error), detail)));
                }
            }
        }
        Ok(())
    }

    /// Keys under which later entries are prepared.
    fn learn_keys(&mut self, accepted: &Accepted) {
        let statements = match &accepted.verdict {
            Ok(Effect::RootStated(root)) => root.statements.as_slice(),
            Ok(Effect::Stated(statement, _) | Effect::Approved(_, statement, _)) => {
                std::slice::from_ref(statement.as_ref())
            }
            Ok(
                Effect::Genesis(..)
                | Effect::Proposed(_)
                | Effect::Registered(_)
                | Effect::Heads(_)
                | Effect::Channel(_),
            )
            | Err(_) => &[],
        };
        for statement in statements {
            if let Statement::DeviceEnrol(fact) = statement {
                Arc::make_mut(&mut self.keys).insert(fact.device, fact.signing);
            }
        }
    }

    fn count(&mut self, accepted: &Accepted) {
        let add = |count: &mut u64| *count = count.saturating_add(1);
        let is_signed = match &accepted.verdict {
            Ok(_) => true,
            Err(Invalid::UnknownDevice { .. } | Invalid::Signature) => false,
            // The keys of a genesis stand in its own body.
            Err(_) => accepted.entry.facts.entry_type() != Some(EntryType::Genesis),
        };
        if is_signed {
            add(&mut self.checked.signatures);
        }
        if let Ok(effect) = &accepted.verdict {
            if matches!(effect, Effect::Channel(ChannelEffect::Committed(..))) {
                add(&mut self.checked.commits);
            }
            if accepted.entry.facts.act.is_some() {
                add(&mut self.checked.acts);
            }
        }
    }

    /// What the server's own words must satisfy over all streams together.
    fn check_record(
        &mut self,
        record: &Record,
        head: Option<&Position>,
        mut found: impl FnMut(Finding),
    ) {
        if record.time < self.time {
            let detail = "log time goes back from the entry before";
            found(Finding::error(Code::RecordOrder, detail));
        }
        self.time = self.time.max(record.time);
        let latest = self
            .quorum_time
            .map(|time| time.saturating_add(RECORD_TIME_MARGIN_MS));
        if latest.is_some_and(|latest| record.time > latest) {
            let detail = "log time is after the cosignatures of a checkpoint that holds the record";
            found(Finding::error(Code::RecordOrder, detail));
        }
        if record.dir.as_ref() != head {
            let detail = "dir is not the head of the directory at this index";
            found(Finding::error(Code::RecordOrder, detail));
        }
        let shard = self.ledger.directory().genesis().map(|(it, _)| it.shard);
        if shard.is_some_and(|shard| shard != record.shard) {
            let detail = "the record names another shard than the genesis";
            found(Finding::error(Code::RecordOrder, detail));
        }
    }

    /// Whether the checkpoint that the author saw is another log's, or of a time after this very entry.
    fn fork(&self, seen: &Seen, index: u64, shard: u64) -> Option<Finding> {
        // Under a wrong root there is no history to compare with; that is a finding already.
        if !self.log.has_root {
            return None;
        }
        let detail = if seen.shard != shard {
            "the author saw a checkpoint of another shard"
        } else if seen.size > index {
            "the author saw a checkpoint that is larger than the log was"
        } else if self.log.tree.root_at(seen.size) != Some(seen.root) {
            "the author saw a checkpoint that this log never had"
        } else {
            return None;
        };
        Some(Finding::error(Code::Fork, detail))
    }
}

/// The records among `places`.
fn placed(places: &[Place]) -> Vec<(StreamId, u64)> {
    let records = places.iter().filter_map(|place| match place {
        Place::Record(id, seq) => Some((*id, *seq)),
        Place::Other(_) | Place::Nobody => None,
    });
    records.collect()
}

/// Names who made a commit that a member could not apply: what MLS did there only members know.
fn rejected(ledger: &Ledger, accepted: &Accepted) -> Option<Finding> {
    let Ok(Effect::Channel(ChannelEffect::Rejected(rejected, _))) = &accepted.verdict else {
        return None;
    };
    let channel = ledger.channel(&accepted.record.stream)?;
    let commit = channel.commits().get(&rejected.record)?;
    let agencies: Vec<&str> = commit.rejected_by.keys().map(AgencyId::as_str).collect();
    let Answerable {
        device, official, ..
    } = &commit.by;
    let (seq, agencies) = (commit.seq, agencies.join(", "));
    let said =
        format!("commit {seq} by device {device} of {official} could not be applied by {agencies}");
    Some(if channel.barred().contains_key(device) {
        let detail = format!("{said}: the device is out, a successor group follows");
        Finding::error(Code::CommitInvalid, detail)
    } else {
        Finding::warning(Code::CommitInvalid, said)
    })
}

fn void(accepted: &Accepted) -> Option<Finding> {
    let invalid = accepted.verdict.as_ref().err()?;
    let code = code::of_void(invalid, accepted.entry.facts.entry_type());
    let detail = format!("the entry is void: {invalid}");
    Some(Finding::error(code, detail))
}
