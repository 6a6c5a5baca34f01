// Files that are dropped on a form or pasted into it.
import type { Attachment } from 'svelte/attachments';
import type { Files } from './files.svelte';

/** Takes dropped and pasted files; text is left to the field. `over` is told while files hang over the form. */
export function takesFiles(files: Files, over: (is: boolean) => void): Attachment<HTMLElement> {
  return (node) => {
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onover = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      over(true);
    };
    const onleave = (event: DragEvent) => {
      if (!(event.relatedTarget instanceof Node) || !node.contains(event.relatedTarget)) over(false);
    };
    const ondrop = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      over(false);
      files.add([...(event.dataTransfer?.files ?? [])]);
    };
    const onpaste = (event: ClipboardEvent) => {
      const pasted = [...(event.clipboardData?.files ?? [])];
      if (pasted.length === 0) return;
      event.preventDefault();
      files.add(pasted);
    };
    node.addEventListener('dragover', onover);
    node.addEventListener('dragleave', onleave);
    node.addEventListener('drop', ondrop);
    node.addEventListener('paste', onpaste);
    return () => {
      node.removeEventListener('dragover', onover);
      node.removeEventListener('dragleave', onleave);
      node.removeEventListener('drop', ondrop);
      node.removeEventListener('paste', onpaste);
    };
  };
}
