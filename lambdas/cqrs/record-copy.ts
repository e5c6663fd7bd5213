import type { Clock } from '../stores/index.js';
import { COPY_AGE, type GenerationRecord } from './generation.js';

/** A copy of the record that is never older than 2 s when it is given. */
export function recordCopy(read: () => Promise<GenerationRecord>, now: Clock): () => Promise<GenerationRecord> {
  let copy: { readonly record: Promise<GenerationRecord>; readonly until: number } | undefined;
  return async () => {
    const time = now().getTime();
    if (copy === undefined || time >= copy.until) {
      const fresh = { record: read(), until: time + COPY_AGE };
      copy = fresh;
      // What could not be read is asked for again by the next one.
      fresh.record.catch(() => {
        if (copy === fresh) copy = undefined;
      });
    }
    return copy.record;
  };
}
