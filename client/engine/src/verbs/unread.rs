//! What has been read of each channel on this device. Nobody is told.

use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;
use crate::verbs::message::{NAME_KIND, shown};

impl Engine {
    /// Everything below `next` has been read here. A mark never goes back.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn mark_read(&mut self, stream: StreamId, next: u64) -> Result<(), EngineError> {
        let next = next.min(self.ledger.size(&stream));
        Rows(self.store.connection()).mark_read(&stream, next)
    }

    /// How many items by others have not been read here.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn unread(&self, stream: StreamId) -> Result<u64, EngineError> {
        let rows = Rows(self.store.connection());
        let mut count = 0;
        for item in rows.items(&stream, rows.read_mark(&stream)?)? {
            let is_name = match &item.content {
                Some(content) => shown(EntryType::Message, content)?.kind == NAME_KIND,
                None => false,
            };
            if !is_name && self.author(stream, item.seq)? != self.keys.device {
                count += 1;
            }
        }
        Ok(count)
    }
}
