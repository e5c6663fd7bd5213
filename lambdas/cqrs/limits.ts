/**
 * The largest entry of EventBridge that the kit sends by default, in bytes: what PutEvents took everywhere before the
 * limit was raised to 1 MB in January 2026.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
 */
export const ENTRY_LIMIT = 262_144;

/** The largest commit, in bytes: what one item of DynamoDB can hold, so that every store can hold every commit. */
export const COMMIT_LIMIT = 400 * 1024;

/** How many entries one PutEvents takes. */
export const ENTRIES_LIMIT = 10;

/** The longest delay of a message of SQS, in seconds. */
export const DELAY_LIMIT = 900;

/**
 * How many bytes of commits one answer of the Data API may hold. Its limit is 1 MiB of JSON, in which each quotation
 * mark of a commit takes twice its size.
 */
export const PAGE_BYTES = 450_000;
