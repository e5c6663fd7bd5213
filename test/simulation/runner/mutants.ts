import type { Patch } from './messages.js';

/** One way to break a guarantee, as it could be broken by hand. */
export interface Mutant {
  readonly name: string;
  /** What it takes away. */
  readonly breaks: string;
  readonly patches: readonly Patch[];
}

const kit = (name: string, from: string, to: string): Patch => ({ file: `lambdas/cqrs/${name}`, from, to });

/** Each has to be caught; a text that is no longer there fails the check, and its mutant has to be written anew. */
export const mutants: readonly Mutant[] = [
  {
    name: 'drop the version condition',
    breaks: 'a duplicate or late commit changes no entity view',
    patches: [
      kit(
        'entity-writer.ts',
        'ConditionExpression: `#version = :previous$',
        'ConditionExpression: `:previous = :previous$',
      ),
    ],
  },
  {
    name: 'ignore the version that a client has seen',
    breaks: 'If-Match',
    patches: [kit('sql/0002_append.sql', 'p_expected is not null and p_expected <> v_actual', 'false')],
  },
  {
    name: 'acknowledge before the write',
    breaks: 'a message is deleted only when its commit is in the view',
    patches: [
      kit(
        'projection-handler.ts',
        "if ('Records' in event) return parts().projector.deliver(event);",
        "if ('Records' in event) { void parts().projector.deliver(event); return { batchItemFailures: [] }; }",
      ),
    ],
  },
  {
    name: 'answer before the commit',
    breaks: 'a command is answered only when its commit is durable',
    patches: [kit('dynamodb-write-model.ts', 'await writeCommit(', 'void writeCommit(')],
  },
  {
    name: 'id > last in the relay',
    breaks: 'what was committed late is published too',
    patches: [
      kit(
        'sql/0003_publish.sql',
        'where o.published_at is null and o.leased_until < clock_timestamp()\n     order by',
        `where o.id > (select coalesce(max(p.id), 0) from dbpatterns.outbox p where p.published_at is not null)
       and o.leased_until < clock_timestamp()
     order by`,
      ),
    ],
  },
  {
    name: 'forget the contribution in an aggregate',
    breaks: 'a duplicate changes no total',
    patches: [
      kit(
        'aggregate-writer.ts',
        "ConditionExpression: isNew ? 'attribute_not_exists(#name)'",
        "ConditionExpression: isNew ? 'attribute_not_exists(#name) OR attribute_exists(#name)'",
      ),
    ],
  },
  {
    name: 'move totals by what is new alone',
    breaks: 'what a stream contributed before no longer counts',
    patches: [kit('aggregate-run.ts', 'movements(before.contributions, after', 'movements(new Map(), after')],
  },
  {
    name: 'ignore a gap',
    breaks: 'a missing commit is fetched from history',
    patches: [
      kit(
        'entity-writer.ts',
        "if (known < commit.version - 1) return { state: 'gap', applied: known };",
        "if (known < commit.version - 1) return { state: 'current', applied: commit.version };",
      ),
    ],
  },
  {
    name: 'answer a list from the index alone',
    breaks: 'a list with a token shows at least what the token says',
    patches: [
      kit('entity-view.ts', 'await readNewest(view, streamName, wanted.versions)', 'new Map<string, Newest>()'),
    ],
  },
  {
    name: 'answer an entity without waiting',
    breaks: 'an entity read with a token shows at least what the token says',
    patches: [kit('entity-view.ts', 'wanted !== undefined && applied < wanted', 'wanted === -1')],
  },
  {
    name: 'swap two versions',
    breaks: 'a commit is published under its own version',
    patches: [
      kit(
        'publish.ts',
        'envelopeText(stored.stream, stored.version, commit)',
        'envelopeText(stored.stream, ({ 2: 3, 3: 2 } as Record<number, number>)[stored.version] ?? stored.version, commit)',
      ),
    ],
  },
  {
    name: 'publish before commit',
    breaks: 'nobody hears of what was not committed',
    patches: [
      kit('decide.ts', 'import { newCommit }', "import { publish } from './publish.js';\nimport { newCommit }"),
      kit(
        'decide.ts',
        'await tx.commit();',
        'await publish((deps as never as { bus: never }).bus, [{ ...stored, commit: wanted.commit }], deps);\n    await tx.commit();',
      ),
    ],
  },
  {
    name: 'open a transaction without a sweep',
    breaks: 'what a function could not publish is published by the relay',
    patches: [kit('sweep.ts', 'await sendSweep(queue, delay);\n    due', 'due')],
  },
  {
    name: 'mark what the bus refused',
    breaks: 'a refused entry is sent again',
    patches: [kit('publish.ts', 'taken: items.filter((_, index) => !isRefused(index))', 'taken: items')],
  },
  {
    name: 'run a repeated command again',
    breaks: 'a repeated command changes nothing',
    patches: [
      kit(
        'sql/0002_append.sql',
        'delete from dbpatterns.command c\n   where c.id = p_command and',
        'delete from dbpatterns.command c\n   where c.id = p_command or',
      ),
    ],
  },
  {
    name: 'take a lost answer for a refusal',
    breaks: 'a repeat is answered as the first time, also where the store would refuse it now',
    patches: [kit('postgres-write-model.ts', 'return await this.earlier(request, error);', 'throw error;')],
  },
];
