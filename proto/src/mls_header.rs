//! Reads group id, epoch, content type and authenticated data of an MLSMessage (RFC 9420 §6) without decrypting.
//!
//! In scope: the unencrypted head of PublicMessage and PrivateMessage. Out of scope: signatures, tags, everything secret.

/// The head of an MLSMessage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MlsHeader<'a> {
    /// Whether the content is public.
    pub wire_format: WireFormat,
    /// Group id.
    pub group_id: &'a [u8],
    /// Epoch in which it was made.
    pub epoch: u64,
    /// Who says that it made it; in a PrivateMessage that is encrypted.
    pub sender: Option<SenderType>,
    /// What it carries.
    pub content_type: ContentType,
    /// Authenticated data.
    pub authenticated_data: &'a [u8],
}

/// RFC 9420 §6: the two formats that the profile uses for group messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFormat {
    /// mls_public_message.
    Public,
    /// mls_private_message.
    Private,
}

/// RFC 9420 §6: the kinds of senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderType {
    /// member.
    Member,
    /// external.
    External,
    /// new_member_proposal.
    NewMemberProposal,
    /// new_member_commit: an external commit.
    NewMemberCommit,
}

/// RFC 9420 §6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// application.
    Application,
    /// proposal.
    Proposal,
    /// commit.
    Commit,
}

/// Parses the head of `message`; what follows the head is not looked at.
///
/// # Errors
/// [`MlsHeaderError`]: peer's fault, always.
///
/// Source: RFC 9420 §2.1.2, §6, §6.1, §6.3.
pub fn parse(message: &[u8]) -> Result<MlsHeader<'_>, MlsHeaderError> {
    let mut reader = Reader(message);
    if reader.u16()? != VERSION_MLS10 {
        return Err(MlsHeaderError::Version);
    }
    let wire_format = match reader.u16()? {
        1 => WireFormat::Public,
        2 => WireFormat::Private,
        got => return Err(MlsHeaderError::WireFormat { got }),
    };
    let group_id = reader.vector()?;
    let epoch = reader.u64()?;
    let (sender, authenticated_data, content_type) = match wire_format {
        WireFormat::Public => {
            let sender = reader.sender()?;
            (Some(sender), reader.vector()?, reader.content_type()?)
        }
        WireFormat::Private => {
            let content_type = reader.content_type()?;
            (None, reader.vector()?, content_type)
        }
    };
    Ok(MlsHeader {
        wire_format,
        group_id,
        epoch,
        sender,
        content_type,
        authenticated_data,
    })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], MlsHeaderError> {
        let (head, rest) = self
            .0
            .split_at_checked(len)
            .ok_or(MlsHeaderError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MlsHeaderError> {
        self.take(N)?
            .try_into()
            .map_err(|_| MlsHeaderError::Truncated)
    }

    fn u8(&mut self) -> Result<u8, MlsHeaderError> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, MlsHeaderError> {
        self.array().map(u16::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, MlsHeaderError> {
        self.array().map(u64::from_be_bytes)
    }

    /// The kind of sender; a member and an external sender have an index.
    fn sender(&mut self) -> Result<SenderType, MlsHeaderError> {
        let sender = match self.u8()? {
            1 => SenderType::Member,
            2 => SenderType::External,
            3 => return Ok(SenderType::NewMemberProposal),
            4 => return Ok(SenderType::NewMemberCommit),
            got => return Err(MlsHeaderError::Sender { got }),
        };
        self.take(4)?;
        Ok(sender)
    }

    fn content_type(&mut self) -> Result<ContentType, MlsHeaderError> {
        match self.u8()? {
            1 => Ok(ContentType::Application),
            2 => Ok(ContentType::Proposal),
            3 => Ok(ContentType::Commit),
            got => Err(MlsHeaderError::ContentType { got }),
        }
    }

    /// A variable-size vector: RFC 9420 §2.1.2, length in 1, 2 or 4 bytes, the shortest that fits.
    fn vector(&mut self) -> Result<&'a [u8], MlsHeaderError> {
        let first = *self.0.first().ok_or(MlsHeaderError::Truncated)?;
        let (len, least) = match first >> 6 {
            0 => (u32::from(self.u8()?), 0),
            1 => (u32::from(self.u16()? & 0x3fff), 0x40),
            2 => (u32::from_be_bytes(self.array()?) & 0x3fff_ffff, 0x4000),
            _ => return Err(MlsHeaderError::Length),
        };
        if len < least {
            return Err(MlsHeaderError::Length);
        }
        self.take(usize::try_from(len).map_err(|_| MlsHeaderError::Length)?)
    }
}

/// Why bytes are not an MLSMessage of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MlsHeaderError {
    /// Ends too soon.
    #[error("MLS message is truncated")]
    Truncated,
    /// Not mls10.
    #[error("MLS version is not 1.0")]
    Version,
    /// Welcome, GroupInfo, KeyPackage or unknown.
    #[error("MLS wire format {got} is not a group message")]
    WireFormat {
        /// Number received.
        got: u16,
    },
    /// Unknown sender type.
    #[error("MLS sender type {got} is unknown")]
    Sender {
        /// Number received.
        got: u8,
    },
    /// Unknown content type.
    #[error("MLS content type {got} is unknown")]
    ContentType {
        /// Number received.
        got: u8,
    },
    /// A vector length that is not the shortest encoding.
    #[error("MLS vector length is not minimal")]
    Length,
}

const VERSION_MLS10: u16 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: &[u8] = &[
        0, 1, 0, 2, 2, 0xaa, 0xbb, 0, 0, 0, 0, 0, 0, 0, 7, 1, 3, 1, 2, 3, 0, 0,
    ];

    #[test]
    fn reads_the_head_of_a_private_message() {
        let header = parse(PRIVATE).unwrap();
        assert_eq!(
            header,
            MlsHeader {
                wire_format: WireFormat::Private,
                group_id: &[0xaa, 0xbb],
                epoch: 7,
                sender: None,
                content_type: ContentType::Application,
                authenticated_data: &[1, 2, 3],
            }
        );
    }

    #[test]
    fn reads_who_sent_a_public_message() {
        let head = [0, 1, 0, 1, 1, 0xaa, 0, 0, 0, 0, 0, 0, 0, 7];
        for (sender, read) in [
            (&[1, 0, 0, 0, 9][..], SenderType::Member),
            (&[2, 0, 0, 0, 9], SenderType::External),
            (&[3], SenderType::NewMemberProposal),
            (&[4], SenderType::NewMemberCommit),
        ] {
            let message = [&head[..], sender, &[0, 3]].concat();
            let header = parse(&message).unwrap();
            assert_eq!(
                (header.sender, header.content_type),
                (Some(read), ContentType::Commit)
            );
        }
        assert_eq!(
            parse(&[&head[..], &[5, 0, 3]].concat()),
            Err(MlsHeaderError::Sender { got: 5 })
        );
    }

    #[test]
    fn every_truncation_of_the_head_is_refused() {
        for len in 0..20 {
            assert_eq!(
                parse(&PRIVATE[..len]),
                Err(MlsHeaderError::Truncated),
                "{len}"
            );
        }
    }

    #[test]
    fn a_longer_length_than_needed_is_refused() {
        let long = [&PRIVATE[..4], &[0x40, 2], &PRIVATE[5..]].concat();
        assert_eq!(parse(&long), Err(MlsHeaderError::Length));
    }
}
