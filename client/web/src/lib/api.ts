// The loopback interface of `thamvan ui`. Every act of the page is a verb of the command line, run by the process that holds the home.
import { language } from './text.svelte';
import type { Home, Refusal, ReminderOf } from './types';

/** Why a request came to nothing. `kind` says what the page does next. */
export class ApiError extends Error {
  constructor(
    readonly kind: 'refused' | 'session' | 'locked' | 'engine',
    readonly refusal: Refusal | null,
    readonly exit: number | null = null,
  ) {
    super(refusal?.message ?? kind);
  }

  /** Written down on this device and not yet logged: exit code 4 of a verb that keeps what it was given. */
  get queued(): boolean {
    return this.exit === 4;
  }
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch {
    throw new ApiError('engine', null);
  }
  if (response.ok) return response;
  const refusal = await response
    .json()
    .then((body: { error?: Refusal }) => body.error ?? null)
    .catch(() => null);
  if (response.status === 423 || refusal?.code === 'locked') throw new ApiError('locked', refusal);
  if (response.status === 401 || (response.status === 403 && refusal === null)) {
    throw new ApiError('session', refusal);
  }
  throw new ApiError('refused', refusal);
}

function post(path: string, body: unknown): Promise<Response> {
  return request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export async function openSession(token: string): Promise<void> {
  await post('/api/session', { token });
}

export async function getState(): Promise<Home> {
  return (await request('/api/state')).json();
}

export async function lock(): Promise<void> {
  await post('/api/lock', {});
}

export async function unlock(passphrase: string): Promise<void> {
  await post('/api/unlock', { passphrase });
}

/** Runs a verb. A refusal is an error that carries the engine's own words. */
export async function verb<T>(args: string[]): Promise<T> {
  const response = await post('/api/verb', { args, lang: language() });
  const answer: { exit: number; document: T & { error?: Refusal } } = await response.json();
  if (answer.exit === 0) return answer.document;
  const refusal = answer.document?.error ?? null;
  if (answer.exit === 5) throw new ApiError('locked', refusal, answer.exit);
  throw new ApiError('refused', refusal, answer.exit);
}

/** Hands a file to the process on this device; `progress` is told bytes. */
export function upload(file: File, progress: (done: number, total: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open('PUT', `/api/upload?name=${encodeURIComponent(file.name.normalize('NFC'))}`);
    sending.responseType = 'json';
    sending.upload.onprogress = (event) => progress(event.loaded, file.size);
    sending.onerror = () => reject(new ApiError('engine', null));
    sending.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    sending.onload = () => {
      const answer = sending.response as { upload?: string; error?: Refusal } | null;
      if (sending.status >= 200 && sending.status < 300 && answer?.upload) {
        progress(file.size, file.size);
        resolve(answer.upload);
      } else {
        reject(new ApiError(sending.status === 401 ? 'session' : 'refused', answer?.error ?? null));
      }
    };
    signal.addEventListener('abort', () => sending.abort());
    sending.send(file);
  });
}

/** A file that a verb has made for this page; it waits until it is dropped. */
export async function madeFile(id: string): Promise<Blob> {
  return (await request(`/api/upload?upload=${encodeURIComponent(id)}`)).blob();
}

/** Forgets a file that was handed over and is not wanted. */
export async function dropUpload(id: string): Promise<void> {
  await request(`/api/upload?upload=${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** The verified bytes of an attachment. */
export async function attachment(entry: string, part: number): Promise<Blob> {
  return (await request(`/api/attachment?entry=${encodeURIComponent(entry)}&part=${part}`)).blob();
}

export interface Listener {
  changed: (streams: string[] | null) => void;
  state: (home: Home) => void;
  /** What a person is reminded of: never of which consultation. */
  reminder: (of: ReminderOf) => void;
  progress: (event: { upload?: string; entry?: string; done: number; total: number }) => void;
  /** The connection to the process on this device came or went. */
  connected: (up: boolean) => void;
}

/** Listens to the engine until `close`. The browser connects again by itself after a restart or sleep. */
export function listen(listener: Listener): { close: () => void } {
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | null = null;
  let closed = false;
  const open = () => {
    source = new EventSource('/api/events');
    source.onopen = () => listener.connected(true);
    source.onerror = () => {
      listener.connected(false);
      // A refused connection ends the source for good: the session may be gone, which the next request tells.
      if (source?.readyState === EventSource.CLOSED && !closed) again = setTimeout(open, RETRY_MS);
    };
    source.addEventListener('changed', (event) => {
      const data = parsed<{ streams?: string[] }>(event);
      listener.changed(data?.streams ?? null);
    });
    source.addEventListener('state', (event) => {
      const data = parsed<Home>(event);
      if (data) listener.state(data);
    });
    source.addEventListener('reminder', (event) => {
      const data = parsed<{ of: ReminderOf }>(event);
      if (data) listener.reminder(data.of);
    });
    source.addEventListener('progress', (event) => {
      const data = parsed<{ upload?: string; entry?: string; done: number; total: number }>(event);
      if (data) listener.progress(data);
    });
  };
  open();
  return {
    close: () => {
      closed = true;
      if (again) clearTimeout(again);
      source?.close();
    },
  };
}

const RETRY_MS = 2_000;

function parsed<T>(event: Event): T | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data || '{}') as T;
  } catch {
    return null;
  }
}
