//! Which refusals are for ever: those of facts that no later record can change for these bytes.
//!
//! The server signs only these and needs no memory of them: whatever it knows after a restart refuses the same bytes again.

use crate::channel::ChannelError;
use crate::directory::StatementError;
use crate::entry::Entry;
use crate::limits::MADE_SKEW_MS_MAX;

use super::{Invalid, Ledger};

impl Ledger {
    /// Whether `entry`, which was refused as `invalid`, can never become valid in this log, whatever is sequenced next and
    /// whatever body comes with it.
    ///
    /// `time`: log time that the log has reached (ms); a clock that runs ahead of it proves nothing.
    ///
    /// Source: docs/protocol.md chapter 9, "Signed refusals".
    #[must_use]
    pub fn is_final(&self, entry: &Entry, invalid: &Invalid, time: u64) -> bool {
        match invalid {
            // What the signed bytes say of themselves, with the one body that they name.
            Invalid::Signature
            | Invalid::Seen
            | Invalid::WrongStream
            | Invalid::WrongFields
            | Invalid::Body
            | Invalid::MlsHeader(_)
            | Invalid::MlsMismatch
            | Invalid::Statement(StatementError::NeedsTwoPersons) => true,
            // A counter is taken once, and what must stand before it is fixed when it is next.
            Invalid::SenderChain { got, expected } => got <= expected,
            Invalid::MadeTime { made, .. } => made.saturating_add(MADE_SKEW_MS_MAX) < time,
            Invalid::Channel(ChannelError::StaleEpoch) => self.is_epoch_past(entry),
            // Another body, another reader's right, a later directory or a later version may say otherwise.
            Invalid::UnknownDevice { .. }
            | Invalid::Head
            | Invalid::Heads
            | Invalid::UnknownRule { .. }
            | Invalid::UnknownType { .. }
            | Invalid::UnknownKind { .. }
            | Invalid::ReadOnly
            | Invalid::BodyMissing
            | Invalid::BodyTooLong { .. }
            | Invalid::Payload
            | Invalid::Authority { .. }
            | Invalid::Statement(_)
            | Invalid::Channel(_)
            | Invalid::Consultation(_)
            | Invalid::Label(_) => false,
        }
    }

    /// Epochs of a channel only rise, and each is opened once.
    fn is_epoch_past(&self, entry: &Entry) -> bool {
        let group = self.channel(&entry.facts.stream).and_then(|it| it.group());
        let (Some(current), Some(made_in)) = (group.map(|it| &it.epoch), &entry.facts.group) else {
            return false;
        };
        let place = |epoch: &crate::entry::GroupEpoch| (epoch.generation, epoch.epoch);
        place(made_in) < place(current)
            || (place(made_in) == place(current) && made_in.opened_by != current.opened_by)
    }
}
