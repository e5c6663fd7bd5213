import { readVariable, text, type Environment } from '../stores/index.js';
import { addressOf, type Operation } from './operation.js';
import { OperationError } from './operation-error.js';

const SERVED = { service: text, name: text };
const CALLED = { ...SERVED, function: text };

/**
 * That the function serves this operation, as its construct says.
 *
 * @throws EnvironmentError where the function serves none, OperationError `other-contract` where it serves another.
 */
export function serves(operation: Operation, environment?: Environment): void {
  const served = readVariable('DBPATTERNS_OPERATION', SERVED, environment);
  const [given, wired] = [addressOf(operation), addressOf(served)];
  if (given === wired) return;
  throw new OperationError(
    'other-contract',
    given,
    `this function is wired as the operation ${wired} and serves the contract ${given}: give both one name`,
  );
}

/**
 * The function that serves an operation, as its construct has told the caller.
 *
 * @throws EnvironmentError where the caller is not wired: `operation.wire(fn)`.
 */
export function functionOf(operation: Pick<Operation, 'service' | 'name'>, environment?: Environment): string {
  const name = offerVariable('operation', operation.service, operation.name);
  return readVariable(name, CALLED, environment).function;
}

/** The variable from which a caller knows what a service offers, as the construct writes it. */
export function offerVariable(kind: 'operation' | 'commands' | 'queries', service: string, name: string): string {
  return `DBPATTERNS_${kind.toUpperCase()}_${upperSnake(service)}__${upperSnake(name)}`;
}

/** `order-desk` → `ORDER_DESK`, `ReserveAll` → `RESERVE_ALL`. */
function upperSnake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}
