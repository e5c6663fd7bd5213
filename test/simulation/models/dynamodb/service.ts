import { marshall } from '@aws-sdk/util-dynamodb';
import { serviceError, Unmodelled } from '../../core/errors.js';
import { hashed } from '../../core/random.js';
import { at, meets, updated } from './evaluation.js';
import { ExpressionReader, type Condition, type Placeholders } from './parser.js';
import { runStatement, type Statement } from './partiql.js';
import { Table, type Propagation, type TableOptions } from './table.js';
import { compared, invalid, isEqual, sizeOf, stored, type Item } from './values.js';
import type { Write } from './write.js';

/** The input of any command, as the document client takes it. */
export interface Input {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ConsistentRead?: boolean;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
  readonly Segment?: number;
  readonly TotalSegments?: number;
  readonly RequestItems?: Record<string, unknown>;
  readonly TransactItems?: readonly Record<string, Input>[];
  readonly TransactStatements?: readonly Statement[];
  readonly Statement?: string;
  readonly Parameters?: readonly unknown[];
  readonly ClientRequestToken?: string;
}

/** What was consumed, as it is billed. */
export interface Consumed {
  requests: number;
  read: number;
  write: number;
}

/** The DynamoDB of a run: each command is carried out at once and whole. */
export class DynamoDb {
  readonly consumed: Consumed = { requests: 0, read: 0, write: 0 };
  private readonly tables = new Map<string, Table>();
  /** Whether there ever was a transaction, which a write may meet. */
  hasTransactions = false;
  /** Tables that take no request. */
  readonly away = new Set<string>();
  private readonly tokens = new Map<string, Record<string, unknown>>();

  /** @param pageSize - how many bytes a page of a query or a scan has */
  constructor(private readonly pageSize = 1024 * 1024) {}

  create(options: TableOptions, propagation?: Propagation): Table {
    const table = new Table(options, propagation);
    this.tables.set(options.name, table);
    return table;
  }

  table(name: string | undefined): Table {
    const found = this.tables.get(name ?? '');
    if (found === undefined)
      throw serviceError('ResourceNotFoundException', 'Cannot do operations on a non-existent table');
    return found;
  }

  /** Whether a request speaks of a table that is away. */
  private isAway(input: Input): boolean {
    if (this.away.size === 0) return false;
    // A statement holds the table's name in quotes that are escaped.
    const text = JSON.stringify(input);
    return [...this.away].some((table) => text.includes(`"${table}"`) || text.includes(`"${table}\\"`));
  }

  /** Carries out a command of the document client. `leave` says which items of a batch are left unprocessed. */
  carryOut(name: string, input: Input, leave: (index: number) => boolean = () => false): Record<string, unknown> {
    this.consumed.requests += 1;
    if (this.isAway(input)) throw serviceError('ProvisionedThroughputExceededException', 'The table is away');
    switch (name) {
      case 'GetCommand':
        return { Item: this.get(input) };
      case 'PutCommand':
      case 'UpdateCommand':
      case 'DeleteCommand':
        return this.single(name, input);
      case 'QueryCommand':
        return this.query(input);
      case 'ScanCommand':
        return this.scan(input);
      case 'BatchGetCommand':
        return this.batchGet(input, leave);
      case 'BatchWriteCommand':
        return this.batchWrite(input, leave);
      case 'TransactGetCommand':
        return { Responses: (input.TransactItems ?? []).map(({ Get }) => ({ Item: this.get(Get!, 2) })) };
      case 'TransactWriteCommand':
        return this.idempotent(input, () =>
          this.transact((input.TransactItems ?? []).map((item) => this.writeOf(item))),
        );
      case 'DescribeTableCommand':
        // It is counted now and then only; nobody may rely on it.
        return { Table: { TableName: input.TableName, ItemCount: 1 } };
      case 'ExecuteStatementCommand':
        return this.statement(input);
      case 'ExecuteTransactionCommand':
        return this.idempotent(input, () =>
          this.transact((input.TransactStatements ?? []).map((one) => runStatement((name) => this.table(name), one))),
        );
      default:
        throw new Unmodelled(`the model of DynamoDB does not know ${name}`);
    }
  }

  /** A put, update, delete or check with its condition looked at. */
  write(kind: string, input: Input): Write {
    const table = this.table(input.TableName);
    const reader = new ExpressionReader(placeholders(input));
    const item = kind === 'Put' ? stored(input.Item ?? {}) : undefined;
    const key = item ?? stored(input.Key ?? {});
    table.idOf(key);
    const own = keyOf(table, key);
    if (item === undefined && !isEqual(own, key)) throw invalid('The provided key element does not match the schema');
    const before = table.get(own);
    const text = input.ConditionExpression;
    const condition: Condition | undefined = text === undefined ? undefined : reader.condition(text);
    const actions = input.UpdateExpression === undefined ? [] : reader.update(input.UpdateExpression);
    reader.allUsed();
    if (actions.some(({ path }) => typeof path[0] === 'string' && path[0] in own)) {
      throw invalid(
        'One or more parameter values were invalid: Cannot update attribute. This attribute is part of the key',
      );
    }
    const isMet = condition === undefined || meets(before, condition);
    const wantsOld = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before !== undefined;
    return {
      table,
      key: own,
      refusal: isMet ? undefined : { code: 'ConditionalCheckFailed', ...(wantsOld ? { item: before } : {}) },
      after: () => {
        if (kind === 'Put') return item;
        return kind === 'Update' ? updated(before ?? own, actions) : undefined;
      },
      isCheck: kind === 'ConditionCheck',
    };
  }

  /** Makes a change whose condition was met. */
  apply({ table, key, after }: Write, factor = 1): Item | undefined {
    const before = table.get(key);
    const now = after();
    table.write(key, now);
    this.bill(table, before, now, factor);
    return now;
  }

  private single(name: string, input: Input): Record<string, unknown> {
    const write = this.write(name.replace('Command', ''), input);
    const before = write.table.get(write.key);
    if (write.refusal !== undefined) {
      this.consumed.write += 1;
      throw conditionFailed(write.refusal.item);
    }
    const after = this.apply(write);
    if (input.ReturnValues === 'ALL_OLD') return { Attributes: before && structuredClone(before) };
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: after && structuredClone(after) };
    return {};
  }

  private writeOf(item: Record<string, Input>): Write {
    const [entry] = Object.entries(item);
    if (entry === undefined) throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
    return this.write(entry[0], entry[1]);
  }

  private transact(writes: readonly Write[]): Record<string, unknown> {
    this.hasTransactions = true;
    if (writes.length < 1 || writes.length > 100) {
      throw invalid('Member must have length less than or equal to 100');
    }
    const ids = writes.map(({ table, key }) => table.name + table.idOf(key));
    if (new Set(ids).size < ids.length) {
      throw invalid('Transaction request cannot include multiple operations on one item');
    }
    if (writes.some(({ refusal }) => refusal !== undefined)) {
      this.consumed.write += 2 * writes.length;
      throw cancelled(
        writes.map(({ refusal }) => ({
          Code: refusal?.code ?? 'None',
          ...(refusal === undefined ? {} : { Message: refusal.code }),
          ...(refusal?.item === undefined ? {} : { Item: marshall(refusal.item) }),
        })),
      );
    }
    // All of them or none: what an item cannot hold is found before anything is changed.
    const results = writes.map((write) => ({ write, after: write.isCheck ? undefined : write.after() }));
    const before = new Map(writes.map((write) => [write, write.table.get(write.key)]));
    for (const { write, after } of results) {
      if (after !== undefined) write.table.checkItem(after);
    }
    for (const { write, after } of results) if (!write.isCheck) write.table.write(write.key, after);
    for (const { write, after } of results) {
      if (write.isCheck) this.consumed.write += 2;
      else this.bill(write.table, before.get(write), after, 2);
    }
    return {};
  }

  private idempotent(input: Input, run: () => Record<string, unknown>): Record<string, unknown> {
    const token = input.ClientRequestToken;
    const known = token === undefined ? undefined : this.tokens.get(token);
    if (known !== undefined) return known;
    const answer = run();
    if (token !== undefined) this.tokens.set(token, answer);
    return answer;
  }

  private statement({ Statement: text = '', Parameters = [] }: Input): Record<string, unknown> {
    const write = runStatement((name) => this.table(name), { Statement: text, Parameters });
    if (write.refusal !== undefined) {
      this.consumed.write += 1;
      if (write.refusal.code === 'DuplicateItem') {
        throw serviceError('DuplicateItemException', 'Duplicate primary key exists in table');
      }
      throw conditionFailed(undefined);
    }
    this.apply(write);
    return { Items: [] };
  }

  private get(input: Input, factor = 1): Item | undefined {
    const table = this.table(input.TableName);
    const item = table.get(stored(input.Key ?? {}));
    const units = Math.max(1, Math.ceil(sizeOf(item ?? {}) / 4096));
    this.consumed.read += (input.ConsistentRead === true ? 1 : 0.5) * units * factor;
    return item && projected(item, input);
  }

  private query(input: Input): Record<string, unknown> {
    const table = this.table(input.TableName);
    if (input.IndexName !== undefined && input.ConsistentRead === true) {
      throw invalid('Consistent reads are not supported on global secondary indexes');
    }
    const reader = new ExpressionReader(placeholders(input));
    const condition = reader.condition(input.KeyConditionExpression ?? '');
    const filter = input.FilterExpression === undefined ? undefined : reader.condition(input.FilterExpression);
    if (input.ProjectionExpression !== undefined) reader.paths(input.ProjectionExpression);
    reader.allUsed();
    const { partitionKey } = table.keysOf(input.IndexName);
    const partition = equalTo(condition, partitionKey);
    if (partition === undefined) throw invalid(`Query condition missed key schema element: ${partitionKey}`);
    const all = table.partition(partition, input.IndexName).filter((item) => meets(item, condition));
    if (input.ScanIndexForward === false) all.reverse();
    return this.page(table, all, input, (item) => filter === undefined || meets(item, filter));
  }

  private scan(input: Input): Record<string, unknown> {
    const table = this.table(input.TableName);
    const reader = new ExpressionReader(placeholders(input));
    const filter = input.FilterExpression === undefined ? undefined : reader.condition(input.FilterExpression);
    if (input.ProjectionExpression !== undefined) reader.paths(input.ProjectionExpression);
    reader.allUsed();
    const { TotalSegments = 1, Segment = 0 } = input;
    const { partitionKey } = table.options;
    const hash = (item: Item): number => hashed(String(item[partitionKey]));
    // In the order of hashes, as a table is.
    const all = table
      .all()
      .filter((item) => hash(item) % TotalSegments === Segment)
      .sort((a, b) => hash(a) - hash(b) || this.order(table, a, b));
    return this.page(table, all, input, (item) => filter === undefined || meets(item, filter));
  }

  private order(table: Table, a: Item, b: Item): number {
    const { partitionKey, sortKey } = table.options;
    const first = compared(a[partitionKey], b[partitionKey]);
    return first !== 0 || sortKey === undefined ? first : compared(a[sortKey], b[sortKey]);
  }

  private page(
    table: Table,
    all: readonly Item[],
    input: Input,
    keep: (item: Item) => boolean,
  ): Record<string, unknown> {
    const { partitionKey, sortKey } = table.keysOf(input.IndexName);
    let rest = all;
    const start = input.ExclusiveStartKey;
    if (start !== undefined) {
      const id = table.idOf(start);
      const found = all.findIndex((item) => table.idOf(item) === id);
      // What the last page ended with may be gone: then its place counts.
      const place = (item: Item): boolean => {
        const direction = input.ScanIndexForward === false ? -1 : 1;
        const bySort = sortKey === undefined ? 0 : compared(item[sortKey], start[sortKey]);
        return direction * (bySort !== 0 ? bySort : this.order(table, item, start)) > 0;
      };
      rest = found >= 0 ? all.slice(found + 1) : input.KeyConditionExpression === undefined ? all : all.filter(place);
    }
    const limit = Math.min(input.Limit ?? Infinity, pageEnd(rest, this.pageSize));
    const read = rest.slice(0, limit);
    const units = Math.max(1, Math.ceil(read.reduce((sum, item) => sum + sizeOf(item), 0) / 4096));
    this.consumed.read += (input.ConsistentRead === true ? 1 : 0.5) * units;
    const items = read.filter(keep).map((item) => projected(item, input));
    const last = read.at(-1);
    const isCut = last !== undefined && (read.length < rest.length || read.length === input.Limit);
    const names = [table.options.partitionKey, table.options.sortKey, partitionKey, sortKey];
    const end = isCut
      ? Object.fromEntries(names.filter((name) => name !== undefined).map((name) => [name, last[name]]))
      : undefined;
    return { Items: items, Count: items.length, ScannedCount: read.length, LastEvaluatedKey: end };
  }

  private batchGet(input: Input, leave: (index: number) => boolean): Record<string, unknown> {
    const responses: Record<string, Item[]> = {};
    const unprocessed: Record<string, unknown> = {};
    for (const [name, request] of Object.entries(input.RequestItems ?? {})) {
      const { Keys, ...options } = request as Input & { Keys: Item[] };
      if (Keys.length > 100) throw invalid('Too many items requested for the BatchGetItem call');
      const ids = Keys.map((key) => this.table(name).idOf(key));
      if (new Set(ids).size < ids.length) throw invalid('Provided list of item keys contains duplicates');
      const left = Keys.filter((_, index) => leave(index));
      const read = Keys.filter((key) => !left.includes(key));
      const found = read.map((key) => this.get({ ...options, TableName: name, Key: key }));
      responses[name] = found.filter((item) => item !== undefined);
      if (left.length > 0) unprocessed[name] = { ...options, Keys: left };
    }
    return { Responses: responses, UnprocessedKeys: unprocessed };
  }

  private batchWrite(input: Input, leave: (index: number) => boolean): Record<string, unknown> {
    const unprocessed: Record<string, unknown[]> = {};
    for (const [name, list] of Object.entries(input.RequestItems ?? {})) {
      const requests = list as { PutRequest?: Input; DeleteRequest?: Input }[];
      if (requests.length > 25) throw invalid('Too many items requested for the BatchWriteItem call');
      for (const [index, request] of requests.entries()) {
        if (leave(index)) (unprocessed[name] ??= []).push(request);
        else if (request.PutRequest !== undefined) {
          this.apply(this.write('Put', { TableName: name, ...request.PutRequest }));
        } else this.apply(this.write('Delete', { TableName: name, ...request.DeleteRequest }));
      }
    }
    return { UnprocessedItems: unprocessed };
  }

  private bill(table: Table, before: Item | undefined, after: Item | undefined, factor: number): void {
    const units = Math.max(1, Math.ceil(Math.max(sizeOf(before ?? {}), sizeOf(after ?? {})) / 1024));
    this.consumed.write += units * factor + units * table.indexWrites(before, after);
  }
}

/** How many items fit into a page. */
function pageEnd(items: readonly Item[], pageSize: number): number {
  let size = 0;
  for (const [index, item] of items.entries()) {
    size += sizeOf(item);
    if (size > pageSize) return index + 1;
  }
  return Infinity;
}

function placeholders(input: Input): Placeholders {
  return { names: input.ExpressionAttributeNames, values: stored(input.ExpressionAttributeValues ?? {}) };
}

export function keyOf(table: Table, item: Item): Item {
  const { partitionKey, sortKey } = table.options;
  return { [partitionKey]: item[partitionKey], ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }) };
}

function projected(item: Item, input: Input): Item {
  if (input.ProjectionExpression === undefined) return structuredClone(item);
  const reader = new ExpressionReader({ names: input.ExpressionAttributeNames });
  const result: Item = {};
  for (const path of reader.paths(input.ProjectionExpression)) {
    const value = at(item, path);
    if (path.length === 1 && value !== undefined) result[String(path[0])] = structuredClone(value);
  }
  return result;
}

/** The value that a condition demands of a key. */
function equalTo(condition: Condition, name: string): unknown {
  if (condition.kind === 'and') {
    return condition.parts.map((part) => equalTo(part, name)).find((value) => value !== undefined);
  }
  if (condition.kind !== 'compare' || condition.operator !== '=') return undefined;
  const { left, right } = condition;
  return left.kind === 'path' && left.path[0] === name && right.kind === 'value' ? right.value : undefined;
}

function conditionFailed(item: Item | undefined): Error {
  const facts = item === undefined ? {} : { Item: marshall(item) };
  return serviceError('ConditionalCheckFailedException', 'The conditional request failed', facts);
}

export function cancelled(reasons: readonly { readonly Code: string }[]): Error {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return serviceError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}
