// One list maps every act of the page to a verb of the command line and of the engine.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import actions from '../src/actions.json';

const CLIENT = join(import.meta.dirname, '../..');

it('names each act once, and the page runs no other', () => {
  expect(new Set(actions.map((one) => one.action)).size).toBe(actions.length);
  const source = readFileSync(join(CLIENT, 'web/src/lib/verbs.ts'), 'utf8');
  const run = new Set([...source.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map((match) => match[1]));
  for (const one of actions) expect(run.has(one.action), one.action).toBe(true);
  const direct = readdirSync(join(CLIENT, 'web/src'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.(ts|svelte)$/.test(path) && !/lib\/(api|verbs)\.ts$/.test(path) && /\bverb\(|api\/verb/.test(readFileSync(join(CLIENT, 'web/src', path), 'utf8')),
  );
  expect(direct).toEqual([]);
});

it('knows each verb of the command line and of the engine', () => {
  const words = readFileSync(join(CLIENT, 'locales/vi.ftl'), 'utf8');
  const engine = readdirSync(join(CLIENT, 'engine/src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.rs'))
    .map((path) => readFileSync(join(CLIENT, 'engine/src', path), 'utf8'))
    .join('\n');
  for (const one of actions) {
    expect(words.includes(`\nhelp-${one.cli.replaceAll(' ', '-')} = `), one.cli).toBe(true);
    expect(new RegExp(`pub (async )?fn ${one.engine}\\b`).test(engine), one.engine).toBe(true);
  }
});
