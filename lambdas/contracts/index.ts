export { ContractError } from '../cqrs/contract.js';
export type { Contract, ContractErrorCode, Creators, EventOfType, EventSchema, EventsOf } from '../cqrs/contract.js';
export type { Upcasting, UpcastSchema } from '../cqrs/contract.js';
export * from '../cqrs/stream.js';
export { operation, type Operation, type OperationSchemas } from '../service/operation.js';
export { eventSchemas, type EventSchemasOptions, type JsonObject, type ToJsonSchema } from './event-schemas.js';
