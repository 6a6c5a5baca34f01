import { describe, expect, it } from 'vitest';
import { Heights } from '../src/lib/heights';
import { merged, rows, unsettled } from '../src/lib/items';
import type { Item } from '../src/lib/types';

function item(seq: number | null, facts: Partial<Item> = {}): Item {
  return {
    entry: seq === null ? null : `c/${seq}`, index: seq, seq, time_ms: seq === null ? null : seq * 1000,
    sender: { official: 'lan@mofa', agency: 'mofa', device: 'd' }, type: 'message', label: 'internal', text: `${seq}`, attachments: [],
    state: seq === null ? 'queued' : 'witnessed', ...facts,
  };
}

describe('heights', () => {
  it('find the row at every height, after any change', () => {
    const heights = new Heights(10);
    heights.resize(10_000);
    expect(heights.total).toBe(100_000);
    heights.set(3, 50);
    heights.set(9_999, 100);
    expect(heights.set(3, 50)).toBe(0);
    heights.resize(10_001);
    expect(heights.total).toBe(100_000 + 40 + 90 + 10);
    for (let i = 0; i < heights.count; i += 7) {
      expect(heights.at(heights.offset(i))).toBe(i);
      expect(heights.at(heights.offset(i + 1) - 1)).toBe(i);
    }
    expect(heights.at(1e9)).toBe(10_000);
    heights.resize(2);
    expect(heights.total).toBe(20);
    heights.resize(0);
    expect([heights.total, heights.at(5)]).toEqual([0, 0]);
  });
});

describe('items', () => {
  it('are read again from the first that may still be witnessed', () => {
    expect(unsettled([])).toBe(0);
    expect(unsettled([item(4), item(7)])).toBe(8);
    expect(unsettled([item(4), item(7, { state: 'logged' }), item(8), item(null)])).toBe(7);
    // What is refused stays refused.
    expect(unsettled([item(4, { state: 'refused' })])).toBe(5);
  });

  it('take the place of what was read before; what waits stands last and leaves when it is logged', () => {
    const before = [item(1), item(2, { state: 'logged' }), item(null)];
    const after = merged(before, [item(2), item(3, { state: 'logged' })], 2);
    expect(after.map((one) => [one.seq, one.state])).toEqual([[1, 'witnessed'], [2, 'witnessed'], [3, 'logged']]);
    expect(merged(after, [item(null), item(3)], 3).at(-1)?.state).toBe('queued');
  });

  it('show the day where it changes in Hà Nội, and a gap once where a run of unreadable items begins', () => {
    const evening = Date.parse('2026-11-26T16:59:00Z');
    const night = Date.parse('2026-11-26T17:01:00Z');
    const shown = rows([
      item(1, { time_ms: evening, text: null }),
      item(2, { time_ms: evening, text: null }),
      item(3, { time_ms: night }),
      item(4, { time_ms: night, text: null, attachments: [{ n: 0, name: 'a', size: 1, sha256: '' }] }),
    ]);
    expect(shown.map((row) => row.day)).toEqual([evening, null, night, null]);
    expect(shown.map((row) => row.gap)).toEqual([true, false, false, false]);
  });
});
