// The words of the page, from Fluent. Vietnamese first.
import { FluentBundle, FluentResource } from '@fluent/bundle';
import en from '../locales/en.ftl?raw';
import vi from '../locales/vi.ftl?raw';
import type { Form } from './types';

export type Language = 'vi' | 'en';

const KEY = 'thamvan-language';

function bundle(tag: Language, source: string): FluentBundle {
  // Isolation marks are for text of two directions; names and words of others are isolated by their elements.
  const made = new FluentBundle(tag, { useIsolating: false });
  const errors = made.addResource(new FluentResource(source));
  if (errors.length > 0) throw new Error(`words of the page: ${errors.join(', ')}`);
  return made;
}

const bundles: Record<Language, FluentBundle> = { vi: bundle('vi', vi), en: bundle('en', en) };

function kept(): Language | null {
  const value = localStorage.getItem(KEY);
  return value === 'vi' || value === 'en' ? value : null;
}

let current = $state<Language>(kept() ?? 'vi');

export function language(): Language {
  return current;
}

/** Sets the language that the person chose on this device. */
export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(KEY, chosen);
  current = chosen;
}

/** Follows the home's language until the person has chosen one here. */
export function suggestLanguage(suggested: Language | undefined): void {
  if (suggested && kept() === null) current = suggested;
}

export function has(id: string): boolean {
  return bundles[current].hasMessage(id);
}

/** The message `id` as it is said of a notice or a request, where those have words of their own. */
export function by(form: Form | undefined, id: string, args?: Record<string, string | number>): string {
  const own = form === 'notice' ? `notice-${id}` : form === 'request' ? `request-${id}` : id;
  return t(has(own) ? own : id, args);
}

/** The message `id`; the id itself where a file lacks it (a test finds those). */
export function t(id: string, args?: Record<string, string | number>): string {
  const chosen = bundles[current];
  const message = chosen.getMessage(id);
  if (!message?.value) return id;
  return chosen.formatPattern(message.value, args ?? null);
}
