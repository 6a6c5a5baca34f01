//! Drafts: kept in the encrypted store until they are sent or dropped; nobody else ever sees them.

use thamvan_proto::id::StreamId;
use thamvan_proto::limits::MESSAGE_BODY_LEN_MAX;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;

/// Which draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftKey {
    /// The text that is being written to a channel.
    Channel(StreamId),
    /// Any other, by name.
    Named(String),
}

impl DraftKey {
    fn text(&self) -> String {
        match self {
            Self::Channel(stream) => format!("{CHANNEL}{stream}"),
            Self::Named(name) => format!("{NAMED}{name}"),
        }
    }

    fn of(text: &str) -> Self {
        let stream = text.strip_prefix(CHANNEL).and_then(|id| id.parse().ok());
        match stream {
            Some(stream) => Self::Channel(stream),
            None => Self::Named(text.strip_prefix(NAMED).unwrap_or(text).to_owned()),
        }
    }
}

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftView {
    /// Which.
    pub key: DraftKey,
    /// Its text.
    pub text: String,
    /// When it was kept (ms).
    pub kept_at: u64,
}

impl Engine {
    /// Keeps a draft in place of an earlier one.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] with rule `draft_length`.
    pub fn set_draft(&mut self, key: &DraftKey, text: &str) -> Result<(), EngineError> {
        let name_fits = match key {
            DraftKey::Channel(_) => true,
            DraftKey::Named(name) => (1..=NAME_LEN_MAX).contains(&name.len()),
        };
        if !name_fits || text.len() > MESSAGE_BODY_LEN_MAX {
            return Err(EngineError::NotAllowed {
                rule: "draft_length",
                what: format!(
                    "a draft has at most {MESSAGE_BODY_LEN_MAX} bytes, its name 1 to {NAME_LEN_MAX}"
                ),
            });
        }
        Rows(self.store.connection()).set_draft(&key.text(), text, self.now())
    }

    /// The text of a draft.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn draft(&self, key: &DraftKey) -> Result<Option<String>, EngineError> {
        Rows(self.store.connection()).draft(&key.text())
    }

    /// All drafts.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn drafts(&self) -> Result<Vec<DraftView>, EngineError> {
        let stored = Rows(self.store.connection()).drafts()?;
        let view = |(key, text, kept_at): (String, String, u64)| DraftView {
            key: DraftKey::of(&key),
            text,
            kept_at,
        };
        Ok(stored.into_iter().map(view).collect())
    }

    /// Drops a draft; gives whether there was one.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn drop_draft(&mut self, key: &DraftKey) -> Result<bool, EngineError> {
        Rows(self.store.connection()).drop_draft(&key.text())
    }
}

const CHANNEL: &str = "channel/";
const NAMED: &str = "named/";
/// The name of a draft, in bytes.
const NAME_LEN_MAX: usize = 200;
