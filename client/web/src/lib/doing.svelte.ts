import type { ApiError } from './api';
import { app } from './app.svelte';

/** An act that a person does on the page: whether it is under way, and why it failed. What it changed is read anew either way. */
export class Doing {
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);

  async run(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      await act();
    } catch (caught) {
      this.error = app.fail(caught);
    } finally {
      this.busy = false;
      void app.refresh();
    }
  }
}
