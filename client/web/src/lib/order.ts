// What waits, in the order in which a tired person must see it. Pure.
import type { Channel, Consultation, Form, Home, Seat, Urgency } from './types';

const RANK: Record<Urgency, number> = { hoa_toc: 0, thuong_khan: 1, khan: 2, normal: 3 };

/** By urgency, then by time left, then by id, so that the order never flickers. */
export function byUrgency(a: Consultation, b: Consultation): number {
  return (
    RANK[a.urgency] - RANK[b.urgency] ||
    a.deadline_ms - b.deadline_ms ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

export function formOf(one: { form?: Form }): Form {
  return one.form ?? 'consultation';
}

/** A consultation ends with its conclusion; a notice or a request with the last one who was asked. */
export function isOpen(one: Consultation): boolean {
  return one.state === 'collecting' || one.state === 'overdue' || (one.state === 'complete' && formOf(one) === 'consultation');
}

/** Whether a seat has done what it was asked: acknowledged a notice, answered anything else. */
export function hasDone(one: Consultation, seat: Seat): boolean {
  return (formOf(one) === 'notice' ? seat.acknowledged : seat.answered) !== null;
}

export function isMine(home: Home, seat: string): boolean {
  return home.seats.some((mine) => mine.seat === seat);
}

/** The seat of mine that is asked, if one is. */
export function mySeat(home: Home, one: Consultation): Seat | undefined {
  return one.agencies.find((seat) => isMine(home, seat.seat));
}

/** The four lists of the first page; each consultation stands in exactly one. */
export function sorted(all: Consultation[]) {
  const lists = { waiting: [] as Consultation[], leading: [] as Consultation[], following: [] as Consultation[], ended: [] as Consultation[] };
  for (const one of [...all].sort(byUrgency)) {
    if (one.waiting.length > 0) lists.waiting.push(one);
    else if (isOpen(one) && one.leads) lists.leading.push(one);
    else if (isOpen(one)) lists.following.push(one);
    else lists.ended.push(one);
  }
  lists.ended.sort((a, b) => b.deadline_ms - a.deadline_ms);
  return lists;
}

const KINDS = ['coordinating', 'pillar', 'designated', 'cross_sector', 'cross_pillar'];
const PILLARS = ['apsc', 'aec', 'ascc'];

export interface Branch {
  key: string;
  kind: string;
  name: string | null;
  channels: Channel[];
}

/** The tree: coordinating council, pillars in the order of Article 3, designated, cross-sector, cross-pillar fields. */
export function tree(channels: Channel[]): Branch[] {
  const branches = new Map<string, Branch>();
  for (const channel of channels) {
    const kind = channel.scope?.kind ?? 'none';
    const key = `${kind}:${channel.scope?.id ?? ''}`;
    const branch = branches.get(key) ?? { key, kind, name: channel.scope?.name ?? null, channels: [] };
    branch.channels.push(channel);
    branches.set(key, branch);
  }
  const place = (branch: Branch) => {
    const kind = KINDS.indexOf(branch.kind);
    const pillar = PILLARS.indexOf(branch.key.split(':')[1] ?? '');
    return (kind < 0 ? KINDS.length : kind) * 10 + (pillar < 0 ? 9 : pillar);
  };
  const ordered = [...branches.values()].sort((a, b) => place(a) - place(b) || (a.key < b.key ? -1 : 1));
  for (const branch of ordered) {
    branch.channels.sort((a, b) => (a.name ?? '').localeCompare(b.name ?? '', 'vi'));
  }
  return ordered;
}
