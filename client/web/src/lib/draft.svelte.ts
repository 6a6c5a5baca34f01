// Words that somebody has begun: kept by the engine, encrypted with everything else, a moment after the last key. None are kept by the browser.
import { app } from './app.svelte';
import { outgoing } from './compose';
import * as verbs from './verbs';

const PAUSE_MS = 800;

/** Where a draft is kept: a channel's own message, or under a name. */
export type Place = { channel: string } | { name: string };

export class Draft {
  text = $state('');
  /** Whether the engine holds what stands in the field. */
  kept = $state(false);
  #touched = false;
  #held = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** One write after the other, so that the last one typed is the one that is kept. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(private readonly place: Place) {
    void verbs.drafts().then(
      (all) => {
        const found = all.find((one) => ('channel' in place ? one.channel === place.channel : one.name === place.name));
        if (!found || this.#touched) return;
        this.text = found.text;
        this.kept = this.#held = true;
      },
      (error) => app.fail(error),
    );
  }

  /** To be called whenever the field changes. */
  typed(): void {
    this.#touched = true;
    this.kept = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), PAUSE_MS);
  }

  /** The field leaves the page: what was typed last is kept. */
  leave(): void {
    if (this.#timer && app.phase === 'ready') this.#write();
  }

  /** The words were sent: waits for what is being kept, so that no draft comes back after it. */
  async settle(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
  }

  /** Nothing is begun any more. */
  clear(): void {
    this.text = '';
    this.kept = false;
    this.#touched = true;
    if (this.#held) this.#write();
  }

  #write(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const words = this.text;
    const empty = outgoing(words) === '';
    this.#writing = this.#writing.then(async () => {
      if (empty && !this.#held) return;
      try {
        await (empty ? verbs.dropDraft(this.place) : verbs.keepDraft(this.place, words));
        this.#held = !empty;
        if (this.text === words) this.kept = !empty;
      } catch (error) {
        app.trouble = app.fail(error);
      }
    });
  }
}
