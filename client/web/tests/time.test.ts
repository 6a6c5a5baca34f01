import { describe, expect, it } from 'vitest';
import { fromField, left, moment, toField } from '../src/lib/time';

const at = (text: string) => Date.parse(text);

describe('deadlines', () => {
  it('count down in the unit that matters, and are over at their very moment', () => {
    const deadline = at('2026-11-26T17:00:00+07:00');
    const before = (ms: number) => left(deadline, deadline - ms).kind;
    expect(before(86_400_000)).toBe('days');
    expect(before(86_400_000 - 1)).toBe('hours');
    expect(before(3_600_000 - 1)).toBe('minutes');
    expect(before(60_000 - 1)).toBe('seconds');
    expect(before(1)).toBe('seconds');
    expect(before(0)).toBe('over');
    expect(left(deadline, deadline + 3_900_000)).toMatchObject({ kind: 'over', hours: 1, minutes: 5 });
  });

  it('are shown and read in Hà Nội time, whatever the zone of the device', () => {
    const late = at('2026-11-26T16:30:00Z');
    expect(moment(late)).toBe('23:30 26/11/2026');
    expect(moment(late, at('2026-11-26T01:00:00Z'))).toBe('23:30');
    expect(moment(late, at('2026-11-26T17:30:00Z'))).toBe('23:30 26/11/2026');
    expect(toField(late)).toBe('2026-11-26T23:30');
    expect(fromField('2026-11-26T23:30')).toBe('2026-11-26T23:30:00+07:00');
    expect(at(fromField(toField(late)) ?? '')).toBe(late);
    for (const wrong of ['', '2026-11-26', '2026-13-26T23:30', 'mai']) expect(fromField(wrong)).toBeNull();
  });
});
