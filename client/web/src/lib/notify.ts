// Desktop notifications: that something waits, never what. Of several windows one speaks.
import { t } from './text.svelte';
import type { Channel, Consultation, ReminderOf } from './types';

const KEY = 'thamvan-sound';
const REMINDERS = { urgent: 'notify-hoa-toc', waits: 'notify-reminder', silent: 'notify-silent' } as const;

export class Notifier {
  #waiting: Set<string> | null = null;
  #unread = 0;
  #speaks = false;
  #audio: AudioContext | null = null;

  constructor() {
    // Whoever holds the lock speaks; it passes to another window when this one closes.
    void navigator.locks?.request('thamvan-notifier', () => {
      this.#speaks = true;
      return new Promise<void>(() => {});
    });
  }

  get permission(): 'granted' | 'denied' | 'default' | 'missing' {
    return typeof Notification === 'undefined' ? 'missing' : Notification.permission;
  }

  get sound(): boolean {
    return localStorage.getItem(KEY) !== 'off';
  }

  set sound(on: boolean) {
    localStorage.setItem(KEY, on ? 'on' : 'off');
  }

  /** Asks the browser; only ever called from a click. */
  async ask(): Promise<void> {
    this.arm();
    if (this.permission === 'default') await Notification.requestPermission();
  }

  /** Makes the sound possible: browsers allow it only after a click. */
  arm(): void {
    this.#audio ??= new AudioContext();
    void this.#audio.resume();
  }

  /**
   * Compares with what was there before, and says what is new. The first look says nothing. While it is `quiet` only "hỏa tốc"
   * is said; the rest counts as new when it no longer is.
   */
  look(channels: Channel[], consultations: Consultation[], quiet = false): void {
    const waiting = consultations.filter((one) => one.waiting.length > 0);
    const held = quiet && this.#waiting;
    const told = held ? waiting.filter((one) => one.urgency === 'hoa_toc' || held.has(one.id)) : waiting;
    const ids = new Set(told.map((one) => one.id));
    const unread = channels.reduce((sum, one) => sum + one.unread, 0);
    const before = this.#waiting;
    const more = unread > this.#unread;
    this.#waiting = ids;
    this.#unread = held ? Math.min(this.#unread, unread) : unread;
    if (!before || !this.#speaks) return;
    const fresh = told.filter((one) => !before.has(one.id));
    if (fresh.some((one) => one.urgency === 'hoa_toc')) {
      this.#show('notify-hoa-toc');
      if (this.sound) this.ring();
    } else if (fresh.length > 0) {
      this.#show('notify-waiting');
    } else if (more && !quiet && document.hidden) {
      this.#show('notify-message');
    }
  }

  /** Says what the engine reminds of, which it does once for all windows. */
  remind(of: ReminderOf): void {
    if (!this.#speaks) return;
    this.#show(REMINDERS[of]);
    if (of === 'urgent' && this.sound) this.ring();
  }

  #show(words: string): void {
    if (this.permission !== 'granted') return;
    const shown = new Notification(t('app-name'), { body: t(words), tag: words, icon: '/icon.svg' });
    shown.onclick = () => {
      focus();
      shown.close();
    };
  }

  /** Two soft tones, twice: heard across a room, no alarm. */
  ring(): void {
    const audio = this.#audio;
    if (!audio || audio.state !== 'running') return;
    [0, 0.22, 0.9, 1.12].forEach((at, i) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + at;
      tone.type = 'sine';
      tone.frequency.value = i % 2 === 0 ? 660 : 880;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.45);
    });
  }
}
