// Words of others: shown as they are, but so that they cannot pretend to be anything else on the page.

// Direction overrides and isolates, zero-width characters, line and paragraph separators, other controls.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
const EMOJI_BEFORE = /[\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}]$/u;

export interface Piece {
  text: string;
  /** A character that has no shape of its own: shown by its number. */
  hidden: boolean;
}

/** The pieces of a text; characters that would be invisible or turn the line are set apart. A joiner inside an emoji stays. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    const at = match.index;
    if (match[0] === '\u200d' && EMOJI_BEFORE.test(text.slice(0, at))) continue;
    if (match[0] === '\r' && text[at + 1] === '\n') {
      if (at > from) found.push({ text: text.slice(from, at), hidden: false });
      from = at + 1;
      continue;
    }
    if (at > from) found.push({ text: text.slice(from, at), hidden: false });
    const code = match[0].codePointAt(0) ?? 0;
    found.push({ text: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`, hidden: true });
    from = at + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from), hidden: false });
  return found;
}

/** The same as one line of plain text, where there is no room for an element. */
export function saidTo(text: string): string {
  return pieces(text)
    .map((piece) => piece.text)
    .join('');
}

/** Characters of a text that are shown before a person asks for the rest. */
export const SHOWN = 2_400;

/** Bytes for people, with the decimal sign of the language. */
export function size(bytes: number, language: string): string {
  if (bytes < 1024) return `${bytes} B`;
  const [unit, name] = bytes < 1024 * 1024 ? [1024, 'KiB'] : [1024 * 1024, 'MiB'];
  const tenths = Math.floor((bytes * 10) / unit);
  return `${Math.floor(tenths / 10)}${language === 'en' ? '.' : ','}${tenths % 10} ${name}`;
}
