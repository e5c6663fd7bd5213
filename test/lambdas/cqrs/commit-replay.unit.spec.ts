import { ResourceAlreadyExistsException, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { commitReplay, type CommitReplayParts } from '../../../lambdas/cqrs/commit-replay.js';

const ARCHIVE = 'arn:aws:events:eu-west-1:123456789012:archive/shop';

/** A replay function, and what it asks of EventBridge. */
function replayOf() {
  const asked: object[] = [];
  const begun = new Set<unknown>();
  const send = async (command: { input: object & { ReplayName?: string } }) => {
    asked.push(command.input);
    const { ReplayName } = command.input;
    if (begun.has(ReplayName)) throw new ResourceAlreadyExistsException({ message: 'it is there', $metadata: {} });
    if (ReplayName !== undefined) begun.add(ReplayName);
    return { CreationTime: new Date('2024-05-06T07:08:09.876Z') };
  };
  const parts: CommitReplayParts = {
    archive: ARCHIVE,
    bus: 'bus',
    rule: 'rule',
    queue: 'queue',
    deadLetters: 'dead',
    store: { table: 'commits', client: DynamoDBDocumentClient.from(new DynamoDBClient()) },
    events: { send: send as EventBridgeClient['send'] },
    sqs: { send: () => Promise.reject(new Error('not asked')) },
    remaining: () => 60_000,
    now: () => new Date('2026-01-31T12:00:00Z'),
    requestId: 'request',
  };
  return { asked, ask: (request: unknown) => commitReplay(parts, request) };
}

describe('the replay of an archive', () => {
  it('plays all that there is up to now, to the rule that keeps it and to no other', async () => {
    const { asked, ask } = replayOf();
    expect(await ask({})).toEqual({ replay: 'dbpatterns-request' });
    expect(asked).toEqual([
      { ArchiveName: 'shop' },
      {
        ReplayName: 'dbpatterns-request',
        EventSourceArn: ARCHIVE,
        EventStartTime: new Date('2024-05-06T07:08:09Z'),
        EventEndTime: new Date('2026-01-31T12:00:00Z'),
        Destination: { Arn: 'bus', FilterArns: ['rule'] },
      },
    ]);
  });

  it('plays what was published since a time', async () => {
    const { asked, ask } = replayOf();
    await ask({ from: '2026-01-01T00:00:00Z' });
    expect(asked).toMatchObject([{ EventStartTime: new Date('2026-01-01T00:00:00Z') }]);
  });

  it('is named by who asks, so that asking again, where no answer has come, begins no second one', async () => {
    const { ask } = replayOf();
    expect(await ask({ name: 'a-1' })).toEqual({ replay: 'dbpatterns-a-1' });
    expect(await ask({ name: 'a-1' })).toEqual({ replay: 'dbpatterns-a-1' });
    expect(await ask({ from: '2026-01-01T00:00:00Z', name: 'b' })).toEqual({ replay: 'dbpatterns-b' });
  });

  it('is not of a time that has not come', async () => {
    const { asked, ask } = replayOf();
    for (const from of ['2026-01-31T12:00:00Z', '2027-01-01T00:00:00Z']) {
      await expect(ask({ from })).rejects.toMatchObject({
        code: 'invalid-replay-request',
        message: expect.stringContaining('allowed: a time before 2026-01-31T12:00:00.000Z, now'),
      });
    }
    expect(asked).toEqual([]);
  });

  it.each([
    null,
    [[]],
    'now',
    { name: '' },
    { name: 'of/others' },
    { name: 'n'.repeat(54) },
    { from: 'yesterday' },
    { from: 1 },
    { replay: 'of-others' },
    { gaps: 'yes' },
    { gaps: true, cursor: 1 },
  ])('refuses what is no question: %j', async (request) => {
    const { asked, ask } = replayOf();
    await expect(ask(request)).rejects.toMatchObject({ code: 'invalid-replay-request' });
    expect(asked).toEqual([]);
  });
});
