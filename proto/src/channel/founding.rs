//! The founding record of a channel, who may make it (Article 5(6)), and the bodies of the channel's own entries.

use crate::cbor::{self, ByteVec, cbor_array, cbor_uint};
use crate::directory::{Approval, At};
use crate::entry::sha256;
use crate::id::{AgencyId, DeviceId, GroupId, OfficialId, Salt};
use crate::label::Label;
use crate::tlog::Hash;

cbor_uint! {
    /// What kind of matter a channel or a lead is for.
    pub enum ScopeKind {
        /// ASEAN Coordinating Council, id `acc`: the national coordinator.
        Coordinating = 1,
        /// A pillar: `apsc`, `aec`, `ascc`.
        Pillar = 2,
        /// A cross-sector field (Art. 2.2).
        CrossSector = 3,
        /// A cross-pillar field (Art. 2.2).
        CrossPillar = 4,
        /// A field named by the Regulation itself (Art. 3.5, 3.6).
        Designated = 5,
    }

    /// A suite of RFC 9420 that a channel may use.
    pub enum Suite {
        /// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519.
        X25519 = 0x0003,
        /// X-Wing, ChaCha20-Poly1305, SHA-256, Ed25519.
        XWing = 0x004d,
    }

    /// What a newcomer is given of earlier content.
    pub enum History {
        /// Nothing.
        Nothing = 0,
        /// The open questions.
        Brief = 1,
        /// A stated range.
        Range = 2,
    }
}

impl Suite {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X25519 => "x25519",
            Self::XWing => "x_wing",
        }
    }
}

impl ScopeKind {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coordinating => "coordinating",
            Self::Pillar => "pillar",
            Self::CrossSector => "cross_sector",
            Self::CrossPillar => "cross_pillar",
            Self::Designated => "designated",
        }
    }

    /// Whether it is a field rather than the Coordinating Council or a pillar.
    #[must_use]
    pub const fn is_field(self) -> bool {
        matches!(
            self,
            Self::CrossSector | Self::CrossPillar | Self::Designated
        )
    }
}

cbor_array! {
    /// What a channel is about, or an agency leads.
    pub struct Scope {
        /// Kind.
        pub kind: ScopeKind,
        /// `acc`, a pillar, or a field.
        pub id: String,
    }

    /// Name and purpose of a channel, sealed to founder, approver and provisioner.
    pub struct SealedName {
        /// Keeps the commitment from being guessed.
        pub salt: Salt,
        /// Name.
        pub name: String,
        /// Purpose.
        pub purpose: String,
    }

    /// [`SealedName`] encrypted to one device (HPKE base mode, X-Wing).
    pub struct SealedBox {
        /// Recipient.
        pub device: DeviceId,
        /// Encapsulated key.
        pub encapsulated: ByteVec,
        /// Ciphertext.
        pub ciphertext: ByteVec,
    }

    /// The public part of a founding record (rule R5.6-3) and the sealed part's commitment.
    pub struct Founding {
        /// Cơ quan thành lập.
        pub founder: AgencyId,
        /// Căn cứ: "khoản 6 Điều 5".
        pub basis: String,
        /// Pillar or field.
        pub scope: Scope,
        /// Highest label in the channel.
        pub label: Label,
        /// Agencies.
        pub members: Vec<AgencyId>,
        /// Thời hạn lưu, in days.
        pub retention_days: u64,
        /// Default for newcomers.
        pub history: History,
        /// Ngày hiệu lực (log time, ms).
        pub from: u64,
        /// Ngày rà soát (log time, ms).
        pub review: u64,
        /// Commitment to the tag key, the same as in stream-register.
        pub key_commitment: Hash,
        /// [`SealedName::commitment`].
        pub sealed: Hash,
        /// The sealed name for founder, approver and provisioner.
        pub boxes: Vec<SealedBox>,
    }

    /// Body of stream-open.
    pub struct StreamOpen {
        /// Hash of the founding record.
        pub founding: Hash,
        /// Hash of the approval record.
        pub approval: Hash,
        /// Suite of the group.
        pub suite: Suite,
        /// Generation of the first group.
        pub generation: u64,
    }

    /// Body of member-add.
    pub struct MemberAdd {
        /// Who becomes a member.
        pub official: OfficialId,
        /// What of the past is released.
        pub history: History,
        /// First seq of a range.
        pub from: Option<u64>,
        /// Last seq of a range.
        pub to: Option<u64>,
        /// Why; a guest is never added without (rules R16, R17).
        pub reason: String,
    }

    /// Body of member-remove.
    pub struct MemberRemove {
        /// Who is a member no more.
        pub official: OfficialId,
        /// Why.
        pub reason: String,
    }

    /// Body of channel-close.
    pub struct ChannelClose {
        /// Why.
        pub reason: String,
    }

    /// Body of group-start.
    pub struct GroupStart {
        /// Generation.
        pub generation: u64,
        /// MLS group id.
        pub group_id: GroupId,
        /// Suite.
        pub suite: Suite,
        /// SHA-256 of the GroupInfo of epoch 0 (side body).
        pub group_info: Hash,
        /// SHA-256 of the ratchet tree of epoch 0 (side body).
        pub ratchet_tree: Hash,
    }

    /// Body of a commit: the commit as one unit with everything that a joiner or auditor needs.
    pub struct CommitBody {
        /// The MLSMessage.
        pub commit: ByteVec,
        /// Generation.
        pub generation: u64,
        /// The epoch that the commit opens.
        pub epoch: u64,
        /// SHA-256 of the GroupInfo of the new epoch (side body).
        pub group_info: Hash,
        /// SHA-256 of the ratchet tree of the new epoch (side body).
        pub ratchet_tree: Hash,
        /// MLS tree hash of the new epoch (RFC 9420 §7.8).
        pub tree_hash: Hash,
        /// Devices added.
        pub adds: Vec<DeviceId>,
        /// Devices removed.
        pub removes: Vec<DeviceId>,
        /// SHA-256 of the Welcome (side body), where devices are added.
        pub welcome: Option<Hash>,
    }
}

impl Scope {
    /// The ids of the three pillars, in the order of Article 3.
    pub const PILLARS: [&str; 3] = ["apsc", "aec", "ascc"];

    /// A pillar.
    #[must_use]
    pub fn pillar(id: &str) -> Self {
        Self {
            kind: ScopeKind::Pillar,
            id: id.to_owned(),
        }
    }

    /// Whether Article 3 itself names it: the Coordinating Council and the three pillars. Fields are stated.
    #[must_use]
    pub fn is_named(&self) -> bool {
        match self.kind {
            ScopeKind::Coordinating => self.id == "acc",
            ScopeKind::Pillar => Self::PILLARS.contains(&self.id.as_str()),
            ScopeKind::CrossSector | ScopeKind::CrossPillar | ScopeKind::Designated => false,
        }
    }

    /// The national coordinator's scope (Art. 2.4, 3.2).
    #[must_use]
    pub fn coordinator() -> Self {
        Self {
            kind: ScopeKind::Coordinating,
            id: "acc".into(),
        }
    }
}

impl CommitBody {
    /// Whether `author` joins by this very commit (RFC 9420 §12.4.3.2): it adds itself, which no member can.
    #[must_use]
    pub fn is_external(&self, author: &DeviceId) -> bool {
        self.adds.contains(author)
    }

    /// Whether it changes nobody's place: only the author's keys.
    #[must_use]
    pub fn is_update(&self) -> bool {
        self.adds.is_empty() && self.removes.is_empty()
    }
}

impl SealedName {
    /// `H("thamvan/sealed/v1" || salt || CBOR([name, purpose]))`.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        let named = cbor::to_vec(&(self.name.as_str(), self.purpose.as_str()));
        sha256(&[b"thamvan/sealed/v1".as_slice(), &self.salt.0, &named].concat())
    }
}

/// Body of founding-approve.
pub type FoundingApprove = Approval;

/// Whether `agency` may found a channel for `scope` at log time `time`.
///
/// Only the national coordinator (any scope), the lead of a pillar (that pillar and its cross-sector fields) and the lead of that
/// very field, while it is in force; ministries without such a lead, the Mission, bodies outside the Government and localities
/// may ask, not found.
///
/// # Errors
/// [`FoundError`].
///
/// Source: Article 5(6) of the Regulation; rules R5.6-1, R5.6-2, R3.7, R3.8.
pub fn may_found(
    at: &At<'_>,
    agency: &AgencyId,
    scope: &Scope,
    time: u64,
) -> Result<(), FoundError> {
    let may_lead = at.agency(agency).is_some_and(|fact| fact.kind.may_lead());
    if !may_lead || !at.leads_anything(agency, time) {
        return Err(FoundError::NotALead);
    }
    let field = at.effective_field(scope, time);
    if field.is_none() && !scope.is_named() {
        return Err(FoundError::NoSuchScope);
    }
    let pillar = field
        .filter(|_| scope.kind == ScopeKind::CrossSector)
        .and_then(|field| field.fact.pillar());
    let leads = |scope: &Scope| at.leads(agency, scope, time);
    if leads(&Scope::coordinator()) || leads(scope) || pillar.is_some_and(|pillar| leads(&pillar)) {
        Ok(())
    } else {
        Err(FoundError::OutsideScope)
    }
}

/// Why an agency may not found a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoundError {
    /// Article 5(6) does not name it.
    #[error("only the coordinator, a pillar lead or a field lead founds a channel (Article 5(6))")]
    NotALead,
    /// No pillar, and no field that is in force.
    #[error("neither a pillar nor a field that is in force (Article 3)")]
    NoSuchScope,
    /// It leads something else.
    #[error("the agency does not lead this pillar or field (Article 5(6))")]
    OutsideScope,
}

#[cfg(test)]
mod tests;
