import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Token } from 'aws-cdk-lib/core';
import { nameFindings } from './findings';

/** Of an index, what can be wrong. */
interface Index {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly sortKeyType?: AttributeType;
}

/** Of a table, what can be wrong. */
interface Keys<T extends Index> {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes?: readonly T[];
}

const ATTRIBUTE = {
  pattern: /^[^_].{0,254}$/,
  allowed: "1 to 255 characters that do not begin with an underscore (those attributes are the kit's)",
};
const INDEX = { pattern: /^[A-Za-z0-9_.-]{3,255}$/, allowed: '3 to 255 letters, digits, ".", "_" and "-"' };
const MOST_INDEXES = 20;

/** All that is wrong with a table's keys and indexes. */
export function dynamoDbFindings<T extends Index>(keys: Keys<T>): string[] {
  const indexes = keys.indexes ?? [];
  return [
    ...attributeFindings('the partition key', keys.partitionKey),
    ...attributeFindings('the sort key', keys.sortKey),
    ...distinctFindings('the table', keys.partitionKey, keys.sortKey),
    ...indexes.flatMap((index, position) => indexFindings(keys, index, position)),
    ...(indexes.length > MOST_INDEXES ? [`the table has ${indexes.length} indexes; allowed: ${MOST_INDEXES}`] : []),
  ];
}

/** The indexes without findings. */
export function soundIndexes<T extends Index>(keys: Keys<T>): T[] {
  return (keys.indexes ?? []).filter((index, position) => indexFindings(keys, index, position).length === 0);
}

function indexFindings<T extends Index>(keys: Keys<T>, index: T, position: number): string[] {
  const what = `index "${index.name}"`;
  const earlier = (keys.indexes ?? []).slice(0, position);
  const findings = [
    ...nameFindings('the name of an index', index.name, INDEX),
    ...attributeFindings(`the partition key of ${what}`, index.partitionKey),
    ...attributeFindings(`the sort key of ${what}`, index.sortKey),
    ...distinctFindings(what, index.partitionKey, index.sortKey),
  ];
  if (earlier.some((other) => other.name === index.name)) {
    findings.push(`two indexes are named "${index.name}"; give each its own name`);
  }
  const others = new Map<string, AttributeType>([
    ...[keys.partitionKey, keys.sortKey].flatMap((name) => typed(name)),
    ...earlier.flatMap((other) => attributes(other)),
  ]);
  for (const [name, type] of attributes(index)) {
    const known = others.get(name);
    if (known !== undefined && known !== type) {
      findings.push(
        `attribute "${name}" is of type ${type} in ${what} and ${known} elsewhere; an attribute has one type`,
      );
    }
  }
  return findings;
}

function attributes(index: Index): [string, AttributeType][] {
  return [...typed(index.partitionKey), ...typed(index.sortKey, index.sortKeyType)];
}

function typed(name: string | undefined, type: AttributeType = AttributeType.STRING): [string, AttributeType][] {
  return name === undefined ? [] : [[name, type]];
}

function attributeFindings(what: string, name: string | undefined): string[] {
  return name === undefined ? [] : nameFindings(what, name, ATTRIBUTE);
}

function distinctFindings(what: string, partitionKey: string, sortKey: string | undefined): string[] {
  if (partitionKey !== sortKey || Token.isUnresolved(partitionKey)) {
    return [];
  }
  return [`${what} has "${partitionKey}" as partition key and as sort key; they are two attributes`];
}
