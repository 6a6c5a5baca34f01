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

/** What a `datetime-local` field holds for a moment, in Hà Nội whatever the zone of the device. */
export function toField(ms: number): string {
  const at = fields(ms);
  return `${at['year']}-${at['month']}-${at['day']}T${at['hour']}:${at['minute']}`;
}

/** The RFC 3339 moment of a `datetime-local` field, read as Hà Nội time; null where it is not one. */
export function fromField(value: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(value)) return null;
  const moment = `${value}:00${OFFSET}`;
  return Number.isNaN(Date.parse(moment)) ? null : moment;
}
