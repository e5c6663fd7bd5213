let count = 0;

/** A name that no other test of this or any other file uses: letters, digits, and the given separator. */
export function unique(name: string, separator = '-'): string {
  return [name, process.pid.toString(36), (count++).toString(36)].join(separator);
}
