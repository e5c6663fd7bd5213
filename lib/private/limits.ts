/**
 * The largest EventBridge entry that the kit sends, in bytes; a larger commit travels without its events.
 *
 * EventBridge took 256 KB an entry until January 2026 and takes 1 MB since
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html), but its SQS targets and emulators
 * followed at their own pace, so the kit stays with what all of them take.
 */
export const ENTRY_LIMIT = 256 * 1024;

/** The largest body of a command, in bytes. */
export const BODY_LIMIT = 256 * 1024;

/**
 * The longest time-out of a command handler, in seconds. Its sweep has to be due later than the time-out plus a minute,
 * and SQS delays a message by 900 s at most; what remains lets one message serve several commands.
 */
export const LONGEST_COMMAND = 600;

/** API Gateway gives up on an integration after this many seconds. */
export const API_GATEWAY_TIMEOUT = 29;

/**
 * What a projection's function may need for one batch, in seconds: a publisher's database that wakes from its pause takes
 * about 15 s to give its history, and writers of the same totals try again for some seconds.
 */
export const LEAST_PROJECTION = 20;

/** AWS asks for a visibility time-out of six times the function's, so that a throttled batch is not received twice. */
export const VISIBILITY_FACTOR = 6;

/** From when on commits that wait to be published or applied are late, in seconds. */
export const LATEST = 300;
