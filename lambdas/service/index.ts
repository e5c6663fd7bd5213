export { commandCaller, queryCaller } from './api-caller.js';
export type { ApiCallerOptions, AskOptions, CommandCaller, Committed, QueryCaller, SendOptions } from './api-caller.js';
export { caller, type Caller, type CallerOptions } from './caller.js';
export type { CallFacts, OperationAnswer, OperationCall } from './message.js';
export { operation, type Operation, type OperationSchemas } from './operation.js';
export { OperationError, type OperationErrorCode } from './operation-error.js';
export { serve, type OperationHandler, type ServeOptions } from './serve.js';
