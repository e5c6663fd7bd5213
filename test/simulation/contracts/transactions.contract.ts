import { GetCommand, TransactWriteCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';

/** A table with keys `id` and `at`. */
export interface TransactionsUnderTest {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}

const WRITERS = 20;

/** What the kit relies on where writes meet. The model refuses much, the emulator next to nothing: both keep it. */
export function transactionsContract(start: () => Promise<TransactionsUnderTest>): void {
  describe('writes that meet', () => {
    let client: DynamoDBDocumentClient;
    let table: string;
    beforeAll(async () => ({ client, table } = await start()));

    const key = (id: string) => ({ id, at: 'a' });
    const add = (id: string) => ({
      TableName: table,
      Key: key(id),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': 1 },
    });
    const read = async (id: string): Promise<number> => {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: key(id), ConsistentRead: true }));
      return Number(Item?.['n'] ?? 0);
    };

    it('are done whole, or refused whole with a reason for each item', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: WRITERS }, (_, n) =>
          client.send(
            new TransactWriteCommand({ TransactItems: [`own-${n}`, 'hot'].map((id) => ({ Update: add(id) })) }),
          ),
        ),
      );
      const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(await read('hot')).toBe(done);
      for (const [n, outcome] of outcomes.entries()) {
        expect(await read(`own-${n}`)).toBe(outcome.status === 'fulfilled' ? 1 : 0);
        if (outcome.status === 'fulfilled') continue;
        const { name, CancellationReasons } = outcome.reason as {
          name: string;
          CancellationReasons: { Code: string }[];
        };
        expect(name).toBe('TransactionCanceledException');
        const codes = CancellationReasons.map(({ Code }) => Code);
        expect(codes).toHaveLength(2);
        expect(codes).toContain('TransactionConflict');
        expect(['None', 'TransactionConflict']).toEqual(expect.arrayContaining(codes));
      }
    });

    it('are done, or refused as a conflict, where one of them is no transaction', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: WRITERS }, (_, n) =>
          n % 2 === 0
            ? client.send(new TransactWriteCommand({ TransactItems: [{ Update: add('mixed') }] }))
            : client.send(new UpdateCommand(add('mixed'))),
        ),
      );
      expect(await read('mixed')).toBe(outcomes.filter(({ status }) => status === 'fulfilled').length);
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome.status === 'fulfilled') continue;
        const { name } = outcome.reason as Error;
        expect(name).toBe(n % 2 === 0 ? 'TransactionCanceledException' : 'TransactionConflictException');
      }
    });

    it('count once where the same transaction is sent again', async () => {
      const send = () =>
        client.send(
          new TransactWriteCommand({ ClientRequestToken: 'again', TransactItems: [{ Update: add('token') }] }),
        );
      for (let done = 0; done < 2;) {
        done += await send().then(
          () => 1,
          () => 0,
        );
      }
      expect(await read('token')).toBe(1);
    });
  });
}
