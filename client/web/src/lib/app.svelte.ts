// What every window knows. Each one asks the engine again whenever the engine says that something changed.
import { SvelteSet } from 'svelte/reactivity';
import { ApiError, getState, listen, lock, openSession, unlock } from './api';
import { watchIdle } from './idle';
import { Notifier } from './notify';
import { isOpen, sorted } from './order';
import { language, suggestLanguage, t } from './text.svelte';
import type { Agency, Channel, Consultation, Home, ReminderOf } from './types';
import * as verbs from './verbs';

/** What the whole window shows. `gone`: no session, the address has to be opened again. */
export type Phase = 'starting' | 'gone' | 'locked' | 'ready';

class App {
  phase = $state<Phase>('starting');
  home = $state.raw<Home | null>(null);
  channels = $state.raw<Channel[] | null>(null);
  consultations = $state.raw<Consultation[] | null>(null);
  /** Names of agencies in both languages, from the directory that this device has verified. */
  agencies = $state.raw<Map<string, Agency>>(new Map());
  /** Why the lists could not be read again; what was read stays on the screen. */
  trouble = $state.raw<ApiError | null>(null);
  /** Whether the process on this device answers. */
  engine = $state(true);
  /** Log time, for countdowns; ticks every second. */
  now = $state(Date.now());
  /** Log time minus the clock of this device, in ms. */
  offset = $state(0);
  /** Counts what the engine reported: whoever shows a channel reads again when it rises. */
  changes = $state(0);
  changedStreams: string[] | null = null;
  /** Bytes of uploads on their way to the server, by upload id. */
  progress = $state<Record<string, { done: number; total: number }>>({});
  /** What the engine has reminded of, until it is done or put aside. */
  reminder = $state<ReminderOf | null>(null);
  /** Words for screen readers and for the small note over the top bar. */
  said = $state('');

  /** Consultations whose answer or acknowledgement waits in the outbox of this device. */
  answersWaiting = new SvelteSet<string>();
  acknowledgementsWaiting = new SvelteSet<string>();

  notifier = new Notifier();
  #source: { close: () => void } | null = null;
  #refreshing: Promise<void> | null = null;
  #again = false;
  #locking = false;

  get lists() {
    return this.consultations ? sorted(this.consultations) : null;
  }

  async start(): Promise<void> {
    setInterval(() => (this.now = Date.now() + this.offset), 1000);
    const token = /^#token=([\w.~-]+)$/.exec(location.hash)?.[1];
    if (token) {
      // The token must not stay in the history.
      history.replaceState(null, '', '#/');
      dispatchEvent(new HashChangeEvent('hashchange'));
      try {
        await openSession(token);
      } catch (error) {
        if (error instanceof ApiError && error.kind === 'engine') this.engine = false;
      }
    }
    watchIdle(() => void this.lock());
    await this.load();
  }

  /** Reads the state, and what the state allows. */
  async load(): Promise<void> {
    try {
      this.take(await getState());
    } catch (error) {
      this.fail(error);
      if (error instanceof ApiError && error.kind === 'engine') setTimeout(() => void this.load(), RETRY_MS);
      return;
    }
    this.#listen();
    if (this.phase === 'ready') await this.refresh();
  }

  take(home: Home): void {
    const wasLocked = this.phase === 'locked';
    const wasQueued = this.home?.queued ?? home.queued;
    const wasQuiet = this.home?.quiet ?? false;
    this.engine = true;
    this.home = home;
    this.offset = home.now_ms - Date.now();
    this.now = home.now_ms;
    suggestLanguage(home.lang);
    if (home.locked) {
      this.#locking = false;
      this.#forget();
      this.phase = 'locked';
    } else if (this.#locking) {
      // The screen was locked here and the home is not yet: nothing comes back without the passphrase.
      this.phase = 'locked';
    } else {
      this.phase = 'ready';
      if (wasLocked || wasQueued !== home.queued || (wasQuiet && !home.quiet)) void this.refresh();
    }
  }

  #listen(): void {
    this.#source ??= listen({
      changed: (streams) => {
        this.changedStreams = streams;
        void this.refresh();
      },
      state: (home) => this.take(home),
      reminder: (of) => {
        this.reminder = of;
        this.notifier.remind(of);
      },
      progress: (event) => {
        if (event.upload) this.progress[event.upload] = { done: event.done, total: event.total };
      },
      connected: (up) => {
        const returned = up && !this.engine;
        this.engine = up;
        if (returned || !up) void this.#probe();
      },
    });
  }

  /** After the process went or came back: is there still a session, and what has changed? */
  async #probe(): Promise<void> {
    try {
      this.take(await getState());
      if (this.phase === 'ready') await this.refresh();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Reads the lists again; one reading at a time, and one more if anything changed meanwhile. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#read().finally(() => {
      this.#refreshing = null;
      if (this.#again) {
        this.#again = false;
        void this.refresh();
      }
    });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    try {
      const [channels, consultations] = await Promise.all([verbs.channels(), verbs.consultations()]);
      if (this.phase !== 'ready') return;
      this.channels = channels;
      this.consultations = consultations;
      this.trouble = null;
      await this.#outbox();
      this.changes += 1;
      this.notifier.look(channels, consultations, this.home?.quiet);
      if (this.reminder && !consultations.some((one) => this.#isReminded(one))) this.reminder = null;
      await this.#names();
    } catch (error) {
      const known = this.fail(error);
      if (known.kind === 'refused') this.trouble = known;
    }
  }

  #isReminded(one: Consultation): boolean {
    if (this.reminder === 'silent') return one.leads && isOpen(one) && one.agencies.some((seat) => !seat.answered);
    return isOpen(one) && one.agencies.some((seat) => !seat.answered && seat.agency === this.home?.agency);
  }

  async #outbox(): Promise<void> {
    const outbox = this.home?.queued ? await verbs.outbox() : [];
    for (const [waiting, type] of [[this.answersWaiting, 'answer'], [this.acknowledgementsWaiting, 'acknowledged']] as const) {
      waiting.clear();
      for (const one of outbox) if (one.type === type && one.consultation && one.state !== 'refused') waiting.add(one.consultation);
    }
  }

  /** The directory, once, and again when its stream has changed. Without a connection what is known stays. */
  async #names(): Promise<void> {
    const stale = this.changedStreams === null || this.changedStreams.some((stream) => /^0+$/.test(stream));
    if (this.agencies.size > 0 && !stale) return;
    try {
      const agencies = await verbs.agencies();
      this.agencies = new Map(agencies.map((one) => [one.agency, one]));
    } catch (error) {
      // Without a connection the names that the home gives have to do.
      this.fail(error);
    }
  }

  /** What an error means for the whole window; gives it back for whoever shows it beside the act. */
  fail(error: unknown): ApiError {
    const known = error instanceof ApiError ? error : new ApiError('refused', null);
    if (known.kind === 'session') {
      this.#forget();
      this.#source?.close();
      this.#source = null;
      this.phase = 'gone';
    } else if (known.kind === 'locked') {
      this.#forget();
      this.phase = 'locked';
    } else if (known.kind === 'engine') {
      this.engine = false;
      if (this.phase === 'starting') this.phase = 'gone';
    }
    return known;
  }

  async lock(): Promise<void> {
    if (this.phase !== 'ready') return;
    this.#locking = true;
    this.#forget();
    this.phase = 'locked';
    try {
      await lock();
    } catch (error) {
      // The screen stays locked, whatever became of the home.
      this.fail(error);
    }
  }

  async unlock(passphrase: string): Promise<void> {
    await unlock(passphrase);
    this.#locking = false;
    await this.load();
  }

  say(words: string): void {
    // The same words twice must be heard twice.
    this.said = '';
    queueMicrotask(() => (this.said = words));
  }

  /** An auditor who holds no seat: nothing waits for such a person, who looks at the log. */
  get audits(): boolean {
    return this.home !== null && this.home.auditor && this.home.seats.length === 0;
  }

  channel(id: string): Channel | undefined {
    return this.channels?.find((one) => one.channel === id || one.channel.startsWith(id));
  }

  /** The name of a channel. An auditor, who will never read it, sees what the log calls the channel. */
  channelName(channel: Channel | null | undefined): string {
    if (channel?.name) return channel.name;
    return channel && this.audits ? t('channel-by-id', { id: channel.channel.slice(0, 8) }) : t('channel-unnamed');
  }

  agencyName(id: string | null | undefined): string {
    if (!id) return t('unknown');
    const known = this.agencies.get(id);
    const english = language() === 'en';
    if (known) return (english && known.name_en) || known.name_vi;
    return this.home?.names.agencies?.[id] ?? id;
  }

  /** The agency that answers through a seat; the Secretariat by its own name, though it acts for the coordinator. */
  seatName(seat: string): string {
    const [agency, place] = seat.split('/');
    if (place === 'secretariat') return t('seat-secretariat');
    return place === 'main' ? this.agencyName(agency) : `${this.agencyName(agency)} (${place})`;
  }

  /** How an official is shown: by the identifier that the log holds. */
  personName(official: string | null | undefined): string {
    return official ?? t('unknown');
  }

  personNames(officials: string[]): string {
    return officials.map((one) => this.personName(one)).join(', ');
  }

  #forget(): void {
    this.answersWaiting.clear();
    this.acknowledgementsWaiting.clear();
    this.channels = null;
    this.consultations = null;
    this.agencies = new Map();
    this.trouble = null;
    this.progress = {};
    this.said = '';
    this.reminder = null;
  }
}

const RETRY_MS = 2_000;

export const app = new App();
