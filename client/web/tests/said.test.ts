import { describe, expect, it } from 'vitest';
import { pieces, saidTo, size } from '../src/lib/said';

describe('words of others', () => {
  it('stay as they are where everything can be seen', () => {
    for (const text of ['Nhất trí; đề nghị làm rõ.', 'dòng\nhai\tcột', '👩‍💻 và 👍🏽‍', '<b>&amp;</b> javascript:alert(1)']) {
      expect(pieces(text).filter((piece) => !piece.hidden).map((piece) => piece.text).join('')).toContain(text.slice(0, 5));
    }
    expect(pieces('👩‍💻')).toEqual([{ text: '👩‍💻', hidden: false }]);
    expect(saidTo('một\r\nhai')).toBe('một\nhai');
  });

  it('show what turns the line or cannot be seen', () => {
    expect(saidTo('đồng\u202eý')).toBe('đồngU+202Eý');
    for (const hidden of ['\u200b', '\u200d', '\u2066', '\ufeff', '\u00ad', '\u0007', '\u{e0041}', '\r', '\u2028']) {
      expect(pieces(`a${hidden}b`)[1]?.hidden, hidden.codePointAt(0)?.toString(16)).toBe(true);
    }
  });

  it('give sizes with the decimal sign of the language', () => {
    expect([size(1023, 'vi'), size(1536, 'vi'), size(1536, 'en'), size(64 * 1024 * 1024, 'vi')]).toEqual(['1023 B', '1,5 KiB', '1.5 KiB', '64,0 MiB']);
  });
});
