// The words of the page stand in the Fluent files and nowhere else, in both languages, and keep to the vocabulary of the product.
import { FluentBundle, FluentResource } from '@fluent/bundle';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../src');

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    return one.isDirectory() ? files(path) : [path];
  });
}

const sources = files(SOURCE)
  .filter((path) => /\.(svelte|ts)$/.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

function messages(tag: string): Map<string, string> {
  const source = readFileSync(join(SOURCE, `locales/${tag}.ftl`), 'utf8');
  const bundle = new FluentBundle(tag, { useIsolating: false });
  expect(bundle.addResource(new FluentResource(source))).toEqual([]);
  const ids = [...source.matchAll(/^([a-z][\w-]*) *=/gm)].map((match) => match[1] ?? '');
  expect(ids.length, `${tag}: an id stands twice`).toBe(new Set(ids).size);
  return new Map(
    ids.map((id) => {
      const value = bundle.getMessage(id)?.value;
      expect(value, `${tag}: ${id}`).not.toBeNull();
      const errors: Error[] = [];
      return [id, bundle.formatPattern(value ?? '', {}, errors)];
    }),
  );
}

const vi = messages('vi');
const en = messages('en');

/** Arguments that the sentences of an id take. */
function places(tag: string): Map<string, string[]> {
  const source = readFileSync(join(SOURCE, `locales/${tag}.ftl`), 'utf8');
  const entries = source.split(/^(?=[a-z][\w-]* *=)/m).slice(1);
  return new Map(entries.map((entry) => [entry.split(' ')[0] ?? '', [...new Set(entry.match(/\$\w+/g) ?? [])].sort()]));
}

/** Who opens the pages, makes a report, or hands a record over, does it there. */
const TERMINAL = new Set(['command-archive', 'command-ui', 'report-none-do']);

describe('words', () => {
  it('have the same ids and take the same arguments in both languages', () => {
    expect([...vi.keys()].sort()).toEqual([...en.keys()].sort());
    expect(places('vi')).toEqual(places('en'));
  });

  it('exist for every id that the page names, and none is left over', () => {
    const text = sources.map((one) => one.text).join('\n');
    const named = new Set([...text.matchAll(/\bt\(\s*'([\w-]+)'/g)].map((match) => match[1] ?? ''));
    for (const id of named) expect(vi.has(id), id).toBe(true);
    // Ids that are put together: their beginning or end is named.
    const begun = [...text.matchAll(/`([\w-]*)\$\{[^`]*\}([\w-]*)`/g)].map((match) => [match[1] ?? '', match[2] ?? ''] as const).filter(([a, b]) => a.endsWith('-') || b.startsWith('-'));
    const quoted = new Set([...text.matchAll(/'([a-z][\w-]*)'/g)].map((match) => match[1] ?? ''));
    const unused = [...vi.keys()].filter((id) => !named.has(id) && !quoted.has(id) && !begun.some(([a, b]) => id.startsWith(a) && id.endsWith(b)));
    expect(unused).toEqual([]);
  });

  it('stand nowhere in the components', () => {
    for (const { path, text } of sources) {
      if (!path.endsWith('.svelte')) continue;
      const markup = text
        .replace(/<script[\s\S]*?<\/script>/g, '')
        .replace(/<style[\s\S]*?<\/style>/g, '')
        .replace(/<!--[\s\S]*?-->/g, '');
      const literal = /\s(?:aria-label|title|placeholder|alt)="(?=[^"{]*\p{L})[^"]*"/u.exec(markup);
      expect(literal?.[0], path).toBeUndefined();
      let plain = markup;
      for (let before = ''; before !== plain; ) {
        before = plain;
        plain = plain.replace(/\{[^{}]*\}/g, '');
      }
      const words = plain.replace(/<[^<>]*>/g, ' ').replace(/\bif\b|[→<>/=]/g, ' ');
      expect(/\p{L}{2,}/u.exec(words)?.[0], path).toBeUndefined();
    }
    // Vietnamese letters in code would be words outside the files.
    for (const { path, text } of sources) {
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|<!--[\s\S]*?-->/gm, '');
      expect(/[ạảãâấầẩẫậăắằẳẵặẹẻẽêếềểễệịỉĩọỏõôốồổỗộơớờởỡợụủũưứừửữựỳỵỷỹđ]/i.exec(code)?.[0], path).toBeUndefined();
    }
  });

  it('ask nobody to use a terminal', () => {
    for (const words of [vi, en]) {
      for (const [id, text] of words) if (!TERMINAL.has(id)) expect(text, id).not.toMatch(/(?<!\.)\bthamvan [a-z]|--[a-z]|chạy lại lệnh/);
    }
  });

  it('never make an opinion of silence', () => {
    expect(vi.get('silent-overdue')).toBe('Quá hạn – chưa trả lời');
    expect(vi.get('silent')).toBe('Chưa trả lời');
    for (const [id, text] of vi) {
      if (/silent|overdue|not-answered/.test(id)) expect(text, id).not.toMatch(/không có ý kiến|nhất trí(?! .*không)/i);
    }
  });

  it('keep to the official words (R5.6-4, E1, S6)', () => {
    // The person who approves a founding record, and the decision that holds the list of state secrets, are meant by these words.
    const meant = new Set(['approved-by', 'channel-state-founded', 'channel-why-founded', 'ground-founding_approved', 'obstacle-not_approved', 'secret-check']);
    for (const [id, text] of vi) {
      if (!meant.has(id)) expect(text, id).not.toMatch(/phê duyệt|quyết định/i);
      expect(text, id).not.toMatch(/chữ ký số|kênh mật|tin nhắn mật|đã được cấp phép/i);
    }
    for (const label of ['public', 'internal', 'restricted']) expect(vi.get(`label-${label}`)).not.toMatch(/mật/i);
    expect(vi.get('purpose-footer')).toBe('Kết quả tham vấn nhanh; không thay thế văn bản lấy ý kiến/trả lời chính thức theo quy định pháp luật.');
  });
});
