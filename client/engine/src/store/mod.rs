//! The encrypted store of one home: SQLCipher keyed by Argon2id, one transaction per step.
//!
//! In scope: rows. Out of scope: what they mean (`sync`, `outbox`), MLS rows (`mls`, in the same transaction).

mod drafts;
mod lock;
mod refusals;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use thamvan_proto::cbor;
use thamvan_proto::consultation::Act;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::ENTRY_LEN_MAX;
use thamvan_proto::tlog::Hash;

use crate::error::EngineError;
use crate::random;
use crate::secret::{self, Passphrase, SALT_LEN};
pub use lock::HomeLock;

/// An open home.
pub(crate) struct Store {
    connection: Connection,
    path: PathBuf,
    _lock: HomeLock,
}

/// A sequenced record as stored.
pub(crate) struct StoredRecord {
    pub(crate) stream: StreamId,
    pub(crate) seq: u64,
    pub(crate) index: u64,
    pub(crate) record: Vec<u8>,
    pub(crate) body: Option<Vec<u8>>,
}

/// An entry on its way to the log: the bytes are made once and stay the same on every retry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) id: i64,
    pub(crate) stream: StreamId,
    /// What it will be.
    pub(crate) kind: EntryType,
    /// The facts of a consultation act.
    pub(crate) act: Option<Act>,
    /// The content of what is said, before it is encrypted and for our own item afterwards.
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) label: u64,
    /// Agencies that the author meant to reach: more of them later, and the author is asked again.
    pub(crate) intended: String,
    pub(crate) bytes: Option<OutgoingBytes>,
    pub(crate) refusal: Option<String>,
}

impl Outgoing {
    /// Whether the entry can be made anew from what is kept; any other is its bytes alone.
    pub(crate) fn is_intent(&self) -> bool {
        self.content.is_some() || self.act.is_some()
    }
}

/// What is to be queued.
pub(crate) struct Queued<'a> {
    pub(crate) stream: StreamId,
    pub(crate) kind: EntryType,
    pub(crate) act: Option<&'a Act>,
    pub(crate) content: Option<&'a [u8]>,
    pub(crate) label: u64,
    pub(crate) intended: &'a str,
}

/// What is submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutgoingBytes {
    /// CBOR of the submit frame's body.
    pub(crate) submit: Vec<u8>,
    pub(crate) entry_hash: Hash,
}

/// A message as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct StoredItem {
    pub(crate) stream: StreamId,
    pub(crate) seq: u64,
    pub(crate) index: u64,
    pub(crate) content: Option<Vec<u8>>,
    /// Why the message was refused on this device, where it was.
    pub(crate) fault: Option<String>,
}

impl Store {
    /// Creates a home in `dir`.
    pub(crate) fn create(dir: &Path, passphrase: &Passphrase) -> Result<Self, EngineError> {
        if dir.join(DATABASE).exists() {
            return Err(EngineError::HomeExists {
                path: dir.to_owned(),
            });
        }
        create_private_dir(dir)?;
        let lock = HomeLock::take(dir)?;
        let salt: [u8; SALT_LEN] = random::bytes()?;
        write_file(&dir.join(SALT), &salt)?;
        let mut connection = open_connection(dir, passphrase, &salt)?;
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(refusals::SCHEMA)?;
        connection.execute_batch(drafts::SCHEMA)?;
        crate::mls::create_tables(&mut connection)?;
        Ok(Self {
            connection,
            path: dir.to_owned(),
            _lock: lock,
        })
    }

    /// Opens the home that `lock` holds.
    pub(crate) fn open(lock: HomeLock, passphrase: &Passphrase) -> Result<Self, EngineError> {
        let dir = lock.dir().to_owned();
        let dir = dir.as_path();
        let salt = std::fs::read(dir.join(SALT)).map_err(|source| file(&dir.join(SALT), source))?;
        let salt = salt
            .try_into()
            .map_err(|_| EngineError::StoreDamaged { what: "salt" })?;
        let connection = open_connection(dir, passphrase, &salt)?;
        connection.execute_batch(refusals::SCHEMA)?;
        connection.execute_batch(drafts::SCHEMA)?;
        Ok(Self {
            connection,
            path: dir.to_owned(),
            _lock: lock,
        })
    }

    /// Folder of the home.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the transaction of one step.
    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>, EngineError> {
        Ok(self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

fn open_connection(
    dir: &Path,
    passphrase: &Passphrase,
    salt: &[u8; SALT_LEN],
) -> Result<Connection, EngineError> {
    let key = secret::derive(passphrase, salt)?;
    let connection = Connection::open(dir.join(DATABASE))?;
    let hex = zeroize::Zeroizing::new(data_encoding::HEXLOWER.encode(&key.0));
    let pragma = zeroize::Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *hex));
    // A wrong passphrase is our error to tell, in the user's language, not a line of the library's on standard error.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    connection.execute_batch(&pragma)?;
    // The first read tells whether the key is right.
    connection
        .query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, i64>(0)
        })
        .map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => EngineError::WrongPassphrase,
            _ => EngineError::Store(error),
        })?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;",
    )?;
    Ok(connection)
}

fn create_private_dir(dir: &Path) -> Result<(), EngineError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| file(dir, source))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    std::fs::write(path, bytes).map_err(|source| file(path, source))
}

pub(crate) fn file(path: &Path, source: std::io::Error) -> EngineError {
    EngineError::File {
        path: path.to_owned(),
        source,
    }
}

/// Rows, inside a transaction or outside.
pub(crate) struct Rows<'c>(pub(crate) &'c Connection);

impl Rows<'_> {
    pub(crate) fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self
            .0
            .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
                row.get(0)
            })
            .optional()?)
    }

    pub(crate) fn set_meta(&self, key: &str, value: &[u8]) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO meta(key, value) VALUES(?1, ?2)
             ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            params![key, value],
        )?;
        Ok(())
    }

    pub(crate) fn remove_meta(&self, key: &str) -> Result<(), EngineError> {
        self.0.execute("DELETE FROM meta WHERE key = ?1", [key])?;
        Ok(())
    }

    pub(crate) fn add_record(&self, row: &StoredRecord) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO records(stream, seq, idx, record, body) VALUES(?1, ?2, ?3, ?4, ?5)",
            params![
                row.stream.0,
                int(row.seq)?,
                int(row.index)?,
                row.record,
                row.body
            ],
        )?;
        Ok(())
    }

    /// All records, in the order in which they were applied.
    pub(crate) fn records(&self) -> Result<Vec<StoredRecord>, EngineError> {
        let mut statement = self
            .0
            .prepare("SELECT stream, seq, idx, record, body FROM records ORDER BY rowid")?;
        let rows = statement.query_map([], stored_record)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The records of a stream from `from` on.
    pub(crate) fn stream_records(
        &self,
        stream: &StreamId,
        from: u64,
    ) -> Result<Vec<StoredRecord>, EngineError> {
        let mut statement = self.0.prepare(
            "SELECT stream, seq, idx, record, body FROM records WHERE stream = ?1 AND seq >= ?2
             ORDER BY seq",
        )?;
        let rows = statement.query_map(params![stream.0, int(from)?], stored_record)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The bytes of the records from this place in the log on, in its order.
    pub(crate) fn records_from(&self, index: u64) -> Result<Vec<Vec<u8>>, EngineError> {
        let select = "SELECT record FROM records WHERE idx >= ?1 ORDER BY idx";
        let mut statement = self.0.prepare(select)?;
        let rows = statement.query_map([int(index)?], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The bytes of one record.
    pub(crate) fn record(
        &self,
        stream: &StreamId,
        seq: u64,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let select = "SELECT record FROM records WHERE stream = ?1 AND seq = ?2";
        let row = self
            .0
            .query_row(select, params![stream.0, int(seq)?], |row| row.get(0));
        Ok(row.optional()?)
    }

    /// The record of the smallest index that is not below `index`.
    pub(crate) fn record_from(&self, index: u64) -> Result<Option<Vec<u8>>, EngineError> {
        let select = "SELECT record FROM records WHERE idx >= ?1 ORDER BY idx LIMIT 1";
        let row = self.0.query_row(select, [int(index)?], |row| row.get(0));
        Ok(row.optional()?)
    }

    /// The records with an index of `from` or more and below `to`, with it.
    pub(crate) fn records_between(
        &self,
        from: u64,
        to: u64,
    ) -> Result<Vec<(u64, Vec<u8>)>, EngineError> {
        let select = "SELECT idx, record FROM records WHERE idx >= ?1 AND idx < ?2 ORDER BY idx";
        let mut statement = self.0.prepare(select)?;
        let rows = statement.query_map([int(from)?, int(to)?], |row| {
            Ok((uint(row.get(0)?), row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many records have an index below `to`.
    pub(crate) fn count_below(&self, to: u64) -> Result<u64, EngineError> {
        let select = "SELECT count(*) FROM records WHERE idx < ?1";
        let row = self.0.query_row(select, [int(to)?], |row| row.get(0));
        Ok(uint(row?))
    }

    pub(crate) fn set_stream_key(
        &self,
        stream: &StreamId,
        key: &[u8; 32],
    ) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO stream_keys(stream, key) VALUES(?1, ?2) ON CONFLICT(stream) DO NOTHING",
            params![stream.0, key],
        )?;
        Ok(())
    }

    pub(crate) fn stream_keys(&self) -> Result<Vec<(StreamId, [u8; 32])>, EngineError> {
        let mut statement = self
            .0
            .prepare("SELECT stream, key FROM stream_keys ORDER BY stream")?;
        let rows = statement.query_map([], |row| Ok((StreamId(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn add_side(&self, hash: &Hash, bytes: &[u8]) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO sides(hash, bytes) VALUES(?1, ?2) ON CONFLICT(hash) DO NOTHING",
            params![hash.0, bytes],
        )?;
        Ok(())
    }

    pub(crate) fn side(&self, hash: &Hash) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self
            .0
            .query_row("SELECT bytes FROM sides WHERE hash = ?1", [hash.0], |row| {
                row.get(0)
            })
            .optional()?)
    }

    pub(crate) fn add_item(&self, item: &StoredItem) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO items(stream, seq, idx, content, fault) VALUES(?1, ?2, ?3, ?4, ?5)",
            params![
                item.stream.0,
                int(item.seq)?,
                int(item.index)?,
                item.content,
                item.fault
            ],
        )?;
        Ok(())
    }

    pub(crate) fn items(
        &self,
        stream: &StreamId,
        from: u64,
    ) -> Result<Vec<StoredItem>, EngineError> {
        let mut statement = self.0.prepare(
            "SELECT seq, idx, content, fault FROM items WHERE stream = ?1 AND seq >= ?2 ORDER BY seq",
        )?;
        let rows = statement.query_map(params![stream.0, int(from)?], |row| {
            stored_item(stream, row)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Gives an item that this device had no key for its content.
    pub(crate) fn fill_item(
        &self,
        stream: &StreamId,
        seq: u64,
        content: &[u8],
    ) -> Result<(), EngineError> {
        self.0.execute(
            "UPDATE items SET content = ?3
             WHERE stream = ?1 AND seq = ?2 AND content IS NULL AND fault IS NULL",
            params![stream.0, int(seq)?, content],
        )?;
        Ok(())
    }

    /// Keeps that there is an item, and nothing of what it says.
    pub(crate) fn empty_item(&self, stream: &StreamId, seq: u64) -> Result<(), EngineError> {
        self.0.execute(
            "UPDATE items SET content = NULL WHERE stream = ?1 AND seq = ?2",
            params![stream.0, int(seq)?],
        )?;
        Ok(())
    }

    /// The item of one record.
    pub(crate) fn item(
        &self,
        stream: &StreamId,
        seq: u64,
    ) -> Result<Option<StoredItem>, EngineError> {
        let select = "SELECT seq, idx, content, fault FROM items WHERE stream = ?1 AND seq = ?2";
        let row = self
            .0
            .query_row(select, params![stream.0, int(seq)?], |row| {
                stored_item(stream, row)
            });
        Ok(row.optional()?)
    }

    pub(crate) fn set_channel_name(
        &self,
        stream: &StreamId,
        name: &str,
        purpose: &str,
    ) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO channel_names(stream, name, purpose) VALUES(?1, ?2, ?3)
             ON CONFLICT(stream) DO UPDATE SET name = excluded.name, purpose = excluded.purpose",
            params![stream.0, name, purpose],
        )?;
        Ok(())
    }

    pub(crate) fn channel_name(
        &self,
        stream: &StreamId,
    ) -> Result<Option<(String, String)>, EngineError> {
        Ok(self
            .0
            .query_row(
                "SELECT name, purpose FROM channel_names WHERE stream = ?1",
                [stream.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?)
    }

    /// Queues an entry whose bytes follow at once.
    pub(crate) fn queue(
        &self,
        stream: &StreamId,
        kind: EntryType,
        label: u64,
    ) -> Result<i64, EngineError> {
        self.queue_intent(&Queued {
            stream: *stream,
            kind,
            act: None,
            content: None,
            label,
            intended: "",
        })
    }

    /// Queues what is meant; its bytes are made when it is first in line.
    pub(crate) fn queue_intent(&self, queued: &Queued<'_>) -> Result<i64, EngineError> {
        self.0.execute(
            "INSERT INTO outbox(stream, kind, act, content, label, intended)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                queued.stream.0,
                int(queued.kind.number())?,
                queued.act.map(cbor::to_vec),
                queued.content,
                int(queued.label)?,
                queued.intended
            ],
        )?;
        Ok(self.0.last_insert_rowid())
    }

    pub(crate) fn set_outgoing_bytes(
        &self,
        id: i64,
        bytes: Option<&OutgoingBytes>,
    ) -> Result<(), EngineError> {
        self.0.execute(
            "UPDATE outbox SET submit = ?2, entry_hash = ?3 WHERE id = ?1",
            params![id, bytes.map(|b| &b.submit), bytes.map(|b| b.entry_hash.0)],
        )?;
        Ok(())
    }

    pub(crate) fn refuse_outgoing(&self, id: i64, code: &str) -> Result<(), EngineError> {
        self.0.execute(
            "UPDATE outbox SET refusal = ?2 WHERE id = ?1",
            params![id, code],
        )?;
        Ok(())
    }

    pub(crate) fn remove_outgoing(&self, id: i64) -> Result<(), EngineError> {
        self.0.execute("DELETE FROM outbox WHERE id = ?1", [id])?;
        Ok(())
    }

    /// What waits, first in line first; refused rows included.
    pub(crate) fn outgoing(&self) -> Result<Vec<Outgoing>, EngineError> {
        let mut statement = self.0.prepare(
            "SELECT id, stream, content, label, intended, submit, entry_hash, refusal, kind, act
             FROM outbox ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| {
            let act: Option<Vec<u8>> = row.get(9)?;
            let act = act.map(|act| cbor::from_slice(&act, ENTRY_LEN_MAX));
            let kind = EntryType::from_number(uint(row.get(8)?));
            let (submit, hash): (Option<Vec<u8>>, Option<[u8; 32]>) = (row.get(5)?, row.get(6)?);
            let bytes = submit.zip(hash).map(|(submit, hash)| OutgoingBytes {
                submit,
                entry_hash: Hash(hash),
            });
            Ok(Outgoing {
                id: row.get(0)?,
                stream: StreamId(row.get(1)?),
                kind: kind.ok_or_else(|| damaged(8))?,
                act: act.transpose().map_err(|_| damaged(9))?,
                content: row.get(2)?,
                label: uint(row.get(3)?),
                intended: row.get(4)?,
                bytes,
                refusal: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// SQLite integers are signed; ours never reach 2^63.
fn stored_record(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredRecord> {
    Ok(StoredRecord {
        stream: StreamId(row.get(0)?),
        seq: uint(row.get(1)?),
        index: uint(row.get(2)?),
        record: row.get(3)?,
        body: row.get(4)?,
    })
}

fn stored_item(stream: &StreamId, row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredItem> {
    Ok(StoredItem {
        stream: *stream,
        seq: uint(row.get(0)?),
        index: uint(row.get(1)?),
        content: row.get(2)?,
        fault: row.get(3)?,
    })
}

fn damaged(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "outbox".into(), rusqlite::types::Type::Blob)
}

fn int(value: u64) -> Result<i64, EngineError> {
    i64::try_from(value).map_err(|_| EngineError::StoreDamaged { what: "number" })
}

fn uint(value: i64) -> u64 {
    value.unsigned_abs()
}

const DATABASE: &str = "home.db";
const SALT: &str = "home.salt";
const SCHEMA: &str = "
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE records(stream BLOB NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL UNIQUE,
    record BLOB NOT NULL, body BLOB, PRIMARY KEY(stream, seq)) STRICT;
CREATE TABLE stream_keys(stream BLOB PRIMARY KEY, key BLOB NOT NULL) STRICT;
CREATE TABLE sides(hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE items(stream BLOB NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL, content BLOB,
    fault TEXT, PRIMARY KEY(stream, seq)) STRICT;
CREATE TABLE channel_names(stream BLOB PRIMARY KEY, name TEXT NOT NULL, purpose TEXT NOT NULL) STRICT;
CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, stream BLOB NOT NULL, kind INTEGER NOT NULL, act BLOB, content BLOB,
    label INTEGER NOT NULL, intended TEXT NOT NULL, submit BLOB, entry_hash BLOB, refusal TEXT) STRICT;
";

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned())
    }

    fn reopen(home: &Path, passphrase: &Passphrase) -> Result<Store, EngineError> {
        Store::open(HomeLock::of(home)?, passphrase)
    }

    #[test]
    fn opens_with_its_passphrase_only_and_one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        let store = Store::create(&home, &passphrase("đúng")).unwrap();
        Rows(store.connection())
            .set_meta("canary", b"bach dang giang")
            .unwrap();
        assert!(matches!(
            reopen(&home, &passphrase("đúng")),
            Err(EngineError::HomeInUse { .. })
        ));
        drop(store);
        assert!(matches!(
            reopen(&home, &passphrase("sai")),
            Err(EngineError::WrongPassphrase)
        ));
        let store = reopen(&home, &passphrase("đúng\n")).unwrap();
        assert_eq!(
            Rows(store.connection()).meta("canary").unwrap().unwrap(),
            b"bach dang giang"
        );
        assert!(matches!(
            Store::create(&home, &passphrase("đúng")),
            Err(EngineError::HomeExists { .. })
        ));
        for file in std::fs::read_dir(&home).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(5).any(|window| window == b"giang"));
        }
    }

    #[test]
    fn a_rolled_back_step_never_happened() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::create(dir.path(), &passphrase("x")).unwrap();
        let step = store.begin().unwrap();
        Rows(&step)
            .queue(&StreamId([1; 16]), EntryType::Commit, 2)
            .unwrap();
        drop(step);
        assert_eq!(Rows(store.connection()).outgoing().unwrap(), []);
    }
}
