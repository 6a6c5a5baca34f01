//! Reads streams from the server: verify, persist with everything that follows from it in one transaction, then go on.

use std::collections::BTreeSet;
use std::time::Duration;

use thamvan_proto::channel::CommitBody;
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{AcknowledgeCursor, Body, Delivery, Null, StreamInfo, Subscribe};
use thamvan_proto::id::{DeviceId, GroupId, StreamId};
use thamvan_proto::ledger::RecordError;
use thamvan_proto::record::{Record, StreamKey};
use thamvan_proto::tlog::Hash;
use thamvan_proto::{cbor, entry};
use tokio::time::timeout;

use crate::apply::{Sides, StepContext};
use crate::engine::{Engine, META_KNOWN, SERVER_PATIENCE};
use crate::error::EngineError;
use crate::failpoint::Point;
use crate::mls::{Leaf, Mls};
use crate::store::Rows;
use crate::transport::{Connection, Push};

impl Engine {
    /// The connection.
    pub(crate) fn online(&mut self) -> Result<&mut Connection, EngineError> {
        self.connection
            .as_mut()
            .ok_or_else(|| EngineError::Unreachable {
                what: "not connected".into(),
            })
    }

    /// Whether there is a connection, as far as this device has noticed.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Connects and logs in, if not yet. Dropped meanwhile, it has done nothing.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`], or [`EngineError::Refused`] where this device may not log in.
    pub async fn connect(&mut self) -> Result<(), EngineError> {
        if self.connection.is_some() {
            return Ok(());
        }
        let mut connection = Connection::open(&self.server()).await?;
        let known = self.known.as_ref().map(|(_, note)| note.clone());
        connection
            .login(&self.keys, &self.pinned.origin, known)
            .await?;
        self.connection = Some(connection);
        self.subscribed.clear();
        self.caught_up.clear();
        self.waiting.clear();
        Ok(())
    }

    /// Ends the connection; the next verb that needs one connects anew and reads what came meanwhile.
    pub fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Reads everything there is: the directory, then every channel that this device may read.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`], or [`EngineError::Finding`] and its kin, where the log contradicts itself.
    pub async fn sync(&mut self) -> Result<(), EngineError> {
        self.connect().await?;
        let streams = self.read_streams().await?;
        self.hold_to_heads(&streams).await?;
        self.hold_to_seen().await?;
        if self.device().is_some() {
            self.renew_key_packages().await?;
            self.tend().await?;
            self.note_deliveries().await?;
        }
        self.note_contact()
    }

    /// Reads stream 0, then every channel that is open to this device; gives them.
    pub(crate) async fn read_streams(&mut self) -> Result<Vec<StreamId>, EngineError> {
        self.read_directory().await?;
        self.learn_policy().await?;
        let listed: Vec<StreamInfo> = self.online()?.request(Body::ListStreams(Null)).await?;
        let mut streams = vec![StreamId::DIRECTORY];
        for info in listed {
            if info.stream == StreamId::DIRECTORY {
                continue;
            }
            self.read_registration(info.stream).await?;
            self.adopt_stream_key(info.stream, StreamKey(info.stream_key.0))?;
            self.subscribe(info.stream).await?;
            self.read_until_caught_up(info.stream).await?;
            streams.push(info.stream);
        }
        Ok(streams)
    }

    /// Reads stream 0 on until it registers `stream`: on an open connection, what was registered since it was last read is still
    /// on its way when the list of streams has come.
    async fn read_registration(&mut self, stream: StreamId) -> Result<(), EngineError> {
        while self.ledger.directory().now().stream(&stream).is_none() {
            let step = timeout(self.registration_patience, self.step()).await;
            step.map_err(|_| EngineError::Finding {
                what: format!("stream {stream} is listed and stream 0 does not register it"),
            })??;
        }
        Ok(())
    }

    pub(crate) async fn read_directory(&mut self) -> Result<(), EngineError> {
        self.subscribe(StreamId::DIRECTORY).await?;
        self.read_until_caught_up(StreamId::DIRECTORY).await
    }

    /// Holds what was read to the log's heads: the server may have kept the end of a stream from this device alone.
    async fn hold_to_heads(&mut self, streams: &[StreamId]) -> Result<(), EngineError> {
        let shown = match self.newest_heads(streams).await {
            // A channel was closed to this device since it was listed: what is open is asked for again.
            Err(EngineError::Refused {
                code: ErrorCode::NotPermitted,
                ..
            }) => {
                let streams = self.read_streams().await?;
                self.newest_heads(&streams).await?
            }
            other => other?,
        };
        let Some(shown) = shown.filter(|shown| !self.behind(shown).is_empty()) else {
            return Ok(());
        };
        // Heads may be newer than what was read. What a new connection delivers up to its end is not.
        self.connection = None;
        self.connect().await?;
        let open = self.read_streams().await?;
        self.require(&shown, &open)
    }

    /// Accepts the tag key of a channel only if it opens the commitment in stream 0.
    pub(crate) fn adopt_stream_key(
        &mut self,
        stream: StreamId,
        key: StreamKey,
    ) -> Result<(), EngineError> {
        let registered = self.ledger.directory().now().stream(&stream);
        if registered.map(|register| register.key_commitment) != Some(key.commitment()) {
            return Err(EngineError::Finding {
                what: format!("tag key of stream {stream} does not open its commitment"),
            });
        }
        Rows(self.store.connection()).set_stream_key(&stream, &key.0)?;
        self.stream_keys.insert(stream, key);
        Ok(())
    }

    /// Asks for a stream from where this device stands.
    pub(crate) async fn subscribe(&mut self, stream: StreamId) -> Result<(), EngineError> {
        if !self.subscribed.insert(stream) {
            return Ok(());
        }
        let from = self.ledger.size(&stream);
        let _: Null = self
            .online()?
            .request(Body::Subscribe(Subscribe { stream, from }))
            .await?;
        Ok(())
    }

    async fn read_until_caught_up(&mut self, stream: StreamId) -> Result<(), EngineError> {
        // What waits for the directory is not caught up, whatever the server says.
        while self
            .caught_up
            .get(&stream)
            .is_none_or(|size| *size > self.ledger.size(&stream))
        {
            self.step_in_time().await?;
        }
        let size = self.ledger.size(&stream);
        if let Some(seq) = size.checked_sub(1) {
            let cursor = AcknowledgeCursor { stream, seq };
            let _: Null = self
                .online()?
                .request(Body::AcknowledgeCursor(cursor))
                .await?;
        }
        Ok(())
    }

    /// Reads until this device has applied the record of `stream` at `seq`.
    pub(crate) async fn read_up_to(
        &mut self,
        stream: StreamId,
        seq: u64,
    ) -> Result<(), EngineError> {
        while self.ledger.size(&stream) <= seq {
            self.step_in_time().await?;
        }
        Ok(())
    }

    /// Reads the stream of heads, which only an auditor needs whole.
    pub(crate) async fn read_heads(&mut self) -> Result<(), EngineError> {
        self.subscribe(StreamId::HEADS).await?;
        self.read_until_caught_up(StreamId::HEADS).await
    }

    async fn step_in_time(&mut self) -> Result<(), EngineError> {
        timeout(SERVER_PATIENCE, self.step())
            .await
            .map_err(|_| EngineError::Unreachable {
                what: "the server went silent".into(),
            })?
            .map(|_| ())
    }

    /// Takes the next push; gives the streams in which records were applied.
    ///
    /// # Errors
    /// As [`Engine::sync`].
    pub async fn step(&mut self) -> Result<BTreeSet<StreamId>, EngineError> {
        let push = self.online()?.next_push().await?;
        self.take_push(push).await
    }

    /// As [`Engine::step`], but gives nothing where no push comes within `wait`.
    ///
    /// # Errors
    /// As [`Engine::sync`].
    pub async fn step_within(
        &mut self,
        wait: Duration,
    ) -> Result<Option<BTreeSet<StreamId>>, EngineError> {
        self.step_until(tokio::time::sleep(wait)).await
    }

    /// As [`Engine::step`], but gives nothing where `end` comes first; what has begun to be applied is applied.
    ///
    /// # Errors
    /// As [`Engine::sync`].
    pub async fn step_until(
        &mut self,
        end: impl Future<Output = ()>,
    ) -> Result<Option<BTreeSet<StreamId>>, EngineError> {
        let push = tokio::select! {
            push = self.online()?.next_push() => push?,
            () = end => return Ok(None),
        };
        self.take_push(push).await.map(Some)
    }

    async fn take_push(&mut self, push: Push) -> Result<BTreeSet<StreamId>, EngineError> {
        let mut touched = BTreeSet::new();
        match push {
            Push::Witnessed(witnessed) => self.take_witnessed(witnessed.checkpoint).await?,
            Push::Delivery(delivery) => {
                self.waiting.push(delivery);
                self.apply_waiting(&mut touched).await?;
            }
            Push::CaughtUp(caught_up) => {
                let size = self.ledger.size(&caught_up.stream);
                if caught_up.size < size {
                    let (stream, got) = (caught_up.stream, caught_up.size);
                    return Err(EngineError::Finding {
                        what: format!("rollback: stream {stream} had {size} records and has {got}"),
                    });
                }
                self.caught_up.insert(caught_up.stream, caught_up.size);
            }
        }
        Ok(touched)
    }

    async fn apply_waiting(&mut self, touched: &mut BTreeSet<StreamId>) -> Result<(), EngineError> {
        let mut progress = true;
        while progress {
            progress = false;
            for delivery in std::mem::take(&mut self.waiting) {
                match self.apply_delivery(&delivery).await {
                    Ok(stream) => {
                        progress = true;
                        touched.insert(stream);
                    }
                    Err(EngineError::Record(RecordError::DirectoryBehind { .. })) => {
                        self.waiting.push(delivery);
                    }
                    Err(error) => return Err(error),
                }
            }
            progress &= !self.waiting.is_empty();
        }
        if self.waiting.len() > WAITING_MAX {
            return Err(EngineError::Protocol {
                what: "the directory is withheld",
            });
        }
        Ok(())
    }

    pub(crate) async fn apply_delivery(
        &mut self,
        delivery: &Delivery,
    ) -> Result<StreamId, EngineError> {
        let record = Record::parse(&delivery.record)?;
        let stream = record.stream;
        // Stream 0 itself comes in order or not at all; a channel may run ahead of it for a moment.
        let needed = record.dir.as_ref().map_or(0, |dir| dir.seq);
        if stream != StreamId::DIRECTORY && needed >= self.ledger.directory().size() {
            return Err(RecordError::DirectoryBehind { needed }.into());
        }
        // Nothing is erased in this version: a record comes with its body.
        let Some(body) = delivery.body.as_ref().map(|body| body.as_slice()) else {
            return Err(EngineError::Protocol {
                what: "a record without its body",
            });
        };
        self.check_index(&record, delivery.index)?;
        self.verify_delivery(&record, delivery).await?;
        self.check_refusals(&record, delivery)?;
        let sides = self.fetch_sides(&record, delivery).await?;
        self.failpoint.pass(Point::Verified, || kind_of(&record));
        // Persist first, in one transaction with MLS state and items; the ledger in memory follows the same record.
        let accepted = self.ledger.accept(&delivery.record, Some(body))?;
        let is_brief = accepted.entry.facts.entry_type() == Some(EntryType::Brief);
        let is_newcomer = is_brief && self.is_newcomer(&stream);
        let step = self.store.begin()?;
        let context = StepContext {
            sql: &step,
            mls: Mls::new(&self.crypto, &step, &self.keys),
            device: self.keys.device,
            channel: self.ledger.channel(&stream),
            leaf_of: &|device| leaf_of(&self.ledger, device),
            is_newcomer,
        };
        context.apply(delivery, &accepted, &sides)?;
        if let Some((_, note)) = &self.known {
            Rows(&step).set_meta(META_KNOWN, note.as_bytes())?;
        }
        self.witnesses
            .flag_time(&Rows(&step), delivery.index, record.time)?;
        let first = stream == StreamId::DIRECTORY && record.seq == 0;
        let directory_key = first.then(|| directory_key(&self.ledger)).transpose()?;
        if let Some(key) = &directory_key {
            Rows(&step).set_stream_key(&stream, &key.0)?;
        }
        self.failpoint.pass(Point::Written, || kind_of(&record));
        step.commit()?;
        self.failpoint.pass(Point::Applied, || kind_of(&record));
        if accepted.in_chain {
            self.gossip.note(&accepted.entry);
        }
        if let Err(invalid) = &accepted.verdict {
            let of_stream = self.voids.entry(stream).or_default();
            of_stream.push((record.seq, invalid.to_string()));
        }
        self.stream_keys
            .extend(directory_key.map(|key| (stream, key)));
        self.indexes.entry(stream).or_default().push(delivery.index);
        Ok(stream)
    }

    /// In a stream, and from a directory position to what is judged by it, places in the log only rise.
    fn check_index(&self, record: &Record, index: u64) -> Result<(), EngineError> {
        let last = self.indexes.get(&record.stream).and_then(|all| all.last());
        let dir = record.dir.as_ref().and_then(|dir| {
            let seq = usize::try_from(dir.seq).ok()?;
            self.indexes.get(&StreamId::DIRECTORY)?.get(seq)
        });
        if last.into_iter().chain(dir).any(|before| *before >= index) {
            return Err(EngineError::Finding {
                what: format!("record at {index} of the log comes before what it follows"),
            });
        }
        Ok(())
    }

    /// Fetches Welcome and tree where a commit adds this device.
    async fn fetch_sides(
        &mut self,
        record: &Record,
        delivery: &Delivery,
    ) -> Result<Sides, EngineError> {
        let Ok(entry) = entry::Entry::parse(&record.entry) else {
            return Ok(Sides::default());
        };
        let (Some(EntryType::Commit), Some(body)) = (entry.facts.entry_type(), &delivery.body)
        else {
            return Ok(Sides::default());
        };
        let Ok(commit) = cbor::from_slice::<CommitBody>(body, body.len()) else {
            return Ok(Sides::default());
        };
        let (true, Some(welcome)) = (commit.adds.contains(&self.keys.device), commit.welcome)
        else {
            return Ok(Sides::default());
        };
        Ok(Sides {
            welcome: Some(self.fetch_body(&welcome).await?),
            ratchet_tree: Some(self.fetch_body(&commit.ratchet_tree).await?),
        })
    }

    /// Fetches a body or side body and checks that it is the one named.
    pub(crate) async fn fetch_body(&mut self, hash: &Hash) -> Result<Vec<u8>, EngineError> {
        let bytes: cbor::ByteVec = self.online()?.request(Body::FetchBody(*hash)).await?;
        if entry::sha256(&bytes) == *hash {
            Ok(bytes.to_vec())
        } else {
            Err(EngineError::Finding {
                what: "a fetched body is not the one named".into(),
            })
        }
    }
}

fn kind_of(record: &Record) -> Option<EntryType> {
    entry::Entry::parse(&record.entry).ok()?.facts.entry_type()
}

/// The tag key of stream 0, which its first record brings.
fn directory_key(ledger: &thamvan_proto::ledger::Ledger) -> Result<StreamKey, EngineError> {
    let genesis = ledger
        .directory()
        .genesis()
        .ok_or_else(|| EngineError::Finding {
            what: "the first record is no genesis".into(),
        })?;
    Ok(StreamKey(genesis.0.stream_key.0))
}

/// The leaf that the directory gives for a device. Whether it may be in the group is judged by the ledger at `dir`.
pub(crate) fn leaf_of(
    ledger: &thamvan_proto::ledger::Ledger,
    device: &DeviceId,
) -> Result<Leaf, EngineError> {
    let fact = ledger
        .directory()
        .enrolment(device)
        .ok_or_else(|| EngineError::Unknown {
            what: "device",
            name: device.to_string(),
        })?;
    Ok(Leaf {
        device: *device,
        key: fact.mls,
    })
}

/// Where a channel is marked whose group this device joined by its key package of last resort, until it changes its keys.
pub(crate) fn update_key(stream: &StreamId) -> String {
    format!("update/{stream}")
}

/// Where a channel is marked whose group this device could not follow.
pub(crate) fn broken_key(stream: &StreamId) -> String {
    format!("broken/{stream}")
}

pub(crate) fn group_id(stream: StreamId, generation: u64) -> Result<GroupId, EngineError> {
    u32::try_from(generation)
        .map(|generation| GroupId::new(stream, generation))
        .map_err(|_| EngineError::Protocol {
            what: "group generation",
        })
}

/// Records that may wait for their directory position: more means that the directory is withheld.
const WAITING_MAX: usize = 10_000;
