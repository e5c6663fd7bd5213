import type { Envelope } from './envelope.js';
import type { JobProblem } from './generation.js';
import { NAMED } from './rebuild-transitions.js';

/** A fault of a generation, found in one stream. */
export interface Fault {
  readonly code: 'differs' | 'parked' | 'history-expired';
  readonly stream: string;
}

/** That a stream cannot be built anew. */
export const expired = (stream: string): Fault => ({ code: 'history-expired', stream });

/** Whether history has kept the version of a commit and not its events. */
export const isCut = ({ data }: Envelope): boolean => data === undefined;

/** Why a rebuild fails, where there are faults. */
export function problemOf(faults: readonly Fault[], generation: number): JobProblem | undefined {
  const [first] = faults;
  if (first === undefined) return undefined;
  const messages = {
    differs: `generation ${generation} does not hold what its history gives`,
    parked: `generation ${generation} cannot take commits that the live one has: mend the handler, or discard them`,
    'history-expired': `history does not hold streams from their beginning, so that they cannot be built anew`,
  };
  const streams = faults.map(({ stream }) => stream).slice(0, NAMED);
  return { code: first.code, message: messages[first.code], streams };
}
