import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';

/** What a function that is watched was given at one time. */
export interface Invocation {
  /** The bodies of messages, each with how often it was received; or changes: `INSERT a 1`. */
  readonly given: readonly string[];
}

/** Where a watched function notes what it is given. */
export interface Journal {
  note(invocation: Invocation): Promise<void>;
  /** Whether this is asked for the first time. */
  isFirst(what: string): Promise<boolean>;
}

/** Never comes to an answer. */
const NEVER = new Promise<never>(() => undefined);

/**
 * A function that does what it is told by what it is given: the word before the first hyphen of a message's body, or the
 * attribute `told` of a changed item. `fails`, `throws`, `hangs` and `dies` do so the first time only, `poison` always.
 */
export function recorder(journal: Journal, die: () => Promise<never>) {
  return async (event: SQSEvent | DynamoDBStreamEvent): Promise<unknown> => {
    const { Records } = event;
    const given = Records.map((record) => {
      if ('body' in record) return { told: record.body, shown: record.body, id: record.messageId };
      const { Keys, NewImage } = record.dynamodb ?? {};
      const [key, n, told] = [Keys?.['id']?.S, NewImage?.['n']?.N ?? '-', NewImage?.['told']?.S ?? ''];
      return { told: `${told}-${key}-${n}`, shown: `${record.eventName} ${key} ${n}`, id: '' };
    });
    await journal.note({ given: given.map(({ shown }) => shown) });
    const failed: string[] = [];
    for (const { told, id } of given) {
      const [verb] = told.split('-');
      if (verb === 'poison') throw new Error(told);
      if (!['fails', 'throws', 'hangs', 'dies'].includes(verb ?? '')) continue;
      if (!(await journal.isFirst(told))) continue;
      if (verb === 'throws') throw new Error(told);
      if (verb === 'hangs') await NEVER;
      if (verb === 'dies') await die();
      failed.push(id);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
