// What is said of the official letter, and what the command is given for it.
import { expect, it } from 'vitest';
import { dayWords, isoDay, letterArguments, letterFault, statuses, type LetterInput } from '../src/lib/letter';

const letter = (facts: Partial<LetterInput>): LetterInput => ({ status: null, number: '', dossier: '', ...facts });

it('is optional, and cannot be left out or denied where an instrument is prepared', () => {
  expect(letterFault(letter({}), false)).toBeNull();
  expect(letterFault(letter({}), true)).toBe('letter');
  expect(letterFault(letter({ status: 'none' }), false)).toBeNull();
  expect(letterFault(letter({ status: 'none' }), true)).toBe('letter');
  expect(letterFault(letter({ status: 'will_follow' }), true)).toBeNull();
  expect(statuses(true)).not.toContain('none');
});

it('that was sent has a number, which is no word of the command', () => {
  for (const number of ['', '  ', 'none', ' will_follow ']) expect(letterFault(letter({ status: 'sent', number }), false), number).toBe('letter-number');
  expect(letterFault(letter({ status: 'sent', number: '12/BNG' }), true)).toBeNull();
});

it('has a day of the full dossier that is a day, day before month', () => {
  expect(letterFault(letter({ status: 'will_follow', dossier: '31/02/2026' }), true)).toBe('dossier');
  expect(letterFault(letter({ status: 'will_follow', dossier: ' ' }), true)).toBeNull();
  expect(isoDay('2/12/2026')).toBe('2026-12-02');
  expect(isoDay('2026-12-02')).toBeNull();
  expect(dayWords('2026-12-02')).toBe('02/12/2026');
});

it('becomes arguments, without what does not belong to its status', () => {
  expect(letterArguments(letter({}))).toEqual([]);
  expect(letterArguments(letter({ status: 'none', number: 'x', dossier: '2/12/2026' }))).toEqual(['--letter=none']);
  expect(letterArguments(letter({ status: 'will_follow', number: 'x', dossier: '2/12/2026' }))).toEqual(['--letter=will_follow', '--dossier=2026-12-02']);
  expect(letterArguments(letter({ status: 'sent', number: ' 12/BNG ' }))).toEqual(['--letter=12/BNG']);
});
