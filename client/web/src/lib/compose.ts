// Vietnamese typing. Telex and VNI compose letters in steps; while they do, a key belongs to the input method and never to the page.

/** Whether a key event belongs to an input method. Safari ends the composition before it reports its last key, hence 229. */
export function isComposing(event: { isComposing?: boolean; keyCode?: number }): boolean {
  return event.isComposing === true || event.keyCode === 229;
}

/** Whether this key press sends: Enter alone, outside a composition. Shift, Alt, Ctrl and Meta with Enter make a new line. */
export function sends(event: {
  key: string;
  isComposing?: boolean;
  keyCode?: number;
  shiftKey?: boolean;
  altKey?: boolean;
  ctrlKey?: boolean;
  metaKey?: boolean;
}): boolean {
  return (
    event.key === 'Enter' &&
    !isComposing(event) &&
    !event.shiftKey &&
    !event.altKey &&
    !event.ctrlKey &&
    !event.metaKey
  );
}

/** What goes out: NFC, once, when it is sent. A field is never rewritten under the hands of whoever types. */
export function outgoing(text: string): string {
  return text.normalize('NFC').trim();
}

const encoder = new TextEncoder();

/** Bytes that a text takes, as the engine counts them. */
export function bytes(text: string): number {
  return encoder.encode(text.normalize('NFC')).length;
}
