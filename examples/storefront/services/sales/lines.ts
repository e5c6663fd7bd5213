import type * as z from 'zod';
import type { lines } from '../../domain/values.js';

/** The lines of an invoice as its command has them. */
export type Lines = z.infer<typeof lines>;

/** The lines as one JSON parameter for `json_to_recordset`, numbered from 1. */
export function numbered(given: Lines): string {
  return JSON.stringify(given.map((line, index) => ({ line: index + 1, ...line })));
}
