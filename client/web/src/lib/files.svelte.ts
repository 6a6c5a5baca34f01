// Files on their way: handed to the process on this device as soon as they are chosen, sent with the act that carries them.
import { ApiError, dropUpload, upload } from './api';
import { app } from './app.svelte';

/** After encryption a file has at most 64 MiB (docs/official.vi.md, limits of the engine). */
export const FILE_MAX = 64 * 1024 * 1024;

export interface Chosen {
  key: number;
  name: string;
  size: number;
  done: number;
  /** The id under which the process holds the bytes. */
  upload: string | null;
  error: ApiError | 'too-large' | null;
  abort: AbortController;
}

let keys = 0;

export class Files {
  list = $state<Chosen[]>([]);

  get busy(): boolean {
    return this.list.some((file) => file.upload === null && file.error === null);
  }

  get faulty(): boolean {
    return this.list.some((file) => file.error !== null);
  }

  get uploads(): string[] {
    return this.list.flatMap((file) => (file.upload ? [file.upload] : []));
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      keys += 1;
      const entry: Chosen = { key: keys, name: file.name, size: file.size, done: 0, upload: null, error: null, abort: new AbortController() };
      if (file.size > FILE_MAX) entry.error = 'too-large';
      this.list.push(entry);
      if (entry.error === null) void this.#hand(file, keys, entry.abort.signal);
    }
  }

  remove(key: number): void {
    const gone = this.list.find((file) => file.key === key);
    gone?.abort.abort();
    if (gone?.upload) void dropUpload(gone.upload).catch(() => undefined);
    this.list = this.list.filter((file) => file.key !== key);
  }

  clear(): void {
    this.list = [];
  }

  async #hand(file: File, key: number, signal: AbortSignal): Promise<void> {
    const mine = () => this.list.find((one) => one.key === key);
    try {
      const id = await upload(file, (done) => {
        const one = mine();
        if (one) one.done = done;
      }, signal);
      const one = mine();
      if (one) one.upload = id;
    } catch (error) {
      const one = mine();
      if (one && !(error instanceof DOMException)) one.error = app.fail(error);
    }
  }
}
