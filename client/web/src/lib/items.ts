// The items of a channel as they come in. Pure.
import type { Item } from './types';

/** How far back records are read again to learn whether they have been witnessed. */
const LOOK_BACK = 200;

/** The first record whose state may still change: from there on the channel is read again. */
export function unsettled(items: Item[]): number {
  const first = items.slice(-LOOK_BACK).find((item) => item.seq !== null && item.state === 'logged');
  if (first?.seq != null) return first.seq;
  for (let i = items.length - 1; i >= 0; i--) {
    const seq = items[i]?.seq;
    if (seq != null) return seq + 1;
  }
  return 0;
}

/** What was read from `since` on takes the place of what was there from `since` on; what only waits here stands last. */
export function merged(known: Item[], read: Item[], since: number): Item[] {
  const kept = known.filter((item) => item.seq !== null && item.seq < since);
  const logged = read.filter((item) => item.seq !== null);
  const waiting = read.filter((item) => item.seq === null);
  return [...kept, ...logged, ...waiting];
}

export interface Row {
  key: string;
  item: Item;
  /** The moment of the first item of a day in Hà Nội; null for all others. */
  day: number | null;
  /** Before it stand records that this device cannot read. */
  gap: boolean;
}

const DAY_MS = 86_400_000;
const HA_NOI_MS = 7 * 3_600_000;
const dayOf = (ms: number) => Math.floor((ms + HA_NOI_MS) / DAY_MS);

/** Rows for the screen: one per item, with the day where it changes, and where a run of items without a key begins. */
export function rows(items: Item[]): Row[] {
  let last: number | null = null;
  let unread = false;
  return items.map((item, place) => {
    const at = item.time_ms === null ? null : dayOf(item.time_ms);
    const first = at !== null && at !== last;
    if (at !== null) last = at;
    const hidden = item.type === 'message' && item.text === null && item.attachments.length === 0 && item.state !== 'refused' && !item.held && !item.erased;
    const gap = hidden && !unread;
    unread = hidden;
    return {
      key: item.entry ?? `waiting-${item.outbox ?? place}`,
      item,
      day: first ? item.time_ms : null,
      gap,
    };
  });
}

const DISCLOSABLE = new Set(['text', 'title', 'opinion_value', 'opinion_text', 'attachment', 'reason', 'question', 'conclusion', 'dissent']);

/** The parts of an item that a member can open to an auditor: what somebody said, not what belongs to the machinery. */
export function disclosable(item: Item): { n: number; role: string; size: number }[] {
  return item.seq === null || item.held || item.erased || item.state === 'refused' ? [] : (item.parts ?? []).filter((part) => DISCLOSABLE.has(part.role));
}
