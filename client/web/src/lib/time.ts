// Times on the screen: always Hà Nội time with its zone, always counted from log time (never from the clock of this device alone).

export const ZONE = 'Asia/Ho_Chi_Minh';
const OFFSET = '+07:00';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Left =
  | { kind: 'over'; days: number; hours: number; minutes: number }
  | { kind: 'days' | 'hours' | 'minutes' | 'seconds'; days: number; hours: number; minutes: number; seconds: number };

/** What is left until `deadline` (ms), in the unit that a person needs; seconds only in the last minute. */
export function left(deadline: number, now: number): Left {
  const difference = deadline - now;
  const size = Math.abs(difference);
  const days = Math.floor(size / DAY);
  const hours = Math.floor((size % DAY) / HOUR);
  const minutes = Math.floor((size % HOUR) / MINUTE);
  if (difference <= 0) return { kind: 'over', days, hours, minutes };
  const seconds = Math.floor((size % MINUTE) / 1000);
  const kind = days > 0 ? 'days' : hours > 0 ? 'hours' : minutes > 0 ? 'minutes' : 'seconds';
  return { kind, days, hours, minutes, seconds };
}

/** How long something took (ms), in the unit that a person needs; a begun minute counts. */
export function span(ms: number): { kind: 'days' | 'hours' | 'minutes'; days: number; hours: number; minutes: number } {
  const size = Math.ceil(Math.max(0, ms) / MINUTE) * MINUTE;
  const days = Math.floor(size / DAY);
  const hours = Math.floor((size % DAY) / HOUR);
  return { kind: days > 0 ? 'days' : hours > 0 ? 'hours' : 'minutes', days, hours, minutes: Math.floor((size % HOUR) / MINUTE) };
}

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  hour: '2-digit',
  minute: '2-digit',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hourCycle: 'h23',
});

function fields(ms: number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(ms).map((part) => [part.type, part.value]));
}

/** `17:05`. */
export function clock(ms: number): string {
  const at = fields(ms);
  return `${at['hour']}:${at['minute']}`;
}

/** `26/11/2026`. */
export function day(ms: number): string {
  const at = fields(ms);
  return `${at['day']}/${at['month']}/${at['year']}`;
}

/** `17:05 26/11/2026`, or only `17:05` on the day that `now` is. */
export function moment(ms: number, now?: number): string {
  return now !== undefined && day(ms) === day(now) ? clock(ms) : `${clock(ms)} ${day(ms)}`;
}

/** The RFC 3339 moment of `17:05` and `26/11/2026` as typed, in Hà Nội whatever the zone of the device; null where there is no such moment. */
export function fromWords(time: string, date: string): string | null {
  const at = /^(\d{1,2})[:h](\d{2})$/.exec(time.trim());
  const on = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(date.trim());
  if (!at || !on) return null;
  const two = (digits: string | undefined) => (digits ?? '').padStart(2, '0');
  const written = `${on[3]}-${two(on[2])}-${two(on[1])}T${two(at[1])}:${two(at[2])}:00${OFFSET}`;
  const ms = Date.parse(written);
  // 31/02 or 24:30 is no moment, though some parsers make one of it.
  return !Number.isNaN(ms) && clock(ms) === `${two(at[1])}:${two(at[2])}` && day(ms) === `${two(on[1])}/${two(on[2])}/${on[3]}` ? written : null;
}
