//! What has been read of each channel on this device. Nobody is told.

use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;
use crate::verbs::message::{BRIEF_KIND, NAME_KIND, shown};

impl Engine {
    /// Everything below `next` has been read here. A mark never goes back.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn mark_read(&mut self, stream: StreamId, next: u64) -> Result<(), EngineError> {
        let next = next.min(self.ledger.size(&stream));
        Rows(self.store.connection()).mark_read(&stream, next)
    }

    /// Up to where the channel has been read here.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn read_mark(&self, stream: StreamId) -> Result<u64, EngineError> {
        Rows(self.store.connection()).read_mark(&stream)
    }

    /// How many items by others that this device can read have not been read here.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn unread(&self, stream: StreamId) -> Result<u64, EngineError> {
        let rows = Rows(self.store.connection());
        let mut count = 0;
        for item in rows.items(&stream, rows.read_mark(&stream)?)? {
            // What this device has no key for is nothing that it could read; what it refused is to be seen.
            let counts = match &item.content {
                Some(content) => {
                    ![NAME_KIND, BRIEF_KIND].contains(&shown(EntryType::Message, content)?.kind)
                }
                None => item.fault.is_some(),
            };
            if counts && self.author(stream, item.seq)? != self.keys.device {
                count += 1;
            }
        }
        Ok(count)
    }
}
