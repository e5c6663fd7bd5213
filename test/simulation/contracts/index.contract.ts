import { PutCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';

/** A table with keys `id` and `at` and an index by `kind` and `rank`. */
export interface IndexUnderTest {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  /** Waits a while; `seconds` on the clock of the store. */
  wait(seconds: number): Promise<void>;
}

/** Longer than an index ever takes. */
const LONG = 1;

/** What the kit relies on in an index, which may be late. Both the model and the emulator keep it. */
export function indexContract(start: () => Promise<IndexUnderTest>): void {
  describe('an index', () => {
    let parts: IndexUnderTest;
    beforeAll(async () => (parts = await start()));

    const put = (id: string, kind: string, rank: number) =>
      parts.client.send(new PutCommand({ TableName: parts.table, Item: { id, at: 'a', kind, rank } }));
    const ranks = async (kind: string, id: string): Promise<number[]> => {
      const { Items = [] } = await parts.client.send(
        new QueryCommand({
          TableName: parts.table,
          IndexName: 'by-kind',
          KeyConditionExpression: 'kind = :kind',
          ExpressionAttributeValues: { ':kind': kind },
        }),
      );
      return Items.filter((item) => item['id'] === id).map((item) => Number(item['rank']));
    };

    it('shows states of an item that there were, never an older one after a newer one, and the newest in the end', async () => {
      const seen: number[] = [];
      for (let rank = 1; rank <= 12; rank += 1) {
        await put('late', 'moving', rank);
        const shown = await ranks('moving', 'late');
        expect(shown.length).toBeLessThanOrEqual(1);
        expect(Math.max(0, ...shown)).toBeLessThanOrEqual(rank);
        seen.push(...shown);
      }
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      await parts.wait(LONG);
      expect(await ranks('moving', 'late')).toEqual([12]);
    });

    it('has an item that moves in its new place in the end, and no longer in the old one', async () => {
      await put('mover', 'here', 1);
      await put('mover', 'there', 2);
      await parts.wait(LONG);
      expect(await ranks('here', 'mover')).toEqual([]);
      expect(await ranks('there', 'mover')).toEqual([2]);
    });
  });
}
