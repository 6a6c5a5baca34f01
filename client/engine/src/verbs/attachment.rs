//! Attachments of any content: made before it is queued, fetched and verified before they are shown.

use std::io::Write as _;
use std::path::Path;

use thamvan_proto::attachment::{self, Attachment};
use thamvan_proto::cbor;
use thamvan_proto::commitment::{Content, OpenError, Part};
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::PARTS_MAX;
use thamvan_proto::tlog::Hash;

use crate::attachment::{
    BlobFolder, CipherError, NewFile, read, seal, shown_name, verify, write, write_whole,
};
use crate::engine::Engine;
use crate::error::{EngineError, exactly_one};
use crate::store::{Rows, file};

/// An attachment as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentView {
    /// Its part, from 0: what it is fetched and disclosed by.
    pub n: usize,
    /// Name of the file, as it may be shown.
    pub name: String,
    /// Bytes of the file.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: Hash,
}

impl AttachmentView {
    pub(crate) fn of(attachment: &Attachment) -> Self {
        Self {
            n: attachment.n,
            name: shown_name(&attachment.key.name),
            size: attachment.facts.length,
            sha256: attachment.facts.sha256,
        }
    }
}

/// A part that is here, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPart {
    /// Part, from 0.
    pub n: usize,
    /// Name of the file, as it may be shown, where it is an attachment.
    pub name: Option<String>,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: Hash,
}

impl Engine {
    /// Encrypts `files` into this home and adds their parts to `parts`, those of any content. The outbox uploads them.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] with rule `attachment_length` or `attachment_count`, before anything is queued.
    pub fn attach(&self, parts: &mut Vec<Part>, files: &[NewFile]) -> Result<(), EngineError> {
        if parts.len() + 2 * files.len() > PARTS_MAX {
            return Err(EngineError::NotAllowed {
                rule: "attachment_count",
                what: format!("a message has at most {PARTS_MAX} parts, two for each attachment"),
            });
        }
        let folder = BlobFolder::of(self.home());
        for file in files {
            let sealed = seal(&folder, file, parts.len())?;
            parts.extend(sealed);
        }
        Ok(())
    }

    /// Makes a part of a logged content available: downloads what is not here, verifies all of it, and writes it to `out`, a new
    /// file. `n`: its number; none means the only attachment.
    ///
    /// # Errors
    /// [`EngineError::Attachment`] or a finding: then nothing has been shown or written. [`EngineError::Unreachable`]: what was
    /// received is kept, and the next call goes on there.
    pub async fn fetch_part(
        &mut self,
        (stream, seq): (StreamId, u64),
        n: Option<usize>,
        out: Option<&Path>,
    ) -> Result<FetchedPart, EngineError> {
        let content = self.content(stream, seq)?;
        let attachments = attachment::attachments(&content).map_err(OpenError::from)?;
        let entry = format!("{stream}/{seq}");
        let Some(n) = n else {
            let only = exactly_one("attachment", &entry, attachments)?;
            return self.fetch_attachment(stream, &only, out).await;
        };
        if let Some(found) = attachments.iter().find(|attachment| attachment.n == n) {
            return self.fetch_attachment(stream, found, out).await;
        }
        let unknown = || EngineError::Unknown {
            what: "part",
            name: format!("{n} of {entry}"),
        };
        let part = content.parts.get(n).ok_or_else(unknown)?;
        let bytes = part.bytes.as_ref().ok_or_else(unknown)?;
        if let Some(out) = out {
            write_whole(out, |written| {
                written.write_all(bytes).map_err(|source| file(out, source))
            })?;
        }
        Ok(FetchedPart {
            n,
            name: None,
            size: part.facts.length,
            sha256: part.facts.sha256,
        })
    }

    /// The attachment of a logged content in part `n`, downloaded where it is not here, and verified: all of its bytes.
    ///
    /// # Errors
    /// As [`Engine::fetch_part`].
    pub async fn attachment(
        &mut self,
        (stream, seq): (StreamId, u64),
        n: usize,
    ) -> Result<(AttachmentView, Vec<u8>), EngineError> {
        let content = self.content(stream, seq)?;
        let attachments = attachment::attachments(&content).map_err(OpenError::from)?;
        let found = attachments.into_iter().find(|one| one.n == n);
        let found = found.ok_or_else(|| EngineError::Unknown {
            what: "attachment",
            name: format!("{n} of {stream}/{seq}"),
        })?;
        let bytes = self.attachment_bytes(stream, &found).await?;
        Ok((AttachmentView::of(&found), bytes))
    }

    async fn fetch_attachment(
        &mut self,
        stream: StreamId,
        attachment: &Attachment,
        out: Option<&Path>,
    ) -> Result<FetchedPart, EngineError> {
        self.download(stream, &attachment.key).await?;
        let folder = BlobFolder::of(self.home());
        let opened = match out {
            Some(out) => write(&folder, attachment, out),
            None => verify(&folder, attachment),
        };
        self.settle_blob(attachment, opened)?;
        let view = AttachmentView::of(attachment);
        Ok(FetchedPart {
            n: view.n,
            name: Some(view.name),
            size: view.size,
            sha256: view.sha256,
        })
    }

    /// The bytes of an attachment, downloaded where they are not here, and verified.
    pub(crate) async fn attachment_bytes(
        &mut self,
        stream: StreamId,
        attachment: &Attachment,
    ) -> Result<Vec<u8>, EngineError> {
        self.download(stream, &attachment.key).await?;
        let opened = read(&BlobFolder::of(self.home()), attachment);
        self.settle_blob(attachment, opened)
    }

    /// A blob that is not the one named is forgotten: the next try begins anew.
    fn settle_blob<T>(
        &self,
        attachment: &Attachment,
        opened: Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        if matches!(opened, Err(EngineError::Attachment(CipherError::Blob))) {
            BlobFolder::of(self.home()).remove(&attachment.key.blob);
        }
        opened
    }

    /// The content of a record that this device could read.
    pub(crate) fn content(&self, stream: StreamId, seq: u64) -> Result<Content, EngineError> {
        let item = Rows(self.store.connection()).item(&stream, seq)?;
        let content = item.and_then(|item| item.content);
        let content = content.ok_or_else(|| EngineError::Unknown {
            what: "readable entry",
            name: format!("{stream}/{seq}"),
        })?;
        Ok(cbor::from_slice(&content, content.len())?)
    }
}
