import { describe, expect, it } from 'vitest';
import { bytes, outgoing, sends } from '../src/lib/compose';

describe('Vietnamese typing', () => {
  it('sends by Enter alone', () => {
    expect(sends({ key: 'Enter' })).toBe(true);
    for (const held of ['shiftKey', 'altKey', 'ctrlKey', 'metaKey']) expect(sends({ key: 'Enter', [held]: true })).toBe(false);
    expect(sends({ key: 'a' })).toBe(false);
  });

  it('never sends while an input method composes, on any browser', () => {
    expect(sends({ key: 'Enter', isComposing: true })).toBe(false);
    // Safari reports the Enter that ends a composition after the composition, with this code.
    expect(sends({ key: 'Enter', isComposing: false, keyCode: 229 })).toBe(false);
  });

  it('normalises to NFC, once, when it goes out', () => {
    const decomposed = 'Hỏa tốc'.normalize('NFD');
    expect(outgoing(`  ${decomposed}\n`)).toBe('Hỏa tốc');
    expect(outgoing('\n \t')).toBe('');
    expect(bytes(decomposed)).toBe(new TextEncoder().encode('Hỏa tốc').length);
  });
});
