import { DeleteCommand, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../stores/index.js';
import { controlKey, PARKED, type ViewTable } from './view-table.js';
import type { VersionItem } from './view-writer.js';

/** Why a stream stands still in a view. */
export interface ParkingMark {
  readonly stream: string;
  /** The version that cannot be applied. */
  readonly version: number;
  /** What its application ends with. */
  readonly cause: string;
  /** When it was parked, ISO 8601. */
  readonly at: string;
}

const CAUSE_LENGTH = 500;

/** The parking marks of one projection: control items beside its view. */
export class Parking {
  constructor(
    private readonly table: ViewTable,
    private readonly projection: string,
    private readonly now: Clock,
  ) {}

  /** The mark of a stream, undefined where it is not parked. */
  async mark(stream: string): Promise<ParkingMark | undefined> {
    const { client, table } = this.table;
    const answer = await client.send(
      new GetCommand({ TableName: table, Key: this.keyOf(stream), ConsistentRead: true }),
    );
    return answer.Item?.[PARKED] as ParkingMark | undefined;
  }

  /**
   * Parks a stream at the version after `applied`, unless the view has moved on in the meantime: a newer handler may
   * have applied what this one could not.
   *
   * @returns whether it is parked
   */
  async park(stream: string, applied: number, error: Error, versionItem: VersionItem): Promise<boolean> {
    const { client, table } = this.table;
    const mark: ParkingMark = {
      stream,
      version: applied + 1,
      cause: `${codeOf(error)}: ${error.message}`.slice(0, CAUSE_LENGTH),
      at: this.now().toISOString(),
    };
    try {
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              ConditionCheck: {
                TableName: table,
                Key: versionItem.key,
                ConditionExpression: applied === 0 ? 'attribute_not_exists(#version)' : '#version = :applied',
                ExpressionAttributeNames: { '#version': versionItem.attribute },
                ...(applied === 0 ? {} : { ExpressionAttributeValues: { ':applied': applied } }),
              },
            },
            { Put: { TableName: table, Item: { ...this.keyOf(stream), [PARKED]: mark } } },
          ],
        }),
      );
      return true;
    } catch (failure) {
      if (hasMovedOn(failure)) return false;
      throw failure;
    }
  }

  async clear(stream: string): Promise<void> {
    const { client, table } = this.table;
    await client.send(new DeleteCommand({ TableName: table, Key: this.keyOf(stream) }));
  }

  private keyOf(stream: string): Record<string, string> {
    return controlKey(this.table, 'parked', this.projection, stream);
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}

function hasMovedOn(failure: unknown): boolean {
  const { name, CancellationReasons: reasons } = failure as {
    name?: string;
    CancellationReasons?: { Code?: string }[];
  };
  return name === 'TransactionCanceledException' && reasons?.[0]?.Code === 'ConditionalCheckFailed';
}
