/** The largest item of DynamoDB, in bytes. */
export const ITEM_LIMIT = 400 * 1024;

/**
 * The largest commit, in bytes: what one item of DynamoDB can hold beside its keys and the command's id, so that every
 * store can hold every commit.
 */
export const COMMIT_LIMIT = ITEM_LIMIT - 1024;

/** How many entries one PutEvents takes. */
export const ENTRIES_LIMIT = 10;

/** The longest delay of a message of SQS, in seconds. */
export const DELAY_LIMIT = 900;

/**
 * How many bytes of commits one answer of the Data API may hold. Its limit is 1 MiB of JSON, in which each quotation
 * mark of a commit takes twice its size.
 */
export const PAGE_BYTES = 450_000;
