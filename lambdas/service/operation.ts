import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ContractError } from '../cqrs/contract.js';

/** What one service offers to others, said once for who serves it and who calls it. */
export interface Operation<
  Takes extends StandardSchemaV1 = StandardSchemaV1,
  Gives extends StandardSchemaV1 = StandardSchemaV1,
> {
  /** The service that serves it, by its name. */
  readonly service: string;
  /** Its name below the service. */
  readonly name: string;
  /** The schema of what it takes. */
  readonly takes: Takes;
  /** The schema of what it answers. */
  readonly gives: Gives;
}

/** What an operation takes and gives. */
export interface OperationSchemas<Takes extends StandardSchemaV1, Gives extends StandardSchemaV1> {
  readonly takes: Takes;
  readonly gives: Gives;
}

const SERVICE = /^[a-z][a-z0-9-]{0,63}$/;
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/**
 * The contract of an operation. What it takes and gives travels as JSON, so each schema must accept what it returns.
 *
 * @param service - the service's name, as its construct has it
 * @param name - as in `service.operation('Reserve', fn)`
 * @throws ContractError `invalid-contract`.
 * @example
 * export const reserve = operation('inventory', 'Reserve', {
 *   takes: z.object({ product: z.string(), units: z.int() }),
 *   gives: z.object({ left: z.int() }),
 * });
 */
export function operation<Takes extends StandardSchemaV1, Gives extends StandardSchemaV1>(
  service: string,
  name: string,
  schemas: OperationSchemas<Takes, Gives>,
): Operation<Takes, Gives> {
  if (!SERVICE.test(service) || !NAME.test(name)) {
    throw new ContractError(
      'invalid-contract',
      `${service}/${name}`,
      `"${service}/${name}" is no address of an operation: the service is a lower-case letter, then at most 63 of ` +
        'a–z 0–9 -, and the operation a letter, then at most 63 of A–Z a–z 0–9',
    );
  }
  return { service, name, takes: schemas.takes, gives: schemas.gives };
}

/** Where an operation is found: `inventory/Reserve`. */
export function addressOf({ service, name }: Pick<Operation, 'service' | 'name'>): string {
  return `${service}/${name}`;
}
