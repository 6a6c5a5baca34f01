//! Whether this server can do its work: what `/readyz` says.

use std::io;

use crate::shared::Service;

impl Service {
    /// One word for why requests are not granted at this moment.
    pub(crate) fn ready(&self) -> Result<(), &'static str> {
        let stopping = *self.shared.stopping.borrow();
        ready(stopping, self.queue.is_open(), self.disk.takes(0))
    }
}

/// `sequencer`: whether there is one; `room`: whether the disk takes a batch. What ends the server comes first.
fn ready(stopping: bool, sequencer: bool, room: io::Result<bool>) -> Result<(), &'static str> {
    if stopping {
        Err("stopping")
    } else if !sequencer {
        Err("sequencer")
    } else if !room.unwrap_or(false) {
        Err("storage")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_says_why_not_and_what_ends_the_server_comes_first() {
        let unknown = || Err(io::ErrorKind::Other.into());
        for (stopping, sequencer, room, word) in [
            (false, true, Ok(true), Ok(())),
            (false, true, Ok(false), Err("storage")),
            (false, true, unknown(), Err("storage")),
            (false, false, Ok(true), Err("sequencer")),
            (false, false, unknown(), Err("sequencer")),
            (true, true, Ok(true), Err("stopping")),
            (true, false, Ok(false), Err("stopping")),
        ] {
            assert_eq!(ready(stopping, sequencer, room), word);
        }
    }
}
