// Every act of the page: which verb it is, and its arguments. actions.json is the whole list; nothing else may run a verb.
import actions from '../actions.json';
import { verb } from './api';
import { outgoing } from './compose';
import type { Place } from './draft.svelte';
import { letterArguments, type LetterInput } from './letter';
import type {
  Agency,
  Appointment,
  Capacity,
  Channel,
  Consultation,
  DirectoryOfficial,
  DirectorySeat,
  Disclosed,
  Draft,
  Explanation,
  Exported,
  FocalChange,
  Instrument,
  Item,
  Label,
  Outgoing,
  Position,
  ReminderSettings,
  RecordPreview,
  SeatRole,
  Status,
  Template,
  Urgency,
  Why,
} from './types';

const VERBS = new Map(actions.map((one) => [one.action, one.cli.split(' ')]));

function run<T>(action: string, args: string[] = []): Promise<T> {
  const words = VERBS.get(action);
  if (!words) throw new Error(`no verb for ${action}`);
  return verb<T>([...words, ...args]);
}

export interface Logged {
  id?: string;
  entry?: string;
}

const attached = (uploads: string[]) => uploads.map((id) => `--attach=upload:${id}`);

export const channels = () => run<Channel[]>('list-channels');
export const channel = (id: string) => run<Channel>('show-channel', [id]);
export const explain = (official: string, id: string) => run<Explanation>('explain-reader', [official, id]);
/** Why an entry may be trusted. */
export const why = (entry: string) => run<Why>('explain-entry', [entry]);
export const agencies = () => run<Agency[]>('list-agencies');
export const templates = () => run<Template[]>('list-templates');
/** Takes note of a change of a focal unit, which is logged; gives all changes. */
export const noteFocal = (change: number) => run<FocalChange[]>('note-focal', [`--ack=${change}`]);
export const seats = () => run<DirectorySeat[]>('list-seats');
export const officials = () => run<DirectoryOfficial[]>('list-officials');
/** Proposes who holds a seat; it holds once a second person has confirmed it. `until`: RFC 3339. */
export const appoint = (seat: string, official: string, it: { role: SeatRole; speaks: boolean; until: string | null }) =>
  run<Logged>('appoint', [seat, official, `--as=${it.role}`, ...(it.speaks ? ['--speak-for'] : []), ...(it.until ? [`--until=${it.until}`] : [])]);
export const endAppointment = (seat: string, official: string, reason: string) => run<Logged>('end-appointment', [seat, official, `--reason=${outgoing(reason)}`]);
/** What waits for a second person; of all that can be proposed, a page shows and confirms appointments alone. */
export const appointments = () => run<Appointment[]>('list-proposals').then((all) => all.filter((one) => 'seat' in one.statement));
export const confirmAppointment = (proposal: string) => run<Logged>('confirm-appointment', [proposal]);
/** Makes an official a member of a channel; with `brief` the open questions are handed to them. */
export const addToChannel = (id: string, official: string, history: 'brief' | 'nothing', reason: string) =>
  run<unknown>('add-member', [id, official, `--history=${history}`, `--reason=${outgoing(reason)}`]);
export const status = () => run<Status>('show-status');
export const devices = () => run<{ device: string; name: string; this: boolean }[]>('list-devices');

export const read = (id: string, since: number) => run<Item[]>('read-channel', [id, `--since=${since}`]);
export const drafts = () => run<Draft[]>('list-drafts');
export const keepDraft = (place: Place, text: string) =>
  'channel' in place ? run<unknown>('send-message', [place.channel, '--draft', '--', text]) : run<unknown>('keep-draft', ['--', place.name, text]);
export const dropDraft = (place: Place) => run<unknown>('drop-draft', ['channel' in place ? place.channel : place.name]);
export const outbox = () => run<Outgoing[]>('list-outbox');
export const dropOutgoing = (id: number) => run<unknown>('drop-outgoing', [String(id)]);

export function send(id: string, message: { text: string; uploads: string[]; label: Label | null; reply: string | null }) {
  const text = outgoing(message.text);
  return run<Item>('send-message', [
    id,
    ...attached(message.uploads),
    ...(message.label ? [`--label=${message.label}`] : []),
    ...(message.reply ? [`--reply=${message.reply}`] : []),
    ...(text ? ['--', text] : []),
  ]);
}

/** Opens one part of an entry to one auditor; it is logged, and the file that proves it waits as an upload does. */
export const disclose = (entry: string, part: number, auditor: string, reason: string) =>
  run<Disclosed>('disclose', [entry, `--part=${part}`, `--to=${auditor}`, `--reason=${outgoing(reason)}`]);

/** A document of the record on the screen; nothing leaves the device. */
export const previewRecord = (id: string, document: string) => run<RecordPreview>('preview-record', [id, `--document=${document}`]);
/** Makes the documents and their evidence; that they leave the device is logged with the reason. */
export const exportRecord = (id: string, reason: string) => run<Exported>('export-record', [id, `--reason=${outgoing(reason)}`]);

export const consultations = () => run<Consultation[]>('list-consultations');
/** Shows a consultation; that a person has seen it is logged. */
export const consultation = (id: string) => run<Consultation>('show-consultation', [id]);
export const acknowledge = (id: string) => run<Logged>('acknowledge', [id]);
export const remind = (id: string) => run<Logged>('remind', [id]);

export const reminderSettings = () => run<ReminderSettings>('show-reminders');
export const setReminders = (it: ReminderSettings) =>
  run<ReminderSettings>('set-reminders', [`--quiet=${it.quiet ?? 'none'}`, `--quiet-days=${it.quiet_days ? 'on' : 'off'}`, `--auto=${it.auto ? 'on' : 'off'}`]);

export function answer(
  id: string,
  opinion: { position: Position; capacity: Capacity; text: string; uploads: string[]; actingFor: string | null },
) {
  const text = outgoing(opinion.text);
  return run<Logged>('answer', [
    id,
    `--position=${opinion.position}`,
    `--capacity=${opinion.capacity}`,
    ...(text ? [`--text=${text}`] : []),
    ...attached(opinion.uploads),
    ...(opinion.actingFor ? [`--acting-for=${opinion.actingFor}`] : []),
  ]);
}

export const postpone = (action: 'extend' | 'reopen', id: string, deadline: string, reason: string) =>
  run<Logged>(action, [id, `--deadline=${deadline}`, `--reason=${outgoing(reason)}`]);

export const revise = (id: string, question: string, deadline: string, reason: string) =>
  run<Logged>('revise', [
    id,
    `--question=${outgoing(question)}`,
    `--deadline=${deadline}`,
    `--reason=${outgoing(reason)}`,
  ]);

export const conclude = (id: string, text: string) => run<Logged>('conclude', [id, `--conclusion=${outgoing(text)}`]);
export const withdraw = (id: string, reason: string) => run<Logged>('withdraw', [id, `--reason=${outgoing(reason)}`]);

export const recordLetter = (id: string, letter: LetterInput) => run<Logged>('record-letter', [id, ...letterArguments(letter)]);

export interface Opening {
  channel: string;
  template: string;
  field: string | null;
  pillar: string | null;
  instrument: Instrument | null;
  letter: LetterInput;
  title: string;
  question: string;
  reason: string;
  urgency: Urgency;
  deadline: string;
  to: string[];
  tell: string[];
  label: Label | null;
  uploads: string[];
}

/** Opens a consultation, a notice or a request: the template says which. The person has attested on the form that it holds no state secret (S7). */
export const open = (it: Opening) =>
  run<Logged>('open-consultation', [
    it.channel,
    `--template=${it.template}`,
    ...(it.field ? [`--field=${it.field}`] : []),
    ...(it.pillar ? [`--pillar=${it.pillar}`] : []),
    ...(it.instrument ? [`--instrument=${it.instrument}`] : []),
    ...letterArguments(it.letter),
    `--title=${outgoing(it.title)}`,
    `--question=${outgoing(it.question)}`,
    `--reason=${outgoing(it.reason)}`,
    `--urgency=${it.urgency}`,
    `--deadline=${it.deadline}`,
    `--to=${it.to.join(',')}`,
    ...(it.tell.length > 0 ? [`--tell=${it.tell.join(',')}`] : []),
    ...(it.label ? [`--label=${it.label}`] : []),
    ...attached(it.uploads),
    '--attest',
  ]);
