import { describe, expect, it } from 'vitest';
import { fromWords, left, moment, span } from '../src/lib/time';

const at = (text: string) => Date.parse(text);

describe('how long something took', () => {
  it('counts a begun minute, in the unit that a person needs', () => {
    expect(span(1)).toEqual({ kind: 'minutes', days: 0, hours: 0, minutes: 1 });
    expect(span(59 * 60_000 + 1)).toEqual({ kind: 'hours', days: 0, hours: 1, minutes: 0 });
    expect(span(26 * 3_600_000)).toEqual({ kind: 'days', days: 1, hours: 2, minutes: 0 });
    expect(span(-5).minutes).toBe(0);
  });
});

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
    expect(fromWords('23:30', '26/11/2026')).toBe('2026-11-26T23:30:00+07:00');
    expect(fromWords(' 7h05 ', '1.2.2027')).toBe('2027-02-01T07:05:00+07:00');
    for (const [time, date] of [['', '26/11/2026'], ['23:30', ''], ['24:30', '26/11/2026'], ['9:5', '26/11/2026'], ['09:05', '31/02/2026'], ['09:05', '11/26/2026'], ['09:05', '2026-11-26'], ['mai', 'mốt']]) {
      expect(fromWords(time ?? '', date ?? ''), `${time} ${date}`).toBeNull();
    }
  });
});
