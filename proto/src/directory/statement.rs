//! The statements of stream 0 (docs/protocol.md chapter 5) and which of them need two persons.

use crate::cbor::{ByteVec, cbor_array, cbor_choice, cbor_uint};
use crate::channel::{Scope, ScopeKind};
use crate::id::{AgencyId, DeviceId, OfficialId, PublicKey, SeatId, TicketId};
use crate::tlog::Hash;

use super::accreditation::{Accreditation, AccreditationEnd};
use super::ending::{AgencyEnd, AppointmentEnd, DeviceSuspend, NameErasure, OfficialEnd};
use super::field::{Field, FieldDecision, FieldStep};
use super::focal::{FocalReceipt, FocalUnit};
use super::policy::PolicyChange;
use super::roots::RootRotation;

cbor_uint! {
    /// Kind of an agency (rule R1.1).
    pub enum AgencyKind {
        /// Bộ.
        Bo = 1,
        /// Cơ quan ngang bộ.
        CoQuanNgangBo = 2,
        /// Cơ quan thuộc Chính phủ.
        CoQuanThuocChinhPhu = 3,
        /// Phái đoàn: never a founder (R3.8).
        PhaiDoan = 4,
        /// Ngoài Chính phủ: a guest (R16).
        NgoaiChinhPhu = 5,
        /// Địa phương: a guest (R16).
        DiaPhuong = 6,
        /// Đơn vị thuộc bộ.
        DonViThuocBo = 7,
        /// Khác.
        Khac = 8,
    }

    /// What a role-grant gives.
    pub enum Role {
        /// National administrator.
        NationalAdministrator = 1,
        /// Administrator of one agency.
        AgencyAdministrator = 2,
        /// The second person of two.
        Approver = 3,
        /// Verifies the log without reading it.
        Auditor = 4,
        /// Keeps an agency's registers.
        RecordsCustodian = 5,
        /// Runs a witness.
        Witness = 6,
    }

    /// How an official holds a seat (rule R19.1).
    pub enum SeatRole {
        /// Đầu mối chính.
        Primary = 1,
        /// Đầu mối phó.
        Deputy = 2,
        /// Acting for the primary.
        Acting = 3,
    }
}

impl AgencyKind {
    /// Whether Article 5(6) can name such an agency as founder at all.
    #[must_use]
    pub const fn may_lead(self) -> bool {
        matches!(
            self,
            Self::Bo | Self::CoQuanNgangBo | Self::CoQuanThuocChinhPhu
        )
    }

    /// Whether its people are guests (rules R16, R17): they see nobody but those with whom they share a channel.
    #[must_use]
    pub const fn is_guest(self) -> bool {
        matches!(self, Self::NgoaiChinhPhu | Self::DiaPhuong)
    }

    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bo => "bo",
            Self::CoQuanNgangBo => "co_quan_ngang_bo",
            Self::CoQuanThuocChinhPhu => "co_quan_thuoc_chinh_phu",
            Self::PhaiDoan => "phai_doan",
            Self::NgoaiChinhPhu => "ngoai_chinh_phu",
            Self::DiaPhuong => "dia_phuong",
            Self::DonViThuocBo => "don_vi_thuoc_bo",
            Self::Khac => "khac",
        }
    }
}

impl Role {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NationalAdministrator => "national_administrator",
            Self::AgencyAdministrator => "agency_administrator",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::RecordsCustodian => "records_custodian",
            Self::Witness => "witness",
        }
    }
}

impl SeatRole {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Deputy => "deputy",
            Self::Acting => "acting",
        }
    }
}

cbor_array! {
    /// An agency.
    pub struct Agency {
        /// Id.
        pub id: AgencyId,
        /// Kind.
        pub kind: AgencyKind,
        /// Official Vietnamese name.
        pub name_vi: String,
        /// English name.
        pub name_en: String,
        /// The Coordinating Council and pillars that it leads under Article 3; fields say themselves who leads them.
        pub leads: Vec<Scope>,
    }

    /// A person, known to the log by id only; the name is a side body that can be erased.
    pub struct Official {
        /// Id.
        pub id: OfficialId,
        /// SHA-256 of the side body [`OfficialName`].
        pub name: Hash,
    }

    /// A place that answers for an agency.
    pub struct Seat {
        /// Id.
        pub id: SeatId,
        /// What it is for.
        pub purpose: String,
    }

    /// Puts an official in a seat.
    pub struct SeatAppoint {
        /// Seat.
        pub seat: SeatId,
        /// Official of the same agency.
        pub official: OfficialId,
        /// Primary, deputy or acting.
        pub role: SeatRole,
        /// Start (log time, ms).
        pub from: u64,
        /// End (log time, ms), exclusive.
        pub until: Option<u64>,
        /// Whether the official may speak for the agency.
        pub speak_for: bool,
    }

    /// Gives a role.
    pub struct RoleGrant {
        /// Role.
        pub role: Role,
        /// Official.
        pub official: OfficialId,
        /// The agency it is limited to; null is national.
        pub scope: Option<AgencyId>,
        /// Start (log time, ms).
        pub from: u64,
        /// End (log time, ms), exclusive.
        pub until: Option<u64>,
    }

    /// Takes a role away.
    pub struct RoleRevoke {
        /// Role.
        pub role: Role,
        /// Official.
        pub official: OfficialId,
    }

    /// Invites one device of one official.
    pub struct Ticket {
        /// Id.
        pub id: TicketId,
        /// Official.
        pub official: OfficialId,
        /// [`code_hash`] of the one-time code.
        pub code: Hash,
        /// Last moment (log time, ms).
        pub expires: u64,
    }

    /// Binds a device to an official and to its three public keys.
    pub struct DeviceEnrol {
        /// Id, unique for ever.
        pub device: DeviceId,
        /// Owner.
        pub official: OfficialId,
        /// Seat it is used at.
        pub seat: Option<SeatId>,
        /// Ed25519: entries and log-in.
        pub signing: PublicKey,
        /// Ed25519: MLS leaf.
        pub mls: PublicKey,
        /// X-Wing HPKE: 1,216 bytes.
        pub sealing: ByteVec,
        /// What the owner calls it.
        pub name: String,
        /// The ticket it answers.
        pub ticket: TicketId,
    }

    /// Ends a device.
    pub struct DeviceRevoke {
        /// Device.
        pub device: DeviceId,
        /// Reason.
        pub reason: String,
    }

    /// Side body that carries a person's name.
    pub struct OfficialName {
        /// `"thamvan/name/v1"`.
        pub tag: String,
        /// Keeps the hash from being guessed.
        pub salt: crate::id::Salt,
        /// The name.
        pub name: String,
    }

    /// Body of a propose entry.
    pub struct Proposal {
        /// What is proposed.
        pub statement: Statement,
        /// Last moment for the approval (log time, ms).
        pub expires: u64,
    }

    /// Body of an approve or founding-approve entry.
    pub struct Approval {
        /// Hash of the record that is approved.
        pub record: Hash,
    }

    /// Body of a stream-register entry.
    pub struct StreamRegister {
        /// Channel stream.
        pub stream: crate::id::StreamId,
        /// Commitment to its tag key.
        pub key_commitment: Hash,
    }
}

cbor_choice! {
    /// One act of authority.
    pub enum Statement {
        /// An agency.
        Agency(Agency) = 1,
        /// An official.
        Official(Official) = 2,
        /// A seat.
        Seat(Seat) = 3,
        /// An appointment to a seat.
        SeatAppoint(SeatAppoint) = 4,
        /// A role.
        RoleGrant(RoleGrant) = 5,
        /// The end of a role.
        RoleRevoke(RoleRevoke) = 6,
        /// An enrolment ticket.
        Ticket(Ticket) = 7,
        /// A device.
        DeviceEnrol(DeviceEnrol) = 8,
        /// The end of a device.
        DeviceRevoke(DeviceRevoke) = 9,
        /// The next version of the policy.
        PolicyChange(PolicyChange) = 10,
        /// What raises the ceiling.
        Accreditation(Accreditation) = 11,
        /// The end of what raises the ceiling.
        AccreditationEnd(AccreditationEnd) = 12,
        /// A field, proposed or designated.
        Field(Field) = 13,
        /// A step of a field.
        FieldDecision(FieldDecision) = 14,
        /// The unit that answers for an agency.
        FocalUnit(FocalUnit) = 15,
        /// The end of an agency.
        AgencyEnd(AgencyEnd) = 16,
        /// The end of an official.
        OfficialEnd(OfficialEnd) = 17,
        /// The next root keys.
        RootRotation(RootRotation) = 18,
        /// A device out of use for a while, or back.
        DeviceSuspend(DeviceSuspend) = 22,
        /// The end of an appointment before its date.
        AppointmentEnd(AppointmentEnd) = 25,
        /// A person's name is kept no more.
        NameErasure(NameErasure) = 26,
        /// A seat has taken note of a change of a focal unit.
        FocalReceipt(FocalReceipt) = 27,
    }
}

impl Statement {
    /// Whether two persons must make it: every power that raises risk (architecture of roles, docs/protocol.md chapter 5).
    #[must_use]
    pub const fn needs_two_persons(&self) -> bool {
        match self {
            Self::SeatAppoint(_)
            | Self::RoleGrant(_)
            | Self::DeviceEnrol(_)
            | Self::PolicyChange(_)
            | Self::Accreditation(_)
            // For ever, and not to be undone: no hurry is worth one person's word.
            | Self::AgencyEnd(_)
            | Self::NameErasure(_)
            | Self::RootRotation(_) => true,
            // Whoever leads a field may found channels: that takes two, to propose one gives nobody anything.
            Self::Field(fact) => matches!(fact.kind, ScopeKind::Designated),
            Self::FieldDecision(fact) => matches!(fact.step, FieldStep::Decided(_)),
            // To take a device out of use is one person's; to bring it back makes a reader.
            Self::DeviceSuspend(fact) => !fact.suspended,
            Self::Agency(_)
            | Self::Official(_)
            | Self::Seat(_)
            | Self::RoleRevoke(_)
            | Self::Ticket(_)
            | Self::DeviceRevoke(_)
            | Self::AccreditationEnd(_)
            | Self::FocalUnit(_)
            | Self::FocalReceipt(_)
            | Self::OfficialEnd(_)
            | Self::AppointmentEnd(_) => false,
        }
    }

    /// Whom it is about, of what needs two persons and is about a person.
    #[must_use]
    pub const fn official(&self) -> Option<&OfficialId> {
        match self {
            Self::SeatAppoint(fact) => Some(&fact.official),
            Self::RoleGrant(fact) => Some(&fact.official),
            Self::DeviceEnrol(fact) => Some(&fact.official),
            Self::NameErasure(fact) => Some(&fact.official),
            Self::PolicyChange(_)
            | Self::Accreditation(_)
            | Self::AgencyEnd(_)
            | Self::RootRotation(_)
            | Self::Field(_)
            | Self::FieldDecision(_)
            | Self::DeviceSuspend(_)
            | Self::Agency(_)
            | Self::Official(_)
            | Self::Seat(_)
            | Self::RoleRevoke(_)
            | Self::Ticket(_)
            | Self::DeviceRevoke(_)
            | Self::AccreditationEnd(_)
            | Self::FocalUnit(_)
            | Self::FocalReceipt(_)
            | Self::OfficialEnd(_)
            | Self::AppointmentEnd(_) => None,
        }
    }

    /// Whether it is a power over the whole country's system: its two persons are of two agencies, and neither appointed or
    /// enrolled the other, directly or through others.
    #[must_use]
    pub const fn is_national(&self) -> bool {
        match self {
            Self::RoleGrant(fact) => fact.scope.is_none(),
            Self::PolicyChange(_) | Self::Accreditation(_) | Self::AgencyEnd(_) => true,
            Self::Field(_) | Self::FieldDecision(_) => self.needs_two_persons(),
            Self::Agency(_)
            | Self::Official(_)
            | Self::Seat(_)
            | Self::SeatAppoint(_)
            | Self::RoleRevoke(_)
            | Self::Ticket(_)
            | Self::DeviceEnrol(_)
            | Self::DeviceRevoke(_)
            | Self::AccreditationEnd(_)
            | Self::FocalUnit(_)
            | Self::FocalReceipt(_)
            | Self::OfficialEnd(_)
            | Self::RootRotation(_)
            | Self::DeviceSuspend(_)
            | Self::AppointmentEnd(_)
            | Self::NameErasure(_) => false,
        }
    }

    /// Whether it gives somebody a right or an ability to read: clients wait for its quorum (docs/protocol.md chapter 8).
    #[must_use]
    pub const fn raises_rights(&self) -> bool {
        match self {
            Self::SeatAppoint(_)
            | Self::RoleGrant(_)
            | Self::DeviceEnrol(_)
            | Self::PolicyChange(_)
            | Self::Accreditation(_)
            | Self::RootRotation(_) => true,
            Self::Field(_) | Self::FieldDecision(_) | Self::DeviceSuspend(_) => {
                self.needs_two_persons()
            }
            Self::Agency(_)
            | Self::Official(_)
            | Self::Seat(_)
            | Self::RoleRevoke(_)
            | Self::Ticket(_)
            | Self::DeviceRevoke(_)
            | Self::AccreditationEnd(_)
            | Self::FocalUnit(_)
            | Self::FocalReceipt(_)
            | Self::AgencyEnd(_)
            | Self::OfficialEnd(_)
            | Self::AppointmentEnd(_)
            | Self::NameErasure(_) => false,
        }
    }

    /// The agency whose administrator may make it; none where only a national administrator may.
    #[must_use]
    pub fn agency(&self) -> Option<AgencyId> {
        match self {
            Self::Agency(_)
            | Self::RoleGrant(_)
            | Self::RoleRevoke(_)
            | Self::DeviceRevoke(_)
            | Self::PolicyChange(_)
            | Self::Accreditation(_)
            | Self::AccreditationEnd(_)
            | Self::Field(_)
            | Self::FieldDecision(_)
            | Self::AgencyEnd(_)
            | Self::RootRotation(_)
            | Self::DeviceSuspend(_)
            | Self::NameErasure(_) => None,
            Self::FocalUnit(fact) => Some(fact.agency.clone()),
            Self::FocalReceipt(fact) => Some(fact.seat.agency()),
            Self::OfficialEnd(fact) => Some(fact.official.agency()),
            Self::AppointmentEnd(fact) => Some(fact.seat.agency()),
            Self::Official(fact) => Some(fact.id.agency()),
            Self::Seat(fact) => Some(fact.id.agency()),
            Self::SeatAppoint(fact) => Some(fact.seat.agency()),
            Self::Ticket(fact) => Some(fact.official.agency()),
            Self::DeviceEnrol(fact) => Some(fact.official.agency()),
        }
    }
}

/// What a ticket statement carries of a one-time code: `H("thamvan/code/v1" || code)`.
#[must_use]
pub fn code_hash(code: &str) -> Hash {
    crate::entry::sha256(&[b"thamvan/code/v1".as_slice(), code.as_bytes()].concat())
}

/// Bytes of an X-Wing public key.
pub const SEALING_KEY_LEN: usize = 1216;
