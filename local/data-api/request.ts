import { DataApiError } from './errors.js';
import type { ResultSetOptions } from './records.js';

/** A body that has been checked: members are there where the operation needs them, and of their types and sizes. */
export interface Request {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string | undefined;
  readonly transactionId: string | undefined;
  readonly sql: string;
  readonly parameters: readonly SqlParameter[];
  readonly parameterSets: readonly (readonly SqlParameter[])[];
  readonly includeResultMetadata: boolean;
  readonly continueAfterTimeout: boolean;
  readonly resultSetOptions: ResultSetOptions;
  readonly formatRecordsAs: 'NONE' | 'JSON';
}

/** A named parameter on the wire. */
export interface SqlParameter {
  readonly name?: unknown;
  readonly value?: unknown;
  readonly typeHint?: unknown;
}

/** The operations, by their paths, with what each needs. */
const REQUIRED = {
  '/Execute': ['resourceArn', 'secretArn', 'sql'],
  '/BatchExecute': ['resourceArn', 'secretArn', 'sql'],
  '/BeginTransaction': ['resourceArn', 'secretArn'],
  '/CommitTransaction': ['resourceArn', 'secretArn', 'transactionId'],
  '/RollbackTransaction': ['resourceArn', 'secretArn', 'transactionId'],
} as const;

/** A path of an operation. */
export type Operation = keyof typeof REQUIRED;

/** Most characters, and least where there is one: the service's model. */
const LENGTHS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  resourceArn: [11, 570],
  secretArn: [11, 570],
  database: [0, 64],
  schema: [0, 64],
  transactionId: [0, 192],
  sql: [0, 65_536],
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  formatRecordsAs: ['NONE', 'JSON'],
  decimalReturnType: ['DOUBLE_OR_LONG', 'STRING'],
  longReturnType: ['LONG', 'STRING'],
};

const SWITCHES = ['includeResultMetadata', 'continueAfterTimeout'];

export function isOperation(path: string): path is Operation {
  return Object.hasOwn(REQUIRED, path);
}

/**
 * Reads and checks a request.
 *
 * @throws DataApiError `ValidationException` with everything that is wrong
 */
export function readRequest(operation: Operation, body: Buffer): Request {
  const members = readJson(body);
  const findings = [
    ...REQUIRED[operation].flatMap((name) =>
      !isGiven(members[name]) ? [finding(name, 'Member must not be null')] : [],
    ),
    ...Object.entries(LENGTHS).flatMap(([name, limits]) => lengthFindings(name, members[name], limits)),
    ...choiceFindings('formatRecordsAs', members.formatRecordsAs),
    ...SWITCHES.flatMap((name) =>
      isGiven(members[name]) && typeof members[name] !== 'boolean' ? [finding(name, 'Member must be a boolean')] : [],
    ),
  ];
  const options = isObject(members.resultSetOptions) ? members.resultSetOptions : {};
  if (isGiven(members.resultSetOptions) && !isObject(members.resultSetOptions)) {
    findings.push(finding('resultSetOptions', 'Member must be an object'));
  }
  for (const name of ['decimalReturnType', 'longReturnType']) {
    findings.push(...choiceFindings(`resultSetOptions.${name}`, options[name]));
  }
  if (findings.length > 0) throw invalid(...findings);
  if (members.schema) throw new DataApiError('ValidationException', "The schema parameter isn't supported");
  return {
    resourceArn: text(members.resourceArn) ?? '',
    secretArn: text(members.secretArn) ?? '',
    database: text(members.database),
    transactionId: text(members.transactionId),
    sql: text(members.sql) ?? '',
    parameters: list('parameters', members.parameters),
    parameterSets: list('parameterSets', members.parameterSets).map((set) => list('parameterSets', set)),
    includeResultMetadata: members.includeResultMetadata === true,
    continueAfterTimeout: members.continueAfterTimeout === true,
    resultSetOptions: {
      wantsNumbers: options.decimalReturnType === 'DOUBLE_OR_LONG',
      longsAsText: options.longReturnType === 'STRING',
    },
    formatRecordsAs: members.formatRecordsAs === 'JSON' ? 'JSON' : 'NONE',
  };
}

/** Long numbers have digits that a number of JavaScript does not: they are read as texts. */
const LONG = /"longValue"\s*:\s*(-?\d{16,})(?=\s*[,}])/g;

/**
 * Reads a body.
 *
 * @throws DataApiError `ValidationException` for one that is no JSON object
 */
export function readJson(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8').replace(LONG, '"longValue":"$1"'));
  } catch (cause) {
    throw new DataApiError('ValidationException', 'the body is not JSON', { cause });
  }
  if (isObject(value)) return value;
  throw new DataApiError('ValidationException', 'the body is no JSON object');
}

/** Whether a member is there; `null` is as none. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One thing that is wrong, as AWS services say it. */
export function finding(path: string, constraint: string): string {
  return `Value at '${path}' failed to satisfy constraint: ${constraint}`;
}

/** What is wrong, counted as AWS services do. */
export function invalid(...findings: readonly string[]): DataApiError {
  const count = `${findings.length} validation error${findings.length === 1 ? '' : 's'} detected`;
  return new DataApiError('ValidationException', `${count}: ${findings.join('; ')}`);
}

function lengthFindings(name: string, value: unknown, [least, most]: readonly [number, number]): string[] {
  if (!isGiven(value)) return [];
  if (typeof value !== 'string') return [finding(name, 'Member must be a string')];
  // characters, of which some take two places
  const length = value.replace(/[\uD800-\uDBFF](?=[\uDC00-\uDFFF])/g, '').length;
  if (length > most) return [finding(name, `Member must have length less than or equal to ${most}`)];
  return length < least ? [finding(name, `Member must have length greater than or equal to ${least}`)] : [];
}

function choiceFindings(path: string, value: unknown): string[] {
  const allowed = CHOICES[path.split('.').at(-1) ?? ''] ?? [];
  if (!isGiven(value) || (typeof value === 'string' && allowed.includes(value))) return [];
  return [finding(path, `Member must satisfy enum value set: [${allowed.join(', ')}]`)];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function list<T>(name: string, value: unknown): readonly T[] {
  if (!isGiven(value)) return [];
  if (Array.isArray(value)) return value as readonly T[];
  throw invalid(finding(name, 'Member must be a list'));
}
