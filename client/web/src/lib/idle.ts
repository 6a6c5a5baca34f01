// The screen locks itself after five minutes in which nobody touched any window (S14).

export const IDLE_MS = 5 * 60_000;
const LOOK_MS = 5_000;

/** Calls `idle` once nobody has typed, pointed or scrolled in any window for five minutes. Sleep counts: the clock is looked at, not counted. */
export function watchIdle(idle: () => void): void {
  let last = Date.now();
  const windows = new BroadcastChannel('thamvan-activity');
  let told = 0;
  const active = () => {
    last = Date.now();
    if (last - told > 1000) {
      told = last;
      windows.postMessage(null);
    }
  };
  windows.onmessage = () => (last = Date.now());
  for (const event of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
    addEventListener(event, active, { passive: true, capture: true });
  }
  const look = () => {
    if (Date.now() - last >= IDLE_MS) {
      last = Date.now();
      idle();
    }
  };
  setInterval(look, LOOK_MS);
  document.addEventListener('visibilitychange', look);
}
