import type { Field, ResultSetOptions, TypeHint } from '@aws-sdk/client-rds-data';

/**
 * What a row rests on: AWS's documentation or service model; someone's report of the live service; a conclusion from
 * those, or the word of another imitation; or nothing: what the local server does is then written down. Of the last two
 * the service is asked without being judged.
 */
export type Confidence = 'documented' | 'observed' | 'deduced' | 'not documented';

export type DatabaseEngine = 'postgresql' | 'mysql';

/** A value as it is written in the table; bytes in base64. */
export type Value = Omit<Field, 'blobValue' | '$unknown'> & { readonly blobValue?: string };

/** A parameter as it is written in the table. */
export interface Parameter {
  readonly name: string;
  readonly value: Value;
  readonly typeHint?: TypeHint;
}

/** What a call must answer. */
export type Expected =
  /** The first field of the first record. */
  | { readonly field: Value }
  /** Members of the answer, and of what is in them; others may be there. */
  | { readonly answer: object }
  | { readonly error: string; readonly message?: string | RegExp };

/** One call. `{t}` in the statement stands for a table of the case's own, which is dropped in the end. */
export interface Step {
  readonly call?: 'execute' | 'batch' | 'begin' | 'commit' | 'rollback';
  readonly sql?: string;
  readonly parameters?: readonly Parameter[];
  readonly parameterSets?: readonly (readonly Parameter[])[];
  readonly includeResultMetadata?: boolean;
  readonly formatRecordsAs?: 'NONE' | 'JSON';
  readonly resultSetOptions?: ResultSetOptions;
  readonly continueAfterTimeout?: boolean;
  readonly schema?: string;
  /** Another database than the target's; `null` to name none. */
  readonly database?: string | null;
  /** Another transaction than the one that the case began. */
  readonly transactionId?: string;
  /** Outside the transaction that the case began. */
  readonly outside?: boolean;
  /** The next call does not wait for it. */
  readonly background?: boolean;
  /** Milliseconds to wait before the call. */
  readonly after?: number;
  readonly expect?: Expected;
}

/** A row of the table. */
export interface Case {
  readonly id: string;
  readonly says: string;
  readonly engine: DatabaseEngine;
  readonly confidence: Confidence;
  /** Where that is written. */
  readonly source: string;
  readonly steps: readonly Step[];
  /** Takes minutes, because the service waits for them. */
  readonly slow?: boolean;
}

/** Makes rows of one engine. */
export const rowsOf =
  (engine: DatabaseEngine) =>
  (id: string, says: string, confidence: Confidence, source: string, ...steps: Step[]): Case => ({
    id,
    says,
    engine,
    confidence,
    source,
    steps,
  });

/** A row that takes minutes. */
export const slow = (row: Case): Case => ({ ...row, slow: true });

/** A parameter that is a string. */
export const text = (name: string, stringValue: string, typeHint?: TypeHint): Parameter => ({
  name,
  value: { stringValue },
  ...(typeHint ? { typeHint } : {}),
});

/** A parameter that is a long. */
export const long = (name: string, longValue: number): Parameter => ({ name, value: { longValue } });

/** A field that is a string. */
export const field = (stringValue: string): Expected => ({ field: { stringValue } });

/** Where rows come from. */
const MODEL = 'https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/';
const GUIDE = 'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/';
export const SOURCE = {
  execute: `${MODEL}API_ExecuteStatement.html`,
  batch: `${MODEL}API_BatchExecuteStatement.html`,
  begin: `${MODEL}API_BeginTransaction.html`,
  commit: `${MODEL}API_CommitTransaction.html`,
  field: `${MODEL}API_Field.html`,
  array: `${MODEL}API_ArrayValue.html`,
  metadata: `${MODEL}API_ColumnMetadata.html`,
  options: `${MODEL}API_ResultSetOptions.html`,
  parameter: `${MODEL}API_SqlParameter.html`,
  operations: `${GUIDE}data-api-operations.html`,
  differences: `${GUIDE}data-api.differences.html`,
  troubleshooting: `${GUIDE}data-api.troubleshooting.html`,
  quotas: `${GUIDE}CHAP_Limits.html`,
  timeouts: `${GUIDE}data-api-timeouts.html`,
  json: `${GUIDE}data-api-json.html`,
  calling: `${GUIDE}data-api.calling.html`,
  proxy: 'https://github.com/tmokmss/aurora-data-api-proxy/blob/main/COMPATIBILITY.md',
  client: 'https://github.com/jeremydaly/data-api-client/tree/main/integration-tests',
  python: 'https://github.com/cloud-utils/aurora-data-api/blob/main/test/base.py',
  sqlalchemy: 'https://github.com/dylanmoring/aurora-data-api',
  imitation: 'https://github.com/sbalmt/ez4',
  oid: 'https://github.com/localstack/localstack/issues/13050',
  void: 'https://github.com/localstack/localstack/issues/11690',
  counts: 'https://github.com/localstack/localstack/issues/12985',
  missingDatabase: 'https://github.com/aws/aws-cli/issues/8577',
  intervals: 'https://github.com/drizzle-team/drizzle-orm/issues/2982',
  infinity: 'https://github.com/drizzle-team/drizzle-orm/issues/5308',
  database: 'https://github.com/aws/aws-sdk-js-v3/issues/2595',
  arrays: 'https://github.com/psd401/aistudio/issues/454',
  moments: 'https://github.com/sbalmt/ez4/pull/64',
  emptyBatch: 'https://github.com/aws/aws-sdk-js/issues/2775',
} as const;
