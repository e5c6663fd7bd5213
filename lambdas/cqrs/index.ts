export * from './aggregate.js';
export * from './aggregate-view.js';
export { AggregateWriter } from './aggregate-writer.js';
export { command, type Command, type CommandContext, type Decision } from './command.js';
export type { CommandEvent } from './command-request.js';
export type { CommandsHandler, RemainingTime } from './command-service.js';
export * from './commands.js';
export type { CommandsOptions } from './postgres-command-service.js';
export { ContractError } from './contract.js';
export type { Contract, ContractErrorCode, Creators, EventOfType, EventSchema, EventsOf } from './contract.js';
export type { Upcasting, UpcastSchema } from './contract.js';
export { add, contribute, withdraw } from './contribution-operations.js';
export type { Contribution, ContributionOperation, Measures, TotalKey } from './contributions.js';
export { dynamodbCommand } from './dynamodb-command.js';
export type { DynamoDbCommand, DynamoDbCommandContext, DynamoDbDecision, PastEvent } from './dynamodb-command.js';
export * from './dynamodb-commands.js';
export { put, remove, set, type EntityOperation } from './entity-operations.js';
export * from './entity-view.js';
export { EntityWriter } from './entity-writer.js';
export { EnvelopeError, parseEnvelope, type Envelope } from './envelope.js';
export * from './event.js';
export type { EventHandlers, EventOrigin, Returned } from './event-handlers.js';
export { HistoryExpiredError } from './history-expired.js';
export type { HistoryPage, HistoryReader, HistorySegments, SegmentPage } from './history-reader.js';
export * from './history-unavailable.js';
export type { Log, LogEntry } from './log.js';
export type { OwnQueue } from './own-queue.js';
export type { Page, PageOptions } from './page.js';
export { PoisonError, type PoisonCode } from './poison.js';
export * from './postgres-aggregate.js';
export * from './postgres-view.js';
export * from './problem.js';
export * from './projection.js';
export type {
  GenerationOutcome,
  ParkedCommit,
  ParkedMark,
  ParkedPage,
  ParkedStream,
  ParkingOutcome,
} from './parked-streams.js';
export type { ProjectionHandler, ProjectionOptions } from './projection-handler.js';
export type { ParkingRequest, ProjectionHandlerOptions } from './projection-settings.js';
export type { RebuildInput, RebuildRequest, RebuildStatus, RebuildJobStatus } from './rebuild.js';
export type { ParkingMark } from './view-store.js';
export * from './queries.js';
export * from './reaction.js';
export { ReactionError, type ReactionErrorCode } from './reaction-error.js';
export type { Invocation } from './reaction-deadline.js';
export type { ReaderOptions } from './reader-options.js';
export type { Followed, ReadOptions } from './read-options.js';
export * from './refusal.js';
export * from './state-items.js';
export * from './stream.js';
export * from './token.js';
export { TOKEN_LIMIT, TokenError, type TokenErrorCode, type TokenOptions } from './token-text.js';
export { AsyncSchemaError } from './validate.js';
export { UsageError, type UsageErrorCode } from './usage-error.js';
export * from './view-behind.js';
export type { ViewOptions } from './view-options.js';
export type { IndexedTable, ViewTable } from './view-table.js';
export * from './view-writer.js';
