import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';

/** A table with keys `id` and `at` and an index by `kind` and `rank`. */
export interface DynamoDbUnderTest {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}

type Item = Record<string, unknown>;

/** What the kit relies on in DynamoDB. Both the model and the emulator keep it. */
export function dynamodbContract(start: () => Promise<DynamoDbUnderTest>): void {
  describe('DynamoDB', () => {
    let client: DynamoDBDocumentClient;
    let table: string;
    beforeAll(async () => ({ client, table } = await start()));

    const key = (id: string, at = 'a'): Item => ({ id, at });
    const put = (item: Item, more: object = {}) =>
      client.send(new PutCommand({ TableName: table, Item: item, ...more }));
    const get = async (id: string, at = 'a'): Promise<Item | undefined> =>
      (await client.send(new GetCommand({ TableName: table, Key: key(id, at), ConsistentRead: true }))).Item;

    it('puts, gets and deletes items as they are, without what is undefined', async () => {
      const item = { ...key('plain'), n: 1.5, list: [1, 'two', { three: null }], yes: true, none: undefined };
      await put(item);
      expect(await get('plain')).toEqual({ ...key('plain'), n: 1.5, list: [1, 'two', { three: null }], yes: true });
      await client.send(new DeleteCommand({ TableName: table, Key: key('plain') }));
      expect(await get('plain')).toBeUndefined();
    });

    it('refuses a put whose condition fails, and returns the old item where that is asked for', async () => {
      await put({ ...key('condition'), version: 3 });
      const condition = {
        ConditionExpression: 'attribute_not_exists(#id)',
        ExpressionAttributeNames: { '#id': 'id' },
      };
      const refused = await failure(put({ ...key('condition'), version: 4 }, condition));
      expect(refused).toMatchObject({ name: 'ConditionalCheckFailedException' });
      expect(refused).not.toHaveProperty('Item.id');
      const told = await failure(
        put(key('condition'), { ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      );
      expect(told).toMatchObject({ Item: { version: { N: '3' } } });
      expect(await get('condition')).toMatchObject({ version: 3 });
    });

    it('updates under a condition: set, remove, add, and what is not there before', async () => {
      await put({ ...key('update'), version: 1, gone: 'x', count: 2 });
      const update = (version: number) =>
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: key('update'),
            UpdateExpression: 'SET #v = :new, fresh = if_not_exists(fresh, :zero) REMOVE gone ADD #c :two, more :two',
            ConditionExpression: '#v = :old AND attribute_not_exists(dead)',
            ExpressionAttributeNames: { '#v': 'version', '#c': 'count' },
            ExpressionAttributeValues: { ':new': version + 1, ':old': version, ':zero': 0, ':two': 2 },
          }),
        );
      await update(1);
      expect(await get('update')).toEqual({ ...key('update'), version: 2, fresh: 0, count: 4, more: 2 });
      expect(await failure(update(1))).toMatchObject({ name: 'ConditionalCheckFailedException' });
    });

    it('adds to sets and takes from them; an empty set is none', async () => {
      const change = (verb: string, ...members: string[]) =>
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: key('sets'),
            UpdateExpression: `${verb} #s :s`,
            ExpressionAttributeNames: { '#s': 'streams' },
            ExpressionAttributeValues: { ':s': new Set(members) },
          }),
        );
      await change('ADD', 'a', 'b');
      await change('ADD', 'b', 'c');
      expect((await get('sets'))?.['streams']).toEqual(new Set(['a', 'b', 'c']));
      await change('DELETE', 'a', 'b', 'c');
      expect(await get('sets')).toEqual(key('sets'));
    });

    it('makes an item of an update without one', async () => {
      const input = { TableName: table, Key: key('new'), UpdateExpression: 'ADD n :n' };
      await client.send(new UpdateCommand({ ...input, ExpressionAttributeValues: { ':n': 5 } }));
      expect(await get('new')).toEqual({ ...key('new'), n: 5 });
    });

    it.each([
      ['a missing key', { Key: { id: 'x' } }],
      ['an empty key', { Key: { id: '', at: 'a' } }],
      ['a name that is not given', { Key: { id: 'x', at: 'a' }, UpdateExpression: 'SET #n = :v' }],
    ])('refuses %s', async (_, input) => {
      const values = 'UpdateExpression' in input ? { ExpressionAttributeValues: { ':v': 1 } } : {};
      const refused = await failure(client.send(new UpdateCommand({ TableName: table, ...input, ...values })));
      expect(refused).toMatchObject({ name: 'ValidationException' });
    });

    describe('a transaction', () => {
      const write = (...items: object[]) =>
        client.send(new TransactWriteCommand({ TransactItems: items })).then(() => 'done');

      it('makes all changes or none, and says which condition failed', async () => {
        await put({ ...key('one'), n: 1 });
        const add = { UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': 1 } };
        const first = { Update: { TableName: table, Key: key('one'), ...add } };
        const missing = {
          ConditionCheck: { TableName: table, Key: key('two'), ConditionExpression: 'attribute_exists(id)' },
        };
        const refused = await failure(write(first, missing));
        expect(refused).toMatchObject({ name: 'TransactionCanceledException' });
        expect(codes(refused)).toEqual(['None', 'ConditionalCheckFailed']);
        expect(await get('one')).toMatchObject({ n: 1 });
        await put(key('two'));
        expect(await write(first, missing)).toBe('done');
        expect(await get('one')).toMatchObject({ n: 2 });
      });

      it('takes each item once, and at most 100', async () => {
        const twice = [1, 2].map((n) => ({ Put: { TableName: table, Item: { ...key('twice'), n } } }));
        expect(await failure(write(...twice))).toMatchObject({ name: 'ValidationException' });
        const many = Array.from({ length: 101 }, (_, n) => ({ Put: { TableName: table, Item: key(`many-${n}`) } }));
        expect(await failure(write(...many))).toMatchObject({ name: 'ValidationException' });
      });

      it('reads several items in the order of the question', async () => {
        await put({ ...key('read'), n: 7 });
        const TransactItems = ['nobody', 'read'].map((id) => ({ Get: { TableName: table, Key: key(id) } }));
        const { Responses = [] } = await client.send(new TransactGetCommand({ TransactItems }));
        expect(Responses.map(({ Item: item }) => (item as Item | undefined)?.['n'])).toEqual([undefined, 7]);
      });
    });

    describe('PartiQL', () => {
      const insert = (id: string, n: number) => ({
        Statement: `INSERT INTO "${table}" VALUE {'id': ?, 'at': ?, 'n': ?}`,
        Parameters: [id, 'a', n],
      });
      const update = (id: string, n: number, before: number) => ({
        Statement: `UPDATE "${table}" SET "n" = ? WHERE "id" = ? AND "at" = ? AND "n" = ?`,
        Parameters: [n, id, 'a', before],
      });

      it('inserts, and never overwrites', async () => {
        await client.send(new ExecuteStatementCommand(insert('partiql', 1)));
        const again = await failure(client.send(new ExecuteStatementCommand(insert('partiql', 2))));
        expect(again).toMatchObject({ name: 'DuplicateItemException' });
        expect(await get('partiql')).toEqual({ ...key('partiql'), n: 1 });
      });

      it('inserts and updates together or not at all', async () => {
        await put({ ...key('state'), n: 1 });
        const both = (id: string, before: number) =>
          client.send(
            new ExecuteTransactionCommand({ TransactStatements: [insert(id, 1), update('state', 2, before)] }),
          );
        const stale = await failure(both('beside-1', 9));
        expect(codes(stale)).toEqual(['None', expect.stringMatching(/^ConditionalCheckFailed/)]);
        expect(await get('beside-1')).toBeUndefined();
        await both('beside-2', 1);
        expect(await get('state')).toMatchObject({ n: 2 });
        const taken = codes(await failure(both('beside-2', 2)));
        expect(taken[0]).toMatch(/^DuplicateItem/);
        expect(await get('state')).toMatchObject({ n: 2 });
      });
    });

    describe('a query', () => {
      beforeAll(async () => {
        const ranks = { a: 3, b: 1, c: 2, d: 10 };
        for (const [at, rank] of Object.entries(ranks)) await put({ ...key('list', at), kind: 'listed', rank });
        await put({ ...key('list', 'e'), kind: 'listed' });
      });

      const query = async (more: object): Promise<{ items: string[]; end?: Item }> => {
        const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand({ TableName: table, ...more }));
        return { items: Items.map((item) => String(item['at'])), end: LastEvaluatedKey };
      };
      const ofTable = { KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': 'list' } };
      const ofIndex = {
        IndexName: 'by-kind',
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': 'listed' },
      };

      it('gives a partition in the order of its sort key, forwards and backwards', async () => {
        expect((await query(ofTable)).items).toEqual(['a', 'b', 'c', 'd', 'e']);
        expect((await query({ ...ofTable, ScanIndexForward: false })).items).toEqual(['e', 'd', 'c', 'b', 'a']);
      });

      it('gives pages that follow each other', async () => {
        const first = await query({ ...ofTable, Limit: 2 });
        expect(first).toEqual({ items: ['a', 'b'], end: key('list', 'b') });
        const second = await query({ ...ofTable, Limit: 2, ExclusiveStartKey: first.end });
        expect(second.items).toEqual(['c', 'd']);
        const third = await query({ ...ofTable, Limit: 2, ExclusiveStartKey: second.end });
        expect(third).toEqual({ items: ['e'], end: undefined });
      });

      it('gives an index in the order of its numbers, without items that lack a key of it', async () => {
        expect((await query(ofIndex)).items).toEqual(['b', 'c', 'a', 'd']);
        const some = {
          ...ofIndex,
          KeyConditionExpression: 'kind = :kind AND #rank BETWEEN :from AND :to',
          ExpressionAttributeNames: { '#rank': 'rank' },
          ExpressionAttributeValues: { ':kind': 'listed', ':from': 2, ':to': 3 },
        };
        expect((await query(some)).items).toEqual(['c', 'a']);
        const page = await query({ ...ofIndex, Limit: 1 });
        expect(page.end).toEqual({ ...key('list', 'b'), kind: 'listed', rank: 1 });
        expect((await query({ ...ofIndex, ExclusiveStartKey: page.end })).items).toEqual(['c', 'a', 'd']);
      });

      it('filters what it has read', async () => {
        const filter = { FilterExpression: 'attribute_exists(#rank)', ExpressionAttributeNames: { '#rank': 'rank' } };
        expect((await query({ ...ofTable, ...filter })).items).toEqual(['a', 'b', 'c', 'd']);
      });

      it('refuses a consistent read of an index', async () => {
        const refused = await failure(
          client.send(new QueryCommand({ TableName: table, ...ofIndex, ConsistentRead: true })),
        );
        expect(refused).toMatchObject({ name: 'ValidationException' });
      });
    });

    it('writes and reads batches', async () => {
      const requests = ['x', 'y'].map((at) => ({ PutRequest: { Item: key('batch', at) } }));
      await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
      const Keys = ['x', 'y', 'z'].map((at) => key('batch', at));
      const answer = await client.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
      );
      expect(answer.Responses?.[table]?.map((item) => String(item['at'])).sort()).toEqual(['x', 'y']);
    });

    it('scans in segments: each partition in one of them, each item once', async () => {
      const seen: string[] = [];
      for (const Segment of [0, 1, 2]) {
        const partitions = new Set<string>();
        let start: Item | undefined;
        do {
          const page = await client.send(
            new ScanCommand({ TableName: table, Segment, TotalSegments: 3, Limit: 3, ExclusiveStartKey: start }),
          );
          for (const item of page.Items ?? []) {
            seen.push(`${String(item['id'])}/${String(item['at'])}`);
            partitions.add(String(item['id']));
          }
          start = page.LastEvaluatedKey;
        } while (start !== undefined);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(['list/a', 'list/e', 'batch/x', 'state/a']));
    });
  });
}

async function failure(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    (value) => {
      throw new Error(`it was done: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

function codes(error: unknown): string[] {
  const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
  return reasons.map(({ Code }) => Code ?? 'None');
}
