import { GetCommand, TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../stores/index.js';
import { jittered, type Waiting } from './backoff.js';
import { cancellationCodes, isContended } from './cancellation.js';
import { causeOf } from './parking-cause.js';
import { MOST_NAMED, STREAMS, UNNAMED, type ScanPlace } from './parking-directory.js';
import { readItems } from './read-items.js';
import type { Parking, ParkingMark } from './view-store.js';
import { controlKey, PARKED, VERSION, type ViewTable } from './view-table.js';

/** How many marks a page has. */
const PAGE = 100;
const CONFLICTS = 10;

type Key = Readonly<Record<string, string>>;
type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** What the marks of one generation are kept in and made with. */
export interface ParkingPlace {
  readonly table: ViewTable;
  readonly generation: number;
  /** The key of the item that holds the view's version of a stream. */
  readonly versionKey: (stream: string) => Key;
  readonly now: Clock;
  readonly waiting: Waiting;
}

/**
 * Parking marks in DynamoDB: control items beside the view, one per stream, and a directory that names the streams. A
 * mark and its name are written together, so that a list is the directory and the marks, without a scan. A directory
 * that is full says so, and then the marks are found by a scan, until one finds so few that the directory can name all.
 */
export class DynamoDbParking implements Parking {
  constructor(private readonly place: ParkingPlace) {}

  async mark(stream: string): Promise<ParkingMark | undefined> {
    const { client, table } = this.place.table;
    const answer = await client.send(
      new GetCommand({ TableName: table, Key: this.keyOf(stream), ConsistentRead: true }),
    );
    return answer.Item?.[PARKED] as ParkingMark | undefined;
  }

  async park(stream: string, applied: number, error: Error): Promise<boolean> {
    const { table, versionKey, now } = this.place;
    const mark: ParkingMark = {
      stream,
      version: applied + 1,
      cause: causeOf(error),
      at: now().toISOString(),
    };
    const check: TransactItem = {
      ConditionCheck: {
        TableName: table.table,
        Key: versionKey(stream),
        ConditionExpression: applied === 0 ? 'attribute_not_exists(#version)' : '#version = :applied',
        ExpressionAttributeNames: { '#version': VERSION },
        ...(applied === 0 ? {} : { ExpressionAttributeValues: { ':applied': applied } }),
      },
    };
    const put: TransactItem = { Put: { TableName: table.table, Item: { ...this.keyOf(stream), [PARKED]: mark } } };
    const codes = await this.transact([check, put, this.naming(stream)]);
    if (codes === undefined) return true;
    if (codes[0] === CONDITION) return false;
    return (await this.transact([check, put, this.missing()])) === undefined;
  }

  async clear(stream: string): Promise<void> {
    const { table } = this.place.table;
    await this.transact([
      { Delete: { TableName: table, Key: this.keyOf(stream) } },
      {
        Update: {
          TableName: table,
          Key: this.directoryKey(),
          UpdateExpression: 'DELETE #streams :streams',
          ExpressionAttributeNames: { '#streams': STREAMS },
          ExpressionAttributeValues: { ':streams': new Set([stream]) },
        },
      },
    ]);
  }

  async count(): Promise<number> {
    const { client, table } = this.place.table;
    const { Item: directory } = await client.send(
      new GetCommand({ TableName: table, Key: this.directoryKey(), ConsistentRead: true }),
    );
    const named = [...((directory?.[STREAMS] ?? []) as Iterable<string>)].length;
    return directory?.[UNNAMED] === undefined ? named : named + 1;
  }

  async list(cursor?: string): Promise<{ marks: readonly ParkingMark[]; cursor?: string }> {
    const { table } = this.place;
    const [directory] = await readItems(table, [this.directoryKey()], this.place.waiting);
    const unnamed = Number(directory?.[UNNAMED] ?? 0);
    const place = placeOf(cursor);
    if (place !== undefined || unnamed > 0) {
      const { scannedMarks } = await import('./parking-scan.js');
      const { generation } = this.place;
      return scannedMarks({ table, generation, directory: this.directoryKey() }, place ?? { unnamed, found: 0 });
    }
    const named = [...((directory?.[STREAMS] ?? []) as Iterable<string>)].sort();
    const left = named.filter((stream) => cursor === undefined || stream > cursor);
    const page = left.slice(0, PAGE);
    const items = await readItems(
      table,
      page.map((stream) => this.keyOf(stream)),
      this.place.waiting,
    );
    const marks = items.flatMap((item) => (item?.[PARKED] as ParkingMark | undefined) ?? []);
    const last = page.at(-1);
    return { marks, ...(left.length > page.length && last !== undefined ? { cursor: last } : {}) };
  }

  /** Enters a stream into the directory, unless that is full. */
  private naming(stream: string): TransactItem {
    return {
      Update: {
        TableName: this.place.table.table,
        Key: this.directoryKey(),
        UpdateExpression: 'ADD #streams :streams',
        ConditionExpression: 'attribute_not_exists(#streams) OR size(#streams) < :named OR contains(#streams, :stream)',
        ExpressionAttributeNames: { '#streams': STREAMS },
        ExpressionAttributeValues: { ':streams': new Set([stream]), ':stream': stream, ':named': MOST_NAMED },
      },
    };
  }

  /** Says that the directory does not name all. */
  private missing(): TransactItem {
    return {
      Update: {
        TableName: this.place.table.table,
        Key: this.directoryKey(),
        UpdateExpression: 'ADD #unnamed :one',
        ExpressionAttributeNames: { '#unnamed': UNNAMED },
        ExpressionAttributeValues: { ':one': 1 },
      },
    };
  }

  /** Writes, again where others write the directory too; the reasons of a cancellation, or undefined if it is written. */
  private async transact(items: TransactItem[]): Promise<readonly string[] | undefined> {
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        await this.place.table.client.send(new TransactWriteCommand({ TransactItems: items }));
        return undefined;
      } catch (failure) {
        const codes = cancellationCodes(failure);
        if (codes.includes(CONDITION) || codes.includes('ValidationError')) return codes;
        if (!isContended(failure) || conflicts === CONFLICTS) throw failure;
        await jittered(this.place.waiting, conflicts, 20, 400);
      }
    }
  }

  private keyOf(stream: string): Key {
    const { table, generation } = this.place;
    return controlKey(table, 'parked', stream, generation);
  }

  private directoryKey(): Key {
    return this.keyOf('');
  }
}

const CONDITION = 'ConditionalCheckFailed';

/** The place that a cursor of a scan holds; undefined for the name at which a page of the directory ended. */
function placeOf(cursor: string | undefined): ScanPlace | undefined {
  return cursor?.startsWith('{') === true ? (JSON.parse(cursor) as ScanPlace) : undefined;
}
