import type { Patch } from './messages.js';

/**
 * The text of a file with its patches.
 *
 * @throws Error if what is to be replaced is not there exactly once: the file has changed, and so must the patch.
 */
export function patched(file: string, text: string, patches: readonly Patch[]): string {
  return patches
    .filter((patch) => patch.file === file)
    .reduce((before, { from, to }) => {
      const parts = before.split(from);
      if (parts.length !== 2) {
        throw new Error(`${file} holds ${parts.length - 1} times what a mutation replaces, instead of once:\n${from}`);
      }
      return parts.join(to);
    }, text);
}
