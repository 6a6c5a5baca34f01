// The documents of the engine's verbs, as `--json` gives them. Fields that an older engine may lack are optional.

export type Label = 'public' | 'internal' | 'restricted' | 'mat' | 'toi_mat' | 'tuyet_mat';
export type Urgency = 'normal' | 'khan' | 'thuong_khan' | 'hoa_toc';
export type Position = 'agree' | 'agree_with_comments' | 'disagree' | 'no_opinion' | 'information';
/** What comes of a template: opinions, receipts, or information that is provided. */
export type Form = 'consultation' | 'notice' | 'request';
export type Capacity = 'agency' | 'unit' | 'personal';
export type ConsultationState =
  | 'draft'
  | 'collecting'
  | 'overdue'
  | 'complete'
  | 'concluded'
  | 'archived'
  | 'withdrawn';
export type Instrument = 'treaty' | 'agreement' | 'asean_name';
export type LetterStatus = 'none' | 'will_follow' | 'sent';
export type ItemState = 'queued' | 'logged' | 'witnessed' | 'refused';

export interface Refusal {
  code: string;
  rule?: string | null;
  article?: string | null;
  message: string;
  hint?: string | null;
}

/** The document of `/api/state`. What belongs to the person is null while the home is locked. */
export interface Home {
  home: string;
  official: string | null;
  agency: string | null;
  agency_name: string | null;
  agency_name_en: string | null;
  /** The seats that this official holds now. */
  seats: { seat: string; role: string; speaks: boolean }[];
  /** What ids stand for, in the language of the home. */
  names: { agencies?: Record<string, string>; fields?: Record<string, string>; seats?: Record<string, string> };
  /** Whether the official is an auditor, nationally or for some agency. */
  auditor: boolean;
  /** Whether `/report` shows the report of an audit. */
  report: boolean;
  device: string | null;
  lang: 'vi' | 'en';
  locked: boolean;
  connection: 'online' | 'offline' | 'refused';
  offline_since_ms: number | null;
  problem: Refusal | null;
  now_ms: number;
  quorum: string;
  queued: number;
  /** Whether it is quiet now: only "hỏa tốc" is told. */
  quiet?: boolean;
  ceiling: Label | null;
  version: string;
}

/** What the engine reminds of: an answer is awaited of mine, the same marked "hỏa tốc", or others are silent in what I lead. */
export type ReminderOf = 'waits' | 'urgent' | 'silent';

/** How a home wants to be reminded; nothing in it silences "hỏa tốc". */
export interface ReminderSettings {
  quiet: string | null;
  quiet_days: boolean;
  auto: boolean;
}

export interface Agency {
  agency: string;
  kind: string;
  name_vi: string;
  name_en: string;
}

export interface Attachment {
  n: number;
  name: string;
  size: number;
  sha256: string;
}

export interface Item {
  entry: string | null;
  index: number | null;
  seq: number | null;
  time_ms: number | null;
  sender: { official: string | null; agency: string | null; device: string };
  type: string;
  label: Label;
  text: string | null;
  position?: Position | null;
  reply?: string | null;
  attachments: Attachment[];
  parts?: { n: number; role: string; size: number }[];
  state: ItemState;
  fault?: string | null;
  held?: boolean;
  /** Its content is gone from this device: the channel keeps chat for some days alone. */
  erased?: boolean;
  outbox?: number | null;
}

export interface Seat {
  agency: string;
  agency_name?: string | null;
  agency_name_en?: string | null;
  seat: string;
  delivered: string | null;
  viewed: string | null;
  acknowledged: string | null;
  answered: string | null;
  delivered_ms?: number | null;
  viewed_ms?: number | null;
  acknowledged_ms?: number | null;
  answered_ms?: number | null;
  late: boolean;
  position: Position | null;
  text?: string | null;
  by?: string | null;
  as?: string | null;
  revision: number;
  in_channel?: boolean;
}

export interface TimelineEvent {
  entry: string;
  time_ms: number;
  type: string;
  official: string;
  seat: string;
  capacity?: Capacity | null;
  deadline_ms?: number | null;
  late?: boolean;
  position?: Position | null;
  text?: string | null;
  attachments?: Attachment[];
  fault?: string | null;
}

export interface Conclusion {
  entry: string;
  text: string | null;
  counted: string[];
  dissent: { seat: string; text: string }[];
  fault?: string | null;
}

export interface Consultation {
  id: string;
  channel: string;
  template: string | null;
  form?: Form;
  field?: string | null;
  /** A pillar, or `acc`. */
  pillar?: string | null;
  instrument?: Instrument | null;
  letter?: { status: LetterStatus; number: string; dossier: string | null } | null;
  /** The time that the law sets for an answer in writing; `verified`: whether the number was read in the law. */
  statutory?: { days: number | null; working: boolean; law: string; verified: boolean; last_day: string | null } | null;
  /** It is concluded, and the letter that was to follow has not been recorded. */
  follow_up?: boolean;
  title: string | null;
  question: string | null;
  reason: string | null;
  label: Label;
  urgency: Urgency;
  deadline_ms: number;
  state: ConsultationState;
  lead: string;
  opened_ms?: number;
  attested?: string | null;
  agencies: Seat[];
  told: Seat[];
  conclusion: Conclusion | null;
  timeline: TimelineEvent[];
  /** Seats of mine that have been asked and have not answered. */
  waiting: string[];
  /** Whether a seat of mine asked. */
  leads: boolean;
  /** The verbs that would be allowed to this official now: ack, answer, remind, extend, reopen, revise, conclude, withdraw, letter, archive. */
  allowed: string[];
  /** In which capacities this official may answer. */
  capacities: Capacity[];
  /** The seat that has to be named in an answer of its deputy. */
  acting_for: string | null;
  /** When I am told next, and when this device reminds by itself who is silent. */
  reminder?: { next_ms: number | null; sends_ms: number | null };
}

export interface Device {
  device: string;
  name: string;
  in_group: boolean;
  witnessed: boolean;
  enrolled_by: string[] | null;
  root_keys?: boolean;
}

export interface Channel {
  channel: string;
  name: string | null;
  purpose: string | null;
  state: 'founded' | 'approved' | 'open' | 'started' | 'closed';
  founder: string | null;
  scope: { kind: string; id: string; name: string } | null;
  founded_by?: string | null;
  approved_by?: string | null;
  provisioned_by?: string | null;
  closed_by?: string | null;
  label: Label | null;
  agencies: string[] | null;
  review_ms?: number | null;
  members: string[];
  devices: string[];
  generation?: number | null;
  epoch?: number | null;
  rejected?: { device: string; official: string; rejected_by: string[]; out: boolean }[];
  size: number;
  unread: number;
  /** Whether this official is a member no more. */
  left: boolean;
  may_send: boolean;
  may_open: boolean;
  /** Seats that can be asked or told. */
  askable: { seat: string; agency: string }[];
  /** Who of my agency holds a seat and is not in it; with what of earlier content I may add them, null where `adders` do. */
  absent?: { official: string; history: 'brief' | 'nothing' | null }[];
  adders?: string[];
  people?: { official: string; devices: Device[] }[];
  /** To whom a part of what was said may be disclosed. */
  auditors?: string[];
  void?: { seq: number; why: string }[];
}

/** `disclose`: what was logged, and the file that proves it. */
export interface Disclosed {
  entry: string;
  file: string;
  upload: string;
}

/** A paragraph of a document of the record; a rule where it says nothing. */
export interface PreviewLine {
  spans: { text: string; bold: boolean; italic: boolean }[];
  centred: boolean;
  heading: boolean;
  boxed: boolean;
}

/** A document of the record, as it is set on paper. */
export interface RecordPreview {
  document: string;
  /** All that there are. */
  documents: string[];
  title: string;
  blocks: ({ line: PreviewLine } | { ruled: boolean; headers: number; rows: PreviewLine[][][] })[];
  footer: PreviewLine[];
}

/** What was made to be taken away; each waits as an upload does. */
export interface Exported {
  files: { file: string; sha256: string; size: number; upload: string }[];
}

/** What a template can be about, and the agencies that it must ask then. */
export interface Scope {
  id: string;
  name: string;
  mandatory: string[];
}

export interface Template {
  id: string;
  name: string;
  article: string;
  form?: Form;
  /** Whether the National Secretariat must be asked or told, whoever else is. */
  secretariat?: boolean;
  /** The kind of field that it is about, where it is about one. */
  field: string | null;
  /** The kinds of what it is about. */
  about: string[];
  /** Of which it prepares one; where there are none, it may prepare any or none. */
  instruments: Instrument[];
  may_open: boolean;
  fields: Scope[];
  pillars: Scope[];
  /** Whom it asks where it is about nothing. */
  mandatory: string[];
}

/** `explain ENTRY`: why an entry may be trusted. */
export interface Why {
  entry: string;
  index: number;
  record: string;
  time_ms: number;
  sender: { official: string | null; device: string; device_name: string | null; live: boolean };
  enrolment: { entry: string | null; signers: string[] | null; root_keys: boolean; witnessed: boolean };
  inclusion: { tree_size: number; root: string } | null;
  content: 'opens' | 'refused' | 'unreadable';
  witnessed: boolean;
  witnesses: Witnesses;
}

export interface Witnesses {
  quorum: string;
  size: number | null;
  time_ms: number | null;
  as_of_ms: number | null;
  cosigners: { name: string; time_ms: number }[];
  time_conflict: number | null;
}

export interface Ground {
  entry: string;
  record: string;
  time_ms: number;
  kind: string;
  about: string | null;
  signers: string[];
  root_keys: boolean;
  until_ms: number | null;
  ended: boolean;
}

export interface Explanation {
  official: string;
  channel: string;
  reads: boolean;
  devices: string[];
  reads_records: boolean;
  obstacles: string[];
  grounds: Ground[];
}

export interface Status {
  device: string;
  official: string;
  agency: string;
  state: string;
  server: string;
  log_origin: string;
  genesis: string;
  tree_size: number | null;
  root: string | null;
  witnessed: Witnesses;
  ceiling: Label;
  queued: number;
  restored: boolean;
  joined: { channel: string; device: string; official: string; time_ms: number }[];
  focal_gaps?: { agency: string; missing: SeatRole[] }[];
  focal_changes?: FocalChange[];
  due?: Duty[];
}

export type SeatRole = 'primary' | 'deputy' | 'acting';

/** A change of a focal unit (Article 19(1)) in the last 30 days. */
export interface FocalChange {
  seq: number;
  time_ms: number;
  seat: string;
  official: string | null;
  event: 'named' | 'appointed' | 'ended';
  /** Of the own agency. */
  own: boolean;
  /** Seats that have taken note of it. */
  receipts: string[];
  /** The seat at which this official has still to take note of it. */
  waiting: string | null;
}

/** What an agency has to do by a day. */
export interface Duty {
  duty: string;
  article: string;
  owner: string | null;
  seat: string | null;
  last_day: string;
  due_ms: number;
  unarchived: { id: string; channel: string; ended_ms: number }[];
}

/** A seat of the directory with its holders, as far as this official may know them. */
export interface DirectorySeat {
  seat: string;
  purpose: string;
  /** Whether it is the focal unit of its agency. */
  focal: boolean;
  missing: SeatRole[];
  holders: { official: string; as: SeatRole; speak_for: boolean; from_ms?: number; until_ms: number | null }[];
  /** What I may do with it now. */
  allowed: ('appoint' | 'end')[];
  /** Who may otherwise, and who may be the second person. */
  administrators: string[];
  approvers: string[];
}

/** An official of the directory, with how many live devices. */
export interface DirectoryOfficial {
  official: string;
  devices: number;
}

/** An appointment to a seat that waits for a second person. */
export interface Appointment {
  proposal: string;
  proposed_by: string;
  expires_ms: number;
  statement: { seat: string; official: string; as: SeatRole; speak_for: boolean; from_ms: number; until_ms: number | null };
  /** Whether I may be the second person, and who may. */
  allowed: 'approve'[];
  approvers: string[];
}

export interface Draft {
  channel: string | null;
  name: string | null;
  text: string;
  kept_ms: number;
}

export interface Outgoing {
  id: number;
  channel: string;
  type: string;
  /** The consultation that it is an act of. */
  consultation: string | null;
  text: string | null;
  state: 'queued' | 'sent' | 'refused';
  fault?: string | null;
}
