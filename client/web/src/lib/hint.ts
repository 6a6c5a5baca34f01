// What to do after a refusal. The engine's hints are written for its command line; where one speaks of a command, the page has words of its own.
import { has, t } from './text.svelte';
import type { Refusal } from './types';

const OF_COMMANDS = /thamvan |(^|\s)--[a-z]|\u006c\u1ec7nh|command/i;

/** In the page's words by the rule (R4.4 is hint-R4_4); else the engine's, unless they are for a terminal; then the page's by the code. */
export function hint(refusal: Refusal): string | null {
  const own = (name: string | null | undefined) => (name && has(`hint-${name}`) ? t(`hint-${name}`) : null);
  const engines = refusal.hint ?? null;
  return own(refusal.rule?.replaceAll('.', '_')) ?? (engines && !OF_COMMANDS.test(engines) ? engines : null) ?? own(refusal.code) ?? engines;
}
