// The official letter beside a consultation (R5.6-5), as it is filled in: what is missing, and what the command is given. Pure.
import { outgoing } from './compose';
import { fromWords } from './time';
import type { LetterStatus } from './types';

export interface LetterInput {
  /** Null while nothing is said of a letter. */
  status: LetterStatus | null;
  /** Number, sign and date of a letter that was sent. */
  number: string;
  /** The day of the full dossier as typed, day before month; empty where it is not known. */
  dossier: string;
}

/** What can be said of it; where an instrument is prepared, that there is none cannot (W1). */
export function statuses(demanded: boolean): LetterStatus[] {
  return demanded ? ['will_follow', 'sent'] : ['none', 'will_follow', 'sent'];
}

/** `2026-11-30` of `30/11/2026`; null where it is no day. */
export function isoDay(typed: string): string | null {
  return fromWords('00:00', typed)?.slice(0, 10) ?? null;
}

/** `30/11/2026` of `2026-11-30`. */
export function dayWords(iso: string): string {
  return iso.split('-').reverse().join('/');
}

/** Of the parts that are missing or no such thing. */
export type LetterFault = 'letter' | 'letter-number' | 'dossier';

export function letterFault(letter: LetterInput, demanded: boolean): LetterFault | null {
  if (letter.status === null) return demanded ? 'letter' : null;
  if (!statuses(demanded).includes(letter.status)) return 'letter';
  const number = outgoing(letter.number);
  // The command would take these words for what they mean there.
  if (letter.status === 'sent' && ['', 'none', 'will_follow'].includes(number)) return 'letter-number';
  return letter.status !== 'none' && letter.dossier.trim() !== '' && isoDay(letter.dossier) === null ? 'dossier' : null;
}

export function letterArguments(letter: LetterInput): string[] {
  if (letter.status === null) return [];
  const dossier = letter.status === 'none' ? null : isoDay(letter.dossier);
  return [`--letter=${letter.status === 'sent' ? outgoing(letter.number) : letter.status}`, ...(dossier ? [`--dossier=${dossier}`] : [])];
}
