/** The beginning of the partition keys of state, which no stream's name can have. */
export const STATE = 'state#';

/** The largest version that a sort key can say. */
export const LAST_VERSION = 9_999_999_999;

/** A version as a sort key: ten digits, so that texts are ordered as numbers are. */
export const versionKey = (version: number): string => String(version).padStart(10, '0');

/** The key of an item of state. */
export const stateKey = (partition: string, key: string): { stream: string; version: string } => ({
  stream: STATE + partition,
  version: key,
});

/** Whether a partition key is of state. */
export const isState = (partitionKey: string): boolean => partitionKey.startsWith(STATE);
