import type { Rule } from '../../support/checker/index.js';
import type { Order, Patch } from './messages.js';

/** One way to break a guarantee, as it could be broken by hand. */
export interface Mutant {
  readonly name: string;
  /** What it takes away. */
  readonly breaks: string;
  /** The rules that speak of it. What else goes wrong does not show that it is noticed. */
  readonly by: readonly Rule[];
  /** Where it takes something away: it is sought among these runs. Default: all. */
  readonly among?: Order['among'];
  readonly patches: readonly Patch[];
}

const kit = (name: string, from: string, to: string): Patch => ({ file: `lambdas/cqrs/${name}`, from, to });

/** Each has to be caught; a text that is no longer there fails the check, and its mutant has to be written anew. */
export const mutants: readonly Mutant[] = [
  {
    name: 'fail every command',
    breaks: 'commands are accepted',
    by: ['internal'],
    patches: [
      kit(
        'command-service.ts',
        'return this.done(await this.execute(request, context));',
        "throw new Error('it does not work');",
      ),
    ],
  },
  {
    name: 'fail every command that was done',
    breaks: 'what was done is answered so',
    by: ['internal'],
    patches: [
      kit(
        'command-service.ts',
        'return this.done(await this.execute(request, context));',
        "await this.execute(request, context);\n      throw new Error('it does not work');",
      ),
    ],
  },
  {
    name: 'refuse whoever says what was seen',
    breaks: 'a command against the newest version is accepted',
    by: ['unfounded'],
    patches: [
      kit('sql/0002_append.sql', 'p_expected is not null and p_expected <> v_actual', 'p_expected is not null'),
    ],
  },
  {
    name: 'never show what a token asks for',
    breaks: 'an entity read with a token is answered once it is there',
    by: ['unfinished'],
    patches: [kit('entity-view.ts', 'wanted !== undefined && applied < wanted', 'wanted !== undefined')],
  },
  {
    name: 'begin no rebuild',
    breaks: 'a view is rebuilt when somebody asks for it',
    by: ['unfinished'],
    among: 'rebuilds',
    patches: [kit('rebuild-job.ts', 'checkInput(input);', "throw new TypeError('it does not work');")],
  },
  {
    name: 'drop the version condition',
    breaks: 'a duplicate or late commit changes no entity view',
    by: ['differs', 'stale'],
    patches: [
      kit(
        'entity-items.ts',
        'ConditionExpression: `#version = :previous$',
        'ConditionExpression: `(#version = :previous OR attribute_exists(#version))$',
      ),
    ],
  },
  {
    name: 'ignore the version that a client has seen',
    breaks: 'If-Match',
    by: ['expectation-broken'],
    patches: [kit('sql/0002_append.sql', 'p_expected is not null and p_expected <> v_actual', 'false')],
  },
  {
    name: 'acknowledge before the write',
    breaks: 'a message is deleted only when its commit is in the view',
    by: ['differs'],
    patches: [
      kit(
        'projection-handler.ts',
        "if ('Records' in event) return parts().projector.deliver(event);",
        `if ('Records' in event) {
      const late = (options.sleep ?? systemSleep)(100).then(() => ({ batchItemFailures: [] }));
      return Promise.race([parts().projector.deliver(event), late]);
    }`,
      ),
    ],
  },
  {
    name: 'answer before the commit',
    breaks: 'a command is answered only when its commit is durable',
    by: ['lost'],
    patches: [
      kit(
        'dynamodb-write-model.ts',
        'await writeCommit(store, stored, state);',
        'await Promise.race([writeCommit(store, stored, state), this.parts.sleep(20)]);',
      ),
    ],
  },
  {
    name: 'id > last in the relay',
    breaks: 'what was committed late is published too',
    by: ['unpublished'],
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
    by: ['differs'],
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
    by: ['differs'],
    patches: [kit('aggregate-run.ts', 'movements(before.contributions, after', 'movements(new Map(), after')],
  },
  {
    name: 'forget the contribution in PostgreSQL',
    breaks: 'what a stream contributed before no longer counts in PostgreSQL either',
    by: ['differs'],
    patches: [
      kit('sql/0012_passed.sql', 'v_out = v_out || v_before;', ''),
      kit('sql/0012_passed.sql', "if v_out <> '[]' or v_in <> '[]' then", "if v_in <> '[]' then"),
    ],
  },
  {
    name: 'take whatever comes in PostgreSQL',
    breaks: 'a duplicate, a late commit or one behind a gap changes no total in PostgreSQL',
    by: ['differs'],
    patches: [
      kit('sql/0012_passed.sql', 'continue when v_commit.version <= applied;', ''),
      kit('sql/0012_passed.sql', 'exit when v_commit.version > applied + 1;', ''),
    ],
  },
  {
    name: 'jump a gap in PostgreSQL',
    breaks: 'a missing commit is fetched from history for a total in PostgreSQL',
    by: ['differs', 'stale'],
    patches: [kit('sql/0012_passed.sql', 'exit when v_commit.version > applied + 1;', '')],
  },
  {
    name: 'ignore a gap',
    breaks: 'a missing commit is fetched from history',
    by: ['differs', 'stale'],
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
    by: ['stale'],
    patches: [
      kit('entity-view.ts', 'await readNewest(view, streamName, wanted.versions)', 'new Map<string, Newest>()'),
    ],
  },
  {
    name: 'answer an entity without waiting',
    breaks: 'an entity read with a token shows at least what the token says',
    by: ['stale'],
    patches: [kit('entity-view.ts', 'wanted !== undefined && applied < wanted', 'wanted === -1')],
  },
  {
    name: 'swap two versions',
    breaks: 'a commit is published under its own version',
    by: ['unpublished', 'phantom'],
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
    by: ['phantom'],
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
    by: ['unpublished'],
    patches: [kit('sweep.ts', 'await sendSweep(queue, delay);\n    due', 'due')],
  },
  {
    name: 'mark what the bus refused',
    breaks: 'a refused entry is sent again',
    by: ['unpublished'],
    patches: [kit('publish.ts', 'items.filter((_, index) => Entries[index]?.EventId !== undefined)', 'items')],
  },
  {
    name: 'run a repeated command again',
    breaks: 'a repeated command changes nothing',
    by: ['doubled'],
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
    by: ['refused-present', 'distorted'],
    patches: [kit('postgres-write-model.ts', 'return await this.earlier(request, error);', 'throw error;')],
  },
  {
    name: 'forget what a command did in DynamoDB',
    breaks: 'a repeated command gets its first answer',
    by: ['distorted', 'refused-present', 'doubled'],
    patches: [kit('stream-history.ts', 'commit.command === command && commit.at >= since', 'commit.at < since')],
  },
  {
    name: 'answer a total without waiting',
    breaks: 'a total read with a token shows at least what the token says',
    by: ['stale'],
    patches: [kit('read-totals.ts', '(seen.get(id) ?? 0) < version)', '(seen.get(id) ?? 0) < 0)')],
  },
  {
    name: 'end history with its first page',
    breaks: 'history tells of all commits',
    by: ['lost'],
    patches: [
      kit(
        'commit-history.ts',
        '...(start === undefined ? {} : { cursor: writeScanCursor(start) })',
        '...(start?.never === undefined ? {} : { cursor: writeScanCursor(start) })',
      ),
    ],
  },
  {
    name: 'go on behind the last stream of a page',
    breaks: 'history goes on where a page ended, also in the middle of a stream',
    by: ['lost'],
    patches: [
      kit('outbox-history.ts', 'cursor: writeCursor(last)', 'cursor: writeCursor({ ...last, version: 999_999 })'),
    ],
  },
  {
    name: 'leave the mark of a retried stream',
    breaks: 'a stream that was retried is followed again',
    by: ['parked'],
    patches: [kit('history-follower.ts', 'await parking.clear(stream);\n        // What was', '// What was')],
  },
  {
    name: 'drop what readers see',
    breaks: 'only what no reader sees any more is dropped',
    by: ['differs', 'stale'],
    among: 'rebuilds',
    patches: [kit('rebuild-job.ts', 'await generations.drop(generation)', 'await generations.drop(record.live)')],
  },
  {
    name: 'move readers unlooked',
    breaks: 'what a new generation has missed is in it before readers move',
    by: ['differs', 'stale'],
    among: 'rebuilds',
    patches: [kit('rebuild-transitions.ts', "step: 'verify', since: after", "step: 'swap', since: after")],
  },
  {
    name: 'read which generation is live once',
    breaks: 'readers and writers move to the new generation',
    by: ['differs', 'stale'],
    among: 'rebuilds',
    patches: [kit('record-copy.ts', 'time >= copy.until', 'time < 0')],
  },
  {
    name: 'pass over what a reaction could not do',
    breaks: 'each event is reacted to, in the order of its stream',
    by: ['differs'],
    patches: [kit('reaction-writer.ts', "state: 'poison',", "state: 'current',")],
  },
  {
    name: 'swallow what the bus refused to the end',
    breaks: 'the stream brings a batch again until all of it is published',
    by: ['unpublished'],
    patches: [kit('commit-relay.ts', 'if (left > 0) throw', 'if (left < 0) throw')],
  },
  {
    name: 'sweep once only',
    breaks: 'what the bus refuses is swept up later',
    by: ['unpublished'],
    patches: [kit('relay.ts', 'if (lease === undefined) return undefined;', 'return undefined;')],
  },
  {
    name: 'store state that others have changed',
    breaks: 'state is changed from what was read only',
    by: ['differs'],
    patches: [
      kit('commit-writes.ts', ' AND "revision" = ?`', '`'),
      kit('commit-writes.ts', 'version, replaces]', 'version]'),
    ],
  },
  {
    name: 'change what is written without waiting',
    breaks: 'no function works by an old record when a rebuild goes on',
    by: ['differs', 'stale'],
    among: 'rebuilds',
    patches: [kit('rebuild-transitions.ts', 'settle = functionTimeout + 3,', 'settle = 0,')],
  },
  {
    name: 'write what readers see first',
    breaks: 'the new generation never has less than the live one when readers move',
    by: ['differs', 'stale'],
    among: 'rebuilds',
    patches: [
      kit(
        'feeds.ts',
        "[beside.generation, 'ahead'],\n        [live, 'live'],",
        "[live, 'live'],\n        [beside.generation, 'aside'],",
      ),
    ],
  },
  {
    name: 'answer from PostgreSQL without waiting',
    breaks: 'a view in PostgreSQL read with a token shows at least what the token says',
    by: ['stale'],
    patches: [kit('sql/0013_at_least.sql', 'if v_behind.place is not null then', 'if false then')],
  },
  {
    name: 'publish nothing again',
    breaks: 'what the stream has lost is published from the table',
    by: ['unpublished'],
    patches: [kit('republish.ts', 'Items.flatMap((item) => commitItem(item) ?? []),', '[],')],
  },
  {
    name: 'discard two versions',
    breaks: 'discarding passes one version',
    by: ['differs'],
    patches: [kit('history-follower.ts', 'pass: mark.version, pages', 'pass: mark.version + 1, pages')],
  },
  {
    name: 'give up a commit without a mark',
    breaks: 'what cannot be applied stands in the parking',
    by: ['differs', 'stale', 'parked'],
    patches: [
      kit(
        'recovery.ts',
        'attempts >= parkAfter && (await parking.park(stream, applied, error))',
        'attempts >= parkAfter',
      ),
    ],
  },
];
